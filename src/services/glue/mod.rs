//! AWS Glue: database, tables, job, crawler; job runs, crawls and the catalog for runs.

pub mod actions;
pub mod catalog;
