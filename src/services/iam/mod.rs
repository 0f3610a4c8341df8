//! AWS IAM: the role that the Glue job and crawler assume.

mod keys;
pub mod policy;
pub mod role;
