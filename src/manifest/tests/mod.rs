//! Tests that go through several of this floor's modules: whole manifests in temporary folders.

mod faults;
mod files;
mod flagship;
mod laws;
mod names;
mod places;
mod quicksight;
mod schema;
mod storage;

use std::path::Path;

use super::{LoadOptions, load};
use crate::error::Error;
use crate::manifest::model::Manifest;

/// A small manifest that loads, given a `data/a.csv` beside it.
pub const SMALL: &str = r#"
name: demo
region: us-east-1
storage:
  staging: "s3://${account}-${name}-${env}/staging/"
  warehouse: "s3://${account}-${name}-${env}/warehouse/"
  results: "s3://${account}-${name}-${env}/results/"
sources:
  a: { path: data/a.csv }
tables:
  t:
    steps:
      - source: a
"#;

/// A folder with a manifest, a CSV file and a query in it.
pub fn folder(manifest: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("data")).unwrap();
    std::fs::create_dir_all(folder.path().join("sql")).unwrap();
    std::fs::write(folder.path().join("pipeline.yaml"), manifest).unwrap();
    std::fs::write(folder.path().join("data/a.csv"), "id,x\n1,2\n").unwrap();
    std::fs::write(folder.path().join("sql/top.sql"), "select 1\n").unwrap();
    folder
}

/// Loads a text as a manifest.
pub fn load_text(manifest: &str, options: &LoadOptions) -> Result<Manifest, Error> {
    let folder = folder(manifest);
    load(&folder.path().join("pipeline.yaml"), options)
}

/// [`SMALL`] with further lines.
pub fn small_and(lines: &str) -> String {
    format!("{SMALL}{lines}")
}

/// All errors as a person would see them, less the folder: code, place, message, the line with the underline, and what follows.
pub fn shown(error: &Error, folder: &Path) -> String {
    let prefix = format!("{}/", folder.display());
    let mut out = String::new();
    for error in error.all() {
        let mut lines = vec![format!("{}: {}", error.code(), error.message())];
        if let Some(place) = error.place() {
            lines.push(format!("  at {place}"));
            lines.push(format!("  | {}", place.source.line(place.line)));
            let underline = "^".repeat(place.width as usize);
            lines.push(format!("  | {}{underline}", " ".repeat(place.column as usize - 1)));
        }
        lines.extend(error.expected().map(|expected| format!("  expected: {expected}")));
        lines.extend(error.notes().iter().map(|note| format!("  note: {note}")));
        lines.extend(error.help().map(|help| format!("  help: {help}")));
        out += &lines.join("\n").replace(&prefix, "");
        out.push('\n');
    }
    out.replace(&folder.display().to_string(), "FOLDER")
}
/// What loading a text says of it; panics when it loads.
pub fn faults(manifest: &str) -> String {
    faults_with(manifest, &LoadOptions::default())
}

/// [`faults`] under options.
pub fn faults_with(manifest: &str, options: &LoadOptions) -> String {
    let folder = folder(manifest);
    match load(&folder.path().join("pipeline.yaml"), options) {
        Ok(_) => panic!("the manifest loads:\n{manifest}"),
        Err(error) => shown(&error, folder.path()),
    }
}
