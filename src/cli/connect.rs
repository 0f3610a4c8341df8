//! From arguments to a session: AWS's, or the embedded local cloud's. The only place that knows of `--local`; everything
//! above and below talks to both alike.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::args::Global;
use super::workspace::{Workspace, load};
use crate::aws::Session;
use crate::aws::session::{Credentials, Options, partition};
use crate::error::{Error, Result};
use crate::local::glue::spark;
use crate::local::{self, Cloud};
use crate::manifest;
use crate::manifest::model::Manifest;
use crate::resource::Resource;
use crate::services::Layout;
use crate::services::leftovers::Search;

/// The account the local cloud plays when the environment pins none.
pub const LOCAL_ACCOUNT: &str = manifest::PLACEHOLDER_ACCOUNT;

/// A workspace with a session; keeps the local cloud alive as long as it lives.
pub struct Connected {
    /// The offline half, with the real account filled in.
    pub workspace: Workspace,
    /// The session.
    pub aws: Session,
    cloud: Option<Cloud>,
    /// What the manifest asks for, made while AWS told who we are.
    foreseen: Option<Vec<Resource>>,
}

/// What a verb opens a connection for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Purpose {
    /// It plans: desired resources are computed while the first call is on its way, too.
    pub plans: bool,
    /// The local cloud runs jobs on Spark.
    pub spark: bool,
    /// Bytes that the local cloud's engine keeps a job within.
    pub memory_limit: Option<u64>,
}

impl Connected {
    /// Checks everything offline while AWS tells who we are; a refused manifest costs at most that call, which needs no
    /// right, and leaves nothing behind.
    pub async fn open(global: &Global) -> Result<Self> {
        Self::open_for(global, Purpose::default()).await
    }

    /// The same, for a verb with more to it.
    pub async fn open_for(global: &Global, Purpose { plans, spark, memory_limit }: Purpose) -> Result<Self> {
        let manifest = load(global, None)?;
        no_fault_without_local(global)?;
        if spark && !global.local {
            return Err(Error::usage("spark-without-local", "--spark is given without --local")
                .with_help("Glue runs every job on Spark: leave --spark out, or add --local to try the script here"));
        }
        if memory_limit.is_some() && !global.local {
            return Err(Error::usage("memory-limit-without-local", "--memory-limit is given without --local")
                .with_help(
                    "it limits the engine on this machine; on Glue choose `job.worker_type` and `job.workers`",
                ));
        }
        let spark = spark.then(spark::find).transpose()?;
        let is_new = global.local && !root(&global.file).exists();
        let (options, cloud) = if global.local {
            let account = manifest.environment.account.as_ref().map(|account| account.value.clone());
            let cloud = start(global, account, &manifest.region, (spark, memory_limit)).await?;
            (reaching(&cloud, options(global, &manifest)), Some(cloud))
        } else {
            (options(global, &manifest), None)
        };
        let expected = options.expected_account.clone().unwrap_or_else(|| LOCAL_ACCOUNT.to_owned());
        let connecting = tokio::spawn(Session::connect(options));
        let offline = match Workspace::of(manifest) {
            Ok(offline) => offline,
            Err(refused) => {
                connecting.abort();
                if let Some(cloud) = cloud {
                    cloud.shutdown().await;
                }
                if is_new {
                    local::store::remove_empty(&root(&global.file));
                }
                return Err(refused);
            }
        };
        // Nearly always the account will be this one; a fault is told when the resources are asked for.
        let foreseen = plans.then(|| offline.desired(&expected, partition(&offline.manifest.region)).ok()).flatten();
        let aws = connecting.await.map_err(|e| Error::bug(format!("connecting broke off: {e}")))??;
        if aws.account == expected {
            let foreseen = foreseen.filter(|_| aws.partition == partition(&aws.region));
            return Ok(Self { workspace: offline, aws, cloud, foreseen });
        }
        // `${account}` was a placeholder until now.
        Ok(Self { workspace: Workspace::open(global, Some(&aws.account))?, aws, cloud, foreseen: None })
    }

    /// Every resource that the manifest asks for.
    pub fn desired(&self) -> Result<Cow<'_, [Resource]>> {
        match &self.foreseen {
            Some(resources) => Ok(Cow::Borrowed(resources)),
            None => Ok(Cow::Owned(self.workspace.desired(&self.aws.account, &self.aws.partition)?)),
        }
    }

    /// Whose things are looked for in AWS, and where.
    pub fn search(&self) -> Search {
        let layout = Layout::of(&self.workspace.manifest);
        Search { owner: self.workspace.owner(), warehouse: Some(layout.warehouse.uri()), base: layout.base }
    }

    /// The bucket that holds our folder, and in it the lock.
    pub fn control_bucket(&self) -> String {
        Layout::of(&self.workspace.manifest).bucket
    }

    /// Whether this is the embedded local cloud.
    pub fn is_local(&self) -> bool {
        self.cloud.is_some()
    }

    /// Where the data lies, in words for a reader of it: `123456789012, us-east-1` or `local cloud`.
    pub fn place(&self) -> String {
        match &self.cloud {
            Some(_) => "local cloud".to_owned(),
            None => format!("{}, {}", self.aws.account, self.aws.region),
        }
    }

    /// Where we are, in words: `account 123456789012, us-east-1` or `the local cloud in .pipectl/cloud`.
    pub fn whereabouts(&self, global: &Global) -> String {
        match &self.cloud {
            Some(_) => format!("the local cloud in {}", root(&global.file).display()),
            None => format!("account {}, {}", self.aws.account, self.aws.region),
        }
    }
}

/// A session without a manifest, in `region`; the local cloud lives as long as the second value.
pub async fn bare(global: &Global, region: &str) -> Result<(Session, Option<Cloud>)> {
    no_fault_without_local(global)?;
    let options = Options {
        region: region.to_owned(),
        profile: global.profile.clone(),
        endpoint_url: global.endpoint_url.clone(),
        ..Options::default()
    };
    if !global.local {
        return Ok((Session::connect(options).await?, None));
    }
    let cloud = start(global, None, region, (None, None)).await?;
    Ok((Session::connect(reaching(&cloud, options)).await?, Some(cloud)))
}

fn no_fault_without_local(global: &Global) -> Result<()> {
    if global.fault.is_none() || global.local {
        return Ok(());
    }
    Err(Error::usage("fault-without-local", "--fault (or PIPECTL_FAULT) is given without --local")
        .with_help("only the local cloud has faults on order: add --local, or leave the fault out"))
}

/// The options that lead to the local cloud.
fn reaching(cloud: &Cloud, options: Options) -> Options {
    let endpoint = cloud.endpoint();
    let credentials = Credentials {
        access_key_id: endpoint.access_key_id.clone(),
        secret_access_key: endpoint.secret_access_key.clone(),
    };
    Options { endpoint_url: Some(endpoint.url.clone()), credentials: Some(credentials), ..options }
}

fn options(global: &Global, manifest: &Manifest) -> Options {
    Options {
        region: manifest.region.value.clone(),
        profile: global.profile.clone().or_else(|| manifest.environment.profile.as_ref().map(|p| p.value.clone())),
        endpoint_url: global.endpoint_url.clone(),
        credentials: None,
        expected_account: manifest.environment.account.as_ref().map(|a| a.value.clone()),
        ..Options::default()
    }
}

/// `.pipectl/cloud` beside the manifest.
pub fn root(manifest: &Path) -> PathBuf {
    manifest.parent().unwrap_or(Path::new("")).join(".pipectl").join("cloud")
}

async fn start(
    global: &Global,
    account: Option<String>,
    region: &str,
    (spark, memory_limit): (Option<PathBuf>, Option<u64>),
) -> Result<Cloud> {
    local::start(local::Options {
        root: root(&global.file),
        port: 0,
        account: account.unwrap_or_else(|| LOCAL_ACCOUNT.to_owned()),
        region: region.to_owned(),
        access_key_id: None,
        secret_access_key: None,
        request_log: global.request_log.clone(),
        faults: global.fault.clone().unwrap_or_default(),
        spark,
        memory_limit,
    })
    .await
}

/// The manifest's pinned account and region for `local serve`; `None` when there is no readable manifest.
pub fn pinned(global: &Global) -> Option<(Option<String>, String)> {
    let manifest = load(global, None).ok()?;
    Some((manifest.environment.account.map(|a| a.value), manifest.region.value))
}
