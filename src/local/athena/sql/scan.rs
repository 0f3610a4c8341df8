//! A table of the catalog as the engine scans it: registered folders alone, pruned by their partition values, file by
//! file, counting the bytes.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatchOptions;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};

use super::catalog::{Column, Folder, Format, Table};
use super::csv_files::CsvScan;
use super::failure::{Failure, Outcome};
use super::files::{self, DataFile, ParquetScan};
use super::json_files::JsonScan;
use super::{cast, types};

/// What a query has read so far, and how much it may.
#[derive(Debug, Default)]
pub struct Meter {
    bytes: AtomicU64,
    cutoff: Option<u64>,
}

impl Meter {
    /// A meter that fails a query beyond `cutoff` bytes.
    pub fn new(cutoff: Option<u64>) -> Arc<Self> {
        Arc::new(Self { bytes: AtomicU64::new(0), cutoff })
    }

    /// The bytes read.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn add(&self, bytes: u64) -> Outcome<()> {
        let total = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        match self.cutoff {
            Some(cutoff) if total > cutoff => Err(Failure::new(CUTOFF, "Bytes scanned limit was exceeded")),
            _ => Ok(()),
        }
    }
}

/// The name of the failure of a query that read more than its workgroup allows: the execution is then cancelled.
pub const CUTOFF: &str = "BYTES_SCANNED_LIMIT";

/// A table of the catalog.
#[derive(Debug)]
pub struct CatalogTable {
    table: Table,
    schema: SchemaRef,
    meter: Arc<Meter>,
}

impl CatalogTable {
    /// The table, its columns first and its partition keys last.
    pub fn new(table: Table, meter: Arc<Meter>) -> Self {
        let schema = schema_of(table.columns.iter().chain(&table.keys));
        Self { table, schema, meter }
    }

    /// The folders whose partition values pass the filters.
    fn pruned(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<(Folder, Vec<ScalarValue>)>> {
        let folders = self.table.folders.iter().map(|folder| {
            let values = folder.values.iter().zip(&self.table.keys).map(|(text, key)| partition_value(text, key));
            Ok((folder.clone(), values.collect::<Outcome<Vec<_>>>()?))
        });
        let folders = folders.collect::<Outcome<Vec<_>>>()?;
        if filters.is_empty() || folders.is_empty() {
            return Ok(folders);
        }
        let schema = schema_of(self.table.keys.iter());
        let columns =
            (0..self.table.keys.len()).map(|key| ScalarValue::iter_to_array(folders.iter().map(|f| f.1[key].clone())));
        let batch = RecordBatch::try_new(schema.clone(), columns.collect::<Result<Vec<_>>>()?)?;
        let df_schema = DFSchema::try_from(schema)?;
        let mut keep = vec![true; folders.len()];
        for filter in filters {
            let filter = unqualified(filter.clone())?;
            let verdict =
                state.create_physical_expr(filter, &df_schema)?.evaluate(&batch)?.into_array(folders.len())?;
            let verdict = verdict.as_boolean();
            keep.iter_mut().enumerate().for_each(|(i, keep)| *keep &= verdict.is_valid(i) && verdict.value(i));
        }
        Ok(folders.into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(folder, _)| folder).collect())
    }

    fn is_over_keys(&self, filter: &Expr) -> bool {
        let is_key = |name: &str| self.table.keys.iter().any(|key| key.name == name);
        !self.table.keys.is_empty() && !filter.is_volatile() && filter.column_refs().iter().all(|c| is_key(&c.name))
    }
}

/// Columns as the engine's schema.
fn schema_of<'c>(columns: impl Iterator<Item = &'c Column>) -> SchemaRef {
    Arc::new(Schema::new(columns.map(|c| Field::new(&c.name, c.data_type.clone(), true)).collect::<Vec<_>>()))
}

fn unqualified(filter: Expr) -> Result<Expr> {
    use datafusion::common::tree_node::{Transformed, TreeNode};
    let stripped = filter.transform(|e| {
        Ok(match e {
            Expr::Column(c) => Transformed::yes(Expr::Column(datafusion::common::Column::new_unqualified(c.name))),
            other => Transformed::no(other),
        })
    })?;
    Ok(stripped.data)
}

/// A partition's value as its key's type.
fn partition_value(text: &str, key: &Column) -> Outcome<ScalarValue> {
    if text == "__HIVE_DEFAULT_PARTITION__" {
        return Ok(ScalarValue::try_from(&key.data_type)?);
    }
    let column: ArrayRef = ScalarValue::Utf8(Some(text.to_owned())).to_array()?;
    let value = cast::convert(&column, &key.data_type).map_err(|_| {
        let kind = types::name(&key.data_type).to_uppercase();
        let message = format!("Invalid partition value '{text}' for {kind} partition key: {}", key.name);
        Failure::new("HIVE_INVALID_PARTITION_VALUE", message)
    })?;
    Ok(ScalarValue::try_from_array(&value, 0)?)
}

#[async_trait]
impl TableProvider for CatalogTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| match self.is_over_keys(filter) {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(support).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let projection = projection.unwrap_or(&all);
        let schema = Arc::new(self.schema.project(projection)?);
        let mut pieces = Vec::new();
        for (folder, values) in self.pruned(state, filters)? {
            pieces.extend(files::list(&folder)?.into_iter().map(|file| (file, values.clone())));
        }
        let parts = state.config().target_partitions().clamp(1, pieces.len().max(1));
        let mut groups = vec![Vec::new(); parts];
        pieces.into_iter().enumerate().for_each(|(i, piece)| groups[i % parts].push(piece));
        let streams = groups.into_iter().map(|pieces| {
            Arc::new(FileStream {
                table: self.table.clone(),
                projection: projection.clone(),
                schema: schema.clone(),
                pieces,
                meter: self.meter.clone(),
            }) as Arc<dyn PartitionStream>
        });
        Ok(Arc::new(StreamingTableExec::try_new(schema.clone(), streams.collect(), None, [], false, limit)?))
    }
}

/// Some files of a table, read one after another.
struct FileStream {
    table: Table,
    projection: Vec<usize>,
    schema: SchemaRef,
    pieces: Vec<(DataFile, Vec<ScalarValue>)>,
    meter: Arc<Meter>,
}

impl fmt::Debug for FileStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStream").field("table", &self.table.name).field("files", &self.pieces.len()).finish()
    }
}

/// A file being read.
enum Reader {
    Parquet(Box<ParquetScan>),
    Csv(Box<CsvScan>),
    Json(Box<JsonScan>),
}

impl FileStream {
    /// The wanted columns that stand in the files, and the schema of what is read.
    fn in_files(&self) -> (Vec<Column>, SchemaRef) {
        let count = self.table.columns.len();
        let wanted: Vec<Column> = self
            .projection
            .iter()
            .filter(|place| **place < count)
            .map(|place| self.table.columns[*place].clone())
            .collect();
        let schema = schema_of(wanted.iter());
        (wanted, schema)
    }

    fn open(&self, file: &DataFile) -> Outcome<Reader> {
        let (wanted, schema) = self.in_files();
        Ok(match &self.table.format {
            Format::Parquet => {
                let scan = ParquetScan::open(file, &wanted, schema)?;
                self.meter.add(scan.bytes)?;
                Reader::Parquet(Box::new(scan))
            }
            Format::Csv { .. } => {
                self.meter.add(file.bytes)?;
                Reader::Csv(Box::new(CsvScan::open(file, &self.table, &wanted, schema)?))
            }
            Format::Json => {
                self.meter.add(file.bytes)?;
                // Rows that nothing is wanted of are still to be counted.
                let schema = if wanted.is_empty() { schema_of(self.table.columns.iter().take(1)) } else { schema };
                Reader::Json(Box::new(JsonScan::open(file, schema)?))
            }
        })
    }

    /// What was read of a file with its partition's values beside it.
    fn whole(&self, batch: &RecordBatch, values: &[ScalarValue]) -> Outcome<RecordBatch> {
        let (count, rows) = (self.table.columns.len(), batch.num_rows());
        let mut read = batch.columns().iter();
        let columns = self.projection.iter().map(|place| match place.checked_sub(count) {
            Some(key) => Ok(values[key].to_array_of_size(rows)?),
            None => read.next().cloned().ok_or_else(|| Failure::new("GENERIC_INTERNAL_ERROR", "a column was not read")),
        });
        let columns = columns.collect::<Outcome<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }

    fn read(&self, send: &dyn Fn(RecordBatch) -> bool) -> Outcome<()> {
        for (file, values) in &self.pieces {
            let mut reader = self.open(file)?;
            loop {
                let batch = match &mut reader {
                    Reader::Parquet(scan) => scan.next_batch()?,
                    Reader::Csv(scan) => scan.next_batch()?,
                    Reader::Json(scan) => scan.next_batch()?,
                };
                let Some(batch) = batch else { break };
                if !send(self.whole(&batch, values)?) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

impl PartitionStream for FileStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStreamBuilder::new(self.schema.clone(), 2);
        let sender = builder.tx();
        let stream = FileStream {
            table: self.table.clone(),
            projection: self.projection.clone(),
            schema: self.schema.clone(),
            pieces: self.pieces.clone(),
            meter: self.meter.clone(),
        };
        builder.spawn_blocking(move || {
            // A closed channel means that nobody wants more rows (a LIMIT): that is no failure.
            stream.read(&|batch| sender.blocking_send(Ok(batch)).is_ok()).map_err(DataFusionError::from)
        });
        builder.build()
    }
}
