//! Which columns identify a row, as far as steps and checks say so.
//!
//! NULLs are left out of account: they match nothing in a join, which is what keys are asked for.

use std::collections::{BTreeSet, HashMap};

use crate::flow::document::{Input, JoinKind, Operation, Rule, Severity, Step, Table};
use crate::flow::expr::Node;
use crate::flow::types::Schema;

/// Sets of columns that no two rows have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys(Vec<BTreeSet<String>>);

impl Keys {
    /// Whether these columns identify a row: a key lies within them.
    pub fn hold(&self, columns: &[&str]) -> bool {
        self.0.iter().any(|key| key.iter().all(|column| columns.contains(&column.as_str())))
    }

    fn add(&mut self, key: impl IntoIterator<Item = String>) {
        let key: BTreeSet<String> = key.into_iter().collect();
        if !self.0.contains(&key) {
            self.0.push(key);
        }
    }

    /// Under other names; a key with a column that is gone is gone.
    fn renamed(&self, name: impl Fn(&str) -> Option<String>) -> Keys {
        let mut keys = Keys::default();
        for key in &self.0 {
            if let Some(key) = key.iter().map(|column| name(column)).collect::<Option<Vec<_>>>() {
                keys.add(key);
            }
        }
        keys
    }

    fn without(&self, gone: impl Fn(&str) -> bool) -> Keys {
        self.renamed(|column| (!gone(column)).then(|| column.to_owned()))
    }

    fn within(&self, schema: &Schema) -> Keys {
        self.without(|column| schema.column(column).is_none())
    }
}

/// The keys of tables, and of the parts of one, as they become known. A source has none: nothing says what its files hold.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    tables: HashMap<&'a str, Keys>,
    parts: HashMap<&'a str, Keys>,
}

impl<'a> Known<'a> {
    /// The keys of what an operation reads.
    pub fn of(&self, input: &Input) -> Keys {
        match input {
            Input::Source(_) => Keys::default(),
            Input::Table(name) => self.tables.get(name.as_str()).cloned().unwrap_or_default(),
            Input::Part(name) => self.parts.get(name.as_str()).cloned().unwrap_or_default(),
        }
    }

    /// Learns a part's keys.
    pub fn part(&mut self, name: &'a str, keys: Keys) {
        self.parts.insert(name, keys);
    }

    /// Learns a table's keys: those of its last step, and those that a check holds it to.
    pub fn table(&mut self, name: &'a str, table: &Table, mut keys: Keys) {
        self.parts.clear();
        for check in table.checks.iter().filter(|check| check.severity == Severity::Error) {
            if let Rule::Unique(columns) = &check.rule {
                keys.add(columns.iter().cloned());
            }
        }
        self.tables.insert(name, keys.within(&table.schema));
    }

    /// The keys after a step.
    pub fn after(&self, keys: &Keys, step: &Step) -> Keys {
        let after = match &step.operation {
            Operation::Read(input) => self.of(input),
            Operation::Join { input, how, on, right } => joined(keys, &self.of(input), *how, on, right),
            Operation::RenameField(names) => keys.renamed(|column| {
                let new = names.iter().find(|(old, _)| old == column).map_or(column, |(_, new)| new);
                Some(new.to_owned())
            }),
            // Two texts may read as one number.
            Operation::ChangeSchema(changes) => keys.without(|column| changes.iter().any(|c| c.column == column)),
            Operation::DerivedColumn(columns) => keys.without(|column| columns.iter().any(|(name, _)| name == column)),
            Operation::Project(columns) => keys.renamed(|column| {
                let same = |node: &Node| matches!(node, Node::Column(name) if name == column);
                columns.iter().find(|(_, e)| same(&e.node)).map(|(name, _)| name.clone())
            }),
            Operation::Aggregate { by, .. } => single(by.iter().cloned()),
            Operation::Distinct => single(step.schema.names().map(str::to_owned)),
            Operation::DropDuplicates { by, .. } => {
                let mut keys = keys.clone();
                keys.add(by.iter().cloned());
                keys
            }
            Operation::Union(_) | Operation::Explode { .. } | Operation::Unpivot { .. } => Keys::default(),
            Operation::SelectFields(_)
            | Operation::DropFields(_)
            | Operation::Filter(_)
            | Operation::Limit { .. }
            | Operation::Window(_) => keys.clone(),
        };
        after.within(&step.schema)
    }
}

fn single(key: impl IntoIterator<Item = String>) -> Keys {
    let mut keys = Keys::default();
    keys.add(key);
    keys
}

/// What identifies a row of a join: a side's keys go on when each of its rows meets at most one of the other.
fn joined(left: &Keys, other: &Keys, how: JoinKind, on: &[(String, String)], right: &[(String, String)]) -> Keys {
    let (ours, theirs) = sides(on);
    // A row that met nothing has no values on the other side: keys of that side no longer tell rows apart.
    let (keep_left, keep_right) = match how {
        JoinKind::Semi | JoinKind::Anti => return left.clone(),
        JoinKind::Inner => (true, true),
        JoinKind::Left => (true, false),
        JoinKind::Right => (false, true),
        JoinKind::Full => (false, false),
    };
    let mut keys = if keep_left && other.hold(&theirs) { left.clone() } else { Keys::default() };
    if keep_right && left.hold(&ours) {
        let name = |column: &str| {
            let key = on.iter().find(|(_, theirs)| theirs == column).map(|(ours, _)| ours);
            key.or_else(|| right.iter().find(|(read, _)| read == column).map(|(_, name)| name)).cloned()
        };
        other.renamed(name).0.into_iter().for_each(|key| keys.add(key));
    }
    keys
}

/// The columns of a join's condition, of both sides.
pub fn sides(on: &[(String, String)]) -> (Vec<&str>, Vec<&str>) {
    on.iter().map(|(ours, theirs)| (ours.as_str(), theirs.as_str())).unzip()
}
