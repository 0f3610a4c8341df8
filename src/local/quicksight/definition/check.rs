//! What makes a version of a dashboard fail: data sets, columns and parameters that are not there or not of the type.
//!
//! Types are those of AWS's `DashboardErrorType`; paths are written as QuickSight writes them, as in
//! `filter-group/ID/filter/ID` (aws-solutions-library-samples/cloud-intelligence-dashboards-framework#567).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::visuals::{each_object, items, parts, variant};
use crate::local::error::ServiceError;
use crate::local::quicksight::expression::{self, Scope};
use crate::local::quicksight::support::{id_of, text};
use crate::local::quicksight::{columns, data_sets};
use crate::local::store::Store;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// `[{Type, Message, ViolatedEntities}]`.
    pub errors: Vec<Value>,
    /// The ARNs of the data sets.
    pub data_sets: Vec<Value>,
}

impl Found {
    fn add(&mut self, kind: &str, message: String, path: &str) {
        let error = json!({ "Type": kind, "Message": message, "ViolatedEntities": [{ "Path": path }] });
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}

/// A declared data set: its ARN, and its columns where it is there.
struct Declared<'v> {
    arn: &'v str,
    scope: Option<Scope>,
}

/// Checks a definition against the data sets of the account.
pub fn check(store: &Store, definition: &Value) -> Result<Found, ServiceError> {
    let mut found = Found::default();
    let mut declared = BTreeMap::new();
    for declaration in items(definition, "DataSetIdentifierDeclarations") {
        let (identifier, arn) = (text(declaration, "Identifier"), text(declaration, "DataSetArn"));
        let set = id_of(store, "dataset", arn).map(|id| data_sets::find(store, id)).transpose()?.flatten();
        let scope = set.as_ref().map(data_sets::columns_of).transpose()?.map(|columns| columns::scope(&columns));
        if scope.is_none() {
            let message = format!("Data set '{arn}' of identifier '{identifier}' does not exist");
            found.add("DATA_SET_NOT_FOUND", message, &format!("data-set/{identifier}"));
        }
        found.data_sets.insert(0, arn.into());
        declared.insert(identifier, Declared { arn, scope });
    }
    calculate(definition, &mut declared, &mut found);
    let parameters: Vec<&str> = items(definition, "ParameterDeclarations")
        .filter_map(|declaration| Some(text(variant(declaration)?.1, "Name")))
        .collect();
    for (path, part) in parts(definition) {
        each_object("", part, &mut |holder, members| {
            if let Some(column) = members.get("Column").filter(|c| c.get("ColumnName").is_some()) {
                check_column(column, Some(holder), &declared, &path, &mut found);
            }
            if members.contains_key("DataSetIdentifier") && members.contains_key("ColumnName") && holder != "Column" {
                let column = Value::Object(members.clone());
                check_column(&column, None, &declared, &path, &mut found);
            }
            for member in ["ParameterName", "SourceParameterName"] {
                if let Some(name) = members.get(member).and_then(Value::as_str).filter(|n| !parameters.contains(n)) {
                    found.add("PARAMETER_NOT_FOUND", format!("Parameter '{name}' is not declared"), &path);
                }
            }
        });
    }
    Ok(found)
}

/// Adds the definition's own calculated fields to their data sets, each seeing those that can be read without it.
fn calculate(definition: &Value, declared: &mut BTreeMap<&str, Declared<'_>>, found: &mut Found) {
    let mut waiting: Vec<&Value> = Vec::new();
    for field in items(definition, "CalculatedFields") {
        match declared.get(text(field, "DataSetIdentifier")) {
            Some(_) => waiting.push(field),
            None => {
                let identifier = text(field, "DataSetIdentifier");
                let message = format!("Data set identifier '{identifier}' is not declared");
                found.add("DATA_SET_NOT_FOUND", message, &format!("calculated-field/{}", text(field, "Name")));
            }
        }
    }
    loop {
        let before = waiting.len();
        waiting.retain(|field| {
            let Some(set) = declared.get_mut(text(field, "DataSetIdentifier")) else { return false };
            let Some(scope) = &mut set.scope else { return false };
            match expression::kind(text(field, "Expression"), scope) {
                Ok(kind) => {
                    scope.insert(text(field, "Name").to_owned(), kind);
                    false
                }
                Err(_) => true,
            }
        });
        if waiting.len() == before {
            break;
        }
    }
    for field in waiting {
        let Some(Declared { arn, scope: Some(scope) }) = declared.get(text(field, "DataSetIdentifier")) else {
            continue;
        };
        if let Err(column) = expression::kind(text(field, "Expression"), scope) {
            missing_column(&column, arn, &format!("calculated-field/{}", text(field, "Name")), found);
        }
    }
}

fn missing_column(column: &str, arn: &str, path: &str, found: &mut Found) {
    let message = format!("Required column '{column}' is missing in data set '{arn}'");
    found.add("COLUMN_REPLACEMENT_MISSING", message, path);
}

/// The types of column that a field or filter takes; `None` where any will do.
fn takes(holder: &str) -> Option<&'static [&'static str]> {
    match holder {
        "NumericalDimensionField" | "NumericalMeasureField" | "NumericRangeFilter" | "NumericEqualityFilter" => {
            Some(&["INTEGER", "DECIMAL"])
        }
        "DateDimensionField"
        | "DateMeasureField"
        | "TimeRangeFilter"
        | "TimeEqualityFilter"
        | "RelativeDatesFilter" => Some(&["DATETIME"]),
        _ => None,
    }
}

/// `holder` is what the column stands in: a field, a filter.
fn check_column(
    column: &Value,
    holder: Option<&str>,
    declared: &BTreeMap<&str, Declared<'_>>,
    path: &str,
    found: &mut Found,
) {
    let (identifier, name) = (text(column, "DataSetIdentifier"), text(column, "ColumnName"));
    let Some(set) = declared.get(identifier) else {
        return found.add("DATA_SET_NOT_FOUND", format!("Data set identifier '{identifier}' is not declared"), path);
    };
    let Some(scope) = &set.scope else { return };
    match scope.get(name) {
        None => missing_column(name, set.arn, path, found),
        Some(Some(kind)) => {
            if let Some(wanted) = holder.and_then(takes).filter(|wanted| !wanted.contains(kind)) {
                let message = format!(
                    "Column '{name}' in data set '{}' is {kind}, but {} takes {}",
                    set.arn,
                    holder.unwrap_or_default(),
                    wanted.join(" or ")
                );
                found.add("COLUMN_TYPE_MISMATCH", message, path);
            }
        }
        Some(None) => {}
    }
}
