//! The JSON Schema of `pipeline.yaml`, for editors: written by the same readers that read it.

use serde_json::{Map as JsonMap, Value as Json, json};

use super::keys;
use super::read::Reader;

/// The schema, 2020-12, with descriptions.
pub fn schema() -> Json {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pipeline.yaml",
        "description": "A pipeline of pipectl: sources, tables, and the AWS resources that carry them.",
    });
    if let (Some(schema), Json::Object(root)) = (schema.as_object_mut(), keys::manifest().schema()) {
        schema.extend(root);
    }
    schema["$defs"] = json!({
        "interpolated": { "description": "A text that holds a variable.", "type": "string", "pattern": r"\$\{" },
        "variable": { "description": "A variable alone.", "type": "string", "pattern": r"^\$\{var\.[A-Za-z_][A-Za-z0-9_]*\}$" },
        "environment": environment(),
    });
    schema
}

/// The schema of an environment's entry: its own keys, and whatever it lays over the root, of which nothing is required
/// and everything may be null.
pub(super) fn environment() -> Json {
    let mut own = keys::own().schema();
    let root = relaxed(keys::manifest().schema());
    let mut properties = own["properties"].as_object().cloned().unwrap_or_default();
    let laid_over = root["properties"].as_object().cloned().unwrap_or_default();
    properties.extend(laid_over.into_iter().filter(|(key, _)| key != "environments"));
    own["properties"] = Json::Object(properties);
    own
}

/// A schema without what only a whole manifest must meet. Lists replace, so their items stay as they are.
fn relaxed(schema: Json) -> Json {
    let Json::Object(object) = schema else { return schema };
    let mut relaxed = JsonMap::new();
    for (key, value) in object {
        match (key.as_str(), value) {
            ("required" | "minProperties" | "default" | "oneOf" | "allOf", _) => {}
            ("properties", Json::Object(properties)) => {
                let properties =
                    properties.into_iter().map(|(key, value)| (key, or_null(relaxed_value(value)))).collect();
                relaxed.insert(key, Json::Object(properties));
            }
            ("additionalProperties", value @ Json::Object(_)) => {
                relaxed.insert(key, or_null(relaxed_value(value)));
            }
            ("anyOf", Json::Array(alternatives)) => {
                relaxed.insert(key, alternatives.into_iter().map(self::relaxed).collect());
            }
            (_, value) => {
                relaxed.insert(key, value);
            }
        }
    }
    Json::Object(relaxed)
}

fn relaxed_value(schema: Json) -> Json {
    if schema["type"] == "array" { schema } else { relaxed(schema) }
}

/// The schema, or null. The description stays outside, where editors look for it.
fn or_null(mut schema: Json) -> Json {
    let description = schema.as_object_mut().and_then(|object| object.shift_remove("description"));
    let mut either = match schema["anyOf"].as_array_mut() {
        Some(alternatives) => {
            alternatives.push(json!({ "type": "null" }));
            schema
        }
        None => json!({ "anyOf": [schema, { "type": "null" }] }),
    };
    if let (Some(description), Some(object)) = (description, either.as_object_mut()) {
        object.shift_insert(0, "description".into(), description);
    }
    either
}
