//! Text to array: a JSON array or a Python list literal.
//!
//! Read by a loop, not by [`grammar::LIST`](super::grammar::LIST), so that any length will do; a test holds the two to
//! one meaning.

use super::text::{convert_text, is_number, trim};
use super::value::Value;
use crate::flow::types::DataType;

/// The list that `text` (trimmed) is, each element converted to `element`: a quoted text without its quotes, a number or
/// `True`/`true`/`False`/`false` as written; `None` and `null` are NULL elements. `None` when the text is malformed, an
/// element does not convert, or `element` is itself an array or a struct.
pub fn convert(text: &str, element: &DataType, format: Option<&str>) -> Option<Value> {
    if !element.is_scalar() {
        return None;
    }
    let mut values = Vec::new();
    for item in items(text)? {
        values.push(match item {
            None => None,
            Some(text) => Some(convert_text(&text, element, format)?),
        });
    }
    Some(Value::List(values))
}

/// The elements of a list as texts, `None` for NULL.
fn items(text: &str) -> Option<Vec<Option<String>>> {
    let mut rest = trim(text.strip_prefix('[')?.strip_suffix(']')?);
    let mut items = Vec::new();
    while !rest.is_empty() {
        let (item, after) = match rest.as_bytes()[0] {
            b'"' | b'\'' => {
                let (text, after) = quoted(rest)?;
                (Some(text), after)
            }
            _ => bare(rest)?,
        };
        items.push(item);
        rest = trim(after);
        if !rest.is_empty() {
            rest = trim(rest.strip_prefix(',')?);
        }
    }
    Some(items)
}

/// A quoted text at the start of `rest`, and what stands behind it.
pub(super) fn quoted(rest: &str) -> Option<(String, &str)> {
    let quote = rest.chars().next()?;
    let mut units: Vec<u16> = Vec::new();
    let mut chars = rest[1..].char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return Some((String::from_utf16(&units).ok()?, &rest[1 + at + 1..]));
        }
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            continue;
        }
        let (_, escape) = chars.next()?;
        units.push(match escape {
            '\\' | '\'' | '"' | '/' => escape as u16,
            'b' => 0x08,
            'f' => 0x0c,
            'n' => 0x0a,
            'r' => 0x0d,
            't' => 0x09,
            'x' => hexadecimal(&mut chars, 2)?,
            'u' => hexadecimal(&mut chars, 4)?,
            _ => return None,
        });
    }
    None
}

fn hexadecimal(chars: &mut std::str::CharIndices, digits: usize) -> Option<u16> {
    (0..digits).try_fold(0u16, |value, _| Some(value * 16 + chars.next()?.1.to_digit(16)? as u16))
}

/// A number or a word at the start of `rest`, and what stands behind it.
pub(super) fn bare(rest: &str) -> Option<(Option<String>, &str)> {
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    match word {
        "None" | "null" => Some((None, after)),
        "True" | "true" | "False" | "false" => Some((Some(word.to_string()), after)),
        _ => is_number(word).then(|| (Some(word.to_string()), after)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use regex::Regex;

    use super::super::grammar;
    use super::*;

    static WHOLE: LazyLock<Regex> = LazyLock::new(|| Regex::new(grammar::LIST).unwrap());
    static ITEM: LazyLock<Regex> = LazyLock::new(|| Regex::new(grammar::LIST_ITEM).unwrap());

    fn texts(text: &str) -> Option<Vec<Option<String>>> {
        items(text)
    }

    #[test]
    fn json_and_python_lists() {
        let some = |items: &[&str]| Some(items.iter().map(|i| Some(i.to_string())).collect::<Vec<_>>());
        assert_eq!(texts("[]"), some(&[]));
        assert_eq!(texts("[ ]"), some(&[]));
        assert_eq!(texts(r#"["a", 'b c', "it's", 'say "x"']"#), some(&["a", "b c", "it's", "say \"x\""]));
        assert_eq!(
            texts(r#"['Beyonc\u00e9', 'a\'b', "\\n", '\x41\n', "\/"]"#),
            some(&["Beyoncé", "a'b", "\\n", "A\n", "/"])
        );
        assert_eq!(texts(r#"["\ud83d\ude00"]"#), some(&["😀"]));
        assert_eq!(texts("[1, -2.5e3, True,]"), some(&["1", "-2.5e3", "True"]));
        assert_eq!(texts("[None, null]"), Some(vec![None, None]));
        for malformed in [
            "",
            "[",
            "]",
            "a",
            "['a'",
            "['a]",
            "['a' 'b']",
            "[,]",
            "['a',,'b']",
            "[a]",
            "[nan]",
            "[[1]]",
            "[{}]",
            r"['\q']",
            r#"["\ud83d"]"#,
            r"['\u12']",
            "('a',)",
            "['a'] x",
            "[1.2.3]",
            "[1 2]",
        ] {
            assert_eq!(texts(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn elements_convert_or_the_list_is_null() {
        let ints = |text: &str| convert(text, &DataType::Int, None);
        assert_eq!(ints("['1', 2.0, None]"), Some(Value::List(vec![Some(Value::Int(1)), Some(Value::Int(2)), None])));
        assert_eq!(ints("[1, 'x']"), None);
        assert_eq!(convert("[1]", &DataType::Array(Box::new(DataType::Int)), None), None);
    }

    #[test]
    fn a_long_list_is_no_trouble() {
        let text = format!("[{}]", "'x', ".repeat(200_000));
        assert_eq!(texts(&text).map(|items| items.len()), Some(200_000));
    }

    proptest! {
        #[test]
        fn the_loop_and_the_grammar_agree(inside in r#"([ ,'"\\]|'a'|"b"|1|None|true|\.5|1e|\\n|\\x4|x41|,){0,12}"#) {
            let text = format!("[{inside}]");
            prop_assert_eq!(texts(&text).is_some(), WHOLE.is_match(&text), "{}", text);
            if let Some(items) = texts(&text) {
                prop_assert_eq!(ITEM.find_iter(&text).count(), items.len());
            }
        }
    }
}
