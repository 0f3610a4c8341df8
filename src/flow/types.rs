//! The types of columns: Athena's, written as Athena writes them.

use serde::{Deserialize, Serialize};

/// A column's type. Serialised as Athena writes it: `bigint`, `decimal(10,2)`, `array<string>`, `struct<a:int>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DataType {
    /// Text, UTF-8.
    String,
    /// True or false.
    Boolean,
    /// 32-bit signed.
    Int,
    /// 64-bit signed.
    Bigint,
    /// 32-bit IEEE 754.
    Float,
    /// 64-bit IEEE 754.
    Double,
    /// Exact decimal: total digits (1 to 38), digits after the point.
    Decimal(u8, u8),
    /// A calendar day.
    Date,
    /// Microseconds, UTC.
    Timestamp,
    /// A list.
    Array(Box<DataType>),
    /// Named fields, in order.
    Struct(Vec<(String, DataType)>),
}

/// A column: nullable always, as Athena's are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name, lower case.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub data_type: DataType,
    /// What it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The columns of a source, a step's output or a table, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schema {
    /// In order; names are distinct.
    pub columns: Vec<Column>,
}

impl Schema {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|c| c.name.as_str())
    }
}
