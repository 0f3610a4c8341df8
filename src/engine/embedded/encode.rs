//! Rows as text: CSV and JSON lines.

use std::fs::File;
use std::io::{BufWriter, Write};

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type};
use datafusion::arrow::record_batch::RecordBatch;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::fault::Fault;
use super::hive;
use crate::flow::conversion::nested::quote;
use crate::flow::conversion::value::decimal_text;

/// How rows become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// RFC 4180, LF, a header line.
    Csv,
    /// One object a line; a NULL field of an object is left out.
    Json,
}

/// Writes one file of text.
pub struct TextWriter {
    text: Text,
    table: String,
    names: Vec<String>,
    output: Output,
    /// What is written next.
    line: String,
    bytes: usize,
}

enum Output {
    Plain(BufWriter<File>),
    Packed(Box<GzEncoder<BufWriter<File>>>),
}

impl TextWriter {
    /// A file of `table` with columns of these names.
    pub fn new(text: Text, table: &str, names: Vec<String>, file: File, gzip: bool) -> std::io::Result<Self> {
        let file = BufWriter::new(file);
        let output = if gzip {
            Output::Packed(Box::new(GzEncoder::new(file, Compression::default())))
        } else {
            Output::Plain(file)
        };
        let mut writer = TextWriter { text, table: table.to_string(), names, output, line: String::new(), bytes: 0 };
        if text == Text::Csv {
            writer.line = writer.names.join(",") + "\n";
            writer.flush_line()?;
        }
        Ok(writer)
    }

    /// Adds rows. Errors: `line-break` for a text with one, which no line of a CSV table can hold: Athena reads line by line.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<(), Fault> {
        for row in 0..rows.num_rows() {
            match self.text {
                Text::Csv => self.csv(rows, row)?,
                Text::Json => self.json(rows, row),
            }
            self.line.push('\n');
            self.flush_line().map_err(|e| Fault::io("write", &self.table, &e))?;
        }
        Ok(())
    }

    /// Bytes of text so far.
    pub fn bytes_written(&self) -> usize {
        self.bytes
    }

    /// Completes the file.
    pub fn close(self) -> std::io::Result<()> {
        match self.output {
            Output::Plain(mut file) => file.flush(),
            Output::Packed(encoder) => encoder.finish()?.flush(),
        }
    }

    fn flush_line(&mut self) -> std::io::Result<()> {
        self.bytes += self.line.len();
        match &mut self.output {
            Output::Plain(file) => file.write_all(self.line.as_bytes())?,
            Output::Packed(encoder) => encoder.write_all(self.line.as_bytes())?,
        }
        self.line.clear();
        Ok(())
    }

    fn csv(&mut self, rows: &RecordBatch, row: usize) -> Result<(), Fault> {
        for (place, column) in rows.columns().iter().enumerate() {
            if place > 0 {
                self.line.push(',');
            }
            match scalar(column, row) {
                Some(text) if text.contains(['\n', '\r']) => return Err(line_break(&self.table, &self.names[place])),
                Some(text) if text.is_empty() || text.contains([',', '"']) => {
                    self.line.push('"');
                    self.line.push_str(&text.replace('"', "\"\""));
                    self.line.push('"');
                }
                Some(text) => self.line.push_str(&text),
                // A line must have something on it.
                None if rows.num_columns() == 1 => self.line.push_str("\"\""),
                None => {}
            }
        }
        Ok(())
    }

    fn json(&mut self, rows: &RecordBatch, row: usize) {
        object(&mut self.line, self.names.iter().map(String::as_str).zip(rows.columns()), row);
    }
}

fn line_break(table: &str, column: &str) -> Fault {
    let message = format!("table {table} is CSV, which Athena reads line by line, and {column} has a line break");
    Fault::data("line-break", message)
        .with_help("write the table as parquet or json, or take the line breaks out: `replace(x, ..., ' ')`")
}

fn object<'a>(to: &mut String, fields: impl Iterator<Item = (&'a str, &'a ArrayRef)>, row: usize) {
    to.push('{');
    let mut first = true;
    for (name, column) in fields.filter(|(_, column)| column.is_valid(row)) {
        to.push_str(if first { "" } else { "," });
        to.push_str(&quote(name));
        to.push(':');
        json(to, column, row);
        first = false;
    }
    to.push('}');
}

fn json(to: &mut String, column: &ArrayRef, row: usize) {
    if column.is_null(row) {
        return to.push_str("null");
    }
    match column.data_type() {
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            to.push('[');
            for item in 0..items.len() {
                to.push_str(if item > 0 { "," } else { "" });
                json(to, &items, item);
            }
            to.push(']');
        }
        DataType::Struct(fields) => {
            let names = fields.iter().map(|field| field.name().as_str());
            object(to, names.zip(column.as_struct().columns()), row);
        }
        kind => {
            let text = scalar(column, row).unwrap_or_default();
            let bare = match kind {
                DataType::Float32 => column.as_primitive::<Float32Type>().value(row).is_finite(),
                DataType::Float64 => column.as_primitive::<Float64Type>().value(row).is_finite(),
                _ => matches!(kind, DataType::Boolean | DataType::Int32 | DataType::Int64 | DataType::Decimal128(..)),
            };
            if bare { to.push_str(&text) } else { to.push_str(&quote(&text)) }
        }
    }
}

/// The text of a value that is neither a list nor an object.
fn scalar(column: &ArrayRef, row: usize) -> Option<String> {
    match column.data_type() {
        DataType::Decimal128(_, scale) if column.is_valid(row) => {
            Some(decimal_text(column.as_primitive::<Decimal128Type>().value(row), u8::try_from(*scale).unwrap_or(0)))
        }
        _ => hive::value(column, row),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{Float64Array, LargeStringArray};
    use datafusion::arrow::datatypes::{Field, Schema};

    use super::*;

    fn written(text: Text, texts: &[Option<&str>], numbers: &[Option<f64>]) -> Result<String, Fault> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let names = ["s", "d"].map(String::from).to_vec();
        let mut writer = TextWriter::new(text, "t", names, file.reopen().unwrap(), false).unwrap();
        let schema =
            Schema::new(vec![Field::new("s", DataType::LargeUtf8, true), Field::new("d", DataType::Float64, true)]);
        let columns: Vec<ArrayRef> =
            vec![Arc::new(LargeStringArray::from(texts.to_vec())), Arc::new(Float64Array::from(numbers.to_vec()))];
        writer.write(&RecordBatch::try_new(Arc::new(schema), columns).unwrap())?;
        let bytes = writer.bytes_written();
        writer.close().unwrap();
        let whole = std::fs::read_to_string(file.path()).unwrap();
        assert_eq!(bytes, whole.len());
        Ok(whole)
    }

    #[test]
    fn csv_has_a_header_and_quotes_what_needs_it() {
        let texts = [Some("a \"b\", c"), Some(""), None, Some(" \\é")];
        let numbers = [Some(1.0), None, Some(1e10), Some(f64::NAN)];
        let expected = "s,d\n\"a \"\"b\"\", c\",1.0\n\"\",\n,1.0E10\n \\é,NaN\n";
        assert_eq!(written(Text::Csv, &texts, &numbers).unwrap(), expected);
        let fault = written(Text::Csv, &[Some("a\nb")], &[None]).unwrap_err();
        assert_eq!((fault.code, fault.message.contains("s has a line break")), ("line-break", true));
    }

    #[test]
    fn json_leaves_out_what_is_null() {
        let expected = "{\"s\":\"a\\n\\\"b\\\"\",\"d\":0.5}\n{\"d\":\"Infinity\"}\n";
        assert_eq!(
            written(Text::Json, &[Some("a\n\"b\""), None], &[Some(0.5), Some(f64::INFINITY)]).unwrap(),
            expected
        );
    }
}
