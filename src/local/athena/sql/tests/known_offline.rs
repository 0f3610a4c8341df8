//! The types that `validate` knows of a query's columns are those that the query has when it runs.

use super::*;
use crate::flow::compile::compile;
use crate::flow::compile::tests::{SOURCES, fake, manifest};
use crate::flow::queries::outputs;
use crate::flow::types::DataType;

/// One row with a column of each type.
const ROW: &str = "SELECT CAST(1 AS integer) AS i, CAST(2 AS bigint) AS b, CAST(1.5 AS double) AS d, CAST(1.5 AS real) AS f, \
    CAST(1.25 AS decimal(10,2)) AS n, 'text' AS s, true AS o, DATE '2023-06-09' AS day, \
    TIMESTAMP '2023-06-09 12:00:00' AS at, ARRAY['a', 'b'] AS list";

/// Expressions over that row, aggregates first.
const AGGREGATES: [&str; 17] = [
    "count(*)",
    "sum(i)",
    "sum(b)",
    "sum(d)",
    "sum(n)",
    "avg(i)",
    "avg(d)",
    "avg(n)",
    "min(s)",
    "max(day)",
    "count_if(o)",
    "approx_percentile(i, 0.5)",
    "stddev(i)",
    "max_by(s, i)",
    "arbitrary(day)",
    "round(avg(i), 1)",
    "100.0 * count(*) / 3",
];

const SCALARS: [&str; 46] = [
    "i",
    "b + i",
    "d + i",
    "f * i",
    "n + n",
    "n * n",
    "n / n",
    "n + i",
    "n * b",
    "1.5 * i",
    "i / 2",
    "i % 2",
    "-n",
    "1.25",
    "12345678901",
    "1e3",
    "s || s",
    "concat(s, s)",
    "o AND i > 1",
    "i IN (1, 2)",
    "s LIKE 't%'",
    "day IS NULL",
    "CAST(i AS varchar)",
    "CAST(s AS varchar(3))",
    "CAST(i AS decimal(12,2))",
    "CAST(at AS date)",
    "year(day)",
    "EXTRACT(month FROM day)",
    "date_trunc('month', day)",
    "date_add('day', 1, day)",
    "date_diff('day', day, day)",
    "length(s)",
    "upper(s)",
    "round(d, 1)",
    "round(n, 1)",
    "round(n)",
    "floor(d)",
    "floor(n)",
    "abs(i)",
    "coalesce(i, b)",
    "CASE WHEN o THEN i ELSE d END",
    "if(o, i, NULL)",
    "nullif(i, 1)",
    "cardinality(list)",
    "element_at(list, 1)",
    "greatest(i, d)",
];

const WINDOWS: [&str; 5] = [
    "row_number() OVER (ORDER BY i)",
    "rank() OVER (ORDER BY i)",
    "sum(i) OVER ()",
    "lag(s) OVER (ORDER BY i)",
    "percent_rank() OVER (ORDER BY i)",
];

fn in_trinos_words(data_type: &DataType) -> String {
    match data_type {
        DataType::String => "varchar".to_owned(),
        DataType::Int => "integer".to_owned(),
        DataType::Float => "real".to_owned(),
        DataType::Timestamp => "timestamp(3)".to_owned(),
        DataType::Array(element) => format!("array({})", in_trinos_words(element)),
        other => other.to_string(),
    }
}

/// What is known offline of a query's columns.
fn offline(sql: &str) -> Vec<Option<String>> {
    let lines = format!(
        "{SOURCES}tables:\n  t: {{ steps: [ {{ source: tracks }} ] }}\nathena: {{ queries: {{ q: q.sql }} }}\n"
    );
    let manifest = manifest(&lines, &[("q", sql)]);
    let flow = compile(&manifest, &fake()).unwrap();
    let columns = outputs(&manifest, &flow, &manifest.athena.queries["q"]).unwrap_or_else(|| panic!("{sql}"));
    columns.iter().map(|column| column.data_type.as_ref().map(in_trinos_words)).collect()
}

fn agree(expressions: &[&str]) {
    let list: Vec<String> = expressions.iter().enumerate().map(|(at, e)| format!("{e} AS x{at}")).collect();
    let sql = format!("SELECT {} FROM ({ROW}) AS t", list.join(", "));
    let known = offline(&sql);
    let ran = run(&sql, &Shelf::default()).unwrap_or_else(|failure| panic!("{failure}\n{sql}"));
    for ((expression, known), (_, data_type)) in expressions.iter().zip(&known).zip(&ran.columns) {
        let ran = types::name(data_type);
        // A text's greatest length is of no concern: it is text.
        let ran = if ran.starts_with("varchar") { "varchar".to_owned() } else { ran };
        assert_eq!(known.as_deref(), Some(ran.as_str()), "{expression}");
    }
}

#[test]
fn aggregates() {
    agree(&AGGREGATES);
}

#[test]
fn scalars() {
    agree(&SCALARS);
}

#[test]
fn windows() {
    agree(&WINDOWS);
}

#[test]
fn unions_and_unnest() {
    let union = format!("SELECT i AS x FROM ({ROW}) AS t UNION ALL SELECT b FROM ({ROW}) AS t");
    assert_eq!(offline(&union), [Some("bigint".to_owned())]);
    let unnest = format!("SELECT e FROM ({ROW}) AS t CROSS JOIN UNNEST(list) AS u(e)");
    assert_eq!(offline(&unnest), [Some("varchar".to_owned())]);
    let unknown = format!("SELECT reduce(list, 0, (a, x) -> a + 1, a -> a) AS x FROM ({ROW}) AS t");
    assert_eq!(offline(&unknown), [None]);
}
