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
        let reason = ended.reason.unwrap_or_else(|| "Athena gave no reason".to_owned());
        let place = plan.place.as_ref().map(|start| place_in(start, &reason));
        return Err(Error::data("query-failed", format!("{name} failed: {reason}"))
            .at(place)
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
            Err(error) => errors.extend(error.into_all()),
        }
    }
    Error::check(errors, results)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::SourceText;

    #[test]
    fn athenas_position_becomes_a_place() {
        let start = Place { source: SourceText::new("sql/a.sql", "select\n  x\n"), line: 1, column: 1, width: 1 };
        let place = place_in(&start, "COLUMN_NOT_FOUND: line 2:3: Column 'x' cannot be resolved");
        assert_eq!((place.line, place.column), (2, 3));
        assert_eq!(place_in(&start, "Query exhausted resources"), start);
    }
}
