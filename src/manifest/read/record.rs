//! A map with known keys. One closure names each key with its description and reader; run over a map it reads it, run
//! over nothing it writes the schema.

use serde_json::{Map as JsonMap, Value as Json, json};

use super::{Reader, wrong_type};
use crate::error::{Error, Place, nearest};
use crate::manifest::cx::Cx;
use crate::manifest::node::{Map, Node, Value};

/// A record: `what` names it in errors ("a join"), `fields` names its keys.
///
/// `fields` must ask for every key before it gives up on any (no `?` between): that is what makes all faults, and the
/// whole schema, come out.
pub fn record<T, F: Fn(&mut Fields<'_>) -> Option<T>>(what: &'static str, fields: F) -> Record<F> {
    Record { what, fields }
}

/// See [`record`].
pub struct Record<F> {
    what: &'static str,
    fields: F,
}

impl<T, F: Fn(&mut Fields<'_>) -> Option<T>> Reader for Record<F> {
    type Out = T;

    fn schema(&self) -> Json {
        let mut fields = Fields { reading: None, keys: Vec::new(), one_of: Vec::new(), hints: Vec::new() };
        (self.fields)(&mut fields);
        fields.schema()
    }

    fn read(&self, node: &Node, cx: &mut Cx) -> Option<T> {
        let Value::Map(map) = &node.value else {
            cx.fault(wrong_type("a map", node));
            return None;
        };
        let reading = Reading { node, map, cx, what: self.what };
        let mut fields = Fields { reading: Some(reading), keys: Vec::new(), one_of: Vec::new(), hints: Vec::new() };
        let value = (self.fields)(&mut fields);
        fields.refuse_unknown();
        value
    }
}

/// The keys of a record, while it is read or described.
pub struct Fields<'a> {
    reading: Option<Reading<'a>>,
    keys: Vec<KeyDoc>,
    one_of: Vec<&'static [&'static str]>,
    hints: Vec<(&'static str, &'static str)>,
}

struct Reading<'a> {
    node: &'a Node,
    map: &'a Map,
    cx: &'a mut Cx,
    what: &'static str,
}

struct KeyDoc {
    key: &'static str,
    /// Only when describing.
    schema: Option<Json>,
    required: bool,
}

impl<'a> Fields<'a> {
    /// A key that must be there.
    pub fn required<R: Reader>(&mut self, key: &'static str, doc: &'static str, reader: R) -> Option<R::Out> {
        let found = self.take(key, doc, &reader, true, None)?;
        if found.is_none() {
            let reading = self.reading.as_mut()?;
            let place = reading.map.get(key).map_or(&reading.node.place, |null| &null.place);
            let error = Error::manifest("missing-key", format!("`{key}` is missing in {}", reading.what))
                .at(place.clone())
                .with_help(format!("`{key}`: {}", lower_first(doc)));
            reading.cx.fault(error);
        }
        found
    }

    /// A key that may be absent (or null, which is the same).
    pub fn optional<R: Reader>(&mut self, key: &'static str, doc: &'static str, reader: R) -> Option<Option<R::Out>> {
        self.take(key, doc, &reader, false, None)
    }

    /// A key with a default, written as one would write it in YAML.
    pub fn or<R: Reader>(&mut self, key: &'static str, doc: &'static str, reader: R, default: &str) -> Option<R::Out> {
        match self.take(key, doc, &reader, false, Some(default))? {
            Some(value) => Some(value),
            None => reader.read(&Node::unplaced(default), self.reading.as_mut()?.cx),
        }
    }

    /// A section all of whose keys have defaults.
    pub fn section<R: Reader>(&mut self, key: &'static str, doc: &'static str, reader: R) -> Option<R::Out> {
        match self.take(key, doc, &reader, false, None)? {
            Some(value) => Some(value),
            None => {
                let reading = self.reading.as_mut()?;
                reader.read(&Node::empty_map(reading.node.place.clone()), reading.cx)
            }
        }
    }

    /// A list or map that is empty when absent.
    pub fn listed<R: Reader<Out: Default>>(
        &mut self,
        key: &'static str,
        doc: &'static str,
        reader: R,
    ) -> Option<R::Out> {
        Some(self.take(key, doc, &reader, false, None)?.unwrap_or_default())
    }

    /// Exactly one of these keys must be there; call it after they were read.
    pub fn exactly_one(&mut self, keys: &'static [&'static str]) {
        self.one_of.push(keys);
        let Some(reading) = self.reading.as_mut() else { return };
        let entries = keys.iter().filter_map(|key| reading.map.get_key_value(*key));
        let given: Vec<_> = entries.filter(|(_, node)| !node.is_null()).map(|(key, _)| key).collect();
        let list = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let error = match given.as_slice() {
            [_] => return,
            [] => Error::manifest("missing-key", format!("{} needs one of {list}", reading.what))
                .at(reading.node.place.clone()),
            [first, second, ..] => Error::manifest(
                "one-of",
                format!("`{}` and `{}` stand in one place, which takes one of them", first.value, second.value),
            )
            .at(second.place.clone())
            .with_expected(format!("one of {list}")),
        };
        reading.cx.fault(error);
    }

    /// What to say of a key that is not one of these, but is likely to be tried.
    pub fn hint(&mut self, key: &'static str, help: &'static str) {
        self.hints.push((key, help));
    }

    /// The place of a key, when it is there.
    pub fn place(&self, key: &str) -> Option<Place> {
        self.reading.as_ref()?.map.get_key_value(key)?.0.place.clone()
    }

    /// Whether a key is there (null is not).
    pub fn given(&self, key: &str) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.map.get(key).is_some_and(|node| !node.is_null()))
    }

    /// Whether the record is read and no key, known or not, is there.
    pub fn says_nothing(&self) -> bool {
        self.reading.as_ref().is_some_and(|reading| reading.map.values().all(Node::is_null))
    }

    /// The place of the whole record.
    pub fn whole(&self) -> Option<Place> {
        self.reading.as_ref()?.node.place.clone()
    }

    /// Reports a fault that spans several keys.
    pub fn fault(&mut self, error: Error) {
        if let Some(reading) = self.reading.as_mut() {
            reading.cx.fault(error);
        }
    }

    /// What the reading carries; `None` while describing.
    pub fn cx(&mut self) -> Option<&mut Cx> {
        self.reading.as_mut().map(|reading| &mut *reading.cx)
    }

    fn take<R: Reader>(
        &mut self,
        key: &'static str,
        doc: &'static str,
        reader: &R,
        required: bool,
        default: Option<&str>,
    ) -> Option<Option<R::Out>> {
        let Some(reading) = self.reading.as_mut() else {
            self.keys.push(KeyDoc { key, schema: Some(described(reader.schema(), doc, default)), required });
            return None;
        };
        self.keys.push(KeyDoc { key, schema: None, required });
        match reading.map.get(key) {
            Some(node) if !node.is_null() => reader.read(node, reading.cx).map(Some),
            _ => Some(None),
        }
    }

    fn refuse_unknown(&mut self) {
        let Some(reading) = self.reading.as_mut() else { return };
        for key in reading.map.keys().filter(|key| self.keys.iter().all(|known| known.key != key.value)) {
            let error = unknown_key(key, reading.what, self.keys.iter().map(|known| known.key));
            let hint = self.hints.iter().find(|(hinted, _)| *hinted == key.value);
            reading.cx.fault(match hint {
                Some((_, help)) => error.with_help(*help),
                None => error,
            });
        }
    }

    fn schema(self) -> Json {
        let required: Vec<&str> = self.keys.iter().filter(|key| key.required).map(|key| key.key).collect();
        let mut schema = json!({ "type": "object", "additionalProperties": false });
        let properties = self.keys.iter().map(|key| (key.key.to_string(), key.schema.clone().unwrap_or_default()));
        schema["properties"] = Json::Object(properties.collect::<JsonMap<_, _>>());
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        let one_of =
            |keys: &[&str]| json!({ "oneOf": keys.iter().map(|key| json!({ "required": [key] })).collect::<Vec<_>>() });
        match self.one_of.as_slice() {
            [] => {}
            [keys] => schema["oneOf"] = one_of(keys)["oneOf"].take(),
            several => schema["allOf"] = several.iter().map(|keys| one_of(keys)).collect(),
        }
        schema
    }
}

/// The error for a key that nobody knows.
pub(in crate::manifest) fn unknown_key<'k>(
    key: &crate::manifest::spanned::Spanned<String>,
    what: &str,
    known: impl Iterator<Item = &'k str> + Clone,
) -> Error {
    let expected: Vec<String> = known.clone().map(|key| format!("`{key}`")).collect();
    let error = Error::manifest("unknown-key", format!("`{}` is not a key of {what}", key.value))
        .at(key.place.clone())
        .with_expected(format!("one of {}", expected.join(", ")));
    match nearest(&key.value, known) {
        Some(meant) => error.with_help(format!("did you mean `{meant}`?")),
        None if key.contains(' ') => error.with_help("inside `{ }` a comma ends a text; quote a text that holds one"),
        None => error,
    }
}

/// A schema with its description and default.
pub(super) fn described(mut schema: Json, doc: &str, default: Option<&str>) -> Json {
    if let Some(object) = schema.as_object_mut() {
        object.shift_insert(0, "description".into(), json!(doc));
        if let Some(default) = default {
            let text = || json!(default);
            let first = object.get("anyOf").map_or_else(|| json!(object), |any| any[0].clone());
            let is_text = first["type"] == "string" || first["enum"][0].is_string();
            let value = if is_text { text() } else { serde_json::from_str(default).unwrap_or_else(|_| text()) };
            object.insert("default".into(), value);
        }
    }
    schema
}

fn lower_first(doc: &str) -> String {
    let mut chars = doc.trim_end_matches('.').chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(chars).collect(),
        _ => doc.trim_end_matches('.').to_string(),
    }
}
