//! Conditions of QuickSight's expression language.
//!
//! QuickSight says nowhere how `NOT` treats NULL. So negations are pushed down to the comparisons, which leaves a
//! formula without `NOT` over anything that can be NULL; there "false" and "unknown" are the same, and SQL's
//! three-valued logic is kept whichever QuickSight has.

use super::constant::{is_null, literal, string};
use super::expression::value;
use super::not_in_quicksight;
use crate::error::Result;
use crate::flow::expr::{BinaryOp, Expr, Literal, Node};
use crate::flow::types::DataType;

const ALWAYS: &str = "1 = 1";
const NEVER: &str = "1 = 0";

/// A condition that holds exactly where the boolean `expr` is true (`want`) or exactly where it is false (not `want`).
pub fn holds(expr: &Expr, want: bool) -> Result<String> {
    Ok(match &expr.node {
        Node::Literal(Literal::Boolean(b)) => (if *b == want { ALWAYS } else { NEVER }).to_owned(),
        Node::Literal(_) => NEVER.to_owned(),
        Node::Not(inner) => holds(inner, !want)?,
        Node::Binary(BinaryOp::And, left, right) => both(left, right, want, if want { "AND" } else { "OR" })?,
        Node::Binary(BinaryOp::Or, left, right) => both(left, right, want, if want { "OR" } else { "AND" })?,
        Node::Binary(op, left, right) => comparison(*op, left, right, want)?,
        Node::IsNull(inner) => format!("{}({})", if want { "isNull" } else { "isNotNull" }, value(inner)?),
        Node::In(inner, list) => one_of(inner, list, want)?,
        Node::Like(inner, pattern) => like(&value(inner)?, pattern, want)?,
        _ => format!("{} = {}", value(expr)?, i32::from(want)),
    })
}

fn both(left: &Expr, right: &Expr, want: bool, word: &str) -> Result<String> {
    Ok(format!("({} {word} {})", holds(left, want)?, holds(right, want)?))
}

fn comparison(op: BinaryOp, left: &Expr, right: &Expr, want: bool) -> Result<String> {
    let operator = match (op, want) {
        (BinaryOp::Equal, true) | (BinaryOp::NotEqual, false) => "=",
        (BinaryOp::NotEqual, true) | (BinaryOp::Equal, false) => "<>",
        (BinaryOp::Less, true) | (BinaryOp::GreaterOrEqual, false) => "<",
        (BinaryOp::LessOrEqual, true) | (BinaryOp::Greater, false) => "<=",
        (BinaryOp::Greater, true) | (BinaryOp::LessOrEqual, false) => ">",
        _ => ">=",
    };
    if is_null(left) || is_null(right) {
        return Ok(NEVER.to_owned());
    }
    Ok(format!("{} {operator} {}", value(left)?, value(right)?))
}

/// `x in (...)`: QuickSight's `in` takes constants only, and no dates.
fn one_of(inner: &Expr, list: &[Expr], want: bool) -> Result<String> {
    if !want && list.iter().any(is_null) {
        return Ok(NEVER.to_owned());
    }
    let list: Vec<&Expr> = list.iter().filter(|item| !is_null(item)).collect();
    if list.is_empty() || is_null(inner) {
        return Ok(NEVER.to_owned());
    }
    let items = list.iter().map(|item| value(item)).collect::<Result<Vec<_>>>()?;
    let operand = value(inner)?;
    let plain = matches!(inner.data_type, DataType::String | DataType::Int | DataType::Bigint);
    if plain && list.iter().all(|item| literal(item).is_some()) {
        return Ok(format!("{}({operand}, [{}])", if want { "in" } else { "notIn" }, items.join(", ")));
    }
    let (operator, word) = if want { ("=", " OR ") } else { ("<>", " AND ") };
    let comparisons: Vec<_> = items.iter().map(|item| format!("{operand} {operator} {item}")).collect();
    Ok(format!("({})", comparisons.join(word)))
}

/// A piece of a pattern: text, or any run of characters.
#[derive(PartialEq)]
enum Piece {
    Text(String),
    Any,
}

/// `%` at either end or once in the middle; QuickSight has nothing for `_` or more runs.
fn like(operand: &str, pattern: &str, want: bool) -> Result<String> {
    let refused = || {
        not_in_quicksight(
            format!("the pattern of `like '{pattern}'`"),
            "use `%` at the ends or once between texts, or put the test into a column of the table",
        )
    };
    let pieces = pieces(pattern).ok_or_else(refused)?;
    let test = match pieces.as_slice() {
        [] => return Ok(format!("{operand} {} ''", if want { "=" } else { "<>" })),
        [Piece::Text(text)] => return Ok(format!("{operand} {} {}", if want { "=" } else { "<>" }, string(text))),
        [Piece::Any] => return Ok(if want { format!("isNotNull({operand})") } else { NEVER.to_owned() }),
        [Piece::Any, Piece::Text(text), Piece::Any] => format!("contains({operand}, {})", string(text)),
        [Piece::Text(text), Piece::Any] => format!("startsWith({operand}, {})", string(text)),
        [Piece::Any, Piece::Text(text)] => format!("endsWith({operand}, {})", string(text)),
        [Piece::Text(start), Piece::Any, Piece::Text(end)] => format!(
            "(startsWith({operand}, {}) AND endsWith({operand}, {}) AND strlen({operand}) >= {})",
            string(start),
            string(end),
            start.chars().count() + end.chars().count(),
        ),
        _ => return Err(refused()),
    };
    Ok(if want { test } else { format!("(isNotNull({operand}) AND NOT({test}))") })
}

/// `None` when the pattern holds `_`.
fn pieces(pattern: &str) -> Option<Vec<Piece>> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '_' => return None,
            '%' if pieces.last() == Some(&Piece::Any) => continue,
            '%' => {
                pieces.push(Piece::Any);
                continue;
            }
            '\\' => chars.next().unwrap_or('\\'),
            c => c,
        };
        match pieces.last_mut() {
            Some(Piece::Text(text)) => text.push(c),
            _ => pieces.push(Piece::Text(c.to_string())),
        }
    }
    Some(pieces)
}
