//! Expressions: each syntax node to an expression with its type.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr as Plan, Operator};
use sqlparser::ast::{
    AccessExpr, BinaryOperator, CaseWhen, CastKind, CeilFloorKind, Expr, FunctionArg, FunctionArgExpr,
    FunctionArguments, Ident, Subscript, TrimWhereField, TypedString, UnaryOperator, Value,
};
use sqlparser::tokenizer::Token;

use super::{Binder, Clause, Names};
use crate::local::athena::sql::failure::{Failure, Outcome};
use crate::local::athena::sql::scope::{fold, resolve};
use crate::local::athena::sql::typed::{Typed, common};
use crate::local::athena::sql::{
    aggregates, arithmetic, arrays, cast, conditional, functions, intervals, literals, operators, text, windows,
};

/// The fields of EXTRACT: each is a function, too.
const FIELDS: [&str; 17] = [
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "day_of_month",
    "day_of_week",
    "dow",
    "day_of_year",
    "doy",
    "year_of_week",
    "yow",
    "hour",
    "minute",
    "second",
    "timezone_minute",
    "timezone_hour",
];

impl Binder<'_> {
    /// Binds an expression; a failure gets the place of the innermost node that it concerns.
    pub(super) fn expr(&self, ast: &Expr, names: &Names<'_>) -> Outcome<Typed> {
        self.node(ast, names).map_err(|failure| self.placed(failure, ast))
    }

    /// The failure with the place of an expression, unless it has one.
    pub(super) fn placed(&self, failure: Failure, ast: &Expr) -> Failure {
        match self.places.of(ast) {
            Some(location) => failure.at_location(location),
            None => failure,
        }
    }

    pub(super) fn exprs<'e>(&self, list: impl IntoIterator<Item = &'e Expr>, names: &Names<'_>) -> Outcome<Vec<Typed>> {
        list.into_iter().map(|ast| self.expr(ast, names)).collect()
    }

    /// A condition: a truth value.
    pub(super) fn condition(&self, ast: &Expr, names: &Names<'_>, clause: &str) -> Outcome<Typed> {
        let value = self.expr(ast, names)?;
        operators::boolean(value, clause).map_err(|failure| self.placed(failure, ast))
    }

    /// A condition of a clause that sees rows, such as WHERE: what it must not hold is told at its root, as Trino does.
    pub(super) fn row_condition(&self, ast: &Expr, names: &Names<'_>, clause: &str) -> Outcome<Typed> {
        let value = self.expr(ast, names).map_err(|failure| match failure.name {
            "EXPRESSION_NOT_SCALAR" => self.placed(Failure { place: None, ..failure }, ast),
            _ => failure,
        })?;
        match value.data_type {
            DataType::Boolean | DataType::Null => Ok(value.coerced(&DataType::Boolean)),
            _ => {
                let message = format!("{clause} must evaluate to a boolean: actual type {}", value.type_name());
                Err(self.placed(Failure::type_mismatch(message), ast))
            }
        }
    }

    /// A text.
    fn varchar(&self, ast: &Expr, names: &Names<'_>, what: &str) -> Outcome<Typed> {
        let value = self.expr(ast, names)?;
        match value.data_type {
            DataType::Utf8 | DataType::Null => Ok(value),
            _ => {
                let message = format!("{what} must evaluate to a varchar (actual: {})", value.type_name());
                Err(self.placed(Failure::type_mismatch(message), ast))
            }
        }
    }

    /// Refuses values without a common type, at the first that does not fit.
    fn of_one_type(&self, values: &[Typed], asts: &[&Expr], subject: &str) -> Outcome<()> {
        match conditional::common_of(values, subject) {
            Ok(_) => Ok(()),
            Err((place, failure)) => Err(self.placed(failure, asts[place])),
        }
    }

    fn node(&self, ast: &Expr, names: &Names<'_>) -> Outcome<Typed> {
        match ast {
            Expr::Identifier(ident) => self.name(std::slice::from_ref(ident), names),
            Expr::CompoundIdentifier(parts) => self.name(parts, names),
            Expr::Nested(inner) => self.expr(inner, names),
            Expr::Value(value) => literals::value(&value.value),
            Expr::TypedString(TypedString { data_type, value, uses_odbc_syntax: false }) => {
                literals::typed(data_type, &value.value)
            }
            Expr::Interval(interval) => match (interval.value.as_ref(), &interval.leading_field) {
                (Expr::Value(value), Some(unit)) if interval.last_field.is_none() => match &value.value {
                    Value::SingleQuotedString(text) => intervals::literal(text, unit),
                    _ => Err(Failure::new("SYNTAX_ERROR", "an interval's value must be a quoted literal")),
                },
                _ => Err(Failure::athena_only("an interval over several units")),
            },
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                Ok(operators::not(self.condition(expr, names, "Value of logical NOT expression")?))
            }
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } if matches!(expr.as_ref(), Expr::Value(value) if matches!(value.value, Value::Number(..))) => {
                match expr.as_ref() {
                    Expr::Value(value) => match &value.value {
                        Value::Number(digits, _) => literals::negative(digits),
                        other => literals::value(other),
                    },
                    other => self.expr(other, names),
                }
            }
            // Twice is not at all: the greatest number below zero stays what it is.
            Expr::UnaryOp { op: UnaryOperator::Minus, expr }
                if matches!(expr.as_ref(), Expr::UnaryOp { op: UnaryOperator::Minus, .. }) =>
            {
                match expr.as_ref() {
                    Expr::UnaryOp { expr, .. } => self.expr(expr, names),
                    other => self.expr(other, names),
                }
            }
            Expr::UnaryOp { op, expr } => self.unary(*op, self.expr(expr, names)?),
            Expr::BinaryOp { left, op: op @ (BinaryOperator::And | BinaryOperator::Or), right } => {
                let term = |ast: &Expr| self.condition(ast, names, "Logical expression term");
                operators::binary(op, term(left)?, term(right)?)
            }
            Expr::BinaryOp { left, op, right } => {
                operators::binary(op, self.expr(left, names)?, self.expr(right, names)?)
            }
            Expr::IsNull(e) => Ok(truth(Plan::IsNull(Box::new(self.expr(e, names)?.expr)))),
            Expr::IsNotNull(e) => Ok(truth(Plan::IsNotNull(Box::new(self.expr(e, names)?.expr)))),
            Expr::IsTrue(of) | Expr::IsNotTrue(of) | Expr::IsFalse(of) | Expr::IsNotFalse(of) => {
                let found = self.places.word_after(of, &["true", "false"]);
                let said = found.as_ref().map_or("", |(_, written)| written.as_str());
                let message = format!("mismatched input '{said}'. Expecting: 'DISTINCT', 'NOT', 'NULL'");
                let failure = Failure::new("SYNTAX_ERROR", message);
                Err(found.map_or(failure.clone(), |(place, _)| failure.at_location(place)))
            }
            Expr::IsDistinctFrom(l, r) => {
                let (l, r) = (self.expr(l, names)?, self.expr(r, names)?);
                operators::comparison(Operator::IsDistinctFrom, l, r)
            }
            Expr::IsNotDistinctFrom(l, r) => {
                let (l, r) = (self.expr(l, names)?, self.expr(r, names)?);
                operators::comparison(Operator::IsNotDistinctFrom, l, r)
            }
            Expr::InList { expr, list, negated } => {
                let value = self.expr(expr, names)?;
                let items = self.exprs(list, names)?;
                let all = [std::slice::from_ref(&value), items.as_slice()].concat();
                let asts: Vec<&Expr> = std::iter::once(expr.as_ref()).chain(list).collect();
                self.of_one_type(&all, &asts, "IN value and list items")?;
                operators::in_list(value, items, *negated)
            }
            Expr::InSubquery { expr, subquery, negated } => {
                self.in_subquery(self.expr(expr, names)?, subquery, *negated, names)
            }
            Expr::Exists { subquery, negated } => self.exists(subquery, *negated, names),
            Expr::Subquery(query) => self.scalar_subquery(query, names),
            Expr::Between { expr, negated, low, high } => {
                operators::between(self.expr(expr, names)?, self.expr(low, names)?, self.expr(high, names)?, *negated)
            }
            Expr::Like { negated, any: false, expr, pattern, escape_char } => {
                let escape = match escape_char.as_ref().map(|e| &e.value) {
                    None => None,
                    Some(Value::SingleQuotedString(escape)) => Some(escape.as_str()),
                    Some(other) => return Err(Failure::athena_only(format!("ESCAPE {other}"))),
                };
                let value = self.varchar(expr, names, "Left side of LIKE expression")?;
                operators::like(value, self.varchar(pattern, names, "Pattern for LIKE expression")?, escape, *negated)
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref(), names)
            }
            Expr::Cast { kind, expr, data_type, array: false, format: None } => {
                let value = self.expr(expr, names)?;
                let (to, length) = literals::data_type(data_type)?;
                let of_text = value.data_type == DataType::Utf8;
                let float = matches!(value.data_type, DataType::Float32 | DataType::Float64).then(|| value.clone());
                let sized = |failure: Failure| match length {
                    Some(length) if failure.name == "TYPE_MISMATCH" => {
                        Failure { message: format!("{}({length})", failure.message), ..failure }
                    }
                    _ => failure,
                };
                let cast = match kind {
                    CastKind::Cast => cast::cast(value, &to).map_err(sized)?,
                    CastKind::TryCast => cast::try_cast(value, &to).map_err(sized)?,
                    _ => {
                        let failure = Failure::new("SYNTAX_ERROR", "mismatched input ':'");
                        let place = self.places.symbol_after(expr, &Token::DoubleColon);
                        return Err(place.map_or(failure.clone(), |at| failure.at_location(at)));
                    }
                };
                let cut = literals::cut(cast, length, of_text, float);
                Ok(if matches!(kind, CastKind::TryCast) { cast::leniently(cut) } else { cut })
            }
            Expr::Extract { field, expr, .. } => {
                let name = field.to_string().to_lowercase();
                let value = self.expr(expr, names)?;
                let of_clock = ["hour", "minute", "second", "timezone_hour", "timezone_minute"];
                if value.data_type == DataType::Date32 && of_clock.contains(&name.as_str()) {
                    let message = format!("Cannot extract {} from date", name.to_uppercase());
                    return Err(self.placed(Failure::type_mismatch(message), expr));
                }
                if !FIELDS.contains(&name.as_str()) {
                    return Err(Failure::new("SYNTAX_ERROR", format!("Invalid EXTRACT field: {field}")));
                }
                functions::scalar(&name, vec![value])
                    .unwrap_or_else(|| Err(Failure::new("SYNTAX_ERROR", format!("Invalid EXTRACT field: {field}"))))
            }
            Expr::Ceil { expr, field } | Expr::Floor { expr, field } => {
                if !matches!(field, CeilFloorKind::DateTimeField(sqlparser::ast::DateTimeField::NoDateTime)) {
                    return Err(super::foreign("a second argument of ceil or floor"));
                }
                let name = if matches!(ast, Expr::Ceil { .. }) { "ceil" } else { "floor" };
                self.scalar_call(name, vec![self.expr(expr, names)?])
            }
            Expr::Position { expr, r#in } => {
                self.scalar_call("strpos", vec![self.expr(r#in, names)?, self.expr(expr, names)?])
            }
            Expr::Substring { expr, substring_from: Some(from), substring_for, special, shorthand } => {
                let name = if *special && !*shorthand { "substring" } else { "substr" };
                let args = [Some(expr), Some(from), substring_for.as_ref()];
                self.scalar_call(name, self.exprs(args.into_iter().flatten().map(|e| e.as_ref()), names)?)
            }
            Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
                let name = match trim_where {
                    None | Some(TrimWhereField::Both) => "trim",
                    Some(TrimWhereField::Leading) => "ltrim",
                    Some(TrimWhereField::Trailing) => "rtrim",
                };
                let mut args = vec![self.expr(expr, names)?];
                args.extend(trim_what.as_ref().map(|what| self.expr(what, names)).transpose()?);
                args.extend(self.exprs(trim_characters.iter().flatten(), names)?);
                self.scalar_call(name, args)
            }
            Expr::Array(array) => {
                let elements = self.exprs(&array.elem, names)?;
                self.of_one_type(&elements, &array.elem.iter().collect::<Vec<_>>(), "All ARRAY elements")?;
                arrays::array(elements)
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                let root = self.expr(root, names)?;
                access_chain.iter().try_fold(root, |value, access| self.access(value, access, names))
            }
            Expr::Function(function) => self.function(function, names),
            Expr::AtTimeZone { .. } => Err(Failure::athena_only("AT TIME ZONE")),
            Expr::Lambda(_) => Err(Failure::athena_only("a lambda")),
            Expr::Tuple(_) => Err(Failure::athena_only("a row constructor")),
            other => Err(Failure::athena_only(format!("`{other}`"))),
        }
    }

    /// A name: a column, of this query or of one around it, or a field of a row.
    fn name(&self, parts: &[Ident], names: &Names<'_>) -> Outcome<Typed> {
        if let [ident] = parts {
            let folded = fold(ident);
            let mut outputs = names.outputs.iter().filter(|(name, _)| name.as_ref() == Some(&folded));
            if let Some((_, output)) = outputs.next() {
                if outputs.any(|(_, other)| other.expr != output.expr) {
                    return Err(Failure::new("AMBIGUOUS_NAME", format!("Column '{}' is ambiguous", ident.value)));
                }
                return Ok(output.clone());
            }
        }
        let mut level = Some(names);
        let mut depth = 0;
        while let Some(current) = level {
            if let Some((field, taken)) = resolve(current.fields, parts)? {
                let column = if depth == 0 {
                    Plan::Column(field.column())
                } else {
                    let described =
                        datafusion::arrow::datatypes::Field::new(&field.column, field.data_type.clone(), true);
                    Plan::OuterReferenceColumn(described.into(), field.column())
                };
                let column = Typed::new(column, field.data_type.clone());
                let mut value = column;
                for (i, part) in parts.iter().enumerate().skip(taken) {
                    value = arrays::field(value, &fold(part)).map_err(|failure| match failure.name {
                        "TYPE_MISMATCH" => {
                            let row: Vec<_> = parts[..i].iter().map(|p| p.value.as_str()).collect();
                            Failure::type_mismatch(format!("Expression {} is not of type ROW", row.join(".")))
                        }
                        _ => failure,
                    })?;
                }
                return Ok(value);
            }
            level = current.outer;
            depth += 1;
        }
        let name = parts.iter().map(|p| p.value.as_str()).collect::<Vec<_>>().join(".");
        let message =
            format!("Column '{name}' cannot be resolved or requester is not authorized to access requested resources");
        Err(Failure::new("COLUMN_NOT_FOUND", message))
    }

    fn unary(&self, op: UnaryOperator, value: Typed) -> Outcome<Typed> {
        match op {
            UnaryOperator::Minus => arithmetic::negate(value),
            UnaryOperator::Plus => Ok(value),
            other => Err(super::foreign(&format!("the operator {other}"))),
        }
    }

    fn access(&self, value: Typed, access: &AccessExpr, names: &Names<'_>) -> Outcome<Typed> {
        match access {
            AccessExpr::Subscript(Subscript::Index { index }) => arrays::subscript(value, self.expr(index, names)?),
            AccessExpr::Dot(Expr::Identifier(field)) => arrays::field(value, &fold(field)),
            _ => Err(Failure::athena_only("this access to an element")),
        }
    }

    fn case(
        &self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
        names: &Names<'_>,
    ) -> Outcome<Typed> {
        let operand = operand.map(|o| self.expr(o, names)).transpose()?;
        let mut branches = Vec::new();
        for CaseWhen { condition, result } in conditions {
            let when = match &operand {
                None => self.condition(condition, names, "CASE WHEN clause")?,
                Some(value) => {
                    let other = self.expr(condition, names)?;
                    if common(&value.data_type, &other.data_type).is_none() {
                        let (operand, other) = (value.type_name(), other.type_name());
                        let message =
                            format!("CASE operand type does not match WHEN clause operand type: {operand} vs {other}");
                        return Err(self.placed(Failure::type_mismatch(message), condition));
                    }
                    operators::comparison(Operator::Eq, value.clone(), other)?
                }
            };
            branches.push((when, self.expr(result, names)?));
        }
        let last = otherwise.map(|e| self.expr(e, names)).transpose()?;
        let results: Vec<Typed> = branches.iter().map(|(_, then)| then.clone()).chain(last.clone()).collect();
        let asts: Vec<&Expr> = conditions.iter().map(|when| &when.result).chain(otherwise).collect();
        self.of_one_type(&results, &asts, "All CASE results")?;
        conditional::case(branches, last)
    }

    /// A call of a scalar function by name.
    pub(super) fn scalar_call(&self, name: &str, args: Vec<Typed>) -> Outcome<Typed> {
        match functions::scalar(name, args) {
            Some(result) => result,
            None if functions::is_trinos(name) || aggregates::is_trinos(name) => {
                Err(Failure::athena_only(format!("the function {name}")))
            }
            None => Err(Failure::new("FUNCTION_NOT_FOUND", format!("Function '{name}' not registered"))),
        }
    }

    fn function(&self, function: &sqlparser::ast::Function, names: &Names<'_>) -> Outcome<Typed> {
        let name = function.name.0.last().and_then(|p| p.as_ident()).map(fold).unwrap_or_default();
        if function.uses_odbc_syntax || !matches!(function.parameters, FunctionArguments::None) {
            return Err(super::foreign("this form of a call"));
        }
        if matches!(function.args, FunctionArguments::None)
            && let Some(value) = functions::niladic(&name, self.now)
        {
            return Ok(value);
        }
        if function.over.is_some() {
            return self.window(&name, function, names);
        }
        if matches!(function.args, FunctionArguments::None) && name.starts_with("current_") || name == "localtime" {
            return Err(Failure::athena_only(&name));
        }
        if aggregates::is_known(&name) {
            if let Clause::Rows(clause) = names.clause {
                let message = format!(
                    "{clause} cannot contain aggregations, window functions or grouping operations: [{function}]"
                );
                return Err(Failure::new("EXPRESSION_NOT_SCALAR", message));
            }
            if names.clause == Clause::Aggregate {
                let message = format!("Cannot nest aggregations inside aggregation: [{function}]");
                return Err(Failure::new("NESTED_AGGREGATION", message));
            }
            return self.aggregate(&name, function, names);
        }
        if function.filter.is_some() || !function.within_group.is_empty() {
            let message = "Filter is only valid for aggregation functions";
            return Err(Failure::new("FUNCTION_NOT_AGGREGATE", message));
        }
        if windows::is_known(&name) {
            let message = format!("Window function system.builtin.{name} requires an OVER clause");
            return Err(Failure::new("MISSING_OVER", message));
        }
        if matches!(name.as_str(), "cast" | "try_cast" | "extract") {
            return Err(Failure::new("SYNTAX_ERROR", "mismatched input ')'"));
        }
        let arguments = self.arguments(&function.args, names)?;
        let asts = argument_asts(&function.args);
        match name.as_str() {
            "if" if !arguments.is_empty() => {
                operators::boolean(arguments[0].clone(), "IF condition").map_err(|f| self.placed(f, asts[0]))?;
                if let [_, then, otherwise] = arguments.as_slice()
                    && common(&then.data_type, &otherwise.data_type).is_none()
                {
                    let (then, otherwise) = (then.type_name(), otherwise.type_name());
                    let message = format!("Result types for IF must be the same: {then} vs {otherwise}");
                    return Err(Failure::type_mismatch(message));
                }
            }
            "coalesce" => self.of_one_type(&arguments, &asts, "All COALESCE operands")?,
            _ => {}
        }
        match name.as_str() {
            "try" => conditional::attempt(arguments),
            "if" => conditional::if_function(arguments),
            "coalesce" => conditional::coalesce(arguments),
            "nullif" => conditional::null_if(arguments),
            "typeof" if arguments.len() == 1 => Ok(Typed::text(arguments[0].type_name())),
            "now" if arguments.is_empty() => {
                Ok(functions::niladic("current_timestamp", self.now)
                    .unwrap_or_else(|| Typed::literal(ScalarValue::Null)))
            }
            _ => self.scalar_call(&name, arguments),
        }
    }

    /// Positional arguments, bound.
    pub(super) fn arguments(&self, arguments: &FunctionArguments, names: &Names<'_>) -> Outcome<Vec<Typed>> {
        let list = match arguments {
            FunctionArguments::None => return Ok(Vec::new()),
            FunctionArguments::Subquery(_) => return Err(super::foreign("a query as an argument")),
            FunctionArguments::List(list) => list,
        };
        let of = |argument: &FunctionArg| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(ast)) => self.expr(ast, names),
            _ => Err(Failure::athena_only("a named argument")),
        };
        list.args.iter().map(of).collect()
    }

    /// A constant whole number: LIMIT, OFFSET, a frame's bound.
    pub(super) fn whole_number(&self, ast: &Expr, what: &str) -> Outcome<u64> {
        let number = match ast {
            Expr::Value(value) => match &value.value {
                Value::Number(digits, _) => text::parse_integer(digits).and_then(|n| u64::try_from(n).ok()),
                _ => None,
            },
            _ => None,
        };
        number.ok_or_else(|| {
            let place = self.places.of(ast);
            let written = place.and_then(|place| self.places.text_at(place)).unwrap_or_else(|| what.to_owned());
            let failure = Failure::new("SYNTAX_ERROR", format!("mismatched input '{written}'"));
            place.map_or(failure.clone(), |place| failure.at_location(place))
        })
    }
}

/// The positional arguments' syntax.
pub(super) fn argument_asts(arguments: &FunctionArguments) -> Vec<&Expr> {
    let FunctionArguments::List(list) = arguments else { return Vec::new() };
    let of = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref ast)) => Some(ast),
        _ => None,
    };
    list.args.iter().filter_map(of).collect()
}

fn truth(expr: Plan) -> Typed {
    Typed::new(expr, DataType::Boolean)
}
