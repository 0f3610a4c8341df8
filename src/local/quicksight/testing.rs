//! A store for unit tests.

use crate::local::options::Options;
use crate::local::store::Store;

/// A store in a folder of its own, account 123456789012 in us-east-1.
pub fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Options::new(folder.path()));
    (folder, store.unwrap())
}
