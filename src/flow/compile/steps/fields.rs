//! `select_fields`, `drop_fields`, `rename_field`: which columns there are, and under which names.

use indexmap::IndexMap;

use super::{Context, Typed};
use crate::error::Error;
use crate::flow::compile::Faults;
use crate::flow::compile::columns::{column, matching};
use crate::flow::document::Operation;
use crate::flow::types::{Column, Schema};
use crate::manifest::spanned::Spanned;

/// Keeps these, in this order.
pub fn select(patterns: &[Spanned<String>], context: &Context) -> Result<Typed, Faults> {
    let kept = matching(patterns, &context.scope)?;
    let columns = kept.iter().filter_map(|name| context.scope.schema.column(name)).cloned().collect();
    Ok((Operation::SelectFields(owned(&kept)), Schema { columns }))
}

/// Drops these.
pub fn drop(patterns: &[Spanned<String>], context: &Context) -> Result<Typed, Faults> {
    let dropped = matching(patterns, &context.scope)?;
    let kept = |c: &&Column| !dropped.contains(&c.name.as_str());
    let columns: Vec<Column> = context.scope.schema.columns.iter().filter(kept).cloned().collect();
    if columns.is_empty() {
        return Err(vec![Error::manifest("no-columns", "`drop_fields` leaves no column")]);
    }
    let dropped = context.scope.schema.names().filter(|name| dropped.contains(name)).collect::<Vec<_>>();
    Ok((Operation::DropFields(owned(&dropped)), Schema { columns }))
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| name.to_string()).collect()
}

/// Renames, all at once: `{ a: b, b: a }` swaps.
pub fn rename(names: &IndexMap<Spanned<String>, Spanned<String>>, context: &Context) -> Result<Typed, Faults> {
    let mut renamed: Vec<(String, String)> = Vec::new();
    let mut faults = Faults::new();
    for (old, new) in names {
        match column(old, &context.scope) {
            Ok(column) if renamed.iter().any(|(other, _)| *other == column.name) => {
                let message = format!("`{}` is renamed twice", column.name);
                faults.push(Error::manifest("duplicate-column", message).at(old.place.clone()));
            }
            Ok(column) => renamed.push((column.name.clone(), new.to_lowercase())),
            Err(error) => faults.push(error),
        }
    }
    let new_name = |name: &str| renamed.iter().find(|(old, _)| old == name).map(|(_, new)| new.clone());
    let mut columns: Vec<Column> = Vec::new();
    for column in &context.scope.schema.columns {
        let name = new_name(&column.name).unwrap_or_else(|| column.name.clone());
        columns.push(Column { name, ..column.clone() });
    }
    for new in names.values() {
        let name = new.to_lowercase();
        if faults.is_empty() && columns.iter().filter(|column| column.name == name).count() > 1 {
            let error = Error::manifest("duplicate-column", format!("two columns would be named `{name}`"))
                .with_help("rename or drop the other one first");
            faults.push(error.at(new.place.clone()));
        }
    }
    if faults.is_empty() { Ok((Operation::RenameField(renamed), Schema { columns })) } else { Err(faults) }
}
