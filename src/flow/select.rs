//! Which tables a run takes in: `hits` is that table with all that it is made of, `hits+` also all that is made of it. (What a
//! table is made of always comes along: its rows are those of the sources as they are now.)

use std::collections::BTreeSet;

use super::document::{Flow, Input, Rule, Table};
use crate::error::{Error, Result, nearest};

/// The tables that `patterns` select, in the flow's order; all of them without any.
///
/// Errors: `unknown-table`.
pub fn select(flow: &Flow, patterns: &[String]) -> Result<Vec<String>> {
    if patterns.is_empty() {
        return Ok(flow.tables.keys().cloned().collect());
    }
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    for pattern in patterns {
        let name = pattern.strip_suffix('+').unwrap_or(pattern);
        let (name, _) = flow.tables.get_key_value(name).ok_or_else(|| unknown(flow, name))?;
        wanted.insert(name);
        if pattern.ends_with('+') {
            // Tables stand behind those they read.
            let mut below = BTreeSet::from([name.as_str()]);
            for (other, table) in &flow.tables {
                if tables_of(table).any(|read| below.contains(read)) {
                    below.insert(other);
                }
            }
            wanted.extend(below);
        }
    }
    for (name, table) in flow.tables.iter().rev() {
        if wanted.contains(name.as_str()) {
            wanted.extend(tables_of(table));
        }
    }
    Ok(flow.tables.keys().filter(|name| wanted.contains(name.as_str())).cloned().collect())
}

impl Flow {
    /// The flow of these tables alone, with the sources that they read. What they are made of must be among them.
    ///
    /// Errors: `unknown-table`.
    pub fn only(&self, tables: &[String]) -> Result<Flow> {
        if let Some(name) = tables.iter().find(|name| !self.tables.contains_key(*name)) {
            return Err(unknown(self, name));
        }
        let mut only = self.clone();
        only.tables.retain(|name, _| tables.contains(name));
        let lacking = only.tables.values().flat_map(tables_of).find(|read| !only.tables.contains_key(*read));
        if let Some(read) = lacking {
            return Err(Error::usage(
                "unknown-table",
                format!("table `{read}` is left out, and another is made of it"),
            ));
        }
        let read: BTreeSet<String> = only.sources_read().into_iter().map(str::to_owned).collect();
        only.sources.retain(|name, _| read.contains(name));
        Ok(only)
    }
}

/// What a table's steps and checks read, as often as they read it.
pub fn inputs_of(table: &Table) -> impl Iterator<Item = &Input> {
    let checks = table.checks.iter().filter_map(|check| match &check.rule {
        Rule::References { input, .. } => Some(input),
        _ => None,
    });
    table.all_steps().flat_map(|step| step.operation.inputs()).chain(checks)
}

/// The tables that a table reads.
fn tables_of(table: &Table) -> impl Iterator<Item = &str> {
    inputs_of(table).filter_map(|input| match input {
        Input::Table(name) => Some(name.as_str()),
        Input::Source(_) | Input::Part(_) => None,
    })
}

fn unknown(flow: &Flow, name: &str) -> Error {
    let names: Vec<&str> = flow.tables.keys().map(String::as_str).collect();
    let error = Error::usage("unknown-table", format!("the manifest has no table `{name}`"))
        .with_expected(format!("one of {}, with a + behind it for what is made of it", names.join(", ")));
    match nearest(name, names) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// a and b of sources; c of a; d of c, and it refers to b; e of nothing else.
    fn flow() -> Flow {
        let table = |reads: &[Value], refers: Option<&str>| {
            let steps: Vec<Value> =
                reads.iter().map(|input| json!({"operation": {"read": input}, "schema": []})).collect();
            let rule = |name| json!({"references": {"column": "x", "input": {"table": name}, "target": "x"}});
            let checks: Vec<Value> =
                refers.iter().map(|name| json!({"name": "r", "rule": rule(*name), "severity": "error"})).collect();
            json!({"steps": steps, "schema": [], "checks": checks,
                "output": {"format": {"parquet": "snappy"}, "partition_by": [], "files": 1}})
        };
        let (source, other) = (|name: &str| json!({"source": name}), |name: &str| json!({"table": name}));
        let read = |name: &str| {
            json!({"location": "staged", "format": {"csv": {"multiline": false}}, "columns": [],
            "schema": [], "description": name})
        };
        serde_json::from_value(json!({
            "format_version": 1,
            "pipeline": "p",
            "sources": {"s": read("s"), "t": read("t")},
            "tables": {
                "a": table(&[source("s")], None),
                "b": table(&[source("t")], None),
                "c": table(&[other("a")], None),
                "d": table(&[other("c")], Some("b")),
                "e": table(&[source("t")], None),
            },
        }))
        .unwrap()
    }

    fn selected(patterns: &[&str]) -> String {
        let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        select(&flow(), &patterns).unwrap().join(" ")
    }

    #[test]
    fn a_table_comes_with_what_it_is_made_of() {
        assert_eq!(selected(&[]), "a b c d e");
        assert_eq!(selected(&["a"]), "a");
        assert_eq!(selected(&["c"]), "a c");
        assert_eq!(selected(&["d"]), "a b c d", "a check reads b");
        assert_eq!(selected(&["e", "a"]), "a e");
    }

    #[test]
    fn with_a_plus_comes_what_is_made_of_it() {
        assert_eq!(selected(&["a+"]), "a b c d");
        assert_eq!(selected(&["e+"]), "e");
        assert_eq!(selected(&["b+"]), "a b c d");
    }

    #[test]
    fn unknown_tables_are_told_with_the_nearest() {
        let error = select(&flow(), &["aa+".to_owned()]).unwrap_err();
        assert_eq!((error.code(), error.message()), ("unknown-table", "the manifest has no table `aa`"));
        assert!(error.expected().unwrap().contains("one of a, b, c, d, e"));
    }

    #[test]
    fn the_flow_of_some_tables_has_their_sources_alone() {
        let only = |names: &[&str]| flow().only(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let some = only(&["a", "c"]).unwrap();
        assert_eq!(some.tables.keys().collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(some.sources.keys().collect::<Vec<_>>(), ["s"]);
        assert_eq!(only(&["a", "b", "c", "d", "e"]).unwrap(), flow());
        assert!(only(&["c"]).unwrap_err().message().contains("`a` is left out"));
        assert_eq!(only(&["x"]).unwrap_err().code(), "unknown-table");
    }
}
