//! The flow's types as Arrow types.

use std::sync::Arc;

use datafusion::arrow::datatypes::{
    DataType as ArrowType, Field, FieldRef, Fields, Schema as ArrowSchema, SchemaRef, TimeUnit,
};

use crate::flow::types::{Column, DataType, Schema};

/// The zone of every timestamp: it makes Parquet say `isAdjustedToUTC`.
pub const UTC: &str = "UTC";

/// The Arrow type of a column type.
///
/// Text is `LargeUtf8`: `Utf8` has a limit of 2 GB when a join puts one side into a single batch, and batches of `Utf8View`
/// share their text, so that sorts count the same memory many times and run out of it.
pub fn arrow_type(data_type: &DataType) -> ArrowType {
    match data_type {
        DataType::String => ArrowType::LargeUtf8,
        DataType::Boolean => ArrowType::Boolean,
        DataType::Int => ArrowType::Int32,
        DataType::Bigint => ArrowType::Int64,
        DataType::Float => ArrowType::Float32,
        DataType::Double => ArrowType::Float64,
        DataType::Decimal(precision, scale) => ArrowType::Decimal128(*precision, *scale as i8),
        DataType::Date => ArrowType::Date32,
        DataType::Timestamp => ArrowType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
        DataType::Array(element) => ArrowType::List(element_field(element)),
        DataType::Struct(fields) => {
            ArrowType::Struct(fields.iter().map(|(name, t)| Field::new(name, arrow_type(t), true)).collect::<Fields>())
        }
    }
}

/// The field of a list's elements, named as Spark names it in Parquet.
pub fn element_field(element: &DataType) -> FieldRef {
    Arc::new(Field::new("element", arrow_type(element), true))
}

/// The Arrow schema of columns; all nullable.
pub fn arrow_schema<'a>(columns: impl IntoIterator<Item = &'a Column>) -> SchemaRef {
    let field = |c: &Column| Field::new(&c.name, arrow_type(&c.data_type), true);
    Arc::new(ArrowSchema::new(columns.into_iter().map(field).collect::<Fields>()))
}

/// The Arrow schema of a whole flow schema.
pub fn whole(schema: &Schema) -> SchemaRef {
    arrow_schema(&schema.columns)
}
