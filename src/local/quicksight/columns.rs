//! The columns of a data set: those of its physical table, and what the logical table makes of them.

use serde_json::{Map, Value, json};

use super::expression::{self, Kind, Scope};
use super::support::{given, invalid, text, texts};
use crate::local::error::ServiceError;

/// A column as dashboards see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// `STRING`, `INTEGER`, `DECIMAL`, `DATETIME`; `None` for an expression whose type is not known here.
    pub kind: Kind,
    /// Its description.
    pub description: Option<String>,
}

/// The one physical table of a data set: its id, its kind (`RelationalTable`, `CustomSql`), itself.
pub fn physical(tables: &Value) -> Result<(&str, &str, &Value), ServiceError> {
    let mut tables = tables.as_object().into_iter().flatten();
    let (Some((id, table)), None) = (tables.next(), tables.next()) else {
        return Err(invalid("The local cloud has data sets over exactly one physical table"));
    };
    let mut kinds = table.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    match (kinds.next(), kinds.next()) {
        (Some((kind, table)), None) if matches!(kind.as_str(), "RelationalTable" | "CustomSql") => {
            Ok((id, kind, table))
        }
        _ => Err(invalid(format!("Physical table {id} must have exactly one of RelationalTable, CustomSql"))),
    }
}

/// The columns that a physical table declares, as it writes their types.
pub fn declared(table: &Value) -> Vec<(&str, &str)> {
    let list = given(table, "InputColumns").or_else(|| given(table, "Columns")).and_then(Value::as_array);
    list.into_iter().flatten().map(|column| (text(column, "Name"), text(column, "Type"))).collect()
}

/// The columns of a data set from its `PhysicalTableMap` and `LogicalTableMap`.
pub fn of(physical_tables: &Value, logical_tables: &Value) -> Result<Vec<Column>, ServiceError> {
    let (id, _, table) = physical(physical_tables)?;
    let mut columns: Vec<Column> = Vec::new();
    for (name, kind) in declared(table) {
        add(&mut columns, Column { name: name.to_owned(), kind: Some(output_kind(kind)), description: None })?;
    }
    if columns.is_empty() {
        return Err(invalid(format!("Physical table {id} has no columns")));
    }
    let mut logical = logical_tables.as_object().into_iter().flatten();
    let (first, second) = (logical.next(), logical.next());
    if second.is_some() {
        return Err(invalid("The local cloud has data sets with one logical table: it does not join"));
    }
    let Some((logical_id, logical)) = first else { return Ok(columns) };
    if text(&logical["Source"], "PhysicalTableId") != id {
        let message = format!("Logical table {logical_id} must have the physical table {id} as its source");
        return Err(invalid(message));
    }
    for transform in logical["DataTransforms"].as_array().into_iter().flatten() {
        let mut kinds = transform.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        match (kinds.next(), kinds.next()) {
            (Some((kind, operation)), None) => apply(&mut columns, kind, operation)?,
            _ => return Err(invalid("A data transform must have exactly one operation")),
        }
    }
    Ok(columns)
}

/// As `DescribeDataSet` lists them.
pub fn listed(columns: &[Column]) -> Value {
    let column = |c: &Column| {
        let mut shown = Map::new();
        shown.insert("Name".into(), c.name.clone().into());
        shown.insert("Description".into(), c.description.clone().into());
        shown.insert("Type".into(), c.kind.unwrap_or("DECIMAL").into());
        Value::from(shown)
    };
    columns.iter().map(column).collect()
}

/// What expressions over these columns may name.
pub fn scope(columns: &[Column]) -> Scope {
    columns.iter().map(|c| (c.name.clone(), c.kind)).collect()
}

/// A column's type after it was read.
fn output_kind(input: &str) -> &'static str {
    match input {
        "INTEGER" | "BIT" | "BOOLEAN" => "INTEGER",
        "DECIMAL" => "DECIMAL",
        "DATETIME" => "DATETIME",
        _ => "STRING",
    }
}

fn add(columns: &mut Vec<Column>, column: Column) -> Result<(), ServiceError> {
    if columns.iter().any(|c| c.name == column.name) {
        return Err(invalid(format!("Duplicate column name {}", column.name)));
    }
    columns.push(column);
    Ok(())
}

fn find<'c>(columns: &'c mut [Column], name: &str) -> Result<&'c mut Column, ServiceError> {
    let missing = || invalid(format!("Column {name} does not exist"));
    columns.iter_mut().find(|c| c.name == name).ok_or_else(missing)
}

fn apply(columns: &mut Vec<Column>, kind: &str, operation: &Value) -> Result<(), ServiceError> {
    let name = text(operation, "ColumnName");
    match kind {
        "ProjectOperation" => {
            let projected = texts(operation, "ProjectedColumns");
            *columns = projected.iter().map(|name| find(columns, name).cloned()).collect::<Result<_, _>>()?;
        }
        "FilterOperation" => drop(typed(columns, text(operation, "ConditionExpression"))?),
        "CreateColumnsOperation" => {
            // They do not see each other.
            let before = columns.clone();
            for column in operation["Columns"].as_array().into_iter().flatten() {
                let kind = typed(&before, text(column, "Expression"))?;
                add(columns, Column { name: text(column, "ColumnName").to_owned(), kind, description: None })?;
            }
        }
        "RenameColumnOperation" => {
            let renamed = text(operation, "NewColumnName");
            if columns.iter().any(|c| c.name == renamed) {
                return Err(invalid(format!("Duplicate column name {renamed}")));
            }
            find(columns, name)?.name = renamed.to_owned();
        }
        "CastColumnTypeOperation" => {
            find(columns, name)?.kind = Some(output_kind(text(operation, "NewColumnType")));
        }
        "TagColumnOperation" => {
            let column = find(columns, name)?;
            let tags = operation["Tags"].as_array().into_iter().flatten();
            let described = tags.filter_map(|t| t["ColumnDescription"]["Text"].as_str()).next_back();
            column.description = described.map(str::to_owned).or(column.description.take());
        }
        "UntagColumnOperation" => {
            let column = find(columns, name)?;
            if texts(operation, "TagNames").iter().any(|t| t == "COLUMN_DESCRIPTION") {
                column.description = None;
            }
        }
        _ => {}
    }
    Ok(())
}

fn typed(columns: &[Column], text: &str) -> Result<Kind, ServiceError> {
    expression::kind(text, &scope(columns))
        .map_err(|missing| invalid(format!("The expression {text} names the column {missing}, which does not exist")))
}

/// The logical table that QuickSight makes for a data set without one (hashicorp/terraform-provider-aws#30705).
pub fn default_logical(physical_tables: &Value) -> Result<Value, ServiceError> {
    let (id, _, table) = physical(physical_tables)?;
    Ok(json!({ id: { "Alias": table["Name"], "Source": { "PhysicalTableId": id } } }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn physical() -> Value {
        let columns = json!([
            { "Name": "id", "Type": "STRING" },
            { "Name": "n", "Type": "INTEGER" },
            { "Name": "on", "Type": "BIT" },
        ]);
        json!({ "t": { "RelationalTable": { "DataSourceArn": "a", "Schema": "s", "Name": "hits", "InputColumns": columns } } })
    }

    fn after(transforms: Value) -> Result<Vec<(String, Kind)>, String> {
        let logical =
            json!({ "l": { "Alias": "a", "Source": { "PhysicalTableId": "t" }, "DataTransforms": transforms } });
        let columns = of(&physical(), &logical).map_err(|e| e.message)?;
        Ok(columns.into_iter().map(|c| (c.name, c.kind)).collect())
    }

    #[test]
    fn transforms_follow_each_other() {
        let columns = after(json!([
            { "CreateColumnsOperation": { "Columns": [{ "ColumnName": "half", "ColumnId": "1", "Expression": "{n} / 2" }] } },
            { "RenameColumnOperation": { "ColumnName": "n", "NewColumnName": "count" } },
            { "CastColumnTypeOperation": { "ColumnName": "id", "NewColumnType": "INTEGER" } },
            { "FilterOperation": { "ConditionExpression": "{count} > 1" } },
            { "ProjectOperation": { "ProjectedColumns": ["half", "count", "id"] } },
        ]));
        let expected = [("half", "DECIMAL"), ("count", "INTEGER"), ("id", "INTEGER")];
        assert_eq!(columns, Ok(expected.map(|(name, kind)| (name.to_owned(), Some(kind))).into()));
    }

    #[test]
    fn faults_name_the_column() {
        let missing = after(json!([{ "ProjectOperation": { "ProjectedColumns": ["nope"] } }]));
        assert_eq!(missing, Err("Column nope does not exist".into()));
        let create = json!([{ "CreateColumnsOperation": { "Columns": [{ "ColumnName": "id", "ColumnId": "1", "Expression": "1" }] } }]);
        assert_eq!(after(create), Err("Duplicate column name id".into()));
        let expression = json!([{ "FilterOperation": { "ConditionExpression": "{nope} = 1" } }]);
        assert!(after(expression).unwrap_err().contains("names the column nope"));
    }

    #[test]
    fn a_data_set_without_logical_table_gets_one() {
        let logical = default_logical(&physical()).unwrap();
        assert_eq!(logical, json!({ "t": { "Alias": "hits", "Source": { "PhysicalTableId": "t" } } }));
        assert_eq!(of(&physical(), &logical).unwrap().len(), 3);
    }
}
