//! The keys of `pipeline.yaml`, section by section: each with its description and reader, once.

mod athena;
mod checks;
mod columns;
mod crawler;
mod environments;
mod job;
mod lifecycle;
mod quicksight;
mod reshape;
mod root;
mod sources;
mod steps;
mod storage;
mod tables;

pub use environments::{OWN_KEYS, own};
pub use quicksight::definitions;
pub use root::manifest;
