//! A local cloud in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use pipectl::local::{Cloud, Options, start};

/// A local cloud for one test.
pub struct TestCloud {
    /// The cloud.
    pub cloud: Cloud,
    /// Its region.
    pub region: String,
    folder: tempfile::TempDir,
}

impl TestCloud {
    /// One in us-east-1.
    pub async fn start() -> Self {
        Self::start_in("us-east-1").await
    }

    /// One in a region.
    pub async fn start_in(region: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let cloud = start(options(folder.path(), region)).await.expect("it starts");
        Self { cloud, region: region.to_owned(), folder }
    }

    /// A second cloud over the same state, as another process would have it.
    pub async fn another(&self) -> Cloud {
        start(options(self.folder.path(), &self.region)).await.expect("it starts")
    }

    /// The folder of its state.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("cloud")
    }

    /// The calls of the request log.
    pub fn log(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.folder.path().join("log.jsonl")).expect("a log");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// A client's configuration with the right credentials.
    pub fn config(&self) -> SdkConfig {
        config(&self.cloud, &self.region)
    }

    /// An S3 client.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        s3(&self.config())
    }

    /// Runs a script of tests/python against it; what it prints is shown when it fails.
    pub async fn python(&self, script: &str) {
        let python = std::env::var("PIPECTL_TEST_PYTHON");
        let python = python.expect("PIPECTL_TEST_PYTHON is not set: run the tests through tests/run.sh");
        let endpoint = self.cloud.endpoint();
        let mut command = Command::new(python);
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(script))
            .env("AWS_ENDPOINT_URL", &endpoint.url)
            .env("AWS_ACCESS_KEY_ID", &endpoint.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &endpoint.secret_access_key)
            .env("AWS_DEFAULT_REGION", &self.region)
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env_remove("AWS_SESSION_TOKEN")
            .env_remove("AWS_PROFILE")
            .env("LOCAL_CLOUD_ROOT", self.root());
        let run = tokio::task::spawn_blocking(move || command.output());
        let output = run.await.expect("no panic").expect("python runs");
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(output.status.success(), "{script}:\n{text}");
    }
}

/// Options for a cloud whose state and log are in `folder`.
pub fn options(folder: &Path, region: &str) -> Options {
    Options {
        region: region.to_owned(),
        request_log: Some(folder.join("log.jsonl")),
        ..Options::new(folder.join("cloud"))
    }
}

/// A client's configuration with the right credentials.
pub fn config(cloud: &Cloud, region: &str) -> SdkConfig {
    let endpoint = cloud.endpoint();
    config_with(&endpoint.url, &endpoint.access_key_id, &endpoint.secret_access_key, region)
}

/// A client's configuration with any credentials; nothing is tried twice.
pub fn config_with(url: &str, key: &str, secret: &str, region: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(key, secret, None, None, "test")))
        .retry_config(RetryConfig::disabled())
        .build()
}

/// An S3 client that addresses buckets by path.
pub fn s3(config: &SdkConfig) -> aws_sdk_s3::Client {
    aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(config).force_path_style(true).build())
}

/// AWS's code of a refusal.
pub fn code<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug>(result: Result<T, SdkError<E>>) -> String {
    result.expect_err("refused").code().unwrap_or("no code").to_owned()
}
