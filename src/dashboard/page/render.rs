//! The file, put together.

use base64::Engine;
use sha2::{Digest, Sha256};

use super::assets;
use super::encode;
use super::head::escaped;
use super::view::{self, Page};
use crate::dashboard::model::Theme;

/// The page as one HTML file. It loads nothing, and its security policy forbids that it ever does.
pub fn render(page: &Page<'_>) -> String {
    let dashboard = page.dashboard;
    let (theme, mode) = match dashboard.theme {
        Theme::Classic => ("classic", "auto"),
        Theme::Midnight => ("midnight", "dark"),
        Theme::Seaside => ("seaside", "auto"),
        Theme::Rainier => ("rainier", "auto"),
    };
    let raw = dashboard.raw.as_ref().map(|_| {
        "This dashboard is a definition in QuickSight's own words: only QuickSight draws it. What is described in the short \
         form (sheets and visuals) is drawn here too."
            .to_string()
    });
    let lead = dashboard.description.iter().chain(&raw).map(|text| format!("<p class=\"lead\">{}</p>", escaped(text)));
    let (style, script) = (assets::style(), assets::script());
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        digest(script),
        digest(style)
    );
    let fill = |name: &str| match name {
        "theme" => theme.to_string(),
        "mode" => mode.to_string(),
        "policy" => policy.clone(),
        "title" => escaped(&dashboard.title),
        "description" => lead.clone().collect(),
        "facts" => page.header.facts(),
        "foot" => page.header.foot(),
        "style" => style.to_string(),
        "script" => script.to_string(),
        "data" => encode::embedded(&view::data(page)),
        _ => String::new(),
    };
    filled(assets::FRAME, fill)
}

/// The frame with every `{{name}}` replaced; what is filled in is not looked at again.
fn filled(frame: &str, fill: impl Fn(&str) -> String) -> String {
    let mut parts = frame.split("{{");
    let mut html = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let (name, rest) = part.split_once("}}").unwrap_or(("", part));
        html.push_str(&fill(name));
        html.push_str(rest);
    }
    html
}

fn digest(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text))
}
