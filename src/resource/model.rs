//! Resources: desired and live are the same type.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::field::Fields;

/// A resource as it should be or as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// What it is and what it is called here.
    pub address: Address,
    /// How AWS finds it, fixed for its life: `{"bucket": "..."}`, `{"bucket": "...", "key": "..."}`,
    /// `{"database": "...", "table": "..."}`. Only `services` reads it; a live one may carry server-made ids.
    pub identity: BTreeMap<String, String>,
    /// Managed fields.
    pub fields: Fields,
    /// What must exist before it, in order.
    pub depends_on: Vec<Address>,
    /// It is used, never created, changed or deleted (`existing: true`); it must be there.
    #[serde(default)]
    pub existing: bool,
}

/// Whose a live resource is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// It carries this pipeline's marks.
    Ours,
    /// It carries no marks, or another's; says what was found: "it carries no pipectl tags".
    Strangers(String),
}

/// What was found in AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Live {
    /// As it is.
    pub resource: Resource,
    /// Whose it is.
    pub ownership: Ownership,
}

/// Everything that was read of live AWS, by address; what is missing from it does not exist.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// By address.
    pub resources: BTreeMap<Address, Live>,
    /// Of those that are ours and not wanted, the ones that hold data: an object that would be lost.
    #[serde(default)]
    pub holding: BTreeMap<Address, String>,
}

/// The marks of a pipeline: put on what we make, looked for on what we find.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// `pipectl:pipeline`.
    pub pipeline: String,
    /// `pipectl:environment`.
    pub environment: String,
    /// `pipectl:id`, when the manifest has one.
    pub id: Option<String>,
}

impl Owner {
    /// The tag of the pipeline's name.
    pub const PIPELINE: &'static str = "pipectl:pipeline";
    /// The tag of the environment.
    pub const ENVIRONMENT: &'static str = "pipectl:environment";
    /// The tag of the pipeline's id.
    pub const ID: &'static str = "pipectl:id";

    /// The marks as tags, sorted.
    pub fn tags(&self) -> BTreeMap<String, String> {
        let mut tags = BTreeMap::from([
            (Self::PIPELINE.to_owned(), self.pipeline.clone()),
            (Self::ENVIRONMENT.to_owned(), self.environment.clone()),
        ]);
        if let Some(id) = &self.id {
            tags.insert(Self::ID.to_owned(), id.clone());
        }
        tags
    }

    /// Whose a resource with these tags (or parameters, or object metadata) is.
    pub fn judge(&self, tags: &BTreeMap<String, String>) -> Ownership {
        let Some(pipeline) = tags.get(Self::PIPELINE) else {
            return Ownership::Strangers("it carries no pipectl tags".to_owned());
        };
        let environment = tags.get(Self::ENVIRONMENT).map_or("", String::as_str);
        if *pipeline != self.pipeline || environment != self.environment {
            return Ownership::Strangers(format!("it belongs to pipeline `{pipeline}`, environment `{environment}`"));
        }
        match (tags.get(Self::ID), &self.id) {
            (live, ours) if live == ours.as_ref() => Ownership::Ours,
            (Some(live), _) => {
                Ownership::Strangers(format!("it belongs to another pipeline `{pipeline}`, with id `{live}`"))
            }
            (None, _) => Ownership::Strangers(format!("it belongs to a pipeline `{pipeline}` without an id")),
        }
    }
}
