//! Lists without meaning of order, which QuickSight gives back in an order of its own.
//!
//! Not here, because their order is seen: sheets, field wells, sorts, columns of tables (`Order`), choices of a control,
//! fields of a tooltip, conditional formats (the first that fits wins), actions (a menu).

use serde_json::{Map, Value};

use super::defaults::ends_with;

/// Ends of the paths of such lists.
const UNORDERED: &[&str] = &[
    "DataSetIdentifierDeclarations",
    "TopicIdentifierDeclarations",
    "CalculatedFields",
    "ParameterDeclarations",
    "FilterGroups",
    // All of a group must hold.
    "FilterGroups.Filters",
    "ColumnConfigurations",
    "StaticFiles",
    "TooltipSheets",
    "Options.ExcludedDataSetArns",
    "MappedDataSetParameters",
    "SheetVisualScopingConfigurations",
    "VisualIds",
    "TargetVisuals",
    "NonRepeatingVisuals",
    "CategoryValues",
    "SourceControls",
    "SelectedColumns",
    "SelectedFields",
    "FieldOptions.SelectedFieldOptions",
    "FieldOptions.DataPathOptions",
    "FieldOptions.CollapseStateOptions",
    "FieldLevelOptions",
    "TotalAggregationOptions",
    "StyleTargets",
    "AxisLabelOptions",
    "VisualPalette.ColorMap",
    "CustomColors",
    "CustomDecalSettings",
    "Series",
    "ColumnHierarchies",
];

/// Sorts `items`, the list at `path`, when their order means nothing. The items are in normal form.
pub fn order(path: &[String], items: &mut [Value]) {
    if UNORDERED.iter().any(|rule| ends_with(path, rule)) {
        sort(items);
    }
    // On the grid each element says where it stands; those that do not flow, in order.
    if ends_with(path, "GridLayout.Elements") && items.iter().all(is_placed) {
        sort(items);
    }
}

/// What stands on a sheet has its place from the layouts; without one it flows in order.
pub fn order_on_sheet(sheet: &mut Map<String, Value>) {
    if !sheet.contains_key("SheetId") {
        return;
    }
    if sheet.contains_key("Layouts") {
        for name in ["Visuals", "TextBoxes", "Images"] {
            sort_member(sheet, name);
        }
    }
    if sheet.contains_key("SheetControlLayouts") {
        for name in ["ParameterControls", "FilterControls"] {
            sort_member(sheet, name);
        }
    }
}

fn sort_member(members: &mut Map<String, Value>, name: &str) {
    if let Some(Value::Array(items)) = members.get_mut(name) {
        sort(items);
    }
}

fn is_placed(element: &Value) -> bool {
    ["ColumnIndex", "RowIndex"].iter().all(|name| element.get(name).is_some_and(Value::is_number))
}

/// By id; what has none, and what has the same, by all of it.
fn sort(items: &mut [Value]) {
    items.sort_by_cached_key(|item| (key(item), item.to_string()));
}

/// Names of members that say what an item is.
const IDS: &[&str] = &[
    "Identifier",
    "DataSetIdentifier",
    "Name",
    "FilterGroupId",
    "FilterId",
    "SheetId",
    "VisualId",
    "FieldId",
    "ElementId",
    "ParameterControlId",
    "FilterControlId",
    "SheetTextBoxId",
    "SheetImageId",
    "StaticFileId",
    "HierarchyId",
    "ColumnName",
];

/// The ids of an item, or of the one member of a union.
fn key(item: &Value) -> Vec<String> {
    let Some(members) = item.as_object() else { return Vec::new() };
    let own: Vec<String> =
        IDS.iter().filter_map(|id| members.get(*id)).filter_map(Value::as_str).map(str::to_owned).collect();
    if !own.is_empty() {
        return own;
    }
    match members.values().next() {
        Some(only) if members.len() == 1 => key(only),
        _ => Vec::new(),
    }
}
