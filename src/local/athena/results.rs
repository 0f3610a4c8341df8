//! Results: the CSV object that a query leaves behind, and `GetQueryResults` over it.

use std::io::{BufWriter, Write};

use datafusion::arrow::datatypes::DataType;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::executions;
use super::sql::{Kind, Output, render, types};
use super::support::{given, invalid, page, text};
use crate::error::Error;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::{Store, rename_into};

const COLLECTION: &str = "athena/results";

/// What is kept of a result beside its object.
#[derive(Serialize, Deserialize)]
struct Kept {
    columns: Vec<Value>,
    /// A query's result has a header row; a utility's has none and stands here whole.
    rows: Option<Vec<Vec<Option<String>>>>,
}

/// Writes a result: the object at `uri`, its metadata beside it, and what `GetQueryResults` needs. How many rows it has.
pub fn write(store: &Store, id: &str, uri: &str, output: &Output) -> Result<u64, ServiceError> {
    let path = store.file_of_uri(uri).ok_or_else(|| invalid("outputLocation is not a valid S3 path."))?;
    let temp = store.temp_path();
    let failed = |e| Error::io("write", &temp, e);
    let mut file = BufWriter::new(std::fs::File::create(&temp).map_err(failed)?);
    let mut count = 0;
    let mut kept_rows = (output.kind != Kind::Query).then(Vec::new);
    if output.kind == Kind::Query {
        let header = output.columns.iter().map(|(name, _)| quoted(name)).collect::<Vec<_>>().join(",");
        writeln!(file, "{header}").map_err(failed)?;
    }
    for batch in &output.batches {
        for row in 0..batch.num_rows() {
            count += 1;
            let cells: Vec<_> = batch.columns().iter().map(|column| render::result_text(column, row)).collect();
            let line = match &mut kept_rows {
                None => {
                    cells.iter().map(|c| c.as_deref().map(quoted).unwrap_or_default()).collect::<Vec<_>>().join(",")
                }
                Some(kept) => {
                    let line = cells.iter().map(|c| c.as_deref().unwrap_or_default()).collect::<Vec<_>>().join("\t");
                    kept.push(cells);
                    line
                }
            };
            writeln!(file, "{line}").map_err(failed)?;
        }
    }
    file.flush().map_err(failed)?;
    drop(file);
    rename_into(&temp, &path)?;
    let columns: Vec<Value> = output.columns.iter().map(|(name, data_type)| column_info(name, data_type)).collect();
    let metadata = store.file_of_uri(&format!("{uri}.metadata"));
    if let Some(path) = metadata {
        let temp = store.temp_path();
        std::fs::write(&temp, json!({ "ColumnInfo": columns }).to_string())
            .map_err(|e| Error::io("write", &temp, e))?;
        rename_into(&temp, &path)?;
    }
    store.put(COLLECTION, id, &Kept { columns, rows: kept_rows })?;
    Ok(count)
}

/// Forgets what is kept of a result; its object stays.
pub fn forget(store: &Store, id: &str) -> Result<(), ServiceError> {
    store.delete(COLLECTION, id)?;
    Ok(())
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn column_info(name: &str, data_type: &DataType) -> Value {
    let (kind, precision, scale) = types::result_name(data_type);
    json!({
        "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name, "Type": kind,
        "Precision": precision, "Scale": scale, "Nullable": "UNKNOWN", "CaseSensitive": kind == "varchar"
    })
}

/// `GetQueryResults`: a page of rows, the first row of a query's result being its header.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    let id = text(input, "QueryExecutionId");
    let execution = executions::existing(store, id)?;
    match text(&execution["Status"], "State") {
        "SUCCEEDED" => {}
        state @ ("QUEUED" | "RUNNING") => {
            return Err(invalid(format!("Query has not yet finished. Current state: {state}")));
        }
        state => {
            return Err(invalid(format!("Query did not finish successfully. Final query state: {state}")));
        }
    }
    let kept: Kept = store.get(COLLECTION, id)?.ok_or_else(|| invalid("Could not find results"))?;
    let rows = match kept.rows {
        Some(rows) => rows,
        None => {
            let uri = text(&execution["ResultConfiguration"], "OutputLocation");
            let path = store.file_of_uri(uri).ok_or_else(|| invalid("Could not find results"))?;
            let content = std::fs::read_to_string(&path).map_err(|_| invalid("Could not find results"))?;
            parse(&content)
        }
    };
    if given(input, "MaxResults").and_then(Value::as_u64).is_some_and(|n| !(1..=1000).contains(&n)) {
        return Err(invalid("MaxResults is more than maximum allowed length 1000"));
    }
    let rows = rows.into_iter().map(|row| {
        let data = row.into_iter().map(|cell| match cell {
            Some(text) => json!({ "VarCharValue": text }),
            None => json!({}),
        });
        json!({ "Data": data.collect::<Vec<_>>() })
    });
    let mut answer = page("Rows", rows.collect(), input, 1000)?;
    let mut result = json!({
        "UpdateCount": 0,
        "ResultSet": { "Rows": answer["Rows"].take(), "ResultSetMetadata": { "ColumnInfo": kept.columns } }
    });
    if let Some(token) = answer.get("NextToken") {
        result["NextToken"] = token.clone();
    }
    Ok(result)
}

/// Reads our own CSV: a field in quotes is a text, an empty one without them NULL.
fn parse(content: &str) -> Vec<Vec<Option<String>>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut field: Option<String> = None;
    let mut in_quotes = false;
    let mut chars = content.chars().peekable();
    while let Some(c) = chars.next() {
        match (in_quotes, c) {
            (true, '"') if chars.peek() == Some(&'"') => {
                chars.next();
                field.get_or_insert_default().push('"');
            }
            (true, '"') => in_quotes = false,
            (true, c) => field.get_or_insert_default().push(c),
            (false, '"') => {
                in_quotes = true;
                field.get_or_insert_default();
            }
            (false, ',') => row.push(field.take()),
            (false, '\n') => {
                row.push(field.take());
                rows.push(std::mem::take(&mut row));
            }
            (false, c) => field.get_or_insert_default().push(c),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_and_empty_are_told_apart() {
        let some = |text: &str| Some(text.to_owned());
        let content = "\"a\",\"b\"\n\"x,\"\"y\"\"\nz\",\n\"\",\"1\"\n";
        assert_eq!(
            parse(content),
            [vec![some("a"), some("b")], vec![some("x,\"y\"\nz"), None], vec![some(""), some("1")]]
        );
    }
}
