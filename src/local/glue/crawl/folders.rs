//! The files below a location, and the partitions that their folders make.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::super::support::invalid;
use super::globs::Globs;
use crate::error::Error;
use crate::local::error::ServiceError;
use crate::local::store::Store;

/// A file below a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The folders between the location and the file, as they are named there.
    pub folders: Vec<String>,
    /// Where it is on this machine.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// The location with one slash at its end.
pub fn with_slash(uri: &str) -> String {
    format!("{}/", uri.trim_end_matches('/'))
}

/// The files below a location, sorted: without hidden (`_`, `.`) and empty ones and those that the globs exclude. Globs
/// are relative to the location.
pub fn files(store: &Store, uri: &str, exclusions: &[String]) -> Result<Vec<Found>, ServiceError> {
    let root = store.file_of_uri(&with_slash(uri)).ok_or_else(|| invalid(format!("Invalid S3 path: {uri}")))?;
    let excluded = Globs::new(exclusions)?;
    let mut found = Vec::new();
    if !root.is_dir() {
        return Ok(found);
    }
    let visible =
        |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with(['_', '.']);
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name().into_iter().filter_entry(visible) {
        let entry = entry.map_err(|e| Error::io("list", &root, e.into()))?;
        let bytes = entry.metadata().map_err(|e| Error::io("read", entry.path(), e.into()))?.len();
        let below = entry.path().strip_prefix(&root).unwrap_or(entry.path());
        if !entry.file_type().is_file() || bytes == 0 || excluded.match_any(&below.to_string_lossy()) {
            continue;
        }
        let mut folders: Vec<String> =
            below.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
        folders.pop();
        found.push(Found { folders, path: entry.into_path(), bytes });
    }
    Ok(found)
}

/// `key=value` of a folder's name, the value decoded as Hive encodes it.
pub fn key_value(folder: &str) -> Option<(String, String)> {
    let (key, value) = folder.split_once('=')?;
    Some((decoded(key).to_lowercase(), decoded(value)))
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%').and_then(|h| hex::decode(h).ok());
        match escape {
            Some(byte) => {
                out.extend(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// The partition keys that the folders make: as many as all files stand deep, named after `key=value`, else
/// `partition_0`. Files at unlike depths make none.
pub fn keys(files: &[Found]) -> Vec<String> {
    let depth = files.first().map_or(0, |f| f.folders.len());
    if files.iter().any(|f| f.folders.len() != depth) {
        return Vec::new();
    }
    let name = |level: usize| {
        let mut names = files.iter().map(|f| key_value(&f.folders[level]).map(|(key, _)| key));
        let first = names.next().flatten()?;
        names.all(|name| name.as_ref() == Some(&first)).then_some(first)
    };
    (0..depth).map(|level| name(level).unwrap_or_else(|| format!("partition_{level}"))).collect()
}

/// A partition's files.
#[derive(Clone, Debug, Default)]
pub struct Partition {
    /// Its folder below the location, without slashes around it.
    pub folder: String,
    /// Its files.
    pub files: Vec<Found>,
}

/// The partitions of a table with these keys, by their values. Files whose folders are not those of the keys are none's.
pub fn partitions(files: &[Found], keys: &[String]) -> BTreeMap<Vec<String>, Partition> {
    let mut partitions: BTreeMap<Vec<String>, Partition> = BTreeMap::new();
    for file in files.iter().filter(|file| file.folders.len() >= keys.len()) {
        let values = keys.iter().zip(&file.folders).map(|(key, folder)| match key_value(folder) {
            Some((name, value)) if name == *key => Some(value),
            _ if key.starts_with("partition_") => Some(folder.clone()),
            _ => None,
        });
        let Some(values) = values.collect::<Option<Vec<String>>>() else { continue };
        let partition = partitions.entry(values).or_default();
        partition.folder = file.folders[..keys.len()].join("/");
        partition.files.push(file.clone());
    }
    partitions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Found {
        let mut folders: Vec<String> = path.split('/').map(str::to_owned).collect();
        folders.pop();
        Found { folders, path: path.into(), bytes: 1 }
    }

    #[test]
    fn folders_make_keys_and_values() {
        let files = [found("Year=1999/kind=a%2Fb/x"), found("year=2000/kind=__HIVE_DEFAULT_PARTITION__/y")];
        assert_eq!(keys(&files), ["year", "kind"]);
        let partitions = partitions(&files, &keys(&files));
        let values: Vec<_> = partitions.keys().map(|v| v.join("|")).collect();
        assert_eq!(values, ["1999|a/b", "2000|__HIVE_DEFAULT_PARTITION__"]);
        assert_eq!(partitions.values().next().unwrap().folder, "Year=1999/kind=a%2Fb");
        assert_eq!(keys(&[found("a/x"), found("b/y")]), ["partition_0"]);
        assert_eq!(keys(&[found("x"), found("b/y")]), Vec::<String>::new());
        assert_eq!(decoded("100%"), "100%");
    }
}
