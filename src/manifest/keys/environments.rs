//! `variables` and `environments`: what stands before the merge.

use serde_json::{Value as Json, json};

use crate::manifest::cx::Cx;
use crate::manifest::node::{Map, Node, Value};
use crate::manifest::read::{Reader, boolean, record, text, text_of};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

/// The keys of an environment's entry that are its own; the rest is laid over the root.
pub const OWN_KEYS: [&str; 3] = ["default", "account", "profile"];

/// What an environment's entry says of itself.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    pub default: bool,
    pub account: Option<Spanned<String>>,
    pub profile: Option<Spanned<String>>,
}

/// An environment's entry.
pub fn environment() -> impl Reader<Out = Entry> {
    Environment
}

/// An entry's own keys.
pub fn own() -> impl Reader<Out = Entry> {
    record("an environment", |m| {
        let default = m.or("default", "Used without `--env`.", boolean(), "false");
        let account = m.optional(
            "account",
            "The AWS account it is pinned to: any other is refused.",
            text_of(&rules::ACCOUNT).or_number().spanned(),
        );
        let profile = m.optional("profile", "The AWS profile it uses.", text_of(&rules::NOT_EMPTY).spanned());
        Some(Entry { default: default?, account: account?, profile: profile? })
    })
}

/// Reads an entry's own keys; what it lays over the root is read there.
struct Environment;

impl Reader for Environment {
    type Out = Entry;

    fn schema(&self) -> Json {
        json!({ "$ref": "#/$defs/environment" })
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<Entry> {
        if node.is_null() {
            return Some(Entry::default());
        }
        let Some(map) = node.as_map() else { return own().read(node, cx) };
        let own_part = map.iter().filter(|(key, _)| OWN_KEYS.contains(&key.as_str()));
        let own_part: Map = own_part.map(|(key, value)| (key.clone(), value.clone())).collect();
        own().read(&Node { value: Value::Map(own_part), place: node.place.clone() }, cx)
    }
}

/// A declared variable. Its values are taken before this reads them.
pub fn variable() -> impl Reader<Out = ()> {
    let long = record("a variable", |m| {
        let default = m.optional("default", "Its value when none is given; taken as it is written.", text());
        let sensitive = m.or("sensitive", "Never shown.", boolean(), "false");
        let description = m.optional("description", "What it is for.", text());
        default?;
        sensitive?;
        description?;
        Some(())
    });
    NullOr(long)
}

/// Null, which stands for a map without keys.
struct NullOr<R>(R);

impl<R: Reader> Reader for NullOr<R> {
    type Out = R::Out;

    fn schema(&self) -> Json {
        let mut schema = self.0.schema();
        schema["type"] = json!(["object", "null"]);
        schema
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<R::Out> {
        if node.is_null() { self.0.read(&Node::empty_map(node.place.clone()), cx) } else { self.0.read(node, cx) }
    }
}
