//! Reading and writing managed fields: JSON values in the shapes that `resource::kinds` declares.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::resource::{Fields, Resource, listed};

/// The text of a field; `None` when absent or null.
pub fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str)
}

/// The number of a field.
pub fn int(fields: &Fields, name: &str) -> Option<i32> {
    fields.get(name).and_then(Value::as_i64).and_then(|n| i32::try_from(n).ok())
}

/// The truth of a field.
pub fn flag(fields: &Fields, name: &str) -> Option<bool> {
    fields.get(name).and_then(Value::as_bool)
}

/// The entries of a map field, values that are no text as JSON.
pub fn map(fields: &Fields, name: &str) -> BTreeMap<String, String> {
    let entries = fields.get(name).and_then(Value::as_object).into_iter().flatten();
    entries.map(|(key, value)| (key.clone(), plain(value))).collect()
}

/// The items of a list field.
pub fn items<'a>(fields: &'a Fields, name: &str) -> &'a [Value] {
    fields.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A JSON field as the text AWS wants; `None` when absent or null.
pub fn json_text(fields: &Fields, name: &str) -> Option<String> {
    fields.get(name).filter(|value| !value.is_null()).map(plain)
}

/// A map as a field's value, sorted by key.
pub fn object<'a>(entries: impl IntoIterator<Item = (&'a String, &'a String)>) -> Value {
    let sorted: BTreeMap<_, _> = entries.into_iter().collect();
    Value::Object(sorted.into_iter().map(|(k, v)| (k.clone(), Value::from(v.clone()))).collect::<Map<_, _>>())
}

/// Text that came from AWS as JSON where it is JSON, else as a string.
pub fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// The wanted entries of a map field laid over the live ones, so that foreign entries survive a write of the whole map. What
/// is listed as ours and no longer wanted is left out.
pub fn merged(live: &Fields, want: &Fields, name: &str) -> BTreeMap<String, String> {
    listed::merged(&map(live, name), &map(want, name), list(name))
}

/// The keys of a live map field that are ours and left the manifest, for services that take entries away by key.
pub fn gone(live: &Fields, want: &Fields, name: &str) -> Vec<String> {
    listed::gone(&map(live, name), &map(want, name), list(name))
}

/// The entry of a map field that lists which others are ours.
fn list(name: &str) -> &'static str {
    if name == "arguments" { listed::ARGUMENTS } else { listed::TAGS }
}

/// A map in the form SDK builders take.
pub fn hash(entries: BTreeMap<String, String>) -> HashMap<String, String> {
    entries.into_iter().collect()
}

/// A part of a resource's identity; that it is there is a promise of ours.
pub fn id<'a>(resource: &'a Resource, name: &str) -> Result<&'a str> {
    resource
        .identity
        .get(name)
        .map(String::as_str)
        .ok_or_else(|| Error::bug(format!("`{}` has no `{name}` in its identity", resource.address)))
}

/// Whether `changed` (field names or paths into them) touches the field.
pub fn touches(changed: &[String], name: &str) -> bool {
    changed.iter().any(|path| path.split(['.', '[']).next() == Some(name))
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(value: Value) -> Fields {
        value.as_object().unwrap().clone().into_iter().collect()
    }

    #[test]
    fn foreign_entries_survive_and_ours_win() {
        let live = fields(json!({"tags": {"cost": "1", "team": "old"}}));
        let want = fields(json!({"tags": {"team": "new"}}));
        let merged = merged(&live, &want, "tags");
        assert_eq!(merged, BTreeMap::from([("cost".into(), "1".into()), ("team".into(), "new".into())]));
    }

    #[test]
    fn paths_touch_their_field() {
        let changed = ["tags.team".to_owned(), "columns[id].type".to_owned(), "workers".to_owned()];
        assert!(["tags", "columns", "workers"].iter().all(|name| touches(&changed, name)));
        assert!(!touches(&changed, "worker_type"));
    }
}
