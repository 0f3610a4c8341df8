//! What files say of themselves: their format, columns and rows.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use super::csv;
use super::folders::Found;
use crate::local::error::ServiceError;

/// The format of a table's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Classification {
    /// Parquet.
    Parquet,
    /// One JSON object a line.
    Json,
    /// Comma-separated values.
    Csv {
        /// The first line names the columns.
        header: bool,
        /// Fields stand in quotes.
        quoted: bool,
    },
}

/// What some files say of themselves.
#[derive(Clone, Debug)]
pub struct Inferred {
    /// Their format.
    pub classification: Classification,
    /// Their columns: name in lower case, type as the catalog writes it.
    pub columns: Vec<(String, String)>,
    /// How many files.
    pub objects: u64,
    /// How many rows.
    pub records: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// Reads the files' schemas together: the union of their columns, in the order they come. `None` when there is nothing
/// that a crawler knows. A file that cannot be read for what it says it is counts as unknown, as it does on AWS.
pub fn infer(files: &[Found]) -> Result<Option<Inferred>, ServiceError> {
    let mut all: Option<Inferred> = None;
    for file in files {
        let Some(one) = infer_file(&file.path, file.bytes)? else { continue };
        match &mut all {
            None => all = Some(one),
            Some(all) if std::mem::discriminant(&all.classification) == std::mem::discriminant(&one.classification) => {
                all.objects += 1;
                all.records += one.records;
                all.bytes += one.bytes;
                unite(&mut all.columns, one.columns);
            }
            Some(_) => {}
        }
    }
    Ok(all)
}

fn infer_file(path: &Path, bytes: u64) -> Result<Option<Inferred>, ServiceError> {
    let failed = |e: std::io::Error| crate::error::Error::io("read", path, e);
    let mut start = [0; 4];
    let read = File::open(path).map_err(failed)?.read(&mut start).map_err(failed)?;
    if read == 4 && &start == b"PAR1" {
        let file = File::open(path).map_err(failed)?;
        let reader = match ParquetRecordBatchReaderBuilder::try_new(file) {
            Ok(reader) => reader,
            Err(error) => {
                tracing::warn!("the crawler cannot read the Parquet file {}: {error}", path.display());
                return Ok(None);
            }
        };
        let columns = reader.schema().fields().iter().map(|f| (f.name().to_lowercase(), catalog_type(f.data_type())));
        let records = reader.metadata().file_metadata().num_rows().max(0) as u64;
        return Ok(Some(Inferred {
            classification: Classification::Parquet,
            columns: columns.collect(),
            objects: 1,
            records,
            bytes,
        }));
    }
    match super::json::infer(path, bytes)? {
        Some(inferred) => Ok(Some(inferred)),
        None => csv::infer(path, bytes),
    }
}

/// Adds columns that are new; one of two types gets the type that holds both.
pub fn unite(columns: &mut Vec<(String, String)>, more: Vec<(String, String)>) {
    for (name, kind) in more {
        match columns.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = wider(known, &kind),
            None => columns.push((name, kind)),
        }
    }
}

/// The type that holds both.
pub fn wider(a: &str, b: &str) -> String {
    let rank = |kind: &str| ["tinyint", "smallint", "int", "bigint", "float", "double"].iter().position(|k| *k == kind);
    match (rank(a), rank(b)) {
        _ if a == b => a.to_owned(),
        (Some(x), Some(y)) => if x >= y { a } else { b }.to_owned(),
        _ => "string".to_owned(),
    }
}

/// A file's type as the catalog writes it.
pub fn catalog_type(data_type: &DataType) -> String {
    let nested = |f: &Field| catalog_type(f.data_type());
    match data_type {
        DataType::Boolean => "boolean".into(),
        DataType::Int8 => "tinyint".into(),
        DataType::Int16 | DataType::UInt8 => "smallint".into(),
        DataType::Int32 | DataType::UInt16 => "int".into(),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "bigint".into(),
        DataType::Float16 | DataType::Float32 => "float".into(),
        DataType::Float64 => "double".into(),
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => {
            format!("decimal({p},{s})")
        }
        DataType::Date32 | DataType::Date64 => "date".into(),
        DataType::Timestamp(..) => "timestamp".into(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "binary".into()
        }
        DataType::List(f) | DataType::LargeList(f) => format!("array<{}>", nested(f)),
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|f| format!("{}:{}", f.name().to_lowercase(), nested(f)));
            format!("struct<{}>", fields.collect::<Vec<_>>().join(","))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(f) if f.len() == 2 => format!("map<{},{}>", nested(&f[0]), nested(&f[1])),
            _ => "string".into(),
        },
        DataType::Dictionary(_, values) => catalog_type(values),
        _ => "string".into(),
    }
}

/// Columns as the catalog has them.
pub fn column_list(columns: &[(String, String)]) -> Value {
    columns.iter().map(|(name, kind)| json!({ "Name": name, "Type": kind })).collect()
}

impl Inferred {
    /// The parameters that a crawler writes on what it makes.
    pub fn parameters(&self, crawler: &str) -> Value {
        let mut parameters = json!({
            "UPDATED_BY_CRAWLER": crawler,
            "CrawlerSchemaDeserializerVersion": "1.0",
            "CrawlerSchemaSerializerVersion": "1.0",
            "typeOfData": "file",
            "compressionType": "none",
            "objectCount": self.objects.to_string(),
            "recordCount": self.records.to_string(),
            "sizeKey": self.bytes.to_string(),
            "averageRecordSize": self.bytes.checked_div(self.records).unwrap_or(0).to_string()
        });
        match &self.classification {
            Classification::Parquet => parameters["classification"] = "parquet".into(),
            Classification::Json => parameters["classification"] = "json".into(),
            Classification::Csv { header, quoted } => {
                parameters["classification"] = "csv".into();
                parameters["delimiter"] = ",".into();
                parameters["columnsOrdered"] = "true".into();
                parameters["areColumnsQuoted"] = quoted.to_string().into();
                if *header {
                    parameters["skip.header.line.count"] = "1".into();
                }
            }
        }
        parameters
    }

    /// The storage descriptor of files at a location.
    pub fn descriptor(&self, location: &str, crawler: &str) -> Value {
        let (input, output, serde, serde_parameters) = match self.classification {
            Classification::Parquet => (
                "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
                json!({ "serialization.format": "1" }),
            ),
            Classification::Json => (
                "org.apache.hadoop.mapred.TextInputFormat",
                "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "org.openx.data.jsonserde.JsonSerDe",
                json!({ "paths": self.columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(",") }),
            ),
            Classification::Csv { quoted: true, .. } => (
                "org.apache.hadoop.mapred.TextInputFormat",
                "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "org.apache.hadoop.hive.serde2.OpenCSVSerde",
                json!({ "separatorChar": ",", "quoteChar": "\"" }),
            ),
            Classification::Csv { .. } => (
                "org.apache.hadoop.mapred.TextInputFormat",
                "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                json!({ "field.delim": "," }),
            ),
        };
        json!({
            "Columns": column_list(&self.columns),
            "Location": location,
            "InputFormat": input,
            "OutputFormat": output,
            "Compressed": false,
            "NumberOfBuckets": -1,
            "SerdeInfo": { "SerializationLibrary": serde, "Parameters": serde_parameters },
            "BucketColumns": [],
            "SortColumns": [],
            "Parameters": self.parameters(crawler),
            "StoredAsSubDirectories": false
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_unite_and_widen() {
        let pair = |name: &str, kind: &str| (name.to_owned(), kind.to_owned());
        let mut columns = vec![pair("a", "int"), pair("b", "date")];
        unite(&mut columns, vec![pair("c", "string"), pair("a", "bigint"), pair("b", "int")]);
        assert_eq!(columns, [pair("a", "bigint"), pair("b", "string"), pair("c", "string")]);
    }
}
