//! Rows put down on disk between two plans.
//!
//! Every source, and the rows of every `change_schema`, pass through such files: that is where conversions happen and are
//! counted. So each conversion sees each row once, whatever the optimizer leaves out of what comes after.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Partitioning};
use futures::StreamExt;
use tokio::task::JoinSet;

use super::convert::convert;
use super::fault::Fault;
use super::scan::{Emit, FileReader};
use super::types::arrow_schema;
use crate::flow::document::Conversion;
use crate::flow::metrics::CastLoss;
use crate::flow::types::Schema;

/// Rows on disk, in Arrow's own format, deleted with the folder they are in.
#[derive(Debug)]
pub struct Spill {
    schema: SchemaRef,
    files: Vec<SpillFile>,
}

#[derive(Debug)]
struct SpillFile {
    path: PathBuf,
    rows: u64,
    bytes: u64,
}

/// Runs `plan`, applies `conversions`, and puts the rows, of columns `schema`, down under `folder`. Returns them and each
/// conversion's loss.
pub async fn spill(
    plan: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    conversions: &[Conversion],
    schema: &Schema,
    folder: &Path,
) -> Result<(Spill, Vec<CastLoss>)> {
    let plan = spread(plan, task.session_config().target_partitions())?;
    let schema = arrow_schema(&schema.columns);
    std::fs::create_dir_all(folder).map_err(|e| Fault::io("create", &folder.display().to_string(), &e))?;
    let mut writers = JoinSet::new();
    for partition in 0..plan.output_partitioning().partition_count() {
        let (plan, task, schema) = (plan.clone(), task.clone(), schema.clone());
        let (conversions, path) = (conversions.to_vec(), folder.join(format!("{partition}.arrow")));
        writers.spawn(async move { write(plan, partition, task, &conversions, schema, path).await });
    }
    let (mut files, mut losses) = (Vec::new(), vec![CastLoss { lost: 0, of: 0 }; conversions.len()]);
    while let Some(written) = writers.join_next().await {
        let (file, of_file) = written.map_err(|e| datafusion::error::DataFusionError::ExecutionJoin(Box::new(e)))??;
        files.push(file);
        for (sum, loss) in losses.iter_mut().zip(of_file) {
            sum.lost += loss.lost;
            sum.of += loss.of;
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((Spill { schema, files }, losses))
}

/// Converting is work: all threads get a share of it.
fn spread(plan: Arc<dyn ExecutionPlan>, threads: usize) -> Result<Arc<dyn ExecutionPlan>> {
    if plan.output_partitioning().partition_count() >= threads {
        return Ok(plan);
    }
    Ok(Arc::new(RepartitionExec::try_new(plan, Partitioning::RoundRobinBatch(threads))?))
}

async fn write(
    plan: Arc<dyn ExecutionPlan>,
    partition: usize,
    task: Arc<TaskContext>,
    conversions: &[Conversion],
    schema: SchemaRef,
    path: PathBuf,
) -> Result<(SpillFile, Vec<CastLoss>)> {
    let fault = |e: std::io::Error| Fault::io("write", &path.display().to_string(), &e);
    let mut writer = StreamWriter::try_new(BufWriter::new(File::create(&path).map_err(fault)?), &schema)?;
    let mut losses = vec![CastLoss { lost: 0, of: 0 }; conversions.len()];
    let (mut rows, mut batches) = (0, plan.execute(partition, task)?);
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        let mut columns = batch.columns().to_vec();
        for (conversion, sum) in conversions.iter().zip(&mut losses) {
            let index = batch.schema().index_of(&conversion.column)?;
            let format = conversion.format.as_deref();
            let (converted, loss) = convert(&columns[index], &conversion.from, &conversion.to, format)?;
            columns[index] = converted;
            sum.lost += loss.lost;
            sum.of += loss.of;
        }
        writer.write(&RecordBatch::try_new(schema.clone(), columns)?)?;
    }
    writer.finish()?;
    drop(writer);
    let bytes = path.metadata().map_err(fault)?.len();
    Ok((SpillFile { path, rows, bytes }, losses))
}

impl FileReader for Spill {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn sizes(&self) -> Vec<u64> {
        self.files.iter().map(|file| file.bytes).collect()
    }

    fn rows(&self) -> Option<u64> {
        Some(self.files.iter().map(|file| file.rows).sum())
    }

    fn read(&self, file: usize, columns: &[usize], emit: Emit<'_>) -> Result<(), Fault> {
        let path = &self.files[file].path;
        let name = path.display().to_string();
        let broken = |e: ArrowError| Fault::data("bug", format!("cannot read back `{name}`: {e}"));
        let input = BufReader::new(File::open(path).map_err(|e| Fault::io("read", &name, &e))?);
        for batch in StreamReader::try_new(input, None).map_err(broken)? {
            let batch = batch.and_then(|batch| batch.project(columns)).map_err(broken)?;
            if !emit(batch) {
                break;
            }
        }
        Ok(())
    }
}
