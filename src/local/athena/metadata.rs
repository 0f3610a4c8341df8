//! Athena's view of the catalog: `ListDatabases`, `GetTableMetadata` and their like. There is one data catalog,
//! `AwsDataCatalog`, which is Glue's.

use regex::Regex;
use serde_json::{Value, json};

use super::support::{given, invalid, page, text};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::glue::{databases, tables};
use crate::local::store::Store;

const CATALOG: &str = "AwsDataCatalog";

/// `ListDataCatalogs`.
pub async fn list_catalogs(_: &Store, input: &Value) -> ServiceResult {
    let summary = json!({ "CatalogName": CATALOG, "Type": "GLUE", "Status": "CREATE_COMPLETE" });
    page("DataCatalogsSummary", vec![summary], input, 50)
}

/// `GetDataCatalog`.
pub async fn get_catalog(store: &Store, input: &Value) -> ServiceResult {
    check_catalog(text(input, "Name"))?;
    Ok(json!({ "DataCatalog": {
        "Name": CATALOG, "Type": "GLUE", "Parameters": { "catalog-id": store.account() }, "Status": "CREATE_COMPLETE"
    }}))
}

/// `ListDatabases`.
pub async fn list_databases(store: &Store, input: &Value) -> ServiceResult {
    check_catalog(text(input, "CatalogName"))?;
    page("DatabaseList", databases::all(store)?.iter().map(database).collect(), input, 50)
}

/// `GetDatabase`.
pub async fn get_database(store: &Store, input: &Value) -> ServiceResult {
    check_catalog(text(input, "CatalogName"))?;
    let found = databases::existing(store, &text(input, "DatabaseName").to_lowercase()).map_err(metadata)?;
    Ok(json!({ "Database": database(&found) }))
}

/// `ListTableMetadata`, with its `Expression` over names.
pub async fn list_tables(store: &Store, input: &Value) -> ServiceResult {
    check_catalog(text(input, "CatalogName"))?;
    let database = text(input, "DatabaseName").to_lowercase();
    databases::existing(store, &database).map_err(metadata)?;
    let mut found = tables::all(store, &database)?;
    if let Some(expression) = given(input, "Expression").and_then(Value::as_str) {
        let pattern = expression.replace('*', ".*").replace("..*", ".*");
        let pattern = Regex::new(&format!("^(?:{pattern})$")).map_err(|_| invalid("Invalid expression"))?;
        found.retain(|t| pattern.is_match(text(t, "Name")));
    }
    page("TableMetadataList", found.iter().map(table).collect(), input, 50)
}

/// `GetTableMetadata`.
pub async fn get_table(store: &Store, input: &Value) -> ServiceResult {
    check_catalog(text(input, "CatalogName"))?;
    let (database, name) = (text(input, "DatabaseName").to_lowercase(), text(input, "TableName").to_lowercase());
    let found = tables::existing(store, &database, &name).map_err(metadata)?;
    Ok(json!({ "TableMetadata": table(&found) }))
}

/// `ListEngineVersions`.
pub async fn engine_versions(_: &Store, input: &Value) -> ServiceResult {
    let versions = ["AUTO", "Athena engine version 3"].map(
        |selected| json!({ "SelectedEngineVersion": selected, "EffectiveEngineVersion": "Athena engine version 3" }),
    );
    page("EngineVersions", versions.into(), input, 10)
}

fn check_catalog(name: &str) -> Result<(), ServiceError> {
    match name.eq_ignore_ascii_case(CATALOG) {
        true => Ok(()),
        false => Err(invalid(format!("Data catalog {name} was not found"))),
    }
}

fn metadata(error: ServiceError) -> ServiceError {
    ServiceError::bad_request("MetadataException", format!("{} (Service: AmazonDataCatalog)", error.message))
}

fn database(database: &Value) -> Value {
    only(database, &["Name", "Description", "Parameters"])
}

fn table(table: &Value) -> Value {
    let columns = |list: &Value| -> Vec<Value> {
        list.as_array().into_iter().flatten().map(|c| only(c, &["Name", "Type", "Comment"])).collect()
    };
    let mut found = only(table, &["Name", "CreateTime", "LastAccessTime", "TableType"]);
    found["Columns"] = columns(&table["StorageDescriptor"]["Columns"]).into();
    found["PartitionKeys"] = columns(&table["PartitionKeys"]).into();
    let descriptor = &table["StorageDescriptor"];
    let mut parameters = table["Parameters"].as_object().cloned().unwrap_or_default();
    let serde = &descriptor["SerdeInfo"]["SerializationLibrary"];
    let storage = [("location", "Location"), ("inputformat", "InputFormat"), ("outputformat", "OutputFormat")];
    for (name, member) in storage {
        if let Some(value) = given(descriptor, member) {
            parameters.insert(name.into(), value.clone());
        }
    }
    if !serde.is_null() {
        parameters.insert("serde.serialization.lib".into(), serde.clone());
    }
    found["Parameters"] = parameters.into();
    found
}

/// These members of an object, where they are there.
fn only(object: &Value, names: &[&str]) -> Value {
    let kept = names.iter().filter_map(|name| given(object, name).map(|value| ((*name).to_owned(), value.clone())));
    Value::Object(kept.collect())
}
