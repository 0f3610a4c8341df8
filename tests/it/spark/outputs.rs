//! Tables of CSV and JSON.

use super::{Bench, assert_agree, assert_refused};

const MANIFEST: &str = r#"crawler: { database: demo, schema_change: log }
sources:
  s:
    path: data/s/
    format: csv
    columns:
      id: int
      l: bigint
      f: float
      d: double
      m: "decimal(10,2)"
      b: boolean
      s: string
      day: date
      at: timestamp
      tags: "array<string>"
      row: "struct<a:int,b:array<struct<c:date>>,t:timestamp>"
tables:
  as_csv:
    steps: [{ source: s }, { drop_fields: [tags, row] }]
    format: csv
    checks:
      - unique: [id]
      - { not_null: [s], severity: warn }
      - { expression: "s <> ''", severity: warn }
      - { between: { at: [2000-01-01, 2020-01-01] }, severity: warn }
  as_csv_packed:
    steps: [{ source: s }, { drop_fields: [tags, row] }]
    format: csv
    compression: gzip
    partition_by: [b, day]
    files: 2
  one_column:
    steps: [{ source: s }, { select_fields: [s] }]
    format: csv
    files: 3
  as_json:
    steps: [{ source: s }]
    format: json
    checks: [{ unique: [id] }, { row_count: { min: 1 } }]
  as_json_packed:
    steps: [{ source: s }, { derived_column: { s: "coalesce(s, '')" } }]
    format: json
    compression: gzip
    partition_by: [s]
    checks: [{ not_null: [s], severity: warn }]
  appended:
    steps: [{ source: s }]
    format: json
    write: append
  of_json:
    steps:
      - table: as_json
      - join: { table: as_csv, on: [id], prefix: other_ }
  empty_csv:
    steps: [{ source: s }, { filter: "id = 12345" }, { select_fields: [id, s] }]
    format: csv
  empty_json:
    steps: [{ source: s }, { filter: "id = 12345" }]
    format: json
  of_empty:
    steps: [{ table: empty_csv }]
"#;

pub fn benches() -> Vec<(String, Bench)> {
    let rows = "id,l,f,d,m,b,s,day,at,tags,row\n\
        1,9000000000,1.5,0.1,1.50,true,\"a \"\"q\"\", b\",2015-06-09,2015-06-09 07:08:09.5,\"['x', 'y\"\"']\",\"{'a': 1, 'b': [{'c': '2015-06-09'}, None], 't': '2015-06-09'}\"\n\
        2,-1,-0.0,1e300,-0.05,false, padded \\ ,0001-01-01,1899-01-01,[],{}\n\
        3,,,,,,,,,,\n\
        4,0,1e10,1e-7,99999999.99,true,\u{e9}\u{1f600}\u{1},9999-12-31,9999-12-31 23:59:59.999999,[None],{'b': []}\n\
        6,1,2.5,12345678.9,0,false,\"\",2016-02-29,2016-02-29 12:00,,\n\
        5,1,2.5,12345678.9,0,false,'single',2016-02-29,2016-02-29 12:00,,\n";
    let broken = Bench::new(
        "crawler: { database: demo, schema_change: log }\nsources:\n  s: { path: data/s/, format: csv, multiline: true }\n\
         tables:\n  t:\n    steps: [{ source: s }]\n    format: csv\n",
        &[("s/a.csv", b"id,s\n1,\"a\nb\"\n")],
    );
    vec![
        ("outputs".to_string(), Bench::new(MANIFEST, &[("s/a.csv", rows.as_bytes())])),
        ("a line break in CSV".to_string(), broken),
    ]
}

#[test]
fn tables_of_text_agree() {
    assert_agree("outputs");
}

#[test]
fn a_line_break_in_a_csv_table_is_refused() {
    let (error, embedded, spark) = assert_refused("a line break in CSV");
    assert_eq!(error.code(), "line-break");
    assert_eq!(embedded.error, spark.error);
}
