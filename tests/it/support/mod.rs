//! What several tests need.

pub mod cloud;
pub mod project;
