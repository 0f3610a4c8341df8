//! A manifest to its flow: every name resolved, every step and check typed, nothing left to decide.
//!
//! - [`sources`], [`parquet`]: declared columns against the files' headers and schemas.
//! - [`order`]: tables after those they read.
//! - [`table`]: one table's steps, partition columns, output.
//! - [`steps`]: the steps, one file a group.
//! - [`checks`]: checks as typed rules.
//! - [`names`]: names of sources or tables.
//! - [`columns`]: names, globs and what an absent column became.

mod checks;
pub mod columns;
mod names;
mod order;
mod parquet;
mod sources;
mod steps;
mod table;
#[cfg(test)]
pub(crate) mod tests;

use indexmap::IndexMap;

use super::document::{Flow, Table};
use super::headers::Headers;
use super::types::Schema;
use crate::error::{Error, Result};
use crate::manifest::model::{Input, Manifest};
use crate::manifest::spanned::Spanned;

/// What went wrong; nothing, when something that this rests on went wrong and was reported there.
type Faults = Vec<Error>;

/// The flow of a manifest. All faults that can be told apart are reported, in the order of the file.
///
/// Errors: those of expressions (see [`super::typing::expression`]) and of headers, and `missing-column`,
/// `duplicate-column`, `unnamed-column`, `unknown-source`, `unknown-table`, `unknown-input`, `ambiguous-input`, `table-cycle`, `unknown-type`, `unknown-format`,
/// `type-mismatch`, `no-columns`, `invalid-name`, `not-applicable`, `nothing-matches`, `out-of-range`.
pub fn compile(manifest: &Manifest, headers: &dyn Headers) -> Result<Flow> {
    let mut faults = Faults::new();
    let mut compiled = Compiled::default();
    for (name, source) in &manifest.sources {
        let (found, wrong) = sources::compile(manifest, name, source, headers);
        faults.extend(wrong);
        compiled.sources.insert(name.value.clone(), found);
    }
    let (order, wrong) = order::order(manifest);
    faults.extend(wrong);
    for name in order {
        let table = &manifest.tables[name];
        let found = table::compile(manifest, name, table, &compiled);
        let found = found.map_err(|wrong| faults.extend(wrong)).ok();
        compiled.tables.insert(name.to_string(), found);
    }
    faults.sort_by_key(place_of);
    Error::check(faults, ())?;
    let whole = || Error::bug("a part of the flow is missing without an error");
    let sources = compiled.sources.into_iter().map(|(name, source)| Ok((name, source.ok_or_else(whole)?)));
    let tables = compiled.tables.into_iter().map(|(name, table)| Ok((name, table.ok_or_else(whole)?)));
    Ok(Flow {
        format_version: 1,
        pipeline: manifest.name.value.clone(),
        sources: sources.collect::<Result<_>>()?,
        tables: tables.collect::<Result<_>>()?,
    })
}

fn place_of(error: &Error) -> (Option<std::path::PathBuf>, u32, u32) {
    error.place().map_or((None, 0, 0), |place| (Some(place.source.path.clone()), place.line, place.column))
}

/// What is compiled so far; `None` for what failed.
#[derive(Default)]
struct Compiled {
    sources: IndexMap<String, Option<super::document::Source>>,
    tables: IndexMap<String, Option<Table>>,
}

impl Compiled {
    /// The columns of an input. No error of its own when the input failed.
    fn schema(&self, manifest: &Manifest, input: &Input) -> Result<&Schema, Faults> {
        match input {
            Input::Source(name) => match self.sources.get(name.as_str()) {
                Some(source) => source.as_ref().map(|source| &source.schema).ok_or_else(Faults::new),
                None => Err(vec![unknown("source", name, manifest)]),
            },
            Input::Table(name) => match self.tables.get(name.as_str()) {
                Some(table) => table.as_ref().map(|table| &table.schema).ok_or_else(Faults::new),
                // A table of a cycle, which was reported.
                None if manifest.tables.contains_key(name.as_str()) => Err(Faults::new()),
                None => Err(vec![unknown("table", name, manifest)]),
            },
        }
    }
}

/// An input as the document names it.
fn document_input(input: &Input) -> super::document::Input {
    match input {
        Input::Source(name) => super::document::Input::Source(name.value.clone()),
        Input::Table(name) => super::document::Input::Table(name.value.clone()),
    }
}

/// `unknown-source` or `unknown-table`.
fn unknown(what: &'static str, name: &Spanned<String>, manifest: &Manifest) -> Error {
    let sources: Vec<&str> = manifest.sources.keys().map(|name| name.as_str()).collect();
    let tables: Vec<&str> = manifest.tables.keys().map(|name| name.as_str()).collect();
    let (code, there, other, others) = match what {
        "source" => ("unknown-source", &sources, "table", &tables),
        _ => ("unknown-table", &tables, "source", &sources),
    };
    let error = Error::manifest(code, format!("unknown {what} `{}`", name.value))
        .with_expected(format!("one of {}", there.join(", ")))
        .at(name.place.clone());
    if others.contains(&name.as_str()) {
        return error.with_help(format!("`{}` is a {other}: write `{other}: {}`", name.value, name.value));
    }
    match crate::error::nearest(name, there.iter().copied()) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error,
    }
}
