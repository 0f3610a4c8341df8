//! SDK errors -> [`crate::error::Error`]: AWS's own words, its code and request id, and what to try next.

use std::error::Error as StdError;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_glue::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::causes;
use crate::error::{AwsCall, Error, Kind, Result};

/// Turns an SDK result into ours, naming the call.
pub trait Call<T> {
    /// `operation` is the IAM action, as in `glue:CreateJob`.
    fn call(self, operation: &str) -> Result<T>;
}

impl<T, E> Call<T> for Result<T, SdkError<E, HttpResponse>>
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    fn call(self, operation: &str) -> Result<T> {
        self.map_err(|error| convert(operation, error))
    }
}

/// `None` when AWS answered with one of `codes`: for reads of what may not be there, and deletions of what may be gone.
///
/// Answers without a body (to HEAD) carry the codes of [`code_of_status`].
pub fn absent<T>(result: Result<T>, codes: &[&str]) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.aws_code().is_some_and(|code| codes.contains(&code)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the call may have been carried out although it failed: no answer came, or a 5xx.
pub fn may_have_happened(error: &Error) -> bool {
    matches!(error.code(), UNREACHABLE | FAILED)
}

/// Our code when no answer came.
const UNREACHABLE: &str = "aws-unreachable";
/// Our code for an answer with a 5xx status.
const FAILED: &str = "aws-failed";

fn convert<E>(operation: &str, error: SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let request_id = error.request_id().map(str::to_owned);
    let call = |code: Option<String>| AwsCall { operation: operation.to_owned(), code, request_id: request_id.clone() };
    if let Some(credentials) = find_source::<CredentialsError>(&error) {
        return no_credentials(credentials).with_call(call(None)).with_source(error);
    }
    match &error {
        SdkError::ServiceError(refusal) if refusal.raw().status().is_success() => {
            not_aws(operation, refusal.raw().status().as_u16()).with_call(call(None)).with_source(error)
        }
        SdkError::ServiceError(refusal) => {
            let status = refusal.raw().status().as_u16();
            let code = refusal.err().code().map_or_else(|| code_of_status(status), str::to_owned);
            let region = refusal.raw().headers().get("x-amz-bucket-region").map(str::to_owned);
            let text = refusal.err().message().map(str::to_owned);
            refused(operation, status, &code, text.as_deref(), region.as_deref())
                .with_call(call(Some(code)))
                .with_source(error)
        }
        SdkError::ResponseError(answer) => {
            let status = answer.raw().status().as_u16();
            not_aws(operation, status).with_call(call(None)).with_source(error)
        }
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => {
            Error::new(Kind::Aws, UNREACHABLE, format!("{operation} got no answer: {}", innermost(&error)))
                .with_help("check the network, the region's name and any proxy or --endpoint-url, then run it again")
                .with_call(call(None))
                .with_source(error)
        }
        _ => Error::new(Kind::Aws, "aws-request", format!("{operation} could not be sent: {}", innermost(&error)))
            .with_call(call(None))
            .with_source(error),
    }
}

/// The error for an answer that cannot be read.
fn not_aws(operation: &str, status: u16) -> Error {
    Error::new(Kind::Aws, FAILED, format!("{operation} got an answer (status {status}) that is not AWS's"))
        .with_help("if --endpoint-url is used, the server behind it may not have this call")
}

/// The error for an answer that says no. `region` is where S3 says the bucket is.
fn refused(operation: &str, status: u16, code: &str, text: Option<&str>, region: Option<&str>) -> Error {
    let text = text.unwrap_or_default().trim().trim_end_matches('.');
    let known = causes::cause(operation, Some(code), text);
    let said = if text.is_empty() { code } else { text };
    let message = match (known, region.or_else(|| expected_region(text))) {
        (Some(cause), Some(region)) if cause.code == "bucket-elsewhere" => {
            format!("{operation} failed: the bucket is in region {region}")
        }
        _ => format!("{operation} failed: {said}"),
    };
    match known {
        Some(cause) => {
            let region = identity_region(text).unwrap_or("the region that the message names");
            let help = cause.help.replace("{operation}", operation).replace("{region}", region);
            Error::new(Kind::Aws, cause.code, message).with_help(help)
        }
        None if status >= 500 => Error::new(Kind::Aws, FAILED, message)
            .with_help("AWS failed on its side after several attempts: run the command again, it goes on from here"),
        None => Error::new(Kind::Aws, "aws-refused", message),
    }
}

/// The error for credentials that are not there or cannot be had.
pub fn no_credentials(error: &CredentialsError) -> Error {
    let message = match error {
        CredentialsError::CredentialsNotLoaded(_) => "no AWS credentials were found".to_owned(),
        other => format!("the AWS credentials could not be loaded: {}", innermost(other)),
    };
    Error::new(Kind::Aws, "no-credentials", message)
        .with_expected("environment variables, a profile, an SSO session or an instance role")
        .with_help(
            "sign in (`aws sso login`, or `aws configure`), choose a profile with --profile, or try the whole pipeline \
             on this machine without any account: --local",
        )
}

/// The region in "the region 'us-east-1' is wrong; expecting 'eu-west-1'".
fn expected_region(text: &str) -> Option<&str> {
    text.split_once("expecting '").and_then(|(_, rest)| rest.split_once('\'')).map(|(region, _)| region)
}

/// The region in "your identity region is us-east-1. Please use the us-east-1 endpoint".
fn identity_region(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("identity region is ")?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
    Some(&rest[..end]).filter(|region| !region.is_empty())
}

/// The code for an answer that has none, as those to HEAD.
fn code_of_status(status: u16) -> String {
    match status {
        301 | 307 => "PermanentRedirect".to_owned(),
        400 => "BadRequest".to_owned(),
        403 => "Forbidden".to_owned(),
        404 => "NotFound".to_owned(),
        409 => "Conflict".to_owned(),
        412 => "PreconditionFailed".to_owned(),
        503 => "SlowDown".to_owned(),
        other => format!("Status{other}"),
    }
}

/// The error and what caused it, down to the root.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |e| {
        let e: &'a (dyn StdError + 'static) = *e;
        e.source()
    })
}

fn find_source<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    chain(error).find_map(|e| e.downcast_ref())
}

fn innermost(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().unwrap_or(error).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    async fn glue_error(reply: Reply) -> Error {
        let server = Canned::start(vec![reply]).await;
        session(&server).glue.get_job().job_name("j").send().await.call("glue:GetJob").unwrap_err()
    }

    #[tokio::test]
    async fn a_refusal_keeps_the_words_code_and_request_id_of_aws() {
        let error = glue_error(Reply::json_error(400, "EntityNotFoundException", "Job not found.")).await;
        assert_eq!(error.message(), "glue:GetJob failed: Job not found");
        assert_eq!(error.code(), "aws-refused");
        let call = error.call().unwrap();
        assert_eq!(call.operation, "glue:GetJob");
        assert_eq!(call.code.as_deref(), Some("EntityNotFoundException"));
        assert_eq!(call.request_id.as_deref(), Some("canned-1"));
        assert!(absent(Err::<(), _>(error), &["EntityNotFoundException"]).unwrap().is_none());
    }

    #[tokio::test]
    async fn access_denied_names_the_action() {
        let error = glue_error(Reply::json_error(400, "AccessDeniedException", "User: arn:x is not authorized")).await;
        assert_eq!(error.code(), "access-denied");
        assert!(error.help().unwrap().contains("`glue:GetJob`"), "{:?}", error.help());
    }

    #[tokio::test]
    async fn a_server_fault_may_have_happened_and_a_refusal_has_not() {
        let fault = glue_error(Reply::json_error(500, "InternalServiceException", "oops")).await;
        assert!(may_have_happened(&fault));
        assert_eq!(fault.code(), "aws-failed");
        let refusal = glue_error(Reply::json_error(400, "ConcurrentRunsExceededException", "too many")).await;
        assert!(!may_have_happened(&refusal));
    }

    #[tokio::test]
    async fn html_from_an_endpoint_that_lacks_the_call_is_no_panic() {
        let error = glue_error(Reply::new(500, "<!doctype html><title>500</title>")).await;
        assert!(error.message().starts_with("glue:GetJob"), "{}", error.message());
        assert!(may_have_happened(&error));
    }

    #[tokio::test]
    async fn nobody_listens() {
        let server = Canned::start(vec![]).await;
        let session = session(&server);
        server.stop().await;
        let error = session.glue.get_job().job_name("j").send().await.call("glue:GetJob").unwrap_err();
        assert_eq!(error.code(), "aws-unreachable");
        assert!(error.message().contains("refused"), "{}", error.message());
    }

    #[tokio::test]
    async fn a_bucket_elsewhere_says_where() {
        let server = Canned::start(vec![Reply::new(301, "").header("x-amz-bucket-region", "eu-west-1")]).await;
        let error = session(&server).s3.head_bucket().bucket("b").send().await.call("s3:ListBucket").unwrap_err();
        assert_eq!(error.code(), "bucket-elsewhere");
        assert_eq!(error.message(), "s3:ListBucket failed: the bucket is in region eu-west-1");
        let malformed = refused(
            "s3:GetObject",
            400,
            "AuthorizationHeaderMalformed",
            Some("The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'ap-south-1'"),
            None,
        );
        assert_eq!(malformed.message(), "s3:GetObject failed: the bucket is in region ap-south-1");
    }

    /// As the default chain answers on a machine that has none.
    #[derive(Debug)]
    struct Nobody;

    impl aws_credential_types::provider::ProvideCredentials for Nobody {
        fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let none = Err(CredentialsError::not_loaded_no_source());
            aws_credential_types::provider::future::ProvideCredentials::ready(none)
        }
    }

    #[tokio::test]
    async fn a_call_without_credentials_is_known_under_the_sdks_wrappings() {
        let server = Canned::start(vec![]).await;
        let config = aws_sdk_glue::Config::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new("us-east-1"))
            .endpoint_url(&server.url)
            .credentials_provider(Nobody)
            .build();
        let called = aws_sdk_glue::Client::from_conf(config).get_job().job_name("j").send().await;
        let error = called.call("glue:GetJob").unwrap_err();
        assert_eq!((error.code(), error.message()), ("no-credentials", "no AWS credentials were found"));
        assert!(server.asked().is_empty(), "nothing was sent");
    }

    #[test]
    fn no_credentials_says_how_to_get_some() {
        let error = no_credentials(&CredentialsError::not_loaded_no_source());
        assert_eq!(error.code(), "no-credentials");
        for next in ["aws sso login", "--profile", "--local"] {
            assert!(error.help().unwrap().contains(next), "{next}");
        }
    }
}
