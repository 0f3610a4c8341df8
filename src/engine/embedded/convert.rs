//! The conversion table over Arrow columns, counting what is lost.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder, Float64Builder,
    Int32Builder, Int64Builder, LargeStringBuilder, ListArray, NullBufferBuilder, OffsetBufferBuilder, StructArray,
    TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{
    DataType as ArrowType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::types::{UTC, arrow_type, element_field};
use crate::flow::conversion::{Value, convert_text, convert_value};
use crate::flow::metrics::CastLoss;
use crate::flow::types::DataType;

/// `array` of type `from` as type `to`, and what was lost on the way.
pub fn convert(array: &ArrayRef, from: &DataType, to: &DataType, format: Option<&str>) -> Result<(ArrayRef, CastLoss)> {
    let mut loss = CastLoss { lost: 0, of: (array.len() - array.logical_null_count()) as u64 };
    if from == to {
        return Ok((array.clone(), loss));
    }
    let mut column = Column::new(to, array.len())?;
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

fn mismatch(data_type: &DataType) -> DataFusionError {
    DataFusionError::Internal(format!("a value is not of type {data_type}"))
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

/// A column that grows value by value.
enum Column {
    Boolean(BooleanBuilder),
    Int(Int32Builder),
    Bigint(Int64Builder),
    Float(Float32Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    String(LargeStringBuilder),
    List { element: DataType, values: Box<Column>, lengths: OffsetBufferBuilder<i32>, nulls: NullBufferBuilder },
    Struct { whole: DataType, fields: Vec<Column>, nulls: NullBufferBuilder },
}

impl Column {
    fn new(data_type: &DataType, rows: usize) -> Result<Self> {
        Ok(match data_type {
            DataType::Boolean => Column::Boolean(BooleanBuilder::with_capacity(rows)),
            DataType::Int => Column::Int(Int32Builder::with_capacity(rows)),
            DataType::Bigint => Column::Bigint(Int64Builder::with_capacity(rows)),
            DataType::Float => Column::Float(Float32Builder::with_capacity(rows)),
            DataType::Double => Column::Double(Float64Builder::with_capacity(rows)),
            DataType::Decimal(..) => {
                Column::Decimal(Decimal128Builder::with_capacity(rows).with_data_type(arrow_type(data_type)))
            }
            DataType::Date => Column::Date(Date32Builder::with_capacity(rows)),
            DataType::Timestamp => {
                Column::Timestamp(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone(UTC))
            }
            DataType::String => Column::String(LargeStringBuilder::with_capacity(rows, 16 * rows)),
            DataType::Array(element) => Column::List {
                element: (**element).clone(),
                values: Box::new(Column::new(element, rows)?),
                lengths: OffsetBufferBuilder::new(rows),
                nulls: NullBufferBuilder::new(rows),
            },
            DataType::Struct(fields) => Column::Struct {
                whole: data_type.clone(),
                fields: fields.iter().map(|(_, field)| Column::new(field, rows)).collect::<Result<_>>()?,
                nulls: NullBufferBuilder::new(rows),
            },
        })
    }

    fn push(&mut self, value: Option<Value>) -> Result<()> {
        match (self, value) {
            (Column::Boolean(b), None) => b.append_null(),
            (Column::Boolean(b), Some(Value::Boolean(v))) => b.append_value(v),
            (Column::Int(b), None) => b.append_null(),
            (Column::Int(b), Some(Value::Int(v))) => {
                b.append_value(i32::try_from(v).map_err(|_| mismatch(&DataType::Int))?);
            }
            (Column::Bigint(b), None) => b.append_null(),
            (Column::Bigint(b), Some(Value::Int(v))) => b.append_value(v),
            (Column::Float(b), None) => b.append_null(),
            (Column::Float(b), Some(Value::Float(v))) => b.append_value(v),
            (Column::Double(b), None) => b.append_null(),
            (Column::Double(b), Some(Value::Double(v))) => b.append_value(v),
            (Column::Decimal(b), None) => b.append_null(),
            (Column::Decimal(b), Some(Value::Decimal(v))) => b.append_value(v),
            (Column::Date(b), None) => b.append_null(),
            (Column::Date(b), Some(Value::Date(v))) => b.append_value(v),
            (Column::Timestamp(b), None) => b.append_null(),
            (Column::Timestamp(b), Some(Value::Timestamp(v))) => b.append_value(v),
            (Column::String(b), None) => b.append_null(),
            (Column::String(b), Some(Value::String(v))) => b.append_value(v),
            (Column::List { lengths, nulls, .. }, None) => {
                lengths.push_length(0);
                nulls.append_null();
            }
            (Column::List { values, lengths, nulls, .. }, Some(Value::List(items))) => {
                lengths.push_length(items.len());
                nulls.append_non_null();
                for item in items {
                    values.push(item)?;
                }
            }
            (Column::Struct { fields, nulls, .. }, None) => {
                nulls.append_null();
                fields.iter_mut().try_for_each(|field| field.push(None))?;
            }
            (Column::Struct { fields, nulls, .. }, Some(Value::Struct(values))) => {
                nulls.append_non_null();
                fields.iter_mut().zip(values).try_for_each(|(field, value)| field.push(value))?;
            }
            (_, Some(value)) => {
                return Err(DataFusionError::Internal(format!("{value:?} is not of the column's type")));
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<ArrayRef> {
        Ok(match self {
            Column::Boolean(mut b) => Arc::new(b.finish()),
            Column::Int(mut b) => Arc::new(b.finish()),
            Column::Bigint(mut b) => Arc::new(b.finish()),
            Column::Float(mut b) => Arc::new(b.finish()),
            Column::Double(mut b) => Arc::new(b.finish()),
            Column::Decimal(mut b) => Arc::new(b.finish()),
            Column::Date(mut b) => Arc::new(b.finish()),
            Column::Timestamp(mut b) => Arc::new(b.finish()),
            Column::String(mut b) => Arc::new(b.finish()),
            Column::List { element, values, lengths, mut nulls } => Arc::new(ListArray::try_new(
                element_field(&element),
                lengths.finish(),
                values.finish()?,
                nulls.finish(),
            )?),
            Column::Struct { whole, fields, mut nulls } => {
                let arrays = fields.into_iter().map(Column::finish).collect::<Result<Vec<_>>>()?;
                let ArrowType::Struct(inside) = arrow_type(&whole) else { return Err(mismatch(&whole)) };
                Arc::new(StructArray::try_new(inside, arrays, nulls.finish())?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Float64Array, LargeStringArray};
    use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

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
