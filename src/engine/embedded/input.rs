//! A source's files: which they are, and their text from the beginning to the end.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::fault::Fault;
use crate::error::Kind;
use crate::flow::packed;

/// Told of bytes read since the last time.
pub type BytesRead = Arc<dyn Fn(u64) + Send + Sync>;

/// One file of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it is.
    pub path: PathBuf,
    /// What faults call it: the source's folder and the file's name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

/// The text of a file, and how many of its bytes were read.
pub struct Text {
    /// The text, unpacked.
    pub input: Box<dyn BufRead>,
    /// Bytes of the file so far.
    pub read: Arc<AtomicU64>,
}

impl SourceFile {
    /// Opens it; `.gz` is unpacked.
    pub fn open(&self) -> Result<Text, Fault> {
        let read = Arc::new(AtomicU64::new(0));
        let file = File::open(&self.path).map_err(|e| Fault::io("read", &self.name, &e))?;
        let unpacked = packed::unpacked(&self.name, Counting { file, read: read.clone() });
        Ok(Text { input: Box::new(BufReader::with_capacity(1 << 18, unpacked)), read })
    }

    /// `fault`, which came while the file was read: what cannot be unpacked is the file's fault.
    pub fn explain(&self, fault: Fault) -> Fault {
        if fault.kind != Kind::Io || !packed::is_gzip(&self.name) {
            return fault;
        }
        let message = format!("`{}` is not a whole gzip file: {}", self.name, fault.message);
        Fault::data("invalid-gzip", message).with_help("pack it again, or take the `.gz` off its name")
    }
}

struct Counting {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(into)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// The files directly in `folder`, or `folder` itself when it is a file, by name. Names that begin with `_` or `.` are not
/// data, as for Spark.
///
/// Errors: `no-files` when there are none.
pub fn files(source: &str, folder: &Path) -> Result<Vec<SourceFile>, Fault> {
    let fault = |e: io::Error| Fault::io("list", &folder.display().to_string(), &e);
    if folder.is_file() {
        let bytes = folder.metadata().map_err(fault)?.len();
        return Ok(vec![SourceFile { path: folder.to_path_buf(), name: name_of(source, folder), bytes }]);
    }
    let mut files = Vec::new();
    if folder.is_dir() {
        for entry in folder.read_dir().map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let hidden = entry.file_name().to_string_lossy().starts_with(['_', '.']);
            let metadata = entry.path().metadata().map_err(fault)?;
            if metadata.is_file() && !hidden {
                let path = entry.path();
                files.push(SourceFile { name: name_of(source, &path), path, bytes: metadata.len() });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    if files.is_empty() {
        let message = format!("source `{source}` has no files under `{}`", folder.display());
        return Err(Fault::data("no-files", message).with_help("upload them first, or correct the source's path"));
    }
    Ok(files)
}

/// The same of files of text: refuses those that only look like it.
pub fn text_files(source: &str, folder: &Path) -> Result<Vec<SourceFile>, Fault> {
    let files = files(source, folder)?;
    match files.iter().find(|file| packed::is_refused(&file.name)) {
        Some(file) => {
            let message = format!("`{}` is packed in a way that is not read", file.name);
            Err(Fault::data("compressed-source", message)
                .with_expected("a plain file, or one whose name ends in `.gz`")
                .with_help("unpack the file"))
        }
        None => Ok(files),
    }
}

fn name_of(source: &str, path: &Path) -> String {
    format!("{source}/{}", path.file_name().unwrap_or_default().to_string_lossy())
}
