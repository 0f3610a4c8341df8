//! S3's errors with S3's wordings.

use std::borrow::Cow;

use http::{HeaderMap, StatusCode};
use s3s::{S3Error, S3ErrorCode};

/// An error of a standard code.
pub fn refuse(code: S3ErrorCode, message: impl Into<Cow<'static, str>>) -> S3Error {
    S3Error::with_message(code, message)
}

/// An error of a code that s3s does not list.
pub fn refuse_as(status: StatusCode, code: &'static str, message: &'static str) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), message);
    error.set_status_code(status);
    error
}

/// The bucket is in that other region: 301, which names it in a header.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
pub fn elsewhere(region: &str) -> S3Error {
    let mut error = refuse(
        S3ErrorCode::PermanentRedirect,
        "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future \
         requests to this endpoint.",
    );
    let mut headers = HeaderMap::new();
    if let Ok(region) = region.parse() {
        headers.insert("x-amz-bucket-region", region);
    }
    error.set_headers(headers);
    error
}

/// There is no such bucket.
pub fn no_such_bucket() -> S3Error {
    refuse(S3ErrorCode::NoSuchBucket, "The specified bucket does not exist")
}

/// There is no such object.
pub fn no_such_key() -> S3Error {
    refuse(S3ErrorCode::NoSuchKey, "The specified key does not exist.")
}

/// There is no such version of the object.
pub fn no_such_version() -> S3Error {
    refuse(S3ErrorCode::NoSuchVersion, "The specified version does not exist.")
}

/// There is no such multipart upload.
pub fn no_such_upload() -> S3Error {
    refuse(
        S3ErrorCode::NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    )
}

/// A conditional call whose condition does not hold.
pub fn precondition_failed() -> S3Error {
    refuse(S3ErrorCode::PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
}

/// A malformed argument.
pub fn invalid_argument(message: impl Into<Cow<'static, str>>) -> S3Error {
    refuse(S3ErrorCode::InvalidArgument, message)
}

/// The document does not follow its schema.
pub fn malformed_xml() -> S3Error {
    refuse(
        S3ErrorCode::MalformedXML,
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

/// Our own fault.
pub fn internal(error: impl std::fmt::Display) -> S3Error {
    refuse(S3ErrorCode::InternalError, error.to_string())
}

/// The error with a header of its answer.
pub fn with_header(mut error: S3Error, name: &'static str, value: &str) -> S3Error {
    let mut headers = error.headers().cloned().unwrap_or_else(HeaderMap::new);
    if let Ok(value) = value.parse() {
        headers.insert(name, value);
    }
    error.set_headers(headers);
    error
}

impl From<crate::error::Error> for S3Error {
    /// A failure of our own files reaches the client as S3's internal error.
    fn from(error: crate::error::Error) -> Self {
        internal(error)
    }
}
