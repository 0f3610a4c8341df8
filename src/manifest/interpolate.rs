//! `${name} ${env} ${account} ${region} ${var.x}` in the scalars of a tree, and nothing else; `$${` is a literal `${`.

use std::collections::BTreeMap;

use super::cx::Cx;
use super::node::{Map, Node, Scalar, Value};
use super::spanned::Spanned;
use crate::error::{Error, nearest};

/// A value that `${}` can stand for.
#[derive(Clone, PartialEq, Eq)]
pub struct Binding {
    /// The text put in; `None`: declared, but nobody gave a value.
    pub text: Option<String>,
    /// What holds it is never shown.
    pub sensitive: bool,
}

impl std::fmt::Debug for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.text, self.sensitive) {
            (Some(_), true) => f.write_str("(sensitive)"),
            (text, _) => write!(f, "{text:?}"),
        }
    }
}

/// Everything `${}` can stand for, by the name inside the braces (`var.owner`).
#[derive(Clone, Debug, Default)]
pub struct Scope {
    bindings: BTreeMap<String, Binding>,
}

impl Scope {
    /// Adds a name with its text.
    pub fn set(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.bind(name, Binding { text: Some(text.into()), sensitive: false });
    }

    /// Adds a name.
    pub fn bind(&mut self, name: impl Into<String>, binding: Binding) {
        self.bindings.insert(name.into(), binding);
    }

    /// Replaces `${}` in every scalar of the tree, and refuses it in keys.
    pub fn interpolate(&self, node: &mut Node, cx: &mut Cx) {
        match &mut node.value {
            Value::Scalar(scalar) => {
                if scalar.text.contains("${") {
                    let written = Spanned::new(std::mem::take(&mut scalar.text), node.place.clone());
                    let before = cx.count();
                    *scalar = self.scalar(&written, scalar.quoted, cx);
                    if cx.count() > before {
                        cx.broken(written.place);
                    }
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.interpolate(item, cx)),
            Value::Map(map) => self.map(map, |_| true, cx),
        }
    }

    /// The same for the entries of a map whose key `wanted` accepts.
    pub fn map(&self, map: &mut Map, wanted: impl Fn(&str) -> bool, cx: &mut Cx) {
        for (key, node) in map.iter_mut().filter(|(key, _)| wanted(key)) {
            if key.contains("${") {
                cx.fault(
                    Error::manifest("variable-in-key", format!("`{}`: `${{}}` is not evaluated in keys", key.value))
                        .at(key.place.clone())
                        .with_help("write the name out; what differs by environment goes under `environments:`"),
                );
            }
            self.interpolate(node, cx);
        }
    }

    /// Replaces `${}` in one text. A text that is one `${}` and nothing else takes its type from the value, as if the
    /// value stood there unquoted; so does a quoted one (in `{ }` there is no other way to write it), but that is never null.
    pub fn scalar(&self, written: &Spanned<String>, quoted: bool, cx: &mut Cx) -> Scalar {
        let mut scalar = Scalar { text: String::new(), quoted, sensitive: written.sensitive };
        let text = written.value.as_str();
        let mut at = 0;
        while let Some(found) = text[at..].find("${").map(|found| at + found) {
            if text[..found].ends_with('$') && found > at {
                scalar.text.push_str(&text[at..found - 1]);
                scalar.text.push_str("${");
                at = found + 2;
                continue;
            }
            scalar.text.push_str(&text[at..found]);
            let Some(end) = text[found..].find('}').map(|end| found + end) else {
                let offset = text[..found].chars().count();
                cx.fault(
                    Error::manifest("unclosed-variable", "`${` is not closed by a `}`")
                        .at(written.inside(offset, 2))
                        .with_help("write `$${` for a literal `${`"),
                );
                scalar.text.push_str(&text[found..]);
                return scalar;
            };
            let name = &text[found + 2..end];
            let offset = text[..found].chars().count();
            match self.lookup(name) {
                Ok((value, sensitive)) => {
                    scalar.text.push_str(value);
                    scalar.sensitive |= sensitive;
                }
                Err(error) => cx.fault(error.at(written.inside(offset, name.chars().count() + 3))),
            }
            at = end + 1;
            if found == 0 && at == text.len() {
                scalar.quoted &= Scalar::plain(scalar.text.as_str()).is_null();
                return scalar;
            }
        }
        scalar.text.push_str(&text[at..]);
        scalar
    }

    fn lookup(&self, name: &str) -> Result<(&str, bool), Error> {
        let Some(binding) = self.bindings.get(name) else {
            let names: Vec<String> = self.bindings.keys().map(|name| format!("`${{{name}}}`")).collect();
            let error = Error::manifest("unknown-variable", format!("`${{{name}}}` is not a variable"))
                .with_expected(format!("one of {}", names.join(", ")));
            let meant = nearest(name.trim(), self.bindings.keys().map(String::as_str)).or_else(|| {
                self.bindings.keys().map(String::as_str).find(|known| known.strip_prefix("var.") == Some(name))
            });
            return Err(match meant {
                Some(meant) => error.with_help(format!("did you mean `${{{meant}}}`?")),
                None => error.with_help("declare it under `variables:`, or write `$${` for a literal `${`"),
            });
        };
        match &binding.text {
            Some(text) => Ok((text, binding.sensitive)),
            None => {
                let variable = name.trim_start_matches("var.");
                Err(Error::manifest("variable-without-value", format!("variable `{variable}` has no value")).with_help(
                    format!("pass `--var {variable}=...`, set PIPECTL_VAR_{variable}, or give it a `default`"),
                ))
            }
        }
    }
}
