//! The lock: a lease object in the results bucket, so that two applies never work on one pipeline at once.
//!
//! It is made and renewed by conditional writes alone, names its holder, and runs out when it is not renewed. Whoever
//! holds it proves that before every step; whoever lost it stops.

mod holder;
mod lease;
mod store;

pub use holder::Holder;
pub use lease::{Lock, unlock};
pub use store::LeaseStore;

use crate::aws::Session;
use crate::services::layout;
use crate::services::s3::lease::LeaseObject;

/// The lock of a pipeline and environment, `base` being the base of their names, in the results bucket.
pub fn object(session: &Session, bucket: &str, base: &str) -> LeaseObject {
    LeaseObject { session: session.clone(), bucket: bucket.to_owned(), key: layout::lock_key(base) }
}

/// The real times with another length of a proof, for tests.
#[cfg(test)]
pub(in crate::apply) fn times(proof: std::time::Duration) -> lease::Times {
    lease::Times { proof, ..lease::Times::REAL }
}
