//! An object: a file, and what the file alone cannot say of it.
//!
//! The document beside a file names the file's size and time. When they differ, somebody wrote the file without us, and
//! it is a new object: its ETag is computed when first asked for, it has no metadata.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use s3s::S3Result;
use s3s::dto::Timestamp;
use serde::{Deserialize, Serialize};

use super::receive::md5_of_file;
use super::refuse::internal;
use crate::error::Error;
use crate::local::store::{Store, StoreLock};

/// What is known of an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Object {
    /// The file's length.
    pub size: u64,
    /// The file's time of last change, nanoseconds since 1970.
    pub modified: u64,
    /// The ETag without quotes: the content's MD5, or `md5-parts`.
    pub etag: String,
    /// The sizes of its parts, when it came in parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<u64>,
    /// Its checksums.
    pub checksums: Checksums,
    /// Its version; `None` is the version `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What came with it.
    pub attributes: Attributes,
}

/// Checksums in base64, by S3's names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Checksums {
    /// CRC-32.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc32: Option<String>,
    /// CRC-32C.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc32c: Option<String>,
    /// CRC-64/NVME.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc64nvme: Option<String>,
    /// SHA-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha1: Option<String>,
    /// SHA-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Whether they are checksums of the parts' checksums.
    pub composite: bool,
}

/// What an upload says of an object besides its content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attributes {
    /// The headers that come back with the object, by their lower-case names.
    pub headers: BTreeMap<String, String>,
    /// User metadata, `x-amz-meta-` left off.
    pub metadata: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// The storage class, when it is not `STANDARD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// The encryption's algorithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<String>,
    /// The KMS key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
}

/// An object that is there, and its file.
#[derive(Clone, Debug)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// The object.
    pub object: Object,
}

impl Object {
    /// Its time of last change.
    pub fn last_modified(&self) -> Timestamp {
        timestamp(self.modified)
    }

    /// Its version id on the wire, in a bucket that has versions.
    pub fn version_id(&self) -> &str {
        self.version.as_deref().unwrap_or("null")
    }
}

/// Nanoseconds since 1970 as a time of the wire.
pub fn timestamp(nanoseconds: u64) -> Timestamp {
    (UNIX_EPOCH + Duration::from_nanos(nanoseconds)).into()
}

/// Now, in nanoseconds since 1970.
pub fn now() -> u64 {
    nanoseconds(SystemTime::now())
}

fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// The collection of a bucket's objects.
pub fn collection(bucket: &str) -> String {
    format!("s3/objects/{bucket}")
}

/// A file's size and time; `None` when there is no such file.
pub fn stat(path: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    Some((metadata.len(), metadata.modified().map_or(0, nanoseconds)))
}

/// The object as far as it is known without reading its content; the flag says whether that is all.
fn peek(store: &Store, bucket: &str, key: &str) -> S3Result<Option<(Found, bool)>> {
    let path = store.object_path(bucket, key);
    let Some((size, modified)) = stat(&path) else { return Ok(None) };
    let known: Option<Object> = store.get(&collection(bucket), key)?;
    let known = known.filter(|o| o.size == size && o.modified == modified);
    let complete = known.is_some();
    let object = known.unwrap_or_else(|| Object { size, modified, ..Object::default() });
    Ok(Some((Found { path, object }, complete)))
}

/// The current object; its content is read when somebody else wrote it.
pub async fn current(store: &Store, bucket: &str, key: &str) -> S3Result<Option<Found>> {
    match peek(store, bucket, key)? {
        Some((found, true)) => Ok(Some(found)),
        None => Ok(None),
        Some((Found { path, object: before }, false)) => {
            let etag = tokio::task::spawn_blocking(move || md5_of_file(&path)).await.map_err(internal)?;
            let lock = store.lock().await?;
            match (peek(store, bucket, key)?, etag) {
                (Some((mut found, false)), Ok(etag)) if found.object == before => {
                    found.object.etag = etag;
                    store.put(&collection(bucket), key, &found.object)?;
                    Ok(Some(found))
                }
                // Changed or gone while it was read.
                _ => current_locked(store, bucket, key, &lock),
            }
        }
    }
}

/// The current object, for those who hold the lock.
pub fn current_locked(store: &Store, bucket: &str, key: &str, _lock: &StoreLock) -> S3Result<Option<Found>> {
    let Some((mut found, complete)) = peek(store, bucket, key)? else { return Ok(None) };
    if !complete {
        found.object.etag = md5_of_file(&found.path).map_err(|e| Error::io("read", &found.path, e))?;
        store.put(&collection(bucket), key, &found.object)?;
    }
    Ok(Some(found))
}
