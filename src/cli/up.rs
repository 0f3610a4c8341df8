//! `up`: apply, then run, then the answers and the dashboards.

use super::args::{ApplyArgs, Global, RunArgs, UpArgs};
use super::connect::{Connected, Purpose};
use super::{dashboard, provision, run};
use crate::error::Result;
use crate::report::Out;

/// `up`: everything. With `--local` nothing is asked.
pub async fn up(global: &Global, args: &UpArgs, out: &Out) -> Result<u8> {
    let connected =
        Connected::open_for(global, Purpose { plans: true, spark: args.spark, memory_limit: args.memory_limit })
            .await?;
    let apply = ApplyArgs { auto_approve: args.auto_approve || global.local, ..ApplyArgs::default() };
    if !provision::converge(&connected, global, &apply, out).await? {
        return Ok(1);
    }
    let mut ended = run::perform(&connected, &RunArgs::default(), out).await?;
    let drawn = dashboard::drawn(&connected);
    if ended.error.is_none() && !drawn.is_empty() {
        let pages = dashboard::write(&connected, global, &drawn, None, Some(&ended.record), out).await?;
        ended.record.dashboards = pages.into_iter().map(|(name, path)| (name, path.display().to_string())).collect();
    }
    run::finish(ended, out)
}
