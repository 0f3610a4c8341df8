//! Tags of QuickSight's assets, by ARN.

use std::collections::BTreeMap;

use aws_sdk_quicksight::types::Tag;
use serde_json::{Value, json};

use super::names::live_arn;
use super::permissions::{self, PRINCIPALS};
use crate::aws::{Call, Session};
use crate::error::{Error, Result};
use crate::resource::Fields;
use crate::services::fields;

/// The tags of `dataset/x`, foreign ones included.
pub(super) async fn read(aws: &Session, resource: &str) -> Result<BTreeMap<String, String>> {
    let call = aws.quicksight.list_tags_for_resource().resource_arn(live_arn(aws, resource));
    let got = call.send().await.call("quicksight:ListTagsForResource")?;
    Ok(got.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect())
}

/// The `tags` field of what is live. The list of principals stands with the permissions.
pub(super) fn field(tags: &BTreeMap<String, String>) -> Value {
    fields::object(tags.iter().filter(|(key, _)| *key != PRINCIPALS))
}

/// Sets the wanted tags, and takes away those of ours that are no longer wanted. QuickSight leaves the others alone.
pub(super) async fn write(aws: &Session, resource: &str, live: &Fields, want: &Fields) -> Result<()> {
    // First what goes: the list of ours must not forget one that is still there.
    remove(aws, resource, fields::gone(live, want, "tags")).await?;
    set(aws, resource, fields::map(want, "tags")).await
}

/// Notes who was given permissions by us, once that is done.
pub(super) async fn write_principals(aws: &Session, resource: &str, live: &Fields, want: &Fields) -> Result<()> {
    match permissions::list(want) {
        same if same == permissions::list(live) => Ok(()),
        Some(list) => set(aws, resource, BTreeMap::from([(PRINCIPALS.to_owned(), list.to_owned())])).await,
        None => remove(aws, resource, vec![PRINCIPALS.to_owned()]).await,
    }
}

async fn set(aws: &Session, resource: &str, tags: BTreeMap<String, String>) -> Result<()> {
    let Some(tags) = built(tags)? else { return Ok(()) };
    let call = aws.quicksight.tag_resource().resource_arn(live_arn(aws, resource)).set_tags(Some(tags));
    call.send().await.call("quicksight:TagResource").map(drop)
}

async fn remove(aws: &Session, resource: &str, keys: Vec<String>) -> Result<()> {
    if keys.is_empty() {
        return Ok(());
    }
    let call = aws.quicksight.untag_resource().resource_arn(live_arn(aws, resource)).set_tag_keys(Some(keys));
    call.send().await.call("quicksight:UntagResource").map(drop)
}

/// All tags of a new asset, for a builder; `None` for none, since an empty list is refused.
pub(super) fn sdk(want: &Fields) -> Result<Option<Vec<Tag>>> {
    built(all(want))
}

/// The wanted tags, and who was given permissions by us.
fn all(want: &Fields) -> BTreeMap<String, String> {
    let mut tags = fields::map(want, "tags");
    tags.extend(permissions::list(want).map(|list| (PRINCIPALS.to_owned(), list.to_owned())));
    tags
}

fn built(tags: BTreeMap<String, String>) -> Result<Option<Vec<Tag>>> {
    let tags: Vec<Tag> = tags
        .into_iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<std::result::Result<_, _>>()
        .map_err(|e| Error::bug(format!("a tag cannot be built: {e}")))?;
    Ok((!tags.is_empty()).then_some(tags))
}

/// The same for a request's body.
pub(super) fn document(want: &Fields) -> Option<Value> {
    let tags: Vec<Value> = all(want).into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    (!tags.is_empty()).then(|| Value::Array(tags))
}
