//! Creating what may be there already: an answer that was lost, an earlier apply that broke off, or a stranger's namesake.

use super::handler::Handler;
use super::marks::owner_of;
use crate::aws::Session;
use crate::error::{Error, Kind, Result};
use crate::resource::kinds::specs;
use crate::resource::{Ownership, Resource};

/// How a creation ended: one that AWS refused with one of the `taken` codes is settled.
pub async fn ended(
    handler: &dyn Handler,
    aws: &Session,
    want: &Resource,
    made: Result<()>,
    taken: &[&str],
) -> Result<()> {
    match made {
        Err(refusal) if refusal.aws_code().is_some_and(|code| taken.contains(&code)) => {
            settle(handler, aws, want, refusal).await
        }
        other => other,
    }
}

/// After AWS refused a creation with `refusal` because the name is taken: brings ours to what is wanted, and reports a
/// stranger's.
pub async fn settle(handler: &dyn Handler, aws: &Session, want: &Resource, refusal: Error) -> Result<()> {
    let owner = owner_of(want).ok_or_else(|| Error::bug(format!("`{}` carries no marks", want.address)))?;
    let Some(live) = handler.read(aws, &owner, want).await? else { return Err(refusal) };
    match live.ownership {
        Ownership::Ours => {
            let all: Vec<String> = specs(want.address.kind).iter().map(|spec| spec.name.to_owned()).collect();
            handler.update(aws, &live.resource, want, &all).await
        }
        Ownership::Strangers(told) => Err(taken(want, &told)),
    }
}

/// The error for a name that a stranger's resource has.
fn taken(want: &Resource, told: &str) -> Error {
    Error::new(Kind::Conflict, "stranger", format!("`{}` exists and is not this pipeline's: {told}", want.address))
        .with_help(format!(
            "plan again; take it over with --adopt {}, delete it, or give this pipeline another name",
            want.address
        ))
}
