//! The Resource Groups Tagging API: what carries a pipeline's marks, in whatever service. It knows buckets, databases, jobs,
//! crawlers, workflows, triggers, workgroups and QuickSight's assets; it does not know IAM's roles, users and groups, nor
//! what takes no tags.
//!
//! It follows the services with some delay: what it lists may be gone already, so every hit is confirmed by its own service.

use aws_sdk_resourcegroupstagging::types::TagFilter;

use crate::aws::{Call, Session};
use crate::error::Result;
use crate::resource::Owner;

/// The IAM action that looking for marks needs.
pub const ACTIONS: &[&str] = &["tag:GetResources"];

/// The ARNs of everything in the session's account and region that carries all marks of `owner`, sorted.
pub async fn marked(aws: &Session, owner: &Owner) -> Result<Vec<String>> {
    let filters = owner.tags().into_iter().map(|(key, value)| TagFilter::builder().key(key).values(value).build());
    let call = aws.tagging.get_resources().set_tag_filters(Some(filters.collect()));
    let mut found = call.into_paginator().items().send();
    let mut arns = Vec::new();
    while let Some(mapping) = found.next().await {
        arns.extend(mapping.call("tag:GetResources")?.resource_arn);
    }
    arns.sort_unstable();
    Ok(arns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::services::testing::owner;
    use serde_json::{Value, json};

    #[tokio::test]
    async fn all_pages_are_asked_for_with_the_marks() {
        let page = |arn: &str, token: &str| {
            Reply::json(json!({"ResourceTagMappingList": [{"ResourceARN": arn}], "PaginationToken": token}))
        };
        let server = Canned::start(vec![page("arn:b", "more"), page("arn:a", "")]).await;
        assert_eq!(marked(&session(&server), &owner()).await.unwrap(), ["arn:a", "arn:b"]);
        let asked: Vec<Value> = server.asked().iter().map(|a| serde_json::from_str(&a.body).unwrap()).collect();
        assert_eq!(
            asked[0]["TagFilters"],
            json!([{"Key": "pipectl:environment", "Values": ["dev"]}, {"Key": "pipectl:pipeline", "Values": ["spotify"]}])
        );
        assert_eq!(asked[1]["PaginationToken"], "more");
    }
}
