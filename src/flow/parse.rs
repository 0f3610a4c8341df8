//! The text of an expression to a syntax tree, with bounds on what a hostile text can cost.

use sqlparser::ast::{self, Expr as Ast, FunctionArguments};
use sqlparser::dialect::Dialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Span, Token, TokenWithSpan, Tokenizer};

use crate::error::{Error, Place, Result};
use crate::manifest::spanned::Spanned;

/// How deep parentheses, calls and cases may nest.
const DEEPEST: usize = 50;

/// The most operators and words in one expression: a chain of operators is a tree as deep as it is long.
const LONGEST: usize = 1_000;

/// The same for a whole query.
const LONGEST_QUERY: usize = 5_000;

/// The dialect of portable SQL: plain names, names in double quotes, nothing of any engine's own.
#[derive(Debug)]
struct Portable;

impl Dialect for Portable {
    fn is_identifier_start(&self, c: char) -> bool {
        c.is_alphabetic() || c == '_'
    }

    fn is_identifier_part(&self, c: char) -> bool {
        c.is_alphanumeric() || c == '_'
    }

    fn is_delimited_identifier_start(&self, c: char) -> bool {
        c == '"'
    }
}

/// The most type names with types inside: the parser follows `array<array<...` without a limit of its own.
const MOST_NESTED_TYPES: usize = 32;

/// The names of types that the parser looks for further types in.
const NESTING_TYPES: [Keyword; 7] = [
    Keyword::ARRAY,
    Keyword::STRUCT,
    Keyword::MAP,
    Keyword::NESTED,
    Keyword::NULLABLE,
    Keyword::LOWCARDINALITY,
    Keyword::UNION,
];

/// Parses one expression. Errors: `syntax`, with the place.
pub fn parse(text: &Spanned<String>) -> Result<Ast> {
    let tokens = Tokenizer::new(&Portable, &text.value)
        .tokenize_with_location()
        .map_err(|e| syntax(text, e.message, e.location.line, e.location.column))?;
    bounded(text, &tokens, LONGEST)?;
    let mut parser = Parser::new(&Portable).with_recursion_limit(DEEPEST).with_tokens_with_locations(tokens);
    let tree = parser.parse_expr().map_err(|error| refused(text, error))?;
    let rest = parser.peek_token();
    if rest.token == Token::EOF {
        return Ok(tree);
    }
    Err(Error::manifest("syntax", format!("`{}` stands where the expression should end", rest.token))
        .at(place(text, rest.span)))
}

/// Parses one query, with or without a semicolon at its end. Errors: `syntax`, with the place.
pub fn parse_query(text: &Spanned<String>) -> Result<ast::Query> {
    let tokens = Tokenizer::new(&Portable, &text.value)
        .tokenize_with_location()
        .map_err(|e| syntax(text, e.message, e.location.line, e.location.column))?;
    bounded(text, &tokens, LONGEST_QUERY)?;
    let tokens = named_tables(tokens);
    let mut parser = Parser::new(&Portable).with_recursion_limit(DEEPEST).with_tokens_with_locations(tokens);
    let query = parser.parse_query().map_err(|error| refused(text, error))?;
    while parser.consume_token(&Token::SemiColon) {}
    let rest = parser.peek_token();
    if rest.token == Token::EOF {
        return Ok(*query);
    }
    Err(Error::manifest("syntax", format!("`{}` stands where the query should end", rest.token))
        .with_help("a table is one `select`")
        .at(place(text, rest.span)))
}

/// `table.x` names a table; to the parser `table` begins something of its own.
fn named_tables(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    for place in 1..tokens.len() {
        let (before, after) = tokens.split_at_mut(place);
        if let (Some(TokenWithSpan { token: Token::Word(word), .. }), Some(Token::Period)) =
            (before.last_mut(), after.first().map(|next| &next.token))
        {
            word.keyword = Keyword::NoKeyword;
        }
    }
    tokens
}

fn bounded(text: &Spanned<String>, tokens: &[TokenWithSpan], longest: usize) -> Result<()> {
    let deepening = tokens.iter().filter(|t| {
        !matches!(
            t.token,
            Token::Whitespace(_) | Token::Comma | Token::Number(..) | Token::SingleQuotedString(_) | Token::RParen
        )
    });
    if deepening.count() > longest {
        return Err(Error::manifest("too-complex", format!("this has more than {longest} operators and names"))
            .with_help("split it over several steps")
            .at(text.place.clone()));
    }
    let nested = |t: &&TokenWithSpan| matches!(&t.token, Token::Word(w) if NESTING_TYPES.contains(&w.keyword));
    if tokens.iter().filter(nested).count() > MOST_NESTED_TYPES {
        return Err(Error::manifest("too-complex", format!("this has more than {MOST_NESTED_TYPES} nested types"))
            .at(text.place.clone()));
    }
    if tokens.iter().all(|t| matches!(t.token, Token::Whitespace(_))) {
        return Err(Error::manifest("syntax", "there is nothing here").at(text.place.clone()));
    }
    Ok(())
}

/// The parser's error, with the position out of its message.
fn refused(text: &Spanned<String>, error: ParserError) -> Error {
    let message = match error {
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => message,
        ParserError::RecursionLimitExceeded => {
            return Error::manifest("too-complex", format!("this is nested deeper than {DEEPEST} levels"))
                .with_help("split it over several steps")
                .at(text.place.clone());
        }
    };
    let Some((what, position)) = message.rsplit_once(" at Line: ") else {
        return syntax(text, message, 0, 0);
    };
    let mut numbers = position.split(", Column: ").map(|n| n.trim().parse().unwrap_or(0));
    syntax(text, what.to_string(), numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

fn syntax(text: &Spanned<String>, message: String, line: u64, column: u64) -> Error {
    let mut chars = message.chars();
    let message = chars.next().map_or(String::new(), |c| c.to_lowercase().chain(chars).collect());
    Error::manifest("syntax", message).at(place_in(text, line, column, 1))
}

/// The place of `width` characters at `line` and `column` (both from 1) of the text; the whole text's for line 0.
fn place_in(text: &Spanned<String>, line: u64, column: u64, width: u64) -> Option<Place> {
    let (Some(line), Some(column)) = (line.checked_sub(1), column.checked_sub(1)) else {
        return text.place.clone();
    };
    let before = text.value.split('\n').take(line as usize).map(|l| l.chars().count() + 1).sum::<usize>();
    text.inside(before + column as usize, width as usize)
}

/// The place of a span.
pub fn place(text: &Spanned<String>, span: Span) -> Option<Place> {
    let same_line = span.start.line == span.end.line && span.end.column > span.start.column;
    let width = if same_line { span.end.column - span.start.column } else { 1 };
    place_in(text, span.start.line, span.start.column, width)
}

/// The place of a part of the tree: from its first token to its last, as far as the tree knows them.
///
/// Walks down one side at a time instead of calling the tree's own recursive `span`, which a long chain of operators
/// would exhaust the stack with.
pub fn place_of(text: &Spanned<String>, tree: &Ast) -> Option<Place> {
    let (start, end) = (edge(tree, true), edge(tree, false));
    let joined = Span { start: start.start, end: end.end };
    let forward = joined.start.line == joined.end.line && joined.start.column < joined.end.column;
    place(text, if forward { joined } else { start })
}

/// The place of the type in `cast(inner as type)`, which the tree has no position of.
pub fn place_of_type(text: &Spanned<String>, inner: &Ast) -> Option<Place> {
    let end = edge(inner, false).end;
    let behind: Vec<char> = text.value.split('\n').nth((end.line as usize).checked_sub(1)?)?.chars().collect();
    let is_name = |c: &char| c.is_alphanumeric() || *c == '_';
    let words = (end.column as usize - 1..behind.len())
        .filter(|at| is_name(&behind[*at]) && (*at == 0 || !is_name(&behind[at - 1])));
    let start = words.into_iter().nth(1)?;
    let width = behind[start..].iter().take_while(|c| is_name(c)).count();
    place_in(text, end.line, start as u64 + 1, width as u64)
}

fn edge(mut tree: &Ast, left_edge: bool) -> Span {
    loop {
        tree = match tree {
            Ast::BinaryOp { left, right, .. } => {
                if left_edge {
                    left
                } else {
                    right
                }
            }
            Ast::Between { expr, high, .. } => {
                if left_edge {
                    expr
                } else {
                    high
                }
            }
            Ast::Like { expr, pattern, .. } | Ast::ILike { expr, pattern, .. } => {
                if left_edge {
                    expr
                } else {
                    pattern
                }
            }
            Ast::InList { expr, list, .. } => match (left_edge, list.last()) {
                (false, Some(last)) => last,
                _ => expr,
            },
            Ast::IsNull(e) | Ast::IsNotNull(e) | Ast::Nested(e) => e,
            Ast::IsTrue(e) | Ast::IsNotTrue(e) | Ast::IsFalse(e) | Ast::IsNotFalse(e) => e,
            Ast::UnaryOp { expr, .. } | Ast::Cast { expr, .. } | Ast::Trim { expr, .. } => expr,
            Ast::Ceil { expr, .. } | Ast::Floor { expr, .. } | Ast::Substring { expr, .. } => expr,
            Ast::Identifier(name) => return name.span,
            Ast::CompoundIdentifier(names) => {
                let name = if left_edge { names.first() } else { names.last() };
                return name.map_or(Span::empty(), |name| name.span);
            }
            Ast::Value(value) => return value.span,
            Ast::TypedString(typed) => return typed.value.span,
            Ast::Function(function) => return name_span(function),
            Ast::Case { case_token, end_token, .. } => {
                return if left_edge { case_token.0.span } else { end_token.0.span };
            }
            _ => return Span::empty(),
        }
    }
}

/// The span of a called function's name.
pub fn name_span(function: &ast::Function) -> Span {
    match function.name.0.first() {
        Some(ast::ObjectNamePart::Identifier(name)) => name.span,
        _ => Span::empty(),
    }
}

/// The plain arguments of a call, or `None` when it has something that portable SQL does not (names, `distinct`, `*`,
/// `over`, `filter`, ...).
pub fn plain_arguments(function: &ast::Function) -> Option<Vec<&Ast>> {
    let extras = function.over.is_some()
        || function.filter.is_some()
        || function.null_treatment.is_some()
        || !function.within_group.is_empty()
        || function.uses_odbc_syntax
        || function.name.0.len() != 1
        || !matches!(function.parameters, FunctionArguments::None);
    let FunctionArguments::List(list) = &function.args else { return None };
    if extras || list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return None;
    }
    list.args
        .iter()
        .map(|argument| match argument {
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => Some(e),
            _ => None,
        })
        .collect()
}
