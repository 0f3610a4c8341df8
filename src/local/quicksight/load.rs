//! Loading a data set: its table's or query's columns are really read, through the local Athena's SQL.

use datafusion::arrow::datatypes::DataType;
use serde_json::Value;

use super::support::{id_of, text};
use super::{columns, data_sources};
use crate::local::athena::sql::catalog::GlueCatalog;
use crate::local::athena::sql::{self, Output, Request, types};
use crate::local::athena::support::given;
use crate::local::athena::workgroups;
use crate::local::error::ServiceError;
use crate::local::store::Store;

/// The database of unqualified names in custom SQL.
const DATABASE: &str = "default";

/// What was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The rows.
    pub rows: usize,
    /// Their size in memory.
    pub bytes: usize,
}

/// Why nothing was: AWS's type of ingestion error, and what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A value of `IngestionErrorType`.
    pub kind: &'static str,
    /// What happened.
    pub message: String,
}

impl Fault {
    /// A fault of a kind.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl From<ServiceError> for Fault {
    fn from(error: ServiceError) -> Self {
        Self::new("INTERNAL_SERVICE_ERROR", error.to_string())
    }
}

/// The query of a physical table. Custom SQL stands inside, on lines of its own, as QuickSight sends it.
pub fn query(kind: &str, table: &Value) -> String {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let columns: Vec<_> = columns::declared(table).iter().map(|(name, _)| quoted(name)).collect();
    let columns = columns.join(", ");
    let name = quoted(text(table, "Name"));
    match kind {
        "CustomSql" => format!("SELECT {columns} FROM (\n{}\n) AS {name}", text(table, "SqlQuery")),
        _ => {
            let schema = match text(table, "Schema") {
                "" => DATABASE,
                schema => schema,
            };
            format!("SELECT {columns} FROM {}.{name}", quoted(schema))
        }
    }
}

/// Reads all rows of a data set.
pub async fn load(store: &Store, set: &Value) -> Result<Loaded, Fault> {
    let (_, kind, table) = columns::physical(&set["PhysicalTableMap"])?;
    let source = source(store, text(table, "DataSourceArn"))?;
    if let Some(fault) = data_sources::fault(store, &source)? {
        return Err(Fault::new("DATA_SOURCE_CONNECTION_FAILED", text(&fault, "Message")));
    }
    let group = workgroups::existing(store, text(&source["DataSourceParameters"]["AthenaParameters"], "WorkGroup"))?;
    let request = Request {
        sql: query(kind, table),
        database: DATABASE.into(),
        now: chrono::Utc::now().timestamp_millis(),
        cutoff: given(&group["Configuration"], "BytesScannedCutoffPerQuery").and_then(Value::as_u64),
    };
    let output = sql::execute(&request, &GlueCatalog(store)).await.map_err(|failure| {
        let kind = match (failure.name, failure.place) {
            ("TABLE_NOT_FOUND" | "SCHEMA_NOT_FOUND", _) => "SQL_TABLE_NOT_FOUND",
            // The first line is ours: it names the data set's columns.
            ("COLUMN_NOT_FOUND", Some((1, _))) => "SQL_SCHEMA_MISMATCH_ERROR",
            ("NUMERIC_VALUE_OUT_OF_RANGE", _) => "SQL_NUMERIC_OVERFLOW",
            ("GENERIC_INTERNAL_ERROR", _) => "INTERNAL_SERVICE_ERROR",
            _ => "SQL_EXCEPTION",
        };
        Fault::new(kind, failure.to_string())
    })?;
    check_types(table, &output)?;
    Ok(Loaded {
        rows: output.batches.iter().map(|batch| batch.num_rows()).sum(),
        bytes: output.batches.iter().map(|batch| batch.get_array_memory_size()).sum(),
    })
}

fn source(store: &Store, arn: &str) -> Result<Value, Fault> {
    let missing = || Fault::new("DATA_SOURCE_NOT_FOUND", format!("The data source {arn} does not exist"));
    let id = id_of(store, "datasource", arn).ok_or_else(missing)?;
    let found = store.get::<Value>(data_sources::COLLECTION, id).map_err(ServiceError::from)?;
    found.ok_or_else(missing)
}

fn check_types(table: &Value, output: &Output) -> Result<(), Fault> {
    for ((name, declared), (_, found)) in columns::declared(table).into_iter().zip(&output.columns) {
        if !fits(declared, found) {
            let message = format!("Column {name} is declared as {declared}, but the source has {}", types::name(found));
            return Err(Fault::new("SQL_SCHEMA_MISMATCH_ERROR", message));
        }
    }
    Ok(())
}

/// Whether a column of the source can be read as a declared type. As text, anything can.
fn fits(declared: &str, found: &DataType) -> bool {
    match declared {
        "INTEGER" => found.is_integer() || *found == DataType::Null,
        "DECIMAL" => found.is_numeric() || *found == DataType::Null,
        "DATETIME" => matches!(found, DataType::Date32 | DataType::Timestamp(..) | DataType::Null),
        "BIT" | "BOOLEAN" => matches!(found, DataType::Boolean | DataType::Null),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn queries_name_the_declared_columns() {
        let columns = json!([{ "Name": "id", "Type": "STRING" }, { "Name": "a \"b\"", "Type": "STRING" }]);
        let table = json!({ "Schema": "lake", "Name": "hits", "InputColumns": columns });
        assert_eq!(query("RelationalTable", &table), r#"SELECT "id", "a ""b""" FROM "lake"."hits""#);
        let custom =
            json!({ "Name": "top", "SqlQuery": "SELECT 1 -- one", "Columns": [{ "Name": "x", "Type": "INTEGER" }] });
        assert_eq!(query("CustomSql", &custom), "SELECT \"x\" FROM (\nSELECT 1 -- one\n) AS \"top\"");
    }

    #[test]
    fn types_fit_or_do_not() {
        assert!(fits("STRING", &types::list_of(DataType::Utf8)));
        assert!(fits("DECIMAL", &DataType::Int32) && !fits("INTEGER", &DataType::Float64));
        assert!(fits("DATETIME", &DataType::Date32) && !fits("DATETIME", &DataType::Utf8));
        assert!(fits("BIT", &DataType::Boolean) && !fits("INTEGER", &DataType::Boolean));
    }
}
