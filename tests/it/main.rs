//! Integration tests: one binary, because each links half a gigabyte.

mod attach;
mod convergence;
mod convergence_storage;
mod cost;
mod dashboard_definition;
mod dashboard_expressions;
mod dashboard_page;
mod existing;
mod failures;
mod faults;
mod flagship;
mod house;
mod killed;
mod local;
mod local_athena;
mod local_glue;
mod lock;
mod logs;
mod operator;
mod prune;
mod quicksight;
mod real;
mod refusals;
mod removals;
mod schedule;
mod select;
mod spark;
mod stand_ins;
mod support;
mod text_tables;
mod transfer;
mod trino;
mod wire;
mod workflow;

/// The arbitrary dashboards of the unit tests. Their file names the library's modules as the library does.
#[allow(dead_code, reason = "the unit tests use more of it")]
#[path = "../../src/dashboard/testing.rs"]
mod made;
use pipectl::{dashboard, flow};
