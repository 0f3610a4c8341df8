//! Steps that turn arrays and columns into rows.

use datafusion::common::{Column, NullHandling, UnnestOptions};
use datafusion::logical_expr::{Expr as Lowered, LogicalPlanBuilder};
use datafusion::prelude::DataFrame;

use super::fault::error;
use super::functions::{Op, native};
use super::lower::column;
use crate::error::{Error, Result};
use crate::flow::types::{DataType, Schema};

/// Names that no manifest has: they start with a space.
const ITEMS: &str = " items";
const LABELS: &str = " labels";

/// One row an element of the array `array`, which stands in `into`; `after` are the columns that come out.
pub fn explode(frame: DataFrame, array: &str, into: &str, outer: bool, after: &Schema) -> Result<DataFrame> {
    let nulls = if outer { NullHandling::PreserveAndExpandEmpty } else { NullHandling::Drop };
    let kept = after.names().filter(|name| *name != into).map(column);
    let listed = frame.select(kept.chain([column(array).alias(ITEMS)]).collect::<Vec<_>>()).map_err(error)?;
    let rows = unnested(listed, &[ITEMS], nulls)?;
    let column_of = |name: &str| if name == into { column(ITEMS).alias(into) } else { column(name) };
    rows.select(after.names().map(column_of).collect::<Vec<_>>()).map_err(error)
}

/// One row a row and each of `columns`; their names in `name`, their values in `value`.
pub fn unpivot(frame: DataFrame, columns: &[String], (name, value): (&str, &str), after: &Schema) -> Result<DataFrame> {
    let of = after.column(value).ok_or_else(|| Error::bug(format!("there is no column `{value}`")))?;
    let turned: Vec<Lowered> = columns.iter().map(|name| column(name)).collect();
    let first = turned.first().cloned().ok_or_else(|| Error::bug("an unpivot of no columns"))?;
    let strings = DataType::Array(Box::new(DataType::String));
    let values = DataType::Array(Box::new(of.data_type.clone()));
    let mut listed: Vec<Lowered> = after.names().filter(|n| *n != name && *n != value).map(column).collect();
    listed.push(native(Op::Labels(columns.to_vec()), vec![first], &strings).alias(LABELS));
    listed.push(native(Op::Items(of.data_type.clone()), turned, &values).alias(ITEMS));
    let rows = unnested(frame.select(listed).map_err(error)?, &[LABELS, ITEMS], NullHandling::Drop)?;
    let column_of = |n: &str| match n {
        n if n == name => column(LABELS).alias(n),
        n if n == value => column(ITEMS).alias(n),
        n => column(n),
    };
    rows.select(after.names().map(column_of).collect::<Vec<_>>()).map_err(error)
}

fn unnested(frame: DataFrame, lists: &[&str], nulls: NullHandling) -> Result<DataFrame> {
    let (state, plan) = frame.into_parts();
    let lists = lists.iter().map(|name| Column::new_unqualified(*name)).collect();
    let options = UnnestOptions::new().with_null_handling(nulls);
    let plan = LogicalPlanBuilder::from(plan).unnest_columns_with_options(lists, options);
    Ok(DataFrame::new(state, plan.and_then(LogicalPlanBuilder::build).map_err(error)?))
}
