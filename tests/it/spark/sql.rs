//! Tables and steps in SQL: joins, groups, windows, unions, `with`.

use super::{Bench, assert_agree};

/// A table for each: its name and query.
const QUERIES: &[(&str, &str)] = &[
    (
        "plain",
        "select id, s.shop, price * 2 as twice, 'x' as \"constant\", n from sales as s where n > 0 and shop is not null;",
    ),
    ("everything", "select * from sales"),
    ("one_side", "select s.*, m.extra, m.id as more_id from sales s join more m on s.shop = m.shop"),
    (
        "by_expressions",
        "select s.id, m.id as other, m.item from sales s inner join more m on lower(s.shop) = m.shop and s.id < m.id and m.price > 0.1",
    ),
    (
        "left_with_conditions",
        "select s.id, s.shop, m.shop as found, m.price from sales s left join more m on m.shop = s.shop and m.price > 1 where s.id < 9",
    ),
    (
        "right_on",
        "select s.id, s.shop, m.id as other, m.shop as found from sales s right join more m on s.shop = m.shop",
    ),
    (
        "right_with_conditions",
        "select s.id, m.id as other from sales s right join more m on s.shop = m.shop and s.n > 0",
    ),
    (
        "full_on",
        "select s.id, s.shop, m.id as other, m.shop as found from sales s full outer join more m on s.shop = m.shop and s.item = m.item",
    ),
    ("full_using", "select shop, s.id, m.id as other from sales s full join more m using (shop)"),
    (
        "left_using",
        "select * from (select id, shop from sales) as s left join (select shop, extra from more) as m using (shop)",
    ),
    (
        "three",
        "select a.id, b.id as b, c.price from sales a join sales b on a.item = b.item left join more c on b.shop = c.shop and b.id + 9 = c.id",
    ),
    ("listed", "select id, shop from sales where shop in (select shop from more where id > 0) and n is not null"),
    ("semi", "select s.id, s.item from sales s left semi join more m on s.item = m.item and m.price is null"),
    ("anti", "select s.id, s.item from sales s left anti join more m on s.item = m.item"),
    (
        "grouped",
        "select shop, count(*) as rows, count(price) as prices, sum(n) as total, avg(n) as mean, sum(price) as price_approx, min(item) as least\n\
         from sales group by shop having count(*) > 1 or max(n) > 2",
    ),
    (
        "by_a_place",
        "select coalesce(shop, 'none') as shop, year(day) as y, count(distinct item) as items from sales group by 1, 2",
    ),
    ("by_a_name", "select upper(item) as loud, max(price) + min(price) as range from sales group by loud"),
    (
        "by_the_expression",
        "select 'y' || cast(year(day) as string) as y, year(day) + 1 as later from sales group by year(day)",
    ),
    ("in_all", "select count(*) as n, sum(n) / count(*) as ratio, max(day) as last from sales where id > 1"),
    ("in_all_of_nothing", "select count(*) as n, sum(n) as total from sales where id > 1000"),
    ("having_alone", "select max(n) as n from sales having count(*) > 100"),
    ("distinct_rows", "select distinct shop, price, ok from sales"),
    ("all_of_two", "select id, shop, price from sales union all select id, item, price from more"),
    ("one_of_two", "select shop from sales union select shop from more union select 'x' as y from more"),
    ("every_pair", "select s.id, m.id as other, m.shop from sales s cross join more m"),
    ("pairs_in_order", "select a.id, b.id as later from sales a join sales b on a.price < b.price where b.id <> 4"),
    (
        "with_a_total",
        "select id, total - n as rest from sales cross join (select sum(n) as total from sales where n > 0) as t",
    ),
    ("with_nothing", "select s.id from sales s cross join (select id from more where id > 1000) as m"),
    ("in_both", "select shop, item from sales intersect select shop, item from more"),
    ("in_both_as_wider", "select id, price from sales intersect select id - 9 as id, price from more"),
    ("in_the_first", "select shop, price, ok from sales except select shop, price, false as ok from more"),
    ("in_the_first_alone", "select day from sales except select extra from more except select day from sales where ok"),
    ("of_three", "select shop from sales except select shop from more intersect select shop from sales where n > 3"),
    (
        "sets_inside",
        "select x.shop, count(*) as n from (select shop, item from sales minus select shop, item from more) as x group by x.shop",
    ),
    (
        "named",
        "with big as (select id, shop, n from sales where n > 1), shops as (select shop, count(*) as rows from big group by shop)\n\
         select big.id, shops.rows, other.id as peer from big join shops on big.shop = shops.shop left join big as other on other.shop = big.shop",
    ),
    (
        "places",
        "select id, shop, row_number() over (partition by shop order by price desc) as place,\n\
         row_number() over (order by n) as overall, rank() over (partition by shop order by item) as r,\n\
         dense_rank() over (order by shop desc) as d, rank() over (order by price) as by_price from sales",
    ),
    (
        "neighbours",
        "select id, lag(item) over (partition by shop order by id) as before, lead(price * 2, 2) over (order by id desc) as behind,\n\
         n - lag(n) over (partition by shop order by day, id) as step from sales where n is null or n < 100",
    ),
    (
        "running",
        "select id, sum(n) over (partition by shop order by id) as so_far, sum(n) over (partition by shop) as total,\n\
         count(*) over () as rows, count(price) over (order by item) as priced, avg(n) over (order by id rows between 1 preceding and 1 following) as around,\n\
         min(price) over (partition by shop order by id rows unbounded preceding) as least, max(item) over (order by id) as greatest,\n\
         sum(price) over (partition by shop order by id rows between unbounded preceding and current row) as price_approx,\n\
         sum(cost) over (partition by shop order by day) as cost,\n\
         max(day) over (partition by ok order by at) as last from sales",
    ),
    (
        "windows_over_groups",
        "select shop, count(*) as rows, rank() over (order by count(*) desc, max(n)) as place, sum(count(*)) over () as of_all,\n\
         count(*) * 100 / sum(count(*)) over () as share from sales group by shop",
    ),
    ("windows_inside", "select id, 'no ' || cast(row_number() over (order by id) as string) as label from sales"),
    ("firsts", "select id, shop, price from sales order by price desc, shop limit 3"),
    ("firsts_by_expressions", "select item, n from sales order by length(item) desc, 2 limit 4"),
    (
        "firsts_inside",
        "select x.shop, count(*) as n from (select shop, id from sales order by id limit 5) as x group by x.shop",
    ),
    ("of_tables", "select t.shop, t.total, g.place from grouped as t join windows_over_groups g on t.shop = g.shop"),
    ("of_a_source", "select s.id from source.sales as s join table.firsts as f on s.id = f.id"),
    (
        "nested",
        "select a, max(b) as b from (select shop as a, n as b from (select * from sales where ok) as x where n > 0) as y group by a",
    ),
    (
        "case_of_groups",
        "select case when shop is null then 'none' else shop end as s, sum(case when ok then 1 else 0 end) as oks from sales group by case when shop is null then 'none' else shop end",
    ),
];

const STEPS: &str = r#"  stepped:
    max_cast_loss: 1
    steps:
      - source: sales
      - change_schema: { item: int }
      - drop_fields: [cost]
      - sql: data/sql/step.sql
      - filter: rows > 0
      - derived_column: { twice: rows * 2 }
      - sql: data/sql/again.sql
      - select_fields: [shop, twice, place]
"#;

const SALES: &str = "id,shop,item,n,price,cost,day,at,ok\n\
    1,north,apple,1,1.5,1.10,2015-06-09,2015-06-09 07:08:09.123456,t\n\
    2,north,apple,-7,2.5,-2.35,2016-02-29,1969-12-31 23:59:59.9,f\n\
    3,north,two words,2147483647,0.1,0.01,0001-01-01,,t\n\
    4,é😀ß,\"it's \"\"x\"\"\",2147483647,1e16,9999999999.99,9999-12-31,9999-12-31 23:59:59.999999,\n\
    5,é😀ß,\"a, b;c.d\",,-0.0,,,0001-01-01,f\n\
    6,,,3,0,0,,,\n\
    7,,\" \",,1e-7,5.5,2015-06-09,,t\n\
    8,south,B,4,3,1,2015-06-09,,\n\
    9,south,b,1,,,,,\n\
    10,north,apple,4,1.5,,2015-06-09,,t\n";

const MORE: &str = "shop,id,item,extra,price\nnorth,10,apple,2020-01-01,1.5\nwest,11,,,\n,12,B,,0.1\nnorth,13,b,2021-01-01,0.5\nsouth,17,B,,\n";

pub fn benches() -> Vec<(String, Bench)> {
    let mut manifest = String::from(
        "sources:\n  \
         sales: { path: data/sales/, format: csv, columns: { id: int, shop: string, item: string, n: int, price: double, cost: \"decimal(12,2)\", day: date, at: timestamp, ok: boolean } }\n  \
         more: { path: data/more/, format: csv, columns: { shop: string, id: bigint, item: string, extra: date, price: float } }\n\
         tables:\n",
    );
    let mut files = vec![
        ("sales/a.csv".to_string(), SALES.to_string()),
        ("more/a.csv".to_string(), MORE.to_string()),
        ("sql/step.sql".to_string(), "select shop, item, count(*) as rows, min(price) as least from input group by shop, item".to_string()),
        (
            "sql/again.sql".to_string(),
            "-- The greatest first.\nwith best as (select shop, max(twice) as most from input group by shop)\n\
             select i.*, row_number() over (order by i.twice desc) as place from input i join best b on b.shop = i.shop and b.most = i.twice\n"
                .to_string(),
        ),
    ];
    for (name, query) in QUERIES {
        manifest.push_str(&format!("  {name}: {{ sql: data/sql/{name}.sql }}\n"));
        files.push((format!("sql/{name}.sql"), query.to_string()));
    }
    manifest.push_str(STEPS);
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    vec![("sql".to_string(), Bench::new(&manifest, &files))]
}

#[test]
fn queries_agree() {
    assert_agree("sql");
}
