//! A run: sources, tables, audit, publish, in the order that [`crate::flow::verdict`] fixes for both engines.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use indexmap::IndexMap;
use tokio::sync::mpsc::{UnboundedSender, channel, unbounded_channel};
use tokio::sync::oneshot;

use super::claim::{self, Claim};
use super::publish::{self, Publishing};
use super::scan::FileReader;
use super::session::{Writing, memory, runtime, session};
use super::sources::Streaming;
use super::spill::Spill;
use crate::error::{Error, Result};
use crate::flow::document::{Flow, Table};
use crate::flow::metrics::{Metrics, Status};

/// Finds the file or folder of a source that is read in place, by its `s3://` URI.
pub type InPlace = Arc<dyn Fn(&str) -> Option<PathBuf> + Send + Sync>;

/// The local folders a flow runs between.
#[derive(Clone)]
pub struct LocalPlaces {
    /// A source's files are in `<staging>/<source>/`.
    pub staging: PathBuf,
    /// A table's files are in `<warehouse>/<table>/`; runs keep their things in `<warehouse>/_pipectl/`.
    pub warehouse: PathBuf,
    /// Where `s3://` URIs that are read in place are here; `None` for one that is nowhere.
    pub in_place: InPlace,
}

impl fmt::Debug for LocalPlaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalPlaces").field("staging", &self.staging).field("warehouse", &self.warehouse).finish()
    }
}

/// What a run is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// An earlier run's publish was completed.
    RolledForward {
        /// The earlier run.
        run_id: String,
    },
    /// A source is read.
    ReadingSource {
        /// Its name.
        source: String,
        /// Bytes read so far.
        bytes: u64,
        /// Bytes in all.
        of: u64,
    },
    /// A table's rows are computed and written.
    WritingTable {
        /// Its name.
        table: String,
        /// Rows written so far.
        rows: u64,
    },
    /// A table's checks are counted.
    Auditing {
        /// Its name.
        table: String,
    },
    /// A table's new files take the place of the old ones.
    Publishing {
        /// Its name.
        table: String,
    },
}

/// Runs `flow` and publishes its tables; `progress` is called on the caller's own task.
///
/// With `memory_limit` (bytes, at least [`LEAST_LIMIT`](super::LEAST_LIMIT)) the process stays about below it: what does
/// not fit is put down on disk on the way, in the run's scratch folder.
///
/// May be awaited on any runtime, or none: the work runs on the engine's own threads, whose stacks are large enough for
/// DataFusion in a debug build. Dropping the future stops the run at its next pause and deletes what it has written; a
/// publish that it had begun is rolled forward by the next run.
///
/// Whatever the outcome, `<warehouse>/_pipectl/<run_id>/metrics.json` is written (not when the run was stopped). Errors:
/// [`Kind::Data`](crate::error::Kind::Data) with codes such as `ragged-row`, `quoted-newline`, `missing-column`,
/// `no-files`, `overflow`, `cast-loss` and `check-failed`: nothing was published, the old tables stay, and no data files
/// are left behind.
pub async fn run(
    flow: &Flow,
    places: &LocalPlaces,
    run_id: &str,
    memory_limit: Option<u64>,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Metrics> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if run_id.is_empty() || run_id.starts_with('.') || !run_id.chars().all(plain) {
        return Err(Error::usage("invalid-run-id", format!("`{run_id}` is no run id"))
            .with_expected("ASCII letters, digits, `-`, `_` and `.`, not beginning with a `.`"));
    }
    let (tell, mut told) = unbounded_channel();
    let run = Run { flow: flow.clone(), places: places.clone(), run_id: run_id.to_string(), memory_limit, tell };
    // Goes with this future; the run then stops, and cleans up.
    let (_wanted, unwanted) = oneshot::channel();
    let running = runtime()?.spawn(run.whole(unwanted));
    while let Some(step) = told.recv().await {
        progress(step);
    }
    running.await.unwrap_or_else(|e| Err(Error::bug(format!("the embedded engine stopped: {e}"))))
}

/// A run.
pub struct Run {
    /// What is run.
    pub flow: Flow,
    /// Between which folders.
    pub places: LocalPlaces,
    /// Its name.
    pub run_id: String,
    /// Bytes below which the process is to stay.
    pub memory_limit: Option<u64>,
    /// Who is told what it is doing.
    pub tell: UnboundedSender<Progress>,
}

/// What a run has so far.
pub struct State<'a> {
    /// DataFusion.
    pub session: SessionContext,
    /// What was measured.
    pub metrics: &'a mut Metrics,
    /// Every source that is read, in the flow's order.
    pub sources: IndexMap<String, Arc<Streaming>>,
    /// Those of them that were put down on disk.
    pub shared: HashMap<String, Arc<Spill>>,
    /// The tables that were written.
    pub tables: IndexMap<String, Kept>,
}

/// A table as it was written.
pub struct Kept {
    /// Its files, below its folder.
    pub files: Vec<String>,
    /// Its rows.
    pub rows: Arc<dyn FileReader>,
}

impl Run {
    async fn whole(self, unwanted: oneshot::Receiver<()>) -> Result<Metrics> {
        let mut metrics = Metrics {
            format_version: 1,
            run_id: self.run_id.clone(),
            status: Status::Failed,
            error: None,
            sources: IndexMap::new(),
            tables: IndexMap::new(),
        };
        let Some(outcome) = self.attempt(&mut metrics, unwanted).await.transpose() else {
            return Err(Error::bug("a run that nobody waits for"));
        };
        match &outcome {
            Ok(()) => metrics.status = Status::Succeeded,
            Err(error) => metrics.error = Some(error.all().map(Error::message).collect::<Vec<_>>().join("; ")),
        }
        let text = serde_json::to_vec_pretty(&metrics).map_err(|e| Error::bug(e.to_string()))?;
        let folder = publish::run_folder(&self.places.warehouse, &self.run_id);
        publish::put(&folder.join("metrics.json"), &text)?;
        outcome.map(|()| metrics)
    }

    /// `None` when the run became unwanted.
    async fn attempt(&self, metrics: &mut Metrics, unwanted: oneshot::Receiver<()>) -> Result<Option<()>> {
        let warehouse = &self.places.warehouse;
        if let Some(run_id) = publish::roll_forward(warehouse)? {
            self.tell(Progress::RolledForward { run_id });
        }
        claim::sweep(warehouse)?;
        let claim = Claim::new(warehouse, &self.run_id)?;
        let (writing, mut written) = channel(1);
        let session = session(&self.scratch(), memory(self.memory_limit), Writing::new(&writing))?;
        let (sources, shared, tables) = (IndexMap::new(), HashMap::new(), IndexMap::new());
        let mut state = State { session, metrics, sources, shared, tables };
        let outcome = tokio::select! {
            outcome = self.steps(&mut state) => Some(outcome),
            _ = unwanted => None,
        };
        // Tasks that were stopped may be in the middle of a file: their folders go when none of them is left.
        drop(writing);
        while written.recv().await.is_some() {}
        drop(claim);
        outcome.transpose()
    }

    /// Where rows are put down on the way; deleted when the run ends.
    pub fn scratch(&self) -> PathBuf {
        claim::scratch(&self.places.warehouse, &self.run_id)
    }

    /// Says what the run is doing.
    pub fn tell(&self, step: Progress) {
        // Nobody listens any more when the caller has gone.
        let _ = self.tell.send(step);
    }

    async fn steps(&self, state: &mut State<'_>) -> Result<()> {
        let outcome = self.tables(state).await;
        self.judge_sources(state, outcome).await?;
        let tables = state.tables.iter().map(|(name, written)| (name.clone(), written.files.clone())).collect();
        let appended = |(name, table): (&String, &Table)| (!table.output.write.overwrites()).then(|| name.clone());
        let appended: Vec<String> = self.flow.tables.iter().filter_map(appended).collect();
        let publishing = Publishing::new(&self.places.warehouse, &self.run_id, tables, &appended)?;
        publish::announce(&self.places.warehouse, &publishing)?;
        publish::publish(&self.places.warehouse, &publishing, &mut |table| {
            self.tell(Progress::Publishing { table: table.to_string() });
        })
    }

    async fn tables(&self, state: &mut State<'_>) -> Result<()> {
        self.open_sources(state).await?;
        for (name, table) in &self.flow.tables {
            self.write_table(state, name, table).await?;
        }
        Ok(())
    }
}
