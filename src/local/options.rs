//! How the local cloud is started and reached.

use std::path::PathBuf;

use super::faults::FaultPlan;

/// How to start it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of its state; made when missing.
    pub root: PathBuf,
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The account it plays, twelve digits.
    pub account: String,
    /// The region it plays.
    pub region: String,
    /// The access key; random when `None`.
    pub access_key_id: Option<String>,
    /// The secret; random when `None`.
    pub secret_access_key: Option<String>,
    /// Writes one JSON line a call: service, operation, input, status, start, end.
    pub request_log: Option<PathBuf>,
    /// What goes wrong on purpose; nothing by default.
    pub faults: FaultPlan,
    /// The `spark-submit` that runs jobs; the embedded engine does when `None`.
    pub spark: Option<PathBuf>,
    /// The memory that a job on the embedded engine may take, in bytes.
    pub memory_limit: Option<u64>,
}

impl Options {
    /// A cloud with its state in `root`: any free port, account 123456789012 in us-east-1, random credentials, no log, no
    /// faults.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            port: 0,
            account: crate::manifest::PLACEHOLDER_ACCOUNT.to_owned(),
            region: "us-east-1".to_owned(),
            access_key_id: None,
            secret_access_key: None,
            request_log: None,
            faults: FaultPlan::default(),
            spark: None,
            memory_limit: None,
        }
    }
}

/// A running local cloud's address.
#[derive(Clone)]
pub struct Endpoint {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// The access key it accepts.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
}

impl std::fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Endpoint")
            .field("url", &self.url)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}
