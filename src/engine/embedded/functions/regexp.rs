//! Regular expressions, which typing has found to be portable ([`crate::flow::pattern`]).

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, LargeStringArray, LargeStringBuilder, ListBuilder,
};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use regex::Regex;

use super::super::types::element_field;
use crate::flow::pattern::{Replacement, pattern, replacement};
use crate::flow::types::DataType;

/// How many compiled patterns are kept.
const KEPT: usize = 1_000;

/// The compiled pattern; the same text is compiled once.
fn compiled(text: &str) -> Result<Regex> {
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut known = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = known.get(text) {
        return Ok(regex.clone());
    }
    let broken = |why: String| DataFusionError::Internal(format!("pattern `{text}`: {why}"));
    let written = pattern(text).map_err(|e| broken(e.message().to_string()))?.rust;
    let regex = Regex::new(&written).map_err(|e| broken(e.to_string()))?;
    if known.len() >= KEPT {
        known.clear();
    }
    known.insert(text.to_string(), regex.clone());
    Ok(regex)
}

/// The text of an argument that is one constant; empty when there are no rows.
fn constant(array: &ArrayRef) -> &str {
    if array.is_empty() { "" } else { array.as_string::<i64>().value(0) }
}

/// Whether the pattern matches anywhere.
pub fn like(args: &[ArrayRef]) -> Result<ArrayRef> {
    let regex = compiled(constant(&args[1]))?;
    let found = args[0].as_string::<i64>().iter().map(|text| text.map(|text| regex.is_match(text)));
    Ok(Arc::new(found.collect::<BooleanArray>()))
}

/// The first match, or a group of it.
pub fn extract(args: &[ArrayRef]) -> Result<ArrayRef> {
    let regex = compiled(constant(&args[1]))?;
    let group =
        args.get(2).filter(|group| !group.is_empty()).map_or(0, |group| group.as_primitive::<Int32Type>().value(0));
    let part = |text| {
        let captures = regex.captures(text)?;
        Some(captures.get(group as usize).map_or("", |found| found.as_str()))
    };
    let parts = args[0].as_string::<i64>().iter().map(|text| text.and_then(part));
    Ok(Arc::new(parts.collect::<LargeStringArray>()))
}

/// Every match replaced.
pub fn replace(args: &[ArrayRef]) -> Result<ArrayRef> {
    let regex = compiled(constant(&args[1]))?;
    let parts = replacement(constant(&args[2]), regex.captures_len() - 1);
    let parts = parts.map_err(|e| DataFusionError::Internal(e.message().to_string()))?;
    let with = |captures: &regex::Captures<'_>| {
        let part = |part: &Replacement| match part {
            Replacement::Text(text) => text.clone(),
            Replacement::Group(group) => captures.get(*group).map_or("", |found| found.as_str()).to_string(),
        };
        parts.iter().map(part).collect::<String>()
    };
    let replaced = args[0].as_string::<i64>().iter().map(|text| text.map(|text| regex.replace_all(text, with)));
    Ok(Arc::new(replaced.collect::<LargeStringArray>()))
}

/// What stands between the matches.
pub fn split(args: &[ArrayRef]) -> Result<ArrayRef> {
    let regex = compiled(constant(&args[1]))?;
    let mut lists = ListBuilder::new(LargeStringBuilder::new()).with_field(element_field(&DataType::String));
    for text in args[0].as_string::<i64>() {
        match text {
            Some(text) => lists.append_value(regex.split(text).map(Some)),
            None => lists.append_null(),
        }
    }
    Ok(Arc::new(lists.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[&str]) -> ArrayRef {
        Arc::new(values.iter().map(|v| Some(*v)).collect::<LargeStringArray>())
    }

    #[test]
    fn matches_are_found_replaced_and_split_at() {
        let (text, digits) = (texts(&["a1b22", "x"]), texts(&["([0-9])[0-9]*", ""]));
        assert_eq!(like(&[text.clone(), digits.clone()]).unwrap().as_boolean(), &BooleanArray::from(vec![true, false]));
        let first = extract(&[text.clone(), digits.clone()]).unwrap();
        assert_eq!(first.as_string::<i64>(), &LargeStringArray::from(vec![Some("1"), None]));
        let replaced = replace(&[text.clone(), digits.clone(), texts(&["<$1>", ""])]).unwrap();
        assert_eq!(replaced.as_string::<i64>(), &LargeStringArray::from(vec!["a<1>b<2>", "x"]));
        let parts = split(&[text, digits]).unwrap();
        let first = parts.as_list::<i32>().value(0);
        assert_eq!(first.as_string::<i64>(), &LargeStringArray::from(vec!["a", "b", ""]));
    }
}
