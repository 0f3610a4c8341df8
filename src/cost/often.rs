//! How often a pipeline runs in a month: by its schedule, else as it did, else once a day.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::bill::decimals;
use super::cron;

/// Days of a month, on average over twelve months.
pub const DAYS: f64 = 365.0 / 12.0;
/// How far back runs say how often it runs, in days.
const WINDOW: f64 = 30.0;
/// Runs of fewer days than this say more of the trying than of the using.
const LEAST_DAYS: f64 = 7.0;

/// How often something happens in a month.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Often {
    /// That often, on average.
    pub count: f64,
    /// How that is known, in a few words.
    pub basis: String,
    /// Nobody said so.
    pub estimated: bool,
}

/// How often the pipeline runs in a month from `now` on: `schedule` when there is one, else as in the last 30 days by the
/// times at which runs `started`, else once a day.
pub fn runs(schedule: Option<&str>, started: &[DateTime<Utc>], now: DateTime<Utc>) -> Often {
    if let Some(schedule) = schedule
        && let Some(count) = scheduled(schedule, now)
    {
        return Often { count, basis: format!("scheduled: {schedule}"), estimated: false };
    }
    let days_ago = |time: &DateTime<Utc>| (now - *time).num_seconds() as f64 / 86_400.0;
    let known_for = started.iter().map(days_ago).fold(0.0, f64::max);
    if known_for >= LEAST_DAYS {
        let window = known_for.min(WINDOW);
        let recent = started.iter().filter(|time| days_ago(time) <= window).count();
        if recent > 0 {
            let (s, days) = (if recent == 1 { "" } else { "s" }, window.round());
            return Often {
                count: decimals(recent as f64 / window * DAYS, 2),
                basis: format!("as before: {recent} run{s} in the last {days} days"),
                estimated: true,
            };
        }
    }
    let why = if started.is_empty() { "there is no run yet" } else { "there are no runs of a week to go by" };
    Often { count: decimals(DAYS, 2), basis: format!("assumed: one a day, since {why}"), estimated: true }
}

/// How often a cron expression comes due in a month, on average over the twelve months from `now` on.
pub fn scheduled(expression: &str, now: DateTime<Utc>) -> Option<f64> {
    cron::times(expression, now.date_naive(), 365).map(|times| decimals(times as f64 / 12.0, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn told(schedule: Option<&str>, started: &[&str]) -> (f64, String, bool) {
        let started: Vec<_> = started.iter().map(|text| at(text)).collect();
        let Often { count, basis, estimated } = runs(schedule, &started, at("2026-11-22T00:00:00Z"));
        (count, basis, estimated)
    }

    #[test]
    fn a_schedule_says_it() {
        let (count, basis, estimated) = told(Some("cron(0 3 * * ? *)"), &["2026-11-01T00:00:00Z"]);
        assert_eq!((count, basis.as_str(), estimated), (30.42, "scheduled: cron(0 3 * * ? *)", false));
        assert_eq!(told(Some("cron(0 * * * ? *)"), &[]).0, 730.0);
    }

    #[test]
    fn else_past_runs_say_it() {
        let (count, basis, estimated) =
            told(None, &["2026-11-21T00:00:00Z", "2026-11-19T00:00:00Z", "2026-11-12T00:00:00Z"]);
        assert_eq!((count, basis.as_str()), (9.13, "as before: 3 runs in the last 10 days"));
        assert!(estimated);
        // What is older than the window only shows that the window is a whole one.
        let old = told(None, &["2026-11-21T00:00:00Z", "2026-01-01T00:00:00Z"]);
        assert_eq!((old.0, old.1.as_str()), (1.01, "as before: 1 run in the last 30 days"));
    }

    #[test]
    fn else_one_a_day_is_assumed() {
        assert_eq!(told(None, &[]), (30.42, "assumed: one a day, since there is no run yet".into(), true));
        let (count, basis, _) = told(None, &["2026-11-21T00:00:00Z", "2026-11-21T01:00:00Z"]);
        assert_eq!((count, basis.as_str()), (30.42, "assumed: one a day, since there are no runs of a week to go by"));
        assert_eq!(told(None, &["2026-01-01T00:00:00Z"]).0, 30.42);
    }
}
