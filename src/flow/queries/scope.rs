//! What names mean at some point of a query: tables, their columns, aliases.

use std::collections::{BTreeSet, HashSet};

use crate::flow::types::{DataType, Schema};

/// A column of a table of the flow: table, column.
pub type Origin = (String, String);

/// A column that a relation has, or that a query makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name, lower case.
    pub name: String,
    /// Its type, where that is known.
    pub data_type: Option<DataType>,
    /// The columns that its value is made of.
    pub origins: BTreeSet<Origin>,
}

/// The columns of a relation.
#[derive(Clone, Debug, PartialEq)]
pub enum Columns {
    /// Exactly these.
    Known(Vec<Output>),
    /// Nobody here knows: any name may be one.
    Open,
}

impl Columns {
    /// Those of a table.
    pub fn of(table: &str, schema: &Schema) -> Self {
        let columns = schema.columns.iter().map(|column| Output {
            name: column.name.clone(),
            data_type: Some(column.data_type.clone()),
            origins: BTreeSet::from([(table.to_owned(), column.name.clone())]),
        });
        Columns::Known(columns.collect())
    }

    /// One column.
    pub fn one(name: String, data_type: Option<DataType>, origins: BTreeSet<Origin>) -> Self {
        Columns::Known(vec![Output { name, data_type, origins }])
    }

    /// What the column `name` is made of; nothing where nobody knows.
    pub fn origins(&self, name: &str) -> impl Iterator<Item = &Origin> {
        let known = match self {
            Columns::Known(columns) => columns.as_slice(),
            Columns::Open => &[],
        };
        known.iter().find(|column| column.name == name).into_iter().flat_map(|column| &column.origins)
    }

    /// What all columns are made of.
    pub fn all_origins(&self) -> impl Iterator<Item = &Origin> {
        let known = match self {
            Columns::Known(columns) => columns.as_slice(),
            Columns::Open => &[],
        };
        known.iter().flat_map(|column| &column.origins)
    }

    /// The type of the column `name`, where it is known.
    pub fn data_type(&self, name: &str) -> Option<&DataType> {
        match self {
            Columns::Known(columns) => columns.iter().find(|c| c.name == name)?.data_type.as_ref(),
            Columns::Open => None,
        }
    }

    /// Whether `name` is, or may be, one of them.
    pub fn may_have(&self, name: &str) -> bool {
        match self {
            Columns::Known(names) => names.iter().any(|n| n.name == name),
            Columns::Open => true,
        }
    }

    /// These columns under other names, where a list of names is given.
    pub fn renamed(self, names: Vec<String>) -> Self {
        if names.is_empty() {
            return self;
        }
        match self {
            Columns::Known(columns) if columns.len() == names.len() => {
                let renamed = columns.into_iter().zip(names);
                Columns::Known(renamed.map(|(column, name)| Output { name, ..column }).collect())
            }
            _ => {
                let unknown = |name| Output { name, data_type: None, origins: BTreeSet::new() };
                Columns::Known(names.into_iter().map(unknown).collect())
            }
        }
    }

    /// These columns, when the rows of `other` come under them: types widen to what both are.
    pub fn met_by(self, other: &Columns) -> Self {
        match (self, other) {
            (Columns::Known(mut columns), Columns::Known(others)) if columns.len() == others.len() => {
                for (column, other) in columns.iter_mut().zip(others) {
                    let both = column.data_type.as_ref().zip(other.data_type.as_ref());
                    column.data_type = both.and_then(|(a, b)| super::types::common(a, b));
                    column.origins.extend(other.origins.iter().cloned());
                }
                Columns::Known(columns)
            }
            (columns, _) => columns,
        }
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

    /// The type of the column `name`, where it is known: the innermost relation that has it.
    pub fn data_type(&self, name: &str) -> Option<&DataType> {
        // A lambda's parameter and an alias stand before columns, and their types are not known.
        let hidden = self.chain().any(|scope| scope.values.contains(name));
        let column = self.relations().find(|r| r.columns.may_have(name)).filter(|_| !hidden);
        column.and_then(|r| r.columns.data_type(name))
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
