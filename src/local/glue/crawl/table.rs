//! A crawl over a table that is in the catalog: new partitions are registered, and the schema follows the policy.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::support::{name, text};
use super::super::{partitions, tables};
use super::folders::{self, Partition, with_slash};
use super::schema::{self, Inferred};
use super::{Changes, Policy, merge};
use crate::local::error::ServiceError;
use crate::local::store::Store;

/// Crawls one table.
pub async fn crawl(store: &Store, crawler: &Value, database: &str, table: &str) -> Result<Changes, ServiceError> {
    let document = tables::existing(store, database, table)?;
    let location = text(&document["StorageDescriptor"], "Location").to_owned();
    let files = folders::files(store, &location, &[])?;
    let keys: Vec<String> = key_names(&document);
    let found = folders::partitions(&files, &keys);
    let known: Vec<Vec<String>> = partitions::all(store, database, table)?.iter().map(partitions::values).collect();
    let policy = Policy::of(crawler);
    let looked_at: Vec<_> = match (keys.is_empty(), policy.new_only) {
        (true, _) => files.clone(),
        (false, new_only) => {
            let chosen = found.iter().filter(|(values, _)| !new_only || !known.contains(values));
            chosen.flat_map(|(_, partition)| partition.files.clone()).collect()
        }
    };
    let Some(inferred) = schema::infer(&looked_at)? else { return Ok(Changes::default()) };

    let _lock = store.lock().await?;
    let document = tables::existing(store, database, table)?;
    let mut changes = Changes::default();
    let columns = merge::columns(&document, &inferred.columns, policy);
    let document = if columns == document["StorageDescriptor"]["Columns"] {
        document
    } else {
        let mut input = tables::input_of(&document);
        input["StorageDescriptor"]["Columns"] = columns;
        input["Parameters"]["UPDATED_BY_CRAWLER"] = crawler["Name"].clone();
        let revised = tables::revised(store, database, &input, &document);
        tables::put(store, database, &revised)?;
        changes.tables_updated = 1;
        revised
    };
    if !keys.is_empty() {
        register(store, crawler, &document, &found, policy, &mut changes)?;
    }
    Ok(changes)
}

/// The names of a table's partition keys.
pub fn key_names(table: &Value) -> Vec<String> {
    table["PartitionKeys"].as_array().into_iter().flatten().map(|key| name(key, "Name")).collect()
}

/// Registers what is new of the found partitions; with `InheritFromTable` those that are there follow the table. The
/// caller holds the store's lock.
pub fn register(
    store: &Store,
    crawler: &Value,
    table: &Value,
    found: &BTreeMap<Vec<String>, Partition>,
    policy: Policy,
    changes: &mut Changes,
) -> Result<(), ServiceError> {
    let (database, table_name) = (name(table, "DatabaseName"), name(table, "Name"));
    let known = partitions::all(store, &database, &table_name)?;
    let location = with_slash(text(&table["StorageDescriptor"], "Location"));
    for (values, partition) in found {
        if known.iter().any(|k| partitions::values(k) == *values) {
            continue;
        }
        let Some(inferred) = schema::infer(&partition.files)? else { continue };
        let uri = format!("{location}{}/", partition.folder);
        partitions::add(store, table, &input(crawler, table, values, &uri, &inferred))?;
        changes.partitions_created += 1;
    }
    if !policy.inherits {
        return Ok(());
    }
    for mut partition in known {
        let columns = &table["StorageDescriptor"]["Columns"];
        if partition["StorageDescriptor"]["Columns"] != *columns {
            partition["StorageDescriptor"]["Columns"] = columns.clone();
            partitions::put(store, &database, &table_name, &partition)?;
            changes.partitions_updated += 1;
        }
    }
    Ok(())
}

/// A partition that has its table's descriptor at its own location.
fn input(crawler: &Value, table: &Value, values: &[String], uri: &str, inferred: &Inferred) -> Value {
    let mut descriptor = table["StorageDescriptor"].clone();
    descriptor["Location"] = uri.into();
    json!({
        "Values": values,
        "StorageDescriptor": descriptor,
        "Parameters": inferred.parameters(text(crawler, "Name"))
    })
}
