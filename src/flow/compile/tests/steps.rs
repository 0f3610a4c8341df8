//! The other steps.

use super::*;
use crate::flow::document::Operation;

#[test]
fn fields_steps() {
    assert_eq!(
        columns_after("- source: albums\n- drop_fields: [\"artist_[0-9]*\", NAME]"),
        "id string, artists string, released string"
    );
    assert_eq!(
        columns_after("- source: albums\n- select_fields: [released, \"artist*\", id]"),
        "released string, artists string, artist_0 string, artist_1 string, id string"
    );
    assert_eq!(
        columns_after("- source: albums\n- select_fields: [id, name]\n- rename_field: { id: name, name: id }"),
        "name string, id string"
    );
    insta::assert_snapshot!(refused_steps("- source: albums\n- drop_fields: [nam, \"genre_*\", \"*[\"]"), @r#"
    unknown-column: unknown column `nam`
      at pipeline.yaml:11:23
      | - drop_fields: [nam, "genre_*", "*["]
      |                 ^^^
      expected: one of id, name, artists, artist_0, artist_1, released
      help: did you mean `name`?
    nothing-matches: `genre_*` matches no column
      at pipeline.yaml:11:29
      | - drop_fields: [nam, "genre_*", "*["]
      |                       ^^^^^^^
      expected: columns are id, name, artists, artist_0, artist_1, released
    invalid-glob: `*[` is not a glob: unclosed character class; missing ']'
      at pipeline.yaml:11:40
      | - drop_fields: [nam, "genre_*", "*["]
      |                                  ^^
    "#);
    insta::assert_snapshot!(refused_steps("- source: albums\n- drop_fields: [\"*\"]"), @r#"
    no-columns: `drop_fields` leaves no column
      at pipeline.yaml:11:9
      | - drop_fields: ["*"]
      |   ^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(refused_steps("- source: albums\n- rename_field: { id: name, nothing: x }"), @"
    unknown-column: unknown column `nothing`
      at pipeline.yaml:11:35
      | - rename_field: { id: name, nothing: x }
      |                             ^^^^^^^
      expected: one of id, name, artists, artist_0, artist_1, released
    ");
    insta::assert_snapshot!(refused_steps("- source: albums\n- rename_field: { id: name }"), @"
    duplicate-column: two columns would be named `name`
      at pipeline.yaml:11:29
      | - rename_field: { id: name }
      |                       ^^^^
      help: rename or drop the other one first
    ");
}

#[test]
fn a_column_that_is_gone_is_told_of() {
    insta::assert_snapshot!(refused_steps("- source: tracks\n- drop_fields: [\"pop*\"]\n- filter: popularity > 1"), @"
    unknown-column: unknown column `popularity`
      at pipeline.yaml:12:17
      | - filter: popularity > 1
      |           ^^^^^^^^^^
      expected: one of id, name, explicit, album_id, released
      help: keep the column there, or leave it out here
      note: `drop_fields` drops it (pipeline.yaml:11:24)
    ");
    insta::assert_snapshot!(refused_steps("- source: tracks\n- rename_field: { popularity: fame }\n- filter: popularity > 1"), @"
    unknown-column: unknown column `popularity`
      at pipeline.yaml:12:17
      | - filter: popularity > 1
      |           ^^^^^^^^^^
      expected: one of id, name, fame, explicit, album_id, released
      help: write `fame`
      note: `rename_field` calls it `fame` (pipeline.yaml:11:9)
    ");
    insta::assert_snapshot!(refused_steps("- source: tracks\n- select_fields: [id]\n- drop_duplicates: { by: [name] }"), @"
    unknown-column: unknown column `name`
      at pipeline.yaml:12:33
      | - drop_duplicates: { by: [name] }
      |                           ^^^^
      expected: one of id
      help: keep the column there, or leave it out here
      note: `select_fields` does not keep it (pipeline.yaml:11:9)
    ");
    insta::assert_snapshot!(
        refused_steps("- source: tracks\n- join: { source: albums, on: { album_id: id }, prefix: album_ }\n- drop_fields: [artists]"),
        @"
    unknown-column: unknown column `artists`
      at pipeline.yaml:12:23
      | - drop_fields: [artists]
      |                 ^^^^^^^
      expected: one of id, name, popularity, explicit, album_id, released, album_name, album_artists, album_artist_0, album_artist_1, album_released
      help: write `album_artists`
      note: the join calls it `album_artists` (pipeline.yaml:11:9)
    "
    );
}

#[test]
fn types_change_and_columns_are_derived() {
    insta::assert_snapshot!(
        columns_after("- source: albums\n- change_schema: { released: { type: date, format: yyyy }, artists: array<string> }\n- derived_column: { year: year(released), name: upper(name) }"),
        @"id string, name string, artists array<string>, artist_0 string, artist_1 string, released date, year int"
    );
    insta::assert_snapshot!(refused_steps("- source: tracks\n- change_schema: { explicit: int, name: integer, nme: int, released: { type: date, format: YYYY } }"), @"
    type-mismatch: `explicit` is boolean, which does not convert to int
      at pipeline.yaml:11:36
      | - change_schema: { explicit: int, name: integer, nme: int, released: { type: date, format: YYYY } }
      |                              ^^^
      help: derive it: `case when x then 1 else 0 end`
    unknown-type: unknown type `integer`
      at pipeline.yaml:11:47
      | - change_schema: { explicit: int, name: integer, nme: int, released: { type: date, format: YYYY } }
      |                                         ^^^^^^^
      expected: one of string, boolean, int, bigint, float, double, decimal(p,s), date, timestamp, array<T>, struct<name:T,...>
      help: did you mean `int`?
    unknown-column: unknown column `nme`
      at pipeline.yaml:11:56
      | - change_schema: { explicit: int, name: integer, nme: int, released: { type: date, format: YYYY } }
      |                                                  ^^^
      expected: one of id, name, popularity, explicit, album_id, released
      help: did you mean `name`?
    not-applicable: `format` is for string to date, this is date to date
      at pipeline.yaml:11:98
      | - change_schema: { explicit: int, name: integer, nme: int, released: { type: date, format: YYYY } }
      |                                                                                            ^^^^
    ");
    insta::assert_snapshot!(refused_steps("- source: albums\n- change_schema: { released: { type: date, format: YYYY } }"), @"
    unknown-format: unknown date pattern `YYYY`
      at pipeline.yaml:11:58
      | - change_schema: { released: { type: date, format: YYYY } }
      |                                                    ^^^^
      expected: one of yyyy, yyyy-MM, yyyyMMdd, dd.MM.yyyy, MM/dd/yyyy, dd/MM/yyyy
      help: did you mean `yyyy`?
    ");
    insta::assert_snapshot!(refused_steps("- source: tracks\n- derived_column: { a: popularity + 1, b: a * 2, c: lenght(name) }"), @"
    unknown-column: unknown column `a`
      at pipeline.yaml:11:49
      | - derived_column: { a: popularity + 1, b: a * 2, c: lenght(name) }
      |                                           ^
      expected: one of id, name, popularity, explicit, album_id, released
      help: `a` is there in the next step: derive what builds on it in a second `derived_column`
    unknown-function: unknown function `lenght`
      at pipeline.yaml:11:59
      | - derived_column: { a: popularity + 1, b: a * 2, c: lenght(name) }
      |                                                     ^^^^^^
      help: did you mean `length`?
    ");
    insta::assert_snapshot!(refused_steps("- source: tracks\n- filter: popularity"), @"
    type-mismatch: `filter` takes a boolean, this is int
      at pipeline.yaml:11:17
      | - filter: popularity
      |           ^^^^^^^^^^
      expected: a boolean
      help: write a comparison, such as `x <> 0`
    ");
}

#[test]
fn drop_duplicates_orders_by_all() {
    let flow =
        compiled(&table_of("- source: tracks\n- drop_duplicates: { by: [ID], order_by: [released desc, Name] }"))
            .unwrap();
    let Operation::DropDuplicates { by, order_by } = &flow.tables["t"].steps[1].operation else { panic!() };
    assert_eq!(by, &["id"]);
    let order: Vec<String> =
        order_by.iter().map(|k| format!("{}{}", k.column, if k.descending { " desc" } else { "" })).collect();
    assert_eq!(order, ["released desc", "name", "popularity", "explicit", "album_id"]);
    let whole = "- source: tracks\n- select_fields: [id, name]\n- drop_duplicates: { by: [name, id] }";
    let whole = compiled(&table_of(whole)).unwrap();
    let Operation::DropDuplicates { by, order_by } = &whole.tables["t"].steps[2].operation else { panic!() };
    assert_eq!((by.join(" "), order_by.len()), ("name id".to_string(), 0));
    insta::assert_snapshot!(refused_steps("- source: tracks\n- drop_duplicates: { by: [id, ID], order_by: [relesed desc, name down] }"), @"
    duplicate-column: `id` stands here twice
      at pipeline.yaml:11:37
      | - drop_duplicates: { by: [id, ID], order_by: [relesed desc, name down] }
      |                               ^^
    unknown-column: unknown column `relesed`
      at pipeline.yaml:11:53
      | - drop_duplicates: { by: [id, ID], order_by: [relesed desc, name down] }
      |                                               ^^^^^^^
      expected: one of id, name, popularity, explicit, album_id, released
      help: did you mean `released`?
    unknown-column: unknown column `name down`
      at pipeline.yaml:11:67
      | - drop_duplicates: { by: [id, ID], order_by: [relesed desc, name down] }
      |                                                             ^^^^^^^^^
      expected: `column`, `column asc` or `column desc`
      help: did you mean `name`?
    ");
}
