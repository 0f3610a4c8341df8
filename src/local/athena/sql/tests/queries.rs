//! Whole queries over inline tables.

use super::{Shelf, failure, run, table};

/// One row a fruit: some NULLs, some ties.
const FRUIT: &str = "WITH fruit (id, name, kind, price, weight) AS (VALUES
    (1, 'apple', 'pome', 1.50, 0.2e0), (2, 'pear', 'pome', 2.00, 0.3e0), (3, 'plum', 'stone', 0.50, 0.1e0),
    (4, 'peach', 'stone', 2.00, NULL), (5, 'kiwi', NULL, NULL, 0.1e0)) ";

fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<_> = cases
        .iter()
        .map(|(sql, expected)| {
            let found = match run(&format!("{FRUIT}{sql}"), &Shelf::default()) {
                Ok(output) => table(&output).replace('\n', "; "),
                Err(failure) => failure.to_string(),
            };
            (*sql, *expected, found)
        })
        .filter(|(_, expected, found)| expected != found)
        .map(|(sql, expected, found)| format!("{sql}\n  expected {expected}\n  found    {found}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn rows_are_chosen_ordered_and_cut() {
    check(&[
        ("SELECT name FROM fruit WHERE price > 1 ORDER BY price DESC, name", "peach; pear; apple"),
        ("SELECT name FROM fruit ORDER BY price DESC, name", "peach; pear; apple; plum; kiwi"),
        ("SELECT name FROM fruit ORDER BY price, name", "plum; apple; peach; pear; kiwi"),
        ("SELECT name FROM fruit ORDER BY price NULLS FIRST, id LIMIT 2", "kiwi; plum"),
        ("SELECT id AS n, name FROM fruit ORDER BY n DESC OFFSET 1 LIMIT 2", "4 | peach; 3 | plum"),
        ("SELECT name, id FROM fruit ORDER BY 2 DESC FETCH FIRST 1 ROWS ONLY", "kiwi | 5"),
        ("SELECT DISTINCT kind FROM fruit ORDER BY kind", "pome; stone; NULL"),
        ("SELECT -id AS id FROM fruit ORDER BY id LIMIT 1", "-5"),
        ("SELECT name FROM fruit ORDER BY length(name), name DESC LIMIT 1", "plum"),
        ("SELECT * FROM (SELECT id, id AS id FROM fruit) AS t (a, b) WHERE a = 1 AND b = 1", "1 | 1"),
        ("SELECT f.id, g.id FROM fruit f, fruit g WHERE f.id = g.id AND f.id = 2", "2 | 2"),
        ("SELECT fruit.* FROM fruit WHERE id = 1", "1 | apple | pome | 1.50 | 0.2"),
    ]);
}

#[test]
fn groups_follow_trinos_types() {
    check(&[
        (
            "SELECT kind, count(*), count(price), sum(price), avg(price), avg(id), sum(weight) FROM fruit GROUP BY kind ORDER BY kind",
            "pome | 2 | 2 | 3.50 | 1.75 | 1.5 | 0.5; stone | 2 | 2 | 2.50 | 1.25 | 3.5 | 0.1; NULL | 1 | 0 | NULL | NULL | 5.0 | 0.1",
        ),
        (
            "SELECT count(*), sum(id), max(name), min(price), count(DISTINCT kind), approx_distinct(price) FROM fruit WHERE id > 100",
            "0 | NULL | NULL | NULL | 0 | 0",
        ),
        (
            "SELECT count_if(price > 1), count(*) FILTER (WHERE kind = 'pome'), bool_or(id > 4), every(id > 4) FROM fruit",
            "3 | 2 | true | false",
        ),
        ("SELECT id / 2 * 2 AS pair, count(*) FROM fruit GROUP BY id / 2 * 2 ORDER BY pair", "0 | 1; 2 | 2; 4 | 2"),
        ("SELECT id % 2, sum(price) FROM fruit GROUP BY 1 HAVING sum(price) > 2 ORDER BY 1", "0 | 4.00"),
        (
            "SELECT max_by(name, price), min_by(name, price), arbitrary(name), approx_percentile(id, 0.5), approx_percentile(weight, 0.5) FROM fruit",
            "pear | plum | apple | 3 | 0.2",
        ),
        (
            "SELECT array_agg(name ORDER BY id DESC), listagg(name, ',') WITHIN GROUP (ORDER BY id) FROM fruit WHERE id < 3",
            "[pear, apple] | apple,pear",
        ),
        (
            "SELECT kind, count(*) FROM fruit GROUP BY ROLLUP (kind) ORDER BY 2 DESC, 1",
            "NULL | 5; pome | 2; stone | 2; NULL | 1",
        ),
        (
            "SELECT kind, id, count(*) FROM fruit WHERE kind = 'pome' GROUP BY GROUPING SETS ((kind), (id), ()) ORDER BY 1, 2",
            "pome | NULL | 2; NULL | 1 | 1; NULL | 2 | 1; NULL | NULL | 2",
        ),
        (
            "SELECT round(avg(price), 1), stddev(id), var_pop(id), corr(id, id) FROM fruit",
            "1.50 | 1.5811388300841898 | 2.0 | 1.0",
        ),
        ("SELECT sum(9223372036854775807) FROM fruit", "NUMERIC_VALUE_OUT_OF_RANGE: bigint addition overflow"),
        (
            "SELECT length(kind) AS l, count(*) FROM fruit GROUP BY length(kind) HAVING length(kind) IS NOT NULL ORDER BY length(kind)",
            "4 | 2; 5 | 2",
        ),
        ("SELECT kind FROM fruit GROUP BY kind ORDER BY count(*) DESC, kind LIMIT 1", "pome"),
    ]);
}

#[test]
fn joins_and_set_operations_agree() {
    check(&[
        (
            "SELECT f.name, g.name FROM fruit f JOIN fruit g ON f.kind = g.kind AND f.id < g.id ORDER BY 1",
            "apple | pear; plum | peach",
        ),
        (
            "SELECT f.id, g.id FROM fruit f LEFT JOIN fruit g ON f.id = g.id + 3 ORDER BY f.id",
            "1 | NULL; 2 | NULL; 3 | NULL; 4 | 1; 5 | 2",
        ),
        ("SELECT count(*) FROM fruit f FULL OUTER JOIN fruit g ON f.id = g.id + 3", "8"),
        ("SELECT * FROM (VALUES (1, 'a')) t (id, x) JOIN (VALUES (1, 'b')) u (id, y) USING (id)", "1 | a | b"),
        ("SELECT id FROM (VALUES 1) t (id) FULL JOIN (VALUES 2) u (id) USING (id) ORDER BY id", "1; 2"),
        ("SELECT count(*) FROM fruit f CROSS JOIN fruit g", "25"),
        ("SELECT 1 UNION ALL SELECT 1 UNION SELECT 2.5 ORDER BY 1", "1.0; 2.5"),
        ("SELECT id FROM fruit EXCEPT SELECT id FROM fruit WHERE id > 2 ORDER BY 1", "1; 2"),
        ("SELECT kind FROM fruit INTERSECT SELECT kind FROM fruit WHERE id IN (1, 5) ORDER BY 1", "pome; NULL"),
        ("SELECT kind FROM fruit UNION SELECT NULL ORDER BY kind", "pome; stone; NULL"),
    ]);
}

#[test]
fn subqueries_see_the_query_around_them() {
    check(&[
        ("SELECT name FROM fruit WHERE price = (SELECT max(price) FROM fruit) ORDER BY name", "peach; pear"),
        (
            "SELECT name FROM fruit f WHERE price = (SELECT max(price) FROM fruit g WHERE g.kind = f.kind) ORDER BY name",
            "peach; pear",
        ),
        ("SELECT name FROM fruit WHERE kind IN (SELECT kind FROM fruit WHERE id < 2) ORDER BY id", "apple; pear"),
        ("SELECT count(*) FROM fruit WHERE id NOT IN (SELECT weight FROM fruit)", "0"),
        ("SELECT name FROM fruit f WHERE EXISTS (SELECT 1 FROM fruit g WHERE g.id = f.id + 4)", "apple"),
        ("SELECT name FROM fruit f WHERE NOT EXISTS (SELECT 1 FROM fruit g WHERE g.kind = f.kind)", "kiwi"),
        ("SELECT (SELECT id FROM fruit)", "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows"),
        ("SELECT (SELECT id FROM fruit WHERE id > 100)", "NULL"),
        ("SELECT a.n FROM (SELECT count(*) AS n FROM fruit) a", "5"),
        ("SELECT x FROM (WITH t AS (SELECT 1 AS x) SELECT * FROM t) WHERE x = 1", "1"),
    ]);
}

#[test]
fn windows_rank_and_accumulate() {
    check(&[
        (
            "SELECT id, row_number() OVER (ORDER BY price DESC, id), rank() OVER (ORDER BY price DESC) FROM fruit ORDER BY id",
            "1 | 3 | 3; 2 | 1 | 1; 3 | 4 | 4; 4 | 2 | 1; 5 | 5 | 5",
        ),
        (
            "SELECT id, sum(id) OVER (ORDER BY id), sum(id) OVER (), lag(id) OVER (ORDER BY id), lead(id, 1, 0) OVER (ORDER BY id) FROM fruit ORDER BY id LIMIT 2",
            "1 | 1 | 15 | NULL | 2; 2 | 3 | 15 | 1 | 3",
        ),
        (
            "SELECT kind, count(*), round(100.0 * count(*) / sum(count(*)) OVER (), 1) FROM fruit GROUP BY kind ORDER BY 2 DESC, 1",
            "pome | 2 | 40.0; stone | 2 | 40.0; NULL | 1 | 20.0",
        ),
        (
            "SELECT id, first_value(name) OVER w, last_value(id) OVER w FROM fruit WINDOW w AS (PARTITION BY kind ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) ORDER BY id LIMIT 3",
            "1 | apple | 2; 2 | apple | 2; 3 | plum | 4",
        ),
        (
            "SELECT ntile(2) OVER (ORDER BY id), dense_rank() OVER (ORDER BY kind), percent_rank() OVER (ORDER BY id) FROM fruit ORDER BY id LIMIT 2",
            "1 | 1 | 0.0; 1 | 1 | 0.25",
        ),
        (
            "SELECT avg(id) OVER (ORDER BY id ROWS 1 PRECEDING), count_if(id > 1) OVER (ORDER BY id) FROM fruit ORDER BY id LIMIT 2",
            "1.0 | 0; 1.5 | 1",
        ),
        (
            "SELECT name FROM (SELECT name, row_number() OVER (PARTITION BY kind ORDER BY id) AS n FROM fruit) WHERE n = 1 ORDER BY name",
            "apple; kiwi; plum",
        ),
    ]);
}

#[test]
fn arrays_unnest_beside_their_row() {
    check(&[
        (
            "SELECT id, x FROM (VALUES (1, ARRAY['a', 'b']), (2, ARRAY[]), (3, NULL)) AS t (id, xs) CROSS JOIN UNNEST(xs) AS u (x) ORDER BY 1, 2",
            "1 | a; 1 | b",
        ),
        (
            "SELECT id, x FROM (VALUES (1, ARRAY['a', 'b']), (2, ARRAY[]), (3, NULL)) AS t (id, xs) LEFT JOIN UNNEST(xs) AS u (x) ON TRUE ORDER BY 1, 2",
            "1 | a; 1 | b; 2 | NULL; 3 | NULL",
        ),
        (
            "SELECT x, y, n FROM UNNEST(ARRAY[1, 2], ARRAY['a']) WITH ORDINALITY AS t (x, y, n) ORDER BY n",
            "1 | a | 1; 2 | NULL | 2",
        ),
        (
            "SELECT t.x, count(*) FROM fruit, UNNEST(split(name, 'p')) AS t (x) GROUP BY t.x ORDER BY 2 DESC, 1 LIMIT 2",
            " | 4; a | 1",
        ),
        ("SELECT sum(x) FROM UNNEST(sequence(1, 10)) AS t (x)", "55"),
    ]);
}

#[test]
fn result_columns_are_named_as_trino_names_them() {
    let output =
        run("SELECT 1, id AS Foo, t.ID, id + 1, CAST(id AS varchar) FROM (VALUES 1) AS t (id)", &Shelf::default());
    let names: Vec<_> = output.unwrap().columns.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["_col0", "Foo", "ID", "_col3", "_col4"]);
}

#[test]
fn a_query_of_another_dialect_is_refused() {
    for sql in [
        "SELECT 1::int",
        "SELECT TOP 1 x FROM t",
        "SELECT * FROM (VALUES 1) t (x) QUALIFY true",
        "SELECT x FROM (VALUES 1) t (x) GROUP BY ALL",
    ] {
        assert_eq!(failure(sql, &Shelf::default()).name, "SYNTAX_ERROR", "{sql}");
    }
}
