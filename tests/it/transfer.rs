//! A run's transfers against the local cloud's S3: what is uploaded is listed under the ETag that was predicted, read back
//! as it was, and deleted.

use std::sync::atomic::{AtomicU64, Ordering};

use futures::StreamExt;
use pipectl::aws::Session;
use pipectl::services::s3::actions::{delete_objects, get_text, list, multipart_etag, put_text, upload_file};

use crate::support::cloud::LocalCloud;

const BUCKET: &str = "transfers";

async fn start() -> (LocalCloud, Session) {
    let cloud = LocalCloud::start().await;
    let session = cloud.session.clone();
    session.s3.create_bucket().bucket(BUCKET).send().await.unwrap();
    (cloud, session)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_arrive_whole_under_the_predicted_etag() {
    let folder = tempfile::tempdir().unwrap();
    let (_cloud, aws) = start().await;
    let part = 8 * 1024 * 1024;
    for (name, size) in [("empty.csv", 0), ("small.csv", 1000), ("one-part.csv", part), ("parts.csv", 2 * part + 5)] {
        let path = folder.path().join(name);
        // Parts that differ, so that a part in a wrong place shows.
        let bytes: Vec<u8> = (0..size).map(|at| (at / part * 31 + at % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        let sent = AtomicU64::new(0);
        let count = |bytes| {
            sent.fetch_add(bytes, Ordering::Relaxed);
        };
        let key = format!("staging/tracks/{name}");
        upload_file(&aws, BUCKET, &key, &path, &count).await.unwrap();
        assert_eq!(sent.into_inner(), size as u64, "{name}");
        let listed = list(&aws, BUCKET, &key).await.unwrap();
        assert_eq!((listed.len(), listed[0].size), (1, size as u64), "{name}");
        assert_eq!(listed[0].etag, multipart_etag(&path).unwrap(), "{name}");
        let got = aws.s3.get_object().bucket(BUCKET).key(&key).send().await.unwrap();
        assert!(got.body.collect().await.unwrap().to_vec() == bytes, "{name} came back changed");
    }
    assert_eq!(list(&aws, BUCKET, "staging/").await.unwrap().len(), 4);
    let uploads = aws.s3.list_multipart_uploads().bucket(BUCKET).send().await.unwrap();
    assert!(uploads.uploads().is_empty(), "an upload was left open");
}

/// An upload is dropped in its middle, as by a process that dies: nothing is aborted, and what arrived stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_was_cut_off_is_gone_on_with() {
    const PART: usize = 8 * 1024 * 1024;
    const PARTS: usize = 9;
    let folder = tempfile::tempdir().unwrap();
    let (log, path) = (folder.path().join("calls"), folder.path().join("large.csv"));
    let cloud = LocalCloud::logging(log.clone()).await;
    let aws = cloud.session.clone();
    aws.s3.create_bucket().bucket(BUCKET).send().await.unwrap();
    let bytes: Vec<u8> = (0..PARTS * PART - 3).map(|at| (at / PART * 31 + at % 251) as u8).collect();
    std::fs::write(&path, &bytes).unwrap();
    let sent_parts = || {
        let text = std::fs::read_to_string(&log).unwrap();
        text.lines().filter(|line| line.contains("\"UploadPart\"")).count()
    };

    let arrived = tokio::sync::Notify::new();
    let count = AtomicU64::new(0);
    let tell = |_| {
        if count.fetch_add(1, Ordering::Relaxed) == 2 {
            arrived.notify_one();
        }
    };
    tokio::select! {
        _ = upload_file(&aws, BUCKET, "staging/large.csv", &path, &tell) => panic!("it was done too soon"),
        () = arrived.notified() => {}
    }
    let before = sent_parts();
    let whole = AtomicU64::new(0);
    let add = |bytes| {
        whole.fetch_add(bytes, Ordering::Relaxed);
    };
    upload_file(&aws, BUCKET, "staging/large.csv", &path, &add).await.unwrap();
    assert_eq!(whole.into_inner(), bytes.len() as u64);
    assert!(sent_parts() - before <= PARTS - 3, "{before} parts and then {} more were sent", sent_parts() - before);
    let listed = list(&aws, BUCKET, "staging/").await.unwrap();
    assert_eq!(listed[0].etag, multipart_etag(&path).unwrap());
    let uploads = aws.s3.list_multipart_uploads().bucket(BUCKET).send().await.unwrap();
    assert!(uploads.uploads().is_empty(), "an upload was left open");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_are_written_read_listed_and_deleted() {
    let (_cloud, aws) = start().await;
    assert_eq!(get_text(&aws, BUCKET, "runs/1.json").await.unwrap(), None);
    assert_eq!(get_text(&aws, "no-such-bucket", "x").await.unwrap(), None);
    for name in ["runs/2.json", "runs/1.json", "runs/ü ñ+&.json"] {
        put_text(&aws, BUCKET, name, "{\"ü\": 1}", "application/json").await.unwrap();
        assert_eq!(get_text(&aws, BUCKET, name).await.unwrap().as_deref(), Some("{\"ü\": 1}"));
    }
    let keys: Vec<String> = list(&aws, BUCKET, "runs/").await.unwrap().into_iter().map(|o| o.key).collect();
    assert_eq!(keys, ["runs/1.json", "runs/2.json", "runs/ü ñ+&.json"]);
    assert_eq!(delete_objects(&aws, BUCKET, &keys).await.unwrap(), 3);
    assert!(list(&aws, BUCKET, "").await.unwrap().is_empty());
    let error = list(&aws, "no-such-bucket", "").await.unwrap_err();
    assert_eq!(error.aws_code(), Some("NoSuchBucket"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listings_and_deletions_go_over_pages() {
    let (_cloud, aws) = start().await;
    let put = |n| {
        let aws = aws.clone();
        async move { put_text(&aws, BUCKET, &format!("many/{n:04}"), "", "text/plain").await.unwrap() }
    };
    futures::stream::iter(0..1005).for_each_concurrent(20, put).await;
    let keys: Vec<String> = list(&aws, BUCKET, "many/").await.unwrap().into_iter().map(|o| o.key).collect();
    assert_eq!((keys.len(), keys.is_sorted()), (1005, true));
    assert_eq!(delete_objects(&aws, BUCKET, &keys).await.unwrap(), 1005);
    assert!(list(&aws, BUCKET, "").await.unwrap().is_empty());
}
