//! STS: who am I.

pub mod service;

pub use service::Sts;
