//! `glue_crawler`: in `declared` mode it visits our catalog tables and registers partitions; in `inferred` mode it makes the
//! tables from the files, one target a table, so that it never has to guess what a table is.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_glue::types::Crawler as SdkCrawler;
use serde_json::{Value, json};

use super::actions::stop_crawler;
use super::tagging::{self, MISSING, TAKEN};
use super::{crawler_input, database, job_input, table};
use crate::aws::retry::{
    BEING_CHANGED, CRAWLER_BUSY, CRAWLER_BUSY_IN_WORDS, ROLE_NOT_READY, TAGS_BEING_DELETED, retry_while,
};
use crate::aws::{Call, Session, absent};
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::manifest::model::{CatalogMode, DeletedObjects, Recrawl, SchemaChange};
use crate::resource::{Address, Fields, Kind, Live, Owner, Resource};
use crate::services::layout::Layout;
use crate::services::s3::prefix;
use crate::services::{Context, Deleted, Handler, create, fields, iam, marks};

/// The IAM actions that crawlers need.
pub const ACTIONS: &[&str] = &[
    "glue:CreateCrawler",
    "glue:DeleteCrawler",
    "glue:GetCrawler",
    "glue:GetTags",
    "glue:StopCrawler",
    "glue:TagResource",
    "glue:UntagResource",
    "glue:UpdateCrawler",
    "iam:PassRole",
];

/// What a crawl must not take for data: runs that are not published, Spark's and Hadoop's temporary and marker objects.
const EXCLUSIONS: &[&str] = &["_pipectl/**", "_temporary/**", "_SUCCESS", "**_$folder$"];

/// The crawler.
pub fn desired(cx: &Context<'_>, role: &Address) -> Result<Resource> {
    let crawler = &cx.manifest.crawler;
    let name = cx.manifest.base_name();
    let mut fields = Fields::from([
        ("description".to_owned(), json!(cx.manifest.description.clone().unwrap_or_default())),
        ("role".to_owned(), json!(iam::role::arn(cx)?)),
        ("database".to_owned(), json!(crawler.database.name.value)),
        ("schedule".to_owned(), json!(crawler.schedule.as_ref().map(|schedule| &schedule.value))),
        ("tags".to_owned(), marks::tags(cx)),
    ]);
    fields.extend(targets(cx));
    fields.extend(policy(cx)?);
    let mut depends_on = vec![role.clone(), database::address(&crawler.database.name)];
    match crawler.tables {
        CatalogMode::Declared => {
            depends_on.extend(cx.flow.tables.keys().map(|t| table::address(&table::catalog_name(cx.manifest, t))));
        }
        CatalogMode::Inferred if !Layout::of(cx.manifest).warehouse.prefix.is_empty() => {
            depends_on.push(prefix::address("warehouse"));
        }
        CatalogMode::Inferred => {}
    }
    Ok(Resource {
        address: address(&name),
        identity: BTreeMap::from([("crawler".to_owned(), name)]),
        fields,
        depends_on,
        existing: false,
    })
}

/// A crawler's address.
pub fn address(name: &str) -> Address {
    Address::new(Kind::GlueCrawler, name)
}

/// What it visits, and the prefix of what it makes.
fn targets(cx: &Context<'_>) -> [(String, Value); 3] {
    let crawler = &cx.manifest.crawler;
    let layout = Layout::of(cx.manifest);
    let (s3, catalog, prefix) = match crawler.tables {
        CatalogMode::Declared => {
            let mut tables: Vec<String> = cx.flow.tables.keys().map(|t| table::catalog_name(cx.manifest, t)).collect();
            tables.sort_unstable();
            let targets = json!([{"database": crawler.database.name.value, "tables": tables}]);
            (json!([]), if tables.is_empty() { json!([]) } else { targets }, "")
        }
        CatalogMode::Inferred => {
            let mut paths: Vec<String> = cx.flow.tables.keys().map(|t| layout.table(t).uri()).collect();
            paths.sort_unstable();
            let s3 = paths.iter().map(|path| json!({"path": path, "exclusions": EXCLUSIONS})).collect();
            (s3, json!([]), crawler.table_prefix.as_str())
        }
    };
    [("s3_targets".to_owned(), s3), ("catalog_targets".to_owned(), catalog), ("table_prefix".to_owned(), json!(prefix))]
}

/// What it does with what it finds.
fn policy(cx: &Context<'_>) -> Result<[(String, Value); 4]> {
    let crawler = &cx.manifest.crawler;
    let declared = crawler.tables == CatalogMode::Declared;
    let new_folders = crawler.recrawl == Recrawl::NewFoldersOnly;
    if crawler.deleted != DeletedObjects::Log && (declared || new_folders) {
        return Err(deleted_must_be_logged(declared));
    }
    if crawler.schema_change == SchemaChange::NewColumns && new_folders {
        return Err(Error::manifest("crawler-policy", "a crawl of new folders only cannot add columns")
            .at(crawler.database.name.place.clone())
            .with_expected("`schema_change: log` beside `recrawl: new_folders_only`")
            .with_help("AWS takes nothing else: set `schema_change: log`, or `recrawl: everything`"));
    }
    // AWS takes "new folders only" with both behaviours LOG alone, so that is what the default `update` means there.
    let update = match crawler.schema_change {
        SchemaChange::Log => "LOG",
        _ if new_folders => "LOG",
        SchemaChange::Update | SchemaChange::NewColumns => "UPDATE_IN_DATABASE",
    };
    let delete = match crawler.deleted {
        DeletedObjects::Log => "LOG",
        DeletedObjects::Deprecate => "DEPRECATE_IN_DATABASE",
        DeletedObjects::Delete => "DELETE_FROM_DATABASE",
    };
    let recrawl = if new_folders { "CRAWL_NEW_FOLDERS_ONLY" } else { "CRAWL_EVERYTHING" };
    Ok([
        ("recrawl".to_owned(), json!(recrawl)),
        ("update_behavior".to_owned(), json!(update)),
        ("delete_behavior".to_owned(), json!(delete)),
        ("configuration".to_owned(), configuration(crawler.tables, crawler.schema_change)),
    ])
}

fn deleted_must_be_logged(declared: bool) -> Error {
    let why = if declared { "tables that are declared are" } else { "a crawl of new folders only is" };
    Error::manifest("crawler-policy", format!("{why} not to be deprecated or deleted by a crawl"))
        .with_expected("`deleted: log`")
        .with_help("set `crawler.deleted: log` (AWS takes nothing else here), or `tables: inferred` with `recrawl: everything`")
}

/// Partitions take the table's schema, or Athena refuses them (`HIVE_PARTITION_SCHEMA_MISMATCH`). Declared tables keep the
/// columns they have; inferred ones stay one table a target, whatever the files look like.
fn configuration(tables: CatalogMode, change: SchemaChange) -> Value {
    let mut output = json!({"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}});
    let merges = match tables {
        CatalogMode::Declared => change != SchemaChange::Log,
        CatalogMode::Inferred => change == SchemaChange::NewColumns,
    };
    if merges {
        output["Tables"] = json!({"AddOrUpdateBehavior": "MergeNewColumns"});
    }
    let mut configuration = json!({"Version": 1.0, "CrawlerOutput": output});
    if tables == CatalogMode::Inferred {
        configuration["Grouping"] = json!({"TableGroupingPolicy": "CombineCompatibleSchemas"});
    }
    configuration
}

/// Crawlers' dealings with Glue.
#[derive(Debug)]
pub struct Crawler;

#[async_trait]
impl Handler for Crawler {
    fn kind(&self) -> Kind {
        Kind::GlueCrawler
    }

    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>> {
        let name = fields::id(want, "crawler")?;
        let Some(crawler) = get(aws, name).await? else { return Ok(None) };
        let tags = tagging::read(aws, &format!("crawler/{name}")).await?;
        let ownership = owner.judge(&tags);
        let mut live = crawler_input::fields_of(&crawler);
        job_input::name_role_as(&mut live, &want.fields);
        live.insert("tags".to_owned(), fields::object(&tags));
        Ok(Some(Live { resource: Resource { fields: live, ..want.clone() }, ownership }))
    }

    async fn create(&self, aws: &Session, want: &Resource) -> Result<()> {
        let input = crawler_input::new(fields::id(want, "crawler")?, &want.fields)?;
        let made = retry_while(&[&ROLE_NOT_READY, &TAGS_BEING_DELETED], || async {
            input.clone().send_with(&aws.glue).await.call("glue:CreateCrawler")
        })
        .await;
        create::ended(self, aws, want, made.map(drop), TAKEN).await
    }

    /// Waits for a crawl that is going: stopping it would fail somebody's run.
    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        let name = fields::id(want, "crawler")?;
        if fields::touches(changed, "tags") {
            tagging::write(aws, &format!("crawler/{name}"), &live.fields, &want.fields).await?;
        }
        if changed.iter().all(|field| fields::touches(std::slice::from_ref(field), "tags")) {
            return Ok(());
        }
        let crawler = get(aws, name).await?.ok_or_else(|| {
            Error::new(ErrorKind::Conflict, "gone", format!("`{}` went away meanwhile", want.address))
                .with_help("plan again")
        })?;
        let input = crawler_input::changed(&crawler, &want.fields, changed)?;
        retry_while(&[&CRAWLER_BUSY, &CRAWLER_BUSY_IN_WORDS, &ROLE_NOT_READY, &BEING_CHANGED], || async {
            input.clone().send_with(&aws.glue).await.call("glue:UpdateCrawler").map(drop)
        })
        .await
    }

    /// Stops a crawl that is going: what it finds will not be there much longer.
    async fn delete(&self, aws: &Session, live: &Resource, _delete_data: bool) -> Result<Deleted> {
        let name = fields::id(live, "crawler")?;
        let gone = retry_while(&[&CRAWLER_BUSY, &CRAWLER_BUSY_IN_WORDS], || async {
            match aws.glue.delete_crawler().name(name).send().await.call("glue:DeleteCrawler") {
                Err(busy) if CRAWLER_BUSY.matches(&busy) || CRAWLER_BUSY_IN_WORDS.matches(&busy) => {
                    stop_crawler(aws, name).await?;
                    Err(busy)
                }
                other => other.map(drop),
            }
        })
        .await;
        absent(gone, MISSING)?;
        Ok(Deleted::Gone)
    }

    fn actions(&self) -> &'static [&'static str] {
        ACTIONS
    }
}

async fn get(aws: &Session, name: &str) -> Result<Option<SdkCrawler>> {
    let got = aws.glue.get_crawler().name(name).send().await.call("glue:GetCrawler");
    Ok(absent(got, MISSING)?.and_then(|answer| answer.crawler))
}

#[cfg(test)]
#[path = "crawler_tests.rs"]
mod tests;
