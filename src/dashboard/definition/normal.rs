//! The normal form of definitions: two that mean the same are equal in it, whatever QuickSight filled in or re-ordered.

use serde_json::{Map, Value};

use super::{defaults, lists, spelling};

/// Objects without members that mean something by being there.
const SPEAKING: [&str; 3] = ["AllSheets", "DataDriven", "Logarithmic"];

/// The normal form of a `DashboardVersionDefinition`, ours or anyone's: members with QuickSight's defaults, nulls and
/// empty objects and lists are gone ([`defaults`]), lists without meaning of order are sorted by id ([`lists`]), texts
/// that can be written in two ways are written in one ([`spelling`]), whole numbers are integers, members are in
/// alphabetical order. The normal form of a normal form is itself.
///
/// terraform-provider-aws#32100, #36733, #37036 and #44281 tell what comes back other than it was sent.
pub fn normalise(definition: &Value) -> Value {
    normal(definition.clone(), &mut Vec::new())
}

/// `path` are the names of the members from the definition down to `value`, lists not counted.
fn normal(value: Value, path: &mut Vec<String>) -> Value {
    match value {
        Value::Object(members) => object(members, path),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(|item| normal(item, path)).collect();
            if items.iter().all(is_empty) {
                items.clear();
            }
            lists::order(path, &mut items);
            Value::Array(items)
        }
        Value::Number(number) => spelling::number(&number),
        Value::String(text) => spelling::text(path, text),
        other => other,
    }
}

fn object(members: Map<String, Value>, path: &mut Vec<String>) -> Value {
    let mut kept = Map::new();
    let mut members: Vec<(String, Value)> = members.into_iter().collect();
    members.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (name, value) in members {
        path.push(name);
        let value = normal(value, path);
        let dropped = defaults::is_default(path, &value);
        let name = path.pop().unwrap_or_default();
        let gone = is_empty(&value) && !(SPEAKING.contains(&name.as_str()) && value.is_object());
        if !dropped && !gone {
            kept.insert(name, value);
        }
    }
    spelling::title(path, &mut kept);
    defaults::default_tooltip(&mut kept);
    lists::order_on_sheet(&mut kept);
    Value::Object(kept)
}

/// NULL, or an object or a list of nothing. A text of nothing is a text.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}
