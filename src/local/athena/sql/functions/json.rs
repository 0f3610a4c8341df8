//! What can be read out of JSON text without Trino's JSON type: `json_extract_scalar`.

use datafusion::arrow::array::{ArrayRef, AsArray};
use serde::de::IgnoredAny;

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
        if serde_json::from_str::<IgnoredAny>(text).is_err() {
            return Ok(None);
        }
        Ok(steps.iter().try_fold(text.trim(), |value, step| child(value, step)).and_then(scalar))
    })
}

/// A scalar as text: a number as it is written. NULL, objects and arrays are none.
fn scalar(value: &str) -> Option<String> {
    match value.as_bytes().first()? {
        b'"' => serde_json::from_str(value).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(value.to_owned()),
    }
}

/// The text of a value's member or element. The value is well-formed JSON without spaces around it.
fn child<'t>(value: &'t str, step: &Step) -> Option<&'t str> {
    let is_object = value.starts_with('{');
    if !is_object && !value.starts_with('[') {
        return None;
    }
    let mut rest = value[1..].trim_start();
    let mut place = 0;
    while !rest.starts_with(['}', ']']) {
        let mut matches = matches!(step, Step::Element(wanted) if !is_object && *wanted == place);
        if is_object {
            let (key, tail) = rest.split_at(length(rest));
            let key: String = serde_json::from_str(key).ok()?;
            matches = matches!(step, Step::Member(wanted) if *wanted == key);
            rest = tail.trim_start().strip_prefix(':')?.trim_start();
        }
        let (found, tail) = rest.split_at(length(rest));
        if matches {
            return Some(found);
        }
        rest = tail.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        place += 1;
    }
    None
}

/// How many bytes the value at the start of a well-formed text takes.
fn length(text: &str) -> usize {
    let (mut depth, mut in_text, mut escaped) = (0, false, false);
    for (i, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => {
                in_text = !in_text;
                if !in_text && depth == 0 {
                    return i + 1;
                }
            }
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return if depth == 1 { i + 1 } else { i },
            b'}' | b']' => depth -= 1,
            b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => return i,
            _ => {}
        }
    }
    text.len()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_the_value_as_it_is_written() {
        let document = r#"{ "a" : [1.50, {"b\"c": "x, y"}, [ ] ], "d": {"e": true}, "f": null }"#;
        let found = |path: &str| {
            let steps = steps(path).ok().unwrap();
            steps.iter().try_fold(document.trim(), |value, step| child(value, step)).and_then(scalar)
        };
        assert_eq!(found("$.a[0]").as_deref(), Some("1.50"));
        assert_eq!(found("$.a[1]['b\"c']").as_deref(), Some("x, y"));
        assert_eq!(found("$.d.e").as_deref(), Some("true"));
        for path in ["$.a", "$.a[2][0]", "$.a[3]", "$.f", "$.d[0]", "$.x"] {
            assert_eq!(found(path), None, "{path}");
        }
    }
}
