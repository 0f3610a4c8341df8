//! Tags of databases, jobs, crawlers, workflows and triggers, by ARN.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::support::{invalid, not_found, text, texts};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::Store;

/// Where tags lie, by ARN.
pub const COLLECTION: &str = "glue/tags";

/// `arn:aws:glue:REGION:ACCOUNT:<kind>/<name>`; kinds: `database`, `job`, `crawler`, `table`, `workflow`, `trigger`.
pub fn arn(store: &Store, kind: &str, name: &str) -> String {
    format!("arn:aws:glue:{}:{}:{kind}/{name}", store.region(), store.account())
}

/// Puts the tags that a Create call carried; none is fine.
pub fn put_new(store: &Store, arn: &str, tags: Option<&Value>) -> Result<(), ServiceError> {
    let tags: BTreeMap<String, String> = tags.map(pairs).unwrap_or_default();
    if tags.is_empty() {
        store.delete(COLLECTION, arn)?;
    } else {
        store.put(COLLECTION, arn, &tags)?;
    }
    Ok(())
}

/// Forgets a resource's tags.
pub fn forget(store: &Store, arn: &str) -> Result<(), ServiceError> {
    store.delete(COLLECTION, arn)?;
    Ok(())
}

/// `TagResource`.
pub async fn tag(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let arn = existing(store, input)?;
    let mut tags: BTreeMap<String, String> = store.get(COLLECTION, &arn)?.unwrap_or_default();
    tags.extend(input.get("TagsToAdd").map(pairs).unwrap_or_default());
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
    let mut tags: BTreeMap<String, String> = store.get(COLLECTION, &arn)?.unwrap_or_default();
    let gone = texts(input, "TagsToRemove");
    tags.retain(|key, _| !gone.contains(key));
    store.put(COLLECTION, &arn, &tags)?;
    Ok(json!({}))
}

/// `GetTags`.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    let arn = existing(store, input)?;
    let tags: BTreeMap<String, String> = store.get(COLLECTION, &arn)?.unwrap_or_default();
    Ok(json!({ "Tags": tags }))
}

fn pairs(tags: &Value) -> BTreeMap<String, String> {
    let entries = tags.as_object().into_iter().flatten();
    entries.map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned())).collect()
}

/// The input's ARN, when it names something of this account and region that is there.
fn existing(store: &Store, input: &Value) -> Result<String, ServiceError> {
    let arn = text(input, "ResourceArn");
    let resource = arn.strip_prefix(&format!("arn:aws:glue:{}:{}:", store.region(), store.account()));
    let (kind, name) = resource
        .and_then(|r| r.split_once('/'))
        .ok_or_else(|| invalid(format!("The ARN is not one of this account and region: {arn}")))?;
    let there = match kind {
        "database" => store.get::<Value>("glue/databases", name)?.is_some(),
        "job" => store.get::<Value>("glue/jobs", name)?.is_some(),
        "crawler" => store.get::<Value>("glue/crawlers", name)?.is_some(),
        "workflow" => store.get::<Value>("glue/workflows", name)?.is_some(),
        "trigger" => store.get::<Value>("glue/triggers", name)?.is_some(),
        _ => {
            let known = "databases, jobs, crawlers, workflows and triggers";
            return Err(invalid(format!("The local cloud tags {known}, not {kind}")));
        }
    };
    if there { Ok(arn.to_owned()) } else { Err(not_found(format!("{kind} {name} not found."))) }
}

/// The names among `names` whose tags hold all of the input's `Tags`.
pub fn filtered(store: &Store, kind: &str, names: Vec<String>, input: &Value) -> Result<Vec<Value>, ServiceError> {
    let wanted = input.get("Tags").map(pairs).unwrap_or_default();
    let mut kept = Vec::new();
    for name in names {
        let tags: BTreeMap<String, String> = match wanted.is_empty() {
            true => BTreeMap::new(),
            false => store.get(COLLECTION, &arn(store, kind, &name))?.unwrap_or_default(),
        };
        if wanted.iter().all(|(key, value)| tags.get(key) == Some(value)) {
            kept.push(name.into());
        }
    }
    Ok(kept)
}
