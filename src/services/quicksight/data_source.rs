//! `quicksight_data_source`: QuickSight's connection to the pipeline's Athena workgroup.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_quicksight::types::{
    AthenaParameters, DataSource as SdkDataSource, DataSourceErrorInfoType, DataSourceParameters, DataSourceType,
    ResourcePermission, ResourceStatus,
};
use serde_json::{Value, json};

use super::missing::{TAKEN, gone, present};
use super::permissions::{self, DATA_SOURCE, To};
use super::{names, tagging};
use crate::aws::retry::{QUICKSIGHT_CONFLICT, QUICKSIGHT_ROLE_NOT_READY, retry_while};
use crate::aws::wait::{Backoff, Progress, poll};
use crate::aws::{Call, Session};
use crate::error::{AwsCall, Error, Kind as ErrorKind, Result};
use crate::resource::{Address, Fields, Kind, Live, Owner, Ownership, Resource};
use crate::services::athena::workgroup;
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that data sources need, and the check before anything is made ([`super::preflight`]).
pub const ACTIONS: &[&str] = &[
    "quicksight:CreateDataSource",
    "quicksight:DeleteDataSource",
    "quicksight:DescribeAccountSubscription",
    "quicksight:DescribeDataSource",
    "quicksight:DescribeDataSourcePermissions",
    "quicksight:DescribeGroup",
    "quicksight:DescribeUser",
    "quicksight:ListTagsForResource",
    "quicksight:PassDataSource",
    "quicksight:TagResource",
    "quicksight:UntagResource",
    "quicksight:UpdateDataSource",
    "quicksight:UpdateDataSourcePermissions",
];

/// The longest name QuickSight takes, in characters.
const LONGEST_NAME: usize = 128;
/// How long it may take QuickSight to connect.
const PATIENCE: Duration = Duration::from_secs(300);
/// The workgroup of a data source that names none.
const DEFAULT_WORKGROUP: &str = "primary";

/// The data source; none without `quicksight`.
pub fn desired(cx: &Context<'_>) -> Option<Resource> {
    let section = &cx.manifest.quicksight.as_ref()?.data_source;
    let id = names::data_source_id(cx.manifest);
    let workgroup = workgroup::name(cx);
    let existing = section.existing.is_some();
    let managed = Fields::from([
        ("name".to_owned(), json!(id.chars().take(LONGEST_NAME).collect::<String>())),
        ("workgroup".to_owned(), json!(workgroup)),
        ("role_arn".to_owned(), json!(section.role_arn.as_ref().map(|role| &role.value))),
        ("permissions".to_owned(), permissions::wanted(cx, To::Owners)),
        ("tags".to_owned(), marks::tags(cx)),
    ]);
    Some(Resource {
        address: address(&id),
        identity: BTreeMap::from([("data_source".to_owned(), id)]),
        fields: if existing { Fields::new() } else { managed },
        depends_on: vec![workgroup::address(&workgroup)],
        existing,
    })
}

/// A data source's address.
pub fn address(id: &str) -> Address {
    Address::new(Kind::QuicksightDataSource, id)
}

/// Data sources' dealings with QuickSight.
#[derive(Debug)]
pub struct DataSource;

#[async_trait]
impl Handler for DataSource {
    fn kind(&self) -> Kind {
        Kind::QuicksightDataSource
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let id = fields::id(want, "data_source")?;
        let Some(source) = get(aws, id).await? else { return Ok(None) };
        if want.existing {
            let ownership = Ownership::Strangers("it is used, not owned".to_owned());
            return Ok(Some(Live { resource: want.clone(), ownership }));
        }
        let resource = format!("datasource/{id}");
        let (tags, permissions) = tokio::try_join!(tagging::read(aws, &resource), granted(aws, id))?;
        let mut live = fields_of(&source);
        live.insert("permissions".to_owned(), DATA_SOURCE.field(&permissions, &tags));
        live.insert("tags".to_owned(), tagging::field(&tags));
        Ok(Some(Live { resource: Resource { fields: live, ..want.clone() }, ownership: owner.judge(&tags) }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let id = fields::id(want, "data_source")?;
        let call = aws
            .quicksight
            .create_data_source()
            .aws_account_id(&aws.account)
            .data_source_id(id)
            .set_name(fields::text(&want.fields, "name").map(str::to_owned))
            .r#type(DataSourceType::Athena)
            .data_source_parameters(parameters(None, &want.fields))
            .set_permissions(DATA_SOURCE.sdk(&want.fields)?)
            .set_tags(tagging::sdk(&want.fields)?);
        let made = retry_while(&[&QUICKSIGHT_ROLE_NOT_READY, &QUICKSIGHT_CONFLICT], || async {
            call.clone().send().await.call("quicksight:CreateDataSource").map(drop)
        })
        .await;
        match made {
            Err(error) if error.aws_code().is_some_and(|code| TAKEN.contains(&code)) => {
                create::settle(self, aws, want, error).await
            }
            other => {
                other?;
                connected(aws, id, "quicksight:CreateDataSource").await
            }
        }
    }

    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        let id = fields::id(want, "data_source")?;
        if fields::touches(changed, "tags") {
            tagging::write(aws, &format!("datasource/{id}"), &live.fields, &want.fields).await?;
        }
        if fields::touches(changed, "permissions") {
            grant(aws, id, &live.fields, &want.fields).await?;
            tagging::write_principals(aws, &format!("datasource/{id}"), &live.fields, &want.fields).await?;
        }
        if !["name", "workgroup", "role_arn"].iter().any(|name| fields::touches(changed, name)) {
            return Ok(());
        }
        let source = get(aws, id).await?.ok_or_else(|| gone(want))?;
        // All that is left out falls back to its default: without parameters the workgroup would be `primary`.
        let call = aws
            .quicksight
            .update_data_source()
            .aws_account_id(&aws.account)
            .data_source_id(id)
            .set_name(fields::text(&want.fields, "name").map(str::to_owned))
            .data_source_parameters(parameters(Some(&source), &want.fields))
            .set_ssl_properties(source.ssl_properties)
            .set_vpc_connection_properties(source.vpc_connection_properties);
        retry_while(&[&QUICKSIGHT_ROLE_NOT_READY, &QUICKSIGHT_CONFLICT], || async {
            call.clone().send().await.call("quicksight:UpdateDataSource").map(drop)
        })
        .await?;
        connected(aws, id, "quicksight:UpdateDataSource").await
    }

    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let id = fields::id(live, "data_source")?;
        let deleted = retry_while(&[&QUICKSIGHT_CONFLICT], || async {
            let call = aws.quicksight.delete_data_source().aws_account_id(&aws.account).data_source_id(id);
            call.send().await.call("quicksight:DeleteDataSource").map(drop)
        })
        .await;
        present(deleted)?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

async fn get(aws: &Session, id: &str) -> Result<Option<SdkDataSource>> {
    let call = aws.quicksight.describe_data_source().aws_account_id(&aws.account).data_source_id(id);
    Ok(present(call.send().await.call("quicksight:DescribeDataSource"))?.and_then(|answer| answer.data_source))
}

async fn granted(aws: &Session, id: &str) -> Result<Vec<ResourcePermission>> {
    let call = aws.quicksight.describe_data_source_permissions().aws_account_id(&aws.account).data_source_id(id);
    let got = call.send().await.call("quicksight:DescribeDataSourcePermissions")?;
    Ok(got.permissions.unwrap_or_default())
}

async fn grant(aws: &Session, id: &str, live: &Fields, want: &Fields) -> Result<()> {
    let change = DATA_SOURCE.change(&granted(aws, id).await?, live, want)?;
    if change.is_empty() {
        return Ok(());
    }
    let call = aws.quicksight.update_data_source_permissions().aws_account_id(&aws.account).data_source_id(id);
    let call = call.set_grant_permissions(change.grant).set_revoke_permissions(change.revoke);
    call.send().await.call("quicksight:UpdateDataSourcePermissions").map(drop)
}

/// The managed fields of a live data source, but for its tags and permissions.
fn fields_of(source: &SdkDataSource) -> Fields {
    let athena = source.data_source_parameters().and_then(|p| p.as_athena_parameters().ok());
    let workgroup = athena.map(|athena| athena.work_group().unwrap_or(DEFAULT_WORKGROUP));
    Fields::from([
        ("name".to_owned(), json!(source.name())),
        // One that could not connect has to be written again, and this shows it.
        ("workgroup".to_owned(), if has_failed(source.status()) { Value::Null } else { json!(workgroup) }),
        ("role_arn".to_owned(), json!(athena.and_then(AthenaParameters::role_arn))),
    ])
}

/// What is wanted, over what is there.
fn parameters(live: Option<&SdkDataSource>, want: &Fields) -> DataSourceParameters {
    let live = live.and_then(|source| source.data_source_parameters()).and_then(|p| p.as_athena_parameters().ok());
    let mut athena = live.cloned().unwrap_or_else(|| AthenaParameters::builder().build());
    athena.work_group = fields::text(want, "workgroup").map(str::to_owned);
    athena.role_arn = fields::text(want, "role_arn").map(str::to_owned);
    DataSourceParameters::AthenaParameters(athena)
}

fn has_failed(status: Option<&ResourceStatus>) -> bool {
    matches!(status, Some(ResourceStatus::CreationFailed | ResourceStatus::UpdateFailed))
}

/// Waits until QuickSight has tried the connection. `operation` started it.
async fn connected(aws: &Session, id: &str, operation: &str) -> Result<()> {
    poll(&format!("data source `{id}`"), PATIENCE, Backoff::QUICK, || async {
        let Some(source) = get(aws, id).await? else { return Ok(Progress::Pending("it is not seen yet".to_owned())) };
        Ok(match source.status() {
            Some(ResourceStatus::CreationSuccessful | ResourceStatus::UpdateSuccessful) => Progress::Done(()),
            status if has_failed(status) => return Err(unconnected(&source, id, operation)),
            other => Progress::Pending(format!("it is {}", other.map_or("of no known state", ResourceStatus::as_str))),
        })
    })
    .await
}

fn unconnected(source: &SdkDataSource, id: &str, operation: &str) -> Error {
    let info = source.error_info();
    let kind = info.and_then(|info| info.r#type());
    let message = info.and_then(|info| info.message()).unwrap_or("no reason was given").trim_end_matches('.');
    let told = kind.map_or_else(|| message.to_owned(), |kind| format!("{kind}: {message}"));
    let is_access = matches!(kind, Some(DataSourceErrorInfoType::AccessDenied))
        || ["output bucket", "ermission", "ccess", "service role"].iter().any(|part| message.contains(part));
    let (code, help) =
        if is_access { ("quicksight-access", ACCESS_HELP) } else { ("quicksight-data-source", OTHER_HELP) };
    Error::new(ErrorKind::Aws, code, format!("QuickSight's data source `{id}` cannot reach Athena: {told}"))
        .with_help(help)
        .with_call(AwsCall {
            operation: operation.to_owned(),
            code: kind.map(|kind| kind.as_str().to_owned()),
            request_id: None,
        })
}

/// There is no API for that switch of the console.
const ACCESS_HELP: &str = "QuickSight's service role must use Athena, read the warehouse bucket and write the results bucket: \
    in its console under Manage QuickSight, Security & permissions, QuickSight access to AWS services, choose Amazon \
    Athena and these buckets with \"Write permission for Athena Workgroup\"; or name a role that may, in \
    `quicksight.data_source.role_arn`. Then apply again";
const OTHER_HELP: &str = "see that the workgroup works (`pipectl query --sql \"select 1\"`), then apply again";

#[cfg(test)]
#[path = "data_source_tests.rs"]
mod tests;
