//! Whole runs over small flows, written out by hand.

mod duplicates;
mod expressions;
mod failures;
mod flagship;
mod inputs;
mod joins;
mod outputs;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use indexmap::IndexMap;
use walkdir::WalkDir;

use super::{LocalPlaces, Progress, run};
use crate::error::{Error, Result};
use crate::flow::document::*;
use crate::flow::expr::{BinaryOp, Expr, Function, Literal, Node};
use crate::flow::metrics::{Duplicates, Metrics};
use crate::flow::types::{Column, Schema};

/// `a int, b string`; commas inside parentheses or `<>` do not count.
fn schema(text: &str) -> Schema {
    let mut columns = Vec::new();
    for part in text.split(", ").filter(|part| !part.is_empty()) {
        let (name, data_type) = part.split_once(' ').unwrap();
        columns.push(Column { name: name.into(), data_type: data_type.parse().unwrap(), description: None });
    }
    Schema { columns }
}

fn conversion(column: &str, from: &str, to: &str, max_loss: f64) -> Conversion {
    Conversion { column: column.into(), from: from.parse().unwrap(), to: to.parse().unwrap(), format: None, max_loss }
}

/// A source of these columns; losses are allowed.
fn source(columns: &str) -> Source {
    let schema = schema(columns);
    let convert = |c: &Column| conversion(&c.name, "string", &c.data_type.to_string(), 1.0);
    Source {
        description: None,
        location: Location::Staged,
        format: SourceFormat::Csv { multiline: false },
        malformed: Default::default(),
        columns: schema.columns.iter().map(convert).collect(),
        schema,
    }
}

fn step(operation: Operation, after: &str) -> Step {
    Step { operation, schema: schema(after), continues: false }
}

/// A table of these steps, in one Parquet file, without checks.
fn table(steps: Vec<Step>) -> Table {
    Table {
        description: None,
        parts: IndexMap::new(),
        schema: steps.last().unwrap().schema.clone(),
        steps,
        output: Output {
            format: OutputFormat::Parquet(Compression::Snappy),
            partition_by: Vec::new(),
            files: 1,
            write: Default::default(),
        },
        checks: Vec::new(),
    }
}

/// A table `t` that reads source `s` of `columns` and goes through `steps`.
fn flow(columns: &str, mut steps: Vec<Step>) -> Flow {
    steps.insert(0, step(Operation::Read(Input::Source("s".into())), columns));
    Flow {
        format_version: 1,
        pipeline: "test".into(),
        sources: IndexMap::from([("s".into(), source(columns))]),
        tables: IndexMap::from([("t".into(), table(steps))]),
    }
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| name.to_string()).collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect()
}

// Expressions.

fn of(node: Node, data_type: &str) -> Expr {
    Expr { node, data_type: data_type.parse().unwrap() }
}

fn column(name: &str, data_type: &str) -> Expr {
    of(Node::Column(name.into()), data_type)
}

fn int(value: i64) -> Expr {
    of(Node::Literal(Literal::Integer(value)), "int")
}

fn text(value: &str) -> Expr {
    of(Node::Literal(Literal::String(value.into())), "string")
}

fn binary(left: Expr, op: BinaryOp, right: Expr, data_type: &str) -> Expr {
    of(Node::Binary(op, Box::new(left), Box::new(right)), data_type)
}

fn call(function: Function, args: Vec<Expr>, data_type: &str) -> Expr {
    of(Node::Call(function, args), data_type)
}

/// A staging folder and a warehouse.
struct Bench {
    folder: tempfile::TempDir,
    seen: Mutex<Vec<Progress>>,
    memory_limit: Option<u64>,
}

impl Bench {
    /// With these files, as `source/name`.
    fn new(files: &[(&str, &str)]) -> Self {
        let bench = Bench { folder: tempfile::tempdir().unwrap(), seen: Mutex::default(), memory_limit: None };
        files.iter().for_each(|(path, text)| bench.stage(path, text));
        bench
    }

    fn stage(&self, path: &str, text: &str) {
        super::publish::put(&self.folder.path().join("staging").join(path), text.as_bytes()).unwrap();
    }

    fn warehouse(&self) -> PathBuf {
        self.folder.path().join("warehouse")
    }

    fn places(&self) -> LocalPlaces {
        let elsewhere = self.folder.path().join("elsewhere");
        LocalPlaces {
            staging: self.folder.path().join("staging"),
            warehouse: self.warehouse(),
            in_place: Arc::new(move |uri| uri.strip_prefix("s3://bucket/").map(|key| elsewhere.join(key))),
        }
    }

    fn run(&self, flow: &Flow, run_id: &str) -> Result<Metrics> {
        let places = self.places();
        let progress = |step| self.seen.lock().unwrap().push(step);
        let metrics = futures::executor::block_on(run(flow, &places, run_id, self.memory_limit, &progress));
        let kept = std::fs::read(self.warehouse().join("_pipectl").join(run_id).join("metrics.json")).unwrap();
        let kept: Metrics = serde_json::from_slice(&kept).unwrap();
        if let Ok(metrics) = &metrics {
            assert_eq!(metrics, &kept);
        }
        metrics
    }

    /// The metrics that a run left.
    fn kept(&self, run_id: &str) -> Metrics {
        let path = self.warehouse().join("_pipectl").join(run_id).join("metrics.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    /// Runs, and gives the rows of table `t`, sorted, fields parted by `|`.
    fn rows(&self, flow: &Flow) -> Vec<String> {
        self.run(flow, "r").unwrap_or_else(|e| panic!("{:?}", e));
        self.published("t")
    }

    /// Runs, and gives the error as `code: message`.
    fn error(&self, flow: &Flow) -> String {
        let error = self.run(flow, "r").unwrap_err();
        assert_eq!(self.files(), ["_pipectl/r/metrics.json"], "a failed run leaves nothing else");
        shown(&error)
    }

    /// The rows of a published table, sorted.
    fn published(&self, table: &str) -> Vec<String> {
        let mut rows = Vec::new();
        for file in files_below(&self.warehouse().join(table)) {
            rows.extend(read(&self.warehouse().join(table).join(file)));
        }
        rows.sort();
        rows
    }

    /// All files of the warehouse.
    fn files(&self) -> Vec<String> {
        files_below(&self.warehouse())
    }
}

fn shown(error: &Error) -> String {
    error.all().map(|e| format!("{}: {}", e.code(), e.message())).collect::<Vec<_>>().join(" & ")
}

fn files_below(folder: &Path) -> Vec<String> {
    let files = WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(|entry| entry.ok());
    let files = files.filter(|entry| entry.file_type().is_file());
    files.map(|entry| entry.path().strip_prefix(folder).unwrap().display().to_string()).collect()
}

/// The rows of a Parquet file, in its order.
fn read(path: &Path) -> Vec<String> {
    let file = std::fs::File::open(path).unwrap();
    let mut rows = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let options = FormatOptions::default().with_null("NULL");
        let columns: Vec<_> =
            batch.columns().iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options).unwrap()).collect();
        for row in 0..batch.num_rows() {
            rows.push(columns.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join("|"));
        }
    }
    rows
}

/// The columns of a Parquet file as its schema prints them.
fn parquet_schema(path: &Path) -> String {
    let file = std::fs::File::open(path).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let mut printed = Vec::new();
    datafusion::parquet::schema::printer::print_schema(&mut printed, builder.metadata().file_metadata().schema());
    String::from_utf8(printed).unwrap()
}
