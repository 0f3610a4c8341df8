//! Faults that rows cause while they flow, and the way back from DataFusion's errors to ours.

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;

use crate::error::{Error, Kind};

/// A fault found inside a running plan. Unlike [`Error`] it can be copied, because DataFusion hands one error to several
/// consumers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// The sort of failure.
    pub kind: Kind,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What was expected.
    pub expected: Option<String>,
    /// What to try next.
    pub help: Option<String>,
}

impl Fault {
    /// The data broke a promise of the manifest.
    pub fn data(code: &'static str, message: impl Into<String>) -> Self {
        Fault { kind: Kind::Data, code, message: message.into(), expected: None, help: None }
    }

    /// A file could not be read or written.
    pub fn io(doing: &str, path: &str, error: &std::io::Error) -> Self {
        Fault { kind: Kind::Io, ..Fault::data("io", format!("cannot {doing} `{path}`: {error}")) }
    }

    /// Attaches what was expected.
    pub fn with_expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Attaches the next thing to try.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<Fault> for DataFusionError {
    fn from(fault: Fault) -> Self {
        DataFusionError::External(Box::new(fault))
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let mut error = Error::new(fault.kind, fault.code, fault.message);
        if let Some(expected) = fault.expected {
            error = error.with_expected(expected);
        }
        if let Some(help) = fault.help {
            error = error.with_help(help);
        }
        error
    }
}

/// Our error for one of DataFusion's: the [`Fault`] inside when there is one, else what can be said of the rest.
pub fn error(of: DataFusionError) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&of);
    while let Some(at) = cause {
        if let Some(fault) = at.downcast_ref::<Fault>() {
            return fault.clone().into();
        }
        if let Some(DataFusionError::ResourcesExhausted(text)) = at.downcast_ref() {
            return Error::new(
                Kind::Io,
                "out-of-memory",
                format!("the run needs more memory than this machine has free: {text}"),
            )
            .with_help("run it where there is more memory, or on Glue");
        }
        if let Some(DataFusionError::IoError(io)) = at.downcast_ref() {
            return Error::new(Kind::Io, "io", format!("the embedded engine could not use its files: {io}"));
        }
        if let Some(ArrowError::ArithmeticOverflow(text)) = at.downcast_ref() {
            return Error::data("overflow", format!("a number is out of range: {text}"));
        }
        cause = at.source();
    }
    Error::bug(format!("the embedded engine failed: {of}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_fault_is_found_under_any_wrapping() {
        let fault = Fault::data("ragged-row", "record 3 is short").with_help("look");
        let wrapped = DataFusionError::Shared(Arc::new(DataFusionError::from(fault).context("reading")));
        let error = error(wrapped);
        assert_eq!((error.code(), error.message(), error.help()), ("ragged-row", "record 3 is short", Some("look")));
    }

    #[test]
    fn what_is_not_a_fault_is_a_bug() {
        assert_eq!(error(DataFusionError::Internal("x".into())).kind(), Kind::Bug);
    }
}
