//! The folders of a partitioned table, as Hive and Spark name them.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};

use crate::flow::conversion::{Value, canonical_text};
use crate::flow::types;

/// Stands for NULL, and for the empty text.
pub const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// `name=value`, both escaped.
pub fn folder(name: &str, value: Option<&str>) -> String {
    match value.filter(|value| !value.is_empty()) {
        Some(value) => format!("{}={}", escape(name), escape(value)),
        None => format!("{}={NULL}", escape(name)),
    }
}

/// `text` with what Hive does not put into paths as `%XX`.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{1}'..='\u{1f}'
            | '\u{7f}'
            | '"'
            | '#'
            | '%'
            | '\''
            | '*'
            | '/'
            | ':'
            | '='
            | '?'
            | '\\'
            | '{'
            | '['
            | ']'
            | '^' => escaped.push_str(&format!("%{:02X}", c as u32)),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The text of a partition column's value in `row`; `None` for NULL, and for types that a path cannot carry.
pub fn value(array: &ArrayRef, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    let scalar = |value: Value, data_type: types::DataType| canonical_text(&value, &data_type);
    match array.data_type() {
        DataType::LargeUtf8 => Some(array.as_string::<i64>().value(row).to_string()),
        DataType::Boolean => scalar(Value::Boolean(array.as_boolean().value(row)), types::DataType::Boolean),
        DataType::Int32 => Some(array.as_primitive::<Int32Type>().value(row).to_string()),
        DataType::Int64 => Some(array.as_primitive::<Int64Type>().value(row).to_string()),
        DataType::Date32 => scalar(Value::Date(array.as_primitive::<Date32Type>().value(row)), types::DataType::Date),
        DataType::Timestamp(..) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            scalar(Value::Timestamp(micros), types::DataType::Timestamp)
        }
        DataType::Decimal128(precision, scale) => {
            let digits = array.as_primitive::<Decimal128Type>().value(row);
            scalar(Value::Decimal(digits), types::DataType::Decimal(*precision, *scale as u8))
        }
        DataType::Float32 => {
            let x = array.as_primitive::<Float32Type>().value(row);
            Some(java(f64::from(x), format!("{x:?}"), format!("{x:e}")))
        }
        DataType::Float64 => {
            let x = array.as_primitive::<Float64Type>().value(row);
            Some(java(x, format!("{x:?}"), format!("{x:e}")))
        }
        _ => None,
    }
}

/// A floating-point number as Java writes it: `1.0`, `1.0E10`, `1.5E-4`.
fn java(x: f64, plain: String, scientific: String) -> String {
    if x.is_infinite() {
        return if x > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if x == 0.0 || x.is_nan() || (1e-3..1e7).contains(&x.abs()) {
        return plain;
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let point = if mantissa.contains('.') { "" } else { ".0" };
    format!("{mantissa}{point}E{exponent}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{Date32Array, Float64Array};

    use super::*;

    #[test]
    fn folders_as_hive_names_them() {
        assert_eq!(folder("year", Some("1999")), "year=1999");
        assert_eq!(folder("year", None), "year=__HIVE_DEFAULT_PARTITION__");
        assert_eq!(folder("genre", Some("")), "genre=__HIVE_DEFAULT_PARTITION__");
        assert_eq!(folder("genre", Some("r&b/soul: 100% é}")), "genre=r&b%2Fsoul%3A 100%25 é}");
        assert_eq!(folder("a b", Some("x\t")), "a b=x%09");
    }

    #[test]
    fn values_as_java_writes_them() {
        for (x, text) in [
            (1.0, "1.0"),
            (-0.5, "-0.5"),
            (0.001, "0.001"),
            (1234567.25, "1234567.25"),
            (1e7, "1.0E7"),
            (1.5e-4, "1.5E-4"),
            (0.0, "0.0"),
            (100.0, "100.0"),
        ] {
            let array: ArrayRef = Arc::new(Float64Array::from(vec![x]));
            assert_eq!(value(&array, 0).as_deref(), Some(text));
        }
        let dates: ArrayRef = Arc::new(Date32Array::from(vec![Some(0), None]));
        assert_eq!((value(&dates, 0).as_deref(), value(&dates, 1)), (Some("1970-01-01"), None));
    }
}
