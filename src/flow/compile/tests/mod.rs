//! Whole manifests, compiled over made-up headers: flows in words, and refusals as a person would see them.

mod joins;
mod reshape;
mod sql;
mod steps;
mod tables;

use std::path::PathBuf;

use super::*;
use crate::flow::headers::Header;
use crate::manifest::model::Source;
use crate::manifest::{LoadOptions, load};

const HEAD: &str = r#"name: demo
region: us-east-1
storage: { staging: "s3://demo-bucket/staging/", warehouse: "s3://demo-bucket/warehouse/", results: "s3://demo-bucket/results/" }
"#;

/// Headers by the source's path: `data/a.csv` has what stands for it here.
pub struct Fake(Vec<(&'static str, Vec<&'static str>)>);

impl Headers for Fake {
    fn headers(&self, _: &Manifest, source: &Source) -> Result<Vec<Header>> {
        let of = self.0.iter().filter(|(path, _)| *path == source.path.value);
        Ok(of
            .map(|(path, names)| Header {
                file: PathBuf::from(path),
                names: names.iter().map(|n| n.to_string()).collect(),
            })
            .collect())
    }

    fn columns(&self, _: &Manifest, _: &Source) -> Result<Vec<crate::flow::parquet::FileColumns>> {
        Ok(Vec::new())
    }
}

/// Files that the tests' manifests read.
pub fn fake() -> Fake {
    Fake(vec![
        ("tracks.csv", vec!["id", "name", "popularity", "explicit", "album_id", "released"]),
        ("albums.csv", vec!["id", "name", "artists", "artist_0", "artist_1", "Released"]),
        ("odd.csv", vec!["id", "Track Name", "Über"]),
        ("twice.csv", vec!["id", "ID", "x"]),
        ("unnamed.csv", vec!["", "id"]),
        ("many.csv", vec!["id", "x"]),
        ("many.csv", vec!["x", "y"]),
        ("other.csv", vec!["id", "x"]),
    ])
}

pub const SOURCES: &str = "sources:
  tracks: { path: tracks.csv, columns: { id: string, name: string, popularity: int, explicit: boolean, album_id: string, released: date } }
  albums: { path: albums.csv }
";

/// The manifest that these lines make, with queries of these names and texts.
pub fn manifest(lines: &str, queries: &[(&str, &str)]) -> Manifest {
    let folder = tempfile::tempdir().unwrap();
    for (name, sql) in queries {
        std::fs::write(folder.path().join(format!("{name}.sql")), sql).unwrap();
    }
    let path = folder.path().join("pipeline.yaml");
    std::fs::write(&path, format!("{HEAD}{lines}")).unwrap();
    load(&path, &LoadOptions::default()).unwrap_or_else(|error| panic!("{}", shown(&error)))
}

fn compiled(lines: &str) -> Result<Flow> {
    compile(&manifest(lines, &[]), &fake())
}

fn table_of(steps: &str) -> String {
    let steps: String = steps.trim().lines().map(|line| format!("      {}\n", line)).collect();
    format!("{SOURCES}tables:\n  t:\n    steps:\n{steps}")
}

/// All errors: code, file name and position, message, the line with the underline, and what follows.
pub fn shown(error: &Error) -> String {
    let mut out = String::new();
    let name = |place: &crate::error::Place| place.source.path.file_name().unwrap().to_string_lossy().into_owned();
    for error in error.all() {
        out += &format!("{}: {}\n", error.code(), error.message());
        if let Some(place) = error.place() {
            let text = place.source.line(place.line);
            let indent = text.len() - text.trim_start().len();
            out += &format!("  at {}:{}:{}\n", name(place), place.line, place.column);
            out += &format!(
                "  | {}\n  | {}{}\n",
                text.trim(),
                " ".repeat(place.column as usize - 1 - indent),
                "^".repeat(place.width as usize)
            );
        }
        for (label, words) in [("expected", error.expected()), ("help", error.help())] {
            out += &words.map_or(String::new(), |words| format!("  {label}: {words}\n"));
        }
        for note in error.notes() {
            let folder = error
                .place()
                .and_then(|p| p.source.path.parent())
                .map(|p| format!("{}/", p.display()))
                .unwrap_or_default();
            out += &format!("  note: {}\n", note.replace(&folder, ""));
        }
    }
    out
}

fn refused(lines: &str) -> String {
    match compiled(lines) {
        Ok(flow) => panic!("compiles: {flow:?}"),
        Err(error) => shown(&error),
    }
}

fn refused_steps(steps: &str) -> String {
    refused(&table_of(steps))
}

/// The columns after the last step, with their types.
fn columns_after(steps: &str) -> String {
    let flow = compiled(&table_of(steps)).unwrap_or_else(|error| panic!("{}", shown(&error)));
    columns(&flow.tables["t"].steps.last().unwrap().schema)
}

fn columns(schema: &Schema) -> String {
    schema.columns.iter().map(|c| format!("{} {}", c.name, c.data_type)).collect::<Vec<_>>().join(", ")
}
