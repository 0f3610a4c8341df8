//! Ways through a definition.

use serde_json::Value;

use crate::local::quicksight::support::text;

/// The items of a list member, none when it is missing.
pub fn items<'v>(value: &'v Value, member: &str) -> impl Iterator<Item = &'v Value> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}

/// The one given member of a union, as `("BarChartVisual", {..})`; `None` when there are several or none.
pub fn variant(union: &Value) -> Option<(&str, &Value)> {
    let mut given = union.as_object()?.iter().filter(|(_, value)| !value.is_null());
    match (given.next(), given.next()) {
        (Some((name, value)), None) => Some((name, value)),
        _ => None,
    }
}

/// Calls with every object below a value, itself included, and the name of the member that it stands in.
pub fn each_object<'v>(
    name: &'v str,
    value: &'v Value,
    see: &mut dyn FnMut(&'v str, &'v serde_json::Map<String, Value>),
) {
    match value {
        Value::Object(members) => {
            see(name, members);
            members.iter().for_each(|(name, value)| each_object(name, value, see));
        }
        Value::Array(items) => items.iter().for_each(|item| each_object(name, item, see)),
        _ => {}
    }
}

/// The parts of a definition that references stand in, with the paths that errors name them by.
pub fn parts(definition: &Value) -> Vec<(String, &Value)> {
    let mut parts = Vec::new();
    for sheet in items(definition, "Sheets") {
        let path = format!("sheet/{}", text(sheet, "SheetId"));
        for visual in items(sheet, "Visuals") {
            if let Some((_, body)) = variant(visual) {
                parts.push((format!("{path}/visual/{}", text(body, "VisualId")), visual));
            }
        }
        for (member, word, id) in [
            ("FilterControls", "filter-control", "FilterControlId"),
            ("ParameterControls", "parameter-control", "ParameterControlId"),
        ] {
            for control in items(sheet, member) {
                if let Some((_, body)) = variant(control) {
                    parts.push((format!("{path}/{word}/{}", text(body, id)), control));
                }
            }
        }
    }
    for group in items(definition, "FilterGroups") {
        for filter in items(group, "Filters") {
            if let Some((_, body)) = variant(filter) {
                let path = format!("filter-group/{}/filter/{}", text(group, "FilterGroupId"), text(body, "FilterId"));
                parts.push((path, filter));
            }
        }
    }
    for parameter in items(definition, "ParameterDeclarations") {
        if let Some((_, body)) = variant(parameter) {
            parts.push((format!("parameter/{}", text(body, "Name")), parameter));
        }
    }
    for configuration in items(definition, "ColumnConfigurations") {
        let column = text(&configuration["Column"], "ColumnName");
        parts.push((format!("column-configuration/{column}"), configuration));
    }
    parts
}
