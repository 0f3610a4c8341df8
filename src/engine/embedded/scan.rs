//! A table over files, each read from its start to its end by a [`FileReader`] on a blocking thread.
//!
//! To DataFusion it is a leaf: projection is pushed into the reader, filters and limits are not.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};

use super::fault::Fault;

/// Rows in a batch.
pub const BATCH_ROWS: usize = 8192;

/// Takes batches; false when nobody wants more.
pub type Emit<'a> = &'a mut dyn FnMut(RecordBatch) -> bool;

/// Reads files of one schema.
pub trait FileReader: fmt::Debug + Send + Sync + 'static {
    /// All columns.
    fn schema(&self) -> SchemaRef;

    /// Each file's size in bytes.
    fn sizes(&self) -> Vec<u64>;

    /// How many rows there are, when that is known.
    fn rows(&self) -> Option<u64>;

    /// Reads file number `file` and hands over its rows, only the columns at `columns`, in that order.
    fn read(&self, file: usize, columns: &[usize], emit: Emit<'_>) -> Result<(), Fault>;

    /// After all files were read: how many rows of the wrong shape were spared.
    ///
    /// Errors: what only all rows together show.
    fn ended(&self) -> Result<u64, Fault> {
        Ok(0)
    }
}

/// The table.
#[derive(Debug)]
pub struct FilesTable {
    reader: Arc<dyn FileReader>,
}

impl FilesTable {
    /// A table over what `reader` reads.
    pub fn new(reader: Arc<dyn FileReader>) -> Self {
        FilesTable { reader }
    }

    /// All rows, of the columns at `columns`, in at most `partitions` streams.
    pub fn plan(&self, columns: Vec<usize>, partitions: usize) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(FilesExec::new(self.reader.clone(), columns, groups(&self.reader.sizes(), partitions))?))
    }
}

#[async_trait]
impl TableProvider for FilesTable {
    fn schema(&self) -> SchemaRef {
        self.reader.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| (0..self.reader.schema().fields().len()).collect());
        self.plan(columns, state.config().target_partitions())
    }
}

/// Shares files out to at most `partitions` groups of about the same size; at least one group, maybe empty.
fn groups(sizes: &[u64], partitions: usize) -> Vec<Vec<usize>> {
    let mut groups = vec![(0u64, Vec::new()); partitions.min(sizes.len()).max(1)];
    let mut files: Vec<usize> = (0..sizes.len()).collect();
    files.sort_by_key(|file| (std::cmp::Reverse(sizes[*file]), *file));
    for file in files {
        if let Some(least) = groups.iter_mut().min_by_key(|(bytes, files)| (*bytes, files.len())) {
            least.0 += sizes[file];
            least.1.push(file);
        }
    }
    groups.into_iter().map(|(_, files)| files).collect()
}

#[derive(Debug)]
struct FilesExec {
    reader: Arc<dyn FileReader>,
    columns: Vec<usize>,
    partitions: Vec<Vec<usize>>,
    properties: Arc<PlanProperties>,
}

impl FilesExec {
    fn new(reader: Arc<dyn FileReader>, columns: Vec<usize>, partitions: Vec<Vec<usize>>) -> Result<Self> {
        let schema = Arc::new(reader.schema().project(&columns)?);
        let properties = leaf_properties(schema, partitions.len());
        Ok(FilesExec { reader, columns, partitions, properties })
    }
}

/// The properties of a leaf with no order and no known distribution.
pub fn leaf_properties(schema: SchemaRef, partitions: usize) -> Arc<PlanProperties> {
    Arc::new(PlanProperties::new(
        EquivalenceProperties::new(schema),
        Partitioning::UnknownPartitioning(partitions),
        EmissionType::Incremental,
        Boundedness::Bounded,
    ))
}

impl DisplayAs for FilesExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "FilesExec: {:?}, columns={:?}", self.reader, self.columns)
    }
}

impl ExecutionPlan for FilesExec {
    fn name(&self) -> &'static str {
        "FilesExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let mut builder = RecordBatchReceiverStreamBuilder::new(self.schema(), 2);
        let (reader, columns) = (self.reader.clone(), self.columns.clone());
        let (files, batches) = (self.partitions[partition].clone(), builder.tx());
        builder.spawn_blocking(move || {
            let mut wanted = true;
            for file in files {
                reader.read(file, &columns, &mut |batch| {
                    wanted = batches.blocking_send(Ok(batch)).is_ok();
                    wanted
                })?;
                if !wanted {
                    break;
                }
            }
            Ok(())
        });
        Ok(builder.build())
    }

    fn partition_statistics(&self, partition: Option<usize>) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema());
        if partition.is_none() {
            let bytes = self.reader.sizes().iter().sum::<u64>();
            statistics.total_byte_size = Precision::Inexact(bytes as usize);
            if let Some(rows) = self.reader.rows() {
                statistics.num_rows = Precision::Inexact(rows as usize);
            }
        }
        Ok(Arc::new(statistics))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_shared_out_by_size() {
        assert_eq!(groups(&[10, 70, 30, 30], 2), [vec![1], vec![2, 3, 0]]);
        assert_eq!(groups(&[5], 4), [vec![0]]);
        assert_eq!(groups(&[0, 0], 2), [vec![0], vec![1]]);
        assert_eq!(groups(&[], 2), [Vec::<usize>::new()]);
    }
}
