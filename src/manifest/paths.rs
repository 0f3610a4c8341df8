//! Paths that a manifest names: relative to its folder, and never out of it.

use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::spanned::Spanned;
use crate::error::{Error, Result, SourceText, nearest};

/// The path below `folder` that `text` names, as the user would type it. It need not exist, but neither `..`, an
/// absolute path nor a symbolic link may lead out of the folder.
pub fn within(folder: &Path, text: &Spanned<String>) -> Result<PathBuf> {
    let refuse = |why: &str| {
        Error::manifest("path-outside", format!("`{}` {why}", text.value))
            .at(text.place.clone())
            .with_expected("a path relative to the manifest's folder, and inside it")
    };
    let path = Path::new(&text.value);
    if text.trim().is_empty() {
        return Err(refuse("is not a path"));
    }
    if path.is_absolute() {
        return Err(refuse("is an absolute path").with_help("put the file below the manifest, and name it from there"));
    }
    if path.components().any(|part| matches!(part, Component::ParentDir)) {
        return Err(
            refuse("leaves the manifest's folder").with_help("`..` is not allowed; move the file, or the manifest")
        );
    }
    let joined = below(folder, path);
    if let (Ok(real), Ok(home)) = (existing_part(&joined).canonicalize(), folder.canonicalize())
        && !real.starts_with(&home)
    {
        return Err(refuse("leaves the manifest's folder through a symbolic link")
            .with_note(format!("it leads to `{}`", real.display())));
    }
    Ok(joined)
}

/// Reads a text file below `folder`.
pub fn read_text(folder: &Path, text: &Spanned<String>) -> Result<Arc<SourceText>> {
    let path = within(folder, text)?;
    if !path.is_file() {
        return Err(missing(folder, text));
    }
    let bytes = read_bytes(&path).map_err(|error| error.at(text.place.clone()))?;
    decode(&path, bytes)
}

/// The largest text file that is read: no manifest or query comes near.
const MAX_BYTES: u64 = 4 << 20;

/// A file's bytes, within bounds.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| Error::io("read", path, error))?;
    if bytes.len() as u64 <= MAX_BYTES {
        return Ok(bytes);
    }
    Err(Error::manifest("too-large", format!("`{}` has more than {MAX_BYTES} bytes", path.display()))
        .with_help("is it the file you meant?"))
}

/// UTF-8 text without its byte order mark; the error stands at the first byte that is none.
pub fn decode(path: &Path, bytes: Vec<u8>) -> Result<Arc<SourceText>> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceText::new(path, text.strip_prefix('\u{feff}').map(str::to_string).unwrap_or(text))),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let utf16 = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
            let source = SourceText::new(path, String::from_utf8_lossy(error.as_bytes()));
            let before = std::str::from_utf8(&error.as_bytes()[..valid]).unwrap_or("");
            let line = before.matches('\n').count() as u32 + 1;
            let column = before.rsplit('\n').next().unwrap_or("").chars().count() as u32 + 1;
            let encoding =
                if utf16 { "it looks like UTF-16" } else { "another encoding, such as Latin-1, reads differently" };
            Err(Error::manifest("not-utf-8", "the file is not UTF-8 text")
                .at(crate::error::Place { source, line, column, width: 1 })
                .with_help(format!("save it as UTF-8; {encoding}")))
        }
    }
}

/// The error for a file that is not there, with the nearest name that is.
pub fn missing(folder: &Path, text: &Spanned<String>) -> Error {
    let path = below(folder, Path::new(&text.value));
    let (what, code) =
        if path.is_dir() { ("is a folder, not a file", "not-a-file") } else { ("does not exist", "missing-file") };
    let error = Error::manifest(code, format!("`{}` {what}", text.value)).at(text.place.clone());
    let Some(parent) = path.parent() else { return error };
    let names = names_in(parent);
    let given = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match nearest(&given, names.iter().map(String::as_str)) {
        _ if path.is_dir() => error,
        Some(name) => {
            error.with_help(format!("did you mean `{}`?", Path::new(&text.value).with_file_name(name).display()))
        }
        None if !parent.as_os_str().is_empty() && !parent.exists() => {
            error.with_help(format!("the folder `{}` does not exist either", parent.display()))
        }
        None => error.with_help(format!("paths start from the manifest's folder, `{}`", folder.display())),
    }
}

/// `folder/path`, or `path` alone when the folder is where the user stands.
pub(super) fn below(folder: &Path, path: &Path) -> PathBuf {
    let path: PathBuf = path.components().filter(|part| !matches!(part, Component::CurDir)).collect();
    if folder == Path::new(".") { path } else { folder.join(path) }
}

/// Names in a folder, sorted; none when it cannot be read.
fn names_in(folder: &Path) -> Vec<String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// The longest beginning of a path that exists.
fn existing_part(path: &Path) -> &Path {
    path.ancestors().find(|part| part.symlink_metadata().is_ok()).unwrap_or(Path::new("."))
}
