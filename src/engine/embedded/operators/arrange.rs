//! Rows in the order in which they are written: by the values of the partition columns, each value in one stream.
//!
//! Like [`super::first`], which it can do on the way: the rows are then gathered once for both.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::arrow::array::{BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::physical_plan::ExecutionPlan;
use pipectl_rows::compare::{Columns, Place};
use pipectl_rows::groups::groups;
use pipectl_rows::hash::hashes;

use super::super::scan::BATCH_ROWS;
use super::first::{First, first_on_disk, gather};
use super::spread::{Part, Spread};
use super::stage::{Made, batches, later, stage};
use super::store::{Keyed, Room, Stored, key_columns, nested, store};

/// A part on disk that takes more is not held.
const HELD_BYTES: u64 = 24 << 20;

/// Rows of `plan` in `threads` streams by the columns at `by`; of `only` the first rows alone.
pub fn arrange(
    plan: Arc<dyn ExecutionPlan>,
    threads: usize,
    by: Vec<usize>,
    only: Option<First>,
    room: Room,
) -> Arc<dyn ExecutionPlan> {
    let columns = plan.schema();
    let arranged: Arc<Made<Arranged>> = Arc::default();
    stage("ArrangeExec", columns.clone(), threads, move |stream, task| {
        let (plan, by, only, room) = (plan.clone(), by.clone(), only.clone(), room.clone());
        let (arranged, columns) = (arranged.clone(), columns.clone());
        Ok(later(columns.clone(), async move {
            let made = make(plan, task, threads, by.clone(), only, &room);
            arranged.get_or_try_init(|| made).await?;
            let (schema, mut at) = (columns.clone(), At::default());
            Ok(batches(columns, move || match arranged.get() {
                Some(Arranged::Memory { held, streams, .. }) => at.next(&schema, held, &streams[stream]),
                Some(Arranged::Disk { spread, part }) => at.next_on_disk(&schema, spread, part, &by),
                None => Ok(None),
            }))
        }))
    })
}

enum Arranged {
    Memory {
        held: Vec<Keyed>,
        /// For each stream the rows of each of its values.
        streams: Vec<Vec<Vec<Place>>>,
        _reservation: MemoryReservation,
    },
    /// Each part has all rows of its values.
    Disk {
        spread: Spread,
        /// The next part.
        part: AtomicUsize,
    },
}

async fn make(
    plan: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    threads: usize,
    by: Vec<usize>,
    only: Option<First>,
    room: &Room,
) -> Result<Arranged> {
    let (schema, plan_keys) = (plan.schema(), only.as_ref().map_or(&by, |only| &only.keys).clone());
    let stored = match store(plan, task.clone(), plan_keys, &room.inner("first"), false).await? {
        Stored::Disk(spread) if let Some(only) = only => {
            let firsts = first_on_disk(schema, spread, only, threads);
            return match store(firsts, task, by, &room.inner("arranged"), true).await? {
                Stored::Disk(spread) => Ok(Arranged::Disk { spread, part: AtomicUsize::new(0) }),
                Stored::Memory(held, reservation) => in_memory(held, reservation, None, &[], threads).await,
            };
        }
        stored => stored,
    };
    match stored {
        Stored::Disk(spread) => Ok(Arranged::Disk { spread, part: AtomicUsize::new(0) }),
        Stored::Memory(held, reservation) => in_memory(held, reservation, only, &by, threads).await,
    }
}

async fn in_memory(
    held: Vec<Keyed>,
    reservation: MemoryReservation,
    only: Option<First>,
    by: &[usize],
    threads: usize,
) -> Result<Arranged> {
    let held = Arc::new(held);
    let mut parts = Vec::with_capacity(threads);
    for part in 0..threads {
        let (held, only, by) = (held.clone(), only.clone(), by.to_vec());
        parts.push(tokio::task::spawn_blocking(move || grouped(&held, only.as_ref(), &by, part, threads)));
    }
    let mut found = Vec::with_capacity(threads);
    for part in parts {
        found.push(part.await.map_err(|e| datafusion::error::DataFusionError::ExecutionJoin(Box::new(e)))??);
    }
    let streams = shared_out(merged(&held, found, by)?, threads);
    let held = Arc::into_inner(held)
        .ok_or_else(|| datafusion::error::DataFusionError::Internal("rows are still held".into()))?;
    Ok(Arranged::Memory { held, streams, _reservation: reservation })
}

/// One part's rows, by their values.
fn grouped(held: &[Keyed], only: Option<&First>, by: &[usize], part: usize, parts: usize) -> Result<Vec<Vec<Place>>> {
    let places = match only {
        Some(only) => only.of(held, part, parts),
        None => {
            let (from, to) = (held.len() * part / parts, held.len() * (part + 1) / parts);
            let rows = |batch: usize| {
                (0..held[batch].batch.num_rows()).map(move |row| Place { batch: batch as u32, row: row as u32 })
            };
            (from..to).flat_map(rows).collect()
        }
    };
    by_value(held, by, places)
}

fn by_value(held: &[Keyed], by: &[usize], places: Vec<Place>) -> Result<Vec<Vec<Place>>> {
    let keys = held.iter().map(|keyed| key_columns(&keyed.batch, by)).collect::<Result<Vec<_>>>()?;
    let hashes: Vec<Vec<u64>> =
        held.iter().zip(&keys).map(|(keyed, keys)| hashes(keys, keyed.batch.num_rows())).collect();
    let columns: Vec<Columns<'_>> =
        (0..by.len()).map(|column| Columns::new(keys.iter().map(|keys| &keys[column]).collect(), nested)).collect();
    let hashed = places.into_iter().map(|place| (place, hashes[place.batch as usize][place.row as usize]));
    Ok(groups(hashed, &columns))
}

/// The parts' groups, those of one value together.
fn merged(held: &[Keyed], parts: Vec<Vec<Vec<Place>>>, by: &[usize]) -> Result<Vec<Vec<Place>>> {
    let all: Vec<Vec<Place>> = parts.into_iter().flatten().collect();
    let firsts: Vec<Place> = all.iter().map(|group| group[0]).collect();
    let mut at = HashMap::new();
    for (index, first) in firsts.iter().enumerate() {
        at.insert((first.batch, first.row), index);
    }
    let mut all: Vec<Option<Vec<Place>>> = all.into_iter().map(Some).collect();
    let mut whole = Vec::new();
    for same in by_value(held, by, firsts)? {
        let pieces = same.iter().filter_map(|first| all[at[&(first.batch, first.row)]].take());
        whole.push(pieces.reduce(|mut whole, piece| {
            whole.extend(piece);
            whole
        }));
    }
    let mut whole: Vec<Vec<Place>> = whole.into_iter().flatten().collect();
    whole.sort_by_key(|group| std::cmp::Reverse(group.len()));
    Ok(whole)
}

/// Each group to the stream that has the fewest rows so far, the largest first.
fn shared_out(groups: Vec<Vec<Place>>, streams: usize) -> Vec<Vec<Vec<Place>>> {
    let mut shares: Vec<(usize, Vec<Vec<Place>>)> = vec![(0, Vec::new()); streams];
    for group in groups {
        if let Some(least) = shares.iter_mut().min_by_key(|(rows, _)| *rows) {
            least.0 += group.len();
            least.1.push(group);
        }
    }
    shares.into_iter().map(|(_, groups)| groups).collect()
}

/// Where a stream stands.
#[derive(Default)]
struct At {
    group: usize,
    row: usize,
    /// The part on disk that it reads.
    part: Option<(Vec<Keyed>, Vec<Vec<Place>>)>,
    passes: Option<Passes>,
}

impl At {
    /// The next rows, all of one value.
    fn next(&mut self, schema: &SchemaRef, held: &[Keyed], groups: &[Vec<Place>]) -> Result<Option<RecordBatch>> {
        let Some(group) = groups.get(self.group) else { return Ok(None) };
        let chunk = &group[self.row..group.len().min(self.row + BATCH_ROWS)];
        self.row += chunk.len();
        if self.row == group.len() {
            (self.group, self.row) = (self.group + 1, 0);
        }
        gather(schema, held, chunk).map(Some)
    }

    fn next_on_disk(
        &mut self,
        schema: &SchemaRef,
        spread: &Spread,
        next: &AtomicUsize,
        by: &[usize],
    ) -> Result<Option<RecordBatch>> {
        loop {
            if let Some((held, groups)) = self.part.take() {
                let batch = self.next(schema, &held, &groups)?;
                if batch.is_some() {
                    self.part = Some((held, groups));
                    return Ok(batch);
                }
            }
            if let Some(passes) = &mut self.passes {
                match passes.next(spread, by)? {
                    Some(batch) => return Ok(Some(batch)),
                    None => self.passes = None,
                }
            }
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= spread.parts() {
                return Ok(None);
            }
            if spread.bytes(part) > HELD_BYTES {
                self.passes = Some(Passes::new(spread, part, by)?);
                continue;
            }
            let keyed = spread.read(part)?;
            let keyed = keyed.map(|batch| Ok(Keyed { batch: batch?, keys: Vec::new(), hashes: Vec::new() }));
            let keyed = keyed.collect::<Result<Vec<_>>>()?;
            spread.forget(part);
            let groups = grouped(&keyed, None, by, 0, 1)?;
            (self.group, self.row, self.part) = (0, 0, Some((keyed, groups)));
        }
    }
}

/// A part on disk that is too large to be held: it is read once for each of its values. (Values are few then, or the part
/// would be one of many and small.)
struct Passes {
    part: usize,
    /// The hashes of the values that are still to come.
    values: Vec<u64>,
    reading: Option<(u64, Part)>,
}

impl Passes {
    fn new(spread: &Spread, part: usize, by: &[usize]) -> Result<Self> {
        let mut values = BTreeSet::new();
        for batch in spread.read(part)? {
            values.extend(Keyed::new(batch?, by)?.hashes);
        }
        Ok(Passes { part, values: values.into_iter().collect(), reading: None })
    }

    fn next(&mut self, spread: &Spread, by: &[usize]) -> Result<Option<RecordBatch>> {
        loop {
            if let Some((value, rows)) = &mut self.reading {
                for batch in rows.by_ref() {
                    let keyed = Keyed::new(batch?, by)?;
                    let mask: BooleanArray = keyed.hashes.iter().map(|hash| Some(hash == value)).collect();
                    let found = filter_record_batch(&keyed.batch, &mask)?;
                    if found.num_rows() > 0 {
                        return Ok(Some(found));
                    }
                }
            }
            let Some(value) = self.values.pop() else {
                spread.forget(self.part);
                return Ok(None);
            };
            self.reading = Some((value, spread.read(self.part)?));
        }
    }
}
