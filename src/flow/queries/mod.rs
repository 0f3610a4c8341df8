//! Athena's queries against the tables of the flow: every table and column that a query names has to be there.
//!
//! Athena reads Trino's SQL, of which only names are looked at here, and only where there is no doubt: a relation whose
//! columns are not known for sure, a construct that the parser does not read, a table of another database are passed.
//!
//! - [`parse`]: the text to a syntax tree.
//! - [`scope`]: what names mean where.
//! - [`relations`]: `from` and subqueries: which columns come out of them.
//! - [`expressions`]: names inside expressions.
//! - [`types`]: the types of what a query makes, where they can be known.
//! - [`faults`]: what is said of a name that is not there.
//! - [`operators`]: comparisons that Athena refuses, divisions that may fail.
//! - [`qualify`]: the same query with its tables named in full, for who reads it outside its database.

mod expressions;
mod faults;
mod operators;
mod parse;
mod qualify;
mod relations;
mod scope;
#[cfg(test)]
mod tests;
mod types;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use sqlparser::ast::{Query, Statement};

use super::document::Flow;
use crate::error::{Error, Result, SourceText, sort_by_place};
use crate::manifest::model::{self, Manifest};
pub use qualify::qualified;
use scope::{Columns, Scope};
pub use scope::{Origin, Output};

/// Checks all named queries. Errors, with their places in the `.sql` files: `unknown-table`, `unknown-column`, `syntax`,
/// `several-statements`.
pub fn check_queries(manifest: &Manifest, flow: &Flow) -> Result<()> {
    let mut faults = Vec::new();
    for query in manifest.athena.queries.values() {
        faults.extend(check(manifest, flow, query));
    }
    Error::check(faults, ())
}

/// What Athena would probably refuse, or fail on: `type-mismatch`, `division-by-zero`, with their places in the `.sql` files.
pub fn warnings(manifest: &Manifest, flow: &Flow) -> Vec<Error> {
    let mut all = Vec::new();
    for query in manifest.athena.queries.values() {
        if let Ok(Some((checker, _))) = walked(manifest, flow, query) {
            let mut warnings = checker.warnings;
            sort_by_place(&mut warnings);
            all.extend(warnings);
        }
    }
    all
}

/// The columns that a named query makes, with their types where these can be known; `None` when nobody here knows its
/// columns. A query with faults, which [`check_queries`] tells, has what is left of it.
pub fn outputs(manifest: &Manifest, flow: &Flow, query: &model::Query) -> Option<Vec<Output>> {
    match walked(manifest, flow, query).ok()?? {
        (_, Columns::Known(columns)) => Some(columns),
        (_, Columns::Open) => None,
    }
}

/// The columns of the flow's tables that a named query reads, in whatever place.
pub fn read(manifest: &Manifest, flow: &Flow, query: &model::Query) -> BTreeSet<Origin> {
    walked(manifest, flow, query).ok().flatten().map(|(checker, _)| checker.read).unwrap_or_default()
}

/// Goes through a query, and tells what was seen and which columns it makes; `None` for what the parser does not read and
/// for what is no query.
fn walked<'a>(
    manifest: &'a Manifest,
    flow: &'a Flow,
    query: &'a model::Query,
) -> Result<Option<(Checker<'a>, Columns)>> {
    let parse::Parsed::Statement(statement) = parse::parse(&query.sql)? else { return Ok(None) };
    let Statement::Query(tree) = *statement else { return Ok(None) };
    let mut checker = Checker::new(manifest, flow, &query.sql);
    let columns = checker.whole(&tree);
    Ok(Some((checker, columns)))
}

fn check(manifest: &Manifest, flow: &Flow, query: &model::Query) -> Vec<Error> {
    let mut faults = match walked(manifest, flow, query) {
        Ok(Some((checker, _))) => checker.faults,
        Ok(None) => return Vec::new(),
        Err(error) => return vec![error.at(query.file.place.clone())],
    };
    sort_by_place(&mut faults);
    faults
}

/// One query's check.
struct Checker<'a> {
    manifest: &'a Manifest,
    flow: &'a Flow,
    source: &'a Arc<SourceText>,
    /// What `with` names, innermost last.
    with: Vec<(String, Columns)>,
    faults: Vec<Error>,
    warnings: Vec<Error>,
    /// The values that the conditions on the rows at hand look at, as texts.
    conditions: HashSet<String>,
    /// Inside something that decides whether a value is computed.
    guarded: bool,
    /// The columns of the flow's tables that were read so far.
    read: BTreeSet<Origin>,
    /// Names that were complained of: each once.
    told: HashSet<String>,
    /// Aliases of the select list, where Athena does not see them.
    hidden: Vec<String>,
    depth: usize,
}

/// Deeper than the parser goes; bounds the stack where it does not.
const DEEPEST: usize = 150;

impl<'a> Checker<'a> {
    fn new(manifest: &'a Manifest, flow: &'a Flow, source: &'a Arc<SourceText>) -> Self {
        Checker {
            manifest,
            flow,
            source,
            with: Vec::new(),
            faults: Vec::new(),
            warnings: Vec::new(),
            conditions: HashSet::new(),
            guarded: false,
            read: BTreeSet::new(),
            told: HashSet::new(),
            hidden: Vec::new(),
            depth: 0,
        }
    }

    fn whole(&mut self, tree: &Query) -> Columns {
        self.query(tree, &Scope::default())
    }

    /// Runs `inside` one level deeper, unless that is too deep.
    fn deeper<T>(&mut self, otherwise: T, inside: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEEPEST {
            return otherwise;
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }
}
