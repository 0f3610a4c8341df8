//! The stages in order: drives a run, keeps its record, stops at the first stage that fails.

use std::time::Instant;

use super::event::{Event, Events, Stage};
use super::job::{JobFailure, JobPlan};
use super::queries::QueryPlan;
use super::record::{QueryResult, RunRecord, RunStatus, StageRecord};
use super::refresh::RefreshPlan;
use super::upload::SourceFiles;
use super::{crawl, job, queries, refresh, upload};
use crate::aws::Session;
use crate::error::{Error, Result};
use crate::services::s3::actions as s3;

/// Everything a run needs to know, computed from the manifest before it starts.
#[derive(Clone, Debug)]
pub struct RunPlan {
    /// The run's id.
    pub run_id: String,
    /// When it starts, RFC 3339.
    pub started: String,
    /// The stages to run, in order.
    pub stages: Vec<Stage>,
    /// Local sources.
    pub sources: Vec<SourceFiles>,
    /// The job.
    pub job: JobPlan,
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

/// A run that ended, well or not.
#[derive(Debug)]
pub struct Ended {
    /// What is kept.
    pub record: RunRecord,
    /// The answers, by name.
    pub answers: Vec<(String, QueryResult)>,
    /// Why it failed, when it did.
    pub error: Option<Error>,
}

/// Runs the stages. An error in a stage ends the run and comes back in [`Ended::error`] together with the record of what was done.
pub async fn run(aws: &Session, plan: &RunPlan, events: Events<'_>) -> Ended {
    let mut run = Run {
        aws,
        plan,
        events,
        record: RunRecord::begin(plan.run_id.clone(), plan.started.clone()),
        answers: Vec::new(),
    };
    events(Event::Started { run_id: plan.run_id.clone() });
    let mut error = run.keep().await.err();
    for stage in &plan.stages {
        if error.is_some() {
            break;
        }
        error = run.stage(*stage).await.err();
    }
    run.record.status = if error.is_some() { RunStatus::Failed } else { RunStatus::Succeeded };
    if error.is_none() {
        run.record.dashboards = plan.dashboards.iter().cloned().collect();
    }
    run.record.error = error.as_ref().map(|e| e.message().to_owned());
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
}

impl Run<'_> {
    async fn stage(&mut self, stage: Stage) -> Result<()> {
        (self.events)(Event::StageStarted(stage));
        let started = Instant::now();
        let outcome = self.perform(stage).await;
        let seconds = (started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        let status = if outcome.is_ok() { RunStatus::Succeeded } else { RunStatus::Failed };
        self.record.stages.push(StageRecord { name: stage, status, seconds });
        match outcome {
            Ok(summary) => {
                (self.events)(Event::StageFinished { stage, seconds, summary });
                Ok(())
            }
            Err(error) => {
                (self.events)(Event::StageFailed { stage, seconds });
                Err(error)
            }
        }
    }

    async fn perform(&mut self, stage: Stage) -> Result<String> {
        match stage {
            Stage::Upload => upload::upload(self.aws, &self.plan.sources, self.events).await,
            Stage::Job => self.job().await,
            Stage::Crawl => crawl::crawl(self.aws, &self.plan.crawler, &self.plan.database, self.events).await,
            Stage::Queries => {
                self.answers = queries::queries(self.aws, &self.plan.queries, self.events).await?;
                self.record.queries = self.answers.iter().map(|(name, a)| (name.clone(), a.into())).collect();
                Ok(format!("{} answered", self.answers.len()))
            }
            Stage::Refresh => self.refresh().await,
        }
    }

    async fn refresh(&mut self) -> Result<String> {
        let (plans, run_id) = (&self.plan.refreshes, &self.plan.run_id);
        self.record.datasets = refresh::refresh(self.aws, plans, run_id, self.events).await?.into_iter().collect();
        let read = self.record.datasets.values().filter(|set| set.refreshed).count();
        let rows: u64 = self.record.datasets.values().filter(|set| set.refreshed).map(|set| set.rows).sum();
        Ok(match self.record.datasets.len() - read {
            0 => format!("{rows} rows into {read} data sets"),
            same => format!("{rows} rows into {read} data sets, {same} unchanged"),
        })
    }

    async fn job(&mut self) -> Result<String> {
        match job::run(self.aws, &self.plan.job, &self.plan.run_id, self.events).await {
            Ok(outcome) => {
                let mut words = match &outcome.metrics {
                    None => "done; the script reported no metrics".to_owned(),
                    Some(metrics) => {
                        self.record.absorb(metrics);
                        let rows: u64 = self.record.tables.values().map(|t| t.rows).sum();
                        format!("{rows} rows into {} tables", self.record.tables.len())
                    }
                };
                if outcome.attached {
                    words.push_str(", by a run that was going already");
                }
                if let Some(hours) = outcome.dpu_hours {
                    words.push_str(&format!(", {hours:.2} DPU-hours"));
                }
                Ok(words)
            }
            Err(JobFailure { error, metrics }) => {
                if let Some(metrics) = metrics {
                    self.record.absorb(&metrics);
                }
                Err(error)
            }
        }
    }

    async fn keep(&self) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.record).map_err(|e| Error::bug(e.to_string()))?;
        s3::put_text(self.aws, &self.plan.records_bucket, &self.plan.record_key, &text, "application/json").await
    }
}
