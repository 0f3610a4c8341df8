//! Every stage ends in every way that AWS can end it: the message, the run's record, and the run after it.

use serde_json::{Value, json};

use crate::support::project::{Project, Ran};

/// The fault, the stage, the error's code, how its message goes on, and what it gives to do next.
const ENDS: [(&str, &str, &str, &str, &str); 11] = [
    (
        "fail-job=FAILED",
        "job",
        "job-failed",
        "ended FAILED: It was to end so",
        "mend the cause, then `pipectl run` again",
    ),
    ("fail-job=TIMEOUT", "job", "job-timeout", "ended TIMEOUT", "raise `job.timeout`"),
    ("fail-job=STOPPED", "job", "job-stopped", "ended STOPPED", "somebody stopped it"),
    ("fail-job=ERROR", "job", "job-failed", "ended ERROR", "`pipectl run` again"),
    ("fail-job=EXPIRED", "job", "job-failed", "ended EXPIRED", "`pipectl run` again"),
    ("fail-crawl=FAILED", "crawl", "crawl-failed", "It was to end so", "pipectl run --from crawl"),
    ("fail-crawl=CANCELLED", "crawl", "crawl-cancelled", "stopped", "pipectl run --from crawl"),
    ("fail-query=FAILED", "queries", "query-failed", "It was to end so", "pipectl run --from queries"),
    ("fail-query=CANCELLED", "queries", "query-cancelled", "cancelled", "pipectl run --from queries"),
    ("fail-ingestion=FAILED", "refresh", "refresh-failed", "It was to end so", "pipectl run --only refresh"),
    ("fail-ingestion=CANCELLED", "refresh", "refresh-failed", "cancelled it", "pipectl run --only refresh"),
];

const STAGES: [&str; 5] = ["upload", "job", "crawl", "queries", "refresh"];

fn run(project: &Project, arguments: &[&str], fault: &str) -> Ran {
    let log = project.path("calls");
    let environment = [("PIPECTL_FAULT", fault), ("PIPECTL_REQUEST_LOG", log.to_str().expect("UTF-8"))];
    project.run_with(&[&["--local"], arguments].concat(), &environment)
}

fn starts(project: &Project) -> usize {
    let log = std::fs::read_to_string(project.path("calls")).expect("a log");
    log.lines().filter(|line| line.contains("\"StartJobRun\"")).count()
}

/// The stages of a record with how they ended.
fn stages(record: &Value) -> Vec<(&str, &str)> {
    let all = record["stages"].as_array().expect("stages");
    all.iter()
        .map(|stage| (stage["name"].as_str().expect("a name"), stage["status"].as_str().expect("a status")))
        .collect()
}

#[test]
fn every_end_is_told_recorded_and_gone_on_from() {
    let project = Project::flagship();
    run(&project, &["apply", "--auto-approve"], "").ok();
    let mut good: Option<Value> = None;
    for (fault, stage, code, message, next) in ENDS {
        std::fs::write(project.path("calls"), "").expect("a log");
        let failed = run(&project, &["run", "--output", "json"], fault);
        let told = failed.stderr();
        assert_eq!(failed.code(), 1, "{fault}: {told}");
        assert!(told.contains(&format!("error[{code}]")) && told.contains(message), "{fault}: {told}");
        assert!(told.replace('\n', " ").contains(next), "{fault}: {told}");

        let record = failed.json();
        let at = STAGES.iter().position(|name| *name == stage).expect("a stage");
        let expected: Vec<_> =
            STAGES[..=at].iter().map(|name| (*name, if *name == stage { "failed" } else { "succeeded" })).collect();
        assert_eq!(stages(&record), expected, "{fault}");
        assert_eq!(record["status"], "failed");
        assert!(told.contains(record["error"].as_str().expect("an error")), "{fault}: {record}");
        let kept = run(&project, &["runs", "--output", "json"], "").ok().json();
        assert_eq!(kept[0], record, "{fault}");
        assert_eq!(starts(&project), 1, "{fault}");

        let again = run(&project, &["run", "--output", "json"], "").ok().json();
        assert_eq!(stages(&again), STAGES.map(|name| (name, "succeeded")), "{fault}");
        assert_eq!(starts(&project), 2, "{fault}: one for each run");
        let rows = json!([again["tables"]["hits"]["rows"], again["queries"].as_object().expect("queries").len()]);
        assert_eq!(good.get_or_insert_with(|| rows.clone()), &rows, "{fault}");
    }
}

/// A job that printed nothing still fails with its reason, and says where its words would be.
#[test]
fn a_missing_log_does_not_hide_the_failure() {
    let project = Project::flagship();
    run(&project, &["apply", "--auto-approve"], "").ok();
    let failed = run(&project, &["run"], "fail-job=FAILED");
    assert!(
        failed.stderr().contains("it has left no log in /aws-glue/jobs/output or /aws-glue/jobs/error"),
        "{}",
        failed.stderr()
    );
    let logs = run(&project, &["logs"], "");
    assert_eq!(logs.code(), 1);
    assert!(logs.stderr().contains("error[no-logs]") && logs.stderr().contains("retention"), "{}", logs.stderr());
}
