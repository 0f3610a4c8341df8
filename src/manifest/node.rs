//! The tree that YAML is before anybody gives it meaning: maps, lists and scalars, each with its place.

use indexmap::IndexMap;

use super::spanned::Spanned;
use crate::error::Place;

/// A map's entries in the file's order; keys are distinct and have places of their own.
pub type Map = IndexMap<Spanned<String>, Node>;

/// A value of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it stands; `None` for defaults that nobody wrote. A block map or list, and an empty value, stand at the key
    /// that holds them.
    pub place: Option<Place>,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `key: value` pairs.
    Map(Map),
    /// Items.
    List(Vec<Node>),
    /// Anything else.
    Scalar(Scalar),
}

/// A scalar as written. What type it has is the reader's question: `5.0` is a text where a text is wanted.
#[derive(Clone, PartialEq, Eq)]
pub struct Scalar {
    /// The text, after quotes and escapes.
    pub text: String,
    /// It was quoted (or a block), so it is a text and nothing else.
    pub quoted: bool,
    /// It holds the value of a sensitive variable.
    pub sensitive: bool,
}

impl std::fmt::Debug for Scalar {
    /// Never shows a sensitive value.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.sensitive, self.quoted) {
            (true, _) => f.write_str("(sensitive)"),
            (false, true) => write!(f, "{:?}", self.text),
            (false, false) => f.write_str(&self.text),
        }
    }
}

impl Scalar {
    /// A scalar nobody quoted.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), quoted: false, sensitive: false }
    }

    /// YAML 1.2's null: nothing at all, `~` or `null`, unquoted.
    pub fn is_null(&self) -> bool {
        !self.quoted && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }
}

impl Node {
    /// A plain scalar that nobody wrote: a default.
    pub fn unplaced(text: &str) -> Self {
        Node { value: Value::Scalar(Scalar::plain(text)), place: None }
    }

    /// An empty map that nobody wrote, standing at `place`.
    pub fn empty_map(place: Option<Place>) -> Self {
        Node { value: Value::Map(Map::new()), place }
    }

    /// Whether it is YAML's null.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(scalar) if scalar.is_null())
    }

    /// The map, when it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The scalar, when it is one (a null too).
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// What an error calls it: "a map", "a list", "nothing", or the scalar itself in back quotes.
    pub fn shown(&self) -> String {
        match &self.value {
            Value::Map(_) => "a map".into(),
            Value::List(_) => "a list".into(),
            Value::Scalar(scalar) if scalar.is_null() => "nothing".into(),
            Value::Scalar(scalar) if scalar.sensitive => "(sensitive)".into(),
            Value::Scalar(scalar) => format!("`{}`", shorten(&scalar.text)),
        }
    }
}

/// At most 60 characters of the first line.
pub(super) fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    let mut short: String = line.chars().take(60).collect();
    if short.len() < text.trim_end_matches('\n').len() {
        short.push('…');
    }
    short
}
