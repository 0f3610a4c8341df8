//! What the killed runs write, and what must hold of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int32Type;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// Rows of each version of the data.
const ROWS: usize = 4_000;

/// Rows that a run appends.
const ADDED: usize = 100;

/// Tables without partitions, with them, and appended to.
pub const FLOW: &str = "sources:
  plays: { path: data/plays/, format: csv, columns: { id: int, version: int, part: string } }
tables:
  plain:
    steps: [{ source: plays }]
    files: 2
  parted:
    steps: [{ table: plain }]
    partition_by: [part]
  added:
    steps: [{ source: plays }, { filter: id < 100 }]
    write: append
";

/// The data of a version. Its partitions change from version to version, too.
pub fn data(version: i32) -> Vec<u8> {
    let mut text = String::from("id,version,part\n");
    for id in 0..ROWS {
        text.push_str(&format!("{id},{version},p{}\n", (id + version as usize) % 7 + version as usize % 3));
    }
    text.into_bytes()
}

/// How many rows of each version a table has. Panics when a file is not whole.
fn versions(table: &Path) -> BTreeMap<i32, usize> {
    let mut versions = BTreeMap::new();
    let files = walkdir::WalkDir::new(table).into_iter().filter_map(Result::ok).filter(|e| e.file_type().is_file());
    for file in files {
        let shown = file.path().display();
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file.path()).unwrap())
            .and_then(|builder| builder.build())
            .unwrap_or_else(|e| panic!("{shown} is not whole: {e}"));
        for batch in reader {
            let batch = batch.unwrap_or_else(|e| panic!("{shown} is not whole: {e}"));
            let column = batch.column_by_name("version").unwrap().as_primitive::<Int32Type>().clone();
            column.iter().flatten().for_each(|version| *versions.entry(version).or_default() += 1);
        }
    }
    versions
}

/// What the tables hold after a run that ended: the version of those that are overwritten, and what was appended, in rows
/// of each version.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    version: i32,
    added: BTreeMap<i32, usize>,
}

/// Whether a publish is under way, or was when its run was killed.
pub fn publishing(warehouse: &Path) -> bool {
    warehouse.join("_pipectl/publishing.json").exists()
}

/// What a warehouse must be like after a run of version `next` was killed.
pub fn assert_sound(warehouse: &Path, before: &Ended, next: i32) {
    let publishing = publishing(warehouse);
    let mut seen = BTreeSet::new();
    for table in ["plain", "parted"] {
        let found = versions(&warehouse.join(table));
        assert!(found.keys().all(|version| [before.version, next].contains(version)), "{table}: {found:?}");
        if !publishing {
            assert_eq!(found.values().copied().collect::<Vec<_>>(), [ROWS], "{table} is a mix that lasts: {found:?}");
            seen.extend(found.keys().copied());
        }
    }
    let added = versions(&warehouse.join("added"));
    let mut with_next = before.added.clone();
    with_next.insert(next, ADDED);
    if publishing {
        assert!(added == before.added || added == with_next, "{added:?}");
    } else {
        assert_eq!(seen.len(), 1, "one table is old, another new: {seen:?}");
        assert_eq!(added, if seen.contains(&next) { with_next } else { before.added.clone() });
    }
}

/// After a run that ended well. It `repeats` the one that was killed, or is another: then both may have been published, and both
/// have appended.
pub fn assert_complete(warehouse: &Path, before: &Ended, next: i32, repeats: bool) -> Ended {
    for table in ["plain", "parted"] {
        assert_eq!(versions(&warehouse.join(table)), BTreeMap::from([(next, ROWS)]), "{table}");
    }
    let added = versions(&warehouse.join("added"));
    let mut others = added.clone();
    let new = others.remove(&next);
    let twice = !repeats && new == Some(2 * ADDED);
    assert!(others == before.added && (twice || new == Some(ADDED)), "{added:?}");
    assert!(!publishing(warehouse));
    assert_eq!(left_over(warehouse), Vec::<PathBuf>::new());
    Ended { version: next, added }
}

/// Rows in the hidden folders of runs, other than those of [`OTHER`].
pub fn left_over(warehouse: &Path) -> Vec<PathBuf> {
    let files = walkdir::WalkDir::new(warehouse.join("_pipectl")).into_iter().filter_map(Result::ok);
    let rows = files.map(walkdir::DirEntry::into_path).filter(|path| path.extension().is_some_and(|e| e == "parquet"));
    rows.filter(|path| !path.starts_with(warehouse.join("_pipectl").join(OTHER))).collect()
}

/// A run that is none of ours and under way.
pub const OTHER: &str = "other";
