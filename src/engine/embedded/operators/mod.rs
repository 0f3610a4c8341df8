//! The engine's own operators, where DataFusion's cost too much or cannot leave memory for the disk.
//!
//! - [`stage`][]: an operator inside a DataFusion plan.
//! - [`store`][]: rows that an operator has to hold: in memory, or on disk in parts when memory is short.
//! - [`spread`][]: such parts on disk.
//! - [`converting`][]: conversions, counted, while rows pass by; [`tally`][]: the rows themselves, counted.
//! - [`join`], [`pairs`][]: joins; [`first`][]: the first row of each key; [`arrange`][]: rows in the order in which they are written.

pub mod arrange;
pub mod converting;
pub mod first;
pub mod join;
pub mod pairs;
pub mod spread;
pub mod stage;
pub mod store;
pub mod tally;

#[cfg(test)]
mod tests;
