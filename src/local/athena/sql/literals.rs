//! Constants and type names as the query writes them.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Int64Type};
use datafusion::common::ScalarValue;
use sqlparser::ast::{ArrayElemTypeDef, CharacterLength, DataType as Ast, ExactNumberInfo, TimezoneInfo, Value};

use super::failure::{Failure, Outcome};
use super::functions;
use super::kernel::{Call, Kernel, at};
use super::text;
use super::typed::Typed;
use super::types;

/// A constant: `1` is an integer (a bigint when it must be), `1.5` a decimal, `1e0` a double.
pub fn value(value: &Value) -> Outcome<Typed> {
    Ok(Typed::literal(match value {
        Value::Null => ScalarValue::Null,
        Value::Boolean(b) => ScalarValue::Boolean(Some(*b)),
        Value::SingleQuotedString(text) | Value::UnicodeStringLiteral(text) => ScalarValue::Utf8(Some(text.clone())),
        Value::HexStringLiteral(digits) => {
            let digits = digits.replace(' ', "");
            if digits.len() % 2 == 1 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(Failure::new("SYNTAX_ERROR", "Binary literal must contain an even number of digits"));
            }
            let bytes = hex::decode(&digits);
            let message = "Binary literal can only contain hexadecimal digits";
            ScalarValue::Binary(Some(bytes.map_err(|_| Failure::new("SYNTAX_ERROR", message))?))
        }
        Value::Number(digits, _) => number(digits)?,
        Value::Placeholder(_) => return Err(Failure::athena_only("a parameter")),
        other => return Err(Failure::new("SYNTAX_ERROR", format!("mismatched input '{other}'"))),
    }))
}

/// A number with a sign before it is one constant: `-2147483648` is an integer.
pub fn negative(digits: &str) -> Outcome<Typed> {
    number(&format!("-{digits}")).map(Typed::literal)
}

fn number(written: &str) -> Outcome<ScalarValue> {
    let digits = &written.replace('_', "");
    // Trino's parser tells this without a place, which is its first.
    let invalid = || {
        let message = format!("Invalid numeric literal: {digits}");
        Failure { name: "SYNTAX_ERROR", place: Some((1, 1)), message }
    };
    if digits.contains(['e', 'E']) {
        return match digits.parse::<f64>() {
            Ok(d) if d.is_infinite() => Err(Failure::new("SYNTAX_ERROR", "mismatched input '∞'")),
            Ok(d) => Ok(ScalarValue::Float64(Some(d))),
            Err(_) => Err(invalid()),
        };
    }
    if digits.contains('.') {
        let (whole, fraction) = digits.trim_start_matches('-').split_once('.').unwrap_or((digits, ""));
        if whole.trim_start_matches('0').len() + fraction.len() > 38 {
            let message = format!("'{}' is not a valid DECIMAL literal", digits.trim_start_matches('-'));
            return Err(Failure::new("INVALID_LITERAL", message));
        }
    }
    let (unscaled, scale) = text::parse_decimal(digits).ok_or_else(invalid)?;
    if !digits.contains('.') {
        if let Ok(integer) = i32::try_from(unscaled) {
            return Ok(ScalarValue::Int32(Some(integer)));
        }
        return i64::try_from(unscaled).map(|n| ScalarValue::Int64(Some(n))).map_err(|_| invalid());
    }
    // As many digits as are written, without leading zeros: 0.5 is decimal(1,1), 100.0 decimal(4,1).
    let written = unscaled.unsigned_abs().checked_ilog10().map_or(1, |n| n + 1);
    let precision = written.max(scale as u32).max(1);
    if precision > 38 {
        return Err(invalid());
    }
    Ok(ScalarValue::Decimal128(Some(unscaled), precision as u8, scale))
}

/// `DATE '2020-01-01'`, `TIMESTAMP '...'`, `DECIMAL '1.5'`.
pub fn typed(data_type: &Ast, value: &Value) -> Outcome<Typed> {
    let Value::SingleQuotedString(content) = value else {
        return Err(Failure::new("SYNTAX_ERROR", format!("mismatched input '{value}'")));
    };
    let (to, _) = self::data_type(data_type)?;
    let bad = || {
        let name = match &to {
            DataType::Timestamp(..) => "TIMESTAMP".to_owned(),
            DataType::Decimal128(..) => "DECIMAL".to_owned(),
            other => types::name(other).to_uppercase(),
        };
        let message = format!("'{content}' is not a valid {name} literal");
        Failure::new("INVALID_LITERAL", message)
    };
    Ok(Typed::literal(match &to {
        DataType::Date32 => ScalarValue::Date32(Some(text::parse_date(content).ok_or_else(bad)?)),
        DataType::Timestamp(_, zone) => {
            let time = text::parse_timestamp(content).ok_or_else(|| match text::in_other_zone(content) {
                true => Failure::athena_only("a timestamp in a zone other than UTC"),
                false => bad(),
            })?;
            // A literal with a zone is of the type with a zone.
            let offset = text::offset(content);
            if offset.is_some_and(|zone| zone != "UTC" && zone != "Z") {
                return Err(Failure::athena_only("a timestamp in a zone other than UTC"));
            }
            let zoned = zone.is_some() || offset.is_some();
            ScalarValue::TimestampMillisecond(Some(time), zoned.then(|| "UTC".into()))
        }
        DataType::Decimal128(..) => return Ok(Typed::literal(number(&decimal_form(content)).map_err(|_| bad())?)),
        DataType::Utf8 => ScalarValue::Utf8(Some(content.clone())),
        DataType::Binary => ScalarValue::Binary(Some(content.clone().into_bytes())),
        to if matches!(to, DataType::Boolean) || super::typed::is_numeric(to) => {
            let text: ArrayRef = Arc::new(StringArray::from(vec![content.as_str()]));
            let value = super::cast::convert(&text, to).map_err(|_| bad())?;
            ScalarValue::try_from_array(&value, 0)?
        }
        to => return Err(Failure::athena_only(format!("a constant of the type {}", types::name(to)))),
    }))
}

/// `DECIMAL '15'` is a decimal all the same.
fn decimal_form(content: &str) -> String {
    if content.contains('.') { content.to_owned() } else { format!("{content}.") }
}

/// A type's name as the query writes it, with the length of a `varchar(n)`.
pub fn data_type(ast: &Ast) -> Outcome<(DataType, Option<u64>)> {
    let unsupported = || Failure::athena_only(format!("the type {ast}"));
    let plain = |data_type| Ok((data_type, None));
    match ast {
        Ast::Boolean => plain(DataType::Boolean),
        Ast::TinyInt(None) => plain(DataType::Int8),
        Ast::SmallInt(None) => plain(DataType::Int16),
        Ast::Int(None) | Ast::Integer(None) => plain(DataType::Int32),
        Ast::BigInt(None) => plain(DataType::Int64),
        Ast::Real => plain(DataType::Float32),
        Ast::Double(ExactNumberInfo::None) | Ast::DoublePrecision => plain(DataType::Float64),
        Ast::Decimal(info) | Ast::Dec(info) => {
            let (p, s) = match info {
                ExactNumberInfo::None => (38, 0),
                ExactNumberInfo::Precision(p) => (*p, 0),
                ExactNumberInfo::PrecisionAndScale(p, s) => (*p, *s),
            };
            if !(1..=38).contains(&p) {
                let message = format!("DECIMAL precision must be in range [1, 38]: {p}");
                return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message).unplaced());
            }
            if s < 0 || s > p as i64 {
                let message = format!("DECIMAL scale must be in range [0, precision ({p})]: {s}");
                return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message).unplaced());
            }
            plain(DataType::Decimal128(p as u8, s as i8))
        }
        Ast::Varchar(length) | Ast::CharVarying(length) => match length {
            None => plain(DataType::Utf8),
            Some(CharacterLength::IntegerLength { length, unit: None }) => Ok((DataType::Utf8, Some(*length))),
            Some(_) => Err(unsupported()),
        },
        Ast::Varbinary(None) => plain(DataType::Binary),
        Ast::Date => plain(DataType::Date32),
        Ast::Timestamp(precision, zone) if precision.is_none_or(|p| p == 3) => match zone {
            TimezoneInfo::None | TimezoneInfo::WithoutTimeZone => plain(types::TIMESTAMP),
            _ => plain(types::timestamp_tz()),
        },
        Ast::Array(ArrayElemTypeDef::Parenthesis(inner) | ArrayElemTypeDef::AngleBracket(inner)) => {
            plain(types::list_of(data_type(inner)?.0))
        }
        Ast::Custom(name, arguments)
            if arguments.is_empty() && !KNOWN_TYPES.contains(&name.to_string().to_lowercase().as_str()) =>
        {
            Err(Failure::type_mismatch(format!("Unknown type: {}", name.to_string().to_lowercase())))
        }
        Ast::Custom(name, arguments) if name.to_string().eq_ignore_ascii_case("row") => {
            let fields = arguments.iter().map(|a| row_field(a)).collect::<Option<Vec<_>>>().ok_or_else(unsupported)?;
            plain(DataType::Struct(Fields::from(fields)))
        }
        Ast::String(_) => Err(Failure::type_mismatch("Unknown type: string")),
        _ => Err(unsupported()),
    }
}

/// Types of Athena that the parser has no word for.
const KNOWN_TYPES: &[&str] = &[
    "bingtile",
    "geometry",
    "hyperloglog",
    "interval",
    "ipaddress",
    "json",
    "json2016",
    "kdbtree",
    "map",
    "p4hyperloglog",
    "qdigest",
    "row",
    "setdigest",
    "sphericalgeography",
    "tdigest",
    "time",
    "unknown",
    "uuid",
];

/// A field of `ROW(a integer)`, which the parser gives as the text `a integer`.
fn row_field(text: &str) -> Option<Field> {
    let (name, data_type) = text.trim().split_once(' ')?;
    let data_type = match data_type.trim().to_lowercase().as_str() {
        "varchar" => DataType::Utf8,
        "real" => DataType::Float32,
        other => types::of_catalog(other)?,
    };
    Some(Field::new(name.to_lowercase(), data_type, true))
}

/// A cast to `varchar(n)` keeps the first n characters of a text; of anything else it fails when there are more. `float` is
/// the value when it was a float: a failure shows it in both ways of writing.
pub fn cut(value: Typed, length: Option<u64>, of_text: bool, float: Option<Typed>) -> Typed {
    match length.filter(|_| value.data_type == DataType::Utf8) {
        None => value,
        Some(length) if !of_text => {
            let length = Typed::literal(ScalarValue::Int64(Some(i64::try_from(length).unwrap_or(i64::MAX))));
            if let Some(float) = float {
                return Kernel::call("fitting_float", fitting_float, vec![value, length, float], DataType::Utf8);
            }
            let run = |c: &Call<'_>| {
                let (texts, lengths) = (c.args[0].as_string::<i32>(), c.args[1].as_primitive::<Int64Type>());
                c.texts(|i| match at(texts, i).zip(at(lengths, i)) {
                    Some((text, length)) if text.chars().count() as i64 > length => {
                        let message = format!("Value {text} cannot be represented as varchar({length})");
                        Err(Failure::new("INVALID_CAST_ARGUMENT", message))
                    }
                    found => Ok(found.map(|(text, _)| text.to_owned())),
                })
            };
            Kernel::call("fitting_text", run, vec![value, length], DataType::Utf8)
        }
        Some(length) => {
            let length = Typed::literal(ScalarValue::Int64(Some(i64::try_from(length).unwrap_or(i64::MAX))));
            let start = Typed::literal(ScalarValue::Int64(Some(1)));
            let whole = value.clone();
            match functions::scalar("substr", vec![value, start, length]) {
                Some(Ok(cut)) => cut,
                _ => whole,
            }
        }
    }
}

fn fitting_float(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (texts, lengths) = (c.args[0].as_string::<i32>(), c.args[1].as_primitive::<Int64Type>());
    c.texts(|i| match at(texts, i).zip(at(lengths, i)) {
        Some((text, length)) if text.chars().count() as i64 > length => {
            let plain = super::render::result_text(&c.args[2], i).unwrap_or_default();
            let message = format!("Value {plain} ({text}) cannot be represented as varchar({length})");
            Err(Failure::new("INVALID_CAST_ARGUMENT", message))
        }
        found => Ok(found.map(|(text, _)| text.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(sql: &str) -> String {
        types::name(&number(sql).unwrap().data_type())
    }

    #[test]
    fn numbers_have_trinos_types() {
        assert_eq!(name_of("1"), "integer");
        assert_eq!(name_of("3000000000"), "bigint");
        assert_eq!(name_of("100.0"), "decimal(4,1)");
        assert_eq!(name_of("0.05"), "decimal(2,2)");
        assert_eq!(name_of("0.0"), "decimal(1,1)");
        assert_eq!(name_of("1e3"), "double");
        assert!(number("99999999999999999999").is_err());
    }
}
