//! YAML 1.2 text -> [`Node`]s with places.
//!
//! Anchors and aliases are followed by cloning, within a budget; merge keys, tags and several documents are refused.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span, options};

use super::cx::Cx;
use super::node::{Map, Node, Scalar, Value};
use super::spanned::Spanned;
use crate::error::{Error, Place, Result, SourceText};

/// How deep maps and lists may nest, aliases followed.
const MAX_DEPTH: usize = 64;
/// How many nodes a manifest may have, aliases followed.
const MAX_NODES: usize = 100_000;

/// Parses one YAML document. Duplicate keys are reported to `cx` (the first one stays); what makes the tree
/// meaningless is the error.
pub fn parse(source: &Arc<SourceText>, cx: &mut Cx) -> Result<Node> {
    let mut options = options! { block_nesting_limit: MAX_DEPTH, flow_nesting_limit: MAX_DEPTH };
    Options::set_emit_comments(&mut options, false);
    let mut builder = Builder { source, cx, open: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None };
    for event in Parser::new_from_str_with_options(&source.text, options) {
        let (event, span) = event.map_err(|error| syntax_error(source, &error))?;
        builder.take(event, span)?;
    }
    builder.root.filter(|root| !root.is_null()).ok_or_else(|| {
        Error::manifest("empty-manifest", "the manifest is empty")
            .at(Place { source: source.clone(), line: 1, column: 1, width: 1 })
            .with_help("`pipectl init` writes one from sample files")
    })
}

/// A collection that has begun and not ended.
struct Open {
    place: Place,
    flow: bool,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    /// The entries, and the key whose value comes next.
    Map(Map, Option<Pending>),
}

/// A key that waits for its value; a repeated one drops it.
struct Pending {
    key: Spanned<String>,
    repeated: bool,
}

/// An anchored node with what cloning it costs.
struct Anchored {
    node: Node,
    nodes: usize,
    depth: usize,
}

struct Builder<'a> {
    source: &'a Arc<SourceText>,
    cx: &'a mut Cx,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    root: Option<Node>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<()> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(Error::manifest("several-documents", "the file holds a second YAML document; a manifest is one")
                    .at(self.place(span))
                    .with_help("remove the `---` or move what follows to a file of its own"))
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.no_tag(tag.is_some(), span)?;
                self.spend(1, span)?;
                let quoted = style != ScalarStyle::Plain;
                let place = self.scalar_place(style, span);
                let scalar = Scalar { text: text.into_owned(), quoted, sensitive: false };
                self.add(Node { value: Value::Scalar(scalar), place: Some(place) }, anchor, false)
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.no_tag(tag.is_some(), span)?;
                self.begin(Content::List(Vec::new()), span, style == granit_parser::StructureStyle::Flow, anchor)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.no_tag(tag.is_some(), span)?;
                self.begin(Content::Map(Map::new(), None), span, style == granit_parser::StructureStyle::Flow, anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(id) => self.alias(id, span),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, content: Content, span: Span, flow: bool, anchor: usize) -> Result<()> {
        self.spend(1, span)?;
        if matches!(self.open.last(), Some(Open { content: Content::Map(_, None), .. })) {
            return Err(self.odd_key(span));
        }
        self.open.push(Open { place: self.place(span), flow, anchor, content });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<()> {
        let Some(open) = self.open.pop() else { return Err(Error::bug("a YAML collection ended that never began")) };
        let mut place = open.place;
        if open.flow && span.end.line() == place.line as usize {
            place.width = (span.end.col() as u32 + 1).saturating_sub(place.column).max(1);
        }
        let value = match open.content {
            Content::List(items) => Value::List(items),
            Content::Map(map, _) => Value::Map(map),
        };
        self.add(Node { value, place: Some(place) }, open.anchor, !open.flow)
    }

    /// Puts a finished node where it belongs; `block`: it stands at its key, if it has one.
    fn add(&mut self, mut node: Node, anchor: usize, block: bool) -> Result<()> {
        let block = block || node.is_null();
        if let (true, Some(Open { content: Content::Map(_, Some(pending)), .. })) = (block, self.open.last()) {
            node.place = pending.key.place.clone();
        }
        if anchor != 0 {
            let (nodes, depth) = measure(&node);
            self.anchors.insert(anchor, Anchored { node: node.clone(), nodes, depth });
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map(map, pending @ Some(_))) => {
                if let Some(Pending { key, repeated: false }) = pending.take() {
                    map.insert(key, node);
                }
            }
            Some(Content::Map(..)) => return self.key(node),
        }
        Ok(())
    }

    fn key(&mut self, node: Node) -> Result<()> {
        let place = node.place;
        let Value::Scalar(scalar) = node.value else {
            return Err(Error::manifest("odd-key", "a key is a text, not a map or list").at(place));
        };
        if !scalar.quoted && scalar.text == "<<" {
            return Err(Error::manifest("merge-key", "merge keys (`<<`) are not supported")
                .at(place)
                .with_help("repeat the keys, or put what differs under `environments:`"));
        }
        if scalar.is_null() {
            return Err(Error::manifest("odd-key", "a key is missing before the `:`, or is null").at(place));
        }
        let key = Spanned::new(scalar.text, place);
        let Some(Open { content: Content::Map(map, pending), .. }) = self.open.last_mut() else {
            return Err(Error::bug("a key outside a map"));
        };
        let first = map.get_key_value(&key).map(|(first, _)| first.clone());
        if let Some(first) = &first {
            let line = first.place.as_ref().map_or(0, |place| place.line);
            self.cx.fault(
                Error::manifest("duplicate-key", format!("`{}` stands here twice", key.value))
                    .at(key.place.clone())
                    .with_note(format!("it stands on line {line} already"))
                    .with_help("remove one of the two"),
            );
        }
        *pending = Some(Pending { key, repeated: first.is_some() });
        Ok(())
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<()> {
        let Some(anchored) = self.anchors.get(&id) else {
            return Err(Error::manifest("endless-alias", "an alias refers to what it stands in").at(self.place(span)));
        };
        let (nodes, depth) = (anchored.nodes, anchored.depth);
        if self.open.len() + depth > MAX_DEPTH {
            return Err(Error::manifest(
                "too-deep",
                format!("with this alias, maps and lists nest more than {MAX_DEPTH} deep"),
            )
            .at(self.place(span)));
        }
        self.spend(nodes, span)?;
        let node = self.anchors[&id].node.clone();
        self.add(node, 0, false)
    }

    fn spend(&mut self, nodes: usize, span: Span) -> Result<()> {
        self.nodes += nodes;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        Err(Error::manifest("too-large", format!("the manifest has more than {MAX_NODES} values, aliases followed"))
            .at(self.place(span))
            .with_help("aliases of aliases multiply; write out what is meant"))
    }

    fn no_tag(&self, tagged: bool, span: Span) -> Result<()> {
        if !tagged {
            return Ok(());
        }
        Err(Error::manifest("yaml-tag", "YAML tags (`!...`) are not supported")
            .at(self.place(span.tag_span().unwrap_or(span)))
            .with_help("quote a value to make it a text"))
    }

    fn odd_key(&self, span: Span) -> Error {
        Error::manifest("odd-key", "a key is a text, not a map or list")
            .at(self.place(span))
            .with_help("quote a value or key that holds `{ } [ ] , *` or `${}`")
    }

    /// From the span's start to its end, or to the end of its first line.
    fn place(&self, span: Span) -> Place {
        let line = span.start.line().max(1);
        let column = span.start.col();
        let end = if span.end.line() == line {
            span.end.col()
        } else {
            column + self.lines_from(span).next().unwrap_or("").trim_end().chars().count()
        };
        self.at(line, column, end.saturating_sub(column))
    }

    /// The lines from the span's start on, the first of them cut there.
    fn lines_from(&self, span: Span) -> std::str::Lines<'_> {
        let offset = span.start.byte_offset().unwrap_or(0);
        self.source.text.get(offset..).unwrap_or("").lines()
    }

    fn at(&self, line: usize, column: usize, width: usize) -> Place {
        Place {
            source: self.source.clone(),
            line: line as u32,
            column: column as u32 + 1,
            width: (width as u32).max(1),
        }
    }

    /// Where a scalar's content stands: within its quotes, or on the first line of a block.
    fn scalar_place(&self, style: ScalarStyle, span: Span) -> Place {
        let whole = self.place(span);
        match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                let quotes = if span.start.line() == span.end.line() { 2 } else { 1 };
                Place { column: whole.column + 1, width: whole.width.saturating_sub(quotes).max(1), ..whole }
            }
            // The parser's span of a block begins at its first line that is not empty.
            ScalarStyle::Plain | ScalarStyle::Literal | ScalarStyle::Folded => whole,
        }
    }
}

/// How many nodes a tree has, and how deep it is.
fn measure(node: &Node) -> (usize, usize) {
    let children: Vec<(usize, usize)> = match &node.value {
        Value::Scalar(_) => return (1, 0),
        Value::List(items) => items.iter().map(measure).collect(),
        Value::Map(map) => map.values().map(measure).collect(),
    };
    let nodes = 1 + children.iter().map(|(nodes, _)| nodes).sum::<usize>();
    (nodes, 1 + children.iter().map(|(_, depth)| *depth).max().unwrap_or(0))
}

/// The parser's error in our words.
fn syntax_error(source: &Arc<SourceText>, error: &ScanError) -> Error {
    let lines = source.text.lines().count().max(1) as u32;
    let (mut line, mut column) = (error.marker().line() as u32, error.marker().col() as u32 + 1);
    if line > lines {
        // The end of the file: point behind its last character.
        (line, column) = (lines, source.line(lines).chars().count() as u32 + 1);
    }
    let place = Place { source: source.clone(), line: line.max(1), column, width: 1 };
    let written = source.line(place.line);
    let (code, help) = match error.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => ("tab", "YAML indents with spaces; replace the tab"),
        ErrorKind::UnknownAnchor => {
            ("unknown-anchor", "quote a text that begins with `*`, or define the anchor before it")
        }
        ErrorKind::RecursionLimitExceeded => ("too-deep", "maps and lists may nest 64 deep"),
        _ if written.contains("${") && written.contains(['{', '[']) => {
            ("yaml-syntax", "inside `{ }` and `[ ]`, quote whatever holds `${}`: `\"${name}\"`")
        }
        ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::UnclosedQuotedScalar
        | ErrorKind::DocumentIndicatorInQuotedScalar => ("yaml-syntax", "a quote before this is not closed"),
        ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::UnclosedFlowCollection { .. } => {
            ("yaml-syntax", "close the `{` or `[` before this; inside them, quote what holds `{ } [ ] , :`")
        }
        ErrorKind::MappingValueNotAllowed => ("yaml-syntax", "check the indentation, or quote a text that holds `: `"),
        _ => ("yaml-syntax", "check the indentation and the quotes; quote what holds `{ } [ ] , * : #`"),
    };
    Error::manifest(code, format!("this is not valid YAML: {}", error.info())).at(place).with_help(help)
}
