//! Tables after those they read.

use std::collections::HashMap;

use crate::error::Error;
use crate::manifest::model::{Input, Manifest, Step, Table};
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

/// The names of the tables that a table reads, in the order of its steps.
pub fn references(table: &Table) -> impl Iterator<Item = &Spanned<String>> {
    table.steps.iter().filter_map(|step| match &step.value {
        Step::Table(name) => Some(name),
        Step::Join(join) => match &join.right {
            Input::Table(name) => Some(name),
            Input::Source(_) => None,
        },
        _ => None,
    })
}

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
        let mut path: Vec<(&'a str, std::vec::IntoIter<&'a Spanned<String>>)> = Vec::new();
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
                    self.faults.push(cycle(&circle, next));
                    for name in circle {
                        self.state.insert(name, State::Broken);
                    }
                }
            }
        }
    }

    fn enter(&mut self, name: &'a str, path: &mut Vec<(&'a str, std::vec::IntoIter<&'a Spanned<String>>)>) {
        if let (None, Some(table)) = (self.state.get(name), self.manifest.tables.get(name)) {
            self.state.insert(name, State::Open);
            path.push((name, references(table).collect::<Vec<_>>().into_iter()));
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
