//! Sources of JSON lines and Parquet, packed sources, and rows of the wrong shape.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::support::python;
use super::{Bench, assert_agree, assert_refused, run};

const TABLE: &str = "tables:\n  t:\n    steps:\n      - source: s\n";
const JSON: &str = "sources:\n  s:\n    path: data/s/\n    format: json\n    columns:\n      id: int\n      name: string\n      \
    price: { type: \"decimal(10,2)\", max_cast_loss: 1 }\n      at: { type: timestamp, max_cast_loss: 1 }\n      \
    tags: { type: \"array<string>\", max_cast_loss: 1 }\n      \
    row: { type: \"struct<a:int,b:array<struct<c:date>>>\", max_cast_loss: 1 }\n      yes: { type: boolean, max_cast_loss: 1 }\n";
const GOOD_JSON: &[u8] = b"{\"id\":1,\"name\":\"a\",\"price\":1,\"at\":null,\"tags\":[],\"row\":{},\"yes\":true}\n";
const CSV: &str = "sources:\n  s: { path: data/s/, format: csv, columns: { id: int, name: string } }\n";

/// Lines that no engine may read as if nothing were wrong.
const BAD_LINES: [(&str, &[u8]); 16] = [
    ("no object", b"[1]"),
    ("a number", b"1"),
    ("two objects", b"{\"id\":1}{\"id\":2}"),
    ("half an object", b"{\"id\":1"),
    ("a name twice", b"{\"id\":1,\"id\":2}"),
    ("a name twice inside", b"{\"id\":1,\"z\":[{\"a\":1,\"a\":2}]}"),
    ("a column in two spellings", b"{\"id\":1,\"ID\":2}"),
    ("single quotes", b"{'id':1}"),
    ("a comma at the end", b"{\"id\":1,}"),
    ("not a number", b"{\"id\":NaN}"),
    ("a bare word", b"{\"id\":None}"),
    ("a leading zero", b"{\"id\":01}"),
    ("a tab in a text", b"{\"name\":\"a\tb\"}"),
    ("half a surrogate pair", b"{\"z\":\"\\ud83d\"}"),
    ("not UTF-8", b"{\"name\":\"caf\xe9\"}"),
    ("an escape of Python", b"{\"name\":\"\\x41\"}"),
];

/// Files that fail a run, with the embedded engine's code.
fn refused() -> Vec<(String, Bench, &'static str)> {
    let json =
        |files: &[(&str, &[u8])]| Bench::new(&format!("{JSON}{TABLE}"), &[("s/a.json", GOOD_JSON)]).staged(files);
    let csv =
        |files: &[(&str, &[u8])]| Bench::new(&format!("{CSV}{TABLE}"), &[("s/a.csv", b"id,name\n")]).staged(files);
    let mut cases: Vec<(String, Bench, &'static str)> = BAD_LINES
        .iter()
        .map(|(name, line)| {
            let text = [GOOD_JSON, line, b"\n"].concat();
            (format!("JSON with {name}"), json(&[("s/a.json", &text)]), "malformed-json")
        })
        .collect();
    let deep = format!("{{\"id\":1,\"z\":{}{}}}\n", "[".repeat(150), "]".repeat(150));
    let cut = &packed(b"id,name\n1,a\n")[..20];
    cases.extend([
        ("deep JSON".to_string(), json(&[("s/a.json", &[GOOD_JSON, deep.as_bytes()].concat())]), "malformed-json"),
        ("JSON without a column".to_string(), json(&[("s/a.json", b"{\"id\":1,\"nmae\":2}\n")]), "missing-column"),
        ("a packed file that is cut off".to_string(), csv(&[("s/a.csv.gz", cut)]), "invalid-gzip"),
        ("a packed file that is none".to_string(), csv(&[("s/a.csv.gz", b"id,name\n1,a\n")]), "invalid-gzip"),
        ("a file packed otherwise".to_string(), csv(&[("s/a.csv.bz2", b"id,name\n1,a\n")]), "compressed-source"),
        ("a packed file in capitals".to_string(), csv(&[("s/a.csv.GZ", b"id,name\n1,a\n")]), "compressed-source"),
    ]);
    let lenient = |lines: &str, bytes: &[u8]| {
        let manifest = format!("{}{TABLE}", CSV.replace("format: csv", &format!("format: csv, {lines}")));
        Bench::new(&manifest, &[("s/a.csv", b"id,name\n")]).staged(&[("s/b.csv", bytes)])
    };
    cases.extend([
        ("a header is not spared".into(), lenient("malformed: drop", b"id,\"na\"me\n1,a\n"), "bad-quote"),
        (
            "a quote in a multiline file is not spared".into(),
            lenient("malformed: drop, multiline: true", b"id,name\n1,\"a\"b\n"),
            "bad-quote",
        ),
        (
            "a multiline file that is not UTF-8 is not spared".into(),
            lenient("malformed: 'null', multiline: true", b"id,name\n1,\xe9\n"),
            "invalid-utf8",
        ),
    ]);
    let files = parquet_files();
    let parquet = |columns: &str, file: &str| {
        let manifest = format!(
            "sources:\n  s: {{ path: \"s3://far/away/\", format: parquet, columns: {{ {columns} }} }}\n{TABLE}"
        );
        let mut bench = Bench::new(&manifest, &[]);
        bench.flow.sources["s"].location = pipectl::flow::document::Location::Staged;
        bench.stage("s/a.parquet", if file == "text" { b"id,name\n" } else { &files[file] });
        bench
    };
    cases.extend([
        ("Parquet without a column".into(), parquet("nope: int", "a.parquet"), "missing-column"),
        ("Parquet of another type".into(), parquet("s: int", "a.parquet"), "type-mismatch"),
        ("Parquet with more digits".into(), parquet("m: \"decimal(9,2)\"", "a.parquet"), "type-mismatch"),
        ("Parquet that would narrow".into(), parquet("l: int", "a.parquet"), "type-mismatch"),
        ("Parquet with bytes".into(), parquet("bytes: string", "a.parquet"), "type-mismatch"),
        (
            "Parquet with a map".into(),
            parquet("mapped: \"struct<key:string,value:int>\"", "a.parquet"),
            "type-mismatch",
        ),
        ("Parquet with nanoseconds".into(), parquet("z_nanos: timestamp", "a.parquet"), "type-mismatch"),
        ("Parquet with another struct".into(), parquet("row: \"struct<a:bigint>\"", "a.parquet"), "type-mismatch"),
        ("Parquet with a time of day".into(), parquet("id: bigint", "times.parquet"), "type-mismatch"),
        ("Parquet that is text".into(), parquet("id: bigint", "text"), "invalid-parquet"),
    ]);
    cases
}

pub fn benches() -> Vec<(String, Bench)> {
    let mut benches: Vec<(String, Bench)> = refused().into_iter().map(|(name, bench, _)| (name, bench)).collect();
    benches.extend([
        ("json".to_string(), json()),
        ("json, dropped".to_string(), spared_json("drop")),
        ("json, nulled".to_string(), spared_json("'null'")),
        ("json, all dropped".to_string(), {
            let manifest = format!("{}{TABLE}", JSON.replace("format: json", "format: json\n    malformed: drop"));
            Bench::new(&manifest, &[("s/a.json", b"1\n2\n\n")])
        }),
        ("csv, dropped".to_string(), spared_csv("malformed: drop")),
        ("csv, nulled".to_string(), spared_csv("malformed: 'null'")),
        ("multiline csv, dropped".to_string(), spared_whole("drop")),
        ("multiline csv, nulled".to_string(), spared_whole("'null'")),
        ("packed csv".to_string(), packed_csv()),
        ("random csv".to_string(), random_csv()),
        ("random json".to_string(), random_json()),
        ("parquet".to_string(), parquet(PARQUET)),
        ("parquet as it is".to_string(), parquet("")),
    ]);
    benches
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn json() -> Bench {
    let lines = concat!(
        "\u{feff}{\"id\": 1, \"Name\": \"caf\u{e9} \\u00e9\\ud83d\\ude00 \\\"q\\\" \\/\\n\", \"price\": 1.005, \"AT\": \"2015-06-09T07:08:09Z\"}\r\n",
        "\n  \t \r\n",
        "{\"id\":\"2\",\"name\":\"\",\"price\":\"1e3\",\"tags\":[\"a\",null,1,true,1.50],\"yes\":true}\n",
        "{\"id\":3.0,\"name\":12.50,\"price\":1e2,\"tags\":\"['x', 'y']\",\"yes\":\"no\",\"row\":{\"A\":1,\"b\":[{\"c\":\"2015-06-09\"},null,{}]}}\n",
        "{\"id\":null,\"name\":null,\"price\":null,\"tags\":null,\"row\":null,\"yes\":0}\n",
        "{\"name\":{\"z\": [1, -0.5E+3, \"\\u0001\\t\u{7f}\u{e9}\", {}, [], true, null], \"A\": 1, \"a\": 2},\"row\":{\"a\":\"x\"}}\n",
        "{\"name\":[],\"tags\":[[1]],\"row\":[1],\"at\":1,\"yes\":{}}\n",
        "{\"name\":true,\"tags\":[\"it's \\\"\\\\\"],\"row\":\"{'a': '7'}\",\"unknown\":{\"a\":[{}]},\"\":1}\n",
        "{}\n",
        "{\"name\":\"null\",\"price\":-0.0,\"row\":{\"a\":1,\"A\":2}}",
    );
    let packed = packed(b"{\"id\":100,\"name\":\"packed\"}\n{\"id\":101}\n");
    Bench::new(
        &format!("{JSON}{TABLE}"),
        &[("s/a.json", lines.as_bytes()), ("s/b [1].json", b""), ("s/c.jsonl.gz", &packed), ("s/d.ndjson", b"\n")],
    )
}

fn spared_json(malformed: &str) -> Bench {
    let mut text = GOOD_JSON.to_vec();
    for (_, line) in BAD_LINES {
        text.extend([line, b"\n".as_slice(), GOOD_JSON].concat());
    }
    let manifest =
        format!("{}{TABLE}", JSON.replace("format: json", &format!("format: json\n    malformed: {malformed}")));
    Bench::new(&manifest, &[("s/a.json", &text), ("s/b.json.gz", &packed(&text))])
}

fn spared_csv(malformed: &str) -> Bench {
    let manifest = format!("{}{TABLE}", CSV.replace("format: csv", &format!("format: csv, {malformed}")));
    let bad = b"id,name\r\n1,a\n2\n3,b,c\nid,name\n4,\"x\ny\"\n5,\"\"\"q\"\"\"\r\n6,\"a\"b\n7,\xe9\n8,\r9\n\n  \n9,\"open\n10,\"\"\n,\n11,last\r";
    // The header comes again as a row, in one file and in the other.
    let again = b"\xef\xbb\xbfid,name\nid,name\nid,name\n20,z\n";
    let other = b"name,x,id\n1,2\na,b,30\n,,\n";
    let manifest = manifest.replace("id: int", "id: { type: int, max_cast_loss: 1 }");
    Bench::new(
        &manifest,
        &[
            ("s/a.csv", bad),
            ("s/b.csv", again),
            ("s/c.csv", other),
            ("s/d.csv.gz", &packed(bad)),
            ("s/e.csv", b"id,name"),
        ],
    )
}

fn spared_whole(malformed: &str) -> Bench {
    let lines = format!("format: csv, multiline: true, malformed: {malformed}");
    let manifest = format!("{}{TABLE}", CSV.replace("format: csv", &lines));
    let bad = b"\xef\xbb\xbfid,name\r\n1,\"a\r\nb\"\r\n2\r\n3,\"x,\n\"\"y\",z\r\n\r\n4,\"\"\r\n\"5\n\"\r\n6,last\r";
    Bench::new(&manifest, &[("s/a.csv", bad), ("s/b.csv.gz", &packed(bad))])
}

fn packed_csv() -> Bench {
    let (first, second) = (packed(b"id,name\n1,a\n"), packed(b"2,\"b, c\"\n3,"));
    let members = [first, second].concat();
    let many = format!("name,id\n{}", "x,7\n".repeat(100_000));
    Bench::new(
        &format!("{CSV}{TABLE}"),
        &[("s/a.csv.gz", &members), ("s/b.csv", b"name,id\nplain,4\n"), ("s/c.csv.gz", &packed(many.as_bytes()))],
    )
}

/// Lines of pieces that are thrown together, the same each time.
fn random_lines(pieces: &[&[u8]], lines: usize, mut seed: u64) -> Vec<u8> {
    let mut text = Vec::new();
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    for _ in 0..lines {
        for _ in 0..random(9) {
            text.extend(pieces[random(pieces.len())]);
        }
        text.extend(if random(4) == 0 { b"\r\n".as_slice() } else { b"\n" });
    }
    text
}

/// Malformed lines stay as NULLs, so that each line of either engine is compared.
fn random_csv() -> Bench {
    let pieces: [&[u8]; 14] =
        [b"a", b",", b",", b",", b"\"", b"\"", b"\"\"", b" ", b"\r", b"\xc3\xa9", b"\xe9", b"\t", b"\\", b"\x0b"];
    let lines = random_lines(&pieces, 4_000, 0x9e37_79b9_7f4a_7c15);
    let manifest = CSV.replace("format: csv", "format: csv, malformed: 'null'").replace("id: int", "id: string");
    Bench::new(&format!("{manifest}{TABLE}"), &[("s/a.csv", &[b"id,name\n".as_slice(), &lines].concat())])
}

fn random_json() -> Bench {
    let pieces: [&[u8]; 20] = [
        b"{",
        b"{\"id\":",
        b"{\"name\":",
        b"}",
        b"}",
        b"}",
        b"[",
        b"]",
        b",",
        b",\"name\":",
        b",\"Name\":",
        b"1",
        b"-0.50",
        b"01",
        b"\"x\"",
        b"\"\\u00e9\"",
        b"\"\\ud83d\"",
        b"null",
        b" ",
        b"\xe9",
    ];
    let lines = random_lines(&pieces, 20_000, 0x2545_f491_4f6c_dd1d);
    let manifest =
        "sources:\n  s: { path: data/s/, format: json, malformed: 'null', columns: { id: string, name: string } }\n";
    let sound = b"{\"id\":1,\"name\":2}\n".as_slice();
    Bench::new(&format!("{manifest}{TABLE}"), &[("s/a.json", &[sound, &lines].concat())])
}

/// The files of tests/python/parquet_files.py, by name.
fn parquet_files() -> std::collections::HashMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    python::run("parquet_files.py", &[folder.path()]);
    let files = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
    files.map(|f| (f.file_name().into_string().unwrap(), std::fs::read(f.path()).unwrap())).collect()
}

const PARQUET: &str = ", columns: { id: int, small: bigint, u8: double, u16: int, u32: bigint, u64: \"decimal(20,0)\", i: int, l: bigint, \
    i_as_l: bigint, i_as_d: double, l_as_d: double, i_as_m: \"decimal(12,2)\", f: float, f_as_d: double, d: double, \
    m: \"decimal(10,2)\", m_wide: \"decimal(10,4)\", m38: \"decimal(38,0)\", b: boolean, s: string, long: string, dictionary: string, \
    t: date, t_as_z: timestamp, z: timestamp, z_naive: timestamp, z_millis: timestamp, tags: \"array<string>\", \
    many: \"array<array<bigint>>\", row: \"struct<a:int,b:array<struct<at:timestamp>>>\" }";

/// Declared: several files of several kinds. Not declared: one file, and what stands in its schema.
fn parquet(columns: &str) -> Bench {
    let files = parquet_files();
    let manifest = format!(
        "sources:\n  s: {{ path: data/s/, format: parquet{columns} }}\n  z: {{ path: data/z/, format: parquet }}\n{TABLE}  z:\n    \
         steps:\n      - source: z\n"
    );
    let int96 = ("z/a.parquet", files["int96.parquet"].as_slice());
    if columns.is_empty() {
        let declared = manifest.replacen(
            "format: parquet }",
            "format: parquet, columns: { id: int, z_nanos: bigint, s: string } }",
            1,
        );
        return Bench::new(&declared, &[("s/a.parquet", &files["a.parquet"]), int96]);
    }
    Bench::new(
        &manifest,
        &[
            ("s/a [1].parquet", &files["a.parquet"]),
            ("s/b.snappy.parquet", &files["b.snappy.parquet"]),
            ("s/c.parquet", &files["empty.parquet"]),
            int96,
        ],
    )
}

#[test]
fn json_lines_read_alike() {
    assert_agree("json");
}

#[test]
fn parquet_files_read_alike() {
    assert_agree("parquet");
    assert_agree("parquet as it is");
}

#[test]
fn packed_files_read_alike() {
    assert_agree("packed csv");
}

#[test]
fn malformed_rows_are_spared_alike() {
    for name in ["json", "csv", "multiline csv"] {
        let [dropped, nulled] = ["dropped", "nulled"].map(|how| {
            let name = format!("{name}, {how}");
            assert_agree(&name);
            let metrics = super::super::support::bench::metrics(&run(&name).bench.embedded_warehouse(), "r1");
            (metrics.tables["t"].rows, metrics.sources["s"].malformed_rows)
        });
        assert!(dropped.1 > 0, "{name}");
        assert_eq!(nulled, (dropped.0 + dropped.1, dropped.1), "{name}");
    }
    assert_agree("json, all dropped");
    for name in ["random csv", "random json"] {
        assert_agree(name);
        let metrics = super::super::support::bench::metrics(&run(name).bench.embedded_warehouse(), "r1");
        let (rows, spared) = (metrics.tables["t"].rows, metrics.sources["s"].malformed_rows);
        assert!(spared > 0 && rows > spared, "{name}: {spared} of {rows}");
    }
}

#[test]
fn malformed_sources_are_refused_by_both() {
    for (name, _, code) in refused() {
        let (error, _, spark) = assert_refused(&name);
        assert_eq!(error.code(), code, "{name}: {error}");
        // Spark must have seen what is wrong, and not have fallen over something else.
        let words = [
            "the line `",
            "no line of ",
            "gzip",
            "packed in",
            "end of input",
            "header of",
            "record `",
            " has no column ",
            "does not read as",
            "Parquet file",
        ];
        let text = spark.error.unwrap_or_default();
        assert!(words.iter().any(|word| text.contains(word)), "{name}: Spark says {text}");
    }
}
