//! Unions, NULLs, aggregates, arrays, pivots; checks by pattern and by reference.

use super::{Bench, assert_agree, assert_refused};

const MANIFEST: &str = r#"sources:
  sales:
    path: data/sales/
    format: csv
    columns: { id: int, shop: string, item: string, n: int, big: bigint, price: double, weight: float, cost: "decimal(12,2)", day: date, at: timestamp, ok: boolean, tags: "array<string>", ref: string }
  more:
    path: data/more/
    format: csv
    columns: { shop: string, id: bigint, item: string, extra: date, price: float }
tables:
  shops:
    steps: [{ source: sales }, { select_fields: [shop] }, { drop_duplicates: { by: [shop] } }]
  union_by_name:
    steps:
      - source: sales
      - select_fields: [id, shop, item, price]
      - union: { with: [more, sales, table.shops], allow_missing: true }
  union_alike:
    steps: [{ source: sales }, { union: [sales] }]
  filled:
    steps:
      - source: sales
      - fill_missing_values: { shop: "", item: "it's \"x\"", n: -1, big: 5000000000, price: 0.5, weight: 2.5, cost: 1.25, day: 2000-01-01, at: "2000-01-01 01:02:03", ok: true }
  known:
    steps: [{ source: sales }, { drop_null_rows: [shop, "n*", tags] }]
  totals:
    steps:
      - source: sales
      - aggregate:
          values:
            rows: count(*)
            n: sum(n)
            mean: avg(n)
            ratio: sum(n) / count(*)
            spread: max(n) / 2 - min(n)
            price_approx: sum(price)
            shops: count(distinct shop)
  totals_of_nothing:
    steps:
      - source: sales
      - filter: id < -1000
      - aggregate: { values: { rows: count(*), n: sum(n), price: avg(price), least: min(shop), deviation: stddev(price), all_ok: bool_and(ok), mid: median(n) } }
  by_shop:
    steps:
      - source: sales
      - aggregate:
          by: [shop]
          values:
            rows: count(*)
            counted: count(price)
            items: count(distinct item)
            prices: count_distinct(price)
            n: sum(n)
            big: sum(big / 4)
            cost: sum(cost)
            price_approx: sum(price)
            weight_approx: sum(weight)
            mean_n: avg(n)
            mean_big: avg(big)
            mean_approx: avg(price)
            least_item: min(item)
            greatest_item: max(item)
            least_price: min(price)
            greatest_price: max(price)
            least_weight: min(weight)
            first_day: min(day)
            last_at: max(at)
            any_ok: bool_or(ok)
            all_ok: bool_and(ok)
            mid_approx: median(price)
            mid_n_approx: median(n)
            deviation_approx: stddev(price)
            label: "shop || ': ' || cast(count(*) as string)"
            low: "sum(case when price < 2 then 1 else 0 end)"
  odd_numbers:
    steps:
      - source: sales
      - derived_column: { odd: "case when id % 4 = 0 then price * 1e300 * 1e300 when id % 4 = 1 then price * 1e300 * 1e300 - price * 1e300 * 1e300 when id % 4 = 2 then -0.0 else 0.0 end" }
      - aggregate: { by: [odd], values: { n: count(*), least: min(odd), most: max(odd), least_id: min(id) } }
  odd_extremes:
    steps:
      - source: sales
      - derived_column: { odd: "case when id % 4 = 0 then price * 1e300 * 1e300 when id % 4 = 1 then price * 1e300 * 1e300 - price * 1e300 * 1e300 when id % 4 = 2 then -0.0 else 0.0 end" }
      - aggregate: { by: [shop], values: { n: count(distinct odd), least: min(odd), most: max(odd) } }
  by_many:
    steps:
      - source: sales
      - aggregate: { by: [price, weight, day, ok, cost, at], values: { n: count(*) } }
  words:
    steps:
      - source: sales
      - split_string: { column: item, pattern: '[ ,;]+|\.', into: parts }
      - split_string: { column: shop, pattern: 'a' }
  exploded:
    steps: [{ source: sales }, { explode: { column: tags } }]
  exploded_outer:
    steps: [{ source: sales }, { explode: { column: tags, as: tag, outer: true } }]
  exploded_words:
    steps:
      - source: sales
      - split_string: { column: item, pattern: " ", into: word }
      - explode: { column: word }
      - aggregate: { by: [word], values: { n: count(*) } }
  longer:
    steps:
      - source: sales
      - select_fields: [id, shop, n, big, price]
      - unpivot: { columns: ["n", big, price], name: what, value: how_much }
  longer_dates:
    steps:
      - source: sales
      - derived_column: { later: day }
      - select_fields: [day, later, tags]
      - unpivot: { columns: [day, later], name: which, value: day }
  wider:
    steps:
      - source: sales
      - pivot: { by: [shop], column: item, values: { apple: apple, two_words: "two words", it_s: "it's \"x\"" }, value: sum(n) }
  wider_counts:
    steps:
      - source: sales
      - pivot: { by: [item, ok], column: n, values: { one: 1, minus: -7, none_ever: 99 }, value: count(*) }
  wider_dates:
    steps:
      - source: sales
      - pivot: { by: [ok], column: day, values: { leap: 2016-02-29 }, value: max(price) }
  checked:
    steps: [{ source: sales }]
    checks:
      - { matches: { item: "[a-z]+" }, severity: warn }
      - { matches: { shop: ".{1,3}|.*é.*", ref: '\d+' }, severity: warn }
      - { references: { shop: shops.shop } }
      - { references: { shop: more.shop, item: more.item }, severity: warn }
      - { references: { ref: checked.item }, severity: warn }
      - { references: { id: checked.n }, severity: warn }
      - { references: { price: union_by_name.price }, severity: error }
"#;

const SALES: &str = "id,shop,item,n,big,price,weight,cost,day,at,ok,tags,ref\n\
    1,north,apple,1,5000000000,1.5,0.5,1.10,2015-06-09,2015-06-09 07:08:09.123456,t,\"['x', 'y']\",7\n\
    2,north,apple,-7,-1,2.5,1.25,-2.35,2016-02-29,1969-12-31 23:59:59.9,f,[],apple\n\
    3,north,two words,2147483647,9223372036854775807,0.1,16777216,0.01,0001-01-01,,t,\"[None, 'é']\",\n\
    4,é😀ß,\"it's \"\"x\"\"\",2147483647,9223372036854775807,1e16,-0.0,9999999999.99,9999-12-31,9999-12-31 23:59:59.999999,,\"['']\",two words\n\
    5,é😀ß,\"a, b;c.d\",,-9223372036854775808,-0.0,0.0,,,0001-01-01,f,,x\n\
    6,,,3,,0,,0,,,,[None],\n\
    7,,\" \",,7,1e-7,1,5.5,2015-06-09,,t,\"['x', 'x']\",y\n\
    8,sØuth,B,4,7,3,2.5,1,2015-06-09,,,\"['x']\",\u{feff}\n\
    9,sØuth,b,1,,,,,,,,,\n";

const MORE: &str = "shop,id,item,extra,price\nnorth,10,apple,2020-01-01,1.5\nwest,11,,,\n,,\"new\nline\",,0.1\n";

pub fn benches() -> Vec<(String, Bench)> {
    let manifest = MANIFEST.replace("  more:\n", "  more:\n    multiline: true\n");
    let files: [(&str, &[u8]); 2] = [("sales/a.csv", SALES.as_bytes()), ("more/a.csv", MORE.as_bytes())];
    let overflow = "sources:\n  s: { path: data/s/, format: csv, columns: { n: bigint } }\n\
        tables:\n  t:\n    steps: [{ source: s }, { aggregate: { values: { n: sum(n) } } }]\n";
    let orphan = "sources:\n  s: { path: data/s/, format: csv, columns: { n: bigint } }\n\
        tables:\n  t:\n    steps: [{ source: s }]\n    checks: [{ references: { n: few.n } }, { matches: { n2: \"[0-9]\" } }]\n  \
        few:\n    steps: [{ source: s }, { filter: n = 1 }]\n";
    let orphan = orphan.replace(
        "[{ source: s }]\n    checks",
        "[{ source: s }, { derived_column: { n2: cast(n as string) } }]\n    checks",
    );
    vec![
        ("reshape".to_string(), Bench::new(&manifest, &files)),
        ("overflow of sum".to_string(), Bench::new(overflow, &[("s/a.csv", b"n\n9223372036854775807\n1\n\n")])),
        ("orphans".to_string(), Bench::new(&orphan, &[("s/a.csv", b"n\n1\n22\n22\n3\n\n")])),
    ]
}

#[test]
fn unions_aggregates_arrays_and_pivots_agree() {
    assert_agree("reshape");
}

#[test]
fn a_total_that_does_not_fit_is_an_error_on_both() {
    let (error, _, spark) = assert_refused("overflow of sum");
    assert_eq!(error.code(), "overflow");
    assert!(spark.error.as_ref().is_some_and(|text| text.contains("out of range")), "{spark:?}");
}

#[test]
fn orphans_and_misfits_are_counted_alike() {
    let (_, embedded, spark) = assert_refused("orphans");
    let words = "check references(n) failed on 3 rows of table t; check matches(n2) failed on 2 rows of table t";
    assert_eq!(embedded.error.as_deref(), Some(words));
    assert_eq!(spark.error.as_deref(), Some(words));
}
