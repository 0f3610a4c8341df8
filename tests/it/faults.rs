//! Bad days: a process that dies after any call, and calls that are throttled, fail, or lose their answer. What an
//! undisturbed apply makes is what comes of every one of them.

use serde_json::{Value, json};

use crate::support::project::Project;

fn inventory(project: &Project) -> Value {
    project.serve().python("inventory.py", &[])
}

/// How many calls these arguments make.
fn calls(project: &Project, arguments: &[&str]) -> u64 {
    let log = project.path("calls.jsonl");
    let mut all = vec!["--local", "--request-log", log.to_str().expect("UTF-8")];
    all.extend(arguments);
    project.run(&all).ok();
    let count = std::fs::read_to_string(&log).expect("a log").lines().count() as u64;
    std::fs::remove_file(&log).expect("a log");
    count
}

/// Some numbers from 1 to `most`, the ends among them. How often something is polled varies a little, so the last few calls
/// of one run are not made in every other.
fn spread(most: u64, count: u64) -> Vec<u64> {
    (0..count).map(|i| 1 + (most - 1) * i / (count - 1)).collect()
}

fn nothing_to_do(project: &Project, what: &str) {
    let plan = project.run(&["--local", "plan", "--detailed-exitcode"]);
    assert_eq!(plan.code(), 0, "{what}: {}{}", plan.stdout(), plan.stderr());
}

const APPLY: [&str; 2] = ["apply", "--auto-approve"];
const DESTROY: [&str; 5] = ["destroy", "--env", "dev", "--delete-data", "--auto-approve"];

#[test]
fn an_apply_that_dies_after_any_call_is_finished_by_the_next() {
    let calm = Project::flagship();
    let total = calls(&calm, &APPLY);
    let expected = inventory(&calm);
    for n in spread(total - total / 10, 6) {
        let project = Project::flagship();
        let died = project.run(&["--local", "--fault", &format!("stop-after={n}"), "apply", "--auto-approve"]);
        assert_eq!(died.code(), 137, "after {n} of {total} calls: {}", died.stderr());
        project.run(&["--local", "apply", "--auto-approve"]).ok();
        nothing_to_do(&project, &format!("after {n} calls"));
        assert_eq!(inventory(&project), expected, "after {n} calls");
    }
}

#[test]
fn a_destroy_that_dies_after_any_call_is_finished_by_the_next() {
    let calm = Project::flagship();
    calm.run(&["--local", "apply", "--auto-approve"]).ok();
    let total = calls(&calm, &DESTROY);
    for n in spread(total - total / 10, 4) {
        let project = Project::flagship();
        project.run(&["--local", "apply", "--auto-approve"]).ok();
        let fault = format!("stop-after={n}");
        let mut arguments = vec!["--local", "--fault", &fault];
        arguments.extend(DESTROY);
        assert_eq!(project.run(&arguments).code(), 137, "after {n} of {total} calls");
        let mut arguments = vec!["--local"];
        arguments.extend(DESTROY);
        project.run(&arguments).ok();
        for (kind, names) in inventory(&project).as_object().expect("an object") {
            assert_eq!(names, &json!([]), "after {n} calls {kind} are left");
        }
    }
}

/// Right, or a truthful error and then right; nothing is made twice.
#[test]
fn a_bad_day_ends_well() {
    let calm = Project::flagship();
    calm.run(&["--local", "apply", "--auto-approve"]).ok();
    let expected = inventory(&calm);
    let project = Project::flagship();
    // Under heavier throttling the SDK slows down to a call in two seconds, which is right and takes ten minutes.
    let fault = "throttle=0.05,error=0.03,drop=0.02,lose-response=0.02,visible-after=1s,seed=1";
    let bad = project.run(&["--local", "--fault", fault, "apply", "--auto-approve"]);
    if bad.code() != 0 {
        assert!(bad.stderr().contains("error"), "{}", bad.stderr());
        project.run(&["--local", "apply", "--auto-approve"]).ok();
    }
    nothing_to_do(&project, "after a bad day");
    assert_eq!(inventory(&project), expected);
}
