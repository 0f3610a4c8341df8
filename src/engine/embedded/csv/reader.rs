//! The declared columns of a source's CSV files as text, in batches.

use std::fmt;
use std::io::{BufRead, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::datatypes::SchemaRef;

use super::super::fault::Fault;
use super::super::input::{BytesRead, SourceFile};
use super::super::scan::{Emit, FileReader};
use super::super::texts::{Texts, text_schema};
use super::records::{Record, Records};
use crate::error::{Kind, nearest};
use crate::flow::document::Malformed;

/// Reads a source's files.
pub struct CsvReader {
    files: Vec<SourceFile>,
    columns: Vec<String>,
    multiline: bool,
    malformed: Malformed,
    schema: SchemaRef,
    bytes_read: BytesRead,
    spared: AtomicU64,
}

impl CsvReader {
    /// A reader of `columns`, all of them text, from `files`.
    pub fn new(
        files: Vec<SourceFile>,
        columns: Vec<String>,
        multiline: bool,
        malformed: Malformed,
        bytes_read: BytesRead,
    ) -> Self {
        let schema = text_schema(&columns);
        CsvReader { files, columns, multiline, malformed, schema, bytes_read, spared: AtomicU64::new(0) }
    }

    /// How wide the header of `file` is, where each declared column stands in it, and where the first record begins.
    pub fn header(&self, file: &SourceFile) -> Result<(usize, Vec<usize>, u64), Fault> {
        let (mut records, _, mark) = self.open(file)?;
        let mut record = Record::default();
        records.read(&mut record)?;
        let all: Vec<usize> = (0..self.columns.len()).collect();
        Ok((record.width(), self.bind(file, &record, &all)?, mark + records.consumed()))
    }

    /// Opens `file` behind its byte order mark, if it has one; also gives the bytes read so far and those of the mark.
    fn open(&self, file: &SourceFile) -> Result<(Records<impl BufRead + use<>>, Arc<AtomicU64>, u64), Fault> {
        let mut text = file.open()?;
        let mut head = Vec::with_capacity(3);
        let start = text.input.by_ref().take(3).read_to_end(&mut head);
        start.map_err(|e| Fault::io("read", &file.name, &e))?;
        let mark = if head == b"\xef\xbb\xbf" { head.len() } else { 0 };
        head.drain(..mark);
        let records = Records::new(Cursor::new(head).chain(text.input), &file.name, self.multiline);
        Ok((records, text.read, mark as u64))
    }

    fn read_file(&self, file: &SourceFile, columns: &[usize], emit: Emit<'_>) -> Result<(), Fault> {
        let (mut records, read, _) = self.open(file)?;
        let mut record = Record::default();
        records.read(&mut record)?;
        let (width, places) = (record.width(), self.bind(file, &record, columns)?);
        let mut texts = Texts::new(&self.schema, columns, read, &self.bytes_read, emit)?;
        loop {
            let sound = match records.read(&mut record) {
                Ok(true) => check(file, &record, width),
                Ok(false) => return texts.finish(),
                Err(fault) => Err(fault),
            };
            let wanted = match sound {
                Ok(()) => texts.push(places.iter().map(|p| record.field(*p).filter(|text| !text.is_empty())))?,
                Err(fault) if !self.spares(&fault) => return Err(fault),
                Err(fault) => {
                    self.spared.fetch_add(1, Ordering::Relaxed);
                    if fault.code != RAGGED && fault.code != NOT_UTF8 {
                        records.skip_line()?;
                    }
                    self.malformed == Malformed::Drop || texts.push_nulls()?
                }
            };
            if !wanted {
                return Ok(());
            }
        }
    }

    /// Whether a row with this fault is left out or made NULL. Where records span lines, nothing behind a broken quote can
    /// be trusted.
    fn spares(&self, fault: &Fault) -> bool {
        !self.malformed.fails() && fault.kind == Kind::Data && (!self.multiline || fault.code == RAGGED)
    }

    /// Where in the file's records each of `columns` stands, and the header's width. All declared columns must be there,
    /// whichever are wanted.
    fn bind(&self, file: &SourceFile, header: &Record, columns: &[usize]) -> Result<Vec<usize>, Fault> {
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

fn missing(file: &SourceFile, column: &str, names: &[String]) -> Fault {
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

const RAGGED: &str = "ragged-row";
const NOT_UTF8: &str = "invalid-utf8";

/// Whether a record has the header's width, and is text throughout, wanted or not.
fn check(file: &SourceFile, record: &Record, width: usize) -> Result<(), Fault> {
    if record.width() != width {
        return Err(ragged(file, record, width));
    }
    if (0..width).any(|index| record.field(index).is_none()) {
        return Err(not_utf8(file, record));
    }
    Ok(())
}

fn not_utf8(file: &SourceFile, record: &Record) -> Fault {
    let message = format!("`{}` line {} is not UTF-8", file.name, record.line);
    Fault::data(NOT_UTF8, message).with_help("convert the file to UTF-8, e.g. `iconv -f latin1 -t utf-8`")
}

fn ragged(file: &SourceFile, record: &Record, width: usize) -> Fault {
    let fields = |n: usize| if n == 1 { "1 field".to_string() } else { format!("{n} fields") };
    let message = format!(
        "`{}` record {} (line {}) has {}, its header has {width}",
        file.name,
        record.number,
        record.line,
        fields(record.width()),
    );
    Fault::data(RAGGED, message)
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
        self.read_file(file, columns, emit).map_err(|fault| file.explain(fault))
    }

    fn ended(&self) -> Result<u64, Fault> {
        Ok(self.spared.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Array, ArrayRef, AsArray};

    use super::super::super::input;
    use super::super::super::scan::BATCH_ROWS;
    use super::*;

    fn read(files: &[(&str, &[u8])], columns: &[&str], wanted: &[usize]) -> Result<Vec<String>, Fault> {
        read_as(files, columns, wanted, false, Malformed::Fail).map(|(rows, _)| rows)
    }

    fn read_as(
        files: &[(&str, &[u8])],
        columns: &[&str],
        wanted: &[usize],
        multiline: bool,
        malformed: Malformed,
    ) -> Result<(Vec<String>, u64), Fault> {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let total = Arc::new(AtomicU64::new(0));
        let count = total.clone();
        let found = input::text_files("s", folder.path())?;
        let expected: u64 = found.iter().map(|file| file.bytes).sum();
        let columns = columns.iter().map(|c| c.to_string()).collect();
        let reader = CsvReader::new(
            found.clone(),
            columns,
            multiline,
            malformed,
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
                        if array.is_null(row) { "NULL" } else { array.value(row) }.to_string()
                    };
                    rows.push(batch.columns().iter().map(text).collect::<Vec<_>>().join("|"));
                }
                true
            })?;
        }
        assert_eq!(total.load(Ordering::Relaxed), expected, "all bytes are told");
        Ok((rows, reader.ended()?))
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
        assert!(code(&[("1.csv.bz2", b"BZh")], &["a"]).starts_with("compressed-source"));
        assert!(code(&[("1.csv.gz", b"\x1f\x8b")], &["a"]).starts_with("invalid-gzip"));
        assert!(code(&[("_SUCCESS", b"")], &["a"]).starts_with("no-files"));
    }

    #[test]
    fn malformed_rows_are_dropped_or_nulled() {
        let text: &[u8] = b"a,b\n1,2\n3\n4,\"5\n6,7,8\n9,\"x\"y\n\n\xe9,1\n1\r2,3\n\"10\",11\n\"";
        let read = |malformed| read_as(&[("1.csv", text)], &["b"], &[0], false, malformed);
        assert_eq!(read(Malformed::Drop).unwrap(), (vec!["2".into(), "11".into()], 7));
        let nulled: Vec<&str> = "2 NULL NULL NULL NULL NULL NULL 11 NULL".split(' ').collect();
        assert_eq!(read(Malformed::Null).unwrap(), (nulled.into_iter().map(String::from).collect(), 7));
        let read = |text: &[u8]| read_as(&[("1.csv", text)], &["b"], &[0], true, Malformed::Drop);
        assert_eq!(read(b"a,b\n\"1\n\",2\n\"3\n\"\n").unwrap(), (vec!["2".into()], 1));
        assert_eq!(read(b"a,b\n1,\"2\"3\n").unwrap_err().code, "bad-quote");
        assert_eq!(read(b"a,b\n1,\xe9\n").unwrap_err().code, "invalid-utf8");
    }
}
