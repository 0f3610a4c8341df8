//! A run's sources: opened before the first table, measured after the last one, when their rows have passed by.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::catalog::TableProvider;
use indexmap::IndexMap;

use super::csv::quick::QuickCsv;
use super::csv::reader::CsvReader;
use super::fault::{Fault, error};
use super::input::{BytesRead, files, text_files};
use super::json::JsonReader;
use super::parquet::ParquetReader;
use super::run::{Progress, Run, State};
use super::session::threads;
use super::sources::{Reader, Streaming, reads};
use super::spill::spill;
use crate::error::{Error, Result};
use crate::flow::document::{Conversion, Location, Source, SourceFormat};
use crate::flow::metrics::{CastLoss, SourceMetrics};
use crate::flow::packed::is_gzip;
use crate::flow::verdict::{exceeds, loss_text};

impl Run {
    /// Opens every source that is read, in the flow's order.
    pub async fn open_sources(&self, state: &mut State<'_>) -> Result<()> {
        let reads = reads(&self.flow);
        for (name, source) in &self.flow.sources {
            if let Some(readers) = reads.get(name.as_str()) {
                state.sources.insert(name.clone(), Arc::new(self.source(name, source)?));
                if *readers > 1 {
                    self.share(state, name).await?;
                }
            }
        }
        Ok(())
    }

    /// Puts a source down that several steps read.
    async fn share(&self, state: &mut State<'_>, name: &str) -> Result<()> {
        let source = &state.sources[name];
        let all = (0..source.schema().fields().len()).collect();
        let folder = self.scratch().join("sources").join(name);
        let rows = spill(source.plan(all).map_err(error)?, state.session.task_ctx(), &folder).await.map_err(error)?;
        state.shared.insert(name.to_string(), Arc::new(rows));
        Ok(())
    }

    /// Measures what the conversions of sources lost; a source that is at fault comes before all other failures.
    ///
    /// Sources that were not read to their end, because the run failed before or nobody needed the rest, are read for this.
    pub async fn judge_sources(&self, state: &mut State<'_>, outcome: Result<()>) -> Result<()> {
        if let Err(error) = self.measure_sources(state).await {
            state.metrics.tables.clear();
            return Err(error);
        }
        outcome
    }

    async fn measure_sources(&self, state: &mut State<'_>) -> Result<()> {
        let (reads, mut failures) = (reads(&self.flow), Vec::new());
        for (name, source) in self.flow.sources.iter().filter(|(name, _)| reads.contains_key(name.as_str())) {
            let read = match state.sources.get(name).filter(|source| source.complete()) {
                Some(source) => source.clone(),
                None => {
                    let again = Arc::new(self.source(name, source)?);
                    again.count(state.session.task_ctx()).await.map_err(error)?;
                    again
                }
            };
            let mut metrics = SourceMetrics { malformed_rows: read.ended()?, ..SourceMetrics::default() };
            let losses = read.losses().all();
            failures.extend(judge(&format!("source {name}"), &source.columns, &losses, &mut metrics.cast_losses));
            state.metrics.sources.insert(name.clone(), metrics);
        }
        Error::check(failures, ())
    }

    /// A source, ready to be read once.
    pub fn source(&self, name: &str, source: &Source) -> Result<Streaming> {
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
        let bytes_read = self.progress(name, files.iter().map(|file| file.bytes).sum());
        let columns = source.columns.iter().map(|conversion| conversion.column.clone()).collect();
        let packed = files.iter().any(|file| is_gzip(&file.name));
        let reader = match source.format {
            SourceFormat::Csv { multiline } if source.malformed.fails() && !packed => {
                let nobody: BytesRead = Arc::new(|_| ());
                let strict = CsvReader::new(files.clone(), columns, multiline, source.malformed, nobody);
                Reader::Quick(Arc::new(QuickCsv::new(Arc::new(strict), files, multiline, source, bytes_read)?))
            }
            SourceFormat::Csv { multiline } => {
                Reader::Files(Arc::new(CsvReader::new(files, columns, multiline, source.malformed, bytes_read)))
            }
            SourceFormat::Json => {
                Reader::Files(Arc::new(JsonReader::new(name, files, columns, source.malformed, bytes_read)))
            }
            SourceFormat::Parquet => Reader::Files(Arc::new(ParquetReader::new(files, &source.schema, bytes_read))),
        };
        Ok(Streaming::new(source, reader, threads()))
    }

    /// Tells how much of a source's `of` bytes was read. A source that is read a second time stays at its end.
    fn progress(&self, name: &str, of: u64) -> BytesRead {
        let (source, tell, read) = (name.to_string(), self.tell.clone(), AtomicU64::new(0));
        Arc::new(move |bytes| {
            let bytes = (read.fetch_add(bytes, Ordering::Relaxed) + bytes).min(of);
            // Nobody listens any more when the caller has gone.
            let _ = tell.send(Progress::ReadingSource { source: source.clone(), bytes, of });
        })
    }
}

/// Keeps the losses of `conversions` in `kept`, and returns those that are too many.
pub fn judge(
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
