//! Dashboards and their sheets.

use super::visuals::visual;
use crate::error::{Error, Place, Result};
use crate::manifest::cx::Cx;
use crate::manifest::model::quicksight::{Body, Dashboard, Definition, Filter, Parameter, Sheet, Theme};
use crate::manifest::paths;
use crate::manifest::read::{Reader, choice, list, map_of, record, text, text_of};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

const THEMES: &[(&str, Theme)] = &[
    ("classic", Theme::Classic),
    ("midnight", Theme::Midnight),
    ("seaside", Theme::Seaside),
    ("rainier", Theme::Rainier),
];

/// One entry of `dashboards`.
pub fn dashboard() -> impl Reader<Out = Dashboard> {
    record("a dashboard", |m| {
        let title = m.optional("title", "Shown on top; the name by default.", text_of(&rules::TITLE));
        let description = m.optional("description", "What it answers.", text_of(&rules::DESCRIPTION));
        let theme = m.or("theme", "One of QuickSight's own themes.", choice(THEMES), "classic");
        let parameters = m.listed(
            "parameters",
            "Values that a viewer chooses; `:name` stands for the chosen one in a visual's `where`.",
            map_of(&rules::PARAMETER, parameter()),
        );
        let sheets = m.optional("sheets", "Pages of visuals.", list(any_sheet().named("sheet")).not_empty());
        let definition = m.optional(
            "definition",
            "A JSON file with a definition in QuickSight's own words (DashboardVersionDefinition), in place of `sheets`.",
            text_of(&rules::NOT_EMPTY).spanned().try_map(definition),
        );
        m.exactly_one(&["sheets", "definition"]);
        if m.given("definition") && m.given("parameters") {
            m.fault(
                Error::manifest("one-of", "`parameters` belong to `sheets`")
                    .at(m.place("parameters"))
                    .with_help("declare them in the definition's ParameterDeclarations"),
            );
        }
        let body = sheets?.map(Body::Sheets).or(definition?.map(Body::Definition));
        Some(Dashboard {
            title: title?,
            description: description?,
            theme: theme?,
            parameters: parameters?,
            body: body?,
        })
    })
}

fn parameter() -> impl Reader<Out = Parameter> {
    record("a parameter", |m| {
        let title = m.optional("title", "Shown beside the control; the name by default.", text_of(&rules::TITLE));
        let data_type = m.required("type", "string, int, double or date.", text_of(&rules::NOT_EMPTY).spanned());
        let values = m.required("values", "What it can be.", list(text().spanned()).not_empty());
        let default = m.optional("default", "What it is at first; the first value by default.", text().spanned());
        Some(Parameter { title: title?, data_type: data_type?, values: values?, default: default? })
    })
}

/// A sheet, which the schema names, too.
pub fn any_sheet() -> impl Reader<Out = Sheet> {
    record("a sheet", |m| {
        let title = m.required("title", "Shown as its tab.", text_of(&rules::TITLE).spanned());
        let description = m.optional("description", "Shown under the title.", text_of(&rules::DESCRIPTION));
        let filters = m.listed(
            "filters",
            "Controls that narrow the sheet's visuals to one value of a column, or to all.",
            list(filter().spanned()),
        );
        let visuals = m.required("visuals", "In reading order.", list(visual()).not_empty());
        Some(Sheet { title: title?, description: description?, filters: filters?, visuals: visuals? })
    })
}

fn filter() -> impl Reader<Out = Filter> {
    record("a filter", |m| {
        let dataset = m.required("dataset", "The data set whose visuals it narrows.", text_of(&rules::ASSET).spanned());
        let column = m.required("column", "The column.", text_of(&rules::NOT_EMPTY).spanned());
        let title = m.optional("title", "Shown beside the control; the column by default.", text_of(&rules::TITLE));
        Some(Filter { dataset: dataset?, column: column?, title: title? })
    })
}

/// Reads a definition's file; a fault of its JSON is told at its line.
fn definition(file: Spanned<String>, cx: &Cx) -> Result<Definition> {
    let text = paths::read_text(&cx.folder, &file)?;
    let json: serde_json::Value = serde_json::from_str(&text.text).map_err(|error| {
        let place = Place {
            source: text.clone(),
            line: error.line().max(1) as u32,
            column: error.column().max(1) as u32,
            width: 1,
        };
        Error::manifest("syntax", format!("`{}` is not JSON: {error}", file.value)).at(place)
    })?;
    if !json.is_object() {
        return Err(Error::manifest("wrong-type", format!("`{}` does not hold a JSON object", file.value))
            .with_expected(
                "a DashboardVersionDefinition, as `aws quicksight describe-dashboard-definition` prints it",
            ));
    }
    Ok(Definition { file, text, json })
}
