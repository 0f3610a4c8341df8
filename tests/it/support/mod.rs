//! What several tests need.

pub mod bench;
pub mod cloud;
pub mod project;
pub mod python;
pub mod spark;
