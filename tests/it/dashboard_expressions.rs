//! QuickSight expressions mean what the embedded engine computes: DuckDB reads them as QuickSight's reference says, over
//! rows of edges and NULLs.

use pipectl::dashboard::definition::expression;
use pipectl::error::{Place, SourceText};
use pipectl::flow::types::{Column, Schema};
use pipectl::flow::typing::{self, Scope};
use pipectl::manifest::spanned::Spanned;

use crate::support::bench::Bench;
use crate::support::python;

const COLUMNS: [(&str, &str, &[&str]); 10] = [
    ("k", "int", &[]),
    ("i", "int", &["0", "1", "-7", "7", "2147483", "-214748", "", "100"]),
    ("j", "int", &["3", "0", "2", "-2", "-1", "", "7"]),
    ("l", "bigint", &["5000000000", "-5", "1", "", "0"]),
    ("d", "double", &["0", "1.5", "-2.5", "0.1", "", "250", "-0.4", "3"]),
    ("s", "string", &["abc", "it's", "", "a%b", "ab", "B", "abcb"]),
    ("u", "string", &["b", "", "abc", "it's", "%"]),
    ("ok", "boolean", &["true", "false", ""]),
    ("t", "date", &["2015-06-09", "", "1999-12-31", "2016-02-29"]),
    ("z", "timestamp", &["2015-06-09 07:08:09", "1969-12-31 23:59:59", ""]),
];

const EXPRESSIONS: &[&str] = &[
    "i + j",
    "i - j * 2",
    "i / j",
    "i / 2",
    "i % j",
    "i % 7",
    "l / 3",
    "-i",
    "abs(j)",
    "d / j",
    "d * 2 + i",
    "d / 0",
    "cast(d as int)",
    "cast(l as int)",
    "cast(i as string)",
    "cast(ok as string)",
    "cast(t as string)",
    "cast(z as date)",
    "floor(d)",
    "ceil(d)",
    "s || u",
    "concat(s, '-', u, '-', s)",
    "upper(s) || 'x'",
    "length(s)",
    "substr(s, 2)",
    "substr(s, i, j)",
    "substr(s, j)",
    "replace(s, 'b', 'x')",
    "replace(s, u, '-')",
    "coalesce(s, u, 'none')",
    "nullif(s, u)",
    "nullif(i, 7)",
    "year(t) * 10000 + month(t) * 100 + day(t)",
    "case when i > j then 'more' when i = j then 'same' end",
    "case when ok then i else 0.5 end",
    "i = j",
    "not i = j",
    "i < j and s <> u",
    "not (i < j and s <> u)",
    "not (i < j or s = u)",
    "ok",
    "not ok",
    "ok or i is null",
    "not (ok or i > 3)",
    "i in (1, 7, 100)",
    "not i in (1, 7, 100)",
    "i in (1, null)",
    "not i in (1, null)",
    "i in (j, 7)",
    "s in ('abc', 'it''s')",
    "not s in ('abc', 'it''s')",
    "t in (date '2015-06-09', date '1999-12-31')",
    "s like 'ab%'",
    "not s like 'ab%'",
    "s like '%b'",
    "s like '%b%'",
    "not s like '%b%'",
    "s like 'ab%b'",
    "not s like 'ab%b'",
    "s like 'a\\%b'",
    "s like '%'",
    "not s like '%'",
    "t >= date '2000-01-01'",
    "z < timestamp '2000-01-01 00:00:00'",
    "i between 0 and 10",
    "not i between 0 and 10",
    "coalesce(ok, false)",
    "not coalesce(ok, i > 3)",
    "case when i is null then ok else i > j end",
    "(i > 3) = ok",
    "not ((i > 3) = ok)",
];

/// Each value with each other sooner or later: the lists have lengths without a common divisor.
fn rows() -> String {
    let mut csv = COLUMNS.map(|(name, ..)| name).join(",") + "\n";
    for k in 0..400 {
        let mut cells = vec![k.to_string()];
        for (_, _, values) in &COLUMNS[1..] {
            cells.push(format!("\"{}\"", values[(k * 7 + k / values.len()) % values.len()]));
        }
        csv += &(cells.join(",") + "\n");
    }
    csv
}

#[test]
fn expressions_mean_the_same_in_quicksight() {
    let columns: Vec<_> = COLUMNS.iter().map(|(name, data_type, _)| format!("{name}: {data_type}")).collect();
    let quoted = |text: &str| serde_json::to_string(text).expect("JSON");
    let made: Vec<_> = EXPRESSIONS.iter().enumerate().map(|(n, e)| format!("e{n}: {}", quoted(e))).collect();
    let manifest = format!(
        "sources:\n  rows: {{ path: \"data/rows/\", format: csv, columns: {{ {} }} }}\n\
         tables:\n  out: {{ steps: [ {{ source: rows }}, {{ derived_column: {{ {} }} }} ] }}\n",
        columns.join(", "),
        made.join(", ")
    );
    let bench = Bench::new(&manifest, &[("rows/rows.csv", rows().as_bytes())]);
    bench.run_embedded("r1").expect("a run");

    let columns = COLUMNS.iter().map(|(name, data_type, _)| Column {
        name: (*name).to_owned(),
        data_type: data_type.parse().expect("a type"),
        description: None,
    });
    let schema = Schema { columns: columns.collect() };
    let said: Vec<_> = EXPRESSIONS
        .iter()
        .map(|text| {
            let place = Place { source: SourceText::new("pipeline.yaml", *text), line: 1, column: 1, width: 1 };
            let typed = typing::expression(&Spanned::new((*text).to_owned(), place), &Scope::new(&schema));
            expression(&typed.expect("an expression")).expect("in QuickSight's language")
        })
        .collect();
    let faults = |said: &[String]| -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let cases = folder.path().join("cases.json");
        std::fs::write(&cases, serde_json::to_vec(said).expect("JSON")).expect("a file");
        let out = bench.embedded_warehouse().join("out");
        serde_json::from_str(&python::run("quicksight_expressions.py", &[&out, &cases])).expect("a list of faults")
    };
    assert_eq!(faults(&said), Vec::<String>::new());

    // What one would write at first is another thing, and is found.
    let naive = [
        ("i / 2", "({i} / 2)"),
        ("s || u", "concat({s}, {u})"),
        ("replace(s, u, '-')", "replace({s}, {u}, 'x')"),
        ("not s like 'ab%'", "NOT(startsWith({s}, 'ab'))"),
    ];
    let mut spoilt = said;
    for (text, wrong) in naive {
        let at = EXPRESSIONS.iter().position(|e| *e == text).expect("one of them");
        spoilt[at] = wrong.to_owned();
    }
    let found = faults(&spoilt);
    for (_, wrong) in naive {
        assert!(found.iter().any(|fault| fault.starts_with(wrong)), "{wrong}: {found:#?}");
    }
}
