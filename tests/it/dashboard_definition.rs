//! QuickSight definitions before the judge: botocore's model of the service.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use pipectl::dashboard::definition::{definition, normalise};
use pipectl::dashboard::model::Dashboards;
use pipectl::flow::compile::compile;
use pipectl::flow::headers::LocalHeaders;
use pipectl::manifest::{LoadOptions, load};

use crate::made::{dashboards, every_chart, every_kind};
use crate::support::project::repository;
use crate::support::python;

fn written(all: &Dashboards) -> Value {
    let arn = |name: &str| format!("arn:aws:quicksight:us-east-1:123456789012:dataset/{name}");
    definition(all, &all.dashboards[0], &arn).expect("a definition")
}

/// What the judge says of CreateDashboard with each of `definitions`.
fn faults(definitions: &[Value]) -> Vec<String> {
    let requests: Vec<_> = definitions
        .iter()
        .map(|definition| {
            json!({
                "AwsAccountId": "123456789012",
                "DashboardId": "pipectl-spotify-board",
                "Name": "Spotify",
                "Definition": definition,
            })
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("requests.json");
    std::fs::write(&file, serde_json::to_vec(&requests).expect("JSON")).expect("a file");
    serde_json::from_str(&python::run("quicksight_definition.py", &[&file])).expect("a list of faults")
}

#[test]
fn every_kind_of_chart_is_a_valid_definition() {
    let whole = every_kind();
    let mut definitions = vec![written(&whole)];
    // Each alone, too: a fault then has a name.
    for index in 0..every_chart().len() {
        let mut one = whole.clone();
        let visuals = &mut one.dashboards[0].sheets[0].visuals;
        *visuals = vec![visuals[index].clone()];
        definitions.push(written(&one));
    }
    assert_eq!(definitions.len(), 26);
    assert_eq!(faults(&definitions), Vec::<String>::new());
}

#[test]
fn arbitrary_dashboards_are_valid_definitions() {
    let mut runner = TestRunner::deterministic();
    let made: Vec<_> =
        (0..300).map(|_| written(&dashboards().new_tree(&mut runner).expect("a dashboard").current())).collect();
    assert_eq!(faults(&made), Vec::<String>::new());
    // What is compared is what was sent, without what need not be said.
    let normal: Vec<_> = made.iter().map(normalise).collect();
    assert_eq!(faults(&normal), Vec::<String>::new());
}

#[test]
fn the_judge_finds_faults() {
    let good = written(&every_kind());
    let spoilt = |change: &dyn Fn(&mut Value)| {
        let mut definition = good.clone();
        change(&mut definition);
        definition
    };
    let bad = [
        spoilt(&|d| d["Sheets"][0]["SheetId"] = json!("no spaces")),
        spoilt(&|d| d["Sheets"][0]["ContentType"] = json!("LIVELY")),
        spoilt(&|d| d["Sheets"][0]["Unheard"] = json!(1)),
        spoilt(&|d| {
            d["Sheets"][0]["Visuals"][3]["BarChartVisual"]["ChartConfiguration"]["VisualPalette"]["ChartColor"] =
                json!("#1db954")
        }),
        spoilt(&|d| {
            d["Sheets"][0]["Layouts"][0]["Configuration"]["GridLayout"]["Elements"][0]["ColumnSpan"] = json!(37)
        }),
        spoilt(&|d| d["DataSetIdentifierDeclarations"][0]["Identifier"] = json!("another")),
        spoilt(&|d| {
            d["CalculatedFields"].as_array_mut().expect("a list").push(good["CalculatedFields"][0].clone());
        }),
    ];
    let found = faults(&bad);
    for index in 0..bad.len() {
        assert!(found.iter().any(|fault| fault.starts_with(&format!("{index}: "))), "{index}: {found:#?}");
    }
}

#[test]
fn the_flagships_dashboards_are_valid_definitions() {
    let manifest = load(&repository().join("pipeline.yaml"), &LoadOptions::default()).expect("the flagship loads");
    let flow = compile(&manifest, &LocalHeaders).expect("the flagship compiles");
    let all = pipectl::dashboard::compile::compile(&manifest, &flow).expect("its dashboards compile");
    let arn = |name: &str| format!("arn:aws:quicksight:us-east-1:123456789012:dataset/{name}");
    let written: Vec<_> =
        all.dashboards.iter().map(|board| definition(&all, board, &arn).expect("a definition")).collect();
    assert!(!written.is_empty());
    assert_eq!(faults(&written), Vec::<String>::new());
}
