//! What every operation of Glue needs: members of the input, pages, errors.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::local::error::ServiceError;

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
pub fn page(member: &str, items: Vec<Value>, input: &Value, most: usize) -> Result<Value, ServiceError> {
    let start = match input.get("NextToken").and_then(Value::as_str).filter(|t| !t.is_empty()) {
        None => 0,
        Some(token) => STANDARD
            .decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok())
            .ok_or_else(|| invalid("Invalid pagination token provided"))?,
    };
    let size = input.get("MaxResults").and_then(Value::as_u64).map_or(most, |n| n as usize).min(most);
    let total = items.len();
    let items: Vec<_> = items.into_iter().skip(start).take(size).collect();
    let next = start + items.len();
    let mut answer = json!({ member: items });
    if next < total {
        answer["NextToken"] = STANDARD.encode(next.to_string()).into();
    }
    Ok(answer)
}

/// `[{ErrorCode, ErrorMessage}]`, as the Batch operations list an item's failure.
pub fn detail(error: &ServiceError) -> Value {
    json!({ "ErrorCode": error.code, "ErrorMessage": error.message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let items = || (0..5).map(Value::from).collect::<Vec<_>>();
        let mut input = json!({ "MaxResults": 2 });
        let mut seen = Vec::new();
        loop {
            let answer = page("Items", items(), &input, 100).unwrap();
            seen.push(answer["Items"].clone());
            match answer.get("NextToken") {
                Some(token) => input["NextToken"] = token.clone(),
                None => break,
            }
        }
        assert_eq!(seen, [json!([0, 1]), json!([2, 3]), json!([4])]);
        assert_eq!(page("Items", items(), &json!({"NextToken": "?"}), 3).unwrap_err().code, "InvalidInputException");
    }
}
