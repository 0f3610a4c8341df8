//! The plan that takes a pipeline down.

use super::decide;
use super::document::{Action, Change, Plan};
use super::planner::{self, Input};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::resource::{Address, Live, Ownership, Resource};

/// Plans the deletion of everything that is ours: what stands on something goes before it. Strangers' and `existing`
/// resources stay and the plan says so. `delete_data` says whether buckets go with what they hold; without it one that
/// holds data is kept.
///
/// `input.target` limits it to these resources and what stands on them. Errors: `protected`, `unknown-address`.
pub fn destroy(input: &Input<'_>, delete_data: bool) -> Result<Plan> {
    if input.protect {
        return Err(Error::new(
            ErrorKind::Conflict,
            "protected",
            "this pipeline is protected, and destroy was asked for",
        )
        .with_help("set `protect: false` in the manifest first"));
    }
    let order = planner::check(input.desired)?;
    super::select::known("--target", input.target, input)?;
    let mut wanted: Vec<&Resource> = order.iter().map(|i| &input.desired[*i]).collect();
    if !input.target.is_empty() {
        let doomed = standing_on(input, &wanted);
        wanted.retain(|r| doomed.contains(&&r.address));
    }
    let mut changes: Vec<Change> = input
        .snapshot
        .resources
        .values()
        .filter(|live| !input.desired.iter().any(|r| r.address == live.resource.address))
        .filter(|live| live.ownership == Ownership::Ours)
        .filter(|live| input.target.is_empty() || input.target.contains(&live.resource.address))
        .map(|live| one(&live.resource, live, delete_data))
        .collect();
    changes.extend(wanted.iter().filter_map(|want| {
        let live = input.snapshot.resources.get(&want.address)?;
        Some(one(want, live, delete_data))
    }));
    // Last made, first removed, where nothing else orders them.
    changes.reverse();
    planner::assemble(input, changes)
}

/// The targets and everything that stands on one of them, directly or not.
fn standing_on<'a>(input: &Input<'a>, wanted: &[&'a Resource]) -> Vec<&'a Address> {
    let mut doomed: Vec<&Address> = input.target.iter().collect();
    // Dependencies come first, so one pass sees every chain.
    for resource in wanted {
        if !doomed.contains(&&resource.address) && resource.depends_on.iter().any(|d| doomed.contains(&d)) {
            doomed.push(&resource.address);
        }
    }
    doomed
}

fn one(want: &Resource, live: &Live, delete_data: bool) -> Change {
    let kept = |reason: String| Change {
        action: Action::None,
        destroys_data: false,
        reason,
        desired: Some(want.clone()),
        ..decide::removal(&live.resource, "", false)
    };
    match &live.ownership {
        _ if want.existing => kept("it is used, not owned; it stays".to_owned()),
        Ownership::Strangers(told) => kept(format!("it is not this pipeline's and stays: {told}")),
        Ownership::Ours => {
            let there = Resource { depends_on: want.depends_on.clone(), ..live.resource.clone() };
            decide::removal(&there, "destroy was asked for", delete_data)
        }
    }
}

#[cfg(test)]
mod tests;
