//! Portable SQL as Trino's: the same values that the embedded engine computes.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType as ArrowType, Float64Type};
use datafusion::prelude::SessionContext;

use super::super::Shelf;
use super::{render, run};
use crate::dashboard::sql::expression::{Names, sql};
use crate::engine::embedded::lower::lower;
use crate::flow::expr::Expr;
use crate::flow::types::Schema;
use crate::flow::typing::{Scope, expression};
use crate::manifest::spanned::Spanned;

fn typed(text: &str) -> Expr {
    let schema = Schema::default();
    expression(&Spanned::unplaced(text.to_string()), &Scope::new(&schema)).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// A value as a text that both sides write alike.
fn shown(column: &ArrayRef, athena: bool) -> String {
    match column.data_type() {
        _ if column.is_null(0) => "NULL".into(),
        ArrowType::Float64 => format!("{:?}", column.as_primitive::<Float64Type>().value(0)),
        _ if athena => render::result_text(column, 0).unwrap(),
        _ => cast(column, &ArrowType::Utf8).unwrap().as_string::<i32>().value(0).to_string(),
    }
}

/// The value on the embedded engine and in Athena.
fn both(text: &str) -> (String, String) {
    let expr = typed(text);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ours = runtime.block_on(async {
        let context = SessionContext::new();
        let frame = context.read_empty().unwrap().select(vec![lower(&expr).unwrap().alias("x")]).unwrap();
        frame.collect().await.unwrap()
    });
    let emitted = sql(&expr, &Names { relation: "source", parameters: &[] }).unwrap();
    let theirs = run(&format!("SELECT {emitted} AS x"), &Shelf::default());
    let theirs = theirs.unwrap_or_else(|failure| panic!("{text}: {failure}\n{emitted}"));
    (shown(ours[0].column(0), false), shown(theirs.batches[0].column(0), true))
}

fn held(texts: &[&str]) {
    let differ: Vec<_> = texts.iter().map(|text| (text, both(text))).filter(|(_, (a, b))| a != b).collect();
    assert!(differ.is_empty(), "embedded, Athena: {differ:#?}");
}

#[test]
fn operators_mean_the_same() {
    held(&[
        "7 / 2",
        "-7 / 2",
        "-7 % 2",
        "7 / 0",
        "7 % 0",
        "7.5 / 0.0",
        "-7.5 % 2.0",
        "9223372036854775807 - 1",
        "-(3.5)",
        "1 + 2.5",
        "'a' || 'b' || cast(null as string)",
        "'it''s' = 'it''s' and 'B' < 'a' and 'é' > 'z'",
        "true or cast(null as boolean)",
        "not (1 = 2)",
        "3 in (1, 2, cast(null as int))",
        "1 in (1, cast(null as int))",
        "3 between 1 and 3",
        "'50%_x' like '50\\%\\__'",
        "'a\\b' like 'a\\\\b'",
        "'abc' like 'a%' and not ('abc' like 'A%')",
        "case when 1 = 2 then 'x' else 'y' end",
        "date '2015-06-09' < timestamp '2015-06-09 00:00:01'",
    ]);
}

#[test]
fn functions_mean_the_same() {
    held(&[
        "year(date '2015-06-09') * 10000 + month(date '2015-06-09') * 100 + day(date '2015-06-09')",
        "lower('ÀBC') || upper('àbc')",
        "'[' || trim('  a b\t ') || ']'",
        "length('aé😀')",
        "substr('abcdef', 2, 3)",
        "substr('abcdef', 0)",
        "substr('abcdef', -2, 1)",
        "substr('abcdef', 2, -1)",
        "substr('abcdef', cast('3' as int))",
        "substr('abcdef', cast('x' as int))",
        "replace('banana', 'an', '-')",
        "replace('banana', '', '-')",
        "replace('banana', substr('x', 2), '-')",
        "concat('a', 'b', 'c')",
        "coalesce(cast(null as int), 4, 5)",
        "nullif(3, 3)",
        "nullif('a', 'b')",
        "abs(-5) + abs(-2.5)",
        "floor(-0.5)",
        "ceil(-0.5)",
        "floor(2.7) + ceil(2.1)",
        "round(2.5)",
        "round(-2.5)",
        "round(1.005, 2)",
        "round(0.15, 1)",
        "round(-1.45, 1)",
        "round(-0.4)",
        "round(1e22, 2)",
        "round(1e300)",
        "round(123456789012345.678, 2)",
    ]);
}

#[test]
fn texts_convert_by_the_table() {
    let texts = [
        "250",
        "+7",
        " 250.0\t",
        "250.9",
        "1e3",
        "0x1F",
        "2147483648",
        "-2147483648",
        "9223372036854775808",
        "250.",
        "0.25",
        ".5",
        "-1e-3",
        "1.5f",
        "NaN",
        "Infinity",
        "1e999",
        "-1e999",
        "12.5",
        "1.005",
        "-1.005",
        "99.995",
        "1e1",
        "True",
        "no",
        "Y",
        "on",
        "1",
        "0",
        "1.0",
        "t",
        "ſ",
        "2015-06-09",
        "2015-6-9",
        "2015-06-09 00:00:00 UTC",
        "2015-06-09T23:00-05:00",
        "2015-02-30",
        "2016-02-29",
        "2015",
        "20150609",
        "0000-01-01",
        "0001-01-01",
        "",
        " ",
        "x",
        "٣",
    ];
    let types = ["boolean", "int", "bigint", "double", "decimal(4,2)", "decimal(30,10)", "date"];
    for to in types {
        let casts: Vec<String> = texts.iter().map(|text| format!("cast('{text}' as {to})")).collect();
        held(&casts.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

#[test]
fn values_convert_by_the_table() {
    held(&[
        "cast(2.0 as int)",
        "cast(2.5 as int)",
        "cast(-3e9 as int)",
        "cast(1e30 as bigint)",
        "cast(3000000000 as int)",
        "cast(5 as double)",
        "cast(2.345 as decimal(5,2))",
        "cast(1.005 as decimal(5,2))",
        "cast(12345.6 as decimal(5,2))",
        "cast(123456 as decimal(5,2))",
        "cast(cast('12.50' as decimal(5,2)) as int)",
        "cast(cast('12.00' as decimal(5,2)) as int)",
        "cast(cast('12.55' as decimal(5,2)) as decimal(4,1))",
        "cast(cast('12.55' as decimal(5,2)) as double)",
        "cast(cast('12.50' as decimal(5,2)) as string)",
        "cast(5 as string) || cast(true as string) || cast(date '2015-06-09' as string)",
        "cast(timestamp '2015-06-09 07:08:00' as string)",
        "cast(timestamp '2015-06-09 07:08:09.12' as string)",
        "cast(timestamp '2015-06-09 10:00:00' as string)",
        "cast(timestamp '2015-06-09 07:08:09' as date)",
        "cast(cast(date '2015-06-09' as timestamp) as string)",
    ]);
}

#[test]
fn what_athena_cannot_say_exactly_is_refused() {
    for text in ["cast('2015-06-09 07:08' as timestamp)", "cast('[1]' as array<int>)"] {
        let error = sql(&typed(text), &Names { relation: "source", parameters: &[] }).unwrap_err();
        assert_eq!(error.code(), "conversion-not-in-athena", "{text}");
    }
}
