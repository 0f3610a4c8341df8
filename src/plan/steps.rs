//! The steps of a plan: what is done to AWS, and what each step waits for. The one list behind `plan`'s order and
//! `apply`'s execution, so that `apply` has no choices of its own.
//!
//! - A replacement is two steps, removal and making.
//! - Making or changing waits for the making or changing of everything below it, through what does not change.
//! - Removing waits for the removal of everything that stands on it.
//! - What left the manifest goes after everything of a later kind was brought up to date: a crawler stops naming a
//!   table before the table goes.

use std::collections::HashMap;

use super::document::{Action, Change, Plan};
use super::graph;
use crate::error::{Error, Result};
use crate::resource::Address;
use crate::resource::kinds::holds;

/// What one step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Creates the resource.
    Make,
    /// Changes it in place, or takes it over.
    Change,
    /// Deletes it.
    Remove,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The index of the change in [`Plan::changes`].
    pub change: usize,
    /// What it does.
    pub op: Op,
    /// The indexes of the steps that must be done before it, ascending.
    pub after: Vec<usize>,
}

/// The steps of these changes, in an order that can be executed one by one; ties follow the order of the changes.
pub fn steps(changes: &[Change]) -> Result<Vec<Step>> {
    let builder = Builder::new(changes);
    let edges = builder.edges();
    let order = graph::topological(builder.nodes.len(), edges.iter().copied()).map_err(|cycle| {
        let names: Vec<String> = cycle.iter().map(|i| format!("`{}`", changes[builder.nodes[*i].0].address)).collect();
        Error::bug(format!("the steps of a plan wait for each other: {}", names.join(", ")))
    })?;
    let mut place = vec![0; order.len()];
    for (at, node) in order.iter().enumerate() {
        place[*node] = at;
    }
    let mut steps: Vec<Step> = order
        .iter()
        .map(|node| Step { change: builder.nodes[*node].0, op: builder.nodes[*node].1, after: Vec::new() })
        .collect();
    for (before, after) in edges {
        steps[place[after]].after.push(place[before]);
    }
    for step in &mut steps {
        step.after.sort_unstable();
        step.after.dedup();
    }
    Ok(steps)
}

impl Plan {
    /// The plan's steps; see [`steps`].
    pub fn steps(&self) -> Result<Vec<Step>> {
        steps(&self.changes)
    }
}

struct Builder<'a> {
    changes: &'a [Change],
    at: HashMap<&'a Address, usize>,
    /// (change, op), in the order of the changes.
    nodes: Vec<(usize, Op)>,
}

impl<'a> Builder<'a> {
    fn new(changes: &'a [Change]) -> Self {
        let mut nodes = Vec::new();
        for (index, change) in changes.iter().enumerate() {
            match change.action {
                Action::Create => nodes.push((index, Op::Make)),
                Action::Update | Action::Adopt => nodes.push((index, Op::Change)),
                Action::Replace => nodes.extend([(index, Op::Remove), (index, Op::Make)]),
                Action::Delete => nodes.push((index, Op::Remove)),
                Action::None => {}
            }
        }
        Self { changes, at: changes.iter().enumerate().map(|(i, c)| (&c.address, i)).collect(), nodes }
    }

    fn node(&self, change: usize, wanted: impl Fn(Op) -> bool) -> Option<usize> {
        self.nodes.iter().position(|(c, op)| *c == change && wanted(*op))
    }

    fn standing(&self, change: usize) -> Option<usize> {
        self.node(change, |op| op != Op::Remove)
    }

    fn removal(&self, change: usize) -> Option<usize> {
        self.node(change, |op| op == Op::Remove)
    }

    /// What a change stands on: directly, and through resources that do not change themselves.
    fn below(&self, change: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut seen = vec![false; self.changes.len()];
        let mut look = vec![change];
        while let Some(one) = look.pop() {
            for below in self.directly_below(one) {
                if std::mem::replace(&mut seen[below], true) {
                    continue;
                }
                match self.changes[below].action {
                    Action::None => look.push(below),
                    _ => found.push(below),
                }
            }
        }
        found
    }

    fn directly_below(&self, change: usize) -> Vec<usize> {
        let one = &self.changes[change];
        let resource = one.desired.as_ref().or(one.live.as_ref());
        let named: Vec<&Address> = resource.iter().flat_map(|r| &r.depends_on).collect();
        let mut below: Vec<usize> = named.iter().filter_map(|address| self.at.get(address).copied()).collect();
        // What left the manifest does not say what it lives in: anything that could hold it.
        if one.action == Action::Delete && !named.iter().any(|address| holds(address.kind, one.kind)) {
            below.extend((0..self.changes.len()).filter(|other| holds(self.changes[*other].kind, one.kind)));
        }
        below
    }

    fn edges(&self) -> Vec<(usize, usize)> {
        let mut edges = Vec::new();
        for change in 0..self.changes.len() {
            let (standing, removal) = (self.standing(change), self.removal(change));
            edges.extend(removal.zip(standing));
            for below in self.below(change) {
                edges.extend(self.standing(below).zip(standing));
                edges.extend(removal.zip(self.removal(below)));
                // What stood on something that goes is brought up to date first.
                if removal.is_none() && self.standing(below).is_none() {
                    edges.extend(standing.zip(self.removal(below)));
                }
            }
            if self.changes[change].action == Action::Delete && !self.holder_is_replaced(change) {
                edges.extend(self.later_kinds(change).filter_map(|later| Some((later, removal?))));
            }
        }
        edges
    }

    /// The nodes that make or change something of a later kind than `change`'s.
    fn later_kinds(&self, change: usize) -> impl Iterator<Item = usize> {
        let kind = self.changes[change].kind;
        self.nodes
            .iter()
            .enumerate()
            .filter(move |(_, (other, op))| *op != Op::Remove && self.changes[*other].kind > kind)
            .map(|(node, _)| node)
    }

    fn holder_is_replaced(&self, change: usize) -> bool {
        self.below(change).into_iter().any(|below| {
            let holder = &self.changes[below];
            holder.action == Action::Replace && holds(holder.kind, self.changes[change].kind)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Kind, Resource};

    fn change(kind: Kind, name: &str, action: Action, depends_on: &[(Kind, &str)]) -> Change {
        let address = Address::new(kind, name);
        let resource = Resource {
            address: address.clone(),
            identity: Default::default(),
            fields: Default::default(),
            depends_on: depends_on.iter().map(|(k, n)| Address::new(*k, *n)).collect(),
            existing: false,
        };
        Change {
            address,
            kind,
            action,
            reason: String::new(),
            destroys_data: false,
            fields: Vec::new(),
            desired: (action != Action::Delete).then(|| resource.clone()),
            live: (action != Action::Create).then_some(resource),
        }
    }

    fn shown(changes: &[Change]) -> String {
        let steps = steps(changes).unwrap();
        let name = |step: &Step| format!("{:?} {}", step.op, changes[step.change].address.name);
        let lines = steps.iter().map(|step| {
            let after: Vec<String> = step.after.iter().map(|i| name(&steps[*i])).collect();
            let after = if after.is_empty() { String::new() } else { format!(" after {}", after.join(", ")) };
            format!("{}{after}", name(step))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn unchanged_things_pass_the_order_on() {
        let changes = [
            change(Kind::S3Bucket, "bucket", Action::Update, &[]),
            change(Kind::GlueDatabase, "db", Action::None, &[(Kind::S3Bucket, "bucket")]),
            change(Kind::GlueTable, "table", Action::Create, &[(Kind::GlueDatabase, "db")]),
        ];
        insta::assert_snapshot!(shown(&changes), @r"
        Change bucket
        Make table after Change bucket
        ");
    }

    #[test]
    fn removals_go_backwards() {
        let changes = [
            change(Kind::S3Bucket, "bucket", Action::Delete, &[]),
            change(Kind::S3Prefix, "staging", Action::Delete, &[(Kind::S3Bucket, "bucket")]),
            change(Kind::GlueDatabase, "db", Action::Delete, &[]),
        ];
        insta::assert_snapshot!(shown(&changes), @r"
        Remove staging
        Remove bucket after Remove staging
        Remove db
        ");
    }

    #[test]
    fn a_replaced_holder_takes_what_it_holds_down_and_up_again() {
        let changes = [
            change(Kind::AthenaWorkgroup, "wg", Action::Replace, &[]),
            change(Kind::AthenaNamedQuery, "q", Action::Replace, &[(Kind::AthenaWorkgroup, "wg")]),
        ];
        insta::assert_snapshot!(shown(&changes), @r"
        Remove q
        Remove wg after Remove q
        Make wg after Remove wg
        Make q after Remove q, Make wg
        ");
    }

    #[test]
    fn what_left_the_manifest_goes_after_its_users_were_changed() {
        let changes = [
            change(Kind::GlueDatabase, "db", Action::Update, &[]),
            change(Kind::GlueCrawler, "crawler", Action::Update, &[(Kind::GlueDatabase, "db")]),
            change(Kind::GlueTable, "old", Action::Delete, &[(Kind::GlueDatabase, "db")]),
        ];
        insta::assert_snapshot!(shown(&changes), @r"
        Change db
        Change crawler after Change db
        Remove old after Change crawler
        ");
    }

    #[test]
    fn a_leftover_inside_a_replaced_holder_does_not_wait_in_a_circle() {
        let changes = [
            change(Kind::GlueDatabase, "db", Action::Replace, &[]),
            change(Kind::GlueCrawler, "crawler", Action::Update, &[(Kind::GlueDatabase, "db")]),
            change(Kind::GlueTable, "old", Action::Delete, &[]),
        ];
        insta::assert_snapshot!(shown(&changes), @r"
        Remove old
        Remove db after Remove old
        Make db after Remove db
        Change crawler after Make db
        ");
    }
}
