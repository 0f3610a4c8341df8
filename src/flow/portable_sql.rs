//! The page docs/portable-sql.md: what the language is, written from its tables.

use super::aggregates::AGGREGATES;
use super::functions::FUNCTIONS;

/// The page docs/portable-sql.md.
pub fn page() -> String {
    let mut page = String::from(PAGE_HEAD);
    for f in &FUNCTIONS {
        page.push_str(&format!("| `{}` | {} |\n", f.signature().replace('|', "\\|"), f.doc.replace("||", "\\|\\|")));
    }
    page.push_str(AGGREGATES_HEAD);
    for a in &AGGREGATES {
        page.push_str(&format!("| `{}` | {} |\n", a.signature.replace('|', "\\|"), a.doc));
    }
    page.push_str(QUERIES);
    page
}

const PAGE_HEAD: &str = "# Portable SQL

The expressions of `derived_column`, `filter`, `aggregate` and `checks`, and the queries of `sql`. A construct is here only when the embedded engine and Glue's
Spark give it one meaning; anything else is refused by `validate`, with the place and what to write instead.

- **Names** are columns of the step's input, in any case; `\"group\"` in double quotes where a name is a keyword.
- **Constants**: `'it''s'`, `5` (int, or bigint when it is large), `1.5` and `1e3` (double), `true`, `false`, `null`,
  `date '2015-06-09'`, `timestamp '2015-06-09 07:08:09'`.
- **Types must agree.** Numbers widen without loss (int -> bigint -> double, float -> double, int and bigint -> a decimal
  that holds them), a date widens to a timestamp; anything else wants `cast(x as type)`, which converts by the table in
  conversions.md: what does not fit is NULL. A text is never compared with a number or a date.
- **Arithmetic** `+ - * / %` on int, bigint, double. On whole numbers `/` truncates and overflow is an error; division by
  zero is NULL, for doubles too; `%` has the sign of the dividend.
- **Comparison** `= <> < <= > >=`, `between`, `in (...)`, `is null`, `is not null`, `like` (`%`, `_`, backslash before one of
  these to mean it; case matters). Texts compare by their UTF-8 bytes.
- **Logic** `and`, `or`, `not` with SQL's three values; `case when c then x else y end`, `case x when v then y end`.
- **Text** `x || y`: NULL when either is.
- **Patterns** are regular expressions of what Rust and Java read alike: characters, `.` (anything but a line feed), `[a-z]`,
  `[^a-z]`, `\\d \\w \\s` and `\\D \\W \\S` (ASCII), groups `( )` and `(?: )`, `|`, `? * + {2} {2,} {2,5}` also lazy, `^` and `$` (the
  text's beginning and end), `\\b` (ASCII). A repeated part takes at least one character. No flags, classes by name,
  look-around or back references.

This page is written from the code: `PIPECTL_REGENERATE=1 cargo test portable_sql_page`.

## Functions

NULL in gives NULL out unless said otherwise.

| function | value |
|---|---|
";

const QUERIES: &str = "
## Queries

`sql: FILE` of a table, instead of its steps, and the step `sql: FILE`, over the rows so far, which it calls `input`: one SELECT.

- `from` reads sources and tables, `source.x` and `table.x` where both are called x, and queries `(select ...) as x`.
- Joins are `inner`, `left`, `right`, `full`, and `left semi` and `left anti`, `on` at least one equality of the two sides, or
  `using (x)`. Other conditions stand beside the equalities: any of an inner join, in an outer one those of the side that
  need not match. `cross join`, and an inner join without an equality, pairs every row with every row.
  `where x in (select y from ...)` is a semi join.
- `group by` takes expressions, places and names of the list; `having`, `distinct`, `with`.
- `union all` has the rows of both queries, by position; `union`, `intersect` and `except` one of equal rows (NULLs are equal here) that
  either has, that both have, that the first alone has. `intersect` binds closer.
- `order by ... limit n` keeps the first rows of an order, ties broken by the other columns in the list's order. Without
  `limit` an order has no meaning, and without an order a limit has none. NULLs come last in both directions.
- Over windows: `row_number()`, `rank()`, `dense_rank()`, `lag(x[, n])`, `lead(x[, n])` in an order, and `count`, `sum`, `avg`, `min`,
  `max` with or without one, `rows between n preceding and n following` (`unbounded`, `current row`). Where each row has to
  have a place of its own, ties are broken by the other columns in the rows' order.
- Every column has a name of its own: `expression as name`.
";

const AGGREGATES_HEAD: &str = "
## Aggregates

Functions over many rows, in `aggregate`, `pivot` and queries. NULLs are skipped; where nothing is left the value is NULL, unless said
otherwise. Rows come in no order, so that aggregates of doubles agree between engines to 1e-12 relative; all others exactly.

| aggregate | value |
|---|---|
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portable_sql_page_is_what_the_code_does() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/portable-sql.md");
        if std::env::var_os("PIPECTL_REGENERATE").is_some() {
            std::fs::write(&path, page()).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(written, page(), "docs/portable-sql.md is stale: PIPECTL_REGENERATE=1 cargo test portable_sql_page");
    }
}
