//! Amazon S3: buckets, folder markers, generated objects; listing and transfer for runs.

pub mod actions;
mod delete;
pub mod lease;
mod upload;
