//! `sql:` of a table and of a step: one SELECT in portable SQL becomes operations, which both engines read as they read
//! steps. What is not understood is an error at its place.
//!
//! - [`rows`]: rows on their way: operations so far, and the names their columns have in the query.
//! - [`query`]: `with`, `order by` with `limit`.
//! - [`sets`]: `union`, `intersect`, `except`.
//! - [`from`](mod@from): relations and joins, and conditions that are joins.
//! - [`select`](mod@select): `where`, `group by`, `having`, the select list.
//! - [`windows`]: functions `over` a window.
//! - [`prune`](mod@prune): joined columns that nothing asks for.

mod from;
mod prune;
mod query;
mod rows;
mod select;
mod sets;
mod windows;

pub use query::{relations, selected};

use super::document::{Input, Step};
use super::types::Schema;
use crate::error::Error;

/// What a query comes to.
#[derive(Clone, Debug)]
pub struct Selected {
    /// What it reads that is computed before: name and operations, each after those it reads.
    pub parts: Vec<(String, Vec<Step>)>,
    /// The rows it yields; the first reads.
    pub steps: Vec<Step>,
}

/// What a name in `from` names: an input and its columns. Errors without a place get the name's.
pub type Relations<'a> = &'a dyn Fn(&str) -> Result<(Input, Schema), Vec<Error>>;
