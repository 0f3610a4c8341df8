//! Constants.

use sqlparser::ast::{DataType as AstType, TimezoneInfo, TypedString, Value as AstValue};

use crate::error::{Error, Result};
use crate::flow::conversion::{Value, canonical_text, convert_text};
use crate::flow::expr::{Expr, Literal, Node};
use crate::flow::types::DataType;

/// A constant of the syntax tree. Errors: `not-portable`, `bad-literal`, without a place.
pub fn of_value(value: &AstValue) -> Result<Expr> {
    match value {
        AstValue::Number(text, false) => number(text),
        AstValue::SingleQuotedString(text) => Ok(literal(Literal::String(text.clone()), DataType::String)),
        AstValue::Boolean(b) => Ok(literal(Literal::Boolean(*b), DataType::Boolean)),
        AstValue::Null => Ok(literal(Literal::Null, DataType::String)),
        other => Err(Error::manifest("not-portable", format!("constant `{other}` is not portable"))
            .with_help("write texts in single quotes and numbers in plain digits")),
    }
}

/// A number: int, bigint, or with a point or an exponent double. `text` may start with a minus.
pub fn number(text: &str) -> Result<Expr> {
    if text.contains(['.', 'e', 'E']) {
        return match convert_text(text, &DataType::Double, None) {
            Some(Value::Double(f)) => Ok(literal(Literal::Double(f), DataType::Double)),
            _ => Err(Error::manifest("bad-literal", format!("number `{text}` is too large for a double"))),
        };
    }
    match convert_text(text, &DataType::Bigint, None) {
        Some(Value::Int(i)) => {
            let data_type = if i32::try_from(i).is_ok() { DataType::Int } else { DataType::Bigint };
            Ok(literal(Literal::Integer(i), data_type))
        }
        _ => Err(Error::manifest("bad-literal", format!("number `{text}` is too large for a bigint"))
            .with_help(format!("write `{text}.0` for a double"))),
    }
}

/// `date '...'` and `timestamp '...'`.
pub fn of_typed_string(typed: &TypedString) -> Result<Expr> {
    let data_type = match &typed.data_type {
        AstType::Date => DataType::Date,
        AstType::Timestamp(None, TimezoneInfo::None) => DataType::Timestamp,
        other => {
            let name = other.to_string().to_lowercase();
            return Err(Error::manifest("not-portable", format!("constant of type {name} is not portable"))
                .with_expected("`date '2015-06-09'` or `timestamp '2015-06-09 07:08:09'`"));
        }
    };
    match &typed.value.value {
        AstValue::SingleQuotedString(text) => literal_of(text, &data_type),
        other => Err(Error::manifest("bad-literal", format!("`{other}` is no constant of type {data_type}"))
            .with_expected(shape(&data_type))),
    }
}

/// `text`, written by a person, as a constant of a scalar type, by the conversion table. A date has to be a date alone.
/// Errors: `bad-literal` without a place.
pub fn literal_of(text: &str, data_type: &DataType) -> Result<Expr> {
    let date_alone = *data_type != DataType::Date || text.trim().len() == "yyyy-MM-dd".len();
    let value = convert_text(text, data_type, None).filter(|_| date_alone);
    let written = |value: &Value| canonical_text(value, data_type).unwrap_or_default();
    Ok(match value {
        Some(Value::String(text)) => literal(Literal::String(text), DataType::String),
        Some(Value::Boolean(b)) => literal(Literal::Boolean(b), DataType::Boolean),
        Some(Value::Int(i)) => literal(Literal::Integer(i), data_type.clone()),
        Some(Value::Double(f)) => literal(Literal::Double(f), DataType::Double),
        Some(ref date @ Value::Date(_)) => literal(Literal::Date(written(date)), DataType::Date),
        Some(ref at @ Value::Timestamp(_)) => literal(Literal::Timestamp(written(at)), DataType::Timestamp),
        // No constants of these types: converted from the text at run time, which it was just seen to survive.
        Some(Value::Float(_) | Value::Decimal(_)) => Expr {
            node: Node::Cast(Box::new(literal(Literal::String(text.to_string()), DataType::String))),
            data_type: data_type.clone(),
        },
        Some(Value::List(_) | Value::Struct(_)) | None => {
            return Err(Error::manifest("bad-literal", format!("`{text}` is no constant of type {data_type}"))
                .with_expected(shape(data_type)));
        }
    })
}

fn shape(data_type: &DataType) -> String {
    match data_type {
        DataType::Date => "a date of the calendar as `2015-06-09`".to_string(),
        DataType::Timestamp => "an instant of UTC as `2015-06-09 07:08:09`".to_string(),
        DataType::Boolean => "true or false".to_string(),
        DataType::Int | DataType::Bigint => format!("a whole number that {data_type} holds"),
        DataType::Array(_) | DataType::Struct(_) => "a scalar type: arrays and structs have no constants".to_string(),
        other => format!("a number that {other} holds"),
    }
}

fn literal(literal: Literal, data_type: DataType) -> Expr {
    Expr { node: Node::Literal(literal), data_type }
}
