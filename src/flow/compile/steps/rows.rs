//! `filter` and `drop_duplicates`: which rows stay.

use super::{Context, Typed};
use crate::error::Error;
use crate::flow::compile::Faults;
use crate::flow::compile::columns::column;
use crate::flow::document::{Operation, SortKey};
use crate::flow::types::DataType;
use crate::flow::typing::predicate;
use crate::manifest::model::DropDuplicates;
use crate::manifest::spanned::Spanned;

/// Keeps the rows for which the condition is true.
pub fn filter(condition: &Spanned<String>, context: &Context) -> Result<Typed, Faults> {
    let condition = predicate(condition, &context.scope, "`filter`").map_err(Error::into_all)?;
    Ok((Operation::Filter(condition), context.scope.schema.clone()))
}

/// Keeps one row a key: the first in a total order, which the remaining columns complete in the schema's order.
pub fn drop_duplicates(wanted: &DropDuplicates, context: &Context) -> Result<Typed, Faults> {
    let mut faults = Faults::new();
    let mut by: Vec<String> = Vec::new();
    for name in &wanted.by {
        match scalar(name, context) {
            Ok(column) if by.contains(&column) => faults.push(twice(&column).at(name.place.clone())),
            Ok(column) => by.push(column),
            Err(error) => faults.push(error),
        }
    }
    let mut order_by: Vec<SortKey> = Vec::new();
    for text in &wanted.order_by {
        match sort_key(text, context) {
            Ok(key) if order_by.iter().any(|other| other.column == key.column) => {
                faults.push(twice(&key.column).at(text.place.clone()));
            }
            Ok(key) => order_by.push(key),
            Err(error) => faults.push(error),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    for column in &context.scope.schema.columns {
        let named = by.contains(&column.name) || order_by.iter().any(|key| key.column == column.name);
        if matches!(column.data_type, DataType::Struct(_)) {
            let error =
                Error::manifest("type-mismatch", format!("`{}` is a struct, by which rows have no order", column.name));
            return Err(vec![error.with_help("drop it before, or take its fields")]);
        }
        if !named {
            order_by.push(SortKey { column: column.name.clone(), descending: false });
        }
    }
    Ok((Operation::DropDuplicates { by, order_by }, context.scope.schema.clone()))
}

fn twice(column: &str) -> Error {
    Error::manifest("duplicate-column", format!("`{column}` stands here twice"))
}

/// The name of a column of a scalar type.
fn scalar(name: &Spanned<String>, context: &Context) -> Result<String, Error> {
    let column = column(name, &context.scope)?;
    if column.data_type.is_scalar() {
        return Ok(column.name.clone());
    }
    Err(Error::manifest("type-mismatch", format!("`{}` is {}", column.name, column.data_type))
        .with_expected("a column of a scalar type")
        .at(name.place.clone()))
}

/// `column`, `column asc` or `column desc`.
fn sort_key(text: &Spanned<String>, context: &Context) -> Result<SortKey, Error> {
    let (name, descending) = match text.trim().rsplit_once(char::is_whitespace) {
        Some((name, word)) if word.eq_ignore_ascii_case("desc") => (name.trim(), true),
        Some((name, word)) if word.eq_ignore_ascii_case("asc") => (name.trim(), false),
        _ => (text.trim(), false),
    };
    let place = text.inside(text.chars().take_while(|c| c.is_whitespace()).count(), name.chars().count());
    let name = Spanned::new(name.to_string(), place);
    scalar(&name, context).map(|column| SortKey { column, descending }).map_err(|error| {
        if error.code() == "unknown-column" && name.contains(char::is_whitespace) {
            error.with_expected("`column`, `column asc` or `column desc`")
        } else {
            error
        }
    })
}
