//! Dashboards: typed visuals, and what is made of them.
//!
//! - [`model`]: typed dashboards, the vocabulary of everything here.
//! - [`compile`]: the manifest's `quicksight` section against tables and queries.
//! - [`definition`]: QuickSight's definition of a dashboard, and the normal form in which definitions are compared.
//! - [`sql`]: one query a visual, in Athena's SQL.
//! - [`lineage`]: what queries, data sets and visuals are made of.
//! - [`page`]: a dashboard and its results as one HTML file.

pub mod compile;
pub mod definition;
pub mod lineage;
pub mod model;
pub mod page;
pub mod sql;
#[cfg(test)]
pub mod testing;
