//! The field diff: two sets of managed fields of one kind -> the paths that differ, with both values.
//!
//! Everything follows from the kind's [`Spec`] table. A field that is absent, or null, is its declared default, so
//! taking a line out of the manifest is a change back to the default.
//!
//! Paths: `workers`; members behind dots (`tags.team`, `configuration.CrawlerOutput.Partitions`); elements in brackets
//! by name where they have one, else by position (`columns[release_date].type`, `s3_targets[0].path`).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::canonical;
use super::document::FieldChange;
use super::policy;
use crate::resource::kinds::specs;
use crate::resource::{Fields, Kind, Shape, Spec, listed};

/// What stands for a value that is never shown.
pub const SENSITIVE: &str = "(sensitive)";

/// What becomes of map entries that the wanted side does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Foreign {
    /// Those that are not listed as ours are somebody else's: left alone, no difference.
    Leave,
    /// They count.
    Count,
}

/// What must change to make `live` as `want`; entries of maps that `want` does not name are left alone, unless the map lists
/// them as ours. Empty when nothing differs.
pub fn diff(kind: Kind, live: &Fields, want: &Fields) -> Vec<FieldChange> {
    compare(kind, live, want, Foreign::Leave)
}

/// Every difference between two states of one resource, foreign map entries included.
pub fn between(kind: Kind, before: &Fields, after: &Fields) -> Vec<FieldChange> {
    compare(kind, before, after, Foreign::Count)
}

/// What a new resource is made with: every field that is neither null nor empty, maps by key.
pub fn creation(kind: Kind, want: &Fields) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for spec in specs(kind) {
        let after = normal(spec, &value(spec, want));
        let entries = match (&after, spec.shape) {
            (Value::Object(entries), Shape::Map) => {
                let told = entries.iter().filter(|(key, _)| spec.list != Some(key.as_str()));
                told.map(|(key, v)| (member(spec.name, key), v.clone())).collect()
            }
            _ => vec![(spec.name.to_owned(), after)],
        };
        for (path, after) in entries.into_iter().filter(|(_, v)| !is_empty(v)) {
            changes.push(masked(spec, FieldChange { path, before: Value::Null, after }));
        }
    }
    changes
}

/// The names of the fields that `changes` touch, in the kind's order, each once.
pub fn names(kind: Kind, changes: &[FieldChange]) -> Vec<&'static str> {
    specs(kind).iter().map(|spec| spec.name).filter(|name| changes.iter().any(|c| field_of(&c.path) == *name)).collect()
}

/// The field that a path stands in: `tags.team` -> `tags`.
pub fn field_of(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}

/// The value of a field, absence and null being its default.
pub fn value(spec: &Spec, fields: &Fields) -> Value {
    fields.get(spec.name).filter(|v| !v.is_null()).cloned().unwrap_or_else(|| spec.default_value())
}

/// The normal form of a field's value: equal fields have equal normal forms.
pub fn normal(spec: &Spec, value: &Value) -> Value {
    match (spec.shape, value) {
        (Shape::Set, Value::Array(items)) => Value::Array(canonical::set(items)),
        (Shape::Policy, _) => policy::normal(value),
        (Shape::Json, Value::String(text)) => match serde_json::from_str::<Value>(text) {
            Ok(parsed) if parsed.is_object() || parsed.is_array() => canonical::normal(&parsed),
            _ => value.clone(),
        },
        _ => canonical::normal(value),
    }
}

fn compare(kind: Kind, before: &Fields, after: &Fields, foreign: Foreign) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    // Most fields of most resources are equal as they stand; normal forms of whole dashboards are dear.
    for spec in specs(kind).iter().filter(|spec| before.get(spec.name) != after.get(spec.name)) {
        let found = field(spec, &value(spec, before), &value(spec, after), foreign);
        changes.extend(found.into_iter().map(|change| masked(spec, change)));
    }
    changes
}

fn field(spec: &Spec, before: &Value, after: &Value, foreign: Foreign) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    match spec.shape {
        Shape::Map => map(spec, before, after, foreign, &mut changes),
        Shape::Policy if !spec.sensitive => changes = policy::diff(spec.name, before, after),
        Shape::Json if !spec.sensitive => walk(spec.name, &normal(spec, before), &normal(spec, after), &mut changes),
        Shape::List if !spec.sensitive => walk(spec.name, &normal(spec, before), &normal(spec, after), &mut changes),
        _ => whole(spec.name, normal(spec, before), normal(spec, after), &mut changes),
    }
    changes
}

fn map(spec: &Spec, before: &Value, after: &Value, foreign: Foreign, changes: &mut Vec<FieldChange>) {
    let path = spec.name;
    let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
        return whole(path, canonical::normal(before), canonical::normal(after), changes);
    };
    let mut keys: BTreeSet<&String> = new.keys().collect();
    keys.extend(old.keys().filter(|key| foreign == Foreign::Count || is_ours(spec, old, key)));
    for key in keys {
        let side = |map: &Map<String, Value>| map.get(key).map_or(Value::Null, canonical::normal);
        walk(&member(path, key), &side(old), &side(new), changes);
    }
    // The list goes along unsaid with the entries it names.
    if let (Foreign::Leave, Some(list)) = (foreign, spec.list.map(|list| member(path, list)))
        && changes.iter().any(|change| change.path != list)
    {
        changes.retain(|change| change.path != list);
    }
}

/// Whether an entry of a live map is ours by its list, the list among them.
pub fn is_ours(spec: &Spec, live: &Map<String, Value>, key: &str) -> bool {
    let Some(list) = spec.list else { return false };
    key == list || live.get(list).and_then(Value::as_str).is_some_and(|list| listed::lists(list, key))
}

/// Tells the differences of two normal values per path.
fn walk(path: &str, before: &Value, after: &Value, changes: &mut Vec<FieldChange>) {
    if before == after {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
                let side = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or(Value::Null);
                walk(&member(path, key), &side(old), &side(new), changes);
            }
        }
        (Value::Array(old), Value::Array(new)) => match (by_name(old), by_name(new)) {
            (Some(old), Some(new)) => named(path, &old, &new, changes),
            _ if old.len() == new.len() => {
                for (at, (old, new)) in old.iter().zip(new).enumerate() {
                    walk(&format!("{path}[{at}]"), old, new, changes);
                }
            }
            _ => whole(path, before.clone(), after.clone(), changes),
        },
        _ => whole(path, before.clone(), after.clone(), changes),
    }
}

/// A list of objects that all have a name of their own, such as columns.
fn by_name(items: &[Value]) -> Option<Vec<(&str, &Value)>> {
    let named: Vec<(&str, &Value)> =
        items.iter().map(|item| Some((item.get("name")?.as_str()?, item))).collect::<Option<_>>()?;
    let distinct: BTreeSet<&str> = named.iter().map(|(name, _)| *name).collect();
    (distinct.len() == named.len()).then_some(named)
}

fn named(path: &str, before: &[(&str, &Value)], after: &[(&str, &Value)], changes: &mut Vec<FieldChange>) {
    let find = |side: &[(&str, &Value)], name: &str| {
        side.iter().find(|(n, _)| *n == name).map_or(Value::Null, |(_, v)| (*v).clone())
    };
    for (name, old) in before {
        walk(&format!("{path}[{name}]"), old, &find(after, name), changes);
    }
    for (name, new) in after.iter().filter(|(name, _)| !before.iter().any(|(n, _)| n == name)) {
        walk(&format!("{path}[{name}]"), &Value::Null, new, changes);
    }
    let common = |side: &[(&str, &Value)], other: &[(&str, &Value)]| -> Vec<String> {
        side.iter().map(|(n, _)| (*n).to_owned()).filter(|n| other.iter().any(|(o, _)| o == n)).collect()
    };
    let (old, new) = (common(before, after), common(after, before));
    if old != new {
        whole(&format!("{path}[order]"), json!(old), json!(new), changes);
    }
}

fn whole(path: &str, before: Value, after: Value, changes: &mut Vec<FieldChange>) {
    if before != after {
        changes.push(FieldChange { path: path.to_owned(), before, after });
    }
}

/// `path.key`; a key that would not read as one is quoted in brackets.
fn member(path: &str, key: &str) -> String {
    if key.is_empty() || key.contains(['.', '[', ']', ' ', '"']) {
        format!("{path}[{key:?}]")
    } else {
        format!("{path}.{key}")
    }
}

fn masked(spec: &Spec, mut change: FieldChange) -> FieldChange {
    if spec.sensitive {
        for side in [&mut change.before, &mut change.after] {
            if !side.is_null() {
                *side = json!(SENSITIVE);
            }
        }
    }
    change
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
