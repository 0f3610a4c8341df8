//! A flow -> DataFusion, which runs it, or -> PySpark, which is written for Glue.
//!
//! - [`embedded`] executes a flow in this process, over local folders: the local cloud's jobs run on it.
//! - [`pyspark`] writes the script that Glue's Spark executes.
//!
//! Both read the same document ([`crate::flow::document`]), mean the same by each construct ([`crate::flow::expr`],
//! [`crate::flow::conversion`]), fail in the same words ([`crate::flow::verdict`]), write the same `metrics.json`
//! ([`crate::flow::metrics`]) and publish by the same protocol ([`embedded::publish`]). What one of them does to a row the
//! other does, too: where the engines differ by nature, the difference is made good in the engine's own module.

pub mod embedded;
pub mod pyspark;
