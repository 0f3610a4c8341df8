//! Executes a plan: order, parallelism, waits, lock, interrupts.
//!
//! [`reader::snapshot`] reads what is there, `plan` decides, [`execute`] does it through a [`Provider`] and tells
//! [`Event`]s; the [`Outcome`] says what became of every change.

pub mod event;
pub mod executor;
pub mod lock;
mod perform;
mod progress;
pub mod provider;
pub mod reader;
mod recheck;
pub mod settle;
#[cfg(test)]
pub(crate) mod testing;

pub use event::{Counts, Event, Interrupt, Outcome};
pub use executor::{Options, execute};
pub use lock::Lock;
pub use provider::{Aws, Provider};
pub use settle::{Patience, Unseen};
