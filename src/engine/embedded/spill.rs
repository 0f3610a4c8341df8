//! Rows put down on disk between two plans: those of a source that several steps read.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::StreamExt;
use tokio::task::JoinSet;

use super::fault::Fault;
use super::scan::{Emit, FileReader};
use super::session::Writing;

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

/// Runs `plan` and puts its rows down under `folder`.
pub async fn spill(plan: Arc<dyn ExecutionPlan>, task: Arc<TaskContext>, folder: &Path) -> Result<Spill> {
    std::fs::create_dir_all(folder).map_err(|e| Fault::io("create", &folder.display().to_string(), &e))?;
    let mut writers = JoinSet::new();
    for partition in 0..plan.output_partitioning().partition_count() {
        let rows = plan.execute(partition, task.clone())?;
        let path = folder.join(format!("{partition}.arrow"));
        let writing = Writing::begin(&task);
        writers.spawn(async move {
            let written = write(rows, path).await;
            drop(writing);
            written
        });
    }
    let mut files = Vec::new();
    while let Some(written) = writers.join_next().await {
        files.push(written.map_err(|e| DataFusionError::ExecutionJoin(Box::new(e)))??);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(Spill { schema: plan.schema(), files })
}

async fn write(mut batches: SendableRecordBatchStream, path: PathBuf) -> Result<SpillFile> {
    let fault = |e: std::io::Error| Fault::io("write", &path.display().to_string(), &e);
    let mut writer = StreamWriter::try_new(BufWriter::new(File::create(&path).map_err(fault)?), &batches.schema())?;
    let mut rows = 0;
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        writer.write(&batch)?;
    }
    writer.finish()?;
    drop(writer);
    let bytes = path.metadata().map_err(fault)?.len();
    Ok(SpillFile { path, rows, bytes })
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
