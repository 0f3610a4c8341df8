//! `pipeline.yaml` to a typed [`model::Manifest`]: a tree of nodes with places -> overlay -> interpolation -> model.
//!
//! | module | what it does |
//! |---|---|
//! | [`parse`] | YAML text -> [`node::Node`]s, each with its place |
//! | [`environments`](mod@environments), [`overlay`] | which environment is meant; laying it over the rest |
//! | [`variables`], [`interpolate`] | what `${}` stands for; putting it in |
//! | `read` | readers: one description that reads a value and writes its schema |
//! | [`keys`], [`rules`], `cron`, `units` | the keys of the manifest; the names and values they take |
//! | [`paths`], [`files`] | paths that a manifest names; the files a source stands for |
//! | [`load`](mod@load) | all of it in order |
//! | [`mod@schema`] | the JSON Schema, from the same readers |

pub mod cron;
pub mod cx;
pub mod environments;
pub mod files;
pub mod interpolate;
pub mod keys;
mod load;
pub mod model;
pub mod node;
pub mod overlay;
pub mod parse;
pub mod paths;
pub mod read;
pub mod rules;
mod schema;
pub mod spanned;
pub mod units;
pub mod variables;

pub use load::{LoadOptions, PLACEHOLDER_ACCOUNT, environments, load};
pub use schema::schema;

#[cfg(test)]
mod tests;
