//! Parquet sources: declared columns against what the files have, or the files' own.

use super::Faults;
use super::sources::{Typed, twice, undeclared};
use crate::error::{Error, nearest};
use crate::flow::document::Conversion;
use crate::flow::parquet::{FileColumn, FileColumns, reads_as};
use crate::flow::types::{Column, DataType};
use crate::manifest::model::{ColumnDecl, Source};
use crate::manifest::spanned::Spanned;

/// The source's columns. Errors: `no-columns`, `missing-column`, `duplicate-column`, `unknown-type`, `type-mismatch`,
/// `not-applicable`.
pub fn columns(name: &Spanned<String>, source: &Source, files: &[FileColumns], faults: &mut Faults) -> Option<Typed> {
    match (&source.columns, files.first()) {
        (Some(declared), _) => {
            let mut typed = Some(Typed::new());
            for (written, column) in declared {
                match self::declared(written, column, files, faults) {
                    Some(found) if typed.iter().flatten().any(|(other, _)| other.name == found.0.name) => {
                        let message = format!("`{}` is declared twice", found.0.name);
                        faults.push(twice(&message).at(written.place.clone()));
                    }
                    Some(found) => typed = typed.map(|typed| [typed, vec![found]].concat()),
                    None => typed = None,
                }
            }
            typed
        }
        (None, Some(first)) => of_files(source, first, files, faults),
        (None, None) if faults.is_empty() => {
            faults.push(undeclared(name, source));
            None
        }
        (None, None) => None,
    }
}

fn column(name: String, data_type: DataType, description: Option<String>) -> (Column, Conversion) {
    let conversion = Conversion {
        column: name.clone(),
        from: data_type.clone(),
        to: data_type.clone(),
        format: None,
        max_loss: 0.0,
    };
    (Column { name, data_type, description }, conversion)
}

fn declared(
    written: &Spanned<String>,
    declared: &ColumnDecl,
    files: &[FileColumns],
    faults: &mut Faults,
) -> Option<(Column, Conversion)> {
    let name = written.trim().to_lowercase();
    if let Some(format) = &declared.format {
        let message = "`format` is for texts; a Parquet file has its columns typed";
        faults.push(Error::manifest("not-applicable", message).at(format.place.clone()));
    }
    let wanted: DataType = match declared.data_type.parse::<DataType>() {
        Ok(wanted) => wanted,
        Err(error) => {
            faults.push(error.at(declared.data_type.place.clone()));
            return None;
        }
    };
    let fault = files.iter().find_map(|file| match named(file, &name) {
        Ok(found) => misfit(file, found, &wanted).map(|error| error.at(declared.data_type.place.clone())),
        Err(error) => Some(error.at(written.place.clone())),
    });
    faults.extend(fault);
    Some(column(name, wanted, declared.description.clone()))
}

/// The file's column of that name, in any case.
fn named<'a>(file: &'a FileColumns, name: &str) -> Result<&'a FileColumn, Error> {
    let shown = file.file.display();
    let mut found = file.columns.iter().filter(|column| column.name.to_lowercase() == name);
    match (found.next(), found.next()) {
        (Some(column), None) => Ok(column),
        (Some(_), Some(_)) => Err(twice(&format!("`{shown}` has the column `{name}` twice"))),
        (None, _) => {
            let names: Vec<&str> = file.columns.iter().map(|column| column.name.as_str()).collect();
            let error = Error::manifest("missing-column", format!("`{shown}` has no column `{name}`"))
                .with_expected(format!("one of {}", names.join(", ")));
            Err(match nearest(name, names) {
                Some(near) => error.with_help(format!("did you mean `{near}`?")),
                None => error.with_help("columns bind by the names in the file's schema"),
            })
        }
    }
}

fn misfit(file: &FileColumns, found: &FileColumn, wanted: &DataType) -> Option<Error> {
    if found.data_type.as_ref().is_some_and(|found| reads_as(found, wanted)) {
        return None;
    }
    let message =
        format!("`{}` of `{}` is {}, which does not read as {wanted}", found.name, file.file.display(), found.shown);
    let error = Error::manifest("type-mismatch", message);
    Some(match &found.data_type {
        Some(found) => error.with_help(format!("declare it as {found}, and convert it with `change_schema`")),
        None => error.with_help("leave the column out, or write the file with a type of docs/conversions.md"),
    })
}

/// The first file's columns; the others must have them, too, of types that read as these.
fn of_files(source: &Source, first: &FileColumns, files: &[FileColumns], faults: &mut Faults) -> Option<Typed> {
    let mut wrong = Faults::new();
    let mut typed = Typed::new();
    for found in &first.columns {
        let name = found.name.to_lowercase();
        let Some(data_type) = &found.data_type else {
            let message =
                format!("`{}` of `{}` is {}, which is not read", found.name, first.file.display(), found.shown);
            wrong.push(
                Error::manifest("type-mismatch", message)
                    .with_help("declare `columns`: columns that are not declared are not read"),
            );
            continue;
        };
        wrong.extend(files.iter().find_map(|file| match named(file, &name) {
            Ok(other) => misfit(file, other, data_type),
            Err(error) => Some(error.with_help("declare `columns` that all files have")),
        }));
        typed.push(column(name, data_type.clone(), None));
    }
    if wrong.is_empty() {
        return Some(typed);
    }
    faults.extend(wrong.into_iter().map(|error| error.at(source.path.place.clone())));
    None
}
