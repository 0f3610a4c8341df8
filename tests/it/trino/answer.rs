//! What one of the two engines answers, and whether the other's answer is the same.

use datafusion::arrow::array::RecordBatch;
use pipectl::local::athena::sql::{Failure, Output, render, types};
use serde_json::Value;

/// An answer: rows as Athena's results show them, or a failure.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Rows { columns: Vec<String>, types: Vec<String>, rows: Vec<Vec<Option<String>>> },
    Error { name: String, place: Option<(u64, u64)>, message: String },
}

/// How near two answers must be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measure {
    /// Rows come in the same order.
    pub ordered: bool,
    /// Floats may differ by this share of themselves.
    pub tolerance: f64,
    /// Of a failure only the name has to be the same.
    pub name_only: bool,
    /// -0e0 and 0e0 are the same: which of them a group has is that of its first row.
    pub zeros: bool,
}

/// The outcome of a case.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    Same,
    /// The local cloud says that the query runs on Athena only, and why.
    AthenaOnly(String),
    Different(String),
    /// Trino itself breaks, with an exception of Java's.
    TrinoBreaks,
}

impl Answer {
    pub fn of_judge(answer: &Value) -> Self {
        let texts = |list: &Value| {
            let items = list.as_array().unwrap().iter();
            items.map(|v| v.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        if let Some(name) = answer["error"].as_str() {
            let message = answer["message"].as_str().unwrap_or_default();
            let placed = regex::Regex::new(r"(?s)^line (\d+):(\d+): (.*)$").unwrap();
            let (place, message) = match placed.captures(message) {
                Some(found) => (Some((found[1].parse().unwrap(), found[2].parse().unwrap())), found[3].to_owned()),
                None => (None, message.to_owned()),
            };
            return Answer::Error { name: name.to_owned(), place, message };
        }
        let cell = |v: &Value| v.as_str().map(str::to_owned);
        let rows = answer["rows"].as_array().unwrap().iter();
        let rows = rows.map(|row| row.as_array().unwrap().iter().map(cell).collect()).collect();
        Answer::Rows { columns: texts(&answer["columns"]), types: texts(&answer["types"]), rows }
    }

    pub fn of_local(outcome: Result<Output, Failure>) -> Self {
        match outcome {
            Ok(output) => {
                let (columns, types) = output.columns.iter().map(|(n, t)| (n.clone(), types::name(t))).unzip();
                Answer::Rows { columns, types, rows: output.batches.iter().flat_map(rows).collect() }
            }
            Err(Failure { name, place, message }) => Answer::Error { name: name.to_owned(), place, message },
        }
    }

    pub fn is_error(&self) -> bool {
        matches!(self, Answer::Error { .. })
    }

    /// What a column of the answer says alone.
    pub fn column(&self, place: usize) -> Answer {
        match self {
            Answer::Rows { columns, types, rows } => Answer::Rows {
                columns: vec![columns[place].clone()],
                types: vec![types[place].clone()],
                rows: rows.iter().map(|row| vec![row[place].clone()]).collect(),
            },
            error => error.clone(),
        }
    }
}

fn rows(batch: &RecordBatch) -> Vec<Vec<Option<String>>> {
    let row = |i| batch.columns().iter().map(|column| render::result_text(column, i)).collect();
    (0..batch.num_rows()).map(row).collect()
}

/// Holds the local cloud's answer to Trino's.
pub fn compare(ours: &Answer, theirs: &Answer, measure: Measure) -> Verdict {
    let shown = || Verdict::Different(format!("ours   {}\n  trino  {}", brief(ours), brief(theirs)));
    match (ours, theirs) {
        (_, Answer::Error { name, message, .. })
            if name == "GENERIC_INTERNAL_ERROR"
                && (message.contains("java.lang.") || message.starts_with("Value ")) =>
        {
            Verdict::TrinoBreaks
        }
        (Answer::Error { name, message, .. }, _)
            if name == "NOT_SUPPORTED"
                && message.ends_with("runs on Athena only; the local cloud does not translate it") =>
        {
            let what = message.trim_end_matches(" runs on Athena only; the local cloud does not translate it");
            Verdict::AthenaOnly(what.to_owned())
        }
        (Answer::Rows { columns, types, rows }, Answer::Rows { columns: names, types: kinds, rows: expected }) => {
            let (mut rows, mut expected) = (rows.clone(), expected.clone());
            if measure.zeros {
                let cells = rows.iter_mut().chain(&mut expected).flatten().flatten();
                cells.filter(|cell| *cell == "-0.0").for_each(|cell| *cell = "0.0".into());
            }
            if !measure.ordered {
                rows.sort();
                expected.sort();
            }
            let cells = |a: &Vec<Option<String>>, b: &Vec<Option<String>>| {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(a.as_deref(), b.as_deref(), measure.tolerance))
            };
            let same = columns == names
                && types == kinds
                && rows.len() == expected.len()
                && rows.iter().zip(&expected).all(|(a, b)| cells(a, b));
            if same { Verdict::Same } else { shown() }
        }
        (Answer::Error { name, place, message }, Answer::Error { name: other, place: there, message: said }) => {
            let told = || place == there && wording(name, message) == wording(name, said);
            let same = name == other && (measure.name_only || told());
            if same { Verdict::Same } else { shown() }
        }
        _ => shown(),
    }
}

/// The part of a message that has to be the same.
fn wording(name: &str, message: &str) -> String {
    let before = |mark: &str| message.split(mark).next().unwrap_or_default().to_owned();
    match name {
        // A parser's list of what it would have taken is its own.
        "SYNTAX_ERROR" => before(". Expecting: "),
        // Athena adds this to Trino's words.
        "COLUMN_NOT_FOUND" => message.replace(" or requester is not authorized to access requested resources", ""),
        // The forms of a function are listed in the words of each engine's own table; the local cloud knows no lengths of
        // texts inside lists.
        "FUNCTION_NOT_FOUND" => {
            let lengths = regex::Regex::new(r"array\(varchar\(\d+\)\)").unwrap();
            lengths.replace_all(before(" Expected: ").trim_end_matches('.'), "array(varchar)").into_owned()
        }
        "AMBIGUOUS_FUNCTION_CALL" => before("\nCandidates are:"),
        // Whatever Joda and Joni add about where a text went wrong.
        "INVALID_FUNCTION_ARGUMENT" => {
            let dates = regex::Regex::new(
                r#"^(?:(?:Invalid format: |Cannot parse )"(?s:.*?)"(?: is .*|: .*)?|Invalid (?:date|value for) .*)$"#,
            )
            .unwrap();
            dates.replace(message, "a date").into_owned()
        }
        // Which of two equal ways round an operator's sides are shown, and at which row of a sum it failed.
        "NUMERIC_VALUE_OUT_OF_RANGE" => {
            let sides = regex::Regex::new(r"^(\w+ (?:addition|multiplication) overflow)(?:: .*)?$").unwrap();
            sides.replace(message, "$1").into_owned()
        }
        _ => message.to_owned(),
    }
}

fn near(a: Option<&str>, b: Option<&str>, tolerance: f64) -> bool {
    if a == b {
        return true;
    }
    let (Some(a), Some(b)) = (a, b) else { return false };
    if tolerance == 0.0 {
        return false;
    }
    // A list or row of floats: its parts one by one.
    let parts = |text: &str| text.split(['[', ']', ',', ' ', '{', '}', '=']).map(str::to_owned).collect::<Vec<_>>();
    let (a, b) = (parts(a), parts(b));
    a.len() == b.len()
        && a.iter().zip(&b).all(|(a, b)| match (a.parse::<f64>(), b.parse::<f64>()) {
            _ if a == b => true,
            (Ok(x), Ok(y)) => {
                // What sums cancel to has no digits of its own.
                let least = if tolerance > 1e-15 { 1e-15 } else { 0.0 };
                let floats = a.contains(['.', 'E']) && b.contains(['.', 'E']);
                floats && (x - y).abs() <= (tolerance * x.abs().max(y.abs())).max(least)
            }
            _ => false,
        })
}

fn brief(answer: &Answer) -> String {
    let text = match answer {
        Answer::Error { name, place: Some((line, column)), message } => format!("{name} {line}:{column} {message}"),
        Answer::Error { name, place: None, message } => format!("{name} {message}"),
        Answer::Rows { columns, types, rows } => {
            let row = |row: &Vec<Option<String>>| {
                row.iter()
                    .map(|c| c.as_ref().map_or("NULL".into(), |c| format!("{c:?}")))
                    .collect::<Vec<_>>()
                    .join(" | ")
            };
            let names =
                if columns.iter().all(|c| c.starts_with("_col")) { String::new() } else { format!("{columns:?} ") };
            format!("{names}{types:?} {} rows: {}", rows.len(), rows.iter().map(row).collect::<Vec<_>>().join(" // "))
        }
    };
    text.chars().take(1500).collect()
}
