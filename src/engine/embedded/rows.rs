//! A table's steps as one plan: what DataFusion plans between our own operators, and those.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::functions::core::expr_fn::nullif;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{DataFrame, lit};

use super::fault::error;
use super::lower;
use super::making::{Making, Rows, joined};
use super::needs::needs;
use super::operators::converting::{Losses, converting};
use super::operators::first::{First, first};
use super::operators::tally::{Tally, tallied};
use super::scan::{FileReader, FilesTable};
use super::spill::{Spill, spill};
use super::steps;
use super::types::whole;
use crate::error::{Error, Result};
use crate::flow::document::{Input, Operation, SortKey, Step, Table};
use crate::flow::types::{Column, DataType, Schema};

/// The rows of a table, ready to be written.
pub struct Made {
    /// Their plan; its columns are the table's.
    pub plan: Arc<dyn ExecutionPlan>,
    /// Only the first rows of each key are the table's.
    pub only: Option<First>,
}

/// What is counted on the way of a table's rows, in the order of its steps, those of parts first.
#[derive(Default)]
pub struct Counted {
    /// For each step that converts.
    pub conversions: Vec<Converted>,
    /// For each step that drops duplicates.
    pub duplicates: Vec<Firsts>,
}

/// Conversions on the way.
pub struct Converted {
    /// What they have lost so far.
    pub losses: Losses,
    /// The rows that they leave.
    pub plan: Arc<dyn ExecutionPlan>,
}

/// Rows of which the first of each key stay.
pub struct Firsts {
    /// The rows that come.
    pub came: Tally,
    /// The rows that stay; `None` where these are the table's.
    pub stay: Option<(Tally, Arc<dyn ExecutionPlan>)>,
}

/// Plans all steps of `table`; `input` gives the rows of sources and tables. What is counted on the way is added to
/// `counted`.
pub async fn make<F>(making: &Making<'_>, table: &Table, input: F, counted: &mut Counted) -> Result<Made>
where
    F: Fn(&Input) -> Result<Rows>,
{
    let needs = needs(table);
    let mut maker = Maker { making, input, parts: HashMap::new(), counted };
    for (name, list) in &table.parts {
        let (list, needed) = (list.iter().collect::<Vec<_>>(), &needs.parts[name.as_str()]);
        let rows = maker.after(name, &list, needed).await?;
        let readers = table.all_steps().flat_map(|step| step.operation.inputs());
        let readers = readers.filter(|input| matches!(input, Input::Part(part) if part == name)).count();
        let part = if readers > 1 { maker.shared(name, rows, needed).await? } else { Part::Once(rows) };
        maker.parts.insert(name, part);
    }
    let steps: Vec<&Step> = table.steps.iter().collect();
    // Rows are gathered once for both, when the last step leaves some out and they are put together by partition then.
    if let Some((last, steps)) = steps.split_last()
        && let Operation::DropDuplicates { by, order_by } = &last.operation
        && keeps_values(table)
    {
        let rows = maker.after("", steps, &needs.steps).await?;
        let plan = making.plan(alike(rows.frame, &last.schema, order_by)?, &table.schema).await?;
        let (plan, came) = tallied(plan);
        maker.counted.duplicates.push(Firsts { came, stay: None });
        return Ok(Made { plan, only: Some(which(&table.schema, by, order_by)?) });
    }
    let rows = maker.after("", &steps, &needs.steps).await?;
    let frame = steps::select(rows.frame, &table.schema)?;
    let plan = with_null_partitions(frame, table)?.create_physical_plan().await.map_err(error)?;
    Ok(Made { plan, only: None })
}

/// Rows of a table that are computed before its own.
enum Part {
    /// For one reader.
    Once(Rows),
    /// On disk, for several.
    Shared(Arc<Spill>),
}

struct Maker<'m, F> {
    making: &'m Making<'m>,
    input: F,
    parts: HashMap<&'m str, Part>,
    counted: &'m mut Counted,
}

impl<F: Fn(&Input) -> Result<Rows>> Maker<'_, F> {
    fn rows(&self, input: &Input) -> Result<Rows> {
        let Input::Part(name) = input else { return (self.input)(input) };
        match self.parts.get(name.as_str()) {
            Some(Part::Once(rows)) => Ok(rows.clone()),
            Some(Part::Shared(spill)) => {
                let count = spill.rows().unwrap_or(1) as f64;
                Ok(Rows { frame: steps::read(self.making.session, Arc::new(FilesTable::new(spill.clone())))?, count })
            }
            None => Err(Error::bug(format!("part `{name}` was not computed"))),
        }
    }

    /// Puts a part down for all who read it.
    async fn shared(&self, name: &str, rows: Rows, needed: &[Schema]) -> Result<Part> {
        let schema = needed.last().ok_or_else(|| Error::bug("a part without steps"))?;
        let plan = self.making.plan(rows.frame, schema).await?;
        let folder = self.making.folder.join(format!("part-{name}"));
        Ok(Part::Shared(Arc::new(spill(plan, self.making.session.task_ctx(), &folder).await.map_err(error)?)))
    }

    /// The rows after `steps`, of which the first reads; `part` is their name, `needs` what each has to leave.
    async fn after(&mut self, part: &str, steps: &[&Step], needs: &[Schema]) -> Result<Rows> {
        let Some((begin, rest)) = steps.split_first() else { return Err(Error::bug("a table without steps")) };
        let Operation::Read(read) = &begin.operation else { return Err(Error::bug("a table that reads nothing")) };
        let mut rows = self.rows(read)?;
        for (number, step) in (1..).zip(rest) {
            let (before, after) = (&needs[number - 1], &needs[number]);
            let room = |name| self.making.room(name, &format!("{part}-{number}"));
            rows.frame = match &step.operation {
                Operation::ChangeSchema(of) => {
                    // In place: the columns before are those after.
                    let plan = self.making.plan(rows.frame, after).await?;
                    let (losses, schema) = (Losses::new(of.len()), whole(after));
                    let plan = converting(plan, self.making.threads, of.clone(), schema, losses.clone());
                    let plan = plan.map_err(error)?;
                    self.counted.conversions.push(Converted { losses, plan: plan.clone() });
                    self.making.planned(plan)?
                }
                Operation::Join { input, how, on, right } => {
                    let other = self.rows(input)?;
                    let right: Vec<(String, String)> =
                        right.iter().filter(|(_, new)| after.column(new).is_some()).cloned().collect();
                    let left = Rows { frame: rows.frame, count: rows.count };
                    joined(self.making, (left, before), other, (*how, on, &right), after, room("join")).await?
                }
                Operation::Union(branches) => {
                    let mut frame = steps::select(rows.frame, after)?;
                    for branch in branches {
                        let other = self.rows(&branch.input)?;
                        let columns = branch.columns.iter().filter(|(name, _)| after.column(name).is_some());
                        frame = frame.union(steps::project(other.frame, columns)?).map_err(error)?;
                        rows.count += other.count;
                    }
                    frame
                }
                Operation::DropDuplicates { by, order_by } => {
                    let plan = self.making.plan(alike(rows.frame, before, order_by)?, before).await?;
                    let which = which(before, by, order_by)?;
                    let (plan, came) = tallied(plan);
                    let (plan, stay) = tallied(first(plan, self.making.threads, which, room("drop_duplicates")));
                    self.counted.duplicates.push(Firsts { came, stay: Some((stay, plan.clone())) });
                    self.making.planned(plan)?
                }
                operation => steps::apply(rows.frame, before, operation, after)?,
            };
        }
        Ok(rows)
    }
}

/// Rows whose order is `order_by`. Without one they are equal, and no row stands out: so they are made the same, with
/// floating-point zeros of one sign.
fn alike(frame: DataFrame, schema: &Schema, order_by: &[SortKey]) -> Result<DataFrame> {
    if !order_by.is_empty() {
        return Ok(frame);
    }
    let same = |c: &Column| lower::comparable(lower::column(&c.name), &c.data_type).alias(&c.name);
    frame.select(schema.columns.iter().map(same).collect::<Vec<_>>()).map_err(error)
}

fn which(schema: &Schema, by: &[String], order_by: &[SortKey]) -> Result<First> {
    let place = |name: &str| {
        let found = schema.names().position(|known| known == name);
        found.ok_or_else(|| Error::bug(format!("there is no column `{name}`")))
    };
    Ok(First {
        keys: by.iter().map(|name| place(name)).collect::<Result<_>>()?,
        order: order_by.iter().map(|key| Ok((place(&key.column)?, key.descending))).collect::<Result<_>>()?,
    })
}

/// Whether rows are written as the last step leaves them.
fn keeps_values(table: &Table) -> bool {
    let text = |name: &String| table.schema.column(name).is_some_and(|column| column.data_type == DataType::String);
    !table.output.partition_by.iter().any(text)
}

/// The empty text of a partition column as NULL: a path cannot tell them apart.
fn with_null_partitions(frame: DataFrame, table: &Table) -> Result<DataFrame> {
    let columns = table.schema.columns.iter().map(|c| {
        let plain = lower::column(&c.name);
        if c.data_type == DataType::String && table.output.partition_by.contains(&c.name) {
            nullif(plain, lit(ScalarValue::LargeUtf8(Some(String::new())))).alias(&c.name)
        } else {
            plain
        }
    });
    frame.select(columns.collect::<Vec<_>>()).map_err(error)
}
