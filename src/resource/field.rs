//! Fields and their metadata: what a change of each one means.
//!
//! A resource's managed state is a flat map from field name to JSON value. One table a kind ([`Spec`] lists in
//! [`super::kinds`]) says how to compare, show and change each; diff, plan, views and generated tests read nothing else.

use std::collections::BTreeMap;

use serde_json::Value;

/// Managed fields by name. A field that is absent equals its declared default.
pub type Fields = BTreeMap<String, Value>;

/// How two values of a field are compared and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A string, number or boolean; compared whole.
    Scalar,
    /// A list whose order does not matter; compared sorted.
    Set,
    /// A list whose order matters.
    List,
    /// String keys to values. The entries we want are ours, and those that the map lists as ours ([`Spec::list`]); further
    /// live entries are left alone. Differences are told per key, as `tags.team`.
    Map,
    /// A JSON document, compared structurally and told per path.
    Json,
    /// An IAM or bucket policy document: compared as policies (single string = list of one, order of lists and
    /// keys irrelevant).
    Policy,
    /// Text (a script, SQL); compared whole, shown as a text diff.
    Text,
}

/// The metadata of one field.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its name, as in plans: `workers`, `tags`, `schedule`.
    pub name: &'static str,
    /// How it is compared and shown.
    pub shape: Shape,
    /// What absence means, as JSON text (`null`, `"G.1X"`, `{}`).
    pub default: &'static str,
    /// Never shown.
    pub sensitive: bool,
    /// A change means delete and create again.
    pub replaces: bool,
    /// A change (or, for the resource, its deletion) destroys data.
    pub destroys_data: bool,
    /// The entry of a map that lists which others are ours ([`super::listed`]).
    pub list: Option<&'static str>,
}

impl Spec {
    /// A field that changes in place.
    pub const fn new(name: &'static str, shape: Shape, default: &'static str) -> Self {
        Self { name, shape, default, sensitive: false, replaces: false, destroys_data: false, list: None }
    }

    /// A change of it replaces the resource.
    pub const fn replaces(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Its values are never shown.
    pub const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// A change of it destroys data.
    pub const fn destroys_data(mut self) -> Self {
        self.destroys_data = true;
        self
    }

    /// An entry of the map lists which others are ours.
    pub const fn listed_in(mut self, entry: &'static str) -> Self {
        self.list = Some(entry);
        self
    }

    /// The default as a value.
    pub fn default_value(&self) -> Value {
        serde_json::from_str(self.default).unwrap_or(Value::Null)
    }
}
