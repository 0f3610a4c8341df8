//! What carries a pipeline's marks and is not wanted any more: a part that left the manifest, or was renamed in it.
//!
//! Nothing remembers what was made, so it is looked for where our things can be: by tags, under IAM's path, and inside what
//! is ours or wanted (tables of a database, queries of a workgroup, schedules of data sets, our folder in a bucket). Every
//! hit is then read as any resource is, and counts only when its own service shows our marks.

mod arns;
mod inside;
mod search;

pub use search::{Leftover, Search, find};

/// The IAM actions that the search needs beside those of the kinds.
pub const ACTIONS: &[&str] = &["glue:GetTables", "iam:ListGroups", "iam:ListRoles", "iam:ListUsers", "s3:ListBucket"];
