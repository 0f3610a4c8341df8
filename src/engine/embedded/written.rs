//! The files a run has just written, read back: for its checks, and for the tables that build on this one.

use std::fmt;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatchOptions;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::error::DataFusionError;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use super::fault::Fault;
use super::files::{WrittenFile, file_schema};
use super::scan::{BATCH_ROWS, Emit, FileReader};
use super::types::whole;
use crate::flow::document::Table;

/// A table as it was written.
pub struct Written {
    folder: PathBuf,
    files: Vec<WrittenFile>,
    schema: SchemaRef,
    inside: SchemaRef,
}

impl Written {
    /// `table`, whose `files` are below `folder`.
    pub fn new(table: &Table, folder: PathBuf, files: Vec<WrittenFile>) -> Self {
        Written { folder, files, schema: whole(&table.schema), inside: file_schema(table) }
    }

    fn read_file(&self, file: &WrittenFile, columns: &[usize], emit: Emit<'_>) -> Result<(), DataFusionError> {
        let path = self.folder.join(&file.relative);
        let input = File::open(&path).map_err(|e| Fault::io("read", &path.display().to_string(), &e))?;
        let options = ArrowReaderOptions::new().with_schema(self.inside.clone());
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(input, options)?;
        let inside = self.inside.fields().len();
        // The reader hands columns out in the file's order, whatever the order of the mask.
        let mut wanted: Vec<usize> = columns.iter().copied().filter(|column| *column < inside).collect();
        wanted.sort_unstable();
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted.iter().copied());
        let schema = Arc::new(self.schema.project(columns)?);
        for batch in builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()? {
            let batch = batch?;
            let column = |column: &usize| match wanted.binary_search(column) {
                Ok(place) => Ok(batch.column(place).clone()),
                Err(_) => file.partition[*column - inside].to_array_of_size(batch.num_rows()),
            };
            let arrays = columns.iter().map(column).collect::<Result<Vec<_>, DataFusionError>>()?;
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            if !emit(RecordBatch::try_new_with_options(schema.clone(), arrays, &options)?) {
                break;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parquet {} ({} files)", self.folder.display(), self.files.len())
    }
}

impl FileReader for Written {
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
        let file = &self.files[file];
        self.read_file(file, columns, emit).map_err(|e| match e {
            DataFusionError::External(inner) if inner.is::<Fault>() => {
                inner.downcast_ref().cloned().unwrap_or_else(|| Fault::data("bug", inner.to_string()))
            }
            e => Fault::data("bug", format!("cannot read back `{}`: {e}", file.relative)),
        })
    }
}
