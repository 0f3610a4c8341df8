//! A pipeline with a schedule, through the binary: its workflow runs job and crawler without `pipectl run`.

use serde_json::{Value, json};

use crate::support::project::Project;

const BASE: &str = "spotify-dev";

fn scheduled() -> Project {
    let project = Project::flagship();
    project.edit("pipeline.yaml", "\nstorage:", "\nschedule: cron(0 3 * * ? *)\n\nstorage:");
    project
}

/// What a plan would change, as `address path`.
fn changes(plan: &Value) -> Vec<String> {
    let changes = plan["changes"].as_array().expect("changes").iter().filter(|c| c["action"] != "none");
    let paths = |c: &Value| {
        let address = c["address"].as_str().expect("an address").to_owned();
        let fields = c["fields"].as_array().expect("fields").clone();
        fields.into_iter().map(move |f| format!("{address} {}", f["path"].as_str().expect("a path")))
    };
    changes.flat_map(paths).collect()
}

#[test]
fn the_workflow_runs_job_and_crawler_by_itself() {
    let project = scheduled();
    // Uploads the sources, which a schedule does not; and makes the tables.
    project.run(&["--local", "up"]).ok();
    let ran = project.serve().python("workflow.py", &[BASE, "run"]);
    assert_eq!((&ran["status"], &ran["succeeded"]), (&json!("COMPLETED"), &json!(2)), "{ran}");
    let nodes = ["crawler/spotify-dev", "job/spotify-dev", "trigger/spotify-dev-crawl", "trigger/spotify-dev-schedule"];
    assert_eq!(ran["nodes"], json!(nodes));
    // The run reported under Glue's own id.
    let metrics = format!(
        ".pipectl/cloud/s3/123456789012-{BASE}/warehouse/_pipectl/{}/metrics.json",
        ran["job_run"].as_str().unwrap()
    );
    let text = std::fs::read_to_string(project.path(&metrics)).expect("metrics");
    let metrics: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&metrics["status"], &metrics["tables"]["hits"]["rows"]), (&json!("succeeded"), &json!(5000)));
    // And nothing of what a plan looks at has changed.
    let plan = project.run(&["--local", "plan", "--detailed-exitcode", "--output", "json"]);
    assert_eq!((plan.code(), changes(&plan.json())), (0, vec![]), "{}", plan.stderr());
    let status = project.run(&["--local", "status"]).ok().stdout();
    assert!(status.contains("cron(0 3 * * ? *)"), "{status}");
}

/// When SPICE reads data sets by itself, by a plan from nothing.
fn refreshes(project: &Project) -> Vec<String> {
    let plan = project.run(&["plan", "--offline", "--output", "json"]).ok().json();
    let all = plan["changes"].as_array().expect("changes").iter();
    let schedules = all.filter(|change| change["kind"] == "quicksight_refresh_schedule");
    let time = |change: &Value| {
        let fields = change["fields"].as_array().expect("fields");
        let time = fields.iter().find(|field| field["path"] == "time_of_day").expect("a time");
        format!("{} {}", change["address"].as_str().expect("an address"), time["after"].as_str().expect("a time"))
    };
    schedules.map(time).collect()
}

#[test]
fn spice_follows_the_schedule_unless_it_is_told_otherwise() {
    let (by_hand, by_itself) = (Project::flagship(), scheduled());
    let own = "      refresh: daily 05:00\n";
    assert_eq!(refreshes(&by_hand), ["quicksight_refresh_schedule.spotify-dev-hits 05:00"]);
    let told = refreshes(&by_itself);
    assert!(told.contains(&"quicksight_refresh_schedule.spotify-dev-hits 05:00".to_owned()), "{told:?}");
    assert!(
        told.len() > 1 && told.iter().filter(|line| line.ends_with(" 04:00")).count() == told.len() - 1,
        "{told:?}"
    );
    by_itself.edit("pipeline.yaml", own, "      refresh: off\n");
    assert_eq!(refreshes(&by_itself).len(), told.len() - 1);
}

#[test]
fn a_schedule_that_somebody_switched_off_is_switched_on_again() {
    let project = scheduled();
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    let stopped = project.serve().python("workflow.py", &[BASE, "stop"]);
    assert_eq!(stopped, json!({ "state": "DEACTIVATED" }));
    let plan = project.run(&["--local", "plan", "--output", "json"]).ok().json();
    assert_eq!(changes(&plan), [format!("glue_trigger.{BASE}-schedule state")]);
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    assert_eq!(project.run(&["--local", "plan", "--detailed-exitcode"]).code(), 0);
    // Another time is a change of the one trigger, and of the refreshes that follow it.
    project.edit("pipeline.yaml", "cron(0 3", "cron(30 4");
    let plan = project.run(&["--local", "plan", "--output", "json"]).ok().json();
    let refresh = |set: &str| format!("quicksight_refresh_schedule.{BASE}-{set} time_of_day");
    let trigger = format!("glue_trigger.{BASE}-schedule schedule");
    assert_eq!(changes(&plan), [trigger, refresh("genres"), refresh("genres_by_year")]);
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    assert_eq!(project.run(&["--local", "plan", "--detailed-exitcode"]).code(), 0);
}

#[test]
fn without_the_line_it_goes() {
    let project = scheduled();
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    project.edit("pipeline.yaml", "\nschedule: cron(0 3 * * ? *)\n", "\n");
    let plan = project.run(&["--local", "plan", "--output", "json"]).ok().json();
    let all = plan["changes"].as_array().expect("changes").iter().filter(|c| c["action"] != "none");
    let going: Vec<_> =
        all.map(|c| format!("{} {}", c["action"].as_str().unwrap(), c["address"].as_str().unwrap())).collect();
    let expected = [
        "quicksight_refresh_schedule.spotify-dev-genres_by_year",
        "quicksight_refresh_schedule.spotify-dev-genres",
        "glue_trigger.spotify-dev-schedule",
        "glue_trigger.spotify-dev-crawl",
        "glue_workflow.spotify-dev",
    ];
    assert_eq!(going, expected.map(|name| format!("delete {name}")));
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    let inventory = project.serve().python("inventory.py", &[]);
    assert_eq!((&inventory["workflows"], &inventory["triggers"]), (&json!([]), &json!([])));
    assert_eq!(inventory["jobs"], json!([BASE]));
}

#[test]
fn it_goes_with_the_pipeline() {
    let project = scheduled();
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    let inventory = project.serve().python("inventory.py", &[]);
    assert_eq!(inventory["workflows"], json!([BASE]));
    assert_eq!(inventory["triggers"], json!([format!("{BASE}-crawl"), format!("{BASE}-schedule")]));
    project.run(&["--local", "destroy", "--env", "dev", "--delete-data", "--auto-approve"]).ok();
    for (kind, names) in project.serve().python("inventory.py", &[]).as_object().expect("an object") {
        assert_eq!(names, &json!([]), "{kind} are left");
    }
}
