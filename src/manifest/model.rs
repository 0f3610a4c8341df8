//! The typed manifest: what `pipeline.yaml` says after overlays and variables, before any meaning is given to the flow.
//!
//! Names that a later floor can complain about are [`Spanned`]. A key that is not here is refused; a key that is here
//! does something.

pub mod quicksight;
pub mod steps;
pub mod storage;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use super::spanned::Spanned;
use crate::error::SourceText;
pub use steps::{
    Aggregate, DropDuplicates, Explode, Input, Join, JoinKind, Pivot, SplitString, SqlFile, Step, Union, Unpivot,
};
pub use storage::{Lifecycle, Lifecycles, Place3, Storage, StorageClass};

/// One pipeline in one environment.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The manifest's path as the user gave it.
    pub path: PathBuf,
    /// The folder that relative paths in the manifest start from.
    pub folder: PathBuf,
    /// `[a-z][a-z0-9-]{1,30}`.
    pub name: Spanned<String>,
    /// Distinguishes two pipelines of one name; written by `init`.
    pub id: Option<Spanned<String>>,
    /// What the pipeline is for.
    pub description: Option<String>,
    /// The AWS region, e.g. `us-east-1`.
    pub region: Spanned<String>,
    /// The environment that was chosen.
    pub environment: Environment,
    /// Tags put on every resource that takes tags.
    pub tags: IndexMap<Spanned<String>, Spanned<String>>,
    /// Where data lies.
    pub storage: Storage,
    /// Roles.
    pub iam: Iam,
    /// Raw inputs by name.
    pub sources: IndexMap<Spanned<String>, Source>,
    /// Warehouse tables by name, in the manifest's order.
    pub tables: IndexMap<Spanned<String>, Table>,
    /// The Glue job.
    pub job: Job,
    /// The Glue crawler and its database.
    pub crawler: Crawler,
    /// `cron(...)`: job and crawler run unattended; `None`: on demand.
    pub schedule: Option<Spanned<String>>,
    /// Athena's workgroup and named queries.
    pub athena: Athena,
    /// Data sets and dashboards, when there are any.
    pub quicksight: Option<quicksight::Quicksight>,
    /// True: destroying and replacing are refused.
    pub protect: bool,
}

impl Manifest {
    /// The base of resource names; see [`base_name`].
    pub fn base_name(&self) -> String {
        base_name(&self.name, self.environment.declared.then_some(self.environment.name.as_str()))
    }
}

/// The base of resource names: `name` without declared environments, else `name-env`.
pub fn base_name(pipeline: &str, environment: Option<&str>) -> String {
    environment.map_or_else(|| pipeline.to_owned(), |environment| format!("{pipeline}-{environment}"))
}

/// The chosen environment.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Its name; `default` when the manifest declares none.
    pub name: String,
    /// Whether the manifest declares environments at all.
    pub declared: bool,
    /// How many it declares; `destroy` wants `--env` when several.
    pub count: usize,
    /// The account it is pinned to, twelve digits.
    pub account: Option<Spanned<String>>,
    /// The AWS profile it uses.
    pub profile: Option<Spanned<String>>,
}

/// Roles.
#[derive(Clone, Debug, Default)]
pub struct Iam {
    /// An existing role for the job, used and not owned; else one is made.
    pub job_role: Option<Spanned<String>>,
    /// An ARN put as permissions boundary on the role and the user that are made.
    pub permissions_boundary: Option<Spanned<String>>,
    /// Who may run and read the pipeline, and not deploy it.
    pub operator: Option<Operator>,
}

/// Who runs the pipeline.
#[derive(Clone, Debug)]
pub enum Operator {
    /// A user that is made, with a group of the same name that holds its rights.
    User(Spanned<String>),
    /// A group that is made, for people to be put into.
    Group(Spanned<String>),
}

impl Operator {
    /// The name of the user or group.
    pub fn name(&self) -> &Spanned<String> {
        match self {
            Operator::User(name) | Operator::Group(name) => name,
        }
    }
}

/// File formats of sources and tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180 text with a header.
    Csv,
    /// One JSON document a line.
    Json,
    /// Apache Parquet.
    Parquet,
}

/// What happens to a row of the wrong shape: a CSV record of another width than the header's (without `multiline` any line
/// that is no record), a line that is no JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Malformed {
    /// The run fails, naming file and record.
    #[default]
    Fail,
    /// It is left out, and counted.
    Drop,
    /// It stays with NULL in every column, and is counted.
    Null,
}

impl Malformed {
    /// Whether the run fails; else such rows are counted.
    pub fn fails(&self) -> bool {
        *self == Malformed::Fail
    }
}

/// A raw input.
#[derive(Clone, Debug)]
pub struct Source {
    /// What one row is.
    pub description: Option<String>,
    /// A file, glob or folder relative to the manifest, or an `s3://` URI read in place.
    pub path: Spanned<String>,
    /// The format; by default from the file's extension.
    pub format: Format,
    /// Quoted fields hold newlines.
    pub multiline: bool,
    /// What happens to rows of the wrong shape.
    pub malformed: Malformed,
    /// Declared columns in order; `None`: the CSV header's, all string, or those of the Parquet files.
    pub columns: Option<IndexMap<Spanned<String>, ColumnDecl>>,
}

/// A declared column: `type`, or `{ type, description, format }`.
#[derive(Clone, Debug)]
pub struct ColumnDecl {
    /// The type as written, e.g. `array<string>`; `flow` gives it meaning.
    pub data_type: Spanned<String>,
    /// What it holds.
    pub description: Option<String>,
    /// A date pattern that widens the conversion, e.g. `yyyy`.
    pub format: Option<Spanned<String>>,
    /// The share of non-null values (0 to 1) that may be lost; overrides the table's.
    pub max_cast_loss: Option<f64>,
}

/// What a run's rows do to those that a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Write {
    /// They take their place.
    #[default]
    Overwrite,
    /// They come to them.
    Append,
}

impl Write {
    /// Whether a run's rows are all that the table has.
    pub fn overwrites(&self) -> bool {
        *self == Write::Overwrite
    }
}

/// A warehouse table.
#[derive(Clone, Debug)]
pub struct Table {
    /// What one row is.
    pub description: Option<String>,
    /// The steps, in order; the first is `source` or `table`.
    pub steps: Vec<Spanned<Step>>,
    /// File format; parquet by default.
    pub format: Spanned<Format>,
    /// Compression; snappy for parquet, none else.
    pub compression: Option<Spanned<String>>,
    /// Partition columns, outermost first.
    pub partition_by: Vec<Spanned<String>>,
    /// The most files a run writes for the table, per partition with `partition_by`; default 1.
    pub files: Option<Spanned<u32>>,
    /// What becomes of the rows that are there.
    pub write: Write,
    /// The share of non-null values (0 to 1) that a conversion may lose before the run fails.
    pub max_cast_loss: f64,
    /// Checks that must hold before the table is published.
    pub checks: Vec<Spanned<Check>>,
}

/// A check with its severity.
#[derive(Clone, Debug)]
pub struct Check {
    /// What must hold.
    pub rule: Rule,
    /// What a failure means.
    pub severity: Severity,
}

/// What a failed check does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The run fails and the old table stays.
    #[default]
    Error,
    /// The run reports it and goes on.
    Warn,
}

/// What a check demands; NULL passes all but `not_null`.
#[derive(Clone, Debug)]
pub enum Rule {
    /// No two rows share these columns' values.
    Unique(Vec<Spanned<String>>),
    /// These columns have no NULL.
    NotNull(Vec<Spanned<String>>),
    /// The column holds only these values.
    AcceptedValues(Spanned<String>, Vec<Spanned<String>>),
    /// The column lies in the closed interval; literals as written.
    Between(Spanned<String>, Spanned<String>, Spanned<String>),
    /// The table has this many rows.
    RowCount {
        /// At least.
        min: Option<u64>,
        /// At most.
        max: Option<u64>,
    },
    /// The expression is not false on any row.
    Expression(Spanned<String>),
    /// The column's texts match this regular expression as a whole.
    Matches(Spanned<String>, Spanned<String>),
    /// Each of the column's values is in that column of a table or source: `albums.id`.
    References(Spanned<String>, Spanned<String>),
}

/// The Glue job that writes all tables.
#[derive(Clone, Debug)]
pub struct Job {
    /// A hand-written PySpark script instead of the generated one.
    pub script: Option<Script>,
    /// Glue's version; `5.0` by default.
    pub glue_version: Spanned<String>,
    /// `G.1X` by default.
    pub worker_type: Spanned<String>,
    /// 2 by default.
    pub workers: Spanned<u32>,
    /// 60 minutes by default.
    pub timeout: Spanned<Duration>,
    /// 0 by default.
    pub max_retries: Spanned<u32>,
    /// 1 by default.
    pub max_concurrent_runs: Spanned<u32>,
    /// Further default arguments, keys with their dashes.
    pub arguments: IndexMap<Spanned<String>, Spanned<String>>,
    /// Connections by name: used, not owned.
    pub connections: Vec<Spanned<String>>,
    /// A security configuration by name: used, not owned.
    pub security_configuration: Option<Spanned<String>>,
}

/// A hand-written PySpark script.
#[derive(Clone, Debug)]
pub struct Script {
    /// The file, relative to the manifest.
    pub file: Spanned<PathBuf>,
    /// Its text.
    pub text: Arc<SourceText>,
}

/// The Glue crawler and the database it fills.
#[derive(Clone, Debug)]
pub struct Crawler {
    /// The Glue database.
    pub database: Database,
    /// Put before every table's name in the catalog.
    pub table_prefix: Spanned<String>,
    /// Who makes the tables.
    pub tables: CatalogMode,
    /// What a crawl visits again.
    pub recrawl: Recrawl,
    /// What a crawl does with changed schemas.
    pub schema_change: SchemaChange,
    /// What a crawl does with tables whose files are gone.
    pub deleted: DeletedObjects,
    /// `cron(...)`, or `None` for on demand.
    pub schedule: Option<Spanned<String>>,
}

/// A Glue database.
#[derive(Clone, Debug)]
pub struct Database {
    /// Its name.
    pub name: Spanned<String>,
    /// It is used, not owned.
    pub existing: bool,
}

/// Who makes the catalog's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CatalogMode {
    /// We make the typed tables; the crawler adds partitions and reports drift.
    #[default]
    Declared,
    /// The crawler makes the tables from the files.
    Inferred,
}

/// What a crawl visits again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Recrawl {
    /// All folders.
    #[default]
    Everything,
    /// Only folders added since the last crawl.
    NewFoldersOnly,
}

/// What a crawl does with changed schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SchemaChange {
    /// Updates the table.
    #[default]
    Update,
    /// Adds new columns only.
    NewColumns,
    /// Logs only.
    Log,
}

/// What a crawl does with tables whose files are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DeletedObjects {
    /// Logs only.
    #[default]
    Log,
    /// Marks the table deprecated.
    Deprecate,
    /// Deletes the table from the catalog.
    Delete,
}

/// Athena's workgroup and queries.
#[derive(Clone, Debug)]
pub struct Athena {
    /// The workgroup; the base name by default.
    pub workgroup: Workgroup,
    /// The most bytes one query may scan; at least 10 MB.
    pub bytes_scanned_cutoff: Option<Spanned<u64>>,
    /// Named queries, in the manifest's order.
    pub queries: IndexMap<Spanned<String>, Query>,
}

/// An Athena workgroup.
#[derive(Clone, Debug)]
pub struct Workgroup {
    /// Its name; `None`: the base name.
    pub name: Option<Spanned<String>>,
    /// It is used, not owned.
    pub existing: bool,
}

/// A named query.
#[derive(Clone, Debug)]
pub struct Query {
    /// The SQL file, relative to the manifest.
    pub file: Spanned<PathBuf>,
    /// What it answers.
    pub description: Option<String>,
    /// The file's text, read when the manifest was loaded.
    pub sql: std::sync::Arc<crate::error::SourceText>,
}
