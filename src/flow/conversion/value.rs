//! Values of the reference implementation, and their canonical text.

use chrono::{DateTime, Datelike, NaiveDate, Timelike};

use crate::flow::types::DataType;

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;

/// A value that is not NULL. Which variant belongs to which type: see each.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub enum Value {
    /// boolean.
    Boolean(bool),
    /// int and bigint.
    Int(i64),
    /// float.
    Float(f32),
    /// double.
    Double(f64),
    /// decimal(p,s): the digits as a whole number, `12.50` of decimal(4,2) is 1250.
    Decimal(i128),
    /// date: days since 1970-01-01.
    Date(i32),
    /// timestamp: microseconds since 1970-01-01 00:00:00 UTC.
    Timestamp(i64),
    /// string.
    String(String),
    /// array.
    List(Vec<Option<Value>>),
    /// struct: its fields' values, in order.
    Struct(Vec<Option<Value>>),
}

/// The text of a value of type `data_type`, where there is one that every engine writes alike: it is what a conversion to
/// string yields, and converting it back yields the value.
///
/// `None` for float, double, arrays, structs, and decimals of more than six digits after the point (Spark writes small
/// ones as `0E-7`).
pub fn canonical_text(value: &Value, data_type: &DataType) -> Option<String> {
    match (value, data_type) {
        (Value::String(text), DataType::String) => Some(text.clone()),
        (Value::Boolean(b), DataType::Boolean) => Some(b.to_string()),
        (Value::Int(i), DataType::Int | DataType::Bigint) => Some(i.to_string()),
        (Value::Decimal(digits), DataType::Decimal(_, scale)) if *scale <= 6 => Some(decimal_text(*digits, *scale)),
        (Value::Date(days), DataType::Date) => date_of(*days).map(|date| date_text(&date)),
        (Value::Timestamp(micros), DataType::Timestamp) => timestamp_text(*micros),
        _ => None,
    }
}

/// The plain text of a decimal: `-12.50`.
pub fn decimal_text(digits: i128, scale: u8) -> String {
    let sign = if digits < 0 { "-" } else { "" };
    let scale = usize::from(scale);
    let mut text = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
    if scale > 0 {
        text.insert(text.len() - scale, '.');
    }
    format!("{sign}{text}")
}

/// The day `days` after 1970-01-01.
pub fn date_of(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(days)
}

fn date_text(date: &NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// `yyyy-MM-dd HH:mm:ss`, with a fraction without zeros at its end where there is one.
fn timestamp_text(micros: i64) -> Option<String> {
    let at = DateTime::from_timestamp_micros(micros)?.naive_utc();
    let mut text = format!("{} {:02}:{:02}:{:02}", date_text(&at.date()), at.hour(), at.minute(), at.second());
    let fraction = format!("{:06}", micros.rem_euclid(1_000_000));
    let fraction = fraction.trim_end_matches('0');
    if !fraction.is_empty() {
        text = format!("{text}.{fraction}");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_canonical() {
        assert_eq!(decimal_text(-5, 2), "-0.05");
        assert_eq!(decimal_text(1250, 2), "12.50");
        assert_eq!(decimal_text(7, 0), "7");
        assert_eq!(timestamp_text(-1).as_deref(), Some("1969-12-31 23:59:59.999999"));
        assert_eq!(timestamp_text(1_500_000).as_deref(), Some("1970-01-01 00:00:01.5"));
        assert_eq!(canonical_text(&Value::Date(-719_162), &DataType::Date).as_deref(), Some("0001-01-01"));
        assert_eq!(canonical_text(&Value::Decimal(0), &DataType::Decimal(9, 7)), None);
    }
}
