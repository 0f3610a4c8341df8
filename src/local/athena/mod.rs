//! The local cloud's Athena: workgroups, named queries, and query executions that really run.
//!
//! Documents hold what the API answers: `athena/workgroups`, `athena/named-queries` (by id), `athena/executions` (by
//! id), `athena/tags` (by ARN), `athena/tokens` (ids of idempotent calls).

pub mod executions;
pub mod metadata;
pub mod named_queries;
pub mod results;
pub mod service;
pub mod sql;
pub mod support;
pub mod tags;
pub mod workgroups;

pub use service::Athena;
