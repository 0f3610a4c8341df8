//! Dates and timestamps, proleptic Gregorian, UTC.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int32Array, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::super::types::UTC;
use crate::flow::conversion::value::{DAY, date_of};
use crate::flow::expr::Function;

/// Year, month or day of each date or timestamp.
pub fn part(function: Function, array: &ArrayRef) -> Result<ArrayRef> {
    let part = |date: NaiveDate| match function {
        Function::Year => date.year(),
        Function::Month => date.month() as i32,
        _ => date.day() as i32,
    };
    let of_day = |days: i32| date_of(days).map(part);
    let parts: Int32Array = match array.data_type() {
        DataType::Date32 => array.as_primitive::<Date32Type>().iter().map(|days| of_day(days?)).collect(),
        DataType::Timestamp(..) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().iter();
            micros.map(|micros| of_day(i32::try_from(micros?.div_euclid(DAY)).ok()?)).collect()
        }
        other => return Err(DataFusionError::Internal(format!("date expected, not {other}"))),
    };
    Ok(Arc::new(parts))
}

/// Each date's midnight.
pub fn midnight(array: &ArrayRef) -> Result<ArrayRef> {
    let dates = array.as_primitive::<Date32Type>();
    let midnights: TimestampMicrosecondArray = dates.iter().map(|days| i64::from(days?).checked_mul(DAY)).collect();
    Ok(Arc::new(midnights.with_timezone(UTC)))
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::Date32Array;

    use super::*;

    #[test]
    fn parts_and_midnights() {
        let dates: ArrayRef = Arc::new(Date32Array::from(vec![Some(-1), Some(-719_162), None]));
        let years = part(Function::Year, &dates).unwrap();
        assert_eq!(years.as_primitive(), &Int32Array::from(vec![Some(1969), Some(1), None]));
        let days = part(Function::Day, &midnight(&dates).unwrap()).unwrap();
        assert_eq!(days.as_primitive(), &Int32Array::from(vec![Some(31), Some(1), None]));
        let late: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![-1]).with_timezone(UTC));
        let months = part(Function::Month, &late).unwrap();
        assert_eq!(months.as_primitive(), &Int32Array::from(vec![12]));
    }
}
