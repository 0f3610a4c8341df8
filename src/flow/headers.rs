//! What a source's files say of their columns: the header lines of CSV files, the schemas of Parquet files.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::packed;
use super::parquet::{self, FileColumns};
use crate::error::{Error, Result};
use crate::manifest::files;
use crate::manifest::model::{Manifest, Source};

/// The longest header that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// Where headers and schemas come from: compiling a flow needs no other data.
pub trait Headers {
    /// The header of each file of the source, in the files' order; none when its files are not on this machine.
    fn headers(&self, manifest: &Manifest, source: &Source) -> Result<Vec<Header>>;

    /// The columns of each Parquet file of the source, in the files' order; none when its files are not on this machine.
    fn columns(&self, manifest: &Manifest, source: &Source) -> Result<Vec<FileColumns>>;
}

/// One file's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The file, as the user would type it.
    pub file: PathBuf,
    /// Its names, trimmed, as written.
    pub names: Vec<String>,
}

impl Header {
    /// Whether it has a column of that name, in any case.
    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|n| n.to_lowercase() == name)
    }
}

/// Reads the first line, or the schema, of each local file; a source in `s3://` has none here.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalHeaders;

impl Headers for LocalHeaders {
    fn headers(&self, manifest: &Manifest, source: &Source) -> Result<Vec<Header>> {
        let files = files::expand(manifest, source)?;
        let read = |file: files::LocalFile| {
            let names = read_header(&file.path).map_err(|error| error.at(source.path.place.clone()))?;
            Ok(Header { file: file.path, names })
        };
        files.into_iter().map(read).collect()
    }

    fn columns(&self, manifest: &Manifest, source: &Source) -> Result<Vec<FileColumns>> {
        let read = |file: files::LocalFile| {
            let columns = parquet::read_columns(&file.path).map_err(|error| error.at(source.path.place.clone()))?;
            Ok(FileColumns { file: file.path, columns })
        };
        files::expand(manifest, source)?.into_iter().map(read).collect()
    }
}

/// The names in the first line of a CSV file that is not blank: RFC 4180, UTF-8 with or without a byte order mark.
///
/// Errors: `no-header` (an empty file), `not-utf-8`, `malformed-csv`, `io`.
pub fn read_header(path: &Path) -> Result<Vec<String>> {
    let shown = path.display();
    let file = packed::open(path).map_err(|error| Error::io("read", path, error))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file.take(LONGEST));
    let mut record = csv::ByteRecord::new();
    loop {
        let more = reader.read_byte_record(&mut record).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) => Error::io("read", path, error),
            other => Error::manifest("malformed-csv", format!("cannot read the header of `{shown}`: {other:?}")),
        })?;
        if !more {
            return Err(Error::manifest("no-header", format!("`{shown}` is empty"))
                .with_expected("a first line with the names of the columns"));
        }
        if record.len() > 1 || record.iter().any(|field| !field.trim_ascii().is_empty()) {
            break;
        }
    }
    let reaches_end = reader.position().byte() >= LONGEST;
    if reaches_end {
        return Err(Error::manifest("malformed-csv", format!("the first line of `{shown}` does not end within 1 MiB"))
            .with_help("look for a quote that is not closed"));
    }
    let names = record.iter().map(|field| std::str::from_utf8(field).map(|name| name.trim().to_string()));
    let names: Vec<String> = names.collect::<Result<_, _>>().map_err(|_| {
        Error::manifest("not-utf-8", format!("the header of `{shown}` is not UTF-8 text"))
            .with_help("save the file as UTF-8")
    })?;
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: &[u8]) -> Result<Vec<String>, &'static str> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        std::fs::write(&file, bytes).unwrap();
        read_header(&file).map_err(|error| error.code())
    }

    #[test]
    fn headers_are_read_as_the_engines_read_them() {
        let names = |names: &[&str]| Ok(names.iter().map(|n| n.to_string()).collect());
        assert_eq!(header(b"id,name\n1,2\n"), names(&["id", "name"]));
        assert_eq!(header("\u{feff}id,name".as_bytes()), names(&["id", "name"]));
        assert_eq!(header("\u{feff}\"id\",\"a, \"\"b\"\"\"\r\n1,2".as_bytes()), names(&["id", "a, \"b\""]));
        assert_eq!(header(b"\n  \n id , Name\n"), names(&["id", "Name"]));
        assert_eq!(header(b",a\n"), names(&["", "a"]));
        assert_eq!(header(b""), Err("no-header"));
        assert_eq!(header(b"\n\n"), Err("no-header"));
        assert_eq!(header(b"caf\xe9\n"), Err("not-utf-8"));
        assert_eq!(header(&[b"\"".to_vec(), vec![b'x'; 2 << 20]].concat()), Err("malformed-csv"));
    }
}
