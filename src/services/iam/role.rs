//! `iam_role`: the role that Glue assumes, under the path `/pipectl/<name>/`, which makes it listable (the tagging API does
//! not list roles); or an existing one, used and not owned.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_iam::types::Role as SdkRole;
use serde_json::{Value, json};

use super::policy;
use super::wire::{INLINE, MISSING, document, has_foreign, is_there, sdk_tags, tags_field};
use crate::aws::retry::{BEING_CHANGED, DELETE_CONFLICT, PRINCIPAL_NOT_READY, retry_while};
use crate::aws::{Call, Session, absent};
use crate::error::{Error, Result};
use crate::resource::{Address, Fields, Kind, Live, Owner, Ownership, Resource};
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that roles need; `iam:PassRole` hands the role to Glue.
pub const ACTIONS: &[&str] = &[
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:PassRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
];

/// The longest name IAM takes.
const LONGEST_NAME: usize = 64;

/// The role, made or existing.
pub fn desired(cx: &Context<'_>) -> Result<Resource> {
    let name = name(cx)?;
    let mut identity = BTreeMap::from([("role".to_owned(), name.clone())]);
    let existing = cx.manifest.iam.job_role.is_some();
    if !existing {
        identity.insert("path".to_owned(), path(cx));
    }
    let boundary = cx.manifest.iam.permissions_boundary.as_ref().map(|arn| arn.value.clone());
    let described = format!("Glue's role of pipeline {} ({})", *cx.manifest.name, cx.owner.environment);
    let managed = Fields::from([
        ("description".to_owned(), json!(described)),
        ("trust_policy".to_owned(), policy::trust(cx)),
        ("inline_policy".to_owned(), policy::inline(cx)),
        ("permissions_boundary".to_owned(), json!(boundary)),
        ("tags".to_owned(), marks::tags(cx)),
    ]);
    Ok(Resource {
        address: Address::new(Kind::IamRole, name),
        identity,
        fields: if existing { Fields::new() } else { managed },
        depends_on: Vec::new(),
        existing,
    })
}

/// The role's ARN: computed, or as the manifest gives it.
pub fn arn(cx: &Context<'_>) -> Result<String> {
    match &cx.manifest.iam.job_role {
        Some(role) if role.starts_with("arn:") => Ok(role.value.clone()),
        Some(role) => Ok(format!("arn:{}:iam::{}:role/{}", cx.partition, cx.account, role.trim_start_matches('/'))),
        None => Ok(format!("arn:{}:iam::{}:role{}{}", cx.partition, cx.account, path(cx), name(cx)?)),
    }
}

fn path(cx: &Context<'_>) -> String {
    super::path::of_roles(&cx.manifest.name)
}

fn name(cx: &Context<'_>) -> Result<String> {
    if let Some(role) = &cx.manifest.iam.job_role {
        return Ok(role.rsplit('/').next().unwrap_or(role).to_owned());
    }
    // Roles are global, pipelines are not: the region stands in the name.
    let name = format!("{}-glue-{}", cx.manifest.base_name(), cx.region);
    if name.len() > LONGEST_NAME {
        return Err(Error::manifest(
            "name-too-long",
            format!("the role's name `{name}` has {} characters", name.len()),
        )
        .at(cx.manifest.name.place.clone())
        .with_expected(format!("at most {LONGEST_NAME}"))
        .with_help("shorten `name` or the environment's name, or name a role of your own under `iam.job_role`"));
    }
    Ok(name)
}

/// Roles' dealings with IAM.
#[derive(Debug)]
pub struct Role;

#[async_trait]
impl Handler for Role {
    fn kind(&self) -> Kind {
        Kind::IamRole
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let name = fields::id(want, "role")?;
        let got = aws.iam.get_role().role_name(name).send().await.call("iam:GetRole");
        let Some(role) = absent(got, MISSING)?.and_then(|answer| answer.role) else { return Ok(None) };
        if want.existing {
            let ownership = Ownership::Strangers("it is used, not owned".to_owned());
            return Ok(Some(Live { resource: want.clone(), ownership }));
        }
        let inline = inline_policy(aws, name).await?;
        let live = live_fields(&role, inline);
        let ownership = judge(owner, want, role.path(), &live);
        Ok(Some(Live { resource: Resource { fields: live, ..want.clone() }, ownership }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let name = fields::id(want, "role")?;
        let tags = sdk_tags(&want.fields)?;
        let made = retry_while(&[&PRINCIPAL_NOT_READY, &BEING_CHANGED], || async {
            aws.iam
                .create_role()
                .role_name(name)
                .path(fields::id(want, "path")?)
                .set_description(fields::text(&want.fields, "description").map(str::to_owned))
                .set_assume_role_policy_document(fields::json_text(&want.fields, "trust_policy"))
                .set_permissions_boundary(fields::text(&want.fields, "permissions_boundary").map(str::to_owned))
                .set_tags(Some(tags.clone()))
                .send()
                .await
                .call("iam:CreateRole")
        })
        .await;
        match made {
            Ok(_) => write(aws, name, "inline_policy", &want.fields, &want.fields).await,
            Err(error) if is_there(&error) => create::settle(self, aws, want, error).await,
            Err(error) => Err(error),
        }
    }

    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        let name = fields::id(want, "role")?;
        // Rights come before trust, so that whoever may assume it never holds less than is wanted.
        for field in ["tags", "inline_policy", "permissions_boundary", "description", "trust_policy"] {
            if fields::touches(changed, field) {
                write(aws, name, field, &live.fields, &want.fields).await?;
            }
        }
        Ok(())
    }

    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let name = fields::id(live, "role")?;
        let Some(foreign) = absent(foreign_policies(aws, name).await, MISSING)? else { return Ok(Deleted::Gone) };
        if !foreign.is_empty() {
            let help = format!(
                "aws iam detach-role-policy --role-name {name} --policy-arn ARN (for an inline one delete-role-policy \
                 --policy-name NAME)"
            );
            return Err(has_foreign(&format!("role `{name}`"), &foreign, &help));
        }
        let inline = aws.iam.delete_role_policy().role_name(name).policy_name(INLINE).send().await;
        absent(inline.call("iam:DeleteRolePolicy"), MISSING)?;
        let gone = retry_while(&[&DELETE_CONFLICT], || async {
            aws.iam.delete_role().role_name(name).send().await.call("iam:DeleteRole")
        })
        .await;
        absent(gone, MISSING)?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

/// Ours is told by path and tags together.
fn judge(owner: &Owner, want: &Resource, live_path: &str, live: &Fields) -> Ownership {
    match want.identity.get("path") {
        Some(path) if path != live_path => Ownership::Strangers(format!("its path is `{live_path}`, not `{path}`")),
        _ => owner.judge(&fields::map(live, "tags")),
    }
}

async fn inline_policy(aws: &Session, role: &str) -> Result<Value> {
    let got = aws.iam.get_role_policy().role_name(role).policy_name(INLINE).send().await.call("iam:GetRolePolicy");
    Ok(absent(got, MISSING)?.map_or(Value::Null, |policy| document(policy.policy_document())))
}

fn live_fields(role: &SdkRole, inline: Value) -> Fields {
    let boundary = role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
    Fields::from([
        ("description".to_owned(), json!(role.description().unwrap_or_default())),
        ("trust_policy".to_owned(), role.assume_role_policy_document().map_or(Value::Null, document)),
        ("inline_policy".to_owned(), inline),
        ("permissions_boundary".to_owned(), json!(boundary)),
        ("tags".to_owned(), tags_field(role.tags())),
    ])
}

/// Makes one field as wanted. IAM's tags are written by key: foreign ones stay by themselves.
async fn write(aws: &Session, role: &str, field: &str, live: &Fields, want: &Fields) -> Result<()> {
    retry_while(&[&PRINCIPAL_NOT_READY, &BEING_CHANGED], || write_once(aws, role, field, live, want)).await
}

async fn write_once(aws: &Session, role: &str, field: &str, live: &Fields, want: &Fields) -> Result<()> {
    let iam = &aws.iam;
    match field {
        "tags" => {
            // What left the manifest goes first: the list of ours must not forget one that is still there.
            let gone = fields::gone(live, want, "tags");
            if !gone.is_empty() {
                let call = iam.untag_role().role_name(role).set_tag_keys(Some(gone));
                call.send().await.call("iam:UntagRole")?;
            }
            let call = iam.tag_role().role_name(role).set_tags(Some(sdk_tags(want)?));
            call.send().await.call("iam:TagRole").map(drop)
        }
        "inline_policy" => {
            let call = iam.put_role_policy().role_name(role).policy_name(INLINE);
            let call = call.set_policy_document(fields::json_text(want, "inline_policy"));
            call.send().await.call("iam:PutRolePolicy").map(drop)
        }
        "permissions_boundary" => match fields::text(want, "permissions_boundary") {
            Some(arn) => {
                let call = iam.put_role_permissions_boundary().role_name(role).permissions_boundary(arn);
                call.send().await.call("iam:PutRolePermissionsBoundary").map(drop)
            }
            None => {
                let call = iam.delete_role_permissions_boundary().role_name(role).send().await;
                absent(call.call("iam:DeleteRolePermissionsBoundary"), MISSING).map(drop)
            }
        },
        "description" => {
            let text = fields::text(want, "description").unwrap_or_default();
            iam.update_role().role_name(role).description(text).send().await.call("iam:UpdateRole").map(drop)
        }
        "trust_policy" => {
            let call = iam.update_assume_role_policy().role_name(role);
            let call = call.set_policy_document(fields::json_text(want, "trust_policy"));
            call.send().await.call("iam:UpdateAssumeRolePolicy").map(drop)
        }
        other => Err(Error::bug(format!("a role has no field `{other}`"))),
    }
}

/// Policies on the role that we did not put there: inline by name, attached by ARN.
async fn foreign_policies(aws: &Session, role: &str) -> Result<Vec<String>> {
    let mut foreign = Vec::new();
    let mut inline = aws.iam.list_role_policies().role_name(role).into_paginator().items().send();
    while let Some(name) = inline.next().await {
        foreign.push(name.call("iam:ListRolePolicies")?);
    }
    foreign.retain(|name| name != INLINE);
    let mut attached = aws.iam.list_attached_role_policies().role_name(role).into_paginator().items().send();
    while let Some(policy) = attached.next().await {
        foreign.extend(policy.call("iam:ListAttachedRolePolicies")?.policy_arn);
    }
    Ok(foreign)
}

#[cfg(test)]
#[path = "role_tests.rs"]
mod tests;
