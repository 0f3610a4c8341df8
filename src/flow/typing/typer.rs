//! The walk over the syntax tree: each construct to its typed node, anything else to an error at its place.

use sqlparser::ast::{CaseWhen, CastKind, CeilFloorKind, DateTimeField, Expr as Ast, UnaryOperator, Value as AstValue};

use super::calls::{self, untyped_null};
use super::literals;
use super::operators::{self, comparable};
use super::scope::Scope;
use super::widen::{self, balanced, is_null};
use crate::error::{Error, Result};
use crate::flow::conversion::{allowed, why_not};
use crate::flow::expr::{BinaryOp, Expr, Literal, Node};
use crate::flow::functions::Definition;
use crate::flow::parse::{name_span, parse, place, place_of, place_of_type, plain_arguments};
use crate::flow::types::DataType;
use crate::manifest::spanned::Spanned;

/// Deeper than any expression that a document can carry; bounds this walk's stack.
const DEEPEST_WALK: usize = 60;

/// The deepest JSON that an expression may become: readers of the flow document stop at 128 levels, of which the document
/// around it takes about ten.
const DEEPEST_JSON: usize = 100;

/// The most nodes that copies of one operand may take: `between` and `case x when` repeat theirs, and nested ones would
/// double it each time.
const MOST_COPIED: usize = 5_000;

/// The expression `text` over the columns of `scope`.
///
/// Errors, each with its place: `syntax`, `too-complex`, `unknown-column`, `unknown-function`, `wrong-arity`,
/// `type-mismatch`, `bad-literal`, `unknown-type`, `not-portable`.
pub fn expression(text: &Spanned<String>, scope: &Scope) -> Result<Expr> {
    typed(text, scope).map_err(|error| if text.sensitive { discreet(error) } else { error })
}

/// The error without its words, which may hold a value that must not be shown.
fn discreet(error: Error) -> Error {
    Error::manifest(error.code(), "expression is refused; it holds a sensitive value, so no more is shown")
        .at(error.place().cloned())
}

fn typed(text: &Spanned<String>, scope: &Scope) -> Result<Expr> {
    of_tree(text, &parse(text)?, scope, &|_| None)
}

/// What stands for a part of the tree that a plain expression would not have: a column of a group, a call over many rows.
pub type Special<'a> = &'a dyn Fn(&Ast) -> Option<Result<Expr>>;

/// The same for `tree`, a part of `text`; `special` is asked first, of each part.
pub fn of_tree(text: &Spanned<String>, tree: &Ast, scope: &Scope, special: Special<'_>) -> Result<Expr> {
    let typer = Typer { text, scope, special };
    let typed = typer.expr(tree, 0)?;
    if is_null(&typed) {
        return Err(untyped_null().at(place_of(text, tree)).at(text.place.clone()));
    }
    if widen::nesting(&typed) > DEEPEST_JSON {
        return Err(typer.too_deep());
    }
    Ok(typed)
}

/// The same for an expression that has to be a boolean; `what` (`filter`, a check) wants it.
pub fn predicate(text: &Spanned<String>, scope: &Scope, what: &str) -> Result<Expr> {
    operators::boolean(expression(text, scope)?, what).map_err(|error| error.at(text.place.clone()))
}

struct Typer<'a> {
    text: &'a Spanned<String>,
    scope: &'a Scope<'a>,
    special: Special<'a>,
}

impl Typer<'_> {
    fn expr(&self, tree: &Ast, depth: usize) -> Result<Expr> {
        if depth > DEEPEST_WALK {
            return Err(self.too_deep());
        }
        if let Some(found) = (self.special)(tree) {
            return found.map_err(|error| error.at(place_of(self.text, tree)));
        }
        let depth = depth + 1;
        let typed = match tree {
            Ast::Nested(inner) => self.expr(inner, depth),
            Ast::Identifier(name) => self
                .scope
                .column(&name.value)
                .map(|column| Expr { node: Node::Column(column.name.clone()), data_type: column.data_type.clone() }),
            Ast::Value(value) => match &value.value {
                AstValue::Placeholder(name) => self.parameter(name),
                constant => literals::of_value(constant),
            },
            Ast::TypedString(typed) => literals::of_typed_string(typed),
            Ast::BinaryOp { .. } => self.chain(tree, depth),
            Ast::UnaryOp { op, expr } => self.unary(*op, expr, depth),
            Ast::IsNull(inner) => self.is_null(inner, depth),
            Ast::IsNotNull(inner) => self.is_null(inner, depth).map(not),
            Ast::Between { expr, negated, low, high } => {
                self.between(expr, low, high, depth).map(|e| negate_if(e, *negated))
            }
            Ast::InList { expr, list, negated } => self.in_list(expr, list, depth).map(|e| negate_if(e, *negated)),
            Ast::Like { negated, any: false, expr, pattern, escape_char: None } => {
                self.like(expr, pattern, depth).map(|e| negate_if(e, *negated))
            }
            Ast::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref(), depth)
            }
            Ast::Cast { kind: CastKind::Cast, expr, data_type, array: false, format: None } => {
                self.cast(expr, &data_type.to_string(), depth)
            }
            _ => self.call(tree, depth),
        };
        typed.map_err(|error| error.at(place_of(self.text, tree)))
    }

    /// `:name`: a column of that name, where the scope has parameters.
    fn parameter(&self, name: &str) -> Result<Expr> {
        let there: Vec<&str> = self.scope.schema.names().filter(|name| name.starts_with(':')).collect();
        if let Some(column) = self.scope.schema.column(name) {
            return Ok(Expr { node: Node::Column(column.name.clone()), data_type: column.data_type.clone() });
        }
        let error = Error::manifest("unknown-parameter", format!("unknown parameter `{name}`"));
        Err(match there.is_empty() {
            true => error.with_help("parameters belong to a dashboard, and stand in the `where` of its visuals"),
            false => error.with_expected(format!("one of {}", there.join(", "))),
        })
    }

    /// Operators that stand in a row. The tree leans left and is as deep as the row is long, so it is walked in a loop.
    fn chain(&self, tree: &Ast, depth: usize) -> Result<Expr> {
        let mut row = Vec::new();
        let mut first = tree;
        while let Ast::BinaryOp { left, op, right } = first {
            row.push((op, &**right, first));
            first = left;
        }
        let mut so_far = self.expr(first, depth)?;
        let mut row = row.into_iter().rev().peekable();
        while let Some((op, right, node)) = row.next() {
            let here = |error: Error| error.at(place_of(self.text, node));
            let Some(op) = operators::operator(op) else {
                return Err(here(not_portable(&format!("operator `{op}`"))));
            };
            so_far = if matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Concat) {
                let mut operands = vec![self.operand(op, so_far, place_of(self.text, first))?];
                operands.push(self.operand(op, self.expr(right, depth)?, place_of(self.text, right))?);
                while let Some((_, right, _)) = row.next_if(|(next, ..)| operators::operator(next) == Some(op)) {
                    operands.push(self.operand(op, self.expr(right, depth)?, place_of(self.text, right))?);
                }
                balanced(op, operands).ok_or_else(|| Error::bug("an operator without operands"))?
            } else {
                operators::binary(op, so_far, self.expr(right, depth)?).map_err(here)?
            };
        }
        Ok(so_far)
    }

    /// An operand of `and`, `or` or `||`.
    fn operand(&self, op: BinaryOp, e: Expr, at: Option<crate::error::Place>) -> Result<Expr> {
        let what = format!("`{}`", op.symbol());
        let typed = if op == BinaryOp::Concat { operators::string(e, &what) } else { operators::boolean(e, &what) };
        typed.map_err(|error| error.at(at))
    }

    fn unary(&self, op: UnaryOperator, inner: &Ast, depth: usize) -> Result<Expr> {
        if let (UnaryOperator::Minus, Ast::Value(value)) = (op, inner)
            && let AstValue::Number(digits, false) = &value.value
        {
            return literals::number(&format!("-{digits}"));
        }
        let e = self.expr(inner, depth)?;
        match op {
            UnaryOperator::Not => operators::boolean(e, "`not`").map(not),
            UnaryOperator::Minus | UnaryOperator::Plus => {
                operators::number(&e, "a sign")?;
                let data_type = if e.data_type == DataType::Float { DataType::Double } else { e.data_type.clone() };
                if is_null(&e) {
                    return Err(untyped_null());
                }
                let e = widen::to(e, &data_type);
                Ok(if op == UnaryOperator::Plus { e } else { Expr { node: Node::Negate(Box::new(e)), data_type } })
            }
            other => Err(not_portable(&format!("operator `{other}`"))),
        }
    }

    fn is_null(&self, inner: &Ast, depth: usize) -> Result<Expr> {
        Ok(boolean(Node::IsNull(Box::new(self.expr(inner, depth)?))))
    }

    fn between(&self, x: &Ast, low: &Ast, high: &Ast, depth: usize) -> Result<Expr> {
        let [x, low, high] = [self.expr(x, depth)?, self.expr(low, depth)?, self.expr(high, depth)?];
        comparable("`between`", [&x, &low, &high])?;
        self.may_copy(&x, 2)?;
        let at_least = operators::binary(BinaryOp::GreaterOrEqual, x.clone(), low)?;
        let at_most = operators::binary(BinaryOp::LessOrEqual, x, high)?;
        Ok(widen::all(vec![at_least, at_most]))
    }

    fn in_list(&self, x: &Ast, list: &[Ast], depth: usize) -> Result<Expr> {
        let mut all = vec![self.expr(x, depth)?];
        for item in list {
            all.push(self.expr(item, depth)?);
        }
        let common = comparable("`in`", &all)?;
        let mut all = all.into_iter().map(|e| widen::to(e, &common));
        let x = all.next().ok_or_else(|| Error::bug("`in` without an operand"))?;
        Ok(boolean(Node::In(Box::new(x), all.collect())))
    }

    fn like(&self, x: &Ast, pattern: &Ast, depth: usize) -> Result<Expr> {
        let x = operators::string(self.expr(x, depth)?, "`like`")?;
        let at = place_of(self.text, pattern);
        let Node::Literal(Literal::String(pattern)) = self.expr(pattern, depth)?.node else {
            return Err(not_portable("`like` with a pattern that is no constant")
                .with_help("write the pattern as a text in quotes")
                .at(at));
        };
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            if c == '\\' && !matches!(chars.next(), Some('%' | '_' | '\\')) {
                return Err(Error::manifest(
                    "bad-literal",
                    format!("pattern `{pattern}` has a backslash before a plain character"),
                )
                .with_expected("a backslash only before `%`, `_` or another backslash")
                .at(at));
            }
        }
        Ok(boolean(Node::Like(Box::new(x), pattern)))
    }

    fn case(
        &self,
        operand: Option<&Ast>,
        branches: &[CaseWhen],
        otherwise: Option<&Ast>,
        depth: usize,
    ) -> Result<Expr> {
        let operand = operand.map(|x| self.expr(x, depth)).transpose()?;
        if let Some(x) = &operand {
            self.may_copy(x, branches.len())?;
        }
        let mut conditions = Vec::new();
        let mut values = Vec::new();
        for CaseWhen { condition, result } in branches {
            let at = place_of(self.text, condition);
            let condition = self.expr(condition, depth)?;
            let condition = match &operand {
                Some(x) => operators::binary(BinaryOp::Equal, x.clone(), condition),
                None => operators::boolean(condition, "`when`"),
            };
            conditions.push(condition.map_err(|error| error.at(at))?);
            values.push(self.expr(result, depth)?);
        }
        values.push(match otherwise {
            Some(otherwise) => self.expr(otherwise, depth)?,
            None => Expr { node: Node::Literal(Literal::Null), data_type: DataType::String },
        });
        let data_type = match widen::common(&values) {
            Ok(common) => common.ok_or_else(untyped_null)?,
            Err((a, b)) => {
                return Err(Error::manifest("type-mismatch", format!("`case` yields {a} and {b}"))
                    .with_expected("one type in all branches")
                    .with_help("`cast(x as type)` one of them"));
            }
        };
        let mut values: Vec<Expr> = values.into_iter().map(|e| widen::to(e, &data_type)).collect();
        let otherwise = values.pop().ok_or_else(|| Error::bug("`case` without a value"))?;
        let branches = conditions.into_iter().zip(values).collect();
        Ok(Expr { node: Node::Case(branches, Box::new(otherwise)), data_type })
    }

    fn cast(&self, inner: &Ast, to: &str, depth: usize) -> Result<Expr> {
        let e = self.expr(inner, depth)?;
        let data_type: DataType = to.parse().map_err(|error: Error| error.at(place_of_type(self.text, inner)))?;
        if !allowed(&e.data_type, &data_type) {
            let error = Error::manifest("type-mismatch", format!("{} does not convert to {data_type}", e.data_type));
            return Err(match why_not(&e.data_type, &data_type) {
                Some(why) => error.with_help(why),
                None => error.with_help("docs/conversions.md lists the conversions there are"),
            });
        }
        Ok(Expr { node: Node::Cast(Box::new(e)), data_type })
    }

    /// Calls, those that the parser gives a node of their own, and all that is left.
    fn call(&self, tree: &Ast, depth: usize) -> Result<Expr> {
        match tree {
            Ast::Function(function) => {
                let at = place(self.text, name_span(function));
                let name = function.name.to_string();
                let definition = calls::find(&name).map_err(|error| error.at(at.clone()))?;
                let arguments = plain_arguments(function).ok_or_else(|| {
                    not_portable(&format!("this form of `{}`", definition.name))
                        .with_expected(definition.signature())
                        .at(at)
                })?;
                self.apply(definition, &arguments, depth)
            }
            Ast::Floor { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                self.apply(calls::find("floor")?, &[expr], depth)
            }
            Ast::Ceil { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                self.apply(calls::find("ceil")?, &[expr], depth)
            }
            Ast::Trim { expr, trim_where: None, trim_what: None, trim_characters: None } => {
                self.apply(calls::find("trim")?, &[expr], depth)
            }
            Ast::Substring { expr, substring_from, substring_for, special, shorthand: true }
                if *special || substring_from.is_none() =>
            {
                let arguments = [Some(expr), substring_from.as_ref(), substring_for.as_ref()];
                let arguments: Vec<&Ast> = arguments.into_iter().flatten().map(|e| &**e).collect();
                self.apply(calls::find("substr")?, &arguments, depth)
            }
            other => Err(refusal(other)),
        }
    }

    fn apply(&self, definition: &Definition, arguments: &[&Ast], depth: usize) -> Result<Expr> {
        let typed = arguments.iter().map(|argument| self.expr(argument, depth)).collect::<Result<Vec<_>>>()?;
        calls::call(definition, typed).map_err(|(at, error)| match at {
            Some(index) => error.at(place_of(self.text, arguments[index])),
            None => error,
        })
    }

    fn may_copy(&self, e: &Expr, times: usize) -> Result<()> {
        if widen::size(e) * times > MOST_COPIED { Err(self.too_deep()) } else { Ok(()) }
    }

    fn too_deep(&self) -> Error {
        Error::manifest("too-complex", "expression is nested too deeply")
            .with_help("split it over several derived columns")
            .at(self.text.place.clone())
    }
}

fn boolean(node: Node) -> Expr {
    Expr { node, data_type: DataType::Boolean }
}

fn not(e: Expr) -> Expr {
    boolean(Node::Not(Box::new(e)))
}

fn negate_if(e: Expr, negated: bool) -> Expr {
    if negated { not(e) } else { e }
}

fn not_portable(what: &str) -> Error {
    Error::manifest("not-portable", format!("{what} is not portable SQL"))
}

/// What stands there instead of something portable, and what to write.
fn refusal(tree: &Ast) -> Error {
    let (what, help) = match tree {
        Ast::CompoundIdentifier(_) => ("a name with a dot", "write the column's name alone"),
        Ast::CompoundFieldAccess { .. } => ("access by `[...]` or `.`", "write `element_at(x, 1)`"),
        Ast::Cast { .. } => ("this form of a cast", "write `cast(x as type)`"),
        Ast::ILike { .. } => ("`ilike`", "write `lower(x) like '...'`"),
        Ast::Like { .. } => {
            ("this form of `like`", "write `x like 'pattern'`, with a backslash before `%` or `_` to mean it")
        }
        Ast::RLike { .. } | Ast::SimilarTo { .. } => {
            ("this form of matching", "write `regexp_like(x, 'pattern')` or `x like 'pattern'`")
        }
        Ast::IsTrue(_) | Ast::IsNotFalse(_) | Ast::IsFalse(_) | Ast::IsNotTrue(_) => {
            ("`is true`", "write `coalesce(x, false)` or `not coalesce(x, true)`")
        }
        Ast::IsDistinctFrom(..) | Ast::IsNotDistinctFrom(..) => {
            ("`is distinct from`", "compare with `=` and `is null`")
        }
        Ast::Substring { .. } => ("this form of `substr`", "write `substr(x, start, length)`"),
        Ast::Trim { .. } => ("this form of `trim`", "write `trim(x)`"),
        Ast::Floor { .. } | Ast::Ceil { .. } => {
            ("this form of `floor` or `ceil`", "write `floor(x)`, `ceil(x)` or `round(x, digits)`")
        }
        Ast::Extract { .. } => ("`extract`", "write `year(x)`, `month(x)` or `day(x)`"),
        Ast::Interval(_) => ("an interval", "write `date_add('day', 1, x)`"),
        Ast::Subquery(_) | Ast::Exists { .. } | Ast::InSubquery { .. } => {
            ("a query inside an expression", "write a `join` step")
        }
        Ast::Array(_) => ("an array constant", "compare single elements"),
        Ast::AtTimeZone { .. } => ("`at time zone`", "timestamps are UTC"),
        _ => ("this", "docs/portable-sql.md lists what there is"),
    };
    not_portable(what).with_help(help)
}
