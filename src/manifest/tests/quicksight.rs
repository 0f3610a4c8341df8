//! `quicksight`, as it is read.

use super::{faults, load_text, small_and};
use crate::manifest::LoadOptions;
use crate::manifest::model::quicksight::{Body, Refresh, VisualKind, Weekday};

fn refused(cases: &[(&str, &str)]) -> String {
    cases.iter().map(|(title, lines)| format!("## {title}\n{}\n", faults(&small_and(lines)))).collect()
}

const SHEET: &str = "quicksight:\n  datasets: { a: { table: t } }\n  dashboards:\n    d:\n      sheets:\n        - title: S\n          visuals:\n            - ";

#[test]
fn what_is_said_is_kept() {
    let text = small_and(
        "quicksight:\n  principals: { owners: [user/default/a@example.com] }\n  datasets:\n    a: { table: t, refresh: weekly SUN 23:05 }\n    \
         b: { table: t, refresh: off }\n  dashboards:\n    d:\n      sheets:\n        - title: S\n          visuals:\n            \
         - line: { dataset: a, category: x, granularity: year, value: count(*) }\n",
    );
    let manifest = load_text(&text, &LoadOptions::default()).unwrap();
    let quicksight = manifest.quicksight.unwrap();
    let refresh = |name: &str| quicksight.datasets[name].refresh.as_ref().map(|refresh| refresh.value);
    assert_eq!(refresh("a"), Some(Some(Refresh::Weekly(Weekday::Sunday, 23, 5))));
    assert_eq!(refresh("b"), Some(None));
    let Body::Sheets(sheets) = &quicksight.dashboards["d"].body else { panic!("sheets") };
    let visual = &sheets[0].visuals[0];
    assert_eq!(visual.kind, VisualKind::Line);
    assert!(visual.groups["category"][0].granularity.is_some(), "granularity beside category is the category's");
}

#[test]
fn refusals() {
    let visual = |text: &str| format!("{SHEET}{text}\n");
    let mut text = refused(&[
        (
            "principals",
            "quicksight: { principals: { owners: [lead, user/lead, namespace/default, \"group/default/a b\"] } }\n",
        ),
        ("twice", "quicksight: { principals: { owners: [user/default/a], viewers: [user/default/a] } }\n"),
        (
            "a data source that is not ours",
            "quicksight: { data_source: { existing: x, role_arn: \"arn:aws:iam::123456789012:role/q\" } }\n",
        ),
        ("neither table nor query", "quicksight: { datasets: { a: { import_mode: spice } } }\n"),
        ("both", "quicksight: { datasets: { a: { table: t, query: q } } }\n"),
        (
            "refresh",
            "quicksight: { datasets: { a: { table: t, refresh: daily 5:00 }, b: { table: t, refresh: daily 25:00 }, c: { table: t, refresh: weekly Monday 05:00 } } }\n",
        ),
        (
            "refresh of a direct query",
            "quicksight: { datasets: { a: { table: t, import_mode: direct_query, refresh: hourly } } }\n",
        ),
        ("no sheets", "quicksight: { dashboards: { d: { title: D } } }\n"),
        ("a definition that is missing", "quicksight: { dashboards: { d: { definition: sql/d.json } } }\n"),
        ("a definition that is no JSON", "quicksight: { dashboards: { d: { definition: sql/top.sql } } }\n"),
        ("a name", "quicksight: { datasets: { Hits: { table: t } } }\n"),
    ]);
    for (title, body) in [
        ("unknown kind", "barr: { dataset: a, category: x, value: count(*) }"),
        ("a key of another kind", "kpi: { dataset: a, value: count(*), limit: 5 }"),
        ("nothing measured", "bar: { dataset: a, category: x }"),
        ("value and values", "bar: { dataset: a, category: x, value: count(*), values: [count(*)] }"),
        ("color and two values", "bar: { dataset: a, category: x, color: id, values: [count(*), sum(x)] }"),
        ("a range", "gauge: { dataset: a, value: count(*), range: [10, 1] }"),
        ("no range", "gauge: { dataset: a, value: count(*) }"),
        ("a colour", "bar: { dataset: a, category: x, value: count(*), paint: red }"),
        ("a width", "bar: { dataset: a, category: x, value: count(*), width: 13 }"),
    ] {
        text += &format!("## {title}\n{}\n", faults(&small_and(&visual(body))));
    }
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(text) });
}
