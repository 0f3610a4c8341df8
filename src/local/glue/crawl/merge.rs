//! A table's columns after a crawl.

use serde_json::{Value, json};

use super::super::support::name;
use super::Policy;

/// The columns of a table that is there after its files said `found`; partition keys are never columns. What stays
/// keeps its comment.
pub fn columns(table: &Value, found: &[(String, String)], policy: Policy) -> Value {
    let old = table["StorageDescriptor"]["Columns"].clone();
    if !policy.updates {
        return old;
    }
    let is_key =
        |column: &str| table["PartitionKeys"].as_array().is_some_and(|k| k.iter().any(|k| name(k, "Name") == column));
    let known = |column: &str| old.as_array().and_then(|list| list.iter().find(|c| name(c, "Name") == column));
    let found = found.iter().filter(|(column, _)| !is_key(column));
    if policy.merges {
        let mut merged = old.as_array().cloned().unwrap_or_default();
        let new = found.filter(|(column, _)| known(column).is_none());
        merged.extend(new.map(|(column, kind)| json!({ "Name": column, "Type": kind })));
        return merged.into();
    }
    found
        .map(|(column, kind)| {
            let mut fresh = json!({ "Name": column, "Type": kind });
            if let Some(comment) = known(column).and_then(|c| c.get("Comment")) {
                fresh["Comment"] = comment.clone();
            }
            fresh
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_decides() {
        let table = json!({
            "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "int", "Comment": "c"}, {"Name": "gone", "Type": "int"}]},
            "PartitionKeys": [{"Name": "k", "Type": "string"}]
        });
        let found = [("a".to_owned(), "bigint".to_owned()), ("k".into(), "int".into()), ("new".into(), "date".into())];
        let policy = |updates, merges| Policy { updates, merges, inherits: false, new_only: false };
        let old = table["StorageDescriptor"]["Columns"].clone();
        assert_eq!(columns(&table, &found, policy(false, true)), old);
        assert_eq!(
            columns(&table, &found, policy(true, true)),
            json!([old[0], old[1], {"Name": "new", "Type": "date"}])
        );
        assert_eq!(
            columns(&table, &found, policy(true, false)),
            json!([{"Name": "a", "Type": "bigint", "Comment": "c"}, {"Name": "new", "Type": "date"}])
        );
    }
}
