//! When SPICE reads a data set anew of a pipeline that runs by itself: an hour after it, unless the manifest says otherwise.

use crate::manifest::cron;
use crate::manifest::model::quicksight::{Refresh, Weekday};

const WEEK: [Weekday; 7] = [
    Weekday::Sunday,
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
];

/// The refresh that follows a schedule `cron(...)`. QuickSight knows hourly, daily and weekly ones: a schedule that is rarer or
/// less even is followed by the next more frequent of these.
pub fn after(schedule: &str) -> Option<Refresh> {
    let [minute, hour, day, _, weekday, _] = cron::fields(schedule)?;
    // Of `5/15` or `10,40` the first; of `*` none.
    let first: u8 = minute.split([',', '-', '/']).next()?.parse().unwrap_or(0);
    // Several hours of a day are no number.
    let Ok(hour) = hour.parse::<u8>() else { return Some(Refresh::Hourly) };
    let minute = if minute == first.to_string() { first } else { 59 };
    let (later, next_day) = ((hour + 1) % 24, hour == 23);
    Some(match cron::weekday(weekday).filter(|_| day == "?") {
        Some(on) => Refresh::Weekly(WEEK[usize::from(on + u8::from(next_day)) % 7], later, minute),
        None => Refresh::Daily(later, minute),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_comes_an_hour_after_the_run() {
        for (schedule, refresh) in [
            ("cron(0 3 * * ? *)", Refresh::Daily(4, 0)),
            ("cron(30 23 * * ? *)", Refresh::Daily(0, 30)),
            ("cron(15 12 ? * MON-FRI *)", Refresh::Daily(13, 15)),
            ("cron(15 12 ? * fri *)", Refresh::Weekly(Weekday::Friday, 13, 15)),
            ("cron(0 23 ? * 7 *)", Refresh::Weekly(Weekday::Sunday, 0, 0)),
            ("cron(0 8 1,15 * ? *)", Refresh::Daily(9, 0)),
            ("cron(0 9 ? * 2#1 *)", Refresh::Daily(10, 0)),
            ("cron(0/15 6 * * ? *)", Refresh::Daily(7, 59)),
            ("cron(0 6,18 * * ? *)", Refresh::Hourly),
            ("cron(0/15 * * * ? *)", Refresh::Hourly),
        ] {
            assert_eq!(after(schedule), Some(refresh), "{schedule}");
        }
    }
}
