//! The conversion table: texts to every type, and every type to every other that it may become.

use pipectl::flow::conversion::allowed;
use pipectl::flow::types::DataType;

use super::{Bench, assert_agree};

/// Types that texts are converted to.
const TARGETS: [&str; 21] = [
    "boolean",
    "int",
    "bigint",
    "float",
    "double",
    "decimal(4,2)",
    "decimal(38,0)",
    "decimal(38,38)",
    "date",
    "timestamp",
    "array<string>",
    "array<boolean>",
    "array<int>",
    "array<double>",
    "array<decimal(10,3)>",
    "array<date>",
    "array<timestamp>",
    "array<array<int>>",
    "array<struct<a:string>>",
    "struct<a:int,b:array<string>,c:struct<d:date>>",
    "struct<a:string>",
];

const FORMATS: [&str; 6] = ["yyyy", "yyyy-MM", "yyyyMMdd", "dd.MM.yyyy", "MM/dd/yyyy", "dd/MM/yyyy"];

/// Texts that one engine or another is known to read in its own way, and their neighbours.
const TEXTS: &[&str] = &[
    "",
    " ",
    "\t",
    "\u{a0}1",
    "abc",
    "NULL",
    "null",
    "None",
    "NaN",
    "Infinity",
    "-inf",
    "nan",
    // Truths.
    "true",
    "TRUE",
    "t",
    "T",
    "yes",
    "YES",
    "y",
    "1",
    " true ",
    "false",
    "f",
    "no",
    "N",
    "0",
    "on",
    "off",
    "2",
    "yeſ",
    "tru",
    // Whole numbers.
    "250",
    "+7",
    "-0",
    "00012",
    "250.0",
    "250.",
    "250.9",
    "-250.000",
    ".0",
    "1e3",
    "0x1F",
    "1_000",
    "1,000",
    "1 2",
    "٣",
    "٣٤",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "9223372036854775807.0",
    "000000000000000000000000000000000000000001",
    "12345678901234567890123456789012345678",
    "99999999999999999999999999999999999999",
    "100000000000000000000000000000000000000",
    "--5",
    "+-5",
    "5-",
    "+",
    // Fractions.
    "1.5",
    ".5",
    "5.",
    "-1E-3",
    "1e+3",
    "1E400",
    "-1e400",
    "1e-400",
    "1.5f",
    "1.5d",
    "1.5L",
    ".",
    "-.",
    "e5",
    "1e",
    "1.7976931348623157e308",
    "1.7976931348623159e308",
    "4.9e-324",
    "2e-324",
    "2.2250738585072012e-308",
    "-0.0",
    "0.1",
    "0.30000000000000004",
    "3.4028235e38",
    "3.4028236e38",
    "1e39",
    "16777217",
    "9007199254740993",
    "1.00000017881393432617187499",
    "1.005",
    "-1.005",
    "1.0049999999999999999999999999999999999999",
    "1.00500000000000000000000000000000000000001",
    "99.994",
    "99.995",
    "99.99499999999999999999999999999999999999999999",
    "-99.995",
    "100",
    "2.675",
    "0.005",
    "0.0049",
    "0.99999999999999999999999999999999999999",
    "0.999999999999999999999999999999999999994",
    "0.999999999999999999999999999999999999995",
    ".00000000000000000000000000000000000001",
    "12345678901234567890.5",
    // Dates and times.
    "2015",
    "2015-06",
    "201506",
    "20150609",
    "2015-06-09",
    "2015-6-9",
    "2015-06-9",
    "15-06-09",
    "2015/06/09",
    "09.06.2015",
    "06/09/2015",
    "31/12/2015",
    "12/31/2015",
    "31.02.2015",
    "20150230",
    "2015-13",
    "0000",
    "10000",
    "0001",
    "9999",
    "2015-00",
    "2015-06-09 00:00:00 UTC",
    "2015-06-09 abc",
    "2015-06-09T23:59:59.999999999-05:00",
    "2015-06-09 ",
    "2015-06-09T",
    "2015-06-09 7:08",
    "1500-02-29",
    "1500-02-28",
    "1582-10-10",
    "1582-10-04",
    "1883-11-18 12:03:58",
    "1899-12-31 23:59:59.999999",
    "1969-12-31 23:59:59.9999999",
    "0001-01-01",
    "0000-01-01",
    "9999-12-31",
    "10000-01-01",
    "2015-02-30",
    "2016-02-29",
    "1900-02-29",
    "2000-02-29",
    "2015-00-10",
    "2015-01-32",
    "2015-06-09 07:08",
    "2015-06-09 07:08 UTC",
    "2015-06-09T07:08Z",
    "2015-06-09 07:08+05:30",
    "2015-06-09T07:08:09.5Z",
    "2015-06-09 07:08:09.123456789",
    "2015-06-09 07:08:09.1234567891",
    "2015-06-09 07:08:09.",
    "2015-06-09 07:08:60",
    "2015-06-09 24:00",
    "2015-06-09 23:60",
    "2015-06-09 00:30:00 +05:30",
    "2015-06-09 00:30:00-00:30",
    "2015-06-09 00:30:00+14:59",
    "2015-06-09 00:30:00-14:59",
    "2015-06-09 00:30:00+15:00",
    "2015-06-09 00:30:00+0530",
    "2015-06-09 00:30:00+05",
    "2015-06-09 00:30:00  UTC",
    "2015-06-09 00:30:00 utc",
    "2015-06-09 00:30:00 GMT",
    "2015-06-09 00:30:00 CET",
    "2015-06-09 00:30:00 America/New_York",
    "0001-01-01 00:00+01:00",
    "0001-01-01 00:00-01:00",
    "9999-12-31 23:59-00:01",
    "9999-12-31 23:59:59.999999",
    "9999-12-31 23:59+00:01",
    "2015-03-29 02:30",
    "2015-06-09  07:08",
    "now",
    "today",
    "epoch",
    "-2015-06-09",
    "+2015-06-09",
    "12:30",
    // Lists.
    "[]",
    "[ ]",
    "[,]",
    "[",
    "]",
    "a, b",
    "('a',)",
    "{'a'}",
    "[a]",
    "[nan]",
    "[[1]]",
    "[{}]",
    "['a'] x",
    "['a' 'b']",
    "['a',,'b']",
    "['a'",
    "['a]",
    "['a', 'b']",
    "[\"a\", 'b c', \"it's\", 'say \"x\"']",
    "[ 'a' , 'b' , ]",
    "['']",
    "['', None]",
    "[None, null]",
    "['None', 'null']",
    "['a',\n 'b']",
    r"['Beyonc\u00e9', 'a\'b', '\\n', '\x41\n', '\/']",
    r#"["\ud83d\ude00"]"#,
    r#"["\ud83d"]"#,
    r#"["\ude00\ud83d"]"#,
    r"['\u12']",
    r"['\q']",
    r"['\x4']",
    r"['a\']",
    r"['\b\f\n\r\t\x00z']",
    r"['\\']",
    r"['\\\'']",
    "['é😀', 'ﬁ']",
    r"['\ufeffx', '\uffff']",
    // Structs, and lists in lists.
    "[[1, '2'], None, []]",
    "[[1, 'x']]",
    "[[1],]",
    "[[1] [2]]",
    "[[[1]]]",
    "{'a': 1}",
    "{}",
    r#"{"A": "7", "b": ["x", null], "c": {"d": "2015-06-09", "e": [{}]}, "z": {"a": {}}}"#,
    r#"{"a": 1, "b": [1, true], "c": {"d": "2015"}}"#,
    r#"{"a": 1, "A": 1}"#,
    r#"{"z": 1, "z": 1}"#,
    r#"{"z": 1, "Z": 1}"#,
    r#"{"a": "\ud83d\ude00", 'b': None, "c": None,}"#,
    r#"{"a": "\ud83d"}"#,
    "{'a': ''}",
    "{'a': True}",
    "{'a': [1]}",
    "{'a': {}}",
    "{'a': 1.50}",
    "{'a': 250.0}",
    "{a: 1}",
    "{1: 1}",
    "{'a' 1}",
    "{'a': }",
    "{,}",
    "{'a': 1",
    "{'a': 1}}",
    " {\t'a'\n:\r1 } ",
    "{'a': 1} x",
    "[{'a': 'x'}, null, {}]",
    "[{'a': 'x'}, 1]",
    "[{'a': 'é 😀'}]",
    "['[', ']', ',']",
    "[1, -2.5e3, True,]",
    "[1, 2.0, '3', None]",
    "[1, 'x']",
    "[1, 99999999999]",
    "[1.5, .5, 5., 1e400]",
    "[1.2.3]",
    "[1 2]",
    "[True, false, 'yes', 1, 0]",
    "['2015-06-09', '2015-06-10 07:08 UTC', None]",
    "['2015-06-09', '2015-02-30']",
    "['1.2345', 1.2344, '9999999.9995']",
    "[TRUE]",
    "[+1, -1, +-1]",
];

pub fn benches() -> Vec<(String, Bench)> {
    vec![("texts".to_string(), texts()), ("typed values".to_string(), typed())]
}

/// A text as a CSV field.
pub fn field(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn texts() -> Bench {
    let mut csv = String::from("id,text\n");
    for (id, text) in TEXTS.iter().enumerate() {
        csv.push_str(&format!("{id},{}\n", field(text)));
    }
    let mut long = vec![
        format!("[{}]", "{'a': 'x'}, ".repeat(3_000)),
        format!("[{}]", "'x', ".repeat(6_000)),
        format!("['{}']", "\\n".repeat(6_000)),
        "9".repeat(5_000),
    ];
    long.push(format!("0.{}1", "0".repeat(5_000)));
    for (place, text) in long.iter().enumerate() {
        csv.push_str(&format!("{},{}\n", TEXTS.len() + place, field(text)));
    }
    let mut names: Vec<(String, String)> = Vec::new();
    for (place, to) in TARGETS.iter().enumerate() {
        names.push((format!("c{place}"), format!("\"{to}\"")));
    }
    for (place, format) in FORMATS.iter().enumerate() {
        names.push((format!("f{place}"), format!("{{ type: date, format: \"{format}\" }}")));
    }
    let copies: String = names.iter().map(|(name, _)| format!("          {name}: text\n")).collect();
    let changes: String = names.iter().map(|(name, to)| format!("          {name}: {to}\n")).collect();
    // The parser of expressions knows no structs.
    let castable = TARGETS.iter().enumerate().filter(|(_, to)| !to.contains("struct"));
    let casts: String = castable.map(|(n, to)| format!("          e{n}: cast(text as {to})\n")).collect();
    let manifest = format!(
        "sources:\n  texts: {{ path: data/texts/, format: csv, multiline: true }}\n\
         tables:\n  converted:\n    max_cast_loss: 1\n    steps:\n      - source: texts\n      \
         - derived_column:\n{copies}{casts}      - change_schema:\n{changes}      - drop_fields: [text]\n"
    );
    Bench::new(&manifest, &[("texts/a.csv", csv.as_bytes())])
}

/// Columns of every type, with values at the edges.
const TYPED: [(&str, &str, &[&str]); 12] = [
    ("s", "string", &["x", " ", "2015-06-09", "1"]),
    ("b", "boolean", &["true", "false"]),
    ("i", "int", &["0", "-1", "100", "2147483647", "-2147483648", "16777217"]),
    (
        "l",
        "bigint",
        &["0", "7", "2147483648", "-2147483649", "9223372036854775807", "-9223372036854775808", "9007199254740993"],
    ),
    ("f", "float", &["0.1", "1.5", "-0.0", "3.4028235e38", "1e-45", "16777216", "2.5", "0.005"]),
    (
        "d",
        "double",
        &[
            "0.1",
            "1.005",
            "-0.0",
            "1e308",
            "5e-324",
            "250",
            "2.5",
            "-3.5",
            "2147483648",
            "9223372036854775807",
            "9.3e18",
            "-9223372036854775808",
            "1e20",
            "123456789.123456789",
            "3.4028235677973366e38",
            "1e-7",
            "99.995",
            "1e22",
            "0.30000000000000004",
        ],
    ),
    ("m", "decimal(10,2)", &["0", "0.05", "-0.05", "12345678.90", "99999999.99", "-99999999.99", "7", "99.99"]),
    (
        "n",
        "decimal(38,10)",
        &[
            "0",
            "0.0000000001",
            "1.005",
            "-9999999999999999999999999999.9999999999",
            "9223372036854775807",
            "9223372036854775808",
            "9223372036854775807.5",
            "3",
        ],
    ),
    ("w", "decimal(38,0)", &["0", "99999999999999999999999999999999999999", "-7", "9223372036854775808", "2147483647"]),
    (
        "g",
        "decimal(38,30)",
        &["0", "1.5", "-99999999.999999999999999999999999999999", "3", "0.000000000000000000000000000001"],
    ),
    ("t", "date", &["2015-06-09", "0001-01-01", "9999-12-31", "1582-10-10", "1969-12-31"]),
    (
        "z",
        "timestamp",
        &[
            "2015-06-09 07:08:09.123456",
            "0001-01-01 00:00:00",
            "9999-12-31 23:59:59.999999",
            "1969-12-31 23:59:59.9",
            "1899-01-01 12:00",
        ],
    ),
];

const INTO: [&str; 13] = [
    "string",
    "boolean",
    "int",
    "bigint",
    "float",
    "double",
    "decimal(4,2)",
    "decimal(38,0)",
    "decimal(38,38)",
    "decimal(12,4)",
    "date",
    "timestamp",
    "decimal(10,2)",
];

fn typed() -> Bench {
    let rows = TYPED.iter().map(|(_, _, values)| values.len()).max().unwrap() + 1;
    let mut csv = format!("{}\n", TYPED.map(|(name, ..)| name).join(","));
    for row in 0..rows {
        // The row after the last value is NULL.
        let values = TYPED.map(|(_, _, values)| values.get(row).map(|value| field(value)).unwrap_or_default());
        csv.push_str(&format!("{}\n", values.join(",")));
    }
    let columns: Vec<String> = TYPED.iter().map(|(name, to, _)| format!("{name}: \"{to}\"")).collect();
    let (mut copies, mut changes, mut casts) = (String::new(), String::new(), String::new());
    for (name, from, _) in &TYPED {
        for (place, to) in INTO.iter().enumerate() {
            let (from, into): (DataType, DataType) = (from.parse().unwrap(), to.parse().unwrap());
            if allowed(&from, &into) {
                copies.push_str(&format!("          {name}_{place}: {name}\n"));
                changes.push_str(&format!("          {name}_{place}: \"{to}\"\n"));
                casts.push_str(&format!("          {name}_e{place}: cast({name} as {to})\n"));
            }
        }
    }
    let manifest = format!(
        "sources:\n  typed: {{ path: data/typed/, format: csv, columns: {{ {} }} }}\n\
         tables:\n  converted:\n    max_cast_loss: 1\n    steps:\n      - source: typed\n      \
         - derived_column:\n{copies}{casts}      - change_schema:\n{changes}",
        columns.join(", ")
    );
    Bench::new(&manifest, &[("typed/a.csv", csv.as_bytes())])
}

#[test]
fn texts_convert_alike() {
    assert_agree("texts");
}

#[test]
fn typed_values_convert_alike() {
    assert_agree("typed values");
}
