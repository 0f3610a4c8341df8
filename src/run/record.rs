//! A run's result: printed, given as JSON, and kept as `runs/<id>.json` so that `status` and `runs` can tell of it.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::event::Stage;
use crate::aws::Session;
use crate::cost::RunCost;
use crate::error::{Error, Result};
use crate::flow::metrics::{Duplicates, Metrics};
use crate::services::s3::actions as s3;

/// What a run did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The run's id: when it started, and four random letters.
    pub run_id: String,
    /// How it ended.
    pub status: RunStatus,
    /// When it started, RFC 3339, UTC.
    pub started: String,
    /// Why it failed, when it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The stages that it is to go through; empty in records of old.
    #[serde(default)]
    pub planned: Vec<Stage>,
    /// The tables that it takes in, where that is not all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub selected: Vec<String>,
    /// The stages that ran, in order.
    pub stages: Vec<StageRecord>,
    /// Glue's id of the job run, once there is one: `jr_...`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_run: Option<String>,
    /// What the job run used, in DPU-hours; `None` where nothing is paid for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpu_hours: Option<f64>,
    /// What it cost, with its parts; `None` where nothing is paid for, and in records of old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<RunCost>,
    /// What was written, by table.
    pub tables: IndexMap<String, TableRecord>,
    /// Conversion losses in sources, by source and column; only columns that lost a value.
    #[serde(default)]
    pub sources: IndexMap<String, IndexMap<String, u64>>,
    /// Malformed rows that sources spared (dropped or kept as NULLs); only sources that had some.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub malformed: IndexMap<String, u64>,
    /// Every check's verdict.
    pub checks: Vec<CheckRecord>,
    /// What the queries answered, by name.
    pub queries: IndexMap<String, QueryRecord>,
    /// Data sets in SPICE, by name.
    #[serde(default)]
    pub datasets: IndexMap<String, DatasetRecord>,
    /// Where the dashboards are: the pages that `up` wrote, else their places in QuickSight.
    pub dashboards: IndexMap<String, String>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// It is going on, or was left: by `--detach`, by Ctrl-C, by a process that died. `run --attach` goes on with it.
    Running,
    /// Every stage succeeded.
    Succeeded,
    /// A stage failed.
    Failed,
}

/// One stage's outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// Which one.
    pub name: Stage,
    /// How it ended.
    pub status: RunStatus,
    /// How long it took.
    pub seconds: f64,
}

/// One table's outcome.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TableRecord {
    /// Rows written.
    pub rows: u64,
    /// Files written.
    pub files: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Values that conversions turned into NULL, by column.
    pub cast_losses: IndexMap<String, u64>,
    /// Rows that `drop_duplicates` steps dropped, in the order of the steps; only those that dropped a row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<Duplicates>,
}

/// One check's outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckRecord {
    /// The table.
    pub table: String,
    /// The check, e.g. `unique(id)`.
    pub check: String,
    /// `passed`, `failed`, or `warned` for a failure of severity warn.
    pub status: CheckStatus,
    /// Rows that broke it.
    pub failing_rows: u64,
}

/// A check's verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    /// It held.
    Passed,
    /// It did not, and the run failed.
    Failed,
    /// It did not, and only a warning was asked for.
    Warned,
}

/// One query's outcome, as recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryRecord {
    /// Rows it answered.
    pub rows: u64,
    /// Bytes Athena scanned.
    pub bytes_scanned: u64,
    /// Where its CSV lies.
    pub location: String,
}

/// One data set's outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetRecord {
    /// Rows that are in SPICE.
    pub rows: u64,
    /// False: nothing had changed since it was read last.
    pub refreshed: bool,
}

/// One query's outcome with its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QueryResult {
    /// Column names and Athena types.
    pub columns: Vec<(String, String)>,
    /// Rows as text; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Bytes Athena scanned.
    pub bytes_scanned: u64,
    /// Milliseconds it took.
    pub millis: u64,
    /// Where its CSV lies.
    pub location: String,
}

impl RunRecord {
    /// A run that has just begun.
    pub fn begin(run_id: String, started: String) -> Self {
        Self {
            run_id,
            status: RunStatus::Running,
            started,
            error: None,
            planned: Vec::new(),
            selected: Vec::new(),
            stages: Vec::new(),
            job_run: None,
            dpu_hours: None,
            cost: None,
            tables: IndexMap::new(),
            sources: IndexMap::new(),
            malformed: IndexMap::new(),
            checks: Vec::new(),
            queries: IndexMap::new(),
            datasets: IndexMap::new(),
            dashboards: IndexMap::new(),
        }
    }

    /// The planned stages that have not succeeded yet.
    pub fn left(&self) -> Vec<Stage> {
        let planned = if self.planned.is_empty() { &Stage::ALL[..] } else { &self.planned };
        let done = |stage: &Stage| self.stages.iter().any(|s| s.name == *stage && s.status == RunStatus::Succeeded);
        planned.iter().copied().filter(|stage| !done(stage)).collect()
    }

    /// Whether its job has published tables.
    pub fn has_published(&self) -> bool {
        self.stages.iter().any(|stage| stage.name == Stage::Job && stage.status == RunStatus::Succeeded)
    }

    /// Takes over what the job reported.
    pub fn absorb(&mut self, metrics: &Metrics) {
        for (name, source) in &metrics.sources {
            let losses: IndexMap<_, _> = source.cast_losses.iter().map(|(c, loss)| (c.clone(), loss.lost)).collect();
            if !losses.is_empty() {
                self.sources.insert(name.clone(), losses);
            }
            if source.malformed_rows > 0 {
                self.malformed.insert(name.clone(), source.malformed_rows);
            }
        }
        for (name, table) in &metrics.tables {
            let record = TableRecord {
                rows: table.rows,
                files: table.files,
                bytes: table.bytes,
                cast_losses: table.cast_losses.iter().map(|(c, loss)| (c.clone(), loss.lost)).collect(),
                duplicates: table.duplicates.clone(),
            };
            self.tables.insert(name.clone(), record);
            self.checks.extend(table.checks.iter().map(|verdict| CheckRecord {
                table: name.clone(),
                check: verdict.check.clone(),
                status: match (verdict.passed, verdict.severity) {
                    (true, _) => CheckStatus::Passed,
                    (false, crate::flow::metrics::Severity::Error) => CheckStatus::Failed,
                    (false, crate::flow::metrics::Severity::Warn) => CheckStatus::Warned,
                },
                failing_rows: verdict.failing_rows,
            }));
        }
    }
}

/// Keeps a record. Needs `s3:PutObject`.
pub async fn keep(aws: &Session, bucket: &str, key: &str, record: &RunRecord) -> Result<()> {
    let text = serde_json::to_string_pretty(record).map_err(|e| Error::bug(e.to_string()))?;
    s3::put_text(aws, bucket, key, &text, "application/json").await
}

impl From<&QueryResult> for QueryRecord {
    fn from(result: &QueryResult) -> Self {
        Self { rows: result.rows.len() as u64, bytes_scanned: result.bytes_scanned, location: result.location.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::metrics::{CastLoss, CheckVerdict, Severity, Status, TableMetrics};

    #[test]
    fn a_failed_warning_is_told_as_one() {
        let mut table = TableMetrics { rows: 3, files: 1, bytes: 10, ..Default::default() };
        table.cast_losses.insert("release_date".into(), CastLoss { lost: 2, of: 3 });
        table.duplicates.push(Duplicates { by: vec!["id".into()], dropped: 4, of: 7 });
        for (check, severity, passed) in
            [("a", Severity::Warn, false), ("b", Severity::Error, false), ("c", Severity::Warn, true)]
        {
            table.checks.push(CheckVerdict { check: check.into(), severity, passed, failing_rows: u64::from(!passed) });
        }
        let metrics = Metrics {
            format_version: 1,
            run_id: "r".into(),
            status: Status::Failed,
            error: None,
            sources: IndexMap::new(),
            tables: IndexMap::from([("hits".to_owned(), table)]),
        };
        let mut record = RunRecord::begin("r".into(), "2026-01-01T00:00:00Z".into());
        record.absorb(&metrics);
        assert_eq!(record.tables["hits"].cast_losses["release_date"], 2);
        assert_eq!(record.tables["hits"].duplicates[0].dropped, 4);
        let verdicts: Vec<_> = record.checks.iter().map(|c| c.status).collect();
        assert_eq!(verdicts, [CheckStatus::Warned, CheckStatus::Failed, CheckStatus::Passed]);
    }
}
