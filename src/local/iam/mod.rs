//! IAM: roles with their policies and tags. Policies are checked and kept; nobody is ever denied by them.

pub mod document;
pub mod input;
pub mod paging;
pub mod policies;
pub mod role;
pub mod service;
pub mod tags;

pub use service::Iam;
