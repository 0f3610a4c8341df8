//! Tables after those they read.

use std::collections::HashMap;

use super::names;
use crate::error::Error;
use crate::flow::sql;
use crate::manifest::model::{Input, Manifest, Rule, Step, Table};
use crate::manifest::spanned::Spanned;

/// The tables' names, each after those it reads and else in the manifest's order, without those that stand in a circle or
/// read one that does; and an error `table-cycle` for each circle. Names of no table are not looked at.
pub fn order(manifest: &Manifest) -> (Vec<&str>, Vec<Error>) {
    let mut walk = Walk { manifest, state: HashMap::new(), order: Vec::new(), faults: Vec::new() };
    for name in manifest.tables.keys() {
        walk.visit(name.as_str());
    }
    (walk.order, walk.faults)
}

/// The names of the tables that a table reads, in the order of its steps and checks.
pub fn references(name: &str, table: &Table, manifest: &Manifest) -> Vec<Spanned<String>> {
    let mut found = Vec::new();
    for step in &table.steps {
        match &step.value {
            Step::Table(name) => found.push(name.clone()),
            Step::Join(join) => found.extend(table_of(join.right.clone())),
            Step::Union(union) => {
                found.extend(
                    union.with.iter().filter_map(|name| names::input(name, manifest).ok()).filter_map(table_of),
                );
            }
            Step::Sql(query) => {
                let named = sql::relations(&query.text).into_iter().filter(|name| name != "input");
                let inputs = named.filter_map(|name| names::input(&query.file.with(name), manifest).ok());
                found.extend(inputs.filter_map(table_of));
            }
            _ => {}
        }
    }
    for check in &table.checks {
        // A table may refer to itself: its rows are there when its checks are counted.
        if let Rule::References(_, target) = &check.rule
            && let Some((input, _)) = target.rsplit_once('.')
            && let Some(other) = names::input(&target.with(input.to_string()), manifest).ok().and_then(table_of)
            && other.value != name
        {
            found.push(other);
        }
    }
    found
}

fn table_of(input: Input) -> Option<Spanned<String>> {
    match input {
        Input::Table(name) => Some(name),
        Input::Source(_) => None,
    }
}

/// The tables being looked at, each with what it still reads.
type Path<'a> = Vec<(&'a str, std::vec::IntoIter<Spanned<String>>)>;

#[derive(Clone, Copy, PartialEq)]
enum State {
    Open,
    Done,
    Broken,
}

struct Walk<'a> {
    manifest: &'a Manifest,
    state: HashMap<&'a str, State>,
    order: Vec<&'a str>,
    faults: Vec<Error>,
}

impl<'a> Walk<'a> {
    /// Depth first, without recursion: a chain of tables may be long.
    fn visit(&mut self, start: &'a str) {
        let mut path: Path<'a> = Vec::new();
        self.enter(start, &mut path);
        while let Some((name, left)) = path.last_mut() {
            let name = *name;
            let Some(next) = left.next() else {
                path.pop();
                if self.state[name] == State::Open {
                    self.state.insert(name, State::Done);
                    self.order.push(name);
                } else if let Some((reader, _)) = path.last() {
                    self.state.insert(reader, State::Broken);
                }
                continue;
            };
            match self.state.get(next.as_str()) {
                None => self.enter(next.as_str(), &mut path),
                Some(State::Done) => {}
                Some(State::Broken) if path.iter().all(|(other, _)| *other != next.as_str()) => {
                    self.state.insert(name, State::Broken);
                }
                Some(State::Open | State::Broken) => {
                    let from = path.iter().position(|(other, _)| *other == next.as_str()).unwrap_or(0);
                    let circle: Vec<&str> = path[from..].iter().map(|(name, _)| *name).collect();
                    self.faults.push(cycle(&circle, &next));
                    for name in circle {
                        self.state.insert(name, State::Broken);
                    }
                }
            }
        }
    }

    fn enter(&mut self, name: &str, path: &mut Path<'a>) {
        if let (None, Some((name, table))) = (self.state.get(name), self.manifest.tables.get_key_value(name)) {
            self.state.insert(name.as_str(), State::Open);
            path.push((name.as_str(), references(name, table, self.manifest).into_iter()));
        }
    }
}

fn cycle(circle: &[&str], closing: &Spanned<String>) -> Error {
    let help = match circle {
        [_] => "read the source that its rows come from",
        _ => "let both read a third table that holds what they share",
    };
    let message = match circle {
        [one] => format!("table `{one}` reads itself"),
        [first, ..] => {
            let names: Vec<String> = circle.iter().chain([first]).map(|name| format!("`{name}`")).collect();
            format!("tables read each other in a circle: {}", names.join(" reads "))
        }
        [] => "tables read each other in a circle".to_string(),
    };
    Error::manifest("table-cycle", message).with_help(help).at(closing.place.clone())
}
