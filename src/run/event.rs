//! What a run tells while it goes on. Logic sends events; views in `report` make lines and bars of them.

use serde::Serialize;

use super::record::QueryResult;
use crate::error::Error;

/// The stages, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Local files to staging.
    Upload,
    /// The Glue job: write, audit, publish.
    Job,
    /// The crawler: partitions and schema into the catalog.
    Crawl,
    /// Athena's named queries.
    Queries,
    /// SPICE reads the data sets anew.
    Refresh,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Stage; 5] = [Stage::Upload, Stage::Job, Stage::Crawl, Stage::Queries, Stage::Refresh];

    /// The name, as on the command line and in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Upload => "upload",
            Stage::Job => "job",
            Stage::Crawl => "crawl",
            Stage::Queries => "queries",
            Stage::Refresh => "refresh",
        }
    }
}

impl std::str::FromStr for Stage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Stage::ALL
            .into_iter()
            .find(|s| s.as_str() == text)
            .ok_or_else(|| format!("not a stage; the stages are {}", Stage::ALL.map(Stage::as_str).join(", ")))
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// The run has a name now.
    Started {
        /// The run's id.
        run_id: String,
    },
    /// A stage begins.
    StageStarted(Stage),
    /// A stage moves on.
    Progress {
        /// Which one.
        stage: Stage,
        /// What it is doing: "running", "3 of 4 files".
        text: String,
        /// Bytes or items done, and of how many, where that is known.
        of: Option<(u64, u64)>,
    },
    /// A query has its answer.
    Query {
        /// Its name.
        name: String,
        /// What it answered.
        result: QueryResult,
    },
    /// The job runs in Glue, under this id of Glue's.
    JobBegun {
        /// `jr_...`
        job_run: String,
    },
    /// Something that the author may not have meant, and that stops nothing.
    Warning(Error),
    /// A stage is left to go on by itself.
    StageLeft(Stage),
    /// A stage is done.
    StageFinished {
        /// Which one.
        stage: Stage,
        /// How long it took.
        seconds: f64,
        /// What it did, in a few words.
        summary: String,
    },
    /// A stage failed; the error follows as the run's.
    StageFailed {
        /// Which one.
        stage: Stage,
        /// How long it took.
        seconds: f64,
    },
}

/// Where events go.
pub type Events<'a> = &'a (dyn Fn(Event) + Send + Sync);
