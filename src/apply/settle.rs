//! After the last step: AWS is read until it shows what was done, for a bounded time.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};

use super::event::Event;
use super::perform::as_wanted;
use super::provider::Provider;
use crate::aws::wait::{Backoff, Progress, TIMEOUT, poll};
use crate::error::Result;
use crate::plan::diff::{diff, names};
use crate::plan::{Action, Change};
use crate::resource::{Address, Live, Ownership, Resource};

/// How long reading may lag behind.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The longest wait, for all resources together.
    pub at_most: Duration,
    /// The pauses between looks.
    pub backoff: Backoff,
}

impl Default for Patience {
    fn default() -> Self {
        Self { at_most: Duration::from_secs(30), backoff: Backoff::QUICK }
    }
}

/// What reading does not show although it was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The resource.
    pub address: Address,
    /// The fields that still differ; none when it is the resource's own existence, or absence.
    pub fields: Vec<String>,
    /// Why it could not even be read.
    pub failure: Option<String>,
}

/// Reads the changed resources until they are as wanted. What is not at the deadline comes back, in the order given.
pub(super) async fn settle(
    provider: &dyn Provider,
    changes: &[&Change],
    parallelism: usize,
    patience: Patience,
    events: &(dyn Fn(Event) + Sync),
) -> Vec<Unseen> {
    let start = Instant::now();
    let unsettled = not_seen_at_once(provider, changes, parallelism).await;
    let late: Vec<_> = stream::iter(unsettled)
        .map(|change| async move {
            let mut last = Vec::new();
            let left = Patience { at_most: patience.at_most.saturating_sub(start.elapsed()), ..patience };
            let seen = see(provider, change, left, events, &mut last).await;
            // Only the deadline itself tells that AWS lags; any other error is a read that failed.
            let failure = seen.err().map(|error| (error.code() != TIMEOUT).then(|| error.message().to_owned()));
            failure.map(|failure| Unseen { address: change.address.clone(), fields: last, failure })
        })
        .buffered(parallelism.max(1))
        .collect()
        .await;
    late.into_iter().flatten().collect()
}

/// The changes that one look at all of them does not show; all of them when that look fails.
async fn not_seen_at_once<'c>(provider: &dyn Provider, changes: &[&'c Change], parallelism: usize) -> Vec<&'c Change> {
    let wanted = changes.iter().filter_map(|change| change.desired.as_ref().or(change.live.as_ref()));
    let wanted: Vec<Resource> = wanted.cloned().collect();
    match provider.read_all(&wanted, parallelism).await {
        Ok(found) if found.len() == changes.len() => {
            let looks = changes.iter().zip(&wanted).zip(found);
            looks.filter_map(|((change, want), live)| shown(change, want, live).map(|_| *change)).collect()
        }
        _ => changes.to_vec(),
    }
}

async fn see(
    provider: &dyn Provider,
    change: &Change,
    patience: Patience,
    events: &(dyn Fn(Event) + Sync),
    last: &mut Vec<String>,
) -> Result<()> {
    let told = std::sync::Mutex::new((false, Vec::new()));
    let outcome = poll(&change.address.to_string(), patience.at_most, patience.backoff, || async {
        let Some(missing) = unseen(provider, change).await? else { return Ok(Progress::Done(())) };
        let what = words(change, &missing);
        if let Ok(mut told) = told.lock() {
            if !std::mem::replace(&mut told.0, true) {
                events(Event::Waiting { address: change.address.clone(), what: what.clone() });
            }
            told.1 = missing;
        }
        Ok(Progress::Pending(what))
    })
    .await;
    if let Ok((_, missing)) = told.into_inner() {
        *last = missing;
    }
    outcome
}

/// The fields that reading does not show yet; `None` when it shows everything.
async fn unseen(provider: &dyn Provider, change: &Change) -> Result<Option<Vec<String>>> {
    let Some(resource) = change.desired.as_ref().or(change.live.as_ref()) else { return Ok(None) };
    Ok(shown(change, resource, provider.read(resource).await?))
}

/// What `live` lacks of a change to `resource`; `None` when it shows all of it.
fn shown(change: &Change, resource: &Resource, live: Option<Live>) -> Option<Vec<String>> {
    if change.action == Action::Delete {
        let there = live.is_some_and(|live| live.ownership == Ownership::Ours);
        return there.then(Vec::new);
    }
    match live {
        Some(live) if as_wanted(&live, resource) => None,
        Some(live) => {
            let differ = diff(change.kind, &live.resource.fields, &resource.fields);
            Some(names(change.kind, &differ).into_iter().map(str::to_owned).collect())
        }
        None => Some(Vec::new()),
    }
}

fn words(change: &Change, missing: &[String]) -> String {
    match (change.action, missing) {
        (Action::Delete, _) => "it to be gone".to_owned(),
        (_, []) => "it to be seen".to_owned(),
        (_, fields) => format!("{} to be seen", fields.iter().map(|f| format!("`{f}`")).collect::<Vec<_>>().join(", ")),
    }
}
