//! The types of what a query makes, by Trino's rules (Athena engine version 3), where they can be known: a function that
//! is not in this table has a type that nobody here knows.

use sqlparser::ast::{
    BinaryOperator, DataType as AstType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Query,
    SelectItem, SetExpr, UnaryOperator, Value,
};

use super::scope::{Columns, Output, Scope};
use crate::flow::types::DataType;

/// The type of an expression; `None` when it is not known.
pub fn type_of(e: &Expr, scope: &Scope) -> Option<DataType> {
    use DataType::{Bigint, Boolean, Date, String as Text};
    match e {
        Expr::Identifier(name) => scope.data_type(&name.value.to_lowercase()).cloned(),
        Expr::CompoundIdentifier(names) => {
            let [.., table, column] = names.as_slice() else { return None };
            let relation = scope.relation(&table.value.to_lowercase())?;
            relation.columns.data_type(&column.value.to_lowercase()).cloned()
        }
        Expr::Nested(inner) => type_of(inner, scope),
        Expr::Value(value) => constant(&value.value),
        Expr::TypedString(typed) if matches!(typed.data_type, AstType::Date) => Some(Date),
        Expr::UnaryOp { op: UnaryOperator::Not, .. } => Some(Boolean),
        Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr } => type_of(expr, scope),
        Expr::BinaryOp { .. } => chain(e, scope),
        Expr::Cast { data_type, .. } => named(data_type),
        Expr::Case { conditions, else_result, .. } => {
            let results = conditions.iter().map(|when| &when.result).chain(else_result.as_deref());
            together(results, scope)
        }
        Expr::Function(function) => call(function, scope),
        Expr::Ceil { expr, .. } | Expr::Floor { expr, .. } => rounded(&type_of(expr, scope)?),
        Expr::Extract { .. } | Expr::Position { .. } => Some(Bigint),
        Expr::Substring { .. } | Expr::Trim { .. } => Some(Text),
        Expr::Subquery(query) => only(query, scope),
        Expr::Array(array) => together(array.elem.iter(), scope).map(|element| DataType::Array(Box::new(element))),
        Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsDistinctFrom(..)
        | Expr::IsNotDistinctFrom(..)
        | Expr::Like { .. }
        | Expr::Between { .. }
        | Expr::InList { .. }
        | Expr::InSubquery { .. }
        | Expr::Exists { .. } => Some(Boolean),
        _ => None,
    }
}

/// The columns of `UNNEST(...)`, unnamed yet: one for each array.
pub fn unnested(arrays: &[Expr], scope: &Scope) -> Columns {
    let mut columns = Vec::new();
    for array in arrays {
        match type_of(array, scope) {
            Some(DataType::Array(element)) if !matches!(*element, DataType::Struct(_)) => {
                columns.push(Output { name: String::new(), data_type: Some(*element), origins: Default::default() });
            }
            _ => return Columns::Open,
        }
    }
    Columns::Known(columns)
}

/// What values of both types come out as when they meet in one column.
pub fn common(a: &DataType, b: &DataType) -> Option<DataType> {
    match (a, b) {
        (DataType::Decimal(..), DataType::Double) | (DataType::Double, DataType::Decimal(..)) => Some(DataType::Double),
        (DataType::Float, other) | (other, DataType::Float) if other.is_number() && *other != DataType::Double => {
            Some(DataType::Float)
        }
        _ => a.common(b),
    }
}

fn together<'e>(all: impl Iterator<Item = &'e Expr>, scope: &Scope) -> Option<DataType> {
    let typed = all.filter(|e| !is_null(e)).map(|e| type_of(e, scope));
    typed.reduce(|a, b| common(&a?, &b?)).flatten()
}

fn is_null(e: &Expr) -> bool {
    matches!(e, Expr::Value(value) if value.value == Value::Null)
}

fn constant(value: &Value) -> Option<DataType> {
    match value {
        Value::Number(text, _) if text.contains(['e', 'E']) => Some(DataType::Double),
        Value::Number(text, _) => match text.split_once('.') {
            None => Some(if text.parse::<i32>().is_ok() { DataType::Int } else { DataType::Bigint }),
            Some((whole, part)) => {
                let whole = whole.trim_start_matches('0').len();
                decimal((whole + part.len()).max(1), part.len())
            }
        },
        Value::SingleQuotedString(_) => Some(DataType::String),
        Value::Boolean(_) => Some(DataType::Boolean),
        _ => None,
    }
}

/// A row of operators leans left; walked in a loop.
fn chain(e: &Expr, scope: &Scope) -> Option<DataType> {
    let mut row = Vec::new();
    let mut first = e;
    while let Expr::BinaryOp { left, op, right } = first {
        row.push((op, &**right));
        first = left;
    }
    let mut so_far = type_of(first, scope);
    for (op, right) in row.into_iter().rev() {
        so_far = operation(so_far, op, right, scope);
    }
    so_far
}

fn operation(left: Option<DataType>, op: &BinaryOperator, right: &Expr, scope: &Scope) -> Option<DataType> {
    use BinaryOperator::{Divide, Minus, Modulo, Multiply, Plus, StringConcat};
    match op {
        Plus | Minus if matches!(right, Expr::Interval(_)) => left,
        Plus | Minus | Multiply | Divide | Modulo => arithmetic(&left?, op, &type_of(right, scope)?),
        StringConcat => left,
        BinaryOperator::Eq
        | BinaryOperator::NotEq
        | BinaryOperator::Lt
        | BinaryOperator::LtEq
        | BinaryOperator::Gt
        | BinaryOperator::GtEq
        | BinaryOperator::And
        | BinaryOperator::Or => Some(DataType::Boolean),
        _ => None,
    }
}

fn arithmetic(a: &DataType, op: &BinaryOperator, b: &DataType) -> Option<DataType> {
    use DataType::{Bigint, Decimal, Double, Float, Int};
    if !a.is_number() || !b.is_number() {
        return None;
    }
    match (a, b) {
        (Double, _) | (_, Double) => Some(Double),
        (Float, _) | (_, Float) => Some(Float),
        (Decimal(..), _) | (_, Decimal(..)) => {
            let ((p1, s1), (p2, s2)) = (digits(a)?, digits(b)?);
            let scale = s1.max(s2);
            match op {
                BinaryOperator::Multiply => decimal(p1 + p2, s1 + s2),
                BinaryOperator::Divide => decimal(p1 + s2 + s2.saturating_sub(s1), scale),
                BinaryOperator::Modulo => decimal((p1 - s1).min(p2 - s2) + scale, scale),
                _ => decimal((p1 - s1).max(p2 - s2) + scale + 1, scale),
            }
        }
        (Bigint, _) | (_, Bigint) => Some(Bigint),
        _ => Some(Int),
    }
}

/// Total digits and digits after the point.
fn digits(number: &DataType) -> Option<(usize, usize)> {
    match number {
        DataType::Decimal(p, s) => Some(((*p).into(), (*s).into())),
        DataType::Int => Some((10, 0)),
        DataType::Bigint => Some((19, 0)),
        _ => None,
    }
}

/// A decimal of at most 38 digits.
fn decimal(digits: usize, scale: usize) -> Option<DataType> {
    let digits = u8::try_from(digits.min(38)).ok()?;
    let scale = u8::try_from(scale).ok()?;
    (scale <= digits).then_some(DataType::Decimal(digits, scale))
}

/// A type as Trino spells it.
fn named(written: &AstType) -> Option<DataType> {
    let text = written.to_string().to_lowercase();
    match text.as_str() {
        "integer" | "int" => Some(DataType::Int),
        "real" => Some(DataType::Float),
        "varchar" | "string" => Some(DataType::String),
        "timestamp" | "timestamp(3)" | "timestamp(6)" => Some(DataType::Timestamp),
        "bigint" | "double" | "boolean" | "date" => text.parse().ok(),
        _ if text.starts_with("varchar(") || text.starts_with("char(") => Some(DataType::String),
        _ if text.starts_with("decimal(") => text.replace(' ', "").parse().ok(),
        _ => None,
    }
}

/// The type of a subquery that stands for a value: its only column's.
fn only(query: &Query, scope: &Scope) -> Option<DataType> {
    let SetExpr::Select(select) = &*query.body else { return None };
    match (select.projection.as_slice(), select.from.is_empty()) {
        ([SelectItem::UnnamedExpr(e) | SelectItem::ExprWithAlias { expr: e, .. }], true) => type_of(e, scope),
        _ => None,
    }
}

fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let args = list.args.iter().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(e)) => Some(e),
        _ => None,
    });
    args.collect()
}

fn call(function: &Function, scope: &Scope) -> Option<DataType> {
    use DataType::{Bigint, Boolean, Date, Double, String as Text};
    let args = arguments(function);
    let arg = |index: usize| args.get(index).and_then(|e| type_of(e, scope));
    match function.name.to_string().to_lowercase().as_str() {
        "count"
        | "count_if"
        | "approx_distinct"
        | "rank"
        | "dense_rank"
        | "row_number"
        | "ntile"
        | "length"
        | "strpos"
        | "cardinality"
        | "year"
        | "month"
        | "day"
        | "quarter"
        | "week"
        | "hour"
        | "minute"
        | "second"
        | "day_of_week"
        | "day_of_month"
        | "day_of_year"
        | "year_of_week"
        | "date_diff"
        | "codepoint"
        | "array_position"
        | "levenshtein_distance"
        | "regexp_count"
        | "width_bucket" => Some(Bigint),
        "avg" | "stddev" | "stddev_samp" | "stddev_pop" | "variance" | "var_samp" | "var_pop" | "corr"
        | "covar_samp" | "covar_pop" | "regr_slope" | "regr_intercept" | "sqrt" | "cbrt" | "exp" | "ln" | "log2"
        | "log10" | "log" | "power" | "pow" | "sin" | "cos" | "tan" | "asin" | "acos" | "atan" | "atan2" | "pi"
        | "e" | "radians" | "degrees" | "percent_rank" | "cume_dist" | "random" | "rand" | "geometric_mean"
        | "skewness" | "kurtosis" | "to_unixtime" => {
            match (function.name.to_string().to_lowercase().as_str(), arg(0)) {
                ("avg", Some(DataType::Float)) => Some(DataType::Float),
                ("avg", Some(DataType::Decimal(p, s))) => Some(DataType::Decimal(p, s)),
                _ => Some(Double),
            }
        }
        "sum" => match arg(0)? {
            DataType::Int | Bigint => Some(Bigint),
            DataType::Decimal(_, s) => Some(DataType::Decimal(38, s)),
            number => number.is_number().then_some(number),
        },
        "min" | "max" if args.len() == 1 => arg(0),
        "min_by" | "max_by" | "arbitrary" | "any_value" | "first_value" | "last_value" | "nth_value" | "lag"
        | "lead" | "nullif" | "abs" | "mod" | "try" | "sign" => arg(0),
        // There is no form of it for int, which widens.
        "approx_percentile" => arg(0).map(|number| if number == DataType::Int { Bigint } else { number }),
        "round" if args.len() > 1 => match arg(0)? {
            DataType::Decimal(p, s) => decimal(usize::from(p) + 1, s.into()),
            other => Some(other),
        },
        "round" | "ceil" | "ceiling" | "floor" | "truncate" => rounded(&arg(0)?),
        "coalesce" | "greatest" | "least" => together(args.iter().copied(), scope),
        "if" => together(args.iter().skip(1).copied(), scope),
        "lower"
        | "upper"
        | "trim"
        | "ltrim"
        | "rtrim"
        | "substr"
        | "substring"
        | "replace"
        | "reverse"
        | "lpad"
        | "rpad"
        | "split_part"
        | "regexp_extract"
        | "regexp_replace"
        | "concat_ws"
        | "date_format"
        | "array_join"
        | "listagg"
        | "format"
        | "chr"
        | "json_extract_scalar"
        | "url_extract_host"
        | "translate"
        | "to_iso8601"
        | "typeof"
        | "normalize" => Some(Text),
        "concat" => arg(0),
        "contains" | "starts_with" | "regexp_like" | "any_match" | "all_match" | "none_match" | "is_nan"
        | "is_finite" | "bool_and" | "bool_or" | "every" | "arrays_overlap" => Some(Boolean),
        "date" | "current_date" | "last_day_of_month" => Some(Date),
        "date_trunc" => arg(1),
        "date_add" => arg(2),
        "element_at" => match arg(0)? {
            DataType::Array(element) => Some(*element),
            _ => None,
        },
        "split" => Some(DataType::Array(Box::new(Text))),
        "array_agg" => arg(0).map(|element| DataType::Array(Box::new(element))),
        _ => None,
    }
}

/// `round(x)`, `ceil(x)`, `floor(x)`: whole numbers of the argument's type.
fn rounded(argument: &DataType) -> Option<DataType> {
    match argument {
        DataType::Decimal(p, s) => decimal(usize::from(p - s) + usize::from(*s > 0), 0),
        other => Some(other.clone()),
    }
}
