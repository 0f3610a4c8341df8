//! A run's claim to its scratch folder, and what to do with folders whose run died.
//!
//! A run holds a lock on a file in its scratch folder for as long as its process lives; the system gives the lock up when
//! the process dies, however it dies. So a folder whose lock can be had is nobody's.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::publish::{announced, hidden, remove_folder, run_folder};
use crate::error::{Error, Result};

/// The scratch folder of a run: rows on their way are put down there.
pub fn scratch(warehouse: &Path, run_id: &str) -> PathBuf {
    run_folder(warehouse, run_id).join("scratch")
}

fn lock_file(scratch: &Path) -> PathBuf {
    scratch.join("running")
}

/// The claim; given up when dropped, and with it everything that the run has not published.
#[derive(Debug)]
pub struct Claim {
    warehouse: PathBuf,
    run_id: String,
    _lock: File,
}

impl Claim {
    /// Makes the run's scratch folder, emptied of what an earlier attempt left, and claims it.
    pub fn new(warehouse: &Path, run_id: &str) -> Result<Self> {
        let folder = scratch(warehouse, run_id);
        remove_folder(&folder)?;
        remove_folder(&run_folder(warehouse, run_id).join("data"))?;
        std::fs::create_dir_all(&folder).map_err(|e| Error::io("create", &folder, e))?;
        let path = lock_file(&folder);
        let lock = File::create(&path).map_err(|e| Error::io("create", &path, e))?;
        lock.lock().map_err(|e| Error::io("lock", &path, e))?;
        Ok(Claim { warehouse: warehouse.to_path_buf(), run_id: run_id.to_string(), _lock: lock })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // What cannot be deleted now is swept up by a later run.
        let _ = forget(&self.warehouse, &self.run_id);
    }
}

/// Deletes a run's rows, unless it has announced its publish: then its data are to be rolled forward.
fn forget(warehouse: &Path, run_id: &str) -> Result<()> {
    if !announced(warehouse, run_id) {
        remove_folder(&run_folder(warehouse, run_id).join("data"))?;
    }
    remove_folder(&scratch(warehouse, run_id))
}

/// Deletes what runs left whose process died.
pub fn sweep(warehouse: &Path) -> Result<()> {
    let Ok(runs) = hidden(warehouse).read_dir() else { return Ok(()) };
    for run in runs.filter_map(|run| run.ok()) {
        let lock = File::open(lock_file(&run.path().join("scratch")));
        if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            forget(warehouse, &run.file_name().to_string_lossy())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::publish::{Publishing, announce, data_folder, put};
    use super::*;

    fn with_data(warehouse: &Path, run_id: &str) {
        put(&data_folder(warehouse, run_id, "t").join("part"), b"rows").unwrap();
    }

    #[test]
    fn a_claim_lasts_as_long_as_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let claim = Claim::new(folder.path(), "r").unwrap();
        with_data(folder.path(), "r");
        sweep(folder.path()).unwrap();
        assert!(scratch(folder.path(), "r").exists() && data_folder(folder.path(), "r", "t").exists());
        drop(claim);
        assert!(!scratch(folder.path(), "r").exists() && !data_folder(folder.path(), "r", "t").exists());
    }

    #[test]
    fn what_a_dead_run_left_is_swept_up() {
        let folder = tempfile::tempdir().unwrap();
        for run_id in ["dead", "published"] {
            // As a killed process leaves them: the file is there, nobody holds its lock.
            put(&lock_file(&scratch(folder.path(), run_id)), b"").unwrap();
            with_data(folder.path(), run_id);
        }
        with_data(folder.path(), "sparks");
        let published = Publishing::new(folder.path(), "published", Default::default(), &[]).unwrap();
        announce(folder.path(), &published).unwrap();
        sweep(folder.path()).unwrap();
        assert!(!scratch(folder.path(), "dead").exists() && !data_folder(folder.path(), "dead", "t").exists());
        assert!(data_folder(folder.path(), "published", "t").exists(), "to be rolled forward");
        assert!(data_folder(folder.path(), "sparks", "t").exists(), "without a scratch folder it is another engine's");
    }
}
