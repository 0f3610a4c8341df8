//! The values of `variables:`: `--var` before PIPECTL_VAR_x before the default.

use super::LoadOptions;
use super::cx::Cx;
use super::interpolate::{Binding, Scope};
use super::node::{Map, Node, Value};
use crate::error::{Error, nearest};

/// Binds `var.x` for every declared variable, and refuses a `--var` for one that is not. What is wrong with the section
/// itself is for its reader to say.
pub fn bind(section: Option<&Node>, options: &LoadOptions, scope: &mut Scope, cx: &mut Cx) {
    let none = Map::new();
    let declared = section.and_then(Node::as_map).unwrap_or(&none);
    for (name, variable) in declared {
        let entry = |key: &str| variable.as_map().and_then(|map| map.get(key));
        let default = entry("default").and_then(|node| match &node.value {
            Value::Scalar(scalar) if !scalar.is_null() => Some(scalar.text.clone()),
            _ => None,
        });
        let sensitive = entry("sensitive").and_then(Node::as_scalar).is_some_and(|scalar| scalar.text == "true");
        let given = options.vars.get(&name.value).or_else(|| options.env_vars.get(&name.value));
        scope.bind(format!("var.{}", name.value), Binding { text: given.cloned().or(default), sensitive });
    }
    for given in options.vars.keys().filter(|given| !declared.contains_key(given.as_str())) {
        let error =
            Error::usage("unknown-variable", format!("--var {given}: the manifest declares no variable `{given}`"));
        cx.fault(match nearest(given, declared.keys().map(|name| name.as_str())) {
            Some(meant) => error.with_help(format!("did you mean `{meant}`?")),
            None if declared.is_empty() => error.with_help("declare it under `variables:`"),
            None => {
                let names: Vec<String> = declared.keys().map(|name| format!("`{}`", name.value)).collect();
                error.with_expected(format!("one of {}", names.join(", ")))
            }
        });
    }
}
