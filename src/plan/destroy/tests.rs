use super::super::testing::{address, demo, estrange, input, outline, resource, snapshot};
use super::*;
use crate::resource::Snapshot;

#[test]
fn everything_ours_goes_backwards() {
    let desired = demo();
    let mut live = demo();
    live.push(resource("glue_table.old", serde_json::json!({}), &[]));
    let plan = destroy(&input(&desired, &snapshot(&live)), true).unwrap();
    insta::assert_snapshot!(outline(&plan), @r"
    delete athena_named_query.top: destroy was asked for
    delete athena_workgroup.demo: destroy was asked for
    delete glue_crawler.demo: destroy was asked for
    delete glue_job.demo: destroy was asked for
    delete glue_table.hits: destroy was asked for
    delete iam_role.demo: destroy was asked for
    delete s3_object.script: destroy was asked for
    delete s3_prefix.staging (destroys data): destroy was asked for
    delete s3_bucket.demo (destroys data): destroy was asked for
    delete glue_table.old: destroy was asked for
    delete glue_database.demo: destroy was asked for
    ");
    assert_eq!(plan.summary.delete, 11);
}

#[test]
fn strangers_and_existing_things_stay_and_what_is_gone_is_gone() {
    let mut desired = demo();
    desired.iter_mut().find(|r| r.address == address("iam_role.demo")).unwrap().existing = true;
    let mut found = snapshot(&desired);
    estrange(&mut found, "glue_job.demo");
    found
        .resources
        .retain(|a, _| ["iam_role.demo", "glue_job.demo", "s3_bucket.demo"].contains(&a.to_string().as_str()));
    let plan = destroy(&input(&desired, &found), false).unwrap();
    insta::assert_snapshot!(outline(&plan), @r"
    none glue_job.demo: it is not this pipeline's and stays: it carries no pipectl tags
    none iam_role.demo: it is used, not owned; it stays
    delete s3_bucket.demo: destroy was asked for
    ");
}

#[test]
fn targets_take_what_stands_on_them() {
    let desired = demo();
    let target = [address("glue_database.demo")];
    let found = snapshot(&desired);
    let plan = destroy(&Input { target: &target, ..input(&desired, &found) }, false).unwrap();
    insta::assert_snapshot!(outline(&plan), @r"
    delete athena_named_query.top: destroy was asked for
    delete glue_crawler.demo: destroy was asked for
    delete glue_table.hits: destroy was asked for
    delete glue_database.demo: destroy was asked for
    ");
}

#[test]
fn protection_refuses() {
    let desired = demo();
    let found = Snapshot::default();
    let error = destroy(&Input { protect: true, ..input(&desired, &found) }, true).unwrap_err();
    assert_eq!(error.code(), "protected");
    assert!(!destroy(&input(&desired, &found), true).unwrap().has_changes());
}
