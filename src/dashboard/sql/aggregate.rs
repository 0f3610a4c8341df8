//! Aggregates and groups as Trino's SQL.

use crate::dashboard::model::{Aggregate, Dimension, Granularity, Measure};
use crate::flow::types::DataType;

/// The aggregate of a measure over its input, the expression `input` (unused for `count(*)`) of type `of`.
pub fn aggregate(measure: &Measure, input: &str, of: Option<&DataType>) -> String {
    // Trino keeps averages of decimals and reals in these types; ours are doubles.
    let double = match of {
        Some(DataType::Double) => input.to_string(),
        _ => format!("CAST({input} AS double)"),
    };
    let whole = matches!(of, Some(DataType::Int | DataType::Bigint));
    match measure.aggregate {
        Aggregate::Count if measure.column.is_none() => "count(*)".to_string(),
        Aggregate::Count => format!("count({input})"),
        Aggregate::CountDistinct => format!("count(DISTINCT {input})"),
        Aggregate::Sum if whole => format!("sum({input})"),
        // Exact until the end.
        Aggregate::Sum if matches!(of, Some(DataType::Decimal(..))) => format!("CAST(sum({input}) AS double)"),
        Aggregate::Sum => format!("sum({double})"),
        Aggregate::Avg => format!("avg({double})"),
        Aggregate::Min => format!("min({input})"),
        Aggregate::Max => format!("max({input})"),
        Aggregate::Median => format!("approx_percentile({double}, 5E-1)"),
        Aggregate::Stddev => format!("stddev({double})"),
        Aggregate::Percentile(p) => format!("approx_percentile({double}, {:E})", f64::from(p) / 100.0),
    }
}

/// The group that a value of a dimension belongs to, and its type.
pub fn group(dimension: &Dimension, value: &str) -> (String, DataType) {
    let unit = match dimension.granularity {
        None => return (value.to_string(), dimension.data_type.clone()),
        Some(Granularity::Year) => "year",
        Some(Granularity::Quarter) => "quarter",
        Some(Granularity::Month) => "month",
        Some(Granularity::Week) => "week",
        Some(Granularity::Day) => "day",
        Some(Granularity::Hour) => "hour",
    };
    match (&dimension.data_type, unit) {
        (DataType::Timestamp, "hour") => (format!("date_trunc('hour', {value})"), DataType::Timestamp),
        (DataType::Timestamp, _) => (format!("CAST(date_trunc('{unit}', {value}) AS date)"), DataType::Date),
        // A date has no hours.
        (_, "day" | "hour") => (value.to_string(), DataType::Date),
        _ => (format!("date_trunc('{unit}', {value})"), DataType::Date),
    }
}
