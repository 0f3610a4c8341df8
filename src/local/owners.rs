//! Who works on what is in flight: a process that dies leaves its runs and queries behind, and others must be able to tell.
//!
//! An owner holds the lock of a file of its own while it lives; the system releases it with the process.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;

use super::store::Store;
use crate::error::{Error, Result};

/// Where owners' files lie, below the root.
pub const FOLDER: &str = "owners";

/// A living owner; work in flight carries its id.
#[derive(Debug)]
pub struct Owner {
    id: String,
    path: PathBuf,
    _lock: File,
}

impl Owner {
    /// A new owner. Files of dead ones are cleared away.
    pub fn register(store: &Store) -> Result<Arc<Owner>> {
        let folder = store.root().join(FOLDER);
        std::fs::create_dir_all(&folder).map_err(|e| Error::io("create", &folder, e))?;
        for entry in std::fs::read_dir(&folder).map_err(|e| Error::io("list", &folder, e))?.flatten() {
            if !is_alive(store, &entry.file_name().to_string_lossy()) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        let id = uuid::Uuid::new_v4().to_string();
        let path = folder.join(&id);
        // Locked before it gets its name, so that nobody sees it unlocked.
        let temp = store.temp_path();
        let lock = File::create(&temp).map_err(|e| Error::io("create", &temp, e))?;
        lock.lock().map_err(|e| Error::io("lock", &temp, e))?;
        std::fs::rename(&temp, &path).map_err(|e| Error::io("write", &path, e))?;
        Ok(Arc::new(Owner { id, path, _lock: lock }))
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether the owner of that id lives.
pub fn is_alive(store: &Store, id: &str) -> bool {
    if id.is_empty() || id.contains(['/', '\\']) {
        return false;
    }
    match File::open(store.root().join(FOLDER).join(id)) {
        Ok(file) => matches!(file.try_lock(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::Options;

    #[test]
    fn an_owner_lives_until_it_is_dropped() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::open(&Options::new(root.path())).unwrap();
        let (one, two) = (Owner::register(&store).unwrap(), Owner::register(&store).unwrap());
        assert!(is_alive(&store, one.id()) && is_alive(&store, two.id()));
        let id = one.id().to_owned();
        drop(one);
        assert!(!is_alive(&store, &id) && is_alive(&store, two.id()));
        assert!(!is_alive(&store, "../lock") && !is_alive(&store, ""));
    }
}
