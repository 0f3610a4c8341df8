//! Typing, seen from outside: an expression's text in, its tree or its refusal out.

mod bounds;
mod meaning;
mod refusals;

use super::*;
use crate::error::{Error, Place, SourceText};
use crate::flow::expr::{Expr, Literal, Node};
use crate::flow::types::{Column, Schema};
use crate::manifest::spanned::Spanned;

const COLUMNS: [(&str, &str); 14] = [
    ("id", "string"),
    ("name", "string"),
    ("n", "int"),
    ("big", "bigint"),
    ("x", "double"),
    ("f", "float"),
    ("price", "decimal(10,2)"),
    ("ok", "boolean"),
    ("day", "date"),
    ("at", "timestamp"),
    ("genres", "array<string>"),
    ("counts", "array<int>"),
    ("key", "int"),
    ("release_date", "date"),
];

fn schema() -> Schema {
    let column = |(name, data_type): &(&str, &str)| Column {
        name: name.to_string(),
        data_type: data_type.parse().unwrap(),
        description: None,
    };
    Schema { columns: COLUMNS.iter().map(column).collect() }
}

fn typed(text: &str) -> Result<Expr, Error> {
    let source = SourceText::new("pipeline.yaml", format!("filter: {text}"));
    let place = Place { source, line: 1, column: 9, width: text.chars().count().max(1) as u32 };
    expression(&Spanned::new(text.to_string(), place), &Scope::new(&schema()))
}

/// A tree as compact text: `(year day):int`.
fn tree(e: &Expr) -> String {
    let list = |all: &[Expr]| all.iter().map(tree).collect::<Vec<_>>().join(" ");
    match &e.node {
        Node::Column(name) => name.clone(),
        Node::Literal(Literal::Null) => format!("null:{}", e.data_type),
        Node::Literal(Literal::String(text)) => format!("'{text}'"),
        Node::Literal(Literal::Boolean(b)) => b.to_string(),
        Node::Literal(Literal::Integer(i)) => format!("{i}:{}", e.data_type),
        Node::Literal(Literal::Double(f)) => format!("{f:?}"),
        Node::Literal(Literal::Date(text)) => format!("date'{text}'"),
        Node::Literal(Literal::Timestamp(text)) => format!("timestamp'{text}'"),
        Node::Widen(x) => format!("(widen {}):{}", tree(x), e.data_type),
        Node::Cast(x) => format!("(cast {}):{}", tree(x), e.data_type),
        Node::Negate(x) => format!("(- {})", tree(x)),
        Node::Not(x) => format!("(not {})", tree(x)),
        Node::Binary(op, l, r) => format!("({op:?} {} {}):{}", tree(l), tree(r), e.data_type),
        Node::IsNull(x) => format!("(null? {})", tree(x)),
        Node::In(x, items) => format!("(in {} [{}])", tree(x), list(items)),
        Node::Like(x, pattern) => format!("(like {} '{pattern}')", tree(x)),
        Node::Case(branches, otherwise) => {
            let branches: Vec<_> = branches.iter().map(|(c, v)| format!("{} => {}", tree(c), tree(v))).collect();
            format!("(case [{}] {}):{}", branches.join(", "), tree(otherwise), e.data_type)
        }
        Node::Call(function, arguments) => format!("({function:?} {}):{}", list(arguments), e.data_type),
    }
}

fn good(text: &str) -> String {
    match typed(text) {
        Ok(e) => tree(&e),
        Err(error) => panic!("{text}: {}", block(&error)),
    }
}

/// Code, message, the underlined part, and what follows.
fn block(error: &Error) -> String {
    let under = error.place().map_or("nowhere".to_string(), |place| {
        let line = place.source.line(place.line);
        line.chars().skip(place.column as usize - 1).take(place.width as usize).collect()
    });
    let mut text = format!("{} at `{under}`: {}", error.code(), error.message());
    for note in error.notes() {
        text.push_str(&format!("\n  note: {note}"));
    }
    for (label, words) in [("expected", error.expected()), ("help", error.help())] {
        if let Some(words) = words {
            text.push_str(&format!("\n  {label}: {words}"));
        }
    }
    text
}

fn bad(text: &str) -> String {
    match typed(text) {
        Ok(e) => panic!("{text} is typed: {}", tree(&e)),
        Err(error) => block(&error),
    }
}
