//! Queries: what they come to, and what is refused where.

use super::*;
use crate::flow::document::Operation;

const SALES: &str = "sources:
  sales: { path: albums.csv, columns: { id: int, name: string, artists: \"array<string>\", artist_0: double, artist_1: bigint, released: date } }
  other: { path: other.csv, columns: { id: bigint, x: string } }
tables:
";

/// A table `t` of a query; `u` is another.
fn of_query(query: &str) -> Result<Flow> {
    let lines = format!("{SALES}  t: {{ sql: q.sql }}\n  u: {{ sql: u.sql }}\n");
    let manifest = manifest(&lines, &[("q", query), ("u", "select id, x from other where x <> ''")]);
    compile(&manifest, &fake())
}

fn after(query: &str) -> String {
    let flow = of_query(query).unwrap_or_else(|error| panic!("{query}\n{}", shown(&error)));
    columns(&flow.tables["t"].schema)
}

fn refusal(query: &str) -> String {
    match of_query(query) {
        Ok(flow) => panic!("{query}: {:?}", flow.tables["t"]),
        Err(error) => shown(&error),
    }
}

/// The kinds of operations of a table, parts first.
fn operations(query: &str) -> Vec<String> {
    let flow = of_query(query).unwrap_or_else(|error| panic!("{query}\n{}", shown(&error)));
    let table = &flow.tables["t"];
    let kind = |operation: &Operation| format!("{operation:?}").split([' ', '(', '{']).next().unwrap_or("").to_string();
    table.all_steps().map(|step| kind(&step.operation)).collect()
}

#[test]
fn columns_after_a_query() {
    assert_eq!(after("select id, s.name as n, 1.5 as x from sales as s"), "id int, n string, x double");
    assert_eq!(after("select * from u"), "id bigint, x string");
    assert_eq!(
        after("select name, count(*) as n, sum(id) as s, avg(id) as a from sales group by name"),
        "name string, n bigint, s bigint, a double"
    );
    assert_eq!(after("select id from sales union all select id from u"), "id bigint");
    assert_eq!(after("select id from sales intersect select id from u"), "id bigint");
    assert_eq!(after("select id, name from sales except select id, x from u"), "id bigint, name string");
    assert_eq!(after("select s.name, o.* from sales s cross join other o"), "name string, id bigint, x string");
    assert_eq!(
        after("select rank() over (order by id) as r, lag(released) over (order by id) as l from sales"),
        "r bigint, l date"
    );
}

#[test]
fn what_was_not_asked_for_is_not_there() {
    assert_eq!(operations("select * from sales"), ["Read"]);
    assert_eq!(operations("select name from sales where id > 1 and name is not null"), ["Read", "Filter", "Project"]);
    assert_eq!(operations("select name, count(*) as n from sales group by name"), ["Read", "Aggregate"]);
    assert_eq!(
        operations("select s.id from sales s join u on s.id = u.id"),
        ["Read", "DerivedColumn", "Join", "Project"]
    );
    assert_eq!(
        operations("with w as (select id from u) select w.id from w order by id limit 3"),
        ["Read", "Project", "Read", "Limit"]
    );
}

#[test]
fn a_join_brings_in_what_is_asked_for() {
    let flow =
        of_query("select s.id, o.x as y from sales s join other o on s.artist_1 = o.id where o.x <> ''").unwrap();
    let steps = &flow.tables["t"].steps;
    let Operation::Join { right, .. } = &steps[1].operation else { panic!("{steps:?}") };
    assert_eq!(right, &[("x".to_string(), "x".to_string())]);
    assert!(steps[1].schema.column("o_id").is_none() && steps[2].schema.column("x").is_some());
}

#[test]
fn tables_come_after_those_that_their_queries_read() {
    let flow = of_query("select id from (select id from u) as x").unwrap();
    assert_eq!(flow.tables.keys().collect::<Vec<_>>(), ["u", "t"]);
    assert!(refusal("select id from t").contains("table-cycle: table `t` reads itself"));
}

#[test]
fn refusals_of_queries() {
    let all = [
        "select id, nam from sales",
        "select id from sale",
        "select s.id from sales as x",
        "select id\nfrom sales s\n  join other o on s.id = o.id",
        "select s.id, o.id from sales s join other o on s.id = o.id",
        "select id + 1 from sales",
        "select name, id, count(*) as n from sales group by name",
        "select sum(max(id)) as x from sales",
        "select id from sales where count(*) > 1",
        "select id from sales order by id",
        "select id from sales limit 3",
        "select id from sales order by id nulls first limit 3",
        "select s.id from sales s, other o",
        "select s.id from sales s cross join other s",
        "select s.id from sales s left join other o on s.id > o.id",
        "select s.id from sales s natural join other o",
        "select s.id from sales s join other o on s.name = o.id",
        "select s.id from sales s left join other o on s.id = o.id and s.id > 1",
        "select row_number() as n from sales",
        "select row_number() over (partition by name) as n from sales",
        "select median(id) over (partition by name) as n from sales",
        "select ntile(4) over (order by id) as n from sales",
        "select id from sales except all select id from other",
        "select id from sales intersect all select id from other",
        "select id, name from sales intersect select id from other",
        "select id from sales except select x from other",
        "select id, artists from sales except select id, artists from sales",
        "select id from sales union all select x from other",
        "select distinct artists from sales",
        "select id from sales where exists (select 1 as x from other)",
        "with recursive r as (select 1 as x from other) select x from r",
        "select id from sales qualify row_number() over (order by id) = 1",
        "select case when id then 1 end as x from sales",
        "insert into sales values (1)",
        "select id from sales; select id from other",
        "select id from",
        "",
    ];
    let told: Vec<String> = all.iter().map(|query| format!("{query}\n{}", refusal(query))).collect();
    insta::assert_snapshot!("queries", told.join("\n"));
}

#[test]
fn a_step_reads_the_rows_so_far() {
    let table = |query: &str| {
        let lines = format!(
            "{SALES}  t:\n    steps:\n      - source: sales\n      - drop_fields: [artists]\n      - sql: q.sql\n      - filter: n > 1\n"
        );
        compile(&manifest(&lines, &[("q", query)]), &fake())
    };
    let flow = table("select name, count(*) as n from input group by name").unwrap();
    let found = &flow.tables["t"];
    assert_eq!(found.parts.keys().collect::<Vec<_>>(), ["input"]);
    assert_eq!(found.steps.iter().map(|step| step.continues).collect::<Vec<_>>(), [false, true, false]);
    insta::assert_snapshot!(
        "steps",
        shown(&table("select id, x as n from other").unwrap_err())
            + &shown(&table("select name as n from input").unwrap_err())
    );
}

#[test]
fn no_text_makes_it_panic() {
    let pieces = [
        "select", "id", "from", "sales", ",", "(", ")", "where", "group by", "*", "over", "join", "on", "=", "with",
        "as", "x", "union", "'", "1", "limit", "order by", ".",
    ];
    let mut state = 7u64;
    for _ in 0..3_000 {
        let mut text = String::from("select ");
        for _ in 0..(state >> 33) % 24 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            text.push(' ');
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let text = crate::manifest::spanned::Spanned::unplaced(text);
        let _ = crate::flow::sql::selected(&text, &|_| Err(vec![Error::manifest("unknown-input", "none")]), &[]);
    }
}
