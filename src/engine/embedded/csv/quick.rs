//! CSV files in pieces, by several threads at a time, straight into typed columns.
//!
//! Only regular files are read to the end here. At the first thing that is not regular the strict [`CsvReader`] reads the
//! file, and says what is wrong and where; so there is one judge of what a file may hold.
//!
//! Without `multiline` every line feed ends a record, quoted or not, or the file is refused: so a file can be cut behind
//! any line feed.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::Result;
use pipectl_rows::columns::Fields;
use pipectl_rows::fields::Scanner;
use pipectl_rows::spans::MOST_BYTES;

use super::super::convert::convert_texts;
use super::super::fault::Fault;
use super::super::input::{BytesRead, SourceFile};
use super::super::operators::converting::Losses;
use super::super::scan::{BATCH_ROWS, FileReader};
use super::super::types::arrow_schema;
use super::pieces::{Pieces, line_after};
use super::reader::CsvReader;
use crate::flow::document::{Conversion, Source};
use crate::flow::metrics::CastLoss;
use crate::flow::types::DataType;

/// Bytes that a thread takes at a time.
const PIECE: u64 = 8 << 20;

/// Bytes that are looked at together.
const BLOCK: usize = 1 << 20;

/// A source's files, and what becomes of their columns.
pub struct QuickCsv {
    strict: Arc<CsvReader>,
    files: Vec<Bound>,
    multiline: bool,
    conversions: Vec<Conversion>,
    schema: SchemaRef,
    bytes_read: BytesRead,
}

/// A file whose header has been read.
struct Bound {
    file: SourceFile,
    width: usize,
    /// Where each declared column stands in a record.
    places: Vec<usize>,
    /// Where the records begin.
    begin: u64,
}

impl QuickCsv {
    /// The files of `strict`, which are `source`'s.
    ///
    /// Errors: what is wrong with a file's header.
    pub fn new(
        strict: Arc<CsvReader>,
        files: Vec<SourceFile>,
        multiline: bool,
        source: &Source,
        bytes_read: BytesRead,
    ) -> Result<Self, Fault> {
        let bound = |file: SourceFile| {
            let (width, places, begin) = strict.header(&file)?;
            Ok(Bound { file, width, places, begin })
        };
        let files = files.into_iter().map(bound).collect::<Result<_, Fault>>()?;
        let (conversions, schema) = (source.columns.clone(), arrow_schema(&source.schema.columns));
        Ok(QuickCsv { strict, files, multiline, conversions, schema, bytes_read })
    }

    /// Bytes of the files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.file.bytes).sum()
    }

    /// How many rows there are, about: as many as the first ones suggest.
    pub fn rows(&self) -> u64 {
        let Some(largest) = self.files.iter().max_by_key(|file| file.file.bytes) else { return 0 };
        let mut sample = Vec::new();
        let read = File::open(&largest.file.path)
            .and_then(|file| file.take(largest.begin + (1 << 16)).read_to_end(&mut sample));
        let body =
            sample.get(largest.begin as usize..).filter(|body| read.is_ok() && !body.is_empty()).unwrap_or(b"\n");
        let lines = body.iter().filter(|byte| **byte == b'\n').count().max(1);
        self.bytes() * lines as u64 / body.len() as u64
    }

    /// Cuts the files into pieces, for one reading.
    pub fn pieces(&self) -> Arc<Pieces> {
        let size = if self.multiline { u64::MAX } else { PIECE };
        Arc::new(Pieces::new(self.files.iter().map(|bound| bound.begin..bound.file.bytes), size))
    }
}

/// One thread's share of a reading.
pub struct Reading {
    csv: Arc<QuickCsv>,
    pieces: Arc<Pieces>,
    /// Columns of the outcome, by their numbers among the declared ones.
    columns: Vec<usize>,
    /// Columns that have to be looked at: those, and all whose conversion can lose something.
    wanted: Vec<usize>,
    schema: SchemaRef,
    losses: Losses,
    open: Option<Piece>,
}

/// A piece being read.
struct Piece {
    number: usize,
    file: File,
    scanner: Scanner,
    buffer: Vec<u8>,
    /// How much of the buffer has been taken.
    taken: usize,
    /// Where the file is read next, and where the piece ends.
    at: u64,
    end: u64,
}

impl Reading {
    /// Reads `columns` of what is left of `pieces`; what conversions lose is added to `losses`.
    pub fn new(csv: Arc<QuickCsv>, pieces: Arc<Pieces>, columns: Vec<usize>, losses: Losses) -> Self {
        let fields: Vec<_> = columns.iter().map(|column| csv.schema.field(*column).clone()).collect();
        let schema = Arc::new(Schema::new(fields));
        let counted = |column: &usize| csv.conversions[*column].to != DataType::String || columns.contains(column);
        let wanted = (0..csv.conversions.len()).filter(counted).collect();
        Reading { csv, pieces, columns, wanted, schema, losses, open: None }
    }

    /// The columns.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// The next rows.
    pub fn rows(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let Some(mut piece) = self.open.take() else {
                let Some((number, range)) = self.pieces.next() else { return Ok(None) };
                self.open = Some(self.open(number, range)?);
                continue;
            };
            let batch = self.read(&mut piece)?;
            if piece.taken < piece.buffer.len() || piece.at < piece.end {
                self.open = Some(piece);
            }
            if batch.as_ref().is_some_and(|batch| batch.num_rows() > 0) {
                return Ok(batch);
            }
        }
    }

    fn open(&self, number: usize, Range { start: from, end: to }: Range<u64>) -> Result<Piece, Fault> {
        let bound = &self.csv.files[number];
        let fault = |e: std::io::Error| Fault::io("read", &bound.file.name, &e);
        let mut file = File::open(&bound.file.path).map_err(fault)?;
        let at = if from == bound.begin { from } else { line_after(&mut file, from).map_err(fault)? };
        let end = if to == bound.file.bytes { to } else { line_after(&mut file, to).map_err(fault)? };
        file.seek(SeekFrom::Start(at)).map_err(fault)?;
        let places: Vec<usize> = self.wanted.iter().map(|column| bound.places[*column]).collect();
        let scanner = Scanner::new(bound.width, &places, self.csv.multiline, BATCH_ROWS);
        // A piece begins where the one before it ends: each byte is told once.
        (self.csv.bytes_read)(end.saturating_sub(at) + if from == bound.begin { from } else { 0 });
        Ok(Piece { number, file, scanner, buffer: Vec::new(), taken: 0, at: at.min(end), end })
    }

    fn read(&self, piece: &mut Piece) -> Result<Option<RecordBatch>> {
        let bound = &self.csv.files[piece.number];
        let irregular = || self.irregular(piece.number);
        let mut room = BLOCK;
        loop {
            let last = piece.at == piece.end;
            let block = &piece.buffer[piece.taken..];
            let used = piece.scanner.scan(block, last).map_err(|_| irregular())?;
            if used == 0 && !last {
                // No whole record is there.
                if block.len() > MOST_BYTES / 2 {
                    return Err(irregular().into());
                }
                piece.buffer.drain(..piece.taken);
                piece.taken = 0;
                let more = room.min((piece.end - piece.at) as usize);
                let read = piece.file.by_ref().take(more as u64).read_to_end(&mut piece.buffer);
                let read = read.map_err(|e| Fault::io("read", &bound.file.name, &e))?;
                if read < more {
                    let message = format!("`{}` became shorter while it was read", bound.file.name);
                    return Err(Fault::data("changed-source", message)
                        .with_help("run again when nobody writes it")
                        .into());
                }
                piece.at += read as u64;
                room *= 2;
                continue;
            }
            if used == 0 {
                piece.taken = piece.buffer.len();
                return Ok(None);
            }
            let text = std::str::from_utf8(&block[..used]).map_err(|_| irregular())?;
            let batch = self.batch(piece, text)?;
            piece.taken += used;
            return Ok(Some(batch));
        }
    }

    fn batch(&self, piece: &Piece, block: &str) -> Result<RecordBatch> {
        let bound = &self.csv.files[piece.number];
        let mut losses = vec![CastLoss { lost: 0, of: 0 }; self.csv.conversions.len()];
        let mut arrays: Vec<Option<ArrayRef>> = vec![None; losses.len()];
        for column in &self.wanted {
            let conversion = &self.csv.conversions[*column];
            let fields = Fields { block, spans: piece.scanner.spans(bound.places[*column]) };
            let (array, loss) = convert_texts(&fields, &conversion.to, conversion.format.as_deref())?;
            arrays[*column] = Some(array);
            losses[*column] = loss;
        }
        self.losses.add(&losses);
        let columns = self.columns.iter().filter_map(|column| arrays[*column].clone()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(piece.scanner.rows()));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }

    /// What the strict reader says of a file.
    fn irregular(&self, number: usize) -> Fault {
        match self.csv.strict.read(number, &[], &mut |_| true) {
            Err(fault) => fault,
            Ok(()) => Fault::data("bug", format!("`{}` reads in one way only", self.csv.files[number].file.name)),
        }
    }
}
