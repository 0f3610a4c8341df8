//! Dashboards: typed visuals, and what is made of them.
//!
//! - [`model`]: typed dashboards, the vocabulary of everything here.
//! - [`compile`]: the manifest's `quicksight` section against tables and queries.
//! - [`definition`]: QuickSight's definition of a dashboard, and the normal form in which definitions are compared.

pub mod compile;
pub mod definition;
pub mod model;
#[cfg(test)]
pub mod testing;
