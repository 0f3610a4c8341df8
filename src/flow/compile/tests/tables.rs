//! Sources, tables, partitions, checks.

use super::*;
use crate::flow::document::Rule;

#[test]
fn the_flagship_compiles() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline.yaml");
    let manifest = load(&path, &LoadOptions::default()).unwrap();
    let flow =
        compile(&manifest, &crate::flow::headers::LocalHeaders).unwrap_or_else(|error| panic!("{}", shown(&error)));
    assert_eq!(flow.tables.keys().collect::<Vec<_>>(), ["hits", "artists"]);
    insta::assert_snapshot!(columns(&flow.tables["hits"].schema).replace(", ", "\n"), @"
    id string
    track_popularity int
    explicit boolean
    track_name string
    track_number int
    duration_ms bigint
    album_type string
    total_tracks int
    album_name string
    release_date date
    label string
    album_popularity int
    album_id string
    artist_id string
    duration_sec double
    artist_name string
    artist_popularity int
    artist_followers bigint
    artist_genres array<string>
    danceability double
    energy double
    key int
    loudness double
    mode int
    speechiness double
    acousticness double
    instrumentalness double
    liveness double
    valence double
    tempo double
    time_signature int
    minutes double
    title string
    release_year int
    ");
    insta::assert_snapshot!(columns(&flow.tables["artists"].schema), @"id string, name string, artist_popularity int, followers bigint, artist_genres array<string>");
    let again: Flow = serde_json::from_str(&serde_json::to_string(&flow).unwrap()).unwrap();
    assert_eq!(again, flow, "the document is read back as it was");
}

#[test]
fn tables_read_tables() {
    let flow = compiled(&format!(
        "{SOURCES}tables:\n  c: {{ steps: [{{ table: b }}, {{ join: {{ table: a, on: [id], how: semi }} }}] }}\n  b: {{ steps: [{{ table: a }}], partition_by: [album_id] }}\n  a: {{ steps: [{{ source: tracks }}] }}\n"
    ))
    .unwrap();
    assert_eq!(flow.tables.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(flow.tables["c"].schema.names().last(), Some("album_id"), "partition columns come last when read, too");
    insta::assert_snapshot!(
        refused(&format!(
            "{SOURCES}tables:\n  a: {{ steps: [{{ table: b }}] }}\n  b: {{ steps: [{{ table: c }}] }}\n  c: {{ steps: [{{ table: a }}] }}\n  d: {{ steps: [{{ table: a }}] }}\n  e: {{ steps: [{{ table: e }}] }}\n  f: {{ steps: [{{ table: tracks }}] }}\n"
        )),
        @"
    table-cycle: tables read each other in a circle: `a` reads `b` reads `c` reads `a`
      at pipeline.yaml:10:25
      | c: { steps: [{ table: a }] }
      |                       ^
      help: let both read a third table that holds what they share
    table-cycle: table `e` reads itself
      at pipeline.yaml:12:25
      | e: { steps: [{ table: e }] }
      |                       ^
      help: read the source that its rows come from
    unknown-table: unknown table `tracks`
      at pipeline.yaml:13:25
      | f: { steps: [{ table: tracks }] }
      |                       ^^^^^^
      expected: one of a, b, c, d, e, f
      help: `tracks` is a source: write `source: tracks`
    "
    );
}

#[test]
fn a_long_chain_of_tables_is_no_trouble() {
    let n = 3_000;
    let tables: String = (0..n).map(|i| format!("  t{i}: {{ steps: [{{ table: t{} }}] }}\n", i + 1)).collect();
    let flow = compiled(&format!("{SOURCES}tables:\n{tables}  t{n}: {{ steps: [{{ source: tracks }}] }}\n")).unwrap();
    assert_eq!(flow.tables.keys().next().unwrap(), "t3000");
}

#[test]
fn sources_meet_their_files() {
    let flow = compiled("sources:\n  a: { path: albums.csv }\n  b: { path: \"s3://far/away/\", format: csv, columns: { id: string } }\ntables: { t: { steps: [{ source: a }] } }\n").unwrap();
    assert_eq!(
        columns(&flow.sources["a"].schema),
        "id string, name string, artists string, artist_0 string, artist_1 string, released string"
    );
    insta::assert_snapshot!(
        refused("sources:
  a: { path: tracks.csv, columns: { id: string, nme: string, genre: string, popularity: integer } }
  b: { path: twice.csv }
  c: { path: twice.csv, columns: { id: string, Id: int } }
  d: { path: unnamed.csv }
  e: { path: many.csv }
  f: { path: \"s3://far/away/\", format: csv }
  g: { path: many.csv, columns: { id: string, x: 'struct<a:int>' } }
tables: { t: { steps: [{ source: a }, { filter: nonsense }] } }
"),
        @r#"
    missing-column: `tracks.csv` has no column `nme`
      at pipeline.yaml:5:49
      | a: { path: tracks.csv, columns: { id: string, nme: string, genre: string, popularity: integer } }
      |                                               ^^^
      expected: one of id, name, popularity, explicit, album_id, released
      help: did you mean `name`?
    missing-column: `tracks.csv` has no column `genre`
      at pipeline.yaml:5:62
      | a: { path: tracks.csv, columns: { id: string, nme: string, genre: string, popularity: integer } }
      |                                                            ^^^^^
      expected: one of id, name, popularity, explicit, album_id, released
      help: columns bind by the names in the file's first line
    unknown-type: unknown type `integer`
      at pipeline.yaml:5:89
      | a: { path: tracks.csv, columns: { id: string, nme: string, genre: string, popularity: integer } }
      |                                                                                       ^^^^^^^
      expected: one of string, boolean, int, bigint, float, double, decimal(p,s), date, timestamp, array<T>, struct<name:T,...>
      help: did you mean `int`?
    duplicate-column: `twice.csv` has the column `id` twice
      at pipeline.yaml:6:14
      | b: { path: twice.csv }
      |            ^^^^^^^^^
      help: names that differ only in case are one name
    duplicate-column: `twice.csv` has the column `id` twice
      at pipeline.yaml:7:36
      | c: { path: twice.csv, columns: { id: string, Id: int } }
      |                                  ^^
      help: names that differ only in case are one name
    duplicate-column: `id` is declared twice
      at pipeline.yaml:7:48
      | c: { path: twice.csv, columns: { id: string, Id: int } }
      |                                              ^^
      help: names that differ only in case are one name
    unnamed-column: column 1 of `unnamed.csv` has no name
      at pipeline.yaml:8:14
      | d: { path: unnamed.csv }
      |            ^^^^^^^^^^^
      help: declare `columns`: columns that are not declared are not read
    missing-column: `many.csv` has no column `id`, `many.csv` has one
      at pipeline.yaml:9:14
      | e: { path: many.csv }
      |            ^^^^^^^^
      help: declare `columns` that all files have
    missing-column: `many.csv` has no column `y`, `many.csv` has one
      at pipeline.yaml:9:14
      | e: { path: many.csv }
      |            ^^^^^^^^
      help: declare `columns` that all files have
    no-columns: source `f` is read in place, so its columns have to be declared
      at pipeline.yaml:10:15
      | f: { path: "s3://far/away/", format: csv }
      |             ^^^^^^^^^^^^^^
      help: add `columns: { name: type, ... }`
    missing-column: `many.csv` has no column `id`
      at pipeline.yaml:11:35
      | g: { path: many.csv, columns: { id: string, x: 'struct<a:int>' } }
      |                                 ^^
      expected: one of x, y
      help: columns bind by the names in the file's first line
    "#
    );
    insta::assert_snapshot!(refused("sources: { a: { path: odd.csv } }\ntables: { t: { steps: [{ source: a }] } }\n"), @r#"
    invalid-name: `track name` is not a name that Athena takes for a column
      at pipeline.yaml:5:26
      | tables: { t: { steps: [{ source: a }] } }
      |                          ^^^^^^
      expected: a lower-case letter or `_`, then lower-case letters, digits and `_`
      help: add the step `rename_field: { "track name": track_name }`, or drop it
    invalid-name: `über` is not a name that Athena takes for a column
      at pipeline.yaml:5:26
      | tables: { t: { steps: [{ source: a }] } }
      |                          ^^^^^^
      expected: a lower-case letter or `_`, then lower-case letters, digits and `_`
      help: add the step `rename_field: { "über": ber }`, or drop it
    "#);
}

#[test]
fn tables_are_partitioned() {
    let flow = compiled(&format!(
        "{}    partition_by: [released, id]\n    files: 4\n    compression: zstd\n",
        table_of("- source: tracks")
    ))
    .unwrap();
    assert_eq!(
        columns(&flow.tables["t"].schema),
        "name string, popularity int, explicit boolean, album_id string, released date, id string"
    );
    assert_eq!(flow.tables["t"].output.partition_by, ["released", "id"]);
    let steps = "- source: tracks\n- select_fields: [id, popularity]\n- change_schema: { popularity: double }";
    insta::assert_snapshot!(refused(&format!("{}    partition_by: [popularity, name]\n", table_of(steps))), @"
    type-mismatch: `popularity` is double, which does not stand in a path
      at pipeline.yaml:13:20
      | partition_by: [popularity, name]
      |                ^^^^^^^^^^
      expected: string, boolean, int, bigint or date
    unknown-column: unknown column `name`
      at pipeline.yaml:13:32
      | partition_by: [popularity, name]
      |                            ^^^^
      expected: one of id, popularity
      help: keep the column there, or leave it out here
      note: `select_fields` does not keep it (pipeline.yaml:11:9)
    ");
    insta::assert_snapshot!(refused(&format!("{}    partition_by: [id, popularity]\n", table_of("- source: tracks\n- select_fields: [id, popularity]"))), @"
    no-columns: `partition_by` leaves no column in the files
      at pipeline.yaml:12:20
      | partition_by: [id, popularity]
      |                ^^
      help: partition columns stand in the path alone; leave at least one other
    ");
}

#[test]
fn checks_are_typed() {
    let checks = "    checks:
      - unique: [id, name]
      - not_null: [id, name]
      - accepted_values: { explicit: [true, \"no\"], popularity: [1, 2] }
      - between: { popularity: [0, 100], released: [1900-01-01, 2023-12-31] }
      - between: { popularity: [10, 20] }
      - row_count: { min: 1 }
      - { expression: \"popularity   >= 0\", severity: warn }
";
    let flow = compiled(&format!("{}{checks}", table_of("- source: tracks"))).unwrap();
    let names: Vec<&str> = flow.tables["t"].checks.iter().map(|check| check.name.as_str()).collect();
    insta::assert_snapshot!(names.join("\n"), @"
    unique(id, name)
    not_null(id)
    not_null(name)
    accepted_values(explicit)
    accepted_values(popularity)
    between(popularity)
    between(released)
    between(popularity) #2
    row_count
    expression(popularity >= 0)
    ");
    assert!(flow.tables["t"].checks.iter().all(|check| match &check.rule {
        Rule::Holds(e) => e.data_type == crate::flow::types::DataType::Boolean,
        _ => true,
    }));
    let checks = "    checks:
      - unique: [id, nme]
      - accepted_values: { popularity: [1, many] }
      - between: { popularity: [100, 0] }
      - between: { released: [1900, 2023-02-30] }
      - expression: popularity
      - expression: size(name) > 1
";
    insta::assert_snapshot!(refused(&format!("{}{checks}", table_of("- source: tracks"))), @"
    unknown-column: unknown column `nme`
      at pipeline.yaml:12:22
      | - unique: [id, nme]
      |                ^^^
      expected: one of id, name, popularity, explicit, album_id, released
      help: did you mean `name`?
    bad-literal: `many` is no constant of type int
      at pipeline.yaml:13:44
      | - accepted_values: { popularity: [1, many] }
      |                                      ^^^^
      expected: a whole number that int holds
      note: `popularity` is int
    out-of-range: nothing lies between `100` and `0`
      at pipeline.yaml:14:33
      | - between: { popularity: [100, 0] }
      |                           ^^^
      help: the least value stands first
    bad-literal: `1900` is no constant of type date
      at pipeline.yaml:15:31
      | - between: { released: [1900, 2023-02-30] }
      |                         ^^^^
      expected: a date of the calendar as `2015-06-09`
      note: `released` is date
    bad-literal: `2023-02-30` is no constant of type date
      at pipeline.yaml:15:37
      | - between: { released: [1900, 2023-02-30] }
      |                               ^^^^^^^^^^
      expected: a date of the calendar as `2015-06-09`
      note: `released` is date
    type-mismatch: `expression` takes a boolean, this is int
      at pipeline.yaml:16:21
      | - expression: popularity
      |               ^^^^^^^^^^
      expected: a boolean
      help: write a comparison, such as `x <> 0`
    unknown-function: unknown function `size`
      at pipeline.yaml:17:21
      | - expression: size(name) > 1
      |               ^^^^
      help: write `cardinality(x)`
    ");
}

/// The codes of a refused manifest's faults.
fn codes(lines: &str) -> Vec<String> {
    refused(lines)
        .lines()
        .filter(|line| !line.starts_with(' '))
        .map(|l| l.split(':').next().unwrap().to_string())
        .collect()
}

#[test]
fn tables_of_text_have_limits() {
    let source =
        "sources:\n  a: { path: \"s3://far/away/\", format: csv, columns: { id: int, tags: \"array<string>\" } }\n";
    let table = |table: &str| format!("{source}tables: {{ t: {{ steps: [{{ source: a }}], {table} }} }}\n");
    let log = "crawler: { database: d, schema_change: log }\n";
    assert_eq!(codes(&table("format: csv")), ["type-mismatch", "csv-crawl"]);
    assert_eq!(codes(&(log.to_string() + &table("format: csv"))), ["type-mismatch"]);
    assert_eq!(codes(&table("format: json, compression: zstd")), ["not-applicable"]);
    let flow = compiled(&table("format: json, compression: gzip")).unwrap();
    assert_eq!(flow.tables["t"].catalog_schema(), flow.tables["t"].schema);
    let lines = format!(
        "{log}{source}tables: {{ t: {{ steps: [{{ source: a }}, {{ drop_fields: [tags] }}], format: csv }} }}\n"
    );
    let flow = compiled(&lines).unwrap();
    assert_eq!(columns(&flow.tables["t"].catalog_schema()), "id string");
}

#[test]
fn what_is_appended_to_is_not_read() {
    let lines = "sources:\n  a: { path: \"s3://far/away/\", format: json, columns: { id: int } }\ntables:\n  t: { steps: [{ source: a }], \
        write: append }\n  u: { steps: [{ table: t }] }\n  v: { steps: [{ source: a }, { join: { table: t, on: [id] } }] }\n";
    assert_eq!(codes(lines), ["reads-append", "reads-append"]);
}

#[test]
fn json_sources_declare_their_columns() {
    let lines = "sources:\n  a: { path: \"s3://far/away/\", format: json }\n  b: { path: \"s3://far/b/\", format: parquet }\n\
        tables: { t: { steps: [{ source: a }] } }\n";
    assert_eq!(codes(lines), ["no-columns", "no-columns"]);
}
