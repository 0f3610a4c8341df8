//! Trino's SQL, as Athena speaks it, on the embedded engine.
//!
//! A query's text is parsed ([`parse()`]), its names and types are resolved by Trino's rules into a plan ([`bind`]), and the
//! engine runs the plan over the files of the catalog's tables. Every operator and function whose meaning differs between
//! the two is a [`kernel`] of our own; what is not known is refused as Athena's only, never guessed.

pub mod accumulators;
pub mod aggregates;
pub mod arithmetic;
pub mod arrays;
pub mod bind;
pub mod cast;
pub mod catalog;
pub mod compare;
pub mod conditional;
pub mod csv_files;
pub mod execute;
pub mod failure;
pub mod files;
pub mod functions;
pub mod intervals;
pub mod json_files;
pub mod kernel;
pub mod literals;
pub mod operators;
pub mod parse;
pub mod places;
pub mod render;
pub mod scan;
pub mod scope;
pub mod sliding;
pub mod text;
pub mod tokens;
pub mod typed;
pub mod types;
pub mod utility;
pub mod windows;

#[cfg(test)]
mod tests;

pub use execute::{Kind, Output, Request, execute};
pub use failure::{Failure, Outcome};
pub use parse::parse;
