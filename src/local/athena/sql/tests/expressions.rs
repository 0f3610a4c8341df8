//! Expressions without tables: each with Trino's answer.

use super::value;

fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(sql, expected)| (*sql, *expected, value(sql)))
        .filter(|(_, expected, found)| expected != found)
        .map(|(sql, expected, found)| format!("{sql}\n  expected {expected}\n  found    {found}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn arithmetic_is_trinos() {
    check(&[
        ("7 / 2, -7 / 2, 7 % -3, -7 % 3", "3 | -3 | 1 | -1"),
        ("7 / 2.0, 1.0 / 3.0, 2.0 / 3", "3.5 | 0.3 | 0.7"),
        ("100.0 * 1 / 3", "33.3"),
        ("1e0 / 3, 1e0 / 0, 0e0 / 0", "0.3333333333333333 | Infinity | NaN"),
        ("0.1 + 0.2, 1.10 * 2.5, 5.5 % 2", "0.3 | 2.750 | 1.5"),
        (
            "typeof(1), typeof(3000000000), typeof(1.5), typeof(1e0), typeof('a')",
            "integer | bigint | decimal(2,1) | double | varchar(1)",
        ),
        ("typeof(1.5 * 2), typeof(1.5 + 2), typeof(1 / 2.50)", "decimal(12,1) | decimal(12,1) | decimal(14,2)"),
        ("1 / 0", "DIVISION_BY_ZERO: Division by zero"),
        ("1.0 / 0", "DIVISION_BY_ZERO: Division by zero"),
        ("2147483647 + 1", "NUMERIC_VALUE_OUT_OF_RANGE: integer addition overflow: 2147483647 + 1"),
        (
            "9223372036854775807 * 2",
            "NUMERIC_VALUE_OUT_OF_RANGE: bigint multiplication overflow: 9223372036854775807 * 2",
        ),
        ("2147483647 + BIGINT '1'", "2147483648"),
        ("NULL + 1, 1 + NULL", "NULL | NULL"),
        ("-1, - 1.5, +2", "-1 | -1.5 | 2"),
    ]);
}

#[test]
fn rounding_keeps_the_type() {
    check(&[
        ("round(2.5), round(-2.5), round(2.345, 2), round(2.345, 0)", "3 | -3 | 2.350 | 2.000"),
        ("round(2.5e0), round(-2.5e0), round(2.345e0, 2), round(1234e0, -2)", "3.0 | -3.0 | 2.35 | 1200.0"),
        ("round(25, -1), round(7), round(BIGINT '15', -1)", "30 | 7 | 20"),
        ("floor(2.7), ceil(2.1), floor(-2.5e0), ceiling(-2.5e0), floor(3)", "2 | 3 | -3.0 | -2.0 | 3"),
        ("truncate(-2.7e0), truncate(2.789, 1), truncate(2.7)", "-2.0 | 2.700 | 2"),
        ("abs(-3), abs(-2.5), abs(-2.5e0), sign(-3), sign(2.5e0)", "3 | 2.5 | 2.5 | -1 | 1.0"),
        (
            "mod(10, 3), power(2, 10), sqrt(16), greatest(1, 2.5, 2), least('b', 'a'), greatest(1, NULL)",
            "1 | 1024.0 | 4.0 | 2.5 | a | NULL",
        ),
        (
            "width_bucket(5.3, 0, 10, 5), to_base(255, 16), from_base('ff', 16), log(2, 8), ln(e())",
            "3 | ff | 255 | 3.0 | 1.0",
        ),
    ]);
}

#[test]
fn casts_follow_trinos_rules() {
    check(&[
        (
            "CAST(2.5 AS integer), CAST(2.5e0 AS integer), CAST(-2.5e0 AS bigint), CAST('42' AS integer)",
            "3 | 3 | -3 | 42",
        ),
        ("CAST('abc' AS integer)", "INVALID_CAST_ARGUMENT: Cannot cast 'abc' to INT"),
        ("CAST(' 1' AS bigint)", "INVALID_CAST_ARGUMENT: Cannot cast ' 1' to BIGINT"),
        (
            "CAST('1e3' AS double), CAST(' 1.5 ' AS double), CAST('x' AS double)",
            "INVALID_CAST_ARGUMENT: Cannot cast 'x' to DOUBLE",
        ),
        (
            "TRY_CAST('abc' AS integer), TRY_CAST('1.5' AS decimal(3,1)), TRY_CAST('yes' AS boolean), TRY_CAST('T' AS boolean)",
            "NULL | 1.5 | NULL | true",
        ),
        (
            "CAST(1.5e0 AS varchar), CAST(1e7 AS varchar), CAST(0e0 AS varchar), CAST(2.50 AS varchar), CAST(true AS varchar)",
            "1.5E0 | 1.0E7 | 0E0 | 2.50 | true",
        ),
        (
            "CAST('2015-06-09' AS date), TRY_CAST('2015' AS date), TRY_CAST('2015-06-09 00:00:00 UTC' AS date)",
            "2015-06-09 | NULL | NULL",
        ),
        (
            "CAST('2015-06-09 01:02:03.4567' AS timestamp), CAST(DATE '2015-06-09' AS timestamp)",
            "2015-06-09 01:02:03.457 | 2015-06-09 00:00:00.000",
        ),
        (
            "CAST(TIMESTAMP '2015-06-09 23:59:59' AS date), CAST(TIMESTAMP '1969-12-31 23:00:00' AS date)",
            "2015-06-09 | 1969-12-31",
        ),
        (
            "CAST('abcdef' AS varchar(3)), CAST(3000000000 AS integer)",
            "NUMERIC_VALUE_OUT_OF_RANGE: Out of range for integer: 3000000000",
        ),
        (
            "CAST('abcdef' AS varchar(3)), CAST(true AS integer), CAST(0 AS boolean), CAST(1.005 AS decimal(3,2))",
            "abc | 1 | false | 1.01",
        ),
        ("CAST(DATE '2020-01-01' AS integer)", "TYPE_MISMATCH: line 1:8: Cannot cast date to integer"),
        ("CAST(ARRAY['1', '2'] AS array(integer))", "[1, 2]"),
        ("CAST('NaN' AS double), CAST('1.23456E2' AS double)", "NaN | 123.456"),
    ]);
}

#[test]
fn texts_are_handled_by_code_points() {
    check(&[
        ("'a' || 'b', 'a' || CAST(NULL AS varchar), concat('a', 'b', 'c')", "ab | NULL | abc"),
        (
            "length('größe'), upper('größe'), lower('ÀB'), reverse('abc'), trim('  a '), ltrim(' a'), rtrim('a ')",
            "5 | GRÖßE | àb | cba | a | a | a",
        ),
        (
            "substr('abc', 2), substr('abc', 0, 2), substr('abc', -2), substr('abc', 2, 1), substring('abc' FROM 2 FOR 1), substr('abc', 9)",
            "bc |  | bc | b | b | ",
        ),
        (
            "replace('aXbX', 'X', '-'), replace('aXb', 'X'), strpos('größe', 'ß'), position('b' IN 'abc'), starts_with('abc', 'ab')",
            "a-b- | ab | 4 | 2 | true",
        ),
        (
            "split('a,b,,c', ','), split('a,b,c', ',', 2), split_part('a-b-c', '-', 2), split_part('a', '-', 5)",
            "[a, b, , c] | [a, b,c] | b | NULL",
        ),
        (
            "lpad('7', 3, '0'), rpad('abcdef', 3, 'x'), chr(97), codepoint('a'), translate('abc', 'ab', 'x'), concat_ws('-', 'a', NULL, 'b')",
            "007 | abc | a | 97 | xc | a-b",
        ),
        (
            "'abc' LIKE 'a%', 'a\\%' LIKE 'a\\_', '50%' LIKE '50!%' ESCAPE '!', NOT ('A' LIKE 'a'), NULL LIKE 'a'",
            "true | true | true | true | NULL",
        ),
        (
            "regexp_like('abc', 'b+'), regexp_extract('a1b22', '\\d+'), regexp_extract('a1b22', '([a-z])(\\d+)', 2), regexp_replace('abc', '(b)', '[$1]'), regexp_extract_all('a1b2', '\\d')",
            "true | 1 | 1 | a[b]c | [1, 2]",
        ),
        (
            "to_hex(md5(to_utf8('a'))), trim(BOTH 'x' FROM 'xax'), trim(LEADING 'x' FROM 'xax'), levenshtein_distance('abc', 'abd')",
            "0CC175B9C0F1B6A831C399E269772661 | a | ax | 1",
        ),
        (
            "json_extract_scalar('{\"a\":{\"b\":[1,\"x\"]}}', '$.a.b[1]'), json_extract_scalar('{\"a\":1.5}', '$.a'), json_extract_scalar('{', '$.a')",
            "x | 1.5 | NULL",
        ),
    ]);
}

#[test]
fn dates_and_times_are_utc() {
    check(&[
        ("current_date, now(), localtimestamp", "2023-06-09 | 2023-06-09 12:34:56.789 UTC | 2023-06-09 12:34:56.789"),
        (
            "year(DATE '2023-06-09'), month(current_date), day(now()), day_of_week(current_date), week(current_date), quarter(current_date), hour(now())",
            "2023 | 6 | 9 | 5 | 23 | 2 | 12",
        ),
        (
            "extract(year FROM DATE '1999-12-31'), extract(doy FROM DATE '1999-12-31'), last_day_of_month(DATE '2024-02-03')",
            "1999 | 365 | 2024-02-29",
        ),
        (
            "date_trunc('month', DATE '2023-06-09'), date_trunc('hour', TIMESTAMP '2023-06-09 12:34:56'), date_trunc('year', now())",
            "2023-06-01 | 2023-06-09 12:00:00.000 | 2023-01-01 00:00:00.000 UTC",
        ),
        (
            "date_add('month', 1, DATE '2023-01-31'), date_diff('day', DATE '2023-01-01', DATE '2023-03-01'), date_diff('month', DATE '2023-01-31', DATE '2023-02-28')",
            "2023-02-28 | 59 | 1",
        ),
        (
            "DATE '2023-01-31' + INTERVAL '1' MONTH, DATE '2023-01-01' - INTERVAL '1' DAY, TIMESTAMP '2023-01-01 00:00:00' + INTERVAL '90' MINUTE",
            "2023-02-28 | 2022-12-31 | 2023-01-01 01:30:00.000",
        ),
        (
            "DATE '2023-01-03' - DATE '2023-01-01', INTERVAL '2' DAY, INTERVAL '14' MONTH",
            "2 00:00:00.000 | 2 00:00:00.000 | 1-2",
        ),
        (
            "date_format(TIMESTAMP '2023-06-09 15:04:05', '%Y/%m/%d %h:%i %p'), format_datetime(TIMESTAMP '2023-06-09 15:04:05', 'yyyy-MM'), date_parse('09.06.2023', '%d.%m.%Y')",
            "2023/06/09 03:04 PM | 2023-06 | 2023-06-09 00:00:00.000",
        ),
        (
            "from_unixtime(0), to_unixtime(TIMESTAMP '1970-01-01 00:00:01.5'), from_iso8601_timestamp('2020-01-01T00:00:00Z'), date('2020-01-02')",
            "1970-01-01 00:00:00.000 UTC | 1.5 | 2020-01-01 00:00:00.000 UTC | 2020-01-02",
        ),
        (
            "DATE '2023-01-01' < TIMESTAMP '2023-01-01 00:00:01', DATE '2023-01-01' BETWEEN DATE '2022-01-01' AND current_date",
            "true | true",
        ),
        ("DATE '2023-13-01'", "INVALID_LITERAL: line 1:8: '2023-13-01' is not a valid DATE literal"),
    ]);
}

#[test]
fn conditions_are_lazy_and_three_valued() {
    check(&[
        (
            "CASE WHEN 1 = 2 THEN 'a' END, CASE 2 WHEN 1 THEN 'x' WHEN 2 THEN 'y' ELSE 'z' END, if(1 < 2, 'yes'), if(NULL, 1, 2)",
            "NULL | y | yes | 2",
        ),
        (
            "coalesce(NULL, 2, 3), coalesce(1, 1 / 0), nullif(1, 1), nullif(1, 2), coalesce(1, 2.5)",
            "2 | 1 | NULL | 1 | 1.0",
        ),
        ("CASE WHEN true THEN 1 ELSE 1 / 0 END", "1"),
        ("try(1 / 0), try(CAST('x' AS integer)), try(1 / 1), try(1 / 0) + 1", "NULL | NULL | 1 | NULL"),
        (
            "NULL = NULL, NULL IS DISTINCT FROM 1, 1 IN (2, NULL), 1 NOT IN (2, 3), NOT NULL, true AND NULL, false AND NULL, true OR NULL",
            "NULL | true | NULL | true | NULL | NULL | false | true",
        ),
        (
            "1 BETWEEN 0 AND 2, 3 NOT BETWEEN 0 AND 2, NOT (1 = 2), NULL IS NULL, 1 IS NOT NULL",
            "true | true | true | true | true",
        ),
        ("1 = 1.0, 1 < 1.5e0, 'a' < 'b', 'a' = 'a ', true > false", "true | true | true | false | true"),
    ]);
}

#[test]
fn arrays_count_from_one() {
    check(&[
        (
            "ARRAY[1, 2, 3][2], element_at(ARRAY[1, 2], -1), element_at(ARRAY[1], 5), cardinality(ARRAY[1, NULL])",
            "2 | 2 | NULL | 2",
        ),
        ("ARRAY[1][2]", "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: 2 > 1"),
        ("ARRAY[1][0]", "INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1"),
        (
            "contains(ARRAY['a', 'b'], 'b'), contains(ARRAY[1, NULL], 2), contains(ARRAY[1], 2), array_position(ARRAY[5, 6], 6)",
            "true | NULL | false | 2",
        ),
        (
            "array_join(ARRAY['a', NULL, 'b'], '-'), array_join(ARRAY[1, NULL], ',', '?'), array_distinct(ARRAY[1, 1, NULL, NULL]), array_sort(ARRAY[3, NULL, 1])",
            "a-b | 1,? | [1, null] | [1, 3, null]",
        ),
        (
            "array_min(ARRAY[2, 1]), array_max(ARRAY[2, NULL]), slice(ARRAY[1, 2, 3], 2, 2), slice(ARRAY[1, 2, 3], -2, 1), sequence(1, 5, 2), sequence(3, 1)",
            "1 | NULL | [2, 3] | [2] | [1, 3, 5] | [3, 2, 1]",
        ),
        (
            "ARRAY[1] || ARRAY[2], ARRAY[1] || 2, 0 || ARRAY[1], array_union(ARRAY[1, 2], ARRAY[2, 3]), array_intersect(ARRAY[1, 2], ARRAY[2]), array_except(ARRAY[1, 2], ARRAY[2])",
            "[1, 2] | [1, 2] | [0, 1] | [1, 2, 3] | [2] | [1]",
        ),
        (
            "flatten(ARRAY[ARRAY[1], ARRAY[2, 3]]), reverse(ARRAY[1, 2]), repeat('a', 2), arrays_overlap(ARRAY[1], ARRAY[1, 2]), array_remove(ARRAY[1, 2, 1], 1)",
            "[1, 2, 3] | [2, 1] | [a, a] | true | [2]",
        ),
        ("ARRAY[], cardinality(ARRAY[]), ARRAY[ARRAY[1]] || ARRAY[2]", "[] | 0 | [[1], [2]]"),
        ("typeof(ARRAY[1, 2.5]), ARRAY[1, NULL, 2]", "array(decimal(11,1)) | [1, null, 2]"),
    ]);
}
