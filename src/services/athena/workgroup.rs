//! `athena_workgroup`: where results go, enforced and encrypted, and what a query may scan.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_athena::types::{Tag, WorkGroup};
use serde_json::json;

use super::named_query::queries;
use super::workgroup_input;
use crate::aws::{Call, Session};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::resource::{Address, Fields, Kind, Live, Owner, Ownership, Resource};
use crate::services::layout::Layout;
use crate::services::s3::{bucket, prefix};
use crate::services::{Context, Deleted, Handler, create, fields, marks};

/// The IAM actions that workgroups need.
pub const ACTIONS: &[&str] = &[
    "athena:BatchGetNamedQuery",
    "athena:CreateWorkGroup",
    "athena:DeleteWorkGroup",
    "athena:GetWorkGroup",
    "athena:ListNamedQueries",
    "athena:ListTagsForResource",
    "athena:TagResource",
    "athena:UntagResource",
    "athena:UpdateWorkGroup",
];

/// The workgroup's name: the manifest's, or the base name.
pub fn name(cx: &Context<'_>) -> String {
    cx.manifest.athena.workgroup.name.as_ref().map_or_else(|| cx.manifest.base_name(), |name| name.value.clone())
}

/// A workgroup's address.
pub fn address(name: &str) -> Address {
    Address::new(Kind::AthenaWorkgroup, name)
}

/// The workgroup.
pub fn desired(cx: &Context<'_>) -> Resource {
    let athena = &cx.manifest.athena;
    let results = Layout::of(cx.manifest).results;
    let name = name(cx);
    // Results are encrypted as their bucket is.
    let kms_key = cx.manifest.storage.results.kms_key.as_ref().map(|key| key.value.as_str());
    let managed = Fields::from([
        ("description".to_owned(), json!(cx.manifest.description.clone().unwrap_or_default())),
        ("output_location".to_owned(), json!(results.uri())),
        ("enforce".to_owned(), json!(true)),
        ("encryption".to_owned(), json!(if kms_key.is_some() { "SSE_KMS" } else { "SSE_S3" })),
        ("kms_key".to_owned(), json!(kms_key)),
        ("bytes_scanned_cutoff".to_owned(), json!(athena.bytes_scanned_cutoff.as_ref().map(|bytes| bytes.value))),
        ("publish_metrics".to_owned(), json!(true)),
        ("engine_version".to_owned(), json!("Athena engine version 3")),
        ("tags".to_owned(), marks::tags(cx)),
    ]);
    let mut depends_on = vec![bucket::address(&results.bucket)];
    if !results.prefix.is_empty() {
        depends_on.push(prefix::address("results"));
    }
    let existing = athena.workgroup.existing;
    Resource {
        address: address(&name),
        identity: BTreeMap::from([("workgroup".to_owned(), name)]),
        fields: if existing { Fields::new() } else { managed },
        depends_on,
        existing,
    }
}

/// Workgroups' dealings with Athena.
#[derive(Debug)]
pub struct Workgroup;

#[async_trait]
impl Handler for Workgroup {
    fn kind(&self) -> Kind {
        Kind::AthenaWorkgroup
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let name = fields::id(want, "workgroup")?;
        let Some(workgroup) = get(aws, name).await? else { return Ok(None) };
        if want.existing {
            let ownership = Ownership::Strangers("it is used, not owned".to_owned());
            return Ok(Some(Live { resource: want.clone(), ownership }));
        }
        let tags = read_tags(aws, name).await?;
        let ownership = owner.judge(&tags);
        let mut live = workgroup_input::fields_of(&workgroup);
        live.insert("tags".to_owned(), fields::object(&tags));
        Ok(Some(Live { resource: Resource { fields: live, ..want.clone() }, ownership }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let made = aws
            .athena
            .create_work_group()
            .name(fields::id(want, "workgroup")?)
            .description(fields::text(&want.fields, "description").unwrap_or_default())
            .configuration(workgroup_input::new(&want.fields)?)
            .set_tags(sdk_tags(&want.fields))
            .send()
            .await
            .call("athena:CreateWorkGroup");
        match made {
            Err(error) if is_there(&error) => create::settle(self, aws, want, error).await,
            other => other.map(drop),
        }
    }

    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        let name = fields::id(want, "workgroup")?;
        if fields::touches(changed, "tags") {
            write_tags(aws, name, &live.fields, &want.fields).await?;
        }
        if changed.iter().all(|field| fields::touches(std::slice::from_ref(field), "tags")) {
            return Ok(());
        }
        // Only what is sent changes, so there is nothing to read and write back.
        let mut call = aws.athena.update_work_group().work_group(name);
        if fields::touches(changed, "description") {
            call = call.description(fields::text(&want.fields, "description").unwrap_or_default());
        }
        let call = call.configuration_updates(workgroup_input::changed(&want.fields, changed)?);
        call.send().await.call("athena:UpdateWorkGroup").map(drop)
    }

    /// Goes with its history and with our queries, never with a query that somebody else saved in it.
    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let name = fields::id(live, "workgroup")?;
        let owner = marks::owner_of(live);
        let Some(queries) = present(queries(aws, name).await)? else { return Ok(Deleted::Gone) };
        let is_ours =
            |tags: &BTreeMap<String, String>| owner.as_ref().is_some_and(|o| o.judge(tags) == Ownership::Ours);
        let foreign: Vec<&str> = queries
            .iter()
            .filter(|query| !is_ours(&marks::split_marker(query.description().unwrap_or_default()).1))
            .map(|query| query.name())
            .collect();
        if !foreign.is_empty() {
            return Err(has_foreign_queries(name, &foreign));
        }
        let call = aws.athena.delete_work_group().work_group(name).recursive_delete_option(true);
        present(call.send().await.call("athena:DeleteWorkGroup"))?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

async fn get(aws: &Session, name: &str) -> Result<Option<WorkGroup>> {
    let got = aws.athena.get_work_group().work_group(name).send().await.call("athena:GetWorkGroup");
    Ok(present(got)?.and_then(|answer| answer.work_group))
}

/// Athena says of what is missing: `InvalidRequestException`, "WorkGroup x is not found".
pub(in crate::services) fn present<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_missing(error: &Error) -> bool {
    let said = |text: &str| error.message().contains(text);
    match error.aws_code() {
        Some("ResourceNotFoundException") => true,
        Some("InvalidRequestException") => said("is not found") || said("not found") || said("does not exist"),
        _ => false,
    }
}

fn is_there(error: &Error) -> bool {
    error.aws_code() == Some("InvalidRequestException")
        && (error.message().contains("already created") || error.message().contains("already exists"))
}

fn arn(aws: &Session, name: &str) -> String {
    format!("arn:{}:athena:{}:{}:workgroup/{name}", aws.partition, aws.region, aws.account)
}

async fn read_tags(aws: &Session, name: &str) -> Result<BTreeMap<String, String>> {
    let mut pages = aws.athena.list_tags_for_resource().resource_arn(arn(aws, name)).into_paginator().send();
    let mut tags = BTreeMap::new();
    while let Some(page) = pages.next().await {
        for tag in page.call("athena:ListTagsForResource")?.tags() {
            tags.insert(tag.key().unwrap_or_default().to_owned(), tag.value().unwrap_or_default().to_owned());
        }
    }
    Ok(tags)
}

/// What left the manifest goes first: the list of ours must not forget one that is still there.
async fn write_tags(aws: &Session, name: &str, live: &Fields, want: &Fields) -> Result<()> {
    let gone = fields::gone(live, want, "tags");
    if !gone.is_empty() {
        let call = aws.athena.untag_resource().resource_arn(arn(aws, name)).set_tag_keys(Some(gone));
        call.send().await.call("athena:UntagResource")?;
    }
    let call = aws.athena.tag_resource().resource_arn(arn(aws, name)).set_tags(sdk_tags(want));
    call.send().await.call("athena:TagResource").map(drop)
}

/// `None` for no tags: an empty list is refused.
fn sdk_tags(want: &Fields) -> Option<Vec<Tag>> {
    let tags: Vec<Tag> =
        fields::map(want, "tags").into_iter().map(|(k, v)| Tag::builder().key(k).value(v).build()).collect();
    (!tags.is_empty()).then_some(tags)
}

fn has_foreign_queries(workgroup: &str, foreign: &[&str]) -> Error {
    let list = foreign.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Error::new(
        ErrorKind::Conflict,
        "foreign-queries",
        format!("workgroup `{workgroup}` holds saved queries that are not this pipeline's: {list}"),
    )
    .with_expected("only queries that pipectl saved, so that nobody's work is lost")
    .with_help("move or delete these queries, then run the same command again; or keep the workgroup: `existing: true`")
}

#[cfg(test)]
#[path = "workgroup_tests.rs"]
mod tests;
