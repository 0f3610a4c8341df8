//! Joins by hash: one side is held, the rows of the other are looked up as they pass by.
//!
//! When the side to be held does not fit into memory, both go to disk in parts by the hash of their key, and part is
//! joined to part.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::{StreamExt, TryStreamExt};
use pipectl_rows::matches::Held;

use super::pairs::{Join, Looking, Pairing, Table};
use super::spread::{Part, Spread};
use super::stage::{Made, batches, later, stage};
use super::store::{Room, Stored, store};

/// Joins `right` to `left`, in as many streams as the side has that passes by.
pub fn join(
    left: Arc<dyn ExecutionPlan>,
    right: Arc<dyn ExecutionPlan>,
    schema: SchemaRef,
    join: Join,
    room: Room,
) -> Arc<dyn ExecutionPlan> {
    let (held, passing) = if join.holds_left() { (left, right) } else { (right, left) };
    let streams = passing.output_partitioning().partition_count();
    let joining = Joining {
        held_schema: held.schema(),
        pairing: Arc::new(Pairing { join, columns: schema.clone() }),
        room,
        side: Made::new(),
        spread: Made::new(),
        streams,
        ended: AtomicUsize::new(0),
        part: AtomicUsize::new(0),
    };
    let joining = Arc::new(joining);
    stage("JoinExec", schema, streams, move |partition, task| {
        let (joining, held, passing) = (joining.clone(), held.clone(), passing.clone());
        let columns = joining.pairing.columns.clone();
        Ok(later(columns, async move { joining.stream(held, passing, partition, task).await }))
    })
}

struct Joining {
    held_schema: SchemaRef,
    pairing: Arc<Pairing>,
    room: Room,
    /// The side that is held.
    side: Made<Side>,
    /// The other side, when both are on disk.
    spread: Made<Spread>,
    streams: usize,
    /// How many streams have looked all their rows up.
    ended: AtomicUsize,
    /// The next part on disk.
    part: AtomicUsize,
}

enum Side {
    Memory(Arc<Table>),
    Disk(Spread),
}

impl Joining {
    async fn stream(
        self: Arc<Self>,
        held: Arc<dyn ExecutionPlan>,
        passing: Arc<dyn ExecutionPlan>,
        partition: usize,
        task: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let side = self.side.get_or_try_init(|| self.hold(held, task.clone())).await?;
        match side {
            Side::Memory(table) => {
                let (table, rows) = (table.clone(), passing.execute(partition, task)?);
                drop(passing);
                Ok(self.looked_up(table, rows))
            }
            Side::Disk(_) => {
                let keys = self.pairing.join.keys().1.to_vec();
                let room = self.room.inner("passing");
                self.spread
                    .get_or_try_init(|| async {
                        // All of it: the parts of both sides have to be there.
                        match store(passing, task.clone(), keys, &room, true).await? {
                            Stored::Disk(spread) => Ok(spread),
                            Stored::Memory(..) => Err(DataFusionError::Internal("rows stayed in memory".into())),
                        }
                    })
                    .await?;
                Ok(self.part_by_part())
            }
        }
    }

    async fn hold(&self, held: Arc<dyn ExecutionPlan>, task: Arc<TaskContext>) -> Result<Side> {
        let keys = self.pairing.join.keys().0;
        match store(held, task.clone(), keys.to_vec(), &self.room.inner("held"), false).await? {
            Stored::Memory(held, rows) => {
                let count = held.iter().map(|keyed| keyed.batch.num_rows()).sum();
                let reservation = MemoryConsumer::new(self.room.name).register(task.memory_pool());
                reservation.grow(Held::bytes(count) + rows.size());
                drop(rows);
                let batches = held.into_iter().map(|keyed| keyed.batch).collect();
                Ok(Side::Memory(Arc::new(Table::new(&self.held_schema, batches, keys, Some(reservation))?)))
            }
            Stored::Disk(spread) => Ok(Side::Disk(spread)),
        }
    }

    /// The outcome for rows that pass by.
    fn looked_up(self: Arc<Self>, table: Arc<Table>, rows: SendableRecordBatchStream) -> SendableRecordBatchStream {
        let (columns, joining, last) = (self.pairing.columns.clone(), self.clone(), table.clone());
        let passed = rows.map(move |batch| {
            let mut looking = Looking::new(&joining.pairing, &table, batch?)?;
            Ok::<_, DataFusionError>(futures::stream::iter(std::iter::from_fn(move || looking.rows().transpose())))
        });
        let lonely = futures::stream::once(async move {
            let all = self.ended.fetch_add(1, Ordering::AcqRel) + 1 == self.streams;
            let rest = if all { self.pairing.lonely(&last)? } else { Vec::new() };
            Ok::<_, DataFusionError>(futures::stream::iter(rest.into_iter().map(Ok)))
        });
        let rows = passed.map_ok(StreamExt::boxed).chain(lonely.map_ok(StreamExt::boxed)).try_flatten();
        Box::pin(RecordBatchStreamAdapter::new(columns, rows))
    }

    /// The outcome when both sides are on disk: whoever is free takes the next part.
    fn part_by_part(self: Arc<Self>) -> SendableRecordBatchStream {
        let mut at: Option<(Arc<Table>, Part, Option<Looking>)> = None;
        let mut rest: Vec<RecordBatch> = Vec::new();
        batches(self.pairing.columns.clone(), move || {
            loop {
                if let Some(batch) = rest.pop() {
                    return Ok(Some(batch));
                }
                let Some((table, passing, looking)) = &mut at else {
                    let (Some(Side::Disk(held)), Some(passing)) = (self.side.get(), self.spread.get()) else {
                        return Ok(None);
                    };
                    let part = self.part.fetch_add(1, Ordering::Relaxed);
                    if part >= held.parts() {
                        return Ok(None);
                    }
                    let keys = self.pairing.join.keys().0;
                    let batches = held.read(part)?.collect::<Result<Vec<_>>>()?;
                    let table = Table::new(&self.held_schema, batches, keys, None)?;
                    at = Some((Arc::new(table), passing.read(part)?, None));
                    // Both stay readable while they are open.
                    held.forget(part);
                    passing.forget(part);
                    continue;
                };
                match looking.as_mut().map(Looking::rows).transpose()?.flatten() {
                    Some(batch) => return Ok(Some(batch)),
                    None => match passing.next() {
                        Some(batch) => *looking = Some(Looking::new(&self.pairing, table, batch?)?),
                        None => {
                            rest = self.pairing.lonely(table)?;
                            at = None;
                        }
                    },
                }
            }
        })
    }
}
