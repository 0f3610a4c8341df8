//! Executes a plan's steps: in their order, in parallel where it allows, to the end of what can be done.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;

use super::event::{Event, Interrupt, Outcome};
use super::lock::Lock;
use super::perform::{Done, perform};
use super::progress::Progress;
use super::provider::Provider;
use super::recheck::Recheck;
use super::settle::{Patience, settle};
use crate::aws::wait::{Progress as Look, poll};
use crate::error::{Error, Kind, Result};
use crate::plan::{Op, Plan, Step};
use crate::resource::Address;

/// How to execute.
#[derive(Debug)]
pub struct Options<'a> {
    /// The most steps at once; at least 1.
    pub parallelism: usize,
    /// Buckets go with what they hold.
    pub delete_data: bool,
    /// How long reading may lag behind.
    pub patience: Patience,
    /// The lock. Its bucket is made before anything else when the plan makes it, and goes last, after the lock, when the
    /// plan deletes it.
    pub lock: Option<&'a Lock>,
    /// The user's Ctrl-C.
    pub interrupt: watch::Receiver<Interrupt>,
}

impl<'a> Options<'a> {
    /// Ten at a time, nothing deleted with its data, without lock.
    pub fn new(interrupt: watch::Receiver<Interrupt>) -> Self {
        Options { parallelism: 10, delete_data: false, patience: Patience::default(), lock: None, interrupt }
    }
}

/// Executes `plan`. A failure stops what depends on it, the rest finishes; the outcome says what became of every change.
///
/// Errors (nothing was changed, or only the lock's bucket was made): `locked` when somebody else holds the lock, a bug in
/// the plan.
pub async fn execute(
    plan: &Plan,
    provider: &dyn Provider,
    mut options: Options<'_>,
    events: &(dyn Fn(Event) + Sync),
) -> Result<Outcome> {
    let mut steps = plan.steps()?;
    let bucket = options.lock.map(|lock| around_the_lock(plan, &mut steps, lock.bucket())).unwrap_or_default();
    let mut progress = Progress::new(plan, steps, events);
    if let Some(lock) = options.lock {
        // A bucket that is not there yet is made without the lock: it cannot be in there.
        run(&mut progress, provider, &mut options, None, |step| bucket.make.contains(&step)).await;
        let interrupt = *options.interrupt.borrow();
        if interrupt == Interrupt::None && !progress.anything_failed() {
            acquire(lock, !bucket.make.is_empty(), options.patience).await?;
        }
    }
    let lock = options.lock;
    run(&mut progress, provider, &mut options, lock, |step| Some(step) != bucket.remove).await;
    if let (Some(lock), Some(_)) = (lock, bucket.remove)
        && !progress.anything_failed()
    {
        release(lock, events).await;
        run(&mut progress, provider, &mut options, None, |_| true).await;
    }
    let interrupt = *options.interrupt.borrow();
    let mut outcome = progress.end(interrupt);
    if interrupt == Interrupt::None {
        let changed: Vec<_> = plan.changes.iter().filter(|c| outcome.done.contains(&c.address)).collect();
        outcome.not_visible = tokio::select! {
            late = settle(provider, &changed, options.parallelism, options.patience, events) => late,
            () = interrupted(&mut options.interrupt) => Vec::new(),
        };
    }
    if let Some(lock) = lock
        && interrupt != Interrupt::Abort
    {
        release(lock, events).await;
    }
    Ok(outcome)
}

/// The steps of the lock's bucket.
#[derive(Clone, Debug, Default)]
struct Bucket {
    /// The making of the bucket and what that waits for; empty when the plan does not make it.
    make: Vec<usize>,
    remove: Option<usize>,
}

/// Makes everything wait for the making of the lock's bucket, and its removal for everything.
fn around_the_lock(plan: &Plan, steps: &mut [Step], bucket: &Address) -> Bucket {
    let find = |op: Op| steps.iter().position(|s| s.op == op && plan.changes[s.change].address == *bucket);
    let (made, removed) = (find(Op::Make), find(Op::Remove));
    let mut first: Vec<usize> = made.into_iter().collect();
    let mut at = 0;
    while let Some(step) = first.get(at) {
        let below: Vec<usize> = steps[*step].after.iter().copied().filter(|s| !first.contains(s)).collect();
        first.extend(below);
        at += 1;
    }
    if let Some(make) = made {
        for (_, step) in steps.iter_mut().enumerate().filter(|(at, _)| !first.contains(at)) {
            step.after.push(make);
        }
    }
    let remove = removed.filter(|_| made.is_none());
    if let Some(remove) = remove {
        steps[remove].after = (0..steps.len()).filter(|step| *step != remove).collect();
    }
    Bucket { make: first, remove }
}

/// Takes the lock. A bucket that was `just_made` may not be known everywhere yet; where there is none, nobody can hold
/// a lock in it, and everything goes on without.
async fn acquire(lock: &Lock, just_made: bool, patience: Patience) -> Result<()> {
    if !just_made {
        return lock.acquire().await.map(drop);
    }
    let at_most = patience.at_most.max(Duration::from_secs(1));
    poll("the lock's new bucket", at_most, patience.backoff, || async {
        Ok(match lock.acquire().await? {
            true => Look::Done(()),
            false => Look::Pending("S3 does not know it yet".to_owned()),
        })
    })
    .await
}

async fn release(lock: &Lock, events: &(dyn Fn(Event) + Sync)) {
    if let Err(error) = lock.release().await {
        events(Event::Note(format!("the lock was not removed: {}; `pipectl unlock` removes it", error.message())));
    }
}

/// Runs the steps that `allowed` lets pass until none of them can go on.
async fn run(
    progress: &mut Progress<'_>,
    provider: &dyn Provider,
    options: &mut Options<'_>,
    lock: Option<&Lock>,
    allowed: impl Fn(usize) -> bool,
) {
    let plan = progress.plan();
    let recheck = &Recheck::new(provider, plan);
    let delete_data = options.delete_data;
    let mut flying = FuturesUnordered::new();
    loop {
        let interrupt = *options.interrupt.borrow_and_update();
        if interrupt == Interrupt::Abort {
            return;
        }
        while flying.len() < options.parallelism.max(1) {
            let Some((index, change, op)) = progress.next(interrupt, &allowed) else { break };
            let change = &plan.changes[change];
            flying.push(async move { (index, perform(provider, recheck, lock, change, op, delete_data).await) });
        }
        if flying.is_empty() {
            return;
        }
        tokio::select! {
            Some((index, result)) = flying.next() => land(progress, index, result),
            () = interrupted(&mut options.interrupt) => {}
        }
    }
}

fn land(progress: &mut Progress<'_>, index: usize, result: Result<Done>) {
    match result {
        Ok(Done::Done) => progress.done(index),
        Ok(Done::Kept(what)) => progress.kept(index, what),
        Err(error) => {
            let lost = error.code() == Lock::LOST;
            progress.failed(index, Arc::new(error));
            if lost {
                progress.halt("the lock was lost");
            }
        }
    }
}

/// Returns when the user interrupts further; never when nobody can any more.
async fn interrupted(interrupt: &mut watch::Receiver<Interrupt>) {
    if interrupt.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// The error of a step that was in flight when everything was dropped.
pub(super) fn aborted(address: &Address) -> Error {
    Error::new(Kind::Interrupted, "aborted", format!("interrupted while `{address}` was being changed"))
        .with_help("plan again: it shows what became of it")
}

#[cfg(test)]
mod tests;
