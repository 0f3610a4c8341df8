//! `status` and `runs`: what happened, and whether AWS still matches.

use futures::{StreamExt, TryStreamExt, stream};

use super::args::{Global, Scope};
use super::connect::Connected;
use super::provision::{self, PLANNING};
use crate::error::{Error, Result};
use crate::report::{Out, run as view};
use crate::run::RunRecord;
use crate::services::layout::Layout;
use crate::services::s3::actions as s3;

/// How many runs are looked back at, for one that is unfinished or that has published.
pub const RECENT: usize = 16;
/// How many records are read at once.
const READS: usize = 16;

/// `status`: the last run and drift in one line.
pub async fn status(global: &Global, out: &Out) -> Result<u8> {
    let connected = Connected::open_for(global, PLANNING).await?;
    let plan = provision::current(&connected, &Scope::default(), false).await?;
    let recent = match records(&connected, RECENT).await {
        Ok(records) => records,
        // Before the first apply there is no bucket to hold records.
        Err(error) if matches!(error.aws_code(), Some("NoSuchBucket" | "NotFound")) => Vec::new(),
        Err(error) => return Err(error),
    };
    let last = recent.first();
    let fresh = recent.iter().find(|record| record.has_published()).map(|record| record.started.clone());
    let value = serde_json::json!({
        "pipeline": plan.pipeline, "environment": plan.environment, "account": plan.account, "region": plan.region,
        "drift": plan.summary,
        "schedule": connected.workspace.manifest.schedule.as_ref().map(|schedule| &schedule.value), "last_run": last,
        "data_of": fresh,
    });
    out.result(&value, |style| {
        let mut text =
            format!("{} ({}) in {}\n", style.bold(&plan.pipeline), plan.environment, connected.whereabouts(global));
        text.push_str(&match plan.has_changes() {
            false => format!("{} AWS matches the manifest\n", style.green("✓")),
            true => format!(
                "{} {}; `pipectl plan` shows them\n",
                style.yellow("!"),
                crate::report::plan::summary(&plan.summary)
            ),
        });
        if let Some(schedule) = &connected.workspace.manifest.schedule {
            text.push_str(&format!("job and crawler run by themselves at {} (UTC)\n", schedule.value));
        }
        if let Some(since) = &fresh {
            text.push_str(&format!("the tables are of {since}{}\n", view::age(since, chrono::Utc::now())));
        }
        match last {
            Some(record) => {
                text.push_str(&view::summary(record, &[], style));
                if let Some(error) = &record.error {
                    text.push_str(&format!("{} {error}\n", style.red("✗")));
                }
            }
            None => text.push_str("no run yet; `pipectl run` makes the first\n"),
        }
        text
    })?;
    Ok(0)
}

/// `runs`: newest first.
pub async fn runs(global: &Global, out: &Out) -> Result<u8> {
    let connected = Connected::open(global).await?;
    let records = records(&connected, usize::MAX).await?;
    out.result(&records, |style| {
        if records.is_empty() {
            return "no run yet; `pipectl run` makes the first\n".to_owned();
        }
        records.iter().map(|record| view::line(record, style)).collect()
    })?;
    Ok(0)
}

/// The newest `most` run records, newest first.
pub async fn records(connected: &Connected, most: usize) -> Result<Vec<RunRecord>> {
    read(connected, &keys(connected).await?, most).await
}

/// The keys of all run records, newest first. Run ids begin with their time, so keys sort by it.
pub async fn keys(connected: &Connected) -> Result<Vec<String>> {
    let layout = Layout::of(&connected.workspace.manifest);
    let mut keys: Vec<String> =
        s3::list(&connected.aws, &layout.bucket, &layout.runs_prefix()).await?.into_iter().map(|o| o.key).collect();
    keys.sort_unstable_by(|a, b| b.cmp(a));
    Ok(keys)
}

/// The records under the first `most` of these keys.
pub async fn read(connected: &Connected, keys: &[String], most: usize) -> Result<Vec<RunRecord>> {
    let read = keys.iter().take(most).map(|key| record(connected, key));
    let records: Vec<Option<RunRecord>> = stream::iter(read).buffered(READS).try_collect().await?;
    Ok(records.into_iter().flatten().collect())
}

/// The run of this id. Errors: `unknown-run`.
pub async fn known(connected: &Connected, id: &str) -> Result<RunRecord> {
    let layout = Layout::of(&connected.workspace.manifest);
    record(connected, &layout.run_key(id)).await?.ok_or_else(|| {
        Error::usage("unknown-run", format!("no run `{id}` is known")).with_help("`pipectl runs` lists them")
    })
}

/// The run record under `key`; `None` when there is none.
async fn record(connected: &Connected, key: &str) -> Result<Option<RunRecord>> {
    let layout = Layout::of(&connected.workspace.manifest);
    let Some(text) = s3::get_text(&connected.aws, &layout.bucket, key).await? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|e| {
        Error::data("bad-run-record", format!("{} is not a run record: {e}", layout.uri(key)))
            .with_help("delete it; it is only history")
    })
}
