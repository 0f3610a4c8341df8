//! `sql`: a query in portable SQL, as a whole table or over the rows so far.

use indexmap::IndexMap;

use crate::error::Error;
use crate::flow::compile::{Compiled, Faults, document_input, names};
use crate::flow::document::{Input, Step};
use crate::flow::sql::{self, Selected};
use crate::flow::types::Schema;
use crate::manifest::model::{self, Manifest, SqlFile};
use crate::manifest::spanned::Spanned;

/// What the rows so far are called in a query.
const INPUT: &str = "input";

/// The parts that a query adds to `parts`, and its own operations. `before` are the steps so far; none for a whole table.
pub fn selected(
    query: &SqlFile,
    before: Vec<Step>,
    parts: &IndexMap<String, Vec<Step>>,
    manifest: &Manifest,
    compiled: &Compiled,
) -> Result<Selected, Faults> {
    let so_far = before.last().map(|step| step.schema.clone());
    let taken: Vec<&str> = parts.keys().map(String::as_str).collect();
    let name = match parts.contains_key(INPUT) {
        true => format!("{INPUT}_{}", parts.len()),
        false => INPUT.to_string(),
    };
    if so_far.is_some() && !sql::relations(&query.text).iter().any(|relation| relation == INPUT) {
        let error = Error::manifest("input-unread", "the query does not read the rows so far")
            .with_help("read them: `from input`; a query of its own is a table's `sql:`")
            .at(query.text.place.clone());
        // Not where the query does not parse: that is told below.
        if crate::flow::parse::parse_query(&query.text).is_ok() {
            return Err(vec![error]);
        }
    }
    let relation = |wanted: &str| -> Result<(Input, Schema), Faults> {
        match &so_far {
            Some(schema) if wanted == INPUT => return Ok((Input::Part(name.clone()), schema.clone())),
            _ => {}
        }
        let input = names::input(&Spanned::unplaced(wanted.to_string()), manifest).map_err(|error| vec![error])?;
        if let model::Input::Table(table) = &input
            && !compiled.tables.contains_key(table.as_str())
        {
            let message = format!("table `{}` is not there yet when this is read", table.value);
            return Err(vec![Error::manifest("table-cycle", message).with_help("give what `with` names another name")]);
        }
        Ok((document_input(&input), compiled.schema(manifest, &input)?.clone()))
    };
    let found = sql::selected(&query.text, &relation, &taken)?;
    let mut added = Vec::new();
    if so_far.is_some() {
        added.push((name, before));
    }
    added.extend(found.parts);
    let mut steps = found.steps;
    for (place, step) in steps.iter_mut().enumerate() {
        step.continues = place > 0;
    }
    Ok(Selected { parts: added, steps })
}
