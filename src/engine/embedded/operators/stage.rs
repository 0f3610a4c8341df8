//! An operator of our own inside a DataFusion plan.
//!
//! To DataFusion it is a leaf: what stands below it was planned before, apart. So the optimizer moves nothing across it,
//! and each stage runs once, each partition of it once.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::{StreamExt, TryStreamExt};
use tokio::task::JoinSet;

use super::super::scan::leaf_properties;

/// Makes the rows of one partition.
type Open = Box<dyn Fn(usize, Arc<TaskContext>) -> Result<SendableRecordBatchStream> + Send + Sync>;

/// The operator.
struct Stage {
    name: &'static str,
    properties: Arc<PlanProperties>,
    /// Gone when all partitions are under way: what they hold is theirs alone then, and goes with the last of them.
    open: Mutex<(usize, Option<Arc<Open>>)>,
}

/// An operator `name` of `partitions` streams with columns `schema`, which `open` makes.
pub fn stage(
    name: &'static str,
    schema: SchemaRef,
    partitions: usize,
    open: impl Fn(usize, Arc<TaskContext>) -> Result<SendableRecordBatchStream> + Send + Sync + 'static,
) -> Arc<dyn ExecutionPlan> {
    let properties = leaf_properties(schema, partitions);
    Arc::new(Stage { name, properties, open: Mutex::new((partitions, Some(Arc::new(Box::new(open))))) })
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl DisplayAs for Stage {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl ExecutionPlan for Stage {
    fn name(&self) -> &str {
        self.name
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

    fn execute(&self, partition: usize, task: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let open = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.0 = open.0.saturating_sub(1);
            if open.0 == 0 { open.1.take() } else { open.1.clone() }
        };
        let open = open.ok_or_else(|| DataFusionError::Internal(format!("{} runs a second time", self.name)))?;
        open(partition, task)
    }
}

/// A plan as a table that is read once.
#[derive(Debug)]
pub struct Planned(pub Arc<dyn ExecutionPlan>);

#[async_trait]
impl TableProvider for Planned {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
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
        match projection {
            None => Ok(self.0.clone()),
            Some(columns) => project(self.0.clone(), columns),
        }
    }
}

/// The columns at `columns`, in that order.
pub fn project(plan: Arc<dyn ExecutionPlan>, columns: &[usize]) -> Result<Arc<dyn ExecutionPlan>> {
    let schema = plan.schema();
    if columns.iter().copied().eq(0..schema.fields().len()) {
        return Ok(plan);
    }
    let column = |index: &usize| {
        let name = schema.field(*index).name();
        (Arc::new(Column::new(name, *index)) as Arc<dyn PhysicalExpr>, name.clone())
    };
    Ok(Arc::new(ProjectionExec::try_new(columns.iter().map(column).collect::<Vec<_>>(), plan)?))
}

/// Batches that are computed one after the other; other work gets its turn between them.
pub fn batches(
    schema: SchemaRef,
    mut next: impl FnMut() -> Result<Option<RecordBatch>> + Send + 'static,
) -> SendableRecordBatchStream {
    let rows = futures::stream::try_unfold((), move |()| {
        let batch = next();
        async move {
            tokio::task::consume_budget().await;
            Ok(batch?.map(|batch| (batch, ())))
        }
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

/// The stream that a future comes to.
pub fn later(
    schema: SchemaRef,
    stream: impl Future<Output = Result<SendableRecordBatchStream>> + Send + 'static,
) -> SendableRecordBatchStream {
    let rows = futures::stream::once(stream).try_flatten();
    Box::pin(RecordBatchStreamAdapter::new(schema, rows))
}

/// One batch after the other through `map`.
pub fn mapped(
    schema: SchemaRef,
    rows: SendableRecordBatchStream,
    mut map: impl FnMut(RecordBatch) -> Result<RecordBatch> + Send + 'static,
) -> SendableRecordBatchStream {
    Box::pin(RecordBatchStreamAdapter::new(schema, rows.map(move |batch| map(batch?))))
}

/// Runs all of a plan for what it counts on the way.
pub async fn drain(plan: Arc<dyn ExecutionPlan>, task: Arc<TaskContext>) -> Result<()> {
    let mut streams = JoinSet::new();
    for stream in 0..plan.output_partitioning().partition_count() {
        let mut rows = plan.execute(stream, task.clone())?;
        streams.spawn(async move {
            while let Some(batch) = rows.next().await {
                batch?;
            }
            Ok::<_, DataFusionError>(())
        });
    }
    while let Some(ended) = streams.join_next().await {
        ended.map_err(|e| DataFusionError::ExecutionJoin(Box::new(e)))??;
    }
    Ok(())
}

/// Whether the rows of a plan have passed by, to the last one of every stream.
#[derive(Clone, Debug, Default)]
pub struct Passage {
    expected: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
}

impl Passage {
    /// So many streams are to come.
    pub fn expect(&self, streams: usize) {
        self.expected.store(streams, Ordering::Relaxed);
    }

    /// The same rows; their end is noted.
    pub fn noted(&self, rows: SendableRecordBatchStream) -> SendableRecordBatchStream {
        let (schema, ended) = (rows.schema(), self.ended.clone());
        let end = futures::stream::once(async move {
            ended.fetch_add(1, Ordering::Release);
            Ok(None)
        });
        let rows = rows.map_ok(Some).chain(end).try_filter_map(|batch| async move { Ok(batch) });
        Box::pin(RecordBatchStreamAdapter::new(schema, rows))
    }

    /// Whether all streams came to their end. False before they begin.
    pub fn complete(&self) -> bool {
        let expected = self.expected.load(Ordering::Relaxed);
        expected > 0 && self.ended.load(Ordering::Acquire) == expected
    }
}

/// Something that one of several streams makes, and all use.
pub type Made<T> = tokio::sync::OnceCell<T>;
