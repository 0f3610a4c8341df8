//! What is tagged, over all services that have ARNs and tags.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::local::error::{ServiceError, ServiceResult};
use crate::local::glue::support::{text, texts};
use crate::local::store::Store;
use crate::local::{athena, glue, paging, quicksight, s3};

/// Tags by ARN.
type Tagged = BTreeMap<String, BTreeMap<String, String>>;

/// `GetResources`.
pub fn get(store: &Store, input: &Value) -> ServiceResult {
    let arns = texts(input, "ResourceARNList");
    let types = texts(input, "ResourceTypeFilters");
    if !arns.is_empty() && (!types.is_empty() || !filters(input).is_empty()) {
        return Err(invalid("ResourceARNList cannot be combined with TagFilters or ResourceTypeFilters"));
    }
    let found = all(store)?.into_iter().filter(|(arn, tags)| {
        (arns.is_empty() || arns.contains(arn))
            && (types.is_empty() || types.iter().any(|t| is_of_type(arn, t)))
            && filters(input).iter().all(|filter| matches(filter, tags))
    });
    let listed = found.map(|(arn, tags)| {
        let tags: Vec<_> = tags.into_iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
        json!({ "ResourceARN": arn, "Tags": tags })
    });
    page("ResourceTagMappingList", listed.collect(), input)
}

/// `GetTagKeys`.
pub fn keys(store: &Store, input: &Value) -> ServiceResult {
    let keys: BTreeSet<String> = all(store)?.into_values().flat_map(BTreeMap::into_keys).collect();
    page("TagKeys", keys.into_iter().map(Value::from).collect(), input)
}

/// `GetTagValues`.
pub fn values(store: &Store, input: &Value) -> ServiceResult {
    let key = text(input, "Key");
    let values: BTreeSet<String> = all(store)?.into_values().filter_map(|mut tags| tags.remove(key)).collect();
    page("TagValues", values.into_iter().map(Value::from).collect(), input)
}

fn all(store: &Store) -> Result<Tagged, ServiceError> {
    let mut tagged = Tagged::new();
    for collection in [glue::tags::COLLECTION, athena::tags::COLLECTION, quicksight::tags::COLLECTION] {
        tagged.extend(store.list::<BTreeMap<String, String>>(collection)?);
    }
    tagged.extend(s3::settings::tagged(store)?);
    tagged.retain(|_, tags| !tags.is_empty());
    Ok(tagged)
}

fn filters(input: &Value) -> &[Value] {
    input.get("TagFilters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Without values any value will do; of several one.
fn matches(filter: &Value, tags: &BTreeMap<String, String>) -> bool {
    let values = texts(filter, "Values");
    tags.get(text(filter, "Key")).is_some_and(|value| values.is_empty() || values.contains(value))
}

/// `glue`, `glue:job`, `s3`.
fn is_of_type(arn: &str, resource_type: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default());
    match resource_type.split_once(':') {
        None => service == resource_type,
        Some((wanted, kind)) => service == wanted && resource.split('/').next() == Some(kind),
    }
}

/// The tagging API has names of its own for the parts of paging, and says the end with an empty token.
fn page(member: &str, items: Vec<Value>, input: &Value) -> ServiceResult {
    let asked = json!({ "NextToken": text(input, "PaginationToken"), "MaxResults": input.get("ResourcesPerPage") });
    let refuse = || ServiceError::bad_request("PaginationTokenExpiredException", "The pagination token is not valid");
    let mut answer = paging::page(member, items, &asked, 100, refuse)?;
    let token = answer.as_object_mut().and_then(|members| members.remove("NextToken"));
    answer["PaginationToken"] = token.unwrap_or_else(|| json!(""));
    Ok(answer)
}

fn invalid(message: &str) -> ServiceError {
    ServiceError::bad_request("InvalidParameterException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_services_or_kinds_of_them() {
        let job = "arn:aws:glue:us-east-1:123456789012:job/spotify-dev";
        let cases = [("glue", true), ("glue:job", true), ("glue:crawler", false), ("s3", false)];
        for (wanted, holds) in cases {
            assert_eq!(is_of_type(job, wanted), holds, "{wanted}");
        }
        assert!(is_of_type("arn:aws:s3:::bucket", "s3"));
    }

    #[test]
    fn filters_take_one_of_their_values() {
        let tags = BTreeMap::from([("team".to_owned(), "data".to_owned())]);
        let filter = |values: Value| json!({ "Key": "team", "Values": values });
        assert!(matches(&filter(json!([])), &tags) && matches(&filter(json!(["web", "data"])), &tags));
        assert!(!matches(&filter(json!(["web"])), &tags) && !matches(&json!({ "Key": "cost" }), &tags));
    }
}
