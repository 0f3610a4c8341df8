//! What every operation of QuickSight needs: members of the input, ARNs, pages, errors.

use serde_json::Value;

use crate::local::error::{ServiceError, ServiceResult};
use crate::local::iam::role::partition;
use crate::local::paging;
use crate::local::store::Store;

pub use crate::local::athena::support::given;
pub use crate::local::glue::support::{members, text, texts};

/// `InvalidParameterValueException`, QuickSight's answer to most faults of the caller.
pub fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("InvalidParameterValueException", message)
}

/// `ResourceNotFoundException`.
pub fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::new(404, "ResourceNotFoundException", message)
}

/// `ResourceExistsException`.
pub fn exists(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "ResourceExistsException", message)
}

/// `ConflictException`: something is still under way.
pub fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "ConflictException", message)
}

/// `LimitExceededException`.
pub fn limit(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "LimitExceededException", message)
}

/// `AccessDeniedException`.
pub fn denied(message: impl Into<String>) -> ServiceError {
    ServiceError::new(401, "AccessDeniedException", message)
}

/// `arn:aws:quicksight:REGION:ACCOUNT:<kind>/<id>`; kinds: `datasource`, `dataset`, `dashboard`.
pub fn arn(store: &Store, kind: &str, id: &str) -> String {
    arn_in(store, store.region(), kind, id)
}

/// The same in another region: users and groups live in the identity region.
pub fn arn_in(store: &Store, region: &str, kind: &str, id: &str) -> String {
    format!("arn:{}:quicksight:{region}:{}:{kind}/{id}", partition(region), store.account())
}

/// The id in an ARN of that kind, of this account and region.
pub fn id_of<'a>(store: &Store, kind: &str, given: &'a str) -> Option<&'a str> {
    given.strip_prefix(&arn(store, kind, "")).filter(|id| !id.is_empty() && !id.contains('/'))
}

/// As the API answers a document: without what is only ours.
pub fn public(mut document: Value) -> Value {
    if let Some(members) = document.as_object_mut() {
        members.retain(|member, _| !member.starts_with('_'));
    }
    document
}

/// The members of `from` that are named, where they are given.
pub fn copied(from: &Value, names: &[&str]) -> Value {
    names.iter().filter_map(|name| Some(((*name).to_owned(), given(from, name)?.clone()))).collect()
}

/// One page of a list: `{member: items, "NextToken"}`, by the input's `MaxResults` and `NextToken`. A token is the place
/// of its page's first item.
pub fn page(member: &str, items: Vec<Value>, input: &Value) -> ServiceResult {
    let refuse = || ServiceError::bad_request("InvalidNextTokenException", "The NextToken value isn't valid.");
    paging::page(member, items, input, 100, refuse)
}
