//! Functions over many rows, and expressions over their values.

use std::cell::RefCell;

use sqlparser::ast::{DuplicateTreatment, Expr as Ast, Function as AstFunction, FunctionArg, FunctionArgExpr};
use sqlparser::ast::{FunctionArguments, ObjectNamePart};

use super::operators::{boolean, comparable, mismatch, number};
use super::scope::Scope;
use super::typer::of_tree;
use super::widen;
use crate::error::{Error, Result};
use crate::flow::aggregates::{Aggregate, AggregateFunction as F, definition, is_aggregate};
use crate::flow::expr::{Expr, Node};
use crate::flow::parse::{name_span, place};
use crate::flow::types::DataType;
use crate::manifest::spanned::Spanned;

/// The most digits of a decimal whose sum has room for ten more.
const SUMMED_DIGITS: u8 = 28;

/// Rows in groups: expressions over them see the key's columns and calls over many rows.
pub struct Groups<'a> {
    text: &'a Spanned<String>,
    /// What a call's argument sees: one row.
    rows: Scope<'a>,
    /// The key's columns.
    keys: Scope<'a>,
    calls: &'a RefCell<Vec<Aggregate>>,
}

impl<'a> Groups<'a> {
    /// Expressions of `text` over groups of `rows`; each call that they hold is put into `calls` once.
    pub fn new(
        text: &'a Spanned<String>,
        rows: Scope<'a>,
        keys: Scope<'a>,
        calls: &'a RefCell<Vec<Aggregate>>,
    ) -> Self {
        Groups { text, rows, keys, calls }
    }

    /// The name of the column that stands for call `number` in the expressions.
    pub fn column(number: usize) -> String {
        // No column of a person starts with a space.
        format!(" call {number}")
    }

    /// The expression `tree`: columns are those of the key and those of [`Groups::column`].
    pub fn expression(&self, tree: &Ast) -> Result<Expr> {
        of_tree(self.text, tree, &self.keys, &|part| self.special(part))
    }

    fn special(&self, part: &Ast) -> Option<Result<Expr>> {
        match part {
            Ast::Function(function) if is_aggregate(&function.name.to_string()) && function.over.is_none() => {
                Some(self.call(function))
            }
            Ast::Identifier(name) => {
                let name = name.value.to_lowercase();
                let loose = self.keys.schema.column(&name).is_none() && self.rows.schema.column(&name).is_some();
                loose.then(|| {
                    Err(Error::manifest("not-grouped", format!("`{name}` has many values in a group"))
                        .with_expected("columns of the key, and calls such as `sum(x)`")
                        .with_help(format!("add `{name}` to the key, or write `min({name})`")))
                })
            }
            _ => None,
        }
    }

    fn call(&self, function: &AstFunction) -> Result<Expr> {
        let at = place(self.text, name_span(function));
        let call = call(self.text, function, &self.rows, &|part| self.nested(part));
        let call = call.map_err(|error| error.at(at))?;
        let data_type = call.data_type.clone();
        let mut calls = self.calls.borrow_mut();
        let number = calls.iter().position(|known| *known == call).unwrap_or_else(|| {
            calls.push(call);
            calls.len() - 1
        });
        Ok(Expr { node: Node::Column(Self::column(number)), data_type })
    }

    fn nested(&self, part: &Ast) -> Option<Result<Expr>> {
        match part {
            Ast::Function(inner) if is_aggregate(&inner.name.to_string()) => {
                let name = inner.name.to_string().to_lowercase();
                Some(Err(Error::manifest("not-portable", format!("`{name}` stands inside another aggregate"))
                    .with_help("aggregate twice: in a step before, and here")))
            }
            _ => None,
        }
    }
}

/// A call over many rows, whose argument sees `rows`. Errors: those of expressions.
pub fn call(
    text: &Spanned<String>,
    function: &AstFunction,
    rows: &Scope,
    special: super::typer::Special<'_>,
) -> Result<Aggregate> {
    let name = match function.name.0.as_slice() {
        [ObjectNamePart::Identifier(name)] => name.value.to_lowercase(),
        _ => function.name.to_string(),
    };
    let form = || {
        Error::manifest("not-portable", format!("this form of `{name}` is not portable SQL"))
            .with_expected(expected(&name))
            .with_help("`filter (where ...)` is `sum(case when ... then x end)`; order and limits have no meaning here")
    };
    let FunctionArguments::List(list) = &function.args else { return Err(form()) };
    let extras = function.filter.is_some()
        || function.null_treatment.is_some()
        || !function.within_group.is_empty()
        || function.uses_odbc_syntax
        || !matches!(function.parameters, FunctionArguments::None)
        || !list.clauses.is_empty();
    let distinct = matches!(list.duplicate_treatment, Some(DuplicateTreatment::Distinct));
    let [FunctionArg::Unnamed(argument)] = list.args.as_slice() else { return Err(form()) };
    if extras {
        return Err(form());
    }
    let tree = match argument {
        FunctionArgExpr::Wildcard if name == "count" && !distinct => {
            return aggregate(F::CountRows, None);
        }
        FunctionArgExpr::Expr(tree) => tree,
        _ => return Err(form()),
    };
    let function = match (name.as_str(), distinct) {
        ("count", false) => F::Count,
        ("count", true) | ("count_distinct", false) => F::CountDistinct,
        // A value more or less of one kind changes neither.
        ("min", _) => F::Min,
        ("max", _) => F::Max,
        ("sum", false) => F::Sum,
        ("avg", false) => F::Avg,
        ("median", false) => F::Median,
        ("stddev", false) => F::Stddev,
        ("bool_and", _) => F::BoolAnd,
        ("bool_or", _) => F::BoolOr,
        _ => return Err(form()),
    };
    aggregate(function, Some(of_tree(text, tree, rows, special)?))
}

fn expected(name: &str) -> String {
    let forms = crate::flow::aggregates::AGGREGATES.iter().filter(|a| a.name == name).map(|a| a.signature);
    forms.collect::<Vec<_>>().join(", ")
}

/// `function` over `argument`, with the argument widened to what it works on. Errors: `type-mismatch`, without a place.
pub fn aggregate(function: F, argument: Option<Expr>) -> Result<Aggregate> {
    let Some(argument) = argument else {
        return Ok(Aggregate { function, argument: None, data_type: DataType::Bigint });
    };
    let what = format!("`{}`", definition(function).name);
    let (argument, data_type) = match function {
        F::CountRows | F::Count => (argument, DataType::Bigint),
        F::CountDistinct => {
            comparable(&what, [&argument])?;
            (argument, DataType::Bigint)
        }
        F::Min | F::Max => {
            let data_type = comparable(&what, [&argument])?;
            (argument, data_type)
        }
        F::Sum => match argument.data_type {
            DataType::Int | DataType::Bigint => (argument, DataType::Bigint),
            DataType::Decimal(p, s) if p <= SUMMED_DIGITS => (argument, DataType::Decimal(p + 10, s)),
            DataType::Decimal(_, s) => {
                let to = DataType::Decimal(SUMMED_DIGITS, s.min(SUMMED_DIGITS));
                return Err(mismatch(&what, "a decimal of at most 28 digits", &argument)
                    .with_help(format!("`cast(x as {to})` first: a sum takes ten digits more")));
            }
            _ => doubles(argument, &what)?,
        },
        F::Avg => match argument.data_type {
            DataType::Int | DataType::Bigint => (argument, DataType::Double),
            _ => doubles(argument, &what)?,
        },
        F::Median | F::Stddev => doubles(argument, &what)?,
        F::BoolAnd | F::BoolOr => (boolean(argument, &what)?, DataType::Boolean),
    };
    Ok(Aggregate { function, argument: Some(argument), data_type })
}

/// A number as a double.
fn doubles(argument: Expr, what: &str) -> Result<(Expr, DataType)> {
    if matches!(argument.data_type, DataType::Decimal(..)) {
        return Err(mismatch(what, "int, bigint, float or double", &argument).with_help("`cast(x as double)` first"));
    }
    number(&argument, what)?;
    Ok((widen::to(argument, &DataType::Double), DataType::Double))
}
