//! The embedded engine: a flow on DataFusion, inside this process, over local folders. [`run()`] is the way in.
//!
//! - [`run`](mod@run): the order of a run; [`session`][]: DataFusion's settings and the threads.
//! - [`scan`], [`input`], [`csv`], [`json`], [`parquet`], [`texts`][]: sources, strictly read.
//! - [`sources`][]: how sources reach the steps; [`spill`][]: rows put down on disk for several readers.
//! - [`convert`], [`growing`][]: the conversion table over Arrow columns.
//! - [`reading`], [`tables`][]: what a run does with a source and with a table.
//! - [`rows`], [`making`][]: a table's steps, one after the other; [`needs`][]: the columns that they need; [`operators`][]: joins,
//!   duplicates and whatever else holds rows.
//! - [`steps`][]: filters and the rest as plans, [`grouping`][]: aggregates, [`reshape`][]: arrays and columns to rows,
//!   [`windows`][]: orders and windows; [`lower`], [`functions`][]: expressions, with exactly portable SQL's
//!   meaning.
//! - [`write`](mod@write), [`files`], [`encode`], [`hive`][]: files and their folders; [`written`][]: reading them back; [`audit`][]: the checks.
//! - [`publish`][]: how files become tables; [`claim`][]: what becomes of them when a run dies.
//! - [`types`][]: the flow's types in Arrow; [`fault`][]: what rows do wrong, and errors back from DataFusion.

pub mod audit;
pub mod claim;
pub mod convert;
pub mod csv;
pub mod encode;
pub mod fault;
pub mod files;
pub mod functions;
pub mod grouping;
mod growing;
pub mod hive;
pub mod input;
pub mod json;
pub mod lower;
mod making;
pub mod needs;
pub mod operators;
pub mod parquet;
pub mod publish;
mod reading;
pub mod reshape;
mod rows;
mod run;
pub mod scan;
pub mod session;
mod sources;
pub mod spill;
pub mod steps;
mod tables;
pub mod texts;
pub mod types;
pub mod windows;
pub mod write;
pub mod written;

pub use run::{InPlace, LocalPlaces, Progress, run};
pub use session::LEAST_LIMIT;

#[cfg(test)]
mod tests;
