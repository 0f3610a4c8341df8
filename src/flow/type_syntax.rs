//! How types are written: `decimal(10,2)`, `array<string>`, `struct<a:int,b:string>`.
//!
//! Case and white space do not matter when a type is read; it is written back in Athena's form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::types::DataType;
use crate::error::{Error, Result, nearest};

/// The names of types, for messages and suggestions.
pub const TYPE_NAMES: [&str; 11] = [
    "string",
    "boolean",
    "int",
    "bigint",
    "float",
    "double",
    "decimal(p,s)",
    "date",
    "timestamp",
    "array<T>",
    "struct<name:T,...>",
];

/// What people write for our types in other systems, and what it is called here.
const OTHER_NAMES: [(&str, &str); 29] = [
    ("integer", "int"),
    ("int32", "int"),
    ("smallint", "int"),
    ("tinyint", "int"),
    ("short", "int"),
    ("byte", "int"),
    ("int64", "bigint"),
    ("long", "bigint"),
    ("text", "string"),
    ("varchar", "string"),
    ("char", "string"),
    ("str", "string"),
    ("utf8", "string"),
    ("bool", "boolean"),
    ("float32", "float"),
    ("real", "float"),
    ("float64", "double"),
    ("number", "double"),
    ("decimal", "decimal(10,2)"),
    ("numeric", "decimal(10,2)"),
    ("datetime", "timestamp"),
    ("timestamptz", "timestamp"),
    ("timestamp_ntz", "timestamp"),
    ("time", "timestamp"),
    ("list", "array<string>"),
    ("array", "array<string>"),
    ("object", "struct<a:string>"),
    ("struct", "struct<a:string>"),
    ("row", "struct<a:string>"),
];

/// Deeper nesting than anybody means; keeps a hostile text from exhausting the stack.
const DEEPEST: usize = 32;

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataType::String => f.write_str("string"),
            DataType::Boolean => f.write_str("boolean"),
            DataType::Int => f.write_str("int"),
            DataType::Bigint => f.write_str("bigint"),
            DataType::Float => f.write_str("float"),
            DataType::Double => f.write_str("double"),
            DataType::Decimal(precision, scale) => write!(f, "decimal({precision},{scale})"),
            DataType::Date => f.write_str("date"),
            DataType::Timestamp => f.write_str("timestamp"),
            DataType::Array(element) => write!(f, "array<{element}>"),
            DataType::Struct(fields) => {
                f.write_str("struct<")?;
                for (i, (name, data_type)) in fields.iter().enumerate() {
                    let comma = if i == 0 { "" } else { "," };
                    write!(f, "{comma}{name}:{data_type}")?;
                }
                f.write_str(">")
            }
        }
    }
}

impl FromStr for DataType {
    type Err = Error;

    /// Reads a type as Athena writes it. Errors: `unknown-type`, with a suggestion where one is near.
    fn from_str(text: &str) -> Result<Self> {
        let mut reader = Reader { whole: text, rest: text };
        let data_type = reader.data_type(0)?;
        if reader.rest.trim().is_empty() { Ok(data_type) } else { Err(reader.unexpected("the end of the type")) }
    }
}

impl Serialize for DataType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DataType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|error: Error| de::Error::custom(error.message()))
    }
}

/// A recursive-descent reader over the text of a type.
struct Reader<'a> {
    whole: &'a str,
    rest: &'a str,
}

impl Reader<'_> {
    fn data_type(&mut self, depth: usize) -> Result<DataType> {
        if depth > DEEPEST {
            return Err(self.error(format!("type is nested deeper than {DEEPEST} levels")));
        }
        let name = self.word().to_lowercase();
        Ok(match name.as_str() {
            "string" => DataType::String,
            "boolean" => DataType::Boolean,
            "int" => DataType::Int,
            "bigint" => DataType::Bigint,
            "float" => DataType::Float,
            "double" => DataType::Double,
            "date" => DataType::Date,
            "timestamp" => DataType::Timestamp,
            "decimal" if self.peek('(') => self.decimal()?,
            "array" if self.peek('<') => {
                self.expect('<')?;
                let element = self.data_type(depth + 1)?;
                self.expect('>')?;
                DataType::Array(Box::new(element))
            }
            "struct" if self.peek('<') => DataType::Struct(self.fields(depth)?),
            _ => return Err(self.unknown(&name)),
        })
    }

    fn decimal(&mut self) -> Result<DataType> {
        self.expect('(')?;
        let precision = self.number()?;
        let scale = if self.peek(',') {
            self.expect(',')?;
            self.number()?
        } else {
            0
        };
        self.expect(')')?;
        if !(1..=38).contains(&precision) || scale > precision {
            return Err(self
                .error(format!("`decimal({precision},{scale})` is not a type"))
                .with_expected("1 to 38 digits in all, of which at most as many after the point"));
        }
        Ok(DataType::Decimal(precision, scale))
    }

    fn fields(&mut self, depth: usize) -> Result<Vec<(String, DataType)>> {
        self.expect('<')?;
        let mut fields: Vec<(String, DataType)> = Vec::new();
        loop {
            let name = self.word().to_lowercase();
            if name.is_empty() {
                return Err(self.unexpected("a field's name"));
            }
            self.expect(':')?;
            let data_type = self.data_type(depth + 1)?;
            if fields.iter().any(|(other, _)| *other == name) {
                return Err(self.error(format!("field `{name}` stands twice in `{}`", self.whole)));
            }
            fields.push((name, data_type));
            if !self.peek(',') {
                break;
            }
            self.expect(',')?;
        }
        self.expect('>')?;
        Ok(fields)
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn peek(&mut self, wanted: char) -> bool {
        self.skip_space();
        self.rest.starts_with(wanted)
    }

    fn expect(&mut self, wanted: char) -> Result<()> {
        self.skip_space();
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => Err(self.unexpected(&format!("`{wanted}`"))),
        }
    }

    fn word(&mut self) -> &str {
        self.skip_space();
        let end = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn number(&mut self) -> Result<u8> {
        let word = self.word().to_string();
        word.parse().map_err(|_| self.error(format!("`{word}` is not a number of digits in `{}`", self.whole)))
    }

    fn error(&self, message: String) -> Error {
        Error::manifest("unknown-type", message)
    }

    fn unexpected(&self, expected: &str) -> Error {
        let found = self.rest.trim().chars().next().map_or("its end".to_string(), |c| format!("`{c}`"));
        self.error(format!("cannot read the type `{}`: {found} stands where {expected} should be", self.whole))
            .with_expected(format!("one of {}", TYPE_NAMES.join(", ")))
    }

    fn unknown(&self, name: &str) -> Error {
        if name.is_empty() {
            return self.unexpected("the name of a type");
        }
        let error =
            self.error(format!("unknown type `{name}`")).with_expected(format!("one of {}", TYPE_NAMES.join(", ")));
        match suggestion(name) {
            Some(suggestion) => error.with_help(format!("did you mean `{suggestion}`?")),
            None => error,
        }
    }
}

/// What `name` most likely means here.
fn suggestion(name: &str) -> Option<&'static str> {
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == name).map(|(_, ours)| *ours);
    other.or_else(|| nearest(name, TYPE_NAMES[..6].iter().copied().chain(["date", "timestamp"])))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &str) -> String {
        let error = text.parse::<DataType>().expect_err(text);
        assert_eq!(error.code(), "unknown-type");
        format!("{} | {}", error.message(), error.help().unwrap_or("-"))
    }

    #[test]
    fn types_are_written_as_athena_writes_them() {
        for text in ["string", "decimal(10,2)", "array<array<bigint>>", "struct<a:int,b:array<string>>", "timestamp"] {
            assert_eq!(text.parse::<DataType>().unwrap().to_string(), text);
            let json = serde_json::to_string(&text.parse::<DataType>().unwrap()).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<DataType>(&json).unwrap().to_string(), text);
        }
        let loose: DataType = " Struct< A : INT , b:Decimal( 4 ) > ".parse().unwrap();
        assert_eq!(loose.to_string(), "struct<a:int,b:decimal(4,0)>");
    }

    #[test]
    fn refusals_name_what_is_meant() {
        assert_eq!(refusal("integer"), "unknown type `integer` | did you mean `int`?");
        assert_eq!(refusal("text"), "unknown type `text` | did you mean `string`?");
        assert_eq!(refusal("array<float64>"), "unknown type `float64` | did you mean `double`?");
        assert_eq!(refusal("bigit"), "unknown type `bigit` | did you mean `bigint`?");
        assert_eq!(refusal("decimal"), "unknown type `decimal` | did you mean `decimal(10,2)`?");
        assert_eq!(refusal("blob"), "unknown type `blob` | -");
        assert_eq!(refusal("decimal(39,2)"), "`decimal(39,2)` is not a type | -");
        assert_eq!(refusal("array<int"), "cannot read the type `array<int`: its end stands where `>` should be | -");
        assert_eq!(refusal("int)"), "cannot read the type `int)`: `)` stands where the end of the type should be | -");
        assert_eq!(refusal("struct<a:int,A:int>"), "field `a` stands twice in `struct<a:int,A:int>` | -");
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = "array<".repeat(100_000);
        assert!(refusal(&deep).starts_with("type is nested deeper than 32 levels"));
    }

    proptest! {
        #[test]
        fn any_text_is_a_type_or_an_error(text in "\\PC{0,40}") {
            let _ = text.parse::<DataType>();
        }
    }
}
