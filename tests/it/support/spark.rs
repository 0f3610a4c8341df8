//! Spark 3.5.4 as a judge: it runs generated scripts over folders.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::python;

/// One script with the folders it runs between.
#[derive(Clone, Debug)]
pub struct Job {
    /// The PySpark script's text.
    pub script: String,
    /// `--pipectl_staging`.
    pub staging: PathBuf,
    /// `--pipectl_warehouse`.
    pub warehouse: PathBuf,
    /// `--pipectl_run_id`.
    pub run_id: String,
}

/// Runs the jobs one after the other in one Spark session: for each, what it died of, if it did.
pub fn run(jobs: &[Job]) -> Vec<Option<String>> {
    let folder = tempfile::tempdir().unwrap();
    let mut list = Vec::new();
    for (number, job) in jobs.iter().enumerate() {
        let script = folder.path().join(format!("job_{number}.py"));
        std::fs::write(&script, &job.script).unwrap();
        list.push(json!({ "script": script, "arguments": [
            // What Glue passes besides.
            "--JOB_NAME", "demo", "--job-language", "python", "--enable-metrics", "true",
            "--pipectl_staging", uri(&job.staging),
            "--pipectl_warehouse", uri(&job.warehouse),
            "--pipectl_run_id", job.run_id,
        ] }));
    }
    let jobs = folder.path().join("jobs.json");
    std::fs::write(&jobs, Value::from(list).to_string()).unwrap();
    let output = python::run("run_spark.py", &[&jobs]);
    serde_json::from_str(output.lines().last().unwrap_or("")).unwrap_or_else(|e| panic!("{e}:\n{output}"))
}

fn uri(folder: &Path) -> String {
    format!("file://{}/", folder.display())
}

/// What lies in a warehouse's tables: column types, partitions, and all rows, sorted.
pub fn warehouse(folder: &Path) -> Value {
    let output = python::run("warehouse.py", &[folder]);
    serde_json::from_str(&output).unwrap_or_else(|e| panic!("{e}:\n{output}"))
}
