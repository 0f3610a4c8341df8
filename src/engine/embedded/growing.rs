//! Columns that grow value by value.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float32Builder, Float64Builder, Int32Builder,
    Int64Builder, LargeStringBuilder, ListArray, NullBufferBuilder, OffsetBufferBuilder, StructArray,
    TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::DataType as ArrowType;
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::types::{UTC, arrow_type, element_field};
use crate::flow::conversion::Value;
use crate::flow::types::DataType;

/// The end for a value that is not of its column's type.
pub fn mismatch(data_type: &DataType) -> DataFusionError {
    DataFusionError::Internal(format!("a value is not of type {data_type}"))
}

/// A column that grows value by value.
pub enum Growing {
    Boolean(BooleanBuilder),
    Int(Int32Builder),
    Bigint(Int64Builder),
    Float(Float32Builder),
    Double(Float64Builder),
    Decimal(Decimal128Builder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    String(LargeStringBuilder),
    List { element: DataType, values: Box<Growing>, lengths: OffsetBufferBuilder<i32>, nulls: NullBufferBuilder },
    Struct { whole: DataType, fields: Vec<Growing>, nulls: NullBufferBuilder },
}

impl Growing {
    /// Of this type, with room for so many rows.
    pub fn new(data_type: &DataType, rows: usize) -> Result<Self> {
        Ok(match data_type {
            DataType::Boolean => Growing::Boolean(BooleanBuilder::with_capacity(rows)),
            DataType::Int => Growing::Int(Int32Builder::with_capacity(rows)),
            DataType::Bigint => Growing::Bigint(Int64Builder::with_capacity(rows)),
            DataType::Float => Growing::Float(Float32Builder::with_capacity(rows)),
            DataType::Double => Growing::Double(Float64Builder::with_capacity(rows)),
            DataType::Decimal(..) => {
                Growing::Decimal(Decimal128Builder::with_capacity(rows).with_data_type(arrow_type(data_type)))
            }
            DataType::Date => Growing::Date(Date32Builder::with_capacity(rows)),
            DataType::Timestamp => {
                Growing::Timestamp(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone(UTC))
            }
            DataType::String => Growing::String(LargeStringBuilder::with_capacity(rows, 16 * rows)),
            DataType::Array(element) => Growing::List {
                element: (**element).clone(),
                values: Box::new(Growing::new(element, rows)?),
                lengths: OffsetBufferBuilder::new(rows),
                nulls: NullBufferBuilder::new(rows),
            },
            DataType::Struct(fields) => Growing::Struct {
                whole: data_type.clone(),
                fields: fields.iter().map(|(_, field)| Growing::new(field, rows)).collect::<Result<_>>()?,
                nulls: NullBufferBuilder::new(rows),
            },
        })
    }

    /// Adds a value of the column's type.
    pub fn push(&mut self, value: Option<Value>) -> Result<()> {
        match (self, value) {
            (Growing::Boolean(b), None) => b.append_null(),
            (Growing::Boolean(b), Some(Value::Boolean(v))) => b.append_value(v),
            (Growing::Int(b), None) => b.append_null(),
            (Growing::Int(b), Some(Value::Int(v))) => {
                b.append_value(i32::try_from(v).map_err(|_| mismatch(&DataType::Int))?);
            }
            (Growing::Bigint(b), None) => b.append_null(),
            (Growing::Bigint(b), Some(Value::Int(v))) => b.append_value(v),
            (Growing::Float(b), None) => b.append_null(),
            (Growing::Float(b), Some(Value::Float(v))) => b.append_value(v),
            (Growing::Double(b), None) => b.append_null(),
            (Growing::Double(b), Some(Value::Double(v))) => b.append_value(v),
            (Growing::Decimal(b), None) => b.append_null(),
            (Growing::Decimal(b), Some(Value::Decimal(v))) => b.append_value(v),
            (Growing::Date(b), None) => b.append_null(),
            (Growing::Date(b), Some(Value::Date(v))) => b.append_value(v),
            (Growing::Timestamp(b), None) => b.append_null(),
            (Growing::Timestamp(b), Some(Value::Timestamp(v))) => b.append_value(v),
            (Growing::String(b), None) => b.append_null(),
            (Growing::String(b), Some(Value::String(v))) => b.append_value(v),
            (Growing::List { lengths, nulls, .. }, None) => {
                lengths.push_length(0);
                nulls.append_null();
            }
            (Growing::List { values, lengths, nulls, .. }, Some(Value::List(items))) => {
                lengths.push_length(items.len());
                nulls.append_non_null();
                for item in items {
                    values.push(item)?;
                }
            }
            (Growing::Struct { fields, nulls, .. }, None) => {
                nulls.append_null();
                fields.iter_mut().try_for_each(|field| field.push(None))?;
            }
            (Growing::Struct { fields, nulls, .. }, Some(Value::Struct(values))) => {
                nulls.append_non_null();
                fields.iter_mut().zip(values).try_for_each(|(field, value)| field.push(value))?;
            }
            (_, Some(value)) => {
                return Err(DataFusionError::Internal(format!("{value:?} is not of the column's type")));
            }
        }
        Ok(())
    }

    /// The whole column.
    pub fn finish(self) -> Result<ArrayRef> {
        Ok(match self {
            Growing::Boolean(mut b) => Arc::new(b.finish()),
            Growing::Int(mut b) => Arc::new(b.finish()),
            Growing::Bigint(mut b) => Arc::new(b.finish()),
            Growing::Float(mut b) => Arc::new(b.finish()),
            Growing::Double(mut b) => Arc::new(b.finish()),
            Growing::Decimal(mut b) => Arc::new(b.finish()),
            Growing::Date(mut b) => Arc::new(b.finish()),
            Growing::Timestamp(mut b) => Arc::new(b.finish()),
            Growing::String(mut b) => Arc::new(b.finish()),
            Growing::List { element, values, lengths, mut nulls } => Arc::new(ListArray::try_new(
                element_field(&element),
                lengths.finish(),
                values.finish()?,
                nulls.finish(),
            )?),
            Growing::Struct { whole, fields, mut nulls } => {
                let arrays = fields.into_iter().map(Growing::finish).collect::<Result<Vec<_>>>()?;
                let ArrowType::Struct(inside) = arrow_type(&whole) else { return Err(mismatch(&whole)) };
                Arc::new(StructArray::try_new(inside, arrays, nulls.finish())?)
            }
        })
    }
}
