//! Rows on their way: the operations so far, and the names that their columns have in the query.

use sqlparser::ast::Expr as Ast;

use crate::error::{Error, Result};
use crate::flow::document::{Operation, Step};
use crate::flow::expr::{Expr, Node};
use crate::flow::types::{Column, DataType, Schema};
use crate::flow::typing::unknown_column;

/// A column as the query names it.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The relation's name; empty for what a `select` yields.
    pub relation: String,
    /// Its name there.
    pub name: String,
    /// Its name in the rows.
    pub column: String,
    /// Not for plain names: it stands under another's name, too (`using`).
    pub hidden: bool,
}

/// Operations in a row, with the names of what comes out.
#[derive(Clone, Debug)]
pub struct Rows {
    /// In order; the first reads.
    pub steps: Vec<Step>,
    /// In the order of `*`.
    pub bounds: Vec<Bound>,
}

impl Rows {
    /// All columns of an input, under a relation's name.
    pub fn read(operation: Operation, schema: &Schema, relation: &str) -> Self {
        let bound = |name: &str| Bound {
            relation: relation.to_string(),
            name: name.to_string(),
            column: name.to_string(),
            hidden: false,
        };
        let bounds = schema.names().map(bound).collect();
        Rows { steps: vec![Step { operation, schema: schema.clone(), continues: false }], bounds }
    }

    /// The columns there are.
    pub fn schema(&self) -> &Schema {
        static NONE: Schema = Schema { columns: Vec::new() };
        self.steps.last().map_or(&NONE, |step| &step.schema)
    }

    /// One more operation.
    pub fn push(&mut self, operation: Operation, schema: Schema) {
        self.steps.push(Step { operation, schema, continues: true });
    }

    /// Adds columns; nothing for none.
    pub fn derive(&mut self, columns: Vec<(String, Expr)>) {
        if columns.is_empty() {
            return;
        }
        let mut schema = self.schema().clone();
        schema.columns.extend(columns.iter().map(|(name, e)| plain(name, &e.data_type)));
        self.push(Operation::DerivedColumn(columns), schema);
    }

    /// A name like `wanted` that no column has.
    pub fn free(&self, wanted: &str) -> String {
        let mut name = wanted.to_string();
        while self.schema().column(&name).is_some() {
            name.push('_');
        }
        name
    }

    /// The column that a name in the query means; `None` when `tree` is no name.
    pub fn named(&self, tree: &Ast) -> Option<Result<Expr>> {
        let found = match tree {
            Ast::Identifier(name) => self.find(None, &name.value),
            Ast::CompoundIdentifier(names) => match names.as_slice() {
                [relation, name] => self.find(Some(&relation.value), &name.value),
                // `source.x.column`
                [kind, relation, name] => self.find(Some(&format!("{}.{}", kind.value, relation.value)), &name.value),
                _ => return None,
            },
            _ => return None,
        };
        Some(found.map(of))
    }

    /// Whether a name in the query means a column of these rows.
    pub fn has(&self, tree: &Ast) -> bool {
        matches!(self.named(tree), Some(Ok(_)))
    }

    fn find(&self, relation: Option<&str>, name: &str) -> Result<&Column> {
        let name = name.to_lowercase();
        let relation = relation.map(str::to_lowercase);
        let of_relation = |bound: &&Bound| match &relation {
            Some(relation) => bound.relation == *relation,
            None => !bound.hidden,
        };
        let mut found = self.bounds.iter().filter(of_relation).filter(|bound| bound.name == name);
        match (found.next(), found.next()) {
            (Some(bound), None) => self.schema().column(&bound.column).ok_or_else(|| Error::bug("a column is gone")),
            (Some(one), Some(other)) => {
                let message = format!("`{name}` is in `{}` and in `{}`", one.relation, other.relation);
                Err(Error::manifest("ambiguous-column", message)
                    .with_help(format!("write `{}.{name}` or `{}.{name}`", one.relation, other.relation)))
            }
            (None, _) => Err(self.unknown(relation.as_deref(), &name)),
        }
    }

    fn unknown(&self, relation: Option<&str>, name: &str) -> Error {
        if let Some(relation) = relation.filter(|r| self.bounds.iter().all(|bound| bound.relation != **r)) {
            let mut there: Vec<&str> = self.bounds.iter().map(|bound| bound.relation.as_str()).collect();
            there.dedup();
            return Error::manifest("unknown-table", format!("`{relation}` is no relation of this `from`"))
                .with_expected(format!("one of {}", there.join(", ")));
        }
        let there = self.bounds.iter().filter(|b| relation.is_none_or(|relation| b.relation == relation));
        unknown_column(name, there.map(|bound| bound.name.as_str()))
    }
}

/// A column's value.
pub fn of(column: &Column) -> Expr {
    Expr { node: Node::Column(column.name.clone()), data_type: column.data_type.clone() }
}

/// A column without a description.
pub fn plain(name: &str, data_type: &DataType) -> Column {
    Column { name: name.to_string(), data_type: data_type.clone(), description: None }
}
