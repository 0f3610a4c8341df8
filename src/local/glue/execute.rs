//! What a job run does: its script on Spark, or on the embedded engine the flow document that its arguments name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::printed::Printed;
use super::spark;
use super::support::{members, text};
use crate::engine::embedded::{self, LocalPlaces, Progress};
use crate::error::Error;
use crate::flow::document::Flow;
use crate::flow::metrics::{Metrics, TableMetrics};
use crate::local::store::Store;

/// Runs the script on Spark, or the flow on the embedded engine; the failure is the message that the run shows.
pub async fn execute(store: &Store, job: &Value, run: &Value) -> Result<(), String> {
    let script = text(&job["Command"], "ScriptLocation");
    let program = store.file_of_uri(script).and_then(|path| std::fs::read_to_string(path).ok());
    let Some(program) = program else {
        return Err(format!("LAUNCH ERROR | File does not exist or the role lacks the right to read it: {script}"));
    };
    let mut arguments = members(&job["DefaultArguments"]);
    arguments.extend(members(&run["Arguments"]));
    if let Some(submit) = store.spark() {
        return spark::run(store, submit, run, &program, &arguments).await;
    }
    let argument = |name: &str| arguments.get(name).and_then(Value::as_str);
    let Some(flow_uri) = argument("--pipectl_flow") else {
        return Err(
            "The embedded engine runs a job's flow document, which the argument --pipectl_flow names; this job has \
                    none: with --spark the local cloud runs its script"
                .to_owned(),
        );
    };
    let mut flow = read_flow(store, flow_uri)?;
    if let Some(tables) = argument("--pipectl_tables") {
        let tables: Vec<String> = tables.split(',').map(str::to_owned).collect();
        flow = flow.only(&tables).map_err(|error| format!("The argument --pipectl_tables: {error}"))?;
    }
    let place = |name: &str| {
        let uri = argument(name).ok_or_else(|| format!("The job has no argument {name}"))?;
        folder(store, uri).map_err(|reason| format!("The argument {name} is {uri}: {reason}"))
    };
    let in_place = store.clone();
    let places = LocalPlaces {
        staging: place("--pipectl_staging")?,
        warehouse: place("--pipectl_warehouse")?,
        in_place: Arc::new(move |uri| in_place.file_of_uri(uri)),
    };
    let run_id = argument("--pipectl_run_id").unwrap_or_else(|| text(run, "Id"));
    let id = text(run, "Id");
    let telling = Telling::of(store, id).map_err(|error| error.to_string())?;
    let outcome = embedded::run(&flow, &places, run_id, store.memory_limit(), &|step| telling.step(step)).await;
    telling.end(&outcome);
    // A failed job tells every check and conversion that failed, not the first alone.
    outcome.map(|_| ()).map_err(|error| error.all().map(ToString::to_string).collect::<Vec<_>>().join("; "))
}

/// Tells what a run is doing: in its logs, and how much of its sources it has read as `StateDetail`. (On AWS that field says
/// why a run waits.)
struct Telling<'a> {
    store: &'a Store,
    id: &'a str,
    told: Mutex<Told>,
}

struct Told {
    logs: Printed,
    /// By source: bytes read, and of how many.
    sources: BTreeMap<String, (u64, u64)>,
    /// The tables that are being written.
    tables: BTreeSet<String>,
}

impl<'a> Telling<'a> {
    fn of(store: &'a Store, id: &'a str) -> Result<Self, Error> {
        let told = Told { logs: Printed::of(store, id)?, sources: BTreeMap::new(), tables: BTreeSet::new() };
        Ok(Self { store, id, told: Mutex::new(told) })
    }

    fn step(&self, step: Progress) {
        let mut guard = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let Told { logs, sources, tables } = &mut *guard;
        match step {
            Progress::RolledForward { run_id } => {
                logs.output.say(&format!("published what run {run_id} had finished before it ended"));
            }
            Progress::ReadingSource { source, bytes, of } => {
                if !sources.contains_key(&source) {
                    logs.output.say(&format!("source {source}: reading {of} bytes"));
                }
                sources.insert(source, (bytes.min(of), of));
                let (read, all) = sources.values().fold((0, 0), |(read, all), (bytes, of)| (read + bytes, all + of));
                self.store.note_detail(self.id, Some(format!("read {read} of {all} bytes")));
            }
            Progress::WritingTable { table, .. } => {
                if tables.insert(table.clone()) {
                    logs.output.say(&format!("table {table}: writing"));
                }
            }
            Progress::Auditing { table } => logs.output.say(&format!("table {table}: checking")),
            Progress::Publishing { table } => logs.output.say(&format!("table {table}: publishing")),
        }
    }

    fn end(&self, outcome: &Result<Metrics, Error>) {
        self.store.note_detail(self.id, None);
        let Told { logs, .. } = &mut *self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(metrics) => {
                for (table, TableMetrics { rows, files, bytes, .. }) in &metrics.tables {
                    logs.output.say(&format!("table {table}: rows {rows}, files {files}, bytes {bytes}"));
                }
            }
            Err(error) => error.all().for_each(|error| logs.error.say(&error.to_string())),
        }
    }
}

fn read_flow(store: &Store, uri: &str) -> Result<Flow, String> {
    bucket_exists(store, uri)?;
    let path = store.file_of_uri(uri).ok_or_else(|| format!("{uri} is no S3 URI"))?;
    let content = std::fs::read(&path).map_err(|_| format!("The flow document {uri} does not exist"))?;
    serde_json::from_slice(&content).map_err(|e| format!("The flow document {uri} cannot be read: {e}"))
}

fn bucket_exists(store: &Store, uri: &str) -> Result<(), String> {
    let bucket = uri.strip_prefix("s3://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    match !bucket.is_empty() && store.objects_dir(bucket).is_dir() {
        true => Ok(()),
        false => {
            Err(format!("The specified bucket does not exist (Service: Amazon S3; Error Code: NoSuchBucket): {uri}"))
        }
    }
}

fn folder(store: &Store, uri: &str) -> Result<PathBuf, String> {
    bucket_exists(store, uri)?;
    store.file_of_uri(&format!("{}/", uri.trim_end_matches('/'))).ok_or_else(|| "no S3 URI".to_owned())
}
