//! The plan document: every change, with its reason, in the order it will be made. It is what `plan --output json` prints,
//! what a saved plan holds and what `apply` executes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::{Address, Kind, Resource};

/// The version of the plan's JSON form.
pub const FORMAT_VERSION: u32 = 1;

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`FORMAT_VERSION`].
    pub format_version: u32,
    /// The pipeline's name.
    pub pipeline: String,
    /// The environment.
    pub environment: String,
    /// The account, twelve digits.
    pub account: String,
    /// The region.
    pub region: String,
    /// A hash over identity, existence and managed fields of everything that was read; empty in a plan that does not leave
    /// the process that made it.
    pub fingerprint: String,
    /// In an order that honours dependencies; includes [`Action::None`].
    pub changes: Vec<Change>,
    /// Counts by action.
    pub summary: Summary,
}

impl Plan {
    /// Whether anything is to be done.
    pub fn has_changes(&self) -> bool {
        self.changes.iter().any(|change| change.action != Action::None)
    }

    /// The plan as `--output json` prints it: without the whole resources, which may hold what is never shown.
    pub fn public(&self) -> Plan {
        // Field by field: whole resources are large, and would be copied to be dropped.
        let bare = |c: &Change| Change {
            address: c.address.clone(),
            kind: c.kind,
            action: c.action,
            reason: c.reason.clone(),
            destroys_data: c.destroys_data,
            fields: c.fields.clone(),
            desired: None,
            live: None,
        };
        Plan {
            format_version: self.format_version,
            pipeline: self.pipeline.clone(),
            environment: self.environment.clone(),
            account: self.account.clone(),
            region: self.region.clone(),
            fingerprint: self.fingerprint.clone(),
            summary: self.summary,
            changes: self.changes.iter().map(bare).collect(),
        }
    }
}

/// One resource's change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Which resource.
    pub address: Address,
    /// Its kind.
    pub kind: Kind,
    /// What will be done.
    pub action: Action,
    /// Why, as a person would say it: "it does not exist", "workers differs".
    pub reason: String,
    /// Whether data is lost.
    pub destroys_data: bool,
    /// What changes, field by field.
    pub fields: Vec<FieldChange>,
    /// As wanted; `None` for a deletion. Left out of `--output json`, kept in saved plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<Resource>,
    /// As found; `None` for a creation. Left out of `--output json`, kept in saved plans.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Resource>,
}

/// What is done to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is deleted and made again.
    Replace,
    /// It is deleted.
    Delete,
    /// A stranger's becomes ours: marked, and changed where it differs.
    Adopt,
    /// Nothing.
    None,
}

/// One field's change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The path: `workers`, `tags.team`, `configuration.CrawlerOutput.Partitions`.
    pub path: String,
    /// As it is; null when absent, `(sensitive)` when never shown.
    pub before: Value,
    /// As it will be.
    pub after: Value,
}

/// Counts by action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// To be made.
    pub create: usize,
    /// To be changed.
    pub update: usize,
    /// To be made again.
    pub replace: usize,
    /// To be deleted.
    pub delete: usize,
    /// To be taken over.
    pub adopt: usize,
    /// Without change.
    pub unchanged: usize,
}

impl Summary {
    /// Counts `changes` by action.
    pub fn of(changes: &[Change]) -> Self {
        let count = |action: Action| changes.iter().filter(|c| c.action == action).count();
        Self {
            create: count(Action::Create),
            update: count(Action::Update),
            replace: count(Action::Replace),
            delete: count(Action::Delete),
            adopt: count(Action::Adopt),
            unchanged: count(Action::None),
        }
    }
}
