//! Readers of lists, of maps with free keys, and of values that may be written in several ways.

use indexmap::IndexMap;
use serde_json::{Value as Json, json};

use super::record::{described, unknown_key};
use super::scalars::Rule;
use super::{Reader, wrong_type};
use crate::error::Error;
use crate::manifest::cx::Cx;
use crate::manifest::node::{Node, Value};
use crate::manifest::spanned::Spanned;

/// A list.
pub fn list<R: Reader>(item: R) -> List<R> {
    List { item, min: 0 }
}

/// See [`list`].
pub struct List<R> {
    item: R,
    min: usize,
}

impl<R> List<R> {
    /// It may not be empty.
    pub fn not_empty(mut self) -> Self {
        self.min = 1;
        self
    }
}

impl<R: Reader> Reader for List<R> {
    type Out = Vec<R::Out>;

    fn schema(&self) -> Json {
        let mut schema = json!({ "type": "array", "items": self.item.schema() });
        if self.min > 0 {
            schema["minItems"] = json!(self.min);
        }
        schema
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<Vec<R::Out>> {
        let Value::List(items) = &node.value else {
            cx.fault(wrong_type("a list", node));
            return None;
        };
        if items.len() < self.min {
            cx.fault(Error::manifest("empty-list", "the list is empty").at(node.place.clone()));
            return None;
        }
        let read: Vec<Option<R::Out>> = items.iter().map(|item| self.item.read(item, cx)).collect();
        read.into_iter().collect()
    }
}

/// A list of exactly two.
pub fn pair<R: Reader>(item: R, expected: &'static str) -> Pair<R> {
    Pair { item, expected }
}

/// See [`pair`].
pub struct Pair<R> {
    item: R,
    expected: &'static str,
}

impl<R: Reader> Reader for Pair<R> {
    type Out = (R::Out, R::Out);

    fn schema(&self) -> Json {
        json!({ "type": "array", "items": self.item.schema(), "minItems": 2, "maxItems": 2 })
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<Self::Out> {
        match &node.value {
            Value::List(items) if items.len() == 2 => {
                let (first, second) = (self.item.read(&items[0], cx), self.item.read(&items[1], cx));
                Some((first?, second?))
            }
            Value::List(items) => {
                cx.fault(
                    Error::manifest(
                        "wrong-type",
                        format!("expected {}, found a list of {}", self.expected, items.len()),
                    )
                    .at(node.place.clone())
                    .with_expected(self.expected),
                );
                None
            }
            _ => {
                cx.fault(wrong_type(self.expected, node));
                None
            }
        }
    }
}

/// A map whose keys are names under a rule.
pub fn map_of<R: Reader>(keys: &'static Rule, value: R) -> MapOf<R> {
    MapOf { keys, value, min: 0 }
}

/// A map whose keys are columns that exist already, under whatever name.
pub fn map_of_columns<R: Reader>(value: R) -> MapOf<R> {
    map_of(&crate::manifest::rules::ANY_COLUMN, value)
}

/// See [`map_of`].
pub struct MapOf<R> {
    keys: &'static Rule,
    value: R,
    min: usize,
}

impl<R> MapOf<R> {
    /// It may not be empty.
    pub fn not_empty(mut self) -> Self {
        self.min = 1;
        self
    }
}

impl<R: Reader> Reader for MapOf<R> {
    type Out = IndexMap<Spanned<String>, R::Out>;

    fn schema(&self) -> Json {
        let mut schema = json!({
            "type": "object",
            "propertyNames": { "pattern": self.keys.pattern },
            "additionalProperties": self.value.schema(),
        });
        if self.min > 0 {
            schema["minProperties"] = json!(self.min);
        }
        schema
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<Self::Out> {
        let Value::Map(map) = &node.value else {
            cx.fault(wrong_type("a map", node));
            return None;
        };
        if map.len() < self.min {
            cx.fault(Error::manifest("empty-map", "the map is empty").at(node.place.clone()));
            return None;
        }
        let mut whole = true;
        let mut read = IndexMap::with_capacity(map.len());
        for (key, value) in map {
            if let Err(why) = (self.keys.check)(key) {
                cx.fault(
                    Error::manifest(self.keys.code, format!("`{}` is not {}: {why}", key.value, self.keys.what))
                        .at(key.place.clone())
                        .with_expected(self.keys.expected),
                );
                whole = false;
            }
            match self.value.read(value, cx) {
                Some(value) => drop(read.insert(key.clone(), value)),
                None => whole = false,
            }
        }
        whole.then_some(read)
    }
}

/// A short form (a scalar) or a long one (a map).
pub fn either<S: Reader, L: Reader<Out = S::Out>>(short: S, long: L) -> Either<S, L> {
    Either { short, long }
}

/// See [`either`].
pub struct Either<S, L> {
    short: S,
    long: L,
}

impl<S: Reader, L: Reader<Out = S::Out>> Reader for Either<S, L> {
    type Out = S::Out;

    fn schema(&self) -> Json {
        json!({ "anyOf": [self.short.schema(), self.long.schema()] })
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<S::Out> {
        match &node.value {
            Value::Scalar(scalar) if !scalar.is_null() => self.short.read(node, cx),
            Value::Map(_) => self.long.read(node, cx),
            _ => {
                cx.fault(wrong_type("a text or a map", node));
                None
            }
        }
    }
}

/// One way to write a [`one_key`] map.
pub struct Variant<T> {
    key: &'static str,
    doc: &'static str,
    reader: Box<dyn Reader<Out = T>>,
}

/// A variant: `key: value`, the value read by `reader`.
pub fn variant<T, R: Reader<Out = T> + 'static>(key: &'static str, doc: &'static str, reader: R) -> Variant<T> {
    Variant { key, doc, reader: Box::new(reader) }
}

/// A map with exactly one key, which says what it is; stands at that key.
pub fn one_key<T>(what: &'static str, variants: Vec<Variant<T>>) -> OneKey<T> {
    OneKey { what, variants }
}

/// See [`one_key`].
pub struct OneKey<T> {
    what: &'static str,
    variants: Vec<Variant<T>>,
}

impl<T> Reader for OneKey<T> {
    type Out = Spanned<T>;

    fn schema(&self) -> Json {
        let properties = self.variants.iter().map(|v| (v.key.to_string(), described(v.reader.schema(), v.doc, None)));
        json!({
            "type": "object",
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
            "properties": properties.collect::<serde_json::Map<_, _>>(),
        })
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<Spanned<T>> {
        let Value::Map(map) = &node.value else {
            cx.fault(wrong_type("a map with one key", node));
            return None;
        };
        let mut entries = map.iter();
        let Some((key, value)) = entries.next() else {
            cx.fault(Error::manifest("missing-key", format!("{} is empty", self.what)).at(node.place.clone()));
            return None;
        };
        let Some(variant) = self.variants.iter().find(|variant| variant.key == key.value) else {
            cx.fault(unknown_key(key, self.what, self.variants.iter().map(|variant| variant.key)));
            return None;
        };
        if let Some((second, _)) = entries.next() {
            cx.fault(
                Error::manifest(
                    "one-of",
                    format!("{} has one key; `{}` stands beside `{}`", self.what, second.value, key.value),
                )
                .at(second.place.clone())
                .with_help(format!("indent what belongs to `{}` further, or begin a new item with `- `", key.value)),
            );
            return None;
        }
        let read = variant.reader.read(value, cx);
        Some(Spanned::new(read?, key.place.clone()))
    }
}
