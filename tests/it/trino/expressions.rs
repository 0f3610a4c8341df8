//! Functions, operators and casts over values at the edges.

use std::sync::Arc;

use pipectl::local::athena::sql::{aggregates, functions, windows};

use super::answer::{Answer, Measure};
use super::corpus::{Case, Pools, deep, templates};
use super::judge::ask;
use super::report::{Tables, judge};

/// The templates of every function: those of its forms, and those that the corpus has besides.
pub fn of_functions() -> Vec<(String, Measure)> {
    let mut all = templates("functions.txt");
    let exact = Measure { ordered: true, ..Default::default() };
    for function in functions::translated() {
        for form in function.forms.iter() {
            let places: Vec<String> = form.iter().map(|kind| format!("{{{kind}}}")).collect();
            let near = NEAR.contains(&function.name);
            let measure = Measure { tolerance: if near { 1e-15 } else { 0.0 }, ..exact };
            all.push((format!("{}({})", function.name, places.join(", ")), measure));
        }
    }
    all
}

/// So many ways to fill a template, in a run of the usual size.
pub const MOST: usize = 16;

/// Functions whose last digit is the platform's: Java asks its own library, Rust the system's.
const NEAR: [&str; 17] = [
    "acos", "asin", "atan", "atan2", "cbrt", "cos", "cosh", "exp", "ln", "log", "log10", "log2", "pow", "power", "sin",
    "sinh", "tan",
];

/// The cases of templates: so many of each.
pub fn cases(templates: &[(String, Measure)], most: usize) -> Vec<Case> {
    let pools = Pools::read();
    let most = if deep() { most * 12 } else { most };
    let of = |(template, measure): &(String, Measure)| {
        let measure = *measure;
        pools.fill(template, most).into_iter().map(move |sql| Case { sql, measure, expression: true })
    };
    templates.iter().flat_map(of).collect()
}

fn hold(group: &str, templates: &[(String, Measure)], most: usize) {
    judge(&cases(templates, most), &Arc::new(Tables::default())).assert_same(group);
}

#[test]
fn every_function_answers_as_trinos() {
    hold("functions", &of_functions(), MOST);
}

#[test]
fn every_operator_answers_as_trinos() {
    hold("operators", &templates("operators.txt"), MOST);
}

#[test]
fn every_cast_answers_as_trinos() {
    hold("casts", &of_casts(), MOST / 2);
}

const TYPES: [&str; 14] = [
    "boolean",
    "tinyint",
    "smallint",
    "integer",
    "bigint",
    "real",
    "double",
    "decimal(10,2)",
    "decimal(38,0)",
    "varchar",
    "varchar(3)",
    "date",
    "timestamp",
    "timestamp with time zone",
];

/// `CAST` and `TRY_CAST` from each pool to each type.
pub fn of_casts() -> Vec<(String, Measure)> {
    let exact = Measure { ordered: true, ..Default::default() };
    let pools = [
        "boolean",
        "tinyint",
        "smallint",
        "integer",
        "wide",
        "real",
        "double",
        "decimal",
        "castable",
        "date",
        "timestamp",
        "zoned",
        "months",
        "duration",
        "binary",
        "numbers",
        "null",
    ];
    let mut all = templates("casts.txt");
    for pool in pools {
        for to in TYPES.iter().chain(&["varbinary", "array(bigint)", "array(varchar)"]) {
            all.push((format!("CAST({{{pool}}} AS {to})"), exact));
            all.push((format!("TRY_CAST({{{pool}}} AS {to})"), exact));
        }
    }
    all
}

#[test]
fn every_function_of_the_table_has_cases() {
    let all: String = of_functions().into_iter().map(|(template, _)| template + "\n").collect();
    let has = |name: &str| regex::Regex::new(&format!(r"\b{name}\(")).unwrap().is_match(&all);
    let names = functions::translated().into_iter().map(|function| function.name);
    let lacking: Vec<_> = names.filter(|name| !has(name)).collect();
    assert!(lacking.is_empty(), "tests/trino/corpus/functions.txt has no template with {lacking:?}");
}

/// Functions of Trino's that the local cloud has without a place in its tables.
const BOUND: [&str; 3] = ["current_date", "now", "typeof"];

#[test]
fn every_function_of_trinos_is_translated_or_refused_by_name() {
    let answer = ask(&["SHOW FUNCTIONS".to_owned()]).remove(0).recv().unwrap();
    let Answer::Rows { rows, .. } = answer else { panic!("{answer:?}") };
    let translated: Vec<&str> = functions::translated().into_iter().map(|function| function.name).collect();
    let lists: [&[&str]; 6] =
        [functions::ATHENA_ONLY, aggregates::KNOWN, aggregates::ATHENA_ONLY, windows::KNOWN, &BOUND, &translated];
    let mut unknown: Vec<String> = rows.into_iter().filter_map(|row| row[0].clone()).collect();
    assert!(unknown.len() > 300, "{unknown:?}");
    unknown.dedup();
    unknown.retain(|name| lists.iter().all(|list| !list.contains(&name.as_str())));
    assert_eq!(unknown, Vec::<String>::new());
}
