//! The search: hits by tags and path, then inside what holds others, then each confirmed.

use std::collections::BTreeMap;

use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt, stream};

use super::{arns, inside};
use crate::aws::{Call, Session};
use crate::error::Result;
use crate::resource::{Kind, Live, Owner, Ownership, Resource};
use crate::services::handler::Handler;
use crate::services::iam::{group, path, user};
use crate::services::layout;
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
        layout::control_prefix(&self.base)
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

/// Everything that carries the marks and is none of `desired`, sorted by address; `parallelism` looks at a time.
///
/// What is wanted is looked into while the tags are asked for, and every hit is confirmed as soon as it is there: the search
/// takes no more round trips than reading what is wanted does.
pub async fn find(
    aws: &Session,
    search: &Search,
    desired: &[Resource],
    handler: fn(Kind) -> &'static dyn Handler,
    parallelism: usize,
) -> Result<Vec<Leftover>> {
    let looking = Looking { aws, search, desired, handler, parallelism };
    let marked = async {
        let (arns, roles, groups, users) = tokio::try_join!(
            tagging::marked(aws, &search.owner),
            roles(aws, search),
            groups(aws, search),
            users(aws, search),
        )?;
        let marked = arns.iter().filter_map(|arn| arns::resource(arn)).map(|found| completed(found, search));
        let found: Vec<Resource> =
            marked.chain(roles).chain(groups).chain(users).filter(|found| !is_wanted(found, desired)).collect();
        let (found, inner) = tokio::try_join!(looking.confirm(found.clone()), looking.inside_all(&found))?;
        Ok([found, inner].concat())
    };
    let (marked, inner) = tokio::try_join!(marked, looking.inside_all(desired))?;
    let by_address: BTreeMap<_, _> = [marked, inner]
        .concat()
        .into_iter()
        .map(|leftover| (leftover.live.resource.address.clone(), leftover))
        .collect();
    Ok(by_address.into_values().collect())
}

/// What every look needs.
struct Looking<'a> {
    aws: &'a Session,
    search: &'a Search,
    desired: &'a [Resource],
    handler: fn(Kind) -> &'static dyn Handler,
    parallelism: usize,
}

impl Looking<'_> {
    async fn inside_all(&self, holders: &[Resource]) -> Result<Vec<Leftover>> {
        let looks: Vec<_> = holders.iter().map(|holder| self.inside(holder)).collect();
        let found: Vec<_> = stream::iter(looks).buffered(self.parallelism.max(1)).try_collect().await?;
        Ok(found.concat())
    }

    /// What is left over inside something that holds others.
    async fn inside(&self, holder: &Resource) -> Result<Vec<Leftover>> {
        let inner = inside::candidates(self.aws, self.search, holder).await?;
        self.confirm(inner.into_iter().filter(|found| !is_wanted(found, self.desired)).collect()).await
    }

    /// Those that their kind's own calls show to be there and ours.
    async fn confirm(&self, candidates: Vec<Resource>) -> Result<Vec<Leftover>> {
        let candidates = candidates.into_iter().map(|found| with_own_name(found, self.desired));
        let confirmed = try_join_all(candidates.map(|found| self.confirm_one(found))).await?;
        Ok(confirmed.into_iter().flatten().collect())
    }

    async fn confirm_one(&self, candidate: Resource) -> Result<Option<Leftover>> {
        let kind = candidate.address.kind;
        let read = (self.handler)(kind).read(self.aws, &self.search.owner, &candidate).await?;
        let Some(live) = read else { return Ok(None) };
        // An object without any marks counts as ours where we put one; here nobody says that we did.
        let marked = kind != Kind::S3Object || live.resource.fields.contains_key("metadata");
        if live.ownership != Ownership::Ours || !marked {
            return Ok(None);
        }
        let data = match kind {
            Kind::S3Bucket => {
                bucket_delete::first_data(self.aws, &candidate.address.name, &self.search.control()).await?
            }
            _ => None,
        };
        Ok(Some(Leftover { live, data }))
    }
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
    let path = path::of_roles(&search.owner.pipeline);
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

/// The groups at the operator's path. Below the path of an owner without an id lie those of owners with one.
async fn groups(aws: &Session, search: &Search) -> Result<Vec<Resource>> {
    let path = path::of(&search.owner, &aws.region);
    let mut pages = aws.iam.list_groups().path_prefix(&path).into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(one) = pages.next().await {
        let one = one.call("iam:ListGroups")?;
        found.extend((one.path() == path).then(|| group::named(one.group_name(), &path, &search.owner)));
    }
    Ok(found)
}

/// The users there.
async fn users(aws: &Session, search: &Search) -> Result<Vec<Resource>> {
    let path = path::of(&search.owner, &aws.region);
    let mut pages = aws.iam.list_users().path_prefix(&path).into_paginator().items().send();
    let mut found = Vec::new();
    while let Some(one) = pages.next().await {
        let one = one.call("iam:ListUsers")?;
        found.extend((one.path() == path).then(|| user::named(one.user_name(), &path)));
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

/// One that has a wanted one's name (a query of another workgroup, a table of another database) is called by its whole
/// identity.
fn with_own_name(mut found: Resource, desired: &[Resource]) -> Resource {
    if desired.iter().any(|want| want.address == found.address) {
        let parts = found.identity.iter().filter(|(part, _)| !matches!(part.as_str(), "marker" | "path"));
        found.address.name = parts.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("/");
    }
    found
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
