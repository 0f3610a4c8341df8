//! Typed value to another type, and which conversions there are.

use super::text::{convert_text, decimal, in_precision};
use super::value::{DAY, Value, canonical_text, decimal_text};
use crate::flow::types::DataType::{
    self, Array, Bigint, Boolean, Date, Decimal, Double, Float, Int, String, Struct, Timestamp,
};

/// Whether a column of type `from` may be converted to `to` at all, by `change_schema`, `columns` or `cast`.
pub fn allowed(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (a, b) if a == b => true,
        (String, _) => true,
        (Int | Bigint | Boolean | Date | Timestamp, String) => true,
        (Decimal(_, scale), String) => *scale <= 6,
        (Date, Timestamp) | (Timestamp, Date) => true,
        (a, b) => a.is_number() && b.is_number(),
    }
}

/// For a conversion that is not [`allowed`]: what to do instead, where there is something.
pub fn why_not(from: &DataType, to: &DataType) -> Option<&'static str> {
    Some(match (from, to) {
        (Float | Double, String) => {
            "engines write floating-point numbers differently; convert to decimal(p,s) first, then to string"
        }
        (Decimal(..), String) => "convert to a decimal of at most six digits after the point first",
        (Boolean, _) if to.is_number() => "derive it: `case when x then 1 else 0 end`",
        (_, Boolean) if from.is_number() => "derive it: `x <> 0`",
        (Array(_) | Struct(_), String) => "arrays and structs are not written as text",
        (Date | Timestamp, _) if to.is_number() => "derive it: `year(x)`, `month(x)`, `day(x)`",
        _ => return None,
    })
}

/// What `value` of type `from` is as a value of type `to`, or `None` when it is none: the value is lost.
///
/// The pair must be [`allowed`]; else everything is `None`. `format` as in [`convert_text`].
pub fn convert_value(value: &Value, from: &DataType, to: &DataType, format: Option<&str>) -> Option<Value> {
    if !allowed(from, to) {
        return None;
    }
    match (value, to) {
        _ if from == to => Some(value.clone()),
        (Value::String(text), _) => convert_text(text, to, format),
        (_, String) => canonical_text(value, from).map(Value::String),
        (Value::Date(days), Timestamp) => Some(Value::Timestamp(i64::from(*days) * DAY)),
        (Value::Timestamp(micros), Date) => i32::try_from(micros.div_euclid(DAY)).ok().map(Value::Date),
        (Value::Int(i), _) => from_integer(*i, to),
        (Value::Float(f), Double) => Some(Value::Double(f64::from(*f))),
        (Value::Float(f), _) => from_double(f64::from(*f), to),
        (Value::Double(f), _) => from_double(*f, to),
        (Value::Decimal(digits), _) => from_decimal(*digits, from, to),
        _ => None,
    }
}

fn from_integer(i: i64, to: &DataType) -> Option<Value> {
    match to {
        Int => i32::try_from(i).ok().map(|i| Value::Int(i64::from(i))),
        Bigint => Some(Value::Int(i)),
        Float => Some(Value::Float(i as f32)),
        Double => Some(Value::Double(i as f64)),
        Decimal(precision, scale) => {
            let digits = i128::from(i).checked_mul(10i128.pow(u32::from(*scale)))?;
            in_precision(digits, *precision).map(Value::Decimal)
        }
        _ => None,
    }
}

fn from_double(f: f64, to: &DataType) -> Option<Value> {
    // The first double beyond the bigints; -2^63 itself is one.
    const END: f64 = 9_223_372_036_854_775_808.0;
    match to {
        Int | Bigint => {
            let whole = f.fract() == 0.0 && (-END..END).contains(&f);
            if whole { from_integer(f as i64, to) } else { None }
        }
        Float => {
            let narrowed = f as f32;
            (narrowed.is_finite() || !f.is_finite()).then_some(Value::Float(narrowed))
        }
        // Display is the shortest text that reads back as the double, without an exponent.
        Decimal(precision, scale) => decimal(&f.to_string(), *precision, *scale).map(Value::Decimal),
        _ => None,
    }
}

fn from_decimal(digits: i128, from: &DataType, to: &DataType) -> Option<Value> {
    let Decimal(_, scale) = from else { return None };
    let unit = 10i128.pow(u32::from(*scale));
    match to {
        Int | Bigint => {
            let whole = (digits % unit == 0).then_some(digits / unit)?;
            from_integer(i64::try_from(whole).ok()?, to)
        }
        // Through the text, so that it is rounded once.
        Float | Double => convert_text(&decimal_text(digits, *scale), to, None),
        Decimal(precision, to_scale) => {
            decimal(&decimal_text(digits, *scale), *precision, *to_scale).map(Value::Decimal)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(value: Value, from: &str, to: &str) -> Option<Value> {
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        assert!(allowed(&from, &to), "{from} -> {to}");
        convert_value(&value, &from, &to, None)
    }

    #[test]
    fn numbers_keep_their_meaning_or_are_lost() {
        assert_eq!(convert(Value::Int(1 << 40), "bigint", "int"), None);
        assert_eq!(convert(Value::Double(3.0), "double", "int"), Some(Value::Int(3)));
        assert_eq!(convert(Value::Double(3.5), "double", "int"), None);
        assert_eq!(convert(Value::Double(f64::NAN), "double", "bigint"), None);
        assert_eq!(convert(Value::Double(9.3e18), "double", "bigint"), None);
        assert_eq!(
            convert(Value::Double(-9_223_372_036_854_775_808.0), "double", "bigint"),
            Some(Value::Int(i64::MIN))
        );
        assert_eq!(convert(Value::Double(1e300), "double", "float"), None);
        assert_eq!(convert(Value::Double(1.005), "double", "decimal(4,2)"), Some(Value::Decimal(101)));
        assert_eq!(convert(Value::Double(1e20), "double", "decimal(4,2)"), None);
        assert_eq!(convert(Value::Double(f64::INFINITY), "double", "decimal(4,2)"), None);
        assert_eq!(convert(Value::Decimal(250), "decimal(4,2)", "int"), None);
        assert_eq!(convert(Value::Decimal(200), "decimal(4,2)", "int"), Some(Value::Int(2)));
        assert_eq!(convert(Value::Decimal(-125), "decimal(4,2)", "decimal(4,1)"), Some(Value::Decimal(-13)));
        assert_eq!(convert(Value::Decimal(1010), "decimal(4,2)", "double"), Some(Value::Double(10.1)));
        assert_eq!(convert(Value::Int(100), "int", "decimal(4,2)"), None);
        assert_eq!(convert(Value::Int(99), "int", "decimal(4,2)"), Some(Value::Decimal(9900)));
        assert_eq!(convert(Value::Int(i64::MAX), "bigint", "decimal(38,38)"), None);
    }

    #[test]
    fn days_and_instants() {
        assert_eq!(convert(Value::Timestamp(-1), "timestamp", "date"), Some(Value::Date(-1)));
        assert_eq!(convert(Value::Date(1), "date", "timestamp"), Some(Value::Timestamp(DAY)));
        assert_eq!(convert(Value::Date(0), "date", "string"), Some(Value::String("1970-01-01".into())));
        assert_eq!(convert(Value::String("0.50".into()), "string", "decimal(3,1)"), Some(Value::Decimal(5)));
    }

    #[test]
    fn what_engines_would_not_agree_on_is_refused() {
        for (from, to) in [
            ("double", "string"),
            ("decimal(10,7)", "string"),
            ("boolean", "int"),
            ("int", "boolean"),
            ("date", "int"),
            ("struct<a:int>", "string"),
            ("array<string>", "string"),
        ] {
            let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
            assert!(!allowed(&from, &to), "{from} -> {to}");
            assert!(why_not(&from, &to).is_some(), "{from} -> {to}");
        }
    }
}
