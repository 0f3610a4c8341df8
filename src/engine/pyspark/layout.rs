//! Python expressions as a tree, and their text on one line.

/// A Python expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Py {
    /// A name, a number, anything that stays in one piece.
    Text(String),
    /// A string, by its value.
    Str(String),
    /// `head(arguments)`.
    Call(String, Vec<Py>),
    /// `receiver.name(arguments)`.
    Method(Box<Py>, String, Vec<Py>),
    /// `left operator right`.
    Infix(Box<Py>, &'static str, Box<Py>),
    /// `operator operand`, without a space: `~x`, `-x`.
    Prefix(&'static str, Box<Py>),
    /// `[items]`.
    List(Vec<Py>),
    /// `{key: value}`.
    Dict(Vec<(Py, Py)>),
    /// `name=value`, among arguments.
    Named(String, Box<Py>),
}

impl Py {
    /// A name or number as it stands.
    pub fn text(text: impl Into<String>) -> Py {
        Py::Text(text.into())
    }

    /// A string by its value.
    pub fn string(value: impl Into<String>) -> Py {
        Py::Str(value.into())
    }

    /// `head(arguments)`.
    pub fn call(head: &str, arguments: impl Into<Vec<Py>>) -> Py {
        Py::Call(head.to_string(), arguments.into())
    }

    /// `self.name(arguments)`.
    pub fn method(self, name: &str, arguments: impl Into<Vec<Py>>) -> Py {
        Py::Method(Box::new(self), name.to_string(), arguments.into())
    }

    /// `self operator right`.
    pub fn infix(self, operator: &'static str, right: Py) -> Py {
        Py::Infix(Box::new(self), operator, Box::new(right))
    }

    /// `operator self`.
    pub fn prefix(self, operator: &'static str) -> Py {
        Py::Prefix(operator, Box::new(self))
    }

    /// `name=value`.
    pub fn named(name: &str, value: Py) -> Py {
        Py::Named(name.to_string(), Box::new(value))
    }

    /// On one line.
    pub fn flat(&self) -> String {
        match self {
            Py::Text(text) => text.clone(),
            Py::Str(value) => quoted(value),
            Py::Call(head, arguments) => format!("{head}({})", flat_list(arguments)),
            Py::Method(receiver, name, arguments) => {
                format!("{}.{name}({})", receiver.operand(), flat_list(arguments))
            }
            Py::Infix(..) => {
                let (operator, operands) = self.chain();
                operands.iter().map(|o| o.operand()).collect::<Vec<_>>().join(&format!(" {operator} "))
            }
            Py::Prefix(operator, operand) => format!("{operator}{}", operand.operand()),
            Py::List(items) => format!("[{}]", flat_list(items)),
            Py::Dict(entries) => {
                let entry = |(key, value): &(Py, Py)| format!("{}: {}", key.flat(), value.flat());
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
            Py::Named(name, value) => format!("{name}={}", value.flat()),
        }
    }

    /// On one line, in parentheses where it stands as an operand.
    pub(super) fn operand(&self) -> String {
        match self {
            Py::Infix(..) | Py::Prefix(..) => format!("({})", self.flat()),
            _ => self.flat(),
        }
    }

    /// The operator and operands of an infix; `a & b & c` is one chain, `a - b - c` is not.
    pub(super) fn chain(&self) -> (&'static str, Vec<&Py>) {
        let Py::Infix(left, operator, right) = self else { return ("", vec![self]) };
        let mut operands = match &**left {
            Py::Infix(_, inner, _) if inner == operator && matches!(*operator, "&" | "|") => left.chain().1,
            other => vec![other],
        };
        operands.push(right);
        (operator, operands)
    }
}

pub(super) fn flat_list(items: &[Py]) -> String {
    items.iter().map(Py::flat).collect::<Vec<_>>().join(", ")
}

/// A Python string literal.
pub fn quoted(value: &str) -> String {
    let mut text = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            // Also what would hide or turn around the text beside it.
            c if c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c) => {
                text.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            '\u{200b}'..='\u{200f}' | '\u{feff}' => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    text.push('"');
    text
}
