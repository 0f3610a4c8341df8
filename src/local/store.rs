//! The state of the local cloud: one folder of plain files.
//!
//! | path | what |
//! |---|---|
//! | `s3/<bucket>/<key>` | objects, as plain files |
//! | `s3-odd/<bucket>/` | objects whose key cannot be a path ([`super::keys`]) |
//! | `documents/<collection>/<name>.json` | what is one for all regions: buckets, IAM, QuickSight's people |
//! | `regions/<region>/<collection>/<name>.json` | what each region has of its own: Glue, Athena, QuickSight |
//! | `logs/<region>/<group>/<stream>.jsonl` | what job runs printed |
//! | `tmp/` | files being written; they appear by a rename |
//! | `lock` | held while something is read, changed and written back |
//!
//! Nothing is cached in memory: several processes may work on one folder (a `status` during a `run`).

use std::collections::HashMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::endings::Endings;
use super::keys;
use super::options::{Endpoint, Options};
use super::owners;
use crate::error::{Error, Result};

/// A handle on the state, as seen from one region; clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    region: Arc<str>,
}

struct Inner {
    root: PathBuf,
    account: String,
    home: String,
    page_size: usize,
    spark: Option<PathBuf>,
    memory_limit: Option<u64>,
    endings: Endings,
    details: std::sync::Mutex<HashMap<String, String>>,
    endpoint: OnceLock<Endpoint>,
    gate: Arc<Mutex<()>>,
}

/// The right to read, change and write back; released on drop. See [`Store::lock`].
pub struct StoreLock {
    _file: File,
    _gate: OwnedMutexGuard<()>,
}

/// A document's file: its name stands inside, because a file name may be cut.
#[derive(Serialize, Deserialize)]
struct Document<T> {
    name: String,
    value: T,
}

/// What stands in a new root.
const FOLDERS: [&str; 4] = ["s3", "s3-odd", "documents", "tmp"];

/// Removes a root in which nothing came to be, and the folder that it stands in when there is nothing else; what holds anything
/// stays.
pub fn remove_empty(root: &Path) {
    for folder in FOLDERS.into_iter().chain([owners::FOLDER]) {
        let _ = std::fs::remove_dir(root.join(folder));
    }
    let removed = std::fs::remove_dir(root);
    if let (Ok(()), Some(parent)) = (removed, root.parent()) {
        let _ = std::fs::remove_dir(parent);
    }
}

impl Store {
    /// Opens the folder of `options`, and makes it when it is missing.
    pub fn open(options: &Options) -> Result<Store> {
        let root = std::path::absolute(&options.root).map_err(|e| Error::io("find", &options.root, e))?;
        for folder in FOLDERS {
            let path = root.join(folder);
            std::fs::create_dir_all(&path).map_err(|e| Error::io("create", &path, e))?;
        }
        let inner = Inner {
            root,
            account: options.account.clone(),
            home: options.region.clone(),
            page_size: options.faults.page_size.map_or(usize::MAX, |most| most as usize),
            spark: options.spark.clone(),
            memory_limit: options.memory_limit,
            endings: options.faults.endings,
            details: Default::default(),
            endpoint: OnceLock::new(),
            gate: Arc::default(),
        };
        Ok(Store { inner: Arc::new(inner), region: options.region.as_str().into() })
    }

    /// The same state, seen from another region.
    pub fn in_region(&self, region: &str) -> Store {
        Store { inner: self.inner.clone(), region: region.into() }
    }

    /// The account it plays, twelve digits.
    pub fn account(&self) -> &str {
        &self.inner.account
    }

    /// The region it is seen from.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The region it was started for: where buckets come to be and QuickSight's people are unless something else is said.
    pub fn home(&self) -> &str {
        &self.inner.home
    }

    /// The most items that a page of a list holds, where a fault says so.
    pub fn page_size(&self) -> usize {
        self.inner.page_size
    }

    /// How what is run ends, where a fault says so.
    pub fn endings(&self) -> Endings {
        self.inner.endings
    }

    /// The `spark-submit` that runs jobs; the embedded engine does without it.
    pub fn spark(&self) -> Option<&Path> {
        self.inner.spark.as_deref()
    }

    /// The memory that a job on the embedded engine may take, in bytes.
    pub fn memory_limit(&self) -> Option<u64> {
        self.inner.memory_limit
    }

    /// Notes what the run `id` is doing, for as long as this process lives; `None` when it is over.
    pub fn note_detail(&self, id: &str, detail: Option<String>) {
        let mut details = self.inner.details.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match detail {
            Some(detail) => details.insert(id.to_owned(), detail),
            None => details.remove(id),
        };
    }

    /// What the run `id` is doing, where it is known.
    pub fn detail(&self, id: &str) -> Option<String> {
        self.inner.details.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(id).cloned()
    }

    /// Where this state is served; `None` before it is.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        self.inner.endpoint.get()
    }

    /// Says where this state is served.
    pub fn serve_at(&self, endpoint: &Endpoint) {
        let _ = self.inner.endpoint.set(endpoint.clone());
    }

    /// The folder of the whole state, absolute.
    pub fn root(&self) -> &Path {
        &self.inner.root
    }

    /// Takes the one lock, over tasks and processes. Hold it around a read that a write depends on, never across a long
    /// job; it is not reentrant.
    pub async fn lock(&self) -> Result<StoreLock> {
        let gate = self.inner.gate.clone().lock_owned().await;
        let path = self.inner.root.join("lock");
        let failed = |e| Error::io("lock", &path, e);
        let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
        let file = match file.try_lock() {
            Ok(()) => file,
            Err(_) => {
                let waiting = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
                waiting.await.map_err(|e| Error::bug(e.to_string()))?.map_err(failed)?
            }
        };
        Ok(StoreLock { _file: file, _gate: gate })
    }

    /// The document, or `None`.
    pub fn get<T: DeserializeOwned>(&self, collection: &str, name: &str) -> Result<Option<T>> {
        Ok(read_document(&self.document(collection, name))?.map(|d: Document<T>| d.value))
    }

    /// Writes the document, all or nothing, over one that is there.
    pub fn put<T: Serialize>(&self, collection: &str, name: &str, value: &T) -> Result<()> {
        let path = self.document(collection, name);
        let document = Document { name: name.to_owned(), value };
        let text = serde_json::to_vec_pretty(&document).map_err(|e| Error::bug(e.to_string()))?;
        let temp = self.temp_path();
        let mut file = File::create(&temp).map_err(|e| Error::io("create", &temp, e))?;
        file.write_all(&text).map_err(|e| Error::io("write", &temp, e))?;
        drop(file);
        rename_into(&temp, &path)
    }

    /// Removes the document; whether it was there.
    pub fn delete(&self, collection: &str, name: &str) -> Result<bool> {
        let path = self.document(collection, name);
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
            Err(e) => Err(Error::io("remove", &path, e)),
        }
    }

    /// All documents of the collection itself (not of those below it), sorted by name.
    pub fn list<T: DeserializeOwned>(&self, collection: &str) -> Result<Vec<(String, T)>> {
        let folder = self.collection(collection);
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(Error::io("list", &folder, e)),
        };
        let mut documents = Vec::new();
        for entry in entries {
            let path = entry.map_err(|e| Error::io("list", &folder, e))?.path();
            if path.extension().is_some_and(|e| e == "json") {
                documents.extend(read_document(&path)?.map(|d: Document<T>| (d.name, d.value)));
            }
        }
        documents.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(documents)
    }

    /// Removes the collection and everything below it.
    pub fn clear(&self, collection: &str) -> Result<()> {
        let folder = self.collection(collection);
        match std::fs::remove_dir_all(&folder) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io("remove", &folder, e)),
            _ => Ok(()),
        }
    }

    /// The folder of a bucket's plain objects: `<root>/s3/<bucket>`.
    pub fn objects_dir(&self, bucket: &str) -> PathBuf {
        self.inner.root.join("s3").join(bucket)
    }

    /// The folder of a bucket's objects whose keys cannot be paths.
    pub fn odd_objects_dir(&self, bucket: &str) -> PathBuf {
        self.inner.root.join("s3-odd").join(bucket)
    }

    /// The file of an object, there or not: the plain path, unless the key cannot be one or a file or folder is in its
    /// way.
    pub fn object_path(&self, bucket: &str, key: &str) -> PathBuf {
        let odd = || self.odd_objects_dir(bucket).join(keys::odd_path(key));
        if !keys::is_plain(key) {
            return odd();
        }
        let folder = self.objects_dir(bucket);
        let plain = folder.join(key);
        if plain.is_file() {
            return plain;
        }
        let blocked = plain.is_dir() || plain.ancestors().skip(1).take_while(|p| *p != folder).any(Path::is_file);
        let odd = odd();
        if blocked || odd.is_file() { odd } else { plain }
    }

    /// The path of `s3://bucket/key`; a prefix that ends in `/` gives its folder. `None` for anything else, and for a
    /// key that would leave the bucket's folder.
    pub fn file_of_uri(&self, uri: &str) -> Option<PathBuf> {
        let rest = ["s3://", "s3a://", "s3n://"].iter().find_map(|scheme| uri.strip_prefix(scheme))?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if !keys::is_plain(bucket) || bucket.contains('/') {
            return None;
        }
        let folder = key.trim_end_matches('/');
        if folder.is_empty() {
            return Some(self.objects_dir(bucket));
        }
        if folder.len() < key.len() {
            return keys::is_plain(folder).then(|| self.objects_dir(bucket).join(folder));
        }
        Some(self.object_path(bucket, key))
    }

    /// A fresh path for a file being written, on the same file system as everything else.
    pub fn temp_path(&self) -> PathBuf {
        self.inner.root.join("tmp").join(uuid::Uuid::new_v4().to_string())
    }

    fn collection(&self, collection: &str) -> PathBuf {
        let mut path = match is_regional(collection) {
            true => self.inner.root.join("regions").join(&*self.region),
            false => self.inner.root.join("documents"),
        };
        path.extend(collection.split('/').map(keys::document_file));
        path
    }

    fn document(&self, collection: &str, name: &str) -> PathBuf {
        self.collection(collection).join(keys::document_file(name) + ".json")
    }
}

/// Whether each region has such a collection of its own.
fn is_regional(collection: &str) -> bool {
    let mut parts = collection.split('/');
    match (parts.next(), parts.next()) {
        (Some("glue" | "athena"), _) => true,
        // The account with its people is one, in its identity region.
        (Some("quicksight"), Some(kind)) => !matches!(kind, "users" | "groups"),
        _ => false,
    }
}

/// Moves a finished temporary file to its place, making the folders above it.
///
/// The folders may vanish between the two steps when another call clears them: that is tried again.
pub fn rename_into(temp: &Path, path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    for _ in 0..8 {
        std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder, e))?;
        match std::fs::rename(temp, path) {
            Err(e) if e.kind() == ErrorKind::NotFound && temp.exists() => {}
            other => return other.map_err(|e| Error::io("write", path, e)),
        }
    }
    Err(Error::io("write", path, ErrorKind::NotFound.into()))
}

fn read_document<T: DeserializeOwned>(path: &Path) -> Result<Option<Document<T>>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(e) => return Err(Error::io("read", path, e)),
    };
    let document = serde_json::from_slice(&text);
    document.map(Some).map_err(|e| Error::io("read", path, std::io::Error::other(e)))
}

/// Now, in seconds since 1970 with milliseconds: how the JSON services write times.
pub fn now() -> f64 {
    chrono::Utc::now().timestamp_millis() as f64 / 1000.0
}

/// Seconds since 1970 as `2023-12-20T08:00:00Z`: how the query services write times.
pub fn iso8601(seconds: f64) -> String {
    let time = chrono::DateTime::from_timestamp(seconds as i64, 0).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(root: &Path) -> Store {
        Store::open(&Options::new(root)).unwrap()
    }

    #[test]
    fn documents_come_back_sorted_and_go() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        store.put("glue/tables/db", "b/1", &2).unwrap();
        store.put("glue/tables/db", "A", &1).unwrap();
        store.put("glue/tables/other", "x", &9).unwrap();
        assert_eq!(store.list::<i32>("glue/tables/db").unwrap(), [("A".to_owned(), 1), ("b/1".to_owned(), 2)]);
        assert_eq!(store.list::<i32>("glue/tables").unwrap(), []);
        assert_eq!(store.get::<i32>("glue/tables/db", "b/1").unwrap(), Some(2));
        assert_eq!(store.get::<i32>("glue/tables/db", "a").unwrap(), None);
        assert!(store.delete("glue/tables/db", "A").unwrap());
        assert!(!store.delete("glue/tables/db", "A").unwrap());
        store.clear("glue/tables").unwrap();
        assert_eq!(store.list::<i32>("glue/tables/other").unwrap(), []);
    }

    #[tokio::test]
    async fn the_lock_makes_counting_right() {
        let folder = tempfile::tempdir().unwrap();
        // Two handles, as two processes would have.
        let stores = [store(folder.path()), store(folder.path())];
        let tasks = (0..40).map(|i| {
            let store = stores[i % 2].clone();
            tokio::spawn(async move {
                let _lock = store.lock().await.unwrap();
                let count: i32 = store.get("c", "n").unwrap().unwrap_or(0);
                tokio::task::yield_now().await;
                store.put("c", "n", &(count + 1)).unwrap();
            })
        });
        futures::future::join_all(tasks).await.into_iter().for_each(|t| t.unwrap());
        assert_eq!(stores[0].get::<i32>("c", "n").unwrap(), Some(40));
    }

    #[test]
    fn odd_keys_stay_inside() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(folder.path());
        let plain = store.objects_dir("b");
        assert_eq!(store.object_path("b", "x/y.csv"), plain.join("x/y.csv"));
        for key in ["x/", "../../etc", "a//b", "."] {
            assert!(store.object_path("b", key).starts_with(store.odd_objects_dir("b")), "{key}");
        }
        std::fs::create_dir_all(&plain).unwrap();
        std::fs::write(plain.join("a"), "").unwrap();
        assert!(store.object_path("b", "a/b").starts_with(store.odd_objects_dir("b")));
        assert_eq!(store.file_of_uri("s3://b/x/"), Some(plain.join("x")));
        assert_eq!(store.file_of_uri("s3://b"), Some(plain));
        assert_eq!(store.file_of_uri("s3://../x"), None);
        assert_eq!(store.file_of_uri("s3://b/../x/"), None);
        assert_eq!(store.file_of_uri("/etc/passwd"), None);
    }
}
