//! AWS IAM: the role that the Glue job and crawler assume; the operator who runs the pipeline.

pub mod group;
mod job_options;
pub(in crate::services) mod keys;
mod operator;
pub(in crate::services) mod path;
pub mod policy;
pub mod role;
pub mod user;
mod wire;
