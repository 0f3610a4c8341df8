use serde_json::Value;

use super::*;
use crate::plan::diff::diff;
use crate::resource::Fields;
use crate::resource::kinds::specs;
use crate::services::testing::{desired, manifest};

#[test]
fn every_kind_has_its_handler_and_sorted_actions() {
    for kind in Kind::ALL {
        assert_eq!(handler(kind).kind(), kind);
        let actions = handler(kind).actions();
        assert!(actions.is_sorted() && !actions.is_empty(), "{kind}: {actions:?}");
    }
}

#[test]
fn dependencies_come_first_and_fields_are_declared() {
    let all = desired(&manifest()).unwrap();
    for (at, resource) in all.iter().enumerate() {
        for on in &resource.depends_on {
            assert!(all[..at].iter().any(|r| r.address == *on), "{} stands before {on}", resource.address);
        }
        for field in resource.fields.keys() {
            assert!(specs(resource.address.kind).iter().any(|s| s.name == field), "{}.{field}", resource.address);
        }
        for spec in specs(resource.address.kind) {
            assert!(resource.fields.contains_key(spec.name), "{} leaves {} to chance", resource.address, spec.name);
        }
    }
}

#[test]
fn what_exists_is_used_and_not_described() {
    let mut manifest = manifest();
    manifest.storage.results.existing = true;
    manifest.crawler.database.existing = true;
    manifest.athena.workgroup.existing = true;
    let all = desired(&manifest).unwrap();
    let existing: Vec<_> = all.iter().filter(|r| r.existing).map(|r| r.address.to_string()).collect();
    let expected = ["s3_bucket.123456789012-spotify-dev", "glue_database.spotify_dev", "athena_workgroup.spotify-dev"];
    assert_eq!(existing, expected);
    assert!(all.iter().filter(|r| r.existing).all(|r| r.fields.is_empty()));
}

#[test]
fn the_sample_pipeline() {
    let all = desired(&manifest()).unwrap();
    let lines: Vec<String> = all
        .iter()
        .map(|r| {
            let on: Vec<_> = r.depends_on.iter().map(ToString::to_string).collect();
            format!("{} <- {}", r.address, on.join(", "))
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
    let fields: Vec<_> =
        all.iter().map(|r| serde_json::json!({r.address.to_string(): [r.identity, r.fields]})).collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&fields).unwrap());
}

/// What no default can stand for: it follows from names and from the flow.
fn is_derived(kind: Kind, field: &str) -> bool {
    match kind {
        Kind::S3Prefix => field == "metadata",
        Kind::S3Object => true,
        Kind::S3Bucket => matches!(field, "policy" | "tags"),
        Kind::IamRole => matches!(field, "description" | "trust_policy" | "inline_policy" | "tags"),
        Kind::GlueTable => matches!(field, "description" | "columns" | "partition_keys" | "location" | "parameters"),
        Kind::GlueJob => matches!(field, "role" | "script_location" | "arguments" | "tags"),
        Kind::GlueCrawler => matches!(field, "role" | "database" | "catalog_targets" | "configuration" | "tags"),
        Kind::AthenaWorkgroup => matches!(field, "output_location" | "tags"),
        Kind::AthenaNamedQuery => field != "description",
        Kind::GlueDatabase => field == "tags",
        _ => false,
    }
}

/// A line that leaves the manifest is a change back to the declared default: what a manifest that says only what it must
/// wants of every field is that default. A new field cannot be forgotten here.
#[test]
fn what_the_manifest_does_not_say_is_the_declared_default() {
    let mut manifest = manifest();
    manifest.description = None;
    manifest.tags.clear();
    manifest.quicksight = None;
    manifest.job.arguments.clear();
    manifest.athena.bytes_scanned_cutoff = None;
    for query in manifest.athena.queries.values_mut() {
        query.description = None;
    }
    let mut seen = 0;
    for want in
        desired(&manifest).unwrap().iter().filter(|want| !want.address.kind.to_string().starts_with("quicksight_"))
    {
        let kind = want.address.kind;
        for spec in specs(kind).iter().filter(|spec| !is_derived(kind, spec.name)) {
            let one = |value: Option<Value>| Fields::from_iter(value.map(|value| (spec.name.to_owned(), value)));
            let changes = diff(kind, &one(Some(spec.default_value())), &one(want.fields.get(spec.name).cloned()));
            assert_eq!(changes, [], "{}.{}", want.address, spec.name);
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen}");
}
