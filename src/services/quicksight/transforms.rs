//! The steps of a logical table. Ours are casts, calculated columns and descriptions, which stand first; whatever else is
//! there (filters, renamings, geographic roles, the list of columns that are shown) stays, in its order.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::resource::Fields;
use crate::services::fields;

const CAST: &str = "CastColumnTypeOperation";
const CREATE: &str = "CreateColumnsOperation";
const TAG: &str = "TagColumnOperation";
const PROJECT: &str = "ProjectOperation";
/// The longest id of a calculated column, in characters.
const LONGEST_ID: usize = 64;

/// The steps of a logical table.
pub(super) fn of(table: &Value) -> Vec<Value> {
    table["DataTransforms"].as_array().cloned().unwrap_or_default()
}

/// The calculated columns: name -> expression.
pub(super) fn calculated(steps: &[Value]) -> Map<String, Value> {
    columns(steps)
        .filter_map(|column| Some((column["ColumnName"].as_str()?.to_owned(), column["Expression"].clone())))
        .collect()
}

fn columns(steps: &[Value]) -> impl Iterator<Item = &Value> {
    steps.iter().filter_map(|step| step[CREATE]["Columns"].as_array()).flatten()
}

/// What a column is cast to.
pub(super) fn cast<'a>(steps: &'a [Value], column: &str) -> Option<&'a str> {
    let of_column = |step: &&&Value| step["ColumnName"].as_str() == Some(column);
    let casts: Vec<&Value> = steps.iter().map(|step| &step[CAST]).collect();
    casts.iter().rev().find(of_column).and_then(|step| step["NewColumnType"].as_str())
}

/// A column's description.
pub(super) fn description<'a>(steps: &'a [Value], column: &str) -> Option<&'a str> {
    let tagged = steps.iter().map(|step| &step[TAG]).filter(|step| step["ColumnName"].as_str() == Some(column));
    tagged
        .filter_map(|step| step["Tags"].as_array())
        .flatten()
        .find_map(|tag| tag["ColumnDescription"]["Text"].as_str())
}

/// The steps that make `want` out of a logical table that was `before`.
pub(super) fn changed(live: &[Value], before: &Fields, want: &Fields) -> Vec<Value> {
    let mut steps = Vec::new();
    let mut described: Vec<(&str, &str)> = Vec::new();
    for column in fields::items(want, "columns") {
        let name = column["name"].as_str().unwrap_or_default();
        if let Some(kind) = column["cast"].as_str() {
            steps.push(json!({ CAST: {"ColumnName": name, "NewColumnType": kind} }));
        }
        described.extend(column["description"].as_str().map(|text| (name, text)));
    }
    let created: Vec<Value> = wanted(want).map(|(name, expression)| column(live, name, expression)).collect();
    if !created.is_empty() {
        steps.push(json!({ CREATE: {"Columns": created} }));
    }
    let foreign: Vec<Value> = live.iter().filter_map(|step| kept(step, &mut described, before, want)).collect();
    let text = |(name, text): (&str, &str)| json!({ TAG: {"ColumnName": name, "Tags": [{"ColumnDescription": {"Text": text}}]} });
    steps.extend(described.into_iter().map(text));
    steps.extend(foreign);
    steps
}

fn wanted(want: &Fields) -> impl Iterator<Item = (&String, &Value)> {
    want.get("calculated_fields").and_then(Value::as_object).into_iter().flatten()
}

/// A calculated column; one that is there keeps its id.
fn column(live: &[Value], name: &str, expression: &Value) -> Value {
    let id = columns(live)
        .find(|column| column["ColumnName"].as_str() == Some(name))
        .map(|column| column["ColumnId"].clone());
    let id = id.unwrap_or_else(|| json!(name.chars().take(LONGEST_ID).collect::<String>()));
    json!({"ColumnName": name, "ColumnId": id, "Expression": expression})
}

/// What stays of a live step: all of others', nothing of ours. A description goes to the step that tags its column
/// anyway.
fn kept(step: &Value, described: &mut Vec<(&str, &str)>, before: &Fields, want: &Fields) -> Option<Value> {
    if step[CAST].is_object() || step[CREATE].is_object() {
        return None;
    }
    let mut step = step.clone();
    if let Some(tags) = step[TAG]["Tags"].as_array().cloned() {
        let mut tags: Vec<Value> = tags.into_iter().filter(|tag| tag["ColumnDescription"].is_null()).collect();
        if tags.is_empty() {
            return None;
        }
        let name = step[TAG]["ColumnName"].as_str();
        if let Some(at) = described.iter().position(|(column, _)| Some(*column) == name) {
            tags.push(json!({"ColumnDescription": {"Text": described.remove(at).1}}));
        }
        step[TAG]["Tags"] = Value::Array(tags);
    }
    if let Some(shown) = step[PROJECT]["ProjectedColumns"].as_array() {
        let (before, after) = (all_names(before), all_names(want));
        let stays = |name: &&Value| name.as_str().is_none_or(|name| after.contains(name) || !before.contains(name));
        let new = after.iter().filter(|name| !before.contains(*name)).map(|name| json!(name));
        step[PROJECT]["ProjectedColumns"] = shown.iter().filter(stays).cloned().chain(new).collect();
    }
    Some(step)
}

/// All columns, given and calculated.
fn all_names(all: &Fields) -> BTreeSet<String> {
    let given = fields::items(all, "columns").iter().filter_map(|column| column["name"].as_str().map(str::to_owned));
    given.chain(wanted(all).map(|(name, _)| name.clone())).collect()
}
