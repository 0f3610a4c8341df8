//! Queries over made tables, and queries that fail.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::answer::Measure;
use super::corpus::{Case, deep, read};
use super::report::{Tables, judge};

/// The queries of a file: what stands before each one's tables, and how near the answers must be.
pub fn of_file(name: &str) -> Vec<(String, Measure)> {
    let text = read(name);
    let blocks = text.split("\n\n").map(|block| {
        let ordered = block.lines().any(|line| line.trim() == "-- ordered");
        let name_only = block.lines().any(|line| line.trim() == "-- name");
        let zeros = block.lines().any(|line| line.trim() == "-- zeros");
        let lines: Vec<&str> = block.lines().filter(|line| !line.starts_with("--")).collect();
        (lines.join("\n").trim().to_owned(), Measure { ordered, tolerance: 1e-12, name_only, zeros })
    });
    blocks.filter(|(sql, _)| !sql.is_empty()).collect()
}

/// How many sets of tables the queries run over.
pub fn rounds() -> usize {
    if deep() { 24 } else { 2 }
}

/// A query's text with its tables.
fn over(tables: &str, sql: &str) -> String {
    match sql.strip_prefix("WITH ") {
        Some(rest) => format!("WITH {tables},\n{rest}"),
        None => format!("WITH {tables}\n{sql}"),
    }
}

fn cell(data_type: &'static str, values: &'static [&'static str]) -> impl Strategy<Value = String> {
    let value = prop::sample::select(values).prop_map(move |value| format!("CAST({value} AS {data_type})"));
    prop_oneof![4 => value, 1 => Just(format!("CAST(NULL AS {data_type})"))]
}

/// A common table expression of made rows.
fn table(
    name: &'static str,
    columns: &'static str,
    types: &'static [&'static str],
    row: impl Strategy<Value = Vec<String>> + 'static,
    numbered: bool,
) -> BoxedStrategy<String> {
    let rows = prop::collection::vec(row, 0..12);
    let shown = move |rows: Vec<Vec<String>>| {
        let line = |(at, mut row): (usize, Vec<String>)| {
            if numbered && row.len() < types.len() {
                row.insert(0, (at + 1).to_string());
            }
            format!("({})", row.join(", "))
        };
        let none = rows.is_empty();
        // A table of no rows has its types from a row that is left out.
        let rows = if none { vec![types.iter().map(|t| format!("CAST(NULL AS {t})")).collect()] } else { rows };
        let lines: Vec<String> = rows.into_iter().enumerate().map(line).collect();
        let condition = if none { " WHERE false" } else { "" };
        format!("{name} ({columns}) AS (SELECT * FROM (VALUES {}) AS v{condition})", lines.join(", "))
    };
    rows.prop_map(shown).boxed()
}

const TEXTS: &[&str] = &["''", "'a'", "'A'", "'é😀'", "'b''c'", "'12'", "'a '"];
const FLOATS: &[&str] = &["0e0", "-0e0", "1.5e0", "-2.25e0", "nan()", "1e10", "3e0"];
const KEYS: &[&str] = &["0", "1", "2", "3"];

fn tables() -> impl Strategy<Value = String> {
    let t = (
        cell("integer", KEYS),
        cell("varchar", TEXTS),
        cell("double", FLOATS),
        cell("decimal(10,2)", &["0", "1.25", "-7.50", "99999999.99", "0.01"]),
        cell("boolean", &["true", "false"]),
        cell("date", &["DATE '2020-02-29'", "DATE '1969-12-31'", "DATE '2021-01-03'", "DATE '2020-02-01'"]),
        cell(
            "timestamp",
            &[
                "TIMESTAMP '2020-02-29 23:59:59.999'",
                "TIMESTAMP '1969-12-31 23:59:59.999'",
                "TIMESTAMP '2021-03-31 12:00:00'",
            ],
        ),
        cell("bigint", &["0", "-5", "3000000000", "4611686018427387904"]),
    )
        .prop_map(|(k, s, d, n, b, day, at, big)| vec![k, s, d, n, b, day, at, big]);
    let u = (cell("integer", KEYS), cell("varchar", TEXTS), cell("double", FLOATS), cell("integer", &["1", "2", "5"]))
        .prop_map(|(k, s, x, y)| vec![k, s, x, y]);
    let xs = cell("array(bigint)", &["ARRAY[1, 2]", "ARRAY[]", "ARRAY[NULL, 2, 2]", "ARRAY[3]"]);
    let ys = cell("array(bigint)", &["ARRAY[7]", "ARRAY[]", "ARRAY[8, NULL]"]);
    let l = (xs, ys).prop_map(|(xs, ys)| vec![xs, ys]);
    let of_t = &["integer", "integer", "varchar", "double", "decimal(10,2)", "boolean", "date", "timestamp", "bigint"];
    let t = table("t", "id, k, s, d, n, b, day, at, big", of_t, t, true);
    let u = table("u", "k, s, x, y", &["integer", "varchar", "double", "integer"], u, false);
    let all = (t, u, table("l", "id, xs, ys", &["integer", "array(bigint)", "array(bigint)"], l, true));
    all.prop_map(|(t, u, l)| {
        let e = "e (k, s) AS (SELECT CAST(NULL AS integer), CAST(NULL AS varchar) WHERE false)";
        format!("{t},\n{u},\n{e},\n{l}")
    })
}

/// Sets of tables, the same in every run; the seed is the round.
fn made(rounds: usize) -> Vec<String> {
    let of = |round: usize| {
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&(round as u64).to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), random);
        tables().new_tree(&mut runner).unwrap().current()
    };
    (0..rounds).map(of).collect()
}

pub fn cases(name: &str, rounds: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for tables in made(rounds) {
        for (sql, measure) in of_file(name) {
            cases.push(Case { sql: over(&tables, &sql), measure, expression: false });
        }
    }
    cases
}

#[test]
fn queries_answer_as_trinos() {
    judge(&cases("queries.sql", rounds()), &Arc::new(Tables::default())).assert_same("queries");
}

#[test]
fn failures_are_trinos() {
    judge(&cases("errors.sql", 1), &Arc::new(Tables::default())).assert_same("errors");
}
