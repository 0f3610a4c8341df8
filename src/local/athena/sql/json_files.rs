//! Files of JSON lines, as the JSON SerDes read them: columns by name, a missing one NULL.

use std::io::{BufRead, BufReader};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::json::{Reader, ReaderBuilder};

use super::failure::{Failure, Outcome};
use super::files::DataFile;
use crate::flow::packed;

/// A file being read for some of a table's columns.
pub struct JsonScan {
    reader: Reader<Box<dyn BufRead>>,
    uri: String,
}

impl JsonScan {
    /// Opens a file for the columns of `schema`, of which there must be one.
    pub fn open(file: &DataFile, schema: SchemaRef) -> Outcome<Self> {
        let failed = |e: &dyn std::fmt::Display| {
            Failure::new("HIVE_CANNOT_OPEN_SPLIT", format!("Error opening Hive split {}: {e}", file.uri))
        };
        let input: Box<dyn BufRead> = Box::new(BufReader::new(packed::open(&file.path).map_err(|e| failed(&e))?));
        // The SerDe writes a number into a text column as text.
        let reader = ReaderBuilder::new(schema).with_coerce_primitive(true).build(input).map_err(|e| failed(&e))?;
        Ok(Self { reader, uri: file.uri.clone() })
    }

    /// The next rows; `None` at the end.
    pub fn next_batch(&mut self) -> Outcome<Option<RecordBatch>> {
        let bad = |e| Failure::new("HIVE_CURSOR_ERROR", format!("Row is not a valid JSON Object in {}: {e}", self.uri));
        self.reader.next().transpose().map_err(bad)
    }
}
