//! The declared columns of a source's CSV files as text, in batches.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::array::{ArrayRef, LargeStringBuilder, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

use super::super::fault::Fault;
use super::super::scan::{BATCH_ROWS, Emit, FileReader};
use super::records::{Record, Records};
use crate::error::nearest;

/// Told of bytes read since the last time.
pub type BytesRead = Arc<dyn Fn(u64) + Send + Sync>;

/// One file of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvFile {
    /// Where it is.
    pub path: PathBuf,
    /// What faults call it: the source's folder and the file's name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

/// Reads a source's files.
pub struct CsvReader {
    files: Vec<CsvFile>,
    columns: Vec<String>,
    multiline: bool,
    schema: SchemaRef,
    bytes_read: BytesRead,
}

impl CsvReader {
    /// A reader of `columns`, all of them text, from `files`.
    pub fn new(files: Vec<CsvFile>, columns: Vec<String>, multiline: bool, bytes_read: BytesRead) -> Self {
        let field = |name: &String| Field::new(name, DataType::LargeUtf8, true);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Fields>()));
        CsvReader { files, columns, multiline, schema, bytes_read }
    }

    /// Opens `file` behind its byte order mark, if it has one.
    fn open(&self, file: &CsvFile) -> Result<(Records<impl io::BufRead + use<>>, Arc<AtomicU64>), Fault> {
        let fault = |e: io::Error| Fault::io("read", &file.name, &e);
        let read = Arc::new(AtomicU64::new(0));
        let mut input = Counting { file: File::open(&file.path).map_err(fault)?, read: read.clone() };
        let mut head = Vec::with_capacity(3);
        input.by_ref().take(3).read_to_end(&mut head).map_err(fault)?;
        if head == b"\xef\xbb\xbf" {
            head.clear();
        }
        let input = BufReader::with_capacity(1 << 18, Cursor::new(head).chain(input));
        Ok((Records::new(input, &file.name, self.multiline), read))
    }

    /// Where in the file's records each of `columns` stands, and the header's width. All declared columns must be there,
    /// whichever are wanted.
    fn bind(&self, file: &CsvFile, header: &Record, columns: &[usize]) -> Result<Vec<usize>, Fault> {
        let mut names = Vec::with_capacity(header.width());
        for index in 0..header.width() {
            names.push(header.field(index).ok_or_else(|| not_utf8(file, header))?.trim().to_lowercase());
        }
        let mut places = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let wanted = column.to_lowercase();
            let mut found = names.iter().enumerate().filter(|(_, name)| **name == wanted).map(|(place, _)| place);
            let Some(place) = found.next() else { return Err(missing(file, column, &names)) };
            if found.next().is_some() {
                let message = format!("the header of `{}` names column `{column}` more than once", file.name);
                return Err(Fault::data("ambiguous-column", message).with_help("rename one of them in the file"));
            }
            places.push(place);
        }
        Ok(columns.iter().map(|column| places[*column]).collect())
    }
}

fn missing(file: &CsvFile, column: &str, names: &[String]) -> Fault {
    let message = format!("`{}` has no column `{column}`", file.name);
    let fault = Fault::data("missing-column", message);
    if names.is_empty() {
        return fault.with_expected("a header line; the file is empty");
    }
    let fault = fault.with_expected(format!("it among the header's columns: {}", names.join(", ")));
    match nearest(column, names.iter().map(String::as_str)) {
        Some(name) => fault.with_help(format!("did you mean `{name}`?")),
        None => fault,
    }
}

fn not_utf8(file: &CsvFile, record: &Record) -> Fault {
    let message = format!("`{}` line {} is not UTF-8", file.name, record.line);
    Fault::data("invalid-utf8", message).with_help("convert the file to UTF-8, e.g. `iconv -f latin1 -t utf-8`")
}

fn ragged(file: &CsvFile, record: &Record, width: usize) -> Fault {
    let fields = |n: usize| if n == 1 { "1 field".to_string() } else { format!("{n} fields") };
    let message = format!(
        "`{}` record {} (line {}) has {}, its header has {width}",
        file.name,
        record.number,
        record.line,
        fields(record.width()),
    );
    Fault::data("ragged-row", message)
        .with_expected(fields(width))
        .with_help("a field that holds a comma or a quote must stand in quotes; correct the row or take it out")
}

impl fmt::Debug for CsvReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        write!(f, "csv {names:?}")
    }
}

impl FileReader for CsvReader {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn sizes(&self) -> Vec<u64> {
        self.files.iter().map(|file| file.bytes).collect()
    }

    fn rows(&self) -> Option<u64> {
        None
    }

    fn read(&self, file: usize, columns: &[usize], emit: Emit<'_>) -> Result<(), Fault> {
        let file = &self.files[file];
        let (mut records, read) = self.open(file)?;
        let mut record = Record::default();
        records.read(&mut record)?;
        let (width, places) = (record.width(), self.bind(file, &record, columns)?);
        let schema = Arc::new(self.schema.project(columns).map_err(|e| Fault::data("bug", e.to_string()))?);
        let mut batch = Batch::new(schema, places);
        let mut told = 0;
        loop {
            let more = records.read(&mut record)?;
            if more {
                if record.width() != width {
                    return Err(ragged(file, &record, width));
                }
                batch.push(&record).map_err(|()| not_utf8(file, &record))?;
            }
            if batch.rows == BATCH_ROWS || !more {
                let now = read.load(Ordering::Relaxed);
                (self.bytes_read)(now - told);
                told = now;
                if batch.rows > 0 && !emit(batch.finish()?) {
                    return Ok(());
                }
            }
            if !more {
                return Ok(());
            }
        }
    }
}

/// Rows on their way into a batch.
struct Batch {
    schema: SchemaRef,
    places: Vec<usize>,
    builders: Vec<LargeStringBuilder>,
    rows: usize,
}

impl Batch {
    fn new(schema: SchemaRef, places: Vec<usize>) -> Self {
        let builders = places.iter().map(|_| LargeStringBuilder::with_capacity(BATCH_ROWS, 16 * BATCH_ROWS)).collect();
        Batch { schema, places, builders, rows: 0 }
    }

    /// Adds a record; an error when any of its fields, wanted or not, is not UTF-8.
    fn push(&mut self, record: &Record) -> Result<(), ()> {
        for index in 0..record.width() {
            record.field(index).ok_or(())?;
        }
        for (place, builder) in self.places.iter().zip(&mut self.builders) {
            builder.append_option(record.field(*place).filter(|text| !text.is_empty()));
        }
        self.rows += 1;
        Ok(())
    }

    fn finish(&mut self) -> Result<RecordBatch, Fault> {
        let columns = self.builders.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        self.rows = 0;
        RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)
            .map_err(|e| Fault::data("bug", e.to_string()))
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
pub fn files(source: &str, folder: &Path) -> Result<Vec<CsvFile>, Fault> {
    let fault = |e: io::Error| Fault::io("list", &folder.display().to_string(), &e);
    if folder.is_file() {
        let bytes = folder.metadata().map_err(fault)?.len();
        return checked(vec![CsvFile { path: folder.to_path_buf(), name: name_of(source, folder), bytes }]);
    }
    let mut files = Vec::new();
    if folder.is_dir() {
        for entry in folder.read_dir().map_err(fault)? {
            let entry = entry.map_err(fault)?;
            let hidden = entry.file_name().to_string_lossy().starts_with(['_', '.']);
            let metadata = entry.path().metadata().map_err(fault)?;
            if metadata.is_file() && !hidden {
                let path = entry.path();
                files.push(CsvFile { name: name_of(source, &path), path, bytes: metadata.len() });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    if files.is_empty() {
        let message = format!("source `{source}` has no files under `{}`", folder.display());
        return Err(Fault::data("no-files", message).with_help("upload them first, or correct the source's path"));
    }
    checked(files)
}

fn name_of(source: &str, path: &Path) -> String {
    format!("{source}/{}", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Refuses files that only look like text.
fn checked(files: Vec<CsvFile>) -> Result<Vec<CsvFile>, Fault> {
    const PACKED: [&str; 7] = [".gz", ".gzip", ".bz2", ".zst", ".xz", ".zip", ".snappy"];
    match files.iter().find(|file| PACKED.iter().any(|end| file.name.to_lowercase().ends_with(end))) {
        Some(file) => {
            let message = format!("`{}` is compressed, which the embedded engine does not read", file.name);
            Err(Fault::data("compressed-source", message).with_help("unpack the file"))
        }
        None => Ok(files),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::AsArray;

    use super::*;

    fn read(files: &[(&str, &[u8])], columns: &[&str], wanted: &[usize]) -> Result<Vec<String>, Fault> {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let total = Arc::new(AtomicU64::new(0));
        let count = total.clone();
        let found = super::files("s", folder.path())?;
        let expected: u64 = found.iter().map(|file| file.bytes).sum();
        let columns = columns.iter().map(|c| c.to_string()).collect();
        let reader = CsvReader::new(
            found.clone(),
            columns,
            false,
            Arc::new(move |n| {
                count.fetch_add(n, Ordering::Relaxed);
            }),
        );
        let mut rows = Vec::new();
        for file in 0..found.len() {
            reader.read(file, wanted, &mut |batch| {
                for row in 0..batch.num_rows() {
                    let text = |array: &ArrayRef| {
                        let array = array.as_string::<i64>();
                        if datafusion::arrow::array::Array::is_null(array, row) { "NULL" } else { array.value(row) }
                            .to_string()
                    };
                    rows.push(batch.columns().iter().map(text).collect::<Vec<_>>().join("|"));
                }
                true
            })?;
        }
        assert_eq!(total.load(Ordering::Relaxed), expected, "all bytes are told");
        Ok(rows)
    }

    fn code(files: &[(&str, &[u8])], columns: &[&str]) -> String {
        let fault = read(files, columns, &[0]).unwrap_err();
        format!("{}: {}", fault.code, fault.message)
    }

    #[test]
    fn columns_bind_by_name_in_every_file() {
        let files: [(&str, &[u8]); 2] =
            [("1.csv", b"\xef\xbb\xbfB,x,\" A\"\n2,-,1\n\"\",-,\n"), ("2.csv", b"a,b\r\n3,4\r\n")];
        assert_eq!(read(&files, &["a", "b"], &[0, 1]).unwrap(), ["1|2", "NULL|NULL", "3|4"]);
        assert_eq!(read(&files, &["a", "b"], &[1]).unwrap(), ["2", "NULL", "4"]);
        assert_eq!(read(&files, &["a", "b"], &[]).unwrap(), ["", "", ""]);
    }

    #[test]
    fn a_header_alone_is_no_rows() {
        assert_eq!(read(&[("1.csv", b"a,b")], &["a"], &[0]).unwrap(), Vec::<String>::new());
        assert_eq!(code(&[("1.csv", b"")], &["a"]), "missing-column: `s/1.csv` has no column `a`");
    }

    #[test]
    fn batches_are_whole() {
        let text = format!("a\n{}", "x\n".repeat(BATCH_ROWS * 2 + 1));
        assert_eq!(read(&[("1.csv", text.as_bytes())], &["a"], &[0]).unwrap().len(), BATCH_ROWS * 2 + 1);
    }

    #[test]
    fn faults_name_file_record_and_line() {
        assert_eq!(
            code(&[("1.csv", b"a,b\n1,2\n\n3\n")], &["a"]),
            "ragged-row: `s/1.csv` record 2 (line 4) has 1 field, its header has 2"
        );
        assert_eq!(code(&[("1.csv", b"a,b\n1,2\n3,\xe9\n")], &["a"]), "invalid-utf8: `s/1.csv` line 3 is not UTF-8");
        assert_eq!(code(&[("1.csv", b"a,b\n")], &["c"]), "missing-column: `s/1.csv` has no column `c`");
        assert_eq!(
            code(&[("1.csv", b"a,A\n")], &["a"]),
            "ambiguous-column: the header of `s/1.csv` names column `a` more than once"
        );
    }

    #[test]
    fn a_file_missing_a_declared_column_fails_though_it_is_not_wanted() {
        let fault = read(&[("1.csv", b"long,bb\n1,2\n")], &["long", "b"], &[0]).unwrap_err();
        assert_eq!(fault.help.as_deref(), Some("did you mean `bb`?"));
    }

    #[test]
    fn hidden_and_packed_files() {
        assert_eq!(read(&[("_SUCCESS", b""), (".x", b""), ("1.csv", b"a\n1\n")], &["a"], &[0]).unwrap(), ["1"]);
        assert!(code(&[("1.csv.gz", b"\x1f\x8b")], &["a"]).starts_with("compressed-source"));
        assert!(code(&[("_SUCCESS", b"")], &["a"]).starts_with("no-files"));
    }
}
