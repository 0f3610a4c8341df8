//! Canonical JSON: equal things have one text, whatever order or number form they arrived in.

use serde_json::{Map, Number, Value};

/// The largest integer up to which every integer is exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The normal form of a value: keys sorted, members that are null left out (absent and null are one), a float
/// without fraction as an integer (`2.0` is `2`).
pub fn normal(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(integral(number)),
        Value::Array(items) => Value::Array(items.iter().map(normal).collect()),
        Value::Object(members) => {
            let mut sorted: Vec<(&String, Value)> =
                members.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, normal(v))).collect();
            sorted.sort_by(|a, b| a.0.cmp(b.0));
            Value::Object(sorted.into_iter().map(|(k, v)| (k.clone(), v)).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

/// The text of a value's normal form, without spaces.
pub fn text(value: &Value) -> String {
    normal(value).to_string()
}

/// A list as a set: normal items, sorted by their text, each once.
pub fn set(items: &[Value]) -> Vec<Value> {
    let mut keyed: Vec<(String, Value)> = items.iter().map(normal).map(|v| (v.to_string(), v)).collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    keyed.dedup_by(|a, b| a.0 == b.0);
    keyed.into_iter().map(|(_, v)| v).collect()
}

#[allow(clippy::cast_possible_truncation, reason = "the bounds are checked just before")]
fn integral(number: &Number) -> Number {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < EXACT => Number::from(float as i64),
        _ => number.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_nulls_and_number_forms_do_not_matter() {
        let one = json!({"b": 2.0, "a": [{"y": null, "x": 1}]});
        let two = json!({"a": [{"x": 1}], "b": 2, "c": null});
        assert_eq!(text(&one), text(&two));
        assert_eq!(text(&one), r#"{"a":[{"x":1}],"b":2}"#);
    }

    #[test]
    fn different_things_stay_different() {
        for (a, b) in
            [(json!(2.5), json!(2)), (json!("2"), json!(2)), (json!([]), json!(null)), (json!(""), json!(null))]
        {
            assert_ne!(text(&a), text(&b));
        }
    }

    #[test]
    fn sets_are_sorted_and_unique() {
        assert_eq!(set(&[json!("b"), json!("a"), json!("b")]), [json!("a"), json!("b")]);
    }
}
