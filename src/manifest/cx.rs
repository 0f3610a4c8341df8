//! What a reading carries along: the faults found so far, and the few facts that readers need beside the tree.

use std::path::{Path, PathBuf};

use super::model::Environment;
use crate::error::{Error, Place};

/// Collects faults, so that one run reports all of a manifest's.
#[derive(Debug)]
pub struct Cx {
    errors: Vec<Error>,
    broken: Vec<Place>,
    /// The manifest's path, as the user knows it.
    pub path: PathBuf,
    /// The folder that relative paths start from; `.` when the path names none.
    pub folder: PathBuf,
    /// The chosen environment, as far as it is known.
    pub environment: Environment,
}

impl Cx {
    /// A reading of the manifest at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let folder = match path.parent() {
            Some(parent) if parent != Path::new("") => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let environment =
            Environment { name: "default".into(), declared: false, count: 0, account: None, profile: None };
        Self { errors: Vec::new(), broken: Vec::new(), path, folder, environment }
    }

    /// Reports a fault (or several in one) and goes on.
    pub fn fault(&mut self, error: Error) {
        let news = |error: &Error| error.place().is_none_or(|place| !self.broken.contains(place));
        self.errors.extend(error.into_all().into_iter().filter(news));
    }

    /// What stands here was refused as a whole: what follows from it is not worth a further error.
    pub fn broken(&mut self, place: Option<Place>) {
        self.broken.extend(place);
    }

    /// Unwraps a result, reporting its error.
    pub fn ok<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.fault(error)).ok()
    }

    /// How many faults were found so far.
    pub fn count(&self) -> usize {
        self.errors.len()
    }

    /// The faults in the order of the file, those without a place first. One place is blamed once for one thing.
    pub fn into_errors(self) -> Vec<Error> {
        let mut errors = self.errors;
        errors.sort_by_key(|error| error.place().map(|place| (place.line, place.column)));
        errors.dedup_by(|a, b| a.place().is_some() && a.place() == b.place() && a.message() == b.message());
        errors
    }
}
