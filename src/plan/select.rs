//! `--target` and `--adopt`: which resources a plan is about.

use std::collections::{BTreeMap, BTreeSet};

use super::planner::Input;
use crate::error::{Error, Result, nearest};
use crate::resource::kinds::holds;
use crate::resource::{Address, Resource};

/// Refuses an address that is neither wanted nor there, with the nearest one that is.
pub(super) fn known(option: &str, addresses: &[Address], input: &Input<'_>) -> Result<()> {
    let all: BTreeSet<&Address> =
        input.desired.iter().map(|r| &r.address).chain(input.snapshot.resources.keys()).collect();
    let unknown = addresses.iter().filter(|a| !all.contains(a)).map(|address| {
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        let text = address.to_string();
        let error = Error::usage("unknown-address", format!("`{option} {text}`: there is no such resource"))
            .with_expected("an address as `pipectl plan` shows it");
        match nearest(&text, names.iter().map(String::as_str)) {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => error,
        }
    });
    Error::check(unknown.collect(), ())
}

/// The wanted resources that the plan is about: all; or the targets, what they depend on, and what falls with a holder
/// that is `replaced`.
pub(super) fn chosen<'a>(input: &Input<'a>, replaced: impl Fn(&Address) -> bool) -> BTreeSet<&'a Address> {
    if input.target.is_empty() {
        return input.desired.iter().map(|r| &r.address).collect();
    }
    let by_address: BTreeMap<&Address, &'a Resource> = input.desired.iter().map(|r| (&r.address, r)).collect();
    let mut chosen = BTreeSet::new();
    let mut look: Vec<&Address> = input.target.iter().collect();
    loop {
        while let Some(address) = look.pop() {
            let Some(resource) = by_address.get(address) else { continue };
            if chosen.insert(&resource.address) {
                look.extend(&resource.depends_on);
            }
        }
        let falls = |r: &&&'a Resource| {
            r.depends_on
                .iter()
                .any(|below| chosen.contains(below) && holds(below.kind, r.address.kind) && replaced(below))
        };
        look.extend(by_address.values().filter(|r| !chosen.contains(&r.address)).filter(falls).map(|r| &r.address));
        if look.is_empty() {
            return chosen;
        }
    }
}
