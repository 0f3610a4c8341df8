//! Names of columns: one by one, by glob, and what an absent one became.

use globset::Glob;

use super::Faults;
use crate::error::{Error, Place};
use crate::flow::document::Operation;
use crate::flow::types::{Column, Schema};
use crate::flow::typing::Scope;
use crate::manifest::model::{Step, Table};
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

/// What became of a column that stood before, or was read, under `name`, and where: the last step that took it away.
///
/// `steps` are the typed steps so far; the table's own steps tell the places.
pub fn fate(table: &Table, steps: &[crate::flow::document::Step], name: &str) -> Option<(String, Option<Place>)> {
    steps.iter().enumerate().rev().find_map(|(index, step)| {
        let written = table.steps.get(index)?;
        let at = written.place.clone();
        match (&step.operation, &written.value) {
            (Operation::DropFields(dropped), Step::DropFields(patterns)) if dropped.iter().any(|d| d == name) => {
                let which = patterns.iter().find(|p| {
                    let glob = Glob::new(&p.to_lowercase()).ok();
                    p.to_lowercase() == name || is_glob(p) && glob.is_some_and(|g| g.compile_matcher().is_match(name))
                });
                Some(("`drop_fields` drops it".to_string(), which.and_then(|p| p.place.clone()).or(at)))
            }
            (Operation::SelectFields(kept), _) => {
                let before = steps.get(index.checked_sub(1)?)?;
                let had = before.schema.column(name).is_some() && !kept.iter().any(|k| k == name);
                had.then(|| ("`select_fields` does not keep it".to_string(), at))
            }
            (Operation::RenameField(names), _) => {
                let (_, new) = names.iter().find(|(old, _)| old == name)?;
                Some((format!("`rename_field` calls it `{new}`"), at))
            }
            (Operation::Join { on, right, .. }, Step::Join(join)) => {
                if let Some(dropped) = join.drop.iter().find(|dropped| dropped.eq_ignore_ascii_case(name)) {
                    return Some(("the join drops it".to_string(), dropped.place.clone()));
                }
                if let Some((_, new)) = right.iter().find(|(read, new)| read == name && new != name) {
                    return Some((format!("the join calls it `{new}`"), at));
                }
                let (left, _) = on.iter().find(|(left, right)| right == name && left != name)?;
                Some((format!("the join's key stands under its left name `{left}`"), at))
            }
            _ => None,
        }
    })
}

/// A [`fate`] in one sentence, with its place.
pub fn fate_note(table: &Table, steps: &[crate::flow::document::Step], name: &str) -> Option<String> {
    fate(table, steps, name).map(|(what, at)| match at {
        Some(at) => format!("{what} ({at})"),
        None => what,
    })
}

/// The schema with `column` in place of the one of its name, or behind all when there is none.
pub fn replaced(mut schema: Schema, column: Column) -> Schema {
    match schema.columns.iter_mut().find(|c| c.name == column.name) {
        Some(there) => *there = column,
        None => schema.columns.push(column),
    }
    schema
}
