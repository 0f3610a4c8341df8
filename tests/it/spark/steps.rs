//! Joins, duplicates, the other steps, partitions and files; checks that hold or only warn.

use super::super::support::bench::metrics;
use super::{Bench, assert_agree, run};

const MANIFEST: &str = r#"sources:
  left:
    path: data/left/
    format: csv
    columns: { id: int, k: string, v: double, day: date, tags: "array<string>", at: timestamp }
  right:
    path: data/right/
    format: csv
    columns: { id: int, k: string, w: { type: int, max_cast_loss: 1 } }
  unused:
    path: data/unused/
    format: csv
tables:
  joined_inner:
    steps: [{ source: left }, { join: { source: right, on: [k], prefix: r_ } }]
    compression: zstd
  joined_left:
    steps: [{ source: left }, { join: { source: right, on: { k: k, id: id }, how: left } }]
    compression: gzip
  joined_right:
    steps: [{ source: left }, { join: { source: right, on: { k: k }, how: right, select: [w] } }]
    compression: none
  joined_full:
    steps: [{ source: left }, { join: { source: right, on: [id, k], how: full } }]
  joined_semi:
    steps: [{ source: left }, { join: { source: right, on: [k], how: semi } }]
  joined_anti:
    steps: [{ source: left }, { join: { source: right, on: [k], how: anti } }]
  joined_itself:
    steps: [{ source: right }, { join: { source: right, on: { id: w }, prefix: other_ } }]
  joined_with_nothing:
    steps:
      - source: left
      - join: { table: empty, on: [id], how: left, select: [w] }
      - change_schema: { w: bigint }
  firsts:
    steps:
      - source: left
      - drop_duplicates: { by: [k], order_by: [v desc, day] }
  firsts_of_two:
    steps:
      - source: left
      - derived_column: { _row: "id", _right_k: "k", rows: "v" }
      - join: { source: right, on: { _right_k: k }, how: left, select: [w] }
      - drop_duplicates: { by: [k, v] }
  whole_rows:
    steps: [{ source: left }, { select_fields: [v, k] }, { drop_duplicates: { by: [v, k] } }]
    partition_by: [k]
  no_duplicates:
    steps: [{ source: many }, { drop_duplicates: { by: [n], order_by: [part] } }]
  first_of_many:
    steps:
      - source: left
      - join: { source: right, on: [k], how: left, prefix: r_ }
      - drop_duplicates: { by: [k, id], order_by: [r_w desc] }
      - derived_column: { r_id: "coalesce(r_id, -1)" }
      - drop_duplicates: { by: [k], order_by: [id desc] }
      - join: { table: joined_semi, on: [k], how: semi }
  firsts_asked_for_in_part:
    steps: [{ source: left }, { drop_duplicates: { by: [k] } }, { filter: "1 = 2" }, { drop_duplicates: { by: [v] } }]
  firsts_of_no_partners:
    steps: [{ table: empty }, { join: { table: firsts, on: [k] , select: [day] } }, { drop_duplicates: { by: [day] } }]
  firsts_read_twice:
    steps:
      - source: left
      - drop_duplicates: { by: [k], order_by: [v desc, day] }
      - sql: data/sql/twice.sql
  shaped:
    steps:
      - source: left
      - rename_field: { id: k, k: id }
      - select_fields: [v, "?", id, day, "ta*"]
      - drop_fields: [day]
      - derived_column: { v: "coalesce(v, 0)", w: "v", n: "length(id)" }
      - filter: "n > 1 or n is null"
  converted_twice:
    max_cast_loss: 1
    steps:
      - source: left
      - change_schema: { k: date, v: int, at: date, day: timestamp }
      - change_schema: { v: string, k: timestamp, id: bigint }
  empty:
    steps: [{ source: right }, { filter: "w = 12345" }]
  empty_partitioned:
    steps: [{ source: right }, { filter: "w = 12345" }]
    partition_by: [k]
    checks:
      - row_count: { max: 0 }
      - unique: [id]
      - { row_count: { min: 1 }, severity: warn }
  by_text:
    steps:
      - source: left
      - derived_column: { part: "case when k = 'A' then '' else k end" }
    partition_by: [part]
    checks:
      - { unique: [k], severity: warn }
      - { unique: [k, id], severity: warn }
      - { not_null: [part, k, v], severity: warn }
      - { accepted_values: { k: [a, b] }, severity: warn }
      - { accepted_values: { v: [1.5, 2] }, severity: warn }
      - { between: { v: [0, 2] }, severity: warn }
      - { between: { day: [2000-01-01, 2020-12-31] }, severity: warn }
      - { row_count: { min: 1, max: 3 }, severity: warn }
      - { expression: "v > 0 or k = 'a'", severity: warn }
      - row_count: { min: 1 }
      - not_null: [tags]
  by_day_and_more:
    steps:
      - source: left
      - derived_column: { big: "id * 5000000000", yes: "v > 0" }
    partition_by: [day, yes, big, id]
    files: 2
  by_text_in_files:
    steps: [{ source: many }]
    partition_by: [part]
    files: 3
  in_files:
    steps: [{ source: many }]
    files: 4
  of_a_table:
    steps:
      - table: by_text
      - join: { table: by_day_and_more, on: { id: id }, select: [big, yes] }
"#;

pub fn benches() -> Vec<(String, Bench)> {
    let left = "id,k,v,day,tags,at\n\
        1,a,1.5,2015-06-09,\"['x', 'y']\",2015-06-09 07:08\n\
        2,a,,2015-06-09,[],\n\
        2,a,,2015-06-10,\"[None]\",2015-06-09 07:08:09.123456\n\
        3,,2,,[],1899-01-01\n\
        3,,-0.0,1582-10-10,[],1899-01-01\n\
        3,,0.0,1582-10-10,[],1899-01-01\n\
        ,b,1e300,0001-01-01,\"['b', None, 'a']\",0001-01-01\n\
        ,b,1e300,0001-01-01,\"['b', 'a']\",0001-01-01\n\
        ,b,1e300,0001-01-01,\"['b']\",0001-01-01\n\
        4,\"c/d=e%:é \"\"q\"\" {x} [y] #1 *?\\^'\",7,9999-12-31,[],9999-12-31 23:59:59.999999\n\
        5,\" \",-1,2015-06-09,[],\n\
        6,2015-06-09,3,2016-02-29,[],\n\
        7,007,3,2016-02-29,[],\n\
        8,A,3,2016-02-29,[],\n";
    let right = "w,k,id\n10,a,1\n11,a,2\nx,b,\n,,3\n1,zz,9\n3,c,4\n2,\"\",5\n";
    let many: String =
        std::iter::once("part,n\n".to_string()).chain((0..500).map(|n| format!("p{},{n}\n", n % 7))).collect();
    let manifest = MANIFEST.replace("tables:\n", "  many: { path: data/many/, format: csv }\ntables:\n");
    // The few keys on the other side may end a join before it has seen all rows.
    let twice = b"select a.k, b.v, c.day from input a join input b on a.k = b.k join (select distinct k, day from input where k = '007') as c on a.k = c.k";
    let files: [(&str, &[u8]); 5] = [
        ("sql/twice.sql", twice),
        ("left/a.csv", left.as_bytes()),
        ("right/a.csv", right.as_bytes()),
        ("unused/a.csv", b"x\n1\n"),
        ("many/a.csv", many.as_bytes()),
    ];
    vec![("steps".to_string(), Bench::new(&manifest, &files))]
}

#[test]
fn steps_partitions_and_checks_agree() {
    assert_agree("steps");
    let metrics = metrics(&run("steps").bench.spark_warehouse(), "r1");
    let told = |table: &str| {
        let all = metrics.tables[table].duplicates.iter();
        all.map(|d| format!("{}: {} of {}", d.by.join(" "), d.dropped, d.of)).collect::<Vec<_>>().join(", ")
    };
    // 14 rows have 8 keys `k`, with NULL, and 9 of it and `id`, 10 of it and `v`; joined they are 17.
    for (table, expected) in [
        ("firsts", "k: 6 of 14"),
        ("firsts_of_two", "k v: 7 of 17"),
        ("whole_rows", "v k: 4 of 14"),
        ("no_duplicates", ""),
        ("first_of_many", "k id: 8 of 17, k: 1 of 9"),
        ("firsts_asked_for_in_part", "k: 6 of 14"),
        ("firsts_of_no_partners", ""),
        ("firsts_read_twice", "k: 6 of 14"),
    ] {
        assert_eq!(told(table), expected, "{table}");
    }
}
