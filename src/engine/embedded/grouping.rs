//! Groups of rows, and functions over them, with exactly the meaning that [`crate::flow::aggregates`] gives these.
//!
//! What an aggregate works on is a column of its own before, and what it yields is finished after: whole numbers are summed
//! as decimals, which do not overflow, and the least and greatest of floating-point numbers are found over integers of the
//! same order.

use datafusion::functions_aggregate::expr_fn::{
    avg, bool_and, bool_or, count, count_distinct, max, median, min, stddev, sum,
};
use datafusion::logical_expr::{Cast, Expr as Lowered};
use datafusion::prelude::{DataFrame, lit};

use super::fault::error;
use super::functions::{Op, native};
use super::lower::{column, comparable, lower};
use super::types::arrow_type;
use crate::error::{Error, Result};
use crate::flow::aggregates::{Aggregate, AggregateFunction};
use crate::flow::types::{DataType, Schema};

/// A decimal that holds every bigint.
const WHOLE: DataType = DataType::Decimal(19, 0);

/// One row a key; the key's columns, then the values.
pub fn aggregate(
    frame: DataFrame,
    before: &Schema,
    by: &[String],
    values: &[(String, Aggregate)],
) -> Result<DataFrame> {
    // Names that no manifest has: they start with a space.
    let key = |place: usize| format!(" key {place}");
    let mut inputs = vec![lit(true).alias(" row")];
    for (place, name) in by.iter().enumerate() {
        let known = before.column(name).ok_or_else(|| Error::bug(format!("there is no column `{name}`")))?;
        inputs.push(comparable(column(name), &known.data_type).alias(key(place)));
    }
    let (mut calls, mut outputs) = (Vec::new(), Vec::new());
    outputs.extend(by.iter().enumerate().map(|(place, name)| column(&key(place)).alias(name)));
    for (place, (name, value)) in values.iter().enumerate() {
        let parts = Parts::of(value, place)?;
        inputs.extend(parts.input);
        calls.extend(parts.calls);
        outputs.push(parts.output.alias(name));
    }
    let keys: Vec<Lowered> = (0..by.len()).map(|place| column(&key(place))).collect();
    let grouped = frame.select(inputs).and_then(|frame| frame.aggregate(keys, calls)).map_err(error)?;
    grouped.select(outputs).map_err(error)
}

/// One aggregate: the column it works on, the calls it takes, and what is made of their values.
pub struct Parts {
    /// None for `count(*)`.
    pub input: Option<Lowered>,
    /// Each under a name of its own.
    pub calls: Vec<Lowered>,
    /// Over these names.
    pub output: Lowered,
}

impl Parts {
    fn of(value: &Aggregate, place: usize) -> Result<Parts> {
        let input = format!(" argument {place}");
        let names = [format!(" value {place}"), format!(" count {place}")];
        let calls = calls(value, column(&input));
        let calls = calls.into_iter().zip(&names).map(|(call, name)| call.alias(name)).collect::<Vec<_>>();
        let results: Vec<Lowered> = names.iter().take(calls.len()).map(|name| column(name)).collect();
        Ok(Parts { input: argument(value)?.map(|e| e.alias(input)), calls, output: finished(value, results) })
    }
}

/// The argument as the calls take it.
pub fn argument(value: &Aggregate) -> Result<Option<Lowered>> {
    use AggregateFunction as F;
    let Some(argument) = &value.argument else { return Ok(None) };
    let of = &argument.data_type;
    let lowered = lower(argument)?;
    Ok(Some(match value.function {
        F::Sum | F::Avg if is_whole(of) => Lowered::Cast(Cast::new(Box::new(lowered), arrow_type(&WHOLE))),
        F::Min | F::Max if is_floating(of) => native(Op::Ordinal, vec![lowered], &DataType::Bigint),
        F::CountDistinct => comparable(lowered, of),
        _ => lowered,
    }))
}

/// The calls over `input`: one, or two for the mean of whole numbers.
pub fn calls(value: &Aggregate, input: Lowered) -> Vec<Lowered> {
    use AggregateFunction as F;
    match value.function {
        F::CountRows => vec![count(lit(1i64))],
        F::Count => vec![count(input)],
        F::CountDistinct => vec![count_distinct(input)],
        F::Sum => vec![sum(input)],
        F::Avg if value.argument.as_ref().is_some_and(|a| is_whole(&a.data_type)) => {
            vec![sum(input.clone()), count(input)]
        }
        F::Avg => vec![avg(input)],
        F::Min => vec![min(input)],
        F::Max => vec![max(input)],
        F::Median => vec![median(input)],
        F::Stddev => vec![stddev(input)],
        F::BoolAnd => vec![bool_and(input)],
        F::BoolOr => vec![bool_or(input)],
    }
}

/// The aggregate's value from those of its calls.
pub fn finished(value: &Aggregate, results: Vec<Lowered>) -> Lowered {
    use AggregateFunction as F;
    let of = value.argument.as_ref().map(|argument| &argument.data_type);
    let to = &value.data_type;
    match (value.function, of) {
        (F::Sum, Some(of)) if is_whole(of) => native(Op::Total, results, to),
        (F::Avg, Some(of)) if is_whole(of) => native(Op::Mean, results, to),
        (F::Min | F::Max, Some(of)) if is_floating(of) => native(Op::FromOrdinal, results, to),
        _ => results.into_iter().next().unwrap_or_else(|| lit(true)),
    }
}

fn is_whole(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Int | DataType::Bigint)
}

fn is_floating(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Float | DataType::Double)
}
