//! Tags of QuickSight's assets, by ARN.

use std::collections::BTreeMap;

use aws_sdk_quicksight::types::Tag;
use serde_json::{Value, json};

use super::names::live_arn;
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

/// Sets the wanted tags; QuickSight leaves the others alone.
pub(super) async fn write(aws: &Session, resource: &str, want: &Fields) -> Result<()> {
    let Some(tags) = sdk(want)? else { return Ok(()) };
    let call = aws.quicksight.tag_resource().resource_arn(live_arn(aws, resource)).set_tags(Some(tags));
    call.send().await.call("quicksight:TagResource").map(drop)
}

/// The tags for a builder; `None` for none, since an empty list is refused.
pub(super) fn sdk(want: &Fields) -> Result<Option<Vec<Tag>>> {
    let tags: Vec<Tag> = fields::map(want, "tags")
        .into_iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<std::result::Result<_, _>>()
        .map_err(|e| Error::bug(format!("a tag cannot be built: {e}")))?;
    Ok((!tags.is_empty()).then_some(tags))
}

/// The tags for a request's body; `None` for none.
pub(super) fn document(want: &Fields) -> Option<Value> {
    let tags: Vec<Value> =
        fields::map(want, "tags").into_iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    (!tags.is_empty()).then(|| Value::Array(tags))
}
