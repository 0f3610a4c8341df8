//! A dashboard of all kinds of visuals over the flagship's tracks: its queries run through the local cloud's Athena, its page
//! is judged in headless Chromium (tests/python/dashboard_page.py).
//!
//! `PIPECTL_PAGE_DIR` keeps page and screenshots in a folder.

mod board;
mod flagship;
mod tracks;

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use aws_sdk_athena::types::{QueryExecutionContext, QueryExecutionState, ResultConfiguration};
use pipectl::dashboard::model::{Dashboard, Dashboards, Theme};
use pipectl::dashboard::page::{Header, Page, Run, VisualResult, render};
use pipectl::dashboard::sql::shape::over_nothing;
use pipectl::dashboard::sql::{Shape, VisualQuery, visual_query};
use serde_json::json;

use crate::local::cloud::TestCloud;

/// Athena, a database, and where results go.
struct Athena {
    client: aws_sdk_athena::Client,
    database: &'static str,
    output: &'static str,
}

impl Athena {
    /// Over the database `lake` of [`tracks`].
    fn of(cloud: &TestCloud) -> Self {
        Self { client: aws_sdk_athena::Client::new(&cloud.config()), database: "lake", output: "s3://results/out/" }
    }
}

/// A query's rows, without the header row; or Athena's reason why there are none.
type Answer = Result<Vec<Vec<Option<String>>>, String>;

/// Runs a query.
async fn rows(athena: &Athena, sql: &str) -> Answer {
    let (database, output) = (athena.database, athena.output);
    let athena = &athena.client;
    let start = athena
        .start_query_execution()
        .query_string(sql)
        .query_execution_context(QueryExecutionContext::builder().database(database).build())
        .result_configuration(ResultConfiguration::builder().output_location(output).build());
    let id = start.send().await.unwrap().query_execution_id.unwrap();
    loop {
        let execution = athena.get_query_execution().query_execution_id(&id).send().await.unwrap();
        let status = execution.query_execution.and_then(|e| e.status).unwrap();
        match status.state() {
            Some(QueryExecutionState::Queued | QueryExecutionState::Running) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Some(QueryExecutionState::Succeeded) => break,
            _ => return Err(status.state_change_reason.unwrap_or_default()),
        }
    }
    let mut pages = athena.get_query_results().query_execution_id(&id).into_paginator().send();
    let mut rows = Vec::new();
    while let Some(page) = pages.next().await {
        let set = page.unwrap().result_set.unwrap();
        rows.extend(set.rows().iter().map(|row| row.data().iter().map(|d| d.var_char_value.clone()).collect()));
    }
    Ok(rows.split_off(1))
}

/// Runs all queries of a dashboard; writes `page.html` and `results.json` into a folder.
async fn write(athena: &Athena, dashboards: &Dashboards, dashboard: &Dashboard, folder: &Path) {
    let mut visuals = HashMap::new();
    // The same question is asked once.
    let mut answers: HashMap<String, Answer> = HashMap::new();
    let mut results = serde_json::Map::new();
    for sheet in &dashboard.sheets {
        for visual in &sheet.visuals {
            let VisualQuery { sql, columns } = visual_query(dashboards, dashboard, sheet, visual).expect("a query");
            if !answers.contains_key(&sql) {
                let answer = rows(athena, &sql).await;
                answers.insert(sql.clone(), answer);
            }
            let found = answers[&sql].clone();
            if let Ok(rows) = &found {
                let shape = Shape::of(&visual.chart);
                let over_nothing: Vec<_> = shape.measures.iter().map(|(_, m)| over_nothing(m.aggregate)).collect();
                let kind = serde_json::to_value(&visual.chart).unwrap()["kind"].clone();
                let result = json!({ "kind": kind, "columns": columns, "rows": rows, "over_nothing": over_nothing });
                results.insert(visual.id.clone(), result);
            }
            visuals.insert(visual.id.clone(), found.map(|rows| VisualResult { columns, rows }));
        }
    }
    let at = |text: &str| text.parse().expect("a time");
    let header = Header {
        pipeline: "spotify".into(),
        environment: Some("dev".into()),
        place: "local cloud, account 123456789012, us-east-1".into(),
        run: Some(Run { id: "20261121T114000Z-4f2a".into(), finished_at: at("2026-11-21T11:40:00Z") }),
        generated_at: at("2026-11-21T11:45:00Z"),
    };
    let html = render(&Page { dashboard, visuals, header });
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("page.html"), html).expect("a file");
    std::fs::write(folder.join("results.json"), serde_json::to_string(&results).expect("JSON")).expect("a file");
}

fn judge(arguments: &[&str]) -> String {
    let python = std::env::var("PIPECTL_TEST_PYTHON");
    let python = python.expect("PIPECTL_TEST_PYTHON is not set: run the tests through tests/run.sh");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/dashboard_page.py");
    let output = std::process::Command::new(python).arg(script).args(arguments).output().expect("python runs");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{text}");
    text
}

/// Where pages are kept: the folder asked for, or a passing one.
fn place() -> (std::path::PathBuf, Option<tempfile::TempDir>) {
    match std::env::var_os("PIPECTL_PAGE_DIR") {
        Some(folder) => (folder.into(), None),
        None => {
            let folder = tempfile::tempdir().expect("a folder");
            (folder.path().to_owned(), Some(folder))
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_kinds_are_drawn_with_the_numbers_of_their_queries() {
    let cloud = TestCloud::start().await;
    tracks::load(&cloud, 1).await;
    let athena = Athena::of(&cloud);
    let dashboards = board::all_kinds(Theme::Classic);
    let (folder, _passing) = place();
    let own = folder.join("all-kinds");
    write(&athena, &dashboards, &dashboards.dashboards[0], &own).await;
    let shots = folder.join("screenshots");
    let kept = std::env::var_os("PIPECTL_PAGE_DIR").is_some();
    let screenshots = if kept { vec!["--screenshots", shots.to_str().unwrap()] } else { Vec::new() };
    let told = judge(&[vec![own.to_str().unwrap()], screenshots].concat());
    let said: serde_json::Value = told.lines().rev().find_map(|line| serde_json::from_str(line).ok()).expect("JSON");
    let kinds: Vec<_> = said["kinds"].as_array().unwrap().iter().filter_map(|k| k.as_str()).collect();
    assert_eq!(kinds.len(), 14, "{told}");
    assert!(said["cross_filters"].as_u64() > Some(5) && said["legends"].as_u64() > Some(4), "{told}");
}

/// The page of 100 visuals over very many rows weighs and answers as one over a few rows does: a million of them with
/// `tests/run.sh --all`, ten thousand otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_visuals_over_many_rows_stay_responsive() {
    let cloud = TestCloud::start().await;
    let copies = if std::env::var_os("PIPECTL_TEST_ALL").is_some() { 200 } else { 2 };
    let rows = tracks::load(&cloud, copies).await;
    let athena = Athena::of(&cloud);
    let dashboards = board::hundred();
    let (folder, _passing) = place();
    let own = folder.join("hundred");
    write(&athena, &dashboards, &dashboards.dashboards[0], &own).await;
    let told = judge(&[own.to_str().unwrap(), "--bench"]);
    let said: serde_json::Value = told.lines().rev().find_map(|line| serde_json::from_str(line).ok()).expect("JSON");
    assert_eq!(rows, copies * 5000);
    assert_eq!(said["visuals_on_first_sheet"], 100);
    std::fs::write(own.join("figures.json"), format!("{said}\n")).expect("a file");
    // Generous: the machine may be busy.
    assert!(said["first_chart_ms"].as_u64() < Some(5000), "{told}");
    assert!(said["filter_change_worst_ms"]["painted"].as_u64() < Some(1000), "{told}");
}
