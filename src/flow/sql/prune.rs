//! Joined columns that nothing asks for are not read: a query brings in all of a relation, and its list says what stays.

use std::collections::BTreeSet;

use crate::flow::document::{JoinKind, Operation, Step};
use crate::flow::expr::Expr;

type Names = BTreeSet<String>;

/// Takes from each join the right columns that no later operation of `steps` needs.
pub fn prune(steps: &mut [Step]) {
    // What the operations behind need; `None`: everything.
    let mut needed: Option<Names> = None;
    let mut pruned: Vec<Names> = vec![Names::new(); steps.len()];
    for (step, gone) in steps.iter_mut().zip(&mut pruned).rev() {
        match &mut step.operation {
            Operation::Project(columns) => needed = Some(mentioned(columns.iter().map(|(_, e)| e))),
            Operation::Aggregate { by, values } => {
                let mut names = mentioned(values.iter().filter_map(|(_, call)| call.argument.as_ref()));
                names.extend(by.iter().cloned());
                needed = Some(names);
            }
            Operation::Filter(condition) => {
                needed.iter_mut().for_each(|needed| needed.append(&mut mentioned([&*condition])));
            }
            Operation::DerivedColumn(columns) => {
                let mut names = mentioned(columns.iter().map(|(_, e)| e));
                needed.iter_mut().for_each(|needed| needed.append(&mut names));
            }
            Operation::Join { how, on, right, .. } if !matches!(how, JoinKind::Semi | JoinKind::Anti) => {
                if let Some(needed) = &mut needed {
                    let unread = right.extract_if(.., |(_, name)| !needed.contains(name));
                    gone.extend(unread.map(|(_, name)| name));
                    needed.extend(on.iter().map(|(left, _)| left.clone()));
                }
            }
            Operation::Join { on, .. } => {
                needed.iter_mut().for_each(|needed| needed.extend(on.iter().map(|(left, _)| left.clone())));
            }
            Operation::Read(_) => {}
            _ => needed = None,
        }
    }
    let mut gone = Names::new();
    for (step, mut pruned) in steps.iter_mut().zip(pruned) {
        if matches!(step.operation, Operation::Project(_) | Operation::Aggregate { .. }) {
            gone.clear();
        }
        gone.append(&mut pruned);
        step.schema.columns.retain(|column| !gone.contains(&column.name));
    }
}

/// The columns that these expressions name.
fn mentioned<'e>(all: impl IntoIterator<Item = &'e Expr>) -> Names {
    all.into_iter().flat_map(Expr::columns).map(str::to_owned).collect()
}
