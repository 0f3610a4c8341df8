//! What the author of a manifest may not have meant: warnings, none of which stops anything.
//!
//! - [`joins`]: joins that can multiply rows, by the keys that are known ([`keys`]).
//! - [`unused`]: sources and columns that nothing reads.
//!
//! Those of Athena's queries stand with their check, in [`super::queries`].

mod joins;
mod keys;
#[cfg(test)]
mod tests;
mod unused;

use super::document::{Flow, Step};
use crate::error::{Error, sort_by_place};
use crate::manifest::model::{self, Manifest};
use crate::manifest::spanned::Spanned;

/// All warnings about a flow, in the order of the file. Codes: `fan-out`, `unused-source`, `unused-column`.
pub fn warnings(manifest: &Manifest, flow: &Flow) -> Vec<Error> {
    let mut all = joins::warnings(manifest, flow);
    all.extend(unused::warnings(manifest, flow));
    sort_by_place(&mut all);
    all
}

/// What the manifest wrote for each of a table's own operations: a query takes the place of all before it.
fn written<'a>(table: &'a model::Table, steps: &[Step]) -> Vec<Option<&'a Spanned<model::Step>>> {
    let begin = table.steps.iter().rposition(|step| matches!(step.value, model::Step::Sql(_))).unwrap_or(0);
    let mut rest = table.steps[begin..].iter();
    let mut current = None;
    steps
        .iter()
        .map(|step| {
            current = if step.continues { current } else { rest.next() };
            current
        })
        .collect()
}
