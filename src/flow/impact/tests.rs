//! Warnings of small flows, as a person would see them.

use super::*;
use crate::flow::compile::compile;
use crate::flow::compile::tests::{SOURCES, fake, manifest, shown};
use crate::flow::headers::LocalHeaders;
use crate::manifest::{LoadOptions, load};

fn warned(tables: &str) -> String {
    queried(tables, &[])
}

fn queried(tables: &str, queries: &[(&str, &str)]) -> String {
    let manifest = manifest(&format!("{SOURCES}tables:\n{tables}"), queries);
    let flow = compile(&manifest, &fake()).unwrap_or_else(|error| panic!("{}", shown(&error)));
    match warnings(&manifest, &flow) {
        none if none.is_empty() => "nothing".to_string(),
        all => shown(&Error::many(all)),
    }
}

const JOIN: &str = "  hits:
    steps:
      - source: tracks
      - join: { source: albums, on: { album_id: id }, prefix: album_ }
";

#[test]
fn the_flagship_has_none() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline.yaml");
    let manifest = load(&path, &LoadOptions::default()).unwrap();
    let flow = compile(&manifest, &LocalHeaders).unwrap();
    let all = warnings(&manifest, &flow);
    assert!(all.is_empty(), "{}", shown(&Error::many(all)));
}

#[test]
fn a_join_that_can_multiply_rows() {
    insta::assert_snapshot!(warned(JOIN));
    let counted = format!("{JOIN}      - aggregate: {{ by: [album_name], values: {{ n: count(*) }} }}\n");
    assert!(warned(&counted).contains("`aggregate` behind it counts such rows several times"));
}

#[test]
fn a_join_that_was_thought_about() {
    for behind in [
        "      - drop_duplicates: { by: [id] }\n",
        "    checks: [ { unique: [id] } ]\n",
        "    checks: [ { unique: [id], severity: warn } ]\n",
    ] {
        assert_eq!(warned(&format!("{JOIN}{behind}")), "nothing", "{behind}");
    }
    let semi = JOIN.replace("prefix: album_", "how: semi");
    assert_eq!(warned(&semi), "nothing");
}

/// A key of the joined table, or of the rows so far, is enough, through whatever keeps it.
#[test]
fn keys_are_followed() {
    let with = |albums: &str| {
        format!(
            "  albums_:
    steps:
      - source: albums
{albums}  hits:
    steps:
      - source: tracks
      - join: {{ table: albums_, on: {{ album_id: id }}, prefix: album_ }}
"
        )
    };
    for unique in [
        "      - drop_duplicates: { by: [id] }\n",
        "      - aggregate: { by: [id], values: { n: count(*) } }\n",
        "      - select_fields: [id]\n    checks: [ { unique: [id] } ]\n",
        "      - drop_duplicates: { by: [name] }\n      - rename_field: { id: other, name: id }\n",
        "      - select_fields: [id]\n      - sql: distinct.sql\n",
    ] {
        let queries = [("distinct", "select distinct id from input")];
        assert_eq!(queried(&with(unique), &queries), "nothing", "{unique}");
    }
    for not in [
        "      - drop_duplicates: { by: [id, name] }\n",
        "      - select_fields: [id]\n    checks: [ { unique: [id], severity: warn } ]\n",
        "      - drop_duplicates: { by: [id] }\n      - derived_column: { id: lower(id) }\n",
        "      - drop_duplicates: { by: [id] }\n      - union: [source.albums]\n",
        "      - drop_duplicates: { by: [id] }\n      - change_schema: { id: int }\n      - change_schema: { id: string }\n",
    ] {
        assert!(warned(&with(not)).contains("`unique: [id]`"), "{not}");
    }
    let one_to_many = "  hits:
    steps:
      - source: albums
      - drop_duplicates: { by: [id] }
      - join: { source: tracks, on: { id: album_id }, prefix: track_ }
";
    assert_eq!(warned(one_to_many), "nothing");
}

#[test]
fn a_query_that_can_multiply_rows() {
    let sql = "select t.id, a.name from tracks t join albums a on t.album_id = a.id";
    insta::assert_snapshot!(queried("  hits: { sql: q.sql }\n", &[("q", sql)]));
    let ranked = "select id from (select t.id, row_number() over (partition by t.id order by a.name) as place
        from tracks t join albums a on t.album_id = a.id) as x where place = 1";
    assert!(!queried("  hits: { sql: q.sql }\n", &[("q", ranked)]).contains("fan-out"));
}

#[test]
fn what_nothing_reads() {
    insta::assert_snapshot!(warned(
        "  hits:
    steps:
      - source: tracks
      - drop_fields: [explicit, released]
      - change_schema: { popularity: double }
      - derived_column: { loud: upper(name), twice: popularity * 2 }
      - derived_column: { quiet: lower(loud) }
      - drop_fields: [loud, twice, quiet]
"
    ));
}

#[test]
fn what_decides_about_rows_is_read() {
    let used = "  hits:
    steps:
      - source: tracks
      - filter: explicit and released > date '2000-01-01'
      - derived_column: { key: upper(name) }
      - drop_duplicates: { by: [key] }
      - select_fields: [id, popularity, album_id]
  albums: { steps: [{ source: albums }] }
";
    assert_eq!(warned(used), "nothing");
}
