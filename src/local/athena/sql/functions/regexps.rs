//! Regular expressions. Trino's are Java's; look-around and back-references fail here with a word about it.

use datafusion::arrow::array::{ArrayRef, AsArray, ListBuilder, StringBuilder};
use datafusion::arrow::datatypes::Int64Type;
use regex::{Captures, Regex};

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
            if ["(?=", "(?!", "(?<=", "(?<!", "\\1"].iter().any(|form| pattern.contains(form)) {
                return Err(Failure::athena_only("a regular expression with look-around or back-references"));
            }
            let regex = Regex::new(&ascii_classes(pattern)?).map_err(|e| {
                let reason = e.to_string();
                let said = match reason.lines().last().unwrap_or_default() {
                    "error: unclosed group" => "end pattern with unmatched parenthesis",
                    "error: unopened group" => "unmatched close parenthesis",
                    "error: unclosed character class" => "premature end of char-class",
                    "error: repetition operator missing expression" => "target of repeat operator is not specified",
                    // What Rust's has not Java's may have.
                    _ => return Failure::athena_only(format!("the regular expression {pattern}")),
                };
                Failure::new("INVALID_FUNCTION_ARGUMENT", said)
            })?;
            self.0 = Some((pattern.to_owned(), regex));
        }
        let (_, regex) = self.0.as_ref().ok_or_else(|| Failure::new("GENERIC_INTERNAL_ERROR", "no pattern"))?;
        Ok(regex)
    }
}

/// `\w`, `\d` and `\s` are ASCII's.
fn ascii_classes(pattern: &str) -> Outcome<String> {
    let mut out = String::new();
    let mut in_class = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            in_class = match c {
                '[' => true,
                ']' => false,
                _ => in_class,
            };
            out.push(c);
            continue;
        }
        let class = match chars.next() {
            Some('w') => "0-9A-Za-z_",
            Some('d') => "0-9",
            Some('s') => r" \t\n\x0B\f\r",
            Some('W') => "^0-9A-Za-z_",
            Some('D') => "^0-9",
            Some('S') => r"^ \t\n\x0B\f\r",
            Some(letter @ ('Q' | 'E' | 'Z' | 'G' | 'R' | 'h' | 'H' | 'v' | 'V' | 'X' | 'k')) => {
                return Err(Failure::athena_only(format!("\\{letter} in a regular expression")));
            }
            Some(other) => {
                out.extend(['\\', other]);
                continue;
            }
            None => {
                out.push('\\');
                continue;
            }
        };
        if in_class && !class.starts_with('^') {
            out.push_str(class);
        } else {
            out.push_str(&format!("[{class}]"));
        }
    }
    Ok(out)
}

/// The matches of Java: behind a match that is not empty an empty one may follow at once.
fn all_captures<'t>(regex: &Regex, text: &'t str) -> Vec<Captures<'t>> {
    let mut found = Vec::new();
    let mut from = 0;
    while from <= text.len()
        && let Some(captures) = regex.captures_at(text, from)
    {
        let Some(whole) = captures.get(0) else { break };
        let next = text[whole.end()..].chars().next().map_or(1, char::len_utf8);
        from = if whole.is_empty() { whole.end() + next } else { whole.end() };
        found.push(captures);
    }
    found
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
        Some((text, pattern)) => Ok(Some(all_captures(compiled.get(pattern)?, text).len() as i64)),
    })
}

/// Whether the third argument is not NULL, if there is one. Where it is, Trino does not look at the pattern.
fn has_group(c: &Call<'_>, row: usize) -> bool {
    c.args.get(2).is_none_or(|groups| groups.is_valid(row))
}

/// The group that the third argument names; 0 without.
fn group(c: &Call<'_>, row: usize, regex: &Regex) -> Outcome<usize> {
    let Some(groups) = c.args.get(2) else { return Ok(0) };
    let group = groups.as_primitive::<Int64Type>().value(row);
    let there = regex.captures_len() - 1;
    if group < 0 {
        return Err(Failure::new("INVALID_FUNCTION_ARGUMENT", "Group cannot be negative"));
    }
    match usize::try_from(group) {
        Ok(group) if group <= there => Ok(group),
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
        let Some((text, pattern)) = at(texts, i).zip(at(patterns, i)).filter(|_| has_group(c, i)) else {
            return Ok(None);
        };
        let regex = compiled.get(pattern)?;
        let group = group(c, i, regex)?;
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
        let Some((text, pattern)) = at(texts, i).zip(at(patterns, i)).filter(|_| has_group(c, i)) else {
            return Ok(None);
        };
        let regex = compiled.get(pattern)?;
        let group = group(c, i, regex)?;
        let found = all_captures(regex, text).into_iter();
        Ok(Some(found.map(|found| found.get(group).map(|m| m.as_str())).collect()))
    })
}

fn split(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (texts, patterns) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    let mut compiled = Patterns::default();
    lists(c, |i| match at(texts, i).zip(at(patterns, i)) {
        None => Ok(None),
        Some((text, pattern)) => {
            let (mut parts, mut from) = (Vec::new(), 0);
            for whole in all_captures(compiled.get(pattern)?, text).iter().filter_map(|found| found.get(0)) {
                parts.push(Some(&text[from..whole.start()]));
                from = whole.end();
            }
            parts.push(Some(&text[from..]));
            Ok(Some(parts))
        }
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
        let regex = compiled.get(pattern)?;
        let (mut out, mut from) = (String::new(), 0);
        for found in all_captures(regex, text) {
            let Some(whole) = found.get(0) else { continue };
            out.push_str(&text[from..whole.start()]);
            replaced(&found, regex, with, &mut out)?;
            from = whole.end();
        }
        out.push_str(&text[from..]);
        Ok(Some(out))
    })
}

/// Writes the replacement of a match: `$1` is a group by number (as many digits as there are groups for), `${name}` one by
/// name, and a backslash takes the next character as it is.
fn replaced(found: &Captures<'_>, regex: &Regex, with: &str, out: &mut String) -> Outcome<()> {
    let illegal =
        |what: &str| Failure::new("INVALID_FUNCTION_ARGUMENT", format!("Illegal replacement sequence: {what}"));
    let mut chars = with.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek().copied()) {
            ('\\', Some(next)) => {
                chars.next();
                out.push(next);
            }
            ('\\', None) => return Err(illegal("\\")),
            ('$', Some('{')) => {
                chars.next();
                let name: String = chars.by_ref().take_while(|c| *c != '}').collect();
                if regex.capture_names().flatten().all(|known| known != name) {
                    return Err(illegal(&format!("unknown group {{ {name} }}")));
                }
                out.push_str(found.name(&name).map_or("", |m| m.as_str()));
            }
            ('$', Some(next)) if next.is_ascii_digit() => {
                chars.next();
                let mut group = next.to_digit(10).unwrap_or(0) as usize;
                if group >= regex.captures_len() {
                    return Err(illegal(&format!("unknown group {group}")));
                }
                while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                    let longer = group * 10 + digit as usize;
                    if longer >= regex.captures_len() {
                        break;
                    }
                    group = longer;
                    chars.next();
                }
                out.push_str(found.get(group).map_or("", |m| m.as_str()));
            }
            ('$', _) => return Err(illegal("$")),
            (c, _) => out.push(c),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pattern: &str, text: &str, with: &str) -> Result<String, String> {
        let regex = Regex::new(pattern).unwrap();
        let mut out = String::new();
        for found in all_captures(&regex, text) {
            replaced(&found, &regex, with, &mut out).map_err(|failure| failure.message)?;
        }
        Ok(out)
    }

    #[test]
    fn replacements_are_javas() {
        assert_eq!(with("(a)", "a", "$1x").unwrap(), "ax");
        assert_eq!(with("(a)", "a", "\\$1").unwrap(), "$1");
        assert_eq!(with("(?<first>a)", "a", "[${first}]").unwrap(), "[a]");
        assert_eq!(with("(a)", "a", "$12").unwrap(), "a2");
        for wrong in ["$", "$9", "${name}"] {
            assert!(with("(a)", "a", wrong).unwrap_err().starts_with("Illegal replacement sequence: "), "{wrong}");
        }
    }

    #[test]
    fn an_empty_match_may_follow_another() {
        let found = |pattern: &str, text| all_captures(&Regex::new(pattern).unwrap(), text).len();
        assert_eq!((found("a*", "abc"), found("a*", ""), found("", "é😀"), found("b", "abc")), (4, 1, 3, 1));
    }

    #[test]
    fn classes_are_asciis() {
        let matches = |pattern: &str, text: &str| Regex::new(&ascii_classes(pattern).unwrap()).unwrap().is_match(text);
        assert!(!matches(r"\w", "é") && matches(r"[\w]", "x") && matches(r"\W", "é") && matches(r"[^\W]", "x"));
        assert!(!matches(r"\d", "١") && !matches(r"\s", "\u{a0}") && matches(r"\.", ".") && !matches(r"\.", "x"));
    }
}
