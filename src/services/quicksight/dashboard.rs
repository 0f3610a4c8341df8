//! `quicksight_dashboard`: what the manifest's visuals come to, with its theme and who may see it. A change makes a new
//! version, which is published once QuickSight has made it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_quicksight::types::{Dashboard as SdkDashboard, DashboardVersion, ResourcePermission, ResourceStatus};
use serde_json::{Value, json};

use super::dashboard_input::{self, Read};
use super::missing::{TAKEN, gone, present};
use super::permissions::{self, DASHBOARD, To};
use super::{data_set, names, tagging};
use crate::aws::retry::{QUICKSIGHT_CONFLICT, retry_while};
use crate::aws::wait::{Backoff, Progress, poll};
use crate::aws::{Call, Session, raw};
use crate::dashboard::definition::{definition, normalise};
use crate::dashboard::model::{Dashboard as Model, Theme};
use crate::error::{AwsCall, Error, Kind as ErrorKind, Result};
use crate::resource::{Address, Fields, Kind, Live, Owner, Resource};
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that dashboards need.
pub const ACTIONS: &[&str] = &[
    "quicksight:CreateDashboard",
    "quicksight:DeleteDashboard",
    "quicksight:DescribeDashboard",
    "quicksight:DescribeDashboardDefinition",
    "quicksight:DescribeDashboardPermissions",
    "quicksight:ListTagsForResource",
    "quicksight:PassDataSet",
    "quicksight:TagResource",
    "quicksight:UntagResource",
    "quicksight:UpdateDashboard",
    "quicksight:UpdateDashboardPermissions",
    "quicksight:UpdateDashboardPublishedVersion",
];

/// The longest description of a version that QuickSight takes, in characters.
const LONGEST_DESCRIPTION: usize = 512;
/// How long QuickSight may take to make a version.
const PATIENCE: Duration = Duration::from_secs(300);

/// The dashboards, in the manifest's order. Errors: what QuickSight cannot say.
pub fn desired(cx: &Context<'_>) -> Result<Vec<Resource>> {
    cx.dashboards.dashboards.iter().map(|dashboard| one(cx, dashboard)).collect()
}

fn one(cx: &Context<'_>, dashboard: &Model) -> Result<Resource> {
    let id = names::dashboard_id(cx.manifest, &dashboard.name);
    let used = RefCell::new(BTreeSet::new());
    let arn_of = |name: &str| {
        let set = names::data_set_id(cx.manifest, name);
        let arn = names::arn(cx, &format!("dataset/{set}"));
        used.borrow_mut().insert(set);
        arn
    };
    let document = definition(cx.dashboards, dashboard, &arn_of)?;
    let description = dashboard.description.as_deref().unwrap_or_default().trim();
    Ok(Resource {
        fields: Fields::from([
            ("name".to_owned(), json!(dashboard.title)),
            ("description".to_owned(), json!(description.chars().take(LONGEST_DESCRIPTION).collect::<String>())),
            ("theme".to_owned(), json!(names::theme_arn(cx, theme(dashboard.theme)))),
            ("definition".to_owned(), normalise(&document)),
            ("permissions".to_owned(), permissions::wanted(cx, To::Everybody)),
            ("tags".to_owned(), marks::tags(cx)),
        ]),
        depends_on: used.into_inner().iter().map(|set| data_set::address(set)).collect(),
        address: address(&id),
        identity: BTreeMap::from([("dashboard".to_owned(), id)]),
        existing: false,
    })
}

fn theme(theme: Theme) -> &'static str {
    match theme {
        Theme::Classic => "CLASSIC",
        Theme::Midnight => "MIDNIGHT",
        Theme::Seaside => "SEASIDE",
        Theme::Rainier => "RAINIER",
    }
}

/// A dashboard's address.
pub fn address(id: &str) -> Address {
    Address::new(Kind::QuicksightDashboard, id)
}

/// Dashboards' dealings with QuickSight.
#[derive(Debug)]
pub struct Dashboard;

#[async_trait]
impl Handler for Dashboard {
    fn kind(&self) -> Kind {
        Kind::QuicksightDashboard
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let id = fields::id(want, "dashboard")?;
        // The definition is the longest answer of all: it is on its way before anybody knows whether there is one.
        let (dashboard, definition) = tokio::join!(document(aws, id), defined(aws, id));
        let Some(dashboard) = dashboard? else { return Ok(None) };
        let definition = definition?;
        let resource = format!("dashboard/{id}");
        let rest = async { tokio::try_join!(tagging::read(aws, &resource), granted(aws, id)) };
        // Its normal form takes as long as an answer does.
        let fields = async { dashboard_input::fields_of(&Read { dashboard, definition }) };
        let (rest, mut live) = tokio::join!(rest, fields);
        let (tags, permissions) = rest?;
        live.insert("permissions".to_owned(), DASHBOARD.field(&permissions, &tags));
        live.insert("tags".to_owned(), tagging::field(&tags));
        Ok(Some(Live { resource: Resource { fields: live, ..want.clone() }, ownership: owner.judge(&tags) }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let id = fields::id(want, "dashboard")?;
        let mut document = dashboard_input::new(&want.fields);
        for (member, value) in
            [("Permissions", DASHBOARD.document(&want.fields)), ("Tags", tagging::document(&want.fields))]
        {
            if let Some(value) = value {
                document[member] = value;
            }
        }
        let made = retry_while(&[&QUICKSIGHT_CONFLICT], || async {
            let call = aws.quicksight.create_dashboard().aws_account_id(&aws.account).dashboard_id(id);
            let call = call.customize().mutate_request(raw::body(&document));
            call.send().await.call("quicksight:CreateDashboard").map(drop)
        })
        .await;
        match made {
            Err(error) if error.aws_code().is_some_and(|code| TAKEN.contains(&code)) => {
                create::settle(self, aws, want, error).await
            }
            other => {
                other?;
                finished(aws, id, None, "quicksight:CreateDashboard").await
            }
        }
    }

    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        let id = fields::id(want, "dashboard")?;
        if fields::touches(changed, "tags") {
            tagging::write(aws, &format!("dashboard/{id}"), &live.fields, &want.fields).await?;
        }
        if fields::touches(changed, "permissions") {
            grant(aws, id, &live.fields, &want.fields).await?;
            tagging::write_principals(aws, &format!("dashboard/{id}"), &live.fields, &want.fields).await?;
        }
        if !dashboard_input::FIELDS.iter().any(|name| fields::touches(changed, name)) {
            return Ok(());
        }
        let definition = present(defined(aws, id).await)?.ok_or_else(|| gone(want))?;
        let read = Read { dashboard: Value::Null, definition };
        let document = dashboard_input::changed(&read, &want.fields, changed);
        let updated = retry_while(&[&QUICKSIGHT_CONFLICT], || async {
            let call = aws.quicksight.update_dashboard().aws_account_id(&aws.account).dashboard_id(id);
            let call = call.customize().mutate_request(raw::body(&document));
            call.send().await.call("quicksight:UpdateDashboard")
        })
        .await?;
        let version = version_of(updated.version_arn().unwrap_or_default())?;
        finished(aws, id, Some(version), "quicksight:UpdateDashboard").await?;
        retry_while(&[&QUICKSIGHT_CONFLICT], || async {
            let call = aws.quicksight.update_dashboard_published_version().aws_account_id(&aws.account);
            let call = call.dashboard_id(id).version_number(version);
            call.send().await.call("quicksight:UpdateDashboardPublishedVersion").map(drop)
        })
        .await
    }

    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let id = fields::id(live, "dashboard")?;
        let deleted = retry_while(&[&QUICKSIGHT_CONFLICT], || async {
            let call = aws.quicksight.delete_dashboard().aws_account_id(&aws.account).dashboard_id(id);
            call.send().await.call("quicksight:DeleteDashboard").map(drop)
        })
        .await;
        present(deleted)?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

/// The published version.
async fn document(aws: &Session, id: &str) -> Result<Option<Value>> {
    let got = raw::fetch(|answer| async move {
        let call = aws.quicksight.describe_dashboard().aws_account_id(&aws.account).dashboard_id(id);
        call.customize().interceptor(answer).send().await.call("quicksight:DescribeDashboard").map(drop)
    })
    .await;
    Ok(present(got)?.map(|mut answer| answer["Dashboard"].take()).filter(Value::is_object))
}

/// The published version's definition, whole.
async fn defined(aws: &Session, id: &str) -> Result<Value> {
    raw::fetch(|answer| async move {
        let call = aws.quicksight.describe_dashboard_definition().aws_account_id(&aws.account).dashboard_id(id);
        let got = call.customize().interceptor(answer).send().await;
        got.call("quicksight:DescribeDashboardDefinition").map(drop)
    })
    .await
}

async fn granted(aws: &Session, id: &str) -> Result<Vec<ResourcePermission>> {
    let call = aws.quicksight.describe_dashboard_permissions().aws_account_id(&aws.account).dashboard_id(id);
    Ok(call.send().await.call("quicksight:DescribeDashboardPermissions")?.permissions.unwrap_or_default())
}

async fn grant(aws: &Session, id: &str, live: &Fields, want: &Fields) -> Result<()> {
    let change = DASHBOARD.change(&granted(aws, id).await?, live, want)?;
    if change.is_empty() {
        return Ok(());
    }
    let call = aws.quicksight.update_dashboard_permissions().aws_account_id(&aws.account).dashboard_id(id);
    let call = call.set_grant_permissions(change.grant).set_revoke_permissions(change.revoke);
    call.send().await.call("quicksight:UpdateDashboardPermissions").map(drop)
}

/// The number at the end of `arn:...:dashboard/x/version/3`.
fn version_of(arn: &str) -> Result<i64> {
    arn.rsplit('/').next().and_then(|number| number.parse().ok()).ok_or_else(|| {
        Error::new(ErrorKind::Aws, "aws-failed", format!("quicksight:UpdateDashboard names no version: `{arn}`"))
    })
}

/// Waits until QuickSight has made a version; without a number the first. `operation` started it.
async fn finished(aws: &Session, id: &str, number: Option<i64>, operation: &str) -> Result<()> {
    poll(&format!("dashboard `{id}`"), PATIENCE, Backoff::QUICK, || async {
        let call = aws.quicksight.describe_dashboard().aws_account_id(&aws.account).dashboard_id(id);
        let got = call.set_version_number(number).send().await.call("quicksight:DescribeDashboard");
        let version =
            present(got)?.and_then(|answer| answer.dashboard).and_then(|dashboard: SdkDashboard| dashboard.version);
        let Some(version) = version else { return Ok(Progress::Pending("it is not seen yet".to_owned())) };
        Ok(match version.status() {
            Some(ResourceStatus::CreationSuccessful | ResourceStatus::UpdateSuccessful) => Progress::Done(()),
            Some(ResourceStatus::CreationFailed | ResourceStatus::UpdateFailed) => {
                return Err(unmade(&version, id, operation));
            }
            other => Progress::Pending(format!("it is {}", other.map_or("of no known state", ResourceStatus::as_str))),
        })
    })
    .await
}

fn unmade(version: &DashboardVersion, id: &str, operation: &str) -> Error {
    let told: Vec<String> = version
        .errors()
        .iter()
        .map(|error| {
            let kind = error.r#type().map_or("error", |kind| kind.as_str());
            format!("{kind}: {}", error.message().unwrap_or("no reason was given").trim_end_matches('.'))
        })
        .collect();
    let first = told.first().map_or("no reason was given", String::as_str);
    let code = version.errors().first().and_then(|error| error.r#type()).map(|kind| kind.as_str().to_owned());
    let error = Error::new(
        ErrorKind::Aws,
        "quicksight-dashboard",
        format!("QuickSight could not make dashboard `{id}`: {first}"),
    )
    .with_help("correct the dashboard, or its `definition` file, in the manifest, then apply again")
    .with_call(AwsCall { operation: operation.to_owned(), code, request_id: None });
    told.into_iter().skip(1).fold(error, Error::with_note)
}

#[cfg(test)]
#[path = "dashboard_tests.rs"]
mod tests;
