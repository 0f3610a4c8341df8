//! Pages of lists, as the JSON services give them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::error::{ServiceError, ServiceResult};

/// One page of a list: `{member: items, "NextToken"}`, by the input's `MaxResults` (at most `most`, which is also the
/// default) and `NextToken`. A token is the place of its page's first item; `refuse` is the service's answer to one that is
/// none.
pub fn page(
    member: &str,
    items: Vec<Value>,
    input: &Value,
    most: usize,
    refuse: impl FnOnce() -> ServiceError,
) -> ServiceResult {
    let start = match input.get("NextToken").and_then(Value::as_str).filter(|token| !token.is_empty()) {
        None => 0,
        Some(token) => place(token).ok_or_else(refuse)?,
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

fn place(token: &str) -> Option<usize> {
    String::from_utf8(STANDARD.decode(token).ok()?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let items = || (0..5).map(Value::from).collect::<Vec<_>>();
        let refuse = || ServiceError::bad_request("InvalidInputException", "no token");
        let mut input = json!({ "MaxResults": 2 });
        let mut seen = Vec::new();
        loop {
            let answer = page("Items", items(), &input, 100, refuse).unwrap();
            seen.push(answer["Items"].clone());
            match answer.get("NextToken") {
                Some(token) => input["NextToken"] = token.clone(),
                None => break,
            }
        }
        assert_eq!(seen, [json!([0, 1]), json!([2, 3]), json!([4])]);
        let wrong = page("Items", items(), &json!({ "NextToken": "?" }), 3, refuse).unwrap_err();
        assert_eq!(wrong.code, "InvalidInputException");
    }
}
