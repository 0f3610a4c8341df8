-- Queries that fail, or nearly: over the tables of queries.sql. A query ends at a blank line. Of those with `-- name` only
-- the error's name has to be the same: the two parsers trip over different words. (Two statements in one text are not
-- here: Athena refuses them in words of its own.)

SELECT x FROM t

SELECT t.x FROM t

SELECT z.id FROM t

SELECT id FROM t
WHERE
  nope = 1

SELECT * FROM nowhere

SELECT * FROM other.t

SELECT * FROM a.b.c

SELECT * FROM a.b.c.d

SELECT nope.* FROM t

SELECT nope(id) FROM t

SELECT lower(id) FROM t

SELECT lower(s, s) FROM t

SELECT id, count(*) FROM t

SELECT id FROM t GROUP BY k

SELECT k + id FROM t GROUP BY k

SELECT k, id + 1 FROM t GROUP BY k

SELECT * FROM t GROUP BY k

SELECT k FROM t GROUP BY k ORDER BY id

SELECT k FROM t GROUP BY k HAVING id > 1

SELECT k FROM t GROUP BY 2

SELECT k FROM t GROUP BY 0

SELECT k FROM t ORDER BY 2

SELECT k FROM t ORDER BY 0

SELECT k AS a FROM t GROUP BY a

SELECT k AS a FROM t WHERE a = 1

SELECT k AS a FROM t HAVING a = 1

SELECT id FROM t WHERE count(*) > 1

SELECT id FROM t WHERE row_number() OVER () = 1

SELECT k FROM t GROUP BY count(*)

SELECT sum(count(*)) FROM t

SELECT sum(sum(id)) FROM t

SELECT count(row_number() OVER ()) FROM t

SELECT k, row_number() OVER (ORDER BY id) FROM t GROUP BY k

SELECT k FROM t, u

SELECT t.k FROM t, t

SELECT k FROM t JOIN u ON t.k = u.k

SELECT id FROM t JOIN u ON k = 1

SELECT id FROM t JOIN u USING (id)

SELECT id FROM t JOIN u USING (nope)

SELECT id FROM t JOIN u ON count(*) = 1

SELECT id FROM t JOIN u ON t.s = u.y

SELECT id FROM t WHERE s = 1

SELECT id FROM t WHERE id

SELECT id FROM t WHERE s

SELECT id FROM t WHERE day = '2020-01-01'

SELECT id FROM t WHERE at > '2020-01-01'

SELECT id FROM t WHERE k + s > 1

SELECT id FROM t WHERE k IN ('a', 'b')

SELECT id FROM t WHERE k IN (SELECT s FROM u)

SELECT id FROM t WHERE k IN (SELECT k, s FROM u)

SELECT id FROM t WHERE k = (SELECT k, s FROM u)

SELECT (SELECT id, k FROM t)

SELECT id FROM t WHERE s LIKE 1

SELECT id FROM t WHERE k BETWEEN 'a' AND 'b'

SELECT CASE WHEN id = 1 THEN 'a' ELSE 2 END FROM t

SELECT CASE id WHEN 'a' THEN 1 END FROM t

SELECT coalesce(id, s) FROM t

SELECT if(id, 1, 2) FROM t

SELECT nullif(id, s) FROM t

SELECT id || s FROM t

SELECT s + 1 FROM t

SELECT -s FROM t

SELECT NOT id FROM t

SELECT id AND b FROM t

SELECT k FROM t UNION SELECT s FROM t

SELECT k, s FROM t UNION SELECT k FROM t

SELECT k FROM t UNION SELECT k FROM u ORDER BY s

SELECT k FROM t UNION SELECT k FROM u ORDER BY k + 1

SELECT k FROM t INTERSECT SELECT s FROM t

SELECT DISTINCT k FROM t ORDER BY s

SELECT DISTINCT k FROM t ORDER BY id + k

SELECT CAST(id AS nothing) FROM t

SELECT CAST(day AS integer) FROM t

SELECT CAST(xs AS integer) FROM l

SELECT CAST(id AS date) FROM t

SELECT id[1] FROM t

SELECT xs['a'] FROM l

SELECT xs[100] FROM l

SELECT xs[0] FROM l

SELECT id.x FROM t

SELECT t.id.x FROM t

SELECT sum(s) FROM t

SELECT sum(id, k) FROM t

SELECT count(id, k) FROM t

SELECT avg() FROM t

SELECT max(*) FROM t

SELECT min(id) FILTER (WHERE k) FROM t

SELECT lower(s) FILTER (WHERE b) FROM t

SELECT count(*) FILTER (WHERE count(*) > 1) FROM t

SELECT row_number() FROM t

SELECT rank() FROM t

SELECT lag(id) FROM t

SELECT lag(id, 'a') OVER (ORDER BY id) FROM t

SELECT lower(s) OVER () FROM t

SELECT nope(s) OVER () FROM t

SELECT sum(id) OVER w FROM t

SELECT sum(id) OVER (ORDER BY nope) FROM t

SELECT sum(id) OVER (PARTITION BY xs2) FROM t

SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM t

SELECT sum(id) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED FOLLOWING AND CURRENT ROW) FROM t

SELECT sum(id) OVER (ORDER BY id ROWS -1 PRECEDING) FROM t

SELECT sum(row_number() OVER ()) OVER () FROM t

SELECT 1 / 0

SELECT id / 0 FROM t

SELECT id % 0 FROM t

SELECT 1.0 / 0

SELECT 2147483647 + 1

SELECT -2147483648 - 1

SELECT 9223372036854775807 + id FROM t

SELECT 2147483647 * 2

SELECT CAST(300 AS tinyint)

SELECT CAST('x' AS integer)

SELECT CAST('' AS integer)

SELECT CAST('x' AS double)

SELECT CAST('x' AS boolean)

SELECT CAST('x' AS date)

SELECT CAST('2020-13-01' AS timestamp)

SELECT CAST('x' AS decimal(10,2))

SELECT CAST(1000 AS decimal(3,1))

SELECT CAST(1e300 AS bigint)

SELECT CAST(nan() AS integer)

SELECT DATE 'nope'

SELECT TIMESTAMP 'nope'

SELECT INTERVAL 'nope' DAY

SELECT from_iso8601_date('nope')

SELECT date_parse('nope', '%Y')

SELECT date_trunc('nope', DATE '2020-01-01')

SELECT date_trunc('hour', DATE '2020-01-01')

SELECT date_add('nope', 1, DATE '2020-01-01')

SELECT regexp_like('a', '(')

SELECT 'a' LIKE 'a#' ESCAPE '#'

SELECT 'a' LIKE 'a' ESCAPE '##'

SELECT split('a', '')

SELECT split_part('a', ',', 0)

SELECT lpad('a', 3, '')

SELECT lpad('a', -1, 'x')

SELECT chr(-1)

SELECT repeat('a', -1)

SELECT from_base('z', 10)

SELECT to_base(1, 1)

SELECT abs(-9223372036854775808)

SELECT element_at(ARRAY[1], 0)

SELECT ARRAY[1][2]

SELECT ARRAY[1, 'a']

SELECT sequence(1, 10, -1)

SELECT hamming_distance('a', 'ab')

SELECT * FROM UNNEST(1)

SELECT * FROM UNNEST(ARRAY[1]) AS a (x, y)

SELECT * FROM (VALUES (1, 2)) AS v (a)

SELECT * FROM (VALUES (1, 2), (3)) AS v

SELECT * FROM (VALUES (1), ('a')) AS v

VALUES (1, 'a'), ('b', 2)

WITH a AS (SELECT 1), a AS (SELECT 2) SELECT * FROM a

WITH a (x, y) AS (SELECT 1) SELECT * FROM a

SELECT * FROM a, a

SELECT *

SELECT nope.*

SELECT id FROM t LIMIT -1

SELECT id FROM t LIMIT 'a'

SELECT id FROM t OFFSET -1

SELECT id FROM t FETCH FIRST 0 ROWS ONLY

SELECT FROM t

SELECT id FROM

SELECT id FROM t WHERE

-- name
SELECT id, FROM t

SELECT (id FROM t

-- name
SELECT id FROM t GROUP

-- name
SELECT id FROM t ORDER id

SELEC id FROM t

-- name
SELECT 'abc

-- name
SELECT "abc

SELECT id == 1 FROM t

-- name
SELECT `id` FROM t

SELECT id::varchar FROM t

-- name
SELECT 'a' 'b' FROM t

SELECT id FROM t WHERE s ILIKE 'a'

SELECT id FROM t LIMIT 1 OFFSET 1

-- name
SELECT TOP 1 id FROM t

-- name
SELECT * EXCEPT (id) FROM t

-- name
SELECT id FROM t QUALIFY row_number() OVER () = 1

SELECT id & 1 FROM t

SELECT id FROM t WHERE s ~ 'a'

-- name
SELECT id FROM t AS OF 1

SELECT IF(id = 1) FROM t

SELECT coalesce(id) FROM t

SELECT nullif(id) FROM t

SELECT try() FROM t

-- name
SELECT cast(id) FROM t

-- name
SELECT extract(year) FROM t

-- name
SELECT count(DISTINCT *) FROM t

SELECT listagg(id, ',') WITHIN GROUP (ORDER BY id) FROM t

SELECT listagg(s, ',') FROM t

SELECT approx_percentile(id, 2) FROM t

SELECT * FROM t WHERE EXISTS (SELECT nope FROM u)

SELECT (SELECT max(nope) FROM u) FROM t

SELECT id FROM t WHERE id = (SELECT y FROM u)

SELECT grouping(k) FROM t

SELECT grouping(id) FROM t GROUP BY k

SELECT k FROM t GROUP BY GROUPING SETS ((k), (nope))

SELECT current_user

-- name
SELECT max(id), FROM t

-- name
SELECT *, FROM t

-- name
SELECT id AS FROM t

-- name
SELECT t.* AS x FROM t
