//! Which types an operator takes, and what comes out.

use sqlparser::ast::BinaryOperator as AstOp;

use super::widen::{self, is_null};
use crate::error::{Error, Result};
use crate::flow::conversion::why_not;
use crate::flow::expr::{BinaryOp, Expr, Literal, Node};
use crate::flow::types::DataType;

/// The operator, or `None` when it is not portable.
pub fn operator(op: &AstOp) -> Option<BinaryOp> {
    Some(match op {
        AstOp::Plus => BinaryOp::Add,
        AstOp::Minus => BinaryOp::Subtract,
        AstOp::Multiply => BinaryOp::Multiply,
        AstOp::Divide => BinaryOp::Divide,
        AstOp::Modulo => BinaryOp::Modulo,
        AstOp::StringConcat => BinaryOp::Concat,
        AstOp::Eq => BinaryOp::Equal,
        AstOp::NotEq => BinaryOp::NotEqual,
        AstOp::Lt => BinaryOp::Less,
        AstOp::LtEq => BinaryOp::LessOrEqual,
        AstOp::Gt => BinaryOp::Greater,
        AstOp::GtEq => BinaryOp::GreaterOrEqual,
        AstOp::And => BinaryOp::And,
        AstOp::Or => BinaryOp::Or,
        _ => return None,
    })
}

/// `left op right` for all operators but `and`, `or` and `||`. Errors: `type-mismatch` and `not-portable`, without a place.
pub fn binary(op: BinaryOp, left: Expr, right: Expr) -> Result<Expr> {
    match op {
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => {
            arithmetic(op, left, right)
        }
        _ => compare(op, left, right),
    }
}

fn join(op: BinaryOp, left: Expr, right: Expr, operands: &DataType, data_type: DataType) -> Expr {
    let (left, right) = (widen::to(left, operands), widen::to(right, operands));
    Expr { node: Node::Binary(op, Box::new(left), Box::new(right)), data_type }
}

fn arithmetic(op: BinaryOp, left: Expr, right: Expr) -> Result<Expr> {
    for e in [&left, &right] {
        number(e, &format!("`{}`", op.symbol()))?;
    }
    // A float is widened before it is reckoned with.
    let data_type = match widen::common([&left, &right]) {
        Ok(Some(DataType::Float)) => DataType::Double,
        Ok(Some(common)) => common,
        _ => return Err(mismatch(&format!("`{}`", op.symbol()), "two numbers", &left)),
    };
    Ok(join(op, left, right, &data_type, data_type.clone()))
}

/// Whether `e` is something that arithmetic takes; `what` takes it.
pub fn number(e: &Expr, what: &str) -> Result<()> {
    match &e.data_type {
        _ if is_null(e) => Ok(()),
        DataType::Decimal(..) => {
            Err(Error::manifest("not-portable", format!("arithmetic on {} is not portable", e.data_type))
                .with_note("engines give the result different digits")
                .with_help("`cast(x as double)` first, or `cast(x as bigint)` when it is whole"))
        }
        t if t.is_number() => Ok(()),
        DataType::String if what == "`+`" => {
            Err(mismatch(what, "numbers", e)
                .with_help("write `||` to join texts, or `cast(x as int)` to reckon with one"))
        }
        DataType::Date | DataType::Timestamp => Err(mismatch(what, "numbers", e).with_help(
            "write `date_add('day', 1, x)`, `date_diff('day', x, y)`; `year(x)`, `month(x)`, `day(x)` are numbers",
        )),
        DataType::String => {
            Err(mismatch(what, "numbers", e).with_help("`cast(x as int)` or `cast(x as double)` first"))
        }
        _ => Err(mismatch(what, "numbers", e)),
    }
}

fn compare(op: BinaryOp, left: Expr, right: Expr) -> Result<Expr> {
    let what = format!("`{}`", op.symbol());
    if is_null(&left) || is_null(&right) {
        return Err(Error::manifest("type-mismatch", format!("{what} with NULL is never true"))
            .with_help("write `x is null` or `x is not null`"));
    }
    let common = comparable(&what, [&left, &right])?;
    Ok(join(op, left, right, &common, DataType::Boolean))
}

/// The type in which all of `operands` compare. Errors: `type-mismatch`, without a place.
pub fn comparable<'a>(what: &str, operands: impl IntoIterator<Item = &'a Expr> + Clone) -> Result<DataType> {
    let common = match widen::common(operands.clone()) {
        Ok(common) => common.unwrap_or(DataType::String),
        Err((a, b)) => return Err(unlike(what, &a, &b, operands)),
    };
    if !common.is_scalar() {
        return Err(Error::manifest("type-mismatch", format!("{what} does not take {common}"))
            .with_expected("scalars")
            .with_help("compare single elements: `element_at(x, 1)`, `contains(x, y)`"));
    }
    Ok(common)
}

fn unlike<'a>(what: &str, a: &DataType, b: &DataType, operands: impl IntoIterator<Item = &'a Expr>) -> Error {
    let text = operands.into_iter().find_map(|e| match &e.node {
        Node::Literal(Literal::String(text)) => Some(text.as_str()),
        _ => None,
    });
    let other = if *a == DataType::String { b } else { a };
    let error = Error::manifest("type-mismatch", format!("{what} compares {a} with {b}"));
    match (text, other) {
        _ if *a != DataType::String && *b != DataType::String => error.with_help("`cast(x as type)` one of them"),
        (Some(text), DataType::Date | DataType::Timestamp) => error.with_help(format!("write `{other} '{text}'`")),
        (Some(text), t) if t.is_number() && super::literals::number(text.trim()).is_ok() => {
            error.with_help(format!("write `{}` without quotes", text.trim()))
        }
        (Some(_), DataType::Boolean) => error.with_help("write `true` or `false`, without quotes"),
        _ => error.with_help(format!("`cast(x as {other})` the text first; what does not fit is NULL")),
    }
}

/// Fails unless `e` is a boolean (or NULL). Error: `type-mismatch`, without a place.
pub fn boolean(e: Expr, what: &str) -> Result<Expr> {
    match e.data_type {
        _ if is_null(&e) => Ok(widen::to(e, &DataType::Boolean)),
        DataType::Boolean => Ok(e),
        ref t if t.is_number() => {
            Err(mismatch(what, "a boolean", &e).with_help("write a comparison, such as `x <> 0`"))
        }
        _ => Err(mismatch(what, "a boolean", &e).with_help("write a comparison, such as `x = 'yes'`")),
    }
}

/// Fails unless `e` is a string (or NULL). Error: `type-mismatch`, without a place.
pub fn string(e: Expr, what: &str) -> Result<Expr> {
    match e.data_type {
        _ if is_null(&e) => Ok(widen::to(e, &DataType::String)),
        DataType::String => Ok(e),
        ref t => {
            let help = why_not(t, &DataType::String).unwrap_or("`cast(x as string)` first");
            Err(mismatch(what, "a string", &e).with_help(help))
        }
    }
}

/// `type-mismatch`: `what` takes `wanted`, and this is not it.
pub fn mismatch(what: &str, wanted: &str, found: &Expr) -> Error {
    Error::manifest("type-mismatch", format!("{what} takes {wanted}, this is {}", found.data_type))
        .with_expected(wanted)
}
