//! The text of an Athena query to a syntax tree.

use std::any::TypeId;
use std::sync::Arc;

use sqlparser::ast::{Ident, Statement};
use sqlparser::dialect::{Dialect, GenericDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Span, Token, TokenWithSpan, Tokenizer};

use crate::error::{Error, Place, SourceText, nearest};

/// Trino's dialect as near as the parser has it: the generic one, with what Trino adds.
#[derive(Debug)]
struct Trino;

impl Dialect for Trino {
    // The parser asks for the dialect by type in places; there it is to do as for the generic one.
    fn dialect(&self) -> TypeId {
        TypeId::of::<GenericDialect>()
    }

    fn is_identifier_start(&self, c: char) -> bool {
        c.is_alphabetic() || c == '_'
    }

    fn is_identifier_part(&self, c: char) -> bool {
        c.is_alphanumeric() || c == '_'
    }

    fn is_delimited_identifier_start(&self, c: char) -> bool {
        c == '"'
    }

    fn supports_lambda_functions(&self) -> bool {
        true
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_within_after_array_aggregation(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_window_clause_named_window_reference(&self) -> bool {
        true
    }

    fn supports_window_function_null_treatment_arg(&self) -> bool {
        true
    }

    fn supports_match_recognize(&self) -> bool {
        true
    }

    fn supports_unicode_string_literal(&self) -> bool {
        true
    }

    fn supports_parenthesized_set_variables(&self) -> bool {
        true
    }

    fn supports_in_empty_list(&self) -> bool {
        false
    }

    fn supports_limit_comma(&self) -> bool {
        false
    }

    fn supports_named_fn_args_with_rarrow_operator(&self) -> bool {
        true
    }

    fn supports_from_trailing_commas(&self) -> bool {
        false
    }
}

/// More operators and names than anybody writes: a chain of them is a tree as deep as it is long.
const LONGEST: usize = 4_000;

/// How deep parentheses may nest: the parser tries some of them twice a level.
const DEEPEST_PARENTHESES: usize = 16;

/// Type names with types inside: the parser follows them without a limit of its own.
const MOST_NESTED_TYPES: usize = 64;

/// What a query's text is.
pub enum Parsed {
    /// One statement.
    Statement(Box<Statement>),
    /// Beyond what this parser reads; Athena may well read it.
    Unread,
}

/// Reads a query. Errors: `syntax`, `several-statements`, with their places in the file.
pub fn parse(source: &Arc<SourceText>) -> Result<Parsed, Error> {
    let place = |line: u64, column: u64, width: u32| (line > 0 && column > 0).then(|| at(source, line, column, width));
    let tokens = Tokenizer::new(&Trino, &source.text)
        .tokenize_with_location()
        .map_err(|e| syntax(&e.message).at(place(e.location.line, e.location.column, 1)))?;
    if tokens.iter().all(|t| matches!(t.token, Token::Whitespace(_) | Token::SemiColon)) {
        return Err(Error::manifest("syntax", format!("`{}` holds no query", source.path.display())));
    }
    if !bounded(&tokens) {
        return Ok(Parsed::Unread);
    }
    let first = first_word(&tokens);
    if let Some(name) = &first
        && let word = name.value.to_lowercase()
        && !QUERIES.contains(&word.as_str())
    {
        return other_statement(&word).map_err(|error| error.at(place_of(source, name)));
    }
    let tokens = angled(tokens);
    let exotic =
        tokens.iter().any(|t| matches!(&t.token, Token::Word(w) if w.quote_style.is_none() && is_exotic(&w.value)));
    let mut parser = Parser::new(&Trino).with_recursion_limit(60).with_tokens_with_locations(tokens);
    match parser.parse_statements() {
        Ok(mut statements) if statements.len() == 1 => {
            Ok(statements.pop().map_or(Parsed::Unread, |statement| Parsed::Statement(Box::new(statement))))
        }
        Ok(statements) => Err(Error::manifest(
            "several-statements",
            format!("a query is one statement, here are {}", statements.len()),
        )
        .with_help("make each its own file under `athena.queries`")
        .at(place(1, 1, 1))),
        Err(ParserError::RecursionLimitExceeded) => Ok(Parsed::Unread),
        Err(_) if exotic || travels(source) => Ok(Parsed::Unread),
        Err(ParserError::ParserError(message) | ParserError::TokenizerError(message)) => {
            let (what, position) = message.rsplit_once(" at Line: ").unwrap_or((&message, ""));
            let mut numbers = position.split(", Column: ").map(|n| n.trim().parse().unwrap_or(0));
            let (line, column) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
            let end = source.text.trim_end().lines().enumerate().last();
            let end = end.map_or((0, 0), |(index, line)| (index as u64 + 1, line.chars().count() as u64 + 1));
            Err(syntax(what).at(place(line, column, 1).or(place(end.0, end.1, 1))))
        }
    }
}

/// What a query begins with, if not with a parenthesis.
const QUERIES: [&str; 3] = ["select", "with", "values"];

/// What other statements begin with. They are left to Athena.
const STATEMENTS: [&str; 27] = [
    "alter",
    "analyze",
    "call",
    "create",
    "deallocate",
    "delete",
    "desc",
    "describe",
    "drop",
    "execute",
    "explain",
    "grant",
    "insert",
    "merge",
    "msck",
    "optimize",
    "prepare",
    "refresh",
    "reset",
    "revoke",
    "set",
    "show",
    "table",
    "unload",
    "update",
    "use",
    "vacuum",
];

/// The first word, when the statement begins with one.
fn first_word(tokens: &[TokenWithSpan]) -> Option<Ident> {
    let first = tokens.iter().find(|t| !matches!(t.token, Token::Whitespace(_) | Token::SemiColon))?;
    match &first.token {
        Token::Word(word) => Some(word.to_ident(first.span)),
        _ => None,
    }
}

fn other_statement(word: &str) -> Result<Parsed, Error> {
    if STATEMENTS.contains(&word) {
        return Ok(Parsed::Unread);
    }
    let error = Error::manifest("syntax", format!("no statement begins with `{word}`"));
    let known = QUERIES.iter().chain(&STATEMENTS).copied();
    Err(match nearest(word, known) {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error.with_expected("a query: `select ...` or `with ... select ...`"),
    })
}

/// `array(t)`, as Trino writes the type, as `array<t>`, which the parser reads.
fn angled(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut open: Vec<bool> = Vec::new();
    let mut after_array = false;
    for t in &mut tokens {
        match &t.token {
            Token::Whitespace(_) => continue,
            Token::LParen => {
                open.push(after_array);
                if after_array {
                    t.token = Token::Lt;
                }
            }
            Token::RParen if open.pop() == Some(true) => t.token = Token::Gt,
            _ => {}
        }
        after_array = matches!(&t.token, Token::Word(w) if w.keyword == Keyword::ARRAY && w.quote_style.is_none());
    }
    tokens
}

/// Whether the query asks for a table as it was (`FOR TIMESTAMP AS OF`), which the parser does not read.
fn travels(source: &SourceText) -> bool {
    let words: Vec<String> = source.text.split_whitespace().map(str::to_lowercase).collect();
    words.windows(2).any(|two| {
        two[0] == "for" && ["timestamp", "version", "system_time", "system_version"].contains(&two[1].as_str())
    })
}

fn syntax(message: &str) -> Error {
    let mut chars = message.chars();
    let message: String = chars.next().map_or(String::new(), |c| c.to_lowercase().chain(chars).collect());
    Error::manifest("syntax", message)
}

fn bounded(tokens: &[TokenWithSpan]) -> bool {
    let (mut deepest, mut depth, mut operators, mut types) = (0usize, 0usize, 0, 0);
    for t in tokens {
        match &t.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            Token::Whitespace(_) | Token::Comma | Token::Number(..) | Token::SingleQuotedString(_) => {}
            Token::Word(w)
                if matches!(
                    w.keyword,
                    Keyword::ARRAY | Keyword::STRUCT | Keyword::MAP | Keyword::NESTED | Keyword::TUPLE
                ) =>
            {
                types += 1;
                operators += 1;
            }
            _ => operators += 1,
        }
        deepest = deepest.max(depth);
    }
    deepest <= DEEPEST_PARENTHESES && operators <= LONGEST && types <= MOST_NESTED_TYPES
}

/// Words of Trino constructs that this parser does not read whole.
fn is_exotic(word: &str) -> bool {
    let word = word.to_lowercase();
    ["match_recognize", "json_table", "json_value", "json_query", "json_exists", "json_object", "json_array", "listagg"]
        .contains(&word.as_str())
}

/// The place of a name.
pub fn place_of(source: &Arc<SourceText>, name: &Ident) -> Option<Place> {
    place_between(source, name.span)
}

/// The place of a part of the tree; its first line, when it goes over several.
pub fn place_between(source: &Arc<SourceText>, span: Span) -> Option<Place> {
    let Span { start, end } = span;
    if start.line == 0 {
        return None;
    }
    let width = if end.line == start.line { end.column.saturating_sub(start.column) } else { 1 };
    Some(at(source, start.line, start.column, width as u32))
}

fn at(source: &Arc<SourceText>, line: u64, column: u64, width: u32) -> Place {
    Place { source: source.clone(), line: line as u32, column: column as u32, width: width.max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> String {
        match parse(&SourceText::new("q.sql", sql)) {
            Ok(Parsed::Statement(_)) => "read".to_string(),
            Ok(Parsed::Unread) => "unread".to_string(),
            Err(error) => format!("{}: {error} {}", error.code(), error.help().unwrap_or_default()).trim().to_string(),
        }
    }

    #[test]
    fn trino_is_read() {
        for sql in include_str!("trino.sql").split(";\n").filter(|sql| !sql.trim().is_empty()) {
            assert_eq!(read(sql), "read", "{sql}");
        }
    }

    #[test]
    fn what_is_beyond_the_parser_is_not_judged() {
        for sql in [
            "PREPARE q FROM SELECT 1",
            "TABLE t",
            "SELECT * FROM t FOR TIMESTAMP AS OF TIMESTAMP '2020-01-01 00:00:00 UTC'",
            "SELECT json_value(j, 'lax $.a' RETURNING bigint DEFAULT 0 ON EMPTY) FROM t",
            "OPTIMIZE t REWRITE DATA USING BIN_PACK",
            &format!("SELECT {}1{}", "(".repeat(100), ")".repeat(100)),
            &format!("SELECT 1{}", " + 1 + a".repeat(100_000)),
            &format!("SELECT CAST(x AS {}int", "array<".repeat(10_000)),
        ] {
            assert_eq!(read(sql), "unread", "{}", &sql[..sql.len().min(60)]);
        }
    }

    #[test]
    fn what_no_engine_reads_is_refused() {
        insta::assert_snapshot!(read("SELECT a FROM t WHERE"), @"syntax: q.sql:1:22: expected: an expression, found: EOF");
        insta::assert_snapshot!(read("SELECT a\nFORM t"), @"syntax: q.sql:2:6: expected: end of statement, found: t");
        insta::assert_snapshot!(read("SELEC a FROM t"), @"syntax: q.sql:1:1: no statement begins with `selec` did you mean `select`?");
        insta::assert_snapshot!(read("SELECT 'a FROM t"), @"syntax: q.sql:1:8: unterminated string literal");
        insta::assert_snapshot!(read("SELECT 1; SELECT 2"), @"several-statements: q.sql:1:1: a query is one statement, here are 2 make each its own file under `athena.queries`");
        insta::assert_snapshot!(read(" -- nothing\n;"), @"syntax: `q.sql` holds no query");
    }
}
