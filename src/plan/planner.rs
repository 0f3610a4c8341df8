//! The planner: (what is wanted, what is there) -> a plan. Pure, deterministic, complete; applying it has no choices.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::{self, Decision};
use super::document::{Action, Change, FORMAT_VERSION, Plan, Summary};
use super::fingerprint::{Seen, fingerprint};
use super::graph;
use super::select;
use super::steps::steps;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::resource::kinds::{deletion_destroys_data, holds, specs};
use crate::resource::{Address, Live, Ownership, Resource, Snapshot};

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The pipeline's name.
    pub pipeline: &'a str,
    /// The environment's name.
    pub environment: &'a str,
    /// The account, twelve digits.
    pub account: &'a str,
    /// The region.
    pub region: &'a str,
    /// Every resource of the manifest, dependencies first.
    pub desired: &'a [Resource],
    /// What was found.
    pub snapshot: &'a Snapshot,
    /// Strangers' resources that may be taken over.
    pub adopt: &'a [Address],
    /// Only these and what they depend on; empty: everything.
    pub target: &'a [Address],
    /// Destroying and replacing are refused.
    pub protect: bool,
    /// The plan leaves this process and is applied later: then it carries a fingerprint, which costs as much as the
    /// comparison itself.
    pub sealed: bool,
}

/// Plans what makes AWS as wanted. What is there, carries our marks and is not wanted goes.
///
/// Errors: `stranger` (all of them, with `--adopt`), `missing-existing`, `adopt-replaces`, `protected`,
/// `unknown-address` for `adopt` and `target`.
pub fn plan(input: &Input<'_>) -> Result<Plan> {
    let order = check(input.desired)?;
    select::known("--adopt", input.adopt, input)?;
    select::known("--target", input.target, input)?;
    let adopt: BTreeSet<&Address> = input.adopt.iter().collect();
    let mut decisions: BTreeMap<&Address, Decision> = BTreeMap::new();
    for want in order.iter().map(|i| &input.desired[*i]) {
        let live = input.snapshot.resources.get(&want.address);
        let mut decision = decide::decide(want, live, adopt.contains(&want.address));
        if let Decision::Change(change) = &mut decision {
            fall_with_holder(want, change, &decisions);
        }
        decisions.insert(&want.address, decision);
    }
    let replaced =
        |address: &Address| matches!(decisions.get(address), Some(Decision::Change(c)) if c.action == Action::Replace);
    let chosen = select::chosen(input, replaced);
    let mut changes = Vec::new();
    let mut refused = Refused::default();
    for want in order.iter().map(|i| &input.desired[*i]).filter(|r| chosen.contains(&r.address)) {
        match decisions.remove(&want.address) {
            Some(Decision::Change(change)) => changes.push(*change),
            Some(Decision::Refuse(error)) => refused.errors.push(error),
            Some(Decision::Stranger(told)) => refused.strangers.push((&want.address, told)),
            None => return Err(Error::bug(format!("`{}` was not decided on", want.address))),
        }
    }
    refused.check()?;
    changes.extend(leftovers(input));
    if input.protect {
        check_protection(&changes)?;
    }
    assemble(input, changes)
}

/// Puts changes into a plan: what is made or stays first, in the given order, then what goes, in the order of its steps.
pub(super) fn assemble(input: &Input<'_>, changes: Vec<Change>) -> Result<Plan> {
    // Steps that wait for each other are refused here, not in the middle of an apply.
    let steps = steps(&changes)?;
    let rank = |index: usize| steps.iter().position(|s| s.change == index);
    let (mut going, mut changes): (Vec<_>, Vec<_>) = changes
        .into_iter()
        .enumerate()
        .map(|(index, change)| (rank(index), change))
        .partition(|(_, change)| change.action == Action::Delete);
    going.sort_by_key(|(rank, _)| *rank);
    changes.extend(going);
    let changes: Vec<Change> = changes.into_iter().map(|(_, change)| change).collect();
    let seen = || {
        changes.iter().map(|change| Seen {
            address: &change.address,
            live: input.snapshot.resources.get(&change.address),
            want: change.desired.as_ref(),
        })
    };
    Ok(Plan {
        format_version: FORMAT_VERSION,
        pipeline: input.pipeline.to_owned(),
        environment: input.environment.to_owned(),
        account: input.account.to_owned(),
        region: input.region.to_owned(),
        fingerprint: if input.sealed { fingerprint(input.account, input.region, seen()) } else { String::new() },
        summary: Summary::of(&changes),
        changes,
    })
}

/// Checks the promises of `services::desired` and gives the order.
pub(super) fn check(desired: &[Resource]) -> Result<Vec<usize>> {
    for resource in desired {
        let kind = resource.address.kind;
        if let Some(stray) = resource.fields.keys().find(|name| !specs(kind).iter().any(|s| s.name == **name)) {
            return Err(Error::bug(format!("`{}` has a field `{stray}` that its kind has not", resource.address)));
        }
    }
    graph::order(desired)
}

/// What lives inside a resource that is replaced goes with it and has to be made again.
fn fall_with_holder(want: &Resource, change: &mut Change, decided: &BTreeMap<&Address, Decision>) {
    if !matches!(change.action, Action::None | Action::Update | Action::Adopt) || want.existing {
        return;
    }
    let holder = want.depends_on.iter().find(|below| {
        holds(below.kind, want.address.kind)
            && matches!(decided.get(below), Some(Decision::Change(c)) if c.action == Action::Replace)
    });
    if let Some(holder) = holder {
        change.action = Action::Replace;
        change.reason = format!("`{holder}`, which holds it, is replaced");
    }
}

/// What carries our marks and left the manifest, last made first.
fn leftovers(input: &Input<'_>) -> Vec<Change> {
    let wanted: BTreeSet<&Address> = input.desired.iter().map(|r| &r.address).collect();
    let mut gone: Vec<&Live> = input
        .snapshot
        .resources
        .values()
        .filter(|live| live.ownership == Ownership::Ours && !live.resource.existing)
        .filter(|live| !wanted.contains(&live.resource.address))
        .filter(|live| input.target.is_empty() || input.target.contains(&live.resource.address))
        .collect();
    gone.reverse();
    gone.into_iter().map(|live| leftover(live, input.snapshot.holding.get(&live.resource.address))).collect()
}

/// A bucket that holds data stays: only `destroy --delete-data` deletes data.
fn leftover(live: &Live, holds: Option<&String>) -> Change {
    let removal = decide::removal(&live.resource, "it left the manifest", false);
    match holds {
        None => removal,
        Some(object) => Change {
            action: Action::None,
            reason: format!("it left the manifest and stays, because it holds data: `{object}`"),
            ..removal
        },
    }
}

fn check_protection(changes: &[Change]) -> Result<()> {
    let refused: Vec<&Change> =
        changes.iter().filter(|c| c.action == Action::Replace || c.destroys_data || loses_data(c)).collect();
    let Some(first) = refused.first() else { return Ok(()) };
    let message = match refused.len() {
        1 => format!("this pipeline is protected, and `{}` would be {}", first.address, past(first.action)),
        n => format!("this pipeline is protected, and {n} resources would be replaced or deleted"),
    };
    let error = Error::new(ErrorKind::Conflict, "protected", message)
        .with_help("take back the change, or set `protect: false` in the manifest and plan again");
    Err(refused.iter().fold(error, |error, c| error.with_note(format!("`{}`: {}", c.address, c.reason))))
}

/// A bucket goes only when it is empty, but under protection not even then.
fn loses_data(change: &Change) -> bool {
    change.action == Action::Delete && deletion_destroys_data(change.kind)
}

fn past(action: Action) -> &'static str {
    if action == Action::Delete { "deleted" } else { "replaced" }
}

#[derive(Default)]
struct Refused<'a> {
    strangers: Vec<(&'a Address, String)>,
    errors: Vec<Error>,
}

impl Refused<'_> {
    fn check(mut self) -> Result<()> {
        if let Some((first, told)) = self.strangers.first() {
            let mut error = match self.strangers.len() {
                1 => Error::new(ErrorKind::Conflict, "stranger", format!("`{first}` is not this pipeline's: {told}"))
                    .with_help(format!("take it over with `--adopt {first}`, or choose another name for the pipeline")),
                n => Error::new(ErrorKind::Conflict, "stranger", format!("{n} resources are not this pipeline's"))
                    .with_help(
                        "take each one over with `--adopt ADDR` (may be repeated), or choose another name for the pipeline",
                    ),
            };
            if self.strangers.len() > 1 {
                for (address, told) in &self.strangers {
                    error = error.with_note(format!("`{address}`: {told}"));
                }
            }
            self.errors.insert(0, error);
        }
        Error::check(self.errors, ())
    }
}

#[cfg(test)]
mod tests;
