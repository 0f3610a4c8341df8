//! The embedded engine: a flow on DataFusion, inside this process, over local folders. [`run()`] is the way in.
//!
//! - [`run`](mod@run): the order of a run; [`session`][]: DataFusion's settings and the threads.
//! - [`scan`], [`input`], [`csv`], [`json`], [`parquet`], [`texts`][]: sources, strictly read.
//! - [`spill`][]: where conversions happen and are counted; [`convert`][]: the conversion table over Arrow columns.
//! - [`steps`][]: joins, filters and the rest as plans, [`grouping`][]: aggregates, [`reshape`][]: arrays and columns to rows, [`windows`][]: orders and windows; [`lower`], [`functions`][]: expressions, with exactly portable SQL's
//!   meaning.
//! - [`write`](mod@write), [`encode`], [`hive`][]: files and their folders; [`written`][]: reading them back; [`audit`][]: the checks.
//! - [`publish`][]: how files become tables; [`claim`][]: what becomes of them when a run dies.
//! - [`types`][]: the flow's types in Arrow; [`fault`][]: what rows do wrong, and errors back from DataFusion.

pub mod audit;
pub mod claim;
pub mod convert;
pub mod csv;
pub mod encode;
pub mod fault;
pub mod functions;
pub mod grouping;
pub mod hive;
pub mod input;
pub mod json;
pub mod lower;
pub mod parquet;
pub mod publish;
pub mod reshape;
mod run;
pub mod scan;
pub mod session;
pub mod spill;
pub mod steps;
pub mod texts;
pub mod types;
pub mod windows;
pub mod write;
pub mod written;

pub use run::{InPlace, LocalPlaces, Progress, run};

#[cfg(test)]
mod tests;
