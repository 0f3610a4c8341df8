//! The events of a stream: one line of JSON each, in a file that only grows.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::local::keys;
use crate::local::store::Store;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: i64,
    /// What was said, without a line end.
    pub message: String,
}

/// A stream that is written to.
#[derive(Debug)]
pub struct Stream(File);

impl Stream {
    /// Opens a stream at its end; it comes to be when it is missing.
    pub fn open(store: &Store, group: &str, stream: &str) -> Result<Self> {
        let path = path(store, group, stream);
        let folder = path.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(folder).map_err(|e| Error::io("create", folder, e))?;
        let file = OpenOptions::new().create(true).append(true).open(&path);
        file.map(Self).map_err(|e| Error::io("open", &path, e))
    }

    /// Adds an event of now. One that cannot be written is lost: a log stops nobody.
    pub fn say(&mut self, message: &str) {
        let event = Event { timestamp: chrono::Utc::now().timestamp_millis(), message: message.to_owned() };
        let line = serde_json::to_string(&event).unwrap_or_default() + "\n";
        // In one piece: a reader never sees half an event.
        if let Err(error) = self.0.write_all(line.as_bytes()) {
            tracing::warn!(%error, "a log event is lost");
        }
    }
}

/// All events of a stream, in their order; `None` when there is no such stream.
pub fn read(store: &Store, group: &str, stream: &str) -> Option<Vec<Event>> {
    let text = std::fs::read_to_string(path(store, group, stream)).ok()?;
    Some(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// What a stream says, as lines of one text; empty when there is no such stream.
pub fn text(store: &Store, group: &str, stream: &str) -> String {
    let events = read(store, group, stream).unwrap_or_default();
    events.into_iter().map(|event| event.message + "\n").collect()
}

/// The names of all groups, sorted.
pub fn groups(store: &Store) -> Vec<String> {
    names(&root(store), "")
}

/// The names of a group's streams, sorted; `None` when there is no such group.
pub fn streams(store: &Store, group: &str) -> Option<Vec<String>> {
    let folder = folder(store, group);
    folder.is_dir().then(|| names(&folder, EXTENSION))
}

const EXTENSION: &str = ".jsonl";

fn root(store: &Store) -> PathBuf {
    store.root().join("logs").join(store.region())
}

fn folder(store: &Store, group: &str) -> PathBuf {
    root(store).join(keys::document_file(group))
}

fn path(store: &Store, group: &str, stream: &str) -> PathBuf {
    folder(store, group).join(keys::document_file(stream) + EXTENSION)
}

fn names(folder: &Path, extension: &str) -> Vec<String> {
    let entries =
        std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> =
        entries.filter_map(|name| keys::percent_decode(name.strip_suffix(extension)?)).collect();
    names.sort_unstable();
    names
}
