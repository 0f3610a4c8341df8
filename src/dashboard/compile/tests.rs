//! Manifests with dashboards, compiled over made-up headers: refusals as a person would see them.

use super::*;
use crate::flow::compile::compile as compile_flow;
use crate::flow::compile::tests::{SOURCES, fake, manifest, shown};

const TABLES: &str = "tables:
  hits:
    steps: [ { source: tracks }, { derived_column: { year: year(released), share: popularity / 100.0 } } ]
athena:
  queries: { by_year: by_year.sql, odd: odd.sql }
";

const QUERIES: [(&str, &str); 2] = [
    ("by_year", "select year, count(*) as n, avg(popularity) as p from hits group by year order by 1;\n"),
    ("odd", "select reduce(array[1], 0, (s, x) -> s + x, s -> s) as total, count(*) as n from hits"),
];

fn compiled(section: &str) -> Result<Dashboards> {
    let manifest = manifest(&format!("{SOURCES}{TABLES}quicksight:\n{section}"), &QUERIES);
    let flow = compile_flow(&manifest, &fake()).unwrap_or_else(|error| panic!("{}", shown(&error)));
    compile(&manifest, &flow)
}

fn refused(section: &str) -> String {
    match compiled(section) {
        Ok(dashboards) => panic!("compiles: {dashboards:?}"),
        Err(error) => shown(&error),
    }
}

const HITS: &str = "  datasets: { hits: { table: hits } }\n";

/// A dashboard with these visuals, one a line.
fn visuals(lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("            - {line}\n")).collect();
    format!("{HITS}  dashboards:\n    d:\n      sheets:\n        - title: First\n          visuals:\n{lines}")
}

fn check(title: &str, section: &str, into: &mut String) {
    *into += &format!("## {title}\n{}\n", refused(section));
}

#[test]
fn data_sets_have_typed_columns() {
    let dashboards = compiled(
        "  datasets:\n    hits: { table: hits, refresh: weekly MON 05:30, calculated_fields: { decade: year / 10 * 10 } }\n    \
         years: { query: by_year, import_mode: direct_query }\n    \
         odd: { query: odd, columns: { total: int } }\n",
    )
    .unwrap_or_else(|error| panic!("{}", shown(&error)));
    let columns = |name: &str| {
        let set = dashboards.dataset(name).unwrap();
        set.columns.iter().map(|c| format!("{} {}", c.name, c.data_type)).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        columns("hits"),
        "id string, name string, popularity int, explicit boolean, album_id string, released date, year int, share double"
    );
    assert_eq!(columns("years"), "year int, n bigint, p double");
    assert_eq!(columns("odd"), "total int, n bigint");
    let hits = dashboards.dataset("hits").unwrap();
    assert_eq!(hits.data_type("decade").unwrap().to_string(), "int");
    let from = &dashboards.dataset("years").unwrap().from;
    assert!(matches!(from, super::super::model::From::Query(sql) if sql.ends_with("order by 1")), "{from:?}");
}

#[test]
fn every_kind_compiles() {
    let dashboards = compiled(&visuals(
        r#"kpi: { dataset: hits, value: max(released), compare: count(*) }
bar: { dataset: hits, category: { by: album_id, label: name }, values: [count(*), avg(popularity)], sort: desc, limit: 5, horizontal: true }
stacked_bar: { dataset: hits, category: released, granularity: month, color: explicit, value: sum(popularity) }
line: { dataset: hits, category: released, value: percentile_90(popularity), reference_lines: [{ value: 50, label: Half }] }
area: { dataset: hits, category: year, value: count_distinct(album_id), paint: "\#aabbcc" }
pie: { dataset: hits, category: explicit, value: count(*) }
donut: { dataset: hits, category: explicit, value: count(*), where: "popularity > 10" }
heatmap: { dataset: hits, rows: year, columns: explicit, value: median(popularity) }
scatter: { dataset: hits, by: id, x: avg(share), y: avg(popularity), size: count(*), color: explicit, limit: 100 }
histogram: { dataset: hits, value: share }
table: { dataset: hits, columns: [name, { by: year, title: Y }, count(*), { by: max(released), title: Last }] }
pivot_table: { dataset: hits, rows: [year], columns: explicit, values: [count(*)] }
gauge: { dataset: hits, value: avg(share), range: [0, 1], target: max(share) }
treemap: { dataset: hits, group: [album_id, name], size: count(*), shade: avg(popularity) }"#
            .replace("\\#", "#")
            .as_str(),
    ))
    .unwrap_or_else(|error| panic!("{}", shown(&error)));
    let sheet = &dashboards.dashboards[0].sheets[0];
    assert_eq!(sheet.visuals.len(), 14);
    let ids: std::collections::HashSet<_> = sheet.visuals.iter().map(|v| &v.id).collect();
    assert_eq!(ids.len(), 14, "ids are distinct");
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(
            sheet.visuals.iter().map(|v| format!("{} | {} | {}/12\n", v.id, v.title, v.width)).collect::<String>()
        );
    });
}

#[test]
fn refusals() {
    let mut text = String::new();
    check("unknown table", "  datasets: { x: { table: hit } }\n", &mut text);
    check("unknown query", "  datasets: { x: { query: by_yaer } }\n", &mut text);
    check("types of a table", "  datasets: { x: { table: hits, columns: { year: string } } }\n", &mut text);
    check("a type nobody knows", "  datasets: { x: { query: odd } }\n", &mut text);
    check("an extra column", "  datasets: { x: { query: by_year, columns: { yaer: int } } }\n", &mut text);
    check(
        "a calculated field over nothing",
        "  datasets: { x: { table: hits, calculated_fields: { d: yaer / 10 } } }\n",
        &mut text,
    );
    check(
        "a calculated field there already",
        "  datasets: { x: { table: hits, calculated_fields: { year: 1 } } }\n",
        &mut text,
    );
    check("unknown data set", &visuals("kpi: { dataset: hit, value: count(*) }"), &mut text);
    check(
        "several faults in one visual",
        &visuals(
            "bar: { dataset: hits, category: nam, values: [avg(populrity), mean(popularity), sum(name)], where: \"yaer > 1\" }",
        ),
        &mut text,
    );
    check("no aggregate", &visuals("kpi: { dataset: hits, value: popularity }"), &mut text);
    check("sum of all", &visuals("kpi: { dataset: hits, value: sum(*) }"), &mut text);
    check("an expression in an aggregate", &visuals("kpi: { dataset: hits, value: avg(popularity / 2) }"), &mut text);
    check("a percentile", &visuals("kpi: { dataset: hits, value: percentile_100(popularity) }"), &mut text);
    check("a date that is drawn", &visuals("bar: { dataset: hits, category: year, value: max(released) }"), &mut text);
    check(
        "granularity of a number",
        &visuals("line: { dataset: hits, category: year, granularity: month, value: count(*) }"),
        &mut text,
    );
    check(
        "hours of a date",
        &visuals("line: { dataset: hits, category: released, granularity: hour, value: count(*) }"),
        &mut text,
    );
    check(
        "a label that is no text",
        &visuals("pie: { dataset: hits, category: { by: id, label: year }, value: count(*) }"),
        &mut text,
    );
    check("bins of texts", &visuals("histogram: { dataset: hits, value: name }"), &mut text);
    check("a column behind an aggregate", &visuals("table: { dataset: hits, columns: [count(*), name] }"), &mut text);
    check(
        "an unknown parameter",
        &visuals("kpi: { dataset: hits, value: count(*), where: \"popularity > :least\" }"),
        &mut text,
    );
    check(
        "a condition that is none",
        &visuals("kpi: { dataset: hits, value: count(*), where: popularity }"),
        &mut text,
    );
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(text) });
}

#[test]
fn filters_and_parameters() {
    let dashboard = |head: &str, filters: &str| {
        format!(
            "{HITS}  dashboards:\n    d:\n{head}      sheets:\n        - title: S\n          filters: {filters}\n          \
             visuals: [ {{ kpi: {{ dataset: hits, value: count(*), where: \"popularity > :least\" }} }} ]\n"
        )
    };
    let least = "      parameters: { least: { type: int, values: [10, 20], default: 20 } }\n";
    let good = compiled(&dashboard(least, "[ { dataset: hits, column: explicit } ]")).unwrap();
    let good = &good.dashboards[0];
    assert_eq!((good.parameters[0].default, good.parameters[0].title.as_str()), (1, "Least"));
    assert_eq!(good.sheets[0].filters[0].id, "s-filter-explicit");
    let mut text = String::new();
    let bad = "      parameters: { least: { type: int, values: [10, ten, 10], default: 30 } }\n";
    check("values", &dashboard(bad, "[]"), &mut text);
    check("type", &dashboard("      parameters: { least: { type: bigint, values: [10] } }\n", "[]"), &mut text);
    check("default", &dashboard(&least.replace("default: 20", "default: 30"), "[]"), &mut text);
    check("a filter's column", &dashboard(least, "[ { dataset: hits, column: explict } ]"), &mut text);
    check("a filter over fractions", &dashboard(least, "[ { dataset: hits, column: share } ]"), &mut text);
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(text) });
}
