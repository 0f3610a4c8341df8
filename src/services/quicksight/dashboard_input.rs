//! Dashboards between QuickSight's form and ours, as JSON: a definition travels whole, whatever this SDK knows of it.

use serde_json::{Value, json};

use crate::dashboard::definition::normalise;
use crate::resource::Fields;
use crate::services::fields;

/// The fields that make a new version.
pub(super) const FIELDS: &[&str] = &["name", "description", "theme", "definition"];

/// A dashboard as it was read.
#[derive(Debug)]
pub(super) struct Read {
    /// `Dashboard` of DescribeDashboard.
    pub(super) dashboard: Value,
    /// DescribeDashboardDefinition, whole.
    pub(super) definition: Value,
}

/// The managed fields of a live dashboard, but for its tags and permissions.
pub(super) fn fields_of(read: &Read) -> Fields {
    let version = &read.dashboard["Version"];
    let has_failed = version["Status"].as_str().is_some_and(|status| status.ends_with("_FAILED"));
    let definition = &read.definition["Definition"];
    Fields::from([
        ("name".to_owned(), read.dashboard["Name"].clone()),
        ("description".to_owned(), json!(version["Description"].as_str().unwrap_or_default())),
        ("theme".to_owned(), version["ThemeArn"].clone()),
        // One that could not be made has to be written again, and this shows it.
        ("definition".to_owned(), if has_failed || definition.is_null() { Value::Null } else { normalise(definition) }),
    ])
}

/// The body that makes a new dashboard, but for its tags and permissions.
pub(super) fn new(want: &Fields) -> Value {
    written(want, want.get("definition").cloned().unwrap_or_default())
}

/// The body that makes the next version of a live dashboard: what it is published with stays, and so does the definition
/// as QuickSight has it, unless that is what changes.
pub(super) fn changed(live: &Read, want: &Fields, names: &[String]) -> Value {
    let mut document = if fields::touches(names, "definition") {
        new(want)
    } else {
        written(want, without_nulls(&live.definition["Definition"]))
    };
    if live.definition["DashboardPublishOptions"].is_object() {
        document["DashboardPublishOptions"] = live.definition["DashboardPublishOptions"].clone();
    }
    document
}

/// Answers show members without a value as null; the service's model takes none in a request.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let given = members.iter().filter(|(_, member)| !member.is_null());
            Value::Object(given.map(|(name, member)| (name.clone(), without_nulls(member))).collect())
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

fn written(want: &Fields, definition: Value) -> Value {
    let mut document = json!({"Name": fields::text(want, "name"), "Definition": definition});
    for (member, field) in [("VersionDescription", "description"), ("ThemeArn", "theme")] {
        if let Some(text) = fields::text(want, field).filter(|text| !text.is_empty()) {
            document[member] = json!(text);
        }
    }
    document
}
