//! The columns of Parquet files as the flow's types, and which of them read as which.
//!
//! | in the file | is |
//! |---|---|
//! | integers of 8 and 16 bits, unsigned ones of 8 and 16 | int |
//! | unsigned integers of 32, 64 bits | bigint, decimal(20,0) |
//! | timestamps in milliseconds or microseconds with or without a zone (then UTC), INT96 | timestamp |
//! | timestamps in nanoseconds | bigint, the number (Spark 3.5 knows no other way) |
//! | text, JSON, enumerations | string |
//!
//! Inside arrays and structs types are taken to the letter. What is not here (binary, maps, times of day) has no type.

use std::fs::File;
use std::path::{Path, PathBuf};

use datafusion::arrow::datatypes::{DataType as Arrow, Field, TimeUnit};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::parquet::basic::{ConvertedType, LogicalType, Type as Physical};

use super::types::DataType;
use crate::error::{Error, Result};

/// The columns of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileColumns {
    /// The file, as the user would type it.
    pub file: PathBuf,
    /// In the file's order.
    pub columns: Vec<FileColumn>,
}

/// One column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileColumn {
    /// Its name, as written.
    pub name: String,
    /// Its type; `None` when the flow has none for it.
    pub data_type: Option<DataType>,
    /// What it is, for messages.
    pub shown: String,
}

/// Whether a column of type `found` reads as `wanted` with nothing lost: itself, or a number, date or decimal that `wanted`
/// holds all of.
pub fn reads_as(found: &DataType, wanted: &DataType) -> bool {
    found.widens_to(wanted)
}

/// The columns of a Parquet file. Errors: `io`, `invalid-parquet`.
pub fn read_columns(path: &Path) -> Result<Vec<FileColumn>> {
    let file = File::open(path).map_err(|error| Error::io("read", path, error))?;
    let metadata = ArrowReaderMetadata::load(&file, options()).map_err(|error| {
        Error::manifest("invalid-parquet", format!("`{}` is not a Parquet file: {error}", path.display()))
    })?;
    Ok(columns(&metadata))
}

/// How files are opened: by what Parquet itself says of them, not by what Arrow noted beside it, which Spark does not read.
pub fn options() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_skip_arrow_metadata(true)
}

/// The columns of a file that is open.
pub fn columns(metadata: &ArrowReaderMetadata) -> Vec<FileColumn> {
    let leaves = metadata.parquet_schema();
    let of_root = |root: usize| {
        (0..leaves.num_columns())
            .filter(move |leaf| leaves.get_column_root_idx(*leaf) == root)
            .map(|leaf| leaves.column(leaf))
    };
    let column = |(root, field): (usize, &std::sync::Arc<Field>)| {
        let of = Leaves {
            int96: of_root(root).any(|leaf| leaf.physical_type() == Physical::INT96),
            text: of_root(root).all(|leaf| {
                leaf.logical_type_ref() == Some(&LogicalType::Enum) || leaf.converted_type() == ConvertedType::ENUM
            }),
        };
        let data_type = of.whole(field.data_type());
        let shown = data_type.as_ref().map_or_else(|| field.data_type().to_string(), ToString::to_string);
        FileColumn { name: field.name().clone(), data_type, shown }
    };
    metadata.schema().fields().iter().enumerate().map(column).collect()
}

/// What Arrow's type does not say of a column.
struct Leaves {
    /// Timestamps are INT96.
    int96: bool,
    /// Bytes are enumerations.
    text: bool,
}

impl Leaves {
    /// A column's type.
    fn whole(&self, data_type: &Arrow) -> Option<DataType> {
        Some(match data_type {
            Arrow::Int8 | Arrow::Int16 | Arrow::UInt8 => DataType::Int,
            Arrow::Timestamp(TimeUnit::Microsecond | TimeUnit::Millisecond, None) => DataType::Timestamp,
            other => return self.inside(other),
        })
    }

    /// A type to the letter, as Spark has it too.
    fn inside(&self, data_type: &Arrow) -> Option<DataType> {
        Some(match data_type {
            Arrow::Boolean => DataType::Boolean,
            Arrow::Int32 | Arrow::UInt16 => DataType::Int,
            Arrow::Int64 | Arrow::UInt32 => DataType::Bigint,
            Arrow::UInt64 => DataType::Decimal(20, 0),
            Arrow::Float32 => DataType::Float,
            Arrow::Float64 => DataType::Double,
            Arrow::Decimal128(precision, scale) => DataType::Decimal(*precision, u8::try_from(*scale).ok()?),
            Arrow::Utf8 => DataType::String,
            Arrow::Binary if self.text => DataType::String,
            Arrow::Date32 => DataType::Date,
            Arrow::Timestamp(TimeUnit::Nanosecond, _) if self.int96 => DataType::Timestamp,
            Arrow::Timestamp(TimeUnit::Nanosecond, _) => DataType::Bigint,
            Arrow::Timestamp(TimeUnit::Microsecond | TimeUnit::Millisecond, Some(_)) => DataType::Timestamp,
            Arrow::List(element) => DataType::Array(Box::new(self.inside(element.data_type())?)),
            Arrow::Struct(fields) => {
                let field = |f: &std::sync::Arc<Field>| Some((f.name().to_lowercase(), self.inside(f.data_type())?));
                DataType::Struct(fields.iter().map(field).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::datatypes::Schema;
    use datafusion::parquet::arrow::ArrowWriter;

    use super::*;

    #[test]
    fn columns_as_the_flow_has_them() {
        let micros = |zone: Option<&str>| Arrow::Timestamp(TimeUnit::Microsecond, zone.map(Into::into));
        let list = |of: Arrow| Arrow::List(Arc::new(Field::new("item", of, true)));
        let row =
            Arrow::Struct(vec![Field::new("A", Arrow::Int64, true), Field::new("b", list(Arrow::Utf8), true)].into());
        let types = [
            (Arrow::Int8, "int"),
            (Arrow::UInt32, "bigint"),
            (Arrow::UInt64, "decimal(20,0)"),
            (Arrow::LargeUtf8, "string"),
            (Arrow::Dictionary(Box::new(Arrow::Int32), Box::new(Arrow::Utf8)), "string"),
            (Arrow::Decimal128(10, 2), "decimal(10,2)"),
            (micros(None), "timestamp"),
            (Arrow::Timestamp(TimeUnit::Nanosecond, None), "bigint"),
            (list(micros(Some("UTC"))), "array<timestamp>"),
            (list(micros(None)), "-"),
            (list(Arrow::Int8), "-"),
            (row, "struct<a:bigint,b:array<string>>"),
            (Arrow::Binary, "-"),
            (Arrow::Time64(TimeUnit::Microsecond), "-"),
        ];
        let fields: Vec<Field> =
            types.iter().enumerate().map(|(n, (t, _))| Field::new(format!("c{n}"), t.clone(), true)).collect();
        let file = tempfile::NamedTempFile::new().unwrap();
        ArrowWriter::try_new(file.reopen().unwrap(), Arc::new(Schema::new(fields)), None).unwrap().close().unwrap();
        let found = read_columns(file.path()).unwrap();
        for (column, (_, expected)) in found.iter().zip(&types) {
            assert_eq!(column.data_type.as_ref().map_or("-".to_string(), ToString::to_string), *expected, "{column:?}");
        }
        std::fs::write(file.path(), "id,name\n").unwrap();
        assert_eq!(read_columns(file.path()).unwrap_err().code(), "invalid-parquet");
    }
}
