//! A flow -> PySpark: one readable script that Glue 5.0 (Spark 3.5.4) and plain pyspark run, with no dependency of ours.
//!
//! - [`layout`], [`writer`]: Python expressions, and how they break into lines.
//! - [`expression`], [`conversion`]: typed expressions and the conversion table, as columns.
//! - [`steps`], [`tables`]: sources and tables, one function each.
//! - [`library`]: the hand-written Python (`python/*.py`) that these call; a script carries what it uses.
//! - [`script`](mod@script): all of it together.

pub mod conversion;
pub mod expression;
mod grouping;
pub mod layout;
pub mod library;
pub mod script;
pub mod steps;
pub mod tables;
mod windows;
pub mod writer;

pub use script::script;
