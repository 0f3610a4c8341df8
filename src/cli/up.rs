//! `up`: apply, then run, then the answers.

use super::args::{ApplyArgs, Global, RunArgs, UpArgs};
use super::connect::Connected;
use super::{provision, run};
use crate::error::Result;
use crate::report::Out;

/// `up`: everything. With `--local` nothing is asked.
pub async fn up(global: &Global, args: &UpArgs, out: &Out) -> Result<u8> {
    let connected = Connected::open(global).await?;
    let apply = ApplyArgs { auto_approve: args.auto_approve || global.local, ..ApplyArgs::default() };
    if !provision::converge(&connected, global, &apply, out).await? {
        return Ok(1);
    }
    let ended = run::perform(&connected, &RunArgs::default(), out).await?;
    run::finish(ended, out)
}
