//! Which keys a bucket has.

use std::collections::BTreeSet;

use walkdir::WalkDir;

use super::versions;
use crate::error::Result;
use crate::local::keys;
use crate::local::store::Store;

/// The keys that begin with `prefix`, sorted by their bytes. Folders are no keys; nor are names that are not UTF-8.
pub fn keys(store: &Store, bucket: &str, prefix: &str) -> BTreeSet<String> {
    let root = store.objects_dir(bucket);
    // Only the folder that the prefix names need be walked.
    let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
    let start = if keys::is_plain(folder) { root.join(folder) } else { root.clone() };
    let plain = files(&start).filter_map(|path| Some(path.strip_prefix(&root).ok()?.to_str()?.to_owned()));
    let odd_root = store.odd_objects_dir(bucket);
    let odd = files(&odd_root).filter_map(|path| keys::odd_key(path.strip_prefix(&odd_root).ok()?.to_str()?));
    plain.chain(odd).filter(|key| key.starts_with(prefix)).collect()
}

/// The keys that have older versions or delete markers.
pub fn history_keys(store: &Store, bucket: &str) -> Result<BTreeSet<String>> {
    let histories = store.list::<Vec<versions::Version>>(&versions::collection(bucket))?;
    Ok(histories.into_iter().filter(|(_, history)| !history.is_empty()).map(|(key, _)| key).collect())
}

/// All files below a folder; what vanishes while it is walked is not there.
fn files(folder: &std::path::Path) -> impl Iterator<Item = std::path::PathBuf> {
    let entries = WalkDir::new(folder).into_iter().filter_map(|entry| entry.ok());
    entries.filter(|entry| entry.file_type().is_file()).map(|entry| entry.into_path())
}
