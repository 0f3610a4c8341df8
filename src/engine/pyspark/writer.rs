//! Lines of Python: how expressions break when they are longer than [`WIDTH`].

use super::layout::{Py, flat_list, quoted};

/// The longest line.
pub const WIDTH: usize = 110;
const INDENT: usize = 4;

/// Writes lines of Python.
#[derive(Debug, Default)]
pub struct Writer {
    text: String,
    indent: usize,
}

impl Writer {
    /// At the start of a file.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was written.
    pub fn finish(self) -> String {
        self.text
    }

    /// Sets the indentation of the following lines, in levels.
    pub fn at(&mut self, level: usize) -> &mut Self {
        self.indent = level * INDENT;
        self
    }

    /// One line.
    pub fn line(&mut self, line: &str) -> &mut Self {
        if !line.is_empty() {
            self.pad();
            self.text.push_str(line);
        }
        self.text.push('\n');
        self
    }

    /// `lead` and an expression: `rows = ...`, `return ...`.
    pub fn statement(&mut self, lead: &str, expression: &Py) -> &mut Self {
        self.pad();
        self.text.push_str(lead);
        self.put(expression, 0, false);
        self.text.push('\n');
        self
    }

    /// A docstring, wrapped.
    pub fn docstring(&mut self, description: &str) -> &mut Self {
        let clean = description.replace('\\', "\\\\").replace('"', "'");
        let mut lines: Vec<String> = vec![String::new()];
        for word in clean.split_whitespace() {
            let last = lines.last_mut().expect("never empty");
            if !last.is_empty() && self.indent + 3 + last.chars().count() + 1 + word.chars().count() + 3 > WIDTH {
                lines.push(word.to_string());
            } else {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(word);
            }
        }
        let (first, rest) = lines.split_first().expect("never empty");
        if rest.is_empty() {
            return self.line(&format!("\"\"\"{first}\"\"\""));
        }
        self.line(&format!("\"\"\"{first}"));
        for line in rest {
            self.line(line);
        }
        self.line("\"\"\"")
    }

    fn pad(&mut self) {
        self.text.push_str(&" ".repeat(self.indent));
    }

    fn column(&self) -> usize {
        self.text.rsplit('\n').next().unwrap_or("").chars().count()
    }

    fn fits(&self, flat: &str, tail: usize) -> bool {
        self.column() + flat.chars().count() + tail <= WIDTH
    }

    /// Puts an expression where the cursor stands; `tail` characters must fit behind it. Inside brackets a line may break
    /// without parentheses of its own.
    fn put(&mut self, py: &Py, tail: usize, bracketed: bool) {
        let flat = py.flat();
        if self.fits(&flat, tail) {
            self.text.push_str(&flat);
            return;
        }
        match py {
            Py::Text(_) => self.text.push_str(&flat),
            Py::Str(value) => self.put_long_string(value),
            Py::Call(head, arguments) => {
                self.text.push_str(head);
                self.put_block("(", arguments, ")");
            }
            Py::List(items) => self.put_block("[", items, "]"),
            Py::Dict(entries) => self.put_dict(entries),
            Py::Named(name, value) => {
                self.text.push_str(&format!("{name}="));
                self.put(value, tail, false);
            }
            Py::Prefix(operator, operand) => {
                self.text.push_str(operator);
                self.put(operand, tail, false);
            }
            Py::Infix(..) => self.put_infix(py, bracketed),
            Py::Method(..) => self.put_chain(py, bracketed),
        }
    }

    /// `(` arguments, each on its own line or filled, `)`.
    fn put_block(&mut self, open: &str, items: &[Py], close: &str) {
        self.text.push_str(open);
        // A list at the end hugs the brackets of the call.
        if let Some((Py::List(last), before)) = items.split_last().filter(|_| open == "(") {
            let lead: String = before.iter().map(|item| format!("{}, ", item.flat())).collect();
            if self.fits(&lead, 1) {
                self.text.push_str(&lead);
                self.put_block("[", last, "]");
                self.text.push_str(close);
                return;
            }
        }
        self.indent += INDENT;
        let small =
            |item: &Py| matches!(item, Py::Text(_) | Py::Str(_)) || matches!(item, Py::Call(_, a) if a.len() < 2);
        if items.len() > 3 && items.iter().all(|item| small(item) && item.flat().chars().count() < WIDTH / 2) {
            self.put_filled(items);
        } else {
            for item in items {
                self.text.push('\n');
                self.pad();
                self.put(item, 1, true);
                self.text.push(',');
            }
        }
        self.indent -= INDENT;
        self.text.push('\n');
        self.pad();
        self.text.push_str(close);
    }

    /// As many items on a line as fit.
    fn put_filled(&mut self, items: &[Py]) {
        for (place, item) in items.iter().enumerate() {
            let flat = item.flat();
            if place == 0 || !self.fits(&flat, 2) {
                self.text.push('\n');
                self.pad();
            } else {
                self.text.push(' ');
            }
            self.text.push_str(&flat);
            self.text.push(',');
        }
    }

    fn put_dict(&mut self, entries: &[(Py, Py)]) {
        self.text.push('{');
        self.indent += INDENT;
        for (key, value) in entries {
            self.text.push('\n');
            self.pad();
            self.text.push_str(&format!("{}: ", key.flat()));
            self.put(value, 1, false);
            self.text.push(',');
        }
        self.indent -= INDENT;
        self.text.push('\n');
        self.pad();
        self.text.push('}');
    }

    fn put_infix(&mut self, py: &Py, bracketed: bool) {
        let (operator, operands) = py.chain();
        self.open(bracketed);
        for (place, operand) in operands.iter().enumerate() {
            if place > 0 {
                self.text.push('\n');
                self.pad();
                self.text.push_str(&format!("{operator} "));
            }
            let flat = operand.operand();
            if self.fits(&flat, 1) {
                self.text.push_str(&flat);
            } else {
                self.put_operand(operand);
            }
        }
        self.close(bracketed);
    }

    /// An operand over several lines. Parentheses stay, also where it would fit into the line without them.
    fn put_operand(&mut self, operand: &Py) {
        match operand {
            Py::Prefix(..) => {
                self.text.push('(');
                self.put(operand, 1, false);
                self.text.push(')');
            }
            Py::Infix(..) => self.put_infix(operand, false),
            _ => self.put(operand, 1, false),
        }
    }

    /// `a.b(...).c(...)`: one call is broken inside its brackets, several stand below each other.
    fn put_chain(&mut self, py: &Py, bracketed: bool) {
        let mut calls = Vec::new();
        let mut base = py;
        while let Py::Method(receiver, name, arguments) = base {
            calls.push((name, arguments));
            base = receiver;
        }
        calls.reverse();
        let several = calls.len() + usize::from(matches!(base, Py::Call(..))) > 1;
        if several {
            self.open(bracketed);
        }
        // One call goes on behind it, up to its bracket at least.
        let tail = if several { 1 } else { calls.iter().map(|(name, _)| name.chars().count() + 2).sum() };
        match base {
            Py::Infix(..) | Py::Prefix(..) => {
                let flat = base.operand();
                if self.fits(&flat, tail) { self.text.push_str(&flat) } else { self.put_operand(base) }
            }
            _ => self.put(base, tail, false),
        }
        for (name, arguments) in calls {
            if several {
                self.text.push('\n');
                self.pad();
            }
            let flat = format!(".{name}({})", flat_list(arguments));
            if self.fits(&flat, 1) {
                self.text.push_str(&flat);
            } else {
                self.text.push_str(&format!(".{name}"));
                self.put_block("(", arguments, ")");
            }
        }
        if several {
            self.close(bracketed);
        }
    }

    fn open(&mut self, bracketed: bool) {
        if !bracketed {
            self.text.push('(');
            self.indent += INDENT;
            self.text.push('\n');
            self.pad();
        }
    }

    fn close(&mut self, bracketed: bool) {
        if !bracketed {
            self.indent -= INDENT;
            self.text.push('\n');
            self.pad();
            self.text.push(')');
        }
    }

    /// A string that is longer than a line, as pieces that Python joins.
    fn put_long_string(&mut self, value: &str) {
        self.open(false);
        let mut piece = String::new();
        for c in value.chars() {
            let mut longer = piece.clone();
            longer.push(c);
            if !piece.is_empty() && !self.fits(&quoted(&longer), 0) {
                self.text.push_str(&quoted(&piece));
                self.text.push('\n');
                self.pad();
                piece.clear();
            }
            piece.push(c);
        }
        self.text.push_str(&quoted(&piece));
        self.close(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An expression's lines, without what breaks them.
    fn joined(expression: &Py) -> String {
        let mut writer = Writer::new();
        writer.at(2).statement("return ", expression);
        let text = writer.finish();
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(longest <= WIDTH, "{text}");
        text.split_whitespace().collect()
    }

    #[test]
    fn parentheses_stay_wherever_a_line_breaks() {
        for length in 1..WIDTH - 30 {
            let name = "a".repeat(length);
            let sum = Py::text(&name).infix("+", Py::text("b"));
            let call = sum.clone().method("isin", [Py::text("c".repeat(60)), Py::text("d")]).prefix("~");
            assert!(joined(&call).contains(&format!("({name}+b).isin(")), "{length}");
            let product = sum.clone().infix("*", Py::text("c".repeat(60)));
            assert!(joined(&product).contains(&format!("({name}+b)*c")), "{length}");
            let cast = Py::text("c".repeat(60)).infix(">=", sum.method("cast", [Py::string("bigint")]));
            assert!(joined(&cast).contains(&format!("({name}+b).cast(\"bigint\"")), "{length}");
        }
    }
}
