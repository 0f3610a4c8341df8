//! The request log: one JSON line a call, for tests that ask what was called, with what, and when.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};

/// Writes the lines; calls are written when their answer is ready, so in the order of their ends.
pub struct RequestLog {
    file: Mutex<File>,
}

/// One call.
#[derive(Serialize)]
pub struct Entry<'a> {
    /// `glue`, `athena`, `quicksight`, `iam`, `sts`, `s3`; what the client named where that is unknown.
    pub service: &'a str,
    /// `GetTable`; null when the call was refused before its operation was known.
    pub operation: Option<&'a str>,
    /// The operation's members by their API names; streamed bodies are left out.
    pub input: &'a Value,
    /// The HTTP status of the answer.
    pub status: u16,
    /// When the call came, RFC 3339 in UTC.
    pub start: String,
    /// When its answer was ready.
    pub end: String,
}

impl RequestLog {
    /// Appends to the file, and makes it when it is missing.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(path).map_err(|e| Error::io("open", path, e))?;
        Ok(Self { file: Mutex::new(file) })
    }

    /// Writes one line. A log that cannot be written does not fail the call.
    pub fn write(&self, entry: &Entry<'_>) {
        let Ok(mut line) = serde_json::to_vec(entry) else { return };
        line.push(b'\n');
        let Ok(mut file) = self.file.lock() else { return };
        if let Err(error) = file.write_all(&line) {
            tracing::warn!(%error, "cannot write the request log");
        }
    }
}

/// A time as the log writes it.
pub fn timestamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
