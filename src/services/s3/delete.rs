//! Deleting many objects: a thousand a call, with the errors of each key.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use std::time::{Duration, Instant};

use crate::aws::retry::THROTTLED;
use crate::aws::{Call, Session};
use crate::error::{AwsCall, Error, Kind, Result};

/// The most keys `DeleteObjects` takes.
const BATCH: usize = 1000;

/// What to delete: a key, or one version of it (a delete marker is a version, too).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub key: String,
    pub version: Option<String>,
}

/// A key that was not deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refused {
    target: Target,
    code: String,
    message: String,
}

impl Refused {
    /// Whether S3 may take it when asked again.
    fn passes(&self) -> bool {
        matches!(self.code.as_str(), "SlowDown" | "InternalError" | "ServiceUnavailable" | "OperationAborted")
    }
}

/// Deletes them all and says how many went. Keys that S3 is too busy for are tried again for two minutes.
pub(super) async fn delete(aws: &Session, bucket: &str, targets: Vec<Target>) -> Result<u64> {
    let mut gone = 0;
    let mut refused = Vec::new();
    for batch in targets.chunks(BATCH) {
        let left = delete_batch(aws, bucket, batch).await?;
        gone += (batch.len() - left.len()) as u64;
        refused.extend(left);
    }
    match refused.first() {
        None => Ok(gone),
        Some(first) => Err(told(bucket, first, refused.len())),
    }
}

/// One batch, again with what is refused for a passing reason; what is left was refused for good.
async fn delete_batch(aws: &Session, bucket: &str, batch: &[Target]) -> Result<Vec<Refused>> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(250);
    let mut wanted = batch.to_vec();
    let mut for_good = Vec::new();
    loop {
        let refused = crate::aws::retry::retry_while(&[&THROTTLED], || once(aws, bucket, &wanted)).await?;
        let (again, never): (Vec<_>, Vec<_>) = refused.into_iter().partition(Refused::passes);
        for_good.extend(never);
        if again.is_empty() || start.elapsed() > THROTTLED.at_most {
            for_good.extend(again);
            return Ok(for_good);
        }
        wanted = again.into_iter().map(|r| r.target).collect();
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(8));
    }
}

async fn once(aws: &Session, bucket: &str, targets: &[Target]) -> Result<Vec<Refused>> {
    let objects = targets.iter().map(identifier).collect::<Result<Vec<_>>>()?;
    let delete = Delete::builder()
        .set_objects(Some(objects))
        .quiet(true)
        .build()
        .map_err(|e| Error::bug(format!("a deletion cannot be built: {e}")))?;
    let answer = aws
        .s3
        .delete_objects()
        .bucket(bucket)
        .delete(delete)
        .expected_bucket_owner(&aws.account)
        .send()
        .await
        .call("s3:DeleteObject")?;
    let refused = answer.errors().iter().map(|error| Refused {
        target: Target {
            key: error.key().unwrap_or_default().to_owned(),
            version: error.version_id().filter(|v| !v.is_empty()).map(str::to_owned),
        },
        code: error.code().unwrap_or_default().to_owned(),
        message: error.message().unwrap_or_default().to_owned(),
    });
    Ok(refused.collect())
}

fn identifier(target: &Target) -> Result<ObjectIdentifier> {
    ObjectIdentifier::builder()
        .key(&target.key)
        .set_version_id(target.version.clone())
        .build()
        .map_err(|e| Error::bug(format!("an object identifier cannot be built: {e}")))
}

fn told(bucket: &str, first: &Refused, count: usize) -> Error {
    let key = &first.target.key;
    let error = Error::new(
        Kind::Aws,
        "objects-not-deleted",
        format!("`s3://{bucket}/{key}` was not deleted: {} ({})", first.message, first.code),
    )
    .with_call(AwsCall { operation: "s3:DeleteObject".to_owned(), code: Some(first.code.clone()), request_id: None })
    .with_help("allow s3:DeleteObject and s3:DeleteObjectVersion on the bucket, and look for an object lock");
    match count - 1 {
        0 => error,
        others => error.with_note(format!("{others} further objects were not deleted either")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    fn targets(count: usize) -> Vec<Target> {
        (0..count).map(|n| Target { key: format!("k{n}"), version: None }).collect()
    }

    #[tokio::test]
    async fn a_thousand_a_call() {
        let ok = Reply::new(200, "<DeleteResult/>");
        let server = Canned::start(vec![ok.clone(), ok.clone(), ok]).await;
        assert_eq!(delete(&session(&server), "b", targets(2001)).await.unwrap(), 2001);
        let counts: Vec<_> = server.asked().iter().map(|a| a.body.matches("<Key>").count()).collect();
        assert_eq!(counts, [1000, 1000, 1]);
        assert!(server.asked().iter().all(|a| a.header("x-amz-expected-bucket-owner") == Some("123456789012")));
    }

    #[tokio::test]
    async fn busy_keys_are_asked_again_and_only_they() {
        let busy =
            "<DeleteResult><Error><Key>k1</Key><Code>SlowDown</Code><Message>Reduce</Message></Error></DeleteResult>";
        let server = Canned::start(vec![Reply::new(200, busy), Reply::new(200, "<DeleteResult/>")]).await;
        assert_eq!(delete(&session(&server), "b", targets(3)).await.unwrap(), 3);
        let second = &server.asked()[1].body;
        assert!(second.contains("<Key>k1</Key>") && !second.contains("<Key>k0</Key>"), "{second}");
    }

    #[tokio::test]
    async fn a_refused_key_is_told_with_the_count_of_the_others() {
        let denied = "<DeleteResult>\
            <Error><Key>k0</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>\
            <Error><Key>k2</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>";
        let server = Canned::start(vec![Reply::new(200, denied)]).await;
        let error = delete(&session(&server), "b", targets(3)).await.unwrap_err();
        assert_eq!(error.code(), "objects-not-deleted");
        assert_eq!(error.message(), "`s3://b/k0` was not deleted: Access Denied (AccessDenied)");
        assert_eq!(error.notes(), ["1 further objects were not deleted either"]);
    }
}
