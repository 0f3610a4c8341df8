//! States that end later: an asset is `CREATION_IN_PROGRESS` or `UPDATE_IN_PROGRESS` first, and then what became of it.
//!
//! How it ends is known at once here. It is shown to the second look: the first describe after a change always sees it in
//! progress, as callers must be ready for. Who never looks is held up for [`BUSY`].

use serde_json::Value;

use super::support::members;
use crate::local::store::now;

/// How long a change is under way when nobody looks, in seconds.
const BUSY: f64 = 2.0;

/// Begins a change: the document shows `status` now and the members of `end` afterwards.
pub fn begin(document: &mut Value, status: &str, end: Value) {
    document["Status"] = status.into();
    document["_end"] = end;
    document["_since"] = now().into();
}

/// Whether a change is under way.
pub fn is_busy(document: &Value) -> bool {
    document.get("_end").is_some() && now() - document["_since"].as_f64().unwrap_or_default() < BUSY
}

/// Ends a change that is under way; whether there was one.
pub fn end(document: &mut Value) -> bool {
    let end = members(&document["_end"]);
    let Some(object) = document.as_object_mut() else { return false };
    if object.shift_remove("_end").is_none() {
        return false;
    }
    object.shift_remove("_since");
    object.extend(end);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_is_seen_before_its_end() {
        let mut document = json!({ "Name": "n" });
        begin(
            &mut document,
            "CREATION_IN_PROGRESS",
            json!({ "Status": "CREATION_FAILED", "ErrorInfo": { "Type": "T" } }),
        );
        assert!(is_busy(&document));
        assert_eq!(document["Status"], "CREATION_IN_PROGRESS");
        document["_since"] = 0.into();
        assert!(!is_busy(&document), "nobody has looked for long");
        assert!(end(&mut document));
        assert_eq!(document, json!({ "Name": "n", "Status": "CREATION_FAILED", "ErrorInfo": { "Type": "T" } }));
        assert!(!end(&mut document) && !is_busy(&document));
    }
}
