//! What a query needs to know of the catalog.

use std::path::PathBuf;

use datafusion::arrow::datatypes::DataType;
use serde_json::Value;

use super::failure::{Failure, Outcome};
use super::types;
use crate::local::glue::support::text;
use crate::local::glue::{databases, partitions, tables};
use crate::local::store::Store;

/// A column or partition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, lower case.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// Its comment.
    pub comment: String,
    /// Its type as the catalog has it.
    pub catalog_type: String,
}

/// How a table's files read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    /// Parquet: columns bind by name.
    Parquet,
    /// Text with separators: columns bind by position.
    Csv {
        /// Between fields.
        separator: u8,
        /// Around fields; 0 for none.
        quote: u8,
        /// Takes its meaning from the character behind it.
        escape: u8,
        /// Lines to leave out at the top of each file.
        skip: usize,
    },
    /// One JSON object a line: columns bind by name.
    Json,
}

/// A folder of files: a partition, or a whole table without partition keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The values of the partition keys, in order, as the catalog has them.
    pub values: Vec<String>,
    /// Its URI, ending in a slash.
    pub uri: String,
    /// The folder on this machine.
    pub path: PathBuf,
}

/// A table of the catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The database, lower case.
    pub database: String,
    /// The table, lower case.
    pub name: String,
    /// The columns in the files.
    pub columns: Vec<Column>,
    /// The partition keys.
    pub keys: Vec<Column>,
    /// How its files read.
    pub format: Format,
    /// Where its files are: only what the catalog has registered.
    pub folders: Vec<Folder>,
}

/// The catalog as queries see it.
pub trait Catalog: Send + Sync {
    /// The databases' names, sorted.
    fn databases(&self) -> Outcome<Vec<String>>;

    /// The tables' names of a database, sorted.
    fn tables(&self, database: &str) -> Outcome<Vec<String>>;

    /// A table; names are lower case.
    fn table(&self, database: &str, table: &str) -> Outcome<Option<Table>>;
}

/// The catalog of the local cloud's Glue.
pub struct GlueCatalog<'s>(
    /// The state of the local cloud.
    pub &'s Store,
);

impl Catalog for GlueCatalog<'_> {
    fn databases(&self) -> Outcome<Vec<String>> {
        let all = databases::all(self.0).map_err(internal)?;
        Ok(all.iter().map(|database| text(database, "Name").to_owned()).collect())
    }

    fn tables(&self, database: &str) -> Outcome<Vec<String>> {
        let all = tables::all(self.0, database).map_err(internal)?;
        Ok(all.iter().map(|table| text(table, "Name").to_owned()).collect())
    }

    fn table(&self, database: &str, table: &str) -> Outcome<Option<Table>> {
        let Some(document) = tables::find(self.0, database, table).map_err(internal)? else { return Ok(None) };
        if text(&document, "TableType") == "VIRTUAL_VIEW" {
            return Err(Failure::athena_only(format!("the view {database}.{table}")));
        }
        let columns = columns(&document["StorageDescriptor"]["Columns"])?;
        let keys = self::columns(&document["PartitionKeys"])?;
        let format = format(&document)?;
        let folders = if keys.is_empty() {
            vec![self.folder(&document["StorageDescriptor"], Vec::new())?]
        } else {
            let registered = partitions::all(self.0, database, table).map_err(internal)?;
            let folder = |partition: &Value| {
                same_columns(&columns, database, table, &keys, partition)?;
                self.folder(&partition["StorageDescriptor"], partitions::values(partition))
            };
            registered.iter().map(folder).collect::<Outcome<_>>()?
        };
        Ok(Some(Table { database: database.to_owned(), name: table.to_owned(), columns, keys, format, folders }))
    }
}

impl GlueCatalog<'_> {
    fn folder(&self, descriptor: &Value, values: Vec<String>) -> Outcome<Folder> {
        let uri = format!("{}/", text(descriptor, "Location").trim_end_matches('/'));
        let bad = || Failure::new("HIVE_METASTORE_ERROR", format!("Table storage location is not in S3: {uri}"));
        let path = self.0.file_of_uri(&uri).ok_or_else(bad)?;
        Ok(Folder { values, uri, path })
    }
}

fn internal(error: crate::local::error::ServiceError) -> Failure {
    Failure::new("GENERIC_INTERNAL_ERROR", error.to_string())
}

fn columns(list: &Value) -> Outcome<Vec<Column>> {
    let column = |column: &Value| {
        let catalog_type = text(column, "Type").to_owned();
        let message = || format!("Unsupported Hive type: {catalog_type} of column {}", text(column, "Name"));
        Ok(Column {
            name: text(column, "Name").to_lowercase(),
            data_type: types::of_catalog(&catalog_type).ok_or_else(|| Failure::athena_only(message()))?,
            comment: text(column, "Comment").to_owned(),
            catalog_type,
        })
    };
    list.as_array().into_iter().flatten().map(column).collect()
}

fn format(table: &Value) -> Outcome<Format> {
    let serde = &table["StorageDescriptor"]["SerdeInfo"];
    let library = text(serde, "SerializationLibrary").to_lowercase();
    let parameter = |name: &str| text(&serde["Parameters"], name);
    let byte = |name: &str, default: u8| parameter(name).bytes().next().unwrap_or(default);
    let skip = text(&table["Parameters"], "skip.header.line.count");
    let skip = if skip.is_empty() { parameter("skip.header.line.count") } else { skip }.parse().unwrap_or(0);
    if library.contains("parquet") {
        Ok(Format::Parquet)
    } else if library.ends_with("opencsvserde") {
        let (separator, quote) = (byte("separatorChar", b','), byte("quoteChar", b'"'));
        Ok(Format::Csv { separator, quote, escape: byte("escapeChar", b'\\'), skip })
    } else if library.ends_with("lazysimpleserde") {
        Ok(Format::Csv { separator: byte("field.delim", 1), quote: 0, escape: 0, skip })
    } else if library.ends_with("jsonserde") {
        Ok(Format::Json)
    } else {
        let name = text(serde, "SerializationLibrary");
        Err(Failure::athena_only(format!("a table with the SerDe `{name}`")))
    }
}

/// A partition's own columns must not contradict the table's.
fn same_columns(columns: &[Column], database: &str, table: &str, keys: &[Column], partition: &Value) -> Outcome<()> {
    for own in self::columns(&partition["StorageDescriptor"]["Columns"])? {
        let Some(column) = columns.iter().find(|c| c.name == own.name) else { continue };
        if super::typed::coercible(&own.data_type, &column.data_type) {
            continue;
        }
        let values = partitions::values(partition);
        let name: Vec<_> = keys.iter().zip(values).map(|(key, value)| format!("{}={value}", key.name)).collect();
        let message = format!(
            "There is a mismatch between the table and partition schemas. The types are incompatible and cannot be \
             coerced. The column '{}' in table '{database}.{table}' is declared as type '{}', but partition '{}' \
             declared column '{}' as type '{}'.",
            column.name,
            column.catalog_type,
            name.join("/"),
            own.name,
            own.catalog_type
        );
        return Err(Failure::new("HIVE_PARTITION_SCHEMA_MISMATCH", message));
    }
    Ok(())
}
