//! The JSON 1.1 protocol: `X-Amz-Target: Prefix.Operation`, a JSON body each way.

use std::sync::Arc;

use http::request::Parts;
use s3s::{Body, HttpResponse};
use serde_json::{Map, Value, json};

use super::error::{ServiceError, ServiceResult};
use super::service::JsonService;
use super::sigv4::Refusal;

/// What `X-Amz-Target` names: the service's prefix and the operation.
pub fn target(parts: &Parts) -> Option<(&str, &str)> {
    parts.headers.get("x-amz-target")?.to_str().ok()?.split_once('.')
}

/// The service of a target prefix, `AWSGlue`.
pub fn find(services: &[Arc<dyn JsonService>], prefix: &str) -> Option<Arc<dyn JsonService>> {
    services.iter().find(|s| s.target() == prefix).cloned()
}

/// The body as the operation's input; an empty body is an empty input.
pub fn parse(body: &[u8]) -> Result<Value, ServiceError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_slice(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        _ => Err(ServiceError::bad_request("SerializationException", "The body is not a JSON object")),
    }
}

/// The wire shape of an answer.
pub fn respond(result: &ServiceResult, request_id: &str) -> HttpResponse {
    let response = http::Response::builder()
        .header(http::header::CONTENT_TYPE, "application/x-amz-json-1.1")
        .header("x-amzn-requestid", request_id);
    let (response, body) = match result {
        Ok(output) => (response.status(200), output.clone()),
        Err(error) => (
            // Some services spell the member one way and some the other; clients take either.
            response.status(error.status).header("x-amzn-errortype", &error.code),
            json!({ "__type": error.code, "message": error.message, "Message": error.message }),
        ),
    };
    response.body(Body::from(body.to_string())).unwrap_or_else(|_| unspeakable())
}

/// A refusal of the signature, as these services put it.
pub fn refusal(refusal: Refusal) -> ServiceError {
    match refusal {
        Refusal::Missing => {
            ServiceError::bad_request("MissingAuthenticationTokenException", "Missing Authentication Token")
        }
        Refusal::Incomplete(message) => ServiceError::bad_request("IncompleteSignatureException", message),
        Refusal::UnknownKey => ServiceError::bad_request(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        Refusal::Mismatch(message) => ServiceError::bad_request("InvalidSignatureException", message),
    }
}

/// The answer when even the error cannot be put into headers (an error code with a line break, say).
fn unspeakable() -> HttpResponse {
    let mut response = http::Response::new(Body::empty());
    *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
    response
}
