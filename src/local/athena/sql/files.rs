//! The files of a table's folders, and how a Parquet file's columns become the table's.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, ListArray, RecordBatch, StructArray, TimestampMillisecondArray, new_null_array,
};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef, TimeUnit, TimestampMicrosecondType};
use datafusion::arrow::record_batch::RecordBatchOptions;
use datafusion::parquet::arrow::ProjectionMask;
use datafusion::parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::catalog::{Column, Folder};
use super::failure::{Failure, Outcome};
use super::types;

/// A file of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Its URI.
    pub uri: String,
    /// Where it is on this machine.
    pub path: std::path::PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// The files of a folder and those below it, sorted; hidden (`_`, `.`) and empty ones are left out, as Athena does.
pub fn list(folder: &Folder) -> Outcome<Vec<DataFile>> {
    let visible =
        |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with(['_', '.']);
    let mut files = Vec::new();
    if !folder.path.is_dir() {
        return Ok(files);
    }
    for entry in walkdir::WalkDir::new(&folder.path).sort_by_file_name().into_iter().filter_entry(visible) {
        let failed = |e: walkdir::Error| Failure::new("HIVE_FILESYSTEM_ERROR", e.to_string());
        let entry = entry.map_err(failed)?;
        if !entry.file_type().is_file() {
            continue;
        }
        let bytes = entry.metadata().map_err(failed)?.len();
        let below = entry.path().strip_prefix(&folder.path).unwrap_or(entry.path()).to_string_lossy().into_owned();
        if bytes > 0 {
            files.push(DataFile { uri: format!("{}{below}", folder.uri), path: entry.into_path(), bytes });
        }
    }
    Ok(files)
}

/// A Parquet file that is read for some of a table's columns.
pub struct ParquetScan {
    reader: ParquetRecordBatchReader,
    uri: String,
    /// For each wanted column its place in what is read; `None` where the file has it not.
    places: Vec<Option<usize>>,
    wanted: Vec<Column>,
    schema: SchemaRef,
    /// How many bytes the wanted columns take in the file.
    pub bytes: u64,
}

impl ParquetScan {
    /// Opens a file for these columns, found by name. A column whose type does not fit the table's is refused.
    pub fn open(file: &DataFile, wanted: &[Column], schema: SchemaRef) -> Outcome<Self> {
        let builder = open(&file.path, &file.uri)?;
        let mut roots = Vec::new();
        let mut found = Vec::new();
        for column in wanted {
            let place = builder.schema().fields().iter().position(|f| f.name().eq_ignore_ascii_case(&column.name));
            if let Some(place) = place {
                let field = builder.schema().field(place);
                if !fits(field.data_type(), &column.data_type) {
                    return Err(misfit(column, place, &builder, &file.uri));
                }
                roots.push(place);
            }
            found.push(place);
        }
        // What is read comes in the file's order, each column once.
        let mut order = roots.clone();
        order.sort_unstable();
        order.dedup();
        let places = found.iter().map(|place| place.and_then(|p| order.iter().position(|o| *o == p))).collect();
        let parquet = builder.parquet_schema();
        let leaves = (0..parquet.num_columns()).filter(|leaf| order.contains(&parquet.get_column_root_idx(*leaf)));
        let leaves: Vec<usize> = leaves.collect();
        let groups = builder.metadata().row_groups();
        let bytes =
            groups.iter().flat_map(|g| leaves.iter().map(|leaf| g.column(*leaf).compressed_size() as u64)).sum();
        let mask = ProjectionMask::roots(parquet, order);
        let bad = |e| bad_file(&file.uri, e);
        let reader = builder.with_projection(mask).with_batch_size(8192).build().map_err(bad)?;
        Ok(Self { reader, uri: file.uri.clone(), places, wanted: wanted.to_vec(), schema, bytes })
    }

    /// The next rows, as the table has them; `None` at the end.
    pub fn next_batch(&mut self) -> Outcome<Option<RecordBatch>> {
        let Some(batch) = self.reader.next() else { return Ok(None) };
        let batch = batch.map_err(|e| Failure::new("HIVE_BAD_DATA", format!("{}: {e}", self.uri)))?;
        let rows = batch.num_rows();
        let columns = self.places.iter().zip(&self.wanted).map(|(place, column)| match place {
            None => Ok(new_null_array(&column.data_type, rows)),
            Some(place) => adapt(batch.column(*place), &column.data_type),
        });
        let columns = columns.collect::<Outcome<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(Some(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?))
    }
}

/// Opens a Parquet file and reads its footer.
pub fn open(path: &Path, uri: &str) -> Outcome<ParquetRecordBatchReaderBuilder<File>> {
    let failed = |e| Failure::new("HIVE_CANNOT_OPEN_SPLIT", format!("Error opening Hive split {uri}: {e}"));
    let file = File::open(path).map_err(failed)?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| bad_file(uri, e))
}

fn bad_file(uri: &str, error: datafusion::parquet::errors::ParquetError) -> Failure {
    Failure::new("HIVE_BAD_DATA", format!("Not valid Parquet file: {uri}: {error}"))
}

fn misfit(column: &Column, place: usize, builder: &ParquetRecordBatchReaderBuilder<File>, uri: &str) -> Failure {
    let root = &builder.parquet_schema().root_schema().get_fields()[place];
    let physical = if root.is_primitive() { root.get_physical_type().to_string() } else { "group".to_owned() };
    let message = format!(
        "Field {}'s type {physical} in parquet file {uri} is incompatible with type {} defined in table schema",
        column.name,
        types::name(&column.data_type)
    );
    Failure::new("HIVE_BAD_DATA", message)
}

/// Whether a file's column can be read as the table's type.
pub fn fits(file: &DataType, table: &DataType) -> bool {
    use DataType::{
        Binary, BinaryView, Boolean, Date32, Date64, Decimal32, Decimal64, Decimal128, Decimal256, Dictionary,
        FixedSizeBinary, Float32, Float64, LargeBinary, LargeList, LargeUtf8, List, Map, Struct, Timestamp, Utf8,
        Utf8View,
    };
    let integer = |t: &DataType| t.is_integer();
    match (file, table) {
        (Dictionary(_, values), table) => fits(values, table),
        (Utf8 | LargeUtf8 | Utf8View | Binary | LargeBinary | BinaryView, Utf8 | Binary) => true,
        (FixedSizeBinary(_), Binary) => true,
        (Boolean, Boolean) | (Date32 | Date64, Date32) | (Timestamp(..), Timestamp(..)) => true,
        (Float32, Float32 | Float64) | (Float64, Float64) => true,
        (Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..), Decimal128(..)) => true,
        (file, Decimal128(_, 0)) if integer(file) => true,
        (file, table) if integer(file) && integer(table) => true,
        (List(f) | LargeList(f), List(t)) => fits(f.data_type(), t.data_type()),
        (Struct(f), Struct(t)) => {
            t.iter().all(|t| named(f, t.name()).is_none_or(|(_, f)| fits(f.data_type(), t.data_type())))
        }
        (Map(f, _), Map(t, _)) => fits(f.data_type(), t.data_type()),
        _ => false,
    }
}

fn named<'f>(fields: &'f datafusion::arrow::datatypes::Fields, name: &str) -> Option<(usize, &'f Arc<Field>)> {
    fields.iter().enumerate().find(|(_, f)| f.name().eq_ignore_ascii_case(name))
}

/// A file's column as the table's type, which [`fits`] has allowed. A number that does not fit the narrower type fails.
fn adapt(column: &ArrayRef, to: &DataType) -> Outcome<ArrayRef> {
    if column.data_type() == to {
        return Ok(column.clone());
    }
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    let converted = |column: &dyn Array, to: &DataType| {
        cast_with_options(column, to, &strict).map_err(|e| Failure::new("HIVE_BAD_DATA", e.to_string()))
    };
    match (column.data_type(), to) {
        (DataType::List(_) | DataType::LargeList(_), DataType::List(field)) => {
            let small = DataType::List(match column.data_type() {
                DataType::List(f) | DataType::LargeList(f) => f.clone(),
                _ => field.clone(),
            });
            let column = converted(column, &small)?;
            let (_, offsets, values, nulls) = column.as_list::<i32>().clone().into_parts();
            Ok(Arc::new(ListArray::new(field.clone(), offsets, adapt(&values, field.data_type())?, nulls)))
        }
        (DataType::Struct(have), DataType::Struct(want)) => {
            let rows = column.as_struct();
            let columns = want.iter().map(|field| match named(have, field.name()) {
                Some((place, _)) => adapt(rows.column(place), field.data_type()),
                None => Ok(new_null_array(field.data_type(), rows.len())),
            });
            let columns = columns.collect::<Outcome<Vec<_>>>()?;
            Ok(Arc::new(StructArray::new(want.clone(), columns, rows.nulls().cloned())))
        }
        (DataType::Timestamp(..), DataType::Timestamp(TimeUnit::Millisecond, None)) => {
            // The zone is UTC's in both readings; what is finer than a millisecond rounds half up.
            let fine = converted(column, &DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?;
            let fine = fine.as_primitive::<TimestampMicrosecondType>();
            let rounded: TimestampMillisecondArray = fine.unary(|micros| (micros + 500).div_euclid(1000));
            Ok(Arc::new(rounded))
        }
        _ => converted(column, to),
    }
}
