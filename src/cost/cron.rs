//! How often an expression of AWS's cron comes due; `manifest` has checked its shape.

use chrono::{Datelike, Days, NaiveDate};

use crate::manifest::cron::fields;

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// How often `cron(minute hour day-of-month month day-of-week year)` comes due in the `days` days from `first` on; `None`: it is
/// no such expression.
pub fn times(expression: &str, first: NaiveDate, days: u64) -> Option<u64> {
    let [minute, hour, day, month, weekday, year] = fields(expression)?;
    let a_day = (count(minute, 0..=59) * count(hour, 0..=23)) as u64;
    let due = |date: &NaiveDate| {
        has(month, date.month(), (1, 12), &MONTHS)
            && has(year, date.year() as u32, (1970, 2199), &[])
            && day.split(',').any(|item| is_day(item, *date))
            && weekday.split(',').any(|item| is_weekday(item, *date))
    };
    let dates = (0..days).filter_map(|n| first.checked_add_days(Days::new(n)));
    Some(dates.filter(due).count() as u64 * a_day)
}

fn count(field: &str, all: std::ops::RangeInclusive<u32>) -> usize {
    let ends = (*all.start(), *all.end());
    all.filter(|n| has(field, *n, ends, &[])).count()
}

/// Whether a list of `*`, `n`, `a-b` and these with `/step` has the number.
fn has(field: &str, number: u32, (least, most): (u32, u32), words: &[&str]) -> bool {
    let value = |text: &str| {
        let word = words.iter().position(|word| word.eq_ignore_ascii_case(text));
        word.map(|at| at as u32 + least).or_else(|| text.parse().ok())
    };
    field.split(',').any(|item| {
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, step.parse().ok()));
        let ends = match range {
            "*" | "?" => Some((least, most)),
            _ => match range.split_once('-') {
                Some((from, to)) => value(from).zip(value(to)),
                // `5/10` begins at 5 and goes on to the end.
                None => value(range).map(|from| (from, if step.is_some() { most } else { from })),
            },
        };
        let Some((from, to)) = ends else { return false };
        // `FRI-MON` goes round the end.
        let span = most - least + 1;
        let (offset, length) = ((number + span - from) % span, (to + span - from) % span);
        (least..=most).contains(&number) && offset <= length && offset % step.unwrap_or(1).max(1) == 0
    })
}

fn is_day(item: &str, date: NaiveDate) -> bool {
    let last = last_day(date);
    match item {
        "L" => date == last,
        "LW" => date == nearest_weekday(last),
        _ => match item.strip_suffix('W').and_then(|day| day.parse().ok()) {
            Some(day) => date.with_day(day).is_some_and(|wanted| nearest_weekday(wanted) == date),
            None => has(item, date.day(), (1, 31), &[]),
        },
    }
}

fn is_weekday(item: &str, date: NaiveDate) -> bool {
    let today = date.weekday().number_from_sunday();
    let is_last = date.day() + 7 > last_day(date).day();
    match (item, item.split_once('#')) {
        ("L", _) => today == 7,
        (_, Some((day, week))) => has(day, today, (1, 7), &DAYS) && week.parse() == Ok(date.day().div_ceil(7)),
        (_, None) => match item.strip_suffix('L') {
            Some(day) => is_last && has(day, today, (1, 7), &DAYS),
            None => has(item, today, (1, 7), &DAYS),
        },
    }
}

fn last_day(date: NaiveDate) -> NaiveDate {
    (28..=31).rev().find_map(|day| date.with_day(day)).unwrap_or(date)
}

/// The weekday nearest to a day, in its month.
fn nearest_weekday(date: NaiveDate) -> NaiveDate {
    let shift: i64 = match date.weekday().number_from_sunday() {
        1 if date == last_day(date) => -2,
        1 => 1,
        7 if date.day() == 1 => 2,
        7 => -1,
        _ => 0,
    };
    date + chrono::Duration::days(shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In 2026: it has 365 days and begins on a Thursday.
    fn in_2026(expression: &str) -> u64 {
        times(expression, NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(), 365).unwrap()
    }

    #[test]
    fn a_year_of_every_form() {
        for (expression, due) in [
            ("cron(0 3 * * ? *)", 365),
            ("cron(0 * * * ? *)", 365 * 24),
            ("cron(0/15 * * * ? *)", 365 * 96),
            ("cron(5/20 0-5 * * ? *)", 365 * 18),
            ("cron(0 8,20 1,15 * ? *)", 48),
            ("cron(15 12 ? * MON-FRI *)", 261),
            ("cron(15 12 ? * FRI-MON *)", 52 * 4),
            ("cron(0 9 ? * 2#1 *)", 12),
            ("cron(0 9 ? * 2#5 *)", 4),
            ("cron(0 0 L * ? *)", 12),
            ("cron(0 0 LW * ? *)", 12),
            ("cron(0 0 3W JAN,jul ? *)", 2),
            ("cron(0 0 31W * ? *)", 7),
            ("cron(0 0 ? * 6L *)", 12),
            ("cron(0 0 ? * L *)", 52),
            ("cron(0 0 31 * ? *)", 7),
            ("cron(0 0 */2 * ? *)", 186),
            ("cron(0 3 1 1 ? 2027-2030)", 0),
            ("cron(0 3 1 1 ? 2020/2)", 1),
        ] {
            assert_eq!(in_2026(expression), due, "{expression}");
        }
    }

    #[test]
    fn weekdays_near_a_day_stay_in_its_month() {
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
        // 1 August 2026 is a Saturday, 31 May a Sunday.
        assert_eq!(nearest_weekday(day(8, 1)), day(8, 3));
        assert_eq!(nearest_weekday(day(5, 31)), day(5, 29));
        assert_eq!(nearest_weekday(day(8, 8)), day(8, 7));
        assert_eq!(nearest_weekday(day(8, 9)), day(8, 10));
    }

    #[test]
    fn what_is_no_expression_has_no_times() {
        for text in ["daily", "cron(0 3 * * ?)", "0 3 * * ? *"] {
            assert_eq!(times(text, NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(), 365), None, "{text}");
        }
    }
}
