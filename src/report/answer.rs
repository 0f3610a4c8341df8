//! A query's answer: as a table for people, as CSV, as JSON.

use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use serde_json::{Map, Number, Value};

use super::style::Style;
use super::words;
use crate::error::{Error, Result};
use crate::run::QueryResult;

/// A rule under the header and nothing else: answers are read down their columns.
pub(super) const RULED: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// The widest a cell grows before its text is cut, in characters.
const WIDEST: usize = 60;

/// A table with a header and the first `most` rows; numbers stand right, NULL is shown dim.
pub fn table(result: &QueryResult, most: usize, style: Style) -> String {
    let mut table = Table::new();
    table.load_style(RULED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(result.columns.iter().map(|(name, _)| Cell::new(style.bold(name))));
    for row in result.rows.iter().take(most) {
        table.add_row(row.iter().zip(&result.columns).map(|(value, (_, data_type))| {
            let cell = Cell::new(value.as_deref().map_or_else(|| style.dim("NULL"), shorten));
            if is_number(data_type) { cell.set_alignment(CellAlignment::Right) } else { cell }
        }));
    }
    let mut text: String = table.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    if result.rows.is_empty() {
        text.push_str("(no rows)\n");
    }
    text
}

/// One line under a table: rows, bytes scanned, time.
pub fn footer(result: &QueryResult) -> String {
    format!(
        "{}, {} scanned, {} ms",
        words::count(result.rows.len() as u64, "row"),
        words::bytes(result.bytes_scanned),
        result.millis
    )
}

/// RFC 4180 with a header; NULL is an empty field.
pub fn csv(result: &QueryResult) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let broken = |e: csv::Error| Error::bug(format!("an answer does not write as CSV: {e}"));
    writer.write_record(result.columns.iter().map(|(name, _)| name)).map_err(broken)?;
    for row in &result.rows {
        writer.write_record(row.iter().map(|v| v.as_deref().unwrap_or_default())).map_err(broken)?;
    }
    let bytes = writer.into_inner().map_err(|e| Error::bug(e.to_string()))?;
    String::from_utf8(bytes).map_err(|e| Error::bug(e.to_string()))
}

/// A list of objects; numbers and booleans as such, everything else as text.
pub fn json(result: &QueryResult) -> Result<String> {
    let rows: Vec<Value> = result
        .rows
        .iter()
        .map(|row| {
            let cells = row.iter().zip(&result.columns);
            Value::Object(
                cells
                    .map(|(value, (name, data_type))| (name.clone(), typed(value.as_deref(), data_type)))
                    .collect::<Map<_, _>>(),
            )
        })
        .collect();
    serde_json::to_string_pretty(&rows).map(|text| text + "\n").map_err(|e| Error::bug(e.to_string()))
}

fn typed(value: Option<&str>, data_type: &str) -> Value {
    let Some(text) = value else { return Value::Null };
    let exact = || match data_type {
        "boolean" => text.parse().ok().map(Value::Bool),
        "tinyint" | "smallint" | "integer" | "int" | "bigint" => text.parse::<i64>().ok().map(Value::from),
        "double" | "float" | "real" => text.parse().ok().and_then(Number::from_f64).map(Value::Number),
        _ => None,
    };
    exact().unwrap_or_else(|| Value::String(text.to_owned()))
}

fn is_number(data_type: &str) -> bool {
    let base = data_type.split('(').next().unwrap_or_default();
    matches!(base, "tinyint" | "smallint" | "integer" | "int" | "bigint" | "double" | "float" | "real" | "decimal")
}

fn shorten(text: &str) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if flat.chars().count() <= WIDEST { flat } else { flat.chars().take(WIDEST - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> QueryResult {
        QueryResult {
            columns: vec![("name".into(), "varchar".into()), ("n".into(), "bigint".into())],
            rows: vec![vec![Some("a, \"b\"".into()), Some("12".into())], vec![None, Some("3".into())]],
            bytes_scanned: 2048,
            millis: 7,
            location: "s3://b/x.csv".into(),
        }
    }

    #[test]
    fn a_table_aligns_numbers_right() {
        insta::assert_snapshot!(table(&sample(), 9, Style::PLAIN), @r#"
         name     n
        ─────────────
         a, "b"   12
         NULL      3
        "#);
        assert_eq!(footer(&sample()), "2 rows, 2.0 KiB scanned, 7 ms");
    }

    #[test]
    fn csv_and_json_keep_null_apart() {
        assert_eq!(csv(&sample()).unwrap(), "name,n\n\"a, \"\"b\"\"\",12\n,3\n");
        let rows: Value = serde_json::from_str(&json(&sample()).unwrap()).unwrap();
        assert_eq!(rows, serde_json::json!([{"name": "a, \"b\"", "n": 12}, {"name": null, "n": 3}]));
    }
}
