//! `union`: rows of several inputs below each other, by column name.

use super::{Context, Typed, identity};
use crate::error::Error;
use crate::flow::compile::{Faults, document_input, names};
use crate::flow::document::{Branch, Operation};
use crate::flow::expr::{Expr, Literal, Node};
use crate::flow::types::{Column, Schema};
use crate::flow::typing::widened;
use crate::manifest::model::Union;

/// The rows so far, brought to the columns of all inputs where these need it; then the union.
pub fn union(wanted: &Union, context: &Context) -> Result<Vec<Typed>, Faults> {
    let mut faults = Faults::new();
    let mut inputs = Vec::new();
    for name in &wanted.with {
        match names::input(name, context.manifest) {
            Ok(input) => match context.compiled.schema(context.manifest, &input) {
                Ok(schema) => inputs.push((name, input, schema)),
                Err(wrong) => faults.extend(wrong),
            },
            Err(error) => faults.push(error),
        }
    }
    let so_far = context.scope.schema;
    let mut after = so_far.clone();
    for (name, _, schema) in &inputs {
        let wrong = match merge(&mut after, so_far, schema, wanted.allow_missing) {
            Ok(()) => continue,
            Err(wrong) => wrong,
        };
        let of = format!("`{}`", name.value);
        faults.extend(wrong.into_iter().map(|error| error.with_note(format!("in {of}")).at(name.place.clone())));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let branch = |(_, input, schema): &(_, _, &Schema)| Branch {
        input: document_input(input),
        columns: after.columns.iter().map(|column| (column.name.clone(), brought(column, schema))).collect(),
    };
    let union = Operation::Union(inputs.iter().map(branch).collect());
    let mut typed = Vec::new();
    if !identity(&after, so_far) {
        let columns = after.columns.iter().map(|column| (column.name.clone(), brought(column, so_far))).collect();
        typed.push((Operation::Project(columns), after.clone()));
    }
    typed.push((union, after));
    Ok(typed)
}

/// Brings the columns of one more input into `after`.
fn merge(after: &mut Schema, so_far: &Schema, other: &Schema, allow_missing: bool) -> Result<(), Faults> {
    let mut faults = Faults::new();
    if !allow_missing {
        let lacks = |a: &Schema, b: &Schema| -> Vec<String> {
            let missing = a.names().filter(|name| b.column(name).is_none());
            missing.map(|name| format!("`{name}`")).collect()
        };
        for (missing, of) in [(lacks(so_far, other), "it lacks"), (lacks(other, so_far), "the rows so far lack")] {
            if !missing.is_empty() {
                let s = if missing.len() == 1 { "" } else { "s" };
                let message = format!("columns are not the same: {of} the column{s} {}", missing.join(", "));
                faults.push(Error::manifest("missing-column", message).with_help(
                    "select the same columns before, or write `union: { with: [...], allow_missing: true }`",
                ));
            }
        }
    }
    for column in &other.columns {
        let Some(there) = after.columns.iter_mut().find(|c| c.name == column.name) else {
            after.columns.push(column.clone());
            continue;
        };
        match there.data_type.common(&column.data_type) {
            Some(common) => there.data_type = common,
            None => {
                let message = format!("`{}` is {} and {}", column.name, there.data_type, column.data_type);
                faults.push(
                    Error::manifest("type-mismatch", message)
                        .with_expected("one type, or numbers that widen to one")
                        .with_help("bring one of them to the other's type with `change_schema`"),
                );
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// What `column` holds, of an input of columns `schema`.
fn brought(column: &Column, schema: &Schema) -> Expr {
    let value = match schema.column(&column.name) {
        Some(there) => Expr { node: Node::Column(there.name.clone()), data_type: there.data_type.clone() },
        None => Expr { node: Node::Literal(Literal::Null), data_type: column.data_type.clone() },
    };
    widened(value, &column.data_type)
}
