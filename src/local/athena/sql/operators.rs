//! Operators between expressions: comparisons, logic, concatenation, and who does the arithmetic.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, BinaryArray};
use datafusion::arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use sqlparser::ast::BinaryOperator;

use super::failure::{Failure, Outcome};
use super::kernel::{Kernel, Run, at};
use super::typed::{Typed, common};
use super::{arithmetic, arrays, intervals, types};

/// `left op right`.
pub fn binary(op: &BinaryOperator, left: Typed, right: Typed) -> Outcome<Typed> {
    let compare = match op {
        BinaryOperator::And => return logic(Operator::And, left, right),
        BinaryOperator::Or => return logic(Operator::Or, left, right),
        BinaryOperator::Eq => Operator::Eq,
        BinaryOperator::NotEq => Operator::NotEq,
        BinaryOperator::Lt => Operator::Lt,
        BinaryOperator::LtEq => Operator::LtEq,
        BinaryOperator::Gt => Operator::Gt,
        BinaryOperator::GtEq => Operator::GtEq,
        BinaryOperator::StringConcat => return concat(vec![left, right]),
        BinaryOperator::Plus
        | BinaryOperator::Minus
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Modulo => return arithmetic(op, left, right),
        other => return Err(Failure::athena_only(format!("the operator {other}"))),
    };
    comparison(compare, left, right)
}

pub use super::compare::comparison;

/// A key to sort by: -0e0 and 0e0 are one.
pub fn in_order(key: Typed) -> Typed {
    let run: Run = match key.data_type {
        DataType::Float32 => |c| {
            let values = c.args[0].as_primitive::<Float32Type>();
            c.primitives::<Float32Type>(|i| Ok(at(values, i).map(|v| v + 0.0)))
        },
        DataType::Float64 => |c| {
            let values = c.args[0].as_primitive::<Float64Type>();
            c.primitives::<Float64Type>(|i| Ok(at(values, i).map(|v| v + 0.0)))
        },
        _ => return key,
    };
    let data_type = key.data_type.clone();
    Kernel::call("in_order", run, vec![key], data_type)
}

fn mismatch(shown: &str, left: &Typed, right: &Typed) -> Failure {
    Failure::type_mismatch(format!("Cannot apply operator: {} {shown} {}", left.type_name(), right.type_name()))
}

fn native(op: Operator, left: Typed, right: Typed) -> Typed {
    Typed::new(Expr::BinaryExpr(BinaryExpr::new(Box::new(left.expr), op, Box::new(right.expr))), DataType::Boolean)
}

/// A truth value, or the refusal of what is none.
pub fn boolean(value: Typed, clause: &str) -> Outcome<Typed> {
    match value.data_type {
        DataType::Boolean | DataType::Null => Ok(value.coerced(&DataType::Boolean)),
        _ => {
            Err(Failure::type_mismatch(format!("{clause} must evaluate to a boolean (actual: {})", value.type_name())))
        }
    }
}

fn logic(op: Operator, left: Typed, right: Typed) -> Outcome<Typed> {
    let (left, right) = (boolean(left, "Logical expression term")?, boolean(right, "Logical expression term")?);
    Ok(native(op, left, right))
}

fn arithmetic(op: &BinaryOperator, left: Typed, right: Typed) -> Outcome<Typed> {
    // Two kinds of intervals can be divided by a number, too.
    if *op == BinaryOperator::Divide && left.data_type == DataType::Null && right.data_type == DataType::Float64 {
        return Err(Failure::ambiguous().unplaced());
    }
    if let Some(result) = arithmetic::numbers(op, &left, &right) {
        return result;
    }
    if let Some(result) = intervals::arithmetic(op, &left, &right) {
        return result;
    }
    let bare = |t: &Typed| t.data_type == DataType::Null;
    if bare(&left) && bare(&right) {
        return Err(Failure::ambiguous().unplaced());
    }
    Err(mismatch(&op.to_string(), &left, &right))
}

/// `a || b` and `concat(a, b, ...)`: texts or arrays; NULL when any is NULL.
pub fn concat(parts: Vec<Typed>) -> Outcome<Typed> {
    if parts.iter().any(|p| matches!(p.data_type, DataType::List(_))) {
        return arrays::concat(parts);
    }
    if parts.iter().all(|p| p.data_type == DataType::Binary) {
        return Ok(Kernel::call(
            "concat",
            |c| {
                let columns: Vec<_> = c.args.iter().map(|a| a.as_binary::<i32>()).collect();
                let row = |i| columns.iter().map(|column| at(*column, i)).collect::<Option<Vec<_>>>();
                Ok(Arc::new(BinaryArray::from_iter((0..c.rows).map(|i| row(i).map(|parts| parts.concat())))))
            },
            parts,
            DataType::Binary,
        ));
    }
    // To Trino it is an element or a list of such, by what stands beside it.
    if parts.iter().any(|p| p.data_type == DataType::Null) {
        return Err(Failure::athena_only("concatenation with a bare NULL"));
    }
    if parts.iter().any(|p| p.data_type != DataType::Utf8) {
        let kinds: Vec<_> = parts.iter().map(Typed::type_name).collect();
        let message = format!(
            "Unexpected parameters ({}) for function concat. Expected: concat(E, array(E)) E, concat(array(E)) E, \
             concat(array(E), E) E, concat(char(x), char(y)), concat(varbinary), concat(varchar)",
            kinds.join(", ")
        );
        return Err(Failure::new("FUNCTION_NOT_FOUND", message));
    }
    let parts = parts.into_iter().map(|p| p.coerced(&DataType::Utf8)).collect();
    Ok(Kernel::call(
        "concat",
        |c| {
            let columns: Vec<_> = c.args.iter().map(|a| a.as_string::<i32>()).collect();
            c.texts(|i| Ok(columns.iter().map(|column| at(*column, i)).collect::<Option<String>>()))
        },
        parts,
        DataType::Utf8,
    ))
}

/// `x IN (a, b)`, of values that have a common type.
pub fn in_list(value: Typed, list: Vec<Typed>, negated: bool) -> Outcome<Typed> {
    let mut to = value.data_type.clone();
    for item in &list {
        to = common(&to, &item.data_type).ok_or_else(|| mismatch("IN", &value, item))?;
    }
    if matches!(to, DataType::List(_) | DataType::Struct(_) | DataType::Map(..)) {
        return Err(Failure::athena_only(format!("IN with {}", types::name(&to))));
    }
    // Of floats the engine's own test takes NaN for equal to NaN and 0 for another than -0; and decimals may have no type
    // that holds all.
    if matches!(to, DataType::Float32 | DataType::Float64) {
        let mut among: Option<Typed> = None;
        for item in list {
            let equal = comparison(Operator::Eq, value.clone(), item)?;
            among = Some(match among {
                Some(others) => native(Operator::Or, others, equal),
                None => equal,
            });
        }
        let among = among.unwrap_or_else(|| Typed::literal(ScalarValue::Boolean(Some(false))));
        return Ok(if negated { not(among) } else { among });
    }
    let list = list.into_iter().map(|item| item.coerced(&to).expr).collect();
    let list = InList { expr: Box::new(value.coerced(&to).expr), list, negated };
    Ok(Typed::new(Expr::InList(list), DataType::Boolean))
}

/// `value BETWEEN low AND high`.
pub fn between(value: Typed, low: Typed, high: Typed, negated: bool) -> Outcome<Typed> {
    let fits =
        common(&value.data_type, &low.data_type).is_some() && common(&value.data_type, &high.data_type).is_some();
    if !fits {
        let message =
            format!("Cannot check if {} is BETWEEN {} and {}", value.type_name(), low.type_name(), high.type_name());
        return Err(Failure::type_mismatch(message));
    }
    let inside = native(
        Operator::And,
        comparison(Operator::GtEq, value.clone(), low)?,
        comparison(Operator::LtEq, value, high)?,
    );
    Ok(if negated { not(inside) } else { inside })
}

/// `NOT value`.
pub fn not(value: Typed) -> Typed {
    Typed::new(Expr::Not(Box::new(value.expr)), DataType::Boolean)
}

/// `value LIKE pattern [ESCAPE escape]` of texts: without ESCAPE nothing escapes.
pub fn like(value: Typed, pattern: Typed, escape: Option<&str>, negated: bool) -> Outcome<Typed> {
    let escape = escape.map(str::to_owned);
    let escape = Typed::literal(ScalarValue::Utf8(escape));
    let args = vec![value.coerced(&DataType::Utf8), pattern.coerced(&DataType::Utf8), escape];
    let like = Kernel::call(
        "like",
        |c| {
            let (values, patterns) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
            let escapes = c.args[2].as_string::<i32>();
            let mut compiled: Option<(String, regex::Regex)> = None;
            c.booleans(|i| {
                let (Some(value), Some(pattern)) = (at(values, i), at(patterns, i)) else { return Ok(None) };
                if compiled.as_ref().is_none_or(|(text, _)| text != pattern) {
                    if at(escapes, i).is_some_and(|escape| escape.chars().count() != 1) {
                        let message = "Escape string must be a single character";
                        return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message));
                    }
                    let escape = at(escapes, i).and_then(|e| e.chars().next());
                    compiled = Some((pattern.to_owned(), like_pattern(pattern, escape)?));
                }
                Ok(compiled.as_ref().map(|(_, regex)| regex.is_match(value)))
            })
        },
        args,
        DataType::Boolean,
    );
    Ok(if negated { not(like) } else { like })
}

fn like_pattern(pattern: &str, escape: Option<char>) -> Outcome<regex::Regex> {
    let mut text = String::from("(?s)^");
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            c if Some(c) == escape => match chars.next() {
                Some(next) if next == '%' || next == '_' || Some(next) == escape => {
                    text.push_str(&regex::escape(&next.to_string()));
                }
                _ => {
                    let message = "Escape character must be followed by '%', '_' or the escape character itself";
                    return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message));
                }
            },
            '%' => text.push_str(".*"),
            '_' => text.push('.'),
            other => text.push_str(&regex::escape(&other.to_string())),
        }
    }
    text.push('$');
    regex::Regex::new(&text).map_err(|e| Failure::new("INVALID_FUNCTION_ARGUMENT", e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_patterns_escape_only_when_told() {
        let matches = |value: &str, pattern: &str, escape| like_pattern(pattern, escape).unwrap().is_match(value);
        assert!(matches("abc", "a%", None) && matches("a.c", "a_c", None) && !matches("abd", "a.d", None));
        assert!(
            matches("a\\b", "a\\%", None) && matches("50%", "50#%", Some('#')) && !matches("501", "50#%", Some('#'))
        );
        assert!(matches("a\nb", "a%b", None));
        assert!(like_pattern("a#b", Some('#')).is_err());
    }
}
