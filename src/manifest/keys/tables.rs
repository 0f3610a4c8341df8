//! `tables`: what lands in the warehouse.

use super::columns::MAX_CAST_LOSS;
use super::{checks, steps};
use crate::error::Error;
use crate::manifest::model::{Format, Step, Table, Write};
use crate::manifest::read::{Fields, Reader, choice, integer, list, number, record, text_of};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

const FORMATS: &[(&str, Format)] = &[("parquet", Format::Parquet), ("csv", Format::Csv), ("json", Format::Json)];
const WRITES: &[(&str, Write)] = &[("overwrite", Write::Overwrite), ("append", Write::Append)];
const COMPRESSIONS: &[(&str, &str)] = &[("snappy", "snappy"), ("zstd", "zstd"), ("gzip", "gzip"), ("none", "none")];

/// A warehouse table.
pub fn table() -> impl Reader<Out = Table> {
    record("a table", |m| {
        let description = m.optional("description", "What one row is.", text_of(&rules::DESCRIPTION));
        let steps = m.optional(
            "steps",
            "What is done, in order; the first step is `source` or `table`.",
            list(steps::step()).not_empty(),
        );
        if let Some(Some(steps)) = &steps {
            first_reads(m, steps);
        }
        let sql = m.optional(
            "sql",
            "Instead of steps one SELECT in portable SQL over sources and tables: a file.",
            steps::sql_file(),
        );
        let at = m.place("sql");
        m.exactly_one(&["steps", "sql"]);
        let format = m.or(
            "format",
            "How the table is written. In a csv table Athena sees all columns as text, and no value may have a line break; json \
             is one object a line.",
            choice(FORMATS).spanned(),
            "parquet",
        );
        let compression = m.optional(
            "compression",
            "How files are compressed: parquet as any of these, snappy by default; csv and json as gzip or none, none by \
             default.",
            choice(COMPRESSIONS).map(str::to_string).spanned(),
        );
        let partition_by = m.listed(
            "partition_by",
            "Columns that stand in the path instead of the files, outermost first.",
            list(text_of(&rules::NEW_COLUMN).spanned()),
        );
        let files = m.optional(
            "files",
            "The most files a run writes for the table; with `partition_by` per partition. By default 1.",
            integer(1..=10_000).spanned(),
        );
        let write = m.or(
            "write",
            "What a run's rows do to those that are there: they take their place, or they come to them. Checks see the run's \
             rows alone. A run that is repeated under its own id takes back what it appended.",
            choice(WRITES),
            "overwrite",
        );
        let max_cast_loss = m.or("max_cast_loss", MAX_CAST_LOSS, number(0.0..=1.0), "0");
        let checks = m.listed("checks", "What must hold before the table is published.", list(checks::check()));
        Some(Table {
            description: description?,
            steps: match (steps?, sql?) {
                (Some(steps), _) => steps,
                (None, sql) => vec![Spanned::new(Step::Sql(sql?), at)],
            },
            format: format?,
            compression: compression?,
            partition_by: partition_by?,
            files: files?,
            write: write?,
            max_cast_loss: max_cast_loss?,
            checks: checks?.into_iter().flatten().collect(),
        })
    })
}

/// `source` and `table` begin a list of steps, and stand nowhere else.
fn first_reads(m: &mut Fields<'_>, steps: &[Spanned<Step>]) {
    for (index, step) in steps.iter().enumerate() {
        let reads = matches!(step.value, Step::Source(_) | Step::Table(_));
        if reads == (index == 0) {
            continue;
        }
        let error = if reads {
            Error::manifest("misplaced-read", "only the first step reads")
                .with_help("bring in further rows with `join: { source: ..., on: ... }`")
        } else {
            Error::manifest("nothing-read", "the first step must say what is read")
                .with_help("begin with `- source: NAME` or `- table: NAME`")
        };
        m.fault(error.at(step.place.clone()));
    }
}
