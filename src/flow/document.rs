//! The flow document: a pipeline's data side, typed, with nothing left to decide. It is what both engines read, and it is
//! uploaded as JSON beside the PySpark script it belongs to.
//!
//! It names no bucket: places come in as [`Places`] (for Spark as job arguments), so one document and one script
//! serve every environment.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::aggregates::Aggregate;
use super::expr::Expr;
use super::select::inputs_of;
use super::types::{DataType, Schema};
use super::windows::Window;
pub use crate::manifest::model::{JoinKind, Malformed, Severity, Write};

/// A whole flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// 1.
    pub format_version: u32,
    /// The pipeline's name.
    pub pipeline: String,
    /// Sources in the manifest's order.
    pub sources: IndexMap<String, Source>,
    /// Tables, each after those it reads.
    pub tables: IndexMap<String, Table>,
}

impl Flow {
    /// What steps and checks read, as often as they read it.
    pub fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.tables.values().flat_map(inputs_of)
    }

    /// The names of the sources that a step or a check reads.
    pub fn sources_read(&self) -> BTreeSet<&str> {
        self.inputs().filter_map(Input::source).collect()
    }
}

/// A raw input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// What one row is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where its files are when a run starts.
    pub location: Location,
    /// How its files read.
    pub format: SourceFormat,
    /// What happens to rows of the wrong shape.
    #[serde(default, skip_serializing_if = "Malformed::fails")]
    pub malformed: Malformed,
    /// The columns that are read, in order, each with its conversion from text; from the type itself for Parquet, where a
    /// column that is of another type than declared must at least read as it.
    pub columns: Vec<Conversion>,
    /// The columns' names and types (the outcome of `columns`).
    pub schema: Schema,
}

/// Where a source's files are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Location {
    /// Uploaded: all files directly under `<staging>/<source name>/`.
    Staged,
    /// Read in place: a full `s3://bucket/prefix/` or object URI.
    InPlace(String),
}

/// How a source's files read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceFormat {
    /// RFC 4180 with a header line; columns bind by header name, file by file. Empty and `""` are NULL.
    ///
    /// For both engines: the files are those directly in the folder whose name does not start with `_` or `.`, by name;
    /// none is an error, and so is one without a header line. Header names are trimmed and lower-cased before they bind; a
    /// declared column that the header has twice is an error. Lines of nothing but white space are skipped. White space
    /// around a value is kept. Errors too: bytes that are not UTF-8, a row of the wrong width, anything but a comma or
    /// the line's end after a closing quote, an open quote at the end of the line (without `multiline`) or of the file.
    /// A quote inside an unquoted value is a character like any other.
    ///
    /// A file whose name ends in `.gz` is unpacked; other packed files are refused. For [`Malformed`] rows: without
    /// `multiline` every line stands for itself, and a line with any of these faults is malformed; with it, only a row of
    /// the wrong width is. A header is never spared.
    Csv {
        /// Quoted fields hold newlines.
        multiline: bool,
    },
    /// One JSON object (RFC 8259) a line, by files and `.gz` as CSV; lines of nothing but white space are skipped, and so
    /// is a byte order mark at the beginning of a line.
    ///
    /// A column is the value whose name is the column's in any case; undeclared names are not read. A line without it has
    /// NULL, as has one with `null`; a column that no line at all has is an error. A text is its text (an empty one too), a
    /// number or truth what was written, a list or an object its JSON without white space; all convert from text. Malformed
    /// is a line that is no object, is not UTF-8, has a name twice in one object, or a declared column in two spellings.
    Json,
    /// Parquet: columns bind by name in any case, and must be of the declared type or read as it ([`super::parquet`]).
    Parquet,
}

/// One conversion of a column's text (or typed value) to a type, by the table in docs/conversions.md.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversion {
    /// The column.
    pub column: String,
    /// The type it has before (string for CSV columns).
    pub from: DataType,
    /// The type it gets.
    pub to: DataType,
    /// A further date pattern that is accepted beside the table's own: one of `yyyy`, `yyyy-MM`, `yyyyMMdd`, `dd.MM.yyyy`, `MM/dd/yyyy`, `dd/MM/yyyy`.
    /// A missing month or day is the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The share (0 to 1) of non-null values that may become NULL before the run fails.
    pub max_loss: f64,
}

/// A table of the warehouse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What one row is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Rows that are computed before, each part after those it reads; the first of each is [`Operation::Read`].
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub parts: IndexMap<String, Vec<Step>>,
    /// In order; the first is [`Operation::Read`].
    pub steps: Vec<Step>,
    /// All columns, partition columns last in `partition_by` order (as the catalog has them).
    pub schema: Schema,
    /// How it is written.
    pub output: Output,
    /// What must hold before it is published.
    pub checks: Vec<Check>,
}

impl Table {
    /// The steps of all parts, then its own.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.parts.values().flatten().chain(&self.steps)
    }
}

/// One step with the columns it leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What it does.
    pub operation: Operation,
    /// The columns after it.
    pub schema: Schema,
    /// It goes on with what the manifest's step of the operation before it began.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub continues: bool,
}

/// A source or an earlier table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// A source, by name.
    Source(String),
    /// A table, by name.
    Table(String),
    /// Rows of the same table that are computed before, by name.
    Part(String),
}

impl Input {
    /// The source's name, when it is one.
    pub fn source(&self) -> Option<&str> {
        match self {
            Input::Source(name) => Some(name),
            Input::Table(_) | Input::Part(_) => None,
        }
    }
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// `source` / `table`: reads an input whole.
    Read(Input),
    /// `join`. The output is the left's columns, then `right`'s in order under their new names. Keys of one type; NULL
    /// keys match nothing. For right and full joins a left key column holds the coalesced key. Semi and anti joins add
    /// no columns (`right` is empty).
    Join {
        /// The right side.
        input: Input,
        /// The kind.
        how: JoinKind,
        /// Left column, right column.
        on: Vec<(String, String)>,
        /// Right column as read, and its name in the output; keys are never among them.
        right: Vec<(String, String)>,
    },
    /// `select_fields`: these, in this order.
    SelectFields(Vec<String>),
    /// `drop_fields`: the columns that were matched.
    DropFields(Vec<String>),
    /// `rename_field`: old, new.
    RenameField(Vec<(String, String)>),
    /// `change_schema`: in place; losses are counted for each.
    ChangeSchema(Vec<Conversion>),
    /// `derived_column`: all expressions see the step's input; an existing name is replaced in place, a new one is appended.
    DerivedColumn(Vec<(String, Expr)>),
    /// Exactly these columns, in this order; all expressions see the step's input.
    Project(Vec<(String, Expr)>),
    /// `filter`: keeps rows where it is true.
    Filter(Expr),
    /// `union`: the rows so far and all rows of the inputs; nothing is de-duplicated. Each input comes out under the
    /// columns of the rows so far.
    Union(Vec<Branch>),
    /// `aggregate`: one row a key (NULL keys are equal), its columns the key, then the values. Without a key one row, also
    /// over no rows.
    Aggregate {
        /// The key; scalars.
        by: Vec<String>,
        /// Name and meaning of each value.
        values: Vec<(String, Aggregate)>,
    },
    /// One of equal rows; all columns are scalars.
    Distinct,
    /// The first so many rows of a total order.
    Limit {
        /// The order, as in [`Operation::DropDuplicates`].
        order_by: Vec<SortKey>,
        /// How many.
        rows: u64,
    },
    /// Further columns, each computed over a window of rows.
    Window(Vec<(String, Window)>),
    /// `explode`: one row an element of the array in `column`; `into` holds it, in place or, under a new name, behind all.
    Explode {
        /// The array.
        column: String,
        /// The column that holds the elements.
        into: String,
        /// An array that is NULL or empty gives one row with NULL instead of none.
        outer: bool,
    },
    /// `unpivot`: one row a row and each of `columns`, which have one type; NULLs stay. The other columns, then `name` (the
    /// column's name) and `value`.
    Unpivot {
        /// The columns that become rows.
        columns: Vec<String>,
        /// The new column of their names.
        name: String,
        /// The new column of their values.
        value: String,
    },
    /// `drop_duplicates`: keeps the first row per key (NULL keys are equal here) in the total order of `order_by`, which
    /// already ends with the remaining columns in schema order. The rows that go are counted.
    DropDuplicates {
        /// The key.
        by: Vec<String>,
        /// The order; NULLs last in both directions; strings by UTF-8 bytes. Arrays (never descending) element by element,
        /// a beginning before what goes on, NULL elements last. None when all columns are the key: then it is
        /// [`Operation::Distinct`], counted.
        order_by: Vec<SortKey>,
    },
}

impl Operation {
    /// What it reads besides the rows so far.
    pub fn inputs(&self) -> Vec<&Input> {
        match self {
            Operation::Read(input) | Operation::Join { input, .. } => vec![input],
            Operation::Union(branches) => branches.iter().map(|branch| &branch.input).collect(),
            _ => Vec::new(),
        }
    }

    /// What it converts, counting losses, when it does.
    pub fn conversions(&self) -> Option<&[Conversion]> {
        match self {
            Operation::ChangeSchema(conversions) => Some(conversions),
            _ => None,
        }
    }

    /// The key by which it drops duplicates, counting them, when it does.
    pub fn duplicates_by(&self) -> Option<&[String]> {
        match self {
            Operation::DropDuplicates { by, .. } => Some(by),
            _ => None,
        }
    }
}

/// One input of a union.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Branch {
    /// What is read.
    pub input: Input,
    /// For each column of the rows so far, in order: what it holds, over the input's columns.
    pub columns: Vec<(String, Expr)>,
}

/// A column of an ordering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortKey {
    /// The column.
    pub column: String,
    /// Greatest first.
    pub descending: bool,
}

/// How a table is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// File format.
    pub format: OutputFormat,
    /// Partition columns, outermost first; they stand in the path alone (`release_year=1999/`, NULL as
    /// `__HIVE_DEFAULT_PARTITION__`, values escaped as Hive escapes them).
    pub partition_by: Vec<String>,
    /// The most files a run writes (per partition with `partition_by`).
    pub files: u32,
    /// What becomes of the files that are there. A run that is repeated under its own id replaces what it appended.
    #[serde(default, skip_serializing_if = "Write::overwrites")]
    pub write: Write,
}

/// File format and compression of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputFormat {
    /// Parquet; timestamps in microseconds, UTC.
    Parquet(Compression),
    /// RFC 4180, UTF-8, LF, with a header line; scalars alone, in the texts of docs/conversions.md (floating-point numbers as
    /// Java writes them). NULL is empty, the empty text `""`. A value with a line break fails the run: Athena reads line by
    /// line.
    Csv {
        /// Packed, as `.csv.gz`.
        gzip: bool,
    },
    /// One JSON object a line, without its NULLs. Dates and timestamps are texts as in CSV, NaN and the infinities too.
    Json {
        /// Packed, as `.json.gz`.
        gzip: bool,
    },
}

impl OutputFormat {
    /// The format's name, as the manifest and the catalog have it.
    pub fn name(self) -> &'static str {
        match self {
            OutputFormat::Parquet(_) => "parquet",
            OutputFormat::Csv { .. } => "csv",
            OutputFormat::Json { .. } => "json",
        }
    }

    /// Whether files are text. Then checks and other tables see the rows as they were before they became text.
    pub fn is_text(self) -> bool {
        !matches!(self, OutputFormat::Parquet(_))
    }
}

impl Table {
    /// The columns as the catalog and Athena have them: in the files of a CSV table all are text.
    pub fn catalog_schema(&self) -> Schema {
        let mut schema = self.schema.clone();
        if let OutputFormat::Csv { .. } = self.output.format {
            let inside = schema.columns.iter_mut().filter(|column| !self.output.partition_by.contains(&column.name));
            inside.for_each(|column| column.data_type = DataType::String);
        }
        schema
    }
}

/// Codecs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// Snappy.
    Snappy,
    /// Zstandard.
    Zstd,
    /// Gzip.
    Gzip,
    /// No compression.
    None,
}

/// A check over a table's rows, counted as failing rows. NULL passes all but `NotNull`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// A stable label, as shown and as in `metrics.json`: `unique(id)`, `not_null(id)`, `row_count`, `between(energy)`.
    pub name: String,
    /// What must hold.
    pub rule: Rule,
    /// What a failure does.
    pub severity: Severity,
}

/// What must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Failing rows: all rows beyond the first of each key; keys with a NULL pass.
    Unique(Vec<String>),
    /// Failing rows: those with NULL in the column.
    NotNull(String),
    /// Failing rows: those for which the expression is false (not NULL). Also carries accepted_values and between.
    Holds(Expr),
    /// Failing rows: those whose value, not NULL, no row of the input has in `target`. Both columns have one type.
    References {
        /// The column that is checked.
        column: String,
        /// What is read; the table itself, too.
        input: Input,
        /// The input's column.
        target: String,
    },
    /// Fails as a whole: `failing_rows` is the row count when it lies outside.
    RowCount {
        /// At least.
        min: Option<u64>,
        /// At most.
        max: Option<u64>,
    },
}

/// The folders a flow runs between. For Spark these are the arguments `--pipectl_staging` and `--pipectl_warehouse`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// A source's files are in `<staging><source>/`.
    pub staging: String,
    /// A table's files are in `<warehouse><table>/`; a run's hidden folder is `<warehouse>_pipectl/<run id>/`.
    pub warehouse: String,
}
