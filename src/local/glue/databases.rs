//! Databases of the catalog.

use serde_json::{Value, json};

use super::support::{already_exists, members, name, not_found, page};
use super::{partitions, tables, tags};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::{Store, now};

const COLLECTION: &str = "glue/databases";

/// The database's document, or Glue's refusal.
pub fn existing(store: &Store, database: &str) -> ServiceResult {
    store.get(COLLECTION, database)?.ok_or_else(|| not_found(format!("Database {database} not found.")))
}

/// All databases, sorted.
pub fn all(store: &Store) -> Result<Vec<Value>, ServiceError> {
    Ok(store.list(COLLECTION)?.into_iter().map(|(_, database)| database).collect())
}

/// `CreateDatabase`.
pub async fn create(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = name(&input["DatabaseInput"], "Name");
    if store.get::<Value>(COLLECTION, &name)?.is_some() {
        return Err(already_exists("Database already exists."));
    }
    tags::put_new(store, &tags::arn(store, "database", &name), input.get("Tags"))?;
    store.put(COLLECTION, &name, &document(store, &name, &input["DatabaseInput"], now()))?;
    Ok(json!({}))
}

/// `GetDatabase`.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    Ok(json!({ "Database": existing(store, &name(input, "Name"))? }))
}

/// `GetDatabases`.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    page("DatabaseList", all(store)?, input, 100)
}

/// `UpdateDatabase`: replaces the whole definition.
pub async fn update(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let database = name(input, "Name");
    let old = existing(store, &database)?;
    if name(&input["DatabaseInput"], "Name") != database {
        return Err(super::support::invalid("Database name cannot be changed."));
    }
    let created = old["CreateTime"].as_f64().unwrap_or_else(now);
    store.put(COLLECTION, &database, &document(store, &database, &input["DatabaseInput"], created))?;
    Ok(json!({}))
}

/// `DeleteDatabase`: its tables and their partitions go with it.
pub async fn delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = name(input, "Name");
    existing(store, &name)?;
    store.clear(&partitions::database_collection(&name))?;
    store.clear(&tables::collection(&name))?;
    store.delete(COLLECTION, &name)?;
    tags::forget(store, &tags::arn(store, "database", &name))?;
    Ok(json!({}))
}

fn document(store: &Store, name: &str, input: &Value, created: f64) -> Value {
    let mut database = members(input);
    database.insert("Name".into(), name.into());
    database.insert("CreateTime".into(), created.into());
    database.insert("CatalogId".into(), store.account().into());
    database.entry("CreateTableDefaultPermissions").or_insert_with(|| {
        json!([{ "Principal": { "DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS" }, "Permissions": ["ALL"] }])
    });
    database.into()
}
