use serde_json::Value;

use super::*;
use crate::aws::testing::{Canned, Reply, session};
use crate::services::testing::{owner, wanted};

const NAME: &str = "athena_workgroup.spotify-dev";

fn live_of(want: &Fields) -> WorkGroup {
    WorkGroup::builder()
        .name("spotify-dev")
        .description(fields::text(want, "description").unwrap_or_default())
        .configuration(workgroup_input::new(want).unwrap())
        .build()
        .unwrap()
}

#[test]
fn a_new_workgroup_reads_as_wanted() {
    let mut want = wanted(NAME).fields;
    want.remove("tags");
    assert_eq!(workgroup_input::fields_of(&live_of(&want)), want);
}

#[test]
fn clearing_needs_the_remove_flags() {
    let mut want = wanted(NAME).fields;
    for name in ["bytes_scanned_cutoff", "output_location"] {
        want.insert(name.into(), Value::Null);
    }
    want.insert("encryption".into(), json!("none"));
    let all = ["bytes_scanned_cutoff", "output_location", "encryption"].map(str::to_owned);
    let updates = workgroup_input::changed(&want, &all).unwrap();
    assert_eq!(updates.remove_bytes_scanned_cutoff_per_query(), Some(true));
    let results = updates.result_configuration_updates().unwrap();
    assert_eq!((results.remove_output_location(), results.remove_encryption_configuration()), (Some(true), Some(true)));
}

#[test]
fn results_are_encrypted_as_their_bucket_is() {
    let mut manifest = crate::services::testing::manifest();
    let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd";
    manifest.storage.results.kms_key = Some(crate::manifest::spanned::Spanned::unplaced(key.into()));
    let all = crate::services::testing::desired(&manifest).unwrap();
    let mut want = all.into_iter().find(|r| r.address.kind == Kind::AthenaWorkgroup).unwrap().fields;
    want.remove("tags");
    assert_eq!((&want["encryption"], &want["kms_key"]), (&json!("SSE_KMS"), &json!(key)));
    assert_eq!(workgroup_input::fields_of(&live_of(&want)), want);
    let updates = workgroup_input::changed(&want, &["kms_key".into()]).unwrap();
    let sent = updates.result_configuration_updates().unwrap().encryption_configuration().unwrap();
    assert_eq!((sent.encryption_option().as_str(), sent.kms_key()), ("SSE_KMS", Some(key)));
}

#[test]
fn only_changes_are_sent() {
    let updates = workgroup_input::changed(&wanted(NAME).fields, &["enforce".into()]).unwrap();
    assert_eq!(updates.enforce_work_group_configuration(), Some(true));
    assert!(updates.result_configuration_updates().is_none());
    assert!(updates.bytes_scanned_cutoff_per_query().is_none());
}

#[test]
fn no_tags_are_no_list() {
    assert_eq!(sdk_tags(&Fields::new()), None);
    assert_eq!(sdk_tags(&wanted(NAME).fields).unwrap().len(), 4);
}

/// Athena tells a missing workgroup by its words alone.
#[tokio::test]
async fn a_missing_one_is_none_and_its_deletion_success() {
    let missing = || Reply::json_error(400, "InvalidRequestException", "WorkGroup spotify-dev is not found.");
    let server = Canned::start(vec![missing(), missing()]).await;
    assert!(Workgroup.read(&session(&server), &owner(), &wanted(NAME)).await.unwrap().is_none());
    assert_eq!(Workgroup.delete(&session(&server), &wanted(NAME), false).await.unwrap(), Deleted::Gone);
    let other = Canned::start(vec![Reply::json_error(400, "InvalidRequestException", "bad name")]).await;
    assert!(Workgroup.read(&session(&other), &owner(), &wanted(NAME)).await.is_err());
}

fn batch(queries: &[(&str, &str)]) -> Reply {
    let list: Vec<Value> = queries
        .iter()
        .map(|(name, description)| {
            json!({"Name": name, "Description": description, "Database": "d", "QueryString": "s", "NamedQueryId": name})
        })
        .collect();
    Reply::json(json!({"NamedQueries": list}))
}

#[tokio::test]
async fn analysts_queries_keep_the_workgroup() {
    let ids = Reply::json(json!({"NamedQueryIds": ["a", "b"]}));
    let server =
        Canned::start(vec![ids, batch(&[("top", "x [pipectl spotify/dev]"), ("my-analysis", "half a year of work")])])
            .await;
    let error = Workgroup.delete(&session(&server), &wanted(NAME), true).await.unwrap_err();
    assert_eq!(error.code(), "foreign-queries");
    assert!(error.message().ends_with(": `my-analysis`"), "{}", error.message());
    assert!(!server.operations().contains(&"DeleteWorkGroup".to_owned()));
}

#[tokio::test]
async fn ours_go_with_it() {
    let ids = Reply::json(json!({"NamedQueryIds": ["a"]}));
    let server = Canned::start(vec![ids, batch(&[("top", "[pipectl spotify/dev]")]), Reply::json(json!({}))]).await;
    assert_eq!(Workgroup.delete(&session(&server), &wanted(NAME), false).await.unwrap(), Deleted::Gone);
    assert_eq!(server.asked()[2].json()["RecursiveDeleteOption"], json!(true));
}
