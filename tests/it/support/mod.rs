//! What several tests need.

pub mod project;
