//! CloudWatch Logs: what job runs print, in the groups where Glue puts it. Groups and streams come with their first event.

mod events;
mod service;

pub use events::{Stream, text};
pub use service::Logs;
