//! Steps as DataFusion plans.
//!
//! Column names are always exact and without a qualifier: nothing here parses a name.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{Expr as Lowered, ExprFunctionExt, JoinType, LogicalPlanBuilder, SortExpr};
use datafusion::prelude::{DataFrame, SessionContext, lit};

use super::fault::error;
use super::functions::sort_key;
use super::lower::{column, comparable, lower};
use super::{grouping, reshape, windows};
use crate::error::{Error, Result};
use crate::flow::document::{JoinKind, Operation, SortKey, Step};
use crate::flow::expr::Expr;
use crate::flow::types::{DataType, Schema};

/// All rows of a table.
pub fn read(session: &SessionContext, table: Arc<dyn TableProvider>) -> Result<DataFrame> {
    let frame = session.read_table(table).map_err(error)?;
    // Without the qualifier that every scan gets.
    let columns: Vec<Lowered> =
        frame.schema().columns().into_iter().map(|c| Lowered::Column(c.clone()).alias(c.name)).collect();
    frame.select(columns).map_err(error)
}

/// A step other than `read`, `join`, `union` and `change_schema`, over rows of columns `before`.
pub fn apply(frame: DataFrame, before: &Schema, step: &Step) -> Result<DataFrame> {
    match &step.operation {
        Operation::SelectFields(_) | Operation::DropFields(_) => select(frame, &step.schema),
        Operation::RenameField(names) => {
            let new =
                |old: &str| names.iter().find(|(from, _)| from == old).map_or(old.to_string(), |(_, to)| to.clone());
            frame.select(before.names().map(|name| column(name).alias(new(name)))).map_err(error)
        }
        Operation::DerivedColumn(derived) => derive(frame, derived, &step.schema),
        Operation::Project(columns) => project(frame, columns),
        Operation::Filter(condition) => frame.filter(lower(condition)?).map_err(error),
        Operation::Distinct => {
            let by: Vec<String> = before.names().map(str::to_string).collect();
            grouping::aggregate(frame, before, &by, &[])
        }
        Operation::Limit { order_by, rows } => windows::limit(frame, before, order_by, *rows),
        Operation::Window(list) => windows::windows(frame, before, list),
        Operation::Aggregate { by, values } => grouping::aggregate(frame, before, by, values),
        Operation::Explode { column, into, outer } => reshape::explode(frame, column, into, *outer, &step.schema),
        Operation::Unpivot { columns, name, value } => reshape::unpivot(frame, columns, (name, value), &step.schema),
        Operation::DropDuplicates { by, order_by } => first_of_each(frame, before, by, order_by),
        other => Err(Error::bug(format!("{other:?} is not a step of one input"))),
    }
}

/// The columns of `schema`, in its order.
pub fn select(frame: DataFrame, schema: &Schema) -> Result<DataFrame> {
    frame.select(schema.names().map(column)).map_err(error)
}

/// Exactly these columns.
pub fn project(frame: DataFrame, columns: &[(String, Expr)]) -> Result<DataFrame> {
    let columns = columns.iter().map(|(name, expr)| Ok(lower(expr)?.alias(name))).collect::<Result<Vec<_>>>()?;
    frame.select(columns).map_err(error)
}

fn derive(frame: DataFrame, derived: &[(String, Expr)], after: &Schema) -> Result<DataFrame> {
    let mut columns = Vec::with_capacity(after.columns.len());
    for name in after.names() {
        columns.push(match derived.iter().find(|(derived, _)| derived == name) {
            Some((_, expr)) => lower(expr)?.alias(name),
            None => column(name),
        });
    }
    frame.select(columns).map_err(error)
}

fn type_of<'a>(schema: &'a Schema, name: &str) -> Result<&'a DataType> {
    let found = schema.column(name).ok_or_else(|| Error::bug(format!("there is no column `{name}`")))?;
    Ok(&found.data_type)
}

/// Keeps the first row of each key in a total order; NULLs last in both directions.
fn first_of_each(frame: DataFrame, before: &Schema, by: &[String], order_by: &[SortKey]) -> Result<DataFrame> {
    const PLACE: &str = "__place";
    let keyed = |name: &str| Ok::<_, Error>(comparable(column(name), type_of(before, name)?));
    let keys = by.iter().map(|name| keyed(name)).collect::<Result<Vec<_>>>()?;
    let sorted = |name: &str| match type_of(before, name)? {
        DataType::Array(_) => Ok(sort_key(column(name))),
        _ => keyed(name),
    };
    let order = order_by.iter().map(|key| Ok(SortExpr::new(sorted(&key.column)?, !key.descending, false)));
    let place = row_number().partition_by(keys).order_by(order.collect::<Result<Vec<_>>>()?).build();
    let columns: Vec<Lowered> = before.names().map(column).collect();
    let frame = frame.window(vec![place.map_err(error)?.alias(PLACE)]).map_err(error)?;
    frame.filter(column(PLACE).eq(lit(1u64))).and_then(|frame| frame.select(columns)).map_err(error)
}

/// What a join joins.
pub struct Join<'a> {
    /// The kind.
    pub how: JoinKind,
    /// Left column, right column.
    pub on: &'a [(String, String)],
    /// Right column, and its name in the output.
    pub right: &'a [(String, String)],
    /// The left's columns.
    pub before: &'a Schema,
}

/// Joins `right` to `left`. NULL keys match nothing.
pub fn join(left: DataFrame, right: DataFrame, join: &Join<'_>) -> Result<DataFrame> {
    let kind = match join.how {
        JoinKind::Inner => JoinType::Inner,
        JoinKind::Left => JoinType::Left,
        JoinKind::Right => JoinType::Right,
        JoinKind::Full => JoinType::Full,
        JoinKind::Semi => JoinType::LeftSemi,
        JoinKind::Anti => JoinType::LeftAnti,
    };
    // The right side under names that the left cannot have: a manifest's names never start with a space.
    let (key, value) = (|i: usize| format!(" key {i}"), |i: usize| format!(" value {i}"));
    let keys = join.on.iter().enumerate().map(|(i, (_, name))| column(name).alias(key(i)));
    let values = join.right.iter().enumerate().map(|(i, (name, _))| column(name).alias(value(i)));
    let right = right.select(keys.chain(values).collect::<Vec<_>>()).map_err(error)?;
    let mut sides = (Vec::new(), Vec::new());
    for (i, (name, _)) in join.on.iter().enumerate() {
        let data_type = type_of(join.before, name)?;
        sides.0.push(comparable(column(name), data_type));
        sides.1.push(comparable(column(&key(i)), data_type));
    }
    let (state, left) = left.into_parts();
    let joined = LogicalPlanBuilder::from(left).join_with_expr_keys(right.into_parts().1, kind, sides, None);
    let frame = DataFrame::new(state, joined.and_then(LogicalPlanBuilder::build).map_err(error)?);
    if matches!(join.how, JoinKind::Semi | JoinKind::Anti) {
        return select(frame, join.before);
    }
    let coalesced = matches!(join.how, JoinKind::Right | JoinKind::Full);
    let mut columns: Vec<Lowered> = join
        .before
        .names()
        .map(|name| match join.on.iter().position(|(left, _)| left == name).filter(|_| coalesced) {
            Some(i) => {
                let both = vec![column(name), column(&key(i))];
                datafusion::functions::core::expr_fn::coalesce(both).alias(name)
            }
            None => column(name),
        })
        .collect();
    columns.extend(join.right.iter().enumerate().map(|(i, (_, new))| column(&value(i)).alias(new)));
    frame.select(columns).map_err(error)
}
