//! Values that a viewer chooses.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::{names, not_in_quicksight};
use crate::dashboard::model::{Parameter, Sheet};
use crate::error::{Error, Result};
use crate::flow::expr::{Expr, Literal, Node};
use crate::flow::types::DataType;

/// `ParameterDeclarations`.
///
/// # Errors
///
/// `not-in-quicksight` when two names are one there.
pub fn declarations(parameters: &[Parameter]) -> Result<Vec<Value>> {
    let mut names = BTreeMap::new();
    let mut declared = Vec::new();
    for parameter in parameters {
        let name = names::parameter_name(&parameter.name);
        if let Some(other) = names.insert(name.to_lowercase(), &parameter.name) {
            return Err(not_in_quicksight(
                format!("`{other}` and `{}` beside each other: as parameters both are `{name}`", parameter.name),
                "rename one of them; QuickSight's names are letters and digits",
            ));
        }
        declared.push(declaration(&name, parameter)?);
    }
    Ok(declared)
}

fn declaration(name: &str, parameter: &Parameter) -> Result<Value> {
    let first = parameter.values.get(parameter.default).ok_or_else(|| missing(parameter))?;
    let defaults = json!({ "StaticValues": [wire(first)?] });
    Ok(match parameter.data_type {
        DataType::Date | DataType::Timestamp => json!({ "DateTimeParameterDeclaration": {
            "Name": name,
            "DefaultValues": defaults,
            "TimeGranularity": "DAY",
        } }),
        _ => {
            let kind = match parameter.data_type {
                DataType::Int | DataType::Bigint => "IntegerParameterDeclaration",
                DataType::Float | DataType::Double | DataType::Decimal(..) => "DecimalParameterDeclaration",
                _ => "StringParameterDeclaration",
            };
            json!({ kind: {
                "ParameterValueType": "SINGLE_VALUED",
                "Name": name,
                "DefaultValues": defaults,
            } })
        }
    })
}

/// The control of a parameter on one sheet, with its id. A date is picked from a calendar: QuickSight's lists are for
/// texts and numbers.
pub fn control(sheet: &Sheet, parameter: &Parameter) -> Result<(String, Value)> {
    let id = names::id(&["parameter", &names::parameter_name(&parameter.name), &sheet.id]);
    let source = names::parameter_name(&parameter.name);
    let title = json!({ "Visibility": "VISIBLE" });
    if matches!(parameter.data_type, DataType::Date | DataType::Timestamp) {
        let control = json!({ "DateTimePicker": {
            "ParameterControlId": id,
            "Title": parameter.title,
            "SourceParameterName": source,
            "DisplayOptions": { "TitleOptions": title, "DateTimeFormat": "YYYY-MM-DD" },
        } });
        return Ok((id, control));
    }
    let values = parameter.values.iter().map(shown).collect::<Result<Vec<_>>>()?;
    let control = json!({ "Dropdown": {
        "ParameterControlId": id,
        "Title": parameter.title,
        "SourceParameterName": source,
        "Type": "SINGLE_SELECT",
        "SelectableValues": { "Values": values },
        "DisplayOptions": { "TitleOptions": title },
    } });
    Ok((id, control))
}

/// A constant as it travels: timestamps as seconds since 1970, as AWS's REST-JSON has them.
fn wire(value: &Expr) -> Result<Value> {
    Ok(match constant(value)? {
        Literal::String(text) => json!(text),
        Literal::Boolean(b) => json!(b.to_string()),
        Literal::Integer(i) if value.data_type == DataType::Double => json!(*i as f64),
        Literal::Integer(i) => json!(i),
        Literal::Double(f) => json!(f),
        Literal::Date(day) => json!(midnight(day)?),
        Literal::Timestamp(_) | Literal::Null => return Err(Error::bug("a parameter's value of an odd type")),
    })
}

/// A constant in a list of choices.
fn shown(value: &Expr) -> Result<String> {
    Ok(match wire(value)? {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

fn constant(value: &Expr) -> Result<&Literal> {
    match &value.node {
        Node::Literal(literal) => Ok(literal),
        Node::Widen(inner) | Node::Cast(inner) => constant(inner),
        _ => Err(Error::bug("a parameter's value that is no constant")),
    }
}

fn midnight(day: &str) -> Result<i64> {
    let date: NaiveDate = day.parse().map_err(|_| Error::bug(format!("the date `{day}` of a parameter")))?;
    Ok(date.and_hms_opt(0, 0, 0).map_or(0, |moment| moment.and_utc().timestamp()))
}

fn missing(parameter: &Parameter) -> Error {
    Error::bug(format!("the parameter `{}` has no value to begin with", parameter.name))
}
