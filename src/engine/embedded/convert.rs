//! The conversion table over Arrow columns, counting what is lost.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use datafusion::common::Result;
use pipectl_rows::columns::{self, Texts};
use pipectl_rows::quick;

use super::growing::{Growing, mismatch};
use super::types::{UTC, element_field};
use crate::flow::conversion::{Value, convert_text, convert_value};
use crate::flow::metrics::CastLoss;
use crate::flow::types::DataType;

/// `array` of type `from` as type `to`, and what was lost on the way.
pub fn convert(array: &ArrayRef, from: &DataType, to: &DataType, format: Option<&str>) -> Result<(ArrayRef, CastLoss)> {
    if *from == DataType::String && from != to {
        return convert_texts(array.as_string::<i64>(), to, format);
    }
    by_value(array, from, to, format)
}

/// Texts as type `to`, and what was lost on the way. Texts as they are mostly written are read quickly; the conversion
/// table is asked for the rest.
pub fn convert_texts(texts: &impl Texts, to: &DataType, format: Option<&str>) -> Result<(ArrayRef, CastLoss)> {
    fn array<T: Array + 'static>((array, lost): (T, u64)) -> (ArrayRef, CastLoss) {
        let of = (array.len() - array.null_count()) as u64 + lost;
        (Arc::new(array), CastLoss { lost, of })
    }
    let whole = |text: &str| match convert_text(text, to, format) {
        Some(Value::Int(whole)) => Some(whole),
        _ => None,
    };
    Ok(match to {
        DataType::String => array((columns::strings(texts), 0)),
        DataType::Boolean => array(columns::booleans(texts, &|text| match convert_text(text, to, format) {
            Some(Value::Boolean(value)) => Some(value),
            _ => None,
        })),
        DataType::Int => {
            let small = |whole: i64| i32::try_from(whole).ok();
            let quick = |text: &[u8]| quick::integer(text).and_then(small);
            array(columns::values::<Int32Type>(texts, quick, &|text| whole(text).and_then(small)))
        }
        DataType::Bigint => array(columns::values::<Int64Type>(texts, quick::integer, &whole)),
        DataType::Double => {
            array(columns::values::<Float64Type>(texts, quick::double, &|text| match convert_text(text, to, format) {
                Some(Value::Double(value)) => Some(value),
                _ => None,
            }))
        }
        DataType::Date => {
            array(columns::values::<Date32Type>(texts, quick::date, &|text| match convert_text(text, to, format) {
                Some(Value::Date(days)) => Some(days),
                _ => None,
            }))
        }
        DataType::Timestamp => {
            let table = |text: &str| match convert_text(text, to, format) {
                Some(Value::Timestamp(micros)) => Some(micros),
                _ => None,
            };
            let (values, lost) = columns::values::<TimestampMicrosecondType>(texts, quick::timestamp, &table);
            array((values.with_timezone(UTC), lost))
        }
        DataType::Array(element) if **element == DataType::String => {
            array(columns::lists(texts, element_field(element), &|text| match convert_text(text, to, format) {
                Some(Value::List(items)) => Some(items.into_iter().map(text_of).collect()),
                _ => None,
            }))
        }
        _ => {
            let texts: ArrayRef = Arc::new(columns::strings(texts));
            by_value(&texts, &DataType::String, to, format)?
        }
    })
}

fn text_of(item: Option<Value>) -> Option<String> {
    match item {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// Value by value, by the conversion table.
fn by_value(array: &ArrayRef, from: &DataType, to: &DataType, format: Option<&str>) -> Result<(ArrayRef, CastLoss)> {
    let mut loss = CastLoss { lost: 0, of: (array.len() - array.logical_null_count()) as u64 };
    if from == to {
        return Ok((array.clone(), loss));
    }
    let mut column = Growing::new(to, array.len())?;
    let mut push = |value: Option<Value>| {
        loss.lost += u64::from(value.is_none());
        column.push(value)
    };
    if *from == DataType::String {
        for text in array.as_string::<i64>() {
            match text {
                Some(text) => push(convert_text(text, to, format))?,
                None => push(None)?,
            }
        }
    } else {
        for row in 0..array.len() {
            push(value_at(array, row, from)?.and_then(|value| convert_value(&value, from, to, format)))?;
        }
    }
    loss.lost -= array.len() as u64 - loss.of;
    Ok((column.finish()?, loss))
}

/// The scalar in `row`.
fn value_at(array: &ArrayRef, row: usize, data_type: &DataType) -> Result<Option<Value>> {
    if array.is_null(row) {
        return Ok(None);
    }
    Ok(Some(match data_type {
        DataType::String => Value::String(array.as_string::<i64>().value(row).to_string()),
        DataType::Boolean => Value::Boolean(array.as_boolean().value(row)),
        DataType::Int => Value::Int(array.as_primitive::<Int32Type>().value(row).into()),
        DataType::Bigint => Value::Int(array.as_primitive::<Int64Type>().value(row)),
        DataType::Float => Value::Float(array.as_primitive::<Float32Type>().value(row)),
        DataType::Double => Value::Double(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal(..) => Value::Decimal(array.as_primitive::<Decimal128Type>().value(row)),
        DataType::Date => Value::Date(array.as_primitive::<Date32Type>().value(row)),
        DataType::Timestamp => Value::Timestamp(array.as_primitive::<TimestampMicrosecondType>().value(row)),
        DataType::Array(_) | DataType::Struct(_) => return Err(mismatch(data_type)),
    }))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Float64Array, LargeStringArray};
    use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

    use super::super::types::arrow_type;
    use super::*;

    fn texts(values: &[Option<&str>], to: &str) -> (Vec<String>, CastLoss) {
        let array: ArrayRef = Arc::new(values.iter().copied().collect::<LargeStringArray>());
        shown(&array, "string", to)
    }

    fn shown(array: &ArrayRef, from: &str, to: &str) -> (Vec<String>, CastLoss) {
        let to: DataType = to.parse().unwrap();
        let (converted, loss) = convert(array, &from.parse().unwrap(), &to, None).unwrap();
        assert_eq!(converted.data_type(), &arrow_type(&to));
        let options = FormatOptions::default().with_null("NULL");
        let formatter = ArrayFormatter::try_new(&converted, &options).unwrap();
        ((0..converted.len()).map(|row| formatter.value(row).to_string()).collect(), loss)
    }

    #[test]
    fn losses_are_values_that_become_null() {
        let (values, loss) = texts(&[Some("1"), Some("x"), None, Some("2.0")], "int");
        assert_eq!(values, ["1", "NULL", "NULL", "2"]);
        assert_eq!(loss, CastLoss { lost: 1, of: 3 });
    }

    #[test]
    fn every_type_has_its_column() {
        for (text, to, expected) in [
            ("Yes", "boolean", "true"),
            ("9000000000", "bigint", "9000000000"),
            ("0.5", "float", "0.5"),
            ("0.25", "double", "0.25"),
            ("1.005", "decimal(10,2)", "1.01"),
            ("2015-06-09 00:00:00 UTC", "date", "2015-06-09"),
            ("a", "string", "a"),
            ("['a', None]", "array<string>", "[a, NULL]"),
            ("[1, 2]", "array<int>", "[1, 2]"),
            ("[[1], None, []]", "array<array<int>>", "[[1], NULL, []]"),
            ("{'A': 1, 'c': 2}", "struct<a:int,b:string>", "{a: 1, b: NULL}"),
        ] {
            assert_eq!(texts(&[Some(text)], to).0, [expected], "{to}");
        }
        let array: ArrayRef = Arc::new(LargeStringArray::from(vec!["1970-01-01 00:00:01"]));
        let (converted, _) = convert(&array, &DataType::String, &DataType::Timestamp, None).unwrap();
        assert_eq!(converted.as_primitive::<TimestampMicrosecondType>().value(0), 1_000_000);
    }

    #[test]
    fn typed_values_convert_too() {
        let doubles: ArrayRef = Arc::new(Float64Array::from(vec![Some(250.0), Some(250.9), None]));
        assert_eq!(
            shown(&doubles, "double", "int"),
            (vec!["250".into(), "NULL".into(), "NULL".into()], CastLoss { lost: 1, of: 2 })
        );
        assert_eq!(shown(&doubles, "double", "double").1, CastLoss { lost: 0, of: 2 });
    }
}
