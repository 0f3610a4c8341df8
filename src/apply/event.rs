//! What happens during an apply, as it happens and as it ended. Views are the business of `report`.

use super::settle::Unseen;
use std::sync::Arc;

use serde::Serialize;

use crate::error::{Error, Kind};
use crate::plan::Action;
use crate::resource::Address;

/// Something happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A change begins. A replacement begins once and finishes once, however much stands between its two halves.
    Started {
        /// Of what.
        address: Address,
        /// The change.
        action: Action,
    },
    /// A change is made, and reading does not show it yet.
    Waiting {
        /// Of what.
        address: Address,
        /// For what, in words: "`workers` to be seen".
        what: String,
    },
    /// A change is made.
    Finished {
        /// Of what.
        address: Address,
        /// The change.
        action: Action,
        /// From its start.
        seconds: f64,
    },
    /// A resource was to be deleted and stays, because it holds data.
    Kept {
        /// Which.
        address: Address,
        /// What it holds, in words.
        what: String,
    },
    /// A change failed.
    Failed {
        /// Of what.
        address: Address,
        /// The change.
        action: Action,
        /// Why.
        error: Arc<Error>,
    },
    /// A change was not begun.
    Skipped {
        /// Of what.
        address: Address,
        /// Why: "`glue_database.demo` failed", "interrupted".
        because: String,
    },
    /// Something to know that is no failure.
    Note(String),
}

/// How far the user has interrupted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interrupt {
    /// Not at all.
    #[default]
    None,
    /// First Ctrl-C: what is in flight finishes, nothing new begins.
    Drain,
    /// Second Ctrl-C: at once.
    Abort,
}

/// How an apply ended. Every change of the plan but [`Action::None`] is in exactly one of `done`, `kept`, `failed` and
/// `skipped`, in the order of the plan.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Made.
    pub done: Vec<Address>,
    /// Not deleted because of the data they hold: which, and what they hold in words.
    pub kept: Vec<(Address, String)>,
    /// Failed.
    pub failed: Vec<(Address, Arc<Error>)>,
    /// Not begun, and why.
    pub skipped: Vec<(Address, String)>,
    /// Made, but reading did not show it in time.
    pub not_visible: Vec<Unseen>,
    /// How far the user interrupted.
    pub interrupt: Interrupt,
}

/// The counts of an outcome, for `--output json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Made.
    pub done: usize,
    /// Not deleted because of the data they hold.
    pub kept: usize,
    /// Failed.
    pub failed: usize,
    /// Not begun.
    pub skipped: usize,
    /// Made, not yet seen.
    pub not_visible: usize,
}

impl Outcome {
    /// How many of each.
    pub fn counts(&self) -> Counts {
        Counts {
            done: self.done.len(),
            kept: self.kept.len(),
            failed: self.failed.len(),
            skipped: self.skipped.len(),
            not_visible: self.not_visible.len(),
        }
    }

    /// The error that the whole ends with: `interrupted` or `apply-failed`; `None` when everything was done. (What is
    /// not yet visible is done.)
    pub fn error(&self) -> Option<Error> {
        let undone = self.failed.len() + self.skipped.len();
        let all = undone + self.done.len() + self.kept.len();
        if undone == 0 {
            return None;
        }
        let help = "run the same command again: it goes on from here";
        let error = if self.interrupt > Interrupt::None {
            Error::new(Kind::Interrupted, "interrupted", format!("interrupted with {undone} of {all} changes not made"))
        } else {
            let kind = self.failed.first().map_or(Kind::Conflict, |(_, error)| error.kind());
            let (failed, skipped) = (self.failed.len(), self.skipped.len());
            let message = match skipped {
                0 => format!("{failed} of {all} changes failed"),
                _ => format!("{failed} of {all} changes failed, and {skipped} were not begun because of it"),
            };
            Error::new(kind, "apply-failed", message)
        };
        let notes = self.failed.iter().map(|(address, error)| format!("`{address}`: {}", error.message()));
        Some(notes.fold(error.with_help(help), Error::with_note))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_counts_and_names() {
        let address = |n: &str| Address::new(crate::resource::Kind::GlueJob, n);
        let mut outcome = Outcome { done: vec![address("a")], ..Outcome::default() };
        assert!(outcome.error().is_none());
        outcome.failed.push((address("b"), Arc::new(Error::new(Kind::Aws, "x", "no"))));
        outcome.skipped.push((address("c"), "`glue_job.b` failed".into()));
        let error = outcome.error().unwrap();
        assert_eq!((error.kind(), error.code()), (Kind::Aws, "apply-failed"));
        assert_eq!(error.message(), "1 of 3 changes failed, and 1 were not begun because of it");
        assert_eq!(error.notes(), ["`glue_job.b`: no"]);
        outcome.interrupt = Interrupt::Drain;
        assert_eq!(outcome.error().unwrap().kind().exit_code(), 130);
    }
}
