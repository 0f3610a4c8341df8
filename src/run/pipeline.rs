//! The stages in order: drives a run, keeps its record, stops at the first stage that fails. The record is kept at every turn,
//! so that a run which was left goes on where it was.

use std::pin::pin;
use std::time::Instant;

use super::billing::{self, Executed};
use super::event::{Event, Events, Stage};
use super::job::{JobFailure, JobPlan};
use super::queries::QueryPlan;
use super::record::{QueryResult, RunRecord, RunStatus, StageRecord};
use super::refresh::RefreshPlan;
use super::upload::SourceFiles;
use super::{crawl, job, leave, queries, record, refresh, upload};
use crate::aws::Session;
use crate::cost::Billing;
use crate::error::{Error, Result};

/// Everything a run needs to know, computed from the manifest before it starts.
#[derive(Clone, Debug)]
pub struct RunPlan {
    /// What is known of the run: it has just begun, or an earlier process has left it.
    pub record: RunRecord,
    /// Whether an earlier process has left it.
    pub again: bool,
    /// The job is started and left to Glue.
    pub detach: bool,
    /// What runs the job ends with this process.
    pub embedded: bool,
    /// Local sources.
    pub sources: Vec<SourceFiles>,
    /// The job.
    pub job: JobPlan,
    /// How it is paid for; `None`: nothing is.
    pub billing: Option<Billing>,
    /// The crawler's name.
    pub crawler: String,
    /// The database's name.
    pub database: String,
    /// The named queries.
    pub queries: Vec<QueryPlan>,
    /// The data sets in SPICE.
    pub refreshes: Vec<RefreshPlan>,
    /// Where the dashboards are, by name; told when the run succeeded.
    pub dashboards: Vec<(String, String)>,
    /// The bucket of the run records.
    pub records_bucket: String,
    /// The key of this run's record.
    pub record_key: String,
}

/// A run that ended or was left.
#[derive(Debug)]
pub struct Ended {
    /// What is kept.
    pub record: RunRecord,
    /// The answers, by name.
    pub answers: Vec<(String, QueryResult)>,
    /// Why it failed, when it did, or that it was interrupted.
    pub error: Option<Error>,
}

/// What became of a stage.
enum Outcome {
    /// It is done; what it did, in a few words.
    Done(String),
    /// It goes on by itself.
    Left,
}

/// Runs the stages that are left to do. An error in a stage ends the run and comes back in [`Ended::error`] together with the
/// record of what was done; so does `interrupt`, which leaves the run as it is for the next to go on with.
pub async fn run(aws: &Session, plan: &RunPlan, events: Events<'_>, interrupt: impl Future<Output = ()>) -> Ended {
    let mut run = Run { aws, plan, events, record: plan.record.clone(), answers: Vec::new(), executed: 0.0 };
    events(Event::Started { run_id: plan.record.run_id.clone() });
    let mut interrupt = pin!(interrupt);
    let mut error = run.keep().await.err();
    let mut left = false;
    for stage in plan.record.left() {
        if error.is_some() || left {
            break;
        }
        let ended = tokio::select! {
            ended = run.stage(stage) => ended,
            () = &mut interrupt => {
                let is_over = plan.embedded && stage == Stage::Job;
                left = !is_over;
                Err(leave::interrupted(&run.record, stage, is_over))
            }
        };
        match ended {
            Ok(goes_on) => left = goes_on,
            Err(e) => error = Some(e),
        }
    }
    run.record.status = match (left, &error) {
        (true, _) => RunStatus::Running,
        (false, Some(_)) => RunStatus::Failed,
        (false, None) => RunStatus::Succeeded,
    };
    if run.record.status != RunStatus::Running {
        billing::run_ended(&mut run.record, plan.billing.as_ref());
    }
    if run.record.status == RunStatus::Succeeded {
        run.record.dashboards = plan.dashboards.iter().cloned().collect();
    }
    if run.record.status == RunStatus::Failed {
        run.record.error = error.as_ref().map(|e| e.message().to_owned());
    }
    // The stages' error matters more than that of writing it down.
    let kept = run.keep().await.err();
    Ended { record: run.record, answers: run.answers, error: error.or(kept) }
}

struct Run<'a> {
    aws: &'a Session,
    plan: &'a RunPlan,
    events: Events<'a>,
    record: RunRecord,
    answers: Vec<(String, QueryResult)>,
    /// Seconds that the job executed, by Glue: more than were watched, when it was left in between.
    executed: f64,
}

impl Run<'_> {
    /// Runs one stage; true when it was left to go on by itself.
    async fn stage(&mut self, stage: Stage) -> Result<bool> {
        (self.events)(Event::StageStarted(stage));
        let started = Instant::now();
        let outcome = self.perform(stage).await;
        let watched = started.elapsed().as_secs_f64();
        let seconds = if stage == Stage::Job { watched.max(self.executed) } else { watched };
        let seconds = (seconds * 1000.0).round() / 1000.0;
        let (status, event) = match &outcome {
            Ok(Outcome::Left) => {
                (self.events)(Event::StageLeft(stage));
                return Ok(true);
            }
            Ok(Outcome::Done(summary)) => {
                (RunStatus::Succeeded, Event::StageFinished { stage, seconds, summary: summary.clone() })
            }
            Err(_) => (RunStatus::Failed, Event::StageFailed { stage, seconds }),
        };
        self.record.stages.push(StageRecord { name: stage, status, seconds });
        (self.events)(event);
        outcome?;
        self.keep().await?;
        Ok(false)
    }

    async fn perform(&mut self, stage: Stage) -> Result<Outcome> {
        let summary = match stage {
            Stage::Upload => upload::upload(self.aws, &self.plan.sources, self.events).await?,
            Stage::Job => return self.job().await,
            Stage::Crawl => crawl::crawl(self.aws, &self.plan.crawler, &self.plan.database, self.events).await?,
            Stage::Queries => {
                self.answers = queries::queries(self.aws, &self.plan.queries, self.events).await?;
                self.record.queries = self.answers.iter().map(|(name, a)| (name.clone(), a.into())).collect();
                format!("{} answered", self.answers.len())
            }
            Stage::Refresh => self.refresh().await?,
        };
        Ok(Outcome::Done(summary))
    }

    async fn refresh(&mut self) -> Result<String> {
        let (plans, run_id) = (&self.plan.refreshes, &self.record.run_id);
        self.record.datasets = refresh::refresh(self.aws, plans, run_id, self.events).await?.into_iter().collect();
        let read = self.record.datasets.values().filter(|set| set.refreshed).count();
        let rows: u64 = self.record.datasets.values().filter(|set| set.refreshed).map(|set| set.rows).sum();
        Ok(match self.record.datasets.len() - read {
            0 => format!("{rows} rows into {read} data sets"),
            same => format!("{rows} rows into {read} data sets, {same} unchanged"),
        })
    }

    async fn job(&mut self) -> Result<Outcome> {
        let (known, run_id) = (self.record.job_run.clone(), self.record.run_id.clone());
        let id = match &known {
            Some(id) => id.clone(),
            None => {
                if let Some(warning) = job::preflight(self.aws, &self.plan.job).await? {
                    (self.events)(Event::Warning(warning));
                }
                job::begin(self.aws, &self.plan.job, &run_id, self.plan.again).await?
            }
        };
        (self.events)(Event::JobBegun { job_run: id.clone() });
        if known.is_none() {
            self.record.job_run = Some(id.clone());
            self.keep().await?;
        }
        if self.plan.detach {
            return Ok(Outcome::Left);
        }
        match job::follow(self.aws, &self.plan.job, &id, &run_id, self.events).await {
            Ok(outcome) => {
                self.executed = outcome.seconds as f64;
                self.record.dpu_hours = outcome.dpu_hours;
                let (seconds, flex) = (outcome.seconds, outcome.flex);
                let executed = Executed { hours: outcome.dpu_hours, seconds, flex, succeeded: true };
                billing::job_ended(&mut self.record, self.plan.billing.as_ref(), executed);
                let mut words = match &outcome.metrics {
                    None => "done; the script reported no metrics".to_owned(),
                    Some(metrics) => {
                        self.record.absorb(metrics);
                        let rows: u64 = self.record.tables.values().map(|t| t.rows).sum();
                        format!("{rows} rows into {} tables", self.record.tables.len())
                    }
                };
                if outcome.foreign {
                    words.push_str(", by a run that was going already");
                }
                if let Some(hours) = outcome.dpu_hours {
                    words.push_str(&format!(", {hours:.2} DPU-hours"));
                }
                Ok(Outcome::Done(words))
            }
            Err(JobFailure { error, metrics, seconds, dpu_hours, flex }) => {
                self.executed = seconds as f64;
                self.record.dpu_hours = dpu_hours;
                let executed = Executed { hours: dpu_hours, seconds, flex, succeeded: false };
                billing::job_ended(&mut self.record, self.plan.billing.as_ref(), executed);
                if let Some(metrics) = metrics {
                    self.record.absorb(&metrics);
                }
                Err(error)
            }
        }
    }

    async fn keep(&self) -> Result<()> {
        record::keep(self.aws, &self.plan.records_bucket, &self.plan.record_key, &self.record).await
    }
}
