//! The declared columns of a source's files of JSON lines as text, in batches.

use std::fmt;
use std::io::BufRead;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use datafusion::arrow::datatypes::SchemaRef;

use super::fault::Fault;
use super::input::{BytesRead, SourceFile};
use super::scan::{Emit, FileReader};
use super::texts::{Texts, text_schema};
use crate::flow::conversion::nested::{Dialect, Node, parse};
use crate::flow::document::Malformed;

/// Reads a source's files.
pub struct JsonReader {
    source: String,
    files: Vec<SourceFile>,
    columns: Vec<String>,
    malformed: Malformed,
    schema: SchemaRef,
    bytes_read: BytesRead,
    /// Whether a line has each column.
    present: Vec<AtomicBool>,
    rows: AtomicU64,
    spared: AtomicU64,
}

impl JsonReader {
    /// A reader of `columns`, all of them text, from the `files` of `source`.
    pub fn new(
        source: &str,
        files: Vec<SourceFile>,
        columns: Vec<String>,
        malformed: Malformed,
        bytes_read: BytesRead,
    ) -> Self {
        let (schema, present) = (text_schema(&columns), columns.iter().map(|_| AtomicBool::new(false)).collect());
        let (rows, spared) = (AtomicU64::new(0), AtomicU64::new(0));
        JsonReader { source: source.to_string(), files, columns, malformed, schema, bytes_read, present, rows, spared }
    }

    fn read_file(&self, file: &SourceFile, columns: &[usize], emit: Emit<'_>) -> Result<(), Fault> {
        let mut text = file.open()?;
        let mut texts = Texts::new(&self.schema, columns, text.read, &self.bytes_read, emit)?;
        let (mut line, mut number) = (Vec::new(), 0u64);
        loop {
            line.clear();
            let count = text.input.read_until(b'\n', &mut line).map_err(|e| Fault::io("read", &file.name, &e))?;
            if count == 0 {
                return texts.finish();
            }
            number += 1;
            let row = match self.row(&line) {
                Ok(None) => continue,
                Ok(Some(row)) => Ok(row),
                Err(why) => Err(fault(file, number, &why)),
            };
            let wanted = match row {
                Ok(row) => {
                    self.rows.fetch_add(1, Ordering::Relaxed);
                    texts.push(columns.iter().map(|column| row[*column].as_deref()))?
                }
                Err(fault) if self.malformed.fails() => return Err(fault),
                Err(_) => {
                    self.spared.fetch_add(1, Ordering::Relaxed);
                    self.malformed == Malformed::Drop || texts.push_nulls()?
                }
            };
            if !wanted {
                return Ok(());
            }
        }
    }

    /// The columns' texts in a line, `None` for a blank one; the error says what is wrong with it.
    fn row(&self, line: &[u8]) -> Result<Option<Vec<Option<String>>>, String> {
        let line = std::str::from_utf8(line).map_err(|_| "is not UTF-8")?;
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        if line.trim_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']).is_empty() {
            return Ok(None);
        }
        let Some(Node::Object(entries)) = parse(line, Dialect::Json) else {
            return Err("is not a JSON object with distinct names".to_string());
        };
        let mut row = vec![None; self.columns.len()];
        let mut taken = vec![false; self.columns.len()];
        for (name, value) in entries {
            let name = name.to_lowercase();
            let Some(place) = self.columns.iter().position(|column| *column == name) else { continue };
            if std::mem::replace(&mut taken[place], true) {
                return Err(format!("has `{name}` twice"));
            }
            row[place] = match value {
                Node::Null => None,
                Node::Text(text) | Node::Bare(text) => Some(text),
                nested => Some(nested.to_json()),
            };
        }
        for (present, taken) in self.present.iter().zip(taken) {
            present.fetch_or(taken, Ordering::Relaxed);
        }
        Ok(Some(row))
    }
}

fn fault(file: &SourceFile, line: u64, why: &str) -> Fault {
    Fault::data("malformed-json", format!("`{}` line {line} {why}", file.name))
        .with_expected("one JSON object a line, in UTF-8")
        .with_help("correct the line, or set `malformed: drop` or `malformed: null` on the source")
}

impl fmt::Debug for JsonReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        write!(f, "json {names:?}")
    }
}

impl FileReader for JsonReader {
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
        let absent = self.columns.iter().zip(&self.present).find(|(_, present)| !present.load(Ordering::Relaxed));
        match absent {
            Some((column, _)) if self.rows.load(Ordering::Relaxed) > 0 => {
                let message = format!("no line of source `{}` has `{column}`", self.source);
                Err(Fault::data("missing-column", message)
                    .with_help("names match in any case; correct it, or take the column out"))
            }
            _ => Ok(self.spared.load(Ordering::Relaxed)),
        }
    }
}
