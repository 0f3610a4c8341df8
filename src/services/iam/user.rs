//! `iam_user`: the operator, when the manifest names a user. Its rights are those of the group of the same name; its keys and
//! password are given by whoever keeps people.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_iam::types::User as SdkUser;
use serde_json::{Value, json};

use super::wire::{MISSING, has_foreign, is_there, sdk_tags, tags_field};
use super::{operator, path};
use crate::aws::retry::{BEING_CHANGED, DELETE_CONFLICT, retry_while};
use crate::aws::{Call, Session, absent};
use crate::error::{Error, Result};
use crate::manifest::model::Operator;
use crate::resource::{Address, Fields, Kind, Live, Owner, Ownership, Resource};
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that users need.
pub const ACTIONS: &[&str] = &[
    "iam:AddUserToGroup",
    "iam:CreateUser",
    "iam:DeleteUser",
    "iam:DeleteUserPermissionsBoundary",
    "iam:GetLoginProfile",
    "iam:GetUser",
    "iam:ListAccessKeys",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupsForUser",
    "iam:ListMFADevices",
    "iam:ListUserPolicies",
    "iam:PutUserPermissionsBoundary",
    "iam:RemoveUserFromGroup",
    "iam:TagUser",
    "iam:UntagUser",
    "iam:UpdateUser",
];

/// What the `groups` field says of a group that the user is in.
const MEMBER: &str = "member";

/// The operator's user, when the manifest names one.
pub fn desired(cx: &Context<'_>) -> Option<Resource> {
    let Some(Operator::User(name)) = &cx.manifest.iam.operator else { return None };
    let boundary = cx.manifest.iam.permissions_boundary.as_ref().map(|arn| arn.value.as_str());
    let fields = Fields::from([
        ("groups".to_owned(), json!({ name.value.as_str(): MEMBER })),
        ("permissions_boundary".to_owned(), json!(boundary)),
        ("tags".to_owned(), marks::tags(cx)),
    ]);
    Some(Resource { fields, ..named(name, &path::of(cx.owner, cx.region)) })
}

/// A user of which no more is known.
pub(in crate::services) fn named(name: &str, path: &str) -> Resource {
    Resource {
        address: Address::new(Kind::IamUser, name),
        identity: BTreeMap::from([("user".to_owned(), name.to_owned()), ("path".to_owned(), path.to_owned())]),
        fields: Fields::new(),
        depends_on: vec![operator::group_address(name)],
        existing: false,
    }
}

/// Users' dealings with IAM.
#[derive(Debug)]
pub struct User;

#[async_trait]
impl Handler for User {
    fn kind(&self) -> Kind {
        Kind::IamUser
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let name = fields::id(want, "user")?;
        let got = aws.iam.get_user().user_name(name).send().await.call("iam:GetUser");
        let Some(user) = absent(got, MISSING)?.and_then(|answer| answer.user) else { return Ok(None) };
        let Some(groups) = absent(groups(aws, name).await, MISSING)? else { return Ok(None) };
        let live = live_fields(&user, groups);
        let ownership = match path::judge(owner, &aws.region, user.path()) {
            Ownership::Ours => owner.judge(&fields::map(&live, "tags")),
            strangers => strangers,
        };
        let mut resource = Resource { fields: live, ..want.clone() };
        resource.identity.insert("path".to_owned(), user.path().to_owned());
        Ok(Some(Live { resource, ownership }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let name = fields::id(want, "user")?;
        let made = aws
            .iam
            .create_user()
            .user_name(name)
            .path(fields::id(want, "path")?)
            .set_permissions_boundary(fields::text(&want.fields, "permissions_boundary").map(str::to_owned))
            .set_tags(Some(sdk_tags(&want.fields)?))
            .send()
            .await
            .call("iam:CreateUser");
        match made {
            Ok(_) => write(aws, name, "groups", &Fields::new(), &want.fields).await,
            Err(error) if is_there(&error) => create::settle(self, aws, want, error).await,
            Err(error) => Err(error),
        }
    }

    /// One that is taken over moves to our path, which is part of its mark.
    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        let (name, path) = (fields::id(want, "user")?, fields::id(want, "path")?);
        if fields::id(live, "path")? != path {
            aws.iam.update_user().user_name(name).new_path(path).send().await.call("iam:UpdateUser")?;
        }
        // The boundary comes before the rights that it bounds.
        for field in ["tags", "permissions_boundary", "groups"] {
            if fields::touches(changed, field) {
                write(aws, name, field, &live.fields, &want.fields).await?;
            }
        }
        Ok(())
    }

    /// What others gave it, such as access keys, is told and stops the deletion.
    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let name = fields::id(live, "user")?;
        let Some((ours, foreign)) = absent(holdings(aws, name).await, MISSING)? else { return Ok(Deleted::Gone) };
        if !foreign.is_empty() {
            let help = format!(
                "aws iam delete-access-key --user-name {name} --access-key-id ID, delete-login-profile, \
                 deactivate-mfa-device, remove-user-from-group, detach-user-policy or delete-user-policy"
            );
            return Err(has_foreign(&format!("user `{name}`"), &foreign, &help));
        }
        for group in ours {
            remove_from(aws, name, &group).await?;
        }
        let gone = retry_while(&[&DELETE_CONFLICT], || async {
            aws.iam.delete_user().user_name(name).send().await.call("iam:DeleteUser")
        })
        .await;
        absent(gone, MISSING)?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

fn live_fields(user: &SdkUser, groups: Vec<String>) -> Fields {
    let boundary = user.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
    let groups = groups.into_iter().map(|group| (group, json!(MEMBER))).collect();
    Fields::from([
        ("groups".to_owned(), Value::Object(groups)),
        ("permissions_boundary".to_owned(), json!(boundary)),
        ("tags".to_owned(), tags_field(user.tags())),
    ])
}

/// Makes one field as wanted. Tags and groups are written one by one: foreign ones stay by themselves.
async fn write(aws: &Session, user: &str, field: &str, live: &Fields, want: &Fields) -> Result<()> {
    retry_while(&[&BEING_CHANGED], || write_once(aws, user, field, live, want)).await
}

async fn write_once(aws: &Session, user: &str, field: &str, live: &Fields, want: &Fields) -> Result<()> {
    let iam = &aws.iam;
    match field {
        "tags" => {
            // What left the manifest goes first: the list of ours must not forget one that is still there.
            let gone = fields::gone(live, want, "tags");
            if !gone.is_empty() {
                let call = iam.untag_user().user_name(user).set_tag_keys(Some(gone));
                call.send().await.call("iam:UntagUser")?;
            }
            let call = iam.tag_user().user_name(user).set_tags(Some(sdk_tags(want)?));
            call.send().await.call("iam:TagUser").map(drop)
        }
        "permissions_boundary" => match fields::text(want, "permissions_boundary") {
            Some(arn) => {
                let call = iam.put_user_permissions_boundary().user_name(user).permissions_boundary(arn);
                call.send().await.call("iam:PutUserPermissionsBoundary").map(drop)
            }
            None => {
                let call = iam.delete_user_permissions_boundary().user_name(user).send().await;
                absent(call.call("iam:DeleteUserPermissionsBoundary"), MISSING).map(drop)
            }
        },
        "groups" => {
            for (group, member) in want.get("groups").and_then(Value::as_object).into_iter().flatten() {
                if member.is_null() {
                    remove_from(aws, user, group).await?;
                } else {
                    let call = iam.add_user_to_group().user_name(user).group_name(group);
                    call.send().await.call("iam:AddUserToGroup")?;
                }
            }
            Ok(())
        }
        other => Err(Error::bug(format!("a user has no field `{other}`"))),
    }
}

async fn remove_from(aws: &Session, user: &str, group: &str) -> Result<()> {
    let call = aws.iam.remove_user_from_group().user_name(user).group_name(group).send().await;
    absent(call.call("iam:RemoveUserFromGroup"), MISSING).map(drop)
}

async fn groups(aws: &Session, user: &str) -> Result<Vec<String>> {
    let mut pages = aws.iam.list_groups_for_user().user_name(user).into_paginator().items().send();
    let mut groups = Vec::new();
    while let Some(group) = pages.next().await {
        groups.push(group.call("iam:ListGroupsForUser")?.group_name);
    }
    Ok(groups)
}

/// The groups that we put the user into (the one of its name), and what others gave it, in words.
async fn holdings(aws: &Session, user: &str) -> Result<(Vec<String>, Vec<String>)> {
    let (ours, others): (Vec<_>, Vec<_>) = groups(aws, user).await?.into_iter().partition(|group| group == user);
    let mut foreign: Vec<String> = others.into_iter().map(|group| format!("membership in {group}")).collect();
    let mut keys = aws.iam.list_access_keys().user_name(user).into_paginator().items().send();
    while let Some(key) = keys.next().await {
        foreign.push(format!("access key {}", key.call("iam:ListAccessKeys")?.access_key_id().unwrap_or_default()));
    }
    let password = aws.iam.get_login_profile().user_name(user).send().await.call("iam:GetLoginProfile");
    foreign.extend(absent(password, MISSING)?.map(|_| "a password".to_owned()));
    let mut devices = aws.iam.list_mfa_devices().user_name(user).into_paginator().items().send();
    while let Some(device) = devices.next().await {
        foreign.push(format!("MFA device {}", device.call("iam:ListMFADevices")?.serial_number()));
    }
    let mut inline = aws.iam.list_user_policies().user_name(user).into_paginator().items().send();
    while let Some(policy) = inline.next().await {
        foreign.push(policy.call("iam:ListUserPolicies")?);
    }
    let mut attached = aws.iam.list_attached_user_policies().user_name(user).into_paginator().items().send();
    while let Some(policy) = attached.next().await {
        foreign.extend(policy.call("iam:ListAttachedUserPolicies")?.policy_arn);
    }
    Ok((ours, foreign))
}

#[cfg(test)]
#[path = "user_tests.rs"]
mod tests;
