//! What a run does with QuickSight: refresh data sets in SPICE, follow that, and say where a dashboard is.

use aws_sdk_quicksight::types::{DataSetImportMode, ErrorInfo, Ingestion, IngestionErrorType, IngestionStatus};

use super::missing::{TAKEN, present};
use crate::aws::{Call, Session};
use crate::error::{Error, Kind, Result};

/// The IAM actions of a run.
pub const ACTIONS: &[&str] = &[
    "quicksight:CreateIngestion",
    "quicksight:DescribeDataSet",
    "quicksight:DescribeIngestion",
    "quicksight:ListIngestions",
];

/// How a refresh stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// Its id: the one it was started with, or QuickSight's own.
    pub id: String,
    /// The state.
    pub state: RefreshState,
    /// Rows that are in SPICE by it.
    pub rows: Option<u64>,
    /// Rows that did not fit their column's type and are not in SPICE.
    pub rows_dropped: Option<u64>,
    /// What it holds of SPICE's memory.
    pub bytes: Option<u64>,
    /// How long it took.
    pub seconds: Option<u64>,
    /// When it was asked for, in milliseconds since 1970.
    pub started_millis: i64,
    /// Why it failed.
    pub fault: Option<Fault>,
}

/// The states of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshState {
    /// It waits for its turn.
    Queued,
    /// It reads.
    Running,
    /// It is done; what was there before is replaced.
    Completed,
    /// It failed; what was there before stays.
    Failed,
    /// Somebody, or a newer refresh, stopped it.
    Cancelled,
}

impl RefreshState {
    /// Nothing more will happen.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// Why a refresh failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// QuickSight's code: `PERMISSION_DENIED`.
    pub kind: String,
    /// What happened, in words.
    pub message: String,
    /// What to try.
    pub help: &'static str,
}

/// Starts to read a data set anew, whole. `id` (1 to 128 letters, digits, `-` and `_`) makes it safe to repeat: a second
/// start with one id is the first.
///
/// Needs `quicksight:CreateIngestion`. Errors: `quicksight-capacity` when SPICE is full or the data set was refreshed too
/// often.
pub async fn start_refresh(aws: &Session, data_set_id: &str, id: &str) -> Result<()> {
    let call = aws.quicksight.create_ingestion().aws_account_id(&aws.account).data_set_id(data_set_id).ingestion_id(id);
    match call.send().await.call("quicksight:CreateIngestion") {
        Err(error) if error.aws_code().is_some_and(|code| TAKEN.contains(&code)) => Ok(()),
        other => other.map(drop),
    }
}

/// How a refresh stands. Needs `quicksight:DescribeIngestion`.
pub async fn refresh(aws: &Session, data_set_id: &str, id: &str) -> Result<Refresh> {
    let call = aws.quicksight.describe_ingestion().aws_account_id(&aws.account).data_set_id(data_set_id);
    let got = call.ingestion_id(id).send().await.call("quicksight:DescribeIngestion")?;
    got.ingestion.as_ref().map(plain).ok_or_else(|| {
        Error::new(Kind::Aws, "aws-failed", format!("quicksight:DescribeIngestion knows no refresh `{id}`"))
    })
}

/// The refreshes of a data set that QuickSight lists first, newest first; the first of them is the newest there is.
/// Needs `quicksight:ListIngestions`.
pub async fn refreshes(aws: &Session, data_set_id: &str) -> Result<Vec<Refresh>> {
    let call = aws.quicksight.list_ingestions().aws_account_id(&aws.account).data_set_id(data_set_id).max_results(100);
    let got = call.send().await.call("quicksight:ListIngestions")?;
    let mut all: Vec<Refresh> = got.ingestions().iter().map(plain).collect();
    all.sort_by_key(|refresh| std::cmp::Reverse(refresh.started_millis));
    Ok(all)
}

/// Whether a data set's rows lie in SPICE; `None` when it is not there. Needs `quicksight:DescribeDataSet`.
pub async fn is_spice(aws: &Session, data_set_id: &str) -> Result<Option<bool>> {
    let call = aws.quicksight.describe_data_set().aws_account_id(&aws.account).data_set_id(data_set_id);
    let got = present(call.send().await.call("quicksight:DescribeDataSet"))?.and_then(|answer| answer.data_set);
    Ok(got.map(|set| set.import_mode() == Some(&DataSetImportMode::Spice)))
}

/// What a data set holds of SPICE's memory, in bytes; `None` when it is not there. Needs `quicksight:DescribeDataSet`.
pub async fn spice_bytes(aws: &Session, data_set_id: &str) -> Result<Option<u64>> {
    let call = aws.quicksight.describe_data_set().aws_account_id(&aws.account).data_set_id(data_set_id);
    let got = present(call.send().await.call("quicksight:DescribeDataSet"))?.and_then(|answer| answer.data_set);
    Ok(got.map(|set| set.consumed_spice_capacity_in_bytes().try_into().unwrap_or_default()))
}

/// Where a browser finds a dashboard.
pub fn dashboard_url(region: &str, dashboard_id: &str) -> String {
    format!("https://{region}.quicksight.aws.amazon.com/sn/dashboards/{dashboard_id}")
}

fn plain(ingestion: &Ingestion) -> Refresh {
    let count = |n: Option<i64>| n.and_then(|n| u64::try_from(n).ok());
    let rows = ingestion.row_info();
    let state = match ingestion.ingestion_status() {
        IngestionStatus::Completed => RefreshState::Completed,
        IngestionStatus::Failed => RefreshState::Failed,
        IngestionStatus::Cancelled => RefreshState::Cancelled,
        IngestionStatus::Running => RefreshState::Running,
        _ => RefreshState::Queued,
    };
    Refresh {
        id: ingestion.ingestion_id().unwrap_or_default().to_owned(),
        state,
        rows: count(rows.and_then(|rows| rows.rows_ingested())),
        rows_dropped: count(rows.and_then(|rows| rows.rows_dropped())),
        bytes: count(ingestion.ingestion_size_in_bytes()),
        seconds: count(ingestion.ingestion_time_in_seconds()),
        started_millis: ingestion.created_time().to_millis().unwrap_or_default(),
        fault: ingestion.error_info().filter(|_| state != RefreshState::Completed).map(fault),
    }
}

fn fault(info: &ErrorInfo) -> Fault {
    use IngestionErrorType as Type;
    let kind = info.r#type().cloned().unwrap_or(Type::CustomerError);
    let (words, help) = match &kind {
        Type::AccountCapacityLimitExceeded => ("SPICE is full", CAPACITY),
        Type::DataSetSizeLimitExceeded | Type::RowSizeLimitExceeded => ("the data set is too big for SPICE", SIZE),
        Type::PermissionDenied
        | Type::PermissionNotFound
        | Type::S3FileInaccessible
        | Type::FailureToAssumeRole
        | Type::IamRoleNotAvailable
        | Type::DataSourceAuthFailed => ("QuickSight may not read the data", ACCESS),
        Type::DataSourceConnectionFailed | Type::ConnectionFailure | Type::DataSourceNotFound => {
            ("QuickSight cannot reach Athena", CONNECTION)
        }
        Type::SqlTableNotFound => ("the table is not there", TABLE),
        Type::SqlSchemaMismatchError | Type::DataToleranceException | Type::InvalidDateFormat => {
            ("the data is not of the declared types", SCHEMA)
        }
        Type::InvalidDataprepSyntax
        | Type::SqlException
        | Type::SqlInvalidParameterValue
        | Type::DuplicateColumnNamesFound => ("Athena refused the query", QUERY),
        Type::QueryTimeout | Type::SourceResourceLimitExceeded => ("the query took too long", TIMEOUT),
        Type::IngestionSuperseded | Type::RefreshSuppressedByEdit => ("a newer one took its place", AGAIN),
        Type::IngestionCanceled => ("it was cancelled", AGAIN),
        Type::DataSetDeleted | Type::DataSetNotSpice => ("the data set is not in SPICE any more", APPLY),
        _ => ("QuickSight failed", AGAIN),
    };
    let message = info.message().map(|text| text.trim_end_matches('.')).filter(|text| !text.is_empty());
    Fault {
        message: message.map_or_else(|| words.to_owned(), |text| format!("{words}: {text}")),
        kind: kind.as_str().to_owned(),
        help,
    }
}

const CAPACITY: &str = "buy SPICE capacity in QuickSight's console under Manage QuickSight, SPICE capacity, delete data sets that \
    nobody uses, or set `import_mode: direct_query`";
const SIZE: &str = "select fewer columns or rows with a query of its own, or set `import_mode: direct_query`";
const ACCESS: &str = "let QuickSight's service role use Athena, read the warehouse bucket and write the results bucket: in its \
    console under Manage QuickSight, Security & permissions; or name a role that may, in \
    `quicksight.data_source.role_arn`. Under Lake Formation grant it the tables, too";
const CONNECTION: &str = "see that the workgroup and the data source are there with `pipectl plan`, then run again";
const TABLE: &str =
    "run the pipeline first: the job and the crawler make the table; `pipectl plan` shows whether it is declared";
const SCHEMA: &str =
    "run the pipeline so that table and data set agree, or give the type under `columns` of the data set";
const QUERY: &str = "try it with `pipectl query`; calculated fields are checked by `pipectl validate`";
const TIMEOUT: &str = "make the query smaller, or let the job make a table of it";
const AGAIN: &str = "run it again: `pipectl run --only refresh`";
const APPLY: &str = "bring it back with `pipectl apply`, then run again";

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    fn ingestion(id: &str, status: &str, created: u64) -> Value {
        json!({"Arn": format!("arn:{id}"), "IngestionId": id, "IngestionStatus": status, "CreatedTime": created})
    }

    #[tokio::test]
    async fn a_start_carries_our_id_and_a_second_one_is_the_first() {
        let again = Reply::json_error(409, "ResourceExistsException", "ingestion run-1 already exists");
        let server = Canned::start(vec![Reply::json(json!({"IngestionId": "run-1"})), again]).await;
        for _ in 0..2 {
            start_refresh(&session(&server), "spotify-dev-hits", "run-1").await.unwrap();
        }
        let put = "PUT /accounts/123456789012/data-sets/spotify-dev-hits/ingestions/run-1";
        assert_eq!(server.operations(), [put, put]);
    }

    #[tokio::test]
    async fn a_full_spice_is_explained_at_the_start() {
        let full = Reply::json_error(409, "LimitExceededException", "Not enough SPICE capacity");
        let error = start_refresh(&session(&Canned::start(vec![full]).await), "s", "i").await.unwrap_err();
        assert_eq!(error.code(), "quicksight-capacity");
        assert!(error.help().unwrap().contains("SPICE capacity"), "{:?}", error.help());
    }

    #[tokio::test]
    async fn a_refresh_tells_its_rows() {
        let mut one = ingestion("i", "COMPLETED", 1_700_000_000);
        one["RowInfo"] = json!({"RowsIngested": 24_393, "RowsDropped": 0});
        one["IngestionSizeInBytes"] = json!(1024);
        one["IngestionTimeInSeconds"] = json!(12);
        let server = Canned::start(vec![Reply::json(json!({"Ingestion": one}))]).await;
        let expected = Refresh {
            id: "i".into(),
            state: RefreshState::Completed,
            rows: Some(24_393),
            rows_dropped: Some(0),
            bytes: Some(1024),
            seconds: Some(12),
            started_millis: 1_700_000_000_000,
            fault: None,
        };
        assert_eq!(refresh(&session(&server), "s", "i").await.unwrap(), expected);
    }

    #[tokio::test]
    async fn faults_are_told_in_words_with_what_to_try() {
        for (kind, words, help) in [
            ("ACCOUNT_CAPACITY_LIMIT_EXCEEDED", "SPICE is full", "capacity"),
            ("PERMISSION_DENIED", "may not read", "Security & permissions"),
            ("S3_FILE_INACCESSIBLE", "may not read", "role_arn"),
            ("IAM_ROLE_NOT_AVAILABLE", "may not read", "role_arn"),
            ("SQL_TABLE_NOT_FOUND", "not there", "run the pipeline"),
            ("SQL_SCHEMA_MISMATCH_ERROR", "declared types", "columns"),
            ("FROM_THE_FUTURE", "QuickSight failed", "again"),
        ] {
            let mut one = ingestion("i", "FAILED", 1);
            one["ErrorInfo"] = json!({"Type": kind, "Message": "so it is."});
            let server = Canned::start(vec![Reply::json(json!({"Ingestion": one}))]).await;
            let got = refresh(&session(&server), "s", "i").await.unwrap();
            let fault = got.fault.unwrap();
            assert_eq!((got.state, fault.kind.as_str()), (RefreshState::Failed, kind));
            assert!(fault.message.contains(words) && fault.message.ends_with(": so it is"), "{}", fault.message);
            assert!(fault.help.contains(help), "{kind}: {}", fault.help);
        }
    }

    #[tokio::test]
    async fn the_newest_comes_first() {
        let all = [ingestion("old", "COMPLETED", 1), ingestion("new", "QUEUED", 3), ingestion("mid", "CANCELLED", 2)];
        let server = Canned::start(vec![Reply::json(json!({"Ingestions": all}))]).await;
        let ids: Vec<_> =
            refreshes(&session(&server), "s").await.unwrap().into_iter().map(|r| (r.id, r.state)).collect();
        let expected = [
            ("new".to_owned(), RefreshState::Queued),
            ("mid".to_owned(), RefreshState::Cancelled),
            ("old".to_owned(), RefreshState::Completed),
        ];
        assert_eq!(ids, expected);
    }

    #[tokio::test]
    async fn import_modes() {
        let mode = |mode: &str| Reply::json(json!({"DataSet": {"ImportMode": mode}}));
        let missing = Reply::json_error(404, "ResourceNotFoundException", "DataSet s is not found");
        let server = Canned::start(vec![mode("SPICE"), mode("DIRECT_QUERY"), missing]).await;
        for expected in [Some(true), Some(false), None] {
            assert_eq!(is_spice(&session(&server), "s").await.unwrap(), expected);
        }
    }

    #[test]
    fn urls() {
        let url = "https://eu-west-1.quicksight.aws.amazon.com/sn/dashboards/spotify-dev-overview";
        assert_eq!(dashboard_url("eu-west-1", "spotify-dev-overview"), url);
    }
}
