//! Sources and columns that nothing reads: mostly names that were meant to be used, and work that nobody sees.

use std::collections::HashMap;

use super::written;
use crate::error::{Error, Place};
use crate::flow::document::{Flow, Operation, Step};
use crate::flow::expr::Node as ExprNode;
use crate::flow::lineage::{Lineage, Node};
use crate::manifest::model::{self, Manifest};
use crate::manifest::spanned::Spanned;

/// `unused-source` and `unused-column`.
pub fn warnings(manifest: &Manifest, flow: &Flow) -> Vec<Error> {
    let read = flow.sources_read();
    let lineage = Lineage::of(flow);
    let mut all = Vec::new();
    for (name, source) in &manifest.sources {
        if !read.contains(name.as_str()) {
            let error = Error::manifest("unused-source", format!("no table reads the source `{}`", name.value));
            all.push(
                error
                    .with_help("read it in a step, or remove it: its files are uploaded all the same")
                    .at(name.place.clone()),
            );
            continue;
        }
        let declared = source.columns.iter().flat_map(|columns| columns.keys());
        let unused = declared
            .filter(|column| lineage.used_by(&Node::Source(name.value.clone(), column.value.clone())).next().is_none());
        all.extend(declared_in_vain(name, &unused.collect::<Vec<_>>()));
    }
    for (name, table) in &flow.tables {
        let Some(model) = manifest.tables.get(name.as_str()) else { continue };
        all.extend(Made::of(&table.steps, &written(model, &table.steps)));
    }
    all
}

fn declared_in_vain(source: &str, columns: &[&Spanned<String>]) -> Option<Error> {
    let first = columns.first()?;
    let names = columns.iter().map(|column| format!("`{}`", column.value)).collect::<Vec<_>>().join(", ");
    let (s, them) = if columns.len() == 1 { ("", "it") } else { ("s", "them") };
    let error =
        Error::manifest("unused-column", format!("no table has, or decides by, the column{s} {names} of `{source}`"));
    Some(error.with_help(format!("remove {them} here: only declared columns are read")).at(first.place.clone()))
}

/// A column that a step made, and whether anything read it.
struct Column {
    name: String,
    place: Option<Place>,
    verb: &'static str,
    read: bool,
}

/// The columns that steps made, and which of them stands under which name.
#[derive(Default)]
struct Made {
    all: Vec<Column>,
    under: HashMap<String, usize>,
}

impl Made {
    /// `unused-column` for what a table's steps make and drop again before anything reads it.
    fn of(steps: &[Step], from: &[Option<&Spanned<model::Step>>]) -> Vec<Error> {
        let mut made = Made::default();
        for (step, written) in steps.iter().zip(from) {
            made.step(&step.operation, *written);
            made.under.retain(|name, _| step.schema.column(name).is_some());
        }
        for kept in made.under.values() {
            made.all[*kept].read = true;
        }
        let unused = made.all.into_iter().filter(|column| !column.read);
        unused
            .map(|Column { name, place, verb, .. }| {
                Error::manifest(
                    "unused-column",
                    format!("`{name}` is {verb} here, and dropped before anything reads it"),
                )
                .with_help("remove it here, or keep it where it is dropped")
                .at(place)
            })
            .collect()
    }

    fn step(&mut self, operation: &Operation, written: Option<&Spanned<model::Step>>) {
        match operation {
            Operation::Read(_) => self.under.clear(),
            Operation::Join { on, .. } => self.read(on.iter().map(|(ours, _)| ours.as_str())),
            Operation::RenameField(names) => {
                let moved: Vec<_> = names.iter().map(|(old, new)| (new.clone(), self.under.remove(old))).collect();
                self.under.extend(moved.into_iter().filter_map(|(new, column)| Some((new, column?))));
            }
            Operation::ChangeSchema(changes) => {
                self.read(changes.iter().map(|change| change.column.as_str()));
                changes.iter().for_each(|change| self.make(&change.column, "converted", written));
            }
            Operation::DerivedColumn(columns) => {
                columns.iter().for_each(|(_, e)| self.read(e.columns()));
                columns.iter().for_each(|(name, _)| self.make(name, "derived", written));
            }
            Operation::Project(columns) => self.project(columns),
            Operation::Filter(e) => self.read(e.columns()),
            Operation::Aggregate { by, values } => {
                self.read(by.iter().map(String::as_str));
                self.read(values.iter().filter_map(|(_, value)| value.argument.as_ref()).flat_map(|e| e.columns()));
            }
            Operation::Window(columns) => {
                for (_, window) in columns {
                    let order = window.order_by.iter().map(|key| key.column.as_str());
                    self.read(window.partition_by.iter().map(String::as_str).chain(order));
                    self.read(window.function.columns());
                }
            }
            Operation::Explode { column, .. } => self.read([column.as_str()]),
            Operation::Unpivot { columns, .. } => self.read(columns.iter().map(String::as_str)),
            Operation::Limit { order_by, .. } => self.read(order_by.iter().map(|key| key.column.as_str())),
            // Any column may decide which of two rows stays.
            Operation::Distinct | Operation::DropDuplicates { .. } => {
                self.under.values().for_each(|column| self.all[*column].read = true);
            }
            Operation::SelectFields(_) | Operation::DropFields(_) | Operation::Union(_) => {}
        }
    }

    fn read<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            if let Some(column) = self.under.get(name) {
                self.all[*column].read = true;
            }
        }
    }

    /// What a query makes on its way is not what somebody wrote.
    fn make(&mut self, name: &str, verb: &'static str, written: Option<&Spanned<model::Step>>) {
        self.under.remove(name);
        let keys = match written.map(|step| &step.value) {
            Some(model::Step::DerivedColumn(columns)) => columns.get_key_value(name).map(|(key, _)| key),
            Some(model::Step::ChangeSchema(columns)) => columns.get_key_value(name).map(|(key, _)| key),
            _ => return,
        };
        self.under.insert(name.to_owned(), self.all.len());
        let place = keys.and_then(|key| key.place.clone());
        self.all.push(Column { name: name.to_owned(), place, verb, read: false });
    }

    fn project(&mut self, columns: &[(String, crate::flow::expr::Expr)]) {
        let mut under = HashMap::new();
        for (name, e) in columns {
            match &e.node {
                ExprNode::Column(read) => under.extend(self.under.get(read).map(|column| (name.clone(), *column))),
                _ => self.read(e.columns()),
            }
        }
        self.under = under;
    }
}
