//! Syntax tree -> plan: names are resolved, types checked and coerced by Trino's rules, and every column of the plan gets
//! a name of its own (`c17`), so that the engine never has to tell two apart.

mod expr;
mod from;
mod group;
mod query;
mod select;
mod subquery;
mod unnest;
mod window;

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::logical_expr::TableSource;
use sqlparser::ast::{NamedWindowDefinition, Query};

use super::failure::{Failure, Outcome};
use super::places::Places;
use super::scope::{Field, Relation};
use super::typed::Typed;

pub(super) use from::qualified;

/// The tables that a query names, looked up before it is bound.
#[derive(Default)]
pub struct Tables {
    /// The database of unqualified names.
    pub database: String,
    /// The databases that exist among those named.
    pub databases: BTreeSet<String>,
    /// The tables that exist among those named, by database and name: column names and types are their schemas'.
    pub tables: HashMap<(String, String), Arc<dyn TableSource>>,
}

/// Binds one query.
pub struct Binder<'a> {
    tables: &'a Tables,
    places: &'a Places,
    now: i64,
    next: Cell<usize>,
}

/// The common table expressions that are visible somewhere.
#[derive(Clone, Default)]
pub struct Ctes(Vec<(String, Relation)>);

/// What names mean while an expression is bound.
struct Names<'n> {
    /// The columns of the FROM clause.
    fields: &'n [Field],
    /// In ORDER BY: the select list, whose names come first.
    outputs: &'n [(Option<String>, Typed)],
    /// The query around a subquery.
    outer: Option<&'n Names<'n>>,
    ctes: &'n Ctes,
    windows: &'n [NamedWindowDefinition],
    clause: Clause,
}

/// Where an expression stands: what it may call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clause {
    /// SELECT, HAVING, ORDER BY.
    Output,
    /// WHERE, GROUP BY, JOIN ... ON: no aggregates, no windows.
    Rows(&'static str),
    /// Inside an aggregate.
    Aggregate,
}

impl<'n> Names<'n> {
    fn with_clause(&self, clause: Clause) -> Names<'n> {
        Names {
            clause,
            fields: self.fields,
            outputs: self.outputs,
            outer: self.outer,
            ctes: self.ctes,
            windows: self.windows,
        }
    }
}

impl<'a> Binder<'a> {
    /// A binder over these tables and the places of the query's tokens; `now` in milliseconds since 1970 is what the query takes for the current time.
    pub fn new(tables: &'a Tables, places: &'a Places, now: i64) -> Self {
        Self { tables, places, now, next: Cell::new(0) }
    }

    /// Binds a whole query. The names that its result shows are the fields' ([`Field::shown`]); unnamed ones are
    /// `_col0`, `_col1` by their place.
    pub fn bind(&self, query: &Query) -> Outcome<Relation> {
        let mut relation = self.query(query, None, &Ctes::default())?;
        for (i, field) in relation.fields.iter_mut().enumerate().filter(|(_, field)| field.name.is_none()) {
            field.shown = format!("_col{i}");
        }
        Ok(relation)
    }

    /// A column name that nothing else has.
    fn fresh(&self) -> String {
        let n = self.next.get();
        self.next.set(n + 1);
        format!("c{n}")
    }
}

/// What another dialect has and Athena has not.
fn foreign(what: &str) -> Failure {
    Failure::new("SYNTAX_ERROR", format!("{what} is not part of Athena's SQL"))
}
