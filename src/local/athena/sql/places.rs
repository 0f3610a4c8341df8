//! Where an expression stands, as Trino tells it: a call at its name, a comparison at its operator, a cast at its word.
//!
//! The parser's tree keeps the places of names and constants; the rest is found among the tokens around them.

use sqlparser::ast::{Expr, Spanned};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan};

/// The tokens of a query, without spaces.
#[derive(Debug, Default)]
pub struct Places(Vec<TokenWithSpan>);

impl Places {
    /// Over a query's tokens.
    pub fn new(tokens: &[TokenWithSpan]) -> Self {
        Self(tokens.iter().filter(|t| !matches!(t.token, Token::Whitespace(_))).cloned().collect())
    }

    /// The place of an expression; `None` when nothing in it has one.
    pub fn of(&self, ast: &Expr) -> Option<Location> {
        match ast {
            Expr::Nested(inner) => self.ahead(self.of(inner)?, |t| *t == Token::LParen),
            Expr::BinaryOp { left, op, right } => {
                let text = op.to_string();
                // AND and OR stand where their left side does; the others at the operator.
                if text.eq_ignore_ascii_case("and") || text.eq_ignore_ascii_case("or") {
                    return self.of(left);
                }
                self.between(left, right, |t| t.to_string().eq_ignore_ascii_case(&text)).or_else(|| self.of(left))
            }
            Expr::Between { expr, low, .. } => self.between(expr, low, |t| word(t, &["not", "between"])),
            Expr::Like { expr, pattern, .. } => self.between(expr, pattern, |t| word(t, &["not", "like"])),
            Expr::InList { expr, .. } | Expr::InSubquery { expr, .. } => {
                self.after(expr, |t| word(t, &["not", "in"])).or_else(|| self.of(expr))
            }
            Expr::Cast { expr, .. } => self.ahead(self.of(expr)?, |t| word(t, &["cast", "try_cast"])),
            Expr::CompoundFieldAccess { root, .. } => self.of(root),
            Expr::Substring { expr, .. } => self.ahead(self.of(expr)?, |t| word(t, &["substring", "substr"])),
            Expr::Trim { expr, .. } => self.ahead(self.of(expr)?, |t| word(t, &["trim"])),
            Expr::Position { expr, .. } => self.ahead(self.of(expr)?, |t| word(t, &["position"])),
            Expr::Ceil { expr, .. } => self.ahead(self.of(expr)?, |t| word(t, &["ceil", "ceiling"])),
            Expr::Floor { expr, .. } => self.ahead(self.of(expr)?, |t| word(t, &["floor"])),
            Expr::IsNull(inner) | Expr::IsNotNull(inner) => self.of(inner),
            Expr::TypedString(_) | Expr::Interval(_) => {
                let value = match ast {
                    Expr::TypedString(typed) => typed.value.span.start,
                    _ => start(ast.span())?,
                };
                self.before(value, |t| matches!(t, Token::Word(_)))
            }
            Expr::Extract { expr, .. } => self.before(self.of(expr)?, |t| word(t, &["extract"])),
            Expr::UnaryOp { expr, .. } => {
                self.ahead(self.of(expr)?, |t| matches!(t, Token::Minus | Token::Plus) || word(t, &["not"]))
            }
            Expr::Array(array) => self.ahead(self.of(array.elem.first()?)?, |t| word(t, &["array"])),
            other => start(other.span()),
        }
    }

    /// The last token at or before `location` that fits; `location` itself when none does.
    fn before(&self, location: Location, fits: impl Fn(&Token) -> bool) -> Option<Location> {
        let end = self.0.partition_point(|t| t.span.start <= location);
        let found = self.0[..end].iter().rev().find(|t| fits(&t.token));
        Some(found.map_or(location, |t| t.span.start))
    }

    /// The last token before `location` that fits; `location` itself when none does.
    fn ahead(&self, location: Location, fits: impl Fn(&Token) -> bool) -> Option<Location> {
        let end = self.0.partition_point(|t| t.span.start < location);
        let found = self.0[..end].iter().rev().find(|t| fits(&t.token));
        Some(found.map_or(location, |t| t.span.start))
    }

    /// The first of some words behind an expression, and how it is written.
    pub fn word_after(&self, left: &Expr, words: &[&str]) -> Option<(Location, String)> {
        let location = self.after(left, |t| word(t, words))?;
        let token = self.0.iter().find(|t| t.span.start == location)?;
        Some((location, token.token.to_string()))
    }

    /// The parenthesis that opens last before a place.
    pub fn opening(&self, location: Location) -> Option<Location> {
        self.ahead(location, |t| *t == Token::LParen)
    }

    /// The first of some words from a place on.
    pub fn word_from(&self, location: Location, words: &[&str]) -> Option<Location> {
        let from = self.0.partition_point(|t| t.span.start < location);
        self.0[from..].iter().find(|t| word(&t.token, words)).map(|t| t.span.start)
    }

    /// How the token at a place is written.
    pub fn text_at(&self, location: Location) -> Option<String> {
        self.0.iter().find(|t| t.span.start == location).map(|t| t.token.to_string())
    }

    /// The token behind the parentheses that open first from a place on.
    pub fn behind_parentheses(&self, location: Location) -> Option<(Location, String)> {
        let from = self.0.partition_point(|t| t.span.start < location);
        let mut depth = 0;
        let close = self.0[from..].iter().position(|t| {
            match t.token {
                Token::LParen => depth += 1,
                Token::RParen => depth -= 1,
                _ => {}
            }
            depth == 0 && t.token == Token::RParen
        })?;
        let next = self.0.get(from + close + 1)?;
        let written = if next.token == Token::EOF { "<EOF>".to_owned() } else { next.token.to_string() };
        Some((next.span.start, written))
    }

    /// The first such token behind an expression.
    pub fn symbol_after(&self, left: &Expr, symbol: &Token) -> Option<Location> {
        self.after(left, |t| t == symbol)
    }

    fn after(&self, left: &Expr, fits: impl Fn(&Token) -> bool) -> Option<Location> {
        let end = left.span().end;
        let from = self.0.partition_point(|t| t.span.start < end);
        self.0[from..].iter().find(|t| fits(&t.token)).map(|t| t.span.start)
    }

    /// The token between two expressions that fits.
    fn between(&self, left: &Expr, right: &Expr, fits: impl Fn(&Token) -> bool) -> Option<Location> {
        let limit = start(right.span())?;
        self.after(left, fits).filter(|found| *found < limit)
    }

    /// The last token that reads like `text` at or before a place: where a parser, which looks ahead, tripped.
    pub fn last_like(&self, text: &str, location: Location) -> Option<Location> {
        let end = self.0.partition_point(|t| t.span.start <= location);
        self.0[..end].iter().rev().find(|t| t.token.to_string() == text).map(|t| t.span.start)
    }

    /// The last of some words before a place.
    pub fn word_before(&self, span: Span, words: &[&str]) -> Option<Location> {
        let location = start(span)?;
        let end = self.0.partition_point(|t| t.span.start < location);
        self.0[..end].iter().rev().find(|t| word(&t.token, words)).map(|t| t.span.start)
    }

    /// The end of the text.
    pub fn end(&self) -> Option<Location> {
        self.0.iter().rev().find(|t| t.token != Token::EOF).map(|t| t.span.end)
    }
}

fn start(span: Span) -> Option<Location> {
    (span != Span::empty()).then_some(span.start)
}

fn word(token: &Token, words: &[&str]) -> bool {
    matches!(token, Token::Word(word) if words.iter().any(|text| word.value.eq_ignore_ascii_case(text)))
}
