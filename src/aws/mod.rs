//! The AWS session: credentials, region, retries, error classification, waiting. The only place that knows credentials.

pub mod session;

pub use session::Session;
