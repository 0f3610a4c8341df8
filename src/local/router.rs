//! One call: whom it is for, whether it may come in, and its line in the request log.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::FutureExt;
use http::request::Parts;
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Incoming};
use s3s::service::S3Service;
use s3s::{Body, HttpResponse};
use serde_json::{Value, json};

use super::error::{ServiceError, ServiceResult};
use super::faults::{Fate, Faults};
use super::lag::Lag;
use super::query::QueryService;
use super::regions::Regions;
use super::request_log::{Entry, RequestLog, timestamp};
use super::s3::describe;
use super::service::RestService;
use super::sigv4::{self, Verifier};
use super::{body, json as json_protocol, query, rest};

/// The longest body of a JSON or query call. Glue's and QuickSight's largest inputs are far below.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// Everything that is needed to answer a call.
pub struct Router {
    /// The port, for the check of the `Host` header.
    pub port: u16,
    /// Verifies the signatures of the JSON, REST-JSON and query services.
    pub verifier: Verifier,
    /// The services of each region: those of the JSON 1.1 and the REST-JSON protocols.
    pub regions: Regions,
    /// The services of the query protocol.
    pub query: Vec<Arc<dyn QueryService>>,
    /// S3.
    pub s3: S3Service,
    /// The request log, when one is wanted.
    pub log: Option<RequestLog>,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// Answers that a lagging read gets again.
    pub lag: Lag,
}

/// The connection closes without an answer.
#[derive(Debug)]
pub struct HungUp;

impl std::fmt::Display for HungUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection closes without an answer")
    }
}

impl std::error::Error for HungUp {}

/// What the log says of a call; filled in as it becomes known.
#[derive(Default)]
struct Note {
    service: String,
    operation: Option<String>,
    input: Value,
}

/// The protocols.
enum Protocol {
    /// JSON 1.1.
    Json,
    /// Query.
    Query,
    /// REST-JSON, for that service.
    Rest(Arc<dyn RestService>),
    /// S3's REST.
    S3,
}

/// Carried with an S3 call, so that the front can say which operation it turned out to be.
#[derive(Clone, Default)]
pub struct OperationName(pub Arc<Mutex<Option<String>>>);

/// Carried with a call that makes a bucket: its tags, which s3s does not read.
#[derive(Clone, Default)]
pub struct NewTags(pub Vec<(String, String)>);

impl Router {
    /// Answers a call. A panic in a service is that call's failure alone.
    ///
    /// Errors: [`HungUp`], when a fault wants the connection closed.
    pub async fn answer(&self, request: Request<Incoming>) -> Result<HttpResponse, HungUp> {
        let start = Utc::now();
        let _serving = self.faults.serving();
        match self.faults.next().await {
            Fate::Served => Ok(self.serve(request, start).await),
            Fate::Throttled => Ok(self.refuse(&request, 400, "Rate exceeded")),
            Fate::Failed => Ok(self.refuse(&request, 500, "We encountered an internal error. Please try again.")),
            Fate::Dropped => Err(HungUp),
            Fate::Lost => {
                self.serve(request, start).await;
                Err(HungUp)
            }
        }
    }

    /// A throttled (400) or failed (500) call, in the words of its protocol.
    fn refuse(&self, request: &Request<Incoming>, status: u16, message: &str) -> HttpResponse {
        let id = uuid::Uuid::new_v4().to_string();
        let throttled = status == 400;
        let refusal = |status, throttling: &str, failing: &str| {
            let code = if throttled { throttling } else { failing };
            Err(ServiceError::new(status, code, message))
        };
        let mut response = match self.protocol(request) {
            Protocol::Json => {
                json_protocol::respond(&refusal(status, "ThrottlingException", "InternalServiceException"), &id)
            }
            Protocol::Query => query::respond(&refusal(status, "Throttling", "ServiceFailure"), "", "", &id),
            Protocol::Rest(_) => {
                let status = if throttled { 429 } else { status };
                rest::respond(&refusal(status, "ThrottlingException", "InternalFailureException"), &id)
            }
            Protocol::S3 => s3_refusal(throttled, &id),
        };
        // Nobody has read the call's body.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    }

    async fn serve(&self, request: Request<Incoming>, start: DateTime<Utc>) -> HttpResponse {
        let request_id = uuid::Uuid::new_v4().to_string();
        let mut note = Note::default();
        let answer = AssertUnwindSafe(self.route(request, &request_id, &mut note)).catch_unwind().await;
        let response = answer.unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR, "the local cloud failed"));
        if let Some(log) = &self.log {
            log.write(&Entry {
                service: &note.service,
                operation: note.operation.as_deref(),
                input: &note.input,
                status: response.status().as_u16(),
                start: timestamp(start),
                end: timestamp(Utc::now()),
            });
        }
        response
    }

    async fn route(&self, request: Request<Incoming>, request_id: &str, note: &mut Note) -> HttpResponse {
        if !self.host_is_ours(request.headers()) {
            return plain(StatusCode::FORBIDDEN, "this local cloud answers to 127.0.0.1, localhost and [::1] only");
        }
        match self.protocol(&request) {
            Protocol::Json => self.json(request, request_id, note).await,
            Protocol::Query => self.query(request, request_id, note).await,
            Protocol::Rest(service) => self.rest(service, request, request_id, note).await,
            Protocol::S3 => self.s3(request, request_id, note).await,
        }
    }

    /// Which protocol a call speaks.
    fn protocol(&self, request: &Request<Incoming>) -> Protocol {
        let form = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let form = form.is_some_and(|t| t.starts_with("application/x-www-form-urlencoded"));
        if request.headers().contains_key("x-amz-target") {
            Protocol::Json
        } else if form && request.method() == Method::POST && request.uri().path() == "/" {
            Protocol::Query
        } else if let Some(service) = self.rest_service(request.headers()) {
            Protocol::Rest(service)
        } else {
            Protocol::S3
        }
    }

    /// A page in a browser can make it send calls here under a name of its own; those calls carry that name.
    fn host_is_ours(&self, headers: &http::HeaderMap) -> bool {
        let Some(host) = headers.get(header::HOST).and_then(|h| h.to_str().ok()) else { return false };
        ["127.0.0.1", "localhost", "[::1]"]
            .iter()
            .any(|name| host.eq_ignore_ascii_case(&format!("{name}:{}", self.port)))
    }

    async fn json(&self, request: Request<Incoming>, request_id: &str, note: &mut Note) -> HttpResponse {
        let (parts, body) = match read(request).await {
            Ok(read) => read,
            Err(error) => return json_protocol::respond(&Err(error), request_id),
        };
        json_protocol::respond(&self.call_json(&parts, &body, note).await, request_id)
    }

    async fn call_json(&self, parts: &Parts, body: &[u8], note: &mut Note) -> ServiceResult {
        let unknown = || ServiceError::bad_request("UnknownOperationException", "The X-Amz-Target is not known here");
        let (prefix, operation) = json_protocol::target(parts).ok_or_else(unknown)?;
        note.service = prefix.to_owned();
        note.operation = Some(operation.to_owned());
        let scope = self.verifier.verify(parts, body, Utc::now()).map_err(json_protocol::refusal)?;
        note.service = scope.to_owned();
        let mut input = json_protocol::parse(body)?;
        note.input = input.clone();
        self.faults.cut_page(operation, &mut input);
        let region = sigv4::scope(&parts.headers).map(|(region, _)| region).unwrap_or_default();
        let services = self.regions.get(region).ok_or_else(|| {
            let message = format!("Credential should be scoped to a valid region, not '{region}'.");
            ServiceError::new(403, "InvalidSignatureException", message)
        })?;
        let service = json_protocol::find(&services.json, prefix).ok_or_else(unknown)?;
        let lag = self.faults.visible_after();
        self.lag
            .answer(lag, &format!("{region} {prefix}"), operation, &input.clone(), service.call(operation, input))
            .await
    }

    /// The REST-JSON service that a call is signed for: its paths could as well be objects of S3.
    fn rest_service(&self, headers: &http::HeaderMap) -> Option<Arc<dyn RestService>> {
        let (region, scope) = sigv4::scope(headers)?;
        self.regions.get(region)?.rest.iter().find(|s| s.scope() == scope).cloned()
    }

    async fn rest(
        &self,
        service: Arc<dyn RestService>,
        request: Request<Incoming>,
        request_id: &str,
        note: &mut Note,
    ) -> HttpResponse {
        note.service = service.scope().to_owned();
        let (parts, body) = match read(request).await {
            Ok(read) => read,
            Err(error) => return rest::respond(&Err(error), request_id),
        };
        rest::respond(&self.call_rest(service.as_ref(), &parts, &body, note).await, request_id)
    }

    async fn call_rest(&self, service: &dyn RestService, parts: &Parts, body: &[u8], note: &mut Note) -> ServiceResult {
        let uri = &parts.uri;
        let found = service.operation(parts.method.as_str(), uri.path(), uri.query().unwrap_or_default());
        note.operation = found.as_ref().map(|(operation, _)| operation.clone());
        self.verifier.verify(parts, body, Utc::now()).map_err(rest::refusal)?;
        let (operation, members) = found.ok_or_else(|| rest::unknown(parts.method.as_str(), uri.path()))?;
        let mut input = rest::input(body, members)?;
        note.input = input.clone();
        self.faults.cut_page(&operation, &mut input);
        let region = sigv4::scope(&parts.headers).map(|(region, _)| region).unwrap_or_default();
        let (lag, scope) = (self.faults.visible_after(), format!("{region} {}", service.scope()));
        self.lag.answer(lag, &scope, &operation, &input.clone(), service.call(&operation, input, region)).await
    }

    async fn query(&self, request: Request<Incoming>, request_id: &str, note: &mut Note) -> HttpResponse {
        let (parts, body) = match read(request).await {
            Ok(read) => read,
            Err(error) => return query::respond(&Err(error), "", "", request_id),
        };
        let mut namespace = "";
        let result = self.call_query(&parts, &body, note, &mut namespace).await;
        query::respond(&result, note.operation.as_deref().unwrap_or(""), namespace, request_id)
    }

    async fn call_query(
        &self,
        parts: &Parts,
        body: &[u8],
        note: &mut Note,
        namespace: &mut &'static str,
    ) -> ServiceResult {
        let scope = self.verifier.verify(parts, body, Utc::now()).map_err(query::refusal)?;
        note.service = scope.to_owned();
        let service = self.query.iter().find(|s| s.scope() == scope).ok_or_else(|| {
            ServiceError::new(
                403,
                "SignatureDoesNotMatch",
                "Credential should be scoped to correct service: 'iam' or 'sts'.",
            )
        })?;
        *namespace = service.namespace();
        let (action, mut input) = query::parse(body)?;
        note.operation = Some(action.clone());
        note.input = input.clone();
        self.faults.cut_page(&action, &mut input);
        let lag = self.faults.visible_after();
        self.lag.answer(lag, scope, &action, &input.clone(), service.call(&action, input)).await
    }

    async fn s3(&self, request: Request<Incoming>, request_id: &str, note: &mut Note) -> HttpResponse {
        note.service = "s3".to_owned();
        let (mut parts, incoming) = request.into_parts();
        let name = OperationName::default();
        parts.extensions.insert(name.clone());
        // A client that waits for `100 Continue` has not sent its body yet, and need not when it is refused. Without a
        // body it is not told to continue at all, which botocore takes badly on its next call over this connection.
        let waiting = parts.headers.contains_key(header::EXPECT);
        let empty = incoming.is_end_stream();
        let (lent, claim) = body::lend(incoming);
        let mut body = Body::http_body_unsync(lent);
        let makes_bucket = describe::makes_bucket(&parts);
        if self.log.is_some() || makes_bucket {
            let mut document = Bytes::new();
            if describe::has_document(&parts) {
                match Limited::new(body, MAX_BODY).collect().await {
                    Ok(collected) => document = collected.to_bytes(),
                    Err(_) => return plain(StatusCode::BAD_REQUEST, "the body broke off or is too long"),
                }
                body = Body::from(document.clone());
            }
            note.input = describe::input(&parts, &document);
            if makes_bucket {
                parts.extensions.insert(NewTags(describe::tags_of_new_bucket(&document)));
            }
        }
        let answer = self.s3.call(Request::from_parts(parts, body)).await;
        note.operation = name.0.lock().ok().and_then(|name| name.clone());
        let mut response =
            answer.unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR, "the local cloud failed to answer"));
        if let Ok(id) = HeaderValue::from_str(request_id) {
            response.headers_mut().insert("x-amz-request-id", id);
        }
        let refused = response.status().is_client_error() || response.status().is_server_error();
        let over = if refused { waiting || !claim.finish().await } else { waiting && empty };
        if over {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// The whole body of a JSON or query call.
async fn read(request: Request<Incoming>) -> Result<(Parts, Bytes), ServiceError> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MAX_BODY).collect().await;
    let broken = |_| ServiceError::new(413, "RequestEntityTooLarge", "The body broke off or is too long");
    Ok((parts, body.map_err(broken)?.to_bytes()))
}

/// S3's way to say that it has too much to do, or failed.
fn s3_refusal(throttled: bool, request_id: &str) -> HttpResponse {
    let (status, code, message) = match throttled {
        true => (StatusCode::SERVICE_UNAVAILABLE, "SlowDown", "Please reduce your request rate."),
        false => (StatusCode::INTERNAL_SERVER_ERROR, "InternalError", "We encountered an internal error."),
    };
    let body =
        format!("<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request_id}</RequestId></Error>");
    let mut response = http::Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// An answer outside of any protocol.
fn plain(status: StatusCode, message: &str) -> HttpResponse {
    let body = json!({ "message": message }).to_string();
    let mut response = http::Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // Nobody has read the rest of the call.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
