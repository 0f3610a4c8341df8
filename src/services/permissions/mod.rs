//! What the identity that deploys and runs a pipeline may do, as an IAM policy: the union of what every call needs, each
//! action on this pipeline's own resources.
//!
//! Source of which action takes which resource: the Service Authorization Reference.

mod document;
mod scope;

pub use document::{LONGEST, policy};
