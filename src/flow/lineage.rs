//! Which columns a column is made of, and which decide what rows a table has.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use indexmap::IndexMap;

use super::document::{Flow, Input, Operation, Step, Table};
use super::expr::Expr;
use super::types::Schema;

/// Something that data flows through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// A source's column.
    Source(String, String),
    /// A table's column.
    Table(String, String),
    /// Which rows a table has, in whatever columns.
    Rows(String),
    /// A named query.
    Query(String),
    /// A data set's column.
    Dataset(String, String),
    /// A visual: its dashboard, sheet and title.
    Visual(String, String, String),
}

impl Node {
    /// What kind of thing it is, in one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Node::Source(..) => "source",
            Node::Table(..) => "table",
            Node::Rows(_) => "rows",
            Node::Query(_) => "query",
            Node::Dataset(..) => "dataset",
            Node::Visual(..) => "visual",
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Source(name, column) | Node::Table(name, column) | Node::Dataset(name, column) => {
                write!(f, "{name}.{column}")
            }
            Node::Rows(table) => write!(f, "{table}"),
            Node::Query(name) => write!(f, "{name}"),
            Node::Visual(dashboard, sheet, title) => write!(f, "{dashboard} / {sheet} / {title}"),
        }
    }
}

/// Nodes with what each is made of directly, and the same the other way round: a wide pipeline has thousands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    made_of: BTreeMap<Node, BTreeSet<Node>>,
    used_by: BTreeMap<Node, BTreeSet<Node>>,
}

impl Lineage {
    /// That of all sources and tables.
    pub fn of(flow: &Flow) -> Self {
        let mut all = Lineage::default();
        for (name, source) in &flow.sources {
            source.schema.names().for_each(|column| all.add(Node::Source(name.clone(), column.to_owned()), []));
        }
        for (name, table) in &flow.tables {
            let Rows { columns, chosen_by } = of_table(flow, table);
            for (column, made_of) in columns {
                all.add(Node::Table(name.clone(), column), made_of);
            }
            all.add(Node::Rows(name.clone()), chosen_by);
        }
        all
    }

    /// Adds a node with what it is made of.
    pub fn add(&mut self, node: Node, made_of: impl IntoIterator<Item = Node>) {
        let known = self.made_of.entry(node.clone()).or_default();
        for part in made_of {
            self.used_by.entry(part.clone()).or_default().insert(node.clone());
            known.insert(part);
        }
    }

    /// All nodes, in order.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.made_of.keys()
    }

    /// What it is made of directly.
    pub fn made_of(&self, node: &Node) -> impl Iterator<Item = &Node> + use<'_> {
        self.made_of.get(node).into_iter().flatten()
    }

    /// What is made of it directly.
    pub fn used_by(&self, node: &Node) -> impl Iterator<Item = &Node> + use<'_> {
        self.used_by.get(node).into_iter().flatten()
    }
}

/// Rows on their way: what each column is made of, and what decided which rows there are.
#[derive(Clone, Default)]
struct Rows {
    columns: IndexMap<String, BTreeSet<Node>>,
    chosen_by: BTreeSet<Node>,
}

impl Rows {
    fn of_schema(schema: &Schema, node: impl Fn(String) -> Node) -> Self {
        let columns = schema.names().map(|name| (name.to_owned(), BTreeSet::from([node(name.to_owned())])));
        Rows { columns: columns.collect(), chosen_by: BTreeSet::new() }
    }

    fn column(&self, name: &str) -> BTreeSet<Node> {
        self.columns.get(name).cloned().unwrap_or_default()
    }

    fn several<'a>(&self, names: impl IntoIterator<Item = &'a String>) -> BTreeSet<Node> {
        names.into_iter().flat_map(|name| self.column(name)).collect()
    }

    fn expression(&self, e: &Expr) -> BTreeSet<Node> {
        e.columns().iter().flat_map(|name| self.column(name)).collect()
    }

    fn set(&mut self, name: &str, made_of: BTreeSet<Node>) {
        self.columns.insert(name.to_owned(), made_of);
    }

    fn choose(&mut self, by: BTreeSet<Node>) {
        self.chosen_by.extend(by);
    }
}

fn of_table(flow: &Flow, table: &Table) -> Rows {
    let mut parts = IndexMap::new();
    for (name, steps) in &table.parts {
        let rows = walk(flow, &parts, steps);
        parts.insert(name.clone(), rows);
    }
    walk(flow, &parts, &table.steps)
}

fn walk(flow: &Flow, parts: &IndexMap<String, Rows>, steps: &[Step]) -> Rows {
    let mut rows = Rows::default();
    for step in steps {
        rows = after(flow, parts, rows, &step.operation);
        // Steps name what they change; the schema says which columns are left, and in which order.
        let left = step.schema.names().map(|name| (name.to_owned(), rows.column(name))).collect();
        rows.columns = left;
    }
    rows
}

fn input(flow: &Flow, parts: &IndexMap<String, Rows>, input: &Input) -> Rows {
    match input {
        Input::Source(name) => {
            let schema = flow.sources.get(name).map(|source| &source.schema);
            schema
                .map(|schema| Rows::of_schema(schema, |column| Node::Source(name.clone(), column)))
                .unwrap_or_default()
        }
        Input::Table(name) => {
            let schema = flow.tables.get(name).map(|table| &table.schema);
            let rows = schema.map(|schema| Rows::of_schema(schema, |column| Node::Table(name.clone(), column)));
            let mut rows = rows.unwrap_or_default();
            rows.choose(BTreeSet::from([Node::Rows(name.clone())]));
            rows
        }
        Input::Part(name) => parts.get(name).cloned().unwrap_or_default(),
    }
}

fn after(flow: &Flow, parts: &IndexMap<String, Rows>, mut rows: Rows, operation: &Operation) -> Rows {
    match operation {
        Operation::Read(read) => return input(flow, parts, read),
        Operation::Join { input: other, on, right, .. } => {
            let other = input(flow, parts, other);
            for (ours, theirs) in on {
                let both: BTreeSet<Node> = rows.column(ours).into_iter().chain(other.column(theirs)).collect();
                rows.choose(both);
            }
            for (column, name) in right {
                rows.set(name, other.column(column));
            }
            rows.choose(other.chosen_by);
        }
        Operation::SelectFields(_) | Operation::DropFields(_) | Operation::ChangeSchema(_) => {}
        Operation::RenameField(names) => {
            let renamed: Vec<_> = names.iter().map(|(old, new)| (new, rows.column(old))).collect();
            renamed.into_iter().for_each(|(name, made_of)| rows.set(name, made_of));
        }
        Operation::DerivedColumn(columns) | Operation::Project(columns) => {
            let derived: Vec<_> = columns.iter().map(|(name, e)| (name, rows.expression(e))).collect();
            derived.into_iter().for_each(|(name, made_of)| rows.set(name, made_of));
        }
        Operation::Filter(e) => {
            let by = rows.expression(e);
            rows.choose(by);
        }
        Operation::Union(branches) => {
            for branch in branches {
                let other = input(flow, parts, &branch.input);
                for (name, e) in &branch.columns {
                    let more = other.expression(e);
                    rows.columns.entry(name.clone()).or_default().extend(more);
                }
                rows.choose(other.chosen_by);
            }
        }
        Operation::Aggregate { by, values } => {
            let key = rows.several(by);
            let argument = |rows: &Rows, value: &super::aggregates::Aggregate| {
                value.argument.as_ref().map(|e| rows.expression(e)).unwrap_or_default()
            };
            let made: Vec<_> = values.iter().map(|(name, value)| (name, argument(&rows, value))).collect();
            made.into_iter().for_each(|(name, made_of)| rows.set(name, made_of));
            rows.choose(key);
        }
        Operation::Distinct => {
            let all: Vec<String> = rows.columns.keys().cloned().collect();
            let by = rows.several(&all);
            rows.choose(by);
        }
        Operation::Limit { order_by, .. } => {
            let by = rows.several(order_by.iter().map(|key| &key.column));
            rows.choose(by);
        }
        Operation::Window(columns) => {
            let over = |rows: &Rows, window: &super::windows::Window| {
                let order = window.order_by.iter().map(|key| &key.column);
                let mut made_of = rows.several(window.partition_by.iter().chain(order));
                made_of.extend(window.function.columns().iter().flat_map(|name| rows.column(name)));
                made_of
            };
            let made: Vec<_> = columns.iter().map(|(name, window)| (name, over(&rows, window))).collect();
            made.into_iter().for_each(|(name, made_of)| rows.set(name, made_of));
        }
        Operation::Explode { column, into, .. } => {
            let made_of = rows.column(column);
            rows.choose(made_of.clone());
            rows.set(into, made_of);
        }
        Operation::Unpivot { columns, name, value } => {
            let made_of = rows.several(columns);
            rows.set(name, BTreeSet::new());
            rows.set(value, made_of);
        }
        // The order ends with all columns, to be total: they are no reason that anybody gave.
        Operation::DropDuplicates { by, .. } => {
            let by = rows.several(by);
            rows.choose(by);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::compile::compile;
    use crate::flow::compile::tests::{SOURCES, fake, manifest};

    fn lineage(tables: &str) -> Lineage {
        let manifest = manifest(&format!("{SOURCES}tables:\n{tables}"), &[]);
        Lineage::of(&compile(&manifest, &fake()).unwrap())
    }

    fn made_of(lineage: &Lineage, node: &Node) -> Vec<String> {
        lineage.made_of(node).map(|node| format!("{} {node}", node.kind())).collect()
    }

    #[test]
    fn columns_are_followed_through_steps() {
        let lineage = lineage(
            "  hits:
    steps:
      - source: tracks
      - join: { source: albums, on: { album_id: id }, prefix: album_ }
      - rename_field: { popularity: fame }
      - derived_column: { label: \"name || ' - ' || album_name\" }
      - filter: fame > 1
      - drop_duplicates: { by: [id] }
  best:
    steps:
      - table: hits
      - select_fields: [id, label]
",
        );
        let column = |table: &str, name: &str| Node::Table(table.into(), name.into());
        assert_eq!(made_of(&lineage, &column("hits", "fame")), ["source tracks.popularity"]);
        assert_eq!(made_of(&lineage, &column("hits", "label")), ["source albums.name", "source tracks.name"]);
        assert_eq!(
            made_of(&lineage, &Node::Rows("hits".into())),
            ["source albums.id", "source tracks.album_id", "source tracks.id", "source tracks.popularity"]
        );
        assert_eq!(made_of(&lineage, &column("best", "label")), ["table hits.label"]);
        assert_eq!(made_of(&lineage, &Node::Rows("best".into())), ["rows hits"]);
        let name = Node::Source("tracks".into(), "name".into());
        let users: Vec<String> = lineage.used_by(&name).map(ToString::to_string).collect();
        assert_eq!(users, ["hits.label", "hits.name"]);
    }
}
