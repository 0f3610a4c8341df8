//! How IAM cuts its lists into pages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::input::{Input, invalid};
use crate::local::error::ServiceResult;

/// A page of `items`, which are sorted by their names, as the members of an output: the list as `member`, `IsTruncated`,
/// and `Marker` when there is more.
pub fn page(member: &str, items: Vec<(String, Value)>, input: &Input) -> ServiceResult {
    let most = input.number("MaxItems", 1, 1000)?.unwrap_or(100) as usize;
    let after = match input.text("Marker") {
        None => None,
        Some(marker) => {
            let decoded = STANDARD.decode(marker).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            Some(decoded.ok_or_else(|| invalid(format!("Invalid Marker: {marker}")))?)
        }
    };
    let mut items = items.into_iter().filter(|(name, _)| after.as_ref().is_none_or(|after| name > after));
    let page: Vec<(String, Value)> = items.by_ref().take(most).collect();
    let more = items.next().is_some();
    let marker = page.last().filter(|_| more).map(|(name, _)| STANDARD.encode(name));
    let values: Vec<Value> = page.into_iter().map(|(_, value)| value).collect();
    Ok(json!({ member: values, "IsTruncated": more, "Marker": marker }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let items: Vec<_> = ["a", "b", "c"].map(|n| (n.to_owned(), Value::from(n))).to_vec();
        let first = page("X", items.clone(), &Input::new(json!({ "MaxItems": "2" }))).unwrap();
        assert_eq!((&first["X"], &first["IsTruncated"]), (&json!(["a", "b"]), &json!(true)));
        let second =
            page("X", items.clone(), &Input::new(json!({ "MaxItems": "2", "Marker": first["Marker"] }))).unwrap();
        assert_eq!(second, json!({ "X": ["c"], "IsTruncated": false, "Marker": null }));
        assert!(page("X", items, &Input::new(json!({ "MaxItems": "0" }))).is_err());
    }
}
