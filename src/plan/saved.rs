//! Saved plans: `plan --out FILE`, `apply FILE`.
//!
//! The file holds the whole plan, what is wanted and what was found included, and so may hold what is never shown: it
//! is written with mode 0600, whole or not at all. It is applied only while live AWS is as it was found.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::document::{Action, FORMAT_VERSION, Plan};
use super::fingerprint::{Seen, fingerprint, moved};
use crate::error::{Error, Kind, Result};
use crate::resource::{Address, Ownership, Resource, Snapshot};

#[derive(Serialize)]
struct Written<'a> {
    pipectl_plan: u32,
    #[serde(flatten)]
    plan: &'a Plan,
}

/// Writes a plan to `path`, replacing what is there in one step; only the user can read it.
pub fn write(path: &Path, plan: &Plan) -> Result<()> {
    let text = serde_json::to_string_pretty(&Written { pipectl_plan: FORMAT_VERSION, plan })
        .map_err(|e| Error::bug(format!("a plan does not serialise: {e}")))?;
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    // A temporary file is made with mode 0600 and keeps it.
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(|e| Error::io("create a file in", &folder, e))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.as_file().sync_all())
        .map_err(|e| Error::io("write", path, e))?;
    file.persist(path).map_err(|e| Error::io("write", path, e.error))?;
    Ok(())
}

/// Reads a plan that [`write()`] wrote. Errors: `io`, `bad-plan-file`.
pub fn read(path: &Path) -> Result<Plan> {
    let bad = |why: String| {
        Error::usage("bad-plan-file", format!("`{}` is not a plan that this pipectl can apply: {why}", path.display()))
            .with_expected("a file that `pipectl plan --out FILE` wrote")
            .with_help("plan again")
    };
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
    let value: Value = serde_json::from_str(&text).map_err(|e| bad(format!("it is not JSON: {e}")))?;
    match value.get("pipectl_plan").and_then(Value::as_u64) {
        Some(version) if version == u64::from(FORMAT_VERSION) => {}
        Some(version) => return Err(bad(format!("it has format version {version}, not {FORMAT_VERSION}"))),
        None => return Err(bad("it does not say that it is one".to_owned())),
    }
    let plan = serde_json::from_value::<Plan>(value).map_err(|e| bad(e.to_string()))?;
    let whole = |change: &super::Change| match change.action {
        Action::Create => change.desired.is_some(),
        Action::Delete => change.live.is_some(),
        Action::None => change.desired.is_some() || change.live.is_some(),
        _ => change.desired.is_some() && change.live.is_some(),
    };
    match plan.changes.iter().find(|change| !whole(change)) {
        Some(change) => Err(bad(format!("`{}` is not whole in it", change.address))),
        None => Ok(plan),
    }
}

/// What has to be read to know whether a saved plan still holds.
pub fn wants(plan: &Plan) -> Vec<Resource> {
    plan.changes.iter().filter_map(|c| c.desired.as_ref().or(c.live.as_ref())).cloned().collect()
}

/// Refuses a plan that was made for another account or region (`wrong-place`), or that live AWS has left behind
/// (`stale-plan`, naming the resources and how they moved).
pub fn verify(plan: &Plan, account: &str, region: &str, now: &Snapshot) -> Result<()> {
    if plan.account != account || plan.region != region {
        let message = format!("the plan was made for account {} in {}", plan.account, plan.region);
        return Err(Error::new(Kind::Conflict, "wrong-place", message)
            .with_expected(format!("account {account} in {region}, where these credentials lead"))
            .with_help("apply it with the credentials and region it was made with, or plan again"));
    }
    let live = |address: &Address| now.resources.get(address);
    let seen =
        plan.changes.iter().map(|c| Seen { address: &c.address, live: live(&c.address), want: c.desired.as_ref() });
    if fingerprint(account, region, seen) == plan.fingerprint {
        return Ok(());
    }
    let mut notes = Vec::new();
    for change in &plan.changes {
        let now = live(&change.address);
        if let Some(moved) = moved(change, now.map(|l| &l.resource)) {
            notes.push(format!("`{}`: {}", change.address, moved.told()));
        } else if let Some(Ownership::Strangers(told)) = now.map(|l| &l.ownership)
            && !matches!(change.action, Action::Adopt | Action::None)
        {
            notes.push(format!("`{}`: {told}", change.address));
        }
    }
    if notes.is_empty() {
        notes.push("the plan's fingerprint is not that of what it says it found: it was changed by hand".to_owned());
    }
    let error =
        Error::new(Kind::Conflict, "stale-plan", "live AWS has moved since this plan was made; nothing was changed")
            .with_help("plan again, look at it, and apply that");
    Err(notes.into_iter().fold(error, Error::with_note))
}

#[cfg(test)]
mod tests;
