//! Constants and type names as the query writes them.

use datafusion::arrow::array::AsArray;
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
            let bytes = hex::decode(digits.replace(' ', ""));
            let message = "Binary literal can only contain hexadecimal digits";
            ScalarValue::Binary(Some(bytes.map_err(|_| Failure::new("SYNTAX_ERROR", message))?))
        }
        Value::Number(digits, _) => number(digits)?,
        Value::Placeholder(_) => return Err(Failure::athena_only("a parameter")),
        other => return Err(Failure::new("SYNTAX_ERROR", format!("mismatched input '{other}'"))),
    }))
}

fn number(written: &str) -> Outcome<ScalarValue> {
    let digits = &written.replace('_', "");
    let invalid = || Failure::new("INVALID_LITERAL", format!("Invalid numeric literal: {digits}"));
    if digits.contains(['e', 'E']) {
        return digits.parse().map(|d| ScalarValue::Float64(Some(d))).map_err(|_| invalid());
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
        let message = format!("'{content}' is not a valid {} literal", types::name(&to).to_uppercase());
        Failure::new("INVALID_LITERAL", message)
    };
    Ok(Typed::literal(match &to {
        DataType::Date32 => ScalarValue::Date32(Some(text::parse_date(content).ok_or_else(bad)?)),
        DataType::Timestamp(_, zone) => {
            let time = text::parse_timestamp(content).ok_or_else(bad)?;
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
        _ => return super::cast::cast(Typed::text(content.clone()), &to),
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
            if !(1..=38).contains(&p) || s < 0 || s > p as i64 {
                let message = format!("Invalid parameters for decimal type: ({p}, {s})");
                return Err(Failure::new("INVALID_ARGUMENTS", message));
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
        Ast::Custom(name, arguments) if name.to_string().eq_ignore_ascii_case("row") => {
            let fields = arguments.iter().map(|a| row_field(a)).collect::<Option<Vec<_>>>().ok_or_else(unsupported)?;
            plain(DataType::Struct(Fields::from(fields)))
        }
        Ast::String(_) => Err(Failure::type_mismatch("Unknown type: string")),
        _ => Err(unsupported()),
    }
}

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

/// A cast to `varchar(n)` keeps the first n characters of a text; of anything else it fails when there are more.
pub fn cut(value: Typed, length: Option<u64>, of_text: bool) -> Typed {
    match length.filter(|_| value.data_type == DataType::Utf8) {
        None => value,
        Some(length) if !of_text => {
            let length = Typed::literal(ScalarValue::Int64(Some(i64::try_from(length).unwrap_or(i64::MAX))));
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
