//! What jobs print, and who may read along.

use serde_json::Value;

use crate::support::project::{Project, Ran};

/// The messages of a log in JSON, in their order.
fn messages(log: &Value) -> Vec<&str> {
    log.as_array().expect("events").iter().map(|event| event["message"].as_str().expect("a message")).collect()
}

#[test]
fn a_job_is_read_and_followed_by_us_and_by_others() {
    let project = Project::flagship();
    let cloud = project.serve();
    let run = |arguments: &[&str]| -> Ran { cloud.run(&project, arguments) };
    run(&["apply", "--auto-approve"]).ok();
    let none = run(&["logs"]);
    assert_eq!(none.code(), 64);
    assert!(none.stderr().contains("no run has started a job yet"), "{}", none.stderr());

    // Followed while it goes on, to its end.
    let left = run(&["run", "--detach", "--output", "json"]).ok().json();
    let followed = run(&["logs", "--follow"]).ok();
    let job = left["job_run"].as_str().expect("a job run");
    assert!(followed.stderr().contains(&format!("job run {job} ended SUCCEEDED after")), "{}", followed.stderr());
    let told = followed.stdout().to_owned();
    assert!(told.contains("source tracks: reading ") && told.contains("table hits: publishing"), "{told}");
    run(&["run", "--attach"]).ok();

    // By the run's id, by Glue's, and by nobody's.
    let id = left["run_id"].as_str().expect("an id");
    let whole = run(&["logs", id]).ok().stdout().to_owned();
    assert_eq!(whole, told);
    assert_eq!(run(&["logs", job]).ok().stdout(), whole);
    let end = run(&["logs", "-n", "1", "--channel", "output"]).ok().stdout().to_owned();
    assert!(whole.ends_with(&end) && end.contains(": rows ") && end.lines().count() == 1, "{end}");
    let unknown = run(&["logs", "20200101T000000Z-none"]);
    assert_eq!(unknown.code(), 64);
    assert!(unknown.stderr().contains("no run `20200101T000000Z-none` is known"), "{}", unknown.stderr());

    // The same through boto3 and the AWS CLI.
    let log = run(&["logs", "--output", "json"]).ok().json();
    let theirs = cloud.python("logs.py", &["/aws-glue/jobs/output", job]);
    assert_eq!(theirs["boto3"], theirs["cli"]);
    assert_eq!(messages(&log), messages(&theirs["boto3"]));
    assert!(theirs["tail"].as_str().expect("text").contains("table hits: publishing"), "{theirs}");
    // A document a line, for programs that read along.
    let lines = run(&["logs", "--follow", "--output", "json"]).ok().stdout().to_owned();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(Value::from(lines), log);
}

#[test]
fn what_failed_is_in_the_error_channel() {
    let project = Project::flagship();
    project.edit("pipeline.yaml", "      - unique: [id]\n", "      - unique: [id]\n      - row_count: { max: 3 }\n");
    let failed = project.run(&["--local", "up"]);
    assert!(failed.stderr().contains("error[job-failed]"), "{}", failed.stderr());
    let told = project.run(&["--local", "logs", "--channel", "error"]).ok().stdout().to_owned();
    assert!(told.contains(" ! ") && told.contains("row_count"), "{told}");
    assert!(!told.contains("publishing"), "{told}");

    // What was not applied does not run, and the run says so.
    project.edit("pipeline.yaml", "row_count: { max: 3 }", "row_count: { max: 3000000 }");
    let run = project.run(&["--local", "run", "--only", "job"]);
    assert!(run.stderr().contains("warning[script-outdated]") && run.code() == 1, "{}", run.stderr());
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    let run = project.run(&["--local", "run", "--only", "job"]).ok();
    assert!(!run.stderr().contains("warning"), "{}", run.stderr());
}
