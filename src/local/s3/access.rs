//! What every S3 call must pass after its signature was verified: a known identity, and the bucket's owner when the
//! caller says whom it expects.

use async_trait::async_trait;
use http::HeaderMap;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3ErrorCode, S3Result};

use super::bucket;
use super::refuse::{elsewhere, no_such_bucket, refuse};
use crate::local::options::Endpoint;
use crate::local::router::OperationName;
use crate::local::sigv4;
use crate::local::store::Store;

/// The one pair of credentials there is.
pub struct Keys {
    endpoint: Endpoint,
}

impl Keys {
    /// The credentials of the endpoint.
    pub fn new(endpoint: &Endpoint) -> Self {
        Self { endpoint: endpoint.clone() }
    }
}

#[async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == self.endpoint.access_key_id {
            return Ok(SecretKey::from(self.endpoint.secret_access_key.clone()));
        }
        let message = "The AWS Access Key Id you provided does not exist in our records.";
        Err(refuse(S3ErrorCode::InvalidAccessKeyId, message))
    }
}

/// The checks.
pub struct Access {
    store: Store,
}

impl Access {
    /// Checks against the buckets of `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// `ExpectedBucketOwner`: AWS answers 403 for a bucket that exists and belongs to somebody else.
    fn check_owner(&self, headers: &HeaderMap, header: &str, bucket: Option<&str>) -> S3Result<()> {
        let Some(expected) = headers.get(header) else { return Ok(()) };
        if expected.as_bytes() == self.store.account().as_bytes() {
            return Ok(());
        }
        if let Some(bucket) = bucket
            && bucket::find(&self.store, bucket).is_err()
        {
            return Err(no_such_bucket());
        }
        Err(refuse(S3ErrorCode::AccessDenied, "Access Denied"))
    }
}

/// Operations that every region answers for every bucket.
const ANYWHERE: [&str; 2] = ["CreateBucket", "GetBucketLocation"];

impl Access {
    /// A call that is signed for one region about a bucket in another is sent there.
    fn check_region(&self, operation: &str, headers: &HeaderMap, bucket: Option<&str>) -> S3Result<()> {
        let (Some(bucket), Some((region, _))) = (bucket, sigv4::scope(headers)) else { return Ok(()) };
        match bucket::find(&self.store, bucket) {
            Ok(found) if found.region != region && !ANYWHERE.contains(&operation) => Err(elsewhere(&found.region)),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl S3Access for Access {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let name = cx.s3_op().name().to_owned();
        if let Some(note) = cx.extensions_mut().get::<OperationName>()
            && let Ok(mut note) = note.0.lock()
        {
            *note = Some(name.clone());
        }
        if cx.credentials().is_none() {
            return Err(refuse(S3ErrorCode::AccessDenied, "Access Denied"));
        }
        if cx.headers().contains_key("x-amz-security-token") {
            return Err(refuse(S3ErrorCode::InvalidToken, "The provided token is malformed or otherwise invalid."));
        }
        self.check_region(&name, cx.headers(), cx.s3_path().get_bucket_name())?;
        self.check_owner(cx.headers(), "x-amz-expected-bucket-owner", cx.s3_path().get_bucket_name())?;
        self.check_owner(cx.headers(), "x-amz-source-expected-bucket-owner", None)
    }
}
