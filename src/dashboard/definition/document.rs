//! A whole definition.

use serde_json::{Map, Value, json};

use super::field::Book;
use super::{filter, layout, names, not_in_quicksight, parameter, spelling, visual};
use crate::dashboard::model::{Dashboard, Dashboards, Sheet};
use crate::error::{Error, Result, nearest};

/// The `DashboardVersionDefinition` of `dashboard` as JSON, as it travels (timestamps as numbers). `arn` gives the ARN
/// of a data set by its name in the manifest.
///
/// A `raw` dashboard keeps its JSON whole; only the ARNs of its data sets are filled in, and timestamps written as text
/// (as the AWS CLI shows them) become numbers.
///
/// # Errors
///
/// All that QuickSight cannot express (`not-in-quicksight`), together; `unknown-dataset` for a raw definition that names
/// a data set that is not there.
pub fn definition(dashboards: &Dashboards, dashboard: &Dashboard, arn: &dyn Fn(&str) -> String) -> Result<Value> {
    match &dashboard.raw {
        Some(raw) => filled(dashboards, raw, arn),
        None => written(dashboards, dashboard, arn),
    }
}

fn filled(dashboards: &Dashboards, raw: &Value, arn: &dyn Fn(&str) -> String) -> Result<Value> {
    let mut definition = raw.clone();
    spelling::wire_times(&mut definition);
    let mut errors = Vec::new();
    let declarations = definition.get_mut("DataSetIdentifierDeclarations").and_then(Value::as_array_mut);
    for declaration in declarations.into_iter().flatten() {
        let name = declaration.get("Identifier").and_then(Value::as_str).unwrap_or_default().to_owned();
        if dashboards.dataset(&name).is_some() {
            declaration["DataSetArn"] = json!(arn(&name));
        } else {
            let known = dashboards.datasets.iter().map(|d| d.name.as_str());
            let error =
                Error::manifest("unknown-dataset", format!("the definition names the unknown data set `{name}`"));
            errors.push(match nearest(&name, known) {
                Some(near) => error.with_help(format!("did you mean `{near}`?")),
                None => error.with_help("`Identifier` is a name of `quicksight.datasets`"),
            });
        }
    }
    Error::check(errors, definition)
}

fn written(dashboards: &Dashboards, dashboard: &Dashboard, arn: &dyn Fn(&str) -> String) -> Result<Value> {
    let mut book = Book::new(dashboards);
    let mut errors = Vec::new();
    let mut sheets = Vec::new();
    for sheet in &dashboard.sheets {
        match written_sheet(&mut book, dashboard, sheet) {
            Ok(json) => sheets.push(json),
            Err(error) => errors.extend(error.into_all()),
        }
    }
    if dashboard.sheets.len() > MOST_SHEETS {
        errors.push(not_in_quicksight(
            format!("a dashboard of {} sheets (`{}`)", dashboard.sheets.len(), dashboard.name),
            format!("put at most {MOST_SHEETS} on it"),
        ));
    }
    let parameters = parameter::declarations(&dashboard.parameters).unwrap_or_else(|error| {
        errors.extend(error.into_all());
        Vec::new()
    });
    let declarations: Vec<_> = dashboards
        .datasets
        .iter()
        .filter(|dataset| uses(dashboard, &dataset.name))
        .map(|dataset| json!({ "Identifier": dataset.name, "DataSetArn": arn(&dataset.name) }))
        .collect();
    let mut definition = Map::new();
    definition.insert("DataSetIdentifierDeclarations".into(), json!(declarations));
    definition.insert("Sheets".into(), json!(sheets));
    for (name, list) in [
        ("CalculatedFields", book.calculated_fields()),
        ("ParameterDeclarations", parameters),
        ("FilterGroups", book.filter_groups),
    ] {
        if !list.is_empty() {
            definition.insert(name.into(), json!(list));
        }
    }
    // Weeks begin on Monday in Athena; QuickSight's own begin on Sunday.
    definition.insert("Options".into(), json!({ "WeekStart": "MONDAY" }));
    Error::check(errors, Value::Object(definition))
}

fn uses(dashboard: &Dashboard, dataset: &str) -> bool {
    dashboard.sheets.iter().any(|sheet| {
        sheet.visuals.iter().any(|v| v.dataset == dataset) || sheet.filters.iter().any(|f| f.dataset == dataset)
    })
}

/// QuickSight's limits: sheets, visuals on one, and characters of its texts.
const MOST_SHEETS: usize = 20;
const MOST_VISUALS: usize = 75;
const LONGEST_TEXT: usize = 1024;

fn written_sheet(book: &mut Book<'_>, dashboard: &Dashboard, sheet: &Sheet) -> Result<Value> {
    let mut errors = Vec::new();
    let mut keep = |result: Result<Value>, into: &mut Vec<Value>, place: String| match result {
        Ok(json) => into.push(json),
        Err(error) => errors.extend(error.into_all().into_iter().map(|e| e.with_note(place.clone()))),
    };
    let (mut visuals, mut parameter_controls, mut filter_controls) = (Vec::new(), Vec::new(), Vec::new());
    let mut controls = Vec::new();
    for parameter in &dashboard.parameters {
        let control = parameter::control(sheet, parameter).map(|(id, json)| {
            controls.push((id, "PARAMETER_CONTROL"));
            json
        });
        keep(control, &mut parameter_controls, format!("in the parameter `{}`", parameter.name));
    }
    for filter in &sheet.filters {
        let control = filter::of_sheet(book, sheet, filter).map(|(id, json)| {
            controls.push((id, "FILTER_CONTROL"));
            json
        });
        keep(control, &mut filter_controls, format!("in the filter `{}` of the sheet `{}`", filter.id, sheet.title));
    }
    for v in &sheet.visuals {
        let place = format!("in the visual `{}` of the sheet `{}`", v.title, sheet.title);
        keep(visual::visual(book, sheet, v), &mut visuals, place);
    }
    if sheet.visuals.len() > MOST_VISUALS {
        errors.push(not_in_quicksight(
            format!("a sheet of {} visuals (`{}`)", sheet.visuals.len(), sheet.title),
            format!("put at most {MOST_VISUALS} on a sheet"),
        ));
    }
    let description = sheet.description.as_ref().map(|text| text.trim()).filter(|text| !text.is_empty());
    for text in [Some(sheet.title.as_str()), description].into_iter().flatten() {
        if text.chars().count() > LONGEST_TEXT {
            errors.push(not_in_quicksight(
                format!("a title or description of {} characters on a sheet", text.chars().count()),
                format!("shorten it to {LONGEST_TEXT}"),
            ));
        }
    }
    let mut json = Map::new();
    json.insert("SheetId".into(), json!(names::id(&[&sheet.id])));
    json.insert("Name".into(), json!(sheet.title));
    if let Some(description) = description {
        // The description stands under the title, which is not shown without it: the tab has it already.
        json.insert("Title".into(), json!(sheet.title));
        json.insert("Description".into(), json!(description));
    }
    for (name, list) in
        [("ParameterControls", parameter_controls), ("FilterControls", filter_controls), ("Visuals", visuals)]
    {
        if !list.is_empty() {
            json.insert(name.into(), json!(list));
        }
    }
    json.insert("Layouts".into(), layout::of_sheet(&sheet.visuals));
    if !controls.is_empty() {
        json.insert("SheetControlLayouts".into(), layout::of_controls(&controls));
    }
    json.insert("ContentType".into(), json!("INTERACTIVE"));
    Error::check(errors, Value::Object(json))
}
