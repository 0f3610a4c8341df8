//! Dashboards: typed visuals, and what is made of them.
//!
//! - [`model`]: typed dashboards, the vocabulary of everything here.
//! - [`compile`]: the manifest's `quicksight` section against tables and queries.

pub mod compile;
pub mod model;
