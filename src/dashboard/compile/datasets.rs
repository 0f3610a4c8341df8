//! Data sets: which columns they have.

use indexmap::IndexMap;

use super::Faults;
use super::refresh;
use crate::dashboard::model::{Calculated, Column, Dataset, From};
use crate::error::{Error, nearest};
use crate::flow::document::Flow;
use crate::flow::queries::{self, Output};
use crate::flow::types::{self, DataType, Schema};
use crate::flow::typing::{Scope, expression};
use crate::manifest::model::quicksight::{self as written, DatasetFrom, Quicksight};
use crate::manifest::model::{CatalogMode, Manifest};
use crate::manifest::spanned::Spanned;

/// Data sets by name; `None` for what failed.
pub type Sets = IndexMap<String, Option<Dataset>>;

/// All data sets, in the manifest's order.
pub fn compile(manifest: &Manifest, flow: &Flow, section: &Quicksight, faults: &mut Faults) -> Sets {
    let compiled = section.datasets.iter().map(|(name, set)| {
        let found = compile_one(manifest, flow, name, set).map_err(|wrong| faults.extend(wrong)).ok();
        (name.value.clone(), found)
    });
    compiled.collect()
}

fn compile_one(
    manifest: &Manifest,
    flow: &Flow,
    name: &Spanned<String>,
    set: &written::Dataset,
) -> Result<Dataset, Faults> {
    let (from, columns) = match &set.from {
        DatasetFrom::Table(table) => of_table(manifest, flow, table, set)?,
        DatasetFrom::Query(query) => of_query(manifest, flow, query, set)?,
    };
    if columns.is_empty() {
        let error = Error::manifest("no-columns", format!("data set `{}` has no column that can be shown", name.value));
        return Err(vec![error.at(name.place.clone()).with_note("arrays and structs are left out")]);
    }
    let calculated = calculated(set, &columns)?;
    Ok(Dataset {
        name: name.value.clone(),
        from,
        import_mode: set.import_mode,
        refresh: match &set.refresh {
            Some(given) => given.value,
            None => manifest.schedule.as_ref().and_then(|schedule| refresh::after(schedule)),
        },
        columns,
        calculated,
    })
}

fn of_table(
    manifest: &Manifest,
    flow: &Flow,
    name: &Spanned<String>,
    set: &written::Dataset,
) -> Result<(From, Vec<Column>), Faults> {
    let Some(table) = flow.tables.get(name.as_str()) else {
        return Err(vec![unknown("table", name, flow.tables.keys().map(String::as_str))]);
    };
    if let Some(typed) = set.columns.values().next() {
        let error = Error::manifest("not-applicable", "the columns of a table have the types that its steps give them");
        let help = "remove `columns`; `change_schema` in the table's steps changes a type";
        return Err(vec![error.at(typed.place.clone()).with_help(help)]);
    }
    // A crawler that makes the tables takes partition keys from the path: text.
    let inferred = manifest.crawler.tables == CatalogMode::Inferred;
    let schema = table.catalog_schema();
    let shown = schema.columns.iter().filter(|column| column.data_type.is_scalar());
    let columns = shown.map(|column| Column {
        name: column.name.clone(),
        data_type: match inferred && table.output.partition_by.contains(&column.name) {
            true => DataType::String,
            false => column.data_type.clone(),
        },
        description: column.description.clone(),
    });
    let catalog = format!("{}{}", manifest.crawler.table_prefix.value, name.value);
    Ok((From::Table(catalog), columns.collect()))
}

fn of_query(
    manifest: &Manifest,
    flow: &Flow,
    name: &Spanned<String>,
    set: &written::Dataset,
) -> Result<(From, Vec<Column>), Faults> {
    let Some(query) = manifest.athena.queries.get(name.as_str()) else {
        return Err(vec![unknown("query", name, manifest.athena.queries.keys().map(|name| name.as_str()))]);
    };
    let sql = query.sql.text.trim().trim_end_matches(';').trim_end().to_string();
    let mut faults = Faults::new();
    let declared = declared(set, &mut faults);
    let columns: Vec<Column> = match queries::outputs(manifest, flow, query) {
        Some(outputs) => {
            let names: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
            for extra in set.columns.keys().filter(|declared| !names.contains(&declared.as_str())) {
                let error = crate::flow::typing::unknown_column(extra, names.iter().copied());
                faults.push(error.at(extra.place.clone()));
            }
            let typed = outputs.iter().filter_map(|output| {
                typed(output, declared.get(output.name.as_str()), name).map_err(|error| faults.push(error)).ok()
            });
            typed.filter(|column| column.data_type.is_scalar()).collect()
        }
        // Nobody here knows the query's columns: what is declared is all there is.
        None if set.columns.is_empty() => {
            let message = format!("the columns of query `{}` cannot be known from its SQL", name.value);
            let error = Error::manifest("untyped-column", message).at(name.place.clone());
            return Err(vec![error.with_help("declare them: `columns: { name: type, ... }`")]);
        }
        None => declared
            .iter()
            .map(|(name, data_type)| Column { name: name.clone(), data_type: data_type.clone(), description: None })
            .collect(),
    };
    let mut seen = std::collections::HashSet::new();
    for column in &columns {
        if !seen.insert(column.name.as_str()) {
            let message = format!("query `{}` has two columns `{}`", name.value, column.name);
            let error = Error::manifest("duplicate-column", message).at(name.place.clone());
            faults.push(error.with_help("give one of them another name: `... AS other_name`"));
        }
    }
    if faults.is_empty() { Ok((From::Query(sql), columns)) } else { Err(faults) }
}

/// The types that the data set declares.
fn declared(set: &written::Dataset, faults: &mut Faults) -> IndexMap<String, DataType> {
    let types = set.columns.iter().filter_map(|(name, written)| match written.parse::<DataType>() {
        Ok(data_type) => Some((name.to_lowercase(), data_type)),
        Err(error) => {
            faults.push(error.at(written.place.clone()));
            None
        }
    });
    types.collect()
}

fn typed(output: &Output, declared: Option<&DataType>, query: &Spanned<String>) -> Result<Column, Error> {
    let data_type = declared.or(output.data_type.as_ref()).cloned().ok_or_else(|| {
        let message =
            format!("the type of column `{}` of query `{}` cannot be known from its SQL", output.name, query.value);
        Error::manifest("untyped-column", message).at(query.place.clone()).with_help(format!(
            "declare it: `columns: {{ {}: TYPE }}`, or write CAST(... AS ...) in the query",
            output.name
        ))
    })?;
    Ok(Column { name: output.name.clone(), data_type, description: None })
}

/// The schema that expressions over given columns see.
pub fn schema(columns: &[Column]) -> Schema {
    let columns = columns.iter().map(|column| types::Column {
        name: column.name.clone(),
        data_type: column.data_type.clone(),
        description: None,
    });
    Schema { columns: columns.collect() }
}

fn calculated(set: &written::Dataset, columns: &[Column]) -> Result<Vec<Calculated>, Faults> {
    let schema = schema(columns);
    let mut faults = Faults::new();
    let mut calculated = Vec::new();
    for (name, text) in &set.calculated_fields {
        if schema.column(name).is_some() {
            let error =
                Error::manifest("duplicate-column", format!("the data set has a column `{}` already", name.value));
            faults.push(error.at(name.place.clone()).with_help("give the calculated field another name"));
            continue;
        }
        match expression(text, &Scope::new(&schema)) {
            Ok(expression) if !expression.data_type.is_scalar() => {
                let message = format!("`{}` is {}, which cannot be shown", name.value, expression.data_type);
                faults.push(Error::manifest("type-mismatch", message).at(text.place.clone()));
            }
            Ok(expression) => calculated.push(Calculated { name: name.value.clone(), expression }),
            Err(error) => faults.push(error),
        }
    }
    if faults.is_empty() { Ok(calculated) } else { Err(faults) }
}

/// `unknown-table`, `unknown-query`, `unknown-dataset`.
pub fn unknown<'a>(what: &str, name: &Spanned<String>, there: impl Iterator<Item = &'a str> + Clone) -> Error {
    let code = match what {
        "table" => "unknown-table",
        "query" => "unknown-query",
        _ => "unknown-dataset",
    };
    let list: Vec<&str> = there.clone().collect();
    let error = Error::manifest(code, format!("unknown {what} `{}`", name.value)).at(name.place.clone());
    let error = match list.is_empty() {
        true => error.with_help(format!("there is no {what} yet")),
        false => error.with_expected(format!("one of {}", list.join(", "))),
    };
    match nearest(name, there) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error,
    }
}
