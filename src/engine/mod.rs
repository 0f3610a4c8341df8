//! A flow -> DataFusion, which runs it, or -> PySpark, which is written for Glue.

pub mod embedded;
pub mod pyspark;
