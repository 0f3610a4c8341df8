//! `quicksight_refresh_schedule`: when SPICE reads a data set anew by itself. It takes no tags: it is ours by its id, inside a
//! data set that is ours.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use aws_sdk_quicksight::types::{
    DayOfWeek, IngestionType, RefreshFrequency, RefreshInterval, RefreshSchedule as SdkSchedule,
    ScheduleRefreshOnEntity,
};
use serde_json::{Value, json};

use super::missing::{TAKEN, gone, present};
use super::{data_set, names, tagging};
use crate::aws::retry::{QUICKSIGHT_CONFLICT, retry_while};
use crate::aws::{Call, Session};
use crate::dashboard::model::{Dataset, ImportMode, Refresh};
use crate::error::{Error, Result};
use crate::resource::{Address, Fields, Kind, Live, Owner, Ownership, Resource};
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that schedules need.
pub const ACTIONS: &[&str] = &[
    "quicksight:CreateRefreshSchedule",
    "quicksight:DeleteRefreshSchedule",
    "quicksight:DescribeRefreshSchedule",
    "quicksight:ListTagsForResource",
    "quicksight:UpdateRefreshSchedule",
];

/// The schedule's id inside its data set.
const ID: &str = "pipectl";
const HOURLY: &str = "HOURLY";
const WEEKLY: &str = "WEEKLY";

/// The schedules of the data sets in SPICE that have one, in the manifest's order.
pub fn desired(cx: &Context<'_>) -> Vec<Resource> {
    let spice = cx.dashboards.datasets.iter().filter(|set| set.import_mode == ImportMode::Spice);
    spice.filter_map(|set| Some(one(cx, set, set.refresh?))).collect()
}

fn one(cx: &Context<'_>, set: &Dataset, refresh: Refresh) -> Resource {
    let id = names::data_set_id(cx.manifest, &set.name);
    let at = |hour: u8, minute: u8| json!(format!("{hour:02}:{minute:02}"));
    let (frequency, time, day) = match refresh {
        Refresh::Hourly => (HOURLY, Value::Null, Value::Null),
        Refresh::Daily(hour, minute) => ("DAILY", at(hour, minute), Value::Null),
        Refresh::Weekly(day, hour, minute) => (WEEKLY, at(hour, minute), json!(day)),
    };
    Resource {
        address: Address::new(Kind::QuicksightRefreshSchedule, &id),
        fields: Fields::from([
            ("frequency".to_owned(), json!(frequency)),
            ("time_of_day".to_owned(), time),
            ("day_of_week".to_owned(), day),
            ("timezone".to_owned(), json!("UTC")),
            ("refresh_type".to_owned(), json!("FULL_REFRESH")),
        ]),
        depends_on: vec![data_set::address(&id)],
        identity: identity(id, cx.owner),
        existing: false,
    }
}

/// Ours of the data set with this id, there or not: all that is known without the manifest.
pub fn named(data_set: &str, owner: &Owner) -> Resource {
    Resource {
        address: Address::new(Kind::QuicksightRefreshSchedule, data_set),
        fields: Fields::new(),
        depends_on: vec![data_set::address(data_set)],
        identity: identity(data_set.to_owned(), owner),
        existing: false,
    }
}

fn identity(data_set: String, owner: &Owner) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("data_set".to_owned(), data_set),
        ("schedule".to_owned(), ID.to_owned()),
        ("marker".to_owned(), marks::marker(owner)),
    ])
}

/// Schedules' dealings with QuickSight.
#[derive(Debug)]
pub struct RefreshSchedule;

#[async_trait]
impl Handler for RefreshSchedule {
    fn kind(&self) -> Kind {
        Kind::QuicksightRefreshSchedule
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let Some(schedule) = get(aws, want).await? else { return Ok(None) };
        let tags = tagging::read(aws, &format!("dataset/{}", fields::id(want, "data_set")?)).await;
        let Some(tags) = present(tags)? else { return Ok(None) };
        let ownership = match owner.judge(&tags) {
            Ownership::Strangers(_) => Ownership::Strangers("its data set is not this pipeline's".to_owned()),
            ours => ours,
        };
        Ok(Some(Live { resource: Resource { fields: fields_of(&schedule), ..want.clone() }, ownership }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let schedule = schedule(want, None)?;
        let set = fields::id(want, "data_set")?;
        let made = retry_while(&[&QUICKSIGHT_CONFLICT], || async {
            let call = aws.quicksight.create_refresh_schedule().aws_account_id(&aws.account).data_set_id(set);
            call.schedule(schedule.clone()).send().await.call("quicksight:CreateRefreshSchedule").map(drop)
        })
        .await;
        create::ended(self, aws, want, made, TAKEN).await
    }

    async fn update(&self, aws: &Session, _live: &Resource, want: &Resource, _changed: &[String]) -> Result<()> {
        let live = get(aws, want).await?.ok_or_else(|| gone(want))?;
        let schedule = schedule(want, Some(&live))?;
        let set = fields::id(want, "data_set")?;
        retry_while(&[&QUICKSIGHT_CONFLICT], || async {
            let call = aws.quicksight.update_refresh_schedule().aws_account_id(&aws.account).data_set_id(set);
            call.schedule(schedule.clone()).send().await.call("quicksight:UpdateRefreshSchedule").map(drop)
        })
        .await
    }

    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let (set, id) = (fields::id(live, "data_set")?, fields::id(live, "schedule")?);
        let deleted = retry_while(&[&QUICKSIGHT_CONFLICT], || async {
            let call = aws.quicksight.delete_refresh_schedule().aws_account_id(&aws.account);
            let call = call.data_set_id(set).schedule_id(id);
            call.send().await.call("quicksight:DeleteRefreshSchedule").map(drop)
        })
        .await;
        present(deleted)?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

async fn get(aws: &Session, want: &Resource) -> Result<Option<SdkSchedule>> {
    let call = aws.quicksight.describe_refresh_schedule().aws_account_id(&aws.account);
    let call = call.data_set_id(fields::id(want, "data_set")?).schedule_id(fields::id(want, "schedule")?);
    Ok(present(call.send().await.call("quicksight:DescribeRefreshSchedule"))?
        .and_then(|answer| answer.refresh_schedule))
}

/// The managed fields of a live schedule. QuickSight fills in a time for hourly ones, which means nothing.
fn fields_of(schedule: &SdkSchedule) -> Fields {
    let frequency = schedule.schedule_frequency();
    let interval = frequency.map(|f| f.interval().as_str());
    let time = frequency.and_then(|f| f.time_of_the_day()).filter(|_| interval != Some(HOURLY));
    let day = frequency.and_then(|f| f.refresh_on_day()).and_then(|on| on.day_of_week()).map(DayOfWeek::as_str);
    Fields::from([
        ("frequency".to_owned(), json!(interval)),
        ("time_of_day".to_owned(), json!(time)),
        ("day_of_week".to_owned(), json!(day.filter(|_| interval == Some(WEEKLY)))),
        ("timezone".to_owned(), json!(frequency.and_then(|f| f.timezone()).unwrap_or("UTC"))),
        ("refresh_type".to_owned(), json!(schedule.refresh_type().as_str())),
    ])
}

/// The schedule as it is wanted. Of the live one its start stays while it lies ahead: "Schedules cannot start in the past"
/// (cds-snc/notification-terraform#2551).
fn schedule(want: &Resource, live: Option<&SdkSchedule>) -> Result<SdkSchedule> {
    let text = |name: &str| fields::text(&want.fields, name);
    let interval = text("frequency").map(RefreshInterval::from);
    let day = text("day_of_week").filter(|_| interval == Some(RefreshInterval::Weekly));
    let frequency = RefreshFrequency::builder()
        .set_interval(interval.clone())
        .set_refresh_on_day(day.map(|day| ScheduleRefreshOnEntity::builder().day_of_week(day.into()).build()))
        .set_timezone(text("timezone").map(str::to_owned))
        .set_time_of_the_day(
            text("time_of_day").filter(|_| interval != Some(RefreshInterval::Hourly)).map(str::to_owned),
        )
        .build()
        .map_err(unbuildable)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let start = live.and_then(|live| live.start_after_date_time().copied());
    SdkSchedule::builder()
        .schedule_id(fields::id(want, "schedule")?)
        .schedule_frequency(frequency)
        .set_refresh_type(text("refresh_type").map(IngestionType::from))
        .set_start_after_date_time(start.filter(|start| u64::try_from(start.secs()).is_ok_and(|start| start > now)))
        .build()
        .map_err(unbuildable)
}

fn unbuildable(error: impl std::fmt::Display) -> Error {
    Error::bug(format!("a refresh schedule cannot be built: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::dashboard::model::Dashboards;
    use crate::manifest::model::quicksight::Weekday;
    use crate::services::testing::{dashboards, desired_with, manifest, owner, wanted};

    const NAME: &str = "quicksight_refresh_schedule.spotify-dev-hits";

    fn refreshed(refresh: Refresh) -> Resource {
        let mut dashboards: Dashboards = dashboards();
        dashboards.datasets[0].refresh = Some(refresh);
        let all = desired_with(&manifest(), &dashboards).unwrap();
        all.into_iter().find(|r| r.address.to_string() == NAME).unwrap()
    }

    fn tags() -> Reply {
        let ours: Vec<Value> = owner().tags().iter().map(|(k, v)| json!({"Key": k, "Value": v})).collect();
        Reply::json(json!({"Tags": ours})).only_for("/tags")
    }

    #[tokio::test]
    async fn what_is_sent_reads_as_wanted() {
        for refresh in [Refresh::Hourly, Refresh::Daily(5, 0), Refresh::Weekly(Weekday::Monday, 17, 30)] {
            let want = refreshed(refresh);
            let server = Canned::start(vec![Reply::json(json!({}))]).await;
            RefreshSchedule.create(&session(&server), &want).await.unwrap();
            let mut sent = server.asked()[0].json()["Schedule"].take();
            assert_eq!((&sent["ScheduleId"], &sent["RefreshType"]), (&json!("pipectl"), &json!("FULL_REFRESH")));
            // As QuickSight fills it in.
            if refresh == Refresh::Hourly {
                assert!(sent["ScheduleFrequency"].get("TimeOfTheDay").is_none());
                sent["ScheduleFrequency"]["TimeOfTheDay"] = json!("03:12");
            }
            sent["StartAfterDateTime"] = json!(1_700_000_000);
            let server = Canned::start(vec![Reply::json(json!({"RefreshSchedule": sent})), tags()]).await;
            let live = RefreshSchedule.read(&session(&server), &owner(), &want).await.unwrap().unwrap();
            assert_eq!((live.ownership, live.resource.fields), (Ownership::Ours, want.fields), "{refresh:?}");
        }
    }

    #[tokio::test]
    async fn only_a_start_that_lies_ahead_is_given_back() {
        for (start, kept) in [(1_700_000_000u64, false), (32_503_680_000, true)] {
            let live = json!({"RefreshSchedule": {"ScheduleId": "pipectl", "RefreshType": "FULL_REFRESH",
                "StartAfterDateTime": start, "ScheduleFrequency": {"Interval": "WEEKLY", "RefreshOnDay": {"DayOfWeek": "MONDAY"}}}});
            let server = Canned::start(vec![Reply::json(live), Reply::json(json!({}))]).await;
            let want = wanted(NAME);
            RefreshSchedule.update(&session(&server), &want, &want, &["frequency".into()]).await.unwrap();
            let sent = server.asked()[1].json();
            assert_eq!(sent["Schedule"].get("StartAfterDateTime").is_some(), kept);
            assert_eq!(sent["Schedule"]["ScheduleFrequency"]["TimeOfTheDay"], "05:00");
            assert!(sent["Schedule"]["ScheduleFrequency"].get("RefreshOnDay").is_none());
        }
    }

    #[tokio::test]
    async fn an_incremental_refresh_is_a_difference_and_becomes_a_full_one() {
        let incremental = json!({"RefreshSchedule": {"ScheduleId": "pipectl", "RefreshType": "INCREMENTAL_REFRESH"}});
        let want = wanted(NAME);
        let server = Canned::start(vec![
            Reply::json(incremental.clone()),
            tags(),
            Reply::json(incremental),
            Reply::json(json!({})),
        ])
        .await;
        let live = RefreshSchedule.read(&session(&server), &owner(), &want).await.unwrap().unwrap().resource;
        assert_ne!(live.fields["refresh_type"], want.fields["refresh_type"]);
        RefreshSchedule.update(&session(&server), &live, &want, &["refresh_type".into()]).await.unwrap();
        assert_eq!(server.asked().last().unwrap().json()["Schedule"]["RefreshType"], "FULL_REFRESH");
    }

    #[tokio::test]
    async fn one_in_a_strangers_data_set_is_a_strangers() {
        let live = json!({"RefreshSchedule": {"ScheduleId": "pipectl", "RefreshType": "FULL_REFRESH"}});
        let server = Canned::start(vec![Reply::json(live), Reply::json(json!({"Tags": []}))]).await;
        let live = RefreshSchedule.read(&session(&server), &owner(), &wanted(NAME)).await.unwrap().unwrap();
        assert!(matches!(live.ownership, Ownership::Strangers(_)));
    }

    #[tokio::test]
    async fn one_that_is_there_is_brought_to_what_is_wanted() {
        let live = || Reply::json(json!({"RefreshSchedule": {"ScheduleId": "pipectl", "RefreshType": "FULL_REFRESH"}}));
        let server = Canned::start(vec![
            Reply::json_error(409, "ResourceExistsException", "schedule pipectl already exists"),
            live(),
            tags(),
            live(),
            Reply::json(json!({})).only_for("PUT "),
        ])
        .await;
        RefreshSchedule.create(&session(&server), &wanted(NAME)).await.unwrap();
        assert_eq!(server.asked().last().unwrap().method, "PUT");
    }

    #[tokio::test]
    async fn deleting_what_is_gone_succeeds() {
        let missing = Reply::json_error(404, "ResourceNotFoundException", "no such schedule");
        let server = Canned::start(vec![missing]).await;
        assert_eq!(RefreshSchedule.delete(&session(&server), &wanted(NAME), false).await.unwrap(), Deleted::Gone);
    }

    #[test]
    fn data_sets_that_are_read_directly_have_none() {
        let mut dashboards = dashboards();
        dashboards.datasets[0].import_mode = ImportMode::DirectQuery;
        let all = desired_with(&manifest(), &dashboards).unwrap();
        assert!(all.iter().all(|r| r.address.kind != Kind::QuicksightRefreshSchedule));
    }
}
