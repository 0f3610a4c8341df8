//! Regular expressions. Trino's are Java's; look-around and back-references fail here with a word about it.

use datafusion::arrow::array::{ArrayRef, AsArray, ListBuilder, StringBuilder};
use datafusion::arrow::datatypes::Int64Type;
use regex::Regex;

use super::super::failure::{Failure, Outcome};
use super::super::kernel::{Call, at};
use super::Param::{Bigint, Boolean, Text, Texts};
use super::{Entry, Overload};

pub(super) const ENTRIES: &[Entry] = &[
    ("regexp_like", &[Overload { params: &[Text, Text], returns: Boolean, run: like }]),
    (
        "regexp_extract",
        &[
            Overload { params: &[Text, Text], returns: Text, run: extract },
            Overload { params: &[Text, Text, Bigint], returns: Text, run: extract },
        ],
    ),
    (
        "regexp_extract_all",
        &[
            Overload { params: &[Text, Text], returns: Texts, run: extract_all },
            Overload { params: &[Text, Text, Bigint], returns: Texts, run: extract_all },
        ],
    ),
    (
        "regexp_replace",
        &[
            Overload { params: &[Text, Text], returns: Text, run: replace },
            Overload { params: &[Text, Text, Text], returns: Text, run: replace },
        ],
    ),
    ("regexp_split", &[Overload { params: &[Text, Text], returns: Texts, run: split }]),
    ("regexp_count", &[Overload { params: &[Text, Text], returns: Bigint, run: count }]),
];

/// The pattern last compiled: it is nearly always the same for all rows.
#[derive(Default)]
struct Patterns(Option<(String, Regex)>);

impl Patterns {
    fn get(&mut self, pattern: &str) -> Outcome<&Regex> {
        if self.0.as_ref().is_none_or(|(text, _)| text != pattern) {
            let regex = Regex::new(pattern).map_err(|e| {
                if ["(?=", "(?!", "(?<=", "(?<!", "\\1"].iter().any(|form| pattern.contains(form)) {
                    return Failure::athena_only("a regular expression with look-around or back-references");
                }
                let reason = e.to_string();
                Failure::new("INVALID_FUNCTION_ARGUMENT", reason.lines().last().unwrap_or_default().to_owned())
            })?;
            self.0 = Some((pattern.to_owned(), regex));
        }
        let (_, regex) = self.0.as_ref().ok_or_else(|| Failure::new("GENERIC_INTERNAL_ERROR", "no pattern"))?;
        Ok(regex)
    }
}

fn like(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (texts, patterns) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    let mut compiled = Patterns::default();
    c.booleans(|i| match at(texts, i).zip(at(patterns, i)) {
        None => Ok(None),
        Some((text, pattern)) => Ok(Some(compiled.get(pattern)?.is_match(text))),
    })
}

fn count(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (texts, patterns) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    let mut compiled = Patterns::default();
    c.primitives::<Int64Type>(|i| match at(texts, i).zip(at(patterns, i)) {
        None => Ok(None),
        Some((text, pattern)) => Ok(Some(compiled.get(pattern)?.find_iter(text).count() as i64)),
    })
}

/// The group that the third argument names; 0 without.
fn group(c: &Call<'_>, row: usize, regex: &Regex) -> Outcome<Option<usize>> {
    let Some(groups) = c.args.get(2) else { return Ok(Some(0)) };
    let Some(group) = at(groups.as_primitive::<Int64Type>(), row) else { return Ok(None) };
    let there = regex.captures_len() - 1;
    match usize::try_from(group) {
        Ok(group) if group <= there => Ok(Some(group)),
        _ => {
            let message = format!("Pattern has {there} groups. Cannot access group {group}");
            Err(Failure::new("INVALID_FUNCTION_ARGUMENT", message))
        }
    }
}

fn extract(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (texts, patterns) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    let mut compiled = Patterns::default();
    c.texts(|i| {
        let Some((text, pattern)) = at(texts, i).zip(at(patterns, i)) else { return Ok(None) };
        let regex = compiled.get(pattern)?;
        let Some(group) = group(c, i, regex)? else { return Ok(None) };
        Ok(regex.captures(text).and_then(|found| found.get(group)).map(|m| m.as_str().to_owned()))
    })
}

fn lists<'t>(c: &Call<'_>, mut row: impl FnMut(usize) -> Outcome<Option<Vec<Option<&'t str>>>>) -> Outcome<ArrayRef> {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for i in 0..c.rows {
        match row(i)? {
            None => lists.append_null(),
            Some(items) => lists.append_value(items),
        }
    }
    Ok(std::sync::Arc::new(lists.finish()))
}

fn extract_all(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (texts, patterns) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    let mut compiled = Patterns::default();
    lists(c, |i| {
        let Some((text, pattern)) = at(texts, i).zip(at(patterns, i)) else { return Ok(None) };
        let regex = compiled.get(pattern)?;
        let Some(group) = group(c, i, regex)? else { return Ok(None) };
        Ok(Some(regex.captures_iter(text).map(|found| found.get(group).map(|m| m.as_str())).collect()))
    })
}

fn split(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (texts, patterns) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    let mut compiled = Patterns::default();
    lists(c, |i| match at(texts, i).zip(at(patterns, i)) {
        None => Ok(None),
        Some((text, pattern)) => Ok(Some(compiled.get(pattern)?.split(text).map(Some).collect())),
    })
}

fn replace(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (texts, patterns) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    let with = c.args.get(2).map(|a| a.as_string::<i32>());
    let mut compiled = Patterns::default();
    c.texts(|i| {
        let Some((text, pattern)) = at(texts, i).zip(at(patterns, i)) else { return Ok(None) };
        let with = match with {
            None => "",
            Some(with) => match at(with, i) {
                None => return Ok(None),
                Some(with) => with,
            },
        };
        Ok(Some(compiled.get(pattern)?.replace_all(text, java_replacement(with)).into_owned()))
    })
}

/// `$1` takes one digit's group even before a letter, and `\$` is a dollar, as in Java.
fn java_replacement(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('\\', Some(next)) => {
                chars.next();
                if next == '$' { out.push_str("$$") } else { out.push(next) }
            }
            ('$', Some(next)) if next.is_ascii_digit() => {
                chars.next();
                out.push_str(&format!("${{{next}}}"));
            }
            (c, _) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_are_javas() {
        assert_eq!(java_replacement("$1x"), "${1}x");
        assert_eq!(java_replacement("\\$1"), "$$1");
        assert_eq!(java_replacement("${name}"), "${name}");
    }
}
