//! Orders, the first of them, and functions over windows of rows.

use datafusion::common::ScalarValue;
use datafusion::functions_window::expr_fn::{dense_rank, lag, lead, rank, row_number};
use datafusion::logical_expr::expr::WindowFunction as LoweredWindow;
use datafusion::logical_expr::{
    Cast, Expr as Lowered, ExprFunctionExt, SortExpr, WindowFrame, WindowFrameBound, WindowFrameUnits,
    WindowFunctionDefinition,
};
use datafusion::prelude::DataFrame;

use super::fault::error;
use super::functions::sort_key;
use super::grouping;
use super::lower::{column, comparable, lower};
use super::types::arrow_type;
use crate::error::{Error, Result};
use crate::flow::document::SortKey;
use crate::flow::types::{DataType, Schema};
use crate::flow::windows::{Frame, Window, WindowFunction};

fn type_of<'a>(schema: &'a Schema, name: &str) -> Result<&'a DataType> {
    let found = schema.column(name).ok_or_else(|| Error::bug(format!("there is no column `{name}`")))?;
    Ok(&found.data_type)
}

/// Sort keys; NULLs come last in both directions.
pub fn order(before: &Schema, order_by: &[SortKey]) -> Result<Vec<SortExpr>> {
    let sorted = |name: &str| match type_of(before, name)? {
        DataType::Array(_) => Ok::<_, Error>(sort_key(column(name))),
        data_type => Ok(comparable(column(name), data_type)),
    };
    order_by.iter().map(|key| Ok(SortExpr::new(sorted(&key.column)?, !key.descending, false))).collect()
}

/// The first `rows` rows in a total order.
pub fn limit(frame: DataFrame, before: &Schema, order_by: &[SortKey], rows: u64) -> Result<DataFrame> {
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    frame.sort(order(before, order_by)?).and_then(|frame| frame.limit(0, Some(rows))).map_err(error)
}

/// Further columns, each over its window.
pub fn windows(frame: DataFrame, before: &Schema, list: &[(String, Window)]) -> Result<DataFrame> {
    let mut inputs: Vec<Lowered> = before.names().map(column).collect();
    let mut outputs = inputs.clone();
    // By their keys: one operator takes windows of one order alone.
    let mut calls: Vec<(&Window, Vec<Lowered>)> = Vec::new();
    for (place, (name, window)) in list.iter().enumerate() {
        // Names that no manifest has: they start with a space.
        let input = format!(" argument {place}");
        let functions = match &window.function {
            WindowFunction::RowNumber => vec![row_number()],
            WindowFunction::Rank => vec![rank()],
            WindowFunction::DenseRank => vec![dense_rank()],
            WindowFunction::Lag(e, rows) => {
                inputs.push(lower(e)?.alias(&input));
                vec![lag(column(&input), Some(i64::from(*rows)), None)]
            }
            WindowFunction::Lead(e, rows) => {
                inputs.push(lower(e)?.alias(&input));
                vec![lead(column(&input), Some(i64::from(*rows)), None)]
            }
            WindowFunction::Aggregate(call) => {
                inputs.extend(grouping::argument(call)?.map(|e| e.alias(&input)));
                grouping::calls(call, column(&input)).into_iter().map(over_a_window).collect::<Result<_>>()?
            }
        };
        let mut results = Vec::new();
        for (part, function) in functions.into_iter().enumerate() {
            let result = format!(" value {place} {part}");
            let call = placed(function, window, before)?.alias(&result);
            let alike =
                |other: &Window| (&other.partition_by, &other.order_by) == (&window.partition_by, &window.order_by);
            match calls.iter_mut().find(|(other, _)| alike(other)) {
                Some((_, list)) => list.push(call),
                None => calls.push((window, vec![call])),
            }
            results.push(column(&result));
        }
        let output = match &window.function {
            WindowFunction::Aggregate(call) => grouping::finished(call, results),
            WindowFunction::Lag(..) | WindowFunction::Lead(..) => results.remove(0),
            _ => Lowered::Cast(Cast::new(Box::new(results.remove(0)), arrow_type(&DataType::Bigint))),
        };
        outputs.push(output.alias(name));
    }
    let mut frame = frame.select(inputs).map_err(error)?;
    for (_, list) in calls {
        frame = frame.window(list).map_err(error)?;
    }
    frame.select(outputs).map_err(error)
}

/// An aggregate as a function over a window.
fn over_a_window(aggregate: Lowered) -> Result<Lowered> {
    let Lowered::AggregateFunction(call) = aggregate else { return Err(Error::bug("an aggregate that is none")) };
    let function = WindowFunctionDefinition::AggregateUDF(call.func);
    Ok(Lowered::from(LoweredWindow::new(function, call.params.args)))
}

fn placed(function: Lowered, window: &Window, before: &Schema) -> Result<Lowered> {
    let keys = window.partition_by.iter().map(|name| Ok(comparable(column(name), type_of(before, name)?)));
    let mut builder = function.partition_by(keys.collect::<Result<Vec<_>>>()?);
    if !window.order_by.is_empty() {
        builder = builder.order_by(order(before, &window.order_by)?);
    }
    let rows = |n: Option<u32>| ScalarValue::UInt64(n.map(u64::from));
    let unbounded = ScalarValue::UInt64(None);
    let (units, start, end) = match window.frame {
        Frame::Whole => (
            WindowFrameUnits::Rows,
            WindowFrameBound::Preceding(unbounded.clone()),
            WindowFrameBound::Following(unbounded),
        ),
        Frame::Peers => (WindowFrameUnits::Range, WindowFrameBound::Preceding(unbounded), WindowFrameBound::CurrentRow),
        Frame::Rows { preceding, following } => (
            WindowFrameUnits::Rows,
            WindowFrameBound::Preceding(rows(preceding)),
            WindowFrameBound::Following(rows(following)),
        ),
    };
    builder.window_frame(WindowFrame::new_bounds(units, start, end)).build().map_err(error)
}
