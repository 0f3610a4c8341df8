//! The steps, typed: each takes the columns before it to an operation and the columns after it.

mod fields;
mod join;
mod rows;
mod schema;

pub use schema::conversion;

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

/// A step that works on the rows so far.
pub fn step(step: &Spanned<Step>, context: &Context) -> Result<Typed, Faults> {
    let at = |faults: Faults| faults.into_iter().map(|error| error.at(step.place.clone())).collect::<Faults>();
    match &step.value {
        Step::Source(_) | Step::Table(_) => {
            let error = crate::error::Error::manifest("misplaced-read", "only the first step reads")
                .with_help("bring in further rows with `join: { source: ..., on: ... }`");
            Err(vec![error])
        }
        Step::Join(join) => join::join(join, context),
        Step::SelectFields(patterns) => fields::select(patterns, context),
        Step::DropFields(patterns) => fields::drop(patterns, context),
        Step::RenameField(names) => fields::rename(names, context),
        Step::ChangeSchema(columns) => schema::change(columns, context),
        Step::DerivedColumn(columns) => schema::derive(columns, context),
        Step::Filter(condition) => rows::filter(condition, context),
        Step::DropDuplicates(wanted) => rows::drop_duplicates(wanted, context),
    }
    .map_err(at)
}
