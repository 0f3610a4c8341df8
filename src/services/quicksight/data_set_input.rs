//! Data sets between QuickSight's form and ours, as JSON. UpdateDataSet overwrites the whole data set: what is left out is lost,
//! so an update is what DescribeDataSet returned with the managed fields laid over it.
//!
//! One physical table (a table, or SQL) gives the rows; one logical table over it types, calculates and describes columns.
//! What else somebody put into the data set stays.

use serde_json::{Map, Value, json};

use super::transforms;
use crate::resource::Fields;
use crate::services::fields;

/// The fields that UpdateDataSet writes.
pub(super) const FIELDS: &[&str] =
    &["name", "import_mode", "data_source", "table", "sql", "columns", "calculated_fields"];
/// What CastColumnTypeOperation makes of a column.
pub(super) const CASTS: &[&str] = &["STRING", "INTEGER", "DECIMAL", "DATETIME"];

/// The ids of our tables inside the data set.
const PHYSICAL: &str = "rows";
const LOGICAL: &str = "columns";

/// Everything that DescribeDataSet returns and UpdateDataSet takes.
const KEPT: &[&str] = &[
    "Name",
    "PhysicalTableMap",
    "LogicalTableMap",
    "ImportMode",
    "ColumnGroups",
    "FieldFolders",
    "RowLevelPermissionDataSet",
    "RowLevelPermissionTagConfiguration",
    "ColumnLevelPermissionRules",
    "DataSetUsageConfiguration",
    "DatasetParameters",
    "PerformanceConfiguration",
    "DataPrepConfiguration",
    "SemanticModelConfiguration",
];

/// The managed fields of a live data set, but for its tags and permissions.
pub(super) fn fields_of(set: &Value) -> Fields {
    let id = physical_id(set);
    let physical = &set["PhysicalTableMap"][&id];
    let steps =
        logical_id(set, &id).map(|logical| transforms::of(&set["LogicalTableMap"][logical])).unwrap_or_default();
    let (relation, query) = (&physical["RelationalTable"], &physical["CustomSql"]);
    let is_table = relation.is_object();
    let table = json!({"catalog": relation["Catalog"], "database": relation["Schema"], "table": relation["Name"]});
    let given = if is_table { &relation["InputColumns"] } else { &query["Columns"] };
    let sql = query["SqlQuery"].as_str().unwrap_or_default().trim();
    Fields::from([
        ("name".to_owned(), set["Name"].clone()),
        ("import_mode".to_owned(), set["ImportMode"].clone()),
        ("data_source".to_owned(), if is_table { relation } else { query }["DataSourceArn"].clone()),
        ("table".to_owned(), if is_table { table } else { Value::Null }),
        ("sql".to_owned(), json!(sql)),
        ("columns".to_owned(), items(given).iter().map(|column| column_of(column, &steps)).collect()),
        ("calculated_fields".to_owned(), Value::Object(transforms::calculated(&steps))),
    ])
}

fn column_of(column: &Value, steps: &[Value]) -> Value {
    let mut out = json!({"name": column["Name"], "type": column["Type"]});
    let name = column["Name"].as_str().unwrap_or_default();
    // FIXED is what no sub-type means.
    if let Some(kind) = column["SubType"].as_str().filter(|kind| *kind != "FIXED") {
        out["sub_type"] = json!(kind);
    }
    if let Some(cast) = transforms::cast(steps, name) {
        out["cast"] = json!(cast);
    }
    if let Some(text) = transforms::description(steps, name) {
        out["description"] = json!(text);
    }
    out
}

/// The body that makes a new data set, but for its tags and permissions.
pub(super) fn new(id: &str, want: &Fields) -> Value {
    let every: Vec<String> = FIELDS.iter().map(|&name| name.to_owned()).collect();
    let mut document = changed(&json!({}), want, &every);
    document["DataSetId"] = json!(id);
    document
}

/// The body that changes `names` of a live data set and keeps everything else.
pub(super) fn changed(live: &Value, want: &Fields, names: &[String]) -> Value {
    let touched = |name: &str| fields::touches(names, name);
    let any = |all: &[&str]| all.iter().any(|name| touched(name));
    let mut document = Map::new();
    for member in KEPT.iter().filter(|member| !live[**member].is_null()) {
        document.insert((*member).to_owned(), live[*member].clone());
    }
    let mut document = Value::Object(document);
    if touched("name") {
        document["Name"] = json!(fields::text(want, "name"));
    }
    if touched("import_mode") {
        document["ImportMode"] = json!(fields::text(want, "import_mode"));
    }
    let id = physical_id(live);
    if any(&["data_source", "table", "sql", "columns"]) {
        document["PhysicalTableMap"][&id] = physical(&live["PhysicalTableMap"][&id], want);
    }
    let is_bare = live["LogicalTableMap"].is_null() && live["DataPrepConfiguration"].is_null();
    if is_bare || any(&["columns", "calculated_fields"]) {
        let logical = logical_id(live, &id).unwrap_or_else(|| LOGICAL.to_owned());
        let table = logical_table(&live["LogicalTableMap"][&logical], &id, &fields_of(live), want);
        document["LogicalTableMap"][logical] = table;
        // QuickSight's newer way to prepare data says the same in other words; the two do not go together.
        for member in ["DataPrepConfiguration", "SemanticModelConfiguration"] {
            document.as_object_mut().map(|members| members.remove(member));
        }
    }
    document
}

/// Our physical table: by its id, or the only one.
fn physical_id(set: &Value) -> String {
    let tables = set["PhysicalTableMap"].as_object();
    let only = tables.filter(|all| all.len() == 1 && !all.contains_key(PHYSICAL)).and_then(|all| all.keys().next());
    only.map_or(PHYSICAL, String::as_str).to_owned()
}

/// The logical table that stands on it directly.
fn logical_id(set: &Value, physical: &str) -> Option<String> {
    let tables = set["LogicalTableMap"].as_object()?;
    let mut ours: Vec<&String> = tables
        .iter()
        .filter(|(_, table)| table["Source"]["PhysicalTableId"].as_str() == Some(physical))
        .map(|(id, _)| id)
        .collect();
    ours.sort_unstable();
    ours.first().map(|id| (*id).clone())
}

fn physical(live: &Value, want: &Fields) -> Value {
    let table = want.get("table").filter(|table| table.is_object());
    let (kind, columns) = if table.is_some() { ("RelationalTable", "InputColumns") } else { ("CustomSql", "Columns") };
    let mut inner = if live[kind].is_object() { live[kind].clone() } else { json!({}) };
    inner["DataSourceArn"] = json!(fields::text(want, "data_source"));
    inner[columns] = input_columns(&live[kind][columns], fields::items(want, "columns"));
    match table {
        Some(table) => {
            inner["Catalog"] = table["catalog"].clone();
            inner["Schema"] = table["database"].clone();
            inner["Name"] = table["table"].clone();
        }
        None => {
            inner["Name"] = json!(alias(want));
            inner["SqlQuery"] = json!(fields::text(want, "sql"));
        }
    }
    json!({ kind: inner })
}

/// The wanted columns; what else the live one of a name says of it stays.
fn input_columns(live: &Value, wanted: &[Value]) -> Value {
    let one = |column: &Value| {
        let known = items(live).iter().find(|known| known["Name"] == column["name"]);
        let mut out = known.cloned().unwrap_or_else(|| json!({}));
        out["Name"] = column["name"].clone();
        out["Type"] = column["type"].clone();
        match column.get("sub_type") {
            Some(kind) => out["SubType"] = kind.clone(),
            None => drop(out.as_object_mut().map(|members| members.remove("SubType"))),
        }
        out
    };
    wanted.iter().map(one).collect()
}

fn logical_table(live: &Value, physical: &str, before: &Fields, want: &Fields) -> Value {
    let mut table = if live.is_object() { live.clone() } else { json!({"Alias": alias(want)}) };
    table["Source"] = json!({"PhysicalTableId": physical});
    let steps = transforms::changed(&transforms::of(live), before, want);
    if steps.is_empty() {
        table.as_object_mut().map(|members| members.remove("DataTransforms"));
    } else {
        table["DataTransforms"] = Value::Array(steps);
    }
    table
}

/// The name inside the data set: at most 64 characters.
fn alias(want: &Fields) -> String {
    fields::text(want, "name").unwrap_or(LOGICAL).chars().take(64).collect()
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}
