//! Colour, or none: every view takes a [`Style`], so that a view stays a pure function.

/// How text is dressed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// ANSI colour is wanted.
    pub color: bool,
}

impl Style {
    /// Without colour.
    pub const PLAIN: Style = Style { color: false };

    fn paint(self, code: &str, text: &str) -> String {
        if self.color && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// Something wrong, or going.
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    /// Something right, or coming.
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// Something changing, or to be careful of.
    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// A place or a link.
    pub fn cyan(self, text: &str) -> String {
        self.paint("36", text)
    }

    /// A heading.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// What may be skipped.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_adds_nothing() {
        assert_eq!(Style::PLAIN.red("x"), "x");
        assert_eq!(Style { color: true }.red("x"), "\x1b[31mx\x1b[0m");
    }
}
