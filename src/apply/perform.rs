//! One step: the lock is still ours, the resource is still as planned for, then it is done.

use super::lock::Lock;
use super::provider::Provider;
use super::recheck::Recheck;
use crate::error::{Error, Kind, Result};
use crate::plan::diff::{diff, names};
use crate::plan::fingerprint::{Moved, moved};
use crate::plan::{Action, Change, Op};
use crate::resource::kinds::specs;
use crate::resource::{Live, Ownership, Resource};
use crate::services::Deleted;

/// How a step ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// Done, or found done.
    Done,
    /// It stays because it holds data: what, in words.
    Kept(String),
}

/// Does one step of `change`.
///
/// Errors: `moved` when the resource is no longer as the plan found it, unless it is already as wanted; `lock-lost`;
/// whatever the provider says.
pub(super) async fn perform(
    provider: &dyn Provider,
    recheck: &Recheck<'_>,
    lock: Option<&Lock>,
    change: &Change,
    op: Op,
    delete_data: bool,
) -> Result<Done> {
    if let Some(lock) = lock {
        lock.check().await?;
    }
    match (op, &change.desired, &change.live) {
        (Op::Make, Some(want), _) => make(provider, recheck, change, want).await,
        (Op::Change, Some(want), Some(planned)) => alter(provider, change, planned, want).await,
        (Op::Remove, _, Some(live)) => remove(provider, change, live, delete_data).await,
        _ => Err(Error::bug(format!("the plan does not hold what `{}` needs", change.address))),
    }
}

async fn make(provider: &dyn Provider, recheck: &Recheck<'_>, change: &Change, want: &Resource) -> Result<Done> {
    // The second half of a replacement: we have just deleted it, and reading may lag behind.
    if change.action == Action::Create
        && let Some(live) = recheck.look(want).await?
    {
        return if as_wanted(&live, want) {
            Ok(Done::Done)
        } else {
            Err(refuse(change, &told(&Moved::Appeared, &live)))
        };
    }
    provider.create(want).await.map(|()| Done::Done)
}

async fn alter(provider: &dyn Provider, change: &Change, planned: &Resource, want: &Resource) -> Result<Done> {
    let Some(live) = provider.read(&known(want, planned)).await? else {
        return Err(refuse(change, &Moved::Vanished.told()));
    };
    if as_wanted(&live, want) {
        return Ok(Done::Done);
    }
    still_as_planned(change, &live, change.action == Action::Adopt)?;
    // Taking over writes every field: the marks may stand in any of them.
    let changed: Vec<String> = match change.action {
        Action::Adopt => specs(change.kind).iter().map(|spec| spec.name.to_owned()).collect(),
        _ => names(change.kind, &change.fields).into_iter().map(str::to_owned).collect(),
    };
    provider.update(&live.resource, want, &changed).await.map(|()| Done::Done)
}

async fn remove(provider: &dyn Provider, change: &Change, planned: &Resource, delete_data: bool) -> Result<Done> {
    let known = change.desired.as_ref().map(|want| known(want, planned));
    let Some(live) = provider.read(known.as_ref().unwrap_or(planned)).await? else { return Ok(Done::Done) };
    match change.action {
        // Whatever was changed about it meanwhile: it is the one that was to go.
        Action::Delete if live.resource.identity == planned.identity && live.ownership == Ownership::Ours => {}
        _ => still_as_planned(change, &live, false)?,
    }
    match provider.delete(&live.resource, delete_data).await? {
        Deleted::Gone => Ok(Done::Done),
        Deleted::KeptData(what) if change.action == Action::Delete => Ok(Done::Kept(what)),
        Deleted::KeptData(what) => Err(Error::new(
            Kind::Conflict,
            "holds-data",
            format!("`{}` cannot be replaced: it holds {what}", change.address),
        )
        .with_help("move the data away first")),
    }
}

/// `want` with what the plan found out about the one that is there: an id that the server made spares a list.
fn known(want: &Resource, planned: &Resource) -> Resource {
    let mut known = want.clone();
    for (name, value) in &planned.identity {
        known.identity.entry(name.clone()).or_insert_with(|| value.clone());
    }
    known
}

/// Whether it is ours and nothing differs.
pub(super) fn as_wanted(live: &Live, want: &Resource) -> bool {
    live.ownership == Ownership::Ours && diff(want.address.kind, &live.resource.fields, &want.fields).is_empty()
}

fn still_as_planned(change: &Change, live: &Live, strangers_too: bool) -> Result<()> {
    if let (Ownership::Strangers(told), false) = (&live.ownership, strangers_too) {
        return Err(refuse(change, told));
    }
    match moved(change, Some(&live.resource)) {
        Some(moved) => Err(refuse(change, &told(&moved, live))),
        None => Ok(()),
    }
}

fn told(moved: &Moved, live: &Live) -> String {
    match &live.ownership {
        Ownership::Ours => moved.told(),
        Ownership::Strangers(whose) => format!("{}, and {whose}", moved.told()),
    }
}

fn refuse(change: &Change, told: &str) -> Error {
    let message = format!("`{}` has moved since the plan was made: {told}", change.address);
    Error::new(Kind::Conflict, "moved", message).with_help("plan again, look at it, and apply that")
}
