//! AWS Glue: database, tables, job, crawler, and the workflow of a schedule; job runs, crawls and the catalog for runs.

pub mod actions;
pub mod catalog;
pub mod crawler;
mod crawler_input;
pub mod database;
pub mod job;
mod job_input;
pub mod table;
mod table_input;
pub(in crate::services) mod tagging;
pub mod trigger;
mod trigger_input;
pub mod workflow;
