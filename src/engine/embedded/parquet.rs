//! The declared columns of a source's Parquet files, as the types that are declared.

use std::fmt;
use std::fs::File;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, RecordBatchOptions, StructArray};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType as Arrow, Field, Fields, Schema as ArrowSchema, SchemaRef, TimeUnit};
use datafusion::error::{DataFusionError, Result};
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};

use super::fault::Fault;
use super::input::{BytesRead, SourceFile};
use super::scan::{BATCH_ROWS, Emit, FileReader};
use super::types::{UTC, whole};
use crate::flow::parquet::{self, FileColumn, reads_as};
use crate::flow::types::Schema;

/// Reads a source's files.
pub struct ParquetReader {
    files: Vec<SourceFile>,
    wanted: Schema,
    schema: SchemaRef,
    bytes_read: BytesRead,
}

impl ParquetReader {
    /// A reader of these columns from `files`.
    pub fn new(files: Vec<SourceFile>, wanted: &Schema, bytes_read: BytesRead) -> Self {
        ParquetReader { files, wanted: wanted.clone(), schema: whole(wanted), bytes_read }
    }

    /// Where in the file each declared column stands, wanted or not: all must be there and read as declared.
    fn bind(&self, file: &SourceFile, found: &[FileColumn]) -> Result<Vec<usize>, Fault> {
        let mut places = Vec::new();
        for column in &self.wanted.columns {
            let mut named = found.iter().enumerate().filter(|(_, f)| f.name.to_lowercase() == column.name);
            let (place, there) = match (named.next(), named.next()) {
                (Some(one), None) => one,
                (None, _) => {
                    let names: Vec<&str> = found.iter().map(|f| f.name.as_str()).collect();
                    let message = format!("`{}` has no column `{}`", file.name, column.name);
                    return Err(Fault::data("missing-column", message)
                        .with_expected(format!("it among the file's columns: {}", names.join(", "))));
                }
                (Some(_), Some(_)) => {
                    let message = format!("`{}` has column `{}` more than once", file.name, column.name);
                    return Err(Fault::data("ambiguous-column", message).with_help("rename one of them in the file"));
                }
            };
            if !there.data_type.as_ref().is_some_and(|found| reads_as(found, &column.data_type)) {
                let (found, wanted) = (&there.shown, &column.data_type);
                let message =
                    format!("`{}` of `{}` is {found}, which does not read as {wanted}", column.name, file.name);
                return Err(Fault::data("type-mismatch", message)
                    .with_help(format!("declare it as {found} and convert it with `change_schema`, or leave it out")));
            }
            places.push(place);
        }
        Ok(places)
    }

    fn read_file(&self, file: &SourceFile, columns: &[usize], emit: Emit<'_>) -> Result<()> {
        let input = File::open(&file.path).map_err(|e| Fault::io("read", &file.name, &e))?;
        let invalid = |e: &dyn fmt::Display| {
            let message = format!("`{}` is not a whole Parquet file: {e}", file.name);
            Fault::data("invalid-parquet", message).with_help("write the file again")
        };
        let metadata = ArrowReaderMetadata::load(&input, parquet::options()).map_err(|e| invalid(&e))?;
        let found = parquet::columns(&metadata);
        let time =
            metadata.schema().fields().iter().find(|f| matches!(f.data_type(), Arrow::Time32(_) | Arrow::Time64(_)));
        if let Some(time) = time {
            let message = format!(
                "`{}` of `{}` is a time of day: Spark reads no file with such a column",
                time.name(),
                file.name
            );
            return Err(Fault::data("type-mismatch", message)
                .with_help("write the file without it, or as text")
                .into());
        }
        let places = self.bind(file, &found)?;
        let fields = metadata.schema().fields().iter().zip(&found).map(|(field, found)| readable(field, found));
        let readable = Arc::new(ArrowSchema::new(fields.collect::<Fields>()));
        let options = parquet::options().with_schema(readable);
        let metadata = ArrowReaderMetadata::try_new(metadata.metadata().clone(), options)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(input, metadata);
        // Each once, in the file's order: so they come back.
        let mut roots: Vec<usize> = columns.iter().map(|column| places[*column]).collect();
        roots.sort_unstable();
        roots.dedup();
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots.iter().copied());
        let schema = Arc::new(self.schema.project(columns)?);
        for batch in builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()? {
            let batch = batch.map_err(|e| invalid(&e))?;
            let column = |(column, field): (&usize, &Arc<Field>)| {
                let place = roots.binary_search(&places[*column]).unwrap_or_default();
                as_type(batch.column(place), field.data_type())
            };
            let arrays = columns.iter().zip(schema.fields()).map(column).collect::<Result<Vec<_>>>()?;
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            if !emit(RecordBatch::try_new_with_options(schema.clone(), arrays, &options)?) {
                break;
            }
        }
        (self.bytes_read)(file.bytes);
        Ok(())
    }
}

/// A file's field as it is best read: long texts, and INT96 in microseconds, since nanoseconds end at the year 2262.
fn readable(field: &Field, found: &FileColumn) -> Field {
    field.clone().with_data_type(readable_type(field.data_type(), found.data_type.as_ref()))
}

fn readable_type(data_type: &Arrow, found: Option<&crate::flow::types::DataType>) -> Arrow {
    use crate::flow::types::DataType;
    match (data_type, found) {
        (Arrow::Utf8 | Arrow::Binary, Some(DataType::String)) => Arrow::LargeUtf8,
        (Arrow::Timestamp(TimeUnit::Nanosecond, _), Some(DataType::Timestamp)) => {
            Arrow::Timestamp(TimeUnit::Microsecond, Some(UTC.into()))
        }
        (Arrow::List(field), Some(DataType::Array(element))) => {
            let element = readable_type(field.data_type(), Some(element));
            Arrow::List(Arc::new(field.as_ref().clone().with_data_type(element)))
        }
        (Arrow::Struct(fields), Some(DataType::Struct(found))) => {
            let field = |(field, (_, found)): (&Arc<Field>, &(String, DataType))| {
                field.as_ref().clone().with_data_type(readable_type(field.data_type(), Some(found)))
            };
            Arrow::Struct(fields.iter().zip(found).map(field).collect::<Fields>())
        }
        _ => data_type.clone(),
    }
}

/// `array` as `to`, which holds all its values. Fields of structs go by their place.
fn as_type(array: &ArrayRef, to: &Arrow) -> Result<ArrayRef> {
    Ok(match (array.data_type(), to) {
        (from, to) if from == to => array.clone(),
        (Arrow::List(_), Arrow::List(element)) => {
            let list = array.as_list::<i32>();
            let values = as_type(list.values(), element.data_type())?;
            Arc::new(ListArray::try_new(element.clone(), list.offsets().clone(), values, list.nulls().cloned())?)
        }
        (Arrow::Struct(_), Arrow::Struct(fields)) => {
            let row = array.as_struct();
            let columns = row.columns().iter().zip(fields).map(|(column, field)| as_type(column, field.data_type()));
            Arc::new(StructArray::try_new(fields.clone(), columns.collect::<Result<_>>()?, row.nulls().cloned())?)
        }
        _ => {
            // What does not fit is an error, not a NULL: the types were checked, so there is none.
            let strictly = CastOptions { safe: false, ..CastOptions::default() };
            cast_with_options(array, to, &strictly)?
        }
    })
}

impl fmt::Debug for ParquetReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        write!(f, "parquet {names:?}")
    }
}

impl FileReader for ParquetReader {
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
        self.read_file(file, columns, emit).map_err(|e| match e {
            DataFusionError::External(inner) if inner.is::<Fault>() => {
                inner.downcast_ref().cloned().unwrap_or_else(|| Fault::data("bug", inner.to_string()))
            }
            e => Fault::data("invalid-parquet", format!("`{}` cannot be read: {e}", file.name)),
        })
    }
}
