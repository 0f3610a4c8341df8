//! A definition as QuickSight answers it: defaults filled in, unset members as null, what is a set in another order, rich
//! text broken into lines.
//!
//! What AWS does here is seen in hashicorp/terraform-provider-aws#33004 (empty default values), #36733 (order), #36802
//! (rich text) and in exported dashboards; `defaults.json` holds it by the member that an object stands in. A definition
//! that is sent back unchanged must come out as the same dashboard.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::visuals::{each_object, items, variant};
use crate::local::quicksight::support::text;

/// Lists of a definition whose order says nothing.
const SETS: [&str; 5] = [
    "DataSetIdentifierDeclarations",
    "CalculatedFields",
    "ParameterDeclarations",
    "FilterGroups",
    "ColumnConfigurations",
];

static DEFAULTS: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("defaults.json")).expect("the embedded defaults are well-formed")
});

/// The definition of `DescribeDashboardDefinition`.
pub fn answered(definition: &Value) -> Value {
    let mut definition = definition.clone();
    fill_all("Definition", &mut definition);
    for set in SETS {
        reverse(&mut definition[set]);
    }
    for group in list(&mut definition, "FilterGroups") {
        let path = "/ScopeConfiguration/SelectedSheets/SheetVisualScopingConfigurations";
        let Some(scopes) = group.pointer_mut(path) else { continue };
        reverse(scopes);
        scopes.as_array_mut().into_iter().flatten().filter_map(|s| s.get_mut("VisualIds")).for_each(reverse);
    }
    for sheet in list(&mut definition, "Sheets") {
        list(sheet, "Visuals").for_each(tooltip);
        if items(sheet, "Layouts").next().is_none() {
            sheet["Layouts"] = json!([{ "Configuration": { "GridLayout": layout(sheet) } }]);
        }
    }
    definition
}

fn reverse(list: &mut Value) {
    if let Some(items) = list.as_array_mut() {
        items.reverse();
    }
}

fn list<'v>(value: &'v mut Value, member: &str) -> impl Iterator<Item = &'v mut Value> {
    value.get_mut(member).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Fills in what is missing in the value, which stands in a member of that name, and below it.
fn fill_all(name: &str, value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::Object(defaults)) = DEFAULTS.get(name) {
                fill(members, defaults, name.ends_with("Visual"));
            }
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "RichText" => *text = broken(text),
                    _ => fill_all(name, value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill_all(name, item)),
        _ => {}
    }
}

/// A visual's defaults reach into what it gives; elsewhere, what is given is left as it is.
fn fill(members: &mut Map<String, Value>, defaults: &Map<String, Value>, deep: bool) {
    for (name, default) in defaults {
        match (members.get_mut(name), default) {
            (None | Some(Value::Null), _) => drop(members.insert(name.clone(), default.clone())),
            (Some(Value::Object(given)), Value::Object(default)) if deep => fill(given, default, true),
            _ => {}
        }
    }
}

/// A tooltip without fields gets all of the visual's.
fn tooltip(visual: &mut Value) {
    let Some((kind, body)) = variant(visual) else { return };
    let kind = kind.to_owned();
    let mut fields = Vec::new();
    each_object("", &body["ChartConfiguration"]["FieldWells"], &mut |_, members| {
        if let Some(id) = members.get("FieldId") {
            fields.push(json!({ "FieldTooltipItem": { "FieldId": id, "Visibility": "VISIBLE" } }));
        }
    });
    let chart = &mut visual[&kind]["ChartConfiguration"];
    let is_detailed = text(&chart["Tooltip"], "SelectedTooltipType") == "DETAILED";
    if is_detailed && chart["Tooltip"]["FieldBasedTooltip"]["TooltipFields"].is_null() {
        chart["Tooltip"]["FieldBasedTooltip"]["TooltipFields"] = fields.into();
    }
}

/// The layout of a sheet that has none: its visuals, two in a row.
fn layout(sheet: &Value) -> Value {
    let element = |(at, visual): (usize, &Value)| {
        let id = variant(visual).map(|(_, body)| body["VisualId"].clone());
        json!({
            "ElementId": id, "ElementType": "VISUAL",
            "ColumnIndex": at % 2 * 18, "ColumnSpan": 18, "RowIndex": at / 2 * 12, "RowSpan": 12
        })
    };
    let elements: Vec<_> = items(sheet, "Visuals").enumerate().map(element).collect();
    json!({ "Elements": elements, "CanvasSizeOptions": DEFAULTS["GridLayout"]["CanvasSizeOptions"] })
}

/// Rich text with each tag and each run of text on a line of its own, indented.
fn broken(rich: &str) -> String {
    if rich.contains('\n') || !rich.starts_with('<') {
        return rich.to_owned();
    }
    let (mut lines, mut depth, mut rest) = (Vec::new(), 0_usize, rich);
    while !rest.is_empty() {
        let is_tag = rest.starts_with('<');
        let end = if is_tag { rest.find('>').map(|at| at + 1) } else { rest.find('<') }.unwrap_or(rest.len());
        let (piece, tail) = rest.split_at(end);
        if piece.starts_with("</") {
            depth = depth.saturating_sub(1);
        }
        lines.push(format!("{}{}", "  ".repeat(depth), piece.trim()));
        if is_tag && !piece.starts_with("</") && !piece.ends_with("/>") {
            depth += 1;
        }
        rest = tail;
    }
    lines.join("\n")
}
