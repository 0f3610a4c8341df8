//! QuickSight's expression language, from portable SQL as it is written.

use crate::dashboard::definition::{column_type, expression};
use crate::error::{Error, Place, SourceText};
use crate::flow::expr::{Expr, Node};
use crate::flow::types::{Column, DataType, Schema};
use crate::flow::typing::{self, Scope};
use crate::manifest::spanned::Spanned;

use super::super::condition::holds;

const COLUMNS: [(&str, &str); 10] = [
    ("id", "string"),
    ("name", "string"),
    ("n", "int"),
    ("big", "bigint"),
    ("x", "double"),
    ("price", "decimal(10,2)"),
    ("ok", "boolean"),
    ("day", "date"),
    ("at", "timestamp"),
    ("genres", "array<string>"),
];

fn typed(text: &str) -> Expr {
    let columns = COLUMNS.iter().map(|(name, data_type)| Column {
        name: (*name).to_owned(),
        data_type: data_type.parse().unwrap(),
        description: None,
    });
    let schema = Schema { columns: columns.collect() };
    let source = SourceText::new("pipeline.yaml", text);
    let place = Place { source, line: 1, column: 1, width: 1 };
    typing::expression(&Spanned::new(text.to_owned(), place), &Scope::new(&schema)).unwrap()
}

#[track_caller]
fn says(sql: &str, quicksight: &str) {
    assert_eq!(expression(&typed(sql)).unwrap(), quicksight, "{sql}");
}

/// The condition under which `sql` is true, and that under which it is false.
#[track_caller]
fn holds_when(sql: &str, is_true: &str, is_false: &str) {
    let e = typed(sql);
    assert_eq!((holds(&e, true).unwrap().as_str(), holds(&e, false).unwrap().as_str()), (is_true, is_false), "{sql}");
}

fn refused(sql: &str) -> Error {
    let error = expression(&typed(sql)).unwrap_err();
    assert_eq!(error.code(), "not-in-quicksight");
    assert!(error.help().is_some(), "{error}");
    error
}

#[test]
fn columns_parameters_and_constants() {
    says("id", "{id}");
    let parameter = Expr { node: Node::Column(":least_year".into()), data_type: DataType::Int };
    assert_eq!(expression(&parameter).unwrap(), "${leastYear}");
    let odd = Expr { node: Node::Column("a}b".into()), data_type: DataType::Int };
    assert_eq!(expression(&odd).unwrap_err().code(), "not-in-quicksight");
    says("'it''s'", "'it''s'");
    says("5", "5");
    says("1.0", "1.0");
    says("1e20", "100000000000000000000.0");
    says("2.5e-7", "0.00000025");
    says("true", "1");
    says("date '2015-06-09'", "parseDate('2015-06-09', 'yyyy-MM-dd')");
    says("timestamp '2015-06-09 07:08:09'", "parseDate('2015-06-09 07:08:09', 'yyyy-MM-dd HH:mm:ss')");
    assert!(refused("timestamp '2015-06-09 07:08:09.5'").message().contains("fraction"));
}

#[test]
fn arithmetic_is_ours() {
    says("n + 1", "({n} + 1)");
    says("n / 2", "decimalToInt({n} / 2)");
    says("n / n", "decimalToInt({n} / nullIf({n}, 0))");
    says("n / 0", "decimalToInt({n} / nullIf(0, 0))");
    says("x / 2", "({x} / 2.0)");
    says("x / x", "({x} / nullIf({x}, 0.0))");
    says("n % 7", "({n} - 7 * decimalToInt({n} / 7))");
    says("-n", "(0 - {n})");
    says("n + x", "(intToDecimal({n}) + {x})");
    says("n * (n - 1)", "({n} * ({n} - 1))");
    says("n + null", "NULL");
    says("round(x, 2)", "round({x}, 2)");
    says("abs(n)", "abs({n})");
}

#[test]
fn texts() {
    says("name || ' by ' || id", "ifelse(isNull({name}) OR isNull({id}), NULL, concat({name}, ' by ', {id}))");
    says("concat(name, name)", "ifelse(isNull({name}), NULL, concat({name}, {name}))");
    says("concat(name, null)", "NULL");
    says("'a' || 'b'", "concat('a', 'b')");
    says("substr(name, 2, 3)", "substring({name}, 2, 3)");
    says("substr(name, 2)", "substring({name}, 2, strlen({name}))");
    says(
        "substr(name, n)",
        "ifelse(isNull({name}) OR isNull({n}), NULL, {n} < 1, '', substring({name}, {n}, strlen({name})))",
    );
    says("replace(name, '', 'x')", "{name}");
    says("replace(name, 'a', 'x')", "replace({name}, 'a', 'x')");
    says("replace(name, id, 'x')", "ifelse({id} = '', {name}, replace({name}, {id}, 'x'))");
    says("trim(upper(lower(name)))", "trim(toUpper(toLower({name})))");
    says("length(name)", "strlen({name})");
    says("coalesce(name, null, 'none')", "coalesce({name}, 'none')");
    says("nullif(n, 0)", "nullIf({n}, 0)");
}

#[test]
fn dates_and_conversions() {
    says("year(day)", "extract('YYYY', {day})");
    says("month(at)", "extract('MM', {at})");
    says("day(day)", "extract('DD', {day})");
    says("cast(at as date)", "truncDate('DD', {at})");
    says("cast(day as string)", "formatDate({day}, 'yyyy-MM-dd')");
    says("cast(n as string)", "toString({n})");
    says("cast(ok as string)", "ifelse({ok} = 1, 'true', {ok} = 0, 'false', NULL)");
    says("cast(big as int)", "ifelse({big} >= -2147483648 AND {big} <= 2147483647, {big}, NULL)");
    says("cast(x as bigint)", "ifelse(decimalToInt({x}) = {x}, decimalToInt({x}), NULL)");
    assert!(refused("cast(id as int)").message().contains("string to int"));
    assert!(refused("cast(at as string)").message().contains("timestamp to string"));
    assert!(refused("cardinality(genres)").message().contains("`cardinality`"));
}

#[test]
fn conditions_and_their_negations() {
    holds_when("n = 1", "{n} = 1", "{n} <> 1");
    holds_when("n < 1", "{n} < 1", "{n} >= 1");
    holds_when("not n <= 1", "{n} > 1", "{n} <= 1");
    holds_when("n = 1 and x > 2", "({n} = 1 AND {x} > 2.0)", "({n} <> 1 OR {x} <= 2.0)");
    holds_when("not (n = 1 or ok)", "({n} <> 1 AND {ok} = 0)", "({n} = 1 OR {ok} = 1)");
    holds_when("name is null", "isNull({name})", "isNotNull({name})");
    holds_when("ok is not null", "isNotNull({ok})", "isNull({ok})");
    holds_when("true", "1 = 1", "1 = 0");
    holds_when("n between 1 and 2", "({n} >= 1 AND {n} <= 2)", "({n} < 1 OR {n} > 2)");
    holds_when("case when ok then false else ok end", "ifelse({ok} = 1, 0, {ok}) = 1", "ifelse({ok} = 1, 0, {ok}) = 0");
    holds_when("coalesce(ok, false)", "coalesce({ok}, 0) = 1", "coalesce({ok}, 0) = 0");
}

#[test]
fn membership() {
    holds_when("id in ('a', 'b')", "in({id}, ['a', 'b'])", "notIn({id}, ['a', 'b'])");
    holds_when("id in ('a', null)", "in({id}, ['a'])", "1 = 0");
    holds_when("n in (1, n)", "({n} = 1 OR {n} = {n})", "({n} <> 1 AND {n} <> {n})");
    holds_when(
        "day in (date '2015-06-09')",
        "({day} = parseDate('2015-06-09', 'yyyy-MM-dd'))",
        "({day} <> parseDate('2015-06-09', 'yyyy-MM-dd'))",
    );
}

#[test]
fn patterns() {
    holds_when("name like 'a'", "{name} = 'a'", "{name} <> 'a'");
    holds_when("name like '%'", "isNotNull({name})", "1 = 0");
    holds_when("name like 'a%'", "startsWith({name}, 'a')", "(isNotNull({name}) AND NOT(startsWith({name}, 'a')))");
    holds_when("name like '%a'", "endsWith({name}, 'a')", "(isNotNull({name}) AND NOT(endsWith({name}, 'a')))");
    holds_when(
        "name like '%it''s%%'",
        "contains({name}, 'it''s')",
        "(isNotNull({name}) AND NOT(contains({name}, 'it''s')))",
    );
    holds_when("name like '\\%%'", "startsWith({name}, '%')", "(isNotNull({name}) AND NOT(startsWith({name}, '%')))");
    let both = "(startsWith({name}, 'ab') AND endsWith({name}, 'b') AND strlen({name}) >= 3)";
    holds_when("name like 'ab%b'", both, &format!("(isNotNull({{name}}) AND NOT({both}))"));
    assert!(refused("name like 'a_'").message().contains("like 'a_'"));
    refused("name like '%a%b%'");
}

#[test]
fn booleans_as_values_are_one_and_zero() {
    says("ok", "{ok}");
    says("n = 1", "ifelse({n} = 1, 1, {n} <> 1, 0, NULL)");
    says("n is null", "ifelse(isNull({n}), 1, 0)");
    says("case when n = 1 then 'one' when n = 2 then 'two' end", "ifelse({n} = 1, 'one', {n} = 2, 'two', NULL)");
    says("case when n = 1 then n else 0.5 end", "ifelse({n} = 1, intToDecimal({n}), 0.5)");
}

#[test]
fn columns_become_quicksights() {
    let types =
        ["string", "boolean", "int", "bigint", "float", "double", "decimal(10,2)", "date", "timestamp", "array<int>"];
    let quicksight: Vec<_> = types.iter().map(|t| column_type(&t.parse().unwrap())).collect();
    assert_eq!(
        quicksight,
        ["STRING", "BOOLEAN", "INTEGER", "INTEGER", "DECIMAL", "DECIMAL", "DECIMAL", "DATETIME", "DATETIME", "STRING"]
    );
}
