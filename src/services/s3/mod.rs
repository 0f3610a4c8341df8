//! Amazon S3: buckets, folder markers, generated objects; listing and transfer for runs; the lock's lease.

pub mod actions;
pub mod bucket;
pub(in crate::services) mod bucket_delete;
mod bucket_encryption;
mod bucket_lifecycle;
mod bucket_policy;
mod bucket_settings;
mod delete;
pub mod download;
pub mod lease;
mod lifecycle_rule;
pub mod object;
pub mod prefix;
mod unfinished;
mod upload;
mod versions;
