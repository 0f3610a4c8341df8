//! Constants of QuickSight's expression language.

use super::not_in_quicksight;
use crate::error::Result;
use crate::flow::expr::{Expr, Literal, Node};
use crate::flow::types::DataType;

/// The constant that `expr` is, looking through implicit widenings.
pub fn literal(expr: &Expr) -> Option<&Literal> {
    match &expr.node {
        Node::Literal(literal) => Some(literal),
        Node::Widen(inner) => literal(inner),
        _ => None,
    }
}

/// Whether `expr` is NULL written out.
pub fn is_null(expr: &Expr) -> bool {
    matches!(literal(expr), Some(Literal::Null))
}

/// A constant as the type `data_type`. Booleans are 1 and 0: QuickSight keeps Athena's booleans as integers.
pub fn constant(literal: &Literal, data_type: &DataType) -> Result<String> {
    Ok(match literal {
        Literal::Null => "NULL".to_owned(),
        Literal::String(text) => string(text),
        Literal::Boolean(b) => i32::from(*b).to_string(),
        Literal::Integer(i) if matches!(data_type, DataType::Int | DataType::Bigint) => i.to_string(),
        Literal::Integer(i) => format!("{i}.0"),
        Literal::Double(f) => decimal(*f),
        Literal::Date(day) => format!("parseDate('{day}', 'yyyy-MM-dd')"),
        Literal::Timestamp(moment) => timestamp(moment)?,
    })
}

/// A text in single quotes, its own quotes doubled.
pub fn string(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Digits with a point: without it QuickSight reads an integer, with an exponent nothing at all.
fn decimal(f: f64) -> String {
    let text = f.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

fn timestamp(moment: &str) -> Result<String> {
    let (seconds, fraction) = moment.split_once('.').unwrap_or((moment, ""));
    if fraction.bytes().any(|digit| digit != b'0') {
        return Err(not_in_quicksight(
            format!("the fraction of a second in `timestamp '{moment}'`"),
            "compare with a whole second",
        ));
    }
    Ok(format!("parseDate('{seconds}', 'yyyy-MM-dd HH:mm:ss')"))
}
