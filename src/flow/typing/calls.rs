//! Calls, by the table of functions.

use super::operators::{comparable, mismatch, number};
use super::widen::{self, is_null};
use crate::error::{Error, Result};
use crate::flow::expr::{Expr, Literal, Node, UNITS};
use crate::flow::functions::{Definition, Param, function, instead_of};
use crate::flow::pattern::{Pattern, pattern, replacement};
use crate::flow::types::DataType;

/// The function of that name. Errors: `unknown-function`, without a place.
pub fn find(name: &str) -> Result<&'static Definition> {
    function(name).ok_or_else(|| {
        let error = Error::manifest("unknown-function", format!("unknown function `{}`", name.to_lowercase()));
        match instead_of(name) {
            Some(advice) => error.with_help(advice),
            None => error.with_help("docs/portable-sql.md lists the functions there are"),
        }
    })
}

/// A call's error: of one argument (from 0), or of the call as a whole.
pub type At = Option<usize>;

/// `definition(arguments)`. Errors: `wrong-arity`, `type-mismatch`, `not-portable`, with the argument they are at.
pub fn call(definition: &Definition, mut arguments: Vec<Expr>) -> Result<Expr, (At, Error)> {
    arity(definition, arguments.len()).map_err(|error| (None, error))?;
    let what = format!("`{}`", definition.name);
    let of_date = arguments.last().is_some_and(|last| last.data_type == DataType::Date);
    let mut shared = None;
    let mut before: Option<(String, Pattern)> = None;
    if matches!(definition.param(0), Param::Same | Param::SameScalar) {
        shared = Some(shared_type(definition, &what, &arguments).map_err(|error| (None, error))?);
    }
    for (index, argument) in arguments.iter_mut().enumerate() {
        let wanted = match (&shared, definition.param(index)) {
            (Some(shared), _) => Ok(shared.clone()),
            (None, Param::Pattern { empty }) => written(argument, &what, "pattern").and_then(|text| {
                let found = pattern(&text)?;
                if found.matches_empty && !empty {
                    return Err(Error::manifest("bad-pattern", format!("pattern `{text}` matches the empty text"))
                        .with_help("let it take at least one character: `a+` instead of `a*`"));
                }
                before = Some((text, found));
                Ok(DataType::String)
            }),
            (None, Param::Replacement) => {
                let groups = before.as_ref().map_or(0, |(_, pattern)| pattern.repeated_groups.len());
                written(argument, &what, "replacement")
                    .and_then(|text| replacement(&text, groups))
                    .map(|_| DataType::String)
            }
            (None, Param::Group) => group(argument, &what, before.as_ref()),
            (None, Param::Delimiter) => written(argument, &what, "delimiter").and_then(|text| match text.as_str() {
                "" => Err(Error::manifest("bad-literal", format!("{what} by an empty delimiter means nothing"))),
                _ => Ok(DataType::String),
            }),
            (None, Param::Unit) => unit(argument, &what, if of_date { &UNITS[..5] } else { &UNITS }),
            (None, Param::FixedUnit) => unit(argument, &what, &UNITS[3..]),
            (None, param) => wanted(param, argument, &what),
        };
        let wanted = wanted.map_err(|error| (Some(index), error.with_expected(definition.signature())))?;
        let untyped =
            std::mem::replace(argument, Expr { node: Node::Literal(Literal::Null), data_type: DataType::String });
        *argument = widen::to(untyped, &wanted);
    }
    let last = &arguments[arguments.len() - 1].data_type;
    let data_type = definition.returns.data_type(&arguments[0].data_type, last);
    Ok(Expr { node: Node::Call(definition.function, arguments), data_type })
}

fn arity(definition: &Definition, given: usize) -> Result<()> {
    let (fewest, most) = definition.arity();
    if given >= fewest && most.is_none_or(|most| given <= most) {
        return Ok(());
    }
    let wanted = match most {
        Some(most) if most == fewest => format!("{fewest}"),
        Some(most) => format!("{fewest} to {most}"),
        None => format!("at least {fewest}"),
    };
    let s = if wanted == "1" { "" } else { "s" };
    Err(Error::manifest("wrong-arity", format!("`{}` takes {wanted} argument{s}, not {given}", definition.name))
        .with_expected(definition.signature()))
}

/// The type that all arguments share.
fn shared_type(definition: &Definition, what: &str, arguments: &[Expr]) -> Result<DataType> {
    if definition.param(0) == Param::SameScalar {
        return comparable(what, arguments);
    }
    match widen::common(arguments) {
        Ok(Some(common)) => Ok(common),
        Ok(None) => Err(untyped_null()),
        Err((a, b)) => Err(Error::manifest("type-mismatch", format!("{what} mixes {a} and {b}"))
            .with_expected("arguments of one type")
            .with_help("`cast(x as type)` one of them")),
    }
}

/// The type that `argument` has to have for `param`.
fn wanted(param: Param, argument: &Expr, what: &str) -> Result<DataType> {
    let is = &argument.data_type;
    let fits = |data_type: DataType| {
        if is.widens_to(&data_type) || is_null(argument) {
            Ok(data_type.clone())
        } else {
            Err(mismatch(what, &format!("{} here", param.shown()), argument)
                .with_help(format!("`cast(x as {data_type})` first")))
        }
    };
    match param {
        Param::String => fits(DataType::String),
        Param::Int => fits(DataType::Int),
        Param::Double => fits(DataType::Double),
        Param::Number => {
            number(argument, what)?;
            Ok(if matches!(is, DataType::Float) || is_null(argument) { DataType::Double } else { is.clone() })
        }
        Param::Literal(low, high) => match argument.node {
            Node::Literal(Literal::Integer(i)) if (low..=high).contains(&i) => Ok(DataType::Int),
            _ => {
                let range =
                    if high == i64::from(i32::MAX) { format!("from {low}") } else { format!("from {low} to {high}") };
                Err(Error::manifest("type-mismatch", format!("{what} takes a whole number {range}, written out, here")))
            }
        },
        Param::Instant if matches!(is, DataType::Date | DataType::Timestamp) => Ok(is.clone()),
        Param::Instant => fits(DataType::Date),
        Param::Array if matches!(is, DataType::Array(_)) && !is_null(argument) => Ok(is.clone()),
        Param::Array => Err(mismatch(what, "array<T> here", argument)),
        Param::Strings => fits(DataType::Array(Box::new(DataType::String))),
        Param::Same | Param::SameScalar => Ok(is.clone()),
        Param::Timestamp => fits(DataType::Timestamp),
        Param::Pattern { .. }
        | Param::Replacement
        | Param::Group
        | Param::Delimiter
        | Param::Unit
        | Param::FixedUnit => Err(Error::bug("an argument that is written out is typed with the others")),
    }
}

/// The text of an argument that has to be written out.
fn written(argument: &Expr, what: &str, role: &str) -> Result<String> {
    match &argument.node {
        Node::Literal(Literal::String(text)) => Ok(text.clone()),
        _ => Err(Error::manifest("not-portable", format!("{what} with a {role} that is no constant is not portable"))
            .with_help(format!("write the {role} as a text in quotes"))),
    }
}

/// A unit of the calendar.
fn unit(argument: &Expr, what: &str, units: &[&str]) -> Result<DataType> {
    let text = written(argument, what, "unit")?;
    if units.contains(&text.as_str()) {
        return Ok(DataType::String);
    }
    let error = Error::manifest("bad-literal", format!("{what} has no unit `{text}` here")).with_expected(format!(
        "one of {}",
        units.iter().map(|unit| format!("'{unit}'")).collect::<Vec<_>>().join(", ")
    ));
    Err(match UNITS.contains(&text.as_str()) {
        true if units.len() == 5 => error.with_help("a date has no time of day: `cast(x as timestamp)` first"),
        true => error.with_help("months and years differ in length: take `year(x)` and `month(x)` apart"),
        false => error,
    })
}

/// A group of the pattern before it.
fn group(argument: &Expr, what: &str, before: Option<&(String, Pattern)>) -> Result<DataType> {
    let Some((text, pattern)) = before else { return Ok(DataType::Int) };
    let groups = pattern.repeated_groups.len() as i64;
    match argument.node {
        Node::Literal(Literal::Integer(0)) => Ok(DataType::Int),
        Node::Literal(Literal::Integer(i)) if (1..=groups).contains(&i) => {
            if !pattern.repeated_groups[i as usize - 1] {
                return Ok(DataType::Int);
            }
            Err(Error::manifest(
                "bad-pattern",
                format!("group {i} of pattern `{text}` is repeated: it has many values"),
            )
            .with_help("put the repetition into a group: `((?:ab)+)`"))
        }
        _ => Err(Error::manifest(
            "out-of-range",
            format!("{what} takes a group of the pattern, 0 to {groups}, written out"),
        )
        .with_help("groups count from 1; 0 is all that matched")),
    }
}

/// A NULL of which nothing says what type it has.
pub fn untyped_null() -> Error {
    Error::manifest("type-mismatch", "nothing here says which type NULL has")
        .with_help("write `cast(null as string)`, for example")
}
