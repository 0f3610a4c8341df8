//! Named queries: their ids are made by the server.

use serde_json::{Value, json};

use super::support::{given, invalid, made_before, page, remember, text, texts, workgroup};
use super::workgroups;
use crate::local::error::ServiceResult;
use crate::local::store::Store;

const COLLECTION: &str = "athena/named-queries";

fn existing(store: &Store, id: &str) -> ServiceResult {
    store.get(COLLECTION, id)?.ok_or_else(|| invalid(format!("NamedQuery {id} was not found")))
}

/// `CreateNamedQuery`.
pub async fn create(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    if let Some(id) = made_before(store, "CreateNamedQuery", input)? {
        return Ok(json!({ "NamedQueryId": id }));
    }
    workgroups::existing(store, workgroup(input))?;
    let id = uuid::Uuid::new_v4().to_string();
    let mut query = json!({
        "Name": text(input, "Name"),
        "Database": text(input, "Database"),
        "QueryString": text(input, "QueryString"),
        "NamedQueryId": id,
        "WorkGroup": workgroup(input)
    });
    if let Some(description) = given(input, "Description") {
        query["Description"] = description.clone();
    }
    store.put(COLLECTION, &id, &query)?;
    remember(store, "CreateNamedQuery", input, &id)?;
    Ok(json!({ "NamedQueryId": id }))
}

/// `GetNamedQuery`.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    Ok(json!({ "NamedQuery": existing(store, text(input, "NamedQueryId"))? }))
}

/// `BatchGetNamedQuery`.
pub async fn batch_get(store: &Store, input: &Value) -> ServiceResult {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in texts(input, "NamedQueryIds") {
        match existing(store, &id) {
            Ok(query) => found.push(query),
            Err(error) => missing.push(json!({
                "NamedQueryId": id, "ErrorCode": "INTERNAL_FAILURE", "ErrorMessage": error.message
            })),
        }
    }
    Ok(json!({ "NamedQueries": found, "UnprocessedNamedQueryIds": missing }))
}

/// `ListNamedQueries` of a workgroup.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    workgroups::existing(store, workgroup(input))?;
    let queries = store.list::<Value>(COLLECTION)?.into_iter();
    let ids = queries.filter(|(_, q)| text(q, "WorkGroup") == workgroup(input)).map(|(id, _)| id.into());
    page("NamedQueryIds", ids.collect(), input, 50)
}

/// `UpdateNamedQuery`: name, text and, when given, description.
pub async fn update(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "NamedQueryId");
    let mut query = existing(store, id)?;
    for member in ["Name", "Description", "QueryString"] {
        if let Some(value) = given(input, member) {
            query[member] = value.clone();
        }
    }
    store.put(COLLECTION, id, &query)?;
    Ok(json!({}))
}

/// `DeleteNamedQuery`.
pub async fn delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "NamedQueryId");
    existing(store, id)?;
    store.delete(COLLECTION, id)?;
    Ok(json!({}))
}
