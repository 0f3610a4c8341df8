//! Result columns as compact JSON.

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::flow::types::DataType;

/// The largest whole number up to which JavaScript's numbers hold all.
const EXACT: i64 = 1 << 53;

/// A column's values, as Athena writes them: a list; or, where values repeat, `{of: [distinct...], at: [place...]}` with -1
/// for NULL. Numbers that JavaScript holds exactly are numbers, all others stay texts.
pub fn column<'v>(values: impl Iterator<Item = Option<&'v str>>, data_type: &DataType) -> Value {
    let values: Vec<Option<&str>> = values.collect();
    let mut distinct: IndexMap<&str, usize> = IndexMap::new();
    for value in values.iter().flatten() {
        let next = distinct.len();
        distinct.entry(value).or_insert(next);
    }
    if values.len() > 8 && distinct.len() * 2 < values.len() {
        let of: Vec<Value> = distinct.keys().map(|text| scalar(text, data_type)).collect();
        let place = |value: &Option<&str>| value.and_then(|text| distinct.get(text)).map_or(-1, |place| *place as i64);
        let at: Vec<i64> = values.iter().map(place).collect();
        return json!({ "of": of, "at": at });
    }
    values.into_iter().map(|value| value.map_or(Value::Null, |text| scalar(text, data_type))).collect()
}

/// A value as it is written best.
pub fn scalar(text: &str, data_type: &DataType) -> Value {
    match data_type {
        DataType::Int | DataType::Bigint => match text.parse::<i64>() {
            Ok(number) if number.abs() <= EXACT && number.to_string() == text => number.into(),
            _ => text.into(),
        },
        DataType::Float | DataType::Double => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => match number {
                // Shorter, and the same number.
                whole if whole.fract() == 0.0 && whole.abs() < EXACT as f64 => (whole as i64).into(),
                other => other.into(),
            },
            _ => text.into(),
        },
        _ => text.into(),
    }
}

/// JSON that can stand in a script element: no `<`, which could begin an end tag or a comment.
pub fn embedded(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c")
}
