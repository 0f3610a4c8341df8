//! Rows on disk in parts, by the hash of their key: equal keys are in one part.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use datafusion::arrow::array::UInt32Array;
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use pipectl_rows::hash::part_of;

use super::super::fault::Fault;

/// Rows of a part that are gathered before they are written.
const GATHERED_ROWS: usize = 1024;

/// Parts that are being written.
pub struct Spreading {
    schema: SchemaRef,
    parts: Vec<Mutex<Writing>>,
}

struct Writing {
    path: PathBuf,
    waiting: Vec<RecordBatch>,
    rows: usize,
    output: Option<StreamWriter<BufWriter<File>>>,
}

impl Spreading {
    /// `parts` parts below `folder`, which is made.
    pub fn new(schema: SchemaRef, folder: &Path, parts: usize) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|e| Fault::io("create", &folder.display().to_string(), &e))?;
        let part = |part: usize| {
            let path = folder.join(format!("{part}.arrow"));
            Mutex::new(Writing { path, waiting: Vec::new(), rows: 0, output: None })
        };
        Ok(Spreading { schema, parts: (0..parts).map(part).collect() })
    }

    /// Puts each row of `batch` into the part of its hash.
    pub fn push(&self, batch: &RecordBatch, hashes: &[u64]) -> Result<()> {
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); self.parts.len()];
        for (row, hash) in hashes.iter().enumerate() {
            rows[part_of(*hash, self.parts.len())].push(row as u32);
        }
        for (part, rows) in self.parts.iter().zip(rows).filter(|(_, rows)| !rows.is_empty()) {
            let piece = take_record_batch(batch, &UInt32Array::from(rows))?;
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            part.rows += piece.num_rows();
            part.waiting.push(piece);
            if part.rows >= GATHERED_ROWS {
                part.put_down(&self.schema)?;
            }
        }
        Ok(())
    }

    /// Ends writing.
    pub fn finish(self) -> Result<Spread> {
        let mut files = Vec::with_capacity(self.parts.len());
        for part in self.parts {
            let mut part = part.into_inner().unwrap_or_else(PoisonError::into_inner);
            if part.rows > 0 {
                part.put_down(&self.schema)?;
            }
            files.push(match part.output {
                Some(mut output) => {
                    output.finish()?;
                    Some(part.path)
                }
                None => None,
            });
        }
        Ok(Spread { files })
    }
}

impl Writing {
    fn put_down(&mut self, schema: &SchemaRef) -> Result<()> {
        let output = match &mut self.output {
            Some(output) => output,
            None => {
                let file = File::create(&self.path);
                let file = file.map_err(|e| Fault::io("create", &self.path.display().to_string(), &e))?;
                self.output.insert(StreamWriter::try_new(BufWriter::with_capacity(1 << 16, file), schema)?)
            }
        };
        output.write(&concat_batches(schema, &self.waiting)?)?;
        self.waiting.clear();
        self.rows = 0;
        Ok(())
    }
}

/// Parts on disk; they go with the run, or sooner.
pub struct Spread {
    files: Vec<Option<PathBuf>>,
}

impl Spread {
    /// How many parts there are, empty ones included.
    pub fn parts(&self) -> usize {
        self.files.len()
    }

    /// How many bytes a part takes.
    pub fn bytes(&self, part: usize) -> u64 {
        let file = self.files[part].as_ref().and_then(|path| path.metadata().ok());
        file.map_or(0, |metadata| metadata.len())
    }

    /// The batches of a part.
    pub fn read(&self, part: usize) -> Result<Part> {
        let Some(path) = &self.files[part] else { return Ok(Part(None)) };
        let file = File::open(path).map_err(|e| Fault::io("read", &path.display().to_string(), &e))?;
        Ok(Part(Some(StreamReader::try_new(BufReader::with_capacity(1 << 16, file), None)?)))
    }

    /// Deletes a part that is not needed any more.
    pub fn forget(&self, part: usize) {
        if let Some(path) = &self.files[part] {
            // What cannot be deleted goes with the run.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A part being read.
pub struct Part(Option<StreamReader<BufReader<File>>>);

impl Iterator for Part {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.as_mut()?.next().map(|batch| Ok(batch?))
    }
}
