//! What a source's path stands for.

use std::path::Path;

use super::shown;
use crate::error::Error;
use crate::manifest::files::{LocalFile, expand_in, format_of};
use crate::manifest::model::Format;
use crate::manifest::spanned::Spanned;

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "a\n1\n").unwrap();
    }
    folder
}

fn expand(folder: &Path, path: &str) -> Result<Vec<LocalFile>, Error> {
    expand_in(folder, &Spanned::unplaced(path.to_string()), Format::Csv)
}

fn found(folder: &Path, path: &str) -> Vec<String> {
    let files = expand(folder, path).unwrap_or_else(|error| panic!("{path}: {}", shown(&error, folder)));
    for file in &files {
        assert_eq!(file.path.file_name().unwrap().to_str(), Some(file.name.as_str()));
    }
    files.iter().map(|file| file.path.strip_prefix(folder).unwrap().display().to_string()).collect()
}

const FILES: &[&str] = &[
    "data/b.csv",
    "data/a.csv",
    "data/C.CSV",
    "data/notes.txt",
    "data/_x.csv",
    "data/.y.csv",
    "data/in/d.csv",
    "e.csv",
];

#[test]
fn a_file_is_itself() {
    let folder = folder(FILES);
    assert_eq!(found(folder.path(), "data/a.csv"), ["data/a.csv"]);
    assert_eq!(found(folder.path(), "./data/notes.txt"), ["data/notes.txt"]);
}

#[test]
fn a_folder_is_the_visible_csv_files_in_it() {
    let folder = folder(FILES);
    for path in ["data", "data/", "./data"] {
        assert_eq!(found(folder.path(), path), ["data/C.CSV", "data/a.csv", "data/b.csv"], "{path}");
    }
}

#[test]
fn names_say_the_format() {
    for (name, format) in [
        ("a.csv", Some(Format::Csv)),
        ("in.x/A.CSV.GZ", Some(Format::Csv)),
        ("a.json", Some(Format::Json)),
        ("a.jsonl.gz", Some(Format::Json)),
        ("a.ndjson", Some(Format::Json)),
        ("part-0.snappy.parquet", Some(Format::Parquet)),
        ("a.parquet.gz", None),
        ("a.csv.bz2", None),
        ("a.gz", None),
        ("csv", None),
    ] {
        assert_eq!(format_of(name), format, "{name}");
    }
}

#[test]
fn globs_match_from_the_folder() {
    let folder = folder(FILES);
    assert_eq!(found(folder.path(), "data/*.csv"), ["data/a.csv", "data/b.csv"]);
    assert_eq!(found(folder.path(), "data/**/*.csv"), ["data/a.csv", "data/b.csv", "data/in/d.csv"]);
    assert_eq!(found(folder.path(), "*.csv"), ["e.csv"]);
    assert_eq!(found(folder.path(), "./*/[ab].csv"), ["data/a.csv", "data/b.csv"]);
    assert_eq!(found(folder.path(), "d*/*/*"), ["data/in/d.csv"]);
    assert_eq!(found(folder.path(), "data/{a,notes}.*"), ["data/a.csv", "data/notes.txt"]);
}

#[test]
fn a_place_in_s3_has_no_local_files() {
    assert_eq!(expand(Path::new("/nowhere"), "s3://bucket/x/").unwrap(), []);
}

#[test]
fn what_stands_for_nothing_is_an_error() {
    let folder = folder(&["data/a.csv", "one/x.csv", "two/x.csv", "text/y.txt"]);
    let paths =
        ["data/b.csv", "dat", "nowhere/a.csv", "text", "data/*.json", "*/x.csv", "data/[", "../a.csv", "/etc/*.csv"];
    let errors =
        paths.map(|path| format!("{path}\n{}", shown(&expand(folder.path(), path).unwrap_err(), folder.path())));
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(errors.join("\n")) });
}

#[cfg(unix)]
#[test]
fn links_may_stay_but_not_leave() {
    let folder = folder(&["data/a.csv"]);
    let elsewhere = self::folder(&["b.csv"]);
    std::os::unix::fs::symlink(folder.path().join("data/a.csv"), folder.path().join("data/near.csv")).unwrap();
    assert_eq!(found(folder.path(), "data"), ["data/a.csv", "data/near.csv"]);
    std::os::unix::fs::symlink(elsewhere.path().join("b.csv"), folder.path().join("data/far.csv")).unwrap();
    for path in ["data", "data/*.csv", "data/far.csv"] {
        assert_eq!(expand(folder.path(), path).unwrap_err().code(), "path-outside", "{path}");
    }
}
