//! Queries against a small flow, and the flagship's own.

use super::*;
use crate::flow::compile::compile;
use crate::flow::compile::tests::{SOURCES, fake, manifest, shown};
use crate::flow::headers::LocalHeaders;
use crate::manifest::{LoadOptions, load};

fn tables(crawler: &str, queries: &[(&str, &str)]) -> Result<()> {
    let named: String = queries.iter().map(|(name, _)| format!("    {name}: {name}.sql\n")).collect();
    let text = format!(
        "{SOURCES}tables:
  hits:
    steps:
      - source: tracks
      - join: {{ source: albums, on: {{ album_id: id }}, prefix: album_ }}
      - drop_fields: [\"album_artist_*\"]
      - rename_field: {{ popularity: fame }}
      - change_schema: {{ album_artists: array<string> }}
  artists: {{ steps: [{{ source: albums }}, {{ select_fields: [id, \"artist*\"] }}] }}
crawler: {crawler}
athena:
  queries:
{named}"
    );
    let manifest = manifest(&text, queries);
    let flow = compile(&manifest, &fake()).unwrap_or_else(|error| panic!("{}", shown(&error)));
    check_queries(&manifest, &flow)
}

fn check(sql: &str) -> String {
    match tables("{ database: music }", &[("q", sql)]) {
        Ok(()) => "ok".to_string(),
        Err(error) => shown(&error),
    }
}

#[test]
fn the_flagships_queries_are_good() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline.yaml");
    let manifest = load(&path, &LoadOptions::default()).unwrap();
    let flow = compile(&manifest, &LocalHeaders).unwrap();
    check_queries(&manifest, &flow).unwrap_or_else(|error| panic!("{}", shown(&error)));
    assert!(manifest.athena.queries.len() >= 6);
}

#[test]
fn good_queries_pass() {
    for sql in [
        "select id, NAME, hits.fame, h2.name from hits, music.hits as h2 where \"fame\" > 1",
        "select h.id as track from hits h order by track, fame, h.name",
        "select count(*) c, max(fame) from hits group by name having max(fame) > 1 order by c desc, 2",
        "select genre, n from hits cross join unnest(album_artists) with ordinality as t(genre, n) where t.n = 1",
        "select a, b from hits cross join unnest(album_artists) as t(a) cross join unnest(array[a]) as u(b)",
        "select x from hits cross join unnest(album_artists) t",
        "with a as (select id, fame + 1 as more from hits), b(x, y) as (select * from a) select x, y, b.x from b",
        "with recursive r(n) as (select 1 union all select n + 1 from r) select n from r",
        "with recursive r as (select 1 as n union all select n + 1 from r) select n from r",
        "select id from (select id, upper(name) n from hits) where n = 'A'",
        "select t.k from (select id from hits) as t(k)",
        "select id from hits where exists (select 1 from artists where artists.id = hits.album_id)",
        "select id from hits where id in (select id from artists) and fame > (select avg(fame) from hits)",
        "select id from hits h join artists a using (id)",
        "select music.hits.fame from hits",
        "select filter(album_artists, g -> g like 'x%'), transform(album_artists, (x) -> x || name) from hits",
        "select sum(fame) over (partition by name order by released) from hits",
        "select sum(fame) over w from hits window w as (partition by name)",
        "select * from information_schema.columns where table_name = 'x'",
        "select anything from other_database.hits",
        "select \"$path\", whatever from \"hits$partitions\"",
        "select id x from hits union all select id from artists order by x",
        "select y from (values (1, 'a')) as t(x, y)",
        "select row_number() over (order by fame) as rn, date_trunc('year', released), extract(year from released) from hits",
        "select a.* , hits.id from hits join artists a on a.id = hits.id",
        "select normalize(name, NFC), cast(row(1, 2) as row(a int, b int)).a, current_date from hits",
        "select l.y from hits cross join lateral (select fame + 1 as y) as l",
        "select id from hits where released between date '2000-01-01' and current_date and name is not null",
        "insert into x select nothing from nowhere",
        "select name[1], hits.album_artists[fame] from hits",
        "select cast(album_artists as array(varchar)) from hits",
        "(select id from hits) order by id",
        "select case when fame > 1 then name else id end from hits;",
        "select count(*) filter (where fame > 1), array_agg(name order by fame desc) from hits",
        "select max(x) from ((select fame x from hits) union all (select 1))",
        "select hits from hits",
    ] {
        assert_eq!(check(sql), "ok", "{sql}");
    }
}

#[test]
fn dropped_and_renamed_columns() {
    insta::assert_snapshot!(check("-- which?\nselect id,\n       album_artist_0, popularity\nfrom hits\ngroup by album_artist_0"), @"
    unknown-column: unknown column `album_artist_0`
      at q.sql:3:8
      | album_artist_0, popularity
      | ^^^^^^^^^^^^^^
      expected: one of id, name, fame, explicit, album_id, released, album_name, album_artists, album_released
      help: keep the column there, or leave it out here
      note: table `hits`: `drop_fields` drops it (pipeline.yaml:12:24)
    unknown-column: unknown column `popularity`
      at q.sql:3:24
      | album_artist_0, popularity
      |                 ^^^^^^^^^^
      expected: one of id, name, fame, explicit, album_id, released, album_name, album_artists, album_released
      help: write `fame`
      note: table `hits`: `rename_field` calls it `fame` (pipeline.yaml:13:9)
    ");
}

#[test]
fn unknown_columns() {
    insta::assert_snapshot!(check("select h.nme, fam from hits h"), @"
    unknown-column: unknown column `nme` of `h`
      at q.sql:1:10
      | select h.nme, fam from hits h
      |          ^^^
      expected: one of id, name, fame, explicit, album_id, released, album_name, album_artists, album_released
      help: did you mean `name`?
    unknown-column: unknown column `fam`
      at q.sql:1:15
      | select h.nme, fam from hits h
      |               ^^^
      expected: one of id, name, fame, explicit, album_id, released, album_name, album_artists, album_released
      help: did you mean `fame`?
    ");
    insta::assert_snapshot!(check("select id from hits where name = \"Pink Floyd\""), @r#"
    unknown-column: unknown column `pink floyd`
      at q.sql:1:34
      | select id from hits where name = "Pink Floyd"
      |                                  ^^^^^^^^^^^^
      expected: one of id, name, fame, explicit, album_id, released, album_name, album_artists, album_released
      help: double quotes make a name; a text stands in single ones: 'Pink Floyd'
    "#);
    insta::assert_snapshot!(check("select upper(name) as loud, count(*) from hits where loud = 'A' group by loud"), @"
    unknown-column: unknown column `loud`
      at q.sql:1:54
      | select upper(name) as loud, count(*) from hits where loud = 'A' group by loud
      |                                                      ^^^^
      expected: one of id, name, fame, explicit, album_id, released, album_name, album_artists, album_released
      help: `loud` is an alias of the select list, which Athena sees in ORDER BY alone: repeat the expression, or write its position, as in `GROUP BY 1`
    ");
    insta::assert_snapshot!(check("with a as (select id from hits) select fame from a"), @"
    unknown-column: unknown column `fame`
      at q.sql:1:40
      | with a as (select id from hits) select fame from a
      |                                        ^^^^
      expected: one of id
      note: table `hits` has a column of that name
    ");
    insta::assert_snapshot!(check("select genre, g from hits cross join unnest(genres) as t(g)"), @"
    unknown-column: unknown column `genre`
      at q.sql:1:8
      | select genre, g from hits cross join unnest(genres) as t(g)
      |        ^^^^^
      expected: one of id, name, fame, explicit, album_id, released, album_name, album_artists, album_released, g
    unknown-column: unknown column `genres`
      at q.sql:1:45
      | select genre, g from hits cross join unnest(genres) as t(g)
      |                                             ^^^^^^
      expected: one of id, name, fame, explicit, album_id, released, album_name, album_artists, album_released
    ");
    insta::assert_snapshot!(check("select id from hits where exists (select 1 from artists a where a.fame = hits.id)"), @"
    unknown-column: unknown column `fame` of `a`
      at q.sql:1:67
      | select id from hits where exists (select 1 from artists a where a.fame = hits.id)
      |                                                                   ^^^^
      expected: one of id, artists, artist_0, artist_1
      note: table `hits` has a column of that name
    ");
    insta::assert_snapshot!(check("select id from hits union select id from artists order by fame"), @"
    unknown-column: unknown column `fame`
      at q.sql:1:59
      | select id from hits union select id from artists order by fame
      |                                                           ^^^^
      note: table `hits` has a column of that name
    ");
    insta::assert_snapshot!(check("select transform(album_artists, x -> y) from hits"), @"
    unknown-column: unknown column `y`
      at q.sql:1:38
      | select transform(album_artists, x -> y) from hits
      |                                      ^
      expected: one of id, name, fame, explicit, album_id, released, album_name, album_artists, album_released
    ");
    insta::assert_snapshot!(check("select hits.id from hits h"), @"
    unknown-table: `hits` names neither a table nor a column here
      at q.sql:1:8
      | select hits.id from hits h
      |        ^^^^
      expected: one of h
      help: a table that has an alias is known by the alias alone
    ");
    insta::assert_snapshot!(check("select s.id from (select id from hits) t join artists on t.id = artists.ident"), @"
    unknown-table: `s` names neither a table nor a column here
      at q.sql:1:8
      | select s.id from (select id from hits) t join artists on t.id = artists.ident
      |        ^
      expected: one of t, artists
      help: did you mean `t`?
    ");
}

#[test]
fn unknown_tables() {
    insta::assert_snapshot!(check("select * from hit"), @"
    unknown-table: unknown table `hit`
      at q.sql:1:15
      | select * from hit
      |               ^^^
      expected: one of hits, artists
      help: did you mean `hits`?
    ");
    insta::assert_snapshot!(check("select * from tracks join nowhere.x on true"), @"
    unknown-table: unknown table `tracks`
      at q.sql:1:15
      | select * from tracks join nowhere.x on true
      |               ^^^^^^
      expected: one of hits, artists
      help: `tracks` is a source; only what stands under `tables` is in the catalog
    ");
    let prefixed = |sql: &str| match tables("{ database: music, table_prefix: raw_ }", &[("q", sql)]) {
        Ok(()) => "ok".to_string(),
        Err(error) => shown(&error),
    };
    assert_eq!(prefixed("select fame from raw_hits"), "ok");
    insta::assert_snapshot!(prefixed("select fame from hits"), @"
    unknown-table: unknown table `hits`
      at q.sql:1:18
      | select fame from hits
      |                  ^^^^
      expected: one of raw_hits, raw_artists
      help: tables carry the prefix `raw_` in the catalog: write `raw_hits`
    ");
    let shared = tables("{ database: { name: music, existing: true } }", &[("q", "select x from theirs")]);
    assert!(shared.is_ok(), "others may have tables in a shared database");
}

#[test]
fn all_queries_are_told_of() {
    let error = tables(
        "{ database: music }",
        &[("a", "select x from hits"), ("b", "selct 1"), ("c", "select 1"), ("d", "select y from hits")],
    );
    insta::assert_snapshot!(shown(&error.unwrap_err()), @"
    unknown-column: unknown column `x`
      at a.sql:1:8
      | select x from hits
      |        ^
      expected: one of id, name, fame, explicit, album_id, released, album_name, album_artists, album_released
    syntax: no statement begins with `selct`
      at b.sql:1:1
      | selct 1
      | ^^^^^
      help: did you mean `select`?
    unknown-column: unknown column `y`
      at d.sql:1:8
      | select y from hits
      |        ^
      expected: one of id, name, fame, explicit, album_id, released, album_name, album_artists, album_released
    ");
}

proptest::proptest! {
    #[test]
    fn any_query_is_checked_or_refused(words in proptest::collection::vec(proptest::sample::select(vec![
        "select", "from", "where", "group by", "order by", "with a as (", ")", "(", ",", "*", "hits", "artists", "a", "id", "fame", "x", ".",
        "unnest(", "as t(", "join", "on", "using (", "union", "1", "'s'", "=", "->", "over (", "partition by", "cast(", "as", "[", "]", "case",
        "when", "then", "end", "exists (", "in (", "lateral", "values",
    ]), 0..20)) {
        let _ = check(&format!("select {}", words.join(" ")));
    }
}

/// `output <- table.column ...`, a line each, and what the query reads at all.
fn lineage(sql: &str) -> String {
    let text = format!(
        "{SOURCES}tables:\n  hits: {{ steps: [{{ source: tracks }}] }}\n  records: {{ steps: [{{ source: albums }}] }}\ncrawler: {{ database: music }}\nathena:\n  queries:\n    q: q.sql\n"
    );
    let manifest = manifest(&text, &[("q", sql)]);
    let flow = compile(&manifest, &fake()).unwrap();
    let query = &manifest.athena.queries["q"];
    let words = |origins: &BTreeSet<Origin>| {
        origins.iter().map(|(table, column)| format!("{table}.{column}")).collect::<Vec<_>>().join(" ")
    };
    let outputs = outputs(&manifest, &flow, query).unwrap();
    let lines = outputs.iter().map(|output| format!("{} <- {}\n", output.name, words(&output.origins)));
    lines.collect::<String>() + &format!("reads {}", words(&read(&manifest, &flow, query)))
}

#[test]
fn columns_are_followed_through_queries() {
    for (sql, expected) in [
        (
            "select name, popularity + 1 as p from hits where id <> ''",
            "name <- hits.name\np <- hits.popularity\nreads hits.id hits.name hits.popularity",
        ),
        (
            "with b(x) as (select upper(name) || id from hits) select b.x, count(*) n from b group by b.x",
            "x <- hits.id hits.name\nn <- \nreads hits.id hits.name",
        ),
        (
            "select t.k, r.name from (select id k, album_id from hits) t join records r on t.album_id = r.id",
            "k <- hits.id\nname <- records.name\nreads hits.album_id hits.id records.id records.name",
        ),
        (
            "select id from hits union all select name from records",
            "id <- hits.id records.name\nreads hits.id records.name",
        ),
        ("select music.hits.name from hits order by popularity", "name <- hits.name\nreads hits.name hits.popularity"),
        (
            "select (select max(name) from records where id = h.album_id) m from hits h",
            "m <- hits.album_id records.id records.name\nreads hits.album_id records.id records.name",
        ),
    ] {
        assert_eq!(lineage(sql), expected, "{sql}");
    }
    assert!(lineage("select * from records").contains("reads records."));
}

fn warned(sql: &str) -> String {
    let text = format!(
        "{SOURCES}tables:
  hits: {{ steps: [{{ source: tracks }}], checks: [{{ unique: [id] }}] }}
crawler: {{ database: music }}
athena: {{ queries: {{ q: q.sql }} }}
"
    );
    let manifest = manifest(&text, &[("q", sql)]);
    let flow = compile(&manifest, &fake()).unwrap();
    check_queries(&manifest, &flow).unwrap_or_else(|error| panic!("{}", shown(&error)));
    match warnings(&manifest, &flow) {
        none if none.is_empty() => "nothing".to_string(),
        all => shown(&Error::many(all)),
    }
}

#[test]
fn comparisons_and_divisions_that_athena_refuses() {
    insta::assert_snapshot!(warned("select * from hits where released > '2000-01-01' and popularity = '5'"));
    insta::assert_snapshot!(warned("select * from hits where name between 1 and 5 or explicit in (1, 0)"));
    insta::assert_snapshot!(warned(
        "select sum(popularity) / count(name), popularity % (popularity - 1) from hits group by popularity"
    ));
}

/// A condition on another column, or on one whose name begins alike, guards nothing.
#[test]
fn only_conditions_on_the_divisor_guard_a_division() {
    let divided = |condition: &str| warned(&format!("select 10 / popularity from hits where {condition}"));
    for guard in
        ["popularity <> 0", "name = 'a' and (0 < popularity)", "popularity between 1 and 9", "popularity in (1, 2)"]
    {
        assert_eq!(divided(guard), "nothing", "{guard}");
    }
    for other in ["name <> 'popularity'", "popularity + 1 > 0", "id is not null"] {
        assert!(divided(other).contains("division-by-zero"), "{other}");
    }
}

/// Queries that programs write are as deep as they are long.
#[test]
fn long_rows_of_operators_are_walked() {
    let row = |one: &str, between: &str, times: usize| vec![one; times].join(between);
    for sql in [
        format!("select * from hits where {}", row("popularity = 1", " or ", 1_200)),
        format!("select * from hits where {} = 'a'", row("popularity", " + ", 1_900)),
        format!("select 1 / ({}) from hits", row("popularity", " + ", 1_900)),
        format!("select {} from hits", row("popularity", " / ", 1_900)),
        format!(
            "select 1 / abs({}) from hits where abs({}) > 0",
            row("popularity", "-", 900),
            row("popularity", "-", 900)
        ),
    ] {
        assert!(!warned(&sql).contains("unknown"), "{}", &sql[..40]);
    }
    let mixed = format!("select * from hits where {} or popularity = 'a'", row("popularity = 1", " or ", 1_200));
    assert!(warned(&mixed).contains("type-mismatch"));
}

/// Nothing is said where Athena agrees, or where it is not known.
#[test]
fn what_athena_computes_is_let_be() {
    for sql in [
        "select popularity / 2, 1.0 * popularity / 3, popularity / nullif(popularity, 0), 5 / -(2) from hits",
        "select 100.0 * count(*) / sum(count(*)) over () from hits group by name",
        "select sum(popularity) / count(*) from hits group by name",
        "select popularity * 1e0 / popularity, avg(popularity) / popularity from hits",
        "select 10 / popularity from hits where popularity > 0",
        "select name from hits group by name having 10 / sum(popularity) > 1 and sum(popularity) <> 0",
        "select case when popularity <> 0 then 10 / popularity end, if(popularity = 0, 0, 10 / popularity) from hits",
        "select try(10 / popularity) from hits",
        "select * from hits where released > timestamp '2000-01-01 00:00:00' and popularity < 5.5 and popularity > 1e0",
        "select * from hits where cast(popularity as varchar) = '5' and released = date '2000-01-01'",
        "select filter(array['a'], popularity -> popularity = 'a') from hits",
        "select upper(name) as released from hits order by released = 'A'",
        "select * from hits where json_extract_scalar(name, '$.a') = 'x' and name = NULL",
    ] {
        assert_eq!(warned(sql), "nothing", "{sql}");
    }
}
