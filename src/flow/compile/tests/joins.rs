//! `join`.

use super::*;

#[test]
fn joins_name_columns() {
    let all = "- source: tracks\n- join: { source: albums, on: { album_id: id }, prefix: album_ }";
    insta::assert_snapshot!(columns_after(all), @"id string, name string, popularity int, explicit boolean, album_id string, released date, album_name string, album_artists string, album_artist_0 string, album_artist_1 string, album_released string");
    let some = "- source: tracks\n- join: { source: albums, on: { album_id: id }, how: left, select: [\"art*\", id], prefix: art }";
    insta::assert_snapshot!(columns_after(some), @"id string, name string, popularity int, explicit boolean, album_id string, released date, artists string, artist_0 string, artist_1 string");
    let dropped =
        "- source: tracks\n- join: { source: albums, on: { album_id: id }, drop: [name, released, \"artist_[0-9]*\"] }";
    insta::assert_snapshot!(columns_after(dropped), @"id string, name string, popularity int, explicit boolean, album_id string, released date, artists string");
    let semi = "- source: tracks\n- join: { source: albums, on: { album_id: id }, how: semi }";
    insta::assert_snapshot!(columns_after(semi), @"id string, name string, popularity int, explicit boolean, album_id string, released date");
    let both = "- source: tracks\n- join: { source: albums, on: [id, name], drop: [released] }";
    insta::assert_snapshot!(columns_after(both), @"id string, name string, popularity int, explicit boolean, album_id string, released date, artists string, artist_0 string, artist_1 string");
}

#[test]
fn joins_are_refused() {
    insta::assert_snapshot!(refused_steps("- source: tracks\n- join: { source: albums, on: { album_id: id } }"), @"
    duplicate-column: columns stand on both sides of the join: `name`, `released` in the rows so far and in `albums`
      at pipeline.yaml:11:25
      | - join: { source: albums, on: { album_id: id } }
      |                   ^^^^^^
      help: add `drop: [name, released]` or `prefix: album_` to the join
    ");
    insta::assert_snapshot!(refused_steps("- source: tracks\n- join: { source: albums, on: { albumid: id, name: nme } }"), @"
    unknown-column: unknown column `albumid`
      at pipeline.yaml:11:39
      | - join: { source: albums, on: { albumid: id, name: nme } }
      |                                 ^^^^^^^
      expected: one of id, name, popularity, explicit, album_id, released
      help: did you mean `album_id`?
      note: looked for on the left side of the join
    unknown-column: unknown column `nme`
      at pipeline.yaml:11:58
      | - join: { source: albums, on: { albumid: id, name: nme } }
      |                                                    ^^^
      expected: one of id, name, artists, artist_0, artist_1, released
      help: did you mean `name`?
      note: looked for on the right side, `albums`, of the join
    ");
    insta::assert_snapshot!(refused_steps("- source: tracks\n- join: { source: albums, on: { popularity: id }, drop: [nme, \"x*\"] }"), @r#"
    type-mismatch: keys of a join have one type: `popularity` is int, `id` is string
      at pipeline.yaml:11:39
      | - join: { source: albums, on: { popularity: id }, drop: [nme, "x*"] }
      |                                 ^^^^^^^^^^
      help: convert one of them with `change_schema`, or in the source's `columns`
    unknown-column: unknown column `nme`
      at pipeline.yaml:11:64
      | - join: { source: albums, on: { popularity: id }, drop: [nme, "x*"] }
      |                                                          ^^^
      expected: one of id, name, artists, artist_0, artist_1, released
      help: did you mean `name`?
    nothing-matches: `x*` matches no column
      at pipeline.yaml:11:70
      | - join: { source: albums, on: { popularity: id }, drop: [nme, "x*"] }
      |                                                                ^^
      expected: columns are id, name, artists, artist_0, artist_1, released
    "#);
    insta::assert_snapshot!(refused_steps("- source: tracks\n- join: { source: albms, on: [id] }"), @"
    unknown-source: unknown source `albms`
      at pipeline.yaml:11:25
      | - join: { source: albms, on: [id] }
      |                   ^^^^^
      expected: one of tracks, albums
      help: did you mean `albums`?
    ");
    insta::assert_snapshot!(refused_steps("- source: tracks\n- join: { table: albums, on: [id] }"), @"
    unknown-table: unknown table `albums`
      at pipeline.yaml:11:24
      | - join: { table: albums, on: [id] }
      |                  ^^^^^^
      expected: one of t
      help: `albums` is a source: write `source: albums`
    ");
    insta::assert_snapshot!(refused_steps("- source: tracks\n- join: { source: albums, on: [id], how: anti, prefix: a_ }"), @"
    not-applicable: `prefix` does nothing in a semi or anti join
      at pipeline.yaml:11:62
      | - join: { source: albums, on: [id], how: anti, prefix: a_ }
      |                                                        ^^
      help: remove `prefix`: such a join adds no columns
    ");
    insta::assert_snapshot!(
        refused_steps("- source: tracks\n- change_schema: { popularity: double }\n- join: { source: albums, on: { popularity: id } }"),
        @"
    type-mismatch: keys of a join have one type: `popularity` is double, `id` is string
      at pipeline.yaml:12:39
      | - join: { source: albums, on: { popularity: id } }
      |                                 ^^^^^^^^^^
      help: convert one of them with `change_schema`, or in the source's `columns`
    "
    );
}
