//! `stop`: ends a run that was left.

use super::args::{Global, StopArgs};
use super::attach;
use super::connect::Connected;
use super::run::billing;
use crate::error::{Error, Result};
use crate::report::Out;
use crate::run::stop::{Stopped, stop as end};
use crate::run::{RunStatus, record};
use crate::services::layout::Layout;

/// `stop [RUN]`: the run of this id, or the last that is unfinished.
pub async fn stop(global: &Global, args: &StopArgs, out: &Out) -> Result<u8> {
    let connected = Connected::open(global).await?;
    let mut run = attach::unfinished(&connected, args.run.as_deref()).await?;
    if run.status != RunStatus::Running {
        return Err(Error::usage("run-over", format!("run {} is over already", run.run_id))
            .with_help("`pipectl runs` tells how it ended"));
    }
    let name = connected.workspace.manifest.base_name();
    let stopped = end(&connected.aws, (&name, &name), billing(&connected).as_ref(), &mut run).await?;
    let layout = Layout::of(&connected.workspace.manifest);
    record::keep(&connected.aws, &layout.bucket, &layout.run_key(&run.run_id), &run).await?;
    out.result(&run, |_| {
        let id = &run.run_id;
        match &stopped {
            Stopped::Over(Some(what)) => format!("stopped run {id}: {what}\n"),
            Stopped::Over(None) => format!("run {id} counts as stopped; nothing of it was going on\n"),
            Stopped::JobDone => format!(
                "the job of run {id} had succeeded already and its tables are published; `pipectl run --attach {id}` does what \
                 is left\n"
            ),
        }
    })?;
    Ok(0)
}
