//! The AWS session: credentials, region, retries, error classification, waiting. The only place that knows credentials.

pub mod causes;
pub mod error;
mod loopback;
pub mod raw;
pub mod retry;
pub mod session;
#[cfg(test)]
pub mod testing;
pub mod wait;

pub use error::{Call, absent};
pub use session::Session;
