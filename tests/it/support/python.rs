//! Scripts of `tests/python`, run by the Python of the judges' environment.

use std::path::Path;
use std::process::Command;

use super::project;

/// Runs `tests/python/<script>` and returns its standard output; panics with what it wrote when it fails.
pub fn run(script: &str, arguments: &[&Path]) -> String {
    let path = project::repository().join("tests/python").join(script);
    let output = Command::new(project::python()).arg(&path).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{script} failed:\n{out}\n{err}");
    out
}
