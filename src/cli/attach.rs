//! Which run `run --attach` goes on with.

use super::connect::Connected;
use super::status;
use crate::error::{Error, Result};
use crate::run::{Ended, RunRecord, RunStatus};

/// The run of this id, or the last that is unfinished.
///
/// Errors: `unknown-run`, `nothing-to-attach`.
pub async fn unfinished(connected: &Connected, run: Option<&str>) -> Result<RunRecord> {
    let Some(id) = run else { return last(connected).await };
    status::known(connected, id).await
}

async fn last(connected: &Connected) -> Result<RunRecord> {
    let records = status::records(connected, status::RECENT).await?;
    let help = "`pipectl run` starts one; `pipectl run --attach ID` tells of one that is over";
    let nothing = |why: String| Error::usage("nothing-to-attach", why).with_help(help);
    let why = match records.first() {
        Some(newest) => format!("no run is unfinished; the last one is {}", newest.run_id),
        None => "there is no run yet".to_owned(),
    };
    records.into_iter().find(|record| record.status == RunStatus::Running).ok_or_else(|| nothing(why))
}

/// A run that ended before: told as if it ended now.
pub fn over(record: RunRecord) -> Ended {
    let why = || record.error.clone().unwrap_or_else(|| "nobody wrote down why".to_owned());
    let error = (record.status == RunStatus::Failed).then(|| {
        Error::data("run-failed", format!("run {} has failed: {}", record.run_id, why()))
            .with_help("mend the cause, then `pipectl run` again")
    });
    Ended { record, answers: Vec::new(), error }
}
