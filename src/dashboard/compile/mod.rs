//! A manifest's `quicksight` section to [`Dashboards`]: every column resolved, every expression typed.
//!
//! - [`datasets`]: columns of tables and queries, calculated fields.
//! - [`refresh`]: when SPICE follows the pipeline's schedule.
//! - [`dashboards`]: dashboards, parameters, sheets, filters.
//! - [`visuals`]: what each kind of visual is made of.
//! - [`roles`]: groups and measures.
//! - [`words`]: titles and ids from names.

mod dashboards;
mod datasets;
mod refresh;
mod roles;
#[cfg(test)]
mod tests;
mod visuals;
mod words;

use super::model::Dashboards;
use crate::error::{Error, Result};
use crate::flow::document::Flow;
use crate::manifest::model::Manifest;

/// What went wrong; nothing, when something that this rests on went wrong and was reported there.
type Faults = Vec<Error>;

/// The dashboards of a manifest; none without a `quicksight` section. All faults that can be told apart are reported, in
/// the order of the file.
///
/// Errors: those of expressions (see [`crate::flow::typing::expression`]), and `unknown-table`, `unknown-query`,
/// `unknown-dataset`, `unknown-column`, `unknown-type`, `type-mismatch`, `unknown-aggregate`, `duplicate-column`, `untyped-column`,
/// `not-applicable`, `bad-literal`.
pub fn compile(manifest: &Manifest, flow: &Flow) -> Result<Dashboards> {
    let Some(section) = &manifest.quicksight else { return Ok(Dashboards::default()) };
    let mut faults = Faults::new();
    let sets = datasets::compile(manifest, flow, section, &mut faults);
    let dashboards = dashboards::compile(section, &sets, &mut faults);
    faults.sort_by_key(|error| error.place().map(|place| (place.source.path.clone(), place.line, place.column)));
    Error::check(faults, ())?;
    let whole = || Error::bug("a part of the dashboards is missing without an error");
    let datasets = sets.into_values().map(|set| set.ok_or_else(whole)).collect::<Result<_>>()?;
    Ok(Dashboards { datasets, dashboards })
}
