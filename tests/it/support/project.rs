//! A pipeline in a folder of its own, driven through the binary as a user would.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A folder with a manifest and what it names.
pub struct Project {
    folder: tempfile::TempDir,
}

/// The repository's root.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The Python of the judges' environment; missing it fails the test.
pub fn python() -> String {
    std::env::var("PIPECTL_TEST_PYTHON").expect("PIPECTL_TEST_PYTHON is not set: run the tests through tests/run.sh")
}

impl Project {
    /// A copy of the flagship: manifest, sample data, queries.
    pub fn flagship() -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a folder") };
        for name in ["pipeline.yaml", "data", "sql"] {
            copy(&repository().join(name), &project.path(name));
        }
        project
    }

    /// The manifest of tests/real over the CSVs of `data`.
    pub fn real(data: &Path) -> Self {
        let project = Self { folder: tempfile::tempdir().expect("a folder") };
        copy(&repository().join("tests/real"), project.folder.path());
        copy(data, &project.path("data"));
        project
    }

    /// A folder with nothing in it.
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces text in a file of the project; it must be there.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.path(name);
        let text = std::fs::read_to_string(&path).expect("a file");
        assert!(text.contains(from), "{name} has no {from:?}");
        std::fs::write(path, text.replacen(from, to, 1)).expect("a file");
    }

    /// Cuts a section of the manifest, from its key at the line's beginning to the end of the file.
    pub fn cut(&self, section: &str) {
        let path = self.path("pipeline.yaml");
        let text = std::fs::read_to_string(&path).expect("a file");
        let at = text.find(&format!("\n{section}:")).expect("the section");
        std::fs::write(path, &text[..=at]).expect("a file");
    }

    /// Cuts what follows from `key` to the end of the manifest, inside its last section.
    pub fn cut_inside(&self, section: &str, key: &str) {
        let path = self.path("pipeline.yaml");
        let text = std::fs::read_to_string(&path).expect("a file");
        let begins = text.find(&format!("\n{section}:")).expect("the section");
        let at = begins + text[begins..].find(&format!("\n{key}")).expect("the key");
        std::fs::write(path, &text[..=at]).expect("a file");
    }

    /// The binary in the project's folder, with nothing of the user's AWS environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pipectl"));
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AWS_") || name.to_string_lossy().starts_with("PIPECTL_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// Runs the binary to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran(self.command(arguments).output().expect("the binary runs"), arguments.join(" "))
    }

    /// The same with some variables.
    pub fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let mut command = self.command(arguments);
        Ran(command.envs(environment.iter().copied()).output().expect("the binary runs"), arguments.join(" "))
    }

    /// Starts the local cloud over the project's state.
    pub fn serve(&self) -> Served {
        self.serve_with(&[])
    }

    /// The same with some variables.
    pub fn serve_with(&self, environment: &[(&str, &str)]) -> Served {
        let arguments = ["local", "serve", "--port", "0", "--output", "json"];
        let mut command = self.command(&arguments);
        command.envs(environment.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut text = String::new();
        let mut lines = std::io::BufReader::new(child.stdout.take().expect("piped"));
        while !text.trim_end().ends_with('}') {
            assert!(lines.read_line(&mut text).expect("readable") > 0, "the local cloud ended: {text}");
        }
        let value: Value = serde_json::from_str(&text).expect("JSON");
        let environment = value.as_object().expect("an object");
        let text = |v: &Value| v.as_str().expect("text").to_owned();
        Served { child, environment: environment.iter().map(|(n, v)| (n.clone(), text(v))).collect() }
    }
}

/// A local cloud of its own process; stopped when dropped.
pub struct Served {
    child: Child,
    /// What clients need: endpoint, keys, region.
    pub environment: Vec<(String, String)>,
}

impl Served {
    /// Runs the binary against it, as if it were AWS.
    pub fn run(&self, project: &Project, arguments: &[&str]) -> Ran {
        Ran(self.command(project, arguments).output().expect("the binary runs"), arguments.join(" "))
    }

    /// The command that [`Self::run`] runs.
    pub fn command(&self, project: &Project, arguments: &[&str]) -> Command {
        let mut command = project.command(arguments);
        for (name, value) in &self.environment {
            match name.as_str() {
                "AWS_ENDPOINT_URL" => command.args(["--endpoint-url", value]),
                _ => command.env(name, value),
            };
        }
        command
    }

    /// Runs a Python script of tests/python against it and gives the JSON it prints.
    pub fn python(&self, script: &str, arguments: &[&str]) -> Value {
        let region = self.environment.iter().find(|(name, _)| name == "AWS_DEFAULT_REGION").expect("a region");
        self.python_in(&region.1, script, arguments)
    }

    /// The same in another region.
    pub fn python_in(&self, region: &str, script: &str, arguments: &[&str]) -> Value {
        let path = repository().join("tests/python").join(script);
        let mut command = Command::new(python());
        command.arg(path).args(arguments).envs(self.environment.iter().cloned()).env("AWS_DEFAULT_REGION", region);
        let output = command.output().expect("python runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{script}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{script} printed no JSON ({e}): {text}"))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A finished process.
pub struct Ran(Output, String);

impl Ran {
    /// The exit code.
    pub fn code(&self) -> i32 {
        self.0.status.code().unwrap_or(-1)
    }

    /// What it printed to stdout.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    /// What it printed to stderr.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    /// Asserts success.
    pub fn ok(self) -> Self {
        assert_eq!(self.code(), 0, "`pipectl {}`:\n{}\n{}", self.1, self.stdout(), self.stderr());
        self
    }

    /// stdout as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout()).unwrap_or_else(|e| {
            panic!("`pipectl {}` printed no JSON ({e}):\n{}\n{}", self.1, self.stdout(), self.stderr())
        })
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).expect("a folder");
        for entry in std::fs::read_dir(from).expect("a folder") {
            let entry = entry.expect("an entry");
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        std::fs::copy(from, to).expect("a copy");
    }
}
