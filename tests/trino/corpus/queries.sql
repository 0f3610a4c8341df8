-- Queries over t (id, k, s, d, n, b, day, at, big), u (k, s, x, y), e (k, s: no rows) and l (id, xs, ys), whose rows are made.
-- A query ends at a blank line. One with a total order is told by `-- ordered`: its rows must come in that order. With
-- `-- zeros` the sign of a zero may differ: that of a group is its first row's.

SELECT * FROM t

SELECT t.* FROM t WHERE k = 1

SELECT id, k + 1 AS k1, s || 'x' FROM t WHERE d > 0 OR s IS NULL

-- ordered
SELECT id FROM t ORDER BY k NULLS FIRST, s DESC NULLS LAST, id

-- ordered
SELECT id, k FROM t ORDER BY k DESC, id DESC

-- ordered
SELECT id, d FROM t ORDER BY d, id

-- ordered
SELECT id, d FROM t ORDER BY d DESC NULLS LAST, id

-- ordered
SELECT s AS name, id FROM t ORDER BY name, 2

-- ordered
SELECT id, b FROM t ORDER BY b DESC, -id

-- ordered
SELECT id FROM t ORDER BY length(s), at, day DESC, id

-- ordered
SELECT id FROM t ORDER BY id LIMIT 3

-- ordered
SELECT id FROM t ORDER BY id OFFSET 2 LIMIT 3

-- ordered
SELECT id FROM t ORDER BY id OFFSET 2 ROWS FETCH FIRST 2 ROWS ONLY

-- ordered
SELECT id FROM t ORDER BY id FETCH NEXT ROW ONLY

-- ordered
SELECT id, k FROM t WHERE k IS NOT NULL ORDER BY k FETCH FIRST 1 ROW WITH TIES

-- ordered
SELECT id FROM t ORDER BY id LIMIT ALL

SELECT id FROM t LIMIT 0

SELECT count(*) FROM (SELECT id FROM t LIMIT 2)

SELECT DISTINCT k, s FROM t

-- zeros
SELECT DISTINCT d FROM t

-- ordered
SELECT DISTINCT k FROM t ORDER BY k

SELECT ALL k FROM t

SELECT count(*), count(k), count(DISTINCT k), count(DISTINCT s), count_if(b) FROM t

SELECT sum(k), sum(big), sum(d), sum(n), avg(k), avg(d), avg(n), avg(big) FROM t

SELECT min(k), max(k), min(s), max(s), min(d), max(d), min(n), max(n), min(b), max(b), min(day), max(at) FROM t

SELECT k, sum(d), avg(d), min(d), max(d) FROM t GROUP BY k

SELECT s, count(*), sum(n), max(id) FROM t GROUP BY s

-- zeros
SELECT d, count(*) FROM t GROUP BY d

SELECT k, s, count(*) FROM t GROUP BY k, s

SELECT k, s, count(*) FROM t GROUP BY 1, 2

SELECT k % 2 AS p, count(*) FROM t GROUP BY k % 2

SELECT k + 1, count(*) FROM t GROUP BY k + 1 HAVING count(*) > 1

SELECT year(day), count(*), avg(n) FROM t GROUP BY year(day)

SELECT k FROM t GROUP BY k HAVING max(d) IS NULL

SELECT count(*) FROM t HAVING count(*) > 100

SELECT count(*) FROM e

SELECT k, count(*) FROM e GROUP BY k

SELECT sum(k), avg(k), min(s), max(s), array_agg(s), bool_and(k > 1), stddev(k), approx_distinct(s) FROM e

SELECT bool_and(b), bool_or(b), every(b) FROM t

SELECT k, bool_and(b), bool_or(b) FROM t GROUP BY k

SELECT stddev(k), stddev_samp(d), stddev_pop(k), variance(k), var_samp(n), var_pop(k) FROM t WHERE NOT is_nan(d) OR d IS NULL

SELECT corr(k, id), covar_samp(k, id), covar_pop(k, id), regr_slope(k, id), regr_intercept(k, id) FROM t

SELECT s, stddev(id), variance(id), corr(id, k) FROM t GROUP BY s

SELECT max_by(s, id), min_by(s, id), max_by(id, n), min_by(k, id) FROM t WHERE n IS NOT NULL AND id < 4

SELECT k, max_by(s, id), min_by(d, id) FROM t GROUP BY k

SELECT max_by(id, id, 2), min_by(id, id, 2) FROM t

SELECT max(id, 2), min(id, 3) FROM t

SELECT array_agg(id ORDER BY id), array_agg(s ORDER BY id DESC) FROM t

SELECT k, array_agg(s ORDER BY id) FROM t GROUP BY k

SELECT array_agg(k ORDER BY k NULLS FIRST) FROM t

SELECT array_sort(array_agg(DISTINCT k)) FROM t

SELECT array_agg(s ORDER BY id) FILTER (WHERE s IS NOT NULL) FROM t

SELECT listagg(s, ',') WITHIN GROUP (ORDER BY id) FROM t

SELECT k, listagg(s, '|') WITHIN GROUP (ORDER BY id DESC) FROM t GROUP BY k

SELECT listagg(s) WITHIN GROUP (ORDER BY s, id) FROM t

SELECT listagg(DISTINCT s, ',') WITHIN GROUP (ORDER BY s) FROM t

SELECT count(*) FILTER (WHERE k > 1), sum(k) FILTER (WHERE b), avg(d) FILTER (WHERE s = 'a') FROM t

SELECT s, count(DISTINCT k) FILTER (WHERE b), count(DISTINCT b) FROM t GROUP BY s

SELECT sum(DISTINCT k), avg(DISTINCT k), min(DISTINCT k), count(DISTINCT n), sum(DISTINCT d) FROM t

SELECT approx_percentile(id, 0.5), approx_percentile(id, 0.9), approx_percentile(id, 0e0), approx_percentile(id, 1) FROM t

SELECT k, approx_percentile(id, 0.5) FROM t GROUP BY k

SELECT approx_percentile(n, 0.5), approx_percentile(big, 0.25) FROM t

SELECT approx_percentile(id, ARRAY[0.1, 0.9]) FROM t

SELECT approx_percentile(id, 1.5) FROM t

SELECT arbitrary(k), any_value(s) FROM t WHERE id = 1

SELECT geometric_mean(id), checksum(k), histogram(k), map_agg(id, s) FROM t

SELECT bitwise_and_agg(id), bitwise_or_agg(id) FROM t

SELECT sum(sum(k)) OVER () FROM t GROUP BY s

SELECT sum(CAST(id AS real)), avg(CAST(id AS real)), sum(CAST(id AS tinyint)), avg(CAST(id AS smallint)) FROM t

SELECT sum(DATE '2020-01-01') FROM t

SELECT sum(b) FROM t

SELECT avg(s) FROM t

SELECT max(xs) FROM l

SELECT sum(INTERVAL '1' DAY), avg(INTERVAL '1' DAY) FROM t

SELECT sum(big + 9223372036854775000) FROM t

SELECT sum(CAST(n AS decimal(38,2))), avg(CAST(n AS decimal(38,2))) FROM t

SELECT avg(CAST(k AS decimal(5,0))), avg(n / 3), sum(n * n) FROM t

SELECT k, GROUPING(k), count(*) FROM t GROUP BY ROLLUP (k)

SELECT k, s, count(*), sum(id) FROM t GROUP BY ROLLUP (k, s)

SELECT k, s, count(*) FROM t GROUP BY CUBE (k, s)

SELECT k, s, count(*) FROM t GROUP BY GROUPING SETS ((k), (s), ())

SELECT k, b, s, count(*) FROM t GROUP BY b, GROUPING SETS ((k), (s))

SELECT k, count(*) FROM t GROUP BY GROUPING SETS ((k), ())  HAVING count(*) > 1

SELECT count(*) FROM t GROUP BY ()

SELECT k, count(*) FROM t GROUP BY ALL k

SELECT row_number() OVER (ORDER BY id), rank() OVER (ORDER BY k), dense_rank() OVER (ORDER BY k), id FROM t

SELECT id, percent_rank() OVER (ORDER BY k), cume_dist() OVER (ORDER BY k), ntile(3) OVER (ORDER BY id) FROM t

SELECT id, row_number() OVER (PARTITION BY k ORDER BY s NULLS FIRST, id DESC) FROM t

SELECT id, lag(s) OVER (ORDER BY id), lead(s) OVER (ORDER BY id), lag(k, 2) OVER (ORDER BY id), lead(k, 2, -1) OVER (ORDER BY id) FROM t

SELECT id, lag(k, 0) OVER (ORDER BY id), lag(s, 1, 'none') OVER (PARTITION BY b ORDER BY id) FROM t

SELECT id, lag(k) IGNORE NULLS OVER (ORDER BY id), lead(s) IGNORE NULLS OVER (ORDER BY id) FROM t

SELECT id, first_value(k) IGNORE NULLS OVER (ORDER BY id), last_value(k) IGNORE NULLS OVER (ORDER BY id) FROM t

SELECT id, lag(k, 1, id) OVER (ORDER BY id) FROM t

SELECT id, lag(k, id) OVER (ORDER BY id) FROM t

SELECT id, first_value(s) OVER (ORDER BY id), last_value(s) OVER (ORDER BY id), nth_value(s, 2) OVER (ORDER BY id) FROM t

SELECT id, last_value(s) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM t

SELECT id, sum(k) OVER (ORDER BY id), sum(k) OVER (ORDER BY s), count(*) OVER (PARTITION BY s), avg(n) OVER () FROM t

SELECT id, sum(k) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING), count(k) OVER (ORDER BY id ROWS 2 PRECEDING) FROM t

SELECT id, min(k) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING), max(k) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) FROM t

SELECT id, sum(id) OVER (ORDER BY k RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM t

SELECT id, sum(id) OVER (ORDER BY k RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM t

SELECT id, count(*) OVER (ORDER BY day RANGE BETWEEN INTERVAL '1' YEAR PRECEDING AND CURRENT ROW) FROM t

SELECT id, count(*) OVER (ORDER BY k GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t

SELECT id, count(s) OVER (PARTITION BY k), count(*) FILTER (WHERE b) OVER (PARTITION BY k) FROM t

SELECT id, array_agg(id) OVER (ORDER BY id ROWS 1 PRECEDING) FROM t

SELECT id, sum(d) OVER (PARTITION BY k ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t

SELECT id, avg(k) OVER w, max(s) OVER w FROM t WINDOW w AS (PARTITION BY b ORDER BY id)

SELECT k, rank() OVER (ORDER BY count(*) DESC), sum(count(*)) OVER () FROM t GROUP BY k

SELECT k, 100.0 * count(*) / sum(count(*)) OVER () FROM t GROUP BY k

SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY k ORDER BY id) AS r FROM t) WHERE r = 1

-- ordered
SELECT id, row_number() OVER (ORDER BY d, id) AS r FROM t ORDER BY r

SELECT id, ntile(0) OVER (ORDER BY id) FROM t

SELECT id, nth_value(s, 0) OVER (ORDER BY id) FROM t

SELECT id, lag(k, -1) OVER (ORDER BY id) FROM t

SELECT id, count(DISTINCT k) OVER (PARTITION BY b) FROM t

SELECT row_number() OVER () FROM e

SELECT max_by(s, id) OVER (ORDER BY id), min_by(s, id) OVER (PARTITION BY k) FROM t

SELECT approx_percentile(id, 0.5) OVER (PARTITION BY k) FROM t

SELECT stddev(id) OVER (ORDER BY id), variance(k) OVER (PARTITION BY b) FROM t

SELECT bool_or(b) OVER (ORDER BY id), count_if(b) OVER (ORDER BY id) FROM t

SELECT * FROM t JOIN u ON t.k = u.k

SELECT t.id, u.y FROM t INNER JOIN u ON t.k = u.k AND t.s = u.s

SELECT t.id, u.y FROM t LEFT JOIN u ON t.k = u.k

SELECT t.id, u.y FROM t RIGHT OUTER JOIN u ON t.k = u.k AND u.x > 1

SELECT t.id, u.y FROM t FULL JOIN u ON t.k = u.k

SELECT t.id, u.y FROM t FULL OUTER JOIN u ON t.k = u.k AND t.s = u.s

SELECT t.id, u.y FROM t LEFT JOIN u ON t.d = u.x

SELECT t.id, u.y FROM t JOIN u ON t.d = u.x

SELECT t.id, u.y FROM t JOIN u ON t.k < u.k

SELECT t.id, u.y FROM t LEFT JOIN u ON t.k > u.y AND u.s = 'a'

SELECT t.id, u.y FROM t LEFT JOIN u ON false

SELECT t.id, u.y FROM t CROSS JOIN u

SELECT t.id, u.y FROM t, u WHERE t.k = u.k

SELECT k, id, y FROM t JOIN u USING (k)

SELECT k, s, id, y FROM t LEFT JOIN u USING (k, s)

SELECT k, id, y FROM t FULL JOIN u USING (k)

SELECT * FROM t JOIN u USING (k)

-- name
SELECT * FROM t NATURAL JOIN u

SELECT a.id, b.id FROM t a JOIN t b ON a.k = b.k AND a.id < b.id

SELECT a.id, b.y, c.id FROM t a LEFT JOIN u b ON a.k = b.k LEFT JOIN t c ON b.y = c.id

SELECT t.id, e.k FROM t LEFT JOIN e ON t.k = e.k

SELECT t.id, e.k FROM t JOIN e ON true

SELECT t.id, u.y FROM t JOIN u ON t.id = u.y + 1 WHERE u.s IS NOT NULL

SELECT t.id, x.y FROM t LEFT JOIN (SELECT k, max(y) AS y FROM u GROUP BY k) x ON x.k = t.k

SELECT t.id FROM t JOIN u ON t.k IS NOT DISTINCT FROM u.k

SELECT t.id FROM t JOIN u ON t.s LIKE u.s || '%'

SELECT t.id, v.m FROM t CROSS JOIN LATERAL (SELECT max(y) AS m FROM u WHERE u.k = t.k) v

SELECT id FROM t WHERE k IN (SELECT k FROM u)

SELECT id FROM t WHERE k NOT IN (SELECT k FROM u)

SELECT id FROM t WHERE k NOT IN (SELECT k FROM u WHERE k IS NOT NULL)

SELECT id, k IN (SELECT k FROM u), k NOT IN (SELECT k FROM e) FROM t

SELECT id FROM t WHERE (k, s) IN (SELECT k, s FROM u)

SELECT id FROM t WHERE k IN (SELECT y FROM u WHERE u.s = t.s)

SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k)

SELECT id FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.k = t.k AND u.s = t.s)

SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.y > t.id)

SELECT id, EXISTS (SELECT 1 FROM u WHERE u.k = t.k) FROM t

SELECT id, EXISTS (SELECT * FROM e) FROM t

SELECT id FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.k = t.k) OR id = 2

SELECT id, (SELECT max(y) FROM u) FROM t

SELECT id, (SELECT max(y) FROM u WHERE u.k = t.k) FROM t

SELECT id, (SELECT count(*) FROM u WHERE u.k = t.k) AS c FROM t

SELECT id, (SELECT sum(x) FROM u WHERE u.k = t.k AND u.y > 1) FROM t

SELECT id FROM t WHERE n > (SELECT avg(n) FROM t)

SELECT id FROM t WHERE id = (SELECT min(id) FROM t x WHERE x.k = t.k)

SELECT (SELECT k FROM e)

SELECT (SELECT id FROM t)

SELECT id, (SELECT y FROM u WHERE u.k = t.k) FROM t

SELECT id, (SELECT y FROM u WHERE u.k = t.k ORDER BY y LIMIT 1) FROM t

SELECT id FROM t WHERE k > ALL (SELECT k FROM u WHERE k IS NOT NULL)

SELECT id FROM t WHERE k = ANY (SELECT k FROM u)

SELECT id FROM t WHERE k < SOME (SELECT y FROM u)

SELECT k, s FROM t UNION SELECT k, s FROM u

SELECT k, s FROM t UNION ALL SELECT k, s FROM u

SELECT k FROM t INTERSECT SELECT k FROM u

SELECT k, s FROM t EXCEPT SELECT k, s FROM u

SELECT k FROM t INTERSECT ALL SELECT k FROM u

SELECT k FROM t EXCEPT ALL SELECT k FROM u

-- zeros
SELECT d FROM t UNION SELECT x FROM u

SELECT k FROM t UNION SELECT n FROM t

SELECT k FROM t UNION ALL SELECT d FROM t

SELECT day FROM t UNION SELECT at FROM t

SELECT k FROM t UNION SELECT NULL

-- ordered
SELECT id FROM t UNION SELECT y FROM u ORDER BY id

-- ordered
(SELECT id FROM t ORDER BY id LIMIT 2) UNION ALL (SELECT y + 100 FROM u ORDER BY y LIMIT 1) ORDER BY 1

SELECT k FROM t UNION SELECT k FROM u INTERSECT SELECT k FROM t WHERE b

SELECT k FROM t EXCEPT SELECT k FROM u EXCEPT SELECT 1

SELECT k AS a, s AS c FROM t UNION SELECT 7, 'z'

SELECT id, x FROM l CROSS JOIN UNNEST(xs) AS a (x)

SELECT id, x, n FROM l CROSS JOIN UNNEST(xs) WITH ORDINALITY AS a (x, n)

SELECT id, x, y FROM l CROSS JOIN UNNEST(xs, ys) AS a (x, y)

SELECT id, x, y, n FROM l CROSS JOIN UNNEST(xs, ys) WITH ORDINALITY AS a (x, y, n)

SELECT id, x FROM l LEFT JOIN UNNEST(xs) AS a (x) ON true

SELECT id, x, n FROM l LEFT JOIN UNNEST(xs) WITH ORDINALITY AS a (x, n) ON true

SELECT x, count(*), sum(id) FROM l CROSS JOIN UNNEST(xs) AS a (x) GROUP BY x

SELECT id, x, y FROM l CROSS JOIN UNNEST(xs) AS a (x) CROSS JOIN UNNEST(ys) AS b (y)

SELECT * FROM UNNEST(ARRAY[1, 2, NULL]) AS a (x)

SELECT * FROM UNNEST(ARRAY[1, 2], ARRAY['a', 'b', 'c']) WITH ORDINALITY

SELECT * FROM UNNEST(ARRAY[ROW(1, 'a'), ROW(2, 'b')]) AS a (x, y)

SELECT * FROM UNNEST(sequence(1, 5)) AS a (x) WHERE x % 2 = 1

SELECT * FROM UNNEST(map(ARRAY['a'], ARRAY[1])) AS a (k, v)

SELECT id, x FROM l, UNNEST(xs) AS a (x) WHERE x > 1

SELECT id FROM l WHERE contains(xs, 2)

SELECT id, cardinality(xs), element_at(xs, 1), xs || ys FROM l

SELECT id, (SELECT sum(x) FROM UNNEST(xs) AS a (x)) FROM l

SELECT xs, count(*) FROM l GROUP BY xs

SELECT DISTINCT xs FROM l

WITH a AS (SELECT k, count(*) AS c FROM t GROUP BY k), b AS (SELECT max(c) AS m FROM a) SELECT a.k FROM a, b WHERE a.c = b.m

WITH a (x, y) AS (SELECT id, s FROM t) SELECT x, y FROM a WHERE x < 4

WITH t AS (SELECT 1 AS one) SELECT * FROM t

WITH a AS (SELECT 1 AS x) SELECT a1.x + a2.x FROM a a1, a a2

SELECT * FROM (WITH a AS (SELECT id FROM t) SELECT * FROM a)

TABLE u

SELECT * FROM (TABLE u) AS z (a, b, c, d)

VALUES (1, 'a'), (2, 'b')

VALUES 1, 2.5, NULL

SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS v (x, y)

SELECT v.* FROM (VALUES ROW(1, 2), ROW(3, 4)) v (a, b)

SELECT count(*) FROM t TABLESAMPLE BERNOULLI (100)

SELECT id AS "Id", s AS "a b", k AS "K" FROM t

SELECT id AS select_, s "quoted" FROM t AS "T"

SELECT T.ID FROM t WHERE T.Id = 1

SELECT coalesce(k, -1) AS k, sum(coalesce(d, 0e0)) FROM t WHERE NOT is_nan(coalesce(d, 0e0)) GROUP BY coalesce(k, -1)

SELECT CASE WHEN k > 1 THEN 'big' WHEN k = 1 THEN 'one' END AS c, count(*) FROM t GROUP BY CASE WHEN k > 1 THEN 'big' WHEN k = 1 THEN 'one' END

SELECT k, count(*) FROM t GROUP BY k ORDER BY count(*) DESC, k

-- ordered
SELECT k, count(*) AS c FROM t GROUP BY k ORDER BY c DESC, k NULLS FIRST

-- ordered
SELECT date_trunc('month', day) AS m, sum(id) FROM t GROUP BY date_trunc('month', day) ORDER BY m

-- ordered
SELECT s, max(id) FROM t GROUP BY s ORDER BY max(id)

SELECT id, at - INTERVAL '1' DAY, day + INTERVAL '1' MONTH, date_diff('day', day, DATE '2020-01-01') FROM t

SELECT id FROM t WHERE at BETWEEN TIMESTAMP '2000-01-01 00:00:00' AND TIMESTAMP '2030-01-01 00:00:00'

SELECT id FROM t WHERE day >= DATE '2020-01-01' AND s LIKE '%a%'

SELECT id FROM t WHERE k IN (1, NULL) OR NOT (b AND k > 0)

SELECT id FROM t WHERE d = d

SELECT id, d = d, d < 1, d IS DISTINCT FROM 0e0, NOT d > 1 FROM t

SELECT id, n * 2, n / 3, n % 2, -n, round(n, 1), floor(n), CAST(n AS integer), CAST(n AS varchar), n + k, n * d FROM t

SELECT id, CAST(d AS varchar), CAST(at AS varchar), CAST(day AS varchar), CAST(b AS varchar), CAST(at AS date) FROM t

SELECT id, upper(s), length(s), substr(s, 1, 1), reverse(s), s < 'b', concat(s, '-', CAST(id AS varchar)) FROM t

SELECT id, greatest(k, id), least(d, 1), nullif(k, 1), if(b, 'y', 'n'), coalesce(s, 'none') FROM t

SELECT id, year(day), month(at), hour(at), day_of_week(day), date_format(at, '%Y-%m'), to_unixtime(at) FROM t

SELECT id, 10 / k FROM t WHERE k <> 0

SELECT id, 10 / (k - 1) FROM t

SELECT id, try(10 / (k - 1)) FROM t

SELECT id, CAST(s AS integer) FROM t

SELECT id, try_cast(s AS integer) FROM t

SELECT count(*) FROM t WHERE 1 / (k - k) = 1

SELECT id FROM t WHERE false AND 1 / 0 = 1

SELECT min(id), 1 / 0 FROM e

SELECT id, 1 / 0 FROM e

SELECT id FROM t WHERE rand() >= 0

SELECT 1 AS a, 1 AS a

SELECT a FROM (SELECT 1 AS a, 2 AS a)

SELECT id, id AS id2, t.id FROM t

SELECT u.k AS k, t.k AS k FROM t JOIN u ON t.k = u.k

SELECT CURRENT_DATE = date(now()), localtimestamp = CAST(now() AS timestamp) FROM t

-- ordered
SELECT x, y FROM (VALUES (0e0, 2), (-0e0, 1), (0e0, 3), (-1e0, 4)) v (x, y) ORDER BY x, y

-- ordered
SELECT x, y FROM (VALUES (REAL '0', 2), (REAL '-0', 1), (REAL '0', 3)) v (x, y) ORDER BY x DESC, y

SELECT y, rank() OVER (ORDER BY x), row_number() OVER (ORDER BY x DESC, y) FROM (VALUES (0e0, 2), (-0e0, 1), (1e0, 3)) v (x, y)

SELECT array_agg(y ORDER BY x, y) FROM (VALUES (0e0, 2), (-0e0, 1), (1e0, 3)) v (x, y)

SELECT a.x, (SELECT b.y FROM (VALUES (1, 1), (2, 2), (2, 3)) b (x, y) WHERE b.x = a.x) FROM (VALUES 1, 5) a (x)

SELECT a.x, (SELECT b.y FROM (VALUES (1, 1), (2, 2), (2, 3)) b (x, y) WHERE b.x = a.x) FROM (VALUES 1, 2) a (x)

SELECT a.x FROM (VALUES 1, 5) a (x) WHERE (SELECT b.y FROM (VALUES (1, 1), (2, 2), (2, 3)) b (x, y) WHERE b.x = a.x) = 1

SELECT approx_percentile(x, 1.5) FROM (SELECT 1 AS x WHERE false) v

SELECT x, approx_percentile(y, 1.5) FROM (VALUES (1, CAST(NULL AS integer)), (2, NULL)) v (x, y) GROUP BY x
