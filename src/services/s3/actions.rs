//! What a run does with S3: list, upload, read and write small texts, delete.
//!
//! Every call carries the account as expected bucket owner: a bucket name that somebody else took is an error, never a
//! write. Calls: `s3:ListBucket`, `s3:GetObject`, `s3:PutObject`, `s3:AbortMultipartUpload`, `s3:ListBucketMultipartUploads`,
//! `s3:ListMultipartUploadParts`, `s3:DeleteObject`.

use aws_sdk_s3::primitives::ByteStream;

pub use super::upload::{multipart_etag, upload_file};
use crate::aws::{Call, Session, absent};
use crate::error::{Error, Result};

/// The IAM actions of a run.
pub const ACTIONS: &[&str] = &[
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
];

/// Enough folders to look at.
const MOST_FOLDERS: usize = 1000;

/// An object as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectInfo {
    /// The whole key.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// The ETag without quotes: for what [`upload_file`] put there, [`multipart_etag`] of the file.
    pub etag: String,
    /// Its storage class, as S3 names it: `STANDARD`, `GLACIER_IR`.
    pub class: String,
    /// When it came there, in milliseconds since 1970.
    pub modified_millis: i64,
}

/// The objects under `prefix`, sorted by key (UTF-8 bytes), all pages.
pub async fn list(aws: &Session, bucket: &str, prefix: &str) -> Result<Vec<ObjectInfo>> {
    let mut pages = aws
        .s3
        .list_objects_v2()
        .bucket(bucket)
        .prefix(prefix)
        .expected_bucket_owner(&aws.account)
        .into_paginator()
        .send();
    let mut objects = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.call("s3:ListBucket")?;
        objects.extend(page.contents().iter().map(|object| ObjectInfo {
            key: object.key().unwrap_or_default().to_owned(),
            size: object.size().unwrap_or_default().try_into().unwrap_or_default(),
            etag: object.e_tag().unwrap_or_default().trim_matches('"').to_owned(),
            class: object.storage_class().map_or("STANDARD", |class| class.as_str()).to_owned(),
            modified_millis: object.last_modified().and_then(|at| at.to_millis().ok()).unwrap_or_default(),
        }));
    }
    Ok(objects)
}

/// The folders at the top of a bucket, with a slash at their end; at most about a thousand.
pub async fn folders(aws: &Session, bucket: &str) -> Result<Vec<String>> {
    let call = aws.s3.list_objects_v2().bucket(bucket).delimiter("/").expected_bucket_owner(&aws.account);
    let mut pages = call.into_paginator().send();
    let mut folders = Vec::new();
    while let Some(page) = pages.next().await {
        folders.extend(page.call("s3:ListBucket")?.common_prefixes().iter().filter_map(|prefix| prefix.prefix.clone()));
        if folders.len() >= MOST_FOLDERS {
            break;
        }
    }
    Ok(folders)
}

/// The object's text; `None` when the object or its bucket is not there.
pub async fn get_text(aws: &Session, bucket: &str, key: &str) -> Result<Option<String>> {
    let got = aws.s3.get_object().bucket(bucket).key(key).expected_bucket_owner(&aws.account).send().await;
    let Some(object) = absent(got.call("s3:GetObject"), &["NoSuchKey", "NoSuchBucket", "NotFound"])? else {
        return Ok(None);
    };
    let uri = format!("s3://{bucket}/{key}");
    let body = object.body.collect().await.map_err(|e| {
        Error::new(crate::error::Kind::Aws, "aws-unreachable", format!("reading `{uri}` broke off: {e}"))
            .with_help("run the command again")
    })?;
    String::from_utf8(body.to_vec())
        .map(Some)
        .map_err(|e| Error::data("not-text", format!("`{uri}` is not UTF-8 text: {e}")))
}

/// Writes a small object whole.
pub async fn put_text(aws: &Session, bucket: &str, key: &str, text: &str, content_type: &str) -> Result<()> {
    aws.s3
        .put_object()
        .bucket(bucket)
        .key(key)
        .content_type(content_type)
        .body(ByteStream::from(text.as_bytes().to_vec()))
        .expected_bucket_owner(&aws.account)
        .send()
        .await
        .call("s3:PutObject")
        .map(drop)
}

/// Deletes these keys (in a versioned bucket: hides them) and says how many; keys that are not there count too.
///
/// Goes on after keys that fail, and then reports the first of them with the number of the others.
pub async fn delete_objects(aws: &Session, bucket: &str, keys: &[String]) -> Result<u64> {
    let targets = keys.iter().map(|key| super::delete::Target { key: key.clone(), version: None }).collect();
    super::delete::delete(aws, bucket, targets).await
}
