use aws_sdk_glue::types::{CrawlerTargets, JdbcTarget, S3Target, Schedule};

use super::*;
use crate::aws::testing::{Canned, Reply, session};
use crate::manifest::model::Manifest;
use crate::manifest::spanned::Spanned;
use crate::services::testing::{desired as all_desired, manifest, owner, wanted};

const NAME: &str = "glue_crawler.spotify-dev";

fn crawler_of(manifest: &Manifest) -> Result<Resource> {
    Ok(all_desired(manifest)?.into_iter().find(|r| r.address.kind == Kind::GlueCrawler).unwrap())
}

fn inferred() -> Manifest {
    let mut manifest = manifest();
    manifest.crawler.tables = CatalogMode::Inferred;
    manifest
}

/// What Glue would keep of an input.
fn stored(want: &Fields) -> SdkCrawler {
    let input = crawler_input::new("spotify-dev", want).unwrap().build().unwrap();
    let schedule = input.schedule.map(|expression| Schedule::builder().schedule_expression(expression).build());
    SdkCrawler::builder()
        .name("spotify-dev")
        .set_role(input.role)
        .set_description(input.description)
        .set_database_name(input.database_name)
        .set_table_prefix(input.table_prefix)
        .set_targets(input.targets)
        .set_schedule(schedule)
        .set_recrawl_policy(input.recrawl_policy)
        .set_schema_change_policy(input.schema_change_policy)
        .set_configuration(input.configuration)
        .build()
}

#[test]
fn declared_mode_visits_the_catalogs_tables() {
    let fields = wanted(NAME).fields;
    assert_eq!(fields["catalog_targets"], json!([{"database": "spotify_dev", "tables": ["artists", "hits"]}]));
    assert_eq!((&fields["s3_targets"], &fields["delete_behavior"]), (&json!([]), &json!("LOG")));
    let facts = r#"{"Version":1.0,"CrawlerOutput":{"Partitions":{"AddOrUpdateBehavior":"InheritFromTable"},
        "Tables":{"AddOrUpdateBehavior":"MergeNewColumns"}}}"#;
    assert_eq!(fields["configuration"], serde_json::from_str::<Value>(facts).unwrap());
}

#[test]
fn inferred_mode_has_a_target_a_table() {
    let fields = crawler_of(&inferred()).unwrap().fields;
    let paths: Vec<_> = fields["s3_targets"].as_array().unwrap().iter().map(|t| t["path"].clone()).collect();
    let warehouse = "s3://123456789012-spotify-dev/warehouse/";
    assert_eq!(paths, [json!(format!("{warehouse}artists/")), json!(format!("{warehouse}hits/"))]);
    assert_eq!(
        fields["s3_targets"][0]["exclusions"],
        json!(["_pipectl/**", "_temporary/**", "_SUCCESS", "**_$folder$"])
    );
    assert_eq!(fields["configuration"]["Grouping"]["TableGroupingPolicy"], json!("CombineCompatibleSchemas"));
    assert_eq!(fields["catalog_targets"], json!([]));
}

/// "The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG DeleteBehavior value and LOG
/// UpdateBehavior value".
#[test]
fn new_folders_only_logs_alone() {
    let mut manifest = inferred();
    manifest.crawler.recrawl = Recrawl::NewFoldersOnly;
    let fields = crawler_of(&manifest).unwrap().fields;
    assert_eq!(fields["recrawl"], json!("CRAWL_NEW_FOLDERS_ONLY"));
    assert_eq!((&fields["update_behavior"], &fields["delete_behavior"]), (&json!("LOG"), &json!("LOG")));
    manifest.crawler.deleted = DeletedObjects::Delete;
    assert_eq!(crawler_of(&manifest).unwrap_err().code(), "crawler-policy");
    manifest.crawler.deleted = DeletedObjects::Log;
    manifest.crawler.schema_change = SchemaChange::NewColumns;
    assert_eq!(crawler_of(&manifest).unwrap_err().code(), "crawler-policy");
}

#[test]
fn declared_tables_are_not_deleted_by_a_crawl() {
    let mut manifest = manifest();
    manifest.crawler.deleted = DeletedObjects::Deprecate;
    assert_eq!(crawler_of(&manifest).unwrap_err().code(), "crawler-policy");
}

#[test]
fn a_new_crawler_reads_as_wanted() {
    let mut scheduled = inferred();
    scheduled.crawler.schedule = Some(Spanned::unplaced("cron(0 3 * * ? *)".into()));
    scheduled.crawler.table_prefix.value = "raw_".into();
    for manifest in [manifest(), scheduled] {
        let mut want = crawler_of(&manifest).unwrap().fields;
        want.remove("tags");
        assert_eq!(crawler_input::fields_of(&stored(&want)), want);
    }
}

#[test]
fn every_field_alone_reaches_its_place() {
    let mut manifest = inferred();
    manifest.crawler.schedule = Some(Spanned::unplaced("cron(0 3 * * ? *)".into()));
    let want = crawler_of(&manifest).unwrap().fields;
    for name in want.keys().filter(|name| *name != "tags") {
        let bare = SdkCrawler::builder().name("spotify-dev").build();
        let input = crawler_input::changed(&bare, &want, std::slice::from_ref(name)).unwrap().build().unwrap();
        let schedule = input.schedule.map(|expression| Schedule::builder().schedule_expression(expression).build());
        let after = SdkCrawler::builder()
            .set_role(input.role)
            .set_description(input.description)
            .set_database_name(input.database_name)
            .set_table_prefix(input.table_prefix)
            .set_targets(input.targets)
            .set_schedule(schedule)
            .set_recrawl_policy(input.recrawl_policy)
            .set_schema_change_policy(input.schema_change_policy)
            .set_configuration(input.configuration)
            .build();
        assert_eq!(crawler_input::fields_of(&after)[name], want[name], "{name}");
    }
}

#[test]
fn an_empty_schedule_clears_it() {
    let want = wanted(NAME).fields;
    let mut live = stored(&want);
    live.schedule = Some(Schedule::builder().schedule_expression("cron(0 1 * * ? *)").build());
    let cleared = crawler_input::changed(&live, &want, &["schedule".into()]).unwrap();
    assert_eq!(cleared.get_schedule().as_deref(), Some(""));
    let kept = crawler_input::changed(&live, &want, &["description".into()]).unwrap();
    assert_eq!(kept.get_schedule().as_deref(), Some("cron(0 1 * * ? *)"));
    let mut empty = live;
    empty.schedule = Some(Schedule::builder().schedule_expression("").build());
    assert_eq!(crawler_input::fields_of(&empty)["schedule"], Value::Null);
}

#[test]
fn an_update_keeps_what_the_manifest_cannot_say() {
    let want = crawler_of(&inferred()).unwrap().fields;
    let mut live = stored(&want);
    live.classifiers = Some(vec!["mine".into()]);
    let hits = "s3://123456789012-spotify-dev/warehouse/hits/";
    live.targets = Some(
        CrawlerTargets::builder()
            .s3_targets(S3Target::builder().path(hits).sample_size(7).build())
            .jdbc_targets(JdbcTarget::builder().path("db/%").build())
            .build(),
    );
    let input = crawler_input::changed(&live, &want, &["s3_targets".into()]).unwrap().build().unwrap();
    assert_eq!(input.classifiers(), ["mine"]);
    let targets = input.targets().unwrap();
    assert_eq!(targets.jdbc_targets().len(), 1);
    let sampled = targets.s3_targets().iter().find(|t| t.path() == Some(hits)).unwrap();
    assert_eq!(sampled.sample_size(), Some(7));
}

/// GetCrawler names the role by its path and name.
#[tokio::test]
async fn the_role_reads_as_it_is_wanted() {
    let crawler = json!({"Crawler": {"Name": "spotify-dev", "Role": "pipectl/spotify/spotify-dev-glue-us-east-1"}});
    let server = Canned::start(vec![Reply::json(crawler), Reply::json(json!({"Tags": {}}))]).await;
    let want = wanted(NAME);
    let live = Crawler.read(&session(&server), &owner(), &want).await.unwrap().unwrap();
    assert_eq!(live.resource.fields["role"], want.fields["role"]);
}

#[tokio::test]
async fn creation_waits_for_the_role_and_for_the_namesakes_tags() {
    let tags = "Tags created previously on a crawler of the same name are in deleting state";
    let server = Canned::start(vec![
        Reply::json_error(400, "InvalidInputException", "Service is unable to assume provided role."),
        Reply::json_error(400, "InvalidInputException", tags),
        Reply::json(json!({})),
    ])
    .await;
    Crawler.create(&session(&server), &wanted(NAME)).await.unwrap();
    assert_eq!(server.operations(), ["CreateCrawler"; 3]);
}

#[tokio::test]
async fn an_update_waits_for_the_crawl() {
    let server = Canned::start(vec![
        Reply::json(json!({"Crawler": {"Name": "spotify-dev"}})),
        Reply::json_error(400, "InvalidInputException", "Cannot update Crawler while running"),
        Reply::json_error(400, "CrawlerRunningException", "Crawler with name spotify-dev has already started"),
        Reply::json(json!({})),
    ])
    .await;
    let want = wanted(NAME);
    Crawler.update(&session(&server), &want, &want, &["schedule".into()]).await.unwrap();
    assert_eq!(server.operations(), ["GetCrawler", "UpdateCrawler", "UpdateCrawler", "UpdateCrawler"]);
}

#[tokio::test]
async fn a_deletion_stops_the_crawl_first() {
    let server = Canned::start(vec![
        Reply::json_error(400, "CrawlerRunningException", "running"),
        Reply::json(json!({})),
        Reply::json_error(400, "CrawlerRunningException", "still stopping"),
        Reply::json_error(400, "CrawlerStoppingException", "stopping"),
        Reply::json_error(400, "EntityNotFoundException", "Crawler not found"),
    ])
    .await;
    assert_eq!(Crawler.delete(&session(&server), &wanted(NAME), false).await.unwrap(), Deleted::Gone);
    let calls = ["DeleteCrawler", "StopCrawler", "DeleteCrawler", "StopCrawler", "DeleteCrawler"];
    assert_eq!(server.operations(), calls);
}
