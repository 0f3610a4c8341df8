//! `policy`: what the identity that deploys and runs this pipeline needs.

use super::args::Global;
use super::connect::{Connected, LOCAL_ACCOUNT};
use super::workspace::Workspace;
use crate::aws::session::partition;
use crate::error::{Error, Result};
use crate::report::Out;
use crate::services::permissions::{LONGEST, policy as document};

/// Prints the policy. With a pinned account (or `--local`) no call is made: an administrator without any right to the account
/// can print it.
pub async fn policy(global: &Global, out: &Out) -> Result<u8> {
    let offline = Workspace::open(global, None)?;
    let pinned = offline.manifest.environment.account.as_ref().map(|account| account.value.clone());
    let (workspace, account, partition) = match pinned.or_else(|| global.local.then(|| LOCAL_ACCOUNT.to_owned())) {
        Some(account) => {
            let partition = partition(&offline.manifest.region).to_owned();
            (offline, account, partition)
        }
        None => {
            let connected = Connected::open(global).await?;
            (connected.workspace, connected.aws.account, connected.aws.partition)
        }
    };
    let owner = workspace.owner();
    let policy = document(&workspace.context(&account, &partition, &owner))?;
    let text = serde_json::to_string_pretty(&policy).map_err(|e| Error::bug(e.to_string()))?;
    out.text(&(text + "\n"))?;
    let length = policy.to_string().chars().filter(|c| !c.is_whitespace()).count();
    if length > LONGEST {
        out.note(&format!(
            "it has {length} characters, and a managed policy holds {LONGEST}: make two of its statements"
        ));
    }
    Ok(0)
}
