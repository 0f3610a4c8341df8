//! `split_string`, `explode` and `unpivot`: texts to arrays, arrays and columns to rows.

use super::{Context, Typed};
use crate::error::Error;
use crate::flow::compile::Faults;
use crate::flow::compile::columns::{column, matching, replaced};
use crate::flow::document::Operation;
use crate::flow::expr::{Expr, Function, Literal, Node};
use crate::flow::pattern::pattern;
use crate::flow::types::{Column, DataType, Schema};
use crate::flow::typing::widened;
use crate::manifest::model::{Explode, SplitString, Unpivot};
use crate::manifest::spanned::Spanned;

fn of(column: &Column) -> Expr {
    Expr { node: Node::Column(column.name.clone()), data_type: column.data_type.clone() }
}

/// A column that does not keep what it was described as.
fn plain(name: &str, data_type: DataType) -> Column {
    Column { name: name.to_string(), data_type, description: None }
}

/// An array of what stands between the matches of a pattern.
pub fn split(wanted: &SplitString, context: &Context) -> Result<Typed, Faults> {
    let mut faults = Faults::new();
    let text = match column(&wanted.column, &context.scope) {
        Ok(text) if text.data_type == DataType::String => Some(text),
        Ok(other) => {
            let error = Error::manifest("type-mismatch", format!("`{}` is {}", other.name, other.data_type));
            faults.push(error.with_expected("a column of type string").at(wanted.column.place.clone()));
            None
        }
        Err(error) => {
            faults.push(error);
            None
        }
    };
    match pattern(&wanted.pattern) {
        Ok(found) if found.matches_empty => {
            let message = format!("pattern `{}` matches the empty text", wanted.pattern.value);
            let error = Error::manifest("bad-pattern", message)
                .with_help("let it take at least one character: `a+` instead of `a*`");
            faults.push(error.at(wanted.pattern.place.clone()));
        }
        Ok(_) => {}
        Err(error) => faults.push(error.at(wanted.pattern.place.clone())),
    }
    let (Some(text), true) = (text, faults.is_empty()) else { return Err(faults) };
    let name = wanted.into.as_ref().map_or(&text.name, |into| &into.value);
    let data_type = DataType::Array(Box::new(DataType::String));
    let literal = Node::Literal(Literal::String(wanted.pattern.value.clone()));
    let arguments = vec![of(text), Expr { node: literal, data_type: DataType::String }];
    let call = Expr { node: Node::Call(Function::RegexpSplit, arguments), data_type: data_type.clone() };
    let schema = replaced(context.scope.schema.clone(), plain(name, data_type));
    Ok((Operation::DerivedColumn(vec![(name.clone(), call)]), schema))
}

/// One row an element.
pub fn explode(wanted: &Explode, context: &Context) -> Result<Typed, Faults> {
    let array = column(&wanted.column, &context.scope).map_err(|error| vec![error])?;
    let DataType::Array(element) = &array.data_type else {
        let error = Error::manifest("type-mismatch", format!("`{}` is {}", array.name, array.data_type))
            .with_expected("a column of type array<T>");
        let error = match array.data_type {
            DataType::String => error.with_help("make one of it: `split_string`, or `change_schema` to array<string>"),
            _ => error,
        };
        return Err(vec![error.at(wanted.column.place.clone())]);
    };
    let into = wanted.into.as_ref().map_or(&array.name, |into| &into.value).clone();
    let schema = replaced(context.scope.schema.clone(), plain(&into, (**element).clone()));
    Ok((Operation::Explode { column: array.name.clone(), into, outer: wanted.outer }, schema))
}

/// One row a row and column.
pub fn unpivot(wanted: &Unpivot, context: &Context) -> Result<Vec<Typed>, Faults> {
    let names = matching(&wanted.columns, &context.scope)?;
    let before = context.scope.schema;
    let turned: Vec<&Column> = names.iter().filter_map(|name| before.column(name)).collect();
    let mut common: Option<DataType> = None;
    for column in &turned {
        let so_far = common.as_ref().unwrap_or(&column.data_type);
        match so_far.common(&column.data_type) {
            Some(wider) => common = Some(wider),
            None => {
                let message = format!("`{}` is {}, the columns before it are {so_far}", column.name, column.data_type);
                let error = Error::manifest("type-mismatch", message)
                    .with_expected("columns of one type, or numbers that widen to one")
                    .with_help("bring them to one type with `change_schema` before");
                return Err(vec![error.at(wanted.columns.first().and_then(|name| name.place.clone()))]);
            }
        }
    }
    let data_type = common.ok_or_else(|| vec![Error::bug("globs that match nothing are refused before")])?;
    let kept = before.columns.iter().filter(|c| !names.contains(&c.name.as_str()));
    let mut after = Schema { columns: kept.cloned().collect() };
    let mut faults = Faults::new();
    for (new, of_type) in [(&wanted.name, DataType::String), (&wanted.value, data_type.clone())] {
        faults.extend(taken(new, &after));
        after.columns.push(plain(new, of_type));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut typed = Vec::new();
    if turned.iter().any(|column| column.data_type != data_type) {
        let value = |c: &Column| if names.contains(&c.name.as_str()) { widened(of(c), &data_type) } else { of(c) };
        let columns: Vec<(String, Expr)> = before.columns.iter().map(|c| (c.name.clone(), value(c))).collect();
        let schema = Schema { columns: columns.iter().map(|(name, e)| plain(name, e.data_type.clone())).collect() };
        typed.push((Operation::Project(columns), schema));
    }
    let columns = names.iter().map(|name| name.to_string()).collect();
    let unpivot = Operation::Unpivot { columns, name: wanted.name.value.clone(), value: wanted.value.value.clone() };
    typed.push((unpivot, after));
    Ok(typed)
}

fn taken(new: &Spanned<String>, after: &Schema) -> Option<Error> {
    after.column(new).map(|_| {
        Error::manifest("duplicate-column", format!("two columns would be named `{}`", new.value)).at(new.place.clone())
    })
}
