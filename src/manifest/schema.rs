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
    if let Json::Object(definitions) = &mut schema["$defs"] {
        definitions.extend(keys::definitions().map(|(name, schema)| (name.to_string(), schema)));
    }
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
    own["type"] = json!(["object", "null"]);
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

/// The schema, or null.
fn or_null(mut schema: Json) -> Json {
    if let Some(alternatives) = schema.get_mut("anyOf").and_then(Json::as_array_mut) {
        alternatives.push(json!({ "type": "null" }));
        return schema;
    }
    let mut types = match schema.get("type") {
        Some(Json::Array(several)) => several.clone(),
        Some(one) => vec![one.clone()],
        None => return schema,
    };
    if !types.contains(&json!("null")) {
        types.push(json!("null"));
    }
    schema["type"] = Json::Array(types);
    schema
}
