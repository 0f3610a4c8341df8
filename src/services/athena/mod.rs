//! Amazon Athena: workgroup and named queries; executing queries for runs.

pub mod actions;
pub mod named_query;
pub mod workgroup;
mod workgroup_input;
