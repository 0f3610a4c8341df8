//! Why a query fails, in Athena's words: `COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved ...`.

use std::fmt;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use sqlparser::tokenizer::{Location, Span};

/// A query's failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Trino's error name: `COLUMN_NOT_FOUND`, `DIVISION_BY_ZERO`.
    pub name: &'static str,
    /// Line and column in the query's text, from 1.
    pub place: Option<(u64, u64)>,
    /// What is wrong.
    pub message: String,
}

/// A step of a query's analysis or execution.
pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A failure without a place.
    pub fn new(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, place: None, message: message.into() }
    }

    /// What Athena can and the local cloud cannot.
    pub fn athena_only(what: impl fmt::Display) -> Self {
        Self::new("NOT_SUPPORTED", format!("{what} runs on Athena only; the local cloud does not translate it"))
    }

    /// Operands or arguments of the wrong type.
    pub fn type_mismatch(message: impl Into<String>) -> Self {
        Self::new("TYPE_MISMATCH", message)
    }

    /// Without a place for good: a failure of a value, which Trino finds when the query runs. [`Failure::told`] takes the mark
    /// off again.
    pub fn unplaced(self) -> Self {
        Self { place: Some((0, 0)), ..self }
    }

    /// The failure as it is told: without the mark of [`Failure::unplaced`].
    pub fn told(self) -> Self {
        Self { place: self.place.filter(|(line, _)| *line > 0), ..self }
    }

    /// A call or an operator that several forms fit, because an argument is a bare NULL.
    pub fn ambiguous() -> Self {
        let message = "Could not choose a best candidate operator. Explicit type casts must be added.";
        Self::new("AMBIGUOUS_FUNCTION_CALL", message)
    }

    /// Attaches a place, unless one is known (the innermost knows best).
    pub fn at(mut self, span: Span) -> Self {
        if self.place.is_none() && span != Span::empty() {
            self.place = Some((span.start.line, span.start.column));
        }
        self
    }

    /// Attaches a place, unless one is known.
    pub fn at_location(mut self, location: Location) -> Self {
        if self.place.is_none() && location.line > 0 {
            self.place = Some((location.line, location.column));
        }
        self
    }

    /// The fault is the query's own (Athena's error category 2), not the service's (1).
    pub fn is_users(&self) -> bool {
        self.name != "GENERIC_INTERNAL_ERROR"
    }

    /// Reads the failure out of an engine's error: our own where one is inside, else the engine's text by its kind.
    pub fn of(error: DataFusionError) -> Self {
        match error {
            DataFusionError::External(inner) => match inner.downcast::<Failure>() {
                Ok(failure) => *failure,
                Err(other) => match other.downcast::<DataFusionError>() {
                    Ok(inner) => Self::of(*inner),
                    Err(other) => Self::new("GENERIC_INTERNAL_ERROR", other.to_string()),
                },
            },
            DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => Self::of(*inner),
            DataFusionError::Shared(inner) => Self::of_shared(&inner),
            DataFusionError::Collection(mut errors) if !errors.is_empty() => Self::of(errors.remove(0)),
            DataFusionError::ArrowError(inner, _) => Self::of_arrow(*inner),
            DataFusionError::ParquetError(inner) => Self::new("HIVE_BAD_DATA", inner.to_string()),
            DataFusionError::ResourcesExhausted(text) => Self::new("EXCEEDED_LOCAL_MEMORY_LIMIT", text),
            DataFusionError::NotImplemented(text) => Self::athena_only(text),
            other => Self::new("GENERIC_INTERNAL_ERROR", other.strip_backtrace()),
        }
    }

    /// The same of an error that several readers share: it cannot be taken apart, so it is looked through.
    fn of_shared(error: &DataFusionError) -> Self {
        let mut inner: &(dyn std::error::Error + 'static) = error;
        loop {
            if let Some(failure) = inner.downcast_ref::<Failure>() {
                return failure.clone();
            }
            match inner.source() {
                Some(source) => inner = source,
                None => return Self::new("GENERIC_INTERNAL_ERROR", error.strip_backtrace()),
            }
        }
    }

    fn of_arrow(error: ArrowError) -> Self {
        match error {
            ArrowError::ExternalError(inner) => match inner.downcast::<Failure>() {
                Ok(failure) => *failure,
                Err(other) => match other.downcast::<DataFusionError>() {
                    Ok(inner) => Self::of(*inner),
                    Err(other) => Self::new("GENERIC_INTERNAL_ERROR", other.to_string()),
                },
            },
            ArrowError::DivideByZero => Self::new("DIVISION_BY_ZERO", "Division by zero"),
            ArrowError::ArithmeticOverflow(text) => Self::new("NUMERIC_VALUE_OUT_OF_RANGE", text),
            other => Self::new("GENERIC_INTERNAL_ERROR", other.to_string()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "{}: line {line}:{column}: {}", self.name, self.message),
            None => write!(f, "{}: {}", self.name, self.message),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for DataFusionError {
    fn from(failure: Failure) -> Self {
        DataFusionError::External(Box::new(failure))
    }
}

impl From<DataFusionError> for Failure {
    fn from(error: DataFusionError) -> Self {
        Failure::of(error)
    }
}

impl From<ArrowError> for Failure {
    fn from(error: ArrowError) -> Self {
        Failure::of_arrow(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_failure_comes_back_out_of_the_engines_wrappings() {
        let ours = Failure::new("DIVISION_BY_ZERO", "Division by zero");
        let wrapped = DataFusionError::from(ours.clone()).context("while running");
        assert_eq!(Failure::of(wrapped), ours);
        let arrow = ArrowError::ExternalError(Box::new(DataFusionError::from(ours.clone())));
        assert_eq!(Failure::of(DataFusionError::ArrowError(Box::new(arrow), None)), ours);
    }

    #[test]
    fn it_reads_as_athena_writes_it() {
        let failure = Failure::new("COLUMN_NOT_FOUND", "Column 'x' cannot be resolved");
        let placed = failure.at(Span::new(Location::new(1, 8), Location::new(1, 9)));
        assert_eq!(placed.to_string(), "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved");
    }
}
