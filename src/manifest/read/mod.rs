//! Readers: one description of a value that both reads it from the tree and writes its JSON Schema, so that the two
//! cannot drift apart.
//!
//! A reader reports every fault it finds to [`Cx`] and answers `None` when the value is of no use; whoever composes
//! readers reads all parts before giving up, so that one run shows all faults.

mod collections;
mod record;
mod scalars;

pub use collections::{Either, OneKey, Variant, either, list, map_of, map_of_columns, one_key, pair, variant};
pub(super) use record::unknown_key;
pub use record::{Fields, Record, record};
pub use scalars::{Rule, Text, boolean, choice, days, duration, integer, number, size, text, text_of};

use serde_json::Value as Json;

use super::cx::Cx;
use super::node::{Node, Value};
use super::spanned::Spanned;
use crate::error::Error;

/// Reads one kind of value and describes it.
pub trait Reader {
    /// What it yields.
    type Out;

    /// The JSON Schema of what it accepts.
    fn schema(&self) -> Json;

    /// Reads a node; `None`: a fault was reported.
    fn read(&self, node: &Node, cx: &mut Cx) -> Option<Self::Out>;

    /// The same with the value's place.
    fn spanned(self) -> SpannedReader<Self>
    where
        Self: Sized,
    {
        SpannedReader(self)
    }

    /// The same; its schema stands once, under this name in `$defs`, where [`crate::manifest::schema()`] puts it.
    fn named(self, name: &'static str) -> Named<Self>
    where
        Self: Sized,
    {
        Named(self, name)
    }

    /// The same, turned into something else.
    fn map<U, F: Fn(Self::Out) -> U>(self, into: F) -> Mapped<Self, F>
    where
        Self: Sized,
    {
        Mapped(self, into)
    }

    /// The same, turned into something else or a fault, which is put at the value.
    fn try_map<U, F: Fn(Self::Out, &Cx) -> Result<U, Error>>(self, into: F) -> TryMapped<Self, F>
    where
        Self: Sized,
    {
        TryMapped(self, into)
    }
}

/// See [`Reader::spanned`].
pub struct SpannedReader<R>(R);

impl<R: Reader> Reader for SpannedReader<R> {
    type Out = Spanned<R::Out>;

    fn schema(&self) -> Json {
        self.0.schema()
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<Self::Out> {
        let value = self.0.read(node, cx)?;
        let sensitive = matches!(&node.value, Value::Scalar(scalar) if scalar.sensitive);
        Some(Spanned { value, place: node.place.clone(), sensitive })
    }
}

/// See [`Reader::named`].
pub struct Named<R>(R, &'static str);

impl<R: Reader> Reader for Named<R> {
    type Out = R::Out;

    fn schema(&self) -> Json {
        serde_json::json!({ "$ref": format!("#/$defs/{}", self.1) })
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<R::Out> {
        self.0.read(node, cx)
    }
}

/// See [`Reader::map`].
pub struct Mapped<R, F>(R, F);

impl<R: Reader, U, F: Fn(R::Out) -> U> Reader for Mapped<R, F> {
    type Out = U;

    fn schema(&self) -> Json {
        self.0.schema()
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<U> {
        self.0.read(node, cx).map(&self.1)
    }
}

/// See [`Reader::try_map`].
pub struct TryMapped<R, F>(R, F);

impl<R: Reader, U, F: Fn(R::Out, &Cx) -> Result<U, Error>> Reader for TryMapped<R, F> {
    type Out = U;

    fn schema(&self) -> Json {
        self.0.schema()
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<U> {
        let value = self.0.read(node, cx)?;
        let result = (self.1)(value, cx).map_err(|error| error.at(node.place.clone()));
        cx.ok(result)
    }
}

impl<T> Reader for Box<dyn Reader<Out = T>> {
    type Out = T;

    fn schema(&self) -> Json {
        (**self).schema()
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<T> {
        (**self).read(node, cx)
    }
}

/// "expected a map, found a list", at the node; the caller adds what more it knows of what was expected.
pub fn wrong_type(expected: &str, node: &Node) -> Error {
    let error =
        Error::manifest("wrong-type", format!("expected {expected}, found {}", node.shown())).at(node.place.clone());
    match &node.value {
        Value::Scalar(scalar) if expected == "a list" && !scalar.is_null() && !scalar.sensitive => {
            error.with_help(format!("write it as a list of one: `[{}]`", super::node::shorten(&scalar.text)))
        }
        Value::Scalar(scalar) if scalar.is_null() => error.with_help("fill in the value, or remove the key"),
        _ => error,
    }
}
