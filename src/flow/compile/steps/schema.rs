//! `change_schema` and `derived_column`: what columns are, and new ones.

use indexmap::IndexMap;

use super::{Context, Typed};
use crate::error::Error;
use crate::flow::compile::Faults;
use crate::flow::compile::columns::{column, replaced};
use crate::flow::conversion::grammar::{DATE_FORMATS, date_format};
use crate::flow::conversion::{allowed, why_not};
use crate::flow::document::{Conversion, Operation};
use crate::flow::types::{Column, DataType};
use crate::flow::typing::expression;
use crate::manifest::model::ColumnDecl;
use crate::manifest::spanned::Spanned;

/// Converts columns in place.
pub fn change(columns: &IndexMap<Spanned<String>, ColumnDecl>, context: &Context) -> Result<Typed, Faults> {
    let mut conversions: Vec<Conversion> = Vec::new();
    let mut schema = context.scope.schema.clone();
    let mut faults = Faults::new();
    for (name, declared) in columns {
        let before = match column(name, &context.scope) {
            Ok(before) => before,
            Err(error) => {
                faults.push(error);
                continue;
            }
        };
        if conversions.iter().any(|c| c.column == before.name) {
            let message = format!("`{}` is converted twice", before.name);
            faults.push(Error::manifest("duplicate-column", message).at(name.place.clone()));
            continue;
        }
        match conversion(&before.name, &before.data_type, declared, context.table.max_cast_loss) {
            Ok(conversion) => {
                let description = declared.description.clone().or_else(|| before.description.clone());
                let after = Column { name: before.name.clone(), data_type: conversion.to.clone(), description };
                schema = replaced(schema, after);
                conversions.push(conversion);
            }
            Err(wrong) => faults.extend(wrong),
        }
    }
    if faults.is_empty() { Ok((Operation::ChangeSchema(conversions), schema)) } else { Err(faults) }
}

/// The conversion of a column of type `from` to what is declared; `max_loss` unless the column says so itself.
///
/// Errors: `unknown-type`, `type-mismatch`, `unknown-format`.
pub fn conversion(column: &str, from: &DataType, declared: &ColumnDecl, max_loss: f64) -> Result<Conversion, Faults> {
    let at = declared.data_type.place.clone();
    let to: DataType = declared.data_type.parse().map_err(|error: Error| vec![error.at(at.clone())])?;
    let mut faults = Faults::new();
    if !allowed(from, &to) {
        let error =
            Error::manifest("type-mismatch", format!("`{column}` is {from}, which does not convert to {to}")).at(at);
        faults.push(match why_not(from, &to) {
            Some(why) => error.with_help(why),
            None => error.with_help("docs/conversions.md lists the conversions there are"),
        });
    }
    if let Some(format) = &declared.format {
        faults.extend(format_fault(format, from, &to));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Conversion {
        column: column.to_string(),
        from: from.clone(),
        to,
        format: declared.format.as_ref().map(|format| format.value.clone()),
        max_loss: declared.max_cast_loss.unwrap_or(max_loss),
    })
}

fn format_fault(format: &Spanned<String>, from: &DataType, to: &DataType) -> Option<Error> {
    let patterns: Vec<&str> = DATE_FORMATS.iter().map(|f| f.pattern).collect();
    let error = if (from, to) != (&DataType::String, &DataType::Date) {
        Error::manifest("not-applicable", format!("`format` is for string to date, this is {from} to {to}"))
    } else if date_format(format).is_none() {
        let error = Error::manifest("unknown-format", format!("unknown date pattern `{}`", format.value))
            .with_expected(format!("one of {}", patterns.join(", ")));
        match patterns.iter().find(|pattern| pattern.eq_ignore_ascii_case(format)) {
            Some(near) => error.with_help(format!("did you mean `{near}`?")),
            None => error,
        }
    } else {
        return None;
    };
    Some(error.at(format.place.clone()))
}

/// Adds or replaces columns; all expressions see the columns before the step.
pub fn derive(columns: &IndexMap<Spanned<String>, Spanned<String>>, context: &Context) -> Result<Typed, Faults> {
    let mut derived = Vec::new();
    let mut schema = context.scope.schema.clone();
    let mut faults = Faults::new();
    for (name, text) in columns {
        match expression(text, &context.scope) {
            Ok(e) => {
                let name = name.to_lowercase();
                schema =
                    replaced(schema, Column { name: name.clone(), data_type: e.data_type.clone(), description: None });
                derived.push((name, e));
            }
            Err(error) => faults.extend(note_siblings(error, columns).into_all()),
        }
    }
    if faults.is_empty() { Ok((Operation::DerivedColumn(derived), schema)) } else { Err(faults) }
}

/// For an unknown column that the same step derives: say that it is not there yet.
fn note_siblings(error: Error, columns: &IndexMap<Spanned<String>, Spanned<String>>) -> Error {
    let sibling = columns.keys().find(|name| error.message() == format!("unknown column `{}`", name.value));
    match sibling {
        Some(name) => error.with_help(format!(
            "`{}` is there in the next step: derive what builds on it in a second `derived_column`",
            name.value
        )),
        None => error,
    }
}
