//! Unions, NULLs, aggregates, arrays, pivots; checks by pattern and reference.

use super::*;
use crate::flow::document::{Operation, Rule};

const SALES: &str = "sources:
  sales: { path: albums.csv, columns: { id: int, name: string, artists: \"array<string>\", artist_0: double, artist_1: bigint, released: date } }
  other: { path: other.csv, columns: { id: bigint, x: string } }
tables:
";

fn sales(steps: &str) -> String {
    let steps: String = steps.trim().lines().map(|line| format!("      {line}\n")).collect();
    format!("{SALES}  t:\n    steps:\n      - source: sales\n{steps}")
}

fn after(steps: &str) -> String {
    let flow = compiled(&sales(steps)).unwrap_or_else(|error| panic!("{}", shown(&error)));
    columns(&flow.tables["t"].schema)
}

#[test]
fn columns_after_each() {
    assert_eq!(
        after("- select_fields: [id]\n- union: { with: [other, source.sales], allow_missing: true }"),
        "id bigint, x string, name string, artists array<string>, artist_0 double, artist_1 bigint, released date"
    );
    assert_eq!(
        after(
            "- aggregate: { by: [NAME], values: { n: count(*), total: sum(id), mean: avg(id), r: sum(artist_0) / max(id) } }"
        ),
        "name string, n bigint, total bigint, mean double, r double"
    );
    assert_eq!(after("- aggregate: { values: { d: max(released), s: min(name) } }"), "d date, s string");
    assert_eq!(
        after(
            "- select_fields: [id, name]\n- split_string: { column: name, pattern: ', *', into: parts }\n- explode: { column: parts, as: part }"
        ),
        "id int, name string, parts array<string>, part string"
    );
    assert_eq!(
        after("- select_fields: [id, artists]\n- explode: { column: artists, outer: true }"),
        "id int, artists string"
    );
    assert_eq!(
        after("- unpivot: { columns: [id, \"artist_*\"], name: what, value: id }"),
        "name string, artists array<string>, released date, what string, id double"
    );
    assert_eq!(
        after("- pivot: { by: [name], column: id, values: { one: 1, two: 2 }, value: count(*) }"),
        "name string, one bigint, two bigint"
    );
}

#[test]
fn operations_of_one_step_belong_together() {
    let flow =
        compiled(&sales("- aggregate: { by: [name], values: { r: max(id) - min(id), m: max(id) } }\n- filter: r > 0"))
            .unwrap();
    let steps = &flow.tables["t"].steps;
    assert_eq!(steps.iter().map(|step| step.continues).collect::<Vec<_>>(), [false, false, true, false]);
    let Operation::Aggregate { values, .. } = &steps[1].operation else { panic!() };
    let names: Vec<&str> = values.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["m", "_value_1"], "`max(id)` is computed once");
}

#[test]
fn refusals() {
    let refused = |steps: &str| refused(&sales(steps));
    insta::assert_snapshot!("union", refused("- union: [other, nothing]"));
    insta::assert_snapshot!(
        "union_types",
        refused("- derived_column: { x: id }\n- union: { with: [other], allow_missing: true }")
    );
    insta::assert_snapshot!(
        "fill",
        refused("- fill_missing_values: { id: none, released: 2015, artists: '[]', nme: x }")
    );
    insta::assert_snapshot!(
        "aggregate",
        refused("- aggregate: { by: [name, artists], values: { n: count(*) } }")
            + &refused(
                "- aggregate: { by: [name], values: { a: id, b: name, c: sum(name), d: max(sum(id)), e: mean(id), f: sum(distinct id), name: count(*) } }"
            )
            + &refused(
                "- aggregate: { values: { d: 'avg(cast(id as decimal(10,2)))', e: 'sum(cast(id as decimal(30,2)))', f: count(distinct artists) } }"
            )
            + &refused("- aggregate: { by: [name], values: { n: count(*) } }\n- filter: id > 1")
    );
    insta::assert_snapshot!(
        "arrays",
        refused("- split_string: { column: id, pattern: '(?i)x' }")
            + &refused("- split_string: { column: name, pattern: 'x*' }")
            + &refused("- explode: { column: name }")
            + &refused("- unpivot: { columns: [id, name], name: what, value: value }")
            + &refused("- unpivot: { columns: [id], name: name, value: name }")
    );
    insta::assert_snapshot!(
        "pivot",
        refused("- pivot: { by: [name], column: id, values: { one: one }, value: sum(id) / count(*) }")
            + &refused("- pivot: { by: [name], column: idd, values: [a], value: name }")
    );
}

#[test]
fn a_reference_puts_its_table_first() {
    let lines = format!(
        "{SALES}  t:\n    steps: [{{ source: sales }}]\n    checks: [{{ references: {{ name: u.x, id: t.id }} }}, {{ matches: {{ name: 'a+' }} }}]\n  u:\n    steps: [{{ source: other }}]\n"
    );
    let flow = compiled(&lines).unwrap_or_else(|error| panic!("{}", shown(&error)));
    assert_eq!(flow.tables.keys().collect::<Vec<_>>(), ["u", "t"]);
    let names: Vec<&str> = flow.tables["t"].checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(names, ["references(name)", "references(id)", "matches(name)"]);
    assert!(matches!(&flow.tables["t"].checks[0].rule, Rule::References { target, .. } if target == "x"));
    insta::assert_snapshot!(
        "checks",
        refused(&format!(
            "{SALES}  t:\n    steps: [{{ source: sales }}]\n    checks: [{{ references: {{ name: other, id: other.y, released: other.x }} }}, {{ matches: {{ name: '(?=x)', id: 'x' }} }}]\n"
        ))
    );
}
