//! What stands in a dashboard: an open document of which only what references something is read.
//!
//! [`check_ids`] refuses at once what is no definition; [`check()`] finds what makes a version fail; [`answered`] is how
//! QuickSight gives a definition back: with its defaults filled in and its sets in an order of its own.

mod check;
mod fill;
mod ids;
mod visuals;

pub use check::{Found, check};
pub use fill::answered;
pub use ids::check as check_ids;

#[cfg(test)]
mod tests;
