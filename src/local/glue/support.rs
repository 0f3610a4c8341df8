//! What every operation of Glue needs: members of the input, pages, errors.

use serde_json::{Map, Value, json};

use crate::local::error::{ServiceError, ServiceResult};
use crate::local::paging;

/// A text member that the shape check has seen to be there; empty when it is not.
pub fn text<'a>(input: &'a Value, member: &str) -> &'a str {
    input.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// A name of the catalog: Glue folds databases and tables to lower case.
pub fn name(input: &Value, member: &str) -> String {
    text(input, member).to_lowercase()
}

/// The members of an object, as a map to build on.
pub fn members(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// The texts of a list member.
pub fn texts(input: &Value, member: &str) -> Vec<String> {
    let items = input.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// `EntityNotFoundException`.
pub fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("EntityNotFoundException", message)
}

/// `AlreadyExistsException`.
pub fn already_exists(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("AlreadyExistsException", message)
}

/// `InvalidInputException`.
pub fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("InvalidInputException", message)
}

/// One page of a list: `{member: items, "NextToken"}`, by the input's `MaxResults` and `NextToken`. A token is the place
/// of its page's first item.
pub fn page(member: &str, items: Vec<Value>, input: &Value, most: usize) -> ServiceResult {
    paging::page(member, items, input, most, || invalid("Invalid pagination token provided"))
}

/// `[{ErrorCode, ErrorMessage}]`, as the Batch operations list an item's failure.
pub fn detail(error: &ServiceError) -> Value {
    json!({ "ErrorCode": error.code, "ErrorMessage": error.message })
}
