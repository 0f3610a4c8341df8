//! A line that is taken out of the manifest, where others have lines of their own: tags and arguments. It is planned, it goes,
//! and theirs stay.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::project::Project;

const BASE: &str = "spotify-dev";

fn plan(project: &Project) -> Vec<(String, String, Value)> {
    let plan = project.run(&["--local", "plan", "--output", "json"]).ok().json();
    let changes = plan["changes"].as_array().expect("changes").iter().filter(|c| c["action"] != "none");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let one = |c: &Value| {
        let fields = c["fields"].as_array().expect("fields").clone();
        let address = text(&c["address"]);
        fields.into_iter().map(move |f| (address.clone(), text(&f["path"]), f["after"].clone()))
    };
    changes.flat_map(one).collect()
}

#[test]
fn a_tag_and_an_argument_that_left_go_and_foreign_ones_stay() {
    let project = Project::flagship();
    let arguments = "  timeout: 60m\n  arguments: { \"--extra\": x, \"--stays\": \"y\" }\n";
    project.edit("pipeline.yaml", "  timeout: 60m\n", arguments);
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    project.serve().python("foreign.py", &[BASE, "add"]);
    assert_eq!(plan(&project), [], "what others add is none of our business");

    project.edit("pipeline.yaml", "tags: { team: analytics, data: spotify-2023 }", "tags: { team: analytics }");
    project.edit("pipeline.yaml", "\"--extra\": x, ", "");
    let told = plan(&project);
    let paths: BTreeSet<&str> = told.iter().map(|(_, path, _)| path.as_str()).collect();
    assert_eq!(paths, BTreeSet::from(["arguments.--extra", "tags.data"]), "{told:#?}");
    assert!(told.iter().all(|(_, _, after)| after.is_null()), "{told:#?}");
    let arguments: Vec<_> =
        told.iter().filter(|(_, path, _)| path.starts_with("arguments")).map(|(a, _, _)| a).collect();
    assert_eq!(arguments, [&format!("glue_job.{BASE}")]);
    for kind in ["s3_bucket", "iam_role", "glue_database", "glue_crawler", "athena_workgroup", "quicksight_dashboard"] {
        assert!(told.iter().any(|(address, _, _)| address.starts_with(kind)), "{kind} keeps its tag");
    }
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    assert_eq!(plan(&project), []);
    let left = project.serve().python("foreign.py", &[BASE, "show"]);
    for (what, entries) in left.as_object().expect("an object") {
        let has = |key: &str| entries.get(key).is_some();
        let (theirs, gone, kept) =
            if what == "arguments" { ("--theirs", "--extra", "--stays") } else { ("theirs", "data", "team") };
        assert!(has(theirs) && !has(gone) && has(kept), "{what}: {entries}");
    }

    // The last ones take the list with them.
    project.edit("pipeline.yaml", "tags: { team: analytics }\n", "");
    project.edit("pipeline.yaml", "  arguments: { \"--stays\": \"y\" }\n", "");
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    assert_eq!(plan(&project), []);
    let left = project.serve().python("foreign.py", &[BASE, "show"]).to_string();
    assert!(left.contains("theirs") && !left.contains("pipectl:keys") && !left.contains("--pipectl_keys"), "{left}");
}
