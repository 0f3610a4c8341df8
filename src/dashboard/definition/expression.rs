//! Portable expressions in QuickSight's expression language, with the meaning of [`crate::flow::expr`].
//!
//! What differs and is spelled out: `/` on integers truncates (QuickSight divides as decimals), a division by zero is
//! NULL, `%` has the sign of the dividend, `concat` with NULL is NULL, `substr` has its rules for odd bounds. A boolean
//! value is the integer 1 or 0, which is what QuickSight makes of Athena's booleans too. Integer overflow, an error
//! elsewhere, cannot be told here.

use super::condition::holds;
use super::constant::{constant, is_null, literal};
use super::names::parameter_name;
use super::not_in_quicksight;
use crate::error::Result;
use crate::flow::expr::{BinaryOp, Expr, Function, Literal, Node};
use crate::flow::functions;
use crate::flow::types::DataType;

/// `expr` as a QuickSight expression. Columns are `{name}`; a column named `:name` is the parameter `${name}`.
///
/// # Errors
///
/// `not-in-quicksight` for a construct that QuickSight cannot say; the help names what to write instead.
pub fn expression(expr: &Expr) -> Result<String> {
    value(expr)
}

/// What `expr` computes, as a value; the name that the parts of this language call each other by.
pub fn value(expr: &Expr) -> Result<String> {
    let boolean = expr.data_type == DataType::Boolean;
    Ok(match &expr.node {
        Node::Column(name) => column(name)?,
        Node::Literal(literal) => constant(literal, &expr.data_type)?,
        Node::Widen(inner) => widened(inner, expr)?,
        Node::Cast(inner) => cast(inner, &expr.data_type)?,
        Node::Case(branches, otherwise) => {
            let mut arguments = Vec::new();
            for (condition, then) in branches {
                arguments.push(holds(condition, true)?);
                arguments.push(value(then)?);
            }
            arguments.push(value(otherwise)?);
            format!("ifelse({})", arguments.join(", "))
        }
        Node::Call(function, arguments) => call(*function, arguments)?,
        Node::IsNull(_) => format!("ifelse({}, 1, 0)", holds(expr, true)?),
        _ if boolean => format!("ifelse({}, 1, {}, 0, NULL)", holds(expr, true)?, holds(expr, false)?),
        Node::Negate(inner) => format!("(0 - {})", value(inner)?),
        Node::Binary(op, left, right) => arithmetic(*op, left, right)?,
        Node::Not(_) | Node::In(..) | Node::Like(..) => {
            return Err(crate::error::Error::bug(format!("a condition of type {}", expr.data_type)));
        }
    })
}

/// A column, or a parameter, by its name.
pub fn column(name: &str) -> Result<String> {
    if let Some(parameter) = name.strip_prefix(':') {
        return Ok(format!("${{{}}}", parameter_name(parameter)));
    }
    if name.contains(['{', '}']) {
        return Err(not_in_quicksight(format!("the column name `{name}`"), "rename it without `{` and `}`"));
    }
    Ok(format!("{{{name}}}"))
}

fn arithmetic(op: BinaryOp, left: &Expr, right: &Expr) -> Result<String> {
    if is_null(left) || is_null(right) {
        return Ok("NULL".to_owned());
    }
    let whole = matches!(left.data_type, DataType::Int | DataType::Bigint);
    let (a, b) = (value(left)?, value(right)?);
    let divisor = match literal(right) {
        Some(Literal::Integer(i)) if *i != 0 => b.clone(),
        Some(Literal::Double(f)) if *f != 0.0 => b.clone(),
        _ => format!("nullIf({b}, {})", if whole { "0" } else { "0.0" }),
    };
    Ok(match op {
        BinaryOp::Add => format!("({a} + {b})"),
        BinaryOp::Subtract => format!("({a} - {b})"),
        BinaryOp::Multiply => format!("({a} * {b})"),
        BinaryOp::Divide if whole => format!("decimalToInt({a} / {divisor})"),
        BinaryOp::Divide => format!("({a} / {divisor})"),
        BinaryOp::Modulo => format!("({a} - {b} * decimalToInt({a} / {divisor}))"),
        BinaryOp::Concat => joined(&[left, right])?,
        _ => return Err(crate::error::Error::bug(format!("{op:?} as a value"))),
    })
}

fn widened(inner: &Expr, expr: &Expr) -> Result<String> {
    if let Some(known) = literal(inner) {
        return match (known, &expr.data_type) {
            (Literal::Date(day), DataType::Timestamp) => constant(&Literal::Date(day.clone()), &expr.data_type),
            (known, to) => constant(known, to),
        };
    }
    let whole = matches!(inner.data_type, DataType::Int | DataType::Bigint);
    let operand = value(inner)?;
    Ok(match expr.data_type {
        DataType::Float | DataType::Double | DataType::Decimal(..) if whole => format!("intToDecimal({operand})"),
        _ => operand,
    })
}

/// The conversions that QuickSight makes as docs/conversions.md says; its own readings of texts differ and are refused.
fn cast(inner: &Expr, to: &DataType) -> Result<String> {
    use DataType::{Bigint, Boolean, Date, Decimal, Double, Float, Int, String, Timestamp};
    let operand = value(inner)?;
    Ok(match (&inner.data_type, to) {
        (from, to) if from == to => operand,
        (Int, Bigint) | (Date, Timestamp) | (Float | Decimal(..), Double) => operand,
        (Int | Bigint, Double) => format!("intToDecimal({operand})"),
        (Bigint, Int) => format!("ifelse({operand} >= -2147483648 AND {operand} <= 2147483647, {operand}, NULL)"),
        (Float | Double | Decimal(..), Int | Bigint) => {
            format!("ifelse(decimalToInt({operand}) = {operand}, decimalToInt({operand}), NULL)")
        }
        (Timestamp, Date) => format!("truncDate('DD', {operand})"),
        (Int | Bigint, String) => format!("toString({operand})"),
        (Date, String) => format!("formatDate({operand}, 'yyyy-MM-dd')"),
        (Boolean, String) => {
            format!("ifelse({}, 'true', {}, 'false', NULL)", holds(inner, true)?, holds(inner, false)?)
        }
        (from, to) => {
            return Err(not_in_quicksight(
                format!("the conversion of {from} to {to}"),
                "convert it in the table (`change_schema`) and use that column",
            ));
        }
    })
}

fn call(function: Function, arguments: &[Expr]) -> Result<String> {
    let argument = |index: usize| value(&arguments[index]);
    let plain = |name: &str| -> Result<String> {
        let arguments = arguments.iter().map(value).collect::<Result<Vec<_>>>()?;
        Ok(format!("{name}({})", arguments.join(", ")))
    };
    match function {
        Function::Year => Ok(format!("extract('YYYY', {})", argument(0)?)),
        Function::Month => Ok(format!("extract('MM', {})", argument(0)?)),
        Function::Day => Ok(format!("extract('DD', {})", argument(0)?)),
        Function::Lower => plain("toLower"),
        Function::Upper => plain("toUpper"),
        Function::Trim => plain("trim"),
        Function::Length => plain("strlen"),
        Function::Substr => substring(arguments),
        Function::Replace => replaced(arguments),
        Function::Concat => joined(&arguments.iter().collect::<Vec<_>>()),
        Function::Coalesce => {
            let known = arguments.iter().filter(|a| !is_null(a)).map(value).collect::<Result<Vec<_>>>()?;
            Ok(match known.as_slice() {
                [] => "NULL".to_owned(),
                [only] => only.clone(),
                all => format!("coalesce({})", all.join(", ")),
            })
        }
        Function::NullIf if is_null(&arguments[1]) => argument(0),
        Function::NullIf => plain("nullIf"),
        Function::Abs => plain("abs"),
        Function::Floor => plain("floor"),
        Function::Ceil => plain("ceil"),
        Function::Round => plain("round"),
        Function::Cardinality | Function::ElementAt | Function::Contains => Err(not_in_quicksight(
            format!("`{}`", functions::definition(function).name),
            "QuickSight has no arrays: make a plain column of it in the table (`derived_column`)",
        )),
        other => Err(not_in_quicksight(
            format!("`{}`", functions::definition(other).name),
            "make a plain column of it in the table (`derived_column`)",
        )),
    }
}

/// A start below 1 or a negative length is the empty text; where these are constants nothing has to be asked.
fn substring(arguments: &[Expr]) -> Result<String> {
    let at_least = |expr: &Expr, least: i64| matches!(literal(expr), Some(Literal::Integer(i)) if *i >= least);
    let (text, start) = (value(&arguments[0])?, value(&arguments[1])?);
    let length = match arguments.get(2) {
        Some(length) => value(length)?,
        None => format!("strlen({text})"),
    };
    let mut odd = Vec::new();
    if !at_least(&arguments[1], 1) {
        odd.push(format!("{start} < 1"));
    }
    if arguments.get(2).is_some_and(|length| !at_least(length, 0)) {
        odd.push(format!("{length} < 0"));
    }
    let plain = format!("substring({text}, {start}, {length})");
    if odd.is_empty() {
        return Ok(plain);
    }
    let nulls: Vec<_> = arguments.iter().filter(|a| literal(a).is_none()).map(value).collect::<Result<_>>()?;
    let nulls: Vec<_> = nulls.iter().map(|n| format!("isNull({n})")).collect();
    let guard = if nulls.is_empty() { String::new() } else { format!("{}, NULL, ", nulls.join(" OR ")) };
    Ok(format!("ifelse({guard}{}, '', {plain})", odd.join(" OR ")))
}

fn replaced(arguments: &[Expr]) -> Result<String> {
    let (text, from, to) = (value(&arguments[0])?, value(&arguments[1])?, value(&arguments[2])?);
    let plain = format!("replace({text}, {from}, {to})");
    Ok(match literal(&arguments[1]) {
        Some(Literal::String(from)) if from.is_empty() => text,
        Some(_) => plain,
        None => format!("ifelse({from} = '', {text}, {plain})"),
    })
}

/// NULL when any is: QuickSight's `concat` is silent about it.
fn joined(parts: &[&Expr]) -> Result<String> {
    let mut flat = Vec::new();
    for part in parts {
        flatten(part, &mut flat);
    }
    if flat.iter().any(|part| is_null(part)) {
        return Ok("NULL".to_owned());
    }
    let texts = flat.iter().map(|part| value(part)).collect::<Result<Vec<_>>>()?;
    let mut nulls = Vec::new();
    for (part, text) in flat.iter().zip(&texts) {
        let test = format!("isNull({text})");
        if literal(part).is_none() && !nulls.contains(&test) {
            nulls.push(test);
        }
    }
    let plain = format!("concat({})", texts.join(", "));
    Ok(if nulls.is_empty() { plain } else { format!("ifelse({}, NULL, {plain})", nulls.join(" OR ")) })
}

/// `a || b || c` as one list, so that one test for NULL does for all.
fn flatten<'a>(expr: &'a Expr, into: &mut Vec<&'a Expr>) {
    match &expr.node {
        Node::Binary(BinaryOp::Concat, left, right) => {
            flatten(left, into);
            flatten(right, into);
        }
        Node::Call(Function::Concat, parts) => parts.iter().for_each(|part| flatten(part, into)),
        _ => into.push(expr),
    }
}
