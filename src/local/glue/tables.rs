//! Tables of the catalog.

use regex::Regex;
use serde_json::{Value, json};

use super::support::{already_exists, detail, invalid, members, name, not_found, page, text, texts};
use super::{databases, partitions};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::{Store, now};

/// The collection of a database's tables.
pub fn collection(database: &str) -> String {
    format!("glue/tables/{database}")
}

/// The table's document, or `None`.
pub fn find(store: &Store, database: &str, table: &str) -> Result<Option<Value>, ServiceError> {
    Ok(store.get(&collection(database), table)?)
}

/// The table's document, or Glue's refusal.
pub fn existing(store: &Store, database: &str, table: &str) -> ServiceResult {
    databases::existing(store, database)?;
    find(store, database, table)?.ok_or_else(|| not_found("Entity Not Found"))
}

/// All tables of a database, sorted.
pub fn all(store: &Store, database: &str) -> Result<Vec<Value>, ServiceError> {
    Ok(store.list(&collection(database))?.into_iter().map(|(_, table)| table).collect())
}

/// Writes a table's document as it is.
pub fn put(store: &Store, database: &str, table: &Value) -> Result<(), ServiceError> {
    Ok(store.put(&collection(database), text(table, "Name"), table)?)
}

/// `CreateTable`.
pub async fn create(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let database = name(input, "DatabaseName");
    databases::existing(store, &database)?;
    let table = name(&input["TableInput"], "Name");
    if find(store, &database, &table)?.is_some() {
        return Err(already_exists("Table already exists."));
    }
    check_columns(&input["TableInput"])?;
    let time = now();
    put(store, &database, &document(store, &database, &input["TableInput"], time, time, 0))?;
    Ok(json!({}))
}

/// A table's document from a `TableInput`.
pub fn document(store: &Store, database: &str, input: &Value, created: f64, updated: f64, version: u64) -> Value {
    let mut table = members(input);
    table.insert("Name".into(), name(input, "Name").into());
    table.insert("DatabaseName".into(), database.into());
    table.insert("CreateTime".into(), created.into());
    table.insert("UpdateTime".into(), updated.into());
    table.insert("CreatedBy".into(), format!("arn:aws:iam::{}:root", store.account()).into());
    table.insert("IsRegisteredWithLakeFormation".into(), false.into());
    table.insert("CatalogId".into(), store.account().into());
    table.insert("VersionId".into(), version.to_string().into());
    table.entry("Retention").or_insert(0.into());
    table.entry("PartitionKeys").or_insert_with(|| json!([]));
    table.into()
}

/// `GetTable`.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    Ok(json!({ "Table": existing(store, &name(input, "DatabaseName"), &name(input, "Name"))? }))
}

/// `GetTables`, with its `Expression` (a regular expression over whole names).
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    let database = name(input, "DatabaseName");
    databases::existing(store, &database)?;
    let mut tables = all(store, &database)?;
    if let Some(expression) = input.get("Expression").and_then(Value::as_str).filter(|e| !e.is_empty()) {
        let pattern = Regex::new(&format!("^(?i:{})$", expression.replace('*', ".*").replace("..*", ".*")))
            .map_err(|_| invalid(format!("Invalid expression: {expression}")))?;
        tables.retain(|table| pattern.is_match(text(table, "Name")));
    }
    page("TableList", tables, input, 100)
}

/// `UpdateTable`: replaces the definition and counts its version up.
pub async fn update(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let database = name(input, "DatabaseName");
    let old = existing(store, &database, &name(&input["TableInput"], "Name"))?;
    if let Some(expected) = input.get("VersionId").and_then(Value::as_str).filter(|v| *v != text(&old, "VersionId")) {
        let message = format!("Update table failed due to version mismatch: {expected}");
        return Err(ServiceError::bad_request("ConcurrentModificationException", message));
    }
    check_columns(&input["TableInput"])?;
    put(store, &database, &revised(store, &database, &input["TableInput"], &old))?;
    Ok(json!({}))
}

/// The next version of `old` with the definition of `input`.
pub fn revised(store: &Store, database: &str, input: &Value, old: &Value) -> Value {
    let version = text(old, "VersionId").parse::<u64>().unwrap_or_default() + 1;
    let created = old["CreateTime"].as_f64().unwrap_or_else(now);
    let mut revised = document(store, database, input, created, now(), version);
    revised["CreatedBy"] = old["CreatedBy"].clone();
    revised
}

/// A table's document turned back into a `TableInput`.
pub fn input_of(table: &Value) -> Value {
    let mut input = members(table);
    let server_made = [
        "DatabaseName",
        "CreateTime",
        "UpdateTime",
        "CreatedBy",
        "IsRegisteredWithLakeFormation",
        "CatalogId",
        "VersionId",
    ];
    server_made.iter().for_each(|member| drop(input.shift_remove(*member)));
    input.into()
}

/// `DeleteTable`.
pub async fn delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    remove(store, &name(input, "DatabaseName"), &name(input, "Name"))?;
    Ok(json!({}))
}

/// `BatchDeleteTable`.
pub async fn batch_delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let database = name(input, "DatabaseName");
    databases::existing(store, &database)?;
    let mut errors = Vec::new();
    for table in texts(input, "TablesToDelete") {
        if let Err(error) = remove(store, &database, &table.to_lowercase()) {
            errors.push(json!({ "TableName": table, "ErrorDetail": detail(&error) }));
        }
    }
    Ok(json!({ "Errors": errors }))
}

/// Removes a table and its partitions.
pub fn remove(store: &Store, database: &str, table: &str) -> Result<(), ServiceError> {
    existing(store, database, table)?;
    store.clear(&partitions::collection(database, table))?;
    store.delete(&collection(database), table)?;
    Ok(())
}

/// Column names are distinct over columns and partition keys.
fn check_columns(input: &Value) -> Result<(), ServiceError> {
    let columns = input.pointer("/StorageDescriptor/Columns").and_then(Value::as_array);
    let keys = input.get("PartitionKeys").and_then(Value::as_array);
    let mut seen = std::collections::HashSet::new();
    for column in columns.into_iter().flatten().chain(keys.into_iter().flatten()) {
        let column = name(column, "Name");
        if !seen.insert(column.clone()) {
            return Err(invalid(format!("Duplicate column name: {column}")));
        }
    }
    Ok(())
}
