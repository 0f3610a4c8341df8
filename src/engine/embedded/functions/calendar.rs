//! Dates and timestamps, proleptic Gregorian, UTC.

use std::sync::Arc;

use chrono::{Datelike, Months, NaiveDate};
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Int32Array, Int64Array, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Date32Type, Int32Type, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::super::types::UTC;
use crate::flow::conversion::value::{DAY, date_of};
use crate::flow::expr::{Function, micros_of, months_of};

fn unexpected(array: &ArrayRef) -> DataFusionError {
    DataFusionError::Internal(format!("date expected, not {}", array.data_type()))
}

/// A date's days, or a timestamp's days and what its day has had of microseconds.
fn days_and_micros(array: &ArrayRef, row: usize) -> Result<Option<(i32, i64)>> {
    if array.is_null(row) {
        return Ok(None);
    }
    Ok(match array.data_type() {
        DataType::Date32 => Some((array.as_primitive::<Date32Type>().value(row), 0)),
        DataType::Timestamp(..) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            i32::try_from(micros.div_euclid(DAY)).ok().map(|days| (days, micros.rem_euclid(DAY)))
        }
        _ => return Err(unexpected(array)),
    })
}

/// A part of each date or timestamp.
pub fn part(function: Function, array: &ArrayRef) -> Result<ArrayRef> {
    const SECOND: i64 = 1_000_000;
    let of_date = |date: NaiveDate| match function {
        Function::Year => date.year(),
        Function::Month => date.month() as i32,
        Function::Quarter => date.month0() as i32 / 3 + 1,
        Function::Week => date.iso_week().week() as i32,
        Function::DayOfWeek => date.weekday().number_from_monday() as i32,
        Function::DayOfYear => date.ordinal() as i32,
        _ => date.day() as i32,
    };
    let part = |(days, micros): (i32, i64)| match function {
        Function::Hour => Some((micros / SECOND / 3_600) as i32),
        Function::Minute => Some((micros / SECOND / 60 % 60) as i32),
        Function::Second => Some((micros / SECOND % 60) as i32),
        _ => date_of(days).map(of_date),
    };
    let rows = (0..array.len()).map(|row| Ok(days_and_micros(array, row)?.and_then(part)));
    Ok(Arc::new(rows.collect::<Result<Int32Array>>()?))
}

/// The text of an argument that is one constant; empty when there are no rows.
fn constant(array: &ArrayRef) -> &str {
    if array.is_empty() { "" } else { array.as_string::<i64>().value(0) }
}

/// Days and microseconds as values of the type that `like` has.
fn built(rows: impl Iterator<Item = Result<Option<(i32, i64)>>>, like: &ArrayRef) -> Result<ArrayRef> {
    if *like.data_type() == DataType::Date32 {
        let days = rows.map(|row| Ok(row?.map(|(days, _)| days)));
        return Ok(Arc::new(days.collect::<Result<Date32Array>>()?));
    }
    let micros = rows.map(|row| Ok(row?.map(|(days, micros)| i64::from(days) * DAY + micros)));
    Ok(Arc::new(micros.collect::<Result<TimestampMicrosecondArray>>()?.with_timezone(UTC)))
}

/// The beginning of each one's unit.
pub fn truncate(unit: &ArrayRef, array: &ArrayRef) -> Result<ArrayRef> {
    let unit = constant(unit);
    let begin = |(days, micros): (i32, i64)| {
        let date = date_of(days)?;
        let of = |date: Option<NaiveDate>| date.map(|date| (date.to_epoch_days(), 0));
        match unit {
            "year" => of(NaiveDate::from_ymd_opt(date.year(), 1, 1)),
            "quarter" => of(NaiveDate::from_ymd_opt(date.year(), date.month0() / 3 * 3 + 1, 1)),
            "month" => of(date.with_day(1)),
            "week" => Some((days - date.weekday().num_days_from_monday() as i32, 0)),
            "day" => Some((days, 0)),
            unit => micros_of(unit).map(|length| (days, micros / length * length)),
        }
    };
    built((0..array.len()).map(|row| Ok(days_and_micros(array, row)?.and_then(begin))), array)
}

/// So many units later; NULL beyond the years 0001 to 9999.
pub fn add(unit: &ArrayRef, numbers: &ArrayRef, array: &ArrayRef) -> Result<ArrayRef> {
    let unit = constant(unit);
    let numbers = numbers.as_primitive::<Int32Type>();
    let later = |(days, micros): (i32, i64), number: i32| {
        if let Some(length) = months_of(unit) {
            let months = number.checked_mul(length)?;
            let (date, months) = (date_of(days)?, (months < 0, Months::new(months.unsigned_abs())));
            let date = if months.0 { date.checked_sub_months(months.1) } else { date.checked_add_months(months.1) };
            return date.map(|date| (date.to_epoch_days(), micros));
        }
        let at = i128::from(days) * i128::from(DAY) + i128::from(micros);
        let at = at + i128::from(number) * i128::from(micros_of(unit)?);
        let days = i32::try_from(at.div_euclid(i128::from(DAY))).ok()?;
        Some((days, at.rem_euclid(i128::from(DAY)) as i64))
    };
    let inside = |(days, _): &(i32, i64)| date_of(*days).is_some_and(|date| (1..=9999).contains(&date.year()));
    let rows = (0..array.len()).map(|row| {
        let number = numbers.is_valid(row).then(|| numbers.value(row));
        let at = days_and_micros(array, row)?;
        Ok(at.zip(number).and_then(|(at, number)| later(at, number)).filter(inside))
    });
    built(rows, array)
}

/// The whole units from each first to each second timestamp.
pub fn difference(unit: &ArrayRef, from: &ArrayRef, to: &ArrayRef) -> Result<ArrayRef> {
    let length = micros_of(constant(unit)).unwrap_or(DAY);
    let pairs =
        from.as_primitive::<TimestampMicrosecondType>().iter().zip(to.as_primitive::<TimestampMicrosecondType>());
    Ok(Arc::new(pairs.map(|(from, to)| Some((to? - from?) / length)).collect::<Int64Array>()))
}

/// Each date's midnight.
pub fn midnight(array: &ArrayRef) -> Result<ArrayRef> {
    let dates = array.as_primitive::<Date32Type>();
    let midnights: TimestampMicrosecondArray = dates.iter().map(|days| i64::from(days?).checked_mul(DAY)).collect();
    Ok(Arc::new(midnights.with_timezone(UTC)))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::LargeStringArray;

    use super::*;

    fn unit(unit: &str, rows: usize) -> ArrayRef {
        Arc::new(LargeStringArray::from(vec![unit; rows]))
    }

    #[test]
    fn parts_and_midnights() {
        let dates: ArrayRef = Arc::new(Date32Array::from(vec![Some(-1), Some(-719_162), None]));
        let years = part(Function::Year, &dates).unwrap();
        assert_eq!(years.as_primitive(), &Int32Array::from(vec![Some(1969), Some(1), None]));
        let days = part(Function::Day, &midnight(&dates).unwrap()).unwrap();
        assert_eq!(days.as_primitive(), &Int32Array::from(vec![Some(31), Some(1), None]));
        let late: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![-1]).with_timezone(UTC));
        for (function, expected) in
            [(Function::Month, 12), (Function::Hour, 23), (Function::Second, 59), (Function::Week, 1)]
        {
            let parts = part(function, &late).unwrap();
            assert_eq!(parts.as_primitive(), &Int32Array::from(vec![expected]), "{function:?}");
        }
    }

    #[test]
    fn months_end_where_they_end() {
        let leap = NaiveDate::from_ymd_opt(2016, 2, 29).unwrap().to_epoch_days();
        let dates: ArrayRef = Arc::new(Date32Array::from(vec![leap; 3]));
        let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1, -1, 9_000]));
        let later = add(&unit("year", 3), &numbers, &dates).unwrap();
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).map(|date| date.to_epoch_days());
        assert_eq!(later.as_primitive(), &Date32Array::from(vec![day(2017, 2, 28), day(2015, 2, 28), None]));
        let begun = truncate(&unit("quarter", 3), &dates).unwrap();
        assert_eq!(begun.as_primitive::<Date32Type>().value(0), day(2016, 1, 1).unwrap());
    }

    #[test]
    fn whole_units_between() {
        let at =
            |micros: i64| -> ArrayRef { Arc::new(TimestampMicrosecondArray::from(vec![micros]).with_timezone(UTC)) };
        let between = |a, b| {
            difference(&unit("day", 1), &at(a), &at(b))
                .unwrap()
                .as_primitive::<datafusion::arrow::datatypes::Int64Type>()
                .value(0)
        };
        assert_eq!((between(0, DAY - 1), between(0, DAY), between(DAY, 1)), (0, 1, 0));
    }
}
