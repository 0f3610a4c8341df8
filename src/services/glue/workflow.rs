//! `glue_workflow`: what `schedule` runs unattended, job then crawler. Its parts are the triggers ([`super::trigger`]); the
//! workflow ties them together, so that a run of it is one thing in Glue's console, and only one goes at a time.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_glue::types::Workflow as SdkWorkflow;
use serde_json::json;

use super::tagging::{self, MISSING, TAKEN};
use crate::aws::retry::{BEING_CHANGED, retry_while};
use crate::aws::{Call, Session, absent};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::resource::{Address, Fields, Kind, Live, Owner, Resource};
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that workflows need.
pub const ACTIONS: &[&str] = &[
    "glue:CreateWorkflow",
    "glue:DeleteWorkflow",
    "glue:GetTags",
    "glue:GetWorkflow",
    "glue:TagResource",
    "glue:UntagResource",
    "glue:UpdateWorkflow",
];

/// A second run of the same tables at the same time would only wait for the first.
const MAX_CONCURRENT_RUNS: i32 = 1;

/// The workflow; none without `schedule`.
pub fn desired(cx: &Context<'_>) -> Option<Resource> {
    cx.manifest.schedule.as_ref()?;
    let name = cx.manifest.base_name();
    Some(Resource {
        address: address(&name),
        identity: BTreeMap::from([("workflow".to_owned(), name)]),
        fields: Fields::from([
            ("description".to_owned(), json!(cx.manifest.description.clone().unwrap_or_default())),
            ("max_concurrent_runs".to_owned(), json!(MAX_CONCURRENT_RUNS)),
            ("tags".to_owned(), marks::tags(cx)),
        ]),
        depends_on: Vec::new(),
        existing: false,
    })
}

/// A workflow's address.
pub fn address(name: &str) -> Address {
    Address::new(Kind::GlueWorkflow, name)
}

/// Workflows' dealings with Glue.
#[derive(Debug)]
pub struct Workflow;

#[async_trait]
impl Handler for Workflow {
    fn kind(&self) -> Kind {
        Kind::GlueWorkflow
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let name = fields::id(want, "workflow")?;
        let Some(workflow) = get(aws, name).await? else { return Ok(None) };
        let tags = tagging::read(aws, &format!("workflow/{name}")).await?;
        let ownership = owner.judge(&tags);
        let live = Fields::from([
            ("description".to_owned(), json!(workflow.description().unwrap_or_default())),
            // Without a limit Glue runs as many as are started.
            ("max_concurrent_runs".to_owned(), json!(workflow.max_concurrent_runs().unwrap_or(0))),
            ("tags".to_owned(), fields::object(&tags)),
        ]);
        Ok(Some(Live { resource: Resource { fields: live, ..want.clone() }, ownership }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let call = aws
            .glue
            .create_workflow()
            .name(fields::id(want, "workflow")?)
            .set_description(fields::text(&want.fields, "description").map(str::to_owned))
            .set_max_concurrent_runs(fields::int(&want.fields, "max_concurrent_runs"))
            .set_tags(Some(fields::hash(fields::map(&want.fields, "tags"))));
        let made = retry_while(&[&BEING_CHANGED], || async {
            call.clone().send().await.call("glue:CreateWorkflow").map(drop)
        })
        .await;
        create::ended(self, aws, want, made, TAKEN).await
    }

    /// UpdateWorkflow resets what it is not sent, so everything that was read goes back with the changes in it.
    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        let name = fields::id(want, "workflow")?;
        if fields::touches(changed, "tags") {
            tagging::write(aws, &format!("workflow/{name}"), &live.fields, &want.fields).await?;
        }
        let touched = |field: &str| fields::touches(changed, field);
        if !touched("description") && !touched("max_concurrent_runs") {
            return Ok(());
        }
        let live = get(aws, name).await?.ok_or_else(|| {
            Error::new(ErrorKind::Conflict, "gone", format!("`{}` went away meanwhile", want.address))
                .with_help("plan again")
        })?;
        let mut call = aws
            .glue
            .update_workflow()
            .name(name)
            .set_description(live.description)
            .set_default_run_properties(live.default_run_properties)
            .set_max_concurrent_runs(live.max_concurrent_runs);
        if touched("description") {
            call = call.description(fields::text(&want.fields, "description").unwrap_or_default());
        }
        if touched("max_concurrent_runs") {
            call = call.set_max_concurrent_runs(fields::int(&want.fields, "max_concurrent_runs"));
        }
        retry_while(&[&BEING_CHANGED], || async { call.clone().send().await.call("glue:UpdateWorkflow").map(drop) })
            .await
    }

    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let name = fields::id(live, "workflow")?;
        let gone = retry_while(&[&BEING_CHANGED], || async {
            aws.glue.delete_workflow().name(name).send().await.call("glue:DeleteWorkflow").map(drop)
        })
        .await;
        absent(gone, MISSING)?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

async fn get(aws: &Session, name: &str) -> Result<Option<SdkWorkflow>> {
    let got = aws.glue.get_workflow().name(name).send().await.call("glue:GetWorkflow");
    Ok(absent(got, MISSING)?.and_then(|answer| answer.workflow))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::services::glue::trigger::tests::scheduled;
    use crate::services::testing::owner;

    #[tokio::test]
    async fn run_properties_survive_an_update() {
        let live = json!({"Workflow": {"Name": "spotify-dev", "Description": "old", "MaxConcurrentRuns": 7,
            "DefaultRunProperties": {"theirs": "1"}}});
        let server = Canned::start(vec![Reply::json(live), Reply::json(json!({"Name": "spotify-dev"}))]).await;
        let want = scheduled("glue_workflow.spotify-dev");
        Workflow.update(&session(&server), &want, &want, &["description".into()]).await.unwrap();
        assert_eq!(server.operations(), ["GetWorkflow", "UpdateWorkflow"]);
        let sent = server.asked()[1].json();
        assert_eq!(sent["DefaultRunProperties"], json!({"theirs": "1"}));
        assert_eq!(
            (&sent["Description"], &sent["MaxConcurrentRuns"]),
            (&json!("What makes a track popular"), &json!(7))
        );
    }

    #[tokio::test]
    async fn one_without_a_limit_differs() {
        let server = Canned::start(vec![
            Reply::json(json!({"Workflow": {"Name": "spotify-dev"}})),
            Reply::json(json!({"Tags": {"pipectl:pipeline": "spotify", "pipectl:environment": "dev"}})),
        ])
        .await;
        let want = scheduled("glue_workflow.spotify-dev");
        let live = Workflow.read(&session(&server), &owner(), &want).await.unwrap().unwrap();
        assert_eq!(live.resource.fields["max_concurrent_runs"], json!(0));
    }

    #[tokio::test]
    async fn a_missing_one_is_gone() {
        let missing = || Reply::json_error(400, "EntityNotFoundException", "Entity not found");
        let server = Canned::start(vec![missing(), missing()]).await;
        let want = scheduled("glue_workflow.spotify-dev");
        assert!(Workflow.read(&session(&server), &owner(), &want).await.unwrap().is_none());
        assert_eq!(Workflow.delete(&session(&server), &want, false).await.unwrap(), Deleted::Gone);
    }
}
