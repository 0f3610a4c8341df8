//! Functions of dates and times. A timestamp with a zone is UTC here.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimestampMillisecondType};
use datafusion::common::ScalarValue;

use super::super::failure::{Failure, Outcome};
use super::super::intervals::add_months;
use super::super::kernel::{Call, Kernel, Run, at};
use super::super::typed::Typed;
use super::super::{arrays, cast, text, types};
use super::Param::{Bigint, Date, Double, Moment, Text};
use super::{Entry, Overload, Special, unexpected};

const DAY: i64 = 86_400_000;

macro_rules! parts {
    ($($name:literal: $param:ident => $f:expr),* $(,)?) => {
        &[$(($name, &[Overload { params: &[$param], returns: Bigint, run: |c| part(c, $f) }]),)*
            ("last_day_of_month", &[Overload { params: &[Moment], returns: Date, run: last_day }]),
            ("to_unixtime", &[Overload { params: &[Moment], returns: Double, run: to_unixtime }]),
            ("from_iso8601_date", &[Overload { params: &[Text], returns: Date, run: from_iso8601_date }]),
        ]
    };
}

pub(super) const ENTRIES: &[Entry] = parts! {
    "year": Moment => |t| i64::from(t.year()),
    "quarter": Moment => |t| i64::from(t.month0() / 3 + 1),
    "month": Moment => |t| i64::from(t.month()),
    "week": Moment => |t| i64::from(t.iso_week().week()),
    "week_of_year": Moment => |t| i64::from(t.iso_week().week()),
    "year_of_week": Moment => |t| i64::from(t.iso_week().year()),
    "yow": Moment => |t| i64::from(t.iso_week().year()),
    "day": Moment => |t| i64::from(t.day()),
    "day_of_month": Moment => |t| i64::from(t.day()),
    "day_of_week": Moment => |t| i64::from(t.weekday().number_from_monday()),
    "dow": Moment => |t| i64::from(t.weekday().number_from_monday()),
    "day_of_year": Moment => |t| i64::from(t.ordinal()),
    "doy": Moment => |t| i64::from(t.ordinal()),
    "hour": Moment => |t| i64::from(t.hour()),
    "minute": Moment => |t| i64::from(t.minute()),
    "second": Moment => |t| i64::from(t.second()),
    "millisecond": Moment => |t| i64::from(t.nanosecond() / 1_000_000),
};

pub(super) const SPECIALS: &[(&str, Special)] = &[
    ("date", date),
    ("date_trunc", date_trunc),
    ("date_add", date_add),
    ("date_diff", date_diff),
    ("from_unixtime", from_unixtime),
    ("from_iso8601_timestamp", from_iso8601_timestamp),
];

fn part(c: &Call<'_>, f: fn(NaiveDateTime) -> i64) -> Outcome<ArrayRef> {
    let times = c.args[0].as_primitive::<TimestampMillisecondType>();
    c.primitives::<Int64Type>(|i| Ok(at(times, i).map(|ms| f(text::time_of(ms)))))
}

fn last_day(c: &Call<'_>) -> Outcome<ArrayRef> {
    let times = c.args[0].as_primitive::<TimestampMillisecondType>();
    c.primitives::<Date32Type>(|i| {
        let last = |ms: i64| {
            let first = text::time_of(ms).date().with_day(1).unwrap_or_default();
            text::days(first.checked_add_months(chrono::Months::new(1)).unwrap_or(first)) - 1
        };
        Ok(at(times, i).map(last))
    })
}

fn to_unixtime(c: &Call<'_>) -> Outcome<ArrayRef> {
    let times = c.args[0].as_primitive::<TimestampMillisecondType>();
    c.primitives::<Float64Type>(|i| Ok(at(times, i).map(|ms| ms as f64 / 1000.0)))
}

fn from_iso8601_date(c: &Call<'_>) -> Outcome<ArrayRef> {
    let texts = c.args[0].as_string::<i32>();
    c.primitives::<Date32Type>(|i| {
        let read = |t: &str| {
            text::parse_iso_date(t).map(text::days).ok_or_else(|| invalid(format!("Invalid format: \"{t}\"")))
        };
        at(texts, i).map(read).transpose()
    })
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("INVALID_FUNCTION_ARGUMENT", message)
}

/// `date(x)`: `CAST(x AS date)`.
fn date(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    match <[Typed; 1]>::try_from(args) {
        Ok([value]) => cast::cast(value, &DataType::Date32),
        Err(args) => Err(unexpected(name, &args, "date(timestamp), date(varchar)")),
    }
}

fn from_unixtime(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    if args.len() > 1 {
        return Err(Failure::athena_only("from_unixtime with a zone"));
    }
    let [value] = <[Typed; 1]>::try_from(args).map_err(|args| unexpected(name, &args, "from_unixtime(double)"))?;
    let value = super::numbers::number(name, &[value])?.coerced(&DataType::Float64);
    let run: Run = |c| {
        let seconds = c.args[0].as_primitive::<Float64Type>();
        c.primitives::<TimestampMillisecondType>(|i| {
            let Some(ms) = at(seconds, i).map(|s| (s * 1000.0 + 0.5).floor() as i64) else { return Ok(None) };
            // A time with a zone has 52 bits.
            if !(-(1_i64 << 51)..1 << 51).contains(&ms) {
                return Err(Failure::new("GENERIC_INTERNAL_ERROR", format!("Millis overflow: {ms}")));
            }
            Ok(Some(ms))
        })
    };
    Ok(Kernel::call(name, run, vec![value], types::timestamp_tz()))
}

fn from_iso8601_timestamp(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    match args.as_slice() {
        [value] if value.data_type == DataType::Utf8 => {}
        _ => return Err(unexpected(name, &args, "from_iso8601_timestamp(varchar)")),
    }
    let run: Run = |c| {
        let texts = c.args[0].as_string::<i32>();
        c.primitives::<TimestampMillisecondType>(|i| {
            let read = |t: &str| match text::parse_iso_timestamp(t) {
                Some((ms, None | Some("Z" | "UTC"))) => Ok(ms),
                Some(_) => Err(Failure::athena_only("a timestamp in a zone other than UTC")),
                None => Err(invalid(format!("Invalid format: \"{t}\""))),
            };
            at(texts, i).map(read).transpose()
        })
    };
    Ok(Kernel::call(name, run, args, types::timestamp_tz()))
}

/// The moment that the last argument is, or the refusal.
fn moment(name: &'static str, args: &[Typed], forms: &str) -> Outcome<Typed> {
    match args.last() {
        Some(value) if matches!(value.data_type, DataType::Date32 | DataType::Timestamp(..)) => Ok(value.clone()),
        Some(value) if value.data_type == DataType::Null => Ok(value.clone().coerced(&DataType::Date32)),
        _ => Err(unexpected(name, args, forms)),
    }
}

/// A kernel over milliseconds since 1970 whose result is of the moment's type. Behind the other arguments it gets whether the
/// moment is a date, which has fewer units.
fn over_moment(name: &'static str, mut args: Vec<Typed>, value: Typed, run: Run) -> Outcome<Typed> {
    let returns = value.data_type.clone();
    args.pop();
    args[0] = args[0].clone().coerced(&DataType::Utf8);
    args.push(cast::cast(value, &types::TIMESTAMP)?);
    args.push(Typed::literal(ScalarValue::Boolean(Some(returns == DataType::Date32))));
    cast::cast(Kernel::call(name, run, args, types::TIMESTAMP), &returns)
}

/// The unit in lower case, if dates have it when the last argument says that it is about them.
fn unit_of(c: &Call<'_>, unit: &str, row: usize) -> Outcome<String> {
    let dates = c.args.last().is_some_and(|last| last.as_boolean().value(row));
    let lower = unit.to_lowercase();
    if dates && !["day", "week", "month", "quarter", "year"].contains(&lower.as_str()) {
        return Err(invalid(format!("'{lower}' is not a valid DATE field")));
    }
    Ok(lower)
}

/// A unit that times have not.
fn no_unit(unit: &str) -> Failure {
    invalid(format!("'{}' is not a valid TIMESTAMP field", unit.to_lowercase()))
}

fn date_trunc(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    let forms = "date_trunc(varchar, date), date_trunc(varchar, timestamp)";
    let value = moment(name, &args, forms)?;
    if args.len() != 2 || !matches!(args[0].data_type, DataType::Utf8 | DataType::Null) {
        return Err(unexpected(name, &args, forms));
    }
    if args[1].data_type == DataType::Null {
        return Err(Failure::ambiguous());
    }
    over_moment(name, args, value, |c| {
        let (units, times) = (c.args[0].as_string::<i32>(), c.args[1].as_primitive::<TimestampMillisecondType>());
        c.primitives::<TimestampMillisecondType>(|i| match at(units, i).zip(at(times, i)) {
            None => Ok(None),
            Some((unit, ms)) => truncated(&unit_of(c, unit, i)?, ms).ok_or_else(|| no_unit(unit)).map(Some),
        })
    })
}

/// By a unit in lower case; `None` when there is no such.
fn truncated(unit: &str, ms: i64) -> Option<i64> {
    let date = text::time_of(ms).date();
    let of = |date: Option<NaiveDate>| i64::from(text::days(date.unwrap_or_default())) * DAY;
    Some(match unit {
        "millisecond" => ms,
        "second" => ms.div_euclid(1000) * 1000,
        "minute" => ms.div_euclid(60_000) * 60_000,
        "hour" => ms.div_euclid(3_600_000) * 3_600_000,
        "day" => ms.div_euclid(DAY) * DAY,
        "week" => {
            let monday = i64::from(date.weekday().num_days_from_monday());
            (ms.div_euclid(DAY) - monday) * DAY
        }
        "month" => of(date.with_day(1)),
        "quarter" => of(date.with_day(1).and_then(|d| d.with_month0(date.month0() / 3 * 3))),
        "year" => of(NaiveDate::from_ymd_opt(date.year(), 1, 1)),
        _ => return None,
    })
}

fn date_add(name: &'static str, mut args: Vec<Typed>) -> Outcome<Typed> {
    let forms = "date_add(varchar, bigint, date), date_add(varchar, bigint, timestamp)";
    let value = moment(name, &args, forms)?;
    if args.len() != 3 || !matches!(args[0].data_type, DataType::Utf8 | DataType::Null) {
        return Err(unexpected(name, &args, forms));
    }
    args[1] = arrays::bigint(args[1].clone(), name).map_err(|_| unexpected(name, &args, forms))?;
    over_moment(name, args, value, |c| {
        let (units, counts) = (c.args[0].as_string::<i32>(), c.args[1].as_primitive::<Int64Type>());
        let times = c.args[2].as_primitive::<TimestampMillisecondType>();
        c.primitives::<TimestampMillisecondType>(|i| {
            let (Some(unit), Some(count), Some(ms)) = (at(units, i), at(counts, i), at(times, i)) else {
                return Ok(None);
            };
            moved(&unit_of(c, unit, i)?, count, ms)?.ok_or_else(|| no_unit(unit)).map(Some)
        })
    })
}

/// By a unit in lower case; `None` when there is no such.
fn moved(unit: &str, count: i64, ms: i64) -> Outcome<Option<i64>> {
    let overflow = || invalid("integer overflow");
    if !["year", "quarter", "month"].contains(&unit) && fixed_unit(unit).is_none() {
        return Ok(None);
    }
    // Trino counts units in 32 bits.
    let count = i64::from(i32::try_from(count).map_err(|_| overflow())?);
    Ok(Some(match unit {
        "year" => add_months(ms, count * 12)?,
        "quarter" => add_months(ms, count * 3)?,
        "month" => add_months(ms, count)?,
        other => match fixed_unit(other) {
            Some(unit) => ms.checked_add(count * unit).ok_or_else(overflow)?,
            None => return Ok(None),
        },
    }))
}

/// A unit of fixed length in milliseconds.
fn fixed_unit(unit: &str) -> Option<i64> {
    Some(match unit {
        "week" => 7 * DAY,
        "day" => DAY,
        "hour" => 3_600_000,
        "minute" => 60_000,
        "second" => 1000,
        "millisecond" => 1,
        _ => return None,
    })
}

fn date_diff(name: &'static str, args: Vec<Typed>) -> Outcome<Typed> {
    let forms = "date_diff(varchar, date, date), date_diff(varchar, timestamp, timestamp)";
    let [unit, from, to] = <[Typed; 3]>::try_from(args).map_err(|args| unexpected(name, &args, forms))?;
    let ends = [from, to];
    if !matches!(unit.data_type, DataType::Utf8 | DataType::Null) {
        return Err(unexpected(name, &[unit], forms));
    }
    let dates = ends.iter().all(|end| matches!(end.data_type, DataType::Date32 | DataType::Null));
    let mut args = vec![unit.coerced(&DataType::Utf8)];
    for end in &ends {
        args.push(cast::cast(moment(name, std::slice::from_ref(end), forms)?, &types::TIMESTAMP)?);
    }
    args.push(Typed::literal(ScalarValue::Boolean(Some(dates))));
    let run: Run = |c| {
        let units = c.args[0].as_string::<i32>();
        let (from, to) = (
            c.args[1].as_primitive::<TimestampMillisecondType>(),
            c.args[2].as_primitive::<TimestampMillisecondType>(),
        );
        c.primitives::<Int64Type>(|i| {
            let (Some(unit), Some(from), Some(to)) = (at(units, i), at(from, i), at(to, i)) else { return Ok(None) };
            distance(&unit_of(c, unit, i)?, from, to)?.ok_or_else(|| no_unit(unit)).map(Some)
        })
    };
    Ok(Kernel::call(name, run, args, DataType::Int64))
}

/// In a unit in lower case; `None` when there is no such.
fn distance(unit: &str, from: i64, to: i64) -> Outcome<Option<i64>> {
    Ok(Some(match unit {
        "year" => both_ways(from, to, years_between),
        "quarter" => both_ways(from, to, months_between) / 3,
        "month" => both_ways(from, to, months_between),
        other => match fixed_unit(other) {
            Some(unit) => (to - from) / unit,
            None => return Ok(None),
        },
    }))
}

/// A difference is the same in both directions.
fn both_ways(from: i64, to: i64, between: fn(NaiveDateTime, NaiveDateTime) -> i64) -> i64 {
    let (a, b) = (text::time_of(from), text::time_of(to));
    if a > b { -between(b, a) } else { between(a, b) }
}

/// Whole months, as Joda counts them: a later day of the earlier month counts as the last day of the later one.
fn months_between(from: NaiveDateTime, to: NaiveDateTime) -> i64 {
    let months = i64::from(to.year() - from.year()) * 12 + i64::from(to.month()) - i64::from(from.month());
    let last = to.day() == u32::from(to.num_days_in_month());
    let day = if last { from.day().min(to.day()) } else { from.day() };
    months - i64::from((to.day(), to.time()) < (day, from.time()))
}

/// Whole years, as Joda counts them: by the time since each year began, where from February 29 on a leap year's days count as
/// those of a year that is none.
fn years_between(from: NaiveDateTime, to: NaiveDateTime) -> i64 {
    let (mut begun, mut ended) = (i64::from(from.ordinal0()), i64::from(to.ordinal0()));
    match (from.date().leap_year(), to.date().leap_year()) {
        (true, false) if begun >= 59 => begun -= 1,
        (false, true) if begun >= 59 => ended -= 1,
        _ => {}
    }
    i64::from(to.year() - from.year()) - i64::from((ended, to.time()) < (begun, from.time()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text::parse_timestamp(text).unwrap()
    }

    #[test]
    fn units_truncate_and_count() {
        assert_eq!(truncated("quarter", ms("2023-11-20 10:00")).unwrap(), ms("2023-10-01"));
        assert_eq!(truncated("week", ms("2023-01-01")).unwrap(), ms("2022-12-26"));
        assert_eq!(truncated("day", ms("1969-12-31 23:00")).unwrap(), ms("1969-12-31"));
        assert_eq!(truncated("era", 0), None);
        assert_eq!(distance("month", ms("2023-01-31"), ms("2023-02-28")).unwrap(), Some(1));
        assert_eq!(distance("month", ms("2023-01-15"), ms("2023-02-14")).unwrap(), Some(0));
        assert_eq!(distance("year", ms("2023-01-01"), ms("2020-01-02")).unwrap(), Some(-2));
        assert_eq!(distance("month", ms("2020-02-29"), ms("1969-12-31")).unwrap(), Some(-602));
        assert_eq!(distance("year", ms("2020-02-29"), ms("2021-02-28")).unwrap(), Some(1));
        assert_eq!(distance("year", ms("2019-03-01"), ms("2020-02-29")).unwrap(), Some(0));
        assert_eq!(distance("day", ms("2023-01-01 12:00"), ms("2023-01-03")).unwrap(), Some(1));
        assert_eq!(moved("month", 1, ms("2023-01-31")).unwrap(), Some(ms("2023-02-28")));
        assert!(moved("day", 3_000_000_000, 0).is_err());
    }
}
