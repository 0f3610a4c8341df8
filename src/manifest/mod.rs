//! `pipeline.yaml` to a typed [`model::Manifest`]: a tree of nodes with places -> overlay -> interpolation -> model.

pub mod model;
pub mod spanned;
