//! Checks a request's members as AWS's front end does, before a service sees them: required, type, length, range,
//! pattern, enum.
//!
//! The rules are data: `glue/shapes.json`, `athena/shapes.json` and `quicksight/shapes.json` hold the input shapes of the
//! operations that the local cloud has, as AWS's published API models give them (visual job nodes and the insides of
//! dashboards left out; patterns in this crate's syntax).
//! Members that no shape names are ignored, as AWS ignores them.

use std::collections::HashMap;
use std::sync::OnceLock;

use indexmap::IndexMap;
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::error::ServiceError;

/// The input shapes of a service.
pub struct Shapes {
    operations: HashMap<String, String>,
    shapes: HashMap<String, Shape>,
    /// By their text; compiled when first needed, which is never for most in the life of a process.
    patterns: HashMap<String, OnceLock<Regex>>,
}

#[derive(Deserialize)]
struct Model {
    operations: HashMap<String, String>,
    shapes: HashMap<String, Shape>,
}

#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    members: IndexMap<String, String>,
    member: Option<String>,
    key: Option<String>,
    value: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    pattern: Option<String>,
    #[serde(rename = "enum")]
    variants: Option<Vec<String>>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Long,
    Double,
    Float,
    Boolean,
    Timestamp,
    Blob,
}

impl Shapes {
    /// Reads a service's shapes.
    ///
    /// # Panics
    /// When the embedded text is no such model: a unit test reads them all, and compiles their patterns.
    pub fn parse(text: &str) -> Self {
        let model: Model = serde_json::from_str(text).expect("the embedded shapes are well-formed");
        let patterns = model.shapes.values().filter_map(|s| s.pattern.clone());
        let patterns = patterns.map(|pattern| (pattern, OnceLock::new())).collect();
        Self { operations: model.operations, patterns, shapes: model.shapes }
    }

    fn matches(&self, pattern: &str, text: &str) -> bool {
        let compiled = || Regex::new(&format!("^(?:{pattern})$")).expect("patterns compile");
        self.patterns[pattern].get_or_init(compiled).is_match(text)
    }

    /// Whether the service has the operation.
    pub fn knows(&self, operation: &str) -> bool {
        self.operations.contains_key(operation)
    }

    /// The texts of a path or query as the member's value: a number, a list, else the text itself.
    pub fn member_of_text(&self, operation: &str, member: &str, texts: &[String]) -> Value {
        let input = self.operations.get(operation).and_then(|name| self.shapes.get(name));
        let kind = input.and_then(|shape| self.shapes.get(shape.members.get(member)?)).map(|shape| shape.kind);
        let text = texts.first().map(String::as_str).unwrap_or_default();
        match kind {
            Some(Kind::List) => texts.into(),
            Some(Kind::Integer | Kind::Long) => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
            _ => text.into(),
        }
    }

    /// Refuses an input that breaks the operation's shape: all faults in one error of `code`, in AWS's words.
    pub fn check(&self, operation: &str, input: &Value, code: &str) -> Result<(), ServiceError> {
        let Some(shape) = self.operations.get(operation) else { return Ok(()) };
        let mut faults = Vec::new();
        self.visit(shape, input, "", &mut faults)?;
        match faults.len() {
            0 => Ok(()),
            n => {
                let plural = if n == 1 { "" } else { "s" };
                let message = format!("{n} validation error{plural} detected: {}", faults.join("; "));
                Err(ServiceError::bad_request(code, message))
            }
        }
    }

    fn visit(&self, name: &str, value: &Value, path: &str, faults: &mut Vec<String>) -> Result<(), ServiceError> {
        let shape = &self.shapes[name];
        let below = |member: &str| match path {
            "" => lower_first(member),
            _ => format!("{path}.{}", lower_first(member)),
        };
        let mut fault = |constraint: String| {
            faults.push(format!("Value '{}' at '{path}' failed to satisfy constraint: {constraint}", shown(value)));
        };
        match (shape.kind, value) {
            (Kind::Structure, Value::Object(members)) => {
                for required in shape.required.iter().filter(|r| members.get(*r).is_none_or(Value::is_null)) {
                    let at = below(required);
                    faults.push(format!("Value null at '{at}' failed to satisfy constraint: Member must not be null"));
                }
                for (member, member_shape) in &shape.members {
                    if let Some(value) = members.get(member).filter(|v| !v.is_null()) {
                        self.visit(member_shape, value, &below(member), faults)?;
                    }
                }
            }
            (Kind::List, Value::Array(items)) => {
                length(shape, items.len(), &mut fault);
                let member = shape.member.as_deref().unwrap_or_default();
                for (i, item) in items.iter().enumerate() {
                    self.visit(member, item, &format!("{path}.{}.member", i + 1), faults)?;
                }
            }
            (Kind::Map, Value::Object(entries)) => {
                length(shape, entries.len(), &mut fault);
                let (key_shape, value_shape) = (shape.key.as_deref(), shape.value.as_deref());
                for (key, value) in entries {
                    let text = Value::String(key.clone());
                    self.visit(key_shape.unwrap_or_default(), &text, &format!("{path}.{key}.key"), faults)?;
                    self.visit(value_shape.unwrap_or_default(), value, &format!("{path}.{key}.member"), faults)?;
                }
            }
            (Kind::String, Value::String(text)) => {
                length(shape, text.chars().count(), &mut fault);
                if let Some(pattern) = shape.pattern.as_ref().filter(|p| !self.matches(p, text)) {
                    fault(format!("Member must satisfy regular expression pattern: {pattern}"));
                }
                if let Some(variants) = shape.variants.as_ref().filter(|v| !v.contains(text)) {
                    fault(format!("Member must satisfy enum value set: [{}]", variants.join(", ")));
                }
            }
            (Kind::Integer | Kind::Long | Kind::Double | Kind::Float | Kind::Timestamp, Value::Number(number)) => {
                let number = number.as_f64().unwrap_or_default();
                if shape.min.is_some_and(|min| number < min) {
                    fault(format!("Member must have value greater than or equal to {}", shape.min.unwrap_or(0.0)));
                }
                if shape.max.is_some_and(|max| number > max) {
                    fault(format!("Member must have value less than or equal to {}", shape.max.unwrap_or(0.0)));
                }
            }
            (Kind::Boolean, Value::Bool(_)) | (Kind::Blob, Value::String(_)) => {}
            (Kind::String, Value::Null) | (Kind::Structure, Value::Null) => {
                fault("Member must not be null".to_owned());
            }
            (kind, value) => return Err(mistyped(kind, value)),
        }
        Ok(())
    }
}

fn length(shape: &Shape, length: usize, fault: &mut impl FnMut(String)) {
    if shape.min.is_some_and(|min| (length as f64) < min) {
        fault(format!("Member must have length greater than or equal to {}", shape.min.unwrap_or(0.0)));
    }
    if shape.max.is_some_and(|max| length as f64 > max) {
        fault(format!("Member must have length less than or equal to {}", shape.max.unwrap_or(0.0)));
    }
}

/// AWS's answer to a JSON value of the wrong type: `STRING_VALUE can not be converted to an Integer`.
fn mistyped(kind: Kind, value: &Value) -> ServiceError {
    let found = match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => return ServiceError::bad_request("SerializationException", "Unexpected list element"),
        Value::Object(_) => return ServiceError::bad_request("SerializationException", "Start of structure found"),
    };
    let wanted = match kind {
        Kind::String | Kind::Blob => "a String",
        Kind::Integer => "an Integer",
        Kind::Long => "a Long",
        Kind::Double | Kind::Float => "a Double",
        Kind::Boolean => "a Boolean",
        Kind::Timestamp => "a Date",
        Kind::Structure | Kind::List | Kind::Map => "a structure",
    };
    ServiceError::bad_request("SerializationException", format!("{found} can not be converted to {wanted}"))
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|c| c.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn glue() -> Shapes {
        Shapes::parse(include_str!("glue/shapes.json"))
    }

    #[test]
    fn the_models_read_and_every_shape_is_there() {
        let models = [
            include_str!("glue/shapes.json"),
            include_str!("athena/shapes.json"),
            include_str!("quicksight/shapes.json"),
            include_str!("tagging/shapes.json"),
            include_str!("logs/shapes.json"),
        ];
        for text in models {
            let shapes = Shapes::parse(text);
            let names = shapes.operations.values().chain(
                shapes
                    .shapes
                    .values()
                    .flat_map(|s| s.members.values().chain(s.member.iter()).chain(s.key.iter()).chain(s.value.iter())),
            );
            names.for_each(|name| assert!(shapes.shapes.contains_key(name), "{name}"));
            for pattern in shapes.patterns.keys() {
                shapes.matches(pattern, "x");
            }
        }
    }

    #[test]
    fn texts_of_a_query_become_what_the_member_is() {
        let shapes = Shapes::parse(include_str!("quicksight/shapes.json"));
        let read = |operation: &str, member: &str, texts: &[&str]| {
            shapes.member_of_text(operation, member, &texts.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(read("ListDataSets", "MaxResults", &["7"]), json!(7));
        assert_eq!(read("ListDataSets", "MaxResults", &["many"]), json!("many"));
        assert_eq!(read("ListDataSets", "NextToken", &["7"]), json!("7"));
        assert_eq!(read("UntagResource", "TagKeys", &["a", "b"]), json!(["a", "b"]));
    }

    #[test]
    fn faults_are_told_in_awss_words() {
        let check =
            |operation: &str, input| glue().check(operation, &input, "ValidationException").map_err(|e| e.message);
        assert_eq!(check("GetDatabase", json!({"Name": "db", "Unknown": 1})), Ok(()));
        assert_eq!(
            check("CreateTable", json!({"DatabaseName": "", "TableInput": {}})).unwrap_err(),
            "2 validation errors detected: Value '' at 'databaseName' failed to satisfy constraint: Member must have \
             length greater than or equal to 1; Value null at 'tableInput.name' failed to satisfy constraint: Member \
             must not be null"
        );
        assert_eq!(
            check("GetTables", json!({"DatabaseName": "d", "MaxResults": 1000})).unwrap_err(),
            "1 validation error detected: Value '1000' at 'maxResults' failed to satisfy constraint: Member must have \
             value less than or equal to 100"
        );
        let wrong = glue().check("GetDatabase", &json!({"Name": 1}), "ValidationException").unwrap_err();
        assert_eq!(
            (wrong.code.as_str(), wrong.message.as_str()),
            ("SerializationException", "NUMBER_VALUE can not be converted to a String")
        );
    }
}
