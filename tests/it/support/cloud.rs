//! A local cloud inside the test's process, and a session with it.

use std::path::PathBuf;

use pipectl::aws::Session;
use pipectl::aws::session::{Credentials, Options};
use pipectl::local;

/// The cloud's account.
pub const ACCOUNT: &str = "123456789012";

/// A running cloud; it and its state end with this value.
pub struct LocalCloud {
    /// A session with it; one attempt a call, so that no fault hides behind a second one.
    pub session: Session,
    _cloud: local::Cloud,
    _folder: tempfile::TempDir,
}

impl LocalCloud {
    /// Starts an empty one in us-east-1.
    pub async fn start() -> Self {
        Self::with(None).await
    }

    /// Starts one that writes its calls down in `log`.
    pub async fn logging(log: PathBuf) -> Self {
        Self::with(Some(log)).await
    }

    async fn with(request_log: Option<PathBuf>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options =
            local::Options { account: ACCOUNT.into(), request_log, ..local::Options::new(folder.path().join("cloud")) };
        let cloud = local::start(options).await.unwrap();
        let endpoint = cloud.endpoint();
        let session = Session::connect(Options {
            region: "us-east-1".into(),
            endpoint_url: Some(endpoint.url.clone()),
            credentials: Some(Credentials {
                access_key_id: endpoint.access_key_id.clone(),
                secret_access_key: endpoint.secret_access_key.clone(),
            }),
            expected_account: Some(ACCOUNT.into()),
            max_attempts: Some(1),
            ..Options::default()
        })
        .await
        .unwrap();
        Self { session, _cloud: cloud, _folder: folder }
    }
}
