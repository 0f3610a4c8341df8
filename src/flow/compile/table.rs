//! One table: its steps in a row, its partition columns, how it is written.

use indexmap::IndexMap;

use super::checks;
use super::columns::{self, column};
use super::order::references;
use super::steps::{self, Context};
use super::{Compiled, Faults};
use crate::error::Error;
use crate::flow::document::{Compression, Output, OutputFormat, Step, Table};
use crate::flow::sql::Selected;
use crate::flow::types::{Column, DataType, Schema};
use crate::flow::typing::Scope;
use crate::manifest::model::{self, CatalogMode, Manifest, SchemaChange};
use crate::manifest::spanned::Spanned;

/// A table. No error of its own when something it reads failed.
pub fn compile(manifest: &Manifest, name: &str, table: &model::Table, compiled: &Compiled) -> Result<Table, Faults> {
    let Typed { parts, steps, begin } = typed_steps(manifest, name, table, compiled)?;
    let after = steps.last().map(|step| step.schema.clone()).unwrap_or_default();
    let fate = |column: &str| columns::fate(&table.steps[begin..], &steps, column);
    let scope = Scope { schema: &after, fate: &fate };
    let mut faults = names(table, &after);
    faults.extend(references(name, table, manifest).iter().filter_map(|read| reads_append(manifest, read)));
    let schema = partitioned(table, &scope).map_err(|wrong| faults.extend(wrong)).ok();
    let checks = checks::compile(table, &scope, &checks::Others { manifest, name, compiled })
        .map_err(|wrong| faults.extend(wrong))
        .ok();
    let output = output(table).map_err(|wrong| faults.push(wrong)).ok();
    faults.extend(csv_faults(manifest, table, &after));
    match (schema, checks, output) {
        (Some(schema), Some(checks), Some(output)) if faults.is_empty() => {
            Ok(Table { description: table.description.clone(), parts, steps, schema, output, checks })
        }
        _ => Err(faults),
    }
}

/// A table's operations: what is computed before, its own, and the step of the manifest that these begin with.
struct Typed {
    parts: IndexMap<String, Vec<Step>>,
    steps: Vec<Step>,
    begin: usize,
}

fn typed_steps(manifest: &Manifest, name: &str, table: &model::Table, compiled: &Compiled) -> Result<Typed, Faults> {
    let mut typed = Typed { parts: IndexMap::new(), steps: Vec::new(), begin: 0 };
    for (number, step) in table.steps.iter().enumerate() {
        if let model::Step::Sql(query) = &step.value {
            let found = steps::selected(query, std::mem::take(&mut typed.steps), &typed.parts, manifest, compiled);
            let Selected { parts, steps } = found
                .map_err(|faults| faults.into_iter().map(|error| error.at(step.place.clone())).collect::<Faults>())?;
            typed.parts.extend(parts);
            typed.steps = steps;
            typed.begin = number;
            continue;
        }
        let operations = match typed.steps.last() {
            None => {
                let read = steps::read(&step.value, manifest, compiled);
                vec![read.unwrap_or_else(|| Err(vec![reads_nothing(name, step)]))?]
            }
            Some(before) => {
                let fate = |column: &str| columns::fate(&table.steps[typed.begin..], &typed.steps, column);
                let scope = Scope { schema: &before.schema, fate: &fate };
                steps::step(step, &Context { manifest, table, compiled, scope })?
            }
        };
        let operations = operations.into_iter().enumerate();
        typed.steps.extend(operations.map(|(part, (operation, schema))| Step {
            operation,
            schema,
            continues: part > 0,
        }));
    }
    Ok(typed)
}

/// Another table that a run only adds to: what a run has of it are its own rows, not the table.
fn reads_append(manifest: &Manifest, read: &Spanned<String>) -> Option<Error> {
    manifest.tables.get(read.as_str()).filter(|table| !table.write.overwrites()).map(|_| {
        let message = format!("`{}` is appended to: a run would see only the rows that it adds", read.value);
        Error::manifest("reads-append", message)
            .with_help("read what that table reads, or let Athena query it")
            .at(read.place.clone())
    })
}

fn reads_nothing(name: &str, step: &Spanned<model::Step>) -> Error {
    Error::manifest("nothing-read", format!("the first step of `{name}` must say what is read"))
        .with_help("begin with `- source: NAME` or `- table: NAME`")
        .at(step.place.clone())
}

/// Columns whose names Athena would not take without quotes; they come from headers alone.
fn names(table: &model::Table, schema: &Schema) -> Faults {
    let plain = |name: &str| {
        let first = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
        first && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let fault = |name: &str| {
        let tame: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        Error::manifest("invalid-name", format!("`{name}` is not a name that Athena takes for a column"))
            .with_expected("a lower-case letter or `_`, then lower-case letters, digits and `_`")
            .with_help(format!("add the step `rename_field: {{ \"{name}\": {} }}`, or drop it", tame.trim_matches('_')))
            .at(table.steps.last().and_then(|step| step.place.clone()))
    };
    schema.names().filter(|name| !plain(name)).map(fault).collect()
}

/// The table's columns with those of `partition_by` last.
fn partitioned(table: &model::Table, scope: &Scope) -> Result<Schema, Faults> {
    let mut faults = Faults::new();
    let mut last: Vec<Column> = Vec::new();
    for name in &table.partition_by {
        match column(name, scope) {
            Ok(column) if last.iter().any(|other| other.name == column.name) => {
                let message = format!("`{}` partitions twice", column.name);
                faults.push(Error::manifest("duplicate-column", message).at(name.place.clone()));
            }
            Ok(column) => match partition_fault(column) {
                None => last.push(column.clone()),
                Some(error) => faults.push(error.at(name.place.clone())),
            },
            Err(error) => faults.push(error),
        }
    }
    let inside = |c: &&Column| last.iter().all(|other| other.name != c.name);
    let mut columns: Vec<Column> = scope.schema.columns.iter().filter(inside).cloned().collect();
    if columns.is_empty() && faults.is_empty() {
        let error = Error::manifest("no-columns", "`partition_by` leaves no column in the files")
            .with_help("partition columns stand in the path alone; leave at least one other");
        faults.push(error.at(table.partition_by.first().and_then(|name| name.place.clone())));
    }
    columns.extend(last);
    if faults.is_empty() { Ok(Schema { columns }) } else { Err(faults) }
}

/// A partition's value is text in a path, and has to read back as what it was.
fn partition_fault(column: &Column) -> Option<Error> {
    use DataType::{Bigint, Boolean, Date, Int, String};
    if matches!(column.data_type, String | Boolean | Int | Bigint | Date) {
        return None;
    }
    let message = format!("`{}` is {}, which does not stand in a path", column.name, column.data_type);
    let error = Error::manifest("type-mismatch", message).with_expected("string, boolean, int, bigint or date");
    Some(match column.data_type {
        DataType::Timestamp => error.with_help("derive a date or a year from it: `cast(x as date)`, `year(x)`"),
        _ => error,
    })
}

/// What a CSV table cannot be.
fn csv_faults(manifest: &Manifest, table: &model::Table, schema: &Schema) -> Faults {
    if table.format.value != model::Format::Csv {
        return Faults::new();
    }
    let fault = |code, message: String| Error::manifest(code, message).at(table.format.place.clone());
    let nested = schema.columns.iter().filter(|column| !column.data_type.is_scalar()).map(|column| {
        let message = format!("`{}` is {}, which does not stand in a CSV file", column.name, column.data_type);
        fault("type-mismatch", message).with_help("write the table as parquet or json, or drop the column")
    });
    let mut faults: Faults = nested.collect();
    // A crawler takes the first line of a file of texts for a row, and calls the columns col0, col1, ...
    let crawler = &manifest.crawler;
    if crawler.tables == CatalogMode::Inferred || crawler.schema_change != SchemaChange::Log {
        let message = "a crawl cannot tell the header of a CSV table from its rows, and would add columns of its own";
        faults.push(
            fault("csv-crawl", message.to_string())
                .with_expected("`crawler: { tables: declared, schema_change: log }`")
                .with_help("set these, or write the table as parquet or json"),
        );
    }
    faults
}

fn output(table: &model::Table) -> Result<Output, Error> {
    let word = table.compression.as_ref();
    let refused = |expected: &str| {
        let (format, word) =
            (format!("{:?}", table.format.value).to_lowercase(), word.map_or("", |word| word.as_str()));
        Error::manifest("not-applicable", format!("a {format} table is not compressed as {word}"))
            .with_expected(expected.to_string())
            .at(table.compression.as_ref().and_then(|word| word.place.clone()))
    };
    let gzip = || match word.map(|word| word.as_str()) {
        None | Some("none") => Ok(false),
        Some("gzip") => Ok(true),
        Some(_) => Err(refused("gzip or none")),
    };
    let format = match table.format.value {
        model::Format::Csv => OutputFormat::Csv { gzip: gzip()? },
        model::Format::Json => OutputFormat::Json { gzip: gzip()? },
        model::Format::Parquet => OutputFormat::Parquet(match word.map(|word| word.as_str()) {
            None | Some("snappy") => Compression::Snappy,
            Some("zstd") => Compression::Zstd,
            Some("gzip") => Compression::Gzip,
            Some("none") => Compression::None,
            Some(_) => return Err(refused("one of snappy, zstd, gzip, none")),
        }),
    };
    Ok(Output {
        format,
        partition_by: table.partition_by.iter().map(|name| name.to_lowercase()).collect(),
        files: table.files.as_ref().map_or(1, |files| files.value),
        write: table.write,
    })
}
