//! docs/athena-sql.md: what is translated, what is Athena's only, and by how many cases each was judged.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use pipectl::local::athena::sql::{aggregates, functions, windows};

use super::super::support::project;
use super::corpus::{Case, deep};
use super::{expressions, queries};

static FILE: Mutex<()> = Mutex::new(());

fn path() -> PathBuf {
    project::repository().join("docs/athena-sql.md")
}

/// Holds a part of the page, between its marks, to what it has to be; with `PIPECTL_REGENERATE` it is written.
fn hold(part: &str, text: &str) {
    let _one = FILE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let page = std::fs::read_to_string(path()).unwrap();
    let (begin, end) = (format!("<!-- {part} -->\n"), format!("<!-- end of {part} -->"));
    let from = page.find(&begin).unwrap_or_else(|| panic!("docs/athena-sql.md has no part {part}")) + begin.len();
    let to = from + page[from..].find(&end).unwrap();
    if std::env::var_os("PIPECTL_REGENERATE").is_some() {
        std::fs::write(path(), format!("{}{text}{}", &page[..from], &page[to..])).unwrap();
    } else {
        assert_eq!(&page[from..to], text, "docs/athena-sql.md is not current: PIPECTL_REGENERATE=1 tests/run.sh trino");
    }
}

/// Holds the list of what a group's cases were refused for; it counts the cases of a run of the usual size.
pub fn assert_refusals(group: &str, cases: usize, broken: usize, refused: &BTreeMap<String, usize>) {
    if deep() {
        return;
    }
    let all: usize = refused.values().sum();
    let mut text = format!("{cases} cases, of which {all} are Athena only");
    if broken > 0 {
        text += &format!(", and on {broken} Trino itself breaks");
    }
    text += ".\n";
    if !refused.is_empty() {
        text += "\n| Athena only | cases |\n|---|---|\n";
    }
    for (what, count) in refused {
        text += &format!("| {} | {count} |\n", what.replace('|', "\\|").replace('\n', " "));
    }
    hold(group, &text);
}

/// How many of the cases hold a call of that function.
fn counted(cases: &[Case], name: &str) -> usize {
    let call = regex::Regex::new(&format!(r"(?i)\b{name}\b *\(")).unwrap();
    cases.iter().filter(|case| call.is_match(&case.sql)).count()
}

fn listed(names: &[&str], cases: &[Case]) -> String {
    let rows = names.iter().map(|name| format!("| `{name}` | {} |\n", counted(cases, name)));
    format!("| name | cases |\n|---|---|\n{}", rows.collect::<String>())
}

#[test]
fn the_page_of_what_is_covered_is_current() {
    if deep() {
        return;
    }
    let scalars = expressions::cases(&expressions::of_functions(), expressions::MOST);
    let names: Vec<&str> = functions::translated().into_iter().map(|f| f.name).collect();
    hold("scalar functions", &listed(&names, &scalars));
    let over_rows = queries::cases("queries.sql", queries::rounds());
    hold("aggregates", &listed(aggregates::KNOWN, &over_rows));
    hold("window functions", &listed(windows::KNOWN, &over_rows));
    let mut only: Vec<&str> = functions::ATHENA_ONLY.iter().chain(aggregates::ATHENA_ONLY).copied().collect();
    only.sort_unstable();
    only.dedup();
    let only: Vec<String> = only.iter().map(|name| format!("`{name}`")).collect();
    hold("athena only", &format!("{}\n", only.join(", ")));
}
