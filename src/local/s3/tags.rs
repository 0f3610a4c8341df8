//! Tags of objects.

use s3s::dto::*;
use s3s::{S3Request, S3Result};

use super::object::{self, Object};
use super::refuse::{no_such_key, no_such_version};
use super::{bucket, validate, versions};
use crate::local::store::Store;

/// `PutObjectTagging`.
pub async fn put(store: &Store, request: S3Request<PutObjectTaggingInput>) -> S3Result<PutObjectTaggingOutput> {
    let input = request.input;
    validate::tags(&input.tagging.tag_set, 10)?;
    let tags = input.tagging.tag_set;
    let version_id = change(store, &input.bucket, &input.key, input.version_id.as_deref(), |object| {
        object.attributes.tags = tags.into_iter().filter_map(|tag| Some((tag.key?, tag.value?))).collect();
    })
    .await?;
    Ok(PutObjectTaggingOutput { version_id })
}

/// `DeleteObjectTagging`.
pub async fn delete(
    store: &Store,
    request: S3Request<DeleteObjectTaggingInput>,
) -> S3Result<DeleteObjectTaggingOutput> {
    let input = request.input;
    let version_id =
        change(store, &input.bucket, &input.key, input.version_id.as_deref(), |o| o.attributes.tags.clear()).await?;
    Ok(DeleteObjectTaggingOutput { version_id })
}

/// `GetObjectTagging`.
pub async fn get(store: &Store, request: S3Request<GetObjectTaggingInput>) -> S3Result<GetObjectTaggingOutput> {
    let input = request.input;
    let opened = super::read::open(store, &input.bucket, &input.key, input.version_id.as_deref()).await?;
    let tags = opened.object.attributes.tags.into_iter();
    let tag_set = tags.map(|(key, value)| Tag { key: Some(key), value: Some(value) }).collect();
    Ok(GetObjectTaggingOutput { tag_set, version_id: opened.version })
}

/// Changes what is known of an object, and returns its version id if it has one.
async fn change(
    store: &Store,
    bucket: &str,
    key: &str,
    version: Option<&str>,
    change: impl FnOnce(&mut Object),
) -> S3Result<Option<String>> {
    bucket::find(store, bucket)?;
    let lock = store.lock().await?;
    let current = object::current_locked(store, bucket, key, &lock)?;
    match (current, version) {
        (Some(mut found), id) if id.is_none_or(|id| found.object.version_id() == id) => {
            change(&mut found.object);
            store.put(&object::collection(bucket), key, &found.object)?;
            Ok(found.object.version)
        }
        (_, None) => Err(no_such_key()),
        (_, Some(id)) => {
            let mut history = versions::history(store, bucket, key)?;
            let version = history.iter_mut().find(|v| v.id == id).and_then(|v| v.object.as_mut());
            change(version.ok_or_else(no_such_version)?);
            store.put(&versions::collection(bucket), key, &history)?;
            Ok(Some(id.to_owned()))
        }
    }
}
