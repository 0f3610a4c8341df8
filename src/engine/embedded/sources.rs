//! How sources reach the steps: read once, converted on the way, and counted.
//!
//! A source that one step reads streams right into it. One that several read is put down on disk by the first.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Partitioning};

use super::csv::quick::{QuickCsv, Reading};
use super::fault::Fault;
use super::operators::converting::{Losses, converting};
use super::operators::stage::{Passage, batches, drain, project, stage};
use super::scan::{FileReader, FilesTable};
use super::types::whole;
use crate::flow::document::{Conversion, Flow, Input, Source};

/// How a source's files are read.
pub enum Reader {
    /// In pieces, quickly.
    Quick(Arc<QuickCsv>),
    /// File by file.
    Files(Arc<dyn FileReader>),
}

/// A source whose rows pass by, once.
pub struct Streaming {
    reader: Reader,
    conversions: Vec<Conversion>,
    schema: SchemaRef,
    threads: usize,
    losses: Losses,
    passage: Passage,
}

impl Streaming {
    /// `source` by its reader, in as many as `threads` streams.
    pub fn new(source: &Source, reader: Reader, threads: usize) -> Self {
        Streaming {
            reader,
            conversions: source.columns.clone(),
            schema: whole(&source.schema),
            threads,
            losses: Losses::new(source.columns.len()),
            passage: Passage::default(),
        }
    }

    /// The rows, of the columns at `columns`. To be planned once.
    pub fn plan(&self, columns: Vec<usize>) -> Result<Arc<dyn ExecutionPlan>> {
        let (plan, passage) = (self.converted(&columns)?, self.passage.clone());
        let streams = plan.output_partitioning().partition_count();
        passage.expect(streams);
        Ok(stage("SourceExec", plan.schema(), streams, move |stream, task| {
            Ok(passage.noted(plan.execute(stream, task)?))
        }))
    }

    fn converted(&self, columns: &[usize]) -> Result<Arc<dyn ExecutionPlan>> {
        let csv = match &self.reader {
            Reader::Quick(csv) => csv.clone(),
            Reader::Files(reader) => return self.converted_files(reader, columns),
        };
        let (pieces, losses) = (csv.pieces(), self.losses.clone());
        let columns = columns.to_vec();
        let schema = Arc::new(self.schema.project(&columns)?);
        let streams = pieces.count().min(self.threads);
        let plan = stage("CsvExec", schema, streams, move |_, _| {
            let mut reading = Reading::new(csv.clone(), pieces.clone(), columns.clone(), losses.clone());
            Ok(batches(reading.schema(), move || reading.rows()))
        });
        if streams == self.threads {
            return Ok(plan);
        }
        // What comes after is work for all threads.
        Ok(Arc::new(RepartitionExec::try_new(plan, Partitioning::RoundRobinBatch(self.threads))?))
    }

    /// File by file: the columns that are wanted, and those whose conversion can lose something.
    fn converted_files(&self, reader: &Arc<dyn FileReader>, columns: &[usize]) -> Result<Arc<dyn ExecutionPlan>> {
        let read: Vec<usize> = (0..self.conversions.len())
            .filter(|place| columns.contains(place) || self.conversions[*place].from != self.conversions[*place].to)
            .collect();
        let plan = FilesTable::new(reader.clone()).plan(read.clone(), self.threads)?;
        let conversions = read.iter().map(|place| self.conversions[*place].clone()).collect();
        let schema = Arc::new(self.schema.project(&read)?);
        let losses = self.losses.at(read.clone());
        let plan = converting(plan, self.threads, conversions, schema, losses)?;
        let places: Vec<usize> = columns.iter().filter_map(|column| read.binary_search(column).ok()).collect();
        project(plan, &places)
    }

    /// Whether all rows have passed by, to the last of every file.
    pub fn complete(&self) -> bool {
        self.passage.complete()
    }

    /// Bytes of the files.
    pub fn bytes(&self) -> u64 {
        match &self.reader {
            Reader::Quick(csv) => csv.bytes(),
            Reader::Files(reader) => reader.sizes().iter().sum(),
        }
    }

    /// What each conversion lost.
    pub fn losses(&self) -> &Losses {
        &self.losses
    }

    /// Reads all rows for nothing but their counts.
    pub async fn count(&self, task: Arc<TaskContext>) -> Result<()> {
        drain(self.plan(Vec::new())?, task).await
    }

    /// How many rows there are, about.
    pub fn rows(&self) -> f64 {
        match &self.reader {
            Reader::Quick(csv) => csv.rows() as f64,
            // A row takes some hundred bytes.
            Reader::Files(reader) => {
                reader.rows().unwrap_or_else(|| reader.sizes().iter().sum::<u64>() / 100).max(1) as f64
            }
        }
    }

    /// When all rows have passed by: how many of the wrong shape were spared.
    ///
    /// Errors: what only all rows together show.
    pub fn ended(&self) -> Result<u64, Fault> {
        match &self.reader {
            Reader::Quick(_) => Ok(0),
            Reader::Files(reader) => reader.ended(),
        }
    }
}

impl fmt::Debug for Streaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a source")
    }
}

#[async_trait]
impl TableProvider for Streaming {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.plan(projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect()))
    }
}

/// How often each source is read, by steps and by checks.
pub fn reads(flow: &Flow) -> HashMap<&str, usize> {
    let mut reads = HashMap::new();
    for name in flow.inputs().filter_map(Input::source) {
        *reads.entry(name).or_default() += 1;
    }
    reads
}
