//! Other projects' stand-ins for AWS: plan, apply, plan, destroy of the flagship without QuickSight, as far as each of them
//! has the calls. What they lack is listed in docs/stand-ins.md.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::project::{Project, Ran, python, repository};

/// A running stand-in; stopped when dropped.
struct StandIn {
    process: Child,
    url: String,
}

impl StandIn {
    fn start(name: &str) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let mut process = Command::new(python())
            .arg(repository().join("tests/python/stand_in.py"))
            .args([name, &free.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python runs");
        let mut line = String::new();
        let mut lines = BufReader::new(process.stdout.take().expect("piped"));
        lines.read_line(&mut line).expect("readable");
        let told: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{name} did not start ({e}): {line}"));
        Self { process, url: told["url"].as_str().expect("text").to_owned() }
    }

    fn run(&self, project: &Project, arguments: &[&str]) -> Ran {
        project.run_with(&[&["--endpoint-url", &self.url], arguments].concat(), &ENVIRONMENT)
    }

    /// What the stand-in does not do itself.
    fn help(&self, action: &str) {
        let mut command = Command::new(python());
        command.arg(repository().join("tests/python/stand_in_lacks.py")).arg(action).envs(ENVIRONMENT);
        let output = command.env("AWS_ENDPOINT_URL", &self.url).output().expect("python runs");
        assert!(output.status.success(), "{action}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        // The end of its input is what it waits for.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Neither knows keys. One attempt a call: what they lack they answer with 500, and that stays so.
const ENVIRONMENT: [(&str, &str); 4] = [
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("AWS_DEFAULT_REGION", "us-east-1"),
    ("AWS_MAX_ATTEMPTS", "1"),
];

fn without_quicksight() -> Project {
    let project = Project::flagship();
    project.cut("quicksight");
    project
}

/// Plan, apply, plan without changes, destroy, and nothing is left; `help` comes after the apply.
fn goes_round(stand_in: &StandIn, project: &Project, help: impl FnOnce()) {
    let planned = stand_in.run(project, &["plan", "--output", "json"]).ok().json();
    let made = planned["summary"]["create"].as_u64().expect("a number");
    assert!(made > 10, "{planned:#}");
    stand_in.run(project, &["apply", "--auto-approve"]).ok();
    help();
    let again = stand_in.run(project, &["plan", "--detailed-exitcode"]);
    assert_eq!(again.code(), 0, "{}{}", again.stdout(), again.stderr());
    stand_in.run(project, &["destroy", "--env", "dev", "--auto-approve"]).ok();
    let gone = stand_in.run(project, &["plan", "--output", "json"]).ok().json();
    assert_eq!(gone["summary"]["create"], made, "{gone:#}");
}

#[test]
fn ministack_takes_it_all() {
    let (stand_in, project) = (StandIn::start("ministack"), without_quicksight());
    goes_round(&stand_in, &project, || stand_in.help("tags"));
}

#[test]
fn moto_takes_it_without_buckets_of_our_own_and_without_queries() {
    let (stand_in, project) = (StandIn::start("moto"), without_quicksight());
    project.cut_inside("athena", "  queries:");
    for place in ["staging", "warehouse", "athena-results"] {
        let ours = format!("\"s3://${{account}}-${{name}}-${{env}}/{place}/\"");
        project.edit("pipeline.yaml", &ours, &format!("{{ uri: \"s3://shared/{place}/\", existing: true }}"));
    }
    stand_in.help("shared-bucket");
    goes_round(&stand_in, &project, || {});
}
