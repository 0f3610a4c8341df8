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

/// Whether `tests/run.sh --all` asked for everything.
fn all() -> bool {
    std::env::var_os("PIPECTL_TEST_ALL").is_some()
}

/// Some numbers from 1 to `most`, the ends among them. How often something is polled varies a little, so the last few calls
/// of one run are not made in every other.
fn spread(most: u64, count: u64) -> Vec<u64> {
    if all() {
        return (1..=most).collect();
    }
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

/// One bad day: right, or a truthful error and then right; nothing is made twice.
fn bad_day(seed: u64, expected: &Value) {
    let project = Project::flagship();
    let fault = format!("throttle=0.3,error=0.05,drop=0.02,lose-response=0.02,visible-after=2s,seed={seed}");
    // At this rate of refusals the adaptive mode slows down to a call in two seconds, which is right and takes too long.
    let patient = [("AWS_RETRY_MODE", "standard")];
    let bad = project.run_with(&["--local", "--fault", &fault, "apply", "--auto-approve"], &patient);
    if bad.code() != 0 {
        assert!(bad.stderr().contains("error["), "seed {seed}: {}", bad.stderr());
        project.run(&["--local", "apply", "--auto-approve"]).ok();
    }
    nothing_to_do(&project, &format!("after the bad day {seed}"));
    assert_eq!(&inventory(&project), expected, "after the bad day {seed}");
}

#[test]
fn bad_days_end_well() {
    let calm = Project::flagship();
    calm.run(&["--local", "apply", "--auto-approve"]).ok();
    let expected = &inventory(&calm);
    let seeds: Vec<u64> = (1..=if all() { 50 } else { 10 }).collect();
    // They mostly wait.
    for some in seeds.chunks(10) {
        std::thread::scope(|scope| {
            for seed in some {
                scope.spawn(|| bad_day(*seed, expected));
            }
        });
    }
}

/// Every list comes item by item, and every verb does what it does otherwise.
#[test]
fn pages_of_one_item_change_nothing() {
    let calm = Project::flagship();
    calm.run(&["--local", "apply", "--auto-approve"]).ok();
    let project = Project::flagship();
    let run = |arguments: &[&str]| {
        let mut all = vec!["--local", "--fault", "page-size=1"];
        all.extend(arguments);
        project.run(&all).ok()
    };
    run(&APPLY);
    assert_eq!(inventory(&project), inventory(&calm));
    assert!(run(&["plan"]).stdout().contains("No changes."));
    run(&DESTROY);
    for (kind, names) in inventory(&project).as_object().expect("an object") {
        assert_eq!(names, &json!([]), "{kind} are left");
    }
}
