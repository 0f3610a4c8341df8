//! What names mean at some point of a query: tables, their columns, aliases.

use std::collections::HashSet;

use crate::flow::types::Schema;

/// The columns of a relation.
#[derive(Clone, Debug, PartialEq)]
pub enum Columns {
    /// Exactly these, lower case.
    Known(Vec<String>),
    /// Nobody here knows: any name may be one.
    Open,
}

impl Columns {
    /// Those of a table.
    pub fn of(schema: &Schema) -> Self {
        Columns::Known(schema.names().map(str::to_string).collect())
    }

    /// Whether `name` is, or may be, one of them.
    pub fn may_have(&self, name: &str) -> bool {
        match self {
            Columns::Known(names) => names.iter().any(|n| n == name),
            Columns::Open => true,
        }
    }

    /// These columns under other names, where a list of names is given.
    pub fn renamed(self, names: Vec<String>) -> Self {
        if names.is_empty() { self } else { Columns::Known(names) }
    }

    /// These columns and then `more`.
    pub fn and(self, more: Columns) -> Self {
        match (self, more) {
            (Columns::Known(mut names), Columns::Known(more)) => {
                names.extend(more);
                Columns::Known(names)
            }
            _ => Columns::Open,
        }
    }
}

/// Something that a `from` names.
#[derive(Clone, Debug)]
pub struct Relation {
    /// Its name or alias, lower case; none for an unnamed subquery.
    pub name: Option<String>,
    /// Its columns.
    pub columns: Columns,
    /// The table of the flow that these columns are, unchanged.
    pub table: Option<String>,
}

/// The names at some point of a query.
#[derive(Clone, Default)]
pub struct Scope<'a> {
    /// What `from` names.
    pub relations: Vec<Relation>,
    /// Names from elsewhere that stand for a value: parameters of a lambda, and aliases of the select list in `order by`.
    pub values: HashSet<String>,
    /// The query around this one.
    pub outer: Option<&'a Scope<'a>>,
}

impl<'a> Scope<'a> {
    /// A scope inside this one, with nothing of its own yet.
    pub fn inner(&'a self) -> Scope<'a> {
        Scope { outer: Some(self), ..Scope::default() }
    }

    /// This scope and all around it.
    pub fn chain(&self) -> impl Iterator<Item = &Scope<'a>> {
        std::iter::successors(Some(self), |scope| scope.outer.map(|outer| outer as &Scope<'a>))
    }

    /// Whether `name` is, or may be, a value here: a column, a value by name, or a whole row.
    pub fn may_have(&self, name: &str) -> bool {
        self.chain().any(|scope| {
            scope.values.contains(name)
                || scope.relations.iter().any(|r| r.columns.may_have(name) || r.name.as_deref() == Some(name))
        })
    }

    /// The relation of that name.
    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.chain().flat_map(|scope| &scope.relations).find(|r| r.name.as_deref() == Some(name))
    }

    /// All relations from here outwards.
    pub fn relations(&self) -> impl Iterator<Item = &Relation> {
        self.chain().flat_map(|scope| &scope.relations)
    }

    /// All columns of this scope's own relations, in order: what `*` stands for.
    pub fn all_columns(&self) -> Columns {
        let none = Columns::Known(Vec::new());
        self.relations.iter().fold(none, |all, relation| all.and(relation.columns.clone()))
    }
}
