//! Sources: declared columns against the headers of the files.

use indexmap::IndexMap;

use super::Faults;
use super::steps::conversion;
use crate::error::{Error, nearest};
use crate::flow::document::{Conversion, Location, Source, SourceFormat};
use crate::flow::headers::{Header, Headers};
use crate::flow::types::{Column, DataType, Schema};
use crate::manifest::model::{self, ColumnDecl, Format, Manifest};
use crate::manifest::spanned::Spanned;

/// A source, as far as its columns are known, and what is wrong with it.
pub fn compile(
    manifest: &Manifest,
    name: &Spanned<String>,
    source: &model::Source,
    headers: &dyn Headers,
) -> (Option<Source>, Faults) {
    let mut faults = Faults::new();
    let (format, columns) = match source.format {
        Format::Csv => {
            let headers = found(headers.headers(manifest, source), source, &mut faults);
            (SourceFormat::Csv { multiline: source.multiline }, csv(name, source, &headers, &mut faults))
        }
        Format::Json => (SourceFormat::Json, json(name, source, &mut faults)),
        Format::Parquet => {
            let files = found(headers.columns(manifest, source), source, &mut faults);
            (SourceFormat::Parquet, super::parquet::columns(name, source, &files, &mut faults))
        }
    };
    let compiled = columns.map(|columns| Source {
        description: source.description.clone(),
        location: location(source),
        format,
        malformed: source.malformed,
        schema: Schema { columns: columns.iter().map(|(column, _)| column.clone()).collect() },
        columns: columns.into_iter().map(|(_, conversion)| conversion).collect(),
    });
    (compiled, faults)
}

/// What the files say; nothing, when they cannot be read.
fn found<T>(read: Result<Vec<T>, Error>, source: &model::Source, faults: &mut Faults) -> Vec<T> {
    read.unwrap_or_else(|error| {
        faults.extend(error.into_all().into_iter().map(|error| error.at(source.path.place.clone())));
        Vec::new()
    })
}

fn csv(name: &Spanned<String>, source: &model::Source, headers: &[Header], faults: &mut Faults) -> Option<Typed> {
    match &source.columns {
        Some(declared) => self::declared(declared, headers, faults),
        None if headers.is_empty() && faults.is_empty() => {
            faults.push(undeclared(name, source));
            None
        }
        None if headers.is_empty() => None,
        None => from_headers(source, headers).map_err(|wrong| faults.extend(wrong)).ok(),
    }
}

fn json(name: &Spanned<String>, source: &model::Source, faults: &mut Faults) -> Option<Typed> {
    let Some(declared) = &source.columns else {
        let message = format!("source `{}` is JSON, so its columns have to be declared", name.value);
        let error = Error::manifest("no-columns", message).at(source.path.place.clone());
        faults.push(error.with_help("add `columns: { name: type, ... }`: no line says which names the others have"));
        return None;
    };
    self::declared(declared, &[], faults)
}

fn location(source: &model::Source) -> Location {
    if source.path.starts_with("s3://") { Location::InPlace(source.path.value.clone()) } else { Location::Staged }
}

/// The error for a source whose files are elsewhere.
pub(super) fn undeclared(name: &Spanned<String>, source: &model::Source) -> Error {
    Error::manifest(
        "no-columns",
        format!("source `{}` is read in place, so its columns have to be declared", name.value),
    )
    .with_help("add `columns: { name: type, ... }`")
    .at(source.path.place.clone())
}

/// Columns, each with what makes it.
pub(super) type Typed = Vec<(Column, Conversion)>;

/// The declared columns. Without the ones that are wrong when the rest can stand without them: none can, since anything
/// may use them; but a column that a file lacks is still of its declared type.
fn declared(
    declared: &IndexMap<Spanned<String>, ColumnDecl>,
    headers: &[Header],
    faults: &mut Faults,
) -> Option<Typed> {
    let mut typed = Typed::new();
    let mut complete = true;
    for (written, column) in declared {
        let name = written.trim().to_lowercase();
        if typed.iter().any(|(other, _)| other.name == name) {
            faults.push(twice(&format!("`{name}` is declared twice")).at(written.place.clone()));
            continue;
        }
        faults.extend(missing(written, &name, headers));
        match conversion(&name, &DataType::String, column, 0.0) {
            Ok(conversion) => {
                let description = column.description.clone();
                typed.push((Column { name, data_type: conversion.to.clone(), description }, conversion));
            }
            Err(wrong) => {
                faults.extend(wrong);
                complete = false;
            }
        }
    }
    complete.then_some(typed)
}

/// The error for a declared column that files lack or have twice.
fn missing(written: &Spanned<String>, name: &str, headers: &[Header]) -> Option<Error> {
    let lacking: Vec<&Header> = headers.iter().filter(|header| !header.has(name)).collect();
    if let Some(first) = lacking.first() {
        let more = match lacking.len() {
            1 => String::new(),
            2 => ", nor does one more file".to_string(),
            n => format!(", nor do {} more files", n - 1),
        };
        let file = first.file.display();
        let error = Error::manifest("missing-column", format!("`{file}` has no column `{name}`{more}"))
            .with_expected(format!("one of {}", first.names.join(", ")))
            .at(written.place.clone());
        return Some(match nearest(name, first.names.iter().map(String::as_str)) {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => error.with_help("columns bind by the names in the file's first line"),
        });
    }
    let twice_in = headers.iter().find(|h| h.names.iter().filter(|n| n.to_lowercase() == name).count() > 1)?;
    Some(twice(&format!("`{}` has the column `{name}` twice", twice_in.file.display())).at(written.place.clone()))
}

/// `duplicate-column`.
pub(super) fn twice(message: &str) -> Error {
    Error::manifest("duplicate-column", message).with_help("names that differ only in case are one name")
}

/// The columns of sources that declare none: the header's, all string. All files must have the same ones.
fn from_headers(source: &model::Source, headers: &[Header]) -> Result<Typed, Faults> {
    let mut names: IndexMap<String, &Header> = IndexMap::new();
    let mut faults = Faults::new();
    for header in headers {
        let mut own = std::collections::HashSet::new();
        for (index, name) in header.names.iter().map(|name| name.to_lowercase()).enumerate() {
            let file = header.file.display();
            if name.is_empty() {
                faults.push(
                    Error::manifest("unnamed-column", format!("column {} of `{file}` has no name", index + 1))
                        .with_help("declare `columns`: columns that are not declared are not read"),
                );
            } else if !own.insert(name.clone()) {
                faults.push(twice(&format!("`{file}` has the column `{name}` twice")));
            } else {
                names.entry(name).or_insert(header);
            }
        }
    }
    for (name, has) in &names {
        if let Some(lacks) = headers.iter().find(|header| !header.has(name)) {
            let (has, lacks) = (has.file.display(), lacks.file.display());
            faults.push(
                Error::manifest("missing-column", format!("`{lacks}` has no column `{name}`, `{has}` has one"))
                    .with_help("declare `columns` that all files have"),
            );
        }
    }
    if !faults.is_empty() {
        return Err(faults.into_iter().map(|error| error.at(source.path.place.clone())).collect());
    }
    let column = |name: String| {
        let conversion = Conversion {
            column: name.clone(),
            from: DataType::String,
            to: DataType::String,
            format: None,
            max_loss: 0.0,
        };
        (Column { name, data_type: DataType::String, description: None }, conversion)
    };
    Ok(names.into_keys().map(column).collect())
}
