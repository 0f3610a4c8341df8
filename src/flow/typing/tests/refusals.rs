//! What is refused, and in which words.

use super::*;

#[test]
fn refusals_of_names() {
    insta::assert_snapshot!(bad("nme is null"), @"
    unknown-column at `nme`: unknown column `nme`
      expected: one of id, name, n, big, x, f, price, ok, day, at, genres, counts, key, release_date
      help: did you mean `name`?
    ");
    insta::assert_snapshot!(bad("n > 1 and len(id) = 2"), @"
    unknown-function at `len`: unknown function `len`
      help: write `length(x)`
    ");
    insta::assert_snapshot!(bad("sum(n)"), @"
    unknown-function at `sum`: unknown function `sum`
      help: `sum` is over many rows; an expression here sees one row
    ");
    insta::assert_snapshot!(bad("a.id"), @"
    not-portable at `a.id`: a name with a dot is not portable SQL
      help: write the column's name alone
    ");
    insta::assert_snapshot!(bad("substr(id)"), @"
    wrong-arity at `id`: `substr` takes 2 to 3 arguments, not 1
      expected: substr(string, int[, int]) -> string
    ");
    insta::assert_snapshot!(bad("coalesce(id)"), @"
    wrong-arity at `coalesce`: `coalesce` takes at least 2 arguments, not 1
      expected: coalesce(T, T, ...) -> T
    ");
    insta::assert_snapshot!(bad("lower(id, 'de')"), @"
    wrong-arity at `lower`: `lower` takes 1 argument, not 2
      expected: lower(string) -> string
    ");
    insta::assert_snapshot!(bad("cast(id as integer)"), @"
    unknown-type at `integer`: unknown type `integer`
      expected: one of string, boolean, int, bigint, float, double, decimal(p,s), date, timestamp, array<T>, struct<name:T,...>
      help: did you mean `int`?
    ");
}

#[test]
fn refusals_of_types() {
    insta::assert_snapshot!(bad("id = 5"), @"
    type-mismatch at `id = 5`: `=` compares string with int
      help: `cast(x as int)` the text first; what does not fit is NULL
    ");
    insta::assert_snapshot!(bad("n = '5'"), @"
    type-mismatch at `n = '5'`: `=` compares int with string
      help: write `5` without quotes
    ");
    insta::assert_snapshot!(bad("ok and day >= '2000-01-01'"), @"
    type-mismatch at `day >= '2000-01-01'`: `>=` compares date with string
      help: write `date '2000-01-01'`
    ");
    insta::assert_snapshot!(bad("id + 1"), @"
    type-mismatch at `id + 1`: `+` takes numbers, this is string
      expected: numbers
      help: write `||` to join texts, or `cast(x as int)` to reckon with one
    ");
    insta::assert_snapshot!(bad("day + 1"), @"
    type-mismatch at `day + 1`: `+` takes numbers, this is date
      expected: numbers
      help: write `date_add('day', 1, x)`, `date_diff('day', x, y)`; `year(x)`, `month(x)`, `day(x)` are numbers
    ");
    insta::assert_snapshot!(bad("price * 2"), @"
    not-portable at `price * 2`: arithmetic on decimal(10,2) is not portable
      note: engines give the result different digits
      help: `cast(x as double)` first, or `cast(x as bigint)` when it is whole
    ");
    insta::assert_snapshot!(bad("id || n"), @"
    type-mismatch at `n`: `||` takes a string, this is int
      expected: a string
      help: `cast(x as string)` first
    ");
    insta::assert_snapshot!(bad("id || x"), @"
    type-mismatch at `x`: `||` takes a string, this is double
      expected: a string
      help: engines write floating-point numbers differently; convert to decimal(p,s) first, then to string
    ");
    insta::assert_snapshot!(bad("ok and n"), @"
    type-mismatch at `n`: `and` takes a boolean, this is int
      expected: a boolean
      help: write a comparison, such as `x <> 0`
    ");
    insta::assert_snapshot!(bad("not id"), @"
    type-mismatch at `id`: `not` takes a boolean, this is string
      expected: a boolean
      help: write a comparison, such as `x = 'yes'`
    ");
    insta::assert_snapshot!(bad("n = null"), @"
    type-mismatch at `n = null`: `=` with NULL is never true
      help: write `x is null` or `x is not null`
    ");
    insta::assert_snapshot!(bad("genres = counts"), @"
    type-mismatch at `genres = counts`: `=` compares array<string> with array<int>
      help: `cast(x as type)` one of them
    ");
    insta::assert_snapshot!(bad("genres = genres"), @"
    type-mismatch at `genres = genres`: `=` does not take array<string>
      expected: scalars
      help: compare single elements: `element_at(x, 1)`, `contains(x, y)`
    ");
    insta::assert_snapshot!(bad("n in (1, 'a')"), @"
    type-mismatch at `n in (1, 'a'`: `in` compares int with string
      help: `cast(x as int)` the text first; what does not fit is NULL
    ");
    insta::assert_snapshot!(bad("case when ok then 1 else 'a' end"), @"
    type-mismatch at `case when ok then 1 else 'a' end`: `case` yields int and string
      expected: one type in all branches
      help: `cast(x as type)` one of them
    ");
    insta::assert_snapshot!(bad("case when n then 1 end"), @"
    type-mismatch at `n`: `when` takes a boolean, this is int
      expected: a boolean
      help: write a comparison, such as `x <> 0`
    ");
    insta::assert_snapshot!(bad("year(id)"), @"
    type-mismatch at `id`: `year` takes date|timestamp here, this is string
      expected: year(date|timestamp) -> int
      help: `cast(x as date)` first
    ");
    insta::assert_snapshot!(bad("length(n)"), @"
    type-mismatch at `n`: `length` takes string here, this is int
      expected: length(string) -> int
      help: `cast(x as string)` first
    ");
    insta::assert_snapshot!(bad("element_at(genres, 0)"), @"
    type-mismatch at `0`: `element_at` takes a whole number from 1, written out, here
      expected: element_at(array<T>, int literal) -> T
    ");
    insta::assert_snapshot!(bad("round(x, n)"), @"
    type-mismatch at `n`: `round` takes a whole number from 0 to 15, written out, here
      expected: round(double[, int literal]) -> double
    ");
    insta::assert_snapshot!(bad("cast(x as string)"), @"
    type-mismatch at `x`: double does not convert to string
      help: engines write floating-point numbers differently; convert to decimal(p,s) first, then to string
    ");
    insta::assert_snapshot!(bad("cast(ok as int)"), @"
    type-mismatch at `ok`: boolean does not convert to int
      help: derive it: `case when x then 1 else 0 end`
    ");
    insta::assert_snapshot!(bad("null"), @"
    type-mismatch at `null`: nothing here says which type NULL has
      help: write `cast(null as string)`, for example
    ");
}

#[test]
fn refusals_of_what_is_not_portable() {
    insta::assert_snapshot!(bad("id ilike 'a%'"), @"
    not-portable at `id ilike 'a%'`: `ilike` is not portable SQL
      help: write `lower(x) like '...'`
    ");
    insta::assert_snapshot!(bad("id like name"), @"
    not-portable at `name`: `like` with a pattern that is no constant is not portable SQL
      help: write the pattern as a text in quotes
    ");
    insta::assert_snapshot!(bad("id like 'a\\b'"), @r#"
    bad-literal at `'a\b'`: pattern `a\b` has a backslash before a plain character
      expected: a backslash only before `%`, `_` or another backslash
    "#);
    insta::assert_snapshot!(bad("genres[1]"), @"
    not-portable at `genres[1]`: access by `[...]` or `.` is not portable SQL
      help: write `element_at(x, 1)`
    ");
    insta::assert_snapshot!(bad("id::int"), @"
    not-portable at `id`: this form of a cast is not portable SQL
      help: write `cast(x as type)`
    ");
    insta::assert_snapshot!(bad("try_cast(id as int)"), @"
    not-portable at `id`: this form of a cast is not portable SQL
      help: write `cast(x as type)`
    ");
    insta::assert_snapshot!(bad("count(*) > 1"), @"
    unknown-function at `count`: unknown function `count`
      help: `count` is over many rows; an expression here sees one row
    ");
    insta::assert_snapshot!(bad("current_date"), @"
    unknown-function at `current_date`: unknown function `current_date`
      help: a run must not depend on when it runs; write the date as a constant
    ");
    insta::assert_snapshot!(bad("extract(year from day)"), @"
    not-portable at `extract(year from day)`: `extract` is not portable SQL
      help: write `year(x)`, `month(x)` or `day(x)`
    ");
    insta::assert_snapshot!(bad("day + interval '1' day"), @"
    not-portable at `day + interval '1' day`: an interval is not portable SQL
      help: write `date_add('day', 1, x)`
    ");
    insta::assert_snapshot!(bad("id in (select id from t)"), @"
    not-portable at `id in (select id from t)`: a query inside an expression is not portable SQL
      help: write a `join` step
    ");
    insta::assert_snapshot!(bad("ok is true"), @"
    not-portable at `ok`: `is true` is not portable SQL
      help: write `coalesce(x, false)` or `not coalesce(x, true)`
    ");
    insta::assert_snapshot!(bad("trim(both 'x' from id)"), @"
    not-portable at `id`: this form of `trim` is not portable SQL
      help: write `trim(x)`
    ");
    insta::assert_snapshot!(bad("lower(id) over ()"), @"
    not-portable at `lower`: this form of `lower` is not portable SQL
      expected: lower(string) -> string
    ");
    insta::assert_snapshot!(bad("n & 1"), @"not-portable at `n & 1`: operator `&` is not portable SQL");
    insta::assert_snapshot!(bad("x'ff'"), @"
    not-portable at `x'ff'`: constant `X'ff'` is not portable
      help: write texts in single quotes and numbers in plain digits
    ");
    insta::assert_snapshot!(bad("lower(distinct id)"), @"
    not-portable at `lower`: this form of `lower` is not portable SQL
      expected: lower(string) -> string
    ");
}

#[test]
fn refusals_of_text_that_is_no_expression() {
    insta::assert_snapshot!(bad(""), @"syntax at ``: there is nothing here");
    insta::assert_snapshot!(bad("n >"), @"syntax at `n >`: expected: an expression, found: EOF");
    insta::assert_snapshot!(bad("n > 1 n"), @"syntax at `n`: `n` stands where the expression should end");
    insta::assert_snapshot!(bad("(n"), @"syntax at `(n`: expected: ), found: EOF");
    insta::assert_snapshot!(bad("'abc"), @"syntax at `'`: unterminated string literal");
    insta::assert_snapshot!(bad("n = 99999999999999999999"), @"
    bad-literal at `99999999999999999999`: number `99999999999999999999` is too large for a bigint
      help: write `99999999999999999999.0` for a double
    ");
    insta::assert_snapshot!(bad("date '2015-02-30'"), @"
    bad-literal at `'2015-02-30'`: `2015-02-30` is no constant of type date
      expected: a date of the calendar as `2015-06-09`
    ");
    insta::assert_snapshot!(bad("date '2015-06-09 00:00'"), @"
    bad-literal at `'2015-06-09 00:00'`: `2015-06-09 00:00` is no constant of type date
      expected: a date of the calendar as `2015-06-09`
    ");
}

#[test]
fn a_predicate_is_a_boolean() {
    let text = Spanned::unplaced("n + 1".to_string());
    let error = predicate(&text, &Scope::new(&schema()), "`filter`").unwrap_err();
    assert_eq!(
        block(&error),
        "type-mismatch at `nowhere`: `filter` takes a boolean, this is int\n  expected: a boolean\n  help: write a comparison, such as `x <> 0`"
    );
}
