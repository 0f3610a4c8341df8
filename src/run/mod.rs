//! The pipeline's stages and their events; no SDK types.
//!
//! [`pipeline::run`] drives upload -> job -> crawl -> queries -> refresh over a [`RunPlan`]. What happens is told as [`Event`]s; what
//! came of it is a [`RunRecord`], kept in S3 at every turn: who leaves a run ([`leave`]) goes on with it from there.

use std::time::Duration;

use crate::aws::wait::Backoff;

pub mod billing;
pub mod crawl;
pub mod event;
pub mod job;
pub mod leave;
pub mod logs;
pub mod pages;
pub mod pipeline;
pub mod queries;
pub mod record;
pub mod refresh;
pub mod stop;
pub mod upload;

pub use event::{Event, Events, Stage};
pub use pipeline::{Ended, RunPlan};
pub use record::{QueryResult, RunRecord, RunStatus};

/// How often a run looks at what it waits for: soon at first, because a small job is quick, then every few seconds.
const WATCHING: Backoff = Backoff { first: Duration::from_millis(100), longest: Duration::from_secs(4) };

/// The same on this machine.
const WATCHING_HERE: Backoff = Backoff { first: Duration::from_millis(50), longest: Duration::from_millis(250) };

fn watching(aws: &crate::aws::Session) -> Backoff {
    if aws.loopback { WATCHING_HERE } else { WATCHING }
}
