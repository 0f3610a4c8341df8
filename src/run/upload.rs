//! Stage 1: local files to `<staging><source>/`, changed ones only; files that are gone here go there.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::{StreamExt, TryStreamExt};

use super::event::{Event, Events, Stage};
use crate::aws::Session;
use crate::error::{Error, Result};
use crate::services::s3::actions::{self as s3, ObjectInfo};

/// How many files are in flight at once.
const PARALLEL: usize = 16;

/// The local files of one source and the folder in S3 they belong to.
#[derive(Clone, Debug)]
pub struct SourceFiles {
    /// The bucket.
    pub bucket: String,
    /// The folder, ending in a slash.
    pub prefix: String,
    /// Local files, each with its name in the folder; the names are distinct.
    pub files: Vec<(PathBuf, String)>,
}

/// What has to be done so that a folder holds exactly the local files.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Files to send, with key and size.
    pub send: Vec<(PathBuf, String, u64)>,
    /// Keys to delete.
    pub delete: Vec<String>,
    /// Files that are there already.
    pub unchanged: usize,
}

/// A local file as it is compared: its path, size and the ETag that S3 would show for it.
#[derive(Clone, Debug)]
pub struct LocalFile {
    /// The file.
    pub path: PathBuf,
    /// Its name in the folder.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// The MD5 ETag that S3 gives an upload of ours; `None` when the size tells already that it is not there.
    pub etag: Option<String>,
}

/// Compares local files with what the folder holds.
pub fn compare(prefix: &str, local: &[LocalFile], remote: &[ObjectInfo]) -> Work {
    let mut there: BTreeMap<&str, &ObjectInfo> = remote.iter().map(|o| (o.key.as_str(), o)).collect();
    let mut work = Work::default();
    for file in local {
        let key = format!("{prefix}{}", file.name);
        let is_same =
            |there: &ObjectInfo| there.size == file.size && file.etag.as_deref() == Some(there.etag.trim_matches('"'));
        let same = there.remove(key.as_str()).is_some_and(is_same);
        if same {
            work.unchanged += 1;
        } else {
            work.send.push((file.path.clone(), key, file.size));
        }
    }
    work.delete = there.into_keys().filter(|key| !key.ends_with('/')).map(str::to_owned).collect();
    work
}

/// What has to be done for one source. Files are read only where an object of their size is there.
async fn work(aws: &Session, source: &SourceFiles) -> Result<Work> {
    let remote = s3::list(aws, &source.bucket, &source.prefix).await?;
    let sizes: BTreeMap<&str, u64> = remote.iter().map(|object| (object.key.as_str(), object.size)).collect();
    let local: Vec<LocalFile> = futures::stream::iter(&source.files)
        .map(|(path, name)| {
            let there = sizes.get(format!("{}{name}", source.prefix).as_str()).copied();
            let (path, name) = (path.clone(), name.clone());
            async move {
                tokio::task::spawn_blocking(move || local_file(path, name, there))
                    .await
                    .map_err(|e| Error::bug(format!("comparing files was cut short: {e}")))?
            }
        })
        .buffered(PARALLEL)
        .try_collect()
        .await?;
    Ok(compare(&source.prefix, &local, &remote))
}

fn local_file(path: PathBuf, name: String, there: Option<u64>) -> Result<LocalFile> {
    let size = std::fs::metadata(&path).map_err(|e| Error::io("read", &path, e))?.len();
    let etag = match there == Some(size) {
        true => Some(s3::multipart_etag(&path).map_err(|e| Error::io("read", &path, e))?),
        false => None,
    };
    Ok(LocalFile { path, name, size, etag })
}

/// Brings every source's folder up to date; returns what was done in words.
pub async fn upload(aws: &Session, sources: &[SourceFiles], events: Events<'_>) -> Result<String> {
    let mut send = Vec::new();
    let mut deleted = 0;
    let mut unchanged = 0;
    let all = futures::stream::iter(sources).map(|source| work(aws, source)).buffered(PARALLEL);
    for (source, work) in sources.iter().zip(all.try_collect::<Vec<Work>>().await?) {
        unchanged += work.unchanged;
        deleted += s3::delete_objects(aws, &source.bucket, &work.delete).await?;
        send.extend(work.send.into_iter().map(|(path, key, size)| (source.bucket.clone(), path, key, size)));
    }
    let total: u64 = send.iter().map(|(.., size)| size).sum();
    let done = AtomicU64::new(0);
    let count = send.len();
    let report = |bytes: u64| {
        let done = done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        events(Event::Progress { stage: Stage::Upload, text: format!("{count} files"), of: Some((done, total)) });
    };
    futures::stream::iter(&send)
        .map(|(bucket, path, key, size)| {
            let report = &report;
            async move {
                s3::upload_file(aws, bucket, key, path, report).await?;
                let now = std::fs::metadata(path).map_err(|e| Error::io("read", path, e))?.len();
                if now == *size {
                    return Ok(());
                }
                let text = format!("`{}` changed while it was being uploaded", path.display());
                Err(Error::data("file-changed", text).with_help("wait until its writer is done, then run again"))
            }
        })
        .buffer_unordered(PARALLEL)
        .try_collect::<Vec<()>>()
        .await?;
    let mut words = vec![format!("{count} sent"), format!("{unchanged} unchanged")];
    if deleted > 0 {
        words.push(format!("{deleted} deleted"));
    }
    Ok(words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, size: u64, etag: &str) -> LocalFile {
        LocalFile { path: name.into(), name: name.into(), size, etag: Some(etag.into()) }
    }

    fn object(key: &str, size: u64, etag: &str) -> ObjectInfo {
        ObjectInfo { key: key.into(), size, etag: etag.into(), class: "STANDARD".into(), modified_millis: 0 }
    }

    #[test]
    fn only_what_changed_is_sent_and_what_is_gone_is_deleted() {
        let local = [file("a.csv", 1, "x"), file("b.csv", 2, "y"), file("c.csv", 3, "z")];
        let remote = [
            object("s/a/", 0, ""),
            object("s/a/a.csv", 1, "\"x\""),
            object("s/a/b.csv", 2, "\"other\""),
            object("s/a/old.csv", 9, "\"o\""),
        ];
        let work = compare("s/a/", &local, &remote);
        assert_eq!(work.unchanged, 1);
        assert_eq!(work.send.iter().map(|(_, key, _)| key.as_str()).collect::<Vec<_>>(), ["s/a/b.csv", "s/a/c.csv"]);
        assert_eq!(work.delete, ["s/a/old.csv"]);
    }
}
