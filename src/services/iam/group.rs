//! `iam_group`: holds the operator's rights. With `operator: { group: ... }` people are put into it by whoever keeps people;
//! with `operator: { user: ... }` our one user is in it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_iam::types::Group as SdkGroup;
use serde_json::Value;

use super::wire::{INLINE, MISSING, document, has_foreign, is_there};
use super::{operator, path};
use crate::aws::retry::{BEING_CHANGED, DELETE_CONFLICT, retry_while};
use crate::aws::{Call, Session, absent};
use crate::error::Result;
use crate::resource::{Fields, Kind, Live, Owner, Resource};
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that groups need.
pub const ACTIONS: &[&str] = &[
    "iam:CreateGroup",
    "iam:DeleteGroup",
    "iam:DeleteGroupPolicy",
    "iam:GetGroup",
    "iam:GetGroupPolicy",
    "iam:ListAttachedGroupPolicies",
    "iam:ListGroupPolicies",
    "iam:PutGroupPolicy",
    "iam:UpdateGroup",
];

/// The operator's group, when the manifest names an operator.
pub fn desired(cx: &Context<'_>) -> Result<Option<Resource>> {
    let Some(name) = operator::name(cx) else { return Ok(None) };
    let fields = Fields::from([("inline_policy".to_owned(), operator::policy(cx)?)]);
    Ok(Some(Resource { fields, ..named(name, &path::of(cx.owner, cx.region), cx.owner) }))
}

/// A group of which no more is known.
pub(in crate::services) fn named(name: &str, path: &str, owner: &Owner) -> Resource {
    Resource {
        address: operator::group_address(name),
        identity: BTreeMap::from([
            ("group".to_owned(), name.to_owned()),
            ("path".to_owned(), path.to_owned()),
            ("marker".to_owned(), marks::marker(owner)),
        ]),
        fields: Fields::new(),
        depends_on: Vec::new(),
        existing: false,
    }
}

/// Groups' dealings with IAM.
#[derive(Debug)]
pub struct Group;

#[async_trait]
impl Handler for Group {
    fn kind(&self) -> Kind {
        Kind::IamGroup
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let name = fields::id(want, "group")?;
        let Some((group, _)) = absent(get(aws, name).await, MISSING)? else { return Ok(None) };
        let got = aws.iam.get_group_policy().group_name(name).policy_name(INLINE).send().await;
        let policy = absent(got.call("iam:GetGroupPolicy"), MISSING)?;
        let policy = policy.map_or(Value::Null, |policy| document(policy.policy_document()));
        let mut resource = Resource { fields: Fields::from([("inline_policy".to_owned(), policy)]), ..want.clone() };
        resource.identity.insert("path".to_owned(), group.path().to_owned());
        Ok(Some(Live { ownership: path::judge(owner, &aws.region, group.path()), resource }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let (name, path) = (fields::id(want, "group")?, fields::id(want, "path")?);
        let made = aws.iam.create_group().group_name(name).path(path).send().await.call("iam:CreateGroup");
        match made {
            Ok(_) => write_policy(aws, name, &want.fields).await,
            Err(error) if is_there(&error) => create::settle(self, aws, want, error).await,
            Err(error) => Err(error),
        }
    }

    /// One that is taken over moves to our path, which is its mark.
    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        let (name, path) = (fields::id(want, "group")?, fields::id(want, "path")?);
        if fields::id(live, "path")? != path {
            aws.iam.update_group().group_name(name).new_path(path).send().await.call("iam:UpdateGroup")?;
        }
        if fields::touches(changed, "inline_policy") {
            write_policy(aws, name, &want.fields).await?;
        }
        Ok(())
    }

    /// Members that others put into it, and policies of others, are told and stop the deletion.
    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let (name, path) = (fields::id(live, "group")?, fields::id(live, "path")?);
        let Some(foreign) = absent(foreign(aws, name, path).await, MISSING)? else { return Ok(Deleted::Gone) };
        if !foreign.is_empty() {
            let help = format!(
                "aws iam remove-user-from-group --group-name {name} --user-name NAME, aws iam detach-group-policy \
                 --group-name {name} --policy-arn ARN (for an inline one delete-group-policy --policy-name NAME)"
            );
            return Err(has_foreign(&format!("group `{name}`"), &foreign, &help));
        }
        let inline = aws.iam.delete_group_policy().group_name(name).policy_name(INLINE).send().await;
        absent(inline.call("iam:DeleteGroupPolicy"), MISSING)?;
        let gone = retry_while(&[&DELETE_CONFLICT], || async {
            aws.iam.delete_group().group_name(name).send().await.call("iam:DeleteGroup")
        })
        .await;
        absent(gone, MISSING)?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

/// The group, and its members' names and paths.
async fn get(aws: &Session, name: &str) -> Result<(SdkGroup, Vec<(String, String)>)> {
    let mut pages = aws.iam.get_group().group_name(name).into_paginator().send();
    let mut found = None;
    let mut members = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.call("iam:GetGroup")?;
        members.extend(page.users().iter().map(|user| (user.user_name().to_owned(), user.path().to_owned())));
        found = found.or(page.group);
    }
    let missing = || crate::error::Error::bug(format!("IAM tells nothing of the group `{name}`"));
    Ok((found.ok_or_else(missing)?, members))
}

async fn write_policy(aws: &Session, name: &str, want: &Fields) -> Result<()> {
    let text = fields::json_text(want, "inline_policy");
    retry_while(&[&BEING_CHANGED], || async {
        let call = aws.iam.put_group_policy().group_name(name).policy_name(INLINE);
        call.set_policy_document(text.clone()).send().await.call("iam:PutGroupPolicy").map(drop)
    })
    .await
}

/// Members but our own user (it stands at our path, and has gone or is going), and policies but our own.
async fn foreign(aws: &Session, name: &str, path: &str) -> Result<Vec<String>> {
    let (_, members) = get(aws, name).await?;
    let mut foreign: Vec<String> = members.into_iter().filter(|(_, at)| at != path).map(|(user, _)| user).collect();
    let mut inline = aws.iam.list_group_policies().group_name(name).into_paginator().items().send();
    while let Some(policy) = inline.next().await {
        foreign.extend(Some(policy.call("iam:ListGroupPolicies")?).filter(|policy| policy != INLINE));
    }
    let mut attached = aws.iam.list_attached_group_policies().group_name(name).into_paginator().items().send();
    while let Some(policy) = attached.next().await {
        foreign.extend(policy.call("iam:ListAttachedGroupPolicies")?.policy_arn);
    }
    Ok(foreign)
}

#[cfg(test)]
#[path = "group_tests.rs"]
mod tests;
