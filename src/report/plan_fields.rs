//! The fields of a change as lines, for every view of a plan: what goes with `-`, what comes with `+`, texts as diffs.

use std::collections::BTreeMap;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::plan::diff::{SENSITIVE, field_of};
use crate::plan::{Change, FieldChange};
use crate::resource::kinds::specs;
use crate::resource::{Kind, Shape, Spec};

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub sign: Sign,
    pub text: String,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// It is now.
    Minus,
    /// It will be.
    Plus,
    /// Stays, for orientation.
    Context,
    /// About the lines, such as how many are left out.
    Aside,
}

/// Context lines around a change in a text.
const RADIUS: usize = 2;

fn spec(kind: Kind, path: &str) -> Option<&'static Spec> {
    specs(kind).iter().find(|spec| spec.name == field_of(path))
}

/// Whether the field is text with more than one line on a side.
pub(super) fn is_text(kind: Kind, field: &FieldChange) -> bool {
    spec(kind, &field.path).is_some_and(|s| s.shape == Shape::Text)
        && [&field.before, &field.after].iter().any(|v| v.as_str().is_some_and(|text| text.trim_end().contains('\n')))
}

/// A value on one line: JSON, `(none)` for null, secrets as they stand for themselves.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) if text == SENSITIVE => text.clone(),
        other => other.to_string(),
    }
}

/// A field as lines below its path, at most `most` of them with a word on the rest.
pub(super) fn lines(kind: Kind, field: &FieldChange, most: usize) -> Vec<Line> {
    let all = if is_text(kind, field) { text(field) } else { values(field) };
    fold(all, most)
}

fn text(field: &FieldChange) -> Vec<Line> {
    let side = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (before, after) = (side(&field.before), side(&field.after));
    // Nothing to compare with: a diff would only take its time.
    for (sign, one, other) in [(Sign::Plus, &after, &before), (Sign::Minus, &before, &after)] {
        if other.is_empty() {
            return one.lines().map(|line| Line { sign, text: clean(line) }).collect();
        }
    }
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    let mut out = Vec::new();
    for (at, group) in diff.grouped_ops(RADIUS).iter().enumerate() {
        if let (true, Some(first)) = (at > 0 || group.first().is_some_and(|op| op.new_range().start > 0), group.first())
        {
            out.push(Line { sign: Sign::Aside, text: format!("line {}", first.new_range().start + 1) });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => Sign::Minus,
                ChangeTag::Insert => Sign::Plus,
                ChangeTag::Equal => Sign::Context,
            };
            let line = change.value();
            let bare = line.strip_suffix('\n').unwrap_or(line);
            out.push(Line { sign, text: clean(bare) });
            if bare.len() == line.len() {
                out.push(Line { sign: Sign::Aside, text: "no line end at the end".to_owned() });
            }
        }
    }
    out
}

fn values(field: &FieldChange) -> Vec<Line> {
    let mut out = Vec::new();
    for (sign, value) in [(Sign::Minus, &field.before), (Sign::Plus, &field.after)] {
        if !value.is_null() {
            let pretty = serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string());
            let compact = inline(value);
            let text = if compact.chars().count() <= 100 { compact } else { pretty };
            out.extend(text.lines().map(|line| Line { sign, text: clean(line) }));
        }
    }
    out
}

fn fold(mut lines: Vec<Line>, most: usize) -> Vec<Line> {
    if lines.len() > most.saturating_add(1) {
        let left = lines.len() - most;
        lines.truncate(most);
        lines.push(Line { sign: Sign::Aside, text: format!("{left} more lines") });
    }
    lines
}

/// Text from elsewhere without anything that a terminal would obey.
pub(super) fn clean(text: &str) -> String {
    let shown = |c: char| match c {
        '\t' => "    ".to_owned(),
        c if c.is_control() => c.escape_unicode().to_string(),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// What a creation is made with, in a few words: fields that are not their defaults; lists, texts and policies by size.
pub(super) fn essence(change: &Change) -> Vec<String> {
    let mut sizes: BTreeMap<&str, ()> = BTreeMap::new();
    let mut words = Vec::new();
    for field in &change.fields {
        let Some(spec) = spec(change.kind, &field.path) else { continue };
        if spec.sensitive || field.after == spec.default_value() || sizes.insert(spec.name, ()).is_some() {
            continue;
        }
        words.extend(match (spec.shape, &field.after) {
            (Shape::List | Shape::Set, Value::Array(items)) => Some(counted(items.len(), spec.name)),
            (Shape::Text, Value::String(text)) => Some(plural(text.lines().count(), "line")),
            (Shape::Policy, policy) => {
                let count = policy.get("Statement").and_then(Value::as_array).map_or(0, Vec::len);
                Some(format!("{} with {}", spec.name.replace('_', " "), plural(count, "statement")))
            }
            (Shape::Scalar, Value::String(text)) if text.chars().count() > 40 => None,
            (Shape::Scalar, Value::String(text)) if spec.name != "description" => {
                Some(format!("{} {}", spec.name, clean(text)))
            }
            (Shape::Scalar, value) if !value.is_string() => Some(format!("{} {value}", spec.name)),
            _ => None,
        });
    }
    words
}

/// `12 columns`, `1 column`; names of lists stand in the plural.
fn counted(count: usize, name: &str) -> String {
    let name = name.replace('_', " ");
    if count == 1 { format!("1 {}", name.trim_end_matches('s')) } else { format!("{count} {name}") }
}

/// `2 lines`, `1 line`.
pub(super) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(lines: &[Line]) -> String {
        let sign = |s: Sign| match s {
            Sign::Minus => '-',
            Sign::Plus => '+',
            Sign::Context => ' ',
            Sign::Aside => '~',
        };
        lines.iter().map(|l| format!("{}{}", sign(l.sign), l.text)).collect::<Vec<_>>().join("\n")
    }

    fn sql(before: &str, after: &str) -> FieldChange {
        FieldChange { path: "sql".into(), before: json!(before), after: json!(after) }
    }

    #[test]
    fn texts_are_diffed_around_their_changes_and_folded() {
        let before: String = (1..=12).map(|n| format!("line {n}\n")).collect();
        let after = before.replace("line 2\n", "line two\n").replace("line 11\n", "").replace("line 12\n", "line 12");
        let field = sql(&before, &after);
        assert!(is_text(Kind::AthenaNamedQuery, &field));
        insta::assert_snapshot!(shown(&lines(Kind::AthenaNamedQuery, &field, 99)), @r"
         line 1
        -line 2
        +line two
         line 3
         line 4
        ~line 9
         line 9
         line 10
        -line 11
        -line 12
        +line 12
        ~no line end at the end
        ");
        assert_eq!(shown(&lines(Kind::AthenaNamedQuery, &field, 2)), " line 1\n-line 2\n~10 more lines");
    }

    #[test]
    fn nothing_reaches_the_terminal_that_it_would_obey() {
        let field = sql("a\nb\n", "a\n\u{1b}[31mb\n");
        assert!(!shown(&lines(Kind::AthenaNamedQuery, &field, 99)).contains('\u{1b}'));
        assert_eq!(inline(&json!("\u{1b}[31m")), r#""\u001b[31m""#);
    }

    #[test]
    fn long_values_stand_on_lines_of_their_own() {
        let long = json!({"Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "Resource": "arn:aws:s3:::a-bucket/with/a/long/path/*", "Effect": "Allow"});
        let field = FieldChange { path: "inline_policy.Statement[Data]".into(), before: json!(null), after: long };
        let lines = lines(Kind::IamRole, &field, 99);
        assert_eq!(lines.len(), 9);
        assert!(lines.iter().all(|l| l.sign == Sign::Plus));
        assert_eq!(inline(&json!(null)), "(none)");
        assert_eq!(inline(&json!(SENSITIVE)), "(sensitive)");
    }
}
