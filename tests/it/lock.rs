//! The lock over the local cloud's S3, through the AWS SDK.

use std::sync::Arc;

use pipectl::apply::Lock;
use pipectl::apply::lock::{object, unlock};
use pipectl::aws::Session;
use pipectl::aws::session::{Credentials, Options};
use pipectl::local;
use pipectl::resource::{Address, Kind};

struct Bench {
    session: Session,
    cloud: local::Cloud,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = local::Options::new(folder.path().join("cloud"));
        let cloud = local::start(options).await.unwrap();
        let endpoint = cloud.endpoint();
        let session = Session::connect(Options {
            region: "us-east-1".into(),
            endpoint_url: Some(endpoint.url.clone()),
            credentials: Some(Credentials {
                access_key_id: endpoint.access_key_id.clone(),
                secret_access_key: endpoint.secret_access_key.clone(),
            }),
            ..Options::default()
        })
        .await
        .unwrap();
        Self { session, cloud, _folder: folder }
    }

    fn lock(&self, command: &str) -> Lock {
        let store = object(&self.session, "results", "demo");
        Lock::new(Arc::new(store), Address::new(Kind::S3Bucket, "results"), command)
    }

    async fn text(&self) -> Option<String> {
        object(&self.session, "results", "demo").read().await.unwrap().map(|stored| stored.body)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_holder_at_a_time() {
    let bench = Bench::start().await;
    let first = bench.lock("pipectl apply");
    assert!(!first.acquire().await.unwrap(), "there is no bucket yet");
    first.check().await.unwrap();
    bench.session.s3.create_bucket().bucket("results").send().await.unwrap();

    assert!(first.acquire().await.unwrap());
    first.check().await.unwrap();
    let error = bench.lock("pipectl destroy").acquire().await.unwrap_err();
    assert_eq!(error.code(), "locked");
    assert!(error.message().contains("pipectl apply"), "{error}");
    first.release().await.unwrap();
    assert_eq!(bench.text().await, None);

    let second = bench.lock("pipectl destroy");
    assert!(second.acquire().await.unwrap());
    let store = object(&bench.session, "results", "demo");
    assert!(unlock(&store).await.unwrap().unwrap().contains("pipectl destroy"));
    assert_eq!(unlock(&store).await.unwrap(), None);
    drop(second);
    bench.cloud.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_find_a_dead_holder_one_wins() {
    let bench = Bench::start().await;
    bench.session.s3.create_bucket().bucket("results").send().await.unwrap();
    let dead = bench.lock("pipectl apply");
    dead.acquire().await.unwrap();
    let mut holder: serde_json::Value = serde_json::from_str(&bench.text().await.unwrap()).unwrap();
    holder["id"] = "gone".into();
    holder["renewed"] = "2020-01-01T00:00:00Z".into();
    let body = holder.to_string().into_bytes();
    bench
        .session
        .s3
        .put_object()
        .bucket("results")
        .key("pipectl/demo/lock.json")
        .body(body.into())
        .send()
        .await
        .unwrap();

    let locks: Vec<Lock> = (0..12).map(|n| bench.lock(&format!("pipectl apply {n}"))).collect();
    let taken = futures::future::join_all(locks.iter().map(Lock::acquire)).await;
    let winners: Vec<usize> = (0..12).filter(|n| matches!(taken[*n], Ok(true))).collect();
    assert_eq!(winners.len(), 1, "{taken:?}");
    assert!(bench.text().await.unwrap().contains(&format!("pipectl apply {}\"", winners[0])));
    for (number, lock) in locks.iter().enumerate() {
        lock.release().await.unwrap();
        let held = bench.text().await.is_some();
        assert_eq!(held, number < winners[0], "only the winner's release removes it");
    }
    bench.cloud.shutdown().await;
}
