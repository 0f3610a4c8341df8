//! Steps as DataFusion plans.
//!
//! Column names are always exact and without a qualifier: nothing here parses a name.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::logical_expr::Expr as Lowered;
use datafusion::prelude::{DataFrame, SessionContext};

use super::fault::error;
use super::lower::{column, lower};
use super::{grouping, reshape, windows};
use crate::error::{Error, Result};
use crate::flow::document::Operation;
use crate::flow::expr::Expr;
use crate::flow::types::Schema;

/// All rows of a table.
pub fn read(session: &SessionContext, table: Arc<dyn TableProvider>) -> Result<DataFrame> {
    let frame = session.read_table(table).map_err(error)?;
    // Without the qualifier that every scan gets.
    let columns: Vec<Lowered> =
        frame.schema().columns().into_iter().map(|c| Lowered::Column(c.clone()).alias(c.name)).collect();
    frame.select(columns).map_err(error)
}

/// An operation of one input that DataFusion plans, over rows of columns `before`. Of its outcome, the columns of `after`
/// are wanted; others may be there.
pub fn apply(frame: DataFrame, before: &Schema, operation: &Operation, after: &Schema) -> Result<DataFrame> {
    let wanted = |name: &str| after.column(name).is_some();
    match operation {
        Operation::SelectFields(_) | Operation::DropFields(_) => select(frame, after),
        Operation::RenameField(names) => {
            let new =
                |old: &str| names.iter().find(|(from, _)| from == old).map_or(old.to_string(), |(_, to)| to.clone());
            frame.select(before.names().map(|name| column(name).alias(new(name)))).map_err(error)
        }
        Operation::DerivedColumn(derived) => derive(frame, derived, after),
        Operation::Project(columns) => project(frame, columns.iter().filter(|(name, _)| wanted(name))),
        Operation::Filter(condition) => frame.filter(lower(condition)?).map_err(error),
        Operation::Distinct => {
            let by: Vec<String> = before.names().map(str::to_string).collect();
            grouping::aggregate(frame, before, &by, &[])
        }
        Operation::Limit { order_by, rows } => windows::limit(frame, before, order_by, *rows),
        Operation::Window(list) => {
            let list: Vec<_> = list.iter().filter(|(name, _)| wanted(name)).cloned().collect();
            windows::windows(frame, before, &list)
        }
        Operation::Aggregate { by, values } => {
            let values: Vec<_> = values.iter().filter(|(name, _)| wanted(name)).cloned().collect();
            grouping::aggregate(frame, before, by, &values)
        }
        Operation::Explode { column, into, outer } => reshape::explode(frame, column, into, *outer, after),
        Operation::Unpivot { columns, name, value } => reshape::unpivot(frame, columns, (name, value), after),
        other => Err(Error::bug(format!("{other:?} is not planned by DataFusion"))),
    }
}

/// The columns of `schema`, in its order.
pub fn select(frame: DataFrame, schema: &Schema) -> Result<DataFrame> {
    frame.select(schema.names().map(column)).map_err(error)
}

/// Exactly these columns.
pub fn project<'e>(frame: DataFrame, columns: impl Iterator<Item = &'e (String, Expr)>) -> Result<DataFrame> {
    let columns = columns.map(|(name, expr)| Ok(lower(expr)?.alias(name))).collect::<Result<Vec<_>>>()?;
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
