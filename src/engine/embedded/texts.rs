//! Rows of texts on their way into batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::arrow::array::{ArrayRef, LargeStringBuilder, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

use super::fault::Fault;
use super::input::BytesRead;
use super::scan::{BATCH_ROWS, Emit};

/// The schema of columns that are all text.
pub fn text_schema(columns: &[String]) -> SchemaRef {
    let field = |name: &String| Field::new(name, DataType::LargeUtf8, true);
    Arc::new(Schema::new(columns.iter().map(field).collect::<Fields>()))
}

/// Gathers rows, hands them over in batches, and tells the bytes that were read for them.
pub struct Texts<'a> {
    schema: SchemaRef,
    builders: Vec<LargeStringBuilder>,
    rows: usize,
    read: Arc<AtomicU64>,
    told: u64,
    bytes_read: &'a BytesRead,
    emit: Emit<'a>,
}

impl<'a> Texts<'a> {
    /// For the columns at `columns` of `schema`; `read` counts the bytes of the file.
    pub fn new(
        schema: &SchemaRef,
        columns: &[usize],
        read: Arc<AtomicU64>,
        bytes_read: &'a BytesRead,
        emit: Emit<'a>,
    ) -> Result<Self, Fault> {
        let schema = Arc::new(schema.project(columns).map_err(|e| Fault::data("bug", e.to_string()))?);
        let builders = columns.iter().map(|_| LargeStringBuilder::with_capacity(BATCH_ROWS, 16 * BATCH_ROWS)).collect();
        Ok(Texts { schema, builders, rows: 0, read, told: 0, bytes_read, emit })
    }

    /// Adds a row of as many texts as there are columns; false when nobody wants more.
    pub fn push<'t>(&mut self, row: impl Iterator<Item = Option<&'t str>>) -> Result<bool, Fault> {
        for (builder, text) in self.builders.iter_mut().zip(row) {
            builder.append_option(text);
        }
        self.rows += 1;
        if self.rows < BATCH_ROWS { Ok(true) } else { self.hand_over() }
    }

    /// Adds a row of NULLs; false when nobody wants more.
    pub fn push_nulls(&mut self) -> Result<bool, Fault> {
        self.push(std::iter::repeat_n(None, self.builders.len()))
    }

    /// Hands over what is left.
    pub fn finish(mut self) -> Result<(), Fault> {
        self.hand_over().map(drop)
    }

    fn hand_over(&mut self) -> Result<bool, Fault> {
        let now = self.read.load(Ordering::Relaxed);
        (self.bytes_read)(now - self.told);
        self.told = now;
        if self.rows == 0 {
            return Ok(true);
        }
        let columns = self.builders.iter_mut().map(|b| Arc::new(b.finish()) as ArrayRef).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        self.rows = 0;
        let batch = RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)
            .map_err(|e| Fault::data("bug", e.to_string()))?;
        Ok((self.emit)(batch))
    }
}
