//! The seams between the server and the services that speak JSON: JSON 1.1 (Glue, Athena) and REST-JSON (QuickSight).

use async_trait::async_trait;
use serde_json::{Map, Value};

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

/// A service of AWS's REST-JSON protocol: method and path name the operation.
///
/// The server has checked signature and Host and parsed the body before it calls; it writes the answer's status and
/// headers, the error shape and the request log. Registered in [`super::server`].
#[async_trait]
pub trait RestService: Send + Sync {
    /// The name in a signature's scope, which tells its calls from S3's: `quicksight`.
    fn scope(&self) -> &'static str;

    /// The operation that a method, an undecoded path and a query mean, with the members that stand in path and query.
    fn operation(&self, method: &str, path: &str, query: &str) -> Option<(String, Map<String, Value>)>;

    /// One call: `input` holds the members of path, query and body; `region` is what the caller signed for. An answer's
    /// `Status` is also its HTTP status.
    async fn call(&self, operation: &str, input: Value, region: &str) -> ServiceResult;
}
