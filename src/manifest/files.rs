//! What a source's path stands for on this machine: a file, the files that a glob matches, the files of a folder.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use walkdir::WalkDir;

use super::model::{Format, Manifest, Source};
use super::paths;
use super::spanned::Spanned;
use crate::error::{Error, Result};

/// One local file of a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalFile {
    /// Its path as the user would type it.
    pub path: PathBuf,
    /// Its name in the source's staging folder: the file's own name, distinct within the source.
    pub name: String,
}

/// The local files of a source, sorted by path; never empty. A source read in place from `s3://` has none.
///
/// A folder stands for the files directly in it whose extension is the format's; a glob (`*` stays within a folder, `**` does not)
/// for the files it matches. Hidden files (`.x`, `_x`, which Athena and Spark do not read either) are left out.
pub fn expand(manifest: &Manifest, source: &Source) -> Result<Vec<LocalFile>> {
    expand_in(&manifest.folder, &source.path, source.format)
}

/// As [`expand`], from a folder.
pub fn expand_in(folder: &Path, path: &Spanned<String>, format: Format) -> Result<Vec<LocalFile>> {
    if path.starts_with("s3://") {
        return Ok(Vec::new());
    }
    let text = Spanned { value: literal_part(path).to_string(), ..path.clone() };
    let is_glob = text.value.len() != path.value.len();
    let start = if text.is_empty() { paths::below(folder, Path::new("")) } else { paths::within(folder, &text)? };
    let files = if is_glob {
        matching(folder, path, &start)?
    } else if start.is_dir() {
        walk(&start, 1).into_iter().filter(|file| format_of(&file.to_string_lossy()) == Some(format)).collect()
    } else if start.is_file() {
        vec![start.clone()]
    } else {
        return Err(paths::missing(folder, path));
    };
    if files.is_empty() {
        let what =
            if is_glob { "matches no file".to_string() } else { format!("holds no .{} file", usual_extension(format)) };
        return Err(Error::manifest("no-files", format!("`{}` {what}", path.value))
            .at(path.place.clone())
            .with_help("a folder stands for the files directly in it; `**` in a glob goes into folders"));
    }
    named(files, folder, path)
}

/// Gives each file its name, and refuses two of one name and links out of the folder.
fn named(mut files: Vec<PathBuf>, folder: &Path, path: &Spanned<String>) -> Result<Vec<LocalFile>> {
    files.sort();
    let mut named: Vec<LocalFile> = Vec::with_capacity(files.len());
    let mut seen = std::collections::HashMap::new();
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str()).map(str::to_string).ok_or_else(|| {
            Error::manifest("not-utf-8", format!("the file name `{}` is not UTF-8", file.display()))
                .at(path.place.clone())
        })?;
        if let Some(other) = seen.insert(name.clone(), file.clone()) {
            return Err(Error::manifest(
                "same-file-name",
                format!("`{}` and `{}` have one name", other.display(), file.display()),
            )
            .at(path.place.clone())
            .with_help("a source's files share one folder in S3; rename one of them"));
        }
        let relative = if folder == Path::new(".") { &file } else { file.strip_prefix(folder).unwrap_or(&file) };
        paths::within(folder, &path.with(relative.to_string_lossy().into_owned()))?;
        named.push(LocalFile { path: file, name });
    }
    Ok(named)
}

/// Files below the glob's literal part that the glob matches.
fn matching(folder: &Path, path: &Spanned<String>, start: &Path) -> Result<Vec<PathBuf>> {
    let pattern = path.value.trim_start_matches("./");
    let glob = GlobBuilder::new(pattern).literal_separator(true).build().map_err(|error| {
        Error::manifest("invalid-glob", format!("`{}` is not a glob: {}", path.value, error.kind()))
            .at(path.place.clone())
    })?;
    let matcher = glob.compile_matcher();
    let depth = if pattern.contains("**") { usize::MAX } else { pattern.matches('/').count() + 1 };
    let start = if start.as_os_str().is_empty() { Path::new(".") } else { start };
    let files = walk(start, depth).into_iter().filter(|file| {
        let file = file.strip_prefix(folder).unwrap_or(file);
        matcher.is_match(file)
    });
    let tidy = |file: PathBuf| file.strip_prefix(".").map(Path::to_path_buf).unwrap_or(file);
    Ok(files.map(tidy).collect())
}

/// Visible files below a folder.
fn walk(start: &Path, depth: usize) -> Vec<PathBuf> {
    let visible =
        |entry: &walkdir::DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with(['.', '_']);
    let entries = WalkDir::new(start).follow_links(true).max_depth(depth).into_iter().filter_entry(visible).flatten();
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}

/// The folders before the first part that holds a glob; the whole path when none does.
fn literal_part(path: &str) -> &str {
    match path.find(['*', '?', '[', '{']) {
        None => path,
        Some(at) => path[..at].rfind('/').map_or("", |slash| &path[..slash]),
    }
}

/// Which extension says which format; each format's usual one first.
const EXTENSIONS: [(Format, &str); 5] = [
    (Format::Csv, "csv"),
    (Format::Json, "json"),
    (Format::Json, "jsonl"),
    (Format::Json, "ndjson"),
    (Format::Parquet, "parquet"),
];

/// The format that a file's name says, in any case; text may be packed as `.gz`.
pub fn format_of(name: &str) -> Option<Format> {
    let extension = |name: &str| Path::new(name).extension().map(|e| e.to_string_lossy().to_lowercase());
    let packed = extension(name).is_some_and(|extension| extension == "gz");
    let plain = if packed { &name[..name.len() - 3] } else { name };
    let found = extension(plain)?;
    let format = EXTENSIONS.iter().find(|(_, extension)| *extension == found).map(|(format, _)| *format)?;
    (!packed || format != Format::Parquet).then_some(format)
}

fn usual_extension(format: Format) -> &'static str {
    EXTENSIONS.iter().find(|(of, _)| *of == format).map_or("", |(_, extension)| extension)
}
