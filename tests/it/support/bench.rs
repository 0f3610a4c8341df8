//! A manifest with its files, run on both engines.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pipectl::engine::embedded::{self, LocalPlaces};
use pipectl::engine::pyspark;
use pipectl::error::Error;
use pipectl::flow::compile::compile;
use pipectl::flow::document::Flow;
use pipectl::flow::headers::LocalHeaders;
use pipectl::flow::metrics::Metrics;
use pipectl::manifest::{LoadOptions, load};
use serde_json::Value;

use super::spark;

const HEAD: &str = r#"name: demo
region: us-east-1
storage:
  staging: "s3://demo-bucket/staging/"
  warehouse: "s3://demo-bucket/warehouse/"
  results: "s3://demo-bucket/results/"
"#;

/// A folder with a flow, staged files, and a warehouse for each engine.
pub struct Bench {
    folder: tempfile::TempDir,
    /// The compiled flow.
    pub flow: Flow,
}

impl Bench {
    /// `manifest` from `sources:` on; each source `x` has the path `data/x/`, with these files (`x/name.csv`).
    pub fn new(manifest: &str, files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipeline.yaml");
        put(&path, format!("{HEAD}{manifest}").as_bytes());
        for (name, bytes) in files {
            put(&folder.path().join("data").join(name), bytes);
            put(&folder.path().join("staging").join(name), bytes);
        }
        let flow = load(&path, &LoadOptions::default()).and_then(|manifest| compile(&manifest, &LocalHeaders));
        let flow = flow.unwrap_or_else(|error| panic!("{}", all(&error)));
        Bench { folder, flow }
    }

    /// A flow that is compiled already, with nothing staged yet.
    pub fn of(flow: Flow) -> Self {
        Bench { folder: tempfile::tempdir().unwrap(), flow }
    }

    /// The same flow over other staged files.
    pub fn staged(self, files: &[(&str, &[u8])]) -> Self {
        std::fs::remove_dir_all(self.staging()).unwrap();
        files.iter().for_each(|(name, bytes)| self.stage(name, bytes));
        self
    }

    /// Stages a file of a source `x` as `x/name`.
    pub fn stage(&self, name: &str, bytes: &[u8]) {
        put(&self.staging().join(name), bytes);
    }

    fn staging(&self) -> PathBuf {
        self.folder.path().join("staging")
    }

    /// The warehouse of the embedded engine.
    pub fn embedded_warehouse(&self) -> PathBuf {
        self.folder.path().join("embedded")
    }

    /// The warehouse of Spark.
    pub fn spark_warehouse(&self) -> PathBuf {
        self.folder.path().join("spark")
    }

    /// Runs the flow on the embedded engine.
    pub fn run_embedded(&self, run_id: &str) -> Result<Metrics, Error> {
        let places =
            LocalPlaces { staging: self.staging(), warehouse: self.embedded_warehouse(), in_place: Arc::new(|_| None) };
        futures::executor::block_on(embedded::run(&self.flow, &places, run_id, None, &|_| ()))
    }

    /// The flow as a job for [`spark::run`].
    pub fn spark_job(&self, run_id: &str) -> spark::Job {
        spark::Job {
            script: pyspark::script(&self.flow),
            staging: self.staging(),
            warehouse: self.spark_warehouse(),
            run_id: run_id.into(),
        }
    }

    /// Panics unless both warehouses hold the same tables: column types, partitions, rows.
    pub fn assert_same_tables(&self) {
        let (mut embedded, mut spark) =
            (spark::warehouse(&self.embedded_warehouse()), spark::warehouse(&self.spark_warehouse()));
        let tables: Vec<String> = self.flow.tables.keys().cloned().collect();
        for name in &tables {
            let output = &self.flow.tables[name].output;
            // What is appended to has files of every run.
            let files = if output.write.overwrites() { output.files } else { u32::MAX };
            for side in [&mut embedded, &mut spark] {
                // A partitioned table without rows has no folder.
                let Some(table) = side.get_mut(name) else { continue };
                let most = table["files_in_a_folder"].take();
                assert!(most.as_u64().unwrap() <= u64::from(files), "{name}: {most} files, at most {files}");
            }
            if let Some(there) = spark.get_mut(name) {
                level_approximate(&embedded[name], there);
            }
            same_rows(name, &embedded[name], &spark[name]);
            assert_eq!(embedded[name], spark[name], "table {name}");
        }
        assert_eq!(embedded, spark, "tables that the flow does not have");
    }

    /// Panics unless both engines left the same metrics, but for how many files of what size they wrote.
    pub fn assert_same_metrics(&self, run_id: &str) {
        let [embedded, spark] = [self.embedded_warehouse(), self.spark_warehouse()].map(|folder| {
            let mut metrics = metrics(&folder, run_id);
            for table in metrics.tables.values_mut() {
                assert!(table.files > 0 || table.bytes == 0);
                (table.files, table.bytes) = (0, 0);
            }
            metrics
        });
        assert_eq!(embedded, spark);
    }
}

/// What columns are called whose values come of adding doubles in some order.
const APPROXIMATE: &str = "_approx";

/// Puts `embedded`'s value of each approximate column in the place of `spark`'s, where both agree to 1e-12 relative.
fn level_approximate(embedded: &Value, spark: &mut Value) {
    let (Some(here), Some(there)) = (embedded["rows"].as_array(), spark.get_mut("rows").and_then(Value::as_array_mut))
    else {
        return;
    };
    for (here, there) in here.iter().zip(there) {
        for (a, b) in here.as_array().into_iter().flatten().zip(there.as_array_mut().into_iter().flatten()) {
            let (Some((name, x)), Some((_, y))) =
                (a.as_str().and_then(|t| t.split_once('=')), b.as_str().and_then(|t| t.split_once('=')))
            else {
                continue;
            };
            let (Ok(x), Ok(y)) = (x.parse::<f64>(), y.parse::<f64>()) else { continue };
            if name.ends_with(APPROXIMATE) && (x - y).abs() <= 1e-12 * x.abs().max(y.abs()) {
                *b = a.clone();
            }
        }
    }
}

/// A difference in rows: the rows that one side lacks, each beside the nearest that the other has instead.
fn same_rows(table: &str, embedded: &Value, spark: &Value) {
    let rows = |side: &Value| -> Vec<Vec<String>> {
        if side.is_null() { Vec::new() } else { serde_json::from_value(side["rows"].clone()).unwrap() }
    };
    let (embedded, spark) = (rows(embedded), rows(spark));
    let only = |here: &[Vec<String>], there: &[Vec<String>]| -> Vec<Vec<String>> {
        here.iter().filter(|row| !there.contains(row)).cloned().collect()
    };
    let (only_embedded, only_spark) = (only(&embedded, &spark), only(&spark, &embedded));
    let mut shown = String::new();
    for row in only_embedded.iter().take(20) {
        let alike = |other: &&Vec<String>| other.iter().zip(row).filter(|(a, b)| a == b).count();
        let Some(nearest) = only_spark.iter().max_by_key(alike) else {
            shown.push_str(&format!("not on Spark: {row:?}\n"));
            continue;
        };
        for (a, b) in row.iter().zip(nearest).filter(|(a, b)| a != b) {
            shown.push_str(&format!("embedded {a}, Spark {b}\n"));
        }
        shown.push_str(&format!("  in {row:?}\n"));
    }
    if only_embedded.is_empty() {
        only_spark.iter().take(20).for_each(|row| shown.push_str(&format!("on Spark alone: {row:?}\n")));
    }
    assert!(shown.is_empty(), "table {table}\n{shown}");
}

/// The metrics that a run left in a warehouse.
pub fn metrics(warehouse: &Path, run_id: &str) -> Metrics {
    let path = warehouse.join("_pipectl").join(run_id).join("metrics.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// Writes a file, with the folders above it.
pub fn put(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn all(error: &Error) -> String {
    error.all().map(|e| format!("{e} ({:?}, {:?})\n", e.expected(), e.help())).collect()
}
