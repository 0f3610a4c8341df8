//! The search: hits by tags and path, then inside what holds others, then each confirmed.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};

use super::{arns, inside};
use crate::aws::{Call, Session};
use crate::error::Result;
use crate::resource::{Kind, Live, Owner, Ownership, Resource};
use crate::services::handler::Handler;
use crate::services::s3::bucket_delete;
use crate::services::tagging;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Search {
    /// Whose it is.
    pub owner: Owner,
    /// The base of names: `spotify-dev`.
    pub base: String,
    /// `s3://bucket/warehouse/`, which tells the crawler's tables; `None` when no manifest says it.
    pub warehouse: Option<String>,
}

impl Search {
    /// Our folder in a bucket: `pipectl/<base>/`.
    pub fn control(&self) -> String {
        format!("pipectl/{}/", self.base)
    }
}

/// Something that is ours and not wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Leftover {
    /// As it is, ours.
    pub live: Live,
    /// A bucket's first object that somebody would miss: such a bucket stays until it is empty.
    pub data: Option<String>,
}

/// Everything that carries the marks and is none of `desired`, sorted by address; `parallelism` reads at a time.
pub async fn find(
    aws: &Session,
    search: &Search,
    desired: &[Resource],
    handler: fn(Kind) -> &'static dyn Handler,
    parallelism: usize,
) -> Result<Vec<Leftover>> {
    let (arns, roles) = tokio::try_join!(tagging::marked(aws, &search.owner), roles(aws, search))?;
    let marked = arns.iter().filter_map(|arn| arns::resource(arn)).map(|found| completed(found, search));
    let mut candidates: Vec<Resource> = marked.chain(roles).filter(|found| !is_wanted(found, desired)).collect();
    let inner = inside::candidates(aws, search, desired, &candidates, parallelism).await?;
    candidates.extend(inner.into_iter().filter(|found| !is_wanted(found, desired)));
    let candidates = distinct(candidates, desired);
    let looks: Vec<_> = candidates.into_iter().map(|found| confirm(aws, search, found, handler)).collect();
    let found: Vec<_> = stream::iter(looks).buffered(parallelism.max(1)).try_collect().await?;
    let mut found: Vec<Leftover> = found.into_iter().flatten().collect();
    found.sort_by(|a, b| a.live.resource.address.cmp(&b.live.resource.address));
    Ok(found)
}

/// Parts of the identity that no ARN holds, and that deleting needs.
fn completed(mut found: Resource, search: &Search) -> Resource {
    match found.address.kind {
        Kind::S3Bucket => {
            found.identity.insert("control".to_owned(), search.control());
        }
        Kind::GlueDatabase => {
            found.identity.insert("crawler".to_owned(), search.base.clone());
            found.identity.extend(search.warehouse.clone().map(|uri| ("warehouse".to_owned(), uri)));
        }
        _ => {}
    }
    found
}

/// The roles under the pipeline's path. The path is the same in all regions and the name ends with the region, so those of
/// other regions are no concern of ours.
async fn roles(aws: &Session, search: &Search) -> Result<Vec<Resource>> {
    let path = format!("/pipectl/{}/", search.owner.pipeline);
    let mut pages = aws.iam.list_roles().path_prefix(&path).into_paginator().items().send();
    let region = format!("-{}", aws.region);
    let mut found = Vec::new();
    while let Some(role) = pages.next().await {
        let role = role.call("iam:ListRoles")?;
        if role.role_name().ends_with(&region) {
            let identity = [("role", role.role_name()), ("path", role.path())];
            found.push(arns::named(Kind::IamRole, role.role_name(), &identity));
        }
    }
    Ok(found)
}

/// Whether it is the same thing as one that is wanted: of its kind, found by the same names.
fn is_wanted(found: &Resource, desired: &[Resource]) -> bool {
    desired.iter().any(|want| {
        want.address.kind == found.address.kind
            && found.identity.iter().all(|(part, value)| want.identity.get(part).is_none_or(|wanted| wanted == value))
    })
}

/// Each once. One that has a wanted one's name (a query of another workgroup, a table of another database) is called by its
/// whole identity.
fn distinct(candidates: Vec<Resource>, desired: &[Resource]) -> Vec<Resource> {
    let wanted: BTreeSet<_> = desired.iter().map(|want| &want.address).collect();
    let mut by_address = BTreeMap::new();
    for mut candidate in candidates {
        if wanted.contains(&candidate.address) {
            let parts = candidate.identity.iter().filter(|(part, _)| !matches!(part.as_str(), "marker" | "path"));
            candidate.address.name = parts.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("/");
        }
        by_address.insert(candidate.address.clone(), candidate);
    }
    by_address.into_values().collect()
}

/// Reads it with its kind's own calls; `None` when it is gone, or not ours after all.
async fn confirm(
    aws: &Session,
    search: &Search,
    candidate: Resource,
    handler: fn(Kind) -> &'static dyn Handler,
) -> Result<Option<Leftover>> {
    let kind = candidate.address.kind;
    let Some(live) = handler(kind).read(aws, &search.owner, &candidate).await? else { return Ok(None) };
    // An object without any marks counts as ours where we put one; here nobody says that we did.
    let marked = kind != Kind::S3Object || live.resource.fields.contains_key("metadata");
    if live.ownership != Ownership::Ours || !marked {
        return Ok(None);
    }
    let data = match kind {
        Kind::S3Bucket => bucket_delete::first_data(aws, &candidate.address.name, &search.control()).await?,
        _ => None,
    };
    Ok(Some(Leftover { live, data }))
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
