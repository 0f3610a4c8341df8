//! Crawls: started, carried out over the objects' files, ended.
//!
//! A crawl over S3 targets makes a table of each target's files ([`target`]); one over catalog targets registers what is
//! new of tables that are there ([`table`]).

mod csv;
mod folders;
mod globs;
mod json;
mod merge;
mod schema;
mod table;
mod target;

#[cfg(test)]
mod tests;

pub use target::forget;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::crawlers::{self, catalog_tables, existing, is_running};
use super::databases;
use super::support::{page, text};
use crate::local::endings::REASON;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::heavy;
use crate::local::owners::Owner;
use crate::local::store::{Store, now};

/// What a crawl changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Tables made.
    pub tables_created: u64,
    /// Tables changed.
    pub tables_updated: u64,
    /// Tables removed or marked as gone.
    pub tables_deleted: u64,
    /// Partitions registered.
    pub partitions_created: u64,
    /// Partitions changed.
    pub partitions_updated: u64,
    /// Partitions removed.
    pub partitions_deleted: u64,
}

impl Changes {
    fn add(&mut self, other: Changes) {
        self.tables_created += other.tables_created;
        self.tables_updated += other.tables_updated;
        self.tables_deleted += other.tables_deleted;
        self.partitions_created += other.partitions_created;
        self.partitions_updated += other.partitions_updated;
        self.partitions_deleted += other.partitions_deleted;
    }
}

/// `StartCrawler`.
pub async fn start(store: &Store, owner: &Arc<Owner>, input: &Value) -> ServiceResult {
    let lock = store.lock().await?;
    let mut crawler = existing(store, text(input, "Name"))?;
    if is_running(&crawler) {
        let message = format!("Crawler with name {} has already started", text(input, "Name"));
        return Err(ServiceError::bad_request("CrawlerRunningException", message));
    }
    crawler["State"] = "RUNNING".into();
    crawler["CrawlElapsedTime"] = 0.into();
    crawler["_owner"] = owner.id().into();
    crawler["_started"] = now().into();
    crawlers::put(store, &crawler)?;
    drop(lock);
    let (store, owner) = (store.clone(), owner.clone());
    heavy::handle().spawn(async move {
        let _alive = owner;
        let name = text(&crawler, "Name").to_owned();
        if let Err(error) = follow(&store, crawler).await {
            tracing::warn!("crawler {name}: {error}");
        }
    });
    Ok(json!({}))
}

/// `StopCrawler`.
pub async fn stop(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let mut crawler = existing(store, text(input, "Name"))?;
    match text(&crawler, "State") {
        "RUNNING" => {
            crawler["State"] = "STOPPING".into();
            crawler["_cancelled"] = true.into();
            crawlers::put(store, &crawler)?;
            Ok(json!({}))
        }
        "STOPPING" => Err(ServiceError::bad_request("CrawlerStoppingException", "Crawler is already stopping")),
        _ => {
            let message = format!("Crawler with name {} isn't running", text(input, "Name"));
            Err(ServiceError::bad_request("CrawlerNotRunningException", message))
        }
    }
}

/// `GetCrawlerMetrics`: of the last crawl of each.
pub async fn metrics(store: &Store, input: &Value) -> ServiceResult {
    let wanted = super::support::texts(input, "CrawlerNameList");
    let all = crawlers::all(store)?;
    let metric = |crawler: &Value| {
        let last = &crawler["_metrics"];
        json!({
            "CrawlerName": crawler["Name"], "TimeLeftSeconds": 0.0, "StillEstimating": is_running(crawler),
            "LastRuntimeSeconds": last["seconds"].as_f64().unwrap_or_default(),
            "MedianRuntimeSeconds": last["seconds"].as_f64().unwrap_or_default(),
            "TablesCreated": last["created"].as_u64().unwrap_or_default(),
            "TablesUpdated": last["updated"].as_u64().unwrap_or_default(),
            "TablesDeleted": last["deleted"].as_u64().unwrap_or_default()
        })
    };
    let chosen = all.iter().filter(|c| wanted.is_empty() || wanted.iter().any(|w| w == text(c, "Name")));
    page("CrawlerMetricsList", chosen.map(metric).collect(), input, 1000)
}

/// Carries a crawl to its end: `RUNNING`, `STOPPING`, `READY`.
async fn follow(store: &Store, crawler: Value) -> Result<(), ServiceError> {
    let started = Instant::now();
    let name = text(&crawler, "Name");
    let outcome = match store.endings().crawl {
        None => crawl(store, &crawler).await,
        Some("CANCELLED") => {
            change(store, name, |crawler| crawler["_cancelled"] = true.into()).await?;
            Ok(Changes::default())
        }
        Some(_) => Err(ServiceError::internal(REASON)),
    };
    change(store, name, |crawler| crawler["State"] = "STOPPING".into()).await?;
    // Glue stays in STOPPING for a while; a poll must be able to see it.
    tokio::time::sleep(Duration::from_millis(50)).await;
    change(store, name, |crawler| {
        let elapsed = started.elapsed();
        let cancelled = crawler["_cancelled"] == true;
        crawler["State"] = "READY".into();
        crawler["CrawlElapsedTime"] = (elapsed.as_millis() as u64).into();
        crawler["LastCrawl"] = last_crawl(crawler, cancelled, outcome.as_ref().err());
        if let Ok(changes) = &outcome {
            crawler["_metrics"] = json!({
                "seconds": elapsed.as_secs_f64(), "created": changes.tables_created, "updated": changes.tables_updated,
                "deleted": changes.tables_deleted
            });
        }
    })
    .await
}

fn last_crawl(crawler: &Value, cancelled: bool, error: Option<&ServiceError>) -> Value {
    let status = match (error, cancelled) {
        (Some(_), _) => "FAILED",
        (None, true) => "CANCELLED",
        (None, false) => "SUCCEEDED",
    };
    let mut last = json!({
        "Status": status,
        "LogGroup": "/aws-glue/crawlers",
        "LogStream": crawler["Name"],
        "MessagePrefix": uuid::Uuid::new_v4().to_string(),
        "StartTime": crawler["_started"]
    });
    if let Some(error) = error {
        last["ErrorMessage"] = error.message.clone().into();
    }
    last
}

async fn change(store: &Store, name: &str, change: impl FnOnce(&mut Value)) -> Result<(), ServiceError> {
    let _lock = store.lock().await?;
    let mut crawler = existing(store, name)?;
    change(&mut crawler);
    if text(&crawler, "State") == "READY"
        && let Some(members) = crawler.as_object_mut()
    {
        members.shift_remove("_cancelled");
        members.shift_remove("_owner");
    }
    crawlers::put(store, &crawler)
}

async fn crawl(store: &Store, crawler: &Value) -> Result<Changes, ServiceError> {
    let mut changes = Changes::default();
    let catalog = catalog_tables(crawler);
    if catalog.is_empty() {
        databases::existing(store, &super::support::name(crawler, "DatabaseName"))?;
    }
    for (database, name) in catalog {
        if is_cancelled(store, crawler)? {
            return Ok(changes);
        }
        changes.add(table::crawl(store, crawler, &database, &name).await?);
    }
    for target in crawler["Targets"]["S3Targets"].as_array().into_iter().flatten() {
        if is_cancelled(store, crawler)? {
            return Ok(changes);
        }
        changes.add(target::crawl(store, crawler, target).await?);
    }
    tracing::debug!("crawler {}: {changes:?}", text(crawler, "Name"));
    Ok(changes)
}

fn is_cancelled(store: &Store, crawler: &Value) -> Result<bool, ServiceError> {
    Ok(existing(store, text(crawler, "Name"))?["_cancelled"] == true)
}

/// What the crawler's `Configuration` and policies say of changes.
#[derive(Clone, Copy, Debug)]
struct Policy {
    /// Tables take over what the files say.
    updates: bool,
    /// They only get new columns; the others stay as they are.
    merges: bool,
    /// Partitions take their table's columns.
    inherits: bool,
    /// Only folders that are new are looked at.
    new_only: bool,
}

impl Policy {
    fn of(crawler: &Value) -> Self {
        let configuration: Value = serde_json::from_str(text(crawler, "Configuration")).unwrap_or_else(|_| json!({}));
        let behavior = |part: &str| text(&configuration["CrawlerOutput"][part], "AddOrUpdateBehavior").to_owned();
        Self {
            updates: text(&crawler["SchemaChangePolicy"], "UpdateBehavior") == "UPDATE_IN_DATABASE",
            merges: behavior("Tables") == "MergeNewColumns",
            inherits: behavior("Partitions") == "InheritFromTable",
            new_only: text(&crawler["RecrawlPolicy"], "RecrawlBehavior") == "CRAWL_NEW_FOLDERS_ONLY",
        }
    }
}
