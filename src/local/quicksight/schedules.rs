//! Refresh schedules of data sets. The local cloud keeps them; nothing runs by the clock here.

use serde_json::{Value, json};

use super::data_sets;
use super::support::{copied, exists, given, invalid, limit, not_found, text};
use crate::local::error::ServiceResult;
use crate::local::store::{Store, now};

/// <https://docs.aws.amazon.com/quicksight/latest/user/refreshing-imported-data.html>
const MOST: usize = 5;

/// Where a data set's schedules are kept.
pub fn collection(set: &str) -> String {
    format!("quicksight/schedules/{set}")
}

fn existing(store: &Store, set: &str, id: &str) -> ServiceResult {
    data_sets::existing(store, set)?;
    let missing = || not_found(format!("Refresh schedule {id} of data set {set} does not exist"));
    store.get(&collection(set), id)?.ok_or_else(missing)
}

/// The schedule of a call, checked and completed as the server does it.
fn checked(set: &Value, input: &Value, old: Option<&Value>) -> ServiceResult {
    let given_schedule = &input["Schedule"];
    if !data_sets::is_spice(set) {
        return Err(invalid("Refresh schedules are for data sets in SPICE; this one is in direct query mode"));
    }
    if text(given_schedule, "RefreshType") == "INCREMENTAL_REFRESH" {
        return Err(invalid("An incremental refresh needs the data set's refresh properties, which are not set"));
    }
    let frequency = &given_schedule["ScheduleFrequency"];
    let on = &frequency["RefreshOnDay"];
    let (weekday, day) = (given(on, "DayOfWeek"), given(on, "DayOfMonth"));
    let interval = text(frequency, "Interval");
    match (interval, weekday, day) {
        ("WEEKLY", Some(_), None) | ("MONTHLY", None, Some(_)) => {}
        ("WEEKLY", ..) => return Err(invalid("A weekly refresh needs RefreshOnDay.DayOfWeek and no DayOfMonth")),
        ("MONTHLY", ..) => return Err(invalid("A monthly refresh needs RefreshOnDay.DayOfMonth and no DayOfWeek")),
        (_, None, None) => {}
        _ => return Err(invalid(format!("RefreshOnDay is not for the interval {interval}"))),
    }
    let time = text(frequency, "TimeOfTheDay");
    if !time.is_empty() && !is_time(time) {
        return Err(invalid(format!("TimeOfTheDay {time} must be HH:MM")));
    }
    let start = match given(given_schedule, "StartAfterDateTime").and_then(Value::as_f64) {
        Some(start) if start < now() => return Err(invalid("StartAfterDateTime must be in the future")),
        Some(start) => start.into(),
        None => old.map_or_else(|| now().floor().into(), |old| old["StartAfterDateTime"].clone()),
    };
    let mut frequency = copied(frequency, &["Interval", "RefreshOnDay", "Timezone", "TimeOfTheDay"]);
    if text(&frequency, "Timezone").is_empty() {
        frequency["Timezone"] = "UTC".into();
    }
    if time.is_empty() && matches!(interval, "DAILY" | "WEEKLY" | "MONTHLY") {
        frequency["TimeOfTheDay"] = "00:00".into();
    }
    let id = text(given_schedule, "ScheduleId");
    if id.is_empty() {
        return Err(invalid("ScheduleId must not be empty"));
    }
    Ok(json!({
        "ScheduleId": id,
        "ScheduleFrequency": frequency,
        "StartAfterDateTime": start,
        "RefreshType": given_schedule["RefreshType"],
        "Arn": format!("{}/refresh-schedule/{id}", text(set, "Arn"))
    }))
}

fn is_time(text: &str) -> bool {
    let number = |text: &str, most: u32| text.len() == 2 && text.parse().is_ok_and(|n: u32| n <= most);
    text.split_once(':').is_some_and(|(hours, minutes)| number(hours, 23) && number(minutes, 59))
}

/// `CreateRefreshSchedule`.
pub async fn create(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let set = data_sets::existing(store, text(input, "DataSetId"))?;
    let schedule = checked(&set, input, None)?;
    let collection = collection(text(input, "DataSetId"));
    let id = text(&schedule, "ScheduleId");
    let all = store.list::<Value>(&collection)?;
    if all.iter().any(|(name, _)| name == id) {
        return Err(exists(format!("Refresh schedule {id} already exists")));
    }
    if all.len() >= MOST {
        return Err(limit(format!("A data set has at most {MOST} refresh schedules")));
    }
    store.put(&collection, id, &schedule)?;
    Ok(answer(&schedule, 200))
}

/// `UpdateRefreshSchedule`.
pub async fn update(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let set = text(input, "DataSetId");
    let old = existing(store, set, text(&input["Schedule"], "ScheduleId"))?;
    let schedule = checked(&data_sets::existing(store, set)?, input, Some(&old))?;
    store.put(&collection(set), text(&schedule, "ScheduleId"), &schedule)?;
    Ok(answer(&schedule, 200))
}

/// `DescribeRefreshSchedule`.
pub async fn describe(store: &Store, input: &Value) -> ServiceResult {
    let schedule = existing(store, text(input, "DataSetId"), text(input, "ScheduleId"))?;
    Ok(json!({ "Arn": schedule["Arn"], "RefreshSchedule": schedule }))
}

/// `DeleteRefreshSchedule`.
pub async fn delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let (set, id) = (text(input, "DataSetId"), text(input, "ScheduleId"));
    let schedule = existing(store, set, id)?;
    store.delete(&collection(set), id)?;
    Ok(answer(&schedule, 200))
}

/// `ListRefreshSchedules`: it has no pages.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    let set = text(input, "DataSetId");
    data_sets::existing(store, set)?;
    let all: Vec<Value> = store.list(&collection(set))?.into_iter().map(|(_, schedule)| schedule).collect();
    Ok(json!({ "RefreshSchedules": all }))
}

fn answer(schedule: &Value, status: u16) -> Value {
    json!({ "ScheduleId": schedule["ScheduleId"], "Arn": schedule["Arn"], "Status": status })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::error::ServiceError;

    fn check(frequency: Value) -> Result<Value, ServiceError> {
        let schedule = json!({ "ScheduleId": "s", "RefreshType": "FULL_REFRESH", "ScheduleFrequency": frequency });
        checked(&json!({ "ImportMode": "SPICE", "Arn": "a" }), &json!({ "Schedule": schedule }), None)
    }

    #[test]
    fn what_is_left_out_is_filled_in() {
        let schedule = check(json!({ "Interval": "DAILY" })).unwrap();
        let frequency = json!({ "Interval": "DAILY", "Timezone": "UTC", "TimeOfTheDay": "00:00" });
        assert_eq!(schedule["ScheduleFrequency"], frequency);
        assert_eq!(schedule["Arn"], "a/refresh-schedule/s");
        assert!(schedule["StartAfterDateTime"].is_number());
    }

    #[test]
    fn days_and_times_must_fit_the_interval() {
        for wrong in [
            json!({ "Interval": "WEEKLY" }),
            json!({ "Interval": "DAILY", "RefreshOnDay": { "DayOfWeek": "MONDAY" } }),
            json!({ "Interval": "MONTHLY", "RefreshOnDay": { "DayOfWeek": "MONDAY" } }),
            json!({ "Interval": "DAILY", "TimeOfTheDay": "5:00" }),
            json!({ "Interval": "DAILY", "TimeOfTheDay": "24:00" }),
        ] {
            assert_eq!(check(wrong.clone()).unwrap_err().code, "InvalidParameterValueException", "{wrong}");
        }
        assert!(check(json!({ "Interval": "WEEKLY", "RefreshOnDay": { "DayOfWeek": "MONDAY" } })).is_ok());
    }
}
