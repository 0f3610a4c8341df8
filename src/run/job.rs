//! Stage 2: the Glue job. A run that is going already is attached to, never doubled: StartJobRun has no idempotency
//! token, so the running runs are looked at first and the start is not retried blindly.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::event::{Event, Events, Stage};
use super::logs;
use crate::aws::Session;
use crate::aws::wait::{Progress, poll};
use crate::error::{Error, Result};
use crate::flow::metrics::Metrics;
use crate::services::glue::actions::{self as glue, JobRun, JobRunState};
use crate::services::s3::actions as s3;

/// How long a Glue run may go on before we stop watching it; Glue's own timeout ends it earlier.
const WATCH: Duration = Duration::from_secs(48 * 3600);

/// The argument that names the tables of a run that does not write all.
const TABLES: &str = "--pipectl_tables";

/// The job to run and where it reports.
#[derive(Clone, Debug)]
pub struct JobPlan {
    /// The Glue job's name.
    pub job: String,
    /// The warehouse's bucket.
    pub warehouse_bucket: String,
    /// The warehouse's prefix, empty or ending in a slash.
    pub warehouse_prefix: String,
    /// Where its script lies, a bucket and a key, and the text that the manifest makes.
    pub script: (String, String, String),
    /// Of its tables only these, and all that they are made of; all without any.
    pub tables: Vec<String>,
    /// Its script is written by hand, and need not report.
    pub hand_written: bool,
    /// Its machines are paid for: the embedded local cloud has none.
    pub billed: bool,
}

/// A job run that ended well.
#[derive(Clone, Debug)]
pub struct JobOutcome {
    /// What it reported; `None` when a hand-written script reported nothing.
    pub metrics: Option<Metrics>,
    /// It was another run's, or a schedule's.
    pub foreign: bool,
    /// How long it executed, in seconds.
    pub seconds: u64,
    /// DPU-hours, where Glue says.
    pub dpu_hours: Option<f64>,
    /// It ran in the flexible execution class.
    pub flex: bool,
}

/// Why a job stage failed, with the metrics when the job could still write them.
#[derive(Debug)]
pub struct JobFailure {
    /// The error to show.
    pub error: Error,
    /// What the job reported.
    pub metrics: Option<Metrics>,
    /// How long it executed, in seconds; 0 when it was not seen to end.
    pub seconds: u64,
    /// DPU-hours, where Glue says.
    pub dpu_hours: Option<f64>,
    /// It ran in the flexible execution class.
    pub flex: bool,
}

impl From<Error> for JobFailure {
    fn from(error: Error) -> Self {
        Self { error, metrics: None, seconds: 0, dpu_hours: None, flex: false }
    }
}

/// Looks whether the script that will run is the one that the manifest makes; a warning when it is not. One that is missing the
/// job itself tells.
pub async fn preflight(aws: &Session, plan: &JobPlan) -> Result<Option<Error>> {
    let (bucket, key, text) = &plan.script;
    let there = s3::get_text(aws, bucket, key).await?;
    Ok(there.filter(|there| there != text).map(|_| {
        let message = format!("the script of job `{}` is not the one that this manifest makes", plan.job);
        Error::data("script-outdated", message)
            .with_note(format!("s3://{bucket}/{key} runs as it is"))
            .with_help("`pipectl plan` shows the difference; `pipectl apply`, or `pipectl up`, takes it over")
    }))
}

/// Glue's id of the run that this run began before, over or not; else starts the job, or attaches to whichever run is going.
pub async fn begin(aws: &Session, plan: &JobPlan, run_id: &str, again: bool) -> Result<String> {
    if again && let Some(id) = glue::find_run(aws, &plan.job, run_id).await? {
        return Ok(id);
    }
    start_or_attach(aws, plan, run_id).await
}

/// Waits for the end of job run `id` and reads what it reported.
pub async fn follow(
    aws: &Session,
    plan: &JobPlan,
    id: &str,
    run_id: &str,
    events: Events<'_>,
) -> Result<JobOutcome, JobFailure> {
    let ended = watch(aws, plan, id, events).await?;
    // A run that a schedule started has no id of ours; its script takes Glue's.
    let reported = ended.arguments.get(glue::RUN_ID).cloned().unwrap_or_else(|| ended.id.clone());
    let metrics = read_metrics(aws, plan, &reported).await;
    if ended.state != JobRunState::Succeeded {
        let mut error = failure(plan, &ended);
        // The others are not the script's doing.
        let scripts = matches!(ended.state, JobRunState::Failed | JobRunState::Timeout);
        if scripts && let Some(words) = logs::last_words(aws, &ended).await {
            error = error.with_note(words);
        }
        let metrics = metrics.ok().flatten();
        let (seconds, dpu_hours) = (ended.seconds, hours(plan, &ended));
        return Err(JobFailure { error, metrics, seconds, dpu_hours, flex: ended.flex });
    }
    let metrics = metrics?;
    if metrics.is_none() && !plan.hand_written {
        let error =
            Error::data("no-metrics", format!("job `{}` succeeded but wrote no metrics for run {reported}", plan.job))
                .with_help("is the script in S3 the one this pipeline generates? `pipectl plan` tells");
        return Err(error.into());
    }
    let (seconds, dpu_hours) = (ended.seconds, hours(plan, &ended));
    Ok(JobOutcome { metrics, foreign: reported != run_id, seconds, dpu_hours, flex: ended.flex })
}

async fn start_or_attach(aws: &Session, plan: &JobPlan, run_id: &str) -> Result<String> {
    if let Some(id) = running(aws, plan).await? {
        return Ok(id);
    }
    let mut arguments = BTreeMap::from([(glue::RUN_ID.to_owned(), run_id.to_owned())]);
    if !plan.tables.is_empty() {
        arguments.insert(TABLES.to_owned(), plan.tables.join(","));
    }
    match glue::start_job_run(aws, &plan.job, &arguments).await {
        Err(error) if error.aws_code() == Some("EntityNotFoundException") => {
            Err(error.with_help("`pipectl apply` makes the job; `pipectl up` does both"))
        }
        // Lost answer, or somebody was quicker: whichever run is there now is the one to watch.
        Err(error) => running(aws, plan).await?.ok_or(error),
        started => started,
    }
}

async fn running(aws: &Session, plan: &JobPlan) -> Result<Option<String>> {
    Ok(glue::running_job_runs(aws, &plan.job).await?.into_iter().next().map(|run| run.id))
}

async fn watch(aws: &Session, plan: &JobPlan, id: &str, events: Events<'_>) -> Result<JobRun> {
    let started = Instant::now();
    poll(&format!("job run {id}"), WATCH, super::watching(aws), || async {
        let now = glue::job_run(aws, &plan.job, id).await?;
        if now.state.is_final() {
            return Ok(Progress::Done(now));
        }
        let mut text = format!("{} {} s", now.state.name().to_lowercase(), started.elapsed().as_secs());
        if let Some(hours) = hours(plan, &now).filter(|hours| *hours >= 0.01) {
            text.push_str(&format!(", {hours:.2} DPU-hours"));
        }
        let of = now.detail.as_deref().and_then(bytes_read);
        events(Event::Progress { stage: Stage::Job, text: text.clone(), of });
        Ok(Progress::Pending(text))
    })
    .await
}

fn hours(plan: &JobPlan, run: &JobRun) -> Option<f64> {
    run.dpu_seconds.filter(|_| plan.billed).map(|seconds| seconds / 3600.0)
}

/// The bytes of its sources that a run has read, and of how many: the local cloud tells.
fn bytes_read(detail: &str) -> Option<(u64, u64)> {
    let (read, all) = detail.strip_prefix("read ")?.strip_suffix(" bytes")?.split_once(" of ")?;
    Some((read.parse().ok()?, all.parse().ok()?))
}

async fn read_metrics(aws: &Session, plan: &JobPlan, run_id: &str) -> Result<Option<Metrics>> {
    let key = format!("{}_pipectl/{run_id}/metrics.json", plan.warehouse_prefix);
    let Some(text) = s3::get_text(aws, &plan.warehouse_bucket, &key).await? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|e| {
        Error::data("bad-metrics", format!("s3://{}/{key} is not a metrics document: {e}", plan.warehouse_bucket))
    })
}

fn failure(plan: &JobPlan, ended: &JobRun) -> Error {
    let why = ended.error.as_deref().map(str::trim);
    let (code, help, why) = match ended.state {
        JobRunState::Timeout => ("job-timeout", "raise `job.timeout`, or give the job more `workers`", why),
        JobRunState::Stopped => {
            ("job-stopped", "somebody stopped it; `pipectl run` again when that was not meant", why)
        }
        JobRunState::Other(_) => (
            "job-failed",
            "the script was not at fault: Glue had no machines for it, or waited too long for them; `pipectl run` again",
            why,
        ),
        _ => (
            "job-failed",
            "the tables keep their old rows; mend the cause, then `pipectl run` again",
            why.or(Some("Glue gave no reason")),
        ),
    };
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    Error::data(code, format!("job `{}` ended {}{why}", plan.job, ended.state.name()))
        .with_note(format!("job run {} after {} s", ended.id, ended.seconds))
        .with_help(help)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    #[test]
    fn what_a_run_has_read_is_told_in_bytes() {
        assert_eq!(bytes_read("read 12 of 345 bytes"), Some((12, 345)));
        assert_eq!(bytes_read("Job is waiting: MAX_CONCURRENT_RUNS_LIMIT"), None);
    }

    fn plan() -> JobPlan {
        JobPlan {
            job: "j".into(),
            warehouse_bucket: "b".into(),
            warehouse_prefix: "w/".into(),
            script: ("b".into(), "job.py".into(), "print()".into()),
            tables: Vec::new(),
            hand_written: false,
            billed: true,
        }
    }

    /// What is told of a run that ended so, in lines.
    async fn told(state: &str, message: Option<&str>) -> String {
        let run = json!({"Id": "jr_1", "JobName": "j", "JobRunState": state, "ErrorMessage": message,
            "ExecutionTime": 61, "Arguments": {glue::RUN_ID: "ours"}});
        let no_metrics = Reply::s3_error(404, "NoSuchKey", "none");
        let logged = json!({"events": [{"timestamp": 1, "message": "Traceback\n  line 1"}], "nextBackwardToken": "b"});
        let nowhere = Reply::json_error(400, "ResourceNotFoundException", "The specified log group does not exist.");
        let logs = [nowhere, Reply::json(logged), Reply::json(json!({"events": [], "nextBackwardToken": "b"}))];
        let server = Canned::start([vec![Reply::json(json!({"JobRun": run})), no_metrics], logs.into()].concat()).await;
        let error = follow(&session(&server), &plan(), "jr_1", "ours", &|_| ()).await.unwrap_err().error;
        let notes = error.notes().join("; ").replace(":\n", ": ").replace('\n', " | ");
        format!("{}: {}\n  {notes}\n  {}\n", error.code(), error.message(), error.help().unwrap_or_default())
    }

    #[tokio::test]
    async fn every_end_but_success_names_its_cause_and_the_next_step() {
        let mut all = told("FAILED", Some("AnalysisException: no such column\n")).await;
        all += &told("FAILED", None).await;
        all += &told("TIMEOUT", None).await;
        all += &told("STOPPED", None).await;
        all += &told("ERROR", Some("Resource unavailable")).await;
        all += &told("EXPIRED", None).await;
        all += &told("SUCCEEDED", None).await;
        insta::assert_snapshot!(all, @r#"
        job-failed: job `j` ended FAILED: AnalysisException: no such column
          job run jr_1 after 61 s; the end of its log: Traceback |   line 1
          the tables keep their old rows; mend the cause, then `pipectl run` again
        job-failed: job `j` ended FAILED: Glue gave no reason
          job run jr_1 after 61 s; the end of its log: Traceback |   line 1
          the tables keep their old rows; mend the cause, then `pipectl run` again
        job-timeout: job `j` ended TIMEOUT
          job run jr_1 after 61 s; the end of its log: Traceback |   line 1
          raise `job.timeout`, or give the job more `workers`
        job-stopped: job `j` ended STOPPED
          job run jr_1 after 61 s
          somebody stopped it; `pipectl run` again when that was not meant
        job-failed: job `j` ended ERROR: Resource unavailable
          job run jr_1 after 61 s
          the script was not at fault: Glue had no machines for it, or waited too long for them; `pipectl run` again
        job-failed: job `j` ended EXPIRED
          job run jr_1 after 61 s
          the script was not at fault: Glue had no machines for it, or waited too long for them; `pipectl run` again
        no-metrics: job `j` succeeded but wrote no metrics for run ours
          
          is the script in S3 the one this pipeline generates? `pipectl plan` tells
        "#);
    }

    #[tokio::test]
    async fn a_script_that_the_manifest_does_not_make_is_told() {
        let told = |reply| async move {
            let server = Canned::start(vec![reply]).await;
            preflight(&session(&server), &plan()).await.unwrap()
        };
        let outdated = told(Reply::new(200, "print(1)")).await.unwrap();
        assert_eq!(outdated.message(), "the script of job `j` is not the one that this manifest makes");
        assert!(
            outdated.notes()[0].starts_with("s3://b/job.py ") && outdated.help().unwrap().contains("pipectl apply")
        );
        assert!(told(Reply::new(200, "print()")).await.is_none());
        assert!(told(Reply::s3_error(404, "NoSuchKey", "none")).await.is_none());
    }

    /// Glue says nothing of which of two starts it refused: whichever run is there is watched.
    #[tokio::test]
    async fn a_run_that_somebody_was_quicker_to_start_is_attached_to() {
        let going =
            json!({"JobRuns": [{"Id": "jr_2", "JobRunState": "RUNNING", "Arguments": {glue::RUN_ID: "theirs"}}]});
        let server = Canned::start(vec![
            Reply::json(json!({"JobRuns": []})),
            Reply::json_error(400, "ConcurrentRunsExceededException", "Concurrent runs exceeded for j"),
            Reply::json(going),
        ])
        .await;
        assert_eq!(begin(&session(&server), &plan(), "ours", false).await.unwrap(), "jr_2");
        assert_eq!(server.operations(), ["GetJobRuns", "StartJobRun", "GetJobRuns"]);
    }

    #[tokio::test]
    async fn a_run_that_is_gone_on_with_is_found_by_its_id_though_it_is_over() {
        let over = json!({"JobRuns": [{"Id": "jr_9", "JobRunState": "SUCCEEDED"},
            {"Id": "jr_2", "JobRunState": "FAILED", "Arguments": {glue::RUN_ID: "ours"}}]});
        let server = Canned::start(vec![Reply::json(over)]).await;
        assert_eq!(begin(&session(&server), &plan(), "ours", true).await.unwrap(), "jr_2");
    }

    #[tokio::test]
    async fn a_run_that_a_schedule_started_reports_under_glues_id() {
        let going = json!({"Id": "jr_1", "JobName": "j", "JobRunState": "RUNNING", "TriggerName": "j-schedule"});
        let mut over = going.clone();
        over["JobRunState"] = json!("SUCCEEDED");
        let metrics =
            json!({"format_version": 1, "run_id": "jr_1", "status": "succeeded", "sources": {}, "tables": {}});
        let server = Canned::start(vec![
            Reply::json(json!({"JobRuns": [going]})),
            Reply::json(json!({"JobRun": over})),
            Reply::json(metrics).only_for("metrics.json"),
        ])
        .await;
        let plan = plan();
        let aws = session(&server);
        let begun = begin(&aws, &plan, "ours", false).await.unwrap();
        assert_eq!(begun, "jr_1");
        assert!(follow(&aws, &plan, &begun, "ours", &|_| ()).await.unwrap().foreign);
        let asked = server.operations();
        assert!(asked[2].contains("_pipectl/jr_1/metrics.json"), "{asked:?}");
    }
}
