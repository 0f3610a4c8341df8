//! Both engines over the same manifests and files: the same rows, column types and metrics.
//!
//! Spark takes long to start, so that all manifests are run in one session, when the first of these tests asks for it.

mod conversions;
mod coverage;
mod csv;
mod expressions;
mod flagship;
mod local_cloud;
mod outcomes;
mod outputs;
mod random;
mod reshape;
mod sources;
mod sql;
mod steps;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use pipectl::engine::pyspark;
use pipectl::error::Error;
use pipectl::flow::metrics::{Metrics, Status};

use super::support::bench::{Bench, metrics};
use super::support::python;
use super::support::spark::{self, Job};

/// A manifest with its files and what Spark made of it.
struct Run {
    bench: Bench,
    died_of: Option<String>,
}

static RUNS: LazyLock<HashMap<String, Run>> = LazyLock::new(|| {
    let benches = [
        conversions::benches(),
        csv::benches(),
        expressions::benches(),
        flagship::benches(),
        outcomes::benches(),
        outputs::benches(),
        random::benches(),
        reshape::benches(),
        sources::benches(),
        sql::benches(),
        steps::benches(),
    ];
    let benches: Vec<(String, Bench)> = benches.into_iter().flatten().collect();
    check_scripts(benches.iter().map(|(_, bench)| bench));
    let jobs: Vec<Job> = benches.iter().map(|(_, bench)| bench.spark_job("r1")).collect();
    let died_of = spark::run(&jobs);
    let run = |((name, bench), died_of)| (name, Run { bench, died_of });
    benches.into_iter().zip(died_of).map(run).collect()
});

/// Panics when a script has a fault that can be found without running it.
fn check_scripts<'a>(benches: impl Iterator<Item = &'a Bench>) {
    let folder = tempfile::tempdir().unwrap();
    let script = |(number, bench): (usize, &Bench)| {
        let path = folder.path().join(format!("script_{number}.py"));
        std::fs::write(&path, pyspark::script(&bench.flow)).unwrap();
        path
    };
    let scripts: Vec<PathBuf> = benches.enumerate().map(script).collect();
    python::run("check_scripts.py", &scripts.iter().map(PathBuf::as_path).collect::<Vec<_>>());
}

fn run(name: &str) -> &'static Run {
    RUNS.get(name).unwrap_or_else(|| panic!("no manifest `{name}`"))
}

/// Panics unless both engines ran `name` well and agree in everything.
fn assert_agree(name: &str) {
    let Run { bench, died_of } = run(name);
    bench.run_embedded("r1").unwrap_or_else(|error| panic!("the embedded engine: {error}"));
    assert_eq!(*died_of, None, "Spark");
    bench.assert_same_metrics("r1");
    bench.assert_same_tables();
    for warehouse in [bench.embedded_warehouse(), bench.spark_warehouse()] {
        assert_eq!(left_behind(&warehouse), ["r1/metrics.json"], "{}", warehouse.display());
    }
}

/// Panics unless both engines refused `name`, published nothing and left no data. Returns both engines' words.
fn assert_refused(name: &str) -> (Error, Metrics, Metrics) {
    let Run { bench, died_of } = run(name);
    let Err(error) = bench.run_embedded("r1") else { panic!("the embedded engine ran {name}") };
    let died_of = died_of.as_ref().unwrap_or_else(|| panic!("Spark ran {name}, the embedded engine: {error}"));
    assert!(!died_of.is_empty());
    let [embedded, spark] = [bench.embedded_warehouse(), bench.spark_warehouse()].map(|warehouse| {
        assert_eq!(left_behind(&warehouse), ["r1/metrics.json"], "{}", warehouse.display());
        let published: Vec<_> =
            std::fs::read_dir(&warehouse).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(published, ["_pipectl"], "{name}");
        metrics(&warehouse, "r1")
    });
    assert_eq!((embedded.status, spark.status), (Status::Failed, Status::Failed));
    (error, embedded, spark)
}

/// The files below `_pipectl`, without the records of what was appended.
fn left_behind(warehouse: &Path) -> Vec<String> {
    let hidden = warehouse.join("_pipectl");
    let files = walkdir::WalkDir::new(&hidden).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file() && entry.file_name() != "committed.json");
    files.map(|entry| entry.path().strip_prefix(&hidden).unwrap().display().to_string()).collect()
}
