//! Checks over the rows as they were written.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::logical_expr::{Expr as Lowered, when};
use datafusion::prelude::{DataFrame, lit};

use super::fault::error;
use super::lower::{column, comparable, lower};
use super::making::{Making, Rows, joined};
use super::operators::store::Room;
use crate::error::{Error, Result};
use crate::flow::document::{JoinKind, Rule, Table};
use crate::flow::metrics::CheckVerdict;
use crate::flow::types::Schema;

/// The verdict of each check of `table`, whose `rows` rows `written` reads.
///
/// `others` holds for each check the rows that it refers to.
pub async fn audit(
    making: &Making<'_>,
    written: Rows,
    table: &Table,
    rows: u64,
    others: Vec<Option<Rows>>,
) -> Result<Vec<CheckVerdict>> {
    let frame = written.frame;
    let mut failing = row_by_row(&frame, table).await?;
    for (place, (check, other)) in table.checks.iter().zip(others).enumerate() {
        let failing = &mut failing[place];
        match (&check.rule, other) {
            (Rule::Unique(columns), _) => *failing = repeated(frame.clone(), table, columns).await?,
            (Rule::References { column, target, .. }, Some(other)) => {
                let written = Rows { frame: frame.clone(), count: rows as f64 };
                let room = making.room("references", &place.to_string());
                *failing = orphans(making, written, table, column, (other, target), room).await?;
            }
            _ => {}
        }
    }
    let verdict = |(check, failing): (&crate::flow::document::Check, u64)| {
        let (passed, failing_rows) = match check.rule {
            Rule::RowCount { min, max } => {
                let inside = min.is_none_or(|min| rows >= min) && max.is_none_or(|max| rows <= max);
                (inside, if inside { 0 } else { rows })
            }
            _ => (failing == 0, failing),
        };
        CheckVerdict { check: check.name.clone(), severity: check.severity, passed, failing_rows }
    };
    Ok(table.checks.iter().zip(failing).map(verdict).collect())
}

/// How many rows break each check that looks at one row, all in one pass; 0 for the others.
async fn row_by_row(frame: &DataFrame, table: &Table) -> Result<Vec<u64>> {
    let (mut places, mut sums) = (Vec::new(), Vec::new());
    for (place, check) in table.checks.iter().enumerate() {
        let broken = match &check.rule {
            Rule::NotNull(name) => column(name).is_null(),
            Rule::Holds(condition) => lower(condition)?.is_false(),
            Rule::Unique(_) | Rule::References { .. } | Rule::RowCount { .. } => continue,
        };
        let counted = when(broken, lit(1i64)).otherwise(lit(0i64)).map_err(error)?;
        sums.push(sum(counted).alias(format!("failing {place}")));
        places.push(place);
    }
    let mut failing = vec![0; table.checks.len()];
    if sums.is_empty() {
        return Ok(failing);
    }
    let batches = frame.clone().aggregate(Vec::new(), sums).map_err(error)?.collect().await.map_err(error)?;
    for batch in batches.iter().filter(|batch| batch.num_rows() == 1) {
        for (place, column) in places.iter().zip(batch.columns()) {
            // Over no rows a sum is NULL.
            failing[*place] = column.as_primitive::<Int64Type>().iter().next().flatten().unwrap_or(0) as u64;
        }
    }
    Ok(failing)
}

/// The rows whose value in `name`, not NULL, no row of `other` has in `target`.
async fn orphans(
    making: &Making<'_>,
    written: Rows,
    table: &Table,
    name: &str,
    (other, target): (Rows, &str),
    room: Room,
) -> Result<u64> {
    let frame = written.frame.filter(column(name).is_not_null()).map_err(error)?;
    let known = Rows { frame, count: written.count };
    let schema = Schema { columns: table.schema.column(name).into_iter().cloned().collect() };
    let on = [(name.to_string(), target.to_string())];
    let anti = joined(making, (known, &schema), other, (JoinKind::Anti, &on, &[]), &schema, room);
    rows_of(anti.await?).await
}

/// How many rows there are.
async fn rows_of(frame: DataFrame) -> Result<u64> {
    let counted = frame.aggregate(Vec::new(), vec![count(lit(1i64))]).map_err(error)?;
    let batches = counted.collect().await.map_err(error)?;
    let total = batches.iter().find_map(|batch| batch.column(0).as_primitive::<Int64Type>().iter().next().flatten());
    Ok(total.unwrap_or(0) as u64)
}

/// All rows beyond the first of each key without a NULL.
async fn repeated(frame: DataFrame, table: &Table, columns: &[String]) -> Result<u64> {
    const ROWS: &str = " rows";
    let mut keys = Vec::with_capacity(columns.len());
    for (i, name) in columns.iter().enumerate() {
        let known = table.schema.column(name).ok_or_else(|| Error::bug(format!("there is no column `{name}`")))?;
        keys.push(comparable(column(name), &known.data_type).alias(format!(" key {i}")));
    }
    let keyed = frame.select(keys).map_err(error)?;
    let names: Vec<Lowered> = (0..columns.len()).map(|i| column(&format!(" key {i}"))).collect();
    let whole = names.iter().cloned().map(Lowered::is_not_null).reduce(Lowered::and).unwrap_or_else(|| lit(true));
    let beyond = sum(column(ROWS) - lit(1i64));
    let counted = keyed
        .filter(whole)
        .and_then(|frame| frame.aggregate(names, vec![count(lit(1i64)).alias(ROWS)]))
        .and_then(|frame| frame.aggregate(Vec::new(), vec![beyond]))
        .map_err(error)?;
    let batches = counted.collect().await.map_err(error)?;
    let total = batches
        .iter()
        .filter(|batch| batch.num_rows() == 1)
        .find_map(|batch| batch.column(0).as_primitive::<Int64Type>().iter().next().flatten());
    Ok(total.unwrap_or(0) as u64)
}
