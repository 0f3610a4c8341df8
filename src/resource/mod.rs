//! The vocabulary of infrastructure: address, kind, dependencies, ownership, fields with their metadata.

pub mod address;
pub mod field;
pub mod kinds;
pub mod model;

pub use address::{Address, Kind};
pub use field::{Fields, Shape, Spec};
pub use model::{Live, Owner, Ownership, Resource, Snapshot};
