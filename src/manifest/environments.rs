//! Which environments there are, and which one is meant.

use serde_json::Value as Json;

use super::cx::Cx;
use super::node::{Map, Node, Value};
use super::read::unknown_key;
use super::spanned::Spanned;
use crate::error::{Error, Result, nearest};

/// The declared environments, in the manifest's order.
#[derive(Clone, Debug, Default)]
pub struct Environments {
    /// None declared: `${env}` is `default`, and the base name is the pipeline's.
    pub list: Vec<Declared>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its name.
    pub name: Spanned<String>,
    /// It is used without `--env`.
    pub default: bool,
}

impl Environments {
    /// Reads the names off the manifest's map; what is wrong with the section is for its reader to say.
    pub fn of(root: &Map) -> Self {
        let Some(section) = root.get("environments").and_then(Node::as_map) else { return Self::default() };
        let declared = |(name, entry): (&Spanned<String>, &Node)| {
            let flag = entry.as_map().and_then(|map| map.get("default")).and_then(Node::as_scalar);
            let default = flag.is_some_and(|scalar| !scalar.quoted && scalar.text.eq_ignore_ascii_case("true"));
            Declared { name: name.clone(), default }
        };
        Self { list: section.iter().map(declared).collect() }
    }

    /// The one that `--env` names, or the default; `None` when none are declared.
    pub fn choose(&self, wanted: Option<&str>) -> Result<Option<&Declared>> {
        let names: Vec<String> = self.list.iter().map(|declared| format!("`{}`", declared.name.value)).collect();
        match wanted {
            None if self.list.is_empty() => Ok(None),
            None => self.list.iter().find(|declared| declared.default).map(Some).ok_or_else(|| {
                Error::usage("no-environment", "the manifest has environments, and none of them is the default")
                    .with_expected(format!("`--env` with one of {}", names.join(", ")))
                    .with_help("choose one with `--env`, or mark one with `default: true`")
            }),
            Some("default") if self.list.is_empty() => Ok(None),
            Some(wanted) if self.list.is_empty() => Err(Error::usage(
                "unknown-environment",
                format!("--env {wanted}: the manifest declares no environments"),
            )
            .with_help(format!("leave `--env` out, or declare `environments: {{ {wanted}: {{}} }}`"))),
            Some(wanted) => {
                self.list.iter().find(|declared| declared.name.value == wanted).map(Some).ok_or_else(|| {
                    let error = Error::usage(
                        "unknown-environment",
                        format!("--env {wanted}: there is no environment `{wanted}`"),
                    )
                    .with_expected(format!("one of {}", names.join(", ")));
                    match nearest(wanted, self.list.iter().map(|declared| declared.name.as_str())) {
                        Some(meant) => error.with_help(format!("did you mean `{meant}`?")),
                        None => error,
                    }
                })
            }
        }
    }
}

/// Looks through the environments that were not chosen for unknown keys, so that a slip in `prod` shows while `dev` is
/// worked on. Values are checked when the environment is chosen.
pub fn check_others(entries: &Node, chosen: Option<&str>, cx: &mut Cx) {
    let Some(entries) = entries.as_map() else { return };
    let others: Vec<_> = entries.iter().filter(|(name, _)| Some(name.as_str()) != chosen).collect();
    if others.iter().all(|(_, entry)| entry.as_map().is_none_or(Map::is_empty)) {
        return;
    }
    let schema = super::schema::environment();
    for (_, entry) in others {
        unknown_keys(entry, &schema, "an environment", cx);
    }
}

fn unknown_keys(node: &Node, schema: &Json, what: &str, cx: &mut Cx) {
    match &node.value {
        Value::Scalar(_) => {}
        Value::List(items) => {
            if let Some(schema) = alternative(schema, "array").map(|schema| &schema["items"]) {
                items.iter().for_each(|item| unknown_keys(item, schema, "this map", cx));
            }
        }
        Value::Map(map) => {
            let Some(schema) = alternative(schema, "object") else { return };
            let Some(properties) = schema["properties"].as_object() else {
                map.values().for_each(|value| unknown_keys(value, &schema["additionalProperties"], "this map", cx));
                return;
            };
            for (key, value) in map {
                match properties.get(&key.value) {
                    Some(schema) => unknown_keys(value, schema, &format!("`{}`", key.value), cx),
                    None => cx.fault(unknown_key(key, what, properties.keys().map(String::as_str))),
                }
            }
        }
    }
}

/// The part of a schema that speaks of this type.
fn alternative<'s>(schema: &'s Json, wanted: &str) -> Option<&'s Json> {
    let types = &schema["type"];
    if types == wanted || types.as_array().is_some_and(|types| types.iter().any(|one| one == wanted)) {
        return Some(schema);
    }
    schema["anyOf"].as_array()?.iter().find_map(|schema| alternative(schema, wanted))
}
