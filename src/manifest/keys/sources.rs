//! `sources`: raw inputs.

use super::columns::column;
use crate::error::{Error, Result};
use crate::manifest::cx::Cx;
use crate::manifest::model::{Format, Malformed, Source};
use crate::manifest::read::{Reader, boolean, choice, map_of_columns, record, text_of};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;
use crate::manifest::{files, paths};

const FORMATS: &[(&str, Format)] = &[("csv", Format::Csv), ("json", Format::Json), ("parquet", Format::Parquet)];
const MALFORMED: &[(&str, Malformed)] =
    &[("fail", Malformed::Fail), ("drop", Malformed::Drop), ("null", Malformed::Null)];

/// A raw input.
pub fn source() -> impl Reader<Out = Source> {
    record("a source", |m| {
        let description = m.optional("description", "What one row is.", text_of(&rules::DESCRIPTION));
        let path = m.required(
            "path",
            "A file, glob or folder relative to the manifest and inside its folder; or an s3:// URI, read in place.",
            text_of(&rules::NOT_EMPTY).spanned().try_map(checked_path),
        );
        let format = m.optional(
            "format",
            "The files' format; by default what the path's extension says. CSV has a header line, JSON one object a line; \
             either may be packed as .gz.",
            choice(FORMATS),
        );
        let multiline =
            m.or("multiline", "CSV alone: true when quoted fields hold newlines.", boolean().spanned(), "false");
        let malformed = m.or(
            "malformed",
            "CSV and JSON: what happens to a row of the wrong width, or a line that is no JSON object: the run fails, the row \
             is dropped, or it stays with NULL in every column. Dropped and nulled rows are counted.",
            choice(MALFORMED).spanned(),
            "fail",
        );
        let columns = m.optional(
            "columns",
            "The columns to read, by name, with their types. Absent: the CSV header's, all string, or those of the \
             Parquet files as they are.",
            map_of_columns(column()).not_empty(),
        );
        let path = path?;
        let format = format?.or_else(|| match by_extension(&path) {
            Ok(format) => Some(format),
            Err(error) => {
                m.fault(error);
                None
            }
        });
        let (format, multiline, malformed) = (format?, multiline?, malformed?);
        if multiline.value && format != Format::Csv {
            m.fault(not_applicable("multiline", "is for CSV").at(multiline.place.clone()));
        }
        if !malformed.fails() && format == Format::Parquet {
            m.fault(
                not_applicable("malformed", "is for CSV and JSON: a Parquet file has no rows of another shape")
                    .at(malformed.place.clone()),
            );
        }
        Some(Source {
            description: description?,
            path,
            format,
            multiline: multiline.value,
            malformed: malformed.value,
            columns: columns?,
        })
    })
}

fn checked_path(path: Spanned<String>, cx: &Cx) -> Result<Spanned<String>> {
    if path.starts_with("s3://") {
        return match (rules::S3_URI.check)(&path) {
            Ok(()) => Ok(path),
            Err(why) => Err(Error::manifest("invalid-s3-uri", format!("`{}` is not a place in S3: {why}", path.value))),
        };
    }
    paths::within(&cx.folder, &path).map(|_| path)
}

fn not_applicable(key: &str, why: &str) -> Error {
    Error::manifest("not-applicable", format!("`{key}` {why}")).with_help("leave it out")
}

fn by_extension(path: &Spanned<String>) -> Result<Format> {
    files::format_of(path).ok_or_else(|| {
        Error::manifest("missing-key", format!("the format of `{}` does not show in its name", path.value))
            .with_expected("a name that ends in .csv, .json, .jsonl, .ndjson or .parquet; or .csv.gz and so on")
            .with_help("add `format: csv`, `format: json` or `format: parquet`")
            .at(path.place.clone())
    })
}
