//! A store for unit tests.

use crate::local::options::Options;
use crate::local::store::Store;

/// A store in a folder of its own, account 123456789012 in us-east-1.
pub fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Options {
        root: folder.path().to_owned(),
        port: 0,
        account: "123456789012".into(),
        region: "us-east-1".into(),
        access_key_id: None,
        secret_access_key: None,
        request_log: None,
        faults: crate::local::faults::FaultPlan::default(),
    });
    (folder, store.unwrap())
}
