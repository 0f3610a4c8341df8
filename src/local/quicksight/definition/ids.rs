//! Ids of a definition: they are unique, and what names one names one that is there. A definition that breaks this is
//! refused at once.

use std::collections::HashSet;

use serde_json::Value;

use super::visuals::{each_object, items, variant};
use crate::local::error::ServiceError;
use crate::local::quicksight::support::{invalid, text};

/// Ids of one sort.
struct Ids<'v> {
    sort: &'static str,
    seen: HashSet<&'v str>,
}

impl<'v> Ids<'v> {
    fn new(sort: &'static str) -> Self {
        Self { sort, seen: HashSet::new() }
    }

    fn add(&mut self, value: &'v Value, member: &str) -> Result<&'v str, ServiceError> {
        let id = text(value, member);
        match id {
            "" => Err(invalid(format!("A {} lacks its {member}", self.sort))),
            _ if !self.seen.insert(id) => Err(invalid(format!("Duplicate {} {id} in the definition", self.sort))),
            _ => Ok(id),
        }
    }

    fn need(&self, id: &str, place: &str) -> Result<(), ServiceError> {
        match self.seen.contains(id) {
            true => Ok(()),
            false => Err(invalid(format!("{place} names the {} {id}, which the definition does not have", self.sort))),
        }
    }
}

/// Refuses a definition whose ids are not unique or lead nowhere.
pub fn check(definition: &Value) -> Result<(), ServiceError> {
    let mut declarations = Ids::new("data set identifier");
    for declaration in items(definition, "DataSetIdentifierDeclarations") {
        declarations.add(declaration, "Identifier")?;
    }
    let (mut groups, mut filters) = (Ids::new("filter group"), Ids::new("filter"));
    for group in items(definition, "FilterGroups") {
        groups.add(group, "FilterGroupId")?;
        for filter in items(group, "Filters") {
            filters.add(only(filter, "filter")?, "FilterId")?;
        }
    }
    let mut parameters = Ids::new("parameter");
    for parameter in items(definition, "ParameterDeclarations") {
        parameters.add(only(parameter, "parameter declaration")?, "Name")?;
    }
    let mut calculated = HashSet::new();
    for field in items(definition, "CalculatedFields") {
        if !calculated.insert((text(field, "DataSetIdentifier"), text(field, "Name"))) {
            return Err(invalid(format!("Duplicate calculated field {} in the definition", text(field, "Name"))));
        }
    }
    let (mut sheets, mut visuals, mut elements) = (Ids::new("sheet"), Ids::new("visual"), Ids::new("element"));
    for sheet in items(definition, "Sheets") {
        let sheet_id = sheets.add(sheet, "SheetId")?;
        for visual in items(sheet, "Visuals") {
            let body = only(visual, "visual")?;
            visuals.add(body, "VisualId")?;
            elements.add(body, "VisualId")?;
            check_fields(body)?;
        }
        for (member, id) in [("FilterControls", "FilterControlId"), ("ParameterControls", "ParameterControlId")] {
            for control in items(sheet, member) {
                let body = only(control, "control")?;
                elements.add(body, id)?;
                if let Some(filter) = body.get("SourceFilterId").and_then(Value::as_str) {
                    filters.need(filter, &format!("A control of sheet {sheet_id}"))?;
                }
            }
        }
        for (member, id) in [("TextBoxes", "SheetTextBoxId"), ("Images", "SheetImageId")] {
            items(sheet, member).try_for_each(|element| elements.add(element, id).map(drop))?;
        }
        for layout in items(sheet, "Layouts") {
            let Some((_, layout)) = variant(&layout["Configuration"]) else { continue };
            let place = format!("The layout of sheet {sheet_id}");
            items(layout, "Elements").try_for_each(|e| elements.need(text(e, "ElementId"), &place))?;
        }
    }
    for group in items(definition, "FilterGroups") {
        let place = format!("The scope of filter group {}", text(group, "FilterGroupId"));
        for scope in items(&group["ScopeConfiguration"]["SelectedSheets"], "SheetVisualScopingConfigurations") {
            sheets.need(text(scope, "SheetId"), &place)?;
            let named = items(scope, "VisualIds").filter_map(Value::as_str);
            named.into_iter().try_for_each(|visual| visuals.need(visual, &place))?;
        }
    }
    Ok(())
}

fn only<'v>(union: &'v Value, what: &str) -> Result<&'v Value, ServiceError> {
    variant(union).map(|(_, body)| body).ok_or_else(|| invalid(format!("A {what} must have exactly one kind")))
}

/// A visual's field ids are unique, and its sorts name fields that it has.
fn check_fields(visual: &Value) -> Result<(), ServiceError> {
    let chart = &visual["ChartConfiguration"];
    let id = text(visual, "VisualId");
    let (mut fields, mut duplicate) = (HashSet::new(), None);
    each_object("", &chart["FieldWells"], &mut |_, members| {
        if let Some(field) = members.get("FieldId").and_then(Value::as_str)
            && !fields.insert(field)
        {
            duplicate = Some(field);
        }
    });
    if let Some(field) = duplicate {
        return Err(invalid(format!("Duplicate field {field} in visual {id}")));
    }
    let mut stray = None;
    each_object("", &chart["SortConfiguration"], &mut |name, members| {
        if let Some(field) = members.get("FieldId").and_then(Value::as_str)
            && name == "FieldSort"
            && !fields.contains(field)
        {
            stray = Some(field);
        }
    });
    match stray {
        None => Ok(()),
        Some(field) => Err(invalid(format!("Visual {id} is sorted by the field {field}, which it does not have"))),
    }
}
