//! A crawl over an S3 target: its files become one table, named after the target's last folder.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::support::{name, text, texts};
use super::super::{partitions, tables};
use super::folders::{self, Found, with_slash};
use super::schema::{self, Inferred};
use super::table::{key_names, register};
use super::{Changes, Policy, merge};
use crate::local::error::ServiceError;
use crate::local::store::{Store, now};

/// What a crawl that made a table leaves as the table's creator, behind the role.
const MAKER: &str = "/AWS-Crawler";

/// The folders that a crawler has been in, by target.
fn visited_collection(crawler: &str) -> String {
    format!("glue/crawled/{crawler}")
}

/// Forgets where a crawler has been.
pub fn forget(store: &Store, crawler: &str) -> Result<(), ServiceError> {
    Ok(store.clear(&visited_collection(crawler))?)
}

/// Crawls one target. A crawler of new folders only leaves out those that it has been in.
pub async fn crawl(store: &Store, crawler: &Value, target: &Value) -> Result<Changes, ServiceError> {
    let location = with_slash(text(target, "Path"));
    let mut files = folders::files(store, &location, &texts(target, "Exclusions"))?;
    let database = name(crawler, "DatabaseName");
    let policy = Policy::of(crawler);
    let collection = visited_collection(text(crawler, "Name"));
    let before: BTreeSet<String> = store.get(&collection, &location)?.unwrap_or_default();
    let visited: BTreeSet<String> = files.iter().map(|file| file.folders.join("/")).chain(before.clone()).collect();
    if policy.new_only {
        files.retain(|file| !before.contains(&file.folders.join("/")));
    }
    let inferred = schema::infer(&files)?;
    let _lock = store.lock().await?;
    store.put(&collection, &location, &visited)?;
    let mut changes = Changes::default();
    let table_name = table_name(store, crawler, &database, &location)?;
    let known = tables::find(store, &database, &table_name)?;
    let Some(inferred) = inferred else {
        if let Some(table) = known.filter(|table| is_gone(table, &files, policy)) {
            table_is_gone(store, crawler, &table, &mut changes)?;
        }
        return Ok(changes);
    };
    let table = match known {
        None => {
            let keys = folders::keys(&files);
            let input = new_table(crawler, &table_name, &location, &keys, &inferred);
            let time = now();
            let mut table = tables::document(store, &database, &input, time, time, 0);
            let role = text(crawler, "Role").rsplit('/').next().unwrap_or_default();
            table["CreatedBy"] = format!("arn:aws:sts::{}:assumed-role/{role}{MAKER}", store.account()).into();
            tables::put(store, &database, &table)?;
            changes.tables_created = 1;
            table
        }
        Some(table) => updated(store, crawler, table, &inferred, policy, &mut changes)?,
    };
    let keys = key_names(&table);
    if !keys.is_empty() {
        let found = folders::partitions(&files, &keys);
        register(store, crawler, &table, &found, policy, &mut changes)?;
        let deletes = text(&crawler["SchemaChangePolicy"], "DeleteBehavior") == "DELETE_FROM_DATABASE";
        if deletes && !policy.new_only {
            for gone in partitions::all(store, &database, &table_name)?.iter().map(partitions::values) {
                if !found.contains_key(&gone) && partitions::remove(store, &database, &table_name, &gone)? {
                    changes.partitions_deleted += 1;
                }
            }
        }
    }
    Ok(changes)
}

/// The prefix and the target's last folder, lower case, with `_` for what no name takes. A stranger's table of that name
/// stays; ours then gets a hash of its location behind.
fn table_name(store: &Store, crawler: &Value, database: &str, location: &str) -> Result<String, ServiceError> {
    let folder = location.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let plain = format!("{}{folder}", text(crawler, "TablePrefix")).to_lowercase();
    let plain: String = plain.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
    let strangers = tables::find(store, database, &plain)?
        .is_some_and(|table| with_slash(text(&table["StorageDescriptor"], "Location")) != location);
    if !strangers {
        return Ok(plain);
    }
    Ok(format!("{plain}_{}", &hex::encode(Sha256::digest(location.as_bytes()))[..32]))
}

fn new_table(crawler: &Value, table: &str, location: &str, keys: &[String], inferred: &Inferred) -> Value {
    let keys: Vec<Value> = keys.iter().map(|key| json!({ "Name": key, "Type": "string" })).collect();
    // A key that also stands in the files is a key alone.
    let mut inferred = inferred.clone();
    inferred.columns.retain(|(column, _)| keys.iter().all(|key| key["Name"] != *column));
    json!({
        "Name": table,
        "Owner": "owner",
        "LastAccessTime": now(),
        "Retention": 0,
        "StorageDescriptor": inferred.descriptor(location, text(crawler, "Name")),
        "PartitionKeys": keys,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": inferred.parameters(text(crawler, "Name"))
    })
}

/// The table after its files were seen again; its version counts up only when something differs.
fn updated(
    store: &Store,
    crawler: &Value,
    table: Value,
    inferred: &Inferred,
    policy: Policy,
    changes: &mut Changes,
) -> Result<Value, ServiceError> {
    let columns = merge::columns(&table, &inferred.columns, policy);
    let mut input = tables::input_of(&table);
    if policy.updates && !policy.new_only {
        for (parameter, value) in inferred.parameters(text(crawler, "Name")).as_object().into_iter().flatten() {
            input["Parameters"][parameter] = value.clone();
        }
        if let Some(parameters) = input["Parameters"].as_object_mut() {
            parameters.shift_remove("DEPRECATED_BY_CRAWLER");
        }
    }
    input["StorageDescriptor"]["Columns"] = columns;
    if input == tables::input_of(&table) {
        return Ok(table);
    }
    let database = name(&table, "DatabaseName");
    let revised = tables::revised(store, &database, &input, &table);
    tables::put(store, &database, &revised)?;
    changes.tables_updated = 1;
    Ok(revised)
}

/// Whether a table went with its files: one that a crawler made, when there are no files at all. Files that cannot be
/// read, or are not new, are there.
fn is_gone(table: &Value, files: &[Found], policy: Policy) -> bool {
    files.is_empty() && !policy.new_only && text(table, "CreatedBy").ends_with(MAKER)
}

/// The files of a table are gone: logged, marked or deleted, as the policy says.
fn table_is_gone(store: &Store, crawler: &Value, table: &Value, changes: &mut Changes) -> Result<(), ServiceError> {
    let (database, table_name) = (name(table, "DatabaseName"), name(table, "Name"));
    match text(&crawler["SchemaChangePolicy"], "DeleteBehavior") {
        "DELETE_FROM_DATABASE" => {
            tables::remove(store, &database, &table_name)?;
            changes.tables_deleted = 1;
        }
        "DEPRECATE_IN_DATABASE" if table["Parameters"].get("DEPRECATED_BY_CRAWLER").is_none() => {
            let mut input = tables::input_of(table);
            input["Parameters"]["DEPRECATED_BY_CRAWLER"] = ((now() * 1000.0) as i64).to_string().into();
            tables::put(store, &database, &tables::revised(store, &database, &input, table))?;
            changes.tables_deleted = 1;
        }
        _ => {}
    }
    Ok(())
}
