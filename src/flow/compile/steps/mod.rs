//! The steps, typed: each takes the columns before it to an operation and the columns after it.

mod arrays;
mod fields;
mod groups;
mod join;
mod missing;
mod rows;
mod schema;
mod sql;
mod union;

pub use schema::conversion;
pub use sql::selected;

use super::{Compiled, Faults};
use crate::flow::document::{self, Operation};
use crate::flow::types::Schema;
use crate::flow::typing::Scope;
use crate::manifest::model::{Input, Manifest, Step, Table};
use crate::manifest::spanned::Spanned;

/// What a step may look at.
pub struct Context<'a> {
    /// The manifest.
    pub manifest: &'a Manifest,
    /// The table it belongs to.
    pub table: &'a Table,
    /// What can be read.
    pub compiled: &'a Compiled,
    /// The columns before it, and what is known of others.
    pub scope: Scope<'a>,
}

/// What a step does, and the columns after it.
pub type Typed = (Operation, Schema);

/// A step that reads.
pub fn read(step: &Step, manifest: &Manifest, compiled: &Compiled) -> Option<Result<Typed, Faults>> {
    let (input, named) = match step {
        Step::Source(name) => (Input::Source(name.clone()), document::Input::Source(name.value.clone())),
        Step::Table(name) => (Input::Table(name.clone()), document::Input::Table(name.value.clone())),
        _ => return None,
    };
    Some(compiled.schema(manifest, &input).map(|schema| (Operation::Read(named), schema.clone())))
}

/// Whether two schemas have the same columns of the same types in the same order.
fn identity(a: &Schema, b: &Schema) -> bool {
    a.columns.iter().map(|c| (&c.name, &c.data_type)).eq(b.columns.iter().map(|c| (&c.name, &c.data_type)))
}

/// A step that works on the rows so far, as one operation or several in a row.
pub fn step(step: &Spanned<Step>, context: &Context) -> Result<Vec<Typed>, Faults> {
    let one = |typed: Result<Typed, Faults>| typed.map(|typed| vec![typed]);
    let at = |faults: Faults| faults.into_iter().map(|error| error.at(step.place.clone())).collect::<Faults>();
    match &step.value {
        Step::Source(_) | Step::Table(_) => {
            let error = crate::error::Error::manifest("misplaced-read", "only the first step reads")
                .with_help("bring in further rows with `join: { source: ..., on: ... }`");
            Err(vec![error])
        }
        Step::Join(join) => one(join::join(join, context)),
        Step::SelectFields(patterns) => one(fields::select(patterns, context)),
        Step::DropFields(patterns) => one(fields::drop(patterns, context)),
        Step::RenameField(names) => one(fields::rename(names, context)),
        Step::ChangeSchema(columns) => one(schema::change(columns, context)),
        Step::DerivedColumn(columns) => one(schema::derive(columns, context)),
        Step::Filter(condition) => one(rows::filter(condition, context)),
        Step::DropDuplicates(wanted) => one(rows::drop_duplicates(wanted, context)),
        Step::Union(wanted) => union::union(wanted, context),
        Step::FillMissingValues(values) => one(missing::fill(values, context)),
        Step::DropNullRows(patterns) => one(missing::drop_rows(patterns, context)),
        Step::Aggregate(wanted) => groups::aggregate(wanted, context),
        Step::SplitString(wanted) => one(arrays::split(wanted, context)),
        Step::Explode(wanted) => one(arrays::explode(wanted, context)),
        Step::Unpivot(wanted) => arrays::unpivot(wanted, context),
        Step::Pivot(wanted) => groups::pivot(wanted, context),
        Step::Sql(_) => Err(vec![crate::error::Error::bug("a query is more than a step, and is read with the table")]),
    }
    .map_err(at)
}
