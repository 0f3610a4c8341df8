//! Tags of data sources, data sets and dashboards, by ARN.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::support::{arn, given, limit, not_found, text, texts};
use super::{dashboards, data_sets, data_sources};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::Store;

/// Where tags lie, by ARN.
pub const COLLECTION: &str = "quicksight/tags";
/// <https://docs.aws.amazon.com/quicksight/latest/APIReference/API_TagResource.html>
const MOST: usize = 50;

type Tags = BTreeMap<String, String>;

/// Puts the tags that a Create call carried; none is fine.
pub fn put_new(store: &Store, arn: &str, input: &Value) -> Result<(), ServiceError> {
    put(store, arn, &given(input, "Tags").map(pairs).unwrap_or_default())
}

/// Forgets an asset's tags.
pub fn forget(store: &Store, arn: &str) -> Result<(), ServiceError> {
    store.delete(COLLECTION, arn)?;
    Ok(())
}

/// `TagResource`.
pub async fn tag(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let arn = existing(store, input)?;
    let mut tags = read(store, arn)?;
    tags.extend(given(input, "Tags").map(pairs).unwrap_or_default());
    put(store, arn, &tags)?;
    Ok(json!({}))
}

/// `UntagResource`.
pub async fn untag(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let arn = existing(store, input)?;
    let gone = texts(input, "TagKeys");
    let mut tags = read(store, arn)?;
    tags.retain(|key, _| !gone.contains(key));
    put(store, arn, &tags)?;
    Ok(json!({}))
}

/// `ListTagsForResource`.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    let tags = read(store, existing(store, input)?)?;
    let tag = |(key, value): (String, String)| json!({ "Key": key, "Value": value });
    Ok(json!({ "Tags": tags.into_iter().map(tag).collect::<Vec<_>>() }))
}

fn put(store: &Store, arn: &str, tags: &Tags) -> Result<(), ServiceError> {
    if tags.len() > MOST {
        return Err(limit(format!("The resource has more than {MOST} tags")));
    }
    Ok(store.put(COLLECTION, arn, tags)?)
}

fn read(store: &Store, arn: &str) -> Result<Tags, ServiceError> {
    Ok(store.get(COLLECTION, arn)?.unwrap_or_default())
}

fn pairs(tags: &Value) -> Tags {
    let tags = tags.as_array().into_iter().flatten();
    tags.map(|tag| (text(tag, "Key").to_owned(), text(tag, "Value").to_owned())).collect()
}

/// The input's ARN, when it names an asset of this account and region that is there.
fn existing<'a>(store: &Store, input: &'a Value) -> Result<&'a str, ServiceError> {
    let given = text(input, "ResourceArn");
    let found = [
        ("datasource", data_sources::COLLECTION),
        ("dataset", data_sets::COLLECTION),
        ("dashboard", dashboards::COLLECTION),
    ]
    .iter()
    .find_map(|(kind, collection)| Some((collection, given.strip_prefix(&arn(store, kind, ""))?)));
    match found {
        Some((collection, id)) if store.get::<Value>(collection, id)?.is_some() => Ok(given),
        _ => Err(not_found(format!("Resource {given} does not exist"))),
    }
}
