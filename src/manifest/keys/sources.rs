//! `sources`: raw inputs.

use std::path::Path;

use super::columns::column;
use crate::error::{Error, Result};
use crate::manifest::cx::Cx;
use crate::manifest::model::{Format, Malformed, Source};
use crate::manifest::paths;
use crate::manifest::read::{Reader, boolean, choice, map_of_columns, record, text_of};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

const FORMATS: &[(&str, Format)] = &[("csv", Format::Csv)];
const LATER: &[&str] = &["json", "parquet"];
const MALFORMED: &[(&str, Malformed)] = &[("fail", Malformed::Fail)];

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
            "The files' format; by default what the path's extension says.",
            choice(FORMATS).not_yet(LATER),
        );
        let multiline = m.or("multiline", "True when quoted fields hold newlines.", boolean(), "false");
        let malformed = m.or(
            "malformed",
            "What happens to a row of the wrong width: the run fails.",
            choice(MALFORMED).not_yet(&["drop", "null"]),
            "fail",
        );
        let columns = m.optional(
            "columns",
            "The columns to read, by header name, with their types. Absent: the header's, all string.",
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
        Some(Source {
            description: description?,
            path,
            format: format?,
            multiline: multiline?,
            malformed: malformed?,
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

fn by_extension(path: &Spanned<String>) -> Result<Format> {
    let extension = Path::new(path.as_str()).extension().and_then(|e| e.to_str()).unwrap_or("").to_lowercase();
    let error = match extension.as_str() {
        "csv" => return Ok(Format::Csv),
        "json" | "jsonl" | "ndjson" | "parquet" => {
            Error::manifest("not-supported", format!("sources in the format of `{}` are not supported yet", path.value))
                .with_expected("`csv`")
        }
        _ => Error::manifest("missing-key", format!("the format of `{}` does not show in its name", path.value))
            .with_help("add `format: csv`"),
    };
    Err(error.at(path.place.clone()))
}
