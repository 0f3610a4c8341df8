//! The vocabulary of infrastructure: address, kind, dependencies, ownership, fields with their metadata, and which entries
//! of a map are ours.

pub mod address;
pub mod field;
pub mod kinds;
pub mod listed;
pub mod model;

pub use address::{Address, Kind};
pub use field::{Fields, Shape, Spec};
pub use model::{Live, Owner, Ownership, Resource, Snapshot};
