//! A server on loopback that answers with canned replies, in order, and remembers what it was asked: how AWS's recorded
//! behaviour is replayed in tests.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::session::{Credentials, Options, Session};

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    only: Option<String>,
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Reply {
    /// An answer with a status and a body.
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self { only: None, status, headers: Vec::new(), body: body.into() }
    }

    /// A good answer of a JSON service.
    pub fn json(body: serde_json::Value) -> Self {
        Self::new(200, body.to_string())
    }

    /// A refusal of a JSON service.
    pub fn json_error(status: u16, code: &str, message: &str) -> Self {
        Self::new(status, serde_json::json!({ "__type": code, "message": message }).to_string())
    }

    /// A refusal of S3.
    pub fn s3_error(status: u16, code: &str, message: &str) -> Self {
        Self::new(status, format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
    }

    /// A refusal of IAM or STS.
    pub fn query_error(status: u16, code: &str, message: &str) -> Self {
        Self::new(
            status,
            format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>r</RequestId></ErrorResponse>"
            ),
        )
    }

    /// The same answer, kept for a request whose operation, or method and path, contains `what`: for calls that go out
    /// together, in no order.
    pub fn only_for(mut self, what: &str) -> Self {
        self.only = Some(what.to_owned());
        self
    }

    /// The same answer with one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET`, `PUT`, ...
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The operation of a JSON or form service; empty for S3.
    pub operation: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Asked {
    /// The operation, for S3 `METHOD path`.
    fn name(&self) -> String {
        if self.operation.is_empty() { format!("{} {}", self.method, self.path) } else { self.operation.clone() }
    }

    /// The header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

#[derive(Default)]
struct Script {
    replies: VecDeque<Reply>,
    asked: Vec<Asked>,
}

/// The server.
pub struct Canned {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    script: Arc<Mutex<Script>>,
    task: JoinHandle<()>,
}

impl Canned {
    /// Starts one that gives each request the first reply left that may be given to it, and 500 `OutOfReplies` when there
    /// is none.
    pub async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let script = Arc::new(Mutex::new(Script { replies: replies.into(), asked: Vec::new() }));
        let shared = script.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let script = shared.clone();
                let service = service_fn(move |request| answer(script.clone(), request));
                tokio::spawn(async move {
                    // A client that hangs up early is no concern of the script's.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { url, script, task }
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.script.lock().expect("no panic while locked").asked.clone()
    }

    /// The operations asked so far, for S3 `METHOD path`.
    pub fn operations(&self) -> Vec<String> {
        self.asked().iter().map(Asked::name).collect()
    }

    /// Stops listening.
    pub async fn stop(mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    script: Arc<Mutex<Script>>,
    request: http::Request<hyper::body::Incoming>,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|b| b.to_bytes()).unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    let headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let target = headers.iter().find(|(n, _)| n == "x-amz-target").map(|(_, v)| v.as_str());
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let operation = target.and_then(|t| t.rsplit('.').next()).or(action).unwrap_or_default().to_owned();
    let path = parts.uri.path_and_query().map(|p| p.to_string()).unwrap_or_default();
    let asked = Asked { method: parts.method.to_string(), path, operation, headers, body };
    let mut script = script.lock().expect("no panic while locked");
    let fits = |reply: &Reply| reply.only.as_ref().is_none_or(|what| asked.name().contains(what));
    let next = script.replies.iter().position(fits);
    let reply = next
        .and_then(|at| script.replies.remove(at))
        .unwrap_or_else(|| Reply::json_error(500, "OutOfReplies", "the script is at its end"));
    script.asked.push(asked);
    let count = script.asked.len();
    let mut response =
        http::Response::builder().status(reply.status).header("x-amzn-requestid", format!("canned-{count}"));
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::new(Bytes::from(reply.body))).expect("a well-formed reply"))
}

/// A session with that server: account 123456789012, us-east-1, one attempt a call.
pub fn session(server: &Canned) -> Session {
    let options = Options {
        region: "us-east-1".into(),
        endpoint_url: Some(server.url.clone()),
        credentials: Some(Credentials { access_key_id: "AKIACANNED".into(), secret_access_key: "canned".into() }),
        max_attempts: Some(1),
        ..Options::default()
    };
    Session::with_identity(&super::session::explicit_config(&options), "123456789012", "aws")
}
