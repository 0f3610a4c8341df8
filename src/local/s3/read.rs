//! `GetObject` and `HeadObject`.

use std::fs::File;
use std::io::SeekFrom;
use std::ops;

use bytes::Bytes;
use http_body_util::StreamBody;
use hyper::body::Frame;
use s3s::dto::*;
use s3s::{Body, S3ErrorCode, S3Request, S3Result};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::conditions::ReadConditions;
use super::object::{self, Object};
use super::refuse::{internal, invalid_argument, no_such_key, no_such_version, refuse, refuse_as, with_header};
use super::write::{checksum_type, encryption_of, with_checksums};
use super::{bucket, settings, versions};
use crate::error::Error;
use crate::local::store::Store;

/// How much of a file is in memory at once.
const CHUNK: usize = 128 * 1024;

/// An object to read, and its file, held open: what becomes of the key meanwhile does not matter any more.
pub struct Opened {
    /// The file.
    pub file: File,
    /// The object.
    pub object: Object,
    /// Its version id, in a bucket that has versions.
    pub version: Option<String>,
}

/// Opens the current object, or one version of it.
pub async fn open(store: &Store, bucket: &str, key: &str, version: Option<&str>) -> S3Result<Opened> {
    let versioned = settings::versioning(&bucket::find(store, bucket)?.settings)?.is_some();
    // Whatever has to be hashed is hashed before the lock is taken.
    object::current(store, bucket, key).await?;
    let lock = store.lock().await?;
    let found = object::current_locked(store, bucket, key, &lock)?;
    let history = versions::history(store, bucket, key)?;
    let (path, object) = match (version, found) {
        (None, Some(found)) => (found.path, found.object),
        (Some(id), Some(found)) if found.object.version_id() == id => (found.path, found.object),
        (None, None) => {
            let marker = history.first().filter(|v| v.object.is_none()).map(|v| v.id.clone());
            return Err(match marker {
                Some(id) => {
                    with_header(with_header(no_such_key(), "x-amz-delete-marker", "true"), "x-amz-version-id", &id)
                }
                None => no_such_key(),
            });
        }
        (Some(id), _) => {
            let version = history.into_iter().find(|v| v.id == id).ok_or_else(no_such_version)?;
            let path = versions::content_path(store, bucket, &version);
            let Some(object) = version.object else {
                let error =
                    refuse(S3ErrorCode::MethodNotAllowed, "The specified method is not allowed against this resource.");
                return Err(with_header(error, "x-amz-delete-marker", "true"));
            };
            (path, object)
        }
    };
    let file = File::open(&path).map_err(|e| Error::io("open", &path, e))?;
    let version = versioned.then(|| object.version_id().to_owned());
    Ok(Opened { file, object, version })
}

/// Which bytes are asked for; `None` is all of them.
fn slice(object: &Object, range: Option<Range>, part: Option<i32>) -> S3Result<Option<ops::Range<u64>>> {
    match (range, part) {
        (Some(_), Some(_)) => {
            Err(refuse(S3ErrorCode::InvalidRequest, "Cannot specify both Range header and partNumber query parameter"))
        }
        (Some(range), None) => {
            let range = range.check(object.size);
            range.map(Some).map_err(|_| {
                let error = refuse(S3ErrorCode::InvalidRange, "The requested range is not satisfiable");
                with_header(error, "content-range", &format!("bytes */{}", object.size))
            })
        }
        (None, Some(1)) if object.parts.is_empty() => Ok(None),
        (None, Some(part)) => {
            let at = usize::try_from(part).ok().and_then(|p| p.checked_sub(1)).filter(|p| *p < object.parts.len());
            let at = at.ok_or_else(|| {
                let message = "The requested partnumber is not satisfiable";
                refuse_as(http::StatusCode::RANGE_NOT_SATISFIABLE, "InvalidPartNumber", message)
            })?;
            let start: u64 = object.parts[..at].iter().sum();
            Ok(Some(start..start + object.parts[at]))
        }
        (None, None) => Ok(None),
    }
}

/// The bytes of a range as a body, read as they are wanted.
fn stream(file: File, range: &ops::Range<u64>) -> Body {
    let (start, length) = (range.start, range.end - range.start);
    let state = (tokio::fs::File::from_std(file), false, length);
    let chunks = futures::stream::try_unfold(state, move |(mut file, placed, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        if !placed {
            file.seek(SeekFrom::Start(start)).await?;
        }
        let mut buffer = vec![0; usize::try_from(left).unwrap_or(CHUNK).min(CHUNK)];
        let n = file.read(&mut buffer).await?;
        if n == 0 {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
        }
        buffer.truncate(n);
        Ok(Some((Frame::data(Bytes::from(buffer)), (file, true, left - n as u64))))
    });
    Body::http_body_unsync(StreamBody::new(chunks))
}

/// `HeadObject`: everything `GetObject` says but the content.
pub async fn head(store: &Store, request: S3Request<HeadObjectInput>) -> S3Result<HeadObjectOutput> {
    let input = request.input;
    let opened = open(store, &input.bucket, &input.key, input.version_id.as_deref()).await?;
    let object = &opened.object;
    ReadConditions {
        matches: input.if_match,
        none_match: input.if_none_match,
        modified_since: input.if_modified_since,
        unmodified_since: input.if_unmodified_since,
    }
    .check(object)?;
    let range = slice(object, input.range, input.part_number)?;
    let length = range.as_ref().map_or(object.size, |r| r.end - r.start);
    let header = |name: &str| object.attributes.headers.get(name).cloned();
    let (encryption, kms_key) = encryption_of(object);
    let output = HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        cache_control: header("cache-control"),
        content_disposition: header("content-disposition"),
        content_encoding: header("content-encoding"),
        content_language: header("content-language"),
        content_length: Some(i64::try_from(length).map_err(internal)?),
        content_range: range.map(|r| content_range(&r, object.size)),
        content_type: header("content-type").or_else(default_type),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        expires: expires(object),
        last_modified: Some(object.last_modified()),
        metadata: metadata(object),
        parts_count: input.part_number.and_then(|_| parts_count(object)),
        server_side_encryption: encryption,
        ssekms_key_id: kms_key,
        storage_class: object.attributes.storage_class.clone().map(StorageClass::from),
        version_id: opened.version,
        website_redirect_location: header("x-amz-website-redirect-location"),
        ..Default::default()
    };
    Ok(match input.checksum_mode {
        Some(_) if output.content_range.is_none() => {
            let kind = Some(checksum_type(object));
            with_checksums!(HeadObjectOutput { checksum_type: kind, ..output }, &object.checksums)
        }
        _ => output,
    })
}

/// `GetObject`.
pub async fn get(store: &Store, request: S3Request<GetObjectInput>) -> S3Result<GetObjectOutput> {
    let input = request.input;
    let opened = open(store, &input.bucket, &input.key, input.version_id.as_deref()).await?;
    let object = &opened.object;
    ReadConditions {
        matches: input.if_match,
        none_match: input.if_none_match,
        modified_since: input.if_modified_since,
        unmodified_since: input.if_unmodified_since,
    }
    .check(object)?;
    let range = slice(object, input.range, input.part_number)?;
    let bytes = range.clone().unwrap_or(0..object.size);
    let header = |name: &str| object.attributes.headers.get(name).cloned();
    let (encryption, kms_key) = encryption_of(object);
    // s3s lays the `response-*` parameters over these headers.
    let output = GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        cache_control: header("cache-control"),
        content_disposition: header("content-disposition"),
        content_encoding: header("content-encoding"),
        content_language: header("content-language"),
        content_length: Some(i64::try_from(bytes.end - bytes.start).map_err(internal)?),
        content_range: range.map(|r| content_range(&r, object.size)),
        content_type: header("content-type").or_else(default_type),
        e_tag: Some(ETag::Strong(object.etag.clone())),
        expires: expires(object),
        last_modified: Some(object.last_modified()),
        metadata: metadata(object),
        parts_count: input.part_number.and_then(|_| parts_count(object)),
        server_side_encryption: encryption,
        ssekms_key_id: kms_key,
        storage_class: object.attributes.storage_class.clone().map(StorageClass::from),
        tag_count: i32::try_from(object.attributes.tags.len()).ok().filter(|count| *count > 0),
        version_id: opened.version,
        website_redirect_location: header("x-amz-website-redirect-location"),
        ..Default::default()
    };
    let output = match input.checksum_mode {
        Some(_) if output.content_range.is_none() => {
            let kind = Some(checksum_type(object));
            with_checksums!(GetObjectOutput { checksum_type: kind, ..output }, &object.checksums)
        }
        _ => output,
    };
    Ok(GetObjectOutput { body: Some(StreamingBlob::from(stream(opened.file, &bytes))), ..output })
}

fn default_type() -> Option<String> {
    Some("binary/octet-stream".to_owned())
}

fn content_range(range: &ops::Range<u64>, size: u64) -> String {
    format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1))
}

fn metadata(object: &Object) -> Option<Metadata> {
    let metadata = &object.attributes.metadata;
    (!metadata.is_empty()).then(|| metadata.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
}

fn expires(object: &Object) -> Option<Timestamp> {
    Timestamp::parse(TimestampFormat::HttpDate, object.attributes.headers.get("expires")?).ok()
}

fn parts_count(object: &Object) -> Option<i32> {
    i32::try_from(object.parts.len()).ok().filter(|count| *count > 0)
}

/// A range of a copy's source, `bytes=0-99`.
pub fn parse_copy_range(text: Option<&str>, size: u64) -> S3Result<Option<ops::Range<u64>>> {
    let Some(text) = text else { return Ok(None) };
    let range = Range::parse(text).ok().and_then(|range| range.check(size).ok());
    range.map(Some).ok_or_else(|| invalid_argument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy"))
}
