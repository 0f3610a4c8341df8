//! CSV as people write it, and as nobody should.

use super::{Bench, assert_agree, assert_refused};

const SOURCE: &str = "sources:\n  s: { path: data/s/, format: csv, columns: { id: int, name: string } }\n\
                      tables:\n  t:\n    steps:\n      - source: s\n";
const MULTILINE: &str = "sources:\n  s: { path: data/s/, format: csv, multiline: true, columns: { id: int, name: string } }\n\
                         tables:\n  t:\n    steps:\n      - source: s\n";
const GOOD: (&str, &[u8]) = ("s/a.csv", b"id,name\n1,a\n");

/// Files that neither engine may read as if nothing were wrong, with the embedded engine's code.
const BAD: [(&str, &str, &[u8], &str); 15] = [
    ("short row", SOURCE, b"id,name\n1,a\n2\n", "ragged-row"),
    ("long row", SOURCE, b"id,name\n1,a,b\n", "ragged-row"),
    ("trailing comma", SOURCE, b"id,name\n1,a,\n", "ragged-row"),
    ("quoted newline", SOURCE, b"id,name\n1,\"a\nb\"\n", "quoted-newline"),
    // Each half has the right width.
    ("quoted newline, two whole rows", SOURCE, b"id,name\n1,\"a\n2,b\"\n", "quoted-newline"),
    ("quoted carriage return", SOURCE, b"id,name\n1,\"a\rb\"\n", "quoted-newline"),
    ("open quote", SOURCE, b"id,name\n1,\"a", "unterminated-quote"),
    ("text behind a quote", SOURCE, b"id,name\n1,\"a\"b\n", "bad-quote"),
    ("bare carriage return", SOURCE, b"id,name\n1,a\r2,b\n", "bare-carriage-return"),
    ("not UTF-8", SOURCE, b"id,name\n1,caf\xe9\n", "invalid-utf8"),
    ("missing column", SOURCE, b"id,nom\n1,a\n", "missing-column"),
    ("column twice", SOURCE, b"id,name,Name\n1,a,b\n", "ambiguous-column"),
    ("empty file", SOURCE, b"", "missing-column"),
    ("short row in a multiline file", MULTILINE, b"id,name\n1,\"a\nb\"\n2\n", "ragged-row"),
    ("open quote in a multiline file", MULTILINE, b"id,name\n1,\"a\n2,b\n", "unterminated-quote"),
];

pub fn benches() -> Vec<(String, Bench)> {
    let mut benches = vec![("csv".to_string(), lines()), ("multiline csv".to_string(), multiline())];
    for (name, manifest, bytes, _) in BAD {
        let bench = Bench::new(manifest, &[GOOD]).staged(&[GOOD, ("s/b.csv", bytes)]);
        benches.push((name.to_string(), bench));
    }
    benches.push(("no files".to_string(), Bench::new(SOURCE, &[GOOD]).staged(&[("s/_a.csv", GOOD.1)])));
    benches
}

fn lines() -> Bench {
    let crlf = "\u{feff}ID, Name ,\"x, y\",,id 2\r\n1,\"a \"\"q\"\" b\",,1,1\r\n2,\"\",é,2,2\r\n\r\n \t \r\n3,  pad ,12\" vinyl,3,3\r\n";
    let other_order = "z,name,id\n\"1,2\",\"\",4\n,\\,5\n\\\",\"\\\",6\n#,'x',7\n\"\"\"\",\"a\tb\",8\n";
    let long = format!("name,id\n\"{}\",9\n{},10\n", "\"\"x,".repeat(50_000), "y ".repeat(100_000));
    let many: Vec<(String, String)> =
        (100..140).map(|n| (format!("s/many {n}.csv"), format!("id,name\n{n},n{n}"))).collect();
    let mut files: Vec<(&str, &[u8])> = vec![
        ("s/a.csv", crlf.as_bytes()),
        ("s/b [1] {x}*?.csv", other_order.as_bytes()),
        ("s/c%20d=e.csv", long.as_bytes()),
        ("s/header only.csv", b"name,id"),
        ("s/twice, not read.csv", b"x,X,id,x,name\n1,2,60,4,5\n"),
        ("s/.hidden.csv", b"nonsense"),
        ("s/_marker", b""),
        ("one/a.csv", b"\nonly\n1\n\n  \n\"\"\n\" \"\n2"),
    ];
    files.extend(many.iter().map(|(name, text)| (name.as_str(), text.as_bytes())));
    let manifest = format!(
        "{}  one_column:\n    steps:\n      - source: one\n",
        SOURCE.replace("tables:", "  one: { path: \"data/one/a.csv\", format: csv }\ntables:")
    );
    Bench::new(&manifest, &files)
}

fn multiline() -> Bench {
    let crlf = "\u{feff}\"id\",name,x\r\n1,\"a\r\nb\nc\"\"\",2\r\n\r\n  \r\n3,\"\",5\r\n4,\"\r\n\",\"\n\"";
    let lf = "name,\"x\n\",id\n\"\n\n\n\",,5\n\", \"\"\n\"\"\",y,6\n\n";
    let long = format!("id,name\n7,\"{}\"\n", "line\n".repeat(50_000));
    Bench::new(MULTILINE, &[("s/a.csv", crlf.as_bytes()), ("s/b.csv", lf.as_bytes()), ("s/c.csv", long.as_bytes())])
}

#[test]
fn lines_read_alike() {
    assert_agree("csv");
}

#[test]
fn multiline_files_read_alike() {
    assert_agree("multiline csv");
}

#[test]
fn malformed_files_are_refused_by_both() {
    for (name, _, _, code) in BAD {
        let (error, _, spark) = assert_refused(name);
        assert_eq!(error.code(), code, "{name}");
        let text = spark.error.unwrap();
        assert!(text.contains("b.csv"), "{name}: Spark says only {text}");
    }
    let (error, _, spark) = assert_refused("no files");
    assert_eq!(error.code(), "no-files");
    assert!(spark.error.unwrap().starts_with("no files in "));
}
