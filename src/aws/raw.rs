//! JSON that travels past the SDK's types: documents that must reach AWS whole, and come back whole, whatever members this
//! version of the SDK knows (QuickSight's definitions and data sets). The SDK still signs, retries and reads refusals.

use std::future::Future;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

use crate::error::{Error, Kind, Result};

/// Replaces a request's body; for `customize().mutate_request(...)`, which runs before the signature is made.
pub fn body(document: &Value) -> impl Fn(&mut HttpRequest) + Send + Sync + 'static {
    let text = document.to_string();
    move |request| {
        request.headers_mut().insert("content-length", text.len().to_string());
        request.headers_mut().insert("content-type", "application/json");
        *request.body_mut() = SdkBody::from(text.clone());
    }
}

/// Sends a request with `customize().interceptor(answer)` and gives the answer's body. An answer that breaks off is asked
/// for again, so the call must be one that reads.
pub async fn fetch<F, Fut>(send: F) -> Result<Value>
where
    F: Fn(Answer) -> Fut,
    Fut: Future<Output = Result<()>>,
{
    let mut broken = Error::bug("nothing was asked");
    for _ in 0..ATTEMPTS {
        let answer = Answer::default();
        send(answer.clone()).await?;
        let body = answer.0.lock().ok().and_then(|mut kept| kept.take());
        let body = body.ok_or_else(|| Error::bug("an answer was looked at that nobody kept"))?;
        match ByteStream::new(body).collect().await {
            Ok(bytes) => {
                return serde_json::from_slice(&bytes.into_bytes())
                    .map_err(|e| Error::new(Kind::Aws, "aws-failed", format!("an answer of AWS is no JSON: {e}")));
            }
            Err(error) => {
                let message = format!("an answer of AWS broke off: {error}");
                broken = Error::new(Kind::Aws, "aws-unreachable", message)
                    .with_help("check the network, then run it again")
                    .with_source(error);
            }
        }
    }
    Err(broken)
}

const ATTEMPTS: usize = 4;

/// Takes the body of a good answer away before the SDK reads it, and gives it an empty object. (Reading a dashboard's
/// definition into the SDK's types takes more stack than a thread has, in a build that is not optimised.)
#[derive(Clone, Debug, Default)]
pub struct Answer(Arc<Mutex<Option<SdkBody>>>);

impl Intercept for Answer {
    fn name(&self) -> &'static str {
        "pipectl's raw answer"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        let response = context.response_mut();
        if response.status().is_success()
            && let Ok(mut kept) = self.0.lock()
        {
            *kept = Some(std::mem::replace(response.body_mut(), SdkBody::from("{}")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::aws::{Call, Session};

    async fn defined(aws: &Session) -> Result<Value> {
        fetch(|answer| async move {
            let call = aws.quicksight.describe_dashboard_definition().aws_account_id("123456789012").dashboard_id("d");
            let got = call.customize().interceptor(answer).send().await;
            got.call("quicksight:DescribeDashboardDefinition").map(drop)
        })
        .await
    }

    #[tokio::test]
    async fn members_that_the_sdk_does_not_know_go_out_and_come_back() {
        let document = json!({"Name": "n", "Definition": {"FromTheFuture": [1, {"a": null}]}});
        let reply = json!({"Status": 200, "Definition": {"Sheets": [{"SheetId": 1}], "FromTheFuture": [1]}});
        let server = Canned::start(vec![Reply::json(json!({"Status": 202})), Reply::json(reply.clone())]).await;
        let aws = session(&server);
        let sent = aws.quicksight.create_dashboard().aws_account_id("123456789012").dashboard_id("d").name("n");
        sent.customize().mutate_request(body(&document)).send().await.call("quicksight:CreateDashboard").unwrap();
        let asked = server.asked().remove(0);
        assert_eq!(asked.json(), document);
        assert_eq!(asked.header("content-length"), Some(document.to_string().len().to_string().as_str()));
        assert_eq!(defined(&aws).await.unwrap(), reply);
    }

    #[tokio::test]
    async fn refusals_are_the_sdks_business() {
        let missing = Reply::json_error(404, "ResourceNotFoundException", "Dashboard d is not found");
        let server = Canned::start(vec![missing, Reply::new(200, "<html>")]).await;
        let aws = session(&server);
        assert_eq!(defined(&aws).await.unwrap_err().aws_code(), Some("ResourceNotFoundException"));
        assert_eq!(defined(&aws).await.unwrap_err().code(), "aws-failed");
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_asked_for_again() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut server = Canned::start(vec![]).await;
        server.url = format!("http://{}", listener.local_addr().unwrap());
        let answers = tokio::spawn(async move {
            for length in [100, 100, 8] {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 16 * 1024];
                assert!(stream.read(&mut request).await.unwrap() > 0);
                let answer =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{{\"a\": 1}}");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        assert_eq!(defined(&session(&server)).await.unwrap(), json!({"a": 1}));
        answers.await.unwrap();
    }
}
