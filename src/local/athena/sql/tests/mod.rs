//! Queries against small tables, held to what Trino answers.

mod dashboards;
mod errors;
mod expressions;
mod judged;
mod known_offline;
mod queries;
mod tables;

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::parquet::arrow::ArrowWriter;

use super::catalog::{Catalog, Column, Folder, Format, Table};
use super::failure::Outcome;
use super::{Failure, Output, Request, execute, render, types};

/// 2023-06-09 12:34:56.789 UTC, a Friday.
const NOW: i64 = 1_686_314_096_789;

/// A catalog of one database, `db`.
#[derive(Default)]
struct Shelf(Vec<Table>);

impl Catalog for Shelf {
    fn databases(&self) -> Outcome<Vec<String>> {
        Ok(vec!["db".into()])
    }

    fn tables(&self, _: &str) -> Outcome<Vec<String>> {
        Ok(self.0.iter().map(|t| t.name.clone()).collect())
    }

    fn table(&self, database: &str, table: &str) -> Outcome<Option<Table>> {
        Ok(self.0.iter().find(|t| t.database == database && t.name == table).cloned())
    }
}

fn columns(list: &[(&str, &str)]) -> Vec<Column> {
    let column = |(name, kind): &(&str, &str)| Column {
        name: (*name).to_owned(),
        data_type: types::of_catalog(kind).unwrap(),
        comment: String::new(),
        catalog_type: (*kind).to_owned(),
    };
    list.iter().map(column).collect()
}

fn folder(path: &Path, values: &[&str]) -> Folder {
    let values = values.iter().map(|v| (*v).to_owned()).collect();
    Folder {
        values,
        uri: format!("s3://bucket/{}/", path.file_name().unwrap().to_string_lossy()),
        path: path.to_owned(),
    }
}

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn run(sql: &str, catalog: &dyn Catalog) -> Outcome<Output> {
    let request = Request { sql: sql.to_owned(), database: "db".into(), now: NOW, cutoff: None };
    // The engine's planner recurses deeper than a test's thread allows.
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(32 << 20).spawn_scoped(scope, || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .thread_stack_size(16 << 20)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(execute(&request, catalog))
        });
        thread.unwrap().join().unwrap()
    })
}

/// The result as a text: a line a row, cells between bars.
fn table(output: &Output) -> String {
    let mut lines = Vec::new();
    for batch in &output.batches {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|c| render::result_text(c, row).unwrap_or_else(|| "NULL".into()));
            lines.push(cells.collect::<Vec<_>>().join(" | "));
        }
    }
    lines.join("\n")
}

/// A query without tables.
fn value(sql: &str) -> String {
    match run(&format!("SELECT {sql}"), &Shelf::default()) {
        Ok(output) => {
            // What the batches hold is what the columns promise.
            for batch in &output.batches {
                for (column, (_, promised)) in batch.columns().iter().zip(&output.columns) {
                    assert_eq!(column.data_type(), promised, "{sql}");
                }
            }
            table(&output)
        }
        Err(failure) => failure.to_string(),
    }
}

fn failure(sql: &str, catalog: &dyn Catalog) -> Failure {
    run(sql, catalog).map(|output| table(&output)).expect_err(sql)
}

fn array(values: impl datafusion::arrow::array::Array + 'static) -> ArrayRef {
    Arc::new(values)
}
