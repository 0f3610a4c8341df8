//! A small object that is written only under a condition: the ground of the lock.
//!
//! S3 takes `If-None-Match: *` and `If-Match: ETAG` on PutObject and answers 412 when the condition does not hold, 409
//! when another conditional write of the same key is in flight, and 404 when `If-Match` names an object that is gone
//! (S3 User Guide, "Prevent object overwrites with conditional writes").

use aws_sdk_s3::primitives::ByteStream;

use crate::aws::{Call, Session, absent};
use crate::error::{Error, Kind, Result};

/// The object as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its text.
    pub body: String,
    /// Its ETag, as S3 gave it.
    pub etag: String,
}

/// How a conditional write ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Written; the new ETag.
    Done(String),
    /// The condition did not hold, or somebody else was writing.
    Refused,
    /// The bucket does not exist.
    NoBucket,
}

/// Where such an object lies.
#[derive(Clone, Debug)]
pub struct LeaseObject {
    /// The session.
    pub session: Session,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
}

/// What 412, 409 and the loss of the object are called.
const REFUSED: &[&str] = &["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "NotFound", "Conflict"];

impl LeaseObject {
    /// Reads it; `None` when it, or its bucket, does not exist.
    pub async fn read(&self) -> Result<Option<Stored>> {
        let got = self
            .session
            .s3
            .get_object()
            .bucket(&self.bucket)
            .key(&self.key)
            .expected_bucket_owner(&self.session.account)
            .send()
            .await
            .call("s3:GetObject");
        let Some(object) = absent(got, &["NoSuchKey", "NoSuchBucket", "NotFound"])? else { return Ok(None) };
        let etag = object.e_tag.clone().unwrap_or_default();
        let body = object.body.collect().await.map_err(|e| {
            let uri = format!("s3://{}/{}", self.bucket, self.key);
            Error::new(Kind::Aws, "aws-unreachable", format!("reading `{uri}` broke off: {e}"))
                .with_help("run the command again")
        })?;
        Ok(Some(Stored { body: String::from_utf8_lossy(&body.to_vec()).into_owned(), etag }))
    }

    /// Writes it if it does not exist.
    pub async fn create(&self, body: &str) -> Result<Written> {
        self.put(body, None).await
    }

    /// Writes it if it is still the one with `etag`.
    pub async fn replace(&self, body: &str, etag: &str) -> Result<Written> {
        self.put(body, Some(etag)).await
    }

    async fn put(&self, body: &str, etag: Option<&str>) -> Result<Written> {
        let put = self
            .session
            .s3
            .put_object()
            .bucket(&self.bucket)
            .key(&self.key)
            .content_type("application/json")
            .body(ByteStream::from(body.as_bytes().to_vec()))
            .expected_bucket_owner(&self.session.account);
        let put = match etag {
            Some(etag) => put.if_match(etag),
            None => put.if_none_match("*"),
        };
        match put.send().await.call("s3:PutObject") {
            Ok(done) => Ok(Written::Done(done.e_tag.unwrap_or_default())),
            Err(error) => match error.aws_code() {
                Some("NoSuchBucket") => Ok(Written::NoBucket),
                Some(code) if REFUSED.contains(&code) => Ok(Written::Refused),
                _ => Err(error),
            },
        }
    }

    /// Deletes it, if it is still the one with `etag`; that it is gone already is success, that it is another's is
    /// left alone.
    pub async fn delete(&self, etag: &str) -> Result<()> {
        // Looked at first as well: not every S3 honours a condition on deletions.
        match self.read().await? {
            Some(stored) if stored.etag == etag => {}
            _ => return Ok(()),
        }
        let deleted = self
            .session
            .s3
            .delete_object()
            .bucket(&self.bucket)
            .key(&self.key)
            .if_match(etag)
            .expected_bucket_owner(&self.session.account)
            .send()
            .await
            .call("s3:DeleteObject");
        absent(deleted, REFUSED).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    async fn lease(replies: Vec<Reply>) -> (Canned, LeaseObject) {
        let server = Canned::start(replies).await;
        let lease = LeaseObject { session: session(&server), bucket: "b".into(), key: "pipectl/x/lock.json".into() };
        (server, lease)
    }

    #[tokio::test]
    async fn conditions_are_sent_and_their_refusal_is_no_error() {
        let refusal = |status, code| Reply::s3_error(status, code, "no");
        let (server, lease) = lease(vec![
            Reply::new(200, "").header("etag", "\"1\""),
            refusal(412, "PreconditionFailed"),
            refusal(409, "ConditionalRequestConflict"),
            refusal(404, "NoSuchKey"),
            refusal(404, "NoSuchBucket"),
            refusal(403, "AccessDenied"),
        ])
        .await;
        assert_eq!(lease.create("{}").await.unwrap(), Written::Done("\"1\"".into()));
        assert_eq!(lease.create("{}").await.unwrap(), Written::Refused);
        assert_eq!(lease.replace("{}", "\"1\"").await.unwrap(), Written::Refused);
        assert_eq!(lease.replace("{}", "\"1\"").await.unwrap(), Written::Refused);
        assert_eq!(lease.create("{}").await.unwrap(), Written::NoBucket);
        assert_eq!(lease.create("{}").await.unwrap_err().aws_code(), Some("AccessDenied"));
        let asked = server.asked();
        assert_eq!(asked[0].header("if-none-match"), Some("*"));
        assert_eq!((asked[2].header("if-match"), asked[2].header("if-none-match")), (Some("\"1\""), None));
        assert!(asked.iter().all(|a| a.header("x-amz-expected-bucket-owner") == Some("123456789012")));
    }

    #[tokio::test]
    async fn only_our_own_is_deleted() {
        let (server, lease) = lease(vec![
            Reply::new(200, "{}").header("etag", "\"2\""),
            Reply::new(200, "{}").header("etag", "\"1\""),
            Reply::new(204, ""),
            Reply::s3_error(404, "NoSuchKey", "gone"),
        ])
        .await;
        lease.delete("\"1\"").await.unwrap();
        assert_eq!(server.asked().len(), 1, "another's lease is left alone");
        lease.delete("\"1\"").await.unwrap();
        assert_eq!(server.asked()[2].header("if-match"), Some("\"1\""));
        lease.delete("\"1\"").await.unwrap();
        assert_eq!(server.asked().len(), 4);
    }
}
