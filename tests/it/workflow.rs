//! The workflow of docs/github-actions.md, step by step, against the local cloud.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::project::{Project, repository};

/// A step that runs a shell.
struct Step {
    name: String,
    condition: Option<String>,
    run: String,
}

/// What GitHub's runner keeps between steps.
struct Runner {
    project: Project,
    event: &'static str,
    outputs: BTreeMap<String, String>,
    /// What the last step that failed said.
    told: String,
}

fn document() -> String {
    std::fs::read_to_string(repository().join("docs/github-actions.md")).expect("the page")
}

/// The text of the page's first block of that language.
fn block(language: &str) -> String {
    let page = document();
    let (_, rest) = page.split_once(&format!("```{language}\n")).expect("a block");
    rest.split_once("```").expect("its end").0.to_owned()
}

fn steps() -> Vec<Step> {
    let workflow: Value = serde_yaml::from_str(&block("yaml")).expect("YAML");
    let text = |v: &Value| v.as_str().map(str::to_owned);
    let steps = workflow["jobs"]["pipeline"]["steps"].as_array().expect("steps");
    let shell = steps.iter().filter_map(|step| {
        Some(Step { name: text(&step["name"])?, condition: text(&step["if"]), run: text(&step["run"])? })
    });
    shell.collect()
}

impl Runner {
    /// A checkout with `pipectl` on the path, which here means the local cloud, and a `gh` that writes down what it was given.
    fn new(event: &'static str) -> Self {
        let project = Project::flagship();
        // GitHub's runner has no principals of QuickSight to ask for; here nobody needs one.
        project.edit("pipeline.yaml", "  # principals:", "  principals:");
        std::fs::create_dir_all(project.path("glue-scripts")).expect("a folder");
        std::fs::copy(repository().join("glue-scripts/spotify.py"), project.path("glue-scripts/spotify.py"))
            .expect("a copy");
        let runner = Self { project, event, outputs: BTreeMap::new(), told: String::new() };
        runner.program("pipectl", &format!("exec '{}' --local \"$@\"", env!("CARGO_BIN_EXE_pipectl")));
        runner.program("cargo", "[ \"$*\" = 'install --locked --path pipectl-source' ]");
        runner.program("gh", "printf '%s\\n' \"$@\" > gh.arguments\nfor body; do :; done\ncp \"$body\" comment.md");
        runner
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.project.path("bin").join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, format!("#!/usr/bin/env bash\n{text}\n")).expect("a script");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("executable");
    }

    /// The value of an expression as far as the page uses them.
    fn expression(&self, text: &str) -> String {
        text.replace("${{ github.event.number }}", "7").replace("${{ github.token }}", "token")
    }

    fn wanted(&self, condition: &str) -> bool {
        condition.split("&&").all(|part| {
            let (name, value) = part.split_once("==").expect("a comparison");
            let value = value.trim().trim_matches('\'');
            match name.trim() {
                "github.event_name" => self.event == value,
                output => self
                    .outputs
                    .get(output.strip_prefix("steps.plan.outputs.").expect("an output"))
                    .is_some_and(|v| v == value),
            }
        })
    }

    /// Runs all steps; those that ran, with how each ended.
    fn run(&mut self) -> Vec<(String, i32)> {
        let mut ran = Vec::new();
        for step in steps() {
            if !step.condition.as_deref().is_none_or(|condition| self.wanted(condition)) {
                continue;
            }
            let code = self.shell(&self.expression(&step.run));
            ran.push((step.name, code));
            if code != 0 {
                break;
            }
            let written = read(&self.project.path("output"));
            let pairs = written.lines().filter_map(|line| line.split_once('='));
            self.outputs.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        ran
    }

    /// As GitHub runs bash: it ends at the first command that fails.
    fn shell(&mut self, script: &str) -> i32 {
        let path = std::env::var("PATH").expect("a path");
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
            .current_dir(self.project.path(""))
            .env("PATH", format!("{}:{path}", self.project.path("bin").display()))
            .env("PIPECTL_ENV", "prod")
            .env("GITHUB_STEP_SUMMARY", self.project.path("summary"))
            .env("GITHUB_OUTPUT", self.project.path("output"));
        let ran = command.output().expect("bash runs");
        if !ran.status.success() {
            self.told = format!("{script}\n{}", String::from_utf8_lossy(&ran.stderr));
        }
        ran.status.code().unwrap_or(-1)
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn ended(names: &[&str]) -> Vec<(String, i32)> {
    names.iter().map(|name| ((*name).to_owned(), 0)).collect()
}

#[test]
fn a_pull_request_shows_its_plan() {
    let mut runner = Runner::new("pull_request");
    let ran = runner.run();
    assert_eq!(
        ran,
        ended(&["Install", "Validate", "Generated script is committed", "Plan", "Comment"]),
        "{}",
        runner.told
    );
    let comment = read(&runner.project.path("comment.md"));
    assert!(comment.contains("spotify-prod") && comment.len() < 65_535, "{comment}");
    assert_eq!(comment, read(&runner.project.path("summary")));
    assert!(read(&runner.project.path("gh.arguments")).starts_with("pr\ncomment\n7\n"));
}

#[test]
fn a_merge_applies_and_the_next_has_nothing_to_do() {
    let mut runner = Runner::new("push");
    let checked = ["Install", "Validate", "Generated script is committed", "Plan"];
    let ran = runner.run();
    assert_eq!(ran, ended(&[&checked[..], &["Apply"]].concat()), "{}", runner.told);
    std::fs::remove_file(runner.project.path("output")).expect("it was written");
    runner.outputs.clear();
    assert_eq!(runner.run(), ended(&checked));
    assert_eq!(runner.outputs["changes"], "false");
}

/// A failure is a failure, not a plan with changes.
#[test]
fn a_refused_manifest_fails_the_job() {
    let mut runner = Runner::new("pull_request");
    runner.project.edit("pipeline.yaml", "tags: { team", "tagz: { team");
    assert_eq!(runner.run(), [("Install".to_owned(), 0), ("Validate".to_owned(), 1)]);
    let plan = steps().into_iter().find(|step| step.name == "Plan").expect("it is there");
    assert_eq!(runner.shell(&plan.run), 1);
    assert_eq!(read(&runner.project.path("output")), "");
}

/// The trust that the page gives is JSON, and for the provider that it names.
#[test]
fn the_trust_is_a_policy() {
    let trust: Value = serde_json::from_str(&block_inside("json")).expect("JSON");
    let statement = &trust["Statement"][0];
    assert_eq!(statement["Action"], "sts:AssumeRoleWithWebIdentity");
    assert!(
        statement["Condition"]["StringEquals"].as_object().expect("a condition").keys().all(|k| k.ends_with(":aud"))
    );
}

/// A block that stands inside a list item.
fn block_inside(language: &str) -> String {
    let page = document();
    let (_, rest) = page.split_once(&format!("   ```{language}\n")).expect("a block");
    rest.split_once("   ```").expect("its end").0.to_owned()
}
