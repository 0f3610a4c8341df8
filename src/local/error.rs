//! What a service of the local cloud answers when it refuses a call.

use serde_json::Value;

/// The answer of an operation: the output's members by their API names, or AWS's error.
pub type ServiceResult = Result<Value, ServiceError>;

/// An error as AWS puts it on the wire: HTTP status, code, message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    /// The HTTP status.
    pub status: u16,
    /// AWS's error code, as in `EntityNotFoundException`.
    pub code: String,
    /// AWS's message.
    pub message: String,
}

impl ServiceError {
    /// An error of any status.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }

    /// The caller's fault: status 400, as the JSON services answer nearly everything.
    pub fn bad_request(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// Our own fault: status 500. Clients retry it.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "InternalServiceException", message)
    }

    /// An operation that the local cloud does not have.
    pub fn unknown_operation(service: &str, operation: &str) -> Self {
        Self::bad_request("UnknownOperationException", format!("The local cloud does not have {service} {operation}"))
    }
}

impl std::fmt::Display for ServiceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ServiceError {}

impl From<crate::error::Error> for ServiceError {
    /// A failure of our own files or code reaches the client as AWS's internal failure.
    fn from(error: crate::error::Error) -> Self {
        Self::internal(error.to_string())
    }
}
