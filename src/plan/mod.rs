//! Pure planning: resource graph, diff, plan document. No SDK types, no clock, no randomness.

pub mod document;

pub use document::{Action, Change, FieldChange, Plan, Summary};
