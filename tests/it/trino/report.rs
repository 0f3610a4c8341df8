//! Runs cases on both engines and tells what differs.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use futures::StreamExt;
use pipectl::local::athena::sql::catalog::{Catalog, Table};
use pipectl::local::athena::sql::{Outcome, Output, Request, execute};
use tokio::runtime::Runtime;

use super::answer::{Answer, Verdict, compare};
use super::corpus::Case;
use super::{approximate, coverage, judge};

/// So many expressions go into one query.
const BATCH: usize = 24;

/// What the cases of a group came to.
#[derive(Debug, Default)]
pub struct Report {
    /// How many cases there were.
    pub cases: usize,
    /// What the local cloud says that Athena alone does, and in how many cases.
    pub athena_only: BTreeMap<String, usize>,
    /// How many cases Trino itself breaks on.
    pub trino_breaks: usize,
    /// The cases that differ.
    pub different: Vec<String>,
}

/// A catalog of tables.
#[derive(Default)]
pub struct Tables(pub Vec<Table>);

impl Catalog for Tables {
    fn databases(&self) -> Outcome<Vec<String>> {
        Ok(vec!["default".into()])
    }

    fn tables(&self, _: &str) -> Outcome<Vec<String>> {
        Ok(self.0.iter().map(|t| t.name.clone()).collect())
    }

    fn table(&self, database: &str, table: &str) -> Outcome<Option<Table>> {
        Ok(self.0.iter().find(|t| t.database == database && t.name == table).cloned())
    }
}

/// The planner recurses deeper than a test's thread allows.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).thread_stack_size(32 << 20).enable_all().build().unwrap()
});

/// What the local cloud answers to these queries.
pub fn local(queries: &[String], tables: &Arc<Tables>) -> Vec<Answer> {
    let one = |sql: &String| {
        let (sql, tables) = (sql.clone(), tables.clone());
        let request = Request { sql: sql.clone(), database: "default".into(), now: 0, cutoff: None };
        let task = RUNTIME.spawn(async move { execute(&request, tables.as_ref()).await });
        async move {
            match task.await {
                Ok(outcome) => Answer::of_local(outcome),
                Err(panic) => Answer::Error { name: "PANIC".into(), place: None, message: panic.to_string() },
            }
        }
    };
    RUNTIME.block_on(futures::stream::iter(queries.iter().map(one)).buffered(2).collect())
}

/// What the local cloud makes of a query, unread.
pub fn output(sql: &str, tables: &Arc<Tables>) -> Outcome<Output> {
    let request = Request { sql: sql.to_owned(), database: "default".into(), now: 0, cutoff: None };
    let tables = tables.clone();
    RUNTIME.block_on(RUNTIME.spawn(async move { execute(&request, tables.as_ref()).await })).unwrap()
}

fn both(queries: &[String], tables: &Arc<Tables>) -> Vec<(Answer, Answer)> {
    let theirs = judge::ask(queries);
    let ours = local(queries, tables);
    let theirs = theirs.into_iter().map(|answer| answer.recv().expect("Trino has died: see target/tmp/trino.log"));
    ours.into_iter().zip(theirs).collect()
}

/// Judges cases: expressions many in a query, and one by one where a query of many fails.
pub fn judge(cases: &[Case], tables: &Arc<Tables>) -> Report {
    let mut report = Report { cases: cases.len(), ..Report::default() };
    let (expressions, queries): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.expression);
    let mut alone: Vec<(&Case, String)> = queries.into_iter().map(|case| (case, case.sql.clone())).collect();
    let mut batches: Vec<&[&Case]> = expressions.chunks(BATCH).collect();
    while !batches.is_empty() {
        let sql: Vec<String> = batches.iter().map(|batch| select(batch)).collect();
        let mut smaller = Vec::new();
        for (batch, (ours, theirs)) in batches.iter().zip(both(&sql, tables)) {
            if batch.len() == 1 || !ours.is_error() && !theirs.is_error() {
                for (place, case) in batch.iter().enumerate() {
                    let verdict = compare(&unnamed(&ours, place), &unnamed(&theirs, place), case.measure);
                    // Trino computes expressions that it takes for equal once, and -0e0 is 0e0 to it.
                    if batch.len() > 1 && verdict != Verdict::Same {
                        alone.push((case, select(&[*case])));
                    } else {
                        report.add(&select(&[*case]), verdict);
                    }
                }
            } else if batch.len() <= 6 {
                alone.extend(batch.iter().map(|case| (*case, select(&[*case]))));
            } else {
                smaller.extend(batch.chunks(batch.len().div_ceil(4)));
            }
        }
        batches = smaller;
    }
    let sql: Vec<String> = alone.iter().map(|(_, sql)| sql.clone()).collect();
    for ((case, sql), (ours, mut theirs)) in alone.iter().zip(both(&sql, tables)) {
        if let Some(companion) = approximate::companion(sql).filter(|_| ours != theirs) {
            let values = judge::ask(&[companion]).remove(0).recv().unwrap();
            theirs = approximate::level(&ours, &theirs, &values);
        }
        report.add(sql, compare(&ours, &theirs, case.measure));
    }
    report
}

fn select(batch: &[&Case]) -> String {
    let list: Vec<&str> = batch.iter().map(|case| case.sql.as_str()).collect();
    format!("SELECT {}", list.join(", "))
}

/// A column of the answer under the name that it would have alone.
fn unnamed(answer: &Answer, place: usize) -> Answer {
    match answer.column(place) {
        Answer::Rows { columns, types, rows } if columns[0] == format!("_col{place}") => {
            Answer::Rows { columns: vec!["_col0".into()], types, rows }
        }
        other => other,
    }
}

impl Report {
    fn add(&mut self, sql: &str, verdict: Verdict) {
        match verdict {
            Verdict::Same => {}
            Verdict::TrinoBreaks => self.trino_breaks += 1,
            Verdict::AthenaOnly(what) => *self.athena_only.entry(what).or_default() += 1,
            Verdict::Different(how) => self.different.push(format!("{sql}\n  {how}")),
        }
    }

    /// Panics with the differences, if there are some; all of them go to `target/tmp/trino-<group>.txt`.
    pub fn assert_same(self, group: &str) {
        let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("trino-{group}.txt"));
        let only = self.athena_only.iter().map(|(what, count)| format!("Athena only, {count} cases: {what}\n"));
        let text = self.different.join("\n") + "\n" + &only.collect::<String>();
        std::fs::write(&file, text).unwrap();
        let first: Vec<&str> = self.different.iter().take(20).map(String::as_str).collect();
        assert!(
            self.different.is_empty(),
            "{} of {} cases differ (all of them: {}):\n{}",
            self.different.len(),
            self.cases,
            file.display(),
            first.join("\n")
        );
        coverage::assert_refusals(group, self.cases, self.trino_breaks, &self.athena_only);
    }
}
