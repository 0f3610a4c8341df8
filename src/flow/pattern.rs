//! Regular expressions that Rust and Java read alike.
//!
//! A pattern is parsed, and written anew for each engine from what was understood, in plain constructs that mean one thing:
//! no classes by name (they differ in Unicode versions), no flags, no look-around, no back references. `.` is anything but
//! a line feed; `\d`, `\w`, `\s` and `\b` are ASCII; `^` and `$` are the text's beginning and end. A repeated part must take
//! at least one character, since engines end empty rounds differently.

use std::fmt::Write;

use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassPerl, ClassPerlKind, ClassSet, ClassSetItem, GroupKind, RepetitionKind, RepetitionRange,
    Span,
};

use crate::error::Error;

/// The deepest nesting of groups.
const DEEPEST: u32 = 50;

/// A pattern that both engines read alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// For Rust's `regex`.
    pub rust: String,
    /// For `java.util.regex`.
    pub java: String,
    /// Whether it matches the empty text.
    pub matches_empty: bool,
    /// For each group, from 1: whether it stands in a repetition, so that it has no single value.
    pub repeated_groups: Vec<bool>,
}

/// Reads a pattern. Errors: `bad-pattern`, without a place.
pub fn pattern(text: &str) -> Result<Pattern, Error> {
    let parsed = ParserBuilder::new().nest_limit(DEEPEST).build().parse(text);
    let ast = parsed.map_err(|error| {
        let kind = error.kind().to_string();
        refused(text, error.span(), &kind, None)
    })?;
    let mut writer = Writer { text, rust: String::new(), java: String::new(), groups: Vec::new(), repeated: false };
    let least = writer.branches(&ast)?;
    // The size a pattern takes when it is compiled has a limit, too.
    regex::Regex::new(&writer.rust).map_err(|_| {
        Error::manifest("bad-pattern", format!("pattern `{text}` is too large"))
            .with_help("repeat shorter parts, or less often")
    })?;
    Ok(Pattern { rust: writer.rust, java: writer.java, matches_empty: least == 0, repeated_groups: writer.groups })
}

/// The parts of a replacement: `$1` is a group's text, `$$` a dollar sign, all else stands for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// Text as it is.
    Text(String),
    /// What a group matched; nothing when it matched nothing.
    Group(usize),
}

/// Reads a replacement for a pattern with so many groups. Errors: `bad-pattern`, without a place.
pub fn replacement(text: &str, groups: usize) -> Result<Vec<Replacement>, Error> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '$' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some('$') => plain.push('$'),
            Some(digit) if digit.is_ascii_digit() && digit as usize - '0' as usize <= groups => {
                if !plain.is_empty() {
                    parts.push(Replacement::Text(std::mem::take(&mut plain)));
                }
                parts.push(Replacement::Group(digit as usize - '0' as usize));
            }
            _ => {
                let message = format!("replacement `{text}` has a `$` that names no group of the pattern");
                return Err(Error::manifest("bad-pattern", message).with_expected(format!(
                    "`$0` for all that matched, `$1` to `${}` for a group, `$$` for a dollar sign",
                    groups.clamp(1, 9)
                )));
            }
        }
    }
    if !plain.is_empty() {
        parts.push(Replacement::Text(plain));
    }
    Ok(parts)
}

fn refused(text: &str, span: &Span, why: &str, help: Option<&str>) -> Error {
    let piece = text.get(span.start.offset..span.end.offset).unwrap_or("");
    let at = if piece.is_empty() || piece == text { String::new() } else { format!(" at `{piece}`") };
    let error = Error::manifest("bad-pattern", format!("pattern `{text}` is not portable{at}: {why}"));
    error.with_help(help.unwrap_or("docs/portable-sql.md says what patterns may hold"))
}

const DIGITS: &[(char, char)] = &[('0', '9')];
const SPACES: &[(char, char)] = &[('\t', '\r'), (' ', ' ')];
const WORD: &[(char, char)] = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];

/// What `\b` is for Java: a place between a word's character and another, both ASCII.
const JAVA_BOUNDARY: &str = r"(?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))";

struct Writer<'t> {
    text: &'t str,
    rust: String,
    java: String,
    groups: Vec<bool>,
    /// Inside a part that may stand more than once.
    repeated: bool,
}

impl Writer<'_> {
    fn both(&mut self, text: &str) {
        self.rust.push_str(text);
        self.java.push_str(text);
    }

    fn refuse<T>(&self, span: &Span, why: &str, help: Option<&str>) -> Result<T, Error> {
        Err(refused(self.text, span, why, help))
    }

    /// Writes a part that stands alone or in brackets, where alternatives need none of their own.
    fn branches(&mut self, ast: &Ast) -> Result<usize, Error> {
        let Ast::Alternation(alternation) = ast else { return self.write(ast) };
        let mut least = usize::MAX;
        for (place, branch) in alternation.asts.iter().enumerate() {
            if place > 0 {
                self.both("|");
            }
            least = least.min(self.write(branch)?);
        }
        Ok(least)
    }

    /// Writes a part and returns the fewest characters it takes.
    fn write(&mut self, ast: &Ast) -> Result<usize, Error> {
        match ast {
            Ast::Empty(_) => Ok(0),
            Ast::Literal(literal) => {
                self.both(&escaped(literal.c));
                Ok(1)
            }
            Ast::Dot(_) => {
                self.both(r"[^\n]");
                Ok(1)
            }
            Ast::ClassPerl(class) => {
                let ranges = perl(class);
                self.both(&format!("[{}]", written(&ranges)));
                Ok(1)
            }
            Ast::ClassBracketed(class) => {
                let ClassSet::Item(item) = &class.kind else {
                    return self.refuse(&class.span, "classes are not cut or joined by `&&`, `--` or `~~`", None);
                };
                let mut inside = String::new();
                self.class(item, &mut inside)?;
                self.both(&format!("[{}{inside}]", if class.negated { "^" } else { "" }));
                Ok(1)
            }
            Ast::Assertion(assertion) => {
                match assertion.kind {
                    AssertionKind::StartLine | AssertionKind::StartText => self.both("^"),
                    AssertionKind::EndLine | AssertionKind::EndText => self.both(r"\z"),
                    AssertionKind::WordBoundary => {
                        self.rust.push_str(r"(?-u:\b)");
                        self.java.push_str(JAVA_BOUNDARY);
                    }
                    _ => {
                        return self.refuse(
                            &assertion.span,
                            "of such places only `^`, `$` and `\\b` are portable",
                            None,
                        );
                    }
                }
                Ok(0)
            }
            Ast::Repetition(repetition) => {
                let (least, most) = bounds(&repetition.op.kind);
                let outside = self.repeated;
                self.repeated |= most != Some(1);
                let inner = match &*repetition.ast {
                    atom @ (Ast::Literal(_)
                    | Ast::Dot(_)
                    | Ast::ClassPerl(_)
                    | Ast::ClassBracketed(_)
                    | Ast::Group(_)) => self.write(atom)?,
                    other => {
                        self.both("(?:");
                        let inner = self.branches(other)?;
                        self.both(")");
                        inner
                    }
                };
                self.repeated = outside;
                if inner == 0 && most != Some(1) {
                    let help = "let the repeated part take at least one character: `a+` inside instead of `a*`";
                    return self.refuse(&repetition.span, "what is repeated matches the empty text", Some(help));
                }
                self.both(&match (least, most) {
                    (0, None) => "*".to_string(),
                    (1, None) => "+".to_string(),
                    (0, Some(1)) => "?".to_string(),
                    (least, None) => format!("{{{least},}}"),
                    (least, Some(most)) if least == most => format!("{{{least}}}"),
                    (least, Some(most)) => format!("{{{least},{most}}}"),
                });
                self.both(if repetition.greedy { "" } else { "?" });
                Ok(inner * least as usize)
            }
            Ast::Group(group) => {
                match &group.kind {
                    GroupKind::CaptureIndex(_) => {
                        self.groups.push(self.repeated);
                        self.both("(");
                    }
                    GroupKind::NonCapturing(flags) if flags.items.is_empty() => self.both("(?:"),
                    GroupKind::NonCapturing(_) => return self.flags(&group.span),
                    GroupKind::CaptureName { .. } => {
                        return self.refuse(
                            &group.span,
                            "groups have no names",
                            Some("write `(...)`; groups count from 1"),
                        );
                    }
                }
                let least = self.branches(&group.ast)?;
                self.both(")");
                Ok(least)
            }
            Ast::Alternation(_) => {
                self.both("(?:");
                let least = self.branches(ast)?;
                self.both(")");
                Ok(least)
            }
            Ast::Concat(concat) => {
                let mut least = 0usize;
                for part in &concat.asts {
                    least = least.saturating_add(self.write(part)?);
                }
                Ok(least)
            }
            Ast::Flags(flags) => self.flags(&flags.span),
            Ast::ClassUnicode(class) => self.class_by_name(&class.span),
        }
    }

    fn flags<T>(&self, span: &Span) -> Result<T, Error> {
        self.refuse(span, "flags change what engines match in different ways", Some("for any case match `lower(x)`"))
    }

    fn class_by_name<T>(&self, span: &Span) -> Result<T, Error> {
        let help = "write the characters: `[A-Za-z]`, `[0-9]`";
        self.refuse(span, "classes by name differ with the version of Unicode", Some(help))
    }

    fn class(&self, item: &ClassSetItem, inside: &mut String) -> Result<(), Error> {
        match item {
            ClassSetItem::Literal(literal) => inside.push_str(&escaped(literal.c)),
            ClassSetItem::Range(range) => inside.push_str(&written(&[(range.start.c, range.end.c)])),
            ClassSetItem::Perl(class) => inside.push_str(&written(&perl(class))),
            ClassSetItem::Union(union) => {
                for item in &union.items {
                    self.class(item, inside)?;
                }
            }
            ClassSetItem::Empty(span) => return self.refuse(span, "a class is empty", None),
            ClassSetItem::Ascii(class) => return self.class_by_name(&class.span),
            ClassSetItem::Unicode(class) => return self.class_by_name(&class.span),
            ClassSetItem::Bracketed(class) => return self.refuse(&class.span, "a class stands in a class", None),
        }
        Ok(())
    }
}

/// The fewest and the most times; `None`: any number.
fn bounds(kind: &RepetitionKind) -> (u32, Option<u32>) {
    match kind {
        RepetitionKind::ZeroOrOne => (0, Some(1)),
        RepetitionKind::ZeroOrMore => (0, None),
        RepetitionKind::OneOrMore => (1, None),
        RepetitionKind::Range(RepetitionRange::Exactly(n)) => (*n, Some(*n)),
        RepetitionKind::Range(RepetitionRange::AtLeast(n)) => (*n, None),
        RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => (*least, Some(*most)),
    }
}

/// `\d`, `\s`, `\w` in ASCII; negated all other code points.
fn perl(class: &ClassPerl) -> Vec<(char, char)> {
    let ranges = match class.kind {
        ClassPerlKind::Digit => DIGITS,
        ClassPerlKind::Space => SPACES,
        ClassPerlKind::Word => WORD,
    };
    if !class.negated {
        return ranges.to_vec();
    }
    let mut others = Vec::new();
    let mut next = '\0';
    for (low, high) in ranges {
        if next < *low {
            others.push((next, char::from(*low as u8 - 1)));
        }
        next = char::from(*high as u8 + 1);
    }
    others.push((next, char::MAX));
    others
}

/// Ranges as they stand inside a class.
fn written(ranges: &[(char, char)]) -> String {
    let mut text = String::new();
    for (low, high) in ranges {
        text.push_str(&escaped(*low));
        if low != high {
            text.push('-');
            text.push_str(&escaped(*high));
        }
    }
    text
}

/// A character that stands for itself, in and outside classes of both engines.
fn escaped(c: char) -> String {
    if regex_syntax::is_meta_character(c) {
        return format!("\\{c}");
    }
    let mut text = String::new();
    if c.is_control() || c == '\u{10ffff}' || ('\u{2028}'..='\u{202e}').contains(&c) {
        let _ = write!(text, "\\x{{{:x}}}", u32::from(c));
    } else {
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn java(text: &str) -> String {
        pattern(text).unwrap().java
    }

    fn why(text: &str) -> String {
        pattern(text).unwrap_err().message().to_string()
    }

    #[test]
    fn what_is_understood_is_written_plainly() {
        assert_eq!(java("a.b"), r"a[^\n]b");
        assert_eq!(java(r"^\d{5}(ab){2,}$"), r"^[0-9]{5}(ab){2,}\z");
        assert_eq!(java(r"[^\W_-]+?"), r"[^\x{0}-/:-@\[-\^`\{-\x{10ffff}_\-]+?");
        assert_eq!(java("(a|b)|(?:c|)d?"), "(a|b)|(?:c|)d?");
        assert!(java(r"\bx").starts_with("(?:(?<="));
        assert_eq!(pattern(r"\bx").unwrap().rust, r"(?-u:\b)x");
    }

    #[test]
    fn what_differs_is_refused() {
        assert_eq!(
            why("(?i)abc"),
            "pattern `(?i)abc` is not portable at `(?i)`: flags change what engines match in different ways"
        );
        assert!(why(r"\p{L}+").contains("classes by name"));
        assert!(why("[[:alpha:]]").contains("classes by name"));
        assert!(why("(?=x)").contains("look-around"), "{}", why("(?=x)"));
        assert!(why(r"(a)\1").contains("backreferences"), "{}", why(r"(a)\1"));
        assert!(why("(a*)*").contains("what is repeated matches the empty text"));
        assert!(why("(?P<n>a)").contains("groups have no names"));
        assert!(why("(").contains("unclosed group"));
        assert!(why("[a-z&&[^b]]").contains("`&&`"));
        assert!(why("(((a{100}){100}){100}){100}").contains("too large"));
        assert!(why(&"(".repeat(500)).len() < 2_000);
    }

    #[test]
    fn groups_in_repetitions_are_known() {
        assert_eq!(pattern("(a)(b)+(?:(c))?(d){2}").unwrap().repeated_groups, [false, true, false, true]);
        assert!(pattern("a?").unwrap().matches_empty && pattern("^|x").unwrap().matches_empty);
        assert!(!pattern("a|b+").unwrap().matches_empty);
    }

    #[test]
    fn replacements() {
        let text = |text: &str| Replacement::Text(text.into());
        assert_eq!(replacement("a$1$$", 1).unwrap(), [text("a"), Replacement::Group(1), text("$")]);
        assert_eq!(replacement("", 0).unwrap(), []);
        assert!(replacement("$2", 1).is_err() && replacement("x$", 3).is_err());
    }
}
