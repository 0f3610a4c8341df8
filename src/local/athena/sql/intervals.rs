//! Intervals, and dates and times moved by them.

use chrono::Months;
use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::compute::kernels::numeric;
use datafusion::arrow::datatypes::{
    DataType, Date32Type, DurationMillisecondType, Float64Type, IntervalYearMonthType, TimestampMillisecondType,
};
use datafusion::common::ScalarValue;
use sqlparser::ast::{BinaryOperator, DateTimeField};

use super::failure::{Failure, Outcome};
use super::kernel::{Call, Kernel, Run, at};
use super::text;
use super::typed::Typed;
use super::types::{self, DAY_TIME, YEAR_MONTH};

const DAY: i64 = 86_400_000;

/// `INTERVAL 'value' unit`.
pub fn literal(value: &str, unit: &DateTimeField) -> Outcome<Typed> {
    let bad = || Failure::new("INVALID_LITERAL", format!("'{value}' is not a valid INTERVAL literal"));
    if matches!(unit, DateTimeField::Week(_) | DateTimeField::Weeks) {
        return Err(Failure::new("TYPE_NOT_FOUND", "Unknown resolvedType: INTERVAL"));
    }
    if matches!(unit, DateTimeField::Second | DateTimeField::Seconds)
        && let Some((whole, fraction)) = value.split_once('.')
    {
        let digits = |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        let seconds: i64 = whole.parse().map_err(|_| bad())?;
        let part: i64 = digits(fraction).then(|| format!("{fraction:0<3}").parse().ok()).flatten().ok_or_else(bad)?;
        let part = if whole.starts_with('-') { -part } else { part };
        let total = seconds.checked_mul(1000).and_then(|ms| ms.checked_add(part)).ok_or_else(bad)?;
        return Ok(Typed::literal(ScalarValue::DurationMillisecond(Some(total))));
    }
    let number: i64 = value.parse().map_err(|_| bad())?;
    let milliseconds =
        |unit: i64| number.checked_mul(unit).map(|ms| ScalarValue::DurationMillisecond(Some(ms))).ok_or_else(bad);
    let months = |unit: i64| {
        i32::try_from(number.saturating_mul(unit))
            .map(|months| ScalarValue::IntervalYearMonth(Some(months)))
            .map_err(|_| bad())
    };
    use DateTimeField::{Day, Days, Hour, Hours, Minute, Minutes, Month, Months, Second, Seconds, Year, Years};
    let value = match unit {
        Year | Years => months(12),
        Month | Months => months(1),
        Day | Days => milliseconds(DAY),
        Hour | Hours => milliseconds(3_600_000),
        Minute | Minutes => milliseconds(60_000),
        Second | Seconds => milliseconds(1000),
        other => Err(Failure::athena_only(format!("an interval in {other}"))),
    };
    value.map(Typed::literal)
}

/// Sums and differences with an interval, a date or a time on a side; `None` when neither side is one.
pub fn arithmetic(op: &BinaryOperator, left: &Typed, right: &Typed) -> Option<Outcome<Typed>> {
    if matches!(op, BinaryOperator::Multiply | BinaryOperator::Divide) {
        return scaled(op, left, right);
    }
    let plus = match op {
        BinaryOperator::Plus => true,
        BinaryOperator::Minus => false,
        _ => return None,
    };
    let moment = |t: &Typed| matches!(t.data_type, DataType::Date32 | DataType::Timestamp(..));
    let interval = |t: &Typed| t.data_type == DAY_TIME || t.data_type == YEAR_MONTH;
    let bare = |t: &Typed| t.data_type == DataType::Null;
    // What else a date and a bare NULL could be is a date as well.
    if plus && (moment(left) && bare(right) || bare(left) && moment(right)) {
        let returns = if bare(left) { &right.data_type } else { &left.data_type };
        return Some(Ok(Typed::literal(ScalarValue::Null).coerced(returns)));
    }
    if !plus && (moment(left) && bare(right) || bare(left) && moment(right)) {
        return Some(Err(Failure::athena_only("the difference of a time and a bare NULL")));
    }
    if moment(left) && interval(right) {
        return Some(Ok(shift(left.clone(), right.clone(), plus)));
    }
    if plus && interval(left) && moment(right) {
        return Some(Ok(shift(right.clone(), left.clone(), true)));
    }
    if !plus && moment(left) && moment(right) && left.data_type != right.data_type {
        let to = super::typed::common(&left.data_type, &right.data_type)?;
        let both = vec![left.clone().coerced(&to), right.clone().coerced(&to)];
        return Some(Ok(Kernel::call("moment_difference", difference, both, DAY_TIME)));
    }
    if !plus && moment(left) && left.data_type == right.data_type {
        return Some(Ok(Kernel::call("moment_difference", difference, vec![left.clone(), right.clone()], DAY_TIME)));
    }
    if interval(left) && left.data_type == right.data_type {
        let run: Run = if plus {
            |c| Ok(numeric::add(&c.args[0], &c.args[1])?)
        } else {
            |c| Ok(numeric::sub(&c.args[0], &c.args[1])?)
        };
        let name = if plus { "interval_add" } else { "interval_subtract" };
        return Some(Ok(Kernel::call(name, run, vec![left.clone(), right.clone()], left.data_type.clone())));
    }
    None
}

/// `interval * n`, `n * interval`, `interval / n` for intervals of days to seconds.
fn scaled(op: &BinaryOperator, left: &Typed, right: &Typed) -> Option<Outcome<Typed>> {
    let times = *op == BinaryOperator::Multiply;
    let (interval, number) = match (&left.data_type, &right.data_type) {
        (interval, _) if *interval == DAY_TIME => (left, right),
        (_, interval) if *interval == DAY_TIME && times => (right, left),
        (interval, other) if *interval == YEAR_MONTH || *other == YEAR_MONTH => {
            return Some(Err(Failure::athena_only("a multiple of an interval of months")));
        }
        _ => return None,
    };
    if number.data_type == DataType::Null {
        return Some(Ok(Typed::literal(ScalarValue::DurationMillisecond(None))));
    }
    if !super::typed::is_numeric(&number.data_type) {
        return None;
    }
    let (name, run): (&'static str, Run) = match times {
        true => ("interval_times", |c| factored(c, "multiply", |ms, n| ms * n)),
        false => ("interval_over", |c| factored(c, "divide", |ms, n| ms / n)),
    };
    let args = vec![interval.clone(), number.clone().coerced(&DataType::Float64)];
    Some(Ok(Kernel::call(name, run, args, DAY_TIME)))
}

fn factored(call: &Call<'_>, verb: &str, compute: fn(f64, f64) -> f64) -> Outcome<ArrayRef> {
    let intervals = call.args[0].as_primitive::<DurationMillisecondType>();
    let numbers = call.args[1].as_primitive::<Float64Type>();
    call.primitives::<DurationMillisecondType>(|i| match at(intervals, i).zip(at(numbers, i)) {
        Some((_, n)) if n.is_nan() || n == 0.0 && verb == "divide" => {
            let message = format!("Cannot {verb} by double {}", super::render::double(n));
            Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message))
        }
        found => Ok(found.map(|(ms, n)| compute(ms as f64, n) as i64)),
    })
}

fn shift(moment: Typed, interval: Typed, plus: bool) -> Typed {
    let returns = moment.data_type.clone();
    let (name, run): (&'static str, Run) = match (interval.data_type == YEAR_MONTH, plus) {
        (true, true) => ("plus_months", |c| shift_months(c, 1)),
        (true, false) => ("minus_months", |c| shift_months(c, -1)),
        (false, true) => ("plus_time", |c| shift_time(c, 1)),
        (false, false) => ("minus_time", |c| shift_time(c, -1)),
    };
    Kernel::call(name, run, vec![moment, interval], returns)
}

fn shift_months(call: &Call<'_>, sign: i32) -> Outcome<ArrayRef> {
    let months = call.args[1].as_primitive::<IntervalYearMonthType>();
    match call.returns {
        DataType::Date32 => {
            let dates = call.args[0].as_primitive::<Date32Type>();
            call.primitives::<Date32Type>(|i| {
                let (Some(date), Some(months)) = (at(dates, i), at(months, i)) else { return Ok(None) };
                add_months(i64::from(date) * DAY, i64::from(sign * months)).map(|ms| Some(ms.div_euclid(DAY) as i32))
            })
        }
        _ => {
            let times = call.args[0].as_primitive::<TimestampMillisecondType>();
            call.primitives::<TimestampMillisecondType>(|i| {
                let (Some(time), Some(months)) = (at(times, i), at(months, i)) else { return Ok(None) };
                add_months(time, i64::from(sign * months)).map(Some)
            })
        }
    }
}

/// A time moved by whole months; a day that the month lacks becomes its last.
pub fn add_months(milliseconds: i64, months: i64) -> Outcome<i64> {
    let time = text::time_of(milliseconds);
    let distance = Months::new(u32::try_from(months.unsigned_abs()).unwrap_or(u32::MAX));
    let moved = if months < 0 { time.checked_sub_months(distance) } else { time.checked_add_months(distance) };
    let out_of_range = || Failure::new("INVALID_FUNCTION_ARGUMENT", "The date is out of range");
    moved.map(|t| t.and_utc().timestamp_millis()).ok_or_else(out_of_range)
}

fn shift_time(call: &Call<'_>, sign: i64) -> Outcome<ArrayRef> {
    let distances = call.args[1].as_primitive::<DurationMillisecondType>();
    match call.returns {
        DataType::Date32 => {
            let dates = call.args[0].as_primitive::<Date32Type>();
            call.primitives::<Date32Type>(|i| {
                let (Some(date), Some(distance)) = (at(dates, i), at(distances, i)) else { return Ok(None) };
                if distance % DAY != 0 {
                    let message = match sign {
                        1 => "Cannot add hour, minutes or seconds to a date",
                        _ => "Cannot subtract hour, minutes or seconds from a date",
                    };
                    return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message));
                }
                Ok(Some(date + (sign * distance / DAY) as i32))
            })
        }
        _ => {
            let times = call.args[0].as_primitive::<TimestampMillisecondType>();
            call.primitives::<TimestampMillisecondType>(|i| {
                Ok(at(times, i).zip(at(distances, i)).map(|(time, distance)| time + sign * distance))
            })
        }
    }
}

/// The distance between two dates or two times.
fn difference(call: &Call<'_>) -> Outcome<ArrayRef> {
    let times: Vec<_> = call.args.iter().map(|a| super::cast::convert(a, &types::TIMESTAMP)).collect::<Outcome<_>>()?;
    let (a, b) =
        (times[0].as_primitive::<TimestampMillisecondType>(), times[1].as_primitive::<TimestampMillisecondType>());
    call.primitives::<DurationMillisecondType>(|i| Ok(at(a, i).zip(at(b, i)).map(|(a, b)| a - b)))
}
