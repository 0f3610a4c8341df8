//! Pure planning: resource graph, diff, plan document. No SDK types, no clock, no randomness.
//!
//! [`planner::plan`] and [`destroy::destroy`] make a [`Plan`] from what is wanted and what is there; [`steps`] is the one
//! order behind its display and its execution; [`saved`] keeps one in a file until live AWS moves.

pub mod canonical;
mod decide;
pub mod destroy;
pub mod diff;
pub mod document;
pub mod fingerprint;
pub mod graph;
pub mod planner;
pub mod policy;
pub mod saved;
mod select;
pub mod steps;
#[cfg(test)]
pub(crate) mod testing;

pub use decide::UNCHANGED;
pub use destroy::destroy;
pub use document::{Action, Change, FieldChange, Plan, Summary};
pub use planner::{Input, plan};
pub use steps::{Op, Step};
