//! `join`: two sides to one row.

use super::{Context, Typed};
use crate::error::Error;
use crate::flow::compile::columns::matching;
use crate::flow::compile::{Faults, document_input};
use crate::flow::document::Operation;
use crate::flow::types::{Column, DataType, Schema};
use crate::flow::typing::Scope;
use crate::manifest::model::{Input, Join, JoinKind};
use crate::manifest::spanned::Spanned;

/// The left's columns, then the right's without its keys: first `select` or `drop`, then `prefix`, then names are compared.
pub fn join(join: &Join, context: &Context) -> Result<Typed, Faults> {
    let right = context.compiled.schema(context.manifest, &join.right)?;
    let on = keys(join, right, context);
    let columns = right_columns(join, right, context);
    let (on, columns) = match (on, columns) {
        (Ok(on), Ok(columns)) => (on, columns),
        (on, columns) => return Err(on.err().into_iter().chain(columns.err()).flatten().collect()),
    };
    let keyed = |(read, _): &(String, Column)| on.iter().all(|(_, key)| key != read);
    let columns: Vec<(String, Column)> = columns.into_iter().filter(keyed).collect();
    let mut schema = context.scope.schema.clone();
    collisions(join, &schema, &columns)?;
    let named = columns.iter().map(|(read, column)| (read.clone(), column.name.clone())).collect();
    schema.columns.extend(columns.into_iter().map(|(_, column)| column));
    Ok((Operation::Join { input: document_input(&join.right), how: join.how, on, right: named }, schema))
}

fn name_of(join: &Join) -> &Spanned<String> {
    match &join.right {
        Input::Source(name) | Input::Table(name) => name,
    }
}

/// The pairs of key columns, left and right.
fn keys(join: &Join, right: &Schema, context: &Context) -> Result<Vec<(String, String)>, Faults> {
    let right = Scope::new(right);
    let mut pairs = Vec::new();
    let mut faults = Faults::new();
    for (left_name, right_name) in &join.on {
        let of_side = |error: Error, side: &str, name: &Spanned<String>| {
            error.with_note(format!("looked for on the {side} of the join")).at(name.place.clone())
        };
        let left = context.scope.column(left_name).map_err(|e| of_side(e, "left side", left_name));
        let key = right.column(right_name);
        let key = key.map_err(|e| of_side(e, &format!("right side, `{}`,", name_of(join).value), right_name));
        match (left, key) {
            (Ok(left), Ok(key)) => match comparable(left, key) {
                Ok(()) => pairs.push((left.name.clone(), key.name.clone())),
                Err(error) => faults.push(error.at(left_name.place.clone())),
            },
            (left, key) => faults.extend(left.err().into_iter().chain(key.err())),
        }
    }
    if faults.is_empty() { Ok(pairs) } else { Err(faults) }
}

/// Keys are compared exactly, so they have one type, and one that compares exactly.
fn comparable(left: &Column, right: &Column) -> Result<(), Error> {
    if left.data_type != right.data_type {
        let message = format!(
            "keys of a join have one type: `{}` is {}, `{}` is {}",
            left.name, left.data_type, right.name, right.data_type
        );
        return Err(Error::manifest("type-mismatch", message)
            .with_help("convert one of them with `change_schema`, or in the source's `columns`"));
    }
    let message = format!("`{}` is {}, which is no key: its values do not compare exactly", left.name, left.data_type);
    match left.data_type {
        DataType::Float | DataType::Double => {
            Err(Error::manifest("type-mismatch", message).with_help("convert both sides to bigint, decimal or string"))
        }
        DataType::Array(_) | DataType::Struct(_) => {
            Err(Error::manifest("type-mismatch", message).with_expected("a column of a scalar type"))
        }
        _ => Ok(()),
    }
}

/// The right's columns that `select` and `drop` leave (keys still among them): as read, and as they come out.
fn right_columns(join: &Join, right: &Schema, context: &Context) -> Result<Vec<(String, Column)>, Faults> {
    if matches!(join.how, JoinKind::Semi | JoinKind::Anti) {
        return adds_none(join);
    }
    let scope = Scope { schema: right, ..context.scope };
    let chosen =
        |patterns: &[Spanned<String>]| if patterns.is_empty() { Ok(Vec::new()) } else { matching(patterns, &scope) };
    let (selected, dropped) = (chosen(&join.select)?, chosen(&join.drop)?);
    let kept = |c: &&Column| {
        (join.select.is_empty() || selected.contains(&c.name.as_str())) && !dropped.contains(&c.name.as_str())
    };
    let prefix = join.prefix.as_ref().map_or("", |prefix| prefix.as_str()).to_lowercase();
    let named = |c: &Column| {
        let name = if c.name.starts_with(&prefix) { c.name.clone() } else { format!("{prefix}{}", c.name) };
        (c.name.clone(), Column { name, ..c.clone() })
    };
    Ok(right.columns.iter().filter(kept).map(named).collect())
}

/// Semi and anti joins add no columns, so whatever chooses or names columns would do nothing.
fn adds_none(join: &Join) -> Result<Vec<(String, Column)>, Faults> {
    let useless = [("select", join.select.first()), ("drop", join.drop.first()), ("prefix", join.prefix.as_ref())];
    let fault = |(key, value): (&str, Option<&Spanned<String>>)| {
        let error = Error::manifest("not-applicable", format!("`{key}` does nothing in a semi or anti join"));
        value.map(|value| {
            error.with_help(format!("remove `{key}`: such a join adds no columns")).at(value.place.clone())
        })
    };
    let faults: Faults = useless.into_iter().filter_map(fault).collect();
    if faults.is_empty() { Ok(Vec::new()) } else { Err(faults) }
}

/// Names on both sides, or twice on the right one.
fn collisions(join: &Join, left: &Schema, right: &[(String, Column)]) -> Result<(), Faults> {
    let input = name_of(join);
    let clash = |(read, c): &&(String, Column)| {
        left.column(&c.name).is_some() || right.iter().any(|(other, o)| other != read && o.name == c.name)
    };
    let clashing: Vec<&(String, Column)> = right.iter().filter(clash).collect();
    if clashing.is_empty() {
        return Ok(());
    }
    let (names, reads): (Vec<String>, Vec<&str>) =
        clashing.iter().map(|(read, c)| (format!("`{}`", c.name), read.as_str())).unzip();
    let s = if names.len() == 1 { " stands" } else { "s stand" };
    let message = format!(
        "column{s} on both sides of the join: {} in the rows so far and in `{}`",
        names.join(", "),
        input.value
    );
    let dropping = format!("`drop: [{}]`", reads.join(", "));
    let prefixing = match &join.prefix {
        None => format!(" or `prefix: {}_`", input.value.trim_end_matches('s')),
        Some(_) => " or another prefix".to_string(),
    };
    let error =
        Error::manifest("duplicate-column", message).with_help(format!("add {dropping}{prefixing} to the join"));
    Err(vec![error.at(input.place.clone())])
}
