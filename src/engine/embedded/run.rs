//! A run: sources, tables, audit, publish, in the order that [`crate::flow::verdict`] fixes for both engines.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::prelude::{DataFrame, SessionContext};
use indexmap::IndexMap;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::claim::{self, Claim};
use super::csv::reader::CsvReader;
use super::fault::{Fault, error};
use super::input::{BytesRead, files, text_files};
use super::json::JsonReader;
use super::parquet::ParquetReader;
use super::publish::{self, Publishing};
use super::scan::{FileReader, FilesTable};
use super::session::{runtime, session};
use super::spill::spill;
use super::steps::{self, Join};
use super::write::{self, Target};
use super::written::Written;
use super::{audit, lower};
use crate::error::{Error, Result};
use crate::flow::document::{
    Conversion, Flow, Input, Location, Operation, Rule, Severity, Source, SourceFormat, Step, Table,
};
use crate::flow::metrics::{CastLoss, Metrics, SourceMetrics, Status, TableMetrics};
use crate::flow::types::DataType;
use crate::flow::verdict::{check_text, exceeds, loss_text};

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
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Metrics> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if run_id.is_empty() || run_id.starts_with('.') || !run_id.chars().all(plain) {
        return Err(Error::usage("invalid-run-id", format!("`{run_id}` is no run id"))
            .with_expected("ASCII letters, digits, `-`, `_` and `.`, not beginning with a `.`"));
    }
    let (tell, mut told) = unbounded_channel();
    let run = Run { flow: flow.clone(), places: places.clone(), run_id: run_id.to_string(), tell };
    let mut running = tokio::task::JoinSet::new();
    running.spawn_on(run.whole(), runtime()?.handle());
    while let Some(step) = told.recv().await {
        progress(step);
    }
    match running.join_next().await {
        Some(Ok(outcome)) => outcome,
        Some(Err(e)) => Err(Error::bug(format!("the embedded engine stopped: {e}"))),
        None => Err(Error::bug("the embedded engine did not start")),
    }
}

struct Run {
    flow: Flow,
    places: LocalPlaces,
    run_id: String,
    tell: UnboundedSender<Progress>,
}

/// What a run has so far.
struct State<'a> {
    session: SessionContext,
    metrics: &'a mut Metrics,
    sources: HashMap<String, Arc<dyn FileReader>>,
    tables: IndexMap<String, Rows>,
}

/// A table as it was written.
struct Rows {
    files: Vec<String>,
    rows: Arc<dyn FileReader>,
}

impl Run {
    async fn whole(self) -> Result<Metrics> {
        let mut metrics = Metrics {
            format_version: 1,
            run_id: self.run_id.clone(),
            status: Status::Failed,
            error: None,
            sources: IndexMap::new(),
            tables: IndexMap::new(),
        };
        let outcome = self.attempt(&mut metrics).await;
        match &outcome {
            Ok(()) => metrics.status = Status::Succeeded,
            Err(error) => metrics.error = Some(error.all().map(Error::message).collect::<Vec<_>>().join("; ")),
        }
        let text = serde_json::to_vec_pretty(&metrics).map_err(|e| Error::bug(e.to_string()))?;
        let folder = publish::run_folder(&self.places.warehouse, &self.run_id);
        publish::put(&folder.join("metrics.json"), &text)?;
        outcome.map(|()| metrics)
    }

    async fn attempt(&self, metrics: &mut Metrics) -> Result<()> {
        let warehouse = &self.places.warehouse;
        if let Some(run_id) = publish::roll_forward(warehouse)? {
            self.tell(Progress::RolledForward { run_id });
        }
        claim::sweep(warehouse)?;
        let _claim = Claim::new(warehouse, &self.run_id)?;
        let session = session(&self.scratch())?;
        self.steps(&mut State { session, metrics, sources: HashMap::new(), tables: IndexMap::new() }).await
    }

    /// Where rows are put down on the way; deleted when the run ends.
    fn scratch(&self) -> PathBuf {
        claim::scratch(&self.places.warehouse, &self.run_id)
    }

    fn tell(&self, step: Progress) {
        // Nobody listens any more when the caller has gone.
        let _ = self.tell.send(step);
    }

    async fn steps(&self, state: &mut State<'_>) -> Result<()> {
        self.read_sources(state).await?;
        for (name, table) in &self.flow.tables {
            self.write_table(state, name, table).await?;
        }
        let tables = state.tables.iter().map(|(name, written)| (name.clone(), written.files.clone())).collect();
        let appended = |(name, table): (&String, &Table)| (!table.output.write.overwrites()).then(|| name.clone());
        let appended: Vec<String> = self.flow.tables.iter().filter_map(appended).collect();
        let publishing = Publishing::new(&self.places.warehouse, &self.run_id, tables, &appended)?;
        publish::announce(&self.places.warehouse, &publishing)?;
        publish::publish(&self.places.warehouse, &publishing, &mut |table| {
            self.tell(Progress::Publishing { table: table.to_string() });
        })
    }

    /// Reads every source that a step reads, in the flow's order, and measures its conversions.
    async fn read_sources(&self, state: &mut State<'_>) -> Result<()> {
        let read = self.flow.sources_read();
        let mut failures = Vec::new();
        for (name, source) in self.flow.sources.iter().filter(|(name, _)| read.contains(name.as_str())) {
            let reader = self.reader(name, source)?;
            let frame = steps::read(&state.session, Arc::new(FilesTable::new(reader.clone())))?;
            let folder = self.scratch().join("sources").join(name);
            let plan = frame.create_physical_plan().await.map_err(error)?;
            let (rows, losses) =
                spill(plan, state.session.task_ctx(), &source.columns, &source.schema, &folder).await.map_err(error)?;
            state.sources.insert(name.clone(), Arc::new(rows));
            let mut metrics = SourceMetrics { malformed_rows: reader.ended()?, ..SourceMetrics::default() };
            failures.extend(judge(&format!("source {name}"), &source.columns, &losses, &mut metrics.cast_losses));
            state.metrics.sources.insert(name.clone(), metrics);
        }
        Error::check(failures, ())
    }

    fn reader(&self, name: &str, source: &Source) -> Result<Arc<dyn FileReader>> {
        let folder = match &source.location {
            Location::Staged => self.places.staging.join(name),
            Location::InPlace(uri) => (self.places.in_place)(uri).ok_or_else(|| {
                Error::from(Fault::data("no-files", format!("source `{name}` has no files at `{uri}`")))
            })?,
        };
        let files = match source.format {
            SourceFormat::Parquet => files(name, &folder)?,
            SourceFormat::Csv { .. } | SourceFormat::Json => text_files(name, &folder)?,
        };
        let (source_name, tell) = (name.to_string(), self.tell.clone());
        let (read, of) = (AtomicU64::new(0), files.iter().map(|file| file.bytes).sum());
        let bytes_read: BytesRead = Arc::new(move |bytes| {
            let bytes = read.fetch_add(bytes, Ordering::Relaxed) + bytes;
            let _ = tell.send(Progress::ReadingSource { source: source_name.clone(), bytes, of });
        });
        let columns = source.columns.iter().map(|conversion| conversion.column.clone()).collect();
        Ok(match source.format {
            SourceFormat::Csv { multiline } => {
                Arc::new(CsvReader::new(files, columns, multiline, source.malformed, bytes_read))
            }
            SourceFormat::Json => Arc::new(JsonReader::new(name, files, columns, source.malformed, bytes_read)),
            SourceFormat::Parquet => Arc::new(ParquetReader::new(files, &source.schema, bytes_read)),
        })
    }

    async fn write_table(&self, state: &mut State<'_>, name: &str, table: &Table) -> Result<()> {
        state.metrics.tables.insert(name.to_string(), TableMetrics::default());
        let frame = self.rows_of(state, name, table).await?;
        let mut plan = with_null_partitions(frame, table)?.create_physical_plan().await.map_err(error)?;
        let mut kept: Option<Arc<dyn FileReader>> = None;
        if table.output.format.is_text() {
            // Text keeps no types: checks and other tables read the rows as they were.
            let folder = self.scratch().join("texts").join(name);
            let (rows, _) = spill(plan, state.session.task_ctx(), &[], &table.schema, &folder).await.map_err(error)?;
            let rows: Arc<dyn FileReader> = Arc::new(rows);
            let frame = steps::read(&state.session, Arc::new(FilesTable::new(rows.clone())))?;
            plan = frame.create_physical_plan().await.map_err(error)?;
            kept = Some(rows);
        }
        let folder = publish::data_folder(&self.places.warehouse, &self.run_id, name);
        let (told_name, tell) = (name.to_string(), self.tell.clone());
        let told = move |rows| {
            let _ = tell.send(Progress::WritingTable { table: told_name.clone(), rows });
        };
        let target = Target::new(name, table, folder.clone(), &self.run_id, Box::new(told)).map_err(error)?;
        let files = write::write(plan, state.session.task_ctx(), target).await.map_err(error)?;
        let names = files.iter().map(|file| file.relative.clone()).collect();
        let rows = kept.unwrap_or_else(|| Arc::new(Written::new(table, folder, files.clone())));
        state.tables.insert(name.to_string(), Rows { files: names, rows: rows.clone() });
        let others = table.checks.iter().map(|check| match &check.rule {
            Rule::References { input, .. } => input_rows(state, &Parts::new(), input).map(Some),
            _ => Ok(None),
        });
        let others = others.collect::<Result<Vec<_>>>()?;
        let metrics = &mut state.metrics.tables[name];
        metrics.rows = files.iter().map(|file| file.rows).sum();
        metrics.files = files.len() as u64;
        metrics.bytes = files.iter().map(|file| file.bytes).sum();
        self.tell(Progress::Auditing { table: name.to_string() });
        let frame = steps::read(&state.session, Arc::new(FilesTable::new(rows)))?;
        metrics.checks = audit::audit(frame, table, metrics.rows, others).await?;
        let failed = table
            .checks
            .iter()
            .zip(&metrics.checks)
            .filter(|(check, verdict)| check.severity == Severity::Error && !verdict.passed);
        let failures = failed.map(|(check, verdict)| {
            Error::data("check-failed", check_text(&check.name, &check.rule, name, verdict.failing_rows))
                .with_help("look at the rows with a query; correct the data, the check, or give it `severity: warn`")
        });
        Error::check(failures.collect(), ())
    }

    /// A table's rows. Each `change_schema` puts the rows before it down on disk, converts and measures them there.
    async fn rows_of(&self, state: &mut State<'_>, name: &str, table: &Table) -> Result<DataFrame> {
        let scratch = self.scratch().join("tables").join(name);
        let (mut parts, mut failures) = (Parts::new(), Vec::new());
        for (part, steps) in &table.parts {
            let folder = scratch.join(format!("part_{part}"));
            let frame = self.rows_after(state, name, steps, &parts, &folder, &mut failures).await?;
            parts.insert(part.as_str(), frame);
        }
        let frame = self.rows_after(state, name, &table.steps, &parts, &scratch, &mut failures).await?;
        Error::check(failures, ())?;
        steps::select(frame, &table.schema)
    }

    /// The rows after `steps`, of which the first reads.
    async fn rows_after(
        &self,
        state: &mut State<'_>,
        name: &str,
        steps: &[Step],
        parts: &Parts<'_>,
        scratch: &Path,
        failures: &mut Vec<Error>,
    ) -> Result<DataFrame> {
        let Some((first, rest)) = steps.split_first() else { return Err(Error::bug("a table without steps")) };
        let Operation::Read(input) = &first.operation else { return Err(Error::bug("a table that reads nothing")) };
        let mut frame = input_rows(state, parts, input)?;
        let mut before = &first.schema;
        for (number, step) in rest.iter().enumerate() {
            frame = match &step.operation {
                Operation::ChangeSchema(conversions) => {
                    let folder = scratch.join(number.to_string());
                    let plan = frame.create_physical_plan().await.map_err(error)?;
                    let (rows, losses) = spill(plan, state.session.task_ctx(), conversions, &step.schema, &folder)
                        .await
                        .map_err(error)?;
                    let kept = &mut state.metrics.tables[name].cast_losses;
                    failures.extend(judge("change_schema", conversions, &losses, kept));
                    steps::read(&state.session, Arc::new(FilesTable::new(Arc::new(rows))))?
                }
                Operation::Join { input, how, on, right } => {
                    let other = input_rows(state, parts, input)?;
                    steps::join(frame, other, &Join { how: *how, on, right, before })?
                }
                Operation::Union(branches) => {
                    for branch in branches {
                        let other = steps::project(input_rows(state, parts, &branch.input)?, &branch.columns)?;
                        frame = frame.union(other).map_err(error)?;
                    }
                    frame
                }
                _ => steps::apply(frame, before, step)?,
            };
            before = &step.schema;
        }
        Ok(frame)
    }
}

/// Rows of a table that are computed before its own, by name.
type Parts<'f> = HashMap<&'f str, DataFrame>;

fn input_rows(state: &State<'_>, parts: &Parts<'_>, input: &Input) -> Result<DataFrame> {
    let reader: Arc<dyn FileReader> = match input {
        Input::Source(name) => {
            state.sources.get(name).cloned().ok_or_else(|| Error::bug(format!("source `{name}` was not read")))?
        }
        Input::Table(name) => {
            let written = state.tables.get(name).map(|written| written.rows.clone());
            written.ok_or_else(|| Error::bug(format!("table `{name}` was not written")))?
        }
        Input::Part(name) => {
            let part = parts.get(name.as_str()).cloned();
            return part.ok_or_else(|| Error::bug(format!("part `{name}` was not computed")));
        }
    };
    steps::read(&state.session, Arc::new(FilesTable::new(reader)))
}

/// The empty text of a partition column as NULL: a path cannot tell them apart.
fn with_null_partitions(frame: DataFrame, table: &Table) -> Result<DataFrame> {
    let columns = table.schema.columns.iter().map(|c| {
        let plain = lower::column(&c.name);
        if c.data_type == DataType::String && table.output.partition_by.contains(&c.name) {
            let empty = datafusion::prelude::lit(datafusion::common::ScalarValue::LargeUtf8(Some(String::new())));
            datafusion::functions::core::expr_fn::nullif(plain, empty).alias(&c.name)
        } else {
            plain
        }
    });
    frame.select(columns.collect::<Vec<_>>()).map_err(error)
}

/// Keeps the losses of `conversions` in `kept`, and returns those that are too many.
fn judge(
    place: &str,
    conversions: &[Conversion],
    losses: &[CastLoss],
    kept: &mut IndexMap<String, CastLoss>,
) -> Vec<Error> {
    let mut failures = Vec::new();
    for (conversion, loss) in conversions.iter().zip(losses).filter(|(_, loss)| loss.lost > 0) {
        let sum = kept.entry(conversion.column.clone()).or_insert(CastLoss { lost: 0, of: 0 });
        sum.lost += loss.lost;
        sum.of += loss.of;
        if exceeds(*loss, conversion.max_loss) {
            let text = loss_text(place, &conversion.column, &conversion.to, *loss, conversion.max_loss);
            failures.push(
                Error::data("cast-loss", text)
                    .with_help("correct the type or the values, or allow the loss with `max_cast_loss` on the column"),
            );
        }
    }
    failures
}
