//! Good manifests, and what comes out of them.

use std::path::Path;
use std::time::Duration;

use super::{SMALL, folder, load_text, small_and};
use crate::manifest::files;
use crate::manifest::model::*;
use crate::manifest::{LoadOptions, environments, load};

fn flagship() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline.yaml")
}

fn env(name: &str) -> LoadOptions {
    LoadOptions { env: Some(name.into()), ..LoadOptions::default() }
}

#[test]
fn the_flagship_loads_in_both_environments() {
    let dev =
        load(&flagship(), &LoadOptions::default()).unwrap_or_else(|e| panic!("{}", super::shown(&e, Path::new("-"))));
    assert_eq!(dev.base_name(), "spotify-dev");
    assert_eq!((dev.environment.declared, dev.environment.count), (true, 2));
    assert_eq!(dev.storage.staging.bucket(), "123456789012-spotify-dev");
    assert_eq!(dev.storage.staging.prefix(), "staging/");
    assert_eq!(dev.crawler.database.name.value, "spotify_dev");
    assert_eq!(dev.job.workers.value, 2);
    assert_eq!(dev.job.timeout.value, Duration::from_secs(3600));
    assert_eq!(dev.athena.bytes_scanned_cutoff.as_ref().unwrap().value, 10 << 30);
    assert!(dev.athena.queries.len() >= 6);
    assert!(dev.athena.queries.values().all(|query| query.sql.text.to_lowercase().contains("select")));
    let hits = &dev.tables["hits"];
    assert!(
        matches!(&hits.steps[1].value, Step::Join(join) if matches!(&join.right, Input::Source(name) if name.value == "albums"))
    );
    assert_eq!(hits.max_cast_loss, 0.05);
    assert!(hits.checks.iter().any(|check| check.severity == Severity::Warn));
    for source in dev.sources.values() {
        assert_eq!(files::expand(&dev, source).unwrap().len(), 1, "{}", source.path.value);
    }

    let prod = load(&flagship(), &env("prod")).unwrap();
    assert_eq!(prod.base_name(), "spotify-prod");
    assert_eq!(prod.job.workers.value, 10);
    assert_eq!(prod.job.glue_version.value, "5.0");
    let place = prod.job.workers.place.clone().unwrap();
    assert!(place.source.line(place.line).contains("workers: 10"), "the place is the overlay's");
    assert_eq!(prod.athena.bytes_scanned_cutoff.as_ref().unwrap().value, 100 << 30);
    assert_eq!(prod.athena.queries.len(), dev.athena.queries.len());
}

#[test]
fn defaults_are_what_the_design_says() {
    let manifest = load_text(SMALL, &LoadOptions::default()).unwrap();
    assert_eq!(manifest.base_name(), "demo");
    assert_eq!(manifest.environment.name, "default");
    assert_eq!(manifest.storage.results.uri.value, "s3://123456789012-demo-default/results/");
    assert_eq!(manifest.crawler.database.name.value, "demo");
    assert_eq!(manifest.crawler.table_prefix.value, "");
    assert_eq!((manifest.crawler.schedule, manifest.schedule), (None, None));
    assert_eq!(manifest.job.max_retries.value, 0);
    assert_eq!(manifest.sources["a"].format, Format::Csv);
    assert_eq!(manifest.tables["t"].format.value, Format::Parquet);
    assert_eq!(manifest.tables["t"].max_cast_loss, 0.0);
    assert!(manifest.athena.workgroup.name.is_none() && !manifest.protect);
}

/// A manifest with every key there is.
pub const FULL: &str = r#"
name: full
id: 6f1c0a52
description: All keys
region: eu-west-1
tags: { team: analytics, cost: 5.0 }
variables: { owner: { default: me@example.com }, token: { sensitive: true, default: s3cret, description: A token }, workers: { default: 7 } }
environments:
  dev: { default: true }
  prod: { account: "210987654321", profile: prod, region: us-gov-west-1 }
storage:
  staging: { uri: "s3://shared-bucket/in", existing: true }
  warehouse: { uri: "s3://${account}-wh", versioning: true }
  results: s3://${account}-results/x/
iam: { job_role: Glue-Role, permissions_boundary: "arn:aws:iam::123456789012:policy/edge" }
sources:
  a:
    description: One row a thing
    path: data/*.csv
    format: csv
    multiline: true
    malformed: fail
    columns: { id: string, "Odd Name": { type: date, format: yyyy, description: A year, max_cast_loss: 1 } }
  far: { path: s3://elsewhere/raw/, format: csv }
tables:
  t:
    description: A table
    steps:
      - source: a
      - join: { table: u, on: { id: key }, how: left, select: [x, "y*"], prefix: u_ }
      - select_fields: [id, "u_*"]
      - drop_fields: [u_y1]
      - rename_field: { id: ident }
      - change_schema: { x: { type: int, max_cast_loss: 0.5 } }
      - derived_column: { z: "x + 1" }
      - filter: "x > 0 and owner = '${var.owner}'"
      - drop_duplicates: { by: [ident], order_by: [x desc] }
    format: parquet
    compression: zstd
    partition_by: [z]
    files: 16
    max_cast_loss: 5e-2
    checks:
      - { accepted_values: { x: [1, "2", three], z: [0] }, severity: warn }
      - between: { x: [-1.5, 2] }
      - row_count: { min: 1, max: 10 }
  u: { steps: [{ source: far }] }
job:
  glue_version: 5.0
  worker_type: G.2X
  workers: ${var.workers}
  timeout: 2h
  max_retries: 1
  max_concurrent_runs: 3
  connections: [in-the-vpc]
  security_configuration: sealed
  arguments: { "--token": "${var.token}", "--conf": "spark.x=$${y}" }
crawler:
  database: { name: shared, existing: true }
  table_prefix: x_
  tables: inferred
  recrawl: new_folders_only
  schema_change: log
  deleted: log
  schedule: on_demand
schedule: cron(0 3 * * ? *)
athena:
  workgroup: { name: team.wg, existing: true }
  bytes_scanned_cutoff: 500MB
  queries: { top: sql/top.sql, other: { sql: sql/top.sql, description: The other } }
protect: true
"#;

#[test]
fn every_key_is_read() {
    let text = FULL;
    let manifest =
        load_text(text, &LoadOptions::default()).unwrap_or_else(|e| panic!("{}", super::shown(&e, Path::new("-"))));
    assert_eq!(manifest.tags["cost"].value, "5.0");
    assert_eq!(manifest.storage.staging.uri.value, "s3://shared-bucket/in/");
    assert!(manifest.storage.staging.existing && manifest.storage.warehouse.versioning);
    assert_eq!(manifest.storage.warehouse.prefix(), "");
    let columns = manifest.sources["a"].columns.as_ref().unwrap();
    assert_eq!(columns["Odd Name"].format.as_ref().unwrap().value, "yyyy");
    let table = &manifest.tables["t"];
    assert_eq!(table.checks.len(), 4, "one check a column of accepted_values");
    assert!(
        matches!(&table.checks[2].rule, Rule::Between(x, low, high) if x.value == "x" && low.value == "-1.5" && high.value == "2")
    );
    assert!(matches!(&table.steps[7].value, Step::Filter(text) if text.value == "x > 0 and owner = 'me@example.com'"));
    assert_eq!(manifest.job.glue_version.value, "5.0");
    assert_eq!(manifest.job.workers.value, 7);
    assert_eq!(manifest.job.connections[0].value, "in-the-vpc");
    assert_eq!(manifest.job.security_configuration.as_ref().unwrap().value, "sealed");
    let token = &manifest.job.arguments["--token"];
    assert!(token.sensitive && token.value == "s3cret");
    assert!(!format!("{manifest:?}").contains("s3cret"), "sensitive values are not debug-printed");
    assert_eq!(manifest.job.arguments["--conf"].value, "spark.x=${y}");
    assert_eq!(manifest.schedule.as_ref().unwrap().value, "cron(0 3 * * ? *)");
    assert_eq!(manifest.crawler.schedule, None);
    assert_eq!(manifest.athena.queries["top"].sql.text, "select 1\n");

    let prod = load_text(text, &env("prod")).unwrap();
    assert_eq!(prod.region.value, "us-gov-west-1");
    assert_eq!(prod.environment.account.as_ref().unwrap().value, "210987654321");
    assert_eq!(prod.storage.warehouse.bucket(), "210987654321-wh");
}

#[test]
fn variables_come_from_flag_then_environment_then_default() {
    let text = small_and("variables: { v: { default: from-default } }\ntags: { v: \"${var.v}\" }\n");
    let mut options = LoadOptions::default();
    let tag = |options: &LoadOptions| load_text(&text, options).unwrap().tags["v"].value.clone();
    assert_eq!(tag(&options), "from-default");
    options.env_vars.insert("v".into(), "from-environment".into());
    options.env_vars.insert("unrelated".into(), "ignored".into());
    assert_eq!(tag(&options), "from-environment");
    options.vars.insert("v".into(), "from-flag".into());
    assert_eq!(tag(&options), "from-flag");
}

#[test]
fn a_variable_alone_takes_its_type_from_its_value() {
    for scalar in ["${var.n}", "\"${var.n}\""] {
        let text = small_and(&format!("variables: {{ n: {{ default: \"5\" }} }}\njob:\n  workers: {scalar}\n"));
        assert_eq!(load_text(&text, &LoadOptions::default()).unwrap().job.workers.value, 5, "{scalar}");
    }
}

#[test]
fn the_region_and_the_account_can_be_told() {
    let options =
        LoadOptions { account: Some("111122223333".into()), region: Some("eu-north-1".into()), ..Default::default() };
    let manifest = load_text(&small_and("tags: { at: \"${region}\" }\n"), &options).unwrap();
    assert_eq!(manifest.region.value, "eu-north-1");
    assert_eq!(manifest.tags["at"].value, "eu-north-1");
    assert_eq!(manifest.storage.staging.bucket(), "111122223333-demo-default");
}

#[test]
fn null_removes_and_is_absent() {
    let text = small_and(
        "description: base\nenvironments: { dev: { default: true, description: null }, prod: ~ }\nprotect: ~\n",
    );
    assert_eq!(load_text(&text, &LoadOptions::default()).unwrap().description, None);
    assert_eq!(load_text(&text, &env("prod")).unwrap().description.as_deref(), Some("base"));
}

#[test]
fn aliases_are_followed() {
    let text = small_and("tags: &t { team: x }\njob: { arguments: { \"--a\": &v one, \"--b\": *v } }\n");
    let manifest = load_text(&text, &LoadOptions::default()).unwrap();
    assert_eq!(manifest.job.arguments["--b"].value, "one");
}

#[test]
fn environments_are_listed_without_loading() {
    let folder = folder("environments: { dev: { default: true }, prod: {} }\nnonsense: 1\n");
    let found = environments(&folder.path().join("pipeline.yaml")).unwrap();
    assert_eq!(
        found.list.iter().map(|d| (d.name.as_str(), d.default)).collect::<Vec<_>>(),
        [("dev", true), ("prod", false)]
    );
}

#[test]
fn a_byte_order_mark_is_no_content() {
    let manifest = load_text(&format!("\u{feff}{}", SMALL.trim_start()), &LoadOptions::default()).unwrap();
    assert_eq!(manifest.name.place.as_ref().map(|place| (place.line, place.column)), Some((1, 7)));
}
