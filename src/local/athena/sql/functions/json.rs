//! What can be read out of JSON text without Trino's JSON type: `json_extract_scalar`.

use datafusion::arrow::array::{ArrayRef, AsArray};
use serde_json::Value;

use super::super::failure::{Failure, Outcome};
use super::super::kernel::{Call, at};
use super::Param::Text;
use super::{Entry, Overload};

pub(super) const ENTRIES: &[Entry] =
    &[("json_extract_scalar", &[Overload { params: &[Text, Text], returns: Text, run: extract_scalar }])];

fn extract_scalar(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (texts, paths) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    c.texts(|i| {
        let Some((text, path)) = at(texts, i).zip(at(paths, i)) else { return Ok(None) };
        let steps = steps(path)?;
        let Ok(document) = serde_json::from_str::<Value>(text) else { return Ok(None) };
        let found = steps.iter().try_fold(&document, |value, step| match step {
            Step::Member(name) => value.get(name),
            Step::Element(place) => value.get(place),
        });
        Ok(match found {
            Some(Value::String(text)) => Some(text.clone()),
            Some(scalar @ (Value::Number(_) | Value::Bool(_))) => Some(scalar.to_string()),
            _ => None,
        })
    })
}

enum Step {
    Member(String),
    Element(usize),
}

/// `$.a.b[0]["c"]`.
fn steps(path: &str) -> Outcome<Vec<Step>> {
    let bad = || Failure::new("INVALID_FUNCTION_ARGUMENT", format!("Invalid JSON path: '{path}'"));
    let mut rest = path.strip_prefix('$').ok_or_else(bad)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix('.') {
            let end = tail.find(['.', '[']).unwrap_or(tail.len());
            let (member, tail) = tail.split_at(end);
            if member.is_empty() || member == "*" {
                return Err(bad());
            }
            steps.push(Step::Member(member.to_owned()));
            rest = tail;
        } else {
            let (inside, tail) = rest.strip_prefix('[').and_then(|r| r.split_once(']')).ok_or_else(bad)?;
            let quoted = inside.strip_prefix(['"', '\'']).and_then(|i| i.strip_suffix(['"', '\'']));
            steps.push(match quoted {
                Some(member) => Step::Member(member.to_owned()),
                None => Step::Element(inside.parse().map_err(|_| bad())?),
            });
            rest = tail;
        }
    }
    Ok(steps)
}
