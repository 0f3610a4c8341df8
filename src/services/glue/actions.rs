//! What a run does with Glue: start and follow job runs and crawls.

use std::collections::BTreeMap;

use aws_sdk_glue::config::retry::RetryConfig;
use aws_smithy_types::date_time::Format;

pub use super::catalog::{CatalogTable, partition_count, tables};
use crate::aws::error::{absent, may_have_happened};
use crate::aws::retry::{THROTTLED, retry_while};
use crate::aws::{Call, Session};
use crate::error::{Error, Kind, Result};

/// The IAM actions of a run.
pub const ACTIONS: &[&str] = &[
    "glue:BatchStopJobRun",
    "glue:GetCrawler",
    "glue:GetJobRun",
    "glue:GetJobRuns",
    "glue:GetPartitions",
    "glue:GetTables",
    "glue:StartCrawler",
    "glue:StartJobRun",
    "glue:StopCrawler",
];

/// The argument that tells a run of ours from any other.
pub const RUN_ID: &str = "--pipectl_run_id";

/// A run of a job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRun {
    /// Glue's id of it: `jr_...`.
    pub id: String,
    /// How it stands.
    pub state: JobRunState,
    /// What went wrong.
    pub error: Option<String>,
    /// More on how it stands, where there is more to say.
    pub detail: Option<String>,
    /// How long it has executed.
    pub seconds: u64,
    /// DPU-seconds that it used so far. Glue tells them with auto scaling and in the flexible class; otherwise they are the
    /// run's DPUs times its seconds. <https://docs.aws.amazon.com/glue/latest/webapi/API_JobRun.html>
    pub dpu_seconds: Option<f64>,
    /// It runs in the flexible execution class.
    pub flex: bool,
    /// How the names of its log groups begin: `/aws-glue/jobs`, or as its security configuration has it.
    pub log_group: Option<String>,
    /// The arguments of this run, without the job's defaults.
    pub arguments: BTreeMap<String, String>,
}

/// How a job run stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobRunState {
    /// Machines are being got.
    Starting,
    /// It executes.
    Running,
    /// It was told to stop.
    Stopping,
    /// It was stopped.
    Stopped,
    /// It is done.
    Succeeded,
    /// It failed.
    Failed,
    /// It took too long.
    Timeout,
    /// Any other, by Glue's name: `WAITING`, `ERROR`, `EXPIRED`.
    Other(String),
}

impl JobRunState {
    /// Nothing more will happen.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Stopped | Self::Succeeded | Self::Failed | Self::Timeout => true,
            Self::Starting | Self::Running | Self::Stopping => false,
            Self::Other(name) => matches!(name.as_str(), "ERROR" | "EXPIRED"),
        }
    }

    /// Glue's name of it: `RUNNING`.
    pub fn name(&self) -> &str {
        match self {
            Self::Starting => "STARTING",
            Self::Running => "RUNNING",
            Self::Stopping => "STOPPING",
            Self::Stopped => "STOPPED",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Timeout => "TIMEOUT",
            Self::Other(name) => name,
        }
    }

    fn from_name(name: &str) -> Self {
        match name {
            "STARTING" => Self::Starting,
            "RUNNING" => Self::Running,
            "STOPPING" => Self::Stopping,
            "STOPPED" => Self::Stopped,
            "SUCCEEDED" => Self::Succeeded,
            "FAILED" => Self::Failed,
            "TIMEOUT" => Self::Timeout,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// Starts a job run and gives its id. Needs `glue:StartJobRun` and `glue:GetJobRuns`.
///
/// The call has no idempotency token, so it is sent once; only a refusal that surely started nothing ("Rate exceeded") is
/// repeated. When the answer is lost, the runs are searched for one with the same [`RUN_ID`]. A run that is already there
/// shows as an error with the AWS code `ConcurrentRunsExceededException`.
pub async fn start_job_run(aws: &Session, job: &str, arguments: &BTreeMap<String, String>) -> Result<String> {
    let once = || aws_sdk_glue::config::Config::builder().retry_config(RetryConfig::disabled());
    let started = retry_while(&[&THROTTLED], || async {
        aws.glue
            .start_job_run()
            .job_name(job)
            .set_arguments(Some(arguments.clone().into_iter().collect()))
            .customize()
            .config_override(once())
            .send()
            .await
            .call("glue:StartJobRun")
    })
    .await;
    match started {
        Ok(started) => started
            .job_run_id
            .ok_or_else(|| Error::new(Kind::Aws, "aws-failed", "glue:StartJobRun answered without a run id")),
        Err(error) if may_have_happened(&error) => match arguments.get(RUN_ID) {
            Some(run_id) => find_run(aws, job, run_id).await?.ok_or(error),
            None => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// Glue's id of the run that was started with this [`RUN_ID`], over or not; among the last 200 runs. Needs `glue:GetJobRuns`.
pub async fn find_run(aws: &Session, job: &str, run_id: &str) -> Result<Option<String>> {
    let runs = job_runs_page(aws, job, None).await?.0;
    Ok(runs.into_iter().find(|run| run.arguments.get(RUN_ID).is_some_and(|id| id == run_id)).map(|run| run.id))
}

/// One run. Needs `glue:GetJobRun`.
pub async fn job_run(aws: &Session, job: &str, id: &str) -> Result<JobRun> {
    let got = aws.glue.get_job_run().job_name(job).run_id(id).send().await.call("glue:GetJobRun")?;
    got.job_run
        .as_ref()
        .map(plain_run)
        .ok_or_else(|| Error::new(Kind::Aws, "aws-failed", format!("glue:GetJobRun knows no run `{id}` of `{job}`")))
}

/// Asks job runs to stop, 25 at most; one that is over already is no error. They stop some time later. Needs
/// `glue:BatchStopJobRun`.
pub async fn stop_job_runs(aws: &Session, job: &str, ids: Vec<String>) -> Result<()> {
    // What Glue would not stop it lists in its answer; how the runs stand tells what counts.
    let call = aws.glue.batch_stop_job_run().job_name(job).set_job_run_ids(Some(ids));
    call.send().await.call("glue:BatchStopJobRun").map(drop)
}

/// The runs that are not over, newest first. Needs `glue:GetJobRuns`.
pub async fn running_job_runs(aws: &Session, job: &str) -> Result<Vec<JobRun>> {
    let mut running = Vec::new();
    let mut token = None;
    loop {
        let (runs, next) = job_runs_page(aws, job, token).await?;
        let over = runs.iter().all(|run| run.state.is_final());
        running.extend(runs.into_iter().filter(|run| !run.state.is_final()));
        // Glue lists the newest first: a page of finished runs is followed by older ones only.
        if over || next.is_none() {
            return Ok(running);
        }
        token = next;
    }
}

async fn job_runs_page(aws: &Session, job: &str, token: Option<String>) -> Result<(Vec<JobRun>, Option<String>)> {
    let page = aws
        .glue
        .get_job_runs()
        .job_name(job)
        .max_results(200)
        .set_next_token(token)
        .send()
        .await
        .call("glue:GetJobRuns")?;
    Ok((page.job_runs().iter().map(plain_run).collect(), page.next_token))
}

fn plain_run(run: &aws_sdk_glue::types::JobRun) -> JobRun {
    JobRun {
        id: run.id().unwrap_or_default().to_owned(),
        state: JobRunState::from_name(run.job_run_state().map_or("", |state| state.as_str())),
        error: run.error_message().filter(|text| !text.is_empty()).map(str::to_owned),
        detail: run.state_detail().map(str::to_owned),
        seconds: run.execution_time().try_into().unwrap_or_default(),
        dpu_seconds: run.dpu_seconds().or_else(|| Some(run.max_capacity()? * f64::from(run.execution_time()))),
        flex: run.execution_class() == Some(&aws_sdk_glue::types::ExecutionClass::Flex),
        log_group: run.log_group_name().filter(|name| !name.is_empty()).map(str::to_owned),
        arguments: run.arguments().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect(),
    }
}

/// What came of starting a crawl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrawlStart {
    /// It has begun.
    Started,
    /// One was going already.
    AlreadyRunning,
}

/// Starts a crawl; one that is going already is no error. Needs `glue:StartCrawler`.
pub async fn start_crawler(aws: &Session, name: &str) -> Result<CrawlStart> {
    match aws.glue.start_crawler().name(name).send().await.call("glue:StartCrawler") {
        Ok(_) => Ok(CrawlStart::Started),
        Err(error) if error.aws_code() == Some("CrawlerRunningException") => Ok(CrawlStart::AlreadyRunning),
        Err(error) => Err(error),
    }
}

/// Asks a crawl to stop; one that is over or stopping already is no error. Needs `glue:StopCrawler`.
pub async fn stop_crawler(aws: &Session, name: &str) -> Result<()> {
    let call = aws.glue.stop_crawler().name(name).send().await.call("glue:StopCrawler");
    absent(call, &["CrawlerNotRunningException", "CrawlerStoppingException", "EntityNotFoundException"]).map(drop)
}

/// How a crawler stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrawlerStatus {
    /// What it does now.
    pub state: CrawlerState,
    /// The crawl before; `None` when there was none.
    pub last: Option<LastCrawl>,
}

/// What a crawler does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrawlerState {
    /// Nothing.
    Ready,
    /// It crawls.
    Running,
    /// It writes what it found, or was told to stop.
    Stopping,
}

/// A crawl that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastCrawl {
    /// `SUCCEEDED`, `FAILED` or `CANCELLED`.
    pub status: String,
    /// What went wrong.
    pub error: Option<String>,
    /// When it began, RFC 3339; tells two crawls apart.
    pub started: Option<String>,
}

/// How the crawler stands. Needs `glue:GetCrawler`.
pub async fn crawler(aws: &Session, name: &str) -> Result<CrawlerStatus> {
    let got = aws.glue.get_crawler().name(name).send().await.call("glue:GetCrawler")?;
    let crawler = got
        .crawler
        .ok_or_else(|| Error::new(Kind::Aws, "aws-failed", format!("glue:GetCrawler knows no crawler `{name}`")))?;
    Ok(plain_crawler(&crawler))
}

pub(super) fn plain_crawler(crawler: &aws_sdk_glue::types::Crawler) -> CrawlerStatus {
    use aws_sdk_glue::types::CrawlerState as Sdk;
    CrawlerStatus {
        state: match crawler.state() {
            Some(Sdk::Running) => CrawlerState::Running,
            Some(Sdk::Stopping) => CrawlerState::Stopping,
            _ => CrawlerState::Ready,
        },
        last: crawler.last_crawl().map(|last| LastCrawl {
            status: last.status().map_or("", |status| status.as_str()).to_owned(),
            error: last.error_message().filter(|text| !text.is_empty()).map(str::to_owned),
            started: last.start_time().and_then(|time| time.fmt(Format::DateTime).ok()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    fn arguments() -> BTreeMap<String, String> {
        BTreeMap::from([(RUN_ID.to_owned(), "r1".to_owned())])
    }

    #[tokio::test]
    async fn a_start_whose_answer_is_lost_is_found_and_not_sent_again() {
        let runs = json!({"JobRuns": [
            {"Id": "jr_other", "JobRunState": "RUNNING", "Arguments": {RUN_ID: "r0"}},
            {"Id": "jr_ours", "JobRunState": "RUNNING", "Arguments": {RUN_ID: "r1"}},
        ]});
        let server =
            Canned::start(vec![Reply::json_error(500, "InternalServiceException", ""), Reply::json(runs)]).await;
        assert_eq!(start_job_run(&session(&server), "j", &arguments()).await.unwrap(), "jr_ours");
        assert_eq!(server.operations(), ["StartJobRun", "GetJobRuns"]);
    }

    /// DPU-seconds come first: with auto scaling and in the flexible class fewer machines ran than were asked for.
    #[tokio::test]
    async fn what_a_run_is_billed_by_is_read() {
        let run = |more: serde_json::Value| {
            let mut run = json!({"Id": "jr_1", "JobRunState": "SUCCEEDED", "ExecutionTime": 90, "MaxCapacity": 2.0});
            run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            Reply::json(json!({ "JobRun": run }))
        };
        let flexible = json!({"ExecutionClass": "FLEX", "DPUSeconds": 120.5});
        let server = Canned::start(vec![run(flexible), run(json!({"ExecutionClass": "STANDARD"}))]).await;
        for (flex, dpu_seconds) in [(true, 120.5), (false, 180.0)] {
            let told = job_run(&session(&server), "j", "jr_1").await.unwrap();
            assert_eq!((told.flex, told.dpu_seconds, told.seconds), (flex, Some(dpu_seconds), 90));
        }
    }

    #[tokio::test]
    async fn a_start_that_did_not_happen_is_an_error_and_was_sent_once() {
        let mut several = session(&Canned::start(vec![]).await);
        let server =
            Canned::start(vec![Reply::json_error(500, "InternalServiceException", ""), Reply::json(json!({}))]).await;
        several.glue = session(&server).glue;
        let error = start_job_run(&several, "j", &arguments()).await.unwrap_err();
        assert_eq!(error.aws_code(), Some("InternalServiceException"));
        assert_eq!(server.operations(), ["StartJobRun", "GetJobRuns"]);
    }

    #[tokio::test]
    async fn a_run_that_is_already_there_shows_by_its_code() {
        let refusal = Reply::json_error(400, "ConcurrentRunsExceededException", "Concurrent runs exceeded for j");
        let server = Canned::start(vec![refusal]).await;
        let error = start_job_run(&session(&server), "j", &arguments()).await.unwrap_err();
        assert_eq!(error.aws_code(), Some("ConcurrentRunsExceededException"));
        assert_eq!(server.operations(), ["StartJobRun"]);
    }

    #[tokio::test]
    async fn throttling_started_nothing_and_is_repeated() {
        let throttled = Reply::json_error(400, "ThrottlingException", "Rate exceeded");
        let server = Canned::start(vec![throttled, Reply::json(json!({"JobRunId": "jr_1"}))]).await;
        assert_eq!(start_job_run(&session(&server), "j", &arguments()).await.unwrap(), "jr_1");
    }

    #[tokio::test]
    async fn running_runs_are_those_not_over() {
        let page = json!({"NextToken": "t", "JobRuns": [
            {"Id": "a", "JobRunState": "WAITING"}, {"Id": "b", "JobRunState": "SUCCEEDED"},
        ]});
        let older = json!({"NextToken": "u", "JobRuns": [{"Id": "c", "JobRunState": "FAILED", "ErrorMessage": "x"}]});
        let server = Canned::start(vec![Reply::json(page), Reply::json(older)]).await;
        let runs = running_job_runs(&session(&server), "j").await.unwrap();
        assert_eq!(runs.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(runs[0].state, JobRunState::Other("WAITING".into()));
    }

    #[tokio::test]
    async fn a_crawl_that_is_going_is_not_doubled() {
        let refusal = Reply::json_error(400, "CrawlerRunningException", "Crawler with name c has already started");
        let server = Canned::start(vec![refusal]).await;
        assert_eq!(start_crawler(&session(&server), "c").await.unwrap(), CrawlStart::AlreadyRunning);
    }

    #[tokio::test]
    async fn a_crawler_tells_its_last_crawl() {
        let reply = json!({"Crawler": {"Name": "c", "State": "STOPPING", "LastCrawl": {
            "Status": "FAILED", "ErrorMessage": "no", "StartTime": 1_700_000_000.0}}});
        let server = Canned::start(vec![Reply::json(reply)]).await;
        let status = crawler(&session(&server), "c").await.unwrap();
        assert_eq!(status.state, CrawlerState::Stopping);
        let last = LastCrawl {
            status: "FAILED".into(),
            error: Some("no".into()),
            started: Some("2023-11-14T22:13:20Z".into()),
        };
        assert_eq!(status.last, Some(last));
    }

    #[test]
    fn final_states() {
        let finals = ["STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "EXPIRED"];
        assert!(finals.iter().all(|name| JobRunState::from_name(name).is_final()));
        assert!(
            !["STARTING", "RUNNING", "STOPPING", "WAITING", "NEW"].iter().any(|n| JobRunState::from_name(n).is_final())
        );
    }
}
