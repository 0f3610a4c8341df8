//! The committed JSON Schema is the one the readers write.

use std::path::Path;

use serde_json::Value as Json;

use crate::manifest::schema;

/// Run with PIPECTL_REGENERATE=1 to write the file anew.
#[test]
fn the_committed_schema_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline.schema.json");
    let current = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
    if std::env::var_os("PIPECTL_REGENERATE").is_some() {
        std::fs::write(&path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == current,
        "pipeline.schema.json is stale: run this test with PIPECTL_REGENERATE=1 and commit the file"
    );
}

#[test]
fn every_key_has_a_description_and_every_map_is_closed() {
    fn walk(schema: &Json, at: &str, count: &mut usize) {
        if let Some(properties) = schema["properties"].as_object() {
            assert_eq!(schema["additionalProperties"], false, "{at}");
            for (key, schema) in properties {
                *count += 1;
                assert!(
                    schema["description"].as_str().is_some_and(|doc| doc.len() > 5),
                    "{at}.{key} has no description"
                );
            }
        }
        match schema {
            Json::Object(object) => object.iter().for_each(|(key, value)| walk(value, &format!("{at}.{key}"), count)),
            Json::Array(items) => items.iter().for_each(|value| walk(value, at, count)),
            _ => {}
        }
    }
    let mut count = 0;
    walk(&schema(), "", &mut count);
    assert!(count > 120, "{count} keys");
}

#[test]
fn defaults_have_their_keys_type() {
    let schema = schema();
    let job = &schema["properties"]["job"]["properties"];
    assert_eq!(job["glue_version"]["default"], "5.0");
    assert_eq!(job["workers"]["default"], 2);
    assert_eq!(schema["properties"]["protect"]["default"], false);
    assert_eq!(schema["required"], serde_json::json!(["name", "region", "storage", "sources", "tables"]));
}
