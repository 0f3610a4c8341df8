//! The crawler's built-in JSON classifier, for one object a line.

use std::io::Read;
use std::path::Path;

use serde_json::Value;

use super::schema::{Classification, Inferred, wider};
use crate::flow::packed;
use crate::local::error::ServiceError;

/// What a text file says of itself as JSON lines; `None` when it is none.
pub fn infer(path: &Path, bytes: u64) -> Result<Option<Inferred>, ServiceError> {
    let mut content = Vec::new();
    let read = packed::open(path).and_then(|mut file| file.read_to_end(&mut content));
    // What cannot be unpacked is unknown.
    if read.is_err() || content.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Ok(None);
    }
    let mut inferred =
        Inferred { classification: Classification::Json, columns: Vec::new(), objects: 1, records: 0, bytes };
    for object in serde_json::Deserializer::from_slice(&content).into_iter::<serde_json::Map<String, Value>>() {
        let Ok(object) = object else { return Ok(None) };
        inferred.records += 1;
        for (name, value) in object {
            let (name, kind) = (name.to_lowercase(), kind_of(&value));
            match inferred.columns.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) => *known = either(known, &kind),
                None => inferred.columns.push((name, kind)),
            }
        }
    }
    // Of a column that is NULL throughout nothing is known.
    for (_, kind) in &mut inferred.columns {
        *kind = kind.replace(NOTHING, "string");
    }
    Ok(Some(inferred))
}

/// Stands for the type of NULL.
const NOTHING: &str = "?";

fn either(a: &str, b: &str) -> String {
    match (a, b) {
        (NOTHING, other) | (other, NOTHING) => other.to_owned(),
        (a, b) => wider(a, b),
    }
}

fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => NOTHING.into(),
        Value::Bool(_) => "boolean".into(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) if i32::try_from(whole).is_ok() => "int".into(),
            Some(_) => "bigint".into(),
            None => "double".into(),
        },
        Value::String(_) => "string".into(),
        Value::Array(items) => {
            let kind = items.iter().map(kind_of).reduce(|a, b| either(&a, &b)).unwrap_or(NOTHING.into());
            format!("array<{kind}>")
        }
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| format!("{}:{}", name.to_lowercase(), kind_of(value)));
            format!("struct<{}>", fields.collect::<Vec<_>>().join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_a_line_make_columns() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let columns = |content: &str| {
            std::fs::write(file.path(), content).unwrap();
            let found = infer(file.path(), 1).unwrap()?;
            Some((found.columns.iter().map(|(n, k)| format!("{n} {k}")).collect::<Vec<_>>().join(", "), found.records))
        };
        let lines = "{\"Id\":1,\"tags\":[\"x\"],\"row\":{\"A\":true},\"x\":null}\n{\"id\":9000000000,\"n\":0.5}\n";
        let expected = "id bigint, tags array<string>, row struct<a:boolean>, x string, n double";
        assert_eq!(columns(lines), Some((expected.to_owned(), 2)));
        assert_eq!(columns("id,name\n"), None);
        assert_eq!(columns("{\"id\":"), None);
    }
}
