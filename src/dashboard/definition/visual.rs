//! A visual: its title, what is drawn, and the rows that count.

use serde_json::{Value, json};

use super::field::Book;
use super::{chart, filter, names, not_in_quicksight};
use crate::dashboard::model::{Sheet, Visual};
use crate::error::Result;

/// The `Visual` of QuickSight; what it needs beside itself goes into `book`.
pub fn visual(book: &mut Book<'_>, sheet: &Sheet, visual: &Visual) -> Result<Value> {
    if let Some(condition) = &visual.filter {
        filter::of_visual(book, sheet, visual, condition)?;
    }
    let (kind, configuration) = chart::configuration(book, sheet, visual)?;
    let mut json = json!({
        "VisualId": names::id(&[&visual.id]),
        "Title": { "Visibility": "VISIBLE", "FormatText": rich("visual-title", &visual.title, 1024)? },
        "ChartConfiguration": configuration,
    });
    if let Some(subtitle) = visual.subtitle.as_ref().filter(|text| !text.trim().is_empty()) {
        json["Subtitle"] = json!({ "Visibility": "VISIBLE", "FormatText": rich("visual-subtitle", subtitle, 2048)? });
    }
    Ok(json!({ kind: json }))
}

/// A plain text in the XML form in which QuickSight keeps titles and gives them back.
fn rich(tag: &str, text: &str, longest: usize) -> Result<Value> {
    let text = text.trim();
    let rich = format!("<{tag}>{}</{tag}>", escaped(text));
    if rich.chars().count() > longest {
        return Err(not_in_quicksight(
            format!("a title of {} characters", text.chars().count()),
            format!("shorten it: with its markup it may have {longest}"),
        ));
    }
    Ok(json!({ "RichText": rich }))
}

/// `text` as XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
