//! `existing: true` wherever it is said: used, never made, changed or deleted; what is missing is named before anything is made.

use pipectl::local::quicksight::Account;
use pipectl::local::{Options, Store};
use serde_json::{Value, json};

use crate::support::project::Project;

const MANIFEST: &str = "pipeline.yaml";
const SHARED: [&str; 5] = [
    "athena_workgroup.team",
    "glue_database.shared",
    "iam_role.shared-role",
    "quicksight_data_source.shared-source",
    "s3_bucket.shared-lake",
];

/// The flagship over what others keep.
fn project() -> Project {
    let project = Project::flagship();
    for (place, prefix) in [("staging", "staging"), ("warehouse", "warehouse"), ("results", "athena-results")] {
        let own = format!("  {place}: \"s3://${{account}}-${{name}}-${{env}}/{prefix}/\"");
        project.edit(
            MANIFEST,
            &own,
            &format!("  {place}: {{ uri: s3://shared-lake/spotify/{prefix}/, existing: true }}"),
        );
    }
    project.edit(MANIFEST, "\nsources:", "\niam: { job_role: shared-role }\n\nsources:");
    project.edit(MANIFEST, "database: \"spotify_${env}\"", "database: { name: shared, existing: true }");
    project.edit(MANIFEST, "\nathena:\n", "\nathena:\n  workgroup: { name: team, existing: true }\n");
    project.edit(MANIFEST, "\nquicksight:\n", "\nquicksight:\n  data_source: { existing: shared-source }\n");
    project
}

#[test]
fn what_exists_is_used_and_left_as_it_is() {
    let project = project();
    project.serve().python("shared.py", &["make"]);
    let before = project.serve().python("shared.py", &["show"]);
    let untouched = || assert_eq!(project.serve().python("shared.py", &["show"]), before);

    let plan = project.run(&["--local", "plan", "--output", "json"]).ok().json();
    let used: Vec<&str> = plan["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .filter(|change| change["reason"] == "it is used, not owned")
        .map(|change| change["address"].as_str().expect("an address"))
        .collect();
    assert!(SHARED.iter().all(|address| used.contains(address)) && used.len() == SHARED.len(), "{used:?}");
    let up = project.run(&["--local", "up", "--output", "json"]).ok().json();
    assert_eq!(up["status"], "succeeded", "{up}");
    untouched();
    assert_eq!(project.run(&["--local", "plan", "--detailed-exitcode"]).code(), 0);

    project.run(&["--local", "destroy", "--env", "dev", "--delete-data", "--auto-approve"]).ok();
    untouched();
    let left = project.serve().python("inventory.py", &[]);
    for (kind, names) in left.as_object().expect("an object") {
        let shared: Value = match kind.as_str() {
            "buckets" => json!(["shared-lake"]),
            "roles" => json!(["shared-role"]),
            "databases" => json!(["shared"]),
            "tables" => json!(["others"]),
            "workgroups" => json!(["team"]),
            "data_sources" => json!(["shared-source"]),
            _ => json!([]),
        };
        assert_eq!(names, &shared, "{kind}");
    }
}

#[test]
fn what_is_missing_is_named_and_nothing_is_made() {
    let project = project();
    let apply = project.run(&["--local", "apply", "--auto-approve"]);
    assert_eq!(apply.code(), 1);
    for address in SHARED {
        assert!(apply.stderr().contains(&format!("`{address}` does not exist")), "{address}: {}", apply.stderr());
    }
    for (kind, names) in project.serve().python("inventory.py", &[]).as_object().expect("an object") {
        assert_eq!(names, &json!([]), "{kind}");
    }
}

/// The data source is not ours to make, and still nobody is given a data set who is not there.
#[test]
fn an_unknown_principal_is_told_by_the_plan() {
    let project = project();
    let principals = "  # principals: { owners: [user/default/you@example.com], viewers: [group/default/analysts] }";
    project.edit(MANIFEST, principals, "  principals: { owners: [user/default/nobody@example.com] }");
    project.serve().python("shared.py", &["make"]);
    let store = Store::open(&Options::new(project.path(".pipectl/cloud"))).expect("a store");
    Account { strict_principals: true, ..Account::default() }.put(&store).expect("it is kept");
    let plan = project.run(&["--local", "plan"]);
    assert_eq!(plan.code(), 1);
    assert!(
        plan.stderr().contains("quicksight-principal") && plan.stderr().contains("nobody@example.com"),
        "{}",
        plan.stderr()
    );
}
