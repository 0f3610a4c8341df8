//! `drop_duplicates`: the first row of each key in a total order.
//!
//! All rows are held once, the first of each key is found by a table of row numbers, and only those are gathered. When
//! memory is short the rows go to disk in parts by the hash of their key, and each part is done by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::interleave;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use pipectl_rows::compare::{Columns, Place};
use pipectl_rows::first::{Sort, first_of_each};

use super::super::scan::BATCH_ROWS;
use super::spread::Spread;
use super::stage::{Made, batches, later, stage};
use super::store::{Keyed, Room, Stored, bytes, nested, store};

/// Bytes of a part on disk that are read before rows are let go.
const SIFTED_BYTES: usize = 16 << 20;

/// Which row of each key stays.
#[derive(Clone, Debug)]
pub struct First {
    /// The key's columns.
    pub keys: Vec<usize>,
    /// The order's columns, and whether the greatest comes first.
    pub order: Vec<(usize, bool)>,
}

impl First {
    /// The first rows among `batches` whose hash belongs to part `part` of `parts`.
    pub fn of(&self, batches: &[Keyed], part: usize, parts: usize) -> Vec<Place> {
        let hashes: Vec<&[u64]> = batches.iter().map(|keyed| keyed.hashes.as_slice()).collect();
        let keys: Vec<Columns<'_>> = (0..self.keys.len())
            .map(|key| Columns::new(batches.iter().map(|keyed| &keyed.keys[key]).collect(), nested))
            .collect();
        let order: Vec<Sort<'_>> = self
            .order
            .iter()
            .map(|(column, descending)| {
                let columns = batches.iter().map(|keyed| keyed.batch.column(*column)).collect();
                Sort { column: Columns::new(columns, nested), descending: *descending }
            })
            .collect();
        first_of_each(&hashes, &keys, &order, part, parts)
    }

    /// The rows of a part on disk; where many are no first rows, those are let go on the way.
    fn of_part(&self, schema: &SchemaRef, spread: &Spread, part: usize) -> Result<Vec<Keyed>> {
        let (mut held, mut firsts, mut since) = (Vec::new(), 0, 0);
        for batch in spread.read(part)? {
            let keyed = Keyed::new(batch?, &self.keys)?;
            since += bytes(&keyed);
            held.push(keyed);
            // As many new rows as old ones at least, so that each is looked at a few times only.
            if since > firsts.max(SIFTED_BYTES) {
                let places = self.of(&held, 0, 1);
                let rows =
                    places.chunks(BATCH_ROWS).map(|places| Keyed::new(gather(schema, &held, places)?, &self.keys));
                held = rows.collect::<Result<Vec<_>>>()?;
                (firsts, since) = (held.iter().map(bytes).sum(), 0);
            }
        }
        spread.forget(part);
        Ok(held)
    }
}

/// Rows of `plan` that are the first of their key, in `threads` streams.
pub fn first(plan: Arc<dyn ExecutionPlan>, threads: usize, first: First, room: Room) -> Arc<dyn ExecutionPlan> {
    let columns = plan.schema();
    let stored: Arc<Made<(Stored, AtomicUsize)>> = Arc::default();
    stage("FirstExec", columns.clone(), threads, move |stream, task| {
        let (plan, first, room) = (plan.clone(), first.clone(), room.clone());
        let (stored, columns) = (stored.clone(), columns.clone());
        Ok(later(columns.clone(), async move {
            stored.get_or_try_init(|| held(plan, task, first.keys.clone(), room)).await?;
            let (schema, mut at) = (columns.clone(), At::default());
            Ok(batches(columns, move || match stored.get() {
                Some((Stored::Memory(held, _), _)) => {
                    let places = at.places.take().unwrap_or_else(|| first.of(held, stream, threads));
                    at.next(&schema, held, places)
                }
                Some((Stored::Disk(spread), part)) => at.next_on_disk(&schema, spread, part, &first),
                None => Ok(None),
            }))
        }))
    })
}

/// All rows, and the next part to be read when they are on disk.
async fn held(
    plan: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    keys: Vec<usize>,
    room: Room,
) -> Result<(Stored, AtomicUsize)> {
    Ok((store(plan, task, keys, &room, false).await?, AtomicUsize::new(0)))
}

/// The same of rows that are on disk, in parts by their key.
pub fn first_on_disk(schema: SchemaRef, spread: Spread, first: First, threads: usize) -> Arc<dyn ExecutionPlan> {
    let spread = Arc::new((spread, AtomicUsize::new(0)));
    stage("FirstExec", schema.clone(), threads, move |_, _| {
        let (spread, first, schema, mut at) = (spread.clone(), first.clone(), schema.clone(), At::default());
        Ok(batches(schema.clone(), move || at.next_on_disk(&schema, &spread.0, &spread.1, &first)))
    })
}

/// Where a stream stands.
#[derive(Default)]
struct At {
    places: Option<Vec<Place>>,
    done: usize,
    /// The part on disk that it reads.
    part: Vec<Keyed>,
}

impl At {
    fn next(&mut self, schema: &SchemaRef, held: &[Keyed], places: Vec<Place>) -> Result<Option<RecordBatch>> {
        let chunk = &places[self.done..places.len().min(self.done + BATCH_ROWS)];
        self.done += chunk.len();
        let batch = if chunk.is_empty() { None } else { Some(gather(schema, held, chunk)?) };
        self.places = Some(places);
        Ok(batch)
    }

    fn next_on_disk(
        &mut self,
        schema: &SchemaRef,
        spread: &Spread,
        next: &AtomicUsize,
        first: &First,
    ) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(places) = self.places.take() {
                let held = std::mem::take(&mut self.part);
                let batch = self.next(schema, &held, places)?;
                if batch.is_some() {
                    self.part = held;
                    return Ok(batch);
                }
            }
            let part = next.fetch_add(1, Ordering::Relaxed);
            if part >= spread.parts() {
                return Ok(None);
            }
            self.part = first.of_part(schema, spread, part)?;
            (self.places, self.done) = (Some(first.of(&self.part, 0, 1)), 0);
        }
    }
}

/// The rows at `places`.
pub fn gather(schema: &SchemaRef, held: &[Keyed], places: &[Place]) -> Result<RecordBatch> {
    // Only the batches that are needed: there may be many, and each column would go through all of them.
    let mut numbers: Vec<u32> = places.iter().map(|place| place.batch).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let mut within = vec![0; numbers.last().map_or(0, |last| *last as usize + 1)];
    numbers.iter().enumerate().for_each(|(at, number)| within[*number as usize] = at);
    let indices: Vec<(usize, usize)> =
        places.iter().map(|place| (within[place.batch as usize], place.row as usize)).collect();
    let column = |index: usize| {
        let arrays: Vec<&dyn Array> =
            numbers.iter().map(|number| held[*number as usize].batch.column(index).as_ref()).collect();
        interleave(&arrays, &indices)
    };
    let columns: Vec<ArrayRef> = (0..schema.fields().len()).map(column).collect::<Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(places.len()));
    Ok(RecordBatch::try_new_with_options(schema.clone(), columns, &options)?)
}
