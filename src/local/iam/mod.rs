//! IAM: roles, users and groups with their policies and tags. Policies are checked and kept; nobody is ever denied by them.

pub mod credentials;
pub mod document;
pub mod entity;
pub mod group;
pub mod input;
pub mod paging;
pub mod policies;
pub mod role;
pub mod service;
pub mod tags;
pub mod user;

pub use service::Iam;
