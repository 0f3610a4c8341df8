//! Deleting a bucket: never with data that somebody did not agree to lose.

use super::delete;
use super::versions::{self, Entry};
use crate::aws::retry::{BUCKET_NOT_EMPTY_YET, OPERATION_ABORTED, retry_while};
use crate::aws::{Call, Session, absent};
use crate::error::Result;
use crate::services::Deleted;

/// Deletes the bucket with what is pipectl's own in it (folder markers and all under `control`), and with `delete_data`
/// with everything else; without it a bucket that holds anything else stays whole.
///
/// `BucketNotEmpty` right after the last deletion is stale, or somebody wrote meanwhile: all is looked at again.
pub(super) async fn delete(aws: &Session, bucket: &str, control: Option<&str>, delete_data: bool) -> Result<Deleted> {
    retry_while(&[&BUCKET_NOT_EMPTY_YET, &OPERATION_ABORTED], || once(aws, bucket, control, delete_data)).await
}

/// The first object that somebody would miss, read page by page until there is one; `None` in a bucket that may go.
pub async fn first_data(aws: &Session, bucket: &str, control: &str) -> Result<Option<String>> {
    let found = versions::find(aws, bucket, "", |e| e.is_data() && !e.target.key.starts_with(control)).await;
    Ok(absent(found, &["NoSuchBucket", "NotFound"])?.flatten().map(|entry| entry.target.key))
}

async fn once(aws: &Session, bucket: &str, control: Option<&str>, delete_data: bool) -> Result<Deleted> {
    let Some(entries) = absent(versions::list(aws, bucket, "").await, &["NoSuchBucket", "NotFound"])? else {
        return Ok(Deleted::Gone);
    };
    let ours = |entry: &Entry| control.is_some_and(|prefix| entry.target.key.starts_with(prefix));
    let data: Vec<&Entry> = entries.iter().filter(|entry| entry.is_data() && !ours(entry)).collect();
    if !delete_data && !data.is_empty() {
        return Ok(Deleted::KeptData(versions::told(&data)));
    }
    delete::delete(aws, bucket, entries.into_iter().map(|entry| entry.target).collect()).await?;
    let gone = aws.s3.delete_bucket().bucket(bucket).expected_bucket_owner(&aws.account).send().await;
    absent(gone.call("s3:DeleteBucket"), &["NoSuchBucket", "NotFound"])?;
    Ok(Deleted::Gone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};

    const CONTROL: Option<&str> = Some("pipectl/spotify-dev/");

    fn listing(entries: &[(&str, u64)]) -> Reply {
        let versions: String = entries
            .iter()
            .map(|(key, size)| {
                format!("<Version><Key>{key}</Key><VersionId>null</VersionId><Size>{size}</Size></Version>")
            })
            .collect();
        Reply::new(200, format!("<ListVersionsResult><IsTruncated>false</IsTruncated>{versions}</ListVersionsResult>"))
    }

    #[tokio::test]
    async fn data_keeps_the_bucket_and_everything_in_it() {
        let server = Canned::start(vec![listing(&[
            ("pipectl/spotify-dev/lock.json", 90),
            ("staging/", 0),
            ("staging/a.csv", 1500),
        ])])
        .await;
        let kept = delete(&session(&server), "b", CONTROL, false).await.unwrap();
        assert_eq!(kept, Deleted::KeptData("1 object, 1 kB".into()));
        assert_eq!(server.asked().len(), 1, "nothing was deleted");
    }

    #[tokio::test]
    async fn our_own_goes_with_the_bucket() {
        let server = Canned::start(vec![
            listing(&[("pipectl/spotify-dev/lock.json", 90), ("staging/", 0)]),
            Reply::new(200, "<DeleteResult/>"),
            Reply::new(204, ""),
        ])
        .await;
        assert_eq!(delete(&session(&server), "b", CONTROL, false).await.unwrap(), Deleted::Gone);
        let asked = server.asked();
        assert!(asked[1].body.contains("lock.json") && asked[1].body.contains("<VersionId>null</VersionId>"));
        assert_eq!(asked[2].method, "DELETE");
    }

    #[tokio::test]
    async fn a_stale_not_empty_passes() {
        let server = Canned::start(vec![
            listing(&[("staging/a.csv", 1)]),
            Reply::new(200, "<DeleteResult/>"),
            Reply::s3_error(409, "BucketNotEmpty", "The bucket you tried to delete is not empty"),
            listing(&[]),
            Reply::new(204, ""),
        ])
        .await;
        assert_eq!(delete(&session(&server), "b", CONTROL, true).await.unwrap(), Deleted::Gone);
    }

    #[tokio::test]
    async fn a_bucket_that_is_gone_is_gone() {
        let server =
            Canned::start(vec![Reply::s3_error(404, "NoSuchBucket", "The specified bucket does not exist")]).await;
        assert_eq!(delete(&session(&server), "b", CONTROL, true).await.unwrap(), Deleted::Gone);
    }
}
