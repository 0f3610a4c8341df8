//! The parts of multipart uploads.

use std::path::PathBuf;

use s3s::dto::*;
use s3s::{S3Request, S3Result};
use serde::{Deserialize, Serialize};

use super::conditions::ReadConditions;
use super::copy::open_source;
use super::multipart::find;
use super::object::{self, Checksums};
use super::read::parse_copy_range;
use super::receive::{Expected, Received, algorithms, receive, receive_file};
use super::refuse::invalid_argument;
use super::write::with_checksums;
use super::{bucket, list};
use crate::error::Error;
use crate::local::store::{Store, rename_into};

/// A part that was uploaded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredPart {
    /// Its number, 1 to 10,000.
    pub number: i32,
    /// Its length.
    pub size: u64,
    /// When it came, nanoseconds since 1970.
    pub modified: u64,
    /// Its MD5 in hex.
    pub etag: String,
    /// Its checksums.
    pub checksums: Checksums,
}

fn collection(bucket: &str, upload: &str) -> String {
    format!("s3/parts/{bucket}/{upload}")
}

fn folder(store: &Store, bucket: &str, upload: &str) -> PathBuf {
    store.root().join("s3-parts").join(bucket).join(upload)
}

/// The file of a part.
pub fn path(store: &Store, bucket: &str, upload: &str, number: i32) -> PathBuf {
    folder(store, bucket, upload).join(number.to_string())
}

/// The parts that an upload has, by number.
pub fn stored(store: &Store, bucket: &str, upload: &str) -> S3Result<Vec<StoredPart>> {
    let mut parts: Vec<StoredPart> =
        store.list(&collection(bucket, upload))?.into_iter().map(|(_, part)| part).collect();
    parts.sort_by_key(|part| part.number);
    Ok(parts)
}

/// Removes the parts of an upload.
pub fn clear(store: &Store, bucket: &str, upload: &str) -> S3Result<()> {
    store.clear(&collection(bucket, upload))?;
    let folder = folder(store, bucket, upload);
    match std::fs::remove_dir_all(&folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", &folder, e).into()),
        _ => Ok(()),
    }
}

fn check_number(number: i32) -> S3Result<()> {
    let message = "Part number must be an integer between 1 and 10000, inclusive";
    if (1..=10_000).contains(&number) { Ok(()) } else { Err(invalid_argument(message)) }
}

/// Keeps a received part; a second one of the same number takes its place.
async fn keep(
    store: &Store,
    bucket: &str,
    key: &str,
    upload: &str,
    number: i32,
    part: Received,
) -> S3Result<StoredPart> {
    let _lock = store.lock().await?;
    find(store, bucket, key, upload)?;
    rename_into(&part.temp.0, &path(store, bucket, upload, number))?;
    let stored =
        StoredPart { number, size: part.size, modified: object::now(), etag: part.md5, checksums: part.checksums };
    store.put(&collection(bucket, upload), &format!("{number:05}"), &stored)?;
    Ok(stored)
}

/// Which checksums a part needs: those the client sent, and the one its upload is about.
fn wanted(headers: &http::HeaderMap, algorithm: &str) -> http::HeaderMap {
    let mut headers = headers.clone();
    if let Ok(value) = algorithm.parse() {
        headers.insert("x-amz-checksum-algorithm", value);
    }
    headers
}

/// `UploadPart`.
pub async fn upload(store: &Store, request: S3Request<UploadPartInput>) -> S3Result<UploadPartOutput> {
    let input = request.input;
    check_number(input.part_number)?;
    let upload = find(store, &input.bucket, &input.key, &input.upload_id)?;
    let expected = Expected {
        headers: wanted(&request.headers, &upload.algorithm),
        trailers: request.trailing_headers,
        length: input.content_length,
        md5: input.content_md5,
    };
    let received = receive(store, input.body, expected).await?;
    let part = keep(store, &input.bucket, &input.key, &input.upload_id, input.part_number, received).await?;
    let output = UploadPartOutput {
        e_tag: Some(ETag::Strong(part.etag)),
        server_side_encryption: upload.attributes.encryption.map(ServerSideEncryption::from),
        ssekms_key_id: upload.attributes.kms_key,
        ..Default::default()
    };
    Ok(with_checksums!(output, &part.checksums))
}

/// `UploadPartCopy`.
pub async fn copy(store: &Store, request: S3Request<UploadPartCopyInput>) -> S3Result<UploadPartCopyOutput> {
    let input = request.input;
    check_number(input.part_number)?;
    let upload = find(store, &input.bucket, &input.key, &input.upload_id)?;
    let conditions = ReadConditions {
        matches: input.copy_source_if_match,
        none_match: input.copy_source_if_none_match,
        modified_since: input.copy_source_if_modified_since,
        unmodified_since: input.copy_source_if_unmodified_since,
    };
    let opened = open_source(store, &input.copy_source, conditions).await?;
    let size = opened.object.size;
    let range = parse_copy_range(input.copy_source_range.as_deref(), size)?.unwrap_or(0..size);
    let algorithms = algorithms(&wanted(&http::HeaderMap::new(), &upload.algorithm));
    let received = receive_file(store, opened.file, range, algorithms).await?;
    let part = keep(store, &input.bucket, &input.key, &input.upload_id, input.part_number, received).await?;
    let result = CopyPartResult {
        e_tag: Some(ETag::Strong(part.etag)),
        last_modified: Some(object::timestamp(part.modified)),
        ..Default::default()
    };
    Ok(UploadPartCopyOutput {
        copy_part_result: Some(with_checksums!(result, &part.checksums)),
        copy_source_version_id: opened.version,
        server_side_encryption: upload.attributes.encryption.map(ServerSideEncryption::from),
        ssekms_key_id: upload.attributes.kms_key,
        ..Default::default()
    })
}

/// `ListParts`.
pub async fn list(store: &Store, request: S3Request<ListPartsInput>) -> S3Result<ListPartsOutput> {
    let input = request.input;
    let upload = find(store, &input.bucket, &input.key, &input.upload_id)?;
    let most = list::limit(input.max_parts)?;
    let after = input.part_number_marker.unwrap_or_default();
    let mut parts = stored(store, &input.bucket, &input.upload_id)?;
    parts.retain(|part| part.number > after);
    let truncated = parts.len() > most;
    parts.truncate(most);
    let next = parts.last().filter(|_| truncated).map(|part| part.number);
    let listed = parts.into_iter().map(|part| {
        let listed = Part {
            e_tag: Some(ETag::Strong(part.etag)),
            last_modified: Some(object::timestamp(part.modified)),
            part_number: Some(part.number),
            size: i64::try_from(part.size).ok(),
            ..Default::default()
        };
        with_checksums!(listed, &part.checksums)
    });
    Ok(ListPartsOutput {
        bucket: Some(input.bucket),
        parts: Some(listed.collect()),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        max_parts: i32::try_from(most).ok(),
        part_number_marker: input.part_number_marker,
        next_part_number_marker: next,
        is_truncated: Some(truncated),
        owner: Some(bucket::owner(store)),
        checksum_algorithm: Some(ChecksumAlgorithm::from(upload.algorithm)),
        ..Default::default()
    })
}
