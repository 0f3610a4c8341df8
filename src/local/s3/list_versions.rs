//! `ListObjectVersions`.

use std::collections::BTreeSet;

use s3s::dto::*;
use s3s::{S3Request, S3Result};

use super::list::{self, Listed, encode, limit};
use super::object::Object;
use super::refuse::invalid_argument;
use super::{bucket, keyspace, object, versions};
use crate::local::store::Store;

/// A version of a key, or a delete marker.
struct Entry {
    id: String,
    modified: u64,
    latest: bool,
    object: Option<Object>,
}

/// All versions of a key, newest first. Without a current object only a delete marker can be the latest.
async fn entries(store: &Store, bucket: &str, key: &str) -> S3Result<Vec<Entry>> {
    let current = object::current(store, bucket, key).await?.map(|found| found.object);
    let gone = current.is_none();
    let null_again = current.as_ref().is_some_and(|c| c.version.is_none());
    let mut entries: Vec<Entry> = current
        .map(|object| Entry {
            id: object.version_id().to_owned(),
            modified: object.modified,
            latest: true,
            object: Some(object),
        })
        .into_iter()
        .collect();
    for (at, version) in versions::history(store, bucket, key)?.into_iter().enumerate() {
        // A file that was written without us over a bucket with versions is the one version `null`.
        if !(null_again && version.id == "null") {
            let latest = gone && at == 0 && version.object.is_none();
            entries.push(Entry { id: version.id, modified: version.modified, latest, object: version.object });
        }
    }
    Ok(entries)
}

/// `ListObjectVersions`: by key, newest first; common prefixes count like keys.
pub async fn versions(
    store: &Store,
    request: S3Request<ListObjectVersionsInput>,
) -> S3Result<ListObjectVersionsOutput> {
    let input = request.input;
    bucket::find(store, &input.bucket)?;
    let most = limit(input.max_keys)?.min(store.page_size());
    let prefix = input.prefix.clone().unwrap_or_default();
    let after = input.key_marker.clone().unwrap_or_default();
    let after_version = input.version_id_marker.clone().filter(|id| !id.is_empty());
    if after_version.is_some() && after.is_empty() {
        return Err(invalid_argument("A version-id marker cannot be specified without a key marker."));
    }
    let mut keys: BTreeSet<String> = keyspace::keys(store, &input.bucket, &prefix);
    keys.extend(keyspace::history_keys(store, &input.bucket)?.into_iter().filter(|key| key.starts_with(&prefix)));
    let keys = keys.into_iter().filter(|key| *key > after || (after_version.is_some() && *key == after));
    let mut items = Vec::new();
    for key in keys {
        let mut entries = entries(store, &input.bucket, &key).await?;
        if key == after
            && let Some(seen) = entries.iter().position(|e| Some(&e.id) == after_version.as_ref())
        {
            entries.drain(..=seen);
        }
        items.extend(entries.into_iter().map(|entry| (key.clone(), entry)));
        // One more than a page is enough to know that there is more; rolled-up keys do not fill it.
        if input.delimiter.is_none() && items.len() > most {
            break;
        }
    }
    let page = list::page(items, &prefix, input.delimiter.as_deref(), &after, most);
    Ok(output(store, input, page, most))
}

fn output(
    store: &Store,
    input: ListObjectVersionsInput,
    page: list::Page<Entry>,
    most: usize,
) -> ListObjectVersionsOutput {
    let encode = |text: &str| encode(text, input.encoding_type.as_ref());
    let (mut versions, mut markers, mut prefixes) = (Vec::new(), Vec::new(), Vec::new());
    let mut next = (None, None);
    for item in page.items {
        next.0 = Some(encode(item.name()));
        next.1 = None;
        let (key, entry) = match item {
            Listed::Item(key, entry) => (encode(&key), entry),
            Listed::Prefix(prefix) => {
                prefixes.push(CommonPrefix { prefix: Some(encode(&prefix)) });
                continue;
            }
        };
        next.1 = Some(entry.id.clone());
        match entry.object {
            None => markers.push(DeleteMarkerEntry {
                is_latest: Some(entry.latest),
                key: Some(key),
                last_modified: Some(object::timestamp(entry.modified)),
                owner: Some(bucket::owner(store)),
                version_id: Some(entry.id),
            }),
            Some(object) => versions.push(ObjectVersion {
                e_tag: Some(ETag::Strong(object.etag)),
                is_latest: Some(entry.latest),
                key: Some(key),
                last_modified: Some(object::timestamp(entry.modified)),
                owner: Some(bucket::owner(store)),
                size: i64::try_from(object.size).ok(),
                storage_class: Some(ObjectVersionStorageClass::from_static(ObjectVersionStorageClass::STANDARD)),
                version_id: Some(entry.id),
                ..Default::default()
            }),
        }
    }
    let next = if page.truncated { next } else { (None, None) };
    ListObjectVersionsOutput {
        common_prefixes: Some(prefixes),
        delete_markers: Some(markers),
        delimiter: input.delimiter.as_deref().map(encode),
        is_truncated: Some(page.truncated),
        key_marker: Some(input.key_marker.as_deref().map(encode).unwrap_or_default()),
        max_keys: i32::try_from(most).ok(),
        next_key_marker: next.0,
        next_version_id_marker: next.1,
        prefix: Some(input.prefix.as_deref().map(encode).unwrap_or_default()),
        version_id_marker: input.version_id_marker,
        versions: Some(versions),
        encoding_type: input.encoding_type.clone(),
        name: Some(input.bucket),
        ..Default::default()
    }
}
