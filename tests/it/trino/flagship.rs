//! The flagship's queries and those of its dashboards, over the tables that its run made of the sample.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use pipectl::dashboard::compile::compile as dashboards_of;
use pipectl::dashboard::sql::visual_query;
use pipectl::flow::compile::compile;
use pipectl::flow::headers::LocalHeaders;
use pipectl::local::Store;
use pipectl::local::athena::sql::catalog::{Catalog, GlueCatalog, Table};
use pipectl::local::athena::sql::{Output, render, types};
use pipectl::manifest::{LoadOptions, load};
use serde_json::{Value, json};

use super::super::local::cloud::options;
use super::super::support::project::{Project, repository};
use super::answer::{Answer, Measure};
use super::corpus::Case;
use super::judge::ask;
use super::report::{Tables, judge, output};

/// So many rows go into one statement of Trino's.
const CHUNK: usize = 500;

/// The queries of `sql/`, and those of each visual.
fn cases() -> Vec<Case> {
    let manifest = load(&repository().join("pipeline.yaml"), &LoadOptions::default()).unwrap();
    let flow = compile(&manifest, &LocalHeaders).unwrap();
    let dashboards = dashboards_of(&manifest, &flow).unwrap();
    let mut queries: Vec<String> = manifest.athena.queries.values().map(|query| query.sql.text.clone()).collect();
    for dashboard in &dashboards.dashboards {
        for sheet in &dashboard.sheets {
            for visual in &sheet.visuals {
                queries.push(visual_query(&dashboards, dashboard, sheet, visual).unwrap().sql);
            }
        }
    }
    let measure = Measure { tolerance: 1e-12, ..Measure::default() };
    queries.into_iter().map(|sql| Case { sql, measure, expression: false }).collect()
}

/// A row's value as JSON: a text, so that the cast behind it is Trino's own, or a list of texts.
fn cell(column: &ArrayRef, row: usize) -> Value {
    match column.data_type() {
        DataType::List(_) if column.is_valid(row) => {
            let items = column.as_list::<i32>().value(row);
            (0..items.len()).map(|i| json!(render::result_text(&items, i))).collect()
        }
        _ => json!(render::result_text(column, row)),
    }
}

/// Makes the table in Trino, with the rows that the local cloud reads.
fn load_table(name: &str, rows: &Output) {
    let types: Vec<String> = rows.columns.iter().map(|(_, data_type)| types::name(data_type)).collect();
    let plain = |name: &String| if name.starts_with("array") { "array(varchar)" } else { "varchar" };
    let fields: Vec<String> = types.iter().enumerate().map(|(i, t)| format!("c{i} {}", plain(t))).collect();
    let casts = rows.columns.iter().zip(&types).enumerate();
    let casts: Vec<String> = casts.map(|(i, ((n, _), t))| format!("CAST(c{i} AS {t}) AS \"{n}\"")).collect();
    let names: Vec<String> = (0..types.len()).map(|i| format!("c{i}")).collect();
    let mut all: Vec<Value> = Vec::new();
    for batch in &rows.batches {
        all.extend((0..batch.num_rows()).map(|row| batch.columns().iter().map(|c| cell(c, row)).collect::<Value>()));
    }
    for (number, chunk) in all.chunks(CHUNK).enumerate() {
        let verb = if number == 0 { format!("CREATE TABLE {name} AS") } else { format!("INSERT INTO {name}") };
        let sql = format!(
            "{verb} SELECT {} FROM UNNEST(CAST(json_parse('{}') AS array(row({})))) AS t ({})",
            casts.join(", "),
            Value::from(chunk.to_vec()).to_string().replace('\'', "''"),
            fields.join(", "),
            names.join(", ")
        );
        let answer = ask(&[sql]).remove(0).recv().unwrap();
        assert!(matches!(answer, Answer::Rows { .. }), "{name}: {answer:?}");
    }
}

#[test]
fn the_flagships_queries_and_dashboards_answer_as_trinos() {
    let project = Project::flagship();
    project.run(&["--local", "up", "--output", "json"]).ok();
    let store = Store::open(&options(&project.path(".pipectl"), "us-east-1")).unwrap().in_region("us-east-1");
    let catalog = GlueCatalog(&store);
    let database = "spotify_dev";
    let names = catalog.tables(database).unwrap();
    assert!(names.len() > 1, "{names:?}");
    let table = |name: &String| {
        let table = catalog.table(database, name).unwrap().unwrap();
        Table { database: "default".into(), ..table }
    };
    let tables = Arc::new(Tables(names.iter().map(table).collect()));
    for name in &names {
        load_table(name, &output(&format!("SELECT * FROM {name}"), &tables).unwrap());
    }
    judge(&cases(), &tables).assert_same("flagship");
}
