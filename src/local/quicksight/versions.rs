//! Versions of a dashboard: a definition, what was found wrong with it, and how it is answered.

use serde_json::{Value, json};

use super::definition::{self, Found};
use super::state;
use super::support::{given, invalid, not_found, text};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::{Store, now};

/// The themes that everybody has.
const THEMES: [&str; 4] = ["CLASSIC", "MIDNIGHT", "RAINIER", "SEASIDE"];

fn collection(dashboard: &str) -> String {
    format!("quicksight/versions/{dashboard}")
}

/// Names sort as numbers do.
fn name(version: u64) -> String {
    format!("{version:08}")
}

/// The version's document, or QuickSight's refusal.
pub fn existing(store: &Store, dashboard: &str, version: u64) -> ServiceResult {
    let missing = || not_found(format!("Version {version} of dashboard {dashboard} does not exist"));
    store.get(&collection(dashboard), &name(version))?.ok_or_else(missing)
}

/// All versions, the oldest first.
pub fn all(store: &Store, dashboard: &str) -> Result<Vec<Value>, ServiceError> {
    Ok(store.list(&collection(dashboard))?.into_iter().map(|(_, version)| version).collect())
}

/// Writes a version.
pub fn put(store: &Store, dashboard: &str, version: &Value) -> Result<(), ServiceError> {
    let number = version["VersionNumber"].as_u64().unwrap_or_default();
    Ok(store.put(&collection(dashboard), &name(number), version)?)
}

/// Removes a version.
pub fn remove(store: &Store, dashboard: &str, version: u64) -> Result<(), ServiceError> {
    store.delete(&collection(dashboard), &name(version))?;
    Ok(())
}

/// Removes all versions.
pub fn clear(store: &Store, dashboard: &str) -> Result<(), ServiceError> {
    Ok(store.clear(&collection(dashboard))?)
}

/// A version from a Create or Update call, being created. Whether it will fail is decided by the data sets of now; under
/// `ValidationStrategy` `LENIENT` it will not, but its errors are listed.
pub fn make(store: &Store, dashboard: &str, number: u64, input: &Value) -> ServiceResult {
    let definition = match (given(input, "Definition"), given(input, "SourceEntity")) {
        (Some(definition), None) => definition,
        (None, Some(_)) => return Err(not_found("The local cloud has no templates to make a dashboard from")),
        _ => return Err(invalid("Exactly one of Definition, SourceEntity is required")),
    };
    let theme = text(input, "ThemeArn");
    let is_known = theme.split_once(":quicksight::aws:theme/").is_some_and(|(_, name)| THEMES.contains(&name));
    if !theme.is_empty() && !is_known {
        return Err(not_found(format!("Theme {theme} does not exist")));
    }
    definition::check_ids(definition)?;
    let Found { errors, data_sets } = definition::check(store, definition)?;
    let sheets = definition["Sheets"].as_array().into_iter().flatten();
    let sheets: Vec<_> = sheets.map(|sheet| json!({ "SheetId": sheet["SheetId"], "Name": sheet["Name"] })).collect();
    let is_lenient = text(&input["ValidationStrategy"], "Mode") == "LENIENT";
    let end = if errors.is_empty() || is_lenient { "CREATION_SUCCESSFUL" } else { "CREATION_FAILED" };
    let mut version = json!({
        "VersionNumber": number,
        "Arn": format!("{dashboard}/version/{number}"),
        "CreatedTime": now(),
        "Errors": [],
        "SourceEntityArn": null,
        "DataSetArns": data_sets,
        "Description": given(input, "VersionDescription"),
        "ThemeArn": given(input, "ThemeArn"),
        "Sheets": sheets,
        "_definition": definition,
        "_publish_options": given(input, "DashboardPublishOptions")
    });
    state::begin(&mut version, "CREATION_IN_PROGRESS", json!({ "Status": end, "Errors": errors }));
    Ok(version)
}

/// The answer of `DescribeDashboardDefinition`: the definition with what the server fills in.
pub fn with_definition(dashboard: &Value, version: &Value) -> Value {
    json!({
        "DashboardId": dashboard["DashboardId"],
        "Name": dashboard["Name"],
        "Errors": version["Errors"],
        "ResourceStatus": version["Status"],
        "ThemeArn": version["ThemeArn"],
        "Definition": definition::answered(&version["_definition"]),
        "DashboardPublishOptions": publish_options(&version["_publish_options"])
    })
}

/// <https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateDashboard.html> names the defaults.
fn publish_options(options: &Value) -> Value {
    let status = |member: &str, inner: &str, default: &str| {
        let value = given(&options[member], inner).cloned().unwrap_or_else(|| default.into());
        json!({ inner: value })
    };
    json!({
        "AdHocFilteringOption": status("AdHocFilteringOption", "AvailabilityStatus", "ENABLED"),
        "ExportToCSVOption": status("ExportToCSVOption", "AvailabilityStatus", "ENABLED"),
        "SheetControlsOption": status("SheetControlsOption", "VisibilityState", "COLLAPSED")
    })
}
