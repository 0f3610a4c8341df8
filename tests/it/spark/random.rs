//! Rows and expressions made by chance: NULLs, empty texts, extreme numbers, dates that are none, quotes, non-ASCII; every
//! function in every other, every join, aggregates, windows, and the rest over the same rows.
//!
//! The same seeds in every run; `PIPECTL_TEST_ALL=1` takes more seeds, rows and expressions.

use std::fmt::Write;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::conversions::field;
use super::{Bench, assert_agree};

/// How much is made.
struct Size {
    seeds: u8,
    rows: usize,
    expressions: usize,
}

fn size() -> Size {
    match std::env::var_os("PIPECTL_TEST_ALL") {
        Some(_) => Size { seeds: 8, rows: 1_500, expressions: 150 },
        None => Size { seeds: 1, rows: 150, expressions: 50 },
    }
}

/// The columns of both sources, as they are declared.
const COLUMNS: [(&str, &str); 14] = [
    ("i", "int"),
    ("a", "int"),
    ("j", "int"),
    ("l", "bigint"),
    ("d", "double"),
    ("e", "double"),
    ("p", "double"),
    ("c", "\"decimal(12,2)\""),
    ("s", "string"),
    ("u", "string"),
    ("t", "date"),
    ("z", "timestamp"),
    ("b", "boolean"),
    ("g", "\"array<string>\""),
];

fn edges(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    proptest::sample::select(texts).prop_map(str::to_string).boxed()
}

/// Texts of a column, as they stand in the file; many are NULL or do not convert.
fn values(name: &str) -> BoxedStrategy<String> {
    let broken = || edges(&["", "", "", "x", "NULL", " ", "1e", "'", "\""]);
    match name {
        "i" => prop_oneof![
            2 => edges(&["2147483647", "-2147483648", "0", "-0", "1.0", " 7 ", "2147483648"]),
            2 => any::<i32>().prop_map(|i| i.to_string()),
            1 => broken(),
        ]
        .boxed(),
        "a" | "j" => prop_oneof![5 => (-20i32..20).prop_map(|i| i.to_string()), 1 => broken()].boxed(),
        "l" => prop_oneof![
            1 => edges(&["9223372036854775807", "-9223372036854775808", "0", "9223372036854775808", "5000000000"]),
            2 => any::<i64>().prop_map(|i| i.to_string()),
            1 => broken(),
        ]
        .boxed(),
        "d" | "e" => prop_oneof![
            2 => edges(&["0", "-0.0", "1e300", "-1e300", "5e-324", "1.7976931348623157e308", "0.1", "2.5", "-2.5", "1e400", "NaN"]),
            2 => any::<f64>().prop_filter("finite", |f| f.is_finite()).prop_map(|f| format!("{f:e}")),
            3 => (-1000i32..1000).prop_map(|i| format!("{}", f64::from(i) / 8.0)),
            1 => broken(),
        ]
        .boxed(),
        // For sums: of one sign, so that no order of adding loses much.
        "p" => prop_oneof![5 => (1u32..1_000_000).prop_map(|i| format!("{}", f64::from(i) / 7.0)), 1 => Just(String::new())].boxed(),
        "c" => prop_oneof![
            1 => edges(&["9999999999.99", "-9999999999.99", "0.005", "-0.005", "1e2", "10000000000", ".5"]),
            3 => (-100_000i64..100_000).prop_map(|i| format!("{}.{:03}", i / 1000, (i % 1000).abs())),
            1 => broken(),
        ]
        .boxed(),
        "s" | "u" => prop_oneof![
            2 => edges(&["", "a", "b", "ab", "a,b", " a", "it's", "\"q\"", "%", "a%b_c\\d", "é😀ß", "[1]", "2015-06-09", "true", "7"]),
            2 => "[a-cA-C ,.%_'\"\\\\0-9éÉß😀中]{0,8}",
            1 => "[ -~]{0,12}",
        ]
        .boxed(),
        "t" => prop_oneof![
            2 => edges(&["0001-01-01", "9999-12-31", "1582-10-10", "2016-02-29", "2015-02-29", "2015-13-01", "1969-12-31", "0000-01-01"]),
            3 => (1i32..9999, 1u32..13, 1u32..32).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}")),
            2 => (2014i32..2017, 1u32..13, 1u32..29).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}")),
            1 => broken(),
        ]
        .boxed(),
        "z" => prop_oneof![
            2 => edges(&["0001-01-01", "9999-12-31 23:59:59.999999", "1969-12-31 23:59:59.9", "2015-06-09T07:08:09Z", "2015-06-09 25:00"]),
            3 => (1i32..9999, 1u32..13, 1u32..29, 0u32..24, 0u32..60, 0u32..60, 0u32..1_000_000)
                .prop_map(|(y, m, d, h, n, s, f)| format!("{y:04}-{m:02}-{d:02} {h:02}:{n:02}:{s:02}.{f:06}")),
            1 => broken(),
        ]
        .boxed(),
        "b" => edges(&["true", "false", "t", "F", "yes", "no", "1", "0", "", "on"]),
        _ => prop_oneof![
            3 => edges(&["[]", "['a', 'b', None]", "[None]", "['']", "[\"it's\", 'é😀']", "", "['a'", "[1, 2]"]),
            2 => proptest::collection::vec("[a-c]{0,2}", 0..4).prop_map(|items| format!("{items:?}")),
        ]
        .boxed(),
    }
}

/// A source's file.
fn file(runner: &mut TestRunner, rows: usize) -> String {
    let columns: Vec<BoxedStrategy<String>> = COLUMNS.iter().map(|(name, _)| values(name)).collect();
    let mut csv = COLUMNS.map(|(name, _)| name).join(",");
    csv.push('\n');
    for _ in 0..rows {
        let row = columns.iter().map(|column| field(&column.new_tree(runner).expect("a value").current()));
        let row: Vec<String> = row.collect();
        csv.push_str(&row.join(","));
        csv.push('\n');
    }
    csv
}

/// Throws, the same for a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.roll(of.len())]
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Int,
    Bigint,
    Double,
    Text,
    Truth,
    Date,
    Timestamp,
    List,
}

const KINDS: [Kind; 8] =
    [Kind::Int, Kind::Bigint, Kind::Double, Kind::Text, Kind::Truth, Kind::Date, Kind::Timestamp, Kind::List];

/// What stands alone.
fn leaf(dice: &mut Dice, kind: Kind) -> String {
    dice.pick(match kind {
        Kind::Int => &["a", "j", "a", "j", "3", "-1", "0"],
        Kind::Bigint => &["l", "l", "5000000000", "cast(a as bigint)"],
        Kind::Double => &["d", "e", "p", "d", "0.5", "-2.0", "1e3"],
        Kind::Text => &["s", "u", "s", "u", "'a'", "''", "'é😀'", "', '"],
        Kind::Truth => &["b", "b", "a > j", "s is null"],
        Kind::Date => &["t", "t", "date '2015-06-09'"],
        Kind::Timestamp => &["z", "z", "timestamp '2015-06-09 07:08:09.5'"],
        Kind::List => &["g", "g"],
    })
    .to_string()
}

/// An expression of that kind, calls in calls. Whole numbers stay small, so that nothing overflows.
fn expression(dice: &mut Dice, kind: Kind, depth: usize) -> String {
    if depth == 0 {
        return leaf(dice, kind);
    }
    let any = |dice: &mut Dice| match kind {
        Kind::List => dice.roll(3),
        _ => dice.roll(5),
    };
    let mut of = |kind: Kind| {
        let deeper = if dice.roll(3) == 0 { 0 } else { depth - 1 };
        expression(dice, kind, deeper)
    };
    use Kind::{Bigint, Date, Double, Int, List, Text, Timestamp, Truth};
    // What every kind may be.
    let common = [
        format!("coalesce({}, {})", of(kind), of(kind)),
        format!("case when {} then {} else {} end", of(Truth), of(kind), of(kind)),
        format!("case when {} then {} end", of(Truth), of(kind)),
        if kind == List { String::new() } else { format!("nullif({}, {})", of(kind), of(kind)) },
        if kind == List { String::new() } else { format!("greatest({}, {})", of(kind), of(kind)) },
    ];
    let own: Vec<String> = match kind {
        Int => vec![
            format!("({} + {})", of(Int), of(Int)),
            format!("({} - {})", of(Int), of(Int)),
            format!("({} / {})", of(Int), of(Int)),
            format!("({} % {})", of(Int), of(Int)),
            format!("abs({})", of(Int)),
            format!("-({})", of(Int)),
            format!("length({})", of(Text)),
            format!("strpos({}, {})", of(Text), of(Text)),
            format!("cardinality({})", of(List)),
            format!("year({})", of(Date)),
            format!("month({})", of(Timestamp)),
            format!("day({})", of(Date)),
            format!("quarter({})", of(Date)),
            format!("week({})", of(Timestamp)),
            format!("day_of_week({})", of(Date)),
            format!("day_of_year({})", of(Date)),
            format!("hour({})", of(Timestamp)),
            format!("minute({})", of(Timestamp)),
            format!("second({})", of(Timestamp)),
            format!("least({}, {})", of(Int), of(Int)),
        ],
        Bigint => vec![
            format!("date_diff('day', {}, {})", of(Date), of(Timestamp)),
            format!("date_diff('second', {}, {})", of(Timestamp), of(Timestamp)),
            format!("date_diff('week', {}, {})", of(Date), of(Date)),
            format!("({} % {})", of(Bigint), of(Bigint)),
            format!("cast({} as bigint)", of(Double)),
            format!("cast({} as bigint)", of(Text)),
        ],
        Double => vec![
            format!("({} + {})", of(Double), of(Double)),
            format!("({} - {})", of(Double), of(Double)),
            format!("({} * {})", of(Double), of(Double)),
            format!("({} / {})", of(Double), of(Double)),
            format!("({} % {})", of(Double), of(Double)),
            format!("abs({})", of(Double)),
            format!("floor({})", of(Double)),
            format!("ceil({})", of(Double)),
            format!("round({}, 2)", of(Double)),
            format!("sqrt({})", of(Double)),
            format!("least({}, {})", of(Double), of(Int)),
            format!("cast({} as double)", of(Text)),
        ],
        Text => vec![
            format!("lower({})", of(Text)),
            format!("upper({})", of(Text)),
            format!("trim({})", of(Text)),
            format!("ltrim({})", of(Text)),
            format!("rtrim({})", of(Text)),
            format!("reverse({})", of(Text)),
            format!("({} || {})", of(Text), of(Text)),
            format!("concat({}, {}, '-')", of(Text), of(Text)),
            format!("substr({}, {})", of(Text), of(Int)),
            format!("substr({}, {}, {})", of(Text), of(Int), of(Int)),
            format!("replace({}, {}, {})", of(Text), of(Text), of(Text)),
            format!("lpad({}, 6, {})", of(Text), of(Text)),
            format!("rpad({}, 6, {})", of(Text), of(Text)),
            format!("regexp_extract({}, '([a-c]+)[^a-c]*', 1)", of(Text)),
            format!("regexp_extract({}, '[0-9]|.b')", of(Text)),
            format!("regexp_replace({}, '([a-b])(.)', '$2$1')", of(Text)),
            format!("regexp_replace({}, '\\s+|%', '')", of(Text)),
            format!("element_at({}, 1)", of(List)),
            format!("array_join({}, {})", of(List), of(Text)),
            format!("cast({} as string)", of(Int)),
            format!("cast({} as string)", of(Truth)),
            format!("cast({} as string)", of(Date)),
            format!("cast({} as string)", of(Timestamp)),
            format!("least({}, {})", of(Text), of(Text)),
        ],
        Truth => vec![
            format!("({} and {})", of(Truth), of(Truth)),
            format!("({} or {})", of(Truth), of(Truth)),
            format!("(not {})", of(Truth)),
            format!("({} is null)", of(List)),
            format!("({} = {})", of(Int), of(Bigint)),
            format!("(i > {})", of(Int)),
            format!("({} <= {})", of(Double), of(Double)),
            format!("({} <> {})", of(Text), of(Text)),
            format!("({} < {})", of(Date), of(Timestamp)),
            format!("({} between {} and {})", of(Double), of(Int), of(Double)),
            format!("({} in ({}, 'a', {}))", of(Text), of(Text), of(Text)),
            format!("({} not in (1, {}))", of(Int), of(Int)),
            format!("({} like '%a_%')", of(Text)),
            format!("regexp_like({}, '^[a-cé]+$|\\d')", of(Text)),
            format!("starts_with({}, {})", of(Text), of(Text)),
            format!("ends_with({}, {})", of(Text), of(Text)),
            format!("contains({}, {})", of(List), of(Text)),
            format!("cast({} as boolean)", of(Text)),
        ],
        Date => vec![
            format!("cast({} as date)", of(Timestamp)),
            format!("cast({} as date)", of(Text)),
            format!("date_add('day', {}, {})", of(Int), of(Date)),
            format!("date_add('month', {}, {})", of(Int), of(Date)),
            format!("date_add('year', {}, {})", of(Int), of(Date)),
            format!("date_trunc('month', {})", of(Date)),
            format!("date_trunc('quarter', {})", of(Date)),
            format!("least({}, {})", of(Date), of(Date)),
        ],
        Timestamp => vec![
            format!("cast({} as timestamp)", of(Date)),
            format!("cast({} as timestamp)", of(Text)),
            format!("date_add('hour', {}, {})", of(Int), of(Timestamp)),
            format!("date_add('month', {}, {})", of(Int), of(Timestamp)),
            format!("date_add('week', {}, {})", of(Int), of(Timestamp)),
            format!("date_trunc('week', {})", of(Timestamp)),
            format!("date_trunc('minute', {})", of(Timestamp)),
            format!("least({}, {})", of(Timestamp), of(Date)),
        ],
        List => vec![
            format!("split({}, 'a')", of(Text)),
            format!("regexp_split({}, '[ ,]+|b')", of(Text)),
            format!("cast({} as array<string>)", of(Text)),
        ],
    };
    match dice.roll(4) {
        0 => common[any(dice)].clone(),
        _ => own[dice.roll(own.len())].clone(),
    }
}

/// Tables over the rows that need no chance.
const TABLES: &str = r#"  inner: { steps: [{ source: x }, { join: { source: y, on: { s: u }, select: [l, t], prefix: y_ } }] }
  left: { steps: [{ source: x }, { join: { source: y, on: [a, b], how: left, select: [d], prefix: y_ } }] }
  right: { steps: [{ source: x }, { select_fields: [t, i, g] }, { join: { source: y, on: [t], how: right, select: [s], prefix: y_ } }] }
  full: { steps: [{ source: x }, { select_fields: [d, z] }, { join: { source: y, on: [z], how: full, select: [c] } }] }
  semi: { steps: [{ source: x }, { join: { source: y, on: [c], how: semi } }] }
  anti: { steps: [{ source: x }, { join: { source: y, on: { s: s, a: j }, how: anti } }] }
  united: { steps: [{ source: x }, { drop_fields: [g] }, { union: { with: [y, left], allow_missing: true } }] }
  firsts: { steps: [{ source: x }, { drop_duplicates: { by: [a, b], order_by: [s desc, d, z desc] } }] }
  known: { steps: [{ source: x }, { drop_null_rows: [a, d, s] }, { fill_missing_values: { l: 0, t: 1970-01-01, b: false, c: -0.5 } }] }
  groups:
    steps:
      - source: x
      - aggregate:
          by: [a, b]
          values: { n: count(*), ls: sum(l / 1000), is: sum(i), mi: avg(i), ml: avg(l / 1000), cs: sum(c), p_approx: sum(p), mp_approx: avg(p), ds: count(distinct d), ss: count(distinct s), lo: min(d), hi: max(d), first: min(s), last: max(u), t0: min(t), z1: max(z), all_b: bool_and(b), any_b: bool_or(b), mid_approx: median(p), dev_approx: stddev(j) }
  of_texts: { steps: [{ source: x }, { aggregate: { by: [s, t], values: { n: count(*), d: max(e) } } }] }
  of_doubles: { steps: [{ source: x }, { aggregate: { by: [d], values: { n: count(*), least: min(s) } } }] }
  longer: { steps: [{ source: x }, { select_fields: [s, i, l, d] }, { unpivot: { columns: [i, l, d], name: what, value: v } }] }
  wider: { steps: [{ source: x }, { pivot: { by: [b], column: s, values: { va: a, vb: b, ab: "a,b", quoted: "\"q\"" }, value: max(l) } }] }
  exploded: { steps: [{ source: x }, { select_fields: [s, g] }, { explode: { column: g, as: item, outer: true } }] }
  parts: { steps: [{ source: x }, { select_fields: [s] }, { split_string: { column: s, pattern: "[ ,.]|a+", into: part } }, { explode: { column: part } }] }
  windows: { sql: data/sql/windows.sql }
  selected: { sql: data/sql/selected.sql }
  checked:
    steps: [{ source: x }]
    partition_by: [a]
    checks:
      - { unique: [s], severity: warn }
      - { unique: [a, b, d], severity: warn }
      - { not_null: [i, d, s], severity: warn }
      - { accepted_values: { s: [a, b], d: [0, 0.1] }, severity: warn }
      - { between: { t: [1900-01-01, 2100-01-01], c: [-1, 1] }, severity: warn }
      - { matches: { s: "[a-c]*|.*é.*", u: '\w+' }, severity: warn }
      - { references: { s: inner.s, d: y.d, t: checked.t, l: y.l }, severity: warn }
      - { expression: "length(s) > 3 or d < 0", severity: warn }
"#;

const WINDOWS: &str = "select s, i, l, row_number() over (partition by a order by s) as place, rank() over (partition by b order by d) as r,\n\
    dense_rank() over (order by t desc) as dr, lag(s, 2) over (partition by a order by z) as before, lead(d) over (order by l) as behind,\n\
    sum(i) over (partition by b order by s rows between 3 preceding and current row) as some, sum(a) over (partition by s) as total,\n\
    count(*) over (partition by a) as n, min(d) over (partition by a order by z desc) as least, max(u) over (order by i) as most,\n\
    avg(a) over (partition by b order by t) as mean from x";

const SELECTED: &str = "with small as (select a, b, count(*) as n, max(d) as d from x where a is not null group by a, b having count(*) > 1),\n\
    all_of as (select s, a from x union all select u, j from y where b)\n\
    select distinct q.s, small.n, small.d, coalesce(small.b, false) as b from all_of as q left join small on small.a = q.a\n\
    order by q_order limit 200";

pub fn benches() -> Vec<(String, Bench)> {
    let size = size();
    (0..size.seeds).map(|seed| (format!("chance {seed}"), bench(seed, &size))).collect()
}

fn bench(seed: u8, size: &Size) -> Bench {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (x, y) = (file(&mut runner, size.rows), file(&mut runner, size.rows / 2));
    let mut dice = Dice(u64::from(seed) + 1);
    let columns = COLUMNS.map(|(name, to)| format!("{name}: {{ type: {to}, max_cast_loss: 1 }}")).join(", ");
    let mut manifest = String::from("sources:\n");
    for source in ["x", "y"] {
        let _ = writeln!(manifest, "  {source}: {{ path: data/{source}/, format: csv, columns: {{ {columns} }} }}");
    }
    manifest.push_str("tables:\n");
    manifest.push_str(TABLES);
    manifest.push_str("  expressions:\n    steps:\n      - source: x\n      - derived_column:\n");
    for number in 0..size.expressions {
        let text = expression(&mut dice, KINDS[number % KINDS.len()], 3);
        let _ = writeln!(manifest, "          x{number}: {}", serde_json::json!(text));
    }
    for number in 0..4 {
        let text = expression(&mut dice, Kind::Truth, 3);
        let _ = writeln!(
            manifest,
            "  filtered_{number}: {{ steps: [{{ source: x }}, {{ filter: {} }}] }}",
            serde_json::json!(text)
        );
    }
    let selected = SELECTED.replace("order by q_order", "order by n desc, s");
    let files = [
        ("x/a.csv", x.as_bytes()),
        ("y/a.csv", y.as_bytes()),
        ("sql/windows.sql", WINDOWS.as_bytes()),
        ("sql/selected.sql", selected.as_bytes()),
    ];
    Bench::new(&manifest, &files)
}

#[test]
fn rows_and_expressions_of_chance_agree() {
    for seed in 0..size().seeds {
        assert_agree(&format!("chance {seed}"));
    }
}
