//! Data sources: connections to Athena.

use serde_json::{Value, json};

use super::permissions::{self, Asset};
use super::support::{arn, conflict, copied, denied, exists, given, invalid, not_found, page, public, text};
use super::{state, tags};
use crate::local::athena::workgroups;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::iam::role;
use crate::local::store::{Store, now};

/// Where data sources are kept.
pub const COLLECTION: &str = "quicksight/data-sources";

/// The data source's document, or QuickSight's refusal.
pub fn existing(store: &Store, id: &str) -> ServiceResult {
    store.get(COLLECTION, id)?.ok_or_else(|| not_found(format!("Data source {id} does not exist")))
}

/// Why a connection cannot be used, as `{Type, Message}`; `None` when it can.
pub fn fault(store: &Store, source: &Value) -> Result<Option<Value>, ServiceError> {
    let group = text(&source["DataSourceParameters"]["AthenaParameters"], "WorkGroup");
    let reason = match workgroups::existing(store, group) {
        Ok(found) if text(&found, "State") == "DISABLED" => format!("WorkGroup {group} is disabled."),
        Ok(_) => return Ok(None),
        Err(error) if error.status == 400 => error.message,
        Err(error) => return Err(error),
    };
    let message = format!(
        "[Simba][AthenaJDBC](100071) An error has been thrown from the AWS Athena client. {reason} [Execution ID not \
         available]"
    );
    Ok(Some(json!({ "Type": "GENERIC_SQL_FAILURE", "Message": message })))
}

/// `CreateDataSource`.
pub async fn create(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "DataSourceId");
    if store.get::<Value>(COLLECTION, id)?.is_some() {
        return Err(exists(format!("Data source {id} already exists")));
    }
    if text(input, "Type") != "ATHENA" {
        return Err(invalid(format!(
            "The local cloud has data sources of type ATHENA only, not {}",
            text(input, "Type")
        )));
    }
    let granted = permissions::new(store, Asset::DataSource, input)?;
    let mut source = copied(input, &["Name", "Type", "VpcConnectionProperties", "SslProperties"]);
    source["Arn"] = arn(store, "datasource", id).into();
    source["DataSourceId"] = id.into();
    source["CreatedTime"] = now().into();
    source["_permissions"] = json!(granted);
    connect(store, &mut source, input, "CREATION")?;
    tags::put_new(store, text(&source, "Arn"), input)?;
    store.put(COLLECTION, id, &source)?;
    Ok(json!({ "Arn": source["Arn"], "DataSourceId": id, "CreationStatus": "CREATION_IN_PROGRESS", "Status": 202 }))
}

/// `UpdateDataSource`. Without `DataSourceParameters` the workgroup falls back to `primary`
/// (hashicorp/terraform-provider-aws#31334).
pub async fn update(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "DataSourceId");
    let mut source = existing(store, id)?;
    if state::is_busy(&source) {
        return Err(conflict(format!("Data source {id} is being created or updated")));
    }
    state::end(&mut source);
    source["Name"] = input["Name"].clone();
    connect(store, &mut source, input, "UPDATE")?;
    store.put(COLLECTION, id, &source)?;
    Ok(json!({ "Arn": source["Arn"], "DataSourceId": id, "UpdateStatus": "UPDATE_IN_PROGRESS", "Status": 202 }))
}

/// Takes the parameters of a call over and begins the change; a role that cannot be assumed is refused at once.
fn connect(store: &Store, source: &mut Value, input: &Value, change: &str) -> Result<(), ServiceError> {
    let mut parameters = copied(
        &input["DataSourceParameters"]["AthenaParameters"],
        &["WorkGroup", "RoleArn", "ConsumerAccountRoleArn", "IdentityCenterConfiguration"],
    );
    let group = text(&parameters, "WorkGroup");
    parameters["WorkGroup"] = if group.is_empty() { "primary".into() } else { group.into() };
    if let Some(arn) = given(&parameters, "RoleArn").and_then(Value::as_str)
        && !role::trusts(store, arn, "quicksight.amazonaws.com")?
    {
        let message = "Failed to assume your role. Verify the trust relationships of the role in the IAM console";
        return Err(denied(message));
    }
    source["DataSourceParameters"] = json!({ "AthenaParameters": parameters });
    source["LastUpdatedTime"] = now().into();
    let end = match fault(store, source)? {
        None => json!({ "Status": format!("{change}_SUCCESSFUL"), "ErrorInfo": null }),
        Some(error) => json!({ "Status": format!("{change}_FAILED"), "ErrorInfo": error }),
    };
    state::begin(source, &format!("{change}_IN_PROGRESS"), end);
    Ok(())
}

/// `DescribeDataSource`.
pub async fn describe(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "DataSourceId");
    let mut source = existing(store, id)?;
    let shown = public(source.clone());
    if state::end(&mut source) {
        store.put(COLLECTION, id, &source)?;
    }
    Ok(json!({ "DataSource": shown }))
}

/// `ListDataSources`.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    let all = store.list::<Value>(COLLECTION)?.into_iter().map(|(_, source)| public(source)).collect();
    page("DataSources", all, input)
}

/// `DeleteDataSource`. Data sets over it stay, and fail from then on.
pub async fn delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "DataSourceId");
    let source = existing(store, id)?;
    store.delete(COLLECTION, id)?;
    tags::forget(store, text(&source, "Arn"))?;
    Ok(json!({ "Arn": source["Arn"], "DataSourceId": id }))
}

/// `DescribeDataSourcePermissions`.
pub async fn describe_permissions(store: &Store, input: &Value) -> ServiceResult {
    let id = text(input, "DataSourceId");
    let source = existing(store, id)?;
    let listed = permissions::listed(&permissions::of(&source));
    Ok(json!({ "DataSourceArn": source["Arn"], "DataSourceId": id, "Permissions": listed }))
}

/// `UpdateDataSourcePermissions`.
pub async fn update_permissions(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let id = text(input, "DataSourceId");
    let mut source = existing(store, id)?;
    source["_permissions"] = json!(permissions::updated(store, Asset::DataSource, &source, input)?);
    store.put(COLLECTION, id, &source)?;
    Ok(json!({ "DataSourceArn": source["Arn"], "DataSourceId": id }))
}
