//! What a run does with Athena: start queries, follow them, read their results.

use aws_sdk_athena::types::{QueryExecution, QueryExecutionContext, QueryExecutionState, Row};

use crate::aws::{Call, Session};
use crate::error::{Error, Kind, Result};

/// The IAM actions of a run.
pub const ACTIONS: &[&str] = &["athena:GetQueryExecution", "athena:GetQueryResults", "athena:StartQueryExecution"];

/// How a query stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryStatus {
    /// The state.
    pub state: QueryState,
    /// Why it failed or was cancelled.
    pub reason: Option<String>,
    /// What it has scanned: what is paid for.
    pub bytes_scanned: u64,
    /// How long it has taken in all, in milliseconds.
    pub millis: u64,
    /// The object that holds its result.
    pub output_location: Option<String>,
}

/// The states of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryState {
    /// It waits for its turn.
    Queued,
    /// It executes.
    Running,
    /// It is done.
    Succeeded,
    /// It failed.
    Failed,
    /// It was cancelled, by somebody or by the scan limit.
    Cancelled,
}

impl QueryState {
    /// Nothing more will happen.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// A result, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResultSet {
    /// Name and Athena type, in order.
    pub columns: Vec<(String, String)>,
    /// Cells in the columns' order; `None` is NULL. The header row is not among them.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Starts a query and gives its id. The SDK sends an idempotency token, so a retried start is the same query.
/// Needs `athena:StartQueryExecution`.
pub async fn start_query(aws: &Session, workgroup: &str, database: &str, sql: &str) -> Result<String> {
    let started = aws
        .athena
        .start_query_execution()
        .work_group(workgroup)
        .query_execution_context(QueryExecutionContext::builder().database(database).build())
        .query_string(sql)
        .send()
        .await
        .call("athena:StartQueryExecution")?;
    started
        .query_execution_id
        .ok_or_else(|| Error::new(Kind::Aws, "aws-failed", "athena:StartQueryExecution answered without an id"))
}

/// How the query stands. Needs `athena:GetQueryExecution`.
pub async fn query(aws: &Session, id: &str) -> Result<QueryStatus> {
    let got = aws.athena.get_query_execution().query_execution_id(id).send().await.call("athena:GetQueryExecution")?;
    got.query_execution
        .as_ref()
        .map(plain_status)
        .ok_or_else(|| Error::new(Kind::Aws, "aws-failed", format!("athena:GetQueryExecution knows no query `{id}`")))
}

fn plain_status(execution: &QueryExecution) -> QueryStatus {
    let status = execution.status();
    let statistics = execution.statistics();
    let reason = status.and_then(|s| {
        s.state_change_reason().or_else(|| s.athena_error().and_then(|e| e.error_message())).map(str::to_owned)
    });
    let millis = statistics
        .and_then(|s| s.total_execution_time_in_millis().or(s.engine_execution_time_in_millis()))
        .unwrap_or_default();
    QueryStatus {
        state: match status.and_then(|s| s.state()) {
            Some(QueryExecutionState::Succeeded) => QueryState::Succeeded,
            Some(QueryExecutionState::Failed) => QueryState::Failed,
            Some(QueryExecutionState::Cancelled) => QueryState::Cancelled,
            Some(QueryExecutionState::Running) => QueryState::Running,
            _ => QueryState::Queued,
        },
        reason,
        bytes_scanned: statistics.and_then(|s| s.data_scanned_in_bytes()).unwrap_or_default().try_into().unwrap_or(0),
        millis: millis.try_into().unwrap_or(0),
        output_location: execution.result_configuration().and_then(|c| c.output_location()).map(str::to_owned),
    }
}

/// The query's result, at most `max_rows` of it, over as many pages as that takes. Needs `athena:GetQueryResults` and
/// `s3:GetObject` on the results.
pub async fn results(aws: &Session, id: &str, max_rows: Option<usize>) -> Result<ResultSet> {
    let wanted = max_rows.unwrap_or(usize::MAX);
    let mut set = ResultSet::default();
    let mut pages = aws.athena.get_query_results().query_execution_id(id).into_paginator().send();
    let mut first = true;
    while let Some(page) = pages.next().await {
        let page = page.call("athena:GetQueryResults")?;
        let Some(result) = page.result_set() else { break };
        let mut rows = result.rows().iter().map(cells).collect::<Vec<_>>();
        if std::mem::take(&mut first) {
            let infos = result.result_set_metadata().map(|m| m.column_info()).unwrap_or_default();
            set.columns =
                infos.iter().map(|c| (c.label().unwrap_or(c.name()).to_owned(), c.r#type().to_owned())).collect();
            if is_header(&rows, &set.columns) {
                rows.remove(0);
            }
        }
        set.rows.extend(rows);
        if set.rows.len() >= wanted {
            set.rows.truncate(wanted);
            break;
        }
    }
    Ok(set)
}

fn cells(row: &Row) -> Vec<Option<String>> {
    row.data().iter().map(|datum| datum.var_char_value().map(str::to_owned)).collect()
}

/// SELECTs give the names as their first row, statements such as SHOW do not.
fn is_header(rows: &[Vec<Option<String>>], columns: &[(String, String)]) -> bool {
    rows.first().is_some_and(|row| {
        !columns.is_empty() && row.iter().map(Option::as_deref).eq(columns.iter().map(|(name, _)| Some(name.as_str())))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    fn page(rows: &[&[Option<&str>]], next: Option<&str>) -> Reply {
        let rows: Vec<Value> = rows
            .iter()
            .map(|row| {
                let data: Vec<Value> =
                    row.iter().map(|c| c.map_or(json!({}), |text| json!({"VarCharValue": text}))).collect();
                json!({"Data": data})
            })
            .collect();
        Reply::json(json!({
            "NextToken": next,
            "ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": [
                {"Name": "name", "Label": "name", "Type": "varchar"}, {"Name": "n", "Label": "n", "Type": "bigint"},
            ]}},
        }))
    }

    #[tokio::test]
    async fn the_header_goes_and_pages_join() {
        let server = Canned::start(vec![
            page(&[&[Some("name"), Some("n")], &[Some("ABBA"), Some("3")]], Some("t")),
            page(&[&[None, Some("1")]], None),
        ])
        .await;
        let set = results(&session(&server), "q", None).await.unwrap();
        assert_eq!(set.columns, [("name".into(), "varchar".into()), ("n".into(), "bigint".into())]);
        assert_eq!(set.rows, [vec![Some("ABBA".into()), Some("3".into())], vec![None, Some("1".into())]]);
    }

    #[tokio::test]
    async fn no_more_rows_and_pages_than_wanted() {
        let row: &[Option<&str>] = &[Some("x"), Some("1")];
        let server = Canned::start(vec![page(&[row, row, row], Some("t"))]).await;
        let set = results(&session(&server), "q", Some(2)).await.unwrap();
        assert_eq!(set.rows.len(), 2);
        assert_eq!(server.operations(), ["GetQueryResults"]);
    }

    #[tokio::test]
    async fn a_failed_query_says_why() {
        let reply = json!({"QueryExecution": {
            "QueryExecutionId": "q",
            "Status": {"State": "FAILED", "StateChangeReason": "COLUMN_NOT_FOUND: line 1:8"},
            "Statistics": {"DataScannedInBytes": 10, "TotalExecutionTimeInMillis": 250},
            "ResultConfiguration": {"OutputLocation": "s3://b/r/q.csv"},
        }});
        let server = Canned::start(vec![Reply::json(reply)]).await;
        let status = query(&session(&server), "q").await.unwrap();
        let expected = QueryStatus {
            state: QueryState::Failed,
            reason: Some("COLUMN_NOT_FOUND: line 1:8".into()),
            bytes_scanned: 10,
            millis: 250,
            output_location: Some("s3://b/r/q.csv".into()),
        };
        assert_eq!(status, expected);
    }

    #[tokio::test]
    async fn a_start_carries_an_idempotency_token_and_no_place_for_results() {
        let server = Canned::start(vec![Reply::json(json!({"QueryExecutionId": "q1"}))]).await;
        assert_eq!(start_query(&session(&server), "wg", "db", "select 1").await.unwrap(), "q1");
        let body = server.asked()[0].json();
        assert!(body["ClientRequestToken"].as_str().is_some_and(|token| token.len() >= 32));
        assert!(body.get("ResultConfiguration").is_none());
    }
}
