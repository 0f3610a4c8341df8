//! Joins that can multiply rows: neither side's columns are known to identify a row, and nothing behind the join makes up
//! for it.

use super::keys::{Keys, Known, sides};
use super::written;
use crate::error::{Error, Place};
use crate::flow::document::{Flow, Input, JoinKind, Operation, Rule, Step, Table};
use crate::flow::windows::WindowFunction;
use crate::manifest::model::{self, Manifest};
use crate::manifest::spanned::Spanned;

/// `fan-out`, for every such join.
pub fn warnings(manifest: &Manifest, flow: &Flow) -> Vec<Error> {
    let mut known = Known::default();
    let mut all = Vec::new();
    for (name, table) in &flow.tables {
        let Some(model) = manifest.tables.get(name.as_str()) else { continue };
        let sql = model.steps.iter().rev().find(|step| matches!(step.value, model::Step::Sql(_)));
        for (part, steps) in &table.parts {
            let (keys, joins) = walk(&known, steps);
            known.part(part, keys);
            let joins = joins.into_iter().filter(|_| !settled(table, &table.steps));
            all.extend(joins.filter(|at| !settled(table, &steps[*at..])).map(|at| told(name, &steps[at], sql)));
        }
        let (keys, joins) = walk(&known, &table.steps);
        let from = written(model, &table.steps);
        let joins = joins.into_iter().filter(|at| !settled(table, &table.steps[*at..]));
        all.extend(joins.map(|at| {
            let counted =
                table.steps[at..].iter().position(|step| matches!(step.operation, Operation::Aggregate { .. }));
            let warning = told(name, &table.steps[at], from[at]);
            match counted.and_then(|behind| from[at + behind]) {
                Some(step) => warning.with_note(format!("`{}` behind it counts such rows several times", step.key())),
                None => warning,
            }
        }));
        known.table(name, table, keys);
    }
    all
}

/// The keys of the last step, and which steps are joins of rows that nothing tells apart.
fn walk(known: &Known<'_>, steps: &[Step]) -> (Keys, Vec<usize>) {
    let mut keys = Keys::default();
    let mut found = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        if let Operation::Join { input, how, on, .. } = &step.operation {
            let (ours, theirs) = sides(on);
            let plain = matches!(how, JoinKind::Semi | JoinKind::Anti);
            if !plain && !keys.hold(&ours) && !known.of(input).hold(&theirs) {
                found.push(at);
            }
        }
        keys = known.after(&keys, step);
    }
    (keys, found)
}

/// Whether duplicates were thought of: a step behind takes them out, or a check finds them.
fn settled(table: &Table, behind: &[Step]) -> bool {
    let removes = |step: &Step| match &step.operation {
        Operation::DropDuplicates { .. } | Operation::Distinct => true,
        Operation::Window(columns) => columns.iter().any(|(_, w)| matches!(w.function, WindowFunction::RowNumber)),
        _ => false,
    };
    behind.iter().any(removes) || table.checks.iter().any(|check| matches!(check.rule, Rule::Unique(_)))
}

fn told(table: &str, step: &Step, written: Option<&Spanned<model::Step>>) -> Error {
    let Operation::Join { input, on, .. } = &step.operation else {
        return Error::bug("a join is no join");
    };
    let (_, theirs) = sides(on);
    let columns = theirs.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ");
    let key = theirs.join(", ");
    let are = if theirs.len() == 1 { "is" } else { "are together" };
    let (message, help) = match input {
        Input::Table(other) => (
            format!("the join with `{other}` can multiply rows: nothing says that {columns} {are} unique there"),
            format!("give `{other}` the check `unique: [{key}]`, or `{table}` one on its own key"),
        ),
        Input::Source(other) => (
            format!("the join with `{other}` can multiply rows: nothing says that {columns} {are} unique there"),
            format!(
                "give `{table}` a check `unique` on its key, or join a table that `drop_duplicates: {{ by: [{key}] }}` made \
                 of `{other}`"
            ),
        ),
        Input::Part(_) => (
            format!("a join in this query can multiply rows: nothing says that {columns} {are} unique on either side"),
            format!("give `{table}` a check `unique` on its key, or group before joining"),
        ),
    };
    Error::manifest("fan-out", message).with_help(help).at(place(written))
}

/// The joined name for a step, the file's first line for a query.
fn place(written: Option<&Spanned<model::Step>>) -> Option<Place> {
    match written.map(|step| (&step.value, &step.place)) {
        Some((model::Step::Join(model::Join { right, .. }), _)) => match right {
            model::Input::Source(name) | model::Input::Table(name) => name.place.clone(),
        },
        Some((_, place)) => place.clone(),
        None => None,
    }
}
