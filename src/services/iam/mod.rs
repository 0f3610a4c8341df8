//! AWS IAM: the role that the Glue job and crawler assume.

pub mod policy;
pub mod role;
