//! What job runs print, where Glue puts it: a group for each of the two streams, in it a stream by the run's id.
//! <https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html>

use super::spark::failure;
use crate::error::Result;
use crate::local::logs::{self, Stream};
use crate::local::store::Store;

/// How the groups' names begin; a run's `LogGroupName`.
pub const GROUP: &str = "/aws-glue/jobs";

fn group(name: &str) -> String {
    format!("{GROUP}/{name}")
}

/// A run's logs, open.
#[derive(Debug)]
pub struct Printed {
    /// What it tells.
    pub output: Stream,
    /// What goes wrong, and what Spark says of itself.
    pub error: Stream,
}

impl Printed {
    /// Opens the logs of run `id`.
    pub fn of(store: &Store, id: &str) -> Result<Self> {
        let open = |name| Stream::open(store, &group(name), id);
        Ok(Self { output: open("output")?, error: open("error")? })
    }
}

/// Why run `id` failed, by what it printed.
pub fn reason(store: &Store, id: &str) -> String {
    failure::reason(&logs::text(store, &group("output"), id), &logs::text(store, &group("error"), id))
}
