//! Errors of the whole house.
//!
//! The rules:
//!
//! 1. An error says **what** is wrong, **where** (a [`Place`] in a file, or the AWS call), what was **expected**, and
//!    what to try **next** ([`Error::help`]). Whoever knows one of these attaches it; nobody invents one.
//! 2. The message is a lower-case fragment without a final stop, so that it can stand behind a prefix.
//! 3. Names that a person wrote stand in back quotes.
//! 4. Every error carries a stable, kebab-case code (`unknown-key`, `cast-loss`): tests and the troubleshooting page
//!    key on it, the words may change.
//! 5. Several independent faults of one manifest are reported together ([`Error::many`]), in the order of the file.
//! 6. Bad input never panics. [`Kind::Bug`] is for a broken promise of our own, and says so.
//! 7. Only `report` prints an error; everybody else returns it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// The result of everything that can fail in the library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure this is; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The command line was wrong.
    Usage,
    /// The manifest, or a file it names, was refused. Nothing has happened.
    Manifest,
    /// The data did not meet what the manifest says of it (a cast loss, a failed check, a ragged row).
    Data,
    /// AWS refused or failed a call.
    Aws,
    /// Somebody else holds what we need (a lock, a stranger's resource, a plan that live AWS has left behind).
    Conflict,
    /// The user interrupted.
    Interrupted,
    /// The machine below us failed: files, sockets, processes.
    Io,
    /// A promise of our own was broken.
    Bug,
}

impl Kind {
    /// The process exit code for an error of this kind: 64 for wrong usage, 130 for an interrupt, else 1.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Usage => 64,
            Kind::Interrupted => 130,
            _ => 1,
        }
    }
}

/// A text file that a person wrote, kept whole so that any error can show the line it speaks of.
#[derive(Debug)]
pub struct SourceText {
    /// The path as the user knows it (relative to where they stand, or as given).
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
    /// Where its lines begin, once somebody asked: a wide manifest is asked for tens of thousands.
    starts: OnceLock<Vec<usize>>,
}

impl SourceText {
    /// A text with its path.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), text: text.into(), starts: OnceLock::new() })
    }

    /// Line `line` (from 1), without its line end; empty when there is no such line.
    pub fn line(&self, line: u32) -> &str {
        let starts = self.starts.get_or_init(|| {
            let behind = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(behind).collect()
        });
        let start = starts.get(line.saturating_sub(1) as usize);
        start.and_then(|start| self.text.get(*start..)?.lines().next()).unwrap_or("")
    }
}

impl PartialEq for SourceText {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, &self.text) == (&other.path, &other.text)
    }
}

impl Eq for SourceText {}

impl Hash for SourceText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.path, &self.text).hash(state);
    }
}

/// Where something stands: a file, a line and a column (both from 1, columns in characters), and a width in characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file.
    pub source: Arc<SourceText>,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// How many characters to underline; at least 1.
    pub width: u32,
}

impl Place {
    /// The place `offset` characters into this one on the same line, `width` wide: used for positions inside an
    /// expression that stands in a manifest scalar.
    pub fn within(&self, offset: u32, width: u32) -> Place {
        Place { column: self.column + offset, width: width.max(1), ..self.clone() }
    }
}

/// Puts errors in the order in which their places stand in one file; those without a place come first.
pub fn sort_by_place(errors: &mut [Error]) {
    errors.sort_by_key(|error| error.place().map_or((0, 0), |place| (place.line, place.column)));
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source.path.display(), self.line, self.column)
    }
}

/// The AWS call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsCall {
    /// The service and operation, as in `glue:CreateJob`.
    pub operation: String,
    /// AWS's error code (`InvalidInputException`), where the answer had one.
    pub code: Option<String>,
    /// AWS's request id, for a support case.
    pub request_id: Option<String>,
}

/// An error: what, where, expected, next.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    code: &'static str,
    message: String,
    place: Option<Place>,
    call: Option<AwsCall>,
    expected: Option<String>,
    help: Option<String>,
    notes: Vec<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
    others: Vec<Error>,
}

impl Error {
    /// An error of `kind` with a stable `code` and a lower-case message.
    pub fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            code,
            message: message.into(),
            place: None,
            call: None,
            expected: None,
            help: None,
            notes: Vec::new(),
            source: None,
            others: Vec::new(),
        }))
    }

    /// The manifest, or a file it names, is refused.
    pub fn manifest(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Manifest, code, message)
    }

    /// The data broke a promise of the manifest.
    pub fn data(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Data, code, message)
    }

    /// The command line is wrong.
    pub fn usage(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, code, message)
    }

    /// A promise of our own was broken; never the user's fault.
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(Kind::Bug, "bug", message)
            .with_help("this is a fault of pipectl itself; please report it with the command you ran")
    }

    /// A file operation failed: `doing` is a fragment such as "read" or "create", `path` the file.
    pub fn io(doing: &str, path: &Path, source: std::io::Error) -> Self {
        Self::new(Kind::Io, "io", format!("cannot {doing} `{}`: {source}", path.display())).with_source(source)
    }

    /// Several independent errors as one; a single one is returned as it is.
    ///
    /// Panics never: an empty list is a [`Kind::Bug`].
    pub fn many(mut errors: Vec<Error>) -> Self {
        if errors.is_empty() {
            return Self::bug("an empty list of errors");
        }
        let mut first = errors.remove(0);
        first.0.others.extend(errors);
        first
    }

    /// `Ok(value)` when `errors` is empty, else all of them as one error.
    pub fn check<T>(errors: Vec<Error>, value: T) -> Result<T> {
        if errors.is_empty() { Ok(value) } else { Err(Self::many(errors)) }
    }

    /// Attaches a place, unless one is already known (the innermost knows best).
    pub fn at(mut self, place: impl Into<Option<Place>>) -> Self {
        if self.0.place.is_none() {
            self.0.place = place.into();
        }
        self
    }

    /// Attaches what was expected instead.
    pub fn with_expected(mut self, expected: impl Into<String>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// Attaches the next thing to try.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Adds a further fact.
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.0.notes.push(note.into());
        self
    }

    /// Attaches the AWS call.
    pub fn with_call(mut self, call: AwsCall) -> Self {
        self.0.call = Some(call);
        self
    }

    /// Attaches the underlying error.
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }

    /// The sort of failure.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The message alone.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it stands, when known.
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The AWS call, when it was one.
    pub fn call(&self) -> Option<&AwsCall> {
        self.0.call.as_ref()
    }

    /// What was expected.
    pub fn expected(&self) -> Option<&str> {
        self.0.expected.as_deref()
    }

    /// What to try next.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// Further facts.
    pub fn notes(&self) -> &[String] {
        &self.0.notes
    }

    /// This error and those reported with it, in order.
    pub fn all(&self) -> impl Iterator<Item = &Error> {
        std::iter::once(self).chain(self.0.others.iter())
    }

    /// Takes a list of errors apart again, so that it can be merged with others.
    pub fn into_all(mut self) -> Vec<Error> {
        let others = std::mem::take(&mut self.0.others);
        std::iter::once(self).chain(others).collect()
    }

    /// AWS's own error code, when an AWS call failed with one.
    pub fn aws_code(&self) -> Option<&str> {
        self.0.call.as_ref().and_then(|call| call.code.as_deref())
    }
}

impl fmt::Display for Error {
    /// One line: place, message. The full block with the line shown is the business of `report`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.0.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|e| e as _)
    }
}

/// The candidate nearest to `given`, when one is near enough to be meant: for "did you mean".
pub fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let short = |text: &str| text.chars().count() < 3;
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(&given.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(distance, c)| {
            let begins = !short(c) && !short(given) && (c.starts_with(given) || given.starts_with(c));
            begins || *distance <= (c.chars().count().max(given.chars().count()) / 3).max(1)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, c)| c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_number() {
        let source = SourceText::new("x", "one\r\n\nthree\n");
        let lines: Vec<&str> = (1..=5).map(|line| source.line(line)).collect();
        assert_eq!(lines, ["one", "", "three", "", ""]);
        assert_eq!(SourceText::new("x", "").line(1), "");
    }

    #[test]
    fn the_innermost_place_wins() {
        let text = SourceText::new("pipeline.yaml", "name: x\njob: y\n");
        let inner = Place { source: text.clone(), line: 2, column: 6, width: 1 };
        let outer = Place { source: text, line: 1, column: 1, width: 1 };
        let error = Error::manifest("wrong-type", "expected a map").at(inner.clone()).at(outer);
        assert_eq!(error.place(), Some(&inner));
        assert_eq!(error.to_string(), "pipeline.yaml:2:6: expected a map");
    }

    #[test]
    fn suggestions_are_near_or_absent() {
        assert_eq!(nearest("wokers", ["workers", "timeout"]), Some("workers"));
        assert_eq!(nearest("zzz", ["workers", "timeout"]), None);
        assert_eq!(nearest("warning", ["error", "warn"]), Some("warn"));
    }

    #[test]
    fn many_keeps_order_and_comes_apart() {
        let error = Error::many(vec![Error::manifest("a", "one"), Error::manifest("b", "two")]);
        assert_eq!(error.all().map(Error::code).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(error.into_all().len(), 2);
    }
}
