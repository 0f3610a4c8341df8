//! The file as text; how it looks and behaves is judged in a browser (tests/python/dashboard_page.py).

use std::collections::HashMap;

use super::{Header, Page, Run, VisualResult, encode, render};
use crate::dashboard::model::{Aggregate, Chart, Dashboard, Measure, Sheet, Theme, Visual};
use crate::dashboard::sql::{ResultColumn, Role};
use crate::flow::types::DataType;

fn dashboard() -> Dashboard {
    let value = Measure {
        aggregate: Aggregate::Count,
        column: None,
        data_type: DataType::Bigint,
        text: "count(*)".into(),
        title: "Rows".into(),
    };
    let visual = Visual {
        id: "rows".into(),
        dataset: "hits".into(),
        title: "</script><img src=x>".into(),
        subtitle: None,
        filter: None,
        chart: Chart::Kpi { value, compare: None },
        width: 3,
    };
    let sheet =
        Sheet { id: "one".into(), title: "One".into(), description: None, filters: Vec::new(), visuals: vec![visual] };
    Dashboard {
        name: "board".into(),
        title: "A < B & \"C\" {{script}}".into(),
        description: Some("<b>bold</b>".into()),
        theme: Theme::Midnight,
        parameters: Vec::new(),
        sheets: vec![sheet],
        raw: None,
    }
}

fn html(result: Option<Result<VisualResult, String>>) -> String {
    let dashboard = dashboard();
    let at = |text: &str| text.parse().unwrap();
    let header = Header {
        pipeline: "spotify".into(),
        environment: Some("dev".into()),
        place: "local cloud".into(),
        run: Some(Run { id: "run-1".into(), finished_at: at("2026-11-21T11:40:00Z") }),
        generated_at: at("2026-11-21T11:45:00Z"),
    };
    let visuals: HashMap<_, _> = result.map(|result| ("rows".to_string(), result)).into_iter().collect();
    render(&Page { dashboard: &dashboard, visuals, header })
}

fn data(html: &str) -> serde_json::Value {
    let start = html.split_once("id=\"dashboard-data\">").unwrap().1;
    serde_json::from_str(start.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn texts_stay_texts() {
    let html = html(None);
    assert!(html.contains("<title>A &lt; B &amp; &quot;C&quot; {{script}}</title>"));
    assert!(html.contains("&lt;b&gt;bold&lt;/b&gt;") && !html.contains("<img src=x>"));
    assert_eq!(html.matches("<script").count(), 2, "the data and the script, nothing from a title");
    assert_eq!(data(&html)["sheets"][0]["visuals"][0]["title"], "</script><img src=x>");
    assert!(html.contains("data-theme=\"midnight\" data-mode=\"dark\""));
    assert!(html.contains("<dt>Data as of</dt><dd>21 Nov 2026, 11:40 UTC</dd>"));
    assert!(html.contains("<dd>spotify · dev · local cloud</dd>") && html.contains("<dd>run-1</dd>"));
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    let html = html(None);
    let policy = html.split_once("Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"));
    // The namespace of SVG is a name, not an address that is loaded.
    let addresses: Vec<_> = html.match_indices("://").map(|(at, _)| &html[at.saturating_sub(5)..at + 20]).collect();
    assert!(addresses.iter().all(|a| a.contains("www.w3.org/2000")), "{addresses:?}");
}

#[test]
fn results_and_reasons_are_carried() {
    let columns = vec![ResultColumn { name: "v0".into(), role: Role::Value(0), data_type: DataType::Bigint }];
    let rows = vec![vec![Some("9007199254740993".to_string())]];
    let visual = &data(&html(Some(Ok(VisualResult { columns, rows }))))["sheets"][0]["visuals"][0];
    assert_eq!(visual["data"], serde_json::json!([["9007199254740993"]]), "too large for a number of JavaScript's");
    assert_eq!(visual["columns"][0], serde_json::json!({ "name": "v0", "role": "value", "of": 0, "type": "bigint" }));
    let columns = vec![ResultColumn { name: "v0".into(), role: Role::Value(0), data_type: DataType::Bigint }];
    let rows = vec![vec![None]; 100_001];
    let visual = &data(&html(Some(Ok(VisualResult { columns, rows }))))["sheets"][0]["visuals"][0];
    assert!(visual["error"].as_str().unwrap().starts_with("Its query has more than 100000 rows"), "{visual}");
    let visual = &data(&html(Some(Err("it broke".into()))))["sheets"][0]["visuals"][0];
    assert_eq!(visual["error"], "it broke");
    assert_eq!(data(&html(None))["sheets"][0]["visuals"][0]["error"], "Its query was not run.");
}

#[test]
fn columns_are_compact_and_exact() {
    let column = |values: &[Option<&str>], data_type| encode::column(values.iter().copied(), &data_type).to_string();
    assert_eq!(
        column(&[Some("1.0E7"), Some("0.1"), None, Some("NaN")], DataType::Double),
        "[10000000,0.1,null,\"NaN\"]"
    );
    assert_eq!(column(&[Some("007"), Some("-3")], DataType::Int), "[\"007\",-3]");
    assert_eq!(column(&[Some("1.50")], DataType::Decimal(4, 2)), "[\"1.50\"]");
    let many: Vec<_> = (0..12).map(|i| if i == 5 { None } else { Some("pop") }).collect();
    assert_eq!(column(&many, DataType::String), "{\"of\":[\"pop\"],\"at\":[0,0,0,0,0,-1,0,0,0,0,0,0]}");
}
