//! A table's rows as files in the run's hidden folder.
//!
//! With partition columns the rows are put together by them, on disk where memory is short; so a partition is written by
//! one thread in one go, and one file is open at a time. A table without rows has one empty file, or none when it is
//! partitioned.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::partition;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{Result, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Partitioning};
use futures::StreamExt;
use tokio::task::JoinSet;

use super::files::{Open, Target, WrittenFile};
use super::hive;
use super::operators::arrange::arrange;
use super::operators::first::{First, first};
use super::operators::store::Room;
use super::session::Writing;

/// A file that holds this much is closed when another may be begun.
const FILE_BYTES: usize = 256 << 20;

/// What is done with the rows before they are written.
pub struct Arrangement {
    /// Only the first rows of each key are written.
    pub only: Option<First>,
    /// Where rows are held.
    pub room: Room,
}

/// Writes the rows of `plan`, whose columns are the table's with partition columns last. Returns the files by path.
pub async fn write(
    plan: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    target: Target,
    arrangement: Arrangement,
) -> Result<Vec<WrittenFile>> {
    let plan = arranged(plan, &target, task.session_config().target_partitions(), arrangement)?;
    let partitions = plan.output_partitioning().partition_count();
    let target = Arc::new(target);
    let mut writers = JoinSet::new();
    for index in 0..partitions {
        let (plan, task, target) = (plan.clone(), task.clone(), target.clone());
        // Without partition columns the threads share the table's files out; with them each partition is one thread's.
        let files = if target.columns.is_empty() { target.files / partitions } else { target.files };
        let writing = Writing::begin(&task);
        writers.spawn(async move {
            let written = write_stream(plan, index, task, &target, files).await;
            drop(writing);
            written
        });
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

/// Brings the rows into as many streams as are written at a time, each with the rows of a partition together.
fn arranged(
    plan: Arc<dyn ExecutionPlan>,
    target: &Target,
    threads: usize,
    arrangement: Arrangement,
) -> Result<Arc<dyn ExecutionPlan>> {
    let Arrangement { only, room } = arrangement;
    if !target.columns.is_empty() {
        let by = target.columns.iter().map(|name| Ok(plan.schema().index_of(name)?)).collect::<Result<_>>()?;
        return Ok(arrange(plan, threads, by, only, room));
    }
    let plan = match only {
        Some(only) => first(plan, threads, only, room),
        None => plan,
    };
    let partitions = plan.output_partitioning().partition_count();
    Ok(match target.files.min(partitions) {
        1 if partitions > 1 => Arc::new(CoalescePartitionsExec::new(plan)),
        files if files < partitions => Arc::new(RepartitionExec::try_new(plan, Partitioning::RoundRobinBatch(files))?),
        _ => plan,
    })
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
                open.write(&rows)?;
            }
        }
        Ok(())
    }

    /// Has the file open that the next rows, of the partition in `row`, go to.
    fn turn_to(&mut self, columns: &[ArrayRef], row: usize, values: Vec<ScalarValue>) -> Result<()> {
        match &self.open {
            Some(open) if open.partition == values => {
                if open.bytes_written() < FILE_BYTES || self.begun >= self.files {
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
