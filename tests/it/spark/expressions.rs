//! Every operator and function of portable SQL, over values at the edges.

use super::conversions::field;
use super::{Bench, assert_agree, assert_refused};

/// A column's name, type and values.
type Values = (&'static str, &'static str, &'static [&'static str]);

/// The columns of the source: name, type, values (the row after the last one is NULL in it).
const COLUMNS: [Values; 13] = [
    ("i", "int", &["0", "1", "-7", "7", "2147483647", "-2147483648", "100"]),
    ("j", "int", &["3", "0", "2", "-2", "-1", "-1", "7"]),
    (
        "l",
        "bigint",
        &["0", "-9223372036854775808", "9223372036854775807", "5000000000", "-5", "1", "9223372036854775807"],
    ),
    ("k", "bigint", &["1", "-1", "0", "-3", "9223372036854775807", "10", "-2"]),
    ("a", "int", &["1", "-20000", "30000", "7", "0", "-1", "46340"]),
    (
        "d",
        "double",
        &[
            "0",
            "-0.0",
            "1.5",
            "-2.5",
            "1e300",
            "0.1",
            "2.675",
            "-0.4",
            "9007199254740993",
            "1e18",
            "-1e19",
            "1.005",
            "0.5",
            "4.35",
            "1e-7",
        ],
    ),
    ("e", "double", &["3", "0", "-0.0", "2", "1e300", "0.2", "-1", "0.25", "7", "1e-300", "10"]),
    ("f", "float", &["0.1", "-0.0", "16777216", "2.5"]),
    ("s", "string", &["abc", " pad ", "é😀ß", "a%b_c\\d", "İSTANBUL ΑΣ", "Ǆ ﬁ ŉ", "x\ty", "aaa", "", "B", "a"]),
    ("u", "string", &["b", "pad", "😀", "%", "İ", "", "\t", "a", "x", "a", "B"]),
    ("t", "date", &["2015-06-09", "0001-01-01", "9999-12-31", "1582-10-10", "2016-02-29", "1969-12-31"]),
    (
        "z",
        "timestamp",
        &[
            "2015-06-09 07:08:09.123456",
            "0001-01-01",
            "9999-12-31 23:59:59.999999",
            "1969-12-31 23:59:59.9",
            "2015-06-09",
        ],
    ),
    ("g", "array<string>", &["['a', 'b', None]", "[]", "['', 'B', 'a']", "[None]", "['x']"]),
];

const EXPRESSIONS: &[&str] = &[
    // Whole numbers: no overflow here.
    "a + j",
    "a - j",
    "a * j",
    "j - a - a",
    "-a",
    "i / j",
    "i % j",
    "l / k",
    "l % k",
    "l / 2",
    "i / 0",
    "i % 0",
    "abs(a)",
    "abs(j) * a",
    "a * 46340",
    "a + 5000000000",
    "cast(i as bigint) * i",
    "cast(i as bigint) + l / 4",
    "-(cast(i as bigint))",
    "(a + 1) * (j - 2) / 3 % 5",
    "a + j + a + j + a + j + a + j",
    "i - 0",
    "l + 0",
    "l * 1",
    "0 - a",
    // Doubles.
    "d + e",
    "d - e",
    "d * e",
    "d / e",
    "d % e",
    "-d",
    "abs(d)",
    "d / 0",
    "d % 0",
    "i / 2.0",
    "d * i",
    "l + 0.5",
    "f + 1",
    "f * d",
    "d / 3",
    "floor(d)",
    "ceil(d)",
    "floor(-d)",
    "ceil(d / e)",
    "floor(i)",
    "round(d)",
    "round(d, 2)",
    "round(d, 15)",
    "round(e, 1)",
    "round(i / 7.0, 3)",
    "round(-d, 2)",
    "round(d * 1e8, 2)",
    "floor(d * 1e300)",
    "floor(l)",
    "ceil(f)",
    // Comparison, with NULLs and zeros of both signs.
    "i = j",
    "i <> j",
    "i < j",
    "i <= j",
    "i > j",
    "i >= j",
    "i = l",
    "d = e",
    "d < e",
    "d >= e",
    "d = -d",
    "-0.0 = 0.0",
    "d <> 0",
    "f = 0.1",
    "s = u",
    "s < u",
    "s >= 'a'",
    "t = date '2015-06-09'",
    "t < date '1970-01-01'",
    "z > timestamp '2000-01-01 00:00:00'",
    "t = z",
    "t <= z",
    "i = 1 or j = 0",
    "i = 1 and j = 0",
    "not (i = 1)",
    "not (i = 1 and j > 0)",
    "i between -1 and 10",
    "i not between -1 and 10",
    "d between 0 and 2",
    "s between 'a' and 'b'",
    "true and i = 1",
    "false or i = 1",
    "i is null",
    "i is not null",
    "s is null or s = ''",
    "(i = 1) is null",
    "(i = j) = (a = j)",
    "i in (1, 7, 100)",
    "i not in (1, 7)",
    "i in (1, null)",
    "i not in (1, null)",
    "s in ('abc', 'B')",
    "d in (0, 1.5)",
    "l in (5, 5000000000)",
    "t in (date '2015-06-09')",
    "s in (u, 'B')",
    "s like 'a%'",
    "s like '%a'",
    "s like '_bc'",
    "s like '%\\%%'",
    "s like '%\\_c\\\\d'",
    "s like ''",
    "s like '%'",
    "s like 'É%'",
    "s like 'x_y'",
    "s like '_😀_'",
    "s not like '%a%'",
    "s like 'a.c'",
    "s like '[a-z]%'",
    "s like 'ABC'",
    // Choice.
    "case when i > 0 then 'plus' when i < 0 then 'minus' else 'zero' end",
    "case when i is null then 'none' end",
    "case j when 0 then 'zero' when 2 then 'two' end",
    "case when i > 0 then l else i end",
    "case when d > 0 then d else i end",
    "case when j <> 0 then i / j else 0 end",
    "case when i = 1 then null else s end",
    "coalesce(i, j, 0)",
    "coalesce(l, i)",
    "coalesce(s, u, 'none')",
    "coalesce(d, i, 0)",
    "coalesce(t, date '1970-01-01')",
    "coalesce(g, cast('[]' as array<string>))",
    "nullif(i, j)",
    "nullif(s, 'abc')",
    "nullif(d, 0)",
    "nullif(d, e)",
    "nullif(i, 0) / j",
    // Dates and times.
    "year(t)",
    "month(t)",
    "day(t)",
    "year(z)",
    "month(z)",
    "day(z)",
    "year(cast(s as date))",
    "cast(t as timestamp)",
    "cast(z as date)",
    "date '2015-06-09'",
    "timestamp '2015-06-09 07:08:09.5'",
    "coalesce(z, t)",
    "cast(t as string)",
    "cast(z as string)",
    // Texts.
    "lower(s)",
    "upper(s)",
    "trim(s)",
    "length(s)",
    "length(trim(s))",
    "s || u",
    "s || '-' || u || '-' || s",
    "concat(s, u)",
    "concat(s, '|', u, '|')",
    "replace(s, 'a', 'xy')",
    "replace(s, '', 'x')",
    "replace(s, u, '')",
    "replace(s, '.', '')",
    "substr(s, 1, 2)",
    "substr(s, 2)",
    "substr(s, 0)",
    "substr(s, 0, 2)",
    "substr(s, -1)",
    "substr(s, 2, 0)",
    "substr(s, 2, -1)",
    "substr(s, j)",
    "substr(s, j, j)",
    "substr(s, 2, i)",
    "substr(s, i, a)",
    "substr(s, 99)",
    "substr(s, 2147483647, 2147483647)",
    "substr('literal', j, 2)",
    "'it''s \\n \"quoted\" é😀'",
    "upper(substr(s, 1, 1)) || lower(substr(s, 2))",
    "''",
    "length('')",
    // Lists.
    "cardinality(g)",
    "element_at(g, 1)",
    "element_at(g, 3)",
    "element_at(g, 2147483647)",
    "contains(g, 'a')",
    "contains(g, s)",
    "contains(g, null)",
    "contains(g, '')",
    "cardinality(cast('[1, 2]' as array<int>))",
    "element_at(cast(s as array<string>), 1)",
    // Casts inside expressions.
    "cast(s as int)",
    "cast(i as string)",
    "cast(d as int)",
    "cast(d as decimal(10,2))",
    "cast(cast(d as decimal(10,2)) as string)",
    "cast(i as decimal(10,0)) = cast(j as decimal(12,2))",
    "cast(u as boolean)",
    "cast(null as int)",
    "cast(null as array<string>)",
    "cast('2015' as int) + a",
    "1",
    "5000000000",
    "1.5",
    "1e3",
    "true",
    "cast('x' as date) is null",
];

/// Expressions that overflow on a row of the source.
const OVERFLOWS: [&str; 12] =
    ["i + j", "i - j", "i * j", "i / j", "l + k", "l - k", "l * k", "l / k", "-i", "-l", "abs(i)", "abs(l)"];

pub fn benches() -> Vec<(String, Bench)> {
    let named: Vec<(String, &str)> =
        EXPRESSIONS.iter().enumerate().map(|(n, expression)| (format!("x{n}"), *expression)).collect();
    // The least numbers by -1 are for the overflows.
    let safe = "      - filter: i is null or i <> -2147483648 or j <> -1\n      - filter: l is null or l > -9223372036854775808 or k <> -1\n";
    let mut benches = vec![("expressions".to_string(), bench(&COLUMNS, safe, &named))];
    for expression in OVERFLOWS {
        // One row that overflows.
        let row = match expression {
            "i - j" => "i = 2147483647",
            "i + j" | "i * j" | "i / j" | "-i" | "abs(i)" => "i = -2147483648",
            "l - k" => "l = 9223372036854775807",
            _ => "l = cast('-9223372036854775808' as bigint)",
        };
        let bench = bench(&COLUMNS[..4], &format!("      - filter: {row}\n"), &[("x".to_string(), expression)]);
        benches.push((format!("overflow of {expression}"), bench));
    }
    benches
}

fn bench(columns: &[Values], steps: &str, expressions: &[(String, &str)]) -> Bench {
    let rows = columns.iter().map(|(.., values)| values.len()).max().unwrap() + 1;
    let row = |row: usize| -> Vec<String> {
        columns.iter().map(|(.., values)| values.get(row).map(|value| field(value)).unwrap_or_default()).collect()
    };
    let names: Vec<&str> = columns.iter().map(|(name, ..)| *name).collect();
    let mut csv = format!("{}\n", names.join(","));
    (0..rows).for_each(|number| csv.push_str(&format!("{}\n", row(number).join(","))));
    let columns: Vec<String> = columns.iter().map(|(name, to, _)| format!("{name}: \"{to}\"")).collect();
    let derived: String = expressions
        .iter()
        .map(|(name, expression)| format!("          {name}: {}\n", serde_json::json!(expression)))
        .collect();
    let manifest = format!(
        "sources:\n  edges: {{ path: data/edges/, format: csv, columns: {{ {} }} }}\n\
         tables:\n  values:\n    steps:\n      - source: edges\n{steps}      - derived_column:\n{derived}",
        columns.join(", ")
    );
    Bench::new(&manifest, &[("edges/a.csv", csv.as_bytes())])
}

#[test]
fn expressions_agree() {
    assert_agree("expressions");
}

#[test]
fn overflow_is_an_error_on_both() {
    for expression in OVERFLOWS {
        let (error, _, spark) = assert_refused(&format!("overflow of {expression}"));
        assert_eq!(error.code(), "overflow", "{expression}");
        assert!(spark.error.as_ref().is_some_and(|text| text.contains("out of range")), "{expression}: {spark:?}");
    }
}
