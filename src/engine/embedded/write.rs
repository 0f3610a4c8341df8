//! A table's rows as files in the run's hidden folder.
//!
//! With partition columns the rows are hashed to threads by them and sorted by them, on disk where memory is short; so a
//! partition is written by one thread in one go, and one file is open at a time. A table without rows has one empty file,
//! or none when it is partitioned.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::{SortOptions, partition};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{Result, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression as Codec, GzipLevel, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Partitioning};
use futures::StreamExt;
use tokio::task::JoinSet;

use super::encode::{Text, TextWriter};
use super::fault::Fault;
use super::hive;
use super::types::arrow_schema;
use crate::flow::document::{Compression, OutputFormat, Table};

/// A file that holds this much is closed when another may be begun.
const FILE_BYTES: usize = 256 << 20;

/// A row group is put down at this size, so that little stays in memory.
const GROUP_BYTES: usize = 64 << 20;

/// One file that was written.
#[derive(Clone, Debug)]
pub struct WrittenFile {
    /// Its path below the table's folder, with `/`.
    pub relative: String,
    /// The partition columns' values, in `partition_by` order.
    pub partition: Vec<ScalarValue>,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

/// What is written where.
pub struct Target {
    folder: PathBuf,
    suffix: String,
    columns: Vec<String>,
    schema: SchemaRef,
    files: usize,
    table: String,
    encoding: Encoding,
    names: Mutex<HashMap<String, u32>>,
    rows: AtomicU64,
    told: Box<dyn Fn(u64) + Send + Sync>,
}

/// How rows become bytes.
#[derive(Clone, Copy)]
enum Encoding {
    Parquet(Codec),
    Text { text: Text, gzip: bool },
}

impl Encoding {
    /// The encoding, and what its files' names end in.
    fn of(format: OutputFormat) -> (Self, &'static str) {
        match format {
            OutputFormat::Parquet(Compression::Snappy) => (Encoding::Parquet(Codec::SNAPPY), ".snappy.parquet"),
            OutputFormat::Parquet(Compression::Zstd) => {
                (Encoding::Parquet(Codec::ZSTD(ZstdLevel::default())), ".zstd.parquet")
            }
            OutputFormat::Parquet(Compression::Gzip) => {
                (Encoding::Parquet(Codec::GZIP(GzipLevel::default())), ".gz.parquet")
            }
            OutputFormat::Parquet(Compression::None) => (Encoding::Parquet(Codec::UNCOMPRESSED), ".parquet"),
            OutputFormat::Csv { gzip } => {
                (Encoding::Text { text: Text::Csv, gzip }, if gzip { ".csv.gz" } else { ".csv" })
            }
            OutputFormat::Json { gzip } => {
                (Encoding::Text { text: Text::Json, gzip }, if gzip { ".json.gz" } else { ".json" })
            }
        }
    }
}

impl Target {
    /// The table `name` below `folder`, by run `run_id`; `told` hears the rows written so far.
    pub fn new(
        name: &str,
        table: &Table,
        folder: PathBuf,
        run_id: &str,
        told: Box<dyn Fn(u64) + Send + Sync>,
    ) -> Result<Self> {
        let (encoding, extension) = Encoding::of(table.output.format);
        Ok(Target {
            folder,
            suffix: format!("-{run_id}{extension}"),
            table: name.to_string(),
            columns: table.output.partition_by.clone(),
            schema: file_schema(table),
            files: table.output.files.max(1) as usize,
            encoding,
            names: Mutex::default(),
            rows: AtomicU64::new(0),
            told,
        })
    }

    /// The next file in a partition's folder (empty, or ending in `/`). Numbered per folder: two values may share one.
    fn next_name(&self, partition: &str) -> String {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let number = names.entry(partition.to_string()).or_default();
        *number += 1;
        format!("{partition}part-{:05}{}", *number - 1, self.suffix)
    }
}

/// The columns inside a table's files: all but the partition columns.
pub fn file_schema(table: &Table) -> SchemaRef {
    arrow_schema(table.schema.columns.iter().filter(|c| !table.output.partition_by.contains(&c.name)))
}

/// Writes the rows of `plan`, whose columns are the table's with partition columns last. Returns the files by path.
pub async fn write(plan: Arc<dyn ExecutionPlan>, task: Arc<TaskContext>, target: Target) -> Result<Vec<WrittenFile>> {
    let plan = arrange(plan, &target, task.session_config().target_partitions())?;
    let partitions = plan.output_partitioning().partition_count();
    let target = Arc::new(target);
    let mut writers = JoinSet::new();
    for index in 0..partitions {
        let (plan, task, target) = (plan.clone(), task.clone(), target.clone());
        // Without partition columns the threads share the table's files out; with them each partition is one thread's.
        let files = if target.columns.is_empty() { target.files / partitions } else { target.files };
        writers.spawn(async move { write_stream(plan, index, task, &target, files).await });
    }
    let mut files = Vec::new();
    while let Some(written) = writers.join_next().await {
        files.extend(written.map_err(|e| DataFusionError::ExecutionJoin(Box::new(e)))??);
    }
    if files.is_empty() && target.columns.is_empty() {
        files.push(Open::new(&target, "", Vec::new())?.close()?);
    }
    files.sort_by(|a, b| a.relative.cmp(&b.relative));
    Ok(files)
}

/// Brings the rows into as many streams as are written at a time, each sorted by the partition columns.
fn arrange(plan: Arc<dyn ExecutionPlan>, target: &Target, threads: usize) -> Result<Arc<dyn ExecutionPlan>> {
    let partitions = plan.output_partitioning().partition_count();
    if target.columns.is_empty() {
        return Ok(match target.files.min(partitions) {
            1 if partitions > 1 => Arc::new(CoalescePartitionsExec::new(plan)),
            files if files < partitions => {
                Arc::new(RepartitionExec::try_new(plan, Partitioning::RoundRobinBatch(files))?)
            }
            _ => plan,
        });
    }
    let schema = plan.schema();
    let column = |name: &String| Ok(Arc::new(Column::new_with_schema(name, &schema)?) as Arc<dyn PhysicalExpr>);
    let columns = target.columns.iter().map(column).collect::<Result<Vec<_>>>()?;
    let order = columns.iter().map(|c| PhysicalSortExpr::new(c.clone(), SortOptions::default()));
    let Some(order) = LexOrdering::new(order) else { return Ok(plan) };
    let plan: Arc<dyn ExecutionPlan> = if threads > 1 {
        Arc::new(RepartitionExec::try_new(plan, Partitioning::Hash(columns, threads))?)
    } else {
        plan
    };
    Ok(Arc::new(SortExec::new(order, plan).with_preserve_partitioning(true)))
}

async fn write_stream(
    plan: Arc<dyn ExecutionPlan>,
    index: usize,
    task: Arc<TaskContext>,
    target: &Target,
    files: usize,
) -> Result<Vec<WrittenFile>> {
    let mut writer = StreamWriter { target, files, begun: 0, open: None, written: Vec::new() };
    let mut batches = plan.execute(index, task)?;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        if batch.num_rows() > 0 {
            writer.write(&batch)?;
            let rows = target.rows.fetch_add(batch.num_rows() as u64, Ordering::Relaxed) + batch.num_rows() as u64;
            (target.told)(rows);
        }
    }
    writer.close()?;
    Ok(writer.written)
}

/// Writes one sorted stream.
struct StreamWriter<'a> {
    target: &'a Target,
    /// The most files for one partition.
    files: usize,
    /// How many the partition that is open has.
    begun: usize,
    open: Option<Open>,
    written: Vec<WrittenFile>,
}

impl StreamWriter<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let inside = batch.num_columns() - self.target.columns.len();
        let columns = &batch.columns()[inside..];
        let all = std::iter::once(0..batch.num_rows()).collect();
        let ranges: Vec<_> = if columns.is_empty() { all } else { partition(columns)?.ranges() };
        for range in ranges {
            let values =
                columns.iter().map(|c| ScalarValue::try_from_array(c, range.start)).collect::<Result<Vec<_>>>()?;
            self.turn_to(columns, range.start, values)?;
            let rows = batch.slice(range.start, range.len());
            let rows = RecordBatch::try_new(self.target.schema.clone(), rows.columns()[..inside].to_vec())?;
            if let Some(open) = &mut self.open {
                open.encoder.write(&rows)?;
                open.rows += rows.num_rows() as u64;
            }
        }
        Ok(())
    }

    /// Has the file open that the next rows, of the partition in `row`, go to.
    fn turn_to(&mut self, columns: &[ArrayRef], row: usize, values: Vec<ScalarValue>) -> Result<()> {
        match &self.open {
            Some(open) if open.partition == values => {
                if open.encoder.bytes_written() < FILE_BYTES || self.begun >= self.files {
                    return Ok(());
                }
            }
            _ => self.begun = 0,
        }
        self.close()?;
        let folders = self.target.columns.iter().zip(columns);
        let folder: String =
            folders.map(|(name, c)| hive::folder(name, hive::value(c, row).as_deref()) + "/").collect();
        self.open = Some(Open::new(self.target, &folder, values)?);
        self.begun += 1;
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        if let Some(open) = self.open.take() {
            self.written.push(open.close()?);
        }
        Ok(())
    }
}

/// Makes rows bytes.
enum Encoder {
    Parquet(Box<ArrowWriter<BufWriter<File>>>),
    Text(Box<TextWriter>),
}

impl Encoder {
    fn new(target: &Target, file: File) -> Result<Self> {
        let codec = match target.encoding {
            Encoding::Parquet(codec) => codec,
            Encoding::Text { text, gzip } => {
                let names = target.schema.fields().iter().map(|field| field.name().clone()).collect();
                return Ok(Encoder::Text(Box::new(TextWriter::new(text, &target.table, names, file, gzip)?)));
            }
        };
        let properties = WriterProperties::builder()
            .set_compression(codec)
            .set_max_row_group_bytes(Some(GROUP_BYTES))
            .set_created_by(format!("pipectl {}", env!("CARGO_PKG_VERSION")))
            .build();
        // Without Arrow's own schema in the footer: a reader sees the same types whichever engine wrote the file.
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(BufWriter::new(file), target.schema.clone(), options)?;
        Ok(Encoder::Parquet(Box::new(writer)))
    }

    fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        match self {
            Encoder::Parquet(writer) => Ok(writer.write(rows)?),
            Encoder::Text(writer) => Ok(writer.write(rows)?),
        }
    }

    fn bytes_written(&self) -> usize {
        match self {
            Encoder::Parquet(writer) => writer.bytes_written(),
            Encoder::Text(writer) => writer.bytes_written(),
        }
    }

    fn close(self) -> Result<()> {
        match self {
            Encoder::Parquet(writer) => writer.close().map(drop).map_err(Into::into),
            Encoder::Text(writer) => Ok(writer.close()?),
        }
    }
}

/// A file that is being written.
struct Open {
    encoder: Encoder,
    path: PathBuf,
    relative: String,
    partition: Vec<ScalarValue>,
    rows: u64,
}

impl Open {
    fn new(target: &Target, folder: &str, partition: Vec<ScalarValue>) -> Result<Self> {
        let relative = target.next_name(folder);
        let path = target.folder.join(&relative);
        let fault = |e: std::io::Error| Fault::io("write", &path.display().to_string(), &e);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).map_err(fault)?;
        let encoder = Encoder::new(target, File::create(&path).map_err(fault)?)?;
        Ok(Open { encoder, path, relative, partition, rows: 0 })
    }

    fn close(self) -> Result<WrittenFile> {
        self.encoder.close()?;
        let size = |e: std::io::Error| Fault::io("read", &self.path.display().to_string(), &e);
        let bytes = self.path.metadata().map_err(size)?.len();
        Ok(WrittenFile { relative: self.relative, partition: self.partition, rows: self.rows, bytes })
    }
}
