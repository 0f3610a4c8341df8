//! One session: who we are, where, and the clients.

/// A session with AWS (or with anything that speaks its protocols: the local cloud, moto).
///
/// Clients are made once and shared; each retries adaptively up to its deadline.
#[derive(Clone, Debug)]
pub struct Session {
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
    /// AWS IAM.
    pub iam: aws_sdk_iam::Client,
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
