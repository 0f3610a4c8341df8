//! The first row of each key in a total order, over batches held in memory.

use std::cmp::Ordering;

use crate::compare::{Columns, Place};
use crate::hash::part_of;

/// A column of the order.
pub struct Sort<'a> {
    /// Its values.
    pub column: Columns<'a>,
    /// Greatest first.
    pub descending: bool,
}

/// The rows of part `part` of `parts`, by the hash of their key, that are the first of their key: in the order in which keys
/// are first met. `hashes` are of each batch's rows.
pub fn first_of_each(
    hashes: &[&[u64]],
    keys: &[Columns<'_>],
    order: &[Sort<'_>],
    part: usize,
    parts: usize,
) -> Vec<Place> {
    let rows = hashes.iter().copied().flatten().filter(|hash| part_of(**hash, parts) == part).count();
    let mut table = Table::new(rows);
    let mut firsts: Vec<Place> = Vec::with_capacity(rows);
    for (batch, hashes) in hashes.iter().enumerate() {
        for (row, hash) in hashes.iter().enumerate() {
            if part_of(*hash, parts) != part {
                continue;
            }
            let here = Place { batch: batch as u32, row: row as u32 };
            let same = |entry: usize| keys.iter().all(|key| key.equal(firsts[entry], here));
            match table.find_or_insert(*hash, firsts.len(), same) {
                None => firsts.push(here),
                Some(entry) => {
                    if comes_first(here, firsts[entry], order) {
                        firsts[entry] = here;
                    }
                }
            }
        }
    }
    firsts
}

#[inline]
fn comes_first(here: Place, there: Place, order: &[Sort<'_>]) -> bool {
    for sort in order {
        match sort.column.order(here, there, sort.descending) {
            Ordering::Equal => {}
            other => return other == Ordering::Less,
        }
    }
    false
}

/// Open addressing: each slot holds 32 bits of the hash and the number of an entry, so that a miss costs one look.
pub(crate) struct Table {
    slots: Vec<u64>,
}

const ENTRY: u64 = 0xffff_ffff;

impl Table {
    /// For as many as `entries`, at most 4 thousand million.
    pub(crate) fn new(entries: usize) -> Self {
        Table { slots: vec![0; (entries * 2).next_power_of_two().max(16)] }
    }

    /// The entry of that hash for which `same` holds; else `new` is put there.
    #[inline]
    pub(crate) fn find_or_insert(&mut self, hash: u64, new: usize, same: impl Fn(usize) -> bool) -> Option<usize> {
        let mask = self.slots.len() - 1;
        // The high bits chose the part: they tell little within it.
        let tag = (hash << 20) & !ENTRY;
        let mut slot = hash as usize & mask;
        loop {
            let found = self.slots[slot];
            if found == 0 {
                self.slots[slot] = tag | (new as u64 + 1);
                return None;
            }
            let entry = ((found & ENTRY) - 1) as usize;
            if found & !ENTRY == tag && same(entry) {
                return Some(entry);
            }
            slot = (slot + 1) & mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int32Array, LargeStringArray};
    use proptest::prelude::*;

    use super::*;
    use crate::hash;

    type Row = (Option<i32>, Option<String>, Option<i32>);

    fn none(_: &ArrayRef) -> ArrayRef {
        unreachable!("no nested column here")
    }

    proptest! {
        /// Beside sorting: of each key the least row, NULLs last in both directions.
        #[test]
        fn the_first_row_of_each_key(
            rows in prop::collection::vec((prop::option::of(0..4i32), prop::option::of("[ab]{0,2}"), prop::option::of(0..5i32)), 0..60),
            size in 1..20usize, parts in 1..4usize, descending: bool,
        ) {
            let batches: Vec<[ArrayRef; 3]> = rows.chunks(size).map(|rows| [
                Arc::new(rows.iter().map(|r| r.0).collect::<Int32Array>()) as ArrayRef,
                Arc::new(rows.iter().map(|r| r.1.as_deref()).collect::<LargeStringArray>()) as ArrayRef,
                Arc::new(rows.iter().map(|r| r.2).collect::<Int32Array>()) as ArrayRef,
            ]).collect();
            let column = |index: usize| Columns::new(batches.iter().map(|batch| &batch[index]).collect(), none);
            let hashes: Vec<Vec<u64>> = batches.iter().map(|b| hash::hashes(&b[..1], b[0].len())).collect();
            let hashes: Vec<&[u64]> = hashes.iter().map(Vec::as_slice).collect();
            let order = [Sort { column: column(2), descending }, Sort { column: column(1), descending: false }];
            let mut found = Vec::new();
            for part in 0..parts {
                for place in first_of_each(&hashes, &[column(0)], &order, part, parts) {
                    found.push(rows[place.batch as usize * size + place.row as usize].clone());
                }
            }
            found.sort();
            let rank = |row: &Row| (row.2.is_none(), row.2.map(|n| if descending { -n } else { n }), row.1.is_none(), row.1.clone());
            let mut expected: BTreeMap<Option<i32>, Row> = BTreeMap::new();
            for row in &rows {
                let first = expected.entry(row.0).or_insert_with(|| row.clone());
                if rank(row) < rank(first) {
                    *first = row.clone();
                }
            }
            let mut expected: Vec<Row> = expected.into_values().collect();
            expected.sort();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn entries_are_found_among_equal_hashes() {
        let mut table = Table::new(3);
        assert_eq!(table.find_or_insert(7, 0, |_| false), None);
        assert_eq!(table.find_or_insert(7, 1, |_| false), None);
        assert_eq!(table.find_or_insert(7, 2, |entry| entry == 1), Some(1));
    }
}
