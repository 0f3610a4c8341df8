//! Joins that can multiply rows: neither side's columns are known to identify a row, and nothing behind the join makes up
//! for it.

use super::keys::{Keys, Known, sides};
use super::written;
use crate::error::{Error, Place};
use crate::flow::document::{Flow, Input, JoinKind, Operation, Rule, Step};
use crate::flow::windows::WindowFunction;
use crate::manifest::model::{self, Manifest};
use crate::manifest::spanned::Spanned;

/// `fan-out`, for every such join.
pub fn warnings(manifest: &Manifest, flow: &Flow) -> Vec<Error> {
    let mut known = Known::default();
    let mut all = Vec::new();
    for (name, table) in &flow.tables {
        let Some(model) = manifest.tables.get(name.as_str()) else { continue };
        let checked = table.checks.iter().any(|check| matches!(check.rule, Rule::Unique(_)));
        let sql = model.steps.iter().rev().find(|step| matches!(step.value, model::Step::Sql(_)));
        for (part, steps) in &table.parts {
            let (keys, joins) = walk(&known, steps);
            known.part(part, keys);
            let open =
                joins.into_iter().filter(|join| !checked && !settled(&steps[join.at..]) && !settled(&table.steps));
            all.extend(open.map(|join| join.told(name, sql)));
        }
        let (keys, joins) = walk(&known, &table.steps);
        let from = written(model, &table.steps);
        for join in joins.into_iter().filter(|join| !checked && !settled(&table.steps[join.at..])) {
            let behind = table.steps.iter().zip(&from).skip(join.at);
            let counted = behind.filter(|(step, _)| matches!(step.operation, Operation::Aggregate { .. }));
            let warning = join.told(name, from[join.at]);
            all.push(match counted.filter_map(|(_, written)| *written).next() {
                Some(step) => warning.with_note(format!("`{}` behind it counts such rows several times", step.key())),
                None => warning,
            });
        }
        known.table(name, table, keys);
    }
    all
}

/// A join of rows that nothing tells apart.
struct Open<'a> {
    /// Which step it is.
    at: usize,
    input: &'a Input,
    /// The input's columns of its condition.
    key: Vec<&'a str>,
}

impl Open<'_> {
    fn told(&self, table: &str, written: Option<&Spanned<model::Step>>) -> Error {
        let columns = self.key.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ");
        let key = self.key.join(", ");
        let are = if self.key.len() == 1 { "is" } else { "are together" };
        let (with, there) = match self.input {
            Input::Source(other) | Input::Table(other) => (format!("the join with `{other}`"), "there"),
            Input::Part(_) => ("a join in this query".to_owned(), "on either side"),
        };
        let help = match self.input {
            Input::Table(other) => {
                format!("give `{other}` the check `unique: [{key}]`, or `{table}` one on its own key")
            }
            Input::Source(other) => format!(
                "give `{table}` a check `unique` on its key, or join a table that `drop_duplicates: {{ by: [{key}] }}` made of \
                 `{other}`"
            ),
            Input::Part(_) => format!("give `{table}` a check `unique` on its key, or group before joining"),
        };
        let message = format!("{with} can multiply rows: nothing says that {columns} {are} unique {there}");
        Error::manifest("fan-out", message).with_help(help).at(place(written))
    }
}

/// The keys of the last step, and the joins of rows that nothing tells apart.
fn walk<'a>(known: &Known<'_>, steps: &'a [Step]) -> (Keys, Vec<Open<'a>>) {
    let mut keys = Keys::default();
    let mut found = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        if let Operation::Join { input, how, on, .. } = &step.operation {
            let (ours, key) = sides(on);
            let adds_rows = !matches!(how, JoinKind::Semi | JoinKind::Anti);
            if adds_rows && !keys.hold(&ours) && !known.of(input).hold(&key) {
                found.push(Open { at, input, key });
            }
        }
        keys = known.after(&keys, step);
    }
    (keys, found)
}

/// Whether a step behind takes duplicates out.
fn settled(behind: &[Step]) -> bool {
    behind.iter().any(|step| match &step.operation {
        Operation::DropDuplicates { .. } | Operation::Distinct => true,
        Operation::Window(columns) => columns.iter().any(|(_, w)| matches!(w.function, WindowFunction::RowNumber)),
        _ => false,
    })
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
