//! Rows that an operator has to hold, all of them, before it can go on.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::StreamExt;
use pipectl_rows::compare::supported;
use pipectl_rows::hash::hashes;
use tokio::task::JoinSet;

use super::super::functions::list::sort_key;
use super::super::session::Writing;
use super::spread::{Spread, Spreading};

/// Where an operator holds rows.
#[derive(Clone, Debug)]
pub struct Room {
    /// What it is called.
    pub name: &'static str,
    /// Where its rows go when memory is short.
    pub folder: PathBuf,
    /// Into how many parts they are divided then.
    pub parts: usize,
}

impl Room {
    /// A room of its own below this one.
    pub fn inner(&self, name: &str) -> Room {
        Room { name: self.name, folder: self.folder.join(name), parts: self.parts }
    }

    fn reserve(&self, task: &TaskContext) -> MemoryReservation {
        MemoryConsumer::new(self.name).with_can_spill(true).register(task.memory_pool())
    }
}

/// A batch with its rows' keys.
pub struct Keyed {
    /// The rows.
    pub batch: RecordBatch,
    /// Their keys' columns.
    pub keys: Vec<ArrayRef>,
    /// Their keys' hashes.
    pub hashes: Vec<u64>,
}

impl Keyed {
    /// `batch` by the columns at `keys`.
    pub fn new(batch: RecordBatch, keys: &[usize]) -> Result<Self> {
        let keys = key_columns(&batch, keys)?;
        let hashes = hashes(&keys, batch.num_rows());
        Ok(Keyed { batch, keys, hashes })
    }
}

/// The key columns of a batch; nested ones as bytes that compare as they do.
pub fn key_columns(batch: &RecordBatch, keys: &[usize]) -> Result<Vec<ArrayRef>> {
    let key = |index: &usize| {
        let column = batch.column(*index);
        if supported(column.data_type()) { Ok(column.clone()) } else { sort_key(column) }
    };
    keys.iter().map(key).collect()
}

/// Nested values as bytes that compare as they do, for [`pipectl_rows::compare::Columns`].
pub fn nested(array: &ArrayRef) -> ArrayRef {
    // Every type that a column can have is one that rows can be made of.
    sort_key(array).unwrap_or_else(|_| array.clone())
}

/// All rows of a plan.
pub enum Stored {
    /// In memory, which is reserved for as long.
    Memory(Vec<Keyed>, MemoryReservation),
    /// On disk.
    Disk(Spread),
}

enum Storing {
    Memory(Vec<Keyed>),
    Disk,
}

/// Runs all of `plan` and stores its rows, by the columns at `keys`; on disk when `to_disk`, or when memory is short.
pub async fn store(
    plan: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    keys: Vec<usize>,
    room: &Room,
    to_disk: bool,
) -> Result<Stored> {
    let shared = Arc::new(Shared {
        room: room.clone(),
        schema: plan.schema(),
        reservation: room.reserve(&task),
        storing: Mutex::new(Storing::Memory(Vec::new())),
        spreading: OnceLock::new(),
    });
    if to_disk {
        shared.turn_to_disk(&mut shared.storing.lock().unwrap_or_else(PoisonError::into_inner))?;
    }
    let mut readers = JoinSet::new();
    for partition in 0..plan.output_partitioning().partition_count() {
        let (mut batches, keys, shared) = (plan.execute(partition, task.clone())?, keys.clone(), shared.clone());
        let writing = Writing::begin(&task);
        readers.spawn(async move {
            while let Some(batch) = batches.next().await {
                let batch = batch?;
                if batch.num_rows() > 0 {
                    shared.push(Keyed::new(batch, &keys)?)?;
                }
            }
            drop(writing);
            Ok::<_, DataFusionError>(())
        });
    }
    drop(plan);
    while let Some(read) = readers.join_next().await {
        read.map_err(|e| DataFusionError::ExecutionJoin(Box::new(e)))??;
    }
    let shared = Arc::into_inner(shared).ok_or_else(|| DataFusionError::Internal("rows are still stored".into()))?;
    match (shared.storing.into_inner().unwrap_or_else(PoisonError::into_inner), shared.spreading.into_inner()) {
        (Storing::Disk, Some(spreading)) => Ok(Stored::Disk(spreading.finish()?)),
        (Storing::Memory(batches), _) => Ok(Stored::Memory(batches, shared.reservation)),
        (Storing::Disk, None) => Err(DataFusionError::Internal("rows went nowhere".into())),
    }
}

struct Shared {
    room: Room,
    schema: SchemaRef,
    reservation: MemoryReservation,
    storing: Mutex<Storing>,
    spreading: OnceLock<Spreading>,
}

impl Shared {
    fn turn_to_disk(&self, storing: &mut Storing) -> Result<()> {
        let _ = self.spreading.set(Spreading::new(self.schema.clone(), &self.room.folder, self.room.parts)?);
        *storing = Storing::Disk;
        Ok(())
    }

    fn push(&self, keyed: Keyed) -> Result<()> {
        let held = {
            let mut storing = self.storing.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *storing {
                Storing::Disk => Vec::new(),
                Storing::Memory(batches) => {
                    if self.reservation.try_grow(bytes(&keyed)).is_ok() {
                        batches.push(keyed);
                        return Ok(());
                    }
                    let held = std::mem::take(batches);
                    self.turn_to_disk(&mut storing)?;
                    held
                }
            }
        };
        let Some(spreading) = self.spreading.get() else { return Err(DataFusionError::Internal("no parts".into())) };
        // Whoever found memory short puts down what was held; nobody else holds any of it.
        for keyed in held {
            let size = bytes(&keyed);
            spreading.push(&keyed.batch, &keyed.hashes)?;
            drop(keyed);
            self.reservation.shrink(size);
        }
        spreading.push(&keyed.batch, &keyed.hashes)
    }
}

/// Memory that a batch and its keys take.
pub fn bytes(keyed: &Keyed) -> usize {
    keyed.batch.get_array_memory_size() + keyed.hashes.len() * 8
}
