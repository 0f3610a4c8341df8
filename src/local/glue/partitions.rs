//! Partitions of the catalog's tables. A partition is found by the values of the table's partition keys, in their order.

use serde_json::{Value, json};

use super::support::{already_exists, detail, invalid, members, name, not_found, page, texts};
use super::{expression, tables};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::{Store, now};

/// The collection of the partitions of a database's tables.
pub fn database_collection(database: &str) -> String {
    format!("glue/partitions/{database}")
}

/// The collection of a table's partitions.
pub fn collection(database: &str, table: &str) -> String {
    format!("glue/partitions/{database}/{table}")
}

/// A document's name from a partition's values: they hold any character, so they go as a JSON list.
fn key(values: &[String]) -> String {
    json!(values).to_string()
}

/// All partitions of a table, sorted by values.
pub fn all(store: &Store, database: &str, table: &str) -> Result<Vec<Value>, ServiceError> {
    Ok(store.list(&collection(database, table))?.into_iter().map(|(_, partition)| partition).collect())
}

/// The values of a partition.
pub fn values(partition: &Value) -> Vec<String> {
    texts(partition, "Values")
}

/// Adds a partition from a `PartitionInput`; refuses one that is there.
pub fn add(store: &Store, table: &Value, input: &Value) -> Result<(), ServiceError> {
    let (database, table_name) = (name(table, "DatabaseName"), name(table, "Name"));
    let values = checked_values(table, texts(input, "Values"))?;
    let collection = collection(&database, &table_name);
    if store.get::<Value>(&collection, &key(&values))?.is_some() {
        return Err(already_exists("Partition already exists."));
    }
    Ok(store.put(&collection, &key(&values), &document(store, &database, &table_name, input, now()))?)
}

/// Removes a partition; whether it was there.
pub fn remove(store: &Store, database: &str, table: &str, values: &[String]) -> Result<bool, ServiceError> {
    Ok(store.delete(&collection(database, table), &key(values))?)
}

/// Writes a partition's document over the one that is there.
pub fn put(store: &Store, database: &str, table: &str, partition: &Value) -> Result<(), ServiceError> {
    Ok(store.put(&collection(database, table), &key(&values(partition)), partition)?)
}

/// `CreatePartition`.
pub async fn create(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    add(store, &table_of(store, input)?, &input["PartitionInput"])?;
    Ok(json!({}))
}

/// `BatchCreatePartition`.
pub async fn batch_create(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let table = table_of(store, input)?;
    let mut errors = Vec::new();
    for partition in input["PartitionInputList"].as_array().into_iter().flatten() {
        if let Err(error) = add(store, &table, partition) {
            errors.push(json!({ "PartitionValues": partition["Values"], "ErrorDetail": detail(&error) }));
        }
    }
    Ok(json!({ "Errors": errors }))
}

/// `GetPartition`.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    let table = table_of(store, input)?;
    let values = checked_values(&table, texts(input, "PartitionValues"))?;
    Ok(json!({ "Partition": existing(store, input, &values)? }))
}

/// `BatchGetPartition`.
pub async fn batch_get(store: &Store, input: &Value) -> ServiceResult {
    table_of(store, input)?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for wanted in input["PartitionsToGet"].as_array().into_iter().flatten() {
        match store.get::<Value>(&collection_of(input), &key(&texts(wanted, "Values")))? {
            Some(partition) => found.push(partition),
            None => missing.push(wanted.clone()),
        }
    }
    Ok(json!({ "Partitions": found, "UnprocessedKeys": missing }))
}

/// `GetPartitions`, filtered by its `Expression`.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    let table = table_of(store, input)?;
    let mut partitions = all(store, &name(input, "DatabaseName"), &name(input, "TableName"))?;
    if let Some(text) = input.get("Expression").and_then(Value::as_str).filter(|e| !e.trim().is_empty()) {
        let keys = table["PartitionKeys"].as_array().cloned().unwrap_or_default();
        let filter = expression::parse(text, &keys).map_err(invalid)?;
        partitions.retain(|partition| filter.keeps(&values(partition)));
    }
    if input.get("ExcludeColumnSchema").and_then(Value::as_bool) == Some(true) {
        for descriptor in partitions.iter_mut().filter_map(|p| p["StorageDescriptor"].as_object_mut()) {
            descriptor.shift_remove("Columns");
        }
    }
    page("Partitions", partitions, input, 1000)
}

/// `UpdatePartition`; the values may change with it.
pub async fn update(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let table = table_of(store, input)?;
    let old_values = checked_values(&table, texts(input, "PartitionValueList"))?;
    let old = existing(store, input, &old_values)?;
    let mut definition = input["PartitionInput"].clone();
    if definition.get("Values").is_none_or(Value::is_null) {
        definition["Values"] = json!(old_values);
    }
    let new_values = checked_values(&table, texts(&definition, "Values"))?;
    if new_values != old_values {
        if store.get::<Value>(&collection_of(input), &key(&new_values))?.is_some() {
            return Err(already_exists("Partition already exists."));
        }
        store.delete(&collection_of(input), &key(&old_values))?;
    }
    let created = old["CreationTime"].as_f64().unwrap_or_else(now);
    let (database, table) = (name(input, "DatabaseName"), name(input, "TableName"));
    put(store, &database, &table, &document(store, &database, &table, &definition, created))?;
    Ok(json!({}))
}

/// `DeletePartition`.
pub async fn delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let table = table_of(store, input)?;
    let values = checked_values(&table, texts(input, "PartitionValues"))?;
    existing(store, input, &values)?;
    store.delete(&collection_of(input), &key(&values))?;
    Ok(json!({}))
}

/// `BatchDeletePartition`.
pub async fn batch_delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    table_of(store, input)?;
    let mut errors = Vec::new();
    for partition in input["PartitionsToDelete"].as_array().into_iter().flatten() {
        if !store.delete(&collection_of(input), &key(&texts(partition, "Values")))? {
            let error = not_found("Partition not found.");
            errors.push(json!({ "PartitionValues": partition["Values"], "ErrorDetail": detail(&error) }));
        }
    }
    Ok(json!({ "Errors": errors }))
}

fn table_of(store: &Store, input: &Value) -> ServiceResult {
    tables::existing(store, &name(input, "DatabaseName"), &name(input, "TableName"))
}

fn collection_of(input: &Value) -> String {
    collection(&name(input, "DatabaseName"), &name(input, "TableName"))
}

fn existing(store: &Store, input: &Value, values: &[String]) -> ServiceResult {
    store.get(&collection_of(input), &key(values))?.ok_or_else(|| not_found("Cannot find partition."))
}

/// As many values as the table has partition keys.
fn checked_values(table: &Value, values: Vec<String>) -> Result<Vec<String>, ServiceError> {
    let keys = table["PartitionKeys"].as_array().map_or(0, Vec::len);
    if values.len() == keys {
        Ok(values)
    } else {
        Err(invalid("The number of partition keys do not match the number of partition values"))
    }
}

fn document(store: &Store, database: &str, table: &str, input: &Value, created: f64) -> Value {
    let mut partition = members(input);
    partition.insert("DatabaseName".into(), database.into());
    partition.insert("TableName".into(), table.into());
    partition.insert("CreationTime".into(), created.into());
    partition.insert("CatalogId".into(), store.account().into());
    partition.into()
}
