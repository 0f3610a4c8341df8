//! Tags of workgroups, by ARN.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::support::{given, invalid, page, text, texts};
use super::workgroups;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::Store;

/// Where tags lie, by ARN.
pub const COLLECTION: &str = "athena/tags";

/// A workgroup's ARN.
pub fn arn(store: &Store, workgroup: &str) -> String {
    format!("arn:aws:athena:{}:{}:workgroup/{workgroup}", store.region(), store.account())
}

/// Puts the tags that a Create call carried. An empty list is refused, as Athena refuses it.
pub fn put_new(store: &Store, arn: &str, tags: Option<&Value>) -> Result<(), ServiceError> {
    store.delete(COLLECTION, arn)?;
    let Some(tags) = tags.filter(|t| !t.is_null()) else { return Ok(()) };
    let tags = pairs(tags);
    if tags.is_empty() {
        return Err(invalid("Tags list cannot be empty"));
    }
    Ok(store.put(COLLECTION, arn, &tags)?)
}

/// Forgets a workgroup's tags.
pub fn forget(store: &Store, arn: &str) -> Result<(), ServiceError> {
    store.delete(COLLECTION, arn)?;
    Ok(())
}

/// `TagResource`.
pub async fn tag(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let arn = existing(store, input)?;
    let mut tags = read(store, &arn)?;
    tags.extend(given(input, "Tags").map(pairs).unwrap_or_default());
    if tags.len() > 50 {
        return Err(invalid("The resource has more than 50 tags"));
    }
    store.put(COLLECTION, &arn, &tags)?;
    Ok(json!({}))
}

/// `UntagResource`.
pub async fn untag(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let arn = existing(store, input)?;
    let gone = texts(input, "TagKeys");
    let mut tags = read(store, &arn)?;
    tags.retain(|key, _| !gone.contains(key));
    store.put(COLLECTION, &arn, &tags)?;
    Ok(json!({}))
}

/// `ListTagsForResource`.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    let tags = read(store, &existing(store, input)?)?;
    page("Tags", tags.into_iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect(), input, 75)
}

fn read(store: &Store, arn: &str) -> Result<BTreeMap<String, String>, ServiceError> {
    Ok(store.get(COLLECTION, arn)?.unwrap_or_default())
}

fn pairs(tags: &Value) -> BTreeMap<String, String> {
    let tags = tags.as_array().into_iter().flatten();
    tags.map(|tag| (text(tag, "Key").to_owned(), text(tag, "Value").to_owned())).collect()
}

/// The input's ARN, when it names a workgroup of this account and region that is there.
fn existing(store: &Store, input: &Value) -> Result<String, ServiceError> {
    let given = text(input, "ResourceARN");
    let prefix = arn(store, "");
    let missing = || ServiceError::bad_request("ResourceNotFoundException", format!("Resource {given} is not found."));
    let workgroup = given.strip_prefix(&prefix).ok_or_else(missing)?;
    workgroups::existing(store, workgroup).map_err(|_| missing())?;
    Ok(given.to_owned())
}
