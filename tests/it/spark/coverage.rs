//! docs/coverage.md: what the differential suite runs on both engines, counted in its flows. What is in the vocabulary and
//! in no flow fails here. Rows and expressions made by chance come on top and are not counted.

use std::collections::BTreeMap;

use pipectl::flow::aggregates::AGGREGATES;
use pipectl::flow::functions::FUNCTIONS;
use serde_json::Value;

use super::super::support::project::repository;

/// How often each construct stands in a flow: section, name, count.
type Counts = BTreeMap<(&'static str, String), usize>;

const SECTIONS: [(&str, &str); 8] = [
    ("operations", "Operations that steps and queries come to"),
    ("joins", "Joins"),
    ("functions", "Functions"),
    ("operators", "Operators and other expressions"),
    ("aggregates", "Aggregates"),
    ("windows", "Functions over windows"),
    ("checks", "Checks"),
    ("conversions", "Conversions"),
];

/// What has to be there beside the tables of functions.
const VOCABULARY: &[(&str, &[&str])] = &[
    (
        "operations",
        &[
            "read",
            "join",
            "select_fields",
            "drop_fields",
            "rename_field",
            "change_schema",
            "derived_column",
            "project",
            "filter",
            "union",
            "aggregate",
            "distinct",
            "limit",
            "window",
            "explode",
            "unpivot",
            "drop_duplicates",
        ],
    ),
    ("joins", &["inner", "left", "right", "full", "semi", "anti"]),
    (
        "operators",
        &[
            "add",
            "subtract",
            "multiply",
            "divide",
            "modulo",
            "equal",
            "not_equal",
            "less",
            "less_or_equal",
            "greater",
            "greater_or_equal",
            "and",
            "or",
            "concat",
            "negate",
            "not",
            "is_null",
            "in",
            "like",
            "case",
            "widen",
            "cast",
        ],
    ),
    ("windows", &["row_number", "rank", "dense_rank", "lag", "lead", "aggregate"]),
    ("checks", &["unique", "not_null", "holds", "references", "row_count"]),
];

/// The name of a value that serde writes as a text, or as a map of one.
fn variant(value: &Value) -> Option<(String, &Value)> {
    match value {
        Value::String(name) => Some((name.clone(), value)),
        Value::Object(map) => map.iter().next().map(|(name, value)| (name.clone(), value)),
        _ => None,
    }
}

fn count(value: &Value, counts: &mut Counts) {
    let mut add = |section: &'static str, name: String| *counts.entry((section, name)).or_default() += 1;
    match value {
        Value::Array(items) => items.iter().for_each(|item| count(item, counts)),
        Value::Object(map) => {
            if let Some((name, inside)) = map.get("operation").and_then(variant) {
                if name == "join" {
                    add("joins", inside["how"].as_str().unwrap_or_default().to_string());
                }
                add("operations", name);
            }
            if let Some((name, _)) = map.get("rule").and_then(variant) {
                add("checks", name);
            }
            if let Some((name, _)) = map.get("function").and_then(variant) {
                add(if map.contains_key("frame") { "windows" } else { "aggregates" }, name);
            }
            if let (Some(from), Some(to), true) = (map.get("from"), map.get("to"), map.contains_key("max_loss"))
                && from != to
            {
                add("conversions", pair(from, to));
            }
            if let Some((name, inside)) = map.get("node").and_then(variant) {
                match name.as_str() {
                    "call" => add("functions", inside[0].as_str().unwrap_or_default().to_string()),
                    "binary" => add("operators", inside[0].as_str().unwrap_or_default().to_string()),
                    "column" | "literal" => {}
                    "cast" => {
                        add("operators", name);
                        add("conversions", pair(&inside["type"], &map["type"]));
                    }
                    _ => add("operators", name),
                }
            }
            map.values().for_each(|value| count(value, counts));
        }
        _ => {}
    }
}

/// `string -> decimal`: without digits, since there are as many types as digits.
fn pair(from: &Value, to: &Value) -> String {
    let plain = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        text.split('(').next().unwrap_or_default().to_string()
            + if text.contains("(") && text.ends_with('>') { ">" } else { "" }
    };
    format!("{} -> {}", plain(from), plain(to))
}

/// The page, and what stands in no flow.
fn page() -> (String, Vec<String>) {
    let suites = [
        super::conversions::benches(),
        super::csv::benches(),
        super::expressions::benches(),
        super::flagship::benches(),
        super::outcomes::benches(),
        super::outputs::benches(),
        super::reshape::benches(),
        super::sources::benches(),
        super::sql::benches(),
        super::steps::benches(),
    ];
    let mut counts = Counts::new();
    for (_, bench) in suites.iter().flatten() {
        count(&serde_json::to_value(&bench.flow).expect("a document"), &mut counts);
    }
    let text = |value: Value| value.as_str().unwrap_or_default().to_string();
    let functions = FUNCTIONS.iter().map(|f| ("functions", text(serde_json::to_value(f.function).expect("a name"))));
    let aggregates = AGGREGATES.iter().map(|a| ("aggregates", text(serde_json::to_value(a.function).expect("a name"))));
    let others =
        VOCABULARY.iter().flat_map(|(section, names)| names.iter().map(move |name| (*section, name.to_string())));
    let missing = functions.chain(aggregates).chain(others).filter(|key| !counts.contains_key(key));
    let missing = missing.map(|(section, name)| format!("{section}: {name}")).collect();
    let mut page = String::from(
        "# What both engines are held to\n\n\
         Written by `PIPECTL_REGENERATE=1 cargo test --test it coverage` from the flows of the differential suite\n\
         (`tests/it/spark`), which runs each of them on the embedded engine and on Spark 3.5.4 and compares rows, column types and\n\
         metrics: exactly, but for aggregates of doubles, which agree to 1e-12 relative. The numbers say how often a construct\n\
         stands in these flows, each time over many rows. Rows and expressions made by chance (`chance`) come on top;\n\
         `tests/run.sh --all` takes more of them.\n",
    );
    for (section, title) in SECTIONS {
        page.push_str(&format!("\n## {title}\n\n| construct | in flows |\n|---|---|\n"));
        for ((_, name), count) in counts.iter().filter(|((of, _), _)| *of == section) {
            page.push_str(&format!("| `{name}` | {count} |\n"));
        }
    }
    (page, missing)
}

#[test]
fn the_coverage_page_is_what_the_suite_runs() {
    let (page, missing) = page();
    assert!(missing.is_empty(), "in the vocabulary and in no flow of the differential suite: {missing:?}");
    let path = repository().join("docs/coverage.md");
    if std::env::var_os("PIPECTL_REGENERATE").is_some() {
        std::fs::write(&path, &page).expect("written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page, "docs/coverage.md is stale: PIPECTL_REGENERATE=1 cargo test --test it coverage");
}
