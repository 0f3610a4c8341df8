//! `metrics.json`: what a job tells of its run. The contract between the PySpark script, the embedded engine, `run` and
//! the local cloud; written to `<warehouse>_pipectl/<run id>/metrics.json` by either engine, whatever the outcome.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use super::document::Severity;

/// What a run did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// 1.
    pub format_version: u32,
    /// The run.
    pub run_id: String,
    /// How it ended.
    pub status: Status,
    /// Why it failed, when it did: the text `run` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was read, by source.
    pub sources: IndexMap<String, SourceMetrics>,
    /// What was written, by table.
    pub tables: IndexMap<String, TableMetrics>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Every table was published.
    Succeeded,
    /// Nothing was published.
    Failed,
}

/// What was read of a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceMetrics {
    /// Conversion losses, by column; only columns that lost a value.
    pub cast_losses: IndexMap<String, CastLoss>,
    /// Rows of the wrong shape that were dropped, or kept as NULLs, as the source has it.
    #[serde(default)]
    pub malformed_rows: u64,
}

/// What was written of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TableMetrics {
    /// Rows written.
    pub rows: u64,
    /// Files written.
    pub files: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Losses of its change_schema steps, by column; only columns that lost a value.
    pub cast_losses: IndexMap<String, CastLoss>,
    /// What its `drop_duplicates` steps dropped, in the order of the steps; only those that dropped a row. Nothing before
    /// the table is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub duplicates: Vec<Duplicates>,
    /// Verdicts, in the manifest's order.
    pub checks: Vec<CheckVerdict>,
}

/// How many non-null values a conversion turned into NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CastLoss {
    /// Values that became NULL.
    pub lost: u64,
    /// Non-null values that went in.
    pub of: u64,
}

/// Rows that a `drop_duplicates` step dropped. What DISTINCT or UNION leaves out in a query is what it was asked for, and
/// is not counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicates {
    /// The step's key.
    pub by: Vec<String>,
    /// Rows that came to the step and did not leave it.
    pub dropped: u64,
    /// Rows that came to it.
    pub of: u64,
}

/// One check's outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckVerdict {
    /// [`super::document::Check::name`].
    pub check: String,
    /// What a failure does.
    pub severity: Severity,
    /// Whether it held.
    pub passed: bool,
    /// Rows that broke it.
    pub failing_rows: u64,
}
