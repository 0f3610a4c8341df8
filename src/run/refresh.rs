//! Stage 5: SPICE reads the data sets anew; one whose data has not changed since it was read is left alone, because
//! QuickSight allows few manual refreshes a day (32 in Enterprise edition, 8 in Standard).

use std::time::Duration;

use futures::StreamExt;

use super::event::{Event, Events, Stage};
use super::record::DatasetRecord;
use crate::aws::Session;
use crate::aws::wait::{Progress, poll};
use crate::error::{Error, Result};
use crate::services::quicksight::actions::{self as quicksight, Refresh, RefreshState};
use crate::services::s3::actions as s3;

/// A refresh of this size of data takes minutes; QuickSight gives up on a query of Athena's after two hours.
const WATCH: Duration = Duration::from_secs(3 * 3600);

/// How many data sets are read at once.
const PARALLEL: usize = 4;

/// A data set in SPICE, and where its data lies.
#[derive(Clone, Debug)]
pub struct RefreshPlan {
    /// Its name in the manifest.
    pub name: String,
    /// Its id in QuickSight.
    pub data_set_id: String,
    /// The warehouse's bucket.
    pub bucket: String,
    /// The folders of the tables that it may show.
    pub folders: Vec<String>,
}

/// Refreshes all data sets; every failure is told, not the first alone.
pub async fn refresh(
    aws: &Session,
    plans: &[RefreshPlan],
    run_id: &str,
    events: Events<'_>,
) -> Result<Vec<(String, DatasetRecord)>> {
    let done = std::sync::atomic::AtomicU64::new(0);
    let total = plans.len() as u64;
    let all = futures::stream::iter(plans).map(|plan| {
        let done = &done;
        async move {
            let outcome = one(aws, plan, run_id).await;
            let count = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            let text = format!("{count} of {total} data sets");
            events(Event::Progress { stage: Stage::Refresh, text, of: Some((count, total)) });
            outcome.map(|record| (plan.name.clone(), record))
        }
    });
    let outcomes: Vec<Result<(String, DatasetRecord)>> = all.buffered(PARALLEL).collect().await;
    let (mut records, mut errors) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        match outcome {
            Ok(record) => records.push(record),
            Err(error) => errors.extend(error.into_all()),
        }
    }
    Error::check(errors, records)
}

async fn one(aws: &Session, plan: &RefreshPlan, run_id: &str) -> Result<DatasetRecord> {
    let newest = settled(aws, plan).await?;
    if let Some(last) = newest.filter(|last| last.state == RefreshState::Completed)
        && last.started_millis > changed(aws, plan).await?
    {
        return Ok(DatasetRecord { rows: last.rows.unwrap_or_default(), refreshed: false });
    }
    quicksight::start_refresh(aws, &plan.data_set_id, run_id).await?;
    let ended = ended(aws, plan, run_id).await?;
    match ended.state {
        RefreshState::Completed => Ok(DatasetRecord { rows: ended.rows.unwrap_or_default(), refreshed: true }),
        _ => Err(failure(plan, &ended)),
    }
}

/// The newest refresh, after its end: a new data set reads by itself, mostly before there is anything to read.
async fn settled(aws: &Session, plan: &RefreshPlan) -> Result<Option<Refresh>> {
    let newest = match quicksight::refreshes(aws, &plan.data_set_id).await {
        Err(error) if error.aws_code() == Some("ResourceNotFoundException") => {
            return Err(error.with_help("`pipectl apply` makes the data set; `pipectl up` does both"));
        }
        refreshes => refreshes?.into_iter().next(),
    };
    match newest {
        Some(going) if !going.state.is_final() => ended(aws, plan, &going.id).await.map(Some),
        newest => Ok(newest),
    }
}

async fn ended(aws: &Session, plan: &RefreshPlan, id: &str) -> Result<Refresh> {
    poll(&format!("the refresh of data set {}", plan.name), WATCH, super::watching(aws), || async {
        let now = quicksight::refresh(aws, &plan.data_set_id, id).await?;
        let state = format!("it is {:?}", now.state).to_lowercase();
        Ok(if now.state.is_final() { Progress::Done(now) } else { Progress::Pending(state) })
    })
    .await
}

/// When the newest file of its tables came there, in milliseconds since 1970; 0 when there is none.
async fn changed(aws: &Session, plan: &RefreshPlan) -> Result<i64> {
    let mut newest = 0;
    for folder in &plan.folders {
        let files = s3::list(aws, &plan.bucket, folder).await?;
        newest = files.iter().map(|file| file.modified_millis).fold(newest, i64::max);
    }
    Ok(newest)
}

fn failure(plan: &RefreshPlan, ended: &Refresh) -> Error {
    let what = format!("data set `{}` was not read into SPICE", plan.name);
    let (message, help) = match &ended.fault {
        Some(fault) => (format!("{what}: {} ({})", fault.message, fault.kind), fault.help),
        None => (
            format!("{what}: somebody, or a newer refresh, cancelled it"),
            "run it again: `pipectl run --only refresh`",
        ),
    };
    Error::data("refresh-failed", message)
        .with_note(format!("ingestion {} of data set {}; what was in SPICE before stays", ended.id, plan.data_set_id))
        .with_help(help)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    fn plan() -> RefreshPlan {
        RefreshPlan {
            name: "hits".into(),
            data_set_id: "spotify-dev-hits".into(),
            bucket: "warehouse".into(),
            folders: vec!["warehouse/hits/".into()],
        }
    }

    fn ingestion(id: &str, status: &str, created: u64, rows: u64) -> Value {
        json!({"Arn": format!("arn:{id}"), "IngestionId": id, "IngestionStatus": status, "CreatedTime": created,
            "RowInfo": {"RowsIngested": rows}})
    }

    fn listed(ingestions: &[Value]) -> Reply {
        Reply::json(json!({"Ingestions": ingestions}))
    }

    fn described(ingestion: Value) -> Reply {
        Reply::json(json!({"Ingestion": ingestion}))
    }

    /// One file, which came at 2023-11-14T22:13:20Z: 1,700,000,000.
    fn files() -> Reply {
        Reply::new(
            200,
            "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>warehouse/hits/a</Key>\
             <LastModified>2023-11-14T22:13:20.000Z</LastModified><Size>1</Size></Contents></ListBucketResult>",
        )
    }

    async fn refreshed(replies: Vec<Reply>) -> (Result<Vec<(String, DatasetRecord)>>, Vec<String>) {
        let server = Canned::start(replies).await;
        let outcome = refresh(&session(&server), &[plan()], "run-1", &|_| ()).await;
        let calls = server.operations().into_iter().filter_map(|call| call.split('?').next().map(str::to_owned));
        (outcome, calls.collect())
    }

    #[tokio::test]
    async fn unchanged_data_is_not_read_again() {
        let (outcome, calls) =
            refreshed(vec![listed(&[ingestion("old", "COMPLETED", 1_700_000_100, 5)]), files()]).await;
        assert_eq!(outcome.unwrap(), [("hits".into(), DatasetRecord { rows: 5, refreshed: false })]);
        assert!(!calls.iter().any(|call| call.starts_with("PUT")), "{calls:?}");
    }

    #[tokio::test]
    async fn newer_files_are_read_under_the_runs_id() {
        let (outcome, calls) = refreshed(vec![
            listed(&[ingestion("old", "COMPLETED", 1_600_000_000, 5)]),
            files(),
            Reply::json(json!({"IngestionId": "run-1"})),
            described(ingestion("run-1", "RUNNING", 1_700_000_200, 0)),
            described(ingestion("run-1", "COMPLETED", 1_700_000_200, 7)),
        ])
        .await;
        assert_eq!(outcome.unwrap(), [("hits".into(), DatasetRecord { rows: 7, refreshed: true })]);
        assert!(calls.contains(&"PUT /accounts/123456789012/data-sets/spotify-dev-hits/ingestions/run-1".to_owned()));
    }

    /// A new data set reads at once and fails, because its table is not there yet.
    #[tokio::test]
    async fn the_first_reading_of_a_new_data_set_is_waited_out() {
        let (outcome, _) = refreshed(vec![
            listed(&[ingestion("first", "RUNNING", 1_700_000_000, 0)]),
            described(ingestion("first", "FAILED", 1_700_000_000, 0)),
            Reply::json(json!({"IngestionId": "run-1"})),
            described(ingestion("run-1", "COMPLETED", 1_700_000_200, 7)),
        ])
        .await;
        assert!(outcome.unwrap()[0].1.refreshed);
    }

    #[tokio::test]
    async fn a_failure_says_why_and_what_to_try() {
        let mut failed = ingestion("run-1", "FAILED", 1_700_000_200, 0);
        failed["ErrorInfo"] = json!({"Type": "S3_FILE_INACCESSIBLE", "Message": "Access denied."});
        let (outcome, _) =
            refreshed(vec![listed(&[]), Reply::json(json!({"IngestionId": "run-1"})), described(failed)]).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.code(), "refresh-failed");
        assert!(error.message().contains("`hits`") && error.message().contains("Access denied"), "{}", error.message());
        assert!(error.help().unwrap().contains("service role"), "{:?}", error.help());
    }

    #[tokio::test]
    async fn a_missing_data_set_wants_an_apply() {
        let missing = Reply::json_error(404, "ResourceNotFoundException", "DataSet is not found");
        let error = refreshed(vec![missing]).await.0.unwrap_err();
        assert!(error.help().unwrap().contains("pipectl apply"), "{:?}", error.help());
    }
}
