//! Runs that end badly, and publishing.

use std::path::Path;

use super::super::support::bench::{metrics, put};
use super::super::support::spark;
use super::{Bench, assert_refused, run};
use pipectl::flow::metrics::Status;

const FILES: [(&str, &[u8]); 1] = [("s/a.csv", b"id,n\n1,x\n1,2\n2,y\n,2\n")];

/// Manifests of which each breaks a promise, with what both engines say of it.
const BROKEN: [(&str, &str, &str); 8] = [
    (
        "loss in a source",
        "sources:\n  s: { path: data/s/, format: csv, columns: { id: int, n: int } }\n\
         tables:\n  t:\n    steps: [{ source: s }]\n",
        "source s n -> int lost 2 of 4 values (50 %), more than max_cast_loss 0",
    ),
    (
        "losses in two sources",
        "sources:\n  s: { path: data/s/, format: csv, columns: { n: int } }\n  r: { path: data/s/, format: csv, columns: { id: { type: date, max_cast_loss: 0.9 }, n: int } }\n\
         tables:\n  t:\n    steps: [{ source: s }, { join: { source: r, on: [n], drop: [id] } }]\n",
        "source s n -> int lost 2 of 4 values (50 %), more than max_cast_loss 0; \
         source r id -> date lost 3 of 3 values (100 %), more than max_cast_loss 0.9; \
         source r n -> int lost 2 of 4 values (50 %), more than max_cast_loss 0",
    ),
    (
        "losses in a table",
        "sources:\n  s: { path: data/s/, format: csv }\n\
         tables:\n  good:\n    steps: [{ source: s }]\n  t:\n    max_cast_loss: 0.25\n    steps:\n      - source: s\n      \
         - change_schema: { n: int, id: date }\n      - filter: n > 100\n  later:\n    steps: [{ source: s }]\n",
        "change_schema n -> int lost 2 of 4 values (50 %), more than max_cast_loss 0.25; \
         change_schema id -> date lost 3 of 3 values (100 %), more than max_cast_loss 0.25",
    ),
    (
        "a loss before duplicates that cannot be counted",
        "sources:\n  s: { path: data/s/, format: csv }\n\
         tables:\n  t:\n    steps:\n      - source: s\n      - change_schema: { n: { type: bigint, max_cast_loss: 0.1 } }\n      \
         - derived_column: { n: n * 5000000000 * 5000000000 }\n      - drop_duplicates: { by: [id] }\n",
        "change_schema n -> bigint lost 2 of 4 values (50 %), more than max_cast_loss 0.1",
    ),
    (
        "a failed check over rows without duplicates",
        "sources:\n  s: { path: data/s/, format: csv }\n\
         tables:\n  good:\n    steps: [{ source: s }, { drop_duplicates: { by: [id] } }]\n  t:\n    steps: [{ source: s }, { drop_duplicates: { by: [n] } }]\n    \
         checks: [{ row_count: { min: 1000 } }]\n",
        "check row_count failed: table t has 3 rows",
    ),
    (
        "a third is lost",
        "sources:\n  s: { path: data/s/, format: csv }\n\
         tables:\n  t:\n    steps:\n      - source: s\n      - filter: id is not null\n      \
         - change_schema: { n: { type: int, max_cast_loss: 0.6666 } }\n",
        "change_schema n -> int lost 2 of 3 values (66.67 %), more than max_cast_loss 0.6666",
    ),
    (
        "failed checks",
        "sources:\n  s: { path: data/s/, format: csv }\n\
         tables:\n  t:\n    steps: [{ source: s }]\n    checks:\n      - unique: [id]\n      - not_null: [n]\n      - not_null: [id]\n      \
         - { unique: [n], severity: warn }\n      - row_count: { min: 1000 }\n      - expression: \"n < 'y'\"\n  later:\n    steps: [{ source: s }]\n",
        "check unique(id) failed on 1 row of table t; check not_null(id) failed on 1 row of table t; \
         check row_count failed: table t has 4 rows; ",
    ),
    (
        "an empty table",
        "sources:\n  s: { path: data/s/, format: csv }\n\
         tables:\n  t:\n    steps: [{ source: s }, { filter: \"n = 'z'\" }]\n    checks: [{ row_count: { min: 1 } }]\n",
        "check row_count failed: table t has 0 rows",
    ),
];

pub fn benches() -> Vec<(String, Bench)> {
    BROKEN.iter().map(|(name, manifest, _)| (name.to_string(), bench(manifest))).collect()
}

fn bench(manifest: &str) -> Bench {
    let staged = [FILES[0], ("r/a.csv", FILES[0].1)];
    Bench::new(manifest, &FILES).staged(&staged)
}

#[test]
fn broken_promises_are_refused_in_the_same_words() {
    for (name, _, words) in BROKEN {
        let (_, embedded, spark) = assert_refused(name);
        let text = spark.error.clone().unwrap_or_default();
        assert!(text.starts_with(words), "{name}: {text}");
        assert_eq!(run(name).died_of.as_ref(), spark.error.as_ref(), "{name}: what Glue shows");
        assert_eq!(embedded.error, spark.error, "{name}");
        run(name).bench.assert_same_metrics("r1");
    }
}

const TWO_TABLES: &str = "sources:\n  s: { path: data/s/, format: csv }\n\
    tables:\n  t:\n    steps: [{ source: s }]\n    partition_by: [n]\n  u:\n    steps: [{ table: t }]\n";

/// A published table is replaced; a publish that was interrupted is finished first; a failed run leaves the old table.
#[test]
fn publishing_replaces_and_rolls_forward() {
    let bench = bench(TWO_TABLES);
    let warehouse = bench.spark_warehouse();
    let old = ["t/n=1/old.parquet", "t/n=old/old.parquet", "u/old.parquet"];
    old.iter().for_each(|file| put(&warehouse.join(file), b"old"));
    // Run r0 died while it published: of its two files one is moved, nothing is deleted.
    put(&warehouse.join("_pipectl/r0/data/t/n=3/part-00000-r0.parquet"), b"r0");
    put(&warehouse.join("t/n=4/part-00000-r0.parquet"), b"r0");
    let note = r#"{"run_id": "r0", "tables": {"t": ["n=3/part-00000-r0.parquet", "n=4/part-00000-r0.parquet"]}}"#;
    put(&warehouse.join("_pipectl/publishing.json"), note.as_bytes());

    let broken = bench.spark_job("r1");
    let broken = spark::Job { staging: bench.embedded_warehouse(), ..broken };
    let died_of = spark::run(&[broken]);
    assert!(died_of[0].as_ref().is_some_and(|text| text.starts_with("no files in ")), "{died_of:?}");
    assert_eq!(files(&warehouse.join("t")), ["n=3/part-00000-r0.parquet", "n=4/part-00000-r0.parquet"]);
    assert_eq!(files(&warehouse.join("u")), ["old.parquet"]);
    assert_eq!(files(&warehouse.join("_pipectl")), ["r1/metrics.json"]);
    assert_eq!(metrics(&warehouse, "r1").status, Status::Failed);

    let died_of = spark::run(&[bench.spark_job("r2"), bench.spark_job("r3")]);
    assert_eq!(died_of, [None, None]);
    bench.run_embedded("r3").unwrap();
    bench.assert_same_tables();
    bench.assert_same_metrics("r3");
    assert_eq!(files(&warehouse.join("_pipectl")), ["r1/metrics.json", "r2/metrics.json", "r3/metrics.json"]);
    let folders: Vec<_> = std::fs::read_dir(warehouse.join("t")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(folders.len(), 3, "{folders:?}: folders of old partitions are gone");
}

const APPENDED: &str = "sources:\n  s: { path: data/s/, format: csv }\n\
    tables:\n  t:\n    steps: [{ source: s }]\n    partition_by: [n]\n    write: append\n  u:\n    steps: [{ source: s }]\n";

/// Runs add to what is there; one that is repeated under its own id does not add twice, and one that was interrupted while it
/// published is rolled forward.
#[test]
fn appending_keeps_what_is_there() {
    let bench = bench(APPENDED);
    let rows = |warehouse: &Path| {
        let tables = spark::warehouse(warehouse);
        ["t", "u"].map(|table| tables[table]["rows"].as_array().unwrap().len())
    };
    let warehouses = [bench.embedded_warehouse(), bench.spark_warehouse()];
    let both = |ids: &[&str]| {
        ids.iter().for_each(|id| drop(bench.run_embedded(id).unwrap()));
        let jobs: Vec<spark::Job> = ids.iter().map(|id| bench.spark_job(id)).collect();
        assert_eq!(spark::run(&jobs), vec![None; jobs.len()]);
        bench.assert_same_tables();
        warehouses.each_ref().map(|warehouse| rows(warehouse))
    };
    assert_eq!(both(&["r1", "r2", "r2"]), [[8, 4]; 2]);
    for warehouse in &warehouses {
        // Run r2 once more, which died while it published: one file of two is moved, its earlier ones are still there.
        let record = std::fs::read_to_string(warehouse.join("_pipectl/r2/committed.json")).unwrap();
        let mut note: serde_json::Value = serde_json::from_str(&record).unwrap();
        let earlier = note["tables"]["t"].as_array().unwrap().clone();
        assert_eq!(earlier.len(), 3);
        let first = earlier[0].as_str().unwrap();
        let bytes = std::fs::read(warehouse.join("t").join(first)).unwrap();
        put(&warehouse.join("_pipectl/r2/data/t/n=7/part-again.parquet"), &bytes);
        put(&warehouse.join("t/n=8/part-again.parquet"), &bytes);
        note["tables"]["t"] = serde_json::json!(["n=7/part-again.parquet", "n=8/part-again.parquet"]);
        note["appended"]["t"] = earlier.into();
        note["tables"].as_object_mut().unwrap().remove("u");
        put(&warehouse.join("_pipectl/publishing.json"), note.to_string().as_bytes());
    }
    // Four rows of r1, two copies of its first file, of two rows, four rows of r3.
    assert_eq!(both(&["r3"]), [[12, 4]; 2]);
    for warehouse in &warehouses {
        assert!(!warehouse.join("_pipectl/publishing.json").exists());
        assert_eq!(files(&warehouse.join("_pipectl/r2")), ["committed.json", "metrics.json"]);
    }
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    files.map(|entry| entry.path().strip_prefix(folder).unwrap().display().to_string()).collect()
}
