//! Dashboards. What stands in one is in its versions ([`super::versions`]).

use serde_json::{Value, json};

use super::permissions::{self, Asset};
use super::support::{arn, conflict, copied, exists, given, invalid, not_found, page, public, text};
use super::{state, tags, versions};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::{Store, now};

/// Where dashboards are kept.
pub const COLLECTION: &str = "quicksight/dashboards";

/// The dashboard's document, or QuickSight's refusal.
pub fn existing(store: &Store, id: &str) -> ServiceResult {
    store.get(COLLECTION, id)?.ok_or_else(|| not_found(format!("Dashboard {id} does not exist")))
}

fn number(dashboard: &Value, member: &str) -> u64 {
    dashboard[member].as_u64().unwrap_or_default()
}

/// `CreateDashboard`: its first version is the published one, whatever becomes of it.
pub async fn create(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "DashboardId");
    if store.get::<Value>(COLLECTION, id)?.is_some() {
        return Err(exists(format!("Dashboard {id} already exists")));
    }
    let granted = permissions::new(store, Asset::Dashboard, input)?;
    let arn = arn(store, "dashboard", id);
    let version = versions::make(store, &arn, 1, input)?;
    let time = now();
    let dashboard = json!({
        "DashboardId": id,
        "Arn": arn,
        "Name": input["Name"],
        "CreatedTime": time,
        "LastPublishedTime": time,
        "LastUpdatedTime": time,
        "LinkEntities": given(input, "LinkEntities").cloned().unwrap_or_else(|| json!([])),
        "_published": 1,
        "_latest": 1,
        "_permissions": granted
    });
    tags::put_new(store, &arn, input)?;
    versions::clear(store, id)?;
    versions::put(store, id, &version)?;
    store.put(COLLECTION, id, &dashboard)?;
    Ok(answer(&dashboard, &version, 202))
}

/// `UpdateDashboard`: makes a version; the published one stays until it is moved.
pub async fn update(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "DashboardId");
    let mut dashboard = existing(store, id)?;
    let latest = versions::existing(store, id, number(&dashboard, "_latest"))?;
    if state::is_busy(&latest) {
        return Err(conflict(format!("Dashboard {id} is being created or updated")));
    }
    let next = number(&dashboard, "_latest") + 1;
    let version = versions::make(store, text(&dashboard, "Arn"), next, input)?;
    dashboard["Name"] = input["Name"].clone();
    dashboard["LastUpdatedTime"] = now().into();
    dashboard["_latest"] = next.into();
    versions::put(store, id, &version)?;
    store.put(COLLECTION, id, &dashboard)?;
    Ok(answer(&dashboard, &version, 202))
}

fn answer(dashboard: &Value, version: &Value, status: u16) -> Value {
    json!({
        "Arn": dashboard["Arn"],
        "VersionArn": version["Arn"],
        "DashboardId": dashboard["DashboardId"],
        "CreationStatus": version["Status"],
        "Status": status
    })
}

/// The version that a call names by `VersionNumber` or `AliasName`; the published one by default.
fn named(dashboard: &Value, input: &Value) -> Result<u64, ServiceError> {
    let alias = text(input, "AliasName");
    match (given(input, "VersionNumber").and_then(Value::as_u64), alias) {
        (Some(_), alias) if !alias.is_empty() => Err(invalid("VersionNumber and AliasName exclude each other")),
        (Some(version), _) => Ok(version),
        (None, "" | "$PUBLISHED") => Ok(number(dashboard, "_published")),
        (None, "$LATEST") => Ok(number(dashboard, "_latest")),
        (None, alias) => Err(invalid(format!("A dashboard has no alias {alias}"))),
    }
}

/// A version as a describe sees it; what was under way then ends.
fn looked_at(store: &Store, dashboard: &Value, input: &Value) -> ServiceResult {
    let id = text(dashboard, "DashboardId");
    let version = versions::existing(store, id, named(dashboard, input)?)?;
    let mut after = version.clone();
    if state::end(&mut after) {
        versions::put(store, id, &after)?;
    }
    Ok(version)
}

/// `DescribeDashboard`.
pub async fn describe(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let dashboard = existing(store, text(input, "DashboardId"))?;
    let version = looked_at(store, &dashboard, input)?;
    let mut shown = public(dashboard);
    shown["Version"] = public(version);
    Ok(json!({ "Dashboard": shown }))
}

/// `DescribeDashboardDefinition`.
pub async fn describe_definition(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let dashboard = existing(store, text(input, "DashboardId"))?;
    let version = looked_at(store, &dashboard, input)?;
    Ok(versions::with_definition(&dashboard, &version))
}

/// `ListDashboards`.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    let summary = |(_, dashboard): (String, Value)| {
        let members = ["Arn", "DashboardId", "Name", "CreatedTime", "LastUpdatedTime", "LastPublishedTime"];
        let mut summary = copied(&dashboard, &members);
        summary["PublishedVersionNumber"] = dashboard["_published"].clone();
        summary
    };
    page("DashboardSummaryList", store.list(COLLECTION)?.into_iter().map(summary).collect(), input)
}

/// `ListDashboardVersions`: the newest first.
pub async fn list_versions(store: &Store, input: &Value) -> ServiceResult {
    let id = text(input, "DashboardId");
    existing(store, id)?;
    let members = ["Arn", "CreatedTime", "VersionNumber", "Status", "SourceEntityArn", "Description"];
    let all = versions::all(store, id)?;
    page("DashboardVersionSummaryList", all.iter().rev().map(|v| copied(v, &members)).collect(), input)
}

/// `UpdateDashboardPublishedVersion`: a version that is still being made cannot be published yet, a failed one never.
pub async fn publish(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "DashboardId");
    let mut dashboard = existing(store, id)?;
    let wanted = input["VersionNumber"].as_u64().unwrap_or_default();
    let mut version = versions::existing(store, id, wanted)?;
    if state::is_busy(&version) {
        return Err(conflict(format!("Version {wanted} of dashboard {id} is still being created")));
    }
    if state::end(&mut version) {
        versions::put(store, id, &version)?;
    }
    if text(&version, "Status").ends_with("FAILED") {
        return Err(invalid(format!("Version {wanted} of dashboard {id} has failed and cannot be published")));
    }
    dashboard["_published"] = wanted.into();
    dashboard["LastPublishedTime"] = now().into();
    store.put(COLLECTION, id, &dashboard)?;
    Ok(json!({ "DashboardId": id, "DashboardArn": dashboard["Arn"] }))
}

/// `DeleteDashboard`: one version, or all of it.
pub async fn delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "DashboardId");
    let dashboard = existing(store, id)?;
    if let Some(wanted) = given(input, "VersionNumber").and_then(Value::as_u64) {
        versions::existing(store, id, wanted)?;
        if wanted == number(&dashboard, "_published") {
            return Err(invalid(format!("Version {wanted} of dashboard {id} is the published one")));
        }
        versions::remove(store, id, wanted)?;
    } else {
        if state::is_busy(&versions::existing(store, id, number(&dashboard, "_latest"))?) {
            return Err(conflict(format!("Dashboard {id} is being created or updated")));
        }
        // The process may die at any point, and a dashboard without its versions could be neither read nor deleted.
        store.delete(COLLECTION, id)?;
        versions::clear(store, id)?;
        tags::forget(store, text(&dashboard, "Arn"))?;
    }
    Ok(json!({ "Arn": dashboard["Arn"], "DashboardId": id }))
}

/// `DescribeDashboardPermissions`.
pub async fn describe_permissions(store: &Store, input: &Value) -> ServiceResult {
    Ok(permissions_answer(&existing(store, text(input, "DashboardId"))?))
}

/// `UpdateDashboardPermissions`. Links for everyone are not for the local cloud.
pub async fn update_permissions(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "DashboardId");
    let mut dashboard = existing(store, id)?;
    dashboard["_permissions"] = json!(permissions::updated(store, Asset::Dashboard, &dashboard, input)?);
    store.put(COLLECTION, id, &dashboard)?;
    Ok(permissions_answer(&dashboard))
}

fn permissions_answer(dashboard: &Value) -> Value {
    let listed = permissions::listed(&permissions::of(dashboard));
    json!({ "DashboardArn": dashboard["Arn"], "DashboardId": dashboard["DashboardId"], "Permissions": listed })
}
