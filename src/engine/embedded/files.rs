//! The files of a table: their names, and how rows become their bytes.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::{Result, ScalarValue};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{Compression as Codec, GzipLevel, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;

use super::encode::{Text, TextWriter};
use super::fault::Fault;
use super::types::arrow_schema;
use crate::flow::document::{Compression, OutputFormat, Table};

/// A row group is put down at this size, so that little stays in memory.
const GROUP_BYTES: usize = 64 << 20;

/// One file that was written.
#[derive(Clone, Debug)]
pub struct WrittenFile {
    /// Its path below the table's folder, with `/`.
    pub relative: String,
    /// The partition columns' values, in `partition_by` order.
    pub partition: Vec<ScalarValue>,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
}

/// What is written where.
pub struct Target {
    folder: PathBuf,
    suffix: String,
    /// The partition columns.
    pub columns: Vec<String>,
    /// The columns inside files.
    pub schema: SchemaRef,
    /// The most files (of a partition).
    pub files: usize,
    table: String,
    encoding: Encoding,
    names: Mutex<HashMap<String, u32>>,
    /// Rows written so far.
    pub rows: AtomicU64,
    /// Hears them.
    pub told: Box<dyn Fn(u64) + Send + Sync>,
}

/// How rows become bytes.
#[derive(Clone, Copy)]
enum Encoding {
    Parquet(Codec),
    Text { text: Text, gzip: bool },
}

impl Encoding {
    /// The encoding, and what its files' names end in.
    fn of(format: OutputFormat) -> (Self, &'static str) {
        match format {
            OutputFormat::Parquet(Compression::Snappy) => (Encoding::Parquet(Codec::SNAPPY), ".snappy.parquet"),
            OutputFormat::Parquet(Compression::Zstd) => {
                (Encoding::Parquet(Codec::ZSTD(ZstdLevel::default())), ".zstd.parquet")
            }
            OutputFormat::Parquet(Compression::Gzip) => {
                (Encoding::Parquet(Codec::GZIP(GzipLevel::default())), ".gz.parquet")
            }
            OutputFormat::Parquet(Compression::None) => (Encoding::Parquet(Codec::UNCOMPRESSED), ".parquet"),
            OutputFormat::Csv { gzip } => {
                (Encoding::Text { text: Text::Csv, gzip }, if gzip { ".csv.gz" } else { ".csv" })
            }
            OutputFormat::Json { gzip } => {
                (Encoding::Text { text: Text::Json, gzip }, if gzip { ".json.gz" } else { ".json" })
            }
        }
    }
}

impl Target {
    /// The table `name` below `folder`, by run `run_id`; `told` hears the rows written so far.
    pub fn new(
        name: &str,
        table: &Table,
        folder: PathBuf,
        run_id: &str,
        told: Box<dyn Fn(u64) + Send + Sync>,
    ) -> Result<Self> {
        let (encoding, extension) = Encoding::of(table.output.format);
        Ok(Target {
            folder,
            suffix: format!("-{run_id}{extension}"),
            table: name.to_string(),
            columns: table.output.partition_by.clone(),
            schema: file_schema(table),
            files: table.output.files.max(1) as usize,
            encoding,
            names: Mutex::default(),
            rows: AtomicU64::new(0),
            told,
        })
    }

    /// The next file in a partition's folder (empty, or ending in `/`). Numbered per folder: two values may share one.
    fn next_name(&self, partition: &str) -> String {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let number = names.entry(partition.to_string()).or_default();
        *number += 1;
        format!("{partition}part-{:05}{}", *number - 1, self.suffix)
    }
}

/// The columns inside a table's files: all but the partition columns.
pub fn file_schema(table: &Table) -> SchemaRef {
    arrow_schema(table.schema.columns.iter().filter(|c| !table.output.partition_by.contains(&c.name)))
}

/// Makes rows bytes.
enum Encoder {
    Parquet(Box<ArrowWriter<BufWriter<File>>>),
    Text(Box<TextWriter>),
}

impl Encoder {
    fn new(target: &Target, file: File) -> Result<Self> {
        let codec = match target.encoding {
            Encoding::Parquet(codec) => codec,
            Encoding::Text { text, gzip } => {
                let names = target.schema.fields().iter().map(|field| field.name().clone()).collect();
                return Ok(Encoder::Text(Box::new(TextWriter::new(text, &target.table, names, file, gzip)?)));
            }
        };
        let properties = WriterProperties::builder()
            .set_compression(codec)
            .set_max_row_group_bytes(Some(GROUP_BYTES))
            .set_created_by(format!("pipectl {}", env!("CARGO_PKG_VERSION")))
            .build();
        // Without Arrow's own schema in the footer: a reader sees the same types whichever engine wrote the file.
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(BufWriter::new(file), target.schema.clone(), options)?;
        Ok(Encoder::Parquet(Box::new(writer)))
    }

    fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        match self {
            Encoder::Parquet(writer) => Ok(writer.write(rows)?),
            Encoder::Text(writer) => Ok(writer.write(rows)?),
        }
    }

    fn bytes_written(&self) -> usize {
        match self {
            Encoder::Parquet(writer) => writer.bytes_written(),
            Encoder::Text(writer) => writer.bytes_written(),
        }
    }

    fn close(self) -> Result<()> {
        match self {
            Encoder::Parquet(writer) => writer.close().map(drop).map_err(Into::into),
            Encoder::Text(writer) => Ok(writer.close()?),
        }
    }
}

/// A file that is being written.
pub struct Open {
    encoder: Encoder,
    path: PathBuf,
    relative: String,
    /// The partition columns' values.
    pub partition: Vec<ScalarValue>,
    rows: u64,
}

impl Open {
    /// A new file of `target` in a partition's folder (empty, or ending in `/`), for rows with these partition values.
    pub fn new(target: &Target, folder: &str, partition: Vec<ScalarValue>) -> Result<Self> {
        let relative = target.next_name(folder);
        let path = target.folder.join(&relative);
        let fault = |e: std::io::Error| Fault::io("write", &path.display().to_string(), &e);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).map_err(fault)?;
        let encoder = Encoder::new(target, File::create(&path).map_err(fault)?)?;
        Ok(Open { encoder, path, relative, partition, rows: 0 })
    }

    /// Adds rows, of the columns inside files.
    pub fn write(&mut self, rows: &RecordBatch) -> Result<()> {
        self.rows += rows.num_rows() as u64;
        self.encoder.write(rows)
    }

    /// Bytes so far.
    pub fn bytes_written(&self) -> usize {
        self.encoder.bytes_written()
    }

    /// Ends the file.
    pub fn close(self) -> Result<WrittenFile> {
        self.encoder.close()?;
        let size = |e: std::io::Error| Fault::io("read", &self.path.display().to_string(), &e);
        let bytes = self.path.metadata().map_err(size)?.len();
        Ok(WrittenFile { relative: self.relative, partition: self.partition, rows: self.rows, bytes })
    }
}
