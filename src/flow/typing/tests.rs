//! Typing, seen from outside: an expression's text in, its tree or its refusal out.

use proptest::prelude::*;

use super::*;
use crate::error::{Error, Place, SourceText};
use crate::flow::expr::{Expr, Literal, Node};
use crate::flow::types::{Column, Schema};
use crate::manifest::spanned::Spanned;

const COLUMNS: [(&str, &str); 14] = [
    ("id", "string"),
    ("name", "string"),
    ("n", "int"),
    ("big", "bigint"),
    ("x", "double"),
    ("f", "float"),
    ("price", "decimal(10,2)"),
    ("ok", "boolean"),
    ("day", "date"),
    ("at", "timestamp"),
    ("genres", "array<string>"),
    ("counts", "array<int>"),
    ("key", "int"),
    ("release_date", "date"),
];

fn schema() -> Schema {
    let column = |(name, data_type): &(&str, &str)| Column {
        name: name.to_string(),
        data_type: data_type.parse().unwrap(),
        description: None,
    };
    Schema { columns: COLUMNS.iter().map(column).collect() }
}

fn typed(text: &str) -> Result<Expr, Error> {
    let source = SourceText::new("pipeline.yaml", format!("filter: {text}"));
    let place = Place { source, line: 1, column: 9, width: text.chars().count().max(1) as u32 };
    expression(&Spanned::new(text.to_string(), place), &Scope::new(&schema()))
}

/// A tree as compact text: `(year day):int`.
fn tree(e: &Expr) -> String {
    let list = |all: &[Expr]| all.iter().map(tree).collect::<Vec<_>>().join(" ");
    match &e.node {
        Node::Column(name) => name.clone(),
        Node::Literal(Literal::Null) => format!("null:{}", e.data_type),
        Node::Literal(Literal::String(text)) => format!("'{text}'"),
        Node::Literal(Literal::Boolean(b)) => b.to_string(),
        Node::Literal(Literal::Integer(i)) => format!("{i}:{}", e.data_type),
        Node::Literal(Literal::Double(f)) => format!("{f:?}"),
        Node::Literal(Literal::Date(text)) => format!("date'{text}'"),
        Node::Literal(Literal::Timestamp(text)) => format!("timestamp'{text}'"),
        Node::Widen(x) => format!("(widen {}):{}", tree(x), e.data_type),
        Node::Cast(x) => format!("(cast {}):{}", tree(x), e.data_type),
        Node::Negate(x) => format!("(- {})", tree(x)),
        Node::Not(x) => format!("(not {})", tree(x)),
        Node::Binary(op, l, r) => format!("({op:?} {} {}):{}", tree(l), tree(r), e.data_type),
        Node::IsNull(x) => format!("(null? {})", tree(x)),
        Node::In(x, items) => format!("(in {} [{}])", tree(x), list(items)),
        Node::Like(x, pattern) => format!("(like {} '{pattern}')", tree(x)),
        Node::Case(branches, otherwise) => {
            let branches: Vec<_> = branches.iter().map(|(c, v)| format!("{} => {}", tree(c), tree(v))).collect();
            format!("(case [{}] {}):{}", branches.join(", "), tree(otherwise), e.data_type)
        }
        Node::Call(function, arguments) => format!("({function:?} {}):{}", list(arguments), e.data_type),
    }
}

fn good(text: &str) -> String {
    match typed(text) {
        Ok(e) => tree(&e),
        Err(error) => panic!("{text}: {}", block(&error)),
    }
}

/// Code, message, the underlined part, and what follows.
fn block(error: &Error) -> String {
    let under = error.place().map_or("nowhere".to_string(), |place| {
        let line = place.source.line(place.line);
        line.chars().skip(place.column as usize - 1).take(place.width as usize).collect()
    });
    let mut text = format!("{} at `{under}`: {}", error.code(), error.message());
    for note in error.notes() {
        text.push_str(&format!("\n  note: {note}"));
    }
    for (label, words) in [("expected", error.expected()), ("help", error.help())] {
        if let Some(words) = words {
            text.push_str(&format!("\n  {label}: {words}"));
        }
    }
    text
}

fn bad(text: &str) -> String {
    match typed(text) {
        Ok(e) => panic!("{text} is typed: {}", tree(&e)),
        Err(error) => block(&error),
    }
}

#[test]
fn columns_and_constants() {
    assert_eq!(good("ID"), "id");
    assert_eq!(good("\"key\""), "key");
    assert_eq!(good("key"), "key");
    assert_eq!(good("5"), "5:int");
    assert_eq!(good("-2147483648"), "-2147483648:int");
    assert_eq!(good("2147483648"), "2147483648:bigint");
    assert_eq!(good("-9223372036854775808"), "-9223372036854775808:bigint");
    assert_eq!(good("1.5"), "1.5");
    assert_eq!(good("-1e3"), "-1000.0");
    assert_eq!(good("'it''s'"), "'it's'");
    assert_eq!(good("true"), "true");
    assert_eq!(good("date '2015-06-09'"), "date'2015-06-09'");
    assert_eq!(good("timestamp '2015-06-09 07:08'"), "timestamp'2015-06-09 07:08:00'");
    assert_eq!(good("cast(null as int)"), "(cast null:string):int");
}

#[test]
fn arithmetic() {
    assert_eq!(good("n + 1"), "(Add n 1:int):int");
    assert_eq!(good("n + big"), "(Add (widen n):bigint big):bigint");
    assert_eq!(good("big * 2"), "(Multiply big 2:bigint):bigint");
    assert_eq!(good("x / 60"), "(Divide x 60.0):double");
    assert_eq!(good("n / 2 / 3"), "(Divide (Divide n 2:int):int 3:int):int");
    assert_eq!(good("f * 2"), "(Multiply (widen f):double 2.0):double");
    assert_eq!(good("n - -n % 3"), "(Subtract n (Modulo (- n) 3:int):int):int");
    assert_eq!(good("(n + 1) * 2"), "(Multiply (Add n 1:int):int 2:int):int");
    assert_eq!(good("n + null"), "(Add n null:int):int");
}

#[test]
fn comparison_and_logic() {
    assert_eq!(good("n = big"), "(Equal (widen n):bigint big):boolean");
    assert_eq!(good("price >= 1"), "(GreaterOrEqual (widen price):decimal(12,2) (widen 1:int):decimal(12,2)):boolean");
    assert_eq!(good("at > day"), "(Greater at (widen day):timestamp):boolean");
    assert_eq!(good("day >= date '2000-01-01'"), "(GreaterOrEqual day date'2000-01-01'):boolean");
    assert_eq!(good("not ok or n is not null"), "(Or (not ok) (not (null? n))):boolean");
    assert_eq!(
        good("ok and n = 1 and x > 2 and id = 'a'"),
        "(And (And ok (Equal n 1:int):boolean):boolean (And (Greater x 2.0):boolean (Equal id 'a'):boolean):boolean):boolean"
    );
    assert_eq!(good("ok or ok and ok"), "(Or ok (And ok ok):boolean):boolean");
    assert_eq!(good("x between 0 and 1"), "(And (GreaterOrEqual x 0.0):boolean (LessOrEqual x 1.0):boolean):boolean");
    assert_eq!(good("n not in (1, 3000000000)"), "(not (in (widen n):bigint [1:bigint 3000000000:bigint]))");
    assert_eq!(good("id like 'a\\_%'"), "(like id 'a\\_%')");
}

#[test]
fn texts_cases_casts_and_calls() {
    assert_eq!(good("id || '-' || name"), "(Concat (Concat id '-'):string name):string");
    assert_eq!(
        good("case when n > 1 then 1 when ok then 2.5 end"),
        "(case [(Greater n 1:int):boolean => 1.0, ok => 2.5] null:double):double"
    );
    assert_eq!(good("case n when 1 then 'one' else id end"), "(case [(Equal n 1:int):boolean => 'one'] id):string");
    assert_eq!(good("cast(id as decimal(4,2))"), "(cast id):decimal(4,2)");
    assert_eq!(good("cast(id as array<int>)"), "(cast id):array<int>");
    assert_eq!(good("year(release_date)"), "(Year release_date):int");
    assert_eq!(good("YEAR(at)"), "(Year at):int");
    assert_eq!(good("coalesce(n, big, 0)"), "(Coalesce (widen n):bigint big 0:bigint):bigint");
    assert_eq!(good("coalesce(name, null)"), "(Coalesce name null:string):string");
    assert_eq!(good("nullif(n, 0)"), "(NullIf n 0:int):int");
    assert_eq!(good("round(n, 2)"), "(Round (widen n):double 2:int):double");
    assert_eq!(good("floor(x) + ceil(x)"), "(Add (Floor x):double (Ceil x):double):double");
    assert_eq!(good("substr(trim(id), 2, 3)"), "(Substr (Trim id):string 2:int 3:int):string");
    assert_eq!(good("replace(id, 'a', '')"), "(Replace id 'a' ''):string");
    assert_eq!(good("element_at(counts, 1)"), "(ElementAt counts 1:int):int");
    assert_eq!(good("contains(genres, 'pop')"), "(Contains genres 'pop'):boolean");
    assert_eq!(good("abs(f)"), "(Abs (widen f):double):double");
    assert_eq!(good("concat(id, '-', name)"), "(Concat id '-' name):string");
    assert_eq!(good("month(day) * 100 + day(day)"), "(Add (Multiply (Month day):int 100:int):int (Day day):int):int");
    assert_eq!(good("length(upper(lower(id)))"), "(Length (Upper (Lower id):string):string):int");
    assert_eq!(good("cardinality(genres)"), "(Cardinality genres):int");
}

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
      help: reckoning with dates is not portable yet; `year(x)`, `month(x)` and `day(x)` are numbers
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
      help: reckon with `year(x)`, `month(x)` and `day(x)`
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
    insta::assert_snapshot!(bad(""), @"syntax at ``: expression is empty");
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

#[test]
fn hostile_texts_are_refused_in_good_time() {
    for text in [
        "(".repeat(100_000),
        format!("{}1{}", "(".repeat(45), ")".repeat(45)),
        format!("{}n", "- ".repeat(10_000)),
        format!("{}ok", "not ".repeat(10_000)),
        format!("n{}", " + n".repeat(100_000)),
        format!("n{}", " + n".repeat(450)),
        format!("n{}", " is null".repeat(400)),
        format!("n{}", "[1]".repeat(300)),
        format!("{}ok{}", "case when ".repeat(40), " then 1 end".repeat(40)),
        format!("ok{}", " between true and false".repeat(45)),
        format!("{}ok{}", "(".repeat(20), " between true and false)".repeat(20)),
        "lower(".repeat(1_000),
        "'".repeat(100_001),
        "cast(id as ".to_string() + &"array<".repeat(200),
    ] {
        if let Err(error) = typed(&text) {
            assert!(
                ["too-complex", "syntax", "not-portable", "type-mismatch", "unknown-type"].contains(&error.code()),
                "{}",
                error.code()
            );
        }
    }
    assert!(typed(&format!("ok{}", " or n = 1".repeat(200))).is_ok(), "a long chain of conditions is no trouble");
    assert!(typed(&format!("n in (1{})", ", 1".repeat(20_000))).is_ok(), "neither is a long list");
}

#[test]
fn the_deepest_expression_survives_the_document() {
    let mut deepest = 0;
    for length in 1..60 {
        for text in [
            format!("n{}", " + n".repeat(length)),
            format!("{}n{}", "case when ok then ".repeat(length), " end".repeat(length)),
            format!("{}id{}", "lower(".repeat(length), ")".repeat(length)),
        ] {
            let Ok(e) = typed(&text) else { continue };
            deepest = deepest.max(widen::nesting(&e));
            // As deep as a document holds it: objects and arrays of flow, tables, steps, operation.
            let json = format!("{}{}{}", "[".repeat(12), serde_json::to_string(&e).unwrap(), "]".repeat(12));
            serde_json::from_str::<serde_json::Value>(&json).unwrap();
            let again: Expr = serde_json::from_str(&serde_json::to_string(&e).unwrap()).unwrap();
            assert_eq!(again, e);
        }
    }
    assert!(deepest > 90, "{deepest}");
}

proptest! {
    #[test]
    fn any_text_is_typed_or_refused(text in "\\PC{0,40}") {
        let _ = typed(&text);
    }

    #[test]
    fn any_words_are_typed_or_refused(words in proptest::collection::vec(
        prop_oneof![
            Just("n"), Just("x"), Just("id"), Just("ok"), Just("day"), Just("genres"), Just("1"), Just("1.5"), Just("'a'"), Just("null"),
            Just("("), Just(")"), Just(","), Just("+"), Just("/"), Just("="), Just("<"), Just("||"), Just("and"), Just("or"), Just("not"),
            Just("is"), Just("in"), Just("like"), Just("between"), Just("case"), Just("when"), Just("then"), Just("else"), Just("end"),
            Just("cast("), Just("as"), Just("int"), Just("year("), Just("coalesce("), Just("date"), Just("-"), Just("lower("), Just("abs("),
        ], 0..14)) {
        if let Ok(e) = typed(&words.join(" ")) {
            let json = serde_json::to_string(&e).unwrap();
            prop_assert_eq!(serde_json::from_str::<Expr>(&json).unwrap(), e);
        }
    }
}
