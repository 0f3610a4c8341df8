//! One session: who we are, where, and the clients.

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use std::time::Duration;

use super::error::Call;
use super::loopback;
use crate::error::{Error, Kind, Result};

/// A session with AWS (or with anything that speaks its protocols: the local cloud, moto).
///
/// Clients are made once and shared; each retries adaptively up to its deadline.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whether it speaks to this machine: then looking often costs nothing.
    pub loopback: bool,
    /// The account the credentials belong to, twelve digits.
    pub account: String,
    /// The region.
    pub region: String,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// Amazon S3.
    pub s3: aws_sdk_s3::Client,
    /// AWS Glue.
    pub glue: aws_sdk_glue::Client,
    /// Amazon Athena.
    pub athena: aws_sdk_athena::Client,
    /// Amazon QuickSight.
    pub quicksight: aws_sdk_quicksight::Client,
    /// AWS IAM.
    pub iam: aws_sdk_iam::Client,
    /// Resource Groups Tagging API.
    pub tagging: aws_sdk_resourcegroupstagging::Client,
    /// Amazon CloudWatch Logs.
    pub logs: aws_sdk_cloudwatchlogs::Client,
}

/// How to reach AWS.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The region; required.
    pub region: String,
    /// A named profile of the user's AWS configuration.
    pub profile: Option<String>,
    /// Another endpoint for all services; S3 is then addressed by path.
    pub endpoint_url: Option<String>,
    /// Explicit credentials: with these, none of the user's own are read.
    pub credentials: Option<Credentials>,
    /// The account that the manifest pins: any other is refused before any further call.
    pub expected_account: Option<String>,
    /// How often a call is tried in all; `None`: the variable `AWS_MAX_ATTEMPTS`, else 8.
    pub max_attempts: Option<u32>,
}

/// An access key.
#[derive(Clone)]
pub struct Credentials {
    /// `AKIA...`.
    pub access_key_id: String,
    /// Never shown.
    pub secret_access_key: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl Session {
    /// Finds out who we are (`sts:GetCallerIdentity`) and makes the clients.
    ///
    /// Refuses: no credentials (`no-credentials`), and an account other than the pinned one (`wrong-account`), before any
    /// other call is made.
    pub async fn connect(options: Options) -> Result<Self> {
        let config = match options.credentials {
            Some(_) => explicit_config(&options),
            None => users_config(&options).await,
        };
        let sts = aws_sdk_sts::Client::new(&config);
        // Making the clients takes a while, and the answer longer.
        let clients = async { Self::with_identity(&config, "", "") };
        let (identity, session) = tokio::join!(sts.get_caller_identity().send(), clients);
        let identity = identity
            .call("sts:GetCallerIdentity")
            .map_err(|e| e.with_note(format!("credentials: {}", origin(&options))))?;
        let account = identity.account().unwrap_or_default();
        let arn = identity.arn().unwrap_or_default();
        if let Some(pinned) = options.expected_account.as_deref().filter(|pinned| *pinned != account) {
            return Err(wrong_account(pinned, account, arn, &options));
        }
        let partition = arn.split(':').nth(1).filter(|p| !p.is_empty()).unwrap_or("aws");
        Ok(Self { account: account.to_owned(), partition: partition.to_owned(), ..session })
    }

    /// The clients for a known identity; makes no call.
    pub(crate) fn with_identity(config: &SdkConfig, account: &str, partition: &str) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(config.endpoint_url().is_some()).build();
        Self {
            loopback: config.endpoint_url().is_some_and(loopback::is_loopback),
            account: account.to_owned(),
            region: config.region().map(ToString::to_string).unwrap_or_default(),
            partition: partition.to_owned(),
            s3: aws_sdk_s3::Client::from_conf(s3),
            glue: aws_sdk_glue::Client::new(config),
            athena: aws_sdk_athena::Client::new(config),
            quicksight: aws_sdk_quicksight::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            tagging: aws_sdk_resourcegroupstagging::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
        }
    }
}

/// The partition of a region: `aws`, `aws-cn`, `aws-us-gov`.
pub fn partition(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// The configuration for explicit credentials: nothing of the user's environment, files or instance is read.
pub(crate) fn explicit_config(options: &Options) -> SdkConfig {
    let key = options
        .credentials
        .clone()
        .unwrap_or_else(|| Credentials { access_key_id: String::new(), secret_access_key: String::new() });
    let provider = aws_credential_types::Credentials::new(
        key.access_key_id,
        key.secret_access_key,
        None,
        None,
        "pipectl's explicit credentials",
    );
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(options.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(provider))
        .retry_config(retries(options))
        .timeout_config(timeouts());
    config.set_app_name(app_name());
    config.set_endpoint_url(options.endpoint_url.clone());
    config.set_http_client(loopback::client(options.endpoint_url.as_deref()));
    config.build()
}

/// The configuration by the SDK's own rules: variables, profiles, SSO, containers, instances.
async fn users_config(options: &Options) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(options.region.clone()))
        .retry_config(retries(options))
        .timeout_config(timeouts());
    if let Some(name) = app_name() {
        loader = loader.app_name(name);
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some(client) = loopback::client(options.endpoint_url.as_deref()) {
        loader = loader.http_client(client);
    }
    loader.load().await
}

/// Adaptive unless the variable `AWS_RETRY_MODE` says `standard`, because AWS's "Rate exceeded" outlasts the default three
/// attempts.
fn retries(options: &Options) -> RetryConfig {
    let variable = |name: &str| std::env::var(name).ok();
    let from_environment = || variable("AWS_MAX_ATTEMPTS").and_then(|n| n.parse().ok());
    let attempts = options.max_attempts.or_else(from_environment).unwrap_or(8);
    let mode = match variable("AWS_RETRY_MODE").as_deref() {
        Some("standard") => RetryConfig::standard(),
        _ => RetryConfig::adaptive(),
    };
    mode.with_max_attempts(attempts.max(1))
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(Duration::from_secs(5)).read_timeout(Duration::from_secs(60)).build()
}

fn app_name() -> Option<AppName> {
    AppName::new("pipectl").ok()
}

/// Where the credentials came from, in words.
fn origin(options: &Options) -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(key) = &options.credentials {
        format!("the access key {} that was given", key.access_key_id)
    } else if let Some(profile) = &options.profile {
        format!("profile `{profile}`")
    } else if variable("AWS_ACCESS_KEY_ID").is_some() {
        "the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned()
    } else if let Some(profile) = variable("AWS_PROFILE") {
        format!("profile `{profile}` (variable AWS_PROFILE)")
    } else {
        "AWS's default chain (default profile, SSO, container or instance role)".to_owned()
    }
}

fn wrong_account(pinned: &str, account: &str, arn: &str, options: &Options) -> Error {
    Error::new(
        Kind::Conflict,
        "wrong-account",
        format!("the credentials belong to account {account}, but the environment is pinned to {pinned}"),
    )
    .with_expected(format!("credentials of account {pinned}"))
    .with_note(format!("credentials: {}; they are {arn}", origin(options)))
    .with_help(
        "choose other credentials with --profile (or `profile:` in the environment, or AWS_PROFILE), another \
         environment with --env, or correct `account:` in the manifest; nothing was changed",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply};

    fn identity(account: &str, arn: &str) -> Reply {
        Reply::new(
            200,
            format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                 <Arn>{arn}</Arn><UserId>U</UserId><Account>{account}</Account></GetCallerIdentityResult>\
                 <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
            ),
        )
    }

    fn options(server: &Canned, pinned: Option<&str>) -> Options {
        Options {
            region: "cn-north-1".into(),
            endpoint_url: Some(server.url.clone()),
            credentials: Some(Credentials { access_key_id: "AKIAX".into(), secret_access_key: "hush".into() }),
            expected_account: pinned.map(str::to_owned),
            max_attempts: Some(1),
            ..Options::default()
        }
    }

    #[tokio::test]
    async fn account_and_partition_come_from_the_caller() {
        let server = Canned::start(vec![identity("123456789012", "arn:aws-cn:iam::123456789012:user/u")]).await;
        let session = Session::connect(options(&server, Some("123456789012"))).await.unwrap();
        assert_eq!((session.account.as_str(), session.partition.as_str()), ("123456789012", "aws-cn"));
        assert_eq!(session.region, "cn-north-1");
        let agent = server.asked()[0].header("user-agent").unwrap().to_owned()
            + server.asked()[0].header("x-amz-user-agent").unwrap_or_default();
        assert!(agent.contains("app/pipectl"), "{agent}");
    }

    #[tokio::test]
    async fn another_account_is_refused_before_any_other_call() {
        let server = Canned::start(vec![identity("999999999999", "arn:aws:iam::999999999999:user/u")]).await;
        let error = Session::connect(options(&server, Some("123456789012"))).await.unwrap_err();
        assert_eq!(error.code(), "wrong-account");
        assert!(error.notes()[0].contains("AKIAX"), "{:?}", error.notes());
        assert!(error.help().unwrap().contains("--profile"));
        assert_eq!(server.operations(), ["GetCallerIdentity"]);
    }

    #[tokio::test]
    async fn a_refused_key_says_whose_it_was() {
        let refusal = Reply::query_error(403, "InvalidClientTokenId", "The security token included is invalid.");
        let server = Canned::start(vec![refusal]).await;
        let error = Session::connect(options(&server, None)).await.unwrap_err();
        assert_eq!(error.code(), "region-not-enabled");
        assert_eq!(error.aws_code(), Some("InvalidClientTokenId"));
        assert!(error.notes()[0].contains("AKIAX"));
    }

    #[tokio::test]
    async fn s3_is_addressed_by_path_on_another_endpoint() {
        let server = Canned::start(vec![Reply::new(200, "")]).await;
        let session = crate::aws::testing::session(&server);
        session.s3.head_bucket().bucket("my-bucket").send().await.unwrap();
        assert_eq!(server.operations(), ["HEAD /my-bucket/"]);
    }

    #[test]
    fn secrets_are_not_shown() {
        let key = Credentials { access_key_id: "AKIAX".into(), secret_access_key: "hush".into() };
        assert!(!format!("{key:?}").contains("hush"));
    }
}
