//! AWS IAM: the role that the Glue job and crawler assume.

mod job_options;
mod keys;
pub mod policy;
pub mod role;
