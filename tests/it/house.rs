//! The house: a module imports only floors below its own. Reads the imports of src/ and fails on one that goes up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The floors of `src/lib.rs`'s table, read from it, so that the map and the rule cannot part.
fn floors() -> BTreeMap<String, u32> {
    let map = std::fs::read_to_string(root().join("src/lib.rs")).expect("src/lib.rs");
    let row = regex::Regex::new(r"(?m)^//! \| ([0-9]) \| \[`([a-z]+)`\]").expect("a pattern");
    row.captures_iter(&map).map(|c| (c[2].to_owned(), c[1].parse().expect("a digit"))).collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .filter(|p| p.extension().is_some_and(|e| e == "rs"))
        .collect();
    files.sort();
    files
}

/// Text that is code: without comments. (A path in a string would be found; none has needed to be.)
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The modules of this crate that `text` names, as `crate::x`, `pipectl::x`, or inside `use crate::{x::..., y::...}`.
fn imports(text: &str) -> Vec<String> {
    let single = regex::Regex::new(r"\b(?:crate|pipectl)::([a-z_]+)").expect("a pattern");
    let group = regex::Regex::new(r"\bcrate::\{").expect("a pattern");
    let text = code(text);
    let mut names: Vec<String> = single.captures_iter(&text).map(|c| c[1].to_owned()).collect();
    for found in group.find_iter(&text) {
        let mut depth = 0;
        let mut name = String::new();
        for c in text[found.end()..].chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => names.push(std::mem::take(&mut name)),
                c if depth == 0 => name.push(c),
                _ => {}
            }
        }
        names.push(name);
    }
    names
        .into_iter()
        .map(|n| n.trim().split("::").next().unwrap_or("").trim().to_owned())
        .filter(|n| !n.is_empty())
        .collect()
}

/// Why `module` may not import `other`; `None` when it may.
fn forbidden(floors: &BTreeMap<String, u32>, module: &str, other: &str) -> Option<String> {
    if module == other {
        return None;
    }
    let (own, others) = (*floors.get(module)?, *floors.get(other)?);
    (others >= own).then(|| format!("`{module}` (floor {own}) imports `{other}` (floor {others})"))
}

fn violations(folder: &Path) -> Vec<String> {
    let floors = floors();
    let mut found = Vec::new();
    for file in sources(folder) {
        let relative = file.strip_prefix(folder).expect("below src");
        let first = relative.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
        let module = first.trim_end_matches(".rs").to_owned();
        let text = std::fs::read_to_string(&file).expect("a source file");
        let upward = imports(&text).into_iter().filter_map(|other| forbidden(&floors, &module, &other));
        found.extend(upward.map(|why| format!("{}: {why}", relative.display())));
        let sdk_free = ["plan", "run", "flow", "manifest", "engine", "resource", "report", "apply", "cli"];
        if sdk_free.contains(&module.as_str()) && code(&text).contains("aws_sdk_") {
            found.push(format!("{}: `{module}` uses an SDK crate", relative.display()));
        }
    }
    found
}

#[test]
fn every_module_has_a_floor() {
    let floors = floors();
    let declared = std::fs::read_to_string(root().join("src/lib.rs")).expect("src/lib.rs");
    let modules: Vec<_> = declared.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(modules.len() > 10, "{modules:?}");
    for module in modules {
        assert!(floors.contains_key(module), "`{module}` has no row in the table of src/lib.rs");
    }
}

#[test]
fn no_module_imports_a_floor_above_its_own() {
    let found = violations(&root().join("src"));
    assert!(found.is_empty(), "imports that go up:\n{}", found.join("\n"));
}

#[test]
fn a_planted_violation_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let plant = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    plant("flow/up.rs", "use crate::engine::pyspark;\n// use crate::cli::x;\n");
    plant("plan/grouped.rs", "use crate::{error::Error, services::{Context, handler}};\n");
    plant("run/sdk.rs", "fn f(c: &aws_sdk_glue::Client) {}\n");
    plant("manifest/fine.rs", "use crate::error::Result;\nuse crate::manifest::model;\n");
    assert_eq!(
        violations(folder.path()),
        [
            "flow/up.rs: `flow` (floor 2) imports `engine` (floor 3)",
            "plan/grouped.rs: `plan` (floor 3) imports `services` (floor 4)",
            "run/sdk.rs: `run` uses an SDK crate",
        ]
    );
}

/// docs/aws-behaviour.md names a test for each of AWS's behaviours: the tests are there, under these names.
#[test]
fn the_tests_that_the_documents_name_are_there() {
    let page = std::fs::read_to_string(root().join("docs/aws-behaviour.md")).expect("the page");
    let name = regex::Regex::new(r"`((?:[a-z0-9_]+::)+([a-z0-9_]+))`").expect("a pattern");
    let files = [sources(&root().join("src")), sources(&root().join("tests/it"))].concat();
    let all: Vec<(PathBuf, String)> =
        files.into_iter().map(|file| (file.clone(), std::fs::read_to_string(file).expect("a source"))).collect();
    let mut named = 0;
    for found in name.captures_iter(&page).filter(|found| found[1].matches("::").count() > 0) {
        let (path, function) = (&found[1], &found[2]);
        let module = path.split("::").next().unwrap_or_default();
        let there = all.iter().any(|(file, text)| {
            file.components().any(|part| part.as_os_str().to_string_lossy().trim_end_matches(".rs") == module)
                && text.contains(&format!("fn {function}("))
        });
        assert!(there, "no test `{path}`");
        named += 1;
    }
    assert!(named > 70, "{named}");
    for row in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| behaviour")) {
        assert!(name.is_match(row), "no test for: {row}");
    }
}
