//! Failures, in Athena's words and with their places.

use super::{Shelf, failure};

fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(sql, expected)| (*sql, *expected, failure(sql, &Shelf::default()).to_string()))
        .filter(|(_, expected, found)| !found.starts_with(expected))
        .map(|(sql, expected, found)| format!("{sql}\n  expected {expected}\n  found    {found}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn names_that_mean_nothing_are_placed() {
    check(&[
        ("SELECT x FROM (VALUES 1) t (y)", "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved"),
        (
            "SELECT y\nFROM (VALUES 1) t (y)\nWHERE t.z = 1",
            "COLUMN_NOT_FOUND: line 3:7: Column 't.z' cannot be resolved",
        ),
        ("SELECT * FROM nowhere", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.db.nowhere' does not exist"),
        ("SELECT * FROM other.t", "SCHEMA_NOT_FOUND: line 1:15: Schema 'other' does not exist"),
        ("SELECT nope(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'nope' not registered"),
        (
            "SELECT lower(1)",
            "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (integer) for function lower. Expected: lower(varchar)",
        ),
        (
            "SELECT y AS a FROM (VALUES 1) t (y) GROUP BY a",
            "COLUMN_NOT_FOUND: line 1:46: Column 'a' cannot be resolved",
        ),
        (
            "SELECT y AS a FROM (VALUES 1) t (y) WHERE a = 1",
            "COLUMN_NOT_FOUND: line 1:43: Column 'a' cannot be resolved",
        ),
        ("SELECT y FROM (VALUES 1) t (y), (VALUES 1) u (y)", "AMBIGUOUS_NAME: line 1:8: Column 'y' is ambiguous"),
        (
            "SELECT y FROM (VALUES 1) t (y) ORDER BY 2",
            "INVALID_COLUMN_REFERENCE: line 1:41: ORDER BY position 2 is not in select list",
        ),
    ]);
}

#[test]
fn types_that_do_not_meet_are_refused() {
    check(&[
        ("SELECT 'a' = 1", "TYPE_MISMATCH: line 1:12: Cannot apply operator: varchar(1) = integer"),
        (
            "SELECT DATE '2020-01-01' > '2020-01-01'",
            "TYPE_MISMATCH: line 1:26: Cannot apply operator: date < varchar(10)",
        ),
        ("SELECT 'a' + 1", "TYPE_MISMATCH: line 1:12: Cannot apply operator: varchar(1) + integer"),
        (
            "SELECT 1 || 'a'",
            "FUNCTION_NOT_FOUND: line 1:10: Unexpected parameters (integer, varchar(1)) for function concat",
        ),
        ("SELECT 1 WHERE 1", "TYPE_MISMATCH: line 1:16: WHERE clause must evaluate to a boolean: actual type integer"),
        (
            "SELECT CASE WHEN true THEN 1 ELSE 'a' END",
            "TYPE_MISMATCH: line 1:35: All CASE results must be the same type or coercible to a common type. Cannot find common type between integer and varchar(1)",
        ),
        ("SELECT 1 IN ('a')", "TYPE_MISMATCH: line 1:14: IN value and list items must be the same type or coercible"),
        (
            "SELECT 1 UNION SELECT 'a'",
            "TYPE_MISMATCH: line 1:10: column 1 in UNION query has incompatible types: integer, varchar",
        ),
        ("SELECT sum('a')", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar(1)) for function sum"),
    ]);
}

#[test]
fn groups_hide_their_rows() {
    check(&[
        (
            "SELECT a, count(*) FROM (VALUES (1, 2)) t (a, b) GROUP BY b",
            "EXPRESSION_NOT_AGGREGATE: line 1:8: 'a' must be an aggregate expression or appear in GROUP BY clause",
        ),
        (
            "SELECT count(*) FROM (VALUES 1) t (a) WHERE count(*) > 1",
            "EXPRESSION_NOT_SCALAR: line 1:54: WHERE clause cannot contain aggregations",
        ),
        (
            "SELECT sum(sum(a)) FROM (VALUES 1) t (a)",
            "NESTED_AGGREGATION: line 1:8: Cannot nest aggregations inside aggregation 'sum': [sum(a)]",
        ),
        (
            "SELECT DISTINCT a FROM (VALUES (1, 2)) t (a, b) ORDER BY b",
            "EXPRESSION_NOT_IN_DISTINCT: line 1:1: For SELECT DISTINCT",
        ),
    ]);
}

#[test]
fn what_only_athena_has_is_said_to_be_so() {
    for sql in [
        "SELECT transform(ARRAY[1], x -> x + 1)",
        "SELECT map(ARRAY[1], ARRAY[2])",
        "SELECT map_agg(a, a) FROM (VALUES 1) t (a)",
        "CREATE TABLE x AS SELECT 1",
        "INSERT INTO x SELECT 1",
        "EXPLAIN SELECT 1",
        "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT * FROM t",
        "SELECT now() AT TIME ZONE 'Europe/Berlin'",
    ] {
        let said = failure(sql, &Shelf::default()).to_string();
        assert!(said.starts_with("NOT_SUPPORTED: "), "{sql}: {said}");
        assert!(said.contains("runs on Athena only; the local cloud does not translate it"), "{sql}: {said}");
    }
}
