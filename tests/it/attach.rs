//! Runs that are left, on purpose or not, and gone on with.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::project::{Project, Ran, Served};

/// A deployed flagship on a local cloud of another process, which writes its calls down.
struct Deployed {
    project: Project,
    cloud: Served,
}

impl Deployed {
    fn new(fault: &str) -> Self {
        let project = Project::flagship();
        let log = project.path("calls");
        let cloud = project.serve_with(&[("PIPECTL_REQUEST_LOG", log.to_str().unwrap()), ("PIPECTL_FAULT", fault)]);
        cloud.run(&project, &["apply", "--auto-approve"]).ok();
        std::fs::write(&log, "").unwrap();
        Self { project, cloud }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.cloud.run(&self.project, arguments)
    }

    fn calls(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.project.path("calls")).unwrap();
        // The last line may be half written.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn count(&self, operation: &str) -> usize {
        self.calls().iter().filter(|call| call["operation"] == operation && call["status"] == 200).count()
    }

    /// Every file arrived, and none was sent again.
    fn assert_uploaded_once(&self, what: &str) {
        let mut sent: Vec<String> = self
            .calls()
            .iter()
            .filter(|call| call["operation"] == "PutObject" && call["status"] == 200)
            .filter_map(|call| call["input"]["Key"].as_str().map(str::to_owned))
            .filter(|key| key.starts_with("staging/"))
            .collect();
        let all = sent.len();
        sent.sort();
        sent.dedup();
        assert_eq!(sent.len(), all, "{what}: a file was uploaded twice");
        assert_eq!(all, 4, "{what}: {sent:?}");
    }
}

/// A run that can be left.
struct Going {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
}

impl Going {
    fn start(deployed: &Deployed, arguments: &[&str]) -> Self {
        let mut command = deployed.cloud.command(&deployed.project, arguments);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stderr }
    }

    fn wait_for(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "it ended without saying {text:?}");
        }
    }

    fn interrupt(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    }

    /// Its exit code and what else it said.
    fn end(mut self) -> (i32, String) {
        let mut said = String::new();
        std::io::Read::read_to_string(&mut self.stderr, &mut said).unwrap();
        (self.child.wait().unwrap().code().unwrap_or(-1), said)
    }
}

fn stages(record: &Value) -> Vec<&str> {
    record["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect()
}

const STAGES: [&str; 5] = ["upload", "job", "crawl", "queries", "refresh"];

#[test]
fn a_detached_run_is_gone_on_with() {
    let deployed = Deployed::new("seed=1");
    let left = deployed.run(&["run", "--detach", "--output", "json"]).ok().json();
    let id = left["run_id"].as_str().unwrap();
    assert_eq!((left["status"].as_str(), stages(&left)), (Some("running"), vec!["upload"]));
    let job = left["job_run"].as_str().unwrap();
    let told = deployed.run(&["status"]).ok().stdout();
    assert!(told.contains(&format!("its job goes on in Glue as {job}")), "{told}");
    assert!(told.contains(&format!("`pipectl run --attach {id}` watches it, then does what is left: crawl")), "{told}");

    let done = deployed.run(&["run", "--attach", "--output", "json"]).ok().json();
    assert_eq!((done["run_id"].as_str(), done["status"].as_str()), (Some(id), Some("succeeded")));
    assert_eq!(stages(&done), STAGES);
    assert_eq!(done["started"], left["started"]);
    assert_eq!(deployed.count("StartJobRun"), 1);
    deployed.assert_uploaded_once("detached");
    assert!(done["dpu_hours"].as_f64().is_some(), "{done}");
    let status = deployed.run(&["status", "--output", "json"]).ok().json();
    assert_eq!(status["data_of"], left["started"]);
    let told = deployed.run(&["status"]).ok().stdout();
    assert!(told.contains(&format!("the tables are of {} (", left["started"].as_str().unwrap())), "{told}");

    // What is over is told again, and nothing else is there.
    let again = deployed.run(&["run", "--attach", id, "--output", "json"]).ok().json();
    assert_eq!(again["tables"], done["tables"]);
    let nothing = deployed.run(&["run", "--attach"]);
    assert_eq!(nothing.code(), 64);
    assert!(nothing.stderr().contains(&format!("no run is unfinished; the last one is {id}")), "{}", nothing.stderr());
    let unknown = deployed.run(&["run", "--attach", "20200101T000000Z-none"]);
    assert!(unknown.stderr().contains("no run `20200101T000000Z-none` is known"), "{}", unknown.stderr());
    let only = deployed.run(&["run", "--detach", "--only", "crawl"]);
    assert_eq!((only.code(), only.stderr().contains("no job would be started")), (64, true), "{}", only.stderr());
    assert_eq!(deployed.count("StartJobRun"), 1);
}

#[test]
fn ctrl_c_leaves_the_job_to_glue() {
    let deployed = Deployed::new("latency=60ms");
    let mut going = Going::start(&deployed, &["run"]);
    going.wait_for("job run jr_");
    going.interrupt();
    let (code, said) = going.end();
    assert_eq!(code, 130, "{said}");
    assert!(said.contains("was interrupted in stage job; its job goes on in Glue as jr_"), "{said}");
    assert!(said.contains("` watches it, then does what is left: crawl, queries, refresh"), "{said}");
    let done = deployed.run(&["run", "--attach", "--output", "json"]).ok().json();
    assert_eq!(stages(&done), STAGES);
    assert_eq!(deployed.count("StartJobRun"), 1);
    deployed.assert_uploaded_once("interrupted");
}

#[test]
fn a_run_that_was_left_is_stopped_on_request() {
    let deployed = Deployed::new("latency=60ms");
    // Whichever comes first, the stop or the job's end, the record tells the truth.
    let left = deployed.run(&["run", "--detach", "--output", "json"]).ok().json();
    let id = left["run_id"].as_str().unwrap();
    let stopped = deployed.run(&["stop", "--output", "json"]).ok().json();
    assert_eq!(stopped["run_id"], id);
    let job = deployed.cloud.python("job_run.py", &["spotify-dev", left["job_run"].as_str().unwrap()]);
    let [state, status] = [&job["JobRunState"], &stopped["status"]].map(|text| text.as_str().unwrap());
    assert!([("STOPPED", "failed"), ("SUCCEEDED", "running")].contains(&(state, status)), "{state}, {status}");
    assert_eq!(deployed.run(&["runs", "--output", "json"]).ok().json()[0], stopped);
    if status == "failed" {
        let again = deployed.run(&["stop", id]);
        assert_eq!((again.code(), again.stderr().contains("is over already")), (64, true), "{}", again.stderr());
        let nothing = deployed.run(&["stop"]);
        assert!(nothing.stderr().contains("no run is unfinished"), "{}", nothing.stderr());
    }
    let done = deployed.run(&["run", "--output", "json"]).ok().json();
    assert_eq!(stages(&done), STAGES);
}

#[test]
fn with_the_embedded_cloud_nothing_is_left() {
    let project = Project::flagship();
    let refused = project.run(&["--local", "run", "--detach"]);
    assert_eq!(refused.code(), 64);
    assert!(refused.stderr().contains("pipectl local serve"), "{}", refused.stderr());
}

/// Kills a run once the cloud has answered so many of its calls.
fn kill_after(deployed: &Deployed, calls: usize) {
    let mut going = Going::start(deployed, &["run"]);
    let log = deployed.project.path("calls");
    let began = Instant::now();
    while lines(&log) < calls && going.child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(120), "{calls} calls were not made");
        std::thread::sleep(Duration::from_millis(1));
    }
    going.child.kill().unwrap();
    going.child.wait().unwrap();
}

fn lines(log: &Path) -> usize {
    std::fs::read_to_string(log).unwrap().lines().count()
}

#[test]
fn a_killed_run_goes_on() {
    let undisturbed = Deployed::new("seed=1");
    undisturbed.run(&["run"]).ok();
    let most = undisturbed.calls().len();
    let all = std::env::var_os("PIPECTL_TEST_ALL").is_some();
    let step = if all { 1 } else { most / 5 };
    for calls in (2..most).step_by(step) {
        let deployed = Deployed::new("seed=1");
        kill_after(&deployed, calls);
        let what = format!("killed after {calls} of {most} calls");
        let unfinished = deployed.run(&["runs", "--output", "json"]).ok().json();
        // Before its first record is kept a run has no name; behind the last it is over.
        let left = unfinished.as_array().unwrap().iter().any(|record| record["status"] == "running");
        let verb: &[&str] = if left && calls % 2 == 0 { &["run", "--attach"] } else { &["run"] };
        let done = deployed.run(&[verb, &["--output", "json"]].concat()).ok().json();
        assert_eq!(done["status"], "succeeded", "{what}");
        assert_eq!(done["tables"]["hits"]["rows"], 5000, "{what}");
        if verb.len() == 2 {
            assert_eq!(deployed.count("StartJobRun"), 1, "{what}, attached");
            assert_eq!(stages(&done), STAGES, "{what}");
        }
        deployed.assert_uploaded_once(&what);
    }
}
