//! What left the manifest goes, and nothing else: parts, renames, whole sections; strangers and data stay.

use serde_json::{Value, json};

use crate::support::project::{Project, Served};

const MANIFEST: &str = "pipeline.yaml";

fn apply(project: &Project) {
    project.run(&["--local", "apply", "--auto-approve"]).ok();
}

/// The addresses that the plan deletes, in its order.
fn deleted(project: &Project) -> Vec<String> {
    let plan = project.run(&["--local", "plan", "--output", "json"]).ok().json();
    let changes = plan["changes"].as_array().expect("a list").iter().filter(|c| c["action"] == "delete");
    changes.map(|c| c["address"].as_str().expect("text").to_owned()).collect()
}

/// Takes a query out of the manifest; no dashboard may need it.
fn without_query(project: &Project, name: &str) {
    let path = project.path(MANIFEST);
    let text = std::fs::read_to_string(&path).expect("a file");
    let kept = text.lines().filter(|line| !line.starts_with(&format!("    {name}: {{ sql:")));
    let kept = kept.map(|line| format!("{line}\n")).collect::<String>();
    assert_eq!(kept.lines().count() + 1, text.lines().count(), "{name} is no query");
    std::fs::write(path, kept).expect("a file");
}

fn unchanged(project: &Project) {
    let plan = project.run(&["--local", "plan", "--detailed-exitcode"]);
    assert_eq!(plan.code(), 0, "{}{}", plan.stdout(), plan.stderr());
}

fn inventory(cloud: &Served) -> Value {
    cloud.python("inventory.py", &[])
}

#[test]
fn parts_and_renamed_parts_go_and_what_is_left_is_as_from_scratch() {
    let project = Project::flagship();
    apply(&project);
    let edit = |project: &Project| {
        project.edit(MANIFEST, "spotify_${env}", "music_${env}");
        project.edit(MANIFEST, "/staging/\"", "/raw/\"");
        project.cut("quicksight");
        without_query(project, "sound_of_hits");
    };
    edit(&project);
    let gone = deleted(&project);
    for address in [
        "athena_named_query.sound_of_hits",
        "glue_database.spotify_dev",
        "glue_table.spotify_dev/hits",
        "quicksight_dashboard.spotify-dev-overview",
        "quicksight_data_set.spotify-dev-hits",
        "quicksight_data_source.spotify-dev",
        "s3_prefix.123456789012-spotify-dev/staging",
    ] {
        assert!(gone.iter().any(|a| a == address), "{address} stays: {gone:?}");
    }
    let place = |address: &str| gone.iter().position(|a| a == address).expect("a deleted one");
    assert!(place("quicksight_dashboard.spotify-dev-overview") < place("quicksight_data_set.spotify-dev-hits"));
    assert!(place("glue_table.spotify_dev/hits") < place("glue_database.spotify_dev"));
    apply(&project);
    unchanged(&project);
    let fresh = Project::flagship();
    edit(&fresh);
    apply(&fresh);
    assert_eq!(inventory(&project.serve()), inventory(&fresh.serve()));
}

#[test]
fn a_bucket_that_left_stays_while_it_holds_data() {
    let project = Project::flagship();
    project.run(&["--local", "up"]).ok();
    project.edit(MANIFEST, "-${env}/staging/", "-raw/staging/");
    apply(&project);
    unchanged(&project);
    // Now the whole pipeline moves on, and the first bucket with its warehouse stays behind.
    for place in ["warehouse", "athena-results"] {
        project.edit(MANIFEST, &format!("-${{env}}/{place}/"), &format!("-raw/{place}/"));
    }
    apply(&project);
    unchanged(&project);
    let plan = project.run(&["--local", "plan", "--output", "json"]).ok().json();
    let bucket = plan["changes"].as_array().expect("a list").iter();
    let bucket = bucket.filter(|c| c["address"] == "s3_bucket.123456789012-spotify-dev").collect::<Vec<_>>();
    assert_eq!((bucket.len(), &bucket[0]["action"]), (1, &json!("none")));
    assert!(bucket[0]["reason"].as_str().expect("text").contains("it holds data"), "{}", bucket[0]["reason"]);
    project.run(&["--local", "destroy", "--env", "dev", "--delete-data", "--auto-approve"]).ok();
    for (kind, names) in inventory(&project.serve()).as_object().expect("an object") {
        assert_eq!(names, &json!([]), "{kind} are left");
    }
}

/// Two pipelines of one name with different ids in one account, and another environment of the same manifest.
#[test]
fn other_pipelines_and_environments_are_let_be() {
    let project = Project::flagship();
    apply(&project);
    let before = inventory(&project.serve());
    project.run(&["--local", "--env", "prod", "apply", "--auto-approve"]).ok();
    let both = inventory(&project.serve());
    without_query(&project, "sound_of_hits");
    assert_eq!(deleted(&project), ["athena_named_query.sound_of_hits"], "prod is not looked at");
    project.run(&["--local", "--env", "prod", "destroy", "--delete-data", "--auto-approve"]).ok();
    assert_eq!(inventory(&project.serve()), before, "dev stays whole when prod goes");
    assert_ne!(both, before);
    // The same name and environment with an id: all that is there is a stranger's, and stays.
    project.edit(MANIFEST, "name: spotify\n", "name: spotify\nid: 6f1c0a52\n");
    let refused = project.run(&["--local", "apply", "--auto-approve"]);
    assert_eq!(refused.code(), 1);
    assert!(refused.stderr().contains("stranger"), "{}", refused.stderr());
    assert_eq!(inventory(&project.serve()), before);
}

/// One manifest in two regions of an account. IAM is one for both, and so are the names of buckets.
#[test]
fn the_same_pipeline_in_another_region_is_let_be() {
    let project = Project::flagship();
    for place in ["staging", "warehouse", "athena-results"] {
        project.edit(MANIFEST, &format!("-${{env}}/{place}/"), &format!("-${{env}}-${{region}}/{place}/"));
    }
    project.edit(MANIFEST, "sources:\n", "iam: { operator: { user: \"runner-${region}\" } }\nsources:\n");
    let cloud = project.serve();
    let regions = ["us-east-1", "eu-west-1"];
    let run = |region: &str, arguments: &[&str]| cloud.run(&project, &[&["--region", region], arguments].concat()).ok();
    let inventories = || regions.map(|region| cloud.python_in(region, "inventory.py", &[]));
    run(regions[0], &["apply", "--auto-approve"]);
    let [alone, nothing] = inventories();
    assert_eq!((nothing["jobs"].clone(), alone["jobs"].clone()), (json!([]), json!(["spotify-dev"])));
    run(regions[1], &["apply", "--auto-approve"]);
    let [first, second] = inventories();
    assert_eq!((&first["tables"], &first["data_sets"]), (&second["tables"], &second["data_sets"]));
    assert_eq!(first["roles"].as_array().map(Vec::len), Some(2));
    for region in regions {
        assert_eq!(run(region, &["plan", "--detailed-exitcode"]).code(), 0);
    }
    run(regions[1], &["destroy", "--env", "dev", "--delete-data", "--auto-approve"]);
    assert_eq!(inventories(), [alone, nothing]);
    // A bucket that both would have keeps its region: nothing is made, and the refusal says where it is.
    project.edit(MANIFEST, "-${env}-${region}/staging/", "-${env}-us-east-1/staging/");
    let refused = cloud.run(&project, &["--region", regions[1], "apply", "--auto-approve"]);
    assert_eq!(refused.code(), 1);
    assert!(refused.stderr().contains("error[bucket-elsewhere]"), "{}", refused.stderr());
    assert!(refused.stderr().contains("us-east-1"), "{}", refused.stderr());
    assert_eq!(inventories()[1]["jobs"], json!([]));
}

/// The manifest is lost: name, environment and id are enough, and what is another's stays.
#[test]
fn a_pipeline_goes_by_its_name_without_a_manifest() {
    let project = Project::flagship();
    project.edit(MANIFEST, "name: spotify\n", "name: spotify\nid: 6f1c0a52\n");
    project.run(&["--local", "up"]).ok();
    project.run(&["--local", "--env", "prod", "apply", "--auto-approve"]).ok();
    let other = ["--local", "--env", "dev", "destroy", "--name", "spotify", "--id", "other", "--auto-approve"];
    std::fs::remove_file(project.path(MANIFEST)).expect("a manifest");
    assert!(project.run(&other).ok().stderr().contains("nothing in us-east-1 carries the marks"));
    let dev = ["--local", "--env", "dev", "destroy", "--name", "spotify", "--id", "6f1c0a52", "--auto-approve"];
    project.run(&dev).ok();
    let left = inventory(&project.serve());
    assert_eq!(left["buckets"], json!(["123456789012-spotify-dev", "123456789012-spotify-prod"]), "data stays");
    assert_eq!(left["jobs"], json!(["spotify-prod"]));
    project.run(&[&dev[..], &["--delete-data"]].concat()).ok();
    project
        .run(&["--local", "--env", "prod", "destroy", "--name", "spotify", "--id", "6f1c0a52", "--auto-approve"])
        .ok();
    for (kind, names) in inventory(&project.serve()).as_object().expect("an object") {
        assert_eq!(names, &json!([]), "{kind} are left");
    }
}
