//! Text to typed value: the reference that every engine is held to.

use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::{Captures, Regex};

use super::grammar;
use super::list;
use super::nested;
use super::value::{DAY, Value};
use crate::flow::types::DataType;

/// The first and last microsecond of the years 0001 to 9999, UTC.
pub const TIMESTAMP_RANGE: (i64, i64) = (-62_135_596_800_000_000, 253_402_300_799_999_999);

/// What `text` is as a value of type `to`, or `None` when it is none; the empty text is the caller's business.
///
/// `format` is one of [`grammar::DATE_FORMATS`] and widens date; elsewhere it is not looked at.
pub fn convert_text(text: &str, to: &DataType, format: Option<&str>) -> Option<Value> {
    if *to == DataType::String {
        return Some(Value::String(text.to_string()));
    }
    let text = trim(text);
    match to {
        DataType::String => None,
        DataType::Boolean => boolean(text),
        DataType::Int => integer(text).filter(|i| i32::try_from(*i).is_ok()).map(Value::Int),
        DataType::Bigint => integer(text).map(Value::Int),
        DataType::Float => number(text).filter(|f: &f32| f.is_finite()).map(Value::Float),
        DataType::Double => number(text).filter(|f: &f64| f.is_finite()).map(Value::Double),
        DataType::Decimal(precision, scale) => decimal(text, *precision, *scale).map(Value::Decimal),
        DataType::Date => date(text, format).map(Value::Date),
        DataType::Timestamp => timestamp(text).map(Value::Timestamp),
        DataType::Array(element) if element.is_scalar() => list::convert(text, element, format),
        DataType::Array(_) | DataType::Struct(_) => nested::convert(text, to, format),
    }
}

/// `text` without the white space of [`grammar::TRIM`] at either end.
pub fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r'])
}

macro_rules! compiled {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($pattern).expect("the grammar's own pattern"));
    };
}
compiled!(INTEGER, grammar::INTEGER);
compiled!(DOUBLE, grammar::DOUBLE);
compiled!(DECIMAL, grammar::DECIMAL);
compiled!(BOOLEAN_TRUE, grammar::BOOLEAN_TRUE);
compiled!(BOOLEAN_FALSE, grammar::BOOLEAN_FALSE);
compiled!(DATE, grammar::DATE);
compiled!(TIMESTAMP, grammar::TIMESTAMP);
static DATE_FORMATS: LazyLock<Vec<(&'static str, Regex, &'static str)>> = LazyLock::new(|| {
    let compile = |f: &grammar::DateFormat| (f.pattern, Regex::new(f.regex).expect("the grammar's own pattern"), f.iso);
    grammar::DATE_FORMATS.iter().map(compile).collect()
});

fn boolean(text: &str) -> Option<Value> {
    match text {
        _ if BOOLEAN_TRUE.is_match(text) => Some(Value::Boolean(true)),
        _ if BOOLEAN_FALSE.is_match(text) => Some(Value::Boolean(false)),
        _ => None,
    }
}

fn integer(text: &str) -> Option<i64> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    INTEGER.is_match(text).then(|| whole.parse().ok()).flatten()
}

/// Whether `text` is a number as [`grammar::DOUBLE`] writes it, of whatever size.
pub(super) fn is_number(text: &str) -> bool {
    DOUBLE.is_match(text)
}

/// A float or double, rounded once to the nearest; infinite when it is out of range.
fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    is_number(text).then(|| text.parse().ok()).flatten()
}

/// The digits of `text` as a decimal of `precision` and `scale`, rounded half away from zero.
pub(super) fn decimal(text: &str, precision: u8, scale: u8) -> Option<i128> {
    if !DECIMAL.is_match(text) {
        return None;
    }
    let unsigned = text.trim_start_matches(['+', '-']);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let whole = whole.trim_start_matches('0');
    if whole.len() > usize::from(precision) {
        return None;
    }
    let kept = fraction.len().min(usize::from(scale));
    let digits = format!("{whole}{}{}", &fraction[..kept], "0".repeat(usize::from(scale) - kept));
    let mut digits: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    if fraction.as_bytes().get(kept).is_some_and(|next| *next >= b'5') {
        digits += 1;
    }
    in_precision(if text.starts_with('-') { -digits } else { digits }, precision)
}

/// `digits`, when `precision` digits hold it.
pub(super) fn in_precision(digits: i128, precision: u8) -> Option<i128> {
    (digits.unsigned_abs() < 10u128.pow(u32::from(precision))).then_some(digits)
}

fn date(text: &str, format: Option<&str>) -> Option<i32> {
    if let Some(groups) = DATE.captures(text) {
        return days(&groups);
    }
    let (_, regex, iso) = DATE_FORMATS.iter().find(|(pattern, ..)| Some(*pattern) == format)?;
    let groups = regex.captures(text)?;
    let mut written = String::new();
    groups.expand(iso, &mut written);
    days(&DATE.captures(&written)?)
}

/// The day that groups 1 to 3 name, when the calendar has it.
fn days(groups: &Captures) -> Option<i32> {
    let part = |group: usize| groups[group].parse::<u32>().ok();
    let date = NaiveDate::from_ymd_opt(i32::try_from(part(1)?).ok()?, part(2)?, part(3)?)?;
    Some(date.to_epoch_days())
}

fn timestamp(text: &str) -> Option<i64> {
    let groups = TIMESTAMP.captures(text)?;
    let part = |group: usize| groups.get(group).map_or(Some(0), |m| m.as_str().parse::<i64>().ok());
    let seconds = (part(4)? * 60 + part(5)?) * 60 + part(6)?;
    let micros: i64 = groups.get(7).map_or(Some(0), |fraction| format!("{:0<6.6}", fraction.as_str()).parse().ok())?;
    let offset = (part(10)? * 60 + part(11)?) * 60_000_000;
    let offset = if groups.get(9).is_some_and(|sign| sign.as_str() == "-") { -offset } else { offset };
    let at = i64::from(days(&groups)?) * DAY + seconds * 1_000_000 + micros - offset;
    (TIMESTAMP_RANGE.0..=TIMESTAMP_RANGE.1).contains(&at).then_some(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::flow::conversion::canonical_text;

    fn to(text: &str, data_type: &str) -> String {
        let data_type: DataType = data_type.parse().unwrap();
        show(convert_text(text, &data_type, None), &data_type)
    }

    fn show(value: Option<Value>, data_type: &DataType) -> String {
        match value {
            None => "NULL".to_string(),
            Some(value) => canonical_text(&value, data_type).unwrap_or_else(|| format!("{value:?}")),
        }
    }

    #[test]
    fn whole_numbers() {
        for (text, expected) in [
            ("250", "250"),
            (" +7\t", "7"),
            ("-0", "0"),
            ("250.0", "250"),
            ("250.", "250"),
            ("250.9", "NULL"),
            ("1e3", "NULL"),
            ("0x1F", "NULL"),
            (".0", "NULL"),
            ("1 2", "NULL"),
            ("٣", "NULL"),
            ("2147483647", "2147483647"),
            ("2147483648", "NULL"),
            ("-2147483648", "-2147483648"),
            ("000000000000000000000000001", "1"),
            ("", "NULL"),
        ] {
            assert_eq!(to(text, "int"), expected, "{text:?}");
        }
        assert_eq!(to("-9223372036854775808", "bigint"), "-9223372036854775808");
        assert_eq!(to("9223372036854775808", "bigint"), "NULL");
    }

    #[test]
    fn other_numbers() {
        for (text, expected) in [
            ("1.5", "Double(1.5)"),
            (".5", "Double(0.5)"),
            ("5.", "Double(5.0)"),
            ("-1E-3", "Double(-0.001)"),
            ("1e999", "NULL"),
            ("1e-999", "Double(0.0)"),
            ("NaN", "NULL"),
            ("Infinity", "NULL"),
            ("1.5f", "NULL"),
            (".", "NULL"),
        ] {
            assert_eq!(to(text, "double"), expected, "{text:?}");
        }
        assert_eq!(to("1e39", "float"), "NULL");
        assert_eq!(to("0.1", "float"), "Float(0.1)");
        for (text, expected) in [
            ("1.005", "1.01"),
            ("-1.005", "-1.01"),
            ("1.0049", "1.00"),
            ("99.994", "99.99"),
            ("99.995", "NULL"),
            ("100", "NULL"),
            ("0001.5", "1.50"),
            (".", "NULL"),
            ("1e1", "NULL"),
        ] {
            assert_eq!(to(text, "decimal(4,2)"), expected, "{text:?}");
        }
        assert_eq!(to(&"9".repeat(38), "decimal(38,0)"), "9".repeat(38));
        assert_eq!(to(&"9".repeat(39), "decimal(38,0)"), "NULL");
        assert_eq!(to(&format!("{}.5", "9".repeat(38)), "decimal(38,0)"), "NULL");
    }

    #[test]
    fn dates_are_the_date_as_written() {
        for (text, expected) in [
            ("2015-06-09", "2015-06-09"),
            ("2015-06-09 00:00:00 UTC", "2015-06-09"),
            ("2015-06-09T23:59:59.999999999-05:00", "2015-06-09"),
            ("1500-02-29", "NULL"),
            ("0001-01-01", "0001-01-01"),
            ("0000-01-01", "NULL"),
            ("2015-02-30", "NULL"),
            ("2015", "NULL"),
            ("20150609", "NULL"),
            ("2015-6-9", "NULL"),
            ("2015-06-09 abc", "NULL"),
            ("2015-06-09 24:00", "NULL"),
            ("2015-06-09 00:00 CET", "NULL"),
        ] {
            assert_eq!(to(text, "date"), expected, "{text:?}");
        }
    }

    #[test]
    fn formats_widen_dates() {
        for (format, text, expected) in [
            ("yyyy", "2015", "2015-01-01"),
            ("yyyy", "2015-06-09", "2015-06-09"),
            ("yyyy", "15", "NULL"),
            ("yyyy-MM", "2015-06", "2015-06-01"),
            ("yyyyMMdd", "20150609", "2015-06-09"),
            ("yyyyMMdd", "20150230", "NULL"),
            ("dd.MM.yyyy", "09.06.2015", "2015-06-09"),
            ("MM/dd/yyyy", "06/09/2015", "2015-06-09"),
            ("dd/MM/yyyy", "09/06/2015", "2015-06-09"),
        ] {
            let value = convert_text(text, &DataType::Date, Some(format));
            assert_eq!(show(value, &DataType::Date), expected, "{format} {text}");
        }
    }

    #[test]
    fn timestamps_are_instants_of_utc() {
        for (text, expected) in [
            ("2015-06-09", "2015-06-09 00:00:00"),
            ("2015-06-09 07:08", "2015-06-09 07:08:00"),
            ("2015-06-09T07:08:09.5Z", "2015-06-09 07:08:09.5"),
            ("2015-06-09 07:08:09.123456789", "2015-06-09 07:08:09.123456"),
            ("2015-06-09 00:30:00 +05:30", "2015-06-08 19:00:00"),
            ("2015-06-09 00:30:00-00:30", "2015-06-09 01:00:00"),
            ("0001-01-01 00:00+01:00", "NULL"),
            ("9999-12-31 23:59-00:01", "NULL"),
            ("9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999"),
            ("2015-06-09 7:08", "NULL"),
            ("2015-06-09 07:08:60", "NULL"),
            ("2015-06-09 07:08+15:00", "NULL"),
        ] {
            assert_eq!(to(text, "timestamp"), expected, "{text:?}");
        }
    }

    #[test]
    fn truths() {
        for text in ["true", "T", "1", "yEs", "y", " TRUE "] {
            assert_eq!(to(text, "boolean"), "true", "{text}");
        }
        for text in ["false", "F", "0", "No", "n"] {
            assert_eq!(to(text, "boolean"), "false", "{text}");
        }
        for text in ["on", "off", "2", "1.0", "yeſ", "-"] {
            assert_eq!(to(text, "boolean"), "NULL", "{text}");
        }
    }

    #[test]
    fn text_stays_as_it_is() {
        assert_eq!(to(" a\t", "string"), " a\t");
    }

    fn any_type() -> impl Strategy<Value = DataType> {
        let scalar = prop_oneof![
            Just(DataType::String),
            Just(DataType::Boolean),
            Just(DataType::Int),
            Just(DataType::Bigint),
            Just(DataType::Float),
            Just(DataType::Double),
            (1u8..=38).prop_flat_map(|p| (Just(p), 0..=p)).prop_map(|(p, s)| DataType::Decimal(p, s)),
            Just(DataType::Date),
            Just(DataType::Timestamp),
        ];
        prop_oneof![scalar.clone(), scalar.prop_map(|t| DataType::Array(Box::new(t)))]
    }

    proptest! {
        #[test]
        fn any_text_converts_or_is_null(text in "\\PC{0,30}", data_type in any_type()) {
            let _ = convert_text(&text, &data_type, Some("dd.MM.yyyy"));
        }

        #[test]
        fn near_texts_convert_or_are_null(text in r#"[-+0-9.eE:TZ \['",\]\\unxtrue]{0,30}"#, data_type in any_type()) {
            let _ = convert_text(&text, &data_type, Some("yyyy"));
        }

        #[test]
        fn canonical_text_converts_back(text in "[-+]?[0-9]{1,20}(\\.[0-9]{0,4})?", data_type in any_type()) {
            if let Some(value) = convert_text(&text, &data_type, None)
                && let Some(canonical) = canonical_text(&value, &data_type)
            {
                prop_assert_eq!(convert_text(&canonical, &data_type, None), Some(value));
            }
        }

        #[test]
        fn dates_and_timestamps_convert_back(days in -719_162i32..2_932_896, micros in TIMESTAMP_RANGE.0..TIMESTAMP_RANGE.1) {
            for (value, data_type) in [
                (Value::Date(days), DataType::Date),
                (Value::Timestamp(micros), DataType::Timestamp),
            ] {
                let text = canonical_text(&value, &data_type).unwrap();
                prop_assert_eq!(convert_text(&text, &data_type, None), Some(value));
            }
        }
    }
}
