//! From a path to a [`Manifest`]: read, parse, choose the environment, overlay, put in variables, read into the model.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::cx::Cx;
use super::environments::{Environments, check_others};
use super::interpolate::Scope;
use super::keys::{self, OWN_KEYS};
use super::model::{Environment, Manifest};
use super::node::{Map, Node, Value};
use super::overlay::merge;
use super::read::Reader;
use super::{parse, paths, variables};
use crate::error::{Error, Result, SourceText};

/// What `${account}` is when nobody knows the account: offline, and nothing pinned.
pub const PLACEHOLDER_ACCOUNT: &str = "123456789012";

/// What the command line adds to the manifest.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// `--env`.
    pub env: Option<String>,
    /// `--var x=y`: must be declared.
    pub vars: BTreeMap<String, String>,
    /// PIPECTL_VAR_x, by x; one that is not declared is ignored.
    pub env_vars: BTreeMap<String, String>,
    /// The account that the credentials are of, once it is known. A pinned account must be the same.
    pub account: Option<String>,
    /// `--region`: instead of the manifest's.
    pub region: Option<String>,
}

/// Loads a manifest for one environment. All faults that can be told apart are reported, in the order of the file.
pub fn load(path: &Path, options: &LoadOptions) -> Result<Manifest> {
    let source = read_source(path)?;
    let mut cx = Cx::new(path);
    let manifest = read(&source, options, &mut cx);
    match manifest {
        Ok(Some(manifest)) => Error::check(cx.into_errors(), manifest),
        Ok(None) => Err(Error::many(cx.into_errors())),
        Err(error) => {
            cx.fault(error);
            Err(Error::many(cx.into_errors()))
        }
    }
}

/// The environments that a manifest declares, without loading the rest.
pub fn environments(path: &Path) -> Result<Environments> {
    let source = read_source(path)?;
    let mut cx = Cx::new(path);
    let root = parse::parse(&source, &mut cx)?;
    Ok(Environments::of(root_map(&root)?))
}

fn read_source(path: &Path) -> Result<Arc<SourceText>> {
    let refuse = |code, message: String| Error::manifest(code, message);
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(refuse("missing-manifest", format!("there is no `{}`", path.display()))
                .with_help("name it with `-f FILE`, or let `pipectl init` write one"));
        }
        Err(error) => return Err(Error::io("read", path, error)),
    };
    if metadata.is_dir() {
        return Err(refuse("not-a-file", format!("`{}` is a folder", path.display()))
            .with_help(format!("name the file: `-f {}`", path.join("pipeline.yaml").display())));
    }
    paths::decode(path, paths::read_bytes(path)?)
}

/// Everything but the file; `Ok(None)`: faults were reported.
fn read(source: &Arc<SourceText>, options: &LoadOptions, cx: &mut Cx) -> Result<Option<Manifest>> {
    let root = parse::parse(source, cx)?;
    let declared = Environments::of(root_map(&root)?);
    let chosen = declared.choose(options.env.as_deref())?.map(|environment| environment.name.value.clone());
    let place = root.place.clone();
    let Value::Map(mut root) = root.value else { return Err(Error::bug("the manifest was a map")) };

    let mut entries = root.shift_remove("environments");
    let over = chosen.as_deref().and_then(|name| overlay_of(entries.as_ref(), name, cx));
    let mut merged = merge(root, over.unwrap_or_default());

    let name =
        merged.get("name").and_then(Node::as_scalar).map_or("pipeline", |scalar| scalar.text.as_str()).to_string();
    let env = chosen.clone().unwrap_or_else(|| "default".into());
    let mut scope = Scope::default();
    variables::bind(merged.get("variables"), options, &mut scope, cx);
    scope.set("name", name);
    if let Some(entries) = entries.as_mut() {
        interpolate_own(entries, &scope, cx);
    }
    scope.set("env", env.as_str());
    match &options.region {
        Some(region) => drop(merged.insert("region".to_string().into(), Node::unplaced(region))),
        None => scope.map(&mut merged, |key| key == "region", cx),
    }
    let pinned = entries.as_ref().and_then(|entries| pinned_account(entries, &env));
    scope.set("account", account(pinned, options, cx));
    let region = merged.get("region").and_then(Node::as_scalar).map_or("us-east-1", |scalar| scalar.text.as_str());
    scope.set("region", region.to_string());
    let done = ["name", "region", "variables"];
    scope.map(&mut merged, |key| !done.contains(&key), cx);

    if let Some(entries) = entries {
        check_others(&entries, chosen.as_deref(), cx);
        merged.insert("environments".to_string().into(), entries);
    }
    cx.environment =
        Environment { name: env, declared: chosen.is_some(), count: declared.list.len(), account: None, profile: None };
    Ok(keys::manifest().read(&Node { value: Value::Map(merged), place }, cx))
}

fn root_map(root: &Node) -> Result<&Map> {
    root.as_map().ok_or_else(|| {
        Error::manifest("wrong-type", format!("expected a map, found {}", root.shown()))
            .at(root.place.clone())
            .with_expected("the manifest's keys: `name: ...`, `region: ...`, ...")
    })
}

/// What an environment lays over the root.
fn overlay_of(entries: Option<&Node>, name: &str, cx: &mut Cx) -> Option<Map> {
    let mut over = entries?.as_map()?.get(name)?.as_map()?.clone();
    over.retain(|key, _| !OWN_KEYS.contains(&key.as_str()));
    if let Some((key, _)) = over.get_key_value("environments") {
        cx.fault(Error::manifest("nested-environments", "an environment holds no environments").at(key.place.clone()));
        over.shift_remove("environments");
    }
    Some(over)
}

/// Puts variables into the own keys of every entry.
fn interpolate_own(entries: &mut Node, scope: &Scope, cx: &mut Cx) {
    let Value::Map(entries) = &mut entries.value else { return };
    for (name, entry) in entries {
        if let Value::Map(entry) = &mut entry.value {
            let mut scope = scope.clone();
            scope.set("env", name.value.as_str());
            scope.map(entry, |key| OWN_KEYS.contains(&key), cx);
        }
    }
}

fn pinned_account<'a>(entries: &'a Node, env: &str) -> Option<&'a Node> {
    entries.as_map()?.get(env)?.as_map()?.get("account").filter(|node| !node.is_null())
}

/// The account that `${account}` stands for.
fn account(pinned: Option<&Node>, options: &LoadOptions, cx: &mut Cx) -> String {
    let text = pinned.and_then(Node::as_scalar).map(|scalar| scalar.text.clone());
    match (&options.account, text) {
        (Some(account), Some(text)) if *account != text => {
            cx.fault(
                Error::manifest(
                    "wrong-account",
                    format!("the credentials are of account {account}, this environment of {text}"),
                )
                .at(pinned.and_then(|node| node.place.clone()))
                .with_help("choose another environment with `--env`, or other credentials with `--profile`"),
            );
            text
        }
        (Some(account), _) => account.clone(),
        (None, Some(text)) => text,
        (None, None) => PLACEHOLDER_ACCOUNT.into(),
    }
}
