//! Rows put together by equal values of some columns.

use crate::compare::{Columns, Place};
use crate::first::Table;

/// The rows of each distinct key, as they come with the hash of their key; largest group first, ties in the order in which
/// keys are first met.
pub fn groups(rows: impl Iterator<Item = (Place, u64)>, keys: &[Columns<'_>]) -> Vec<Vec<Place>> {
    let mut groups: Vec<Vec<Place>> = Vec::new();
    let mut of: Vec<u64> = Vec::new();
    let mut room = 1024;
    let mut table = Table::new(room);
    let mut last = None;
    for (here, hash) in rows {
        let same = |group: usize| keys.iter().all(|key| key.equal(groups[group][0], here));
        // Rows of one group often stand together.
        let near = last.filter(|group| of[*group] == hash && same(*group));
        let group = match near.or_else(|| table.find_or_insert(hash, groups.len(), same)) {
            Some(group) => group,
            None => {
                groups.push(Vec::new());
                of.push(hash);
                groups.len() - 1
            }
        };
        groups[group].push(here);
        last = Some(group);
        if groups.len() == room {
            room *= 2;
            table = Table::new(room);
            for (group, hash) in of.iter().enumerate() {
                table.find_or_insert(*hash, group, |_| false);
            }
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    groups
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int32Array};

    use super::*;
    use crate::hash;

    fn none(_: &ArrayRef) -> ArrayRef {
        unreachable!("no nested column here")
    }

    #[test]
    fn every_row_is_in_the_group_of_its_key() {
        // 0 twice as often as the others, of which there are more than a table begins with.
        let values: Vec<i32> = (0..6000).map(|i| if i % 3 == 0 { 0 } else { i % 3000 }).collect();
        let batches: Vec<ArrayRef> =
            values.chunks(700).map(|c| Arc::new(Int32Array::from(c.to_vec())) as ArrayRef).collect();
        let hashes: Vec<Vec<u64>> = batches.iter().map(|b| hash::hashes(std::slice::from_ref(b), b.len())).collect();
        let places =
            (0..6000).map(|i| (Place { batch: i / 700, row: i % 700 }, hashes[i as usize / 700][i as usize % 700]));
        let groups = groups(places, &[Columns::new(batches.iter().collect(), none)]);
        let value = |place: &Place| values[place.batch as usize * 700 + place.row as usize];
        assert_eq!((groups.len(), groups[0].len(), groups.iter().map(Vec::len).sum::<usize>()), (2001, 2000, 6000));
        assert!(groups.iter().all(|group| group.iter().all(|place| value(place) == value(&group[0]))));
    }
}
