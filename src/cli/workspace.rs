//! The offline half of every verb: manifest -> flow -> script.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::args::Global;
use crate::dashboard::model::Dashboards;
use crate::error::{Error, Result};
use crate::flow::document::Flow;
use crate::manifest::model::Manifest;
use crate::manifest::model::quicksight::Quicksight;
use crate::manifest::{self, LoadOptions};
use crate::resource::{Owner, Resource};
use crate::services::Context;
use crate::{dashboard, engine, flow, services};

/// A manifest with what follows from it offline.
#[derive(Debug)]
pub struct Workspace {
    /// The manifest.
    pub manifest: Manifest,
    /// Its flow, typed.
    pub flow: Flow,
    /// Its data sets and dashboards, typed.
    pub dashboards: Dashboards,
    script: OnceLock<String>,
}

impl Workspace {
    /// Loads and checks everything that can be checked offline. `account` replaces the placeholder once it is known.
    pub fn open(global: &Global, account: Option<&str>) -> Result<Self> {
        Self::of(load(global, account)?)
    }

    /// The same, of a manifest that is loaded.
    pub fn of(manifest: Manifest) -> Result<Self> {
        let flow = flow::compile::compile(&manifest, &flow::headers::LocalHeaders)?;
        flow::queries::check_queries(&manifest, &flow)?;
        let dashboards = dashboard::compile::compile(&manifest, &flow)?;
        Ok(Self { manifest, flow, dashboards, script: OnceLock::new() })
    }

    /// The job's PySpark: generated, or written by hand.
    pub fn script(&self) -> &str {
        self.script.get_or_init(|| match &self.manifest.job.script {
            Some(script) => script.text.text.clone(),
            None => engine::pyspark::script(&self.flow),
        })
    }

    /// Every resource that the manifest asks for in this account; errors as [`services::desired`].
    pub fn desired(&self, account: &str, partition: &str) -> Result<Vec<Resource>> {
        services::desired(&self.context(account, partition, &self.owner()))
    }

    /// What the author may not have meant; none of it stops anything.
    pub fn warnings(&self) -> Vec<Error> {
        let mut all = flow::impact::warnings(&self.manifest, &self.flow);
        all.extend(flow::queries::warnings(&self.manifest, &self.flow));
        all.extend(self.manifest.quicksight.as_ref().and_then(without_owner));
        all
    }

    /// What desired resources are computed from.
    pub fn context<'a>(&'a self, account: &'a str, partition: &'a str, owner: &'a Owner) -> Context<'a> {
        Context {
            manifest: &self.manifest,
            flow: &self.flow,
            dashboards: &self.dashboards,
            script: self.script(),
            account,
            region: &self.manifest.region,
            partition,
            owner,
        }
    }

    /// The marks this pipeline puts on what it makes.
    pub fn owner(&self) -> Owner {
        owner(&self.manifest)
    }
}

/// Assets that nobody could change in QuickSight's console.
fn without_owner(section: &Quicksight) -> Option<Error> {
    let first = section.dashboards.keys().chain(section.datasets.keys()).next()?;
    if !section.principals.owners.is_empty() {
        return None;
    }
    let whose = if section.principals.viewers.is_empty() { "nobody sees them" } else { "nobody can change them" };
    let message = format!("`quicksight.principals` names no owner: in QuickSight's console {whose}");
    let error = Error::manifest("no-owner", message);
    Some(error.with_help("add `principals: { owners: [user/default/NAME] }`; pages need none").at(first.place.clone()))
}

/// The marks of a manifest's pipeline.
pub fn owner(manifest: &Manifest) -> Owner {
    Owner {
        pipeline: manifest.name.value.clone(),
        environment: manifest.environment.name.clone(),
        id: manifest.id.as_ref().map(|id| id.value.clone()),
    }
}

/// Loads the manifest alone.
pub fn load(global: &Global, account: Option<&str>) -> Result<Manifest> {
    let options = LoadOptions {
        env: global.env.clone(),
        vars: variables(global)?,
        env_vars: environment_variables(),
        account: account.map(str::to_owned),
        region: global.region.clone(),
    };
    manifest::load(&global.file, &options)
}

/// PIPECTL_VAR_x, by x.
fn environment_variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter_map(|(name, value)| Some((name.strip_prefix("PIPECTL_VAR_")?.to_owned(), value)))
        .collect()
}

/// `--var x=y`.
fn variables(global: &Global) -> Result<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    for given in &global.vars {
        let (name, value) = given.split_once('=').ok_or_else(|| {
            Error::usage("bad-variable", format!("`--var {given}` has no value")).with_expected("--var NAME=VALUE")
        })?;
        variables.insert(name.to_owned(), value.to_owned());
    }
    Ok(variables)
}
