//! Per AWS service: desired, read, create, update, delete; and the actions of a run.
//!
//! `desired(context)` lists a pipeline's resources in dependency order; [`handler()`] gives a kind's dealings with AWS.
//! The actions that `run` needs (start, poll, stop, transfer) stand in each service's `actions` with plain types:
//! no SDK type leaves this floor.

pub mod athena;
pub mod context;
mod create;
mod fields;
pub mod glue;
pub mod handler;
pub mod iam;
pub mod layout;
pub mod leftovers;
pub mod logs;
mod marks;
pub mod permissions;
pub mod quicksight;
pub mod registry;
pub mod s3;
pub mod tagging;
#[cfg(test)]
pub mod testing;

pub use context::Context;
pub use handler::{Deleted, Handler};
pub use layout::Layout;
pub use registry::{desired, handler};
