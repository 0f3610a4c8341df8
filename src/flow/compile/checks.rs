//! Checks: what a table has to hold, as typed rules.

use super::columns::column;
use super::{Compiled, Faults, document_input, names};
use crate::error::Error;
use crate::flow::conversion::convert_text;
use crate::flow::document::{Check, Rule};
use crate::flow::expr::{BinaryOp, Expr, Function, Literal, Node};
use crate::flow::pattern::pattern;
use crate::flow::types::{Column, DataType};
use crate::flow::typing::{Scope, all, literal_of, predicate};
use crate::manifest::model::{self, Manifest};
use crate::manifest::spanned::Spanned;

/// What a check may look at beside its table.
pub struct Others<'a> {
    /// The manifest.
    pub manifest: &'a Manifest,
    /// The table's name.
    pub name: &'a str,
    /// What can be read.
    pub compiled: &'a Compiled,
}

/// The checks of a table, in its order; `not_null` of several columns is one check each.
pub fn compile(table: &model::Table, scope: &Scope, others: &Others) -> Result<Vec<Check>, Faults> {
    let mut checks: Vec<Check> = Vec::new();
    let mut faults = Faults::new();
    for check in &table.checks {
        match rules(&check.rule, scope, others) {
            Ok(rules) => {
                for (name, rule) in rules {
                    let name = distinct(name, &checks);
                    checks.push(Check { name, rule, severity: check.severity });
                }
            }
            Err(wrong) => faults.extend(wrong.into_iter().map(|error| error.at(check.place.clone()))),
        }
    }
    if faults.is_empty() { Ok(checks) } else { Err(faults) }
}

/// A label that no check before has.
fn distinct(name: String, checks: &[Check]) -> String {
    let taken = |name: &str| checks.iter().any(|check| check.name == name);
    if !taken(&name) {
        return name;
    }
    (2..).map(|n| format!("{name} #{n}")).find(|name| !taken(name)).unwrap_or(name)
}

fn rules(rule: &model::Rule, scope: &Scope, others: &Others) -> Result<Vec<(String, Rule)>, Faults> {
    let one = |name: String, rule: Rule| vec![(name, rule)];
    Ok(match rule {
        model::Rule::Unique(names) => {
            let columns = columns(names, scope, true)?;
            one(format!("unique({})", columns.join(", ")), Rule::Unique(columns))
        }
        model::Rule::NotNull(names) => {
            let columns = columns(names, scope, false)?;
            columns.into_iter().map(|name| (format!("not_null({name})"), Rule::NotNull(name))).collect()
        }
        model::Rule::AcceptedValues(name, values) => {
            let column = scalar(name, scope)?;
            one(format!("accepted_values({})", column.name), Rule::Holds(accepted(column, values)?))
        }
        model::Rule::Between(name, least, greatest) => {
            let column = scalar(name, scope)?;
            one(format!("between({})", column.name), Rule::Holds(between(column, least, greatest)?))
        }
        model::Rule::RowCount { min, max } => one("row_count".to_string(), Rule::RowCount { min: *min, max: *max }),
        model::Rule::Expression(text) => {
            let condition = predicate(text, scope, "`expression`").map_err(Error::into_all)?;
            let words: Vec<&str> = text.split_whitespace().collect();
            let shown = if text.sensitive { "sensitive".to_string() } else { words.join(" ") };
            one(format!("expression({shown})"), Rule::Holds(condition))
        }
        model::Rule::Matches(name, pattern) => {
            let column = scalar(name, scope)?;
            one(format!("matches({})", column.name), Rule::Holds(matches(column, pattern).map_err(|e| vec![e])?))
        }
        model::Rule::References(name, target) => {
            let column = scalar(name, scope)?;
            one(format!("references({})", column.name), references(column, target, scope, others)?)
        }
    })
}

fn columns(names: &[Spanned<String>], scope: &Scope, scalars: bool) -> Result<Vec<String>, Faults> {
    let mut found: Vec<String> = Vec::new();
    let mut faults = Faults::new();
    for name in names {
        let there = if scalars { scalar(name, scope) } else { column(name, scope).map_err(|error| vec![error]) };
        match there {
            Ok(column) if found.contains(&column.name) => {
                let message = format!("`{}` stands here twice", column.name);
                faults.push(Error::manifest("duplicate-column", message).at(name.place.clone()));
            }
            Ok(column) => found.push(column.name.clone()),
            Err(wrong) => faults.extend(wrong),
        }
    }
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

fn scalar<'a>(name: &Spanned<String>, scope: &Scope<'a>) -> Result<&'a Column, Faults> {
    let column = column(name, scope).map_err(|error| vec![error])?;
    if column.data_type.is_scalar() {
        return Ok(column);
    }
    let message = format!("`{}` is {}, whose values are not compared", column.name, column.data_type);
    let error = Error::manifest("type-mismatch", message).with_expected("a column of a scalar type");
    Err(vec![error.at(name.place.clone())])
}

fn of(column: &Column) -> Expr {
    Expr { node: Node::Column(column.name.clone()), data_type: column.data_type.clone() }
}

fn boolean(node: Node) -> Expr {
    Expr { node, data_type: DataType::Boolean }
}

/// A written value as a constant of the column's type.
fn constant(value: &Spanned<String>, column: &Column) -> Result<Expr, Error> {
    let note = format!("`{}` is {}", column.name, column.data_type);
    literal_of(value, &column.data_type).map_err(|error| error.with_note(note).at(value.place.clone()))
}

fn accepted(column: &Column, values: &[Spanned<String>]) -> Result<Expr, Faults> {
    let mut constants = Vec::new();
    let mut faults = Faults::new();
    for value in values {
        match constant(value, column) {
            Ok(constant) => constants.push(constant),
            Err(error) => faults.push(error),
        }
    }
    if faults.is_empty() { Ok(boolean(Node::In(Box::new(of(column)), constants))) } else { Err(faults) }
}

/// The column's text as a whole.
fn matches(column: &Column, text: &Spanned<String>) -> Result<Expr, Error> {
    if column.data_type != DataType::String {
        let message = format!("`{}` is {}, and a pattern matches texts", column.name, column.data_type);
        return Err(Error::manifest("type-mismatch", message).with_expected("a column of type string"));
    }
    pattern(text).map_err(|error| error.at(text.place.clone()))?;
    let whole = Node::Literal(Literal::String(format!("^(?:{})$", text.value)));
    let arguments = vec![of(column), Expr { node: whole, data_type: DataType::String }];
    Ok(boolean(Node::Call(Function::RegexpLike, arguments)))
}

/// `table.column`, of the column's own type.
fn references(column: &Column, target: &Spanned<String>, scope: &Scope, others: &Others) -> Result<Rule, Faults> {
    let at = |error: Error| vec![error.at(target.place.clone())];
    let Some((input, key)) = target.rsplit_once('.') else {
        let error =
            Error::manifest("invalid-value", format!("`{}` names no column of a table or source", target.value))
                .with_expected("`table.column`");
        return Err(at(error));
    };
    let input = names::input(&target.with(input.to_string()), others.manifest).map_err(|error| vec![error])?;
    let itself = matches!(&input, model::Input::Table(name) if name.value == others.name);
    let schema = if itself { scope.schema } else { others.compiled.schema(others.manifest, &input)? };
    let key = Scope::new(schema).column(key).map_err(at)?;
    if key.data_type != column.data_type {
        let message = format!("`{}` is {}, and `{}` is {}", column.name, column.data_type, target.value, key.data_type);
        let error = Error::manifest("type-mismatch", message)
            .with_expected("columns of one type")
            .with_help("bring one of them to the other's type with `change_schema`");
        return Err(at(error));
    }
    Ok(Rule::References { column: column.name.clone(), input: document_input(&input), target: key.name.clone() })
}

fn between(column: &Column, least: &Spanned<String>, greatest: &Spanned<String>) -> Result<Expr, Faults> {
    let (low, high) = match (constant(least, column), constant(greatest, column)) {
        (Ok(low), Ok(high)) => (low, high),
        (low, high) => return Err(low.err().into_iter().chain(high.err()).collect()),
    };
    let value = |text: &str| convert_text(text, &column.data_type, None);
    if value(least) > value(greatest) {
        let message = format!("nothing lies between `{}` and `{}`", least.value, greatest.value);
        let error = Error::manifest("out-of-range", message).with_help("the least value stands first");
        return Err(vec![error.at(least.place.clone())]);
    }
    let compare = |op: BinaryOp, bound: Expr| boolean(Node::Binary(op, Box::new(of(column)), Box::new(bound)));
    Ok(all(vec![compare(BinaryOp::GreaterOrEqual, low), compare(BinaryOp::LessOrEqual, high)]))
}
