use serde_json::json;

use super::super::testing::{address, demo, estrange, input, set, snapshot};
use super::*;
use crate::plan::plan;

fn drifted() -> (Vec<Resource>, Snapshot, Plan) {
    let desired = demo();
    let mut live = demo();
    set(&mut live, "glue_job.demo", "workers", json!(10));
    let mut found = snapshot(&live);
    found.resources.remove(&address("athena_named_query.top"));
    let plan = plan(&input(&desired, &found)).unwrap();
    (desired, found, plan)
}

#[test]
fn a_plan_survives_its_file_and_nobody_else_reads_it() {
    let (_, found, plan) = drifted();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.json");
    std::fs::write(&path, "older").unwrap();
    write(&path, &plan).unwrap();
    let back = read(&path).unwrap();
    assert_eq!(back, plan);
    verify(&back, "123456789012", "us-east-1", &found).unwrap();
    assert_eq!(wants(&back).len(), 10);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn other_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.json");
    let refused = |text: &str| {
        std::fs::write(&path, text).unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(error.code(), "bad-plan-file");
        error.message().split_once("apply: ").unwrap().1.to_owned()
    };
    assert!(refused("name: x").starts_with("it is not JSON"));
    assert_eq!(refused("{}"), "it does not say that it is one");
    assert_eq!(refused(r#"{"pipectl_plan": 9}"#), "it has format version 9, not 1");
    let (_, _, plan) = drifted();
    write(&path, &plan.public()).unwrap();
    assert_eq!(refused(&std::fs::read_to_string(&path).unwrap()), "`s3_bucket.demo` is not whole in it");
    assert_eq!(read(&folder.path().join("none")).unwrap_err().code(), "io");
}

#[test]
fn the_public_form_is_the_documented_one() {
    let (_, _, plan) = drifted();
    let changes = plan.changes.iter().filter(|c| c.address == address("glue_job.demo")).cloned().collect();
    let value = serde_json::to_value(Plan { changes, fingerprint: "f".into(), ..plan }.public()).unwrap();
    assert_eq!(
        value,
        json!({
            "format_version": 1, "pipeline": "demo", "environment": "default", "account": "123456789012",
            "region": "us-east-1", "fingerprint": "f",
            "changes": [{"address": "glue_job.demo", "kind": "glue_job", "action": "update", "reason": "`workers` differs",
                "destroys_data": false, "fields": [{"path": "workers", "before": 10, "after": 2}]}],
            "summary": {"create": 1, "update": 1, "replace": 0, "delete": 0, "adopt": 0, "unchanged": 8}})
    );
}

#[test]
fn a_plan_that_aws_left_behind_is_refused_and_told() {
    let (_, mut found, plan) = drifted();
    let check = |now: &Snapshot| verify(&plan, "123456789012", "us-east-1", now);
    found.resources.get_mut(&address("glue_job.demo")).unwrap().resource.fields.insert("workers".into(), json!(7));
    found.resources.remove(&address("glue_table.hits"));
    estrange(&mut found, "iam_role.demo");
    estrange(&mut found, "s3_bucket.demo");
    let error = check(&found).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("stale-plan", Kind::Conflict));
    insta::assert_snapshot!(error.notes().join("\n"), @r"
    `glue_table.hits`: it no longer exists
    `glue_job.demo`: `workers` was 10 and is 7
    ");
}

#[test]
fn foreign_entries_and_other_places() {
    let (_, mut found, plan) = drifted();
    let job = found.resources.get_mut(&address("glue_job.demo")).unwrap();
    job.resource.fields.insert("tags".into(), json!({"pipectl:pipeline": "demo", "seen": "today"}));
    verify(&plan, "123456789012", "us-east-1", &found).unwrap();
    assert_eq!(verify(&plan, "210987654321", "us-east-1", &found).unwrap_err().code(), "wrong-place");
    let forged = Plan { fingerprint: "0".repeat(64), ..plan };
    let error = verify(&forged, "123456789012", "us-east-1", &found).unwrap_err();
    assert!(error.notes()[0].contains("changed by hand"));
}
