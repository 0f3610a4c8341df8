//! `fill_missing_values` and `drop_null_rows`: what becomes of NULLs.

use indexmap::IndexMap;

use super::{Context, Typed};
use crate::error::Error;
use crate::flow::compile::Faults;
use crate::flow::compile::columns::{column, matching};
use crate::flow::document::Operation;
use crate::flow::expr::{Expr, Function, Node};
use crate::flow::types::{Column, DataType};
use crate::flow::typing::{all, literal_of};
use crate::manifest::spanned::Spanned;

/// Puts a value in the place of each NULL of a column.
pub fn fill(values: &IndexMap<Spanned<String>, Spanned<String>>, context: &Context) -> Result<Typed, Faults> {
    let mut filled: Vec<(String, Expr)> = Vec::new();
    let mut faults = Faults::new();
    for (name, text) in values {
        let column = match column(name, &context.scope) {
            Ok(column) if filled.iter().any(|(other, _)| *other == column.name) => {
                let message = format!("`{}` is filled twice", column.name);
                faults.push(Error::manifest("duplicate-column", message).at(name.place.clone()));
                continue;
            }
            Ok(column) => column,
            Err(error) => {
                faults.push(error);
                continue;
            }
        };
        match literal_of(text, &column.data_type) {
            Ok(value) => filled.push((column.name.clone(), filled_with(column, value))),
            Err(error) => {
                let note = format!("`{}` is {}", column.name, column.data_type);
                faults.push(error.with_note(note).at(text.place.clone()));
            }
        }
    }
    if faults.is_empty() { Ok((Operation::DerivedColumn(filled), context.scope.schema.clone())) } else { Err(faults) }
}

fn filled_with(column: &Column, value: Expr) -> Expr {
    let data_type = column.data_type.clone();
    let there = Expr { node: Node::Column(column.name.clone()), data_type: data_type.clone() };
    Expr { node: Node::Call(Function::Coalesce, vec![there, value]), data_type }
}

/// Drops the rows that have a NULL in one of these columns.
pub fn drop_rows(patterns: &[Spanned<String>], context: &Context) -> Result<Typed, Faults> {
    let names = matching(patterns, &context.scope)?;
    let boolean = |node| Expr { node, data_type: DataType::Boolean };
    let present = |name: &&str| {
        let column = context.scope.schema.column(name)?;
        let value = Expr { node: Node::Column(column.name.clone()), data_type: column.data_type.clone() };
        Some(boolean(Node::Not(Box::new(boolean(Node::IsNull(Box::new(value)))))))
    };
    let condition = all(names.iter().filter_map(present).collect());
    Ok((Operation::Filter(condition), context.scope.schema.clone()))
}
