//! What QuickSight cannot say.

use crate::error::Error;

/// `what` (a construct, as a person wrote it) has no counterpart in QuickSight; `next` is what to do instead.
pub fn not_in_quicksight(what: impl std::fmt::Display, next: impl Into<String>) -> Error {
    Error::manifest("not-in-quicksight", format!("QuickSight cannot express {what}")).with_help(next)
}
