//! Stopping a run that was left: what goes on by itself in AWS, and the run's record.

use std::time::Duration;

use super::billing::{self, Executed};
use super::event::Stage;
use super::record::{RunRecord, RunStatus, StageRecord};
use crate::aws::Session;
use crate::aws::wait::{Progress, poll};
use crate::cost::Billing;
use crate::error::Result;
use crate::services::glue::actions::{self as glue, CrawlerState, JobRun, JobRunState};

/// How long a job run may take to stop: Glue lets it end what it has begun.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Stopped {
    /// The run is over now; what of it was stopped in AWS, in words, when something was.
    Over(Option<String>),
    /// Its job had come to its end already, well: the run can be gone on with.
    JobDone,
}

/// Stops what goes on of the run that `record` is of, and waits until it does; the record then tells of a failed run. `job` and
/// `crawler` are its pipeline's; `billing`: how it is paid for.
pub async fn stop(
    aws: &Session,
    (job, crawler): (&str, &str),
    billing: Option<&Billing>,
    record: &mut RunRecord,
) -> Result<Stopped> {
    let next = record.left().into_iter().next();
    let mut stopped = None;
    match next {
        Some(Stage::Job) => {
            // It may have been started by a process that died before it wrote that down.
            let id = match &record.job_run {
                Some(id) => Some(id.clone()),
                None => glue::find_run(aws, job, &record.run_id).await?,
            };
            if let Some(id) = id {
                let ended = stop_job(aws, job, &id).await?;
                record.job_run = Some(id);
                if ended.state == JobRunState::Succeeded {
                    return Ok(Stopped::JobDone);
                }
                let how = format!("job run {} ended {} after {} s", ended.id, ended.state.name(), ended.seconds);
                stopped = Some(format!("{how}; the tables keep their old rows"));
                over(record, Stage::Job, ended.seconds as f64);
                record.dpu_hours = ended.dpu_seconds.filter(|_| billing.is_some()).map(|seconds| seconds / 3600.0);
                let (hours, seconds) = (record.dpu_hours, ended.seconds);
                billing::job_ended(record, billing, Executed { hours, seconds, flex: ended.flex, succeeded: false });
            }
        }
        Some(Stage::Crawl) if glue::crawler(aws, crawler).await?.state != CrawlerState::Ready => {
            stop_crawl(aws, crawler).await?;
            stopped = Some(format!("crawler {crawler} was stopped; the tables are published"));
            over(record, Stage::Crawl, 0.0);
        }
        _ => {}
    }
    record.status = RunStatus::Failed;
    billing::run_ended(record, billing);
    record.error = Some("stopped on request".to_owned());
    Ok(Stopped::Over(stopped))
}

fn over(record: &mut RunRecord, name: Stage, seconds: f64) {
    record.stages.push(StageRecord { name, status: RunStatus::Failed, seconds });
}

async fn stop_job(aws: &Session, job: &str, id: &str) -> Result<JobRun> {
    let run = glue::job_run(aws, job, id).await?;
    if run.state.is_final() {
        return Ok(run);
    }
    glue::stop_job_runs(aws, job, vec![id.to_owned()]).await?;
    poll(&format!("job run {id} to stop"), PATIENCE, super::watching(aws), || async {
        let run = glue::job_run(aws, job, id).await?;
        Ok(if run.state.is_final() { Progress::Done(run) } else { Progress::Pending(run.state.name().to_owned()) })
    })
    .await
}

async fn stop_crawl(aws: &Session, crawler: &str) -> Result<()> {
    glue::stop_crawler(aws, crawler).await?;
    poll(&format!("crawler {crawler} to stop"), PATIENCE, super::watching(aws), || async {
        Ok(match glue::crawler(aws, crawler).await?.state {
            CrawlerState::Ready => Progress::Done(()),
            state => Progress::Pending(format!("{state:?}").to_lowercase()),
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    fn run(state: &str) -> Reply {
        Reply::json(json!({"JobRun": {"Id": "jr_1", "JobRunState": state, "ExecutionTime": 7}}))
    }

    fn crawler(state: &str) -> Reply {
        Reply::json(json!({"Crawler": {"Name": "c", "State": state}}))
    }

    /// A run with these stages behind it.
    fn record(done: &[Stage], job_run: Option<&str>) -> RunRecord {
        let mut record = RunRecord::begin("R".into(), "2026-01-01T00:00:00Z".into());
        let stage = |name: &Stage| StageRecord { name: *name, status: RunStatus::Succeeded, seconds: 1.0 };
        record.stages = done.iter().map(stage).collect();
        record.job_run = job_run.map(str::to_owned);
        record
    }

    async fn stopped(replies: Vec<Reply>, record: &mut RunRecord) -> (Stopped, Vec<String>) {
        let server = Canned::start(replies).await;
        let stopped = stop(&session(&server), ("j", "c"), None, record).await.unwrap();
        (stopped, server.operations())
    }

    #[tokio::test]
    async fn a_job_is_stopped_and_waited_for() {
        let mut run_record = record(&[Stage::Upload], Some("jr_1"));
        let replies = vec![run("RUNNING"), Reply::json(json!({})), run("STOPPING"), run("STOPPED")];
        let (told, asked) = stopped(replies, &mut run_record).await;
        assert_eq!(
            told,
            Stopped::Over(Some("job run jr_1 ended STOPPED after 7 s; the tables keep their old rows".into()))
        );
        assert_eq!(asked, ["GetJobRun", "BatchStopJobRun", "GetJobRun", "GetJobRun"]);
        assert_eq!((run_record.status, run_record.error.as_deref()), (RunStatus::Failed, Some("stopped on request")));
        let last = run_record.stages.last().unwrap();
        assert_eq!((last.name, last.status, last.seconds), (Stage::Job, RunStatus::Failed, 7.0));
    }

    #[tokio::test]
    async fn a_job_that_has_ended_well_is_not_thrown_away() {
        let mut record = record(&[Stage::Upload], Some("jr_1"));
        let before = record.clone();
        let (told, asked) = stopped(vec![run("SUCCEEDED")], &mut record).await;
        assert_eq!((told, asked.len(), record == before), (Stopped::JobDone, 1, true));
    }

    #[tokio::test]
    async fn a_job_that_nobody_wrote_down_is_found_by_its_run() {
        let runs = json!({"JobRuns": [{"Id": "jr_1", "JobRunState": "RUNNING", "Arguments": {glue::RUN_ID: "R"}}]});
        let mut left = record(&[Stage::Upload], None);
        let replies = vec![Reply::json(runs), run("RUNNING"), Reply::json(json!({})), run("STOPPED")];
        let (told, _) = stopped(replies, &mut left).await;
        assert!(matches!(told, Stopped::Over(Some(_))));
        assert_eq!(left.job_run.as_deref(), Some("jr_1"));
        let (told, _) = stopped(vec![Reply::json(json!({"JobRuns": []}))], &mut record(&[Stage::Upload], None)).await;
        assert_eq!(told, Stopped::Over(None));
    }

    #[tokio::test]
    async fn a_crawl_is_stopped_and_a_crawler_at_rest_left_alone() {
        let crawling = || record(&[Stage::Upload, Stage::Job], Some("jr_1"));
        let replies = vec![crawler("RUNNING"), Reply::json(json!({})), crawler("STOPPING"), crawler("READY")];
        let (told, asked) = stopped(replies, &mut crawling()).await;
        assert_eq!(told, Stopped::Over(Some("crawler c was stopped; the tables are published".into())));
        assert_eq!(asked, ["GetCrawler", "StopCrawler", "GetCrawler", "GetCrawler"]);
        let (told, asked) = stopped(vec![crawler("READY")], &mut crawling()).await;
        assert_eq!((told, asked.len()), (Stopped::Over(None), 1));
    }
}
