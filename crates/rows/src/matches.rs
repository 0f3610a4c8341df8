//! The pairs of a join: one side's keys in a table, the other side's rows looked up in it.

use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::{Array, ArrayRef};

use crate::compare::{Columns, Nested, Place};
use crate::hash::hashes;

/// No row.
pub const NONE: u32 = u32::MAX;

/// The side that is held, by its keys. At most 4 thousand million rows.
pub struct Held {
    keys: Vec<ArrayRef>,
    hashes: Vec<u64>,
    /// The first row of each slot.
    heads: Vec<u32>,
    /// The next row of the same slot.
    next: Vec<u32>,
    /// A bit for each row that found a partner.
    met: Vec<AtomicU64>,
}

/// Whether no key column of a row is NULL: NULL matches nothing.
fn whole(keys: &[ArrayRef]) -> impl Fn(usize) -> bool + use<> {
    let nulls: Vec<_> =
        keys.iter().filter_map(|key| key.logical_nulls().filter(|nulls| nulls.null_count() > 0)).collect();
    move |row| nulls.iter().all(|nulls| nulls.is_valid(row))
}

impl Held {
    /// Rows by their keys, of [`crate::compare::supported`] types.
    pub fn new(keys: Vec<ArrayRef>, rows: usize) -> Self {
        let hashes = hashes(&keys, rows);
        let whole = whole(&keys);
        let mut heads = vec![NONE; (rows + rows / 2).next_power_of_two().max(16)];
        let mut next = vec![NONE; rows];
        let mask = heads.len() - 1;
        // From the last to the first, so that each slot gives rows in their order.
        for row in (0..rows).rev().filter(|row| whole(*row)) {
            let head = &mut heads[hashes[row] as usize & mask];
            next[row] = *head;
            *head = row as u32;
        }
        let met = (0..rows.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Held { keys, hashes, heads, next, met }
    }

    /// Bytes that [`Held::new`] takes beside the keys, for `rows` rows.
    pub fn bytes(rows: usize) -> usize {
        rows * 13 + (rows + rows / 2).next_power_of_two() * 4
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.hashes.len()
    }

    /// Begins to look `rows` rows up by their keys.
    pub fn lookup(&self, keys: &[ArrayRef], rows: usize) -> Lookup {
        let hashes = hashes(keys, rows);
        let mask = self.heads.len() - 1;
        let whole = whole(keys);
        // All first looks at once: the processor has many of them under way together.
        let starts = hashes.iter().enumerate().map(
            |(row, hash)| {
                if whole(row) { self.heads[*hash as usize & mask] } else { NONE }
            },
        );
        let at: Vec<u32> = starts.collect();
        Lookup { hashes, at, row: 0, found: false }
    }

    fn meet(&self, row: u32) {
        self.met[row as usize / 64].fetch_or(1 << (row % 64), Ordering::Relaxed);
    }

    /// The rows that no lookup with `mark` has found.
    pub fn lonely(&self) -> Vec<u32> {
        let met = |row: &u32| self.met[*row as usize / 64].load(Ordering::Relaxed) >> (row % 64) & 1 == 1;
        (0..self.rows() as u32).filter(|row| !met(row)).collect()
    }
}

/// What of the pairs is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// All pairs.
    Pairs,
    /// All pairs, and rows without a partner beside [`NONE`].
    All,
    /// Rows that have a partner, once each.
    With,
    /// Rows that have none.
    Without,
}

/// Rows being looked up.
pub struct Lookup {
    hashes: Vec<u64>,
    /// Where each row's search stands.
    at: Vec<u32>,
    row: usize,
    found: bool,
}

impl Lookup {
    /// The next pairs, about `most`: rows that were looked up, and held ones. Empty at the end. With `mark`, the held
    /// rows among them are known to [`Held::lonely`]. `held` and `keys` are those that the lookup began with.
    pub fn next(
        &mut self,
        (held, keys, nested): (&Held, &[ArrayRef], Nested),
        want: Want,
        mark: bool,
        most: usize,
    ) -> (Vec<u32>, Vec<u32>) {
        let columns: Vec<Columns<'_>> =
            held.keys.iter().zip(keys).map(|(held, key)| Columns::new(vec![held, key], nested)).collect();
        let equal = |held: u32, row: u32| {
            let (held, row) = (Place { batch: 0, row: held }, Place { batch: 1, row });
            columns.iter().all(|column| column.equal(held, row))
        };
        let (mut rows, mut partners) =
            (Vec::with_capacity(self.at.len().min(most)), Vec::with_capacity(self.at.len().min(most)));
        while self.row < self.at.len() && rows.len() < most {
            let row = self.row;
            let hash = self.hashes[row];
            let mut at = self.at[row];
            while at != NONE && rows.len() < most {
                let here = at;
                at = held.next[at as usize];
                if held.hashes[here as usize] != hash || !equal(here, row as u32) {
                    continue;
                }
                self.found = true;
                if mark {
                    held.meet(here);
                }
                match want {
                    Want::Pairs | Want::All => {
                        rows.push(row as u32);
                        partners.push(here);
                    }
                    Want::With | Want::Without if !mark => at = NONE,
                    Want::With | Want::Without => {}
                }
            }
            self.at[row] = at;
            if at != NONE {
                break;
            }
            let alone = !self.found;
            if (want == Want::With && !alone) || (matches!(want, Want::All | Want::Without) && alone) {
                rows.push(row as u32);
                partners.push(NONE);
            }
            self.found = false;
            self.row += 1;
        }
        (rows, partners)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Int32Array, LargeStringArray};
    use proptest::prelude::*;

    use super::*;

    type Key = (Option<i32>, Option<String>);

    fn none(_: &ArrayRef) -> ArrayRef {
        unreachable!("no nested column here")
    }

    fn columns(keys: &[Key]) -> Vec<ArrayRef> {
        vec![
            Arc::new(keys.iter().map(|k| k.0).collect::<Int32Array>()),
            Arc::new(keys.iter().map(|k| k.1.as_deref()).collect::<LargeStringArray>()),
        ]
    }

    fn keys() -> impl Strategy<Value = Vec<Key>> {
        prop::collection::vec((prop::option::of(0..4i32), prop::option::of("[ab]?")), 0..40)
    }

    proptest! {
        #[test]
        fn pairs_are_those_of_two_loops(held in keys(), rows in keys(), most in 1..50usize) {
            let table = Held::new(columns(&held), held.len());
            let probe = columns(&rows);
            let same = |a: &Key, b: &Key| a.0.is_some() && a.1.is_some() && a == b;
            for want in [Want::Pairs, Want::All, Want::With, Want::Without] {
                let mut lookup = table.lookup(&probe, rows.len());
                let mut found = Vec::new();
                loop {
                    let (left, right) = lookup.next((&table, &probe, none), want, want == Want::All, most);
                    if left.is_empty() {
                        break;
                    }
                    found.extend(left.into_iter().zip(right));
                }
                let mut expected = Vec::new();
                for (i, row) in rows.iter().enumerate() {
                    let partners: Vec<u32> = (0..held.len()).filter(|j| same(row, &held[*j])).map(|j| j as u32).collect();
                    match want {
                        Want::Pairs => expected.extend(partners.iter().map(|j| (i as u32, *j))),
                        Want::All if partners.is_empty() => expected.push((i as u32, NONE)),
                        Want::All => expected.extend(partners.iter().map(|j| (i as u32, *j))),
                        Want::With if !partners.is_empty() => expected.push((i as u32, NONE)),
                        Want::Without if partners.is_empty() => expected.push((i as u32, NONE)),
                        _ => {}
                    }
                }
                prop_assert_eq!(found, expected, "{:?}", want);
            }
            let lonely: Vec<u32> = (0..held.len()).filter(|j| !rows.iter().any(|row| same(row, &held[*j]))).map(|j| j as u32).collect();
            prop_assert_eq!(table.lonely(), lonely);
        }
    }
}
