//! The local cloud's Resource Groups Tagging API: reads what S3, Glue, Athena and QuickSight keep as tags. As AWS's, it does
//! not know IAM's roles, users and groups.

pub mod resources;
pub mod service;

pub use service::Tagging;
