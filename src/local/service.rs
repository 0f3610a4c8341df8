//! The seam between the server and the services that speak JSON 1.1 (Glue, Athena).

use async_trait::async_trait;
use serde_json::Value;

use super::error::ServiceResult;

/// A service of AWS's JSON 1.1 protocol.
///
/// The server has checked signature and Host and parsed the body before it calls; it writes the answer's headers, the
/// error shape and the request log. Registered in [`super::server`].
#[async_trait]
pub trait JsonService: Send + Sync {
    /// The prefix of `X-Amz-Target` before the dot: `AWSGlue`, `AmazonAthena`.
    fn target(&self) -> &'static str;

    /// One call: `operation` as in `GetDatabase`, `input` a JSON object of the operation's members.
    async fn call(&self, operation: &str, input: Value) -> ServiceResult;
}
