//! Crawlers between Glue's form and ours. UpdateCrawler is sent what GetCrawler returned with the managed fields laid over
//! it; an empty schedule clears it, an omitted one would stay.

use aws_sdk_glue::operation::create_crawler::CreateCrawlerInput;
use aws_sdk_glue::operation::create_crawler::builders::CreateCrawlerInputBuilder;
use aws_sdk_glue::operation::update_crawler::UpdateCrawlerInput;
use aws_sdk_glue::operation::update_crawler::builders::UpdateCrawlerInputBuilder;
use aws_sdk_glue::types::{
    CatalogTarget, Crawler, CrawlerTargets, DeleteBehavior, RecrawlBehavior, RecrawlPolicy, S3Target,
    SchemaChangePolicy, UpdateBehavior,
};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::resource::Fields;
use crate::services::fields;

/// The managed fields of a live crawler, but for its tags. Lists whose order means nothing come sorted.
pub(super) fn fields_of(crawler: &Crawler) -> Fields {
    let targets = crawler.targets();
    let schema = crawler.schema_change_policy();
    let recrawl = crawler.recrawl_policy().and_then(|policy| policy.recrawl_behavior());
    let schedule = crawler.schedule().and_then(|s| s.schedule_expression()).filter(|text| !text.is_empty());
    Fields::from([
        ("description".to_owned(), json!(crawler.description().unwrap_or_default())),
        ("role".to_owned(), json!(crawler.role())),
        ("database".to_owned(), json!(crawler.database_name())),
        ("table_prefix".to_owned(), json!(crawler.table_prefix().unwrap_or_default())),
        ("s3_targets".to_owned(), s3_fields(targets.map(|t| t.s3_targets()).unwrap_or_default())),
        ("catalog_targets".to_owned(), catalog_fields(targets.map(|t| t.catalog_targets()).unwrap_or_default())),
        ("schedule".to_owned(), json!(schedule)),
        ("recrawl".to_owned(), json!(recrawl.map_or("CRAWL_EVERYTHING", RecrawlBehavior::as_str))),
        (
            "update_behavior".to_owned(),
            json!(schema.and_then(|s| s.update_behavior()).map_or("UPDATE_IN_DATABASE", UpdateBehavior::as_str)),
        ),
        (
            "delete_behavior".to_owned(),
            json!(schema.and_then(|s| s.delete_behavior()).map_or("DEPRECATE_IN_DATABASE", DeleteBehavior::as_str)),
        ),
        ("configuration".to_owned(), crawler.configuration().map_or(Value::Null, fields::parsed)),
    ])
}

/// The input for a new crawler.
pub(super) fn new(name: &str, want: &Fields) -> Result<CreateCrawlerInputBuilder> {
    let none = CrawlerTargets::builder().build();
    Ok(CreateCrawlerInput::builder()
        .name(name)
        .set_description(text(want, "description"))
        .set_role(text(want, "role"))
        .set_database_name(text(want, "database"))
        .set_table_prefix(text(want, "table_prefix").filter(|prefix| !prefix.is_empty()))
        .targets(targets(&none, want, true, true)?)
        .set_schedule(text(want, "schedule"))
        .recrawl_policy(recrawl(want))
        .schema_change_policy(schema_change(want))
        .set_configuration(fields::json_text(want, "configuration"))
        .set_tags(Some(fields::hash(fields::map(want, "tags")))))
}

/// The update that changes `names` of a live crawler and keeps everything else.
pub(super) fn changed(live: &Crawler, want: &Fields, names: &[String]) -> Result<UpdateCrawlerInputBuilder> {
    let touched = |name: &str| fields::touches(names, name);
    let mut input = echo(live);
    if touched("description") {
        input = input.description(text(want, "description").unwrap_or_default());
    }
    if touched("role") {
        input = input.set_role(text(want, "role"));
    }
    if touched("database") {
        input = input.set_database_name(text(want, "database"));
    }
    if touched("table_prefix") {
        input = input.table_prefix(text(want, "table_prefix").unwrap_or_default());
    }
    if touched("s3_targets") || touched("catalog_targets") {
        let none = CrawlerTargets::builder().build();
        let live = live.targets().unwrap_or(&none);
        input = input.targets(targets(live, want, touched("s3_targets"), touched("catalog_targets"))?);
    }
    if touched("schedule") {
        input = input.schedule(text(want, "schedule").unwrap_or_default());
    }
    if touched("recrawl") {
        input = input.recrawl_policy(recrawl(want));
    }
    if touched("update_behavior") || touched("delete_behavior") {
        input = input.schema_change_policy(schema_change(want));
    }
    if touched("configuration") {
        input = input.set_configuration(fields::json_text(want, "configuration"));
    }
    Ok(input)
}

/// Everything that GetCrawler returns and UpdateCrawler takes.
fn echo(live: &Crawler) -> UpdateCrawlerInputBuilder {
    UpdateCrawlerInput::builder()
        .set_name(live.name.clone())
        .set_role(live.role.clone())
        .set_database_name(live.database_name.clone())
        .set_description(live.description.clone())
        .set_targets(live.targets.clone())
        .set_schedule(live.schedule.as_ref().and_then(|schedule| schedule.schedule_expression.clone()))
        .set_classifiers(live.classifiers.clone())
        .set_table_prefix(live.table_prefix.clone())
        .set_schema_change_policy(live.schema_change_policy.clone())
        .set_recrawl_policy(live.recrawl_policy.clone())
        .set_lineage_configuration(live.lineage_configuration.clone())
        .set_lake_formation_configuration(live.lake_formation_configuration.clone())
        .set_configuration(live.configuration.clone())
        .set_crawler_security_configuration(live.crawler_security_configuration.clone())
}

/// The wanted targets of the kinds that change; other kinds, and what the manifest cannot say of one, stay.
fn targets(live: &CrawlerTargets, want: &Fields, s3: bool, catalog: bool) -> Result<CrawlerTargets> {
    let mut targets = live.clone();
    if s3 {
        let one = |target: &Value| {
            let path = string(target, "path");
            let known = live.s3_targets().iter().find(|t| t.path() == path.as_deref()).cloned();
            let mut out = known.unwrap_or_else(|| S3Target::builder().build());
            out.path = path;
            out.exclusions = Some(strings(target, "exclusions"));
            out
        };
        targets.s3_targets = Some(fields::items(want, "s3_targets").iter().map(one).collect());
    }
    if catalog {
        let one = |target: &Value| {
            CatalogTarget::builder()
                .database_name(string(target, "database").unwrap_or_default())
                .set_tables(Some(strings(target, "tables")))
                .build()
                .map_err(|e| Error::bug(format!("a catalog target cannot be built: {e}")))
        };
        let all = fields::items(want, "catalog_targets").iter().map(one).collect::<Result<Vec<_>>>()?;
        targets.catalog_targets = Some(all);
    }
    Ok(targets)
}

fn s3_fields(targets: &[S3Target]) -> Value {
    let mut sorted: Vec<&S3Target> = targets.iter().collect();
    sorted.sort_by(|a, b| a.path().cmp(&b.path()));
    sorted.into_iter().map(|t| json!({"path": t.path(), "exclusions": t.exclusions()})).collect()
}

fn catalog_fields(targets: &[CatalogTarget]) -> Value {
    let mut sorted: Vec<&CatalogTarget> = targets.iter().collect();
    sorted.sort_by(|a, b| a.database_name().cmp(b.database_name()));
    let one = |target: &CatalogTarget| {
        let mut tables = target.tables().to_vec();
        tables.sort_unstable();
        json!({"database": target.database_name(), "tables": tables})
    };
    sorted.into_iter().map(one).collect()
}

fn recrawl(want: &Fields) -> RecrawlPolicy {
    let behavior = fields::text(want, "recrawl").unwrap_or("CRAWL_EVERYTHING");
    RecrawlPolicy::builder().recrawl_behavior(RecrawlBehavior::from(behavior)).build()
}

/// Both behaviours, always: an omitted one keeps the live value.
fn schema_change(want: &Fields) -> SchemaChangePolicy {
    SchemaChangePolicy::builder()
        .update_behavior(UpdateBehavior::from(fields::text(want, "update_behavior").unwrap_or("UPDATE_IN_DATABASE")))
        .delete_behavior(DeleteBehavior::from(fields::text(want, "delete_behavior").unwrap_or("LOG")))
        .build()
}

fn text(want: &Fields, name: &str) -> Option<String> {
    fields::text(want, name).map(str::to_owned)
}

fn string(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn strings(value: &Value, name: &str) -> Vec<String> {
    let items = value.get(name).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}
