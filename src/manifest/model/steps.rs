//! The steps of a table, as the manifest has them.

use indexmap::IndexMap;

use super::ColumnDecl;
use crate::manifest::spanned::Spanned;

/// One step of a table, still untyped; named as Glue Studio names it.
#[derive(Clone, Debug)]
pub enum Step {
    /// Reads a source.
    Source(Spanned<String>),
    /// Reads another table.
    Table(Spanned<String>),
    /// Joins a source or table to the rows so far.
    Join(Join),
    /// Keeps these columns (globs), in this order.
    SelectFields(Vec<Spanned<String>>),
    /// Drops these columns (globs).
    DropFields(Vec<Spanned<String>>),
    /// Renames `old: new`.
    RenameField(IndexMap<Spanned<String>, Spanned<String>>),
    /// Converts columns.
    ChangeSchema(IndexMap<Spanned<String>, ColumnDecl>),
    /// Adds or replaces columns by expressions that all see the input row.
    DerivedColumn(IndexMap<Spanned<String>, Spanned<String>>),
    /// Keeps the rows for which the expression is true.
    Filter(Spanned<String>),
    /// Keeps one row per key.
    DropDuplicates(DropDuplicates),
    /// Appends the rows of other inputs, by column name.
    Union(Union),
    /// Puts a value in the place of NULLs: column to literal as written.
    FillMissingValues(IndexMap<Spanned<String>, Spanned<String>>),
    /// Drops the rows with a NULL in one of these columns (globs).
    DropNullRows(Vec<Spanned<String>>),
    /// One row a key.
    Aggregate(Aggregate),
    /// Cuts a text into an array.
    SplitString(SplitString),
    /// One row an element of an array.
    Explode(Explode),
    /// Columns become rows.
    Unpivot(Unpivot),
    /// Rows become columns.
    Pivot(Pivot),
    /// One query in portable SQL; over `input`, the rows so far, when there are some.
    Sql(SqlFile),
}

impl Step {
    /// Its key in the manifest.
    pub fn key(&self) -> &'static str {
        match self {
            Step::Source(_) => "source",
            Step::Table(_) => "table",
            Step::Join(_) => "join",
            Step::SelectFields(_) => "select_fields",
            Step::DropFields(_) => "drop_fields",
            Step::RenameField(_) => "rename_field",
            Step::ChangeSchema(_) => "change_schema",
            Step::DerivedColumn(_) => "derived_column",
            Step::Filter(_) => "filter",
            Step::DropDuplicates(_) => "drop_duplicates",
            Step::Union(_) => "union",
            Step::FillMissingValues(_) => "fill_missing_values",
            Step::DropNullRows(_) => "drop_null_rows",
            Step::Aggregate(_) => "aggregate",
            Step::SplitString(_) => "split_string",
            Step::Explode(_) => "explode",
            Step::Unpivot(_) => "unpivot",
            Step::Pivot(_) => "pivot",
            Step::Sql(_) => "sql",
        }
    }
}

/// A SQL file in the portable dialect.
#[derive(Clone, Debug)]
pub struct SqlFile {
    /// The file, relative to the manifest.
    pub file: Spanned<String>,
    /// Its text, at its place in the file, read when the manifest was loaded.
    pub text: Spanned<String>,
}

/// `union: [t]`, or `{ with: [t], allow_missing }`.
#[derive(Clone, Debug)]
pub struct Union {
    /// Tables or sources: `x`, or `table.x` and `source.x` where both are called x.
    pub with: Vec<Spanned<String>>,
    /// A column that one side lacks is NULL there.
    pub allow_missing: bool,
}

/// `aggregate: { by, values }`.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// The key; none: one row in all.
    pub by: Vec<Spanned<String>>,
    /// New column to an expression of aggregates.
    pub values: IndexMap<Spanned<String>, Spanned<String>>,
}

/// `split_string: { column, pattern, into }`.
#[derive(Clone, Debug)]
pub struct SplitString {
    /// The text.
    pub column: Spanned<String>,
    /// The regular expression between its parts.
    pub pattern: Spanned<String>,
    /// The array's column; by default the text's.
    pub into: Option<Spanned<String>>,
}

/// `explode: { column, as, outer }`.
#[derive(Clone, Debug)]
pub struct Explode {
    /// The array.
    pub column: Spanned<String>,
    /// The elements' column; by default the array's.
    pub into: Option<Spanned<String>>,
    /// An empty or NULL array gives one row with NULL.
    pub outer: bool,
}

/// `unpivot: { columns, name, value }`.
#[derive(Clone, Debug)]
pub struct Unpivot {
    /// The columns that become rows (globs).
    pub columns: Vec<Spanned<String>>,
    /// The new column of their names.
    pub name: Spanned<String>,
    /// The new column of their values.
    pub value: Spanned<String>,
}

/// `pivot: { by, column, values, value }`.
#[derive(Clone, Debug)]
pub struct Pivot {
    /// The key.
    pub by: Vec<Spanned<String>>,
    /// The column whose values become columns.
    pub column: Spanned<String>,
    /// New column to the value it stands for, as written.
    pub values: IndexMap<Spanned<String>, Spanned<String>>,
    /// What the new columns hold: one aggregate.
    pub value: Spanned<String>,
}

/// `join: { source|table, on, how, select|drop, prefix }`.
#[derive(Clone, Debug)]
pub struct Join {
    /// The right side.
    pub right: Input,
    /// Left column to right column.
    pub on: IndexMap<Spanned<String>, Spanned<String>>,
    /// The kind of join; inner by default.
    pub how: JoinKind,
    /// Right columns to keep (globs), applied before names are compared.
    pub select: Vec<Spanned<String>>,
    /// Right columns to drop (globs), applied before names are compared.
    pub drop: Vec<Spanned<String>>,
    /// Put before every right column that does not start with it already.
    pub prefix: Option<Spanned<String>>,
}

/// A source or a table.
#[derive(Clone, Debug)]
pub enum Input {
    /// A source by name.
    Source(Spanned<String>),
    /// Another table by name.
    Table(Spanned<String>),
}

/// The kinds of join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JoinKind {
    /// Rows with a match on both sides.
    #[default]
    Inner,
    /// All left rows.
    Left,
    /// All right rows.
    Right,
    /// All rows of both sides.
    Full,
    /// Left rows that have a match; no right columns.
    Semi,
    /// Left rows that have none; no right columns.
    Anti,
}

/// `drop_duplicates: { by, order_by }`.
#[derive(Clone, Debug)]
pub struct DropDuplicates {
    /// The key.
    pub by: Vec<Spanned<String>>,
    /// Which row stays: the first in this order; each `column`, `column asc` or `column desc`.
    pub order_by: Vec<Spanned<String>>,
}
