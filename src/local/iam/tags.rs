//! The tags of roles and users.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::entity::{Principal, find, save};
use super::input::{Input, invalid};
use super::paging;

use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::Store;

/// The most tags of one of them.
const MOST: usize = 50;

/// Tags as the API shows them, with their keys to sort by.
pub fn to_json(tags: &BTreeMap<String, String>) -> Vec<(String, Value)> {
    tags.iter().map(|(key, value)| (key.clone(), json!({ "Key": key, "Value": value }))).collect()
}

/// The tags with those of the input's `Tags` laid over them. Keys that differ in case only are the same key.
pub fn merge(mut tags: BTreeMap<String, String>, input: &Input) -> Result<BTreeMap<String, String>, ServiceError> {
    let refuse = |message: &str| Err(ServiceError::bad_request("InvalidInput", message));
    let mut seen: Vec<String> = Vec::new();
    for tag in input.list("Tags") {
        let (Some(key), Some(value)) = (tag["Key"].as_str(), tag["Value"].as_str()) else {
            return Err(invalid(
                "1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must not be null",
            ));
        };
        if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(invalid(
                "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less \
                 than or equal to 128 (keys) or 256 (values)",
            ));
        }
        if key.to_lowercase().starts_with("aws:") {
            return refuse("Tag keys beginning with aws: are reserved for system use.");
        }
        if seen.contains(&key.to_lowercase()) {
            return refuse("Duplicate tag keys found. Please note that Tag keys are case insensitive.");
        }
        seen.push(key.to_lowercase());
        tags.retain(|old, _| old.to_lowercase() != key.to_lowercase());
        tags.insert(key.to_owned(), value.to_owned());
    }
    if tags.len() > MOST {
        return Err(ServiceError::new(409, "LimitExceeded", "The number of tags has reached the maximum limit."));
    }
    Ok(tags)
}

/// `TagRole`, `TagUser`.
pub fn tag<E: Principal>(store: &Store, input: &Input) -> ServiceResult {
    let mut entity = find::<E>(store, input)?;
    let tags = std::mem::take(entity.tags());
    *entity.tags() = merge(tags, input)?;
    save(store, &entity)?;
    Ok(Value::Null)
}

/// `UntagRole`, `UntagUser`: what is not there is no error.
pub fn untag<E: Principal>(store: &Store, input: &Input) -> ServiceResult {
    let mut entity = find::<E>(store, input)?;
    let gone: Vec<String> = input.list("TagKeys").iter().filter_map(|key| Some(key.as_str()?.to_lowercase())).collect();
    entity.tags().retain(|key, _| !gone.contains(&key.to_lowercase()));
    save(store, &entity)?;
    Ok(Value::Null)
}

/// `ListRoleTags`, `ListUserTags`.
pub fn list<E: Principal>(store: &Store, input: &Input) -> ServiceResult {
    paging::page("Tags", to_json(find::<E>(store, input)?.tags()), input)
}
