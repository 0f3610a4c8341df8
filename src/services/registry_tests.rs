use super::*;
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
