//! Names of columns: one by one, by glob, and what an absent one became.

use globset::Glob;

use super::Faults;
use crate::error::{Error, Place};
use crate::flow::document::{self, Operation};
use crate::flow::types::{Column, Schema};
use crate::flow::typing::{Fate, Scope};
use crate::manifest::model::Step;
use crate::manifest::spanned::Spanned;

/// The column of that name, in any case. Errors: `unknown-column`, at the name.
pub fn column<'a>(name: &Spanned<String>, scope: &Scope<'a>) -> Result<&'a Column, Error> {
    scope.column(name).map_err(|error| error.at(name.place.clone()))
}

/// Whether this is a glob, not a name.
pub fn is_glob(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

/// The columns that each pattern matches, in the order of the patterns and within one in the schema's; each column once.
///
/// Errors: `unknown-column` for a name that is not there, `nothing-matches` for a glob that matches none.
pub fn matching<'a>(patterns: &[Spanned<String>], scope: &Scope<'a>) -> Result<Vec<&'a str>, Faults> {
    let mut found: Vec<&'a str> = Vec::new();
    let mut faults = Faults::new();
    for pattern in patterns {
        match matches(pattern, scope) {
            Ok(names) => found.extend(names),
            Err(error) => faults.push(error.at(pattern.place.clone())),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|name| seen.insert(*name));
    Ok(found)
}

fn matches<'a>(pattern: &Spanned<String>, scope: &Scope<'a>) -> Result<Vec<&'a str>, Error> {
    if !is_glob(pattern) {
        return Ok(vec![scope.column(pattern)?.name.as_str()]);
    }
    let glob = Glob::new(&pattern.to_lowercase())
        .map_err(|error| {
            Error::manifest("invalid-glob", format!("`{}` is not a glob: {}", pattern.value, error.kind()))
        })?
        .compile_matcher();
    let names: Vec<&str> = scope.schema.names().filter(|name| glob.is_match(name)).collect();
    if names.is_empty() {
        let there: Vec<&str> = scope.schema.names().collect();
        return Err(Error::manifest("nothing-matches", format!("`{}` matches no column", pattern.value))
            .with_expected(format!("columns are {}", there.join(", "))));
    }
    Ok(names)
}

/// What became of a column that stood before, or was read, under `name`: by the last step that took it away.
///
/// `steps` are the typed steps so far; `written`, of which the first is what they begin with, tell the places.
pub fn fate(written: &[Spanned<Step>], steps: &[document::Step], name: &str) -> Option<Fate> {
    let mut written = written.iter();
    let mut of = None;
    let mut told = Vec::with_capacity(steps.len());
    for step in steps {
        of = if step.continues { of } else { written.next() };
        told.push((of?, step));
    }
    told.iter().enumerate().rev().find_map(|(index, (of, step))| {
        let before = index.checked_sub(1).map(|before| &steps[before].schema);
        step_fate(of, before, step, name)
    })
}

fn step_fate(written: &Spanned<Step>, before: Option<&Schema>, step: &document::Step, name: &str) -> Option<Fate> {
    let fate = |what: &str, place: Option<&Place>| Fate {
        what: what.to_string(),
        place: place.or(written.place.as_ref()).cloned(),
        now: None,
    };
    let renamed = |what: &str, now: &String| Fate { now: Some(now.clone()), ..fate(&format!("{what} `{now}`"), None) };
    match (&step.operation, &written.value) {
        (Operation::DropFields(dropped), Step::DropFields(patterns)) if dropped.iter().any(|d| d == name) => {
            let which = patterns.iter().find(|pattern| is_match(pattern, name));
            Some(fate("`drop_fields` drops it", which.and_then(|pattern| pattern.place.as_ref())))
        }
        (
            Operation::SelectFields(_)
            | Operation::Project(_)
            | Operation::Aggregate { .. }
            | Operation::Unpivot { .. },
            written,
        ) => {
            let gone = before?.column(name).is_some() && step.schema.column(name).is_none();
            gone.then(|| fate(&format!("`{}` does not keep it", written.key()), None))
        }
        (Operation::RenameField(names), _) => {
            names.iter().find(|(old, _)| old == name).map(|(_, new)| renamed("`rename_field` calls it", new))
        }
        (Operation::Join { on, right, .. }, Step::Join(join)) => {
            if let Some(dropped) = join.drop.iter().find(|dropped| dropped.eq_ignore_ascii_case(name)) {
                return Some(fate("the join drops it", dropped.place.as_ref()));
            }
            if let Some((_, new)) = right.iter().find(|(read, new)| read == name && new != name) {
                return Some(renamed("the join calls it", new));
            }
            let key = on.iter().find(|(left, right)| right == name && left != name);
            key.map(|(left, _)| renamed("the join's key stands under its left name", left))
        }
        _ => None,
    }
}

/// Whether a pattern, a name or a glob, means this column.
fn is_match(pattern: &str, name: &str) -> bool {
    let pattern = pattern.to_lowercase();
    let glob = || Glob::new(&pattern).is_ok_and(|glob| glob.compile_matcher().is_match(name));
    pattern == name || is_glob(&pattern) && glob()
}

/// The schema with `column` in place of the one of its name, or behind all when there is none.
pub fn replaced(mut schema: Schema, column: Column) -> Schema {
    match schema.columns.iter_mut().find(|c| c.name == column.name) {
        Some(there) => *there = column,
        None => schema.columns.push(column),
    }
    schema
}
