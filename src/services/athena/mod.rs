//! Amazon Athena: workgroup and named queries; executing queries for runs.

pub mod actions;
