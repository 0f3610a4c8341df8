//! Dashboards, their parameters, sheets and filters.

use std::collections::HashSet;

use super::datasets::{Sets, unknown};
use super::{Faults, visuals, words};
use crate::dashboard::model::{Dashboard, Dataset, Filter, Parameter, Sheet};
use crate::error::Error;
use crate::flow::types::DataType;
use crate::flow::typing::{literal_of, unknown_column};
use crate::manifest::model::quicksight::{self as written, Body, Quicksight};
use crate::manifest::spanned::Spanned;

/// All dashboards; what failed is left out, and told.
pub fn compile(section: &Quicksight, sets: &Sets, faults: &mut Faults) -> Vec<Dashboard> {
    section.dashboards.iter().map(|(name, dashboard)| one(name, dashboard, sets, faults)).collect()
}

fn one(name: &Spanned<String>, dashboard: &written::Dashboard, sets: &Sets, faults: &mut Faults) -> Dashboard {
    let before = faults.len();
    let parameters = parameters(dashboard, faults);
    // With a parameter missing, every condition that names it would be told again.
    let known = (faults.len() == before).then_some(parameters.as_slice());
    let (sheets, raw) = match &dashboard.body {
        Body::Definition(definition) => {
            raw(definition, sets, faults);
            (Vec::new(), Some(definition.json.clone()))
        }
        Body::Sheets(sheets) => {
            let mut ids = HashSet::new();
            let sheets = sheets.iter().map(|sheet| self::sheet(sheet, sets, known, &mut ids, faults));
            (sheets.collect(), None)
        }
    };
    Dashboard {
        name: name.value.clone(),
        title: dashboard.title.clone().unwrap_or_else(|| words::title(name)),
        description: dashboard.description.clone(),
        theme: dashboard.theme,
        parameters,
        sheets,
        raw,
    }
}

fn parameters(dashboard: &written::Dashboard, faults: &mut Faults) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for (name, parameter) in &dashboard.parameters {
        match self::parameter(name, parameter) {
            Ok(parameter) => parameters.push(parameter),
            Err(wrong) => faults.extend(wrong),
        }
    }
    parameters
}

fn parameter(name: &Spanned<String>, parameter: &written::Parameter) -> Result<Parameter, Faults> {
    let written = &parameter.data_type;
    let data_type = match written.as_str() {
        "string" => DataType::String,
        "int" => DataType::Int,
        "double" => DataType::Double,
        "date" => DataType::Date,
        other => {
            let error = Error::manifest("unknown-type", format!("`{other}` is not a type of a parameter"));
            return Err(vec![error.at(written.place.clone()).with_expected("string, int, double or date")]);
        }
    };
    let mut faults = Faults::new();
    let mut values = Vec::new();
    for value in &parameter.values {
        match literal_of(value, &data_type) {
            Ok(literal) if values.contains(&literal) => {
                let error = Error::manifest("duplicate-value", format!("`{}` stands here twice", value.value));
                faults.push(error.at(value.place.clone()));
            }
            Ok(literal) => values.push(literal),
            Err(error) => faults.push(error.at(value.place.clone())),
        }
    }
    let mut default = 0;
    if let Some(written) = &parameter.default {
        match literal_of(written, &data_type).map(|literal| values.iter().position(|value| *value == literal)) {
            Ok(Some(index)) => default = index,
            Ok(None) => {
                let error = Error::manifest("invalid-value", format!("`{}` is not one of `values`", written.value));
                faults.push(error.at(written.place.clone()));
            }
            Err(error) => faults.push(error.at(written.place.clone())),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let title = parameter.title.clone().unwrap_or_else(|| words::title(name));
    Ok(Parameter { name: name.value.clone(), title, data_type, values, default })
}

fn sheet(
    sheet: &written::Sheet,
    sets: &Sets,
    parameters: Option<&[Parameter]>,
    ids: &mut HashSet<String>,
    faults: &mut Faults,
) -> Sheet {
    let id = words::distinct(&words::slug(&sheet.title), ids);
    let visuals = sheet
        .visuals
        .iter()
        .filter_map(|visual| {
            let compiled = visuals::compile(visual, sets, parameters);
            let mut visual = compiled.map_err(|wrong| faults.extend(wrong)).ok()?;
            visual.id = words::distinct(&format!("{id}-{}", visual.id), ids);
            Some(visual)
        })
        .collect();
    let filters = sheet.filters.iter().filter_map(|filter| {
        let mut compiled = self::filter(filter, sheet, sets).map_err(|wrong| faults.extend(wrong)).ok()?;
        compiled.id = words::distinct(&format!("{id}-filter-{}", words::slug(&compiled.column)), ids);
        Some(compiled)
    });
    let filters = filters.collect();
    Sheet { id, title: sheet.title.value.clone(), description: sheet.description.clone(), filters, visuals }
}

fn filter(filter: &Spanned<written::Filter>, sheet: &written::Sheet, sets: &Sets) -> Result<Filter, Faults> {
    let set = dataset(&filter.dataset, sets)?;
    let column = filter.column.to_lowercase();
    let there = set.columns.iter().map(|c| c.name.as_str()).chain(set.calculated.iter().map(|c| c.name.as_str()));
    let data_type = set
        .data_type(&column)
        .ok_or_else(|| vec![unknown_column(&filter.column, there).at(filter.column.place.clone())])?;
    use DataType::{Bigint, Boolean, Date, Int};
    if !matches!(data_type, DataType::String | Boolean | Int | Bigint | Date) {
        let message = format!("`{column}` is {data_type}, whose values are not chosen from a list");
        let error = Error::manifest("type-mismatch", message).at(filter.column.place.clone());
        return Err(vec![error.with_expected("a string, boolean, int, bigint or date column")]);
    }
    if !sheet.visuals.iter().any(|visual| visual.dataset == filter.dataset) {
        let message = format!("no visual of this sheet shows data set `{}`", filter.dataset.value);
        return Err(vec![Error::manifest("not-applicable", message).at(filter.dataset.place.clone())]);
    }
    Ok(Filter {
        id: String::new(),
        dataset: set.name.clone(),
        data_type: data_type.clone(),
        title: filter.title.clone().unwrap_or_else(|| words::title(&column)),
        column,
    })
}

/// The data set of that name; no error of its own when it failed.
pub fn dataset<'a>(name: &Spanned<String>, sets: &'a Sets) -> Result<&'a Dataset, Faults> {
    match sets.get(name.as_str()) {
        Some(set) => set.as_ref().ok_or_else(Faults::new),
        None => Err(vec![unknown("data set", name, sets.keys().map(String::as_str))]),
    }
}

/// A definition in QuickSight's words has to declare its data sets, and by our names.
fn raw(definition: &written::Definition, sets: &Sets, faults: &mut Faults) {
    let at = |error: Error| error.at(definition.file.place.clone());
    let declared = definition.json.get("DataSetIdentifierDeclarations").and_then(|declared| declared.as_array());
    let Some(declared) = declared.filter(|declared| !declared.is_empty()) else {
        let message = format!("`{}` declares no data set", definition.file.value);
        faults.push(at(Error::manifest("missing-key", message)).with_expected(
            "`DataSetIdentifierDeclarations`: [{ \"Identifier\": NAME }], names from `quicksight.datasets`",
        ));
        return;
    };
    for declaration in declared {
        let name = declaration.get("Identifier").and_then(|name| name.as_str()).unwrap_or_default();
        if !sets.contains_key(name) {
            let name = definition.file.with(name.to_string());
            faults.push(unknown("data set", &name, sets.keys().map(String::as_str)));
        }
    }
}
