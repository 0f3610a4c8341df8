//! Versions: where new ones go, what becomes of old ones, delete markers.
//!
//! The current object of a key is its plain file. Everything older, and every delete marker, stands in the key's
//! history, newest first; contents of older versions lie in a folder of their own. All functions here want the lock held
//! and do not give way in between, so that a call that is broken off changes nothing or everything.

use std::path::{Path, PathBuf};

use s3s::S3Result;
use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use super::object::{self, Found, Object};
use super::receive::TempFile;
use super::{bucket, settings};
use crate::error::Error;
use crate::local::keys;
use crate::local::store::{Store, StoreLock, rename_into};

/// An older version, or a delete marker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Its id, `null` for one from a time without versions.
    pub id: String,
    /// When it came to be, nanoseconds since 1970.
    pub modified: u64,
    /// The object; `None` makes it a delete marker.
    pub object: Option<Object>,
    /// The name of its content's file.
    #[serde(default)]
    pub file: String,
}

/// What a delete did.
#[derive(Debug, Default, PartialEq)]
pub struct Deleted {
    /// A delete marker was made or removed.
    pub marker: bool,
    /// The id of what was made or removed, in a bucket that has versions.
    pub version: Option<String>,
}

/// The collection of a bucket's histories.
pub fn collection(bucket: &str) -> String {
    format!("s3/history/{bucket}")
}

/// The history of a key, newest first.
pub fn history(store: &Store, bucket: &str, key: &str) -> S3Result<Vec<Version>> {
    Ok(store.get(&collection(bucket), key)?.unwrap_or_default())
}

/// The file of an older version's content.
pub fn content_path(store: &Store, bucket: &str, version: &Version) -> PathBuf {
    store.root().join("s3-versions").join(bucket).join(&version.file)
}

fn new_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn save(store: &Store, bucket: &str, key: &str, history: &[Version]) -> S3Result<()> {
    if history.is_empty() {
        store.delete(&collection(bucket), key)?;
    } else {
        store.put(&collection(bucket), key, &history)?;
    }
    Ok(())
}

/// Makes a finished temporary file the current object of its key, and returns the object as it is now known.
pub fn publish(
    store: &Store,
    lock: &StoreLock,
    bucket: &str,
    key: &str,
    temp: TempFile,
    mut object: Object,
) -> S3Result<Object> {
    let status = settings::versioning(&bucket::find(store, bucket)?.settings)?;
    object.version = (status.as_deref() == Some("Enabled")).then(new_id);
    retire(store, lock, bucket, key, status.as_deref())?;
    if keys::is_plain(key) {
        remove_empty_folders(&store.objects_dir(bucket).join(key));
    }
    // First what is known of it: a process that dies in between leaves no object without its metadata where none was. The
    // file keeps its time when it is renamed.
    if let Some((size, modified)) = object::stat(&temp.0) {
        (object.size, object.modified) = (size, modified);
    }
    store.put(&object::collection(bucket), key, &object)?;
    rename_into(&temp.0, &store.object_path(bucket, key))?;
    Ok(object)
}

/// Puts the current object where the bucket's versioning wants it: into the history, or away.
fn retire(store: &Store, lock: &StoreLock, bucket: &str, key: &str, status: Option<&str>) -> S3Result<()> {
    let Some(status) = status else { return Ok(()) };
    let mut history = history(store, bucket, key)?;
    if status == "Suspended" {
        // There is one version `null`, and it is about to be another one.
        drop_versions(store, bucket, &mut history, "null")?;
    }
    if let Some(Found { path, object }) = object::current_locked(store, bucket, key, lock)?
        && (status == "Enabled" || object.version.is_some())
    {
        let id = object.version_id().to_owned();
        if id == "null" {
            drop_versions(store, bucket, &mut history, "null")?;
        }
        let version = Version { id, modified: object.modified, object: Some(object), file: new_id() };
        rename_into(&path, &content_path(store, bucket, &version))?;
        history.insert(0, version);
    }
    save(store, bucket, key, &history)
}

fn drop_versions(store: &Store, bucket: &str, history: &mut Vec<Version>, id: &str) -> S3Result<()> {
    for version in history.iter().filter(|v| v.id == id && v.object.is_some()) {
        remove_file(&content_path(store, bucket, version))?;
    }
    history.retain(|v| v.id != id);
    Ok(())
}

/// `DeleteObject` without a version: a delete marker where versions are kept, else gone.
pub fn delete(store: &Store, lock: &StoreLock, bucket: &str, key: &str) -> S3Result<Deleted> {
    let status = settings::versioning(&bucket::find(store, bucket)?.settings)?;
    let Some(status) = status else {
        remove_current(store, bucket, key)?;
        return Ok(Deleted::default());
    };
    retire(store, lock, bucket, key, Some(status.as_str()))?;
    remove_current(store, bucket, key)?;
    let id = if status == "Enabled" { new_id() } else { "null".to_owned() };
    let mut history = history(store, bucket, key)?;
    let marker = Version { id: id.clone(), modified: object::now(), object: None, file: String::new() };
    history.insert(0, marker);
    save(store, bucket, key, &history)?;
    Ok(Deleted { marker: true, version: Some(id) })
}

/// `DeleteObject` of one version. The next older one becomes current when the latest goes; an unknown one is no error.
pub fn delete_version(store: &Store, lock: &StoreLock, bucket: &str, key: &str, id: &str) -> S3Result<Deleted> {
    let mut history = history(store, bucket, key)?;
    let current = object::current_locked(store, bucket, key, lock)?;
    let deleted = Deleted { marker: false, version: Some(id.to_owned()) };
    if current.as_ref().is_some_and(|found| found.object.version_id() == id) {
        remove_current(store, bucket, key)?;
        promote(store, bucket, key, &mut history)?;
        return Ok(deleted);
    }
    let Some(at) = history.iter().position(|v| v.id == id) else { return Ok(deleted) };
    let removed = history.remove(at);
    let marker = removed.object.is_none();
    if !marker {
        remove_file(&content_path(store, bucket, &removed))?;
    }
    if marker && at == 0 && current.is_none() {
        promote(store, bucket, key, &mut history)?;
    } else {
        save(store, bucket, key, &history)?;
    }
    Ok(Deleted { marker, ..deleted })
}

/// Makes the newest version in the history current, unless it is a delete marker.
fn promote(store: &Store, bucket: &str, key: &str, history: &mut Vec<Version>) -> S3Result<()> {
    if history.first().is_some_and(|v| v.object.is_some()) {
        let version = history.remove(0);
        rename_into(&content_path(store, bucket, &version), &store.object_path(bucket, key))?;
        store.put(&object::collection(bucket), key, &version.object)?;
    }
    save(store, bucket, key, history)
}

fn remove_current(store: &Store, bucket: &str, key: &str) -> S3Result<()> {
    remove_file(&store.object_path(bucket, key))?;
    store.delete(&object::collection(bucket), key)?;
    Ok(())
}

/// Folders are no objects: empty ones must not stand in the way of one.
fn remove_empty_folders(path: &Path) {
    if path.is_dir() {
        for entry in WalkDir::new(path).contents_first(true).into_iter().filter_map(|e| e.ok()) {
            if entry.file_type().is_dir() {
                let _ = std::fs::remove_dir(entry.path());
            }
        }
    }
}

fn remove_file(path: &Path) -> S3Result<()> {
    use std::io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    match std::fs::remove_file(path) {
        Err(e) if !matches!(e.kind(), NotFound | NotADirectory | IsADirectory) => {
            Err(Error::io("remove", path, e).into())
        }
        _ => Ok(()),
    }
}
