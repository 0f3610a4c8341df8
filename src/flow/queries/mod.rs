//! Athena's queries against the tables of the flow: every table and column that a query names has to be there.
//!
//! Athena reads Trino's SQL, of which only names are looked at here, and only where there is no doubt: a relation whose
//! columns are not known for sure, a construct that the parser does not read, a table of another database are passed.
//!
//! - [`parse`]: the text to a syntax tree.
//! - [`scope`]: what names mean where.
//! - [`relations`]: `from` and subqueries: which columns come out of them.
//! - [`expressions`]: names inside expressions.
//! - [`faults`]: what is said of a name that is not there.

mod expressions;
mod faults;
mod parse;
mod relations;
mod scope;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use sqlparser::ast::{Query, Statement};

use super::document::Flow;
use crate::error::{Error, Result, SourceText};
use crate::manifest::model::{self, Manifest};
use scope::{Columns, Scope};

/// Checks all named queries. Errors, with their places in the `.sql` files: `unknown-table`, `unknown-column`, `syntax`,
/// `several-statements`.
pub fn check_queries(manifest: &Manifest, flow: &Flow) -> Result<()> {
    let mut faults = Vec::new();
    for query in manifest.athena.queries.values() {
        faults.extend(check(manifest, flow, query));
    }
    Error::check(faults, ())
}

fn check(manifest: &Manifest, flow: &Flow, query: &model::Query) -> Vec<Error> {
    let statement = match parse::parse(&query.sql) {
        Ok(parse::Parsed::Statement(statement)) => statement,
        Ok(parse::Parsed::Unread) => return Vec::new(),
        Err(error) => return vec![error.at(query.file.place.clone())],
    };
    let Statement::Query(tree) = *statement else { return Vec::new() };
    let mut checker = Checker {
        manifest,
        flow,
        source: &query.sql,
        with: Vec::new(),
        faults: Vec::new(),
        told: HashSet::new(),
        hidden: Vec::new(),
        depth: 0,
    };
    checker.whole(&tree);
    let mut faults = checker.faults;
    faults.sort_by_key(|error| error.place().map_or((0, 0), |place| (place.line, place.column)));
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
    /// Names that were complained of: each once.
    told: HashSet<String>,
    /// Aliases of the select list, where Athena does not see them.
    hidden: Vec<String>,
    depth: usize,
}

/// Deeper than the parser goes; bounds the stack where it does not.
const DEEPEST: usize = 150;

impl Checker<'_> {
    fn whole(&mut self, tree: &Query) {
        self.query(tree, &Scope::default());
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
