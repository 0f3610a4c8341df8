//! What can be written in two ways: titles, timestamps, numbers, colours.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde_json::{Map, Number, Value, json};

use super::defaults::ends_with;

/// Members that hold timestamps: seconds since 1970 on the wire, text in what the AWS CLI prints.
const TIMES: &[&str] = &[
    "DateTimeParameterDeclaration.DefaultValues.StaticValues",
    "DateTimeParameterDeclaration.ValueWhenUnset.CustomValue",
    "CustomValuesConfiguration.CustomValues.DateTimeValues",
    "TimeRangeFilter|TimeRangeDrillDownFilter.RangeMinimum|RangeMaximum",
    "TimeEqualityFilter.Value",
    "RangeMinimumValue|RangeMaximumValue.StaticValue",
    "WhatIfPointScenario.Date",
    "WhatIfRangeScenario.StartDate|EndDate",
];

/// Whole numbers as integers: `1.0` is `1`.
pub fn number(number: &Number) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(f) if number.is_f64() && f.fract() == 0.0 && f.abs() <= EXACT => json!(f as i64),
        _ => Value::Number(number.clone()),
    }
}

/// The text at `path`: timestamps as numbers, colours in capitals, markup without the line breaks and indentation
/// that QuickSight puts into it.
pub fn text(path: &[String], text: String) -> Value {
    if let Some(seconds) = seconds(path, &text) {
        return seconds;
    }
    let is_color = path.last().is_some_and(|name| name.contains("Color")) && text.starts_with('#');
    if is_color {
        return Value::String(text.to_uppercase());
    }
    if ends_with(path, "RichText") || ends_with(path, "TextBoxes.Content") {
        return Value::String(unindented(&text));
    }
    Value::String(text)
}

/// Turns timestamps that are written as text into numbers, everywhere in `definition`.
pub fn wire_times(definition: &mut Value) {
    fn walk(value: &mut Value, path: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    path.push(name.clone());
                    walk(member, path);
                    path.pop();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| walk(item, path)),
            Value::String(text) => {
                if let Some(seconds) = seconds(path, text) {
                    *value = seconds;
                }
            }
            _ => {}
        }
    }
    walk(definition, &mut Vec::new());
}

fn seconds(path: &[String], text: &str) -> Option<Value> {
    if !TIMES.iter().any(|rule| ends_with(path, rule)) {
        return None;
    }
    let naive = |format: &str| NaiveDateTime::parse_from_str(text, format).ok().map(|moment| moment.and_utc());
    let day = || text.parse::<NaiveDate>().ok().and_then(|d| d.and_hms_opt(0, 0, 0)).map(|moment| moment.and_utc());
    let moment = DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|moment| moment.to_utc())
        .or_else(|| naive("%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(|| naive("%Y-%m-%d %H:%M:%S%.f"))
        .or_else(day)?;
    let millis = moment.timestamp_millis();
    Some(if millis % 1000 == 0 { json!(millis / 1000) } else { json!(millis as f64 / 1000.0) })
}

/// A title that is plain text in markup is that text.
pub fn title(path: &[String], format_text: &mut Map<String, Value>) {
    if !ends_with(path, "FormatText") {
        return;
    }
    let rich = format_text.get("RichText").and_then(Value::as_str).and_then(plain);
    if let (Some(plain), 1) = (rich, format_text.len()) {
        format_text.remove("RichText");
        format_text.insert("PlainText".into(), json!(plain));
    } else if let Some(Value::String(text)) = format_text.get_mut("PlainText") {
        *text = text.trim().to_owned();
    }
}

/// The text of `<visual-title>text</visual-title>`, when no markup is in it.
fn plain(rich: &str) -> Option<String> {
    let rich = rich.trim();
    let inner = ["visual-title", "visual-subtitle"]
        .iter()
        .find_map(|tag| rich.strip_prefix(&format!("<{tag}>"))?.strip_suffix(&format!("</{tag}>")))?;
    if inner.contains('<') {
        return None;
    }
    Some(unescaped(inner.trim()))
}

fn unescaped(text: &str) -> String {
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), |plain| plain.into_owned())
}

/// Without white space that holds a line break, beside a tag.
fn unindented(markup: &str) -> String {
    let mut text = String::with_capacity(markup.len());
    let mut rest = markup.trim();
    while let Some(at) = rest.find(char::is_whitespace) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c: char| !c.is_whitespace()).unwrap_or(from.len());
        let (space, after) = from.split_at(end);
        text.push_str(before);
        if !(space.contains('\n') && (text.ends_with('>') || after.starts_with('<'))) {
            text.push_str(space);
        }
        rest = after;
    }
    text.push_str(rest);
    text
}
