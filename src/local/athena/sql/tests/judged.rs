//! Where the local cloud once answered otherwise than Trino 435: what Trino said.

use super::{Shelf, failure, run, table, value};

fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(sql, expected)| (sql, expected, value(sql)))
        .filter(|(_, expected, found)| *expected != found)
        .map(|(sql, expected, found)| format!("{sql}\n  expected {expected}\n  found    {found}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn numbers() {
    check(&[
        ("-2147483648 - 1", "NUMERIC_VALUE_OUT_OF_RANGE: integer subtraction overflow: -2147483648 - 1"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("typeof(-2147483648)", "integer"),
        ("0e0 IN (-0e0, 3)", "true"),
        ("nan() NOT IN (nan(), 1e0)", "true"),
        ("greatest(nan(), 1e0)", "1.0"),
        ("least(1e0, nan())", "1.0"),
        ("round(-0e0)", "0.0"),
        ("truncate(7)", "7"),
        ("4.9E-324", "4.9E-324"),
        ("CAST(DECIMAL '-12345678901234567890.123456789' AS double)", "-1.2345678901234567E19"),
        ("1e0 * DECIMAL '-12345678901234567890.123456789'", "-1.2345678901234567E19"),
        ("abs(TINYINT '-128')", "NUMERIC_VALUE_OUT_OF_RANGE: Value -128 is out of range for abs(tinyint)"),
        ("round(9223372036854775807, -1)", "NUMERIC_VALUE_OUT_OF_RANGE: numerical overflow: 9223372036854775807"),
        ("width_bucket(nan(), 1e0, 2e0, 3)", "INVALID_FUNCTION_ARGUMENT: operand must not be NaN"),
        ("NULL * 1.5", "NULL"),
        (
            "-NULL",
            "AMBIGUOUS_FUNCTION_CALL: Could not choose a best candidate operator. Explicit type casts must be added.",
        ),
    ]);
}

#[test]
fn casts() {
    check(&[
        ("CAST(1.25 AS boolean)", "true"),
        ("CAST('ab' AS varbinary)", "61 62"),
        ("CAST(2147483647.5e0 AS integer)", "NUMERIC_VALUE_OUT_OF_RANGE: Out of range for integer: 2.1474836475E9"),
        ("CAST(1e300 AS bigint)", "INVALID_CAST_ARGUMENT: Unable to cast 1.0E300 to bigint"),
        ("CAST(REAL '3.4028235E38' AS bigint)", "9223372036854775807"),
        ("CAST(REAL '16777217' AS varchar)", "1.677722E7"),
        ("CAST(4.9E-324 AS decimal(38,2))", "0.00"),
        ("TRY_CAST(2147483647 AS varchar(2))", "NULL"),
        ("CAST(1e0 AS varchar(2))", "INVALID_CAST_ARGUMENT: Value 1.0 (1.0E0) cannot be represented as varchar(2)"),
        (
            "CAST('1e3' AS decimal(5,2))",
            "INVALID_CAST_ARGUMENT: Cannot cast VARCHAR '1e3' to DECIMAL(5, 2). Value too large.",
        ),
        ("CAST(CAST(NULL AS boolean) AS date)", "TYPE_MISMATCH: line 1:8: Cannot cast boolean to date"),
        ("BIGINT 'x'", "INVALID_LITERAL: line 1:8: 'x' is not a valid BIGINT literal"),
    ]);
}

#[test]
fn texts() {
    check(&[
        ("X'00' || X'ff'", "00 ff"),
        ("length(X'00ff')", "2"),
        ("substr(X'00ff', 2)", "ff"),
        ("length(trim(U&'\\00A0x '))", "2"),
        ("strpos('aaa', 'aa', 2)", "2"),
        ("strpos('aaa', 'a', -1)", "3"),
        ("concat_ws(',', ARRAY['a', NULL, 'b'])", "a,b"),
        ("trim(TRAILING FROM ' a ')", " a"),
        (
            "lpad('x', 9223372036854775807, 'ab')",
            "INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..2147483647]",
        ),
        ("regexp_like('é', '\\w')", "false"),
        ("regexp_extract_all('abc', 'a*')", "[a, , , ]"),
        ("regexp_split('aba', 'a*')", "[, , b, , ]"),
        ("regexp_replace('a', 'a', '$9')", "INVALID_FUNCTION_ARGUMENT: Illegal replacement sequence: unknown group 9"),
        ("format_datetime(DATE '2020-01-01', '''o''''clock''')", "o'clock"),
        ("'a' LIKE CAST(NULL AS varchar) ESCAPE ''", "NULL"),
    ]);
}

#[test]
fn lists() {
    check(&[
        ("ARRAY[1, 2] || CAST(NULL AS integer)", "NULL"),
        ("ARRAY[nan()] = ARRAY[nan()]", "false"),
        ("contains(ARRAY[nan()], nan())", "false"),
        ("contains(ARRAY[-0e0], 0e0)", "true"),
        ("array_distinct(ARRAY[nan(), -0e0, 0e0, nan()])", "[NaN, -0.0]"),
        ("array_max(ARRAY[1e0, nan()])", "1.0"),
        ("array_except(ARRAY['a', 'b', 'a'], slice(ARRAY['a'], 2, 1))", "[a, b, a]"),
        ("arrays_overlap(ARRAY[1, NULL], slice(ARRAY[1], 2, 1))", "false"),
        ("array_join(ARRAY['a'], '', CAST(NULL AS varchar))", "NULL"),
        ("sequence(1, 2, 0)", "INVALID_FUNCTION_ARGUMENT: step must not be zero"),
    ]);
}

#[test]
fn times() {
    check(&[
        ("TIMESTAMP '2020-02-29 23:59:59.999' - DATE '2020-02-29'", "0 23:59:59.999"),
        ("INTERVAL '1.5' SECOND", "0 00:00:01.500"),
        ("DATE '2020-01-01' + NULL", "NULL"),
        ("INTERVAL '1' DAY / 0", "INVALID_FUNCTION_ARGUMENT: Cannot divide by double 0.0"),
        (
            "DATE '2020-01-01' - INTERVAL '1' HOUR",
            "INVALID_FUNCTION_ARGUMENT: Cannot subtract hour, minutes or seconds from a date",
        ),
        ("from_iso8601_date('2020-02')", "2020-02-01"),
        ("from_iso8601_timestamp('2020-W09-6')", "2020-02-29 00:00:00.000 UTC"),
        ("date_trunc('hour', CAST(NULL AS date))", "NULL"),
        (
            "date_diff('hour', DATE '2020-01-01', DATE '2020-01-01')",
            "INVALID_FUNCTION_ARGUMENT: 'hour' is not a valid DATE field",
        ),
        ("date_add('day', 3000000000, TIMESTAMP '2020-01-01 00:00:00')", "INVALID_FUNCTION_ARGUMENT: integer overflow"),
        ("EXTRACT(DAY_OF_WEEK FROM DATE '2020-02-29')", "6"),
        ("EXTRACT(HOUR FROM DATE '2020-02-29')", "TYPE_MISMATCH: line 1:26: Cannot extract HOUR from date"),
        ("date_parse('13', '%h') IS NULL", "INVALID_FUNCTION_ARGUMENT: Invalid format: \"13\""),
    ]);
}

#[test]
fn frames_are_computed_anew() {
    let rows = "FROM (VALUES (1, 1e10), (2, nan()), (3, 0.1e0), (4, 0.2e0)) t (id, d)";
    let sql = format!(
        "SELECT id, sum(d) OVER (ORDER BY id ROWS 1 PRECEDING), max(d) OVER (ORDER BY id ROWS 1 PRECEDING) {rows} ORDER BY id"
    );
    let found = table(&run(&sql, &Shelf::default()).unwrap());
    assert_eq!(found, "1 | 1.0E10 | 1.0E10\n2 | NaN | 1.0E10\n3 | NaN | 0.1\n4 | 0.30000000000000004 | 0.2");
    assert_eq!(table(&run(&format!("SELECT max(d), min(d) {rows}"), &Shelf::default()).unwrap()), "1.0E10 | 0.1");
}

#[test]
fn forms_of_queries() {
    let rows = |sql: &str| table(&run(sql, &Shelf::default()).unwrap());
    assert_eq!(rows("SELECT * FROM (VALUES 1, 2) u"), "1\n2");
    assert_eq!(rows("WITH t AS (SELECT 1 AS a) TABLE t"), "1");
    assert_eq!(rows("WITH t AS (SELECT 1 AS a) VALUES 1, 2.5"), "1.0\n2.5");
    assert_eq!(rows("SELECT a FROM (VALUES 1) t (a) GROUP BY ALL a"), "1");
    for (sql, said) in [
        ("SELECT 1 LIMIT 1 OFFSET 1", "SYNTAX_ERROR: line 1:18: mismatched input 'OFFSET'"),
        (
            "SELECT a FROM (VALUES 1) t (a) FETCH FIRST 0 ROWS ONLY",
            "NUMERIC_VALUE_OUT_OF_RANGE: line 1:32: FETCH FIRST",
        ),
        (
            "SELECT sum(a) OVER w FROM (VALUES 1) t (a)",
            "INVALID_WINDOW_REFERENCE: line 1:20: Cannot resolve WINDOW name w",
        ),
        ("SELECT lower('a') OVER ()", "FUNCTION_NOT_WINDOW: line 1:1: Not a window function: lower"),
        (
            "SELECT ntile(0) OVER (ORDER BY a) FROM (VALUES 1) t (a)",
            "INVALID_FUNCTION_ARGUMENT: Buckets must be greater",
        ),
        (
            "SELECT count(DISTINCT a) OVER () FROM (VALUES 1) t (a)",
            "NOT_SUPPORTED: line 1:1: DISTINCT in window function",
        ),
        ("SELECT listagg('a', ',') FROM (VALUES 1) t (a)", "SYNTAX_ERROR: line 1:26: mismatched input 'FROM'"),
        ("SELECT true OR 'a'", "TYPE_MISMATCH: line 1:16: Logical expression term must evaluate to a boolean"),
        ("SELECT * FROM (VALUES (1, 2), (3)) v", "TYPE_MISMATCH: line 1:16: Values rows have mismatched sizes: 2 vs 1"),
        ("SELECT 1 WHERE 1 IN (SELECT 'a' AS s)", "TYPE_MISMATCH: line 1:18: Value expression and result of subquery"),
        ("SELECT * FROM (VALUES 1) v (a, b)", "MISMATCHED_COLUMN_ALIASES: line 1:15: Column alias list has 2 entries"),
        ("SELECT bitwise_not(1)", "NOT_SUPPORTED: line 1:8: the function bitwise_not runs on Athena only"),
        ("SELECT ends_with('a', 'a')", "FUNCTION_NOT_FOUND: line 1:8: Function 'ends_with' not registered"),
    ] {
        let found = failure(sql, &Shelf::default()).to_string();
        assert!(found.starts_with(said), "{sql}\n  expected {said}\n  found    {found}");
    }
}
