//! Every kind of resource against the local cloud, through the AWS SDK: made, read as wanted, changed field by field and
//! back, left alone where it is not ours, deleted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pipectl::dashboard;
use pipectl::flow::compile::compile;
use pipectl::flow::headers::LocalHeaders;
use pipectl::manifest::model::{CatalogMode, Manifest, Operator};
use pipectl::manifest::spanned::Spanned;
use pipectl::manifest::{LoadOptions, load};
use pipectl::plan::diff::{diff, names};
use pipectl::resource::kinds::specs;
use pipectl::resource::{Kind, Live, Owner, Ownership, Resource, listed};
use pipectl::services::{Context, Deleted, desired, handler};
use serde_json::{Value, json};

use crate::support::cloud::LocalCloud;

pub struct Bench {
    pub cloud: LocalCloud,
    owner: Owner,
}

impl Bench {
    pub async fn start() -> Self {
        let owner = Owner { pipeline: "spotify".into(), environment: "dev".into(), id: None };
        Self { cloud: LocalCloud::start().await, owner }
    }

    /// One whose calls are written down in `log`.
    pub async fn logging(log: PathBuf) -> Self {
        Self { cloud: LocalCloud::logging(log).await, ..Self::start().await }
    }

    pub fn desired(&self, manifest: &Manifest) -> Vec<Resource> {
        let flow = compile(manifest, &LocalHeaders).unwrap();
        desired(&Context {
            manifest,
            flow: &flow,
            dashboards: &dashboard::compile::compile(manifest, &flow).unwrap(),
            script: "print('hello')\n",
            account: &self.cloud.session.account,
            region: &self.cloud.session.region,
            partition: &self.cloud.session.partition,
            owner: &self.owner,
        })
        .unwrap()
    }

    pub async fn read(&self, want: &Resource) -> Option<Live> {
        let read = handler(want.address.kind).read(&self.cloud.session, &self.owner, want).await;
        read.unwrap_or_else(|e| panic!("read {}: {e}", want.address))
    }

    pub async fn create(&self, want: &Resource) {
        let made = handler(want.address.kind).create(&self.cloud.session, want).await;
        made.unwrap_or_else(|e| panic!("create {}: {e}", want.address));
    }

    pub async fn create_all(&self, all: &[Resource]) {
        for want in all {
            self.create(want).await;
        }
    }

    pub async fn update(&self, want: &Resource, field: &str) {
        let live = self.read(want).await.unwrap().resource;
        let done = handler(want.address.kind).update(&self.cloud.session, &live, want, &[field.to_owned()]).await;
        done.unwrap_or_else(|e| panic!("update {}.{field}: {e}", want.address));
    }

    pub async fn delete(&self, want: &Resource, delete_data: bool) -> pipectl::error::Result<Deleted> {
        // A live one carries the ids the server made; what is gone is deleted by what was wanted.
        let live = self.read(want).await.map(|live| live.resource);
        handler(want.address.kind).delete(&self.cloud.session, live.as_ref().unwrap_or(want), delete_data).await
    }

    async fn quicksight_role(&self) {
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "quicksight.amazonaws.com"}}]});
        let call = self.cloud.session.iam.create_role().role_name("other");
        call.assume_role_policy_document(trust.to_string()).send().await.unwrap();
    }

    /// What is there is ours and as wanted.
    pub async fn assert_equal(&self, want: &Resource) {
        let live = self.read(want).await.unwrap_or_else(|| panic!("{} is not there", want.address));
        assert_eq!(live.ownership, Ownership::Ours, "{}", want.address);
        let differences = diff(want.address.kind, &live.resource.fields, &want.fields);
        assert!(differences.is_empty(), "{}: {differences:#?}", want.address);
    }
}

/// The flagship, with a schedule, somebody to run it and somebody to show its dashboards to.
pub fn flagship() -> Manifest {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline.yaml");
    let mut manifest = load(&path, &LoadOptions::default()).unwrap();
    manifest.schedule = Some(Spanned::unplaced("cron(0 3 * * ? *)".into()));
    let principals = &mut manifest.quicksight.as_mut().unwrap().principals;
    principals.owners = vec![Spanned::unplaced("user/default/lead@example.com".into())];
    principals.viewers = vec![Spanned::unplaced("group/default/analysts".into())];
    manifest.iam.operator = Some(Operator::User(Spanned::unplaced("spotify-operator".into())));
    manifest
}

/// The flagship with tables that the crawler makes; their columns are text then, which its dashboards are not written for.
fn inferred() -> Manifest {
    let mut manifest = flagship();
    manifest.crawler.tables = CatalogMode::Inferred;
    manifest.quicksight = None;
    manifest
}

/// A role that QuickSight can take on, once [`Bench::quicksight_role`] has made it.
const QUICKSIGHT_ROLE: &str = "arn:aws:iam::123456789012:role/other";

/// A key of somebody's.
pub const KMS_KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Another value for each field that changes in place.
fn other_values(kind: Kind) -> BTreeMap<&'static str, Value> {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Other", "Effect": "Deny", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::x/*"]}]});
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": ["lambda.amazonaws.com"]}}]});
    let tags = ("tags", json!({"team": "elsewhere"}));
    let description = ("description", json!("another one"));
    let arn = "arn:aws:quicksight:us-east-1:123456789012:";
    let permissions = ("permissions", json!({ format!("{arn}user/default/lead@example.com"): "viewer" }));
    let values = match kind {
        Kind::S3Bucket => vec![
            tags,
            ("versioning", json!("enabled")),
            ("public_access_block", json!(false)),
            ("encryption", json!("aws:kms")),
            ("kms_key", json!(KMS_KEY)),
            ("bucket_key", json!(true)),
            ("object_ownership", json!("ObjectWriter")),
            ("policy", Value::Null),
            ("lifecycle", json!({"pipectl-staging": {"prefix": "staging/", "status": "Enabled", "expire_days": 9}})),
        ],
        Kind::S3Prefix => vec![("metadata", json!({"pipectl-pipeline": "other"}))],
        Kind::S3Object => vec![
            ("content", json!("print('edited')\n")),
            ("content_type", json!("text/plain")),
            ("metadata", json!({"pipectl-pipeline": "other"})),
        ],
        Kind::IamRole => vec![
            description,
            ("trust_policy", trust),
            ("inline_policy", policy),
            ("permissions_boundary", json!("arn:aws:iam::123456789012:policy/boundary")),
            tags,
        ],
        Kind::IamGroup => vec![("inline_policy", policy)],
        Kind::IamUser => vec![
            ("groups", json!({"spotify-operator": null})),
            ("permissions_boundary", json!("arn:aws:iam::123456789012:policy/boundary")),
            tags,
        ],
        Kind::GlueDatabase => vec![description, tags],
        Kind::GlueTable => vec![
            description,
            ("columns", json!([{"name": "only", "type": "string", "comment": "one"}])),
            ("parameters", json!({"classification": "csv"})),
        ],
        Kind::GlueJob => vec![
            description,
            ("role", json!("arn:aws:iam::123456789012:role/other")),
            ("script_location", json!("s3://other/script.py")),
            ("glue_version", json!("4.0")),
            ("worker_type", json!("G.2X")),
            ("workers", json!(7)),
            ("timeout_minutes", json!(11)),
            ("max_retries", json!(2)),
            ("max_concurrent_runs", json!(3)),
            ("connections", json!(["in-the-vpc"])),
            ("security_configuration", json!("sealed")),
            ("arguments", json!({"--pipectl_staging": "s3://other/"})),
            tags,
        ],
        Kind::GlueCrawler => vec![
            description,
            ("role", json!("arn:aws:iam::123456789012:role/other")),
            ("database", json!("other")),
            ("table_prefix", json!("other_")),
            ("s3_targets", json!([{"path": "s3://other/x/", "exclusions": ["*.tmp"]}])),
            ("catalog_targets", json!([{"database": "spotify_dev", "tables": ["hits"]}])),
            ("schedule", json!("cron(0 5 * * ? *)")),
            ("recrawl", json!("CRAWL_NEW_FOLDERS_ONLY")),
            ("update_behavior", json!("LOG")),
            ("delete_behavior", json!("DEPRECATE_IN_DATABASE")),
            ("configuration", json!({"Version": 1.0})),
            tags,
        ],
        Kind::GlueWorkflow => vec![description, ("max_concurrent_runs", json!(3)), tags],
        Kind::GlueTrigger => vec![
            description,
            ("schedule", json!("cron(0 5 * * ? *)")),
            ("state", json!("DEACTIVATED")),
            ("predicate", json!({"conditions": [{"job": "spotify-dev", "state": "FAILED"}]})),
            ("actions", json!([{"job": "spotify-dev", "arguments": {"--pipectl_staging": "s3://other/"}}])),
            tags,
        ],
        Kind::AthenaWorkgroup => vec![
            description,
            ("output_location", json!("s3://other/results/")),
            ("enforce", json!(false)),
            ("encryption", json!("none")),
            ("kms_key", json!(KMS_KEY)),
            ("bytes_scanned_cutoff", Value::Null),
            ("publish_metrics", json!(false)),
            ("engine_version", json!("AUTO")),
            tags,
        ],
        Kind::AthenaNamedQuery => vec![description, ("sql", json!("select 1"))],
        Kind::QuicksightDataSource => vec![
            ("name", json!("another one")),
            ("workgroup", json!("primary")),
            ("role_arn", json!(QUICKSIGHT_ROLE)),
            permissions,
            tags,
        ],
        Kind::QuicksightDataSet => vec![
            ("name", json!("another one")),
            ("import_mode", json!("DIRECT_QUERY")),
            ("data_source", json!(format!("{arn}datasource/other"))),
            ("table", Value::Null),
            ("sql", json!("select 1 as only")),
            ("columns", json!([{"name": "only", "type": "STRING", "description": "one"}])),
            ("calculated_fields", json!({"other": "{track_popularity} + 1"})),
            permissions,
            tags,
        ],
        Kind::QuicksightRefreshSchedule => vec![
            ("frequency", json!("HOURLY")),
            ("time_of_day", json!("23:45")),
            ("day_of_week", json!("SUNDAY")),
            ("timezone", json!("Europe/London")),
        ],
        Kind::QuicksightDashboard => vec![
            ("name", json!("another one")),
            description,
            ("theme", json!("arn:aws:quicksight::aws:theme/RAINIER")),
            (
                "definition",
                json!({
                    "DataSetIdentifierDeclarations": [
                        {"Identifier": "hits", "DataSetArn": format!("{arn}dataset/spotify-dev-hits")}],
                    "Sheets": [{"SheetId": "only", "Name": "Only"}],
                }),
            ),
            permissions,
            tags,
        ],
    };
    values.into_iter().collect()
}

/// Fields that AWS takes only together: tested in another order of the world below.
fn needs_others(kind: Kind, field: &str) -> bool {
    match kind {
        Kind::S3Bucket => matches!(field, "kms_key" | "bucket_key"),
        Kind::AthenaWorkgroup => field == "kms_key",
        Kind::GlueCrawler => matches!(field, "recrawl" | "delete_behavior" | "s3_targets" | "catalog_targets"),
        // Of the trigger that starts the crawler.
        Kind::GlueTrigger => field == "predicate",
        Kind::QuicksightDataSet => matches!(field, "data_source" | "table" | "sql" | "columns"),
        Kind::QuicksightRefreshSchedule => matches!(field, "frequency" | "day_of_week"),
        _ => false,
    }
}

/// Only Parquet is written: tested by what others make of it below. Only full refreshes are made; an incremental one needs
/// settings that the local cloud does not keep.
fn is_single(kind: Kind, field: &str) -> bool {
    matches!((kind, field), (Kind::GlueTable, "format") | (Kind::QuicksightRefreshSchedule, "refresh_type"))
}

#[test]
fn every_field_that_changes_in_place_is_tried() {
    for kind in Kind::ALL {
        let tried = other_values(kind);
        for spec in specs(kind).iter().filter(|spec| !spec.replaces && !is_single(kind, spec.name)) {
            assert!(tried.contains_key(spec.name), "{kind}.{} is not tried", spec.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_made_reads_as_wanted() {
    for manifest in [flagship(), inferred()] {
        let bench = Bench::start().await;
        let all = bench.desired(&manifest);
        for want in &all {
            assert!(bench.read(want).await.is_none(), "{} was there", want.address);
            bench.create(want).await;
            bench.assert_equal(want).await;
            // Made once more, it is as it was.
            bench.create(want).await;
            bench.assert_equal(want).await;
        }
        for want in &all {
            bench.assert_equal(want).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_field_changes_and_changes_back() {
    exercise(&Bench::start().await).await;
}

/// Makes everything, changes every field of every kind and changes it back, and deletes everything.
pub async fn exercise(bench: &Bench) {
    let all = bench.desired(&flagship());
    bench.create_all(&all).await;
    bench.quicksight_role().await;
    let mut seen = Vec::new();
    for want in &all {
        let kind = want.address.kind;
        // One of each kind; the tables differ in partition keys, so both are tried.
        if seen.contains(&kind) && kind != Kind::GlueTable {
            continue;
        }
        seen.push(kind);
        for (field, value) in other_values(kind) {
            if needs_others(kind, field) {
                continue;
            }
            let mut changed = want.clone();
            changed.fields.insert(field.to_owned(), value);
            bench.update(&changed, field).await;
            let live = bench.read(&changed).await.unwrap().resource;
            let left = diff(kind, &live.fields, &changed.fields);
            assert!(left.is_empty(), "{}.{field} did not change: {left:#?}", want.address);
            let told = diff(kind, &live.fields, &want.fields);
            assert_eq!(names(kind, &told), [field], "{} tells another change: {told:#?}", want.address);
            bench.update(want, field).await;
            bench.assert_equal(want).await;
        }
    }
    seen.dedup();
    assert_eq!(seen, Kind::ALL);
    // A bucket's policy goes with its last statement, and a database takes the tables with it that were left in it.
    let mut open = all[0].clone();
    assert!(open.fields.insert("policy".into(), Value::Null).is_some());
    bench.update(&open, "policy").await;
    for want in all.iter().rev().filter(|want| want.address.kind != Kind::GlueTable) {
        assert_eq!(bench.delete(want, true).await.unwrap(), Deleted::Gone, "{}", want.address);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crawlers_targets_and_policies_change_together() {
    let bench = Bench::start().await;
    let (declared, inferred) = (bench.desired(&flagship()), bench.desired(&inferred()));
    bench.create_all(&declared).await;
    let crawler = |all: &[Resource]| all.iter().find(|r| r.address.kind == Kind::GlueCrawler).cloned().unwrap();
    let (from, mut to) = (crawler(&declared), crawler(&inferred));
    to.fields.insert("delete_behavior".into(), json!("DEPRECATE_IN_DATABASE"));
    for (from, to) in [(&from, &to), (&to, &from)] {
        let live = bench.read(to).await.unwrap().resource;
        let changes = diff(Kind::GlueCrawler, &live.fields, &to.fields);
        assert!(changes.len() > 2, "{changes:?}");
        let names: Vec<String> = changes.into_iter().map(|change| change.path).collect();
        handler(Kind::GlueCrawler).update(&bench.cloud.session, from, to, &names).await.unwrap();
        bench.assert_equal(to).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_trigger_waits_for_changes() {
    let bench = Bench::start().await;
    let all = bench.desired(&flagship());
    bench.create_all(&all).await;
    let from = all.iter().find(|r| r.address.to_string() == "glue_trigger.spotify-dev-crawl").unwrap();
    let mut to = from.clone();
    to.fields.extend(other_values(Kind::GlueTrigger).remove_entry("predicate").map(|(k, v)| (k.to_owned(), v)));
    together(&bench, from, &to, &["predicate"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_sets_rows_and_columns_change_together() {
    let bench = Bench::start().await;
    let all = bench.desired(&flagship());
    bench.create_all(&all).await;
    let find = |name: &str| all.iter().find(|r| r.address.to_string() == name).cloned().unwrap();
    let mut other = find("quicksight_data_source.spotify-dev");
    other.address.name = "other".into();
    other.identity.insert("data_source".into(), "other".into());
    bench.create(&other).await;
    let (from, to) = (find("quicksight_data_set.spotify-dev-hits"), find("quicksight_data_set.spotify-dev-genres"));
    let mut to = Resource { fields: to.fields, ..from.clone() };
    let arn = "arn:aws:quicksight:us-east-1:123456789012:datasource/other";
    to.fields.insert("data_source".into(), json!(arn));
    together(&bench, &from, &to, &["name", "data_source", "table", "sql", "columns", "calculated_fields"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedules_days_and_hours_change_together() {
    let bench = Bench::start().await;
    let all = bench.desired(&flagship());
    bench.create_all(&all).await;
    let from = all.iter().find(|r| r.address.kind == Kind::QuicksightRefreshSchedule).unwrap();
    let mut to = from.clone();
    to.fields.insert("frequency".into(), json!("WEEKLY"));
    to.fields.insert("day_of_week".into(), json!("SUNDAY"));
    together(&bench, from, &to, &["frequency", "day_of_week"]).await;
    to.fields.insert("frequency".into(), json!("HOURLY"));
    to.fields.insert("day_of_week".into(), Value::Null);
    to.fields.insert("time_of_day".into(), Value::Null);
    together(&bench, from, &to, &["frequency", "time_of_day"]).await;
}

/// Changes `from` to `to` and back; exactly `fields` differ.
pub async fn together(bench: &Bench, from: &Resource, to: &Resource, fields: &[&str]) {
    let kind = to.address.kind;
    for (from, to) in [(from, to), (to, from)] {
        let live = bench.read(to).await.unwrap().resource;
        let changes = diff(kind, &live.fields, &to.fields);
        assert_eq!(names(kind, &changes), fields, "{changes:#?}");
        let paths: Vec<String> = changes.into_iter().map(|change| change.path).collect();
        handler(kind).update(&bench.cloud.session, from, to, &paths).await.unwrap();
        bench.assert_equal(to).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tables_format_is_repaired() {
    let bench = Bench::start().await;
    let all = bench.desired(&flagship());
    bench.create_all(&all).await;
    let want = all.iter().find(|r| r.address.kind == Kind::GlueTable).unwrap();
    let (database, name) = (&want.identity["database"], &want.identity["table"]);
    let glue = &bench.cloud.session.glue;
    let table = glue.get_table().database_name(database).name(name).send().await.unwrap().table.unwrap();
    let mut storage = table.storage_descriptor.unwrap();
    storage.input_format = Some("org.apache.hadoop.mapred.TextInputFormat".into());
    let input = aws_sdk_glue::types::TableInput::builder()
        .name(name)
        .storage_descriptor(storage)
        .set_partition_keys(table.partition_keys)
        .set_parameters(table.parameters)
        .set_description(table.description);
    glue.update_table().database_name(database).table_input(input.build().unwrap()).send().await.unwrap();
    let live = bench.read(want).await.unwrap().resource;
    let told: Vec<_> = diff(Kind::GlueTable, &live.fields, &want.fields).into_iter().map(|c| c.path).collect();
    assert_eq!(told, ["format"]);
    bench.update(want, "format").await;
    bench.assert_equal(want).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_entries_survive_every_update() {
    let bench = Bench::start().await;
    let all = bench.desired(&flagship());
    bench.create_all(&all).await;
    for want in &all {
        for spec in specs(want.address.kind) {
            let (field, Some(entries)) = (spec.name, want.fields.get(spec.name).and_then(Value::as_object)) else {
                continue;
            };
            if !matches!(field, "tags" | "metadata" | "parameters" | "arguments") {
                continue;
            }
            let key = if field == "arguments" { "--theirs" } else { "theirs" };
            let mut with_theirs = want.clone();
            let mut more = entries.clone();
            more.insert(key.to_owned(), json!("1"));
            with_theirs.fields.insert(field.to_owned(), Value::Object(more));
            bench.update(&with_theirs, field).await;
            bench.assert_equal(want).await;
            bench.update(want, field).await;
            let live = bench.read(want).await.unwrap().resource;
            assert_eq!(live.fields[field][key], json!("1"), "{}.{field}", want.address);
        }
    }
}

/// Every map that lists which of its entries are ours: one that left the manifest is planned for removal and goes, one that
/// somebody else put beside it stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entries_that_left_the_manifest_go_and_foreign_ones_stay() {
    let bench = Bench::start().await;
    let all = bench.desired(&flagship());
    bench.create_all(&all).await;
    let mut seen = 0;
    for want in &all {
        for (field, list) in specs(want.address.kind).iter().filter_map(|spec| Some((spec.name, spec.list?))) {
            let (left, theirs, value) = match field {
                "arguments" => ("--left".to_owned(), "--theirs".to_owned(), "1"),
                "permissions" => (principal("left"), principal("theirs"), "viewer"),
                _ => ("left".to_owned(), "theirs".to_owned(), "1"),
            };
            let mut more = want.fields[field].as_object().unwrap().clone();
            let before = more.get(list).and_then(Value::as_str).unwrap_or_default();
            let listed = before.to_owned() + &listed::list([left.as_str()]).unwrap();
            more.extend([
                (left.clone(), json!(value)),
                (theirs.clone(), json!(value)),
                (list.to_owned(), json!(listed)),
            ]);
            let mut earlier = want.clone();
            earlier.fields.insert(field.to_owned(), Value::Object(more));
            bench.update(&earlier, field).await;
            let live = bench.read(want).await.unwrap().resource;
            let told = diff(want.address.kind, &live.fields, &want.fields);
            assert!(
                told.len() == 1 && told[0].path.contains(&left) && told[0].after.is_null(),
                "{}: {told:#?}",
                want.address
            );
            bench.update(want, field).await;
            bench.assert_equal(want).await;
            let live = bench.read(want).await.unwrap().resource.fields[field].clone();
            assert_eq!((live.get(&left), &live[&theirs]), (None, &json!(value)), "{}.{field}", want.address);
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
}

fn principal(name: &str) -> String {
    format!("arn:aws:quicksight:us-east-1:123456789012:user/default/{name}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_deleted_is_gone_and_may_be_deleted_again() {
    for manifest in [flagship(), inferred()] {
        let bench = Bench::start().await;
        let all = bench.desired(&manifest);
        bench.create_all(&all).await;
        for want in all.iter().rev() {
            let live = bench.read(want).await.unwrap().resource;
            let deleted = handler(want.address.kind).delete(&bench.cloud.session, &live, false).await;
            assert_eq!(deleted.unwrap_or_else(|e| panic!("{}: {e}", want.address)), Deleted::Gone, "{}", want.address);
            assert!(bench.read(want).await.is_none(), "{} is still there", want.address);
            let again = handler(want.address.kind).delete(&bench.cloud.session, &live, true).await;
            assert_eq!(again.unwrap_or_else(|e| panic!("{}: {e}", want.address)), Deleted::Gone, "{}", want.address);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_stays_until_it_may_go() {
    let bench = Bench::start().await;
    let mut all = bench.desired(&flagship());
    all[0].fields.insert("versioning".into(), json!("enabled"));
    bench.create_all(&all).await;
    let bucket = all[0].address.name.clone();
    let put = |body: &'static str| {
        bench
            .cloud
            .session
            .s3
            .put_object()
            .bucket(&bucket)
            .key("staging/tracks/a.csv")
            .body(body.as_bytes().to_vec().into())
            .send()
    };
    put("one").await.unwrap();
    put("two").await.unwrap();
    let kept = bench.delete(&all[0], false).await.unwrap();
    assert_eq!(kept, Deleted::KeptData("2 objects, 6 B".into()));
    for want in &all {
        bench.assert_equal(want).await;
    }
    assert_eq!(bench.delete(&all[0], true).await.unwrap(), Deleted::Gone);
    assert!(bench.read(&all[0]).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_told_and_not_written() {
    let bench = Bench::start().await;
    let aws = &bench.cloud.session;
    let all = bench.desired(&flagship());
    let find = |kind: Kind| all.iter().find(|r| r.address.kind == kind).unwrap();
    let bucket = find(Kind::S3Bucket);
    aws.s3.create_bucket().bucket(&bucket.address.name).send().await.unwrap();
    let database = find(Kind::GlueDatabase);
    let input = aws_sdk_glue::types::DatabaseInput::builder().name(&database.address.name).build().unwrap();
    aws.glue.create_database().database_input(input).send().await.unwrap();
    let workgroup = find(Kind::AthenaWorkgroup);
    aws.athena.create_work_group().name(&workgroup.address.name).send().await.unwrap();
    for want in [bucket, database, workgroup] {
        let live = bench.read(want).await.unwrap();
        assert!(matches!(live.ownership, Ownership::Strangers(_)), "{}", want.address);
        let error = handler(want.address.kind).create(aws, want).await.unwrap_err();
        assert_eq!(error.code(), "stranger", "{}", want.address);
        assert_eq!(bench.read(want).await.unwrap(), live, "{} was written", want.address);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_peoples_tables_and_queries_are_not_taken_along() {
    let bench = Bench::start().await;
    let aws = &bench.cloud.session;
    let all = bench.desired(&flagship());
    bench.create_all(&all).await;
    let find = |kind: Kind| all.iter().find(|r| r.address.kind == kind).unwrap();

    let table = aws_sdk_glue::types::TableInput::builder().name("theirs").build().unwrap();
    let database = find(Kind::GlueDatabase);
    aws.glue.create_table().database_name(&database.address.name).table_input(table).send().await.unwrap();
    let error = bench.delete(database, true).await.unwrap_err();
    assert_eq!((error.code(), error.message().ends_with(": `theirs`")), ("foreign-tables", true), "{error}");
    bench.assert_equal(database).await;
    bench.assert_equal(find(Kind::GlueTable)).await;

    let workgroup = find(Kind::AthenaWorkgroup);
    let query = aws.athena.create_named_query().name("mine").database("d").query_string("select 1");
    query.work_group(&workgroup.address.name).send().await.unwrap();
    let error = bench.delete(workgroup, true).await.unwrap_err();
    assert_eq!((error.code(), error.message().ends_with(": `mine`")), ("foreign-queries", true), "{error}");
    bench.assert_equal(workgroup).await;
}
