//! Rows of two sides put together: the side that is held, and the rows that are looked up in it.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array, new_null_array};
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::{concat, is_not_null, take};
use datafusion::arrow::datatypes::{FieldRef, SchemaRef};
use datafusion::common::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use pipectl_rows::matches::{Held, Lookup, NONE, Want};

use super::super::scan::BATCH_ROWS;
use super::store::{key_columns, nested};
use crate::flow::document::JoinKind;

/// A column of the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// The left's column.
    Left(usize),
    /// The right's column.
    Right(usize),
    /// The left's column, or the right's where there is no left row.
    Either(usize, usize),
}

/// What is joined how.
#[derive(Clone, Debug)]
pub struct Join {
    /// The kind.
    pub how: JoinKind,
    /// The keys' columns on the left and on the right.
    pub on: (Vec<usize>, Vec<usize>),
    /// The columns of the outcome.
    pub columns: Vec<From>,
    /// Inner joins hold the left side instead of the right.
    pub hold_left: bool,
}

impl Join {
    /// Whether the left side is held.
    pub fn holds_left(&self) -> bool {
        match self.how {
            JoinKind::Inner => self.hold_left,
            JoinKind::Right => true,
            _ => false,
        }
    }

    fn want(&self) -> Want {
        match self.how {
            JoinKind::Inner => Want::Pairs,
            JoinKind::Left | JoinKind::Right | JoinKind::Full => Want::All,
            JoinKind::Semi => Want::With,
            JoinKind::Anti => Want::Without,
        }
    }

    /// The keys of the side that is held and of the one that passes by.
    pub fn keys(&self) -> (&[usize], &[usize]) {
        if self.holds_left() { (&self.on.0, &self.on.1) } else { (&self.on.1, &self.on.0) }
    }
}

/// The rows that are held, and the table of their keys.
pub struct Table {
    rows: RecordBatch,
    held: Held,
    /// What is reserved for both.
    _reservation: Option<MemoryReservation>,
}

impl Table {
    /// The rows of `batches`, of columns `schema`, by the columns at `keys`; `reservation` is of the memory for them.
    pub fn new(
        schema: &SchemaRef,
        batches: Vec<RecordBatch>,
        keys: &[usize],
        reservation: Option<MemoryReservation>,
    ) -> Result<Self> {
        let count = batches.iter().map(RecordBatch::num_rows).sum();
        let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::with_capacity(batches.len()); schema.fields().len()];
        for batch in batches {
            for (column, array) in columns.iter_mut().zip(batch.columns()) {
                column.push(array.clone());
            }
        }
        // Column by column, so that few things are there twice at a time.
        let whole = |(pieces, field): (Vec<ArrayRef>, &FieldRef)| {
            let arrays: Vec<&dyn Array> = pieces.iter().map(|piece| piece.as_ref()).collect();
            if arrays.is_empty() { Ok(new_null_array(field.data_type(), 0)) } else { concat(&arrays) }
        };
        let columns = columns.into_iter().zip(schema.fields()).map(whole).collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        let rows = RecordBatch::try_new_with_options(schema.clone(), columns, &options)?;
        let held = Held::new(key_columns(&rows, keys)?, rows.num_rows());
        Ok(Table { rows, held, _reservation: reservation })
    }
}

/// How pairs of rows become rows.
pub struct Pairing {
    /// What is joined.
    pub join: Join,
    /// The columns of the outcome.
    pub columns: SchemaRef,
}

impl Pairing {
    /// Of a full join, the held rows that nothing matched.
    pub fn lonely(&self, table: &Table) -> Result<Vec<RecordBatch>> {
        if self.join.how != JoinKind::Full {
            return Ok(Vec::new());
        }
        let batch = |rows: &[u32]| {
            let held = UInt32Array::from(rows.to_vec());
            let none = UInt32Array::new_null(rows.len());
            self.outcome(table, None, &none, &held)
        };
        table.held.lonely().chunks(BATCH_ROWS).map(batch).collect()
    }

    /// The columns of the outcome, for rows that passed by and held ones.
    fn outcome(
        &self,
        table: &Table,
        passing: Option<&RecordBatch>,
        rows: &UInt32Array,
        held: &UInt32Array,
    ) -> Result<RecordBatch> {
        let all = passing.is_some_and(|batch| {
            batch.num_rows() == rows.len()
                && rows.null_count() == 0
                && rows.values().iter().copied().eq(0..rows.len() as u32)
        });
        let left_is_held = self.join.holds_left();
        let column = |from_left: bool, index: usize, place: usize| -> Result<ArrayRef> {
            if from_left == left_is_held {
                return Ok(take(table.rows.column(index), held, None)?);
            }
            Ok(match passing {
                Some(batch) if all => batch.column(index).clone(),
                Some(batch) => take(batch.column(index), rows, None)?,
                None => new_null_array(self.columns.field(place).data_type(), rows.len()),
            })
        };
        let one = |(place, from): (usize, &From)| match from {
            From::Left(index) => column(true, *index, place),
            From::Right(index) => column(false, *index, place),
            From::Either(left, right) => {
                let left = column(true, *left, place)?;
                if left.null_count() == 0 {
                    return Ok(left);
                }
                Ok(zip(&is_not_null(&left)?, &left, &column(false, *right, place)?)?)
            }
        };
        let columns = self.join.columns.iter().enumerate().map(one).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        Ok(RecordBatch::try_new_with_options(self.columns.clone(), columns, &options)?)
    }
}

/// A batch being looked up.
pub struct Looking {
    pairing: Arc<Pairing>,
    table: Arc<Table>,
    batch: RecordBatch,
    keys: Vec<ArrayRef>,
    lookup: Lookup,
}

impl Looking {
    /// Looks the rows of `batch` up in `table`.
    pub fn new(pairing: &Arc<Pairing>, table: &Arc<Table>, batch: RecordBatch) -> Result<Self> {
        let keys = key_columns(&batch, pairing.join.keys().1)?;
        let lookup = table.held.lookup(&keys, batch.num_rows());
        Ok(Looking { pairing: pairing.clone(), table: table.clone(), batch, keys, lookup })
    }

    /// The next rows of the outcome. One row may have very many partners: they come a few at a time.
    pub fn rows(&mut self) -> Result<Option<RecordBatch>> {
        let (want, mark) = (self.pairing.join.want(), self.pairing.join.how == JoinKind::Full);
        let (rows, held) = self.lookup.next((&self.table.held, &self.keys, nested), want, mark, 2 * BATCH_ROWS);
        if rows.is_empty() {
            return Ok(None);
        }
        let held = if held.contains(&NONE) {
            held.into_iter().map(|row| (row != NONE).then_some(row)).collect()
        } else {
            UInt32Array::from(held)
        };
        self.pairing.outcome(&self.table, Some(&self.batch), &UInt32Array::from(rows), &held).map(Some)
    }
}
