//! The types of a data set's columns.

use crate::flow::types::DataType;

/// The `InputColumn` type of a column that Athena gives: what QuickSight's console and aws-sdk-pandas
/// (`athena2quicksight`) choose. Arrays and structs arrive as their text.
///
/// QuickSight turns a BOOLEAN into the integers 1 and 0 (its own columns are of four types only: STRING, INTEGER,
/// DECIMAL, DATETIME), so expressions here compare booleans with 1.
pub fn column_type(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::String | DataType::Array(_) | DataType::Struct(_) => "STRING",
        DataType::Boolean => "BOOLEAN",
        DataType::Int | DataType::Bigint => "INTEGER",
        DataType::Float | DataType::Double | DataType::Decimal(..) => "DECIMAL",
        DataType::Date | DataType::Timestamp => "DATETIME",
    }
}
