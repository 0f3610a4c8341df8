//! Stage 4: the named queries, in parallel, each with its answer.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt};

use super::event::{Event, Events, Stage};
use super::record::QueryResult;
use crate::aws::Session;
use crate::aws::wait::{Progress, poll};
use crate::error::{Error, Place, Result};
use crate::services::athena::actions::{self as athena, QueryState};

/// Athena's longest query, by its default quota.
const WATCH: Duration = Duration::from_secs(30 * 60);

/// How many queries run at once; Athena's smallest regional quota for active DML queries is 20.
const PARALLEL: usize = 5;

/// A query to run.
#[derive(Clone, Debug)]
pub struct QueryPlan {
    /// Its name; `None` for one typed on the command line.
    pub name: Option<String>,
    /// The workgroup.
    pub workgroup: String,
    /// The database.
    pub database: String,
    /// The SQL.
    pub sql: String,
    /// The start of its file, when it has one.
    pub place: Option<Place>,
}

/// Runs one query to its end and fetches at most `max_rows` rows.
pub async fn query(aws: &Session, plan: &QueryPlan, max_rows: Option<usize>) -> Result<QueryResult> {
    let id = athena::start_query(aws, &plan.workgroup, &plan.database, &plan.sql).await?;
    let ended = poll(&format!("query {id}"), WATCH, super::watching(aws), || async {
        let now = athena::query(aws, &id).await?;
        Ok(if now.state.is_final() { Progress::Done(now) } else { Progress::Pending("it is not done".to_owned()) })
    })
    .await?;
    if ended.state != QueryState::Succeeded {
        let name = plan.name.as_deref().map_or_else(|| "the query".to_owned(), |n| format!("query `{n}`"));
        return Err(failure(plan, &name, ended.state, ended.reason)
            .with_note(format!("query execution {id} in workgroup {}", plan.workgroup)));
    }
    let answer = athena::results(aws, &id, max_rows).await?;
    Ok(QueryResult {
        columns: answer.columns,
        rows: answer.rows,
        bytes_scanned: ended.bytes_scanned,
        millis: ended.millis,
        location: ended.output_location.unwrap_or_default(),
    })
}

fn failure(plan: &QueryPlan, name: &str, state: QueryState, reason: Option<String>) -> Error {
    let error = match (state, &reason) {
        // Above the workgroup's limit Athena cancels by itself, and says so.
        (QueryState::Cancelled, Some(reason)) if reason.contains("scanned") => {
            Error::data("query-cancelled", format!("{name} was cancelled: {reason}")).with_help(
                "when it reads too much: choose partitions and columns, or raise `athena.bytes_scanned_cutoff`",
            )
        }
        (QueryState::Cancelled, reason) => {
            let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            return Error::data("query-cancelled", format!("{name} was cancelled by somebody{reason}"));
        }
        (_, Some(reason)) => Error::data("query-failed", format!("{name} failed: {reason}")),
        (_, None) => Error::data("query-failed", format!("{name} failed: Athena gave no reason")),
    };
    error.at(plan.place.as_ref().map(|start| place_in(start, reason.as_deref().unwrap_or_default())))
}

/// Athena's errors carry `line L:C`; that is a place in the query's own file.
fn place_in(start: &Place, reason: &str) -> Place {
    let numbers = reason.split_once("line ").map(|(_, rest)| rest).and_then(|rest| {
        let (line, rest) = rest.split_once(':')?;
        let column: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some((line.parse().ok()?, column.parse().ok()?))
    });
    match numbers {
        Some((line, column)) => Place { line, column, width: 1, ..start.clone() },
        None => start.clone(),
    }
}

/// Runs all queries; every failure is reported, not the first alone.
pub async fn queries(aws: &Session, plans: &[QueryPlan], events: Events<'_>) -> Result<Vec<(String, QueryResult)>> {
    let done = std::sync::atomic::AtomicU64::new(0);
    let mut answers: Vec<(usize, Result<(String, QueryResult)>)> = futures::stream::iter(plans.iter().enumerate())
        .map(|(index, plan)| {
            let done = &done;
            async move {
                let answer = query(aws, plan, None).await;
                let count = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                let total = plans.len() as u64;
                let text = format!("{count} of {total}");
                events(Event::Progress { stage: Stage::Queries, text, of: Some((count, total)) });
                (index, answer.map(|a| (plan.name.clone().unwrap_or_default(), a)))
            }
        })
        .buffer_unordered(PARALLEL)
        .map(Ok::<_, Error>)
        .try_collect()
        .await?;
    answers.sort_by_key(|(index, _)| *index);
    let mut results = Vec::new();
    let mut errors = Vec::new();
    for (_, answer) in answers {
        match answer {
            Ok((name, result)) => {
                events(Event::Query { name: name.clone(), result: result.clone() });
                results.push((name, result));
            }
            Err(error) => errors.extend(error.into_all().into_iter().map(go_on)),
        }
    }
    Error::check(errors, results)
}

/// What was done before the queries need not be done again.
fn go_on(error: Error) -> Error {
    match error.help() {
        Some(_) => error,
        None => {
            error.with_help("the tables are published; `pipectl run --from queries` goes on when the cause is mended")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::error::SourceText;

    #[test]
    fn athenas_position_becomes_a_place() {
        let start = Place { source: SourceText::new("sql/a.sql", "select\n  x\n"), line: 1, column: 1, width: 1 };
        let place = place_in(&start, "COLUMN_NOT_FOUND: line 2:3: Column 'x' cannot be resolved");
        assert_eq!((place.line, place.column), (2, 3));
        assert_eq!(place_in(&start, "Query exhausted resources"), start);
    }

    /// What is told of a query that ended so, in lines.
    async fn told(state: &str, reason: Option<&str>) -> String {
        let status = json!({"State": state, "StateChangeReason": reason});
        let server = Canned::start(vec![
            Reply::json(json!({"QueryExecutionId": "q-1"})),
            Reply::json(json!({"QueryExecution": {"QueryExecutionId": "q-1", "Status": status}})),
        ])
        .await;
        let source = SourceText::new("sql/a.sql", "select\n  x\n");
        let plan = QueryPlan {
            name: Some("a".into()),
            workgroup: "w".into(),
            database: "d".into(),
            sql: source.text.clone(),
            place: Some(Place { source, line: 1, column: 1, width: 1 }),
        };
        let error = queries(&session(&server), &[plan], &|_| ()).await.unwrap_err();
        let place = error.place().map(ToString::to_string).unwrap_or_default();
        let notes = error.notes().join("; ");
        format!("{}: {}\n  {place} {notes}\n  {}\n", error.code(), error.message(), error.help().unwrap_or_default())
    }

    #[tokio::test]
    async fn every_end_but_success_names_its_cause_and_the_next_step() {
        let mut all = told("FAILED", Some("COLUMN_NOT_FOUND: line 2:3: Column 'x' cannot be resolved")).await;
        all += &told("FAILED", None).await;
        all += &told("CANCELLED", Some("Query cancelled! Bytes scanned limit was exceeded")).await;
        all += &told("CANCELLED", Some("Query cancelled by user")).await;
        all += &told("CANCELLED", None).await;
        insta::assert_snapshot!(all, @r#"
        query-failed: query `a` failed: COLUMN_NOT_FOUND: line 2:3: Column 'x' cannot be resolved
          sql/a.sql:2:3 query execution q-1 in workgroup w
          the tables are published; `pipectl run --from queries` goes on when the cause is mended
        query-failed: query `a` failed: Athena gave no reason
          sql/a.sql:1:1 query execution q-1 in workgroup w
          the tables are published; `pipectl run --from queries` goes on when the cause is mended
        query-cancelled: query `a` was cancelled: Query cancelled! Bytes scanned limit was exceeded
          sql/a.sql:1:1 query execution q-1 in workgroup w
          when it reads too much: choose partitions and columns, or raise `athena.bytes_scanned_cutoff`
        query-cancelled: query `a` was cancelled by somebody (Query cancelled by user)
           query execution q-1 in workgroup w
          the tables are published; `pipectl run --from queries` goes on when the cause is mended
        query-cancelled: query `a` was cancelled by somebody
           query execution q-1 in workgroup w
          the tables are published; `pipectl run --from queries` goes on when the cause is mended
        "#);
    }
}
