//! Readers of scalars: texts under a rule, choices, numbers, durations, sizes.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Reader, wrong_type};
use crate::error::{Error, nearest};
use crate::manifest::cx::Cx;
use crate::manifest::node::{Node, Scalar, Value};
use crate::manifest::units;

/// What a text must look like.
#[derive(Debug)]
pub struct Rule {
    /// The error's code.
    pub code: &'static str,
    /// What the text is: "a bucket name".
    pub what: &'static str,
    /// What it must look like, in words.
    pub expected: &'static str,
    /// The same as a regular expression, for editors; may accept more than `check`.
    pub pattern: &'static str,
    /// The rule itself; the error says what is wrong with the text ("it has 2 characters").
    pub check: fn(&str) -> Result<(), String>,
}

/// Any text. A plain scalar is taken as it is written: `5.0` is "5.0".
pub fn text() -> Text {
    Text(None, true)
}

/// A text under a rule.
pub fn text_of(rule: &'static Rule) -> Text {
    Text(Some(rule), false)
}

/// See [`text`] and [`text_of`]; the flag: editors let numbers pass without quotes, as the reader does.
#[derive(Clone, Copy)]
pub struct Text(Option<&'static Rule>, bool);

impl Text {
    /// Numbers are natural here (`12`, `5.0`), and need no quotes in an editor's eyes either.
    pub fn or_number(self) -> Self {
        Self(self.0, true)
    }
}

impl Reader for Text {
    type Out = String;

    fn schema(&self) -> Json {
        match self.0 {
            None => json!({ "type": ["string", "number", "boolean"] }),
            Some(rule) if self.1 => {
                or_variable(json!({ "type": ["string", "number", "boolean"], "pattern": rule.pattern }), "interpolated")
            }
            Some(rule) => or_variable(json!({ "type": "string", "pattern": rule.pattern }), "interpolated"),
        }
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<String> {
        let Some(rule) = self.0 else { return Some(scalar("a text", node, cx)?.text.clone()) };
        let Some(scalar) = node.as_scalar().filter(|scalar| !scalar.is_null()) else {
            cx.fault(wrong_type("a text", node).with_expected(rule.expected));
            return None;
        };
        match (rule.check)(&scalar.text) {
            Ok(()) => Some(scalar.text.clone()),
            Err(why) => {
                let message = match scalar.text.trim() {
                    "" => "the text is empty".to_string(),
                    _ if scalar.sensitive => format!("{} is not {}", node.shown(), rule.what),
                    _ => format!("{} is not {}: {why}", node.shown(), rule.what),
                };
                cx.fault(Error::manifest(rule.code, message).at(node.place.clone()).with_expected(rule.expected));
                None
            }
        }
    }
}

/// One of a few words.
pub fn choice<T: Copy>(options: &'static [(&'static str, T)]) -> Choice<T> {
    Choice { options, later: &[] }
}

/// See [`choice`].
pub struct Choice<T: 'static> {
    options: &'static [(&'static str, T)],
    later: &'static [&'static str],
}

impl<T> Choice<T> {
    /// Words that mean something, but that this version does not do here.
    pub fn not_yet(mut self, words: &'static [&'static str]) -> Self {
        self.later = words;
        self
    }
}

impl<T: Copy> Reader for Choice<T> {
    type Out = T;

    fn schema(&self) -> Json {
        let words = self.options.iter().map(|(word, _)| json!(word));
        // `5.0` is the text "5.0" to the reader, and a number to an editor.
        let numbers = self.options.iter().filter_map(|(word, _)| word.parse::<f64>().ok()).map(|number| json!(number));
        or_variable(json!({ "enum": words.chain(numbers).collect::<Vec<_>>() }), "interpolated")
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<T> {
        let words: Vec<String> = self.options.iter().map(|(word, _)| format!("`{word}`")).collect();
        let expected = match words.as_slice() {
            [one] => one.clone(),
            words => format!("one of {}", words.join(", ")),
        };
        let scalar = scalar(&expected, node, cx)?;
        if let Some((_, value)) = self.options.iter().find(|(word, _)| *word == scalar.text) {
            return Some(*value);
        }
        let error = if self.later.contains(&scalar.text.as_str()) {
            Error::manifest("not-supported", format!("`{}` is not supported here yet", scalar.text))
        } else {
            Error::manifest("invalid-value", format!("{} is not a value of this key", node.shown()))
        };
        let error = error.at(node.place.clone()).with_expected(expected);
        // `4.0` is no slip of the pen for `5.0`.
        let letters = |text: &str| text.to_lowercase().replace(|c: char| c.is_ascii_digit(), "");
        let slip = |word: &&str| word.eq_ignore_ascii_case(&scalar.text) || letters(word) != letters(&scalar.text);
        let words = self.options.iter().map(|(word, _)| *word);
        let meant = nearest(&scalar.text, words).filter(|word| !scalar.sensitive && slip(word));
        cx.fault(match meant {
            Some(word) => error.with_help(format!("did you mean `{word}`?")),
            None => error,
        });
        None
    }
}

/// `true` or `false`.
pub fn boolean() -> Boolean {
    Boolean
}

/// See [`boolean`].
pub struct Boolean;

impl Reader for Boolean {
    type Out = bool;

    fn schema(&self) -> Json {
        or_variable(json!({ "type": "boolean" }), "variable")
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<bool> {
        let scalar = scalar("`true` or `false`", node, cx)?;
        match (scalar.quoted, scalar.text.as_str()) {
            (false, "true" | "True" | "TRUE") => Some(true),
            (false, "false" | "False" | "FALSE") => Some(false),
            (quoted, word) => {
                let error = wrong_type("`true` or `false`", node);
                let meant = match word.to_lowercase().as_str() {
                    "true" | "yes" | "on" | "y" => Some("true"),
                    "false" | "no" | "off" | "n" => Some("false"),
                    _ => None,
                };
                cx.fault(match meant {
                    Some(_) if quoted && matches!(word, "true" | "false") => error.with_help("remove the quotes"),
                    Some(meant) => error.with_help(format!("write `{meant}`: YAML 1.2 has no other word for it")),
                    None => error,
                });
                None
            }
        }
    }
}

/// A whole number within bounds.
pub fn integer<T: TryFrom<u64>>(range: RangeInclusive<u64>) -> Integer<T> {
    Integer { range, out: std::marker::PhantomData }
}

/// See [`integer`].
pub struct Integer<T> {
    range: RangeInclusive<u64>,
    out: std::marker::PhantomData<fn() -> T>,
}

impl<T: TryFrom<u64>> Integer<T> {
    fn expected(&self) -> String {
        let (min, max) = (self.range.start(), self.range.end());
        match (*min, *max) {
            (0, max) if max >= i32::MAX as u64 => "a whole number".into(),
            (min, max) if max >= i32::MAX as u64 => format!("a whole number of at least {min}"),
            (min, max) => format!("a whole number from {min} to {max}"),
        }
    }
}

impl<T: TryFrom<u64>> Reader for Integer<T> {
    type Out = T;

    fn schema(&self) -> Json {
        let mut schema = json!({ "type": "integer", "minimum": self.range.start() });
        if *self.range.end() < i32::MAX as u64 {
            schema["maximum"] = json!(self.range.end());
        }
        or_variable(schema, "variable")
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<T> {
        let expected = self.expected();
        let text = unquoted(&expected, node, cx)?;
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            cx.fault(wrong_type(&expected, node));
            return None;
        }
        let number = text.parse::<i128>().ok().and_then(|n| u64::try_from(n).ok()).filter(|n| self.range.contains(n));
        number.and_then(|n| T::try_from(n).ok()).or_else(|| {
            cx.fault(out_of_range(&expected, node));
            None
        })
    }
}

/// A number within bounds.
pub fn number(range: RangeInclusive<f64>) -> Number {
    Number(range)
}

/// See [`number`].
pub struct Number(RangeInclusive<f64>);

impl Reader for Number {
    type Out = f64;

    fn schema(&self) -> Json {
        or_variable(json!({ "type": "number", "minimum": self.0.start(), "maximum": self.0.end() }), "variable")
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<f64> {
        let expected = format!("a number from {} to {}", self.0.start(), self.0.end());
        let text = unquoted(&expected, node, cx)?;
        let shaped = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
        let Some(number) = text.parse::<f64>().ok().filter(|_| shaped) else {
            let error = wrong_type(&expected, node);
            cx.fault(match text.strip_suffix('%').and_then(|percent| percent.trim().parse::<f64>().ok()) {
                Some(percent) => error.with_help(format!("write `{}`", percent / 100.0)),
                None => error,
            });
            return None;
        };
        if !self.0.contains(&number) {
            cx.fault(out_of_range(&expected, node));
            return None;
        }
        Some(number)
    }
}

/// `90d`, `2h`, `60m`, `45s`.
pub fn duration(range: RangeInclusive<Duration>, expected: &'static str) -> Amount<Duration> {
    Amount { parse: units::duration, range, unit: "duration", pattern: "^[0-9]+[dhms]$", expected }
}

/// `90d`, in days.
pub fn days(range: RangeInclusive<u32>, expected: &'static str) -> Amount<u32> {
    Amount { parse: units::days, range, unit: "number of days", pattern: "^[0-9]+d$", expected }
}

/// `10GB`, `500MB`, in bytes.
pub fn size(range: RangeInclusive<u64>, expected: &'static str) -> Amount<u64> {
    Amount { parse: units::size, range, unit: "size", pattern: "^[0-9]+(KB|MB|GB|TB)$", expected }
}

/// See [`duration`], [`days`] and [`size`].
pub struct Amount<T> {
    parse: fn(&str) -> Option<T>,
    range: RangeInclusive<T>,
    unit: &'static str,
    pattern: &'static str,
    expected: &'static str,
}

impl<T: PartialOrd> Reader for Amount<T> {
    type Out = T;

    fn schema(&self) -> Json {
        or_variable(json!({ "type": "string", "pattern": self.pattern }), "interpolated")
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<T> {
        let scalar = scalar(self.expected, node, cx)?;
        let Some(amount) = (self.parse)(&scalar.text) else {
            let error = Error::manifest("invalid-value", format!("{} is not a {}", node.shown(), self.unit))
                .at(node.place.clone())
                .with_expected(self.expected);
            let bare = !scalar.text.is_empty() && scalar.text.bytes().all(|b| b.is_ascii_digit());
            cx.fault(if bare && !scalar.sensitive {
                let unit = match self.unit {
                    "size" => "GB",
                    "duration" => "m",
                    _ => "d",
                };
                error.with_help(format!("a unit is missing: `{}{unit}`", scalar.text))
            } else {
                error
            });
            return None;
        };
        if !self.range.contains(&amount) {
            cx.fault(out_of_range(self.expected, node));
            return None;
        }
        Some(amount)
    }
}

/// The scalar; a null or a collection is a fault.
fn scalar<'a>(expected: &str, node: &'a Node, cx: &mut Cx) -> Option<&'a Scalar> {
    match &node.value {
        Value::Scalar(scalar) if !scalar.is_null() => Some(scalar),
        _ => {
            cx.fault(wrong_type(expected, node));
            None
        }
    }
}

/// The scalar's text, where a quoted one is a fault.
fn unquoted<'a>(expected: &str, node: &'a Node, cx: &mut Cx) -> Option<&'a str> {
    let scalar = scalar(expected, node, cx)?;
    if scalar.quoted {
        let error = wrong_type(expected, node);
        cx.fault(if scalar.text.parse::<f64>().is_ok() { error.with_help("remove the quotes") } else { error });
        return None;
    }
    Some(&scalar.text)
}

fn out_of_range(expected: &str, node: &Node) -> Error {
    Error::manifest("out-of-range", format!("{} is out of range", node.shown()))
        .at(node.place.clone())
        .with_expected(expected)
}

/// What a schema says, or a text with `${}`: `interpolated` holds one, `variable` is one.
fn or_variable(schema: Json, definition: &str) -> Json {
    json!({ "anyOf": [schema, { "$ref": format!("#/$defs/{definition}") }] })
}
