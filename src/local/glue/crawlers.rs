//! Crawler definitions and their states.

use serde_json::{Value, json};

use super::support::{already_exists, invalid, members, name, not_found, page, text, texts};
use super::{crawl, tables, tags};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::owners;
use crate::local::store::{Store, now};

const COLLECTION: &str = "glue/crawlers";

/// The crawler's document, or Glue's refusal.
pub fn existing(store: &Store, crawler: &str) -> ServiceResult {
    let found: Option<Value> = store.get(COLLECTION, crawler)?;
    settled(store, found.ok_or_else(|| not_found(format!("Crawler entry with name {crawler} does not exist")))?)
}

/// All crawlers, sorted.
pub fn all(store: &Store) -> Result<Vec<Value>, ServiceError> {
    store.list(COLLECTION)?.into_iter().map(|(_, crawler)| settled(store, crawler)).collect()
}

/// A crawl whose process died has failed.
fn settled(store: &Store, mut crawler: Value) -> ServiceResult {
    if is_running(&crawler) && !owners::is_alive(store, text(&crawler, "_owner")) {
        crawler["State"] = "READY".into();
        crawler["LastCrawl"] = json!({
            "Status": "FAILED", "ErrorMessage": "The local cloud ended while this crawler ran",
            "LogGroup": "/aws-glue/crawlers", "LogStream": crawler["Name"], "StartTime": crawler["_started"]
        });
        put(store, &crawler)?;
    }
    Ok(crawler)
}

/// As the API answers it: without what is only ours.
fn public(mut crawler: Value) -> Value {
    if let Some(members) = crawler.as_object_mut() {
        members.retain(|member, _| !member.starts_with('_'));
    }
    crawler
}

/// Writes a crawler's document.
pub fn put(store: &Store, crawler: &Value) -> Result<(), ServiceError> {
    Ok(store.put(COLLECTION, text(crawler, "Name"), crawler)?)
}

/// `CreateCrawler`.
pub async fn create(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let name = text(input, "Name");
    if store.get::<Value>(COLLECTION, name)?.is_some() {
        return Err(already_exists(format!("Crawler with name {name} already exists")));
    }
    let mut crawler = members(input);
    crawler.shift_remove("Tags");
    let time = now();
    crawler.insert("State".into(), "READY".into());
    crawler.insert("CreationTime".into(), time.into());
    crawler.insert("CrawlElapsedTime".into(), 0.into());
    let crawler = finished(crawler.into(), 1, time)?;
    check(store, &crawler)?;
    tags::put_new(store, &tags::arn(store, "crawler", name), input.get("Tags"))?;
    put(store, &crawler)?;
    Ok(json!({}))
}

/// `GetCrawler`.
pub async fn get(store: &Store, input: &Value) -> ServiceResult {
    Ok(json!({ "Crawler": public(existing(store, text(input, "Name"))?) }))
}

/// `GetCrawlers`.
pub async fn list(store: &Store, input: &Value) -> ServiceResult {
    page("Crawlers", all(store)?.into_iter().map(public).collect(), input, 100)
}

/// `ListCrawlers`: names, filtered by tags.
pub async fn list_names(store: &Store, input: &Value) -> ServiceResult {
    let names = all(store)?.iter().map(|crawler| text(crawler, "Name").to_owned()).collect();
    page("CrawlerNames", tags::filtered(store, "crawler", names, input)?, input, 100)
}

/// `BatchGetCrawlers`.
pub async fn batch_get(store: &Store, input: &Value) -> ServiceResult {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for name in texts(input, "CrawlerNames") {
        match existing(store, &name) {
            Ok(crawler) => found.push(public(crawler)),
            Err(_) => missing.push(name),
        }
    }
    Ok(json!({ "Crawlers": found, "CrawlersNotFound": missing }))
}

/// `UpdateCrawler`: members that are left out keep their values.
pub async fn update(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let old = existing(store, text(input, "Name"))?;
    refuse_running(&old)?;
    let mut crawler = members(&old);
    for (member, value) in input.as_object().into_iter().flatten().filter(|(_, v)| !v.is_null()) {
        crawler.insert(member.clone(), value.clone());
    }
    let version = old["Version"].as_u64().unwrap_or(1) + 1;
    let crawler = finished(crawler.into(), version, now())?;
    check(store, &crawler)?;
    put(store, &crawler)?;
    Ok(json!({}))
}

/// `DeleteCrawler`.
pub async fn delete(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let crawler = existing(store, text(input, "Name"))?;
    refuse_running(&crawler)?;
    store.delete(COLLECTION, text(input, "Name"))?;
    crawl::forget(store, text(input, "Name"))?;
    tags::forget(store, &tags::arn(store, "crawler", text(input, "Name")))?;
    Ok(json!({}))
}

/// `UpdateCrawlerSchedule`: an empty schedule clears it.
pub async fn update_schedule(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let mut crawler = existing(store, text(input, "CrawlerName"))?;
    refuse_running(&crawler)?;
    crawler["Schedule"] = text(input, "Schedule").into();
    let version = crawler["Version"].as_u64().unwrap_or(1) + 1;
    put(store, &finished(crawler, version, now())?)?;
    Ok(json!({}))
}

/// `StartCrawlerSchedule` and `StopCrawlerSchedule`.
pub async fn switch_schedule(store: &Store, input: &Value, on: bool) -> ServiceResult {
    let _lock = store.lock().await?;
    let mut crawler = existing(store, text(input, "CrawlerName"))?;
    let Some(schedule) = crawler.get_mut("Schedule").filter(|s| s.is_object()) else {
        return Err(ServiceError::bad_request("NoScheduleException", "Crawler has no schedule"));
    };
    if (text(schedule, "State") == "SCHEDULED") == on {
        let (code, word) =
            if on { ("SchedulerRunningException", "running") } else { ("SchedulerNotRunningException", "not running") };
        return Err(ServiceError::bad_request(code, format!("The scheduler is {word}")));
    }
    schedule["State"] = if on { "SCHEDULED" } else { "NOT_SCHEDULED" }.into();
    put(store, &crawler)?;
    Ok(json!({}))
}

/// The tables of a `CatalogTargets` crawler: database, table.
pub fn catalog_tables(crawler: &Value) -> Vec<(String, String)> {
    let targets = crawler.pointer("/Targets/CatalogTargets").and_then(Value::as_array);
    let of = |target: &Value| {
        let database = name(target, "DatabaseName");
        texts(target, "Tables").into_iter().map(move |t| (database.clone(), t.to_lowercase())).collect::<Vec<_>>()
    };
    targets.into_iter().flatten().flat_map(of).collect()
}

/// Whether a crawl or its end is under way.
pub fn is_running(crawler: &Value) -> bool {
    matches!(text(crawler, "State"), "RUNNING" | "STOPPING")
}

fn refuse_running(crawler: &Value) -> Result<(), ServiceError> {
    if is_running(crawler) {
        let message = format!("Cannot update Crawler while running: {}", text(crawler, "Name"));
        return Err(ServiceError::bad_request("CrawlerRunningException", message));
    }
    Ok(())
}

/// A definition with the server's defaults and forms: `Schedule` as `{ScheduleExpression, State}`, all target lists there.
fn finished(mut crawler: Value, version: u64, updated: f64) -> ServiceResult {
    crawler["Version"] = version.into();
    crawler["LastUpdated"] = updated.into();
    if let Some(schedule) = crawler.get("Schedule").and_then(Value::as_str).map(str::to_owned) {
        if schedule.is_empty() {
            members_of(&mut crawler).shift_remove("Schedule");
        } else {
            check_schedule(&schedule)?;
            crawler["Schedule"] = json!({ "ScheduleExpression": schedule, "State": "SCHEDULED" });
        }
    }
    if text(&crawler, "Configuration").is_empty() {
        members_of(&mut crawler).shift_remove("Configuration");
    }
    let mut policy = json!({ "UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE" });
    fill(&mut policy, &crawler["SchemaChangePolicy"]);
    crawler["SchemaChangePolicy"] = policy;
    let mut recrawl = json!({ "RecrawlBehavior": "CRAWL_EVERYTHING" });
    fill(&mut recrawl, &crawler["RecrawlPolicy"]);
    crawler["RecrawlPolicy"] = recrawl;
    let mut lineage = json!({ "CrawlerLineageSettings": "DISABLE" });
    fill(&mut lineage, &crawler["LineageConfiguration"]);
    crawler["LineageConfiguration"] = lineage;
    let mut targets = json!({
        "S3Targets": [], "JdbcTargets": [], "MongoDBTargets": [], "DynamoDBTargets": [], "CatalogTargets": [],
        "DeltaTargets": [], "IcebergTargets": [], "HudiTargets": []
    });
    fill(&mut targets, &crawler["Targets"]);
    for target in targets["S3Targets"].as_array_mut().into_iter().flatten() {
        let mut with_exclusions = json!({ "Path": "", "Exclusions": [] });
        fill(&mut with_exclusions, target);
        *target = with_exclusions;
    }
    crawler["Targets"] = targets;
    if crawler.get("Classifiers").is_none_or(Value::is_null) {
        crawler["Classifiers"] = json!([]);
    }
    Ok(crawler)
}

fn members_of(value: &mut Value) -> &mut serde_json::Map<String, Value> {
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Value::Object(members) => members,
        _ => unreachable!("it was made an object above"),
    }
}

/// Lays the members of `over` that are not null over `base`.
fn fill(base: &mut Value, over: &Value) {
    for (member, value) in over.as_object().into_iter().flatten().filter(|(_, v)| !v.is_null()) {
        base[member] = value.clone();
    }
}

/// Refuses what is no schedule, by its shape.
pub fn check_schedule(schedule: &str) -> Result<(), ServiceError> {
    let fields = schedule.strip_prefix("cron(").and_then(|s| s.strip_suffix(')'));
    match fields.map(|f| f.split_whitespace().count()) {
        Some(6) => Ok(()),
        _ => Err(invalid(format!("Invalid ScheduleExpression: {schedule}"))),
    }
}

/// What Glue refuses in a crawler.
fn check(store: &Store, crawler: &Value) -> Result<(), ServiceError> {
    let count = |kind: &str| crawler["Targets"][kind].as_array().map_or(0, Vec::len);
    let kinds = ["S3Targets", "CatalogTargets"];
    let foreign = ["JdbcTargets", "MongoDBTargets", "DynamoDBTargets", "DeltaTargets", "IcebergTargets", "HudiTargets"];
    if let Some(kind) = foreign.into_iter().find(|kind| count(kind) > 0) {
        return Err(invalid(format!("The local cloud crawls S3Targets and CatalogTargets, not {kind}")));
    }
    if kinds.into_iter().all(|kind| count(kind) == 0) {
        return Err(invalid("Crawler needs at least one target"));
    }
    let policy = &crawler["SchemaChangePolicy"];
    let logs_only = text(policy, "UpdateBehavior") == "LOG" && text(policy, "DeleteBehavior") == "LOG";
    if text(&crawler["RecrawlPolicy"], "RecrawlBehavior") == "CRAWL_NEW_FOLDERS_ONLY" && !logs_only {
        return Err(invalid(
            "The SchemaChangePolicy for \"Crawl new folders only\" Amazon S3 target can have only LOG DeleteBehavior \
             value and LOG UpdateBehavior value",
        ));
    }
    if let Some(configuration) = crawler.get("Configuration").and_then(Value::as_str) {
        serde_json::from_str::<Value>(configuration).map_err(|_| invalid("Crawler Configuration is not valid JSON"))?;
    }
    if count("CatalogTargets") > 0 {
        if count("S3Targets") > 0 {
            return Err(invalid("Catalog targets cannot be combined with other targets"));
        }
        if text(policy, "DeleteBehavior") != "LOG" {
            return Err(invalid("The SchemaChangePolicy for Catalog target can have only LOG DeleteBehavior value"));
        }
        for (database, table) in catalog_tables(crawler) {
            if let Err(error) = tables::existing(store, &database, &table) {
                let message = match error.message.as_str() {
                    "Entity Not Found" => format!("Table {table} not found in database {database}."),
                    other => other.to_owned(),
                };
                return Err(ServiceError::bad_request(error.code, message));
            }
        }
        return Ok(());
    }
    if text(crawler, "DatabaseName").is_empty() {
        return Err(invalid("DatabaseName cannot be empty for an Amazon S3 target"));
    }
    for target in crawler["Targets"]["S3Targets"].as_array().into_iter().flatten() {
        let path = text(target, "Path");
        let bucket = path.strip_prefix("s3://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        if bucket.is_empty() {
            return Err(invalid(format!("Invalid S3 target path: {path}")));
        }
        if !store.objects_dir(bucket).is_dir() {
            return Err(invalid(format!("S3 bucket does not exist: {bucket}")));
        }
    }
    Ok(())
}
