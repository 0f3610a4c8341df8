//! How an error is shown: what, where with the line, expected, next.

use super::style::Style;
use crate::error::{Error, Place};

/// The whole block of an error and of those reported with it, with a line end.
pub fn render(error: &Error, style: Style) -> String {
    let mut out = String::new();
    for one in error.all() {
        if !out.is_empty() {
            out.push('\n');
        }
        let head = style.red(&style.bold(&format!("error[{}]", one.code())));
        block(&mut out, &head, one, style);
    }
    let count = error.all().count();
    if count > 1 {
        out.push_str(&format!("\n{}\n", style.bold(&format!("{count} errors"))));
    }
    out
}

/// The blocks of warnings, each with an empty line behind it.
pub fn warnings(warnings: &[Error], style: Style) -> String {
    let mut out = String::new();
    for one in warnings {
        let head = style.yellow(&style.bold(&format!("warning[{}]", one.code())));
        block(&mut out, &head, one, style);
        out.push('\n');
    }
    out
}

fn block(out: &mut String, head: &str, error: &Error, style: Style) {
    out.push_str(&format!("{head}: {}\n", style.bold(error.message())));
    let gutter = error.place().map_or(0, |place| place.line.to_string().len());
    if let Some(place) = error.place() {
        shown_line(out, place, gutter, style);
    }
    let mut detail = |name: &str, text: &str| {
        let indent = " ".repeat(gutter + 1 + 2 + name.len() + 2);
        let text = text.trim_end().replace('\n', &format!("\n{indent}"));
        out.push_str(&format!("{} {} {}: {text}\n", " ".repeat(gutter), style.cyan("="), style.bold(name)));
    };
    if let Some(call) = error.call() {
        let mut text = call.operation.clone();
        if let Some(code) = &call.code {
            text.push_str(&format!(" answered {code}"));
        }
        if let Some(id) = &call.request_id {
            text.push_str(&format!(" (request {id})"));
        }
        detail("call", &text);
    }
    if let Some(expected) = error.expected() {
        detail("expected", expected);
    }
    for note in error.notes() {
        detail("note", note);
    }
    if let Some(help) = error.help() {
        detail("help", help);
    }
}

fn shown_line(out: &mut String, place: &Place, gutter: usize, style: Style) {
    let pad = " ".repeat(gutter);
    let bar = style.cyan("|");
    let line = place.source.line(place.line);
    // Tabs would put the marks in the wrong column.
    let line: String = line.chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
    let room = line.chars().count().saturating_sub(place.column.saturating_sub(1) as usize).max(1);
    let marks = "^".repeat((place.width as usize).clamp(1, room));
    out.push_str(&format!("{pad}{} {place}\n", style.cyan("-->")));
    out.push_str(&format!("{pad} {bar}\n"));
    out.push_str(&format!("{} {bar} {}\n", style.cyan(&place.line.to_string()), line.trim_end()));
    let before = " ".repeat(place.column.saturating_sub(1) as usize);
    out.push_str(&format!("{pad} {bar} {before}{}\n", style.red(&marks)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{AwsCall, Kind, SourceText};

    #[test]
    fn a_manifest_error_shows_its_line() {
        let source = SourceText::new("pipeline.yaml", "job:\n  wokers: 2\n");
        let error = Error::manifest("unknown-key", "unknown key `wokers`")
            .at(Place { source, line: 2, column: 3, width: 6 })
            .with_expected("one of glue_version, worker_type, workers")
            .with_help("did you mean `workers`?");
        insta::assert_snapshot!(render(&error, Style::PLAIN), @r"
        error[unknown-key]: unknown key `wokers`
         --> pipeline.yaml:2:3
          |
        2 |   wokers: 2
          |   ^^^^^^
          = expected: one of glue_version, worker_type, workers
          = help: did you mean `workers`?
        ");
    }

    #[test]
    fn an_aws_error_names_the_call() {
        let error = Error::new(Kind::Aws, "access-denied", "AWS refused: not authorized").with_call(AwsCall {
            operation: "glue:CreateJob".into(),
            code: Some("AccessDeniedException".into()),
            request_id: Some("r-1".into()),
        });
        insta::assert_snapshot!(render(&error, Style::PLAIN), @r"
        error[access-denied]: AWS refused: not authorized
         = call: glue:CreateJob answered AccessDeniedException (request r-1)
        ");
    }
}
