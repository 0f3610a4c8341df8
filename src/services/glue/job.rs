//! `glue_job`: the one job that writes all tables.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_glue::types::Job as SdkJob;
use serde_json::{Value, json};

use super::actions::{running_job_runs, stop_job_runs};
use super::job_input;
use super::tagging::{self, MISSING, TAKEN};
use crate::aws::retry::{BEING_CHANGED, ROLE_NOT_READY, retry_while};
use crate::aws::wait::{Backoff, Progress, poll};
use crate::aws::{Call, Session, absent};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::resource::{Address, Fields, Kind, Live, Owner, Resource, listed};
use crate::services::layout::Layout;
use crate::services::s3::object;
use crate::services::{Context, Deleted, Handler, create, fields, iam, marks};

/// The IAM actions that jobs need.
pub const ACTIONS: &[&str] = &[
    "glue:BatchStopJobRun",
    "glue:CreateJob",
    "glue:DeleteJob",
    "glue:GetJob",
    "glue:GetJobRuns",
    "glue:GetTags",
    "glue:TagResource",
    "glue:UntagResource",
    "glue:UpdateJob",
    "iam:PassRole",
];

/// The most runs that one call stops.
const STOPPED_AT_ONCE: usize = 25;
/// How long runs may take to stop: Glue lets a run end what it is at.
const PATIENCE: Duration = Duration::from_secs(300);

/// The job.
pub fn desired(cx: &Context<'_>, role: &Address) -> Result<Resource> {
    let job = &cx.manifest.job;
    let layout = Layout::of(cx.manifest);
    let name = cx.manifest.base_name();
    // A hand-written script knows no flow.
    let flow = job.script.is_none().then(|| object::address("flow"));
    let minutes = job.timeout.value.as_secs().div_ceil(60);
    Ok(Resource {
        identity: BTreeMap::from([("job".to_owned(), name.clone())]),
        address: address(&name),
        fields: Fields::from([
            ("description".to_owned(), json!(cx.manifest.description.clone().unwrap_or_default())),
            ("role".to_owned(), json!(iam::role::arn(cx)?)),
            ("script_location".to_owned(), json!(layout.uri(&layout.script_key()))),
            ("glue_version".to_owned(), json!(job.glue_version.value)),
            ("worker_type".to_owned(), json!(job.worker_type.value)),
            ("workers".to_owned(), json!(job.workers.value)),
            ("timeout_minutes".to_owned(), json!(minutes)),
            ("max_retries".to_owned(), json!(job.max_retries.value)),
            ("max_concurrent_runs".to_owned(), json!(job.max_concurrent_runs.value)),
            ("connections".to_owned(), json!(job.connections.iter().map(|name| &name.value).collect::<Vec<_>>())),
            ("security_configuration".to_owned(), json!(job.security_configuration.as_ref().map(|name| &name.value))),
            ("arguments".to_owned(), arguments(cx, &layout)),
            ("tags".to_owned(), marks::tags(cx)),
        ]),
        depends_on: [role.clone(), object::address("script")].into_iter().chain(flow).collect(),
        existing: false,
    })
}

/// What the script needs to know, and the manifest's own, which win.
fn arguments(cx: &Context<'_>, layout: &Layout) -> Value {
    let mut arguments = BTreeMap::from([
        ("--job-language".to_owned(), "python".to_owned()),
        ("--pipectl_staging".to_owned(), layout.staging.uri()),
        ("--pipectl_warehouse".to_owned(), layout.warehouse.uri()),
    ]);
    if cx.manifest.job.script.is_none() {
        arguments.insert("--pipectl_flow".to_owned(), layout.uri(&layout.flow_key()));
    }
    let own = &cx.manifest.job.arguments;
    arguments.extend(own.iter().map(|(key, value)| (key.value.clone(), value.value.clone())));
    let list = listed::list(own.keys().map(|key| key.as_str()));
    arguments.extend(list.map(|list| (listed::ARGUMENTS.to_owned(), list)));
    fields::object(&arguments)
}

/// A job's address.
pub fn address(name: &str) -> Address {
    Address::new(Kind::GlueJob, name)
}

/// Jobs' dealings with Glue.
#[derive(Debug)]
pub struct Job;

#[async_trait]
impl Handler for Job {
    fn kind(&self) -> Kind {
        Kind::GlueJob
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let name = fields::id(want, "job")?;
        let Some(job) = get(aws, name).await? else { return Ok(None) };
        let tags = tagging::read(aws, &format!("job/{name}")).await?;
        let ownership = owner.judge(&tags);
        let mut live = job_input::fields_of(&job);
        job_input::name_role_as(&mut live, &want.fields);
        live.insert("tags".to_owned(), fields::object(&tags));
        Ok(Some(Live { resource: Resource { fields: live, ..want.clone() }, ownership }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let input = job_input::new(fields::id(want, "job")?, &want.fields)?;
        let made = retry_while(&[&ROLE_NOT_READY], || async {
            input.clone().send_with(&aws.glue).await.call("glue:CreateJob")
        })
        .await;
        create::ended(self, aws, want, made.map(drop), TAKEN).await
    }

    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        let name = fields::id(want, "job")?;
        if fields::touches(changed, "tags") {
            tagging::write(aws, &format!("job/{name}"), &live.fields, &want.fields).await?;
        }
        if changed.iter().all(|field| fields::touches(std::slice::from_ref(field), "tags")) {
            return Ok(());
        }
        let job = get(aws, name).await?.ok_or_else(|| {
            Error::new(ErrorKind::Conflict, "gone", format!("`{}` went away meanwhile", want.address))
                .with_help("plan again")
        })?;
        let update = job_input::changed(&job, &want.fields, changed)?;
        retry_while(&[&ROLE_NOT_READY, &BEING_CHANGED], || async {
            let call = aws.glue.update_job().job_name(name).job_update(update.clone());
            call.send().await.call("glue:UpdateJob").map(drop)
        })
        .await
    }

    /// Stops runs that are going: what they still write would be left behind, or keep the bucket.
    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let name = fields::id(live, "job")?;
        let Some(()) = absent(stop_runs(aws, name).await, MISSING)? else { return Ok(Deleted::Gone) };
        absent(aws.glue.delete_job().job_name(name).send().await.call("glue:DeleteJob"), MISSING)?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

/// Stops all runs that are not over and waits until they are.
async fn stop_runs(aws: &Session, name: &str) -> Result<()> {
    let running = running_job_runs(aws, name).await?;
    if running.is_empty() {
        return Ok(());
    }
    for batch in running.chunks(STOPPED_AT_ONCE) {
        let ids = batch.iter().map(|run| run.id.clone()).collect();
        stop_job_runs(aws, name, ids).await?;
    }
    poll(&format!("the runs of job {name} to stop"), PATIENCE, Backoff::QUICK, || async move {
        Ok(match running_job_runs(aws, name).await?.as_slice() {
            [] => Progress::Done(()),
            left => Progress::Pending(format!("{} still running", left.len())),
        })
    })
    .await
}

async fn get(aws: &Session, name: &str) -> Result<Option<SdkJob>> {
    let got = aws.glue.get_job().job_name(name).send().await.call("glue:GetJob");
    Ok(absent(got, MISSING)?.and_then(|answer| answer.job))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::error::SourceText;
    use crate::manifest::model::Script;
    use crate::manifest::spanned::Spanned;
    use crate::services::testing::{desired, manifest, wanted};

    #[tokio::test]
    async fn a_new_role_is_waited_for() {
        let text = "Role arn:aws:iam::1:role/x should be given assume role permissions for Glue Service.";
        let not_yet = Reply::json_error(400, "InvalidInputException", text);
        let server = Canned::start(vec![not_yet, Reply::json(json!({"Name": "spotify-dev"}))]).await;
        Job.create(&session(&server), &wanted("glue_job.spotify-dev")).await.unwrap();
        let body = server.asked()[1].json();
        assert_eq!(body["WorkerType"], "G.1X");
        assert!(body.get("MaxCapacity").is_none() && body.get("AllocatedCapacity").is_none(), "{body}");
        assert_eq!(body["Tags"]["pipectl:pipeline"], "spotify");
    }

    #[tokio::test]
    async fn a_deletion_stops_the_runs_first() {
        let runs = |state: &str| Reply::json(json!({"JobRuns": [{"Id": "jr_1", "JobRunState": state}]}));
        let stopped = Reply::json(json!({"SuccessfulSubmissions": [{"JobName": "spotify-dev", "JobRunId": "jr_1"}]}));
        let gone = Reply::json(json!({"JobName": "spotify-dev"}));
        let replies = vec![runs("RUNNING"), stopped, runs("STOPPING"), runs("STOPPED"), gone];
        let server = Canned::start(replies).await;
        Job.delete(&session(&server), &wanted("glue_job.spotify-dev"), false).await.unwrap();
        assert_eq!(server.operations(), ["GetJobRuns", "BatchStopJobRun", "GetJobRuns", "GetJobRuns", "DeleteJob"]);
        assert_eq!(server.asked()[1].json()["JobRunIds"], json!(["jr_1"]));
    }

    #[tokio::test]
    async fn tags_alone_do_not_touch_the_definition() {
        let server = Canned::start(vec![Reply::json(json!({}))]).await;
        let want = wanted("glue_job.spotify-dev");
        Job.update(&session(&server), &want, &want, &["tags.team".into()]).await.unwrap();
        assert_eq!(server.operations(), ["TagResource"]);
        let arn = "arn:aws:glue:us-east-1:123456789012:job/spotify-dev";
        assert_eq!(server.asked()[0].json()["ResourceArn"], arn);
    }

    #[tokio::test]
    async fn a_namesake_without_marks_is_told() {
        let server = Canned::start(vec![
            Reply::json_error(400, "IdempotentParameterMismatchException", "Job spotify-dev already submitted"),
            Reply::json(json!({"Job": {"Name": "spotify-dev", "Command": {"Name": "glueetl"}}})),
            Reply::json(json!({"Tags": {}})),
        ])
        .await;
        let error = Job.create(&session(&server), &wanted("glue_job.spotify-dev")).await.unwrap_err();
        assert_eq!(error.code(), "stranger");
    }

    #[test]
    fn a_hand_written_script_knows_no_flow() {
        let mut manifest = manifest();
        manifest.job.script = Some(Script {
            file: Spanned::unplaced("glue-scripts/mine.py".into()),
            text: SourceText::new("glue-scripts/mine.py", "print(1)\n"),
        });
        let all = desired(&manifest).unwrap();
        let job = all.iter().find(|resource| resource.address.kind == Kind::GlueJob).unwrap();
        assert!(!job.fields["arguments"].as_object().unwrap().contains_key("--pipectl_flow"));
        assert!(job.depends_on.contains(&object::address("script")));
        assert!(!all.iter().any(|resource| resource.address == object::address("flow")));
        let role = all.iter().find(|resource| resource.address.kind == Kind::IamRole).unwrap();
        assert!(!role.fields["inline_policy"].to_string().contains("flow.json"));
    }

    #[test]
    fn it_stands_on_role_script_and_flow() {
        let job = wanted("glue_job.spotify-dev");
        let on: Vec<_> = job.depends_on.iter().map(ToString::to_string).collect();
        assert_eq!(on, ["iam_role.spotify-dev-glue-us-east-1", "s3_object.script", "s3_object.flow"]);
    }
}
