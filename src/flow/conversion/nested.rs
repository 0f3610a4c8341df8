//! Text with lists and objects in each other: JSON, and the literals that Python prints.
//!
//! Two dialects. [`Dialect::Json`] is RFC 8259 to the letter: a line of a JSON source. [`Dialect::Literal`] is what a text
//! column is read by when it becomes a struct or an array of arrays or structs: JSON and Python together, as in
//! [`grammar::LIST`](super::grammar::LIST).

use super::list::{bare, quoted};
use super::text::{convert_text, trim};
use super::value::Value;
use crate::flow::types::DataType;

/// How deep lists and objects may stand in each other.
const DEEPEST: usize = 100;

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// RFC 8259.
    Json,
    /// JSON or a Python literal: either quote, `None`, `True`, `\xHH`, a comma behind the last element.
    Literal,
}

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// `null`, `None`.
    Null,
    /// Between quotes, escapes resolved.
    Text(String),
    /// A number or a truth, as written.
    Bare(String),
    /// A list.
    List(Vec<Node>),
    /// An object; names are distinct.
    Object(Vec<(String, Node)>),
}

/// The value that `text` is as a whole; `None` when it is malformed, or an object has a name twice.
pub fn parse(text: &str, dialect: Dialect) -> Option<Node> {
    let mut parser = Parser { rest: text, dialect };
    let node = parser.value(0)?;
    parser.space();
    parser.rest.is_empty().then_some(node)
}

/// `text` (trimmed) as a struct or an array: NULL as a whole when it is malformed, has another shape, or one of its
/// values does not convert. Names match in any case; one that is missing is NULL, one that the struct has not is not read.
pub fn convert(text: &str, to: &DataType, format: Option<&str>) -> Option<Value> {
    typed(&parse(text, Dialect::Literal)?, to, format)
}

fn typed(node: &Node, to: &DataType, format: Option<&str>) -> Option<Value> {
    let part = |node: &Node, to: &DataType| match node {
        Node::Null => Some(None),
        node => typed(node, to, format).map(Some),
    };
    match (node, to) {
        (Node::List(items), DataType::Array(element)) => {
            items.iter().map(|item| part(item, element)).collect::<Option<_>>().map(Value::List)
        }
        (Node::Object(entries), DataType::Struct(fields)) => {
            let field = |(name, to): &(String, DataType)| {
                let mut found = entries.iter().filter(|(key, _)| key.to_lowercase() == *name);
                match (found.next(), found.next()) {
                    (None, _) => Some(None),
                    (Some((_, node)), None) => part(node, to),
                    (Some(_), Some(_)) => None,
                }
            };
            fields.iter().map(field).collect::<Option<_>>().map(Value::Struct)
        }
        (_, DataType::Array(_) | DataType::Struct(_)) => None,
        (Node::Text(text) | Node::Bare(text), scalar) => convert_text(text, scalar, format),
        _ => None,
    }
}

impl Node {
    /// As JSON without white space; a number as it was written.
    pub fn to_json(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, to: &mut String) {
        match self {
            Node::Null => to.push_str("null"),
            Node::Text(text) => to.push_str(&quote(text)),
            Node::Bare(text) => to.push_str(text),
            Node::List(items) => {
                to.push('[');
                for (place, item) in items.iter().enumerate() {
                    to.push_str(if place > 0 { "," } else { "" });
                    item.write(to);
                }
                to.push(']');
            }
            Node::Object(entries) => {
                to.push('{');
                for (place, (name, value)) in entries.iter().enumerate() {
                    to.push_str(if place > 0 { "," } else { "" });
                    to.push_str(&quote(name));
                    to.push(':');
                    value.write(to);
                }
                to.push('}');
            }
        }
    }
}

/// A text as JSON writes it.
pub fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

struct Parser<'a> {
    rest: &'a str,
    dialect: Dialect,
}

impl Parser<'_> {
    fn is_json(&self) -> bool {
        self.dialect == Dialect::Json
    }

    fn space(&mut self) {
        self.rest = match self.dialect {
            Dialect::Json => self.rest.trim_start_matches([' ', '\t', '\n', '\r']),
            Dialect::Literal => self.rest.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']),
        };
    }

    /// Whether `wanted` comes next; then it is behind us.
    fn takes(&mut self, wanted: char) -> bool {
        self.space();
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        self.space();
        match *self.rest.as_bytes().first()? {
            _ if depth > DEEPEST => None,
            b'[' => self.list(depth),
            b'{' => self.object(depth),
            b'"' | b'\'' => self.text().map(Node::Text),
            _ => self.bare(),
        }
    }

    fn list(&mut self, depth: usize) -> Option<Node> {
        self.takes('[');
        let mut items = Vec::new();
        while !self.takes(']') {
            items.push(self.value(depth + 1)?);
            self.separator(']')?;
        }
        Some(Node::List(items))
    }

    fn object(&mut self, depth: usize) -> Option<Node> {
        self.takes('{');
        let (mut entries, mut names) = (Vec::new(), std::collections::HashSet::new());
        while !self.takes('}') {
            self.space();
            let name = self.text()?;
            if !self.takes(':') || !names.insert(name.clone()) {
                return None;
            }
            entries.push((name, self.value(depth + 1)?));
            self.separator('}')?;
        }
        Some(Node::Object(entries))
    }

    /// Behind an element: a comma, or the end, which stays. JSON has no comma before the end.
    fn separator(&mut self, end: char) -> Option<()> {
        let comma = self.takes(',');
        self.space();
        let ends = self.rest.starts_with(end);
        (comma != ends || comma && !self.is_json()).then_some(())
    }

    fn text(&mut self) -> Option<String> {
        if !self.rest.starts_with(['"', '\'']) || self.is_json() && self.rest.starts_with('\'') {
            return None;
        }
        let (text, after) = quoted(self.rest)?;
        let written = &self.rest[..self.rest.len() - after.len()];
        if self.is_json() && !is_json_text(written) {
            return None;
        }
        self.rest = after;
        Some(text)
    }

    fn bare(&mut self) -> Option<Node> {
        let (word, after) = bare(self.rest)?;
        let written = trim(&self.rest[..self.rest.len() - after.len()]);
        if self.is_json() && !is_json_word(written) {
            return None;
        }
        self.rest = after;
        Some(word.map_or(Node::Null, Node::Bare))
    }
}

/// Whether a text in double quotes has only JSON's escapes, and no control characters.
fn is_json_text(written: &str) -> bool {
    let mut escaped = false;
    written.chars().all(|c| {
        let fine = if escaped { !matches!(c, '\'' | 'x') } else { c >= ' ' };
        escaped = c == '\\' && !escaped;
        fine
    })
}

/// Whether a number or word is one of JSON's.
fn is_json_word(word: &str) -> bool {
    if matches!(word, "null" | "true" | "false") {
        return true;
    }
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let whole = unsigned.find(|c: char| !c.is_ascii_digit()).unwrap_or(unsigned.len());
    let fraction = unsigned[whole..].strip_prefix('.').map(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    (whole == 1 || whole > 1 && !unsigned.starts_with('0')) && fraction.unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json(text: &str) -> Option<String> {
        parse(text, Dialect::Json).map(|node| node.to_json())
    }

    fn literal(text: &str) -> Option<String> {
        parse(text, Dialect::Literal).map(|node| node.to_json())
    }

    #[test]
    fn json_is_rfc_8259() {
        for text in [r#"{"a":[1,-0.5e+3,true,null,"é\n\u0001"],"b":{}}"#, "[]", "0", "\"\"", "1E9", "[[[]]]"] {
            assert_eq!(json(text).as_deref(), Some(text));
        }
        assert_eq!(json(" { \"a\" :\t1 ,\r\n\"b\" : [ ] } ").as_deref(), Some(r#"{"a":1,"b":[]}"#));
        assert_eq!(json(r#""\u00e9\/\ud83d\ude00""#).as_deref(), Some("\"é/😀\""));
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "[1 2]",
            "['a']",
            "{a:1}",
            "nul",
            "None",
            "True",
            "01",
            "1.",
            ".5",
            "+1",
            "-",
            "1e",
            "NaN",
            "\"\\x41\"",
            "\"\\'\"",
            "\"a\tb\"",
            "\"\\ud83d\"",
            "\"a",
            "{\"a\" 1}",
            "{\"a\":1,\"a\":2}",
            "[1]]",
            "\u{a0}1",
        ] {
            assert_eq!(json(text), None, "{text}");
        }
        assert!(json(&"[".repeat(100_000)).is_none());
    }

    #[test]
    fn literals_are_json_and_python() {
        assert_eq!(literal(r#"{'a': None, "b": [True, 1.,]}"#).as_deref(), Some(r#"{"a":null,"b":[True,1.]}"#));
        assert_eq!(literal(r"{'it\'s': '\x41'}").as_deref(), Some(r#"{"it's":"A"}"#));
        for text in ["{,}", "[,]", "{'a'}", "{'a':}", "{1: 2}", "{'a': 1 'b': 2}", "[1,,2]"] {
            assert_eq!(literal(text), None, "{text}");
        }
    }

    #[test]
    fn structs_convert_whole_or_not_at_all() {
        let to: DataType = "struct<a:int,b:array<struct<c:date>>>".parse().unwrap();
        let value = |text: &str| convert(text, &to, None);
        let date = Value::Struct(vec![Some(Value::Date(1))]);
        assert_eq!(
            value(r#"{"A": "7", "b": [{"c": "1970-01-02"}, null], "z": [1]}"#),
            Some(Value::Struct(vec![Some(Value::Int(7)), Some(Value::List(vec![Some(date), None]))]))
        );
        assert_eq!(value("{}"), Some(Value::Struct(vec![None, None])));
        for lost in ["{'a': 'x'}", "{'a': [1]}", "{'b': [{'c': '2015'}]}", "[1]", "1", "{'a': 1, 'A': 1}", "null"] {
            assert_eq!(value(lost), None, "{lost}");
        }
    }

    proptest! {
        #[test]
        fn json_agrees_with_serde(text in r#"([\[\]{},: ]|"a"|"\\n"|"\\u00e9"|-?[0-9]{1,2}|\.5|1e5|true|null|'b'|\\){0,12}"#) {
            // serde_json takes an object with a name twice, and reads numbers into others.
            let (ours, theirs) = (parse(&text, Dialect::Json), serde_json::from_str::<serde_json::Value>(&text));
            if ours.is_some() {
                let too_large = |e: &serde_json::Error| e.to_string().contains("out of range");
                prop_assert!(theirs.is_ok() || theirs.is_err_and(|e| too_large(&e)), "{}", text);
            } else if theirs.is_ok() {
                prop_assert!(text.matches("\"a\"").count() + text.matches("\\").count() > 1, "{}", text);
            }
        }

        #[test]
        fn what_is_written_reads_back(text in "\\PC{0,20}") {
            prop_assert_eq!(parse(&quote(&text), Dialect::Json), Some(Node::Text(text)));
        }

        #[test]
        fn no_text_makes_it_fall(text in r#"[\[\]{},:'"\\a1x ]{0,30}"#) {
            let _ = parse(&text, Dialect::Literal);
        }
    }
}
