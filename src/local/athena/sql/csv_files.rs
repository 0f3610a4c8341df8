//! Text files with separators, as Hive's CSV SerDes read them: columns by position, missing fields NULL.

use std::io::Read;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::record_batch::RecordBatchOptions;

use super::cast;
use super::catalog::{Column, Format, Table};
use super::failure::{Failure, Outcome};
use super::files::DataFile;
use crate::flow::packed;

/// A file being read for some of a table's columns.
pub struct CsvScan {
    records: csv::StringRecordsIntoIter<Box<dyn Read>>,
    /// For each wanted column its place in a record.
    places: Vec<usize>,
    wanted: Vec<Column>,
    schema: SchemaRef,
    /// The quoting SerDe keeps an empty field of a text column as an empty text.
    quoted: bool,
}

impl CsvScan {
    /// Opens a file for these columns.
    pub fn open(file: &DataFile, table: &Table, wanted: &[Column], schema: SchemaRef) -> Outcome<Self> {
        let Format::Csv { separator, quote, escape, skip } = table.format else {
            return Err(Failure::new("GENERIC_INTERNAL_ERROR", "the table is no CSV"));
        };
        let failed = |e: csv::Error| {
            Failure::new("HIVE_CANNOT_OPEN_SPLIT", format!("Error opening Hive split {}: {e}", file.uri))
        };
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .quoting(quote != 0)
            .quote(if quote == 0 { b'"' } else { quote })
            .escape((quote != 0).then_some(escape))
            .from_reader(packed::open(&file.path).map_err(|e| failed(e.into()))?);
        let mut records = reader.into_records();
        for _ in 0..skip {
            records.next().transpose().map_err(failed)?;
        }
        let place = |column: &Column| table.columns.iter().position(|c| c.name == column.name).unwrap_or(usize::MAX);
        let places = wanted.iter().map(place).collect();
        Ok(Self { records, places, wanted: wanted.to_vec(), schema, quoted: quote != 0 })
    }

    /// The next rows; `None` at the end.
    pub fn next_batch(&mut self) -> Outcome<Option<RecordBatch>> {
        let mut columns: Vec<StringBuilder> = self.places.iter().map(|_| StringBuilder::new()).collect();
        let mut rows = 0;
        for record in self.records.by_ref().take(8192) {
            let record = record.map_err(|e| Failure::new("HIVE_BAD_DATA", e.to_string()))?;
            rows += 1;
            for ((place, column), wanted) in self.places.iter().zip(&mut columns).zip(&self.wanted) {
                let text = record.get(*place);
                let keep_empty = self.quoted && wanted.data_type == DataType::Utf8;
                column.append_option(text.filter(|t| keep_empty || (!t.is_empty() && *t != "\\N")));
            }
        }
        if rows == 0 {
            return Ok(None);
        }
        let quoted = self.quoted;
        let columns = columns.into_iter().zip(&self.wanted).map(|(mut column, wanted)| {
            let texts: ArrayRef = Arc::new(column.finish());
            value_of(&texts, &wanted.data_type, quoted)
        });
        let columns = columns.collect::<Outcome<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(Some(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?))
    }
}

/// The quoting SerDe fails on a text that is no value of the column; the simple one makes it NULL.
fn value_of(texts: &ArrayRef, to: &DataType, strict: bool) -> Outcome<ArrayRef> {
    match cast::convert(texts, to) {
        Ok(values) => Ok(values),
        Err(failure) if strict => {
            Err(Failure::new("HIVE_BAD_DATA", format!("Error parsing a field of a CSV file: {}", failure.message)))
        }
        Err(_) => {
            let rows = (0..texts.len()).map(|i| {
                let one = texts.slice(i, 1);
                cast::convert(&one, to).unwrap_or_else(|_| datafusion::arrow::array::new_null_array(to, 1))
            });
            let rows: Vec<ArrayRef> = rows.collect();
            Ok(datafusion::arrow::compute::concat(&rows.iter().map(AsRef::as_ref).collect::<Vec<_>>())?)
        }
    }
}
