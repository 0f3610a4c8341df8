//! `aggregate` and `pivot`: one row a key.

use std::cell::RefCell;

use super::{Context, Typed};
use crate::error::Error;
use crate::flow::aggregates::{Aggregate, AggregateFunction};
use crate::flow::compile::Faults;
use crate::flow::compile::columns::column;
use crate::flow::document::Operation;
use crate::flow::expr::{BinaryOp, Expr, Literal, Node};
use crate::flow::parse::{parse, place_of};
use crate::flow::types::{Column, DataType, Schema};
use crate::flow::typing::{Groups, Scope, literal_of};
use crate::manifest::model::{self, Pivot};
use crate::manifest::spanned::Spanned;

/// The key's columns, then a column for each value.
pub fn aggregate(wanted: &model::Aggregate, context: &Context) -> Result<Vec<Typed>, Faults> {
    let keys = keys(&wanted.by, context)?;
    let mut faults = Faults::new();
    let calls = RefCell::new(Vec::new());
    let mut values: Vec<(String, Expr)> = Vec::new();
    for (name, text) in &wanted.values {
        faults.extend(taken(name, &keys).err());
        match value(text, context, &keys, &calls) {
            Ok(value) => values.push((name.value.clone(), value)),
            Err(error) => faults.extend(error.into_all()),
        }
    }
    if faults.is_empty() { Ok(lowered(keys, calls.into_inner(), values)) } else { Err(faults) }
}

/// The columns of the key, scalars.
fn keys(by: &[Spanned<String>], context: &Context) -> Result<Schema, Faults> {
    let mut keys = Schema::default();
    let mut faults = Faults::new();
    for name in by {
        match column(name, &context.scope) {
            Ok(column) if keys.column(&column.name).is_some() => {
                let message = format!("`{}` stands here twice", column.name);
                faults.push(Error::manifest("duplicate-column", message).at(name.place.clone()));
            }
            Ok(column) if !column.data_type.is_scalar() => {
                let error = Error::manifest("type-mismatch", format!("`{}` is {}", column.name, column.data_type));
                faults.push(error.with_expected("a column of a scalar type").at(name.place.clone()));
            }
            Ok(column) => keys.columns.push(column.clone()),
            Err(error) => faults.push(error),
        }
    }
    if faults.is_empty() { Ok(keys) } else { Err(faults) }
}

fn taken(name: &Spanned<String>, keys: &Schema) -> Result<(), Error> {
    match keys.column(name) {
        None => Ok(()),
        Some(_) => Err(Error::manifest("duplicate-column", format!("two columns would be named `{}`", name.value))
            .with_help("the key's columns are there already")
            .at(name.place.clone())),
    }
}

/// An expression over groups; it has to call an aggregate.
fn value(
    text: &Spanned<String>,
    context: &Context,
    keys: &Schema,
    calls: &RefCell<Vec<Aggregate>>,
) -> Result<Expr, Error> {
    let tree = parse(text)?;
    let keys = Scope { schema: keys, ..context.scope };
    let value = Groups::new(text, context.scope, keys, calls).expression(&tree)?;
    if mentions_call(&value) {
        return Ok(value);
    }
    Err(Error::manifest("not-aggregated", "this has no value of a group: it calls no aggregate")
        .with_expected("calls such as `count(*)`, `sum(x)`, `max(x)`")
        .at(place_of(text, &tree))
        .at(text.place.clone()))
}

fn mentions_call(e: &Expr) -> bool {
    match &e.node {
        Node::Column(name) => name.starts_with(' '),
        Node::Literal(_) => false,
        Node::Widen(x) | Node::Cast(x) | Node::Negate(x) | Node::Not(x) | Node::IsNull(x) | Node::Like(x, _) => {
            mentions_call(x)
        }
        Node::Binary(_, l, r) => mentions_call(l) || mentions_call(r),
        Node::In(x, list) => mentions_call(x) || list.iter().any(mentions_call),
        Node::Case(branches, otherwise) => {
            branches.iter().any(|(c, v)| mentions_call(c) || mentions_call(v)) || mentions_call(otherwise)
        }
        Node::Call(_, arguments) => arguments.iter().any(mentions_call),
    }
}

/// Groups of `keys` with `calls`, then `values` over them, where these are more than the calls themselves.
fn lowered(keys: Schema, calls: Vec<Aggregate>, values: Vec<(String, Expr)>) -> Vec<Typed> {
    // A call that is a value alone has that value's name.
    let own = |number: usize| {
        let column = Groups::column(number);
        let named = |(_, value): &&(String, Expr)| matches!(&value.node, Node::Column(name) if *name == column);
        values.iter().find(named).map(|(name, _)| name.clone())
    };
    let used = |name: &str| keys.column(name).is_some() || values.iter().any(|(value, _)| value == name);
    let names: Vec<String> = (0..calls.len())
        .map(|number| {
            own(number).unwrap_or_else(|| {
                let free = |name: &String| !used(name);
                std::iter::successors(Some(format!("_value_{number}")), |name| Some(format!("{name}_")))
                    .find(free)
                    .unwrap_or_default()
            })
        })
        .collect();
    let column = |name: &str, data_type: &DataType| Column {
        name: name.to_string(),
        data_type: data_type.clone(),
        description: None,
    };
    let mut grouped = keys.clone();
    grouped.columns.extend(names.iter().zip(&calls).map(|(name, call)| column(name, &call.data_type)));
    let mut after = keys.clone();
    after.columns.extend(values.iter().map(|(name, value)| column(name, &value.data_type)));
    let by: Vec<String> = keys.names().map(str::to_string).collect();
    let named = names.iter().cloned().zip(calls).collect();
    let mut typed = vec![(Operation::Aggregate { by, values: named }, grouped.clone())];
    if grouped != after {
        let key =
            |c: &Column| (c.name.clone(), Expr { node: Node::Column(c.name.clone()), data_type: c.data_type.clone() });
        let mut columns: Vec<(String, Expr)> = keys.columns.iter().map(key).collect();
        let called = |column: String| {
            let number = (0..names.len()).find(|number| Groups::column(*number) == column);
            number.map_or(column, |number| names[number].clone())
        };
        columns.extend(values.into_iter().map(|(name, value)| (name, value.with_columns(&called))));
        typed.push((Operation::Project(columns), after));
    }
    typed
}

/// One column for each listed value, which holds the aggregate over the rows that have it.
pub fn pivot(wanted: &Pivot, context: &Context) -> Result<Vec<Typed>, Faults> {
    let keys = keys(&wanted.by, context)?;
    let mut faults = Faults::new();
    let calls = RefCell::new(Vec::new());
    let value = value(&wanted.value, context, &keys, &calls).map_err(|error| faults.extend(error.into_all())).ok();
    let calls = calls.into_inner();
    let alone = |value: &Expr| matches!(value.node, Node::Column(_));
    let call = match (calls.as_slice(), &value) {
        (_, None) => None,
        ([call], Some(value)) if alone(value) => Some(call),
        _ => {
            let error = Error::manifest("not-portable", "a pivot's `value` is one aggregate")
                .with_help("pivot each, and derive what combines them in a later step");
            faults.push(error.at(wanted.value.place.clone()));
            None
        }
    };
    let of = column(&wanted.column, &context.scope).map_err(|error| faults.push(error)).ok();
    let mut values = Vec::new();
    for (name, text) in &wanted.values {
        faults.extend(taken(name, &keys).err());
        let Some(of) = of else { continue };
        match literal_of(text, &of.data_type) {
            Ok(literal) => values.extend(call.map(|call| (name.value.clone(), where_equal(call, of, literal)))),
            Err(error) => {
                let note = format!("`{}` is {}", of.name, of.data_type);
                faults.push(error.with_note(note).at(text.place.clone()));
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let column = |(name, call): &(String, Aggregate)| Column {
        name: name.clone(),
        data_type: call.data_type.clone(),
        description: None,
    };
    let by = keys.names().map(str::to_string).collect();
    let mut after = keys;
    after.columns.extend(values.iter().map(column));
    Ok(vec![(Operation::Aggregate { by, values }, after)])
}

/// `call` over the rows in which `of` is `value`.
fn where_equal(call: &Aggregate, of: &Column, value: Expr) -> Aggregate {
    let one = || Expr { node: Node::Literal(Literal::Integer(1)), data_type: DataType::Int };
    let argument = call.argument.clone().unwrap_or_else(one);
    let data_type = argument.data_type.clone();
    let there = Expr { node: Node::Column(of.name.clone()), data_type: of.data_type.clone() };
    let equal = Node::Binary(BinaryOp::Equal, Box::new(there), Box::new(value));
    let null = Expr { node: Node::Literal(Literal::Null), data_type: data_type.clone() };
    let case = Node::Case(vec![(Expr { node: equal, data_type: DataType::Boolean }, argument)], Box::new(null));
    Aggregate {
        // Rows become values: those that are not NULL.
        function: match call.function {
            AggregateFunction::CountRows => AggregateFunction::Count,
            other => other,
        },
        argument: Some(Expr { node: case, data_type }),
        data_type: call.data_type.clone(),
    }
}
