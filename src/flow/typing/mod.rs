//! Portable SQL: an expression's text, typed against a schema, becomes an [`Expr`](super::expr::Expr) in which nothing is
//! left to decide. What is not in that tree, or does not fit together, is an error at its place.
//!
//! - [`scope`]: the columns an expression sees, and what is known of those it does not see any more.
//! - [`typer`]: the walk over the syntax tree.
//! - [`operators`]: which types an operator takes.
//! - [`aggregates`]: functions over many rows.
//! - [`calls`]: calls, by the table in [`super::functions`].
//! - [`literals`]: constants, as they are written.
//! - [`widen`]: implicit widening.

mod aggregates;
mod calls;
mod literals;
mod operators;
mod scope;
#[cfg(test)]
mod tests;
mod typer;
mod widen;

pub use aggregates::{Groups, aggregate, call as aggregate_call};
pub use literals::literal_of;
pub use scope::{Fate, Scope, unknown_column};
pub use typer::{expression, of_tree, predicate};
pub use widen::{all, any, common, to as widened};
