//! Where data comes from and where it goes, as trees and as a document.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Style;
use crate::flow::lineage::{Lineage, Node};

/// Deeper than any pipeline that a person would read.
const DEEPEST: usize = 40;

/// Both directions of each of `asked`.
pub fn trees(lineage: &Lineage, asked: &[Node], style: Style) -> String {
    let mut text = String::new();
    for node in asked {
        text.push_str(&format!("{}\n", style.bold(&named(node))));
        for (heading, next) in [("made of", made_of as Direction), ("used by", used_by)] {
            let list = next(lineage, node);
            if list.is_empty() {
                continue;
            }
            text.push_str(&format!("  {}\n", style.dim(heading)));
            let mut seen = BTreeSet::new();
            branches(lineage, &list, next, 2, &mut seen, style, &mut text);
        }
    }
    text
}

/// What each of `nodes` is made of, a line each.
pub fn list(lineage: &Lineage, nodes: &[Node], style: Style) -> String {
    let mut text = String::new();
    for node in nodes {
        let from: Vec<String> = made_of(lineage, node).iter().map(ToString::to_string).collect();
        let from = if from.is_empty() { "(nothing: a constant)".to_owned() } else { from.join(", ") };
        text.push_str(&format!("{:<36} {} {from}\n", node.to_string(), style.dim("<-")));
    }
    text
}

/// For programs: every asked node with all it is made of and all that is made of it, at any distance.
pub fn document(lineage: &Lineage, asked: &[Node]) -> Value {
    let one = |node: &Node| {
        json!({
            "kind": node.kind(), "name": node.to_string(),
            "made_of": entries(&reached(lineage, node, made_of)),
            "used_by": entries(&reached(lineage, node, used_by)),
        })
    };
    asked.iter().map(one).collect()
}

fn entries(nodes: &BTreeSet<Node>) -> Value {
    nodes.iter().map(|node| json!({"kind": node.kind(), "name": node.to_string()})).collect()
}

type Direction = fn(&Lineage, &Node) -> Vec<Node>;

fn made_of(lineage: &Lineage, node: &Node) -> Vec<Node> {
    lineage.made_of(node).cloned().collect()
}

fn used_by(lineage: &Lineage, node: &Node) -> Vec<Node> {
    lineage.used_by(node).cloned().collect()
}

fn reached(lineage: &Lineage, from: &Node, next: Direction) -> BTreeSet<Node> {
    let mut found = BTreeSet::new();
    let mut open = next(lineage, from);
    while let Some(node) = open.pop() {
        if found.insert(node.clone()) {
            open.extend(next(lineage, &node));
        }
    }
    found
}

/// A branch that was drawn before is named, and not drawn again.
fn branches(
    lineage: &Lineage,
    nodes: &[Node],
    next: Direction,
    depth: usize,
    seen: &mut BTreeSet<Node>,
    style: Style,
    text: &mut String,
) {
    for node in nodes {
        let inside = next(lineage, node);
        let fresh = seen.insert(node.clone());
        let more = if !fresh && !inside.is_empty() { style.dim(" (as above)") } else { String::new() };
        text.push_str(&format!("{}{}{more}\n", "  ".repeat(depth), named(node)));
        if fresh && depth < DEEPEST {
            branches(lineage, &inside, next, depth + 1, seen, style, text);
        }
    }
}

fn named(node: &Node) -> String {
    match node {
        Node::Rows(table) => format!("which rows {table} has"),
        other => format!("{} {other}", other.kind()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Lineage {
        let mut all = Lineage::default();
        let (raw, clean) = (Node::Source("albums".into(), "date".into()), Node::Table("hits".into(), "year".into()));
        all.add(raw.clone(), []);
        all.add(clean.clone(), [raw.clone()]);
        all.add(Node::Rows("hits".into()), [raw]);
        all.add(Node::Query("top".into()), [clean.clone(), Node::Rows("hits".into())]);
        all.add(Node::Dataset("hits".into(), "year".into()), [clean]);
        all.add(
            Node::Visual("Overview".into(), "Trends".into(), "By year".into()),
            [Node::Dataset("hits".into(), "year".into())],
        );
        all
    }

    #[test]
    fn both_directions_are_trees() {
        let text = trees(&sample(), &[Node::Table("hits".into(), "year".into())], Style::PLAIN);
        insta::assert_snapshot!(text, @r"
        table hits.year
          made of
            source albums.date
          used by
            query top
            dataset hits.year
              visual Overview / Trends / By year
        ");
        let text = trees(&sample(), &[Node::Source("albums".into(), "date".into())], Style::PLAIN);
        insta::assert_snapshot!(text, @r"
        source albums.date
          used by
            table hits.year
              query top
              dataset hits.year
                visual Overview / Trends / By year
            which rows hits has
              query top
        ");
    }

    #[test]
    fn the_document_reaches_all_the_way() {
        let document = document(&sample(), &[Node::Source("albums".into(), "date".into())]);
        assert_eq!(document[0]["used_by"].as_array().unwrap().len(), 5);
        assert_eq!(document[0]["made_of"], json!([]));
    }
}
