//! What every operation of Athena needs.

use serde_json::Value;

use crate::local::error::{ServiceError, ServiceResult};
use crate::local::paging;
use crate::local::store::Store;

pub use crate::local::glue::support::{members, text, texts};

/// `InvalidRequestException`, Athena's answer to nearly every fault of the caller.
pub fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request("InvalidRequestException", message)
}

/// A member that is there and not null.
pub fn given<'a>(input: &'a Value, member: &str) -> Option<&'a Value> {
    input.get(member).filter(|v| !v.is_null())
}

/// The workgroup that a call names, else `primary`.
pub fn workgroup(input: &Value) -> &str {
    given(input, "WorkGroup").and_then(Value::as_str).unwrap_or("primary")
}

/// One page of a list: `{member: items, "NextToken"}`, by the input's `MaxResults` and `NextToken`. A token is the place
/// of its page's first item.
pub fn page(member: &str, items: Vec<Value>, input: &Value, most: usize) -> ServiceResult {
    paging::page(member, items, input, most, || invalid("Invalid NextToken"))
}

/// What an idempotent call made before under its token: the id. The same token with another request is refused.
pub fn made_before(store: &Store, operation: &str, input: &Value) -> Result<Option<String>, ServiceError> {
    let Some(token) = given(input, "ClientRequestToken").and_then(Value::as_str) else { return Ok(None) };
    match store.get::<(String, Value)>("athena/tokens", &format!("{operation} {token}"))? {
        None => Ok(None),
        Some((id, before)) if before == *input => Ok(Some(id)),
        Some(_) => Err(invalid("Idempotent parameters do not match")),
    }
}

/// Remembers what a call made, for [`made_before`].
pub fn remember(store: &Store, operation: &str, input: &Value, id: &str) -> Result<(), ServiceError> {
    if let Some(token) = given(input, "ClientRequestToken").and_then(Value::as_str) {
        store.put("athena/tokens", &format!("{operation} {token}"), &(id, input))?;
    }
    Ok(())
}
