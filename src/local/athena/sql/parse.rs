//! A query's text -> its syntax tree.
//!
//! The parser knows many dialects; here it is held to Trino's: whatever another dialect adds is refused by the binder,
//! which takes only what it knows.

use std::any::TypeId;

use sqlparser::ast::Statement;
use sqlparser::dialect::{Dialect, GenericDialect};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Tokenizer};

use super::failure::Failure;
use super::places::Places;
use super::tokens;

/// Trino's syntax, as far as the parser asks about it.
#[derive(Debug)]
struct Trino;

impl Dialect for Trino {
    /// Some constructs (UNNEST as a table) are open to the generic dialect alone.
    fn dialect(&self) -> TypeId {
        TypeId::of::<GenericDialect>()
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_ascii_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_ascii_alphanumeric() || ch == '_' || ch == '$'
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_lambda_functions(&self) -> bool {
        true
    }

    fn supports_parens_around_table_factor(&self) -> bool {
        true
    }

    fn supports_window_clause_named_window_reference(&self) -> bool {
        true
    }

    fn supports_unicode_string_literal(&self) -> bool {
        true
    }

    fn supports_comma_separated_trim(&self) -> bool {
        true
    }

    fn supports_numeric_literal_underscores(&self) -> bool {
        true
    }

    fn allow_extract_custom(&self) -> bool {
        true
    }

    fn supports_values_as_table_factor(&self) -> bool {
        true
    }
}

/// Parses one statement; a semicolon at its end is fine. With it come the places of its tokens.
pub fn parse(sql: &str) -> Result<(Statement, Places), Failure> {
    let tokens = Tokenizer::new(&Trino, sql).tokenize_with_location();
    let tokens = tokens.map_err(|e| syntax(ParserError::TokenizerError(e.to_string()), &Places::default()))?;
    let places = Places::new(&tokens);
    if let Some(token) = tokens::foreign(&tokens) {
        // Trino's reads `==` as two signs, and trips over the second.
        let mut span = token.span;
        span.start.column += 1;
        return Err(Failure::new("SYNTAX_ERROR", "mismatched input '='").at(span));
    }
    if tokens::casts_to_interval(&tokens) {
        return Err(Failure::athena_only("a cast to an interval"));
    }
    let mut parser = Parser::new(&Trino).with_tokens_with_locations(tokens::adapted(tokens));
    let mut statements = parser.parse_statements().map_err(|e| syntax(e, &places))?;
    match statements.len() {
        1 => Ok((statements.remove(0), places)),
        0 => Err(Failure { name: "SYNTAX_ERROR", place: Some((1, 1)), message: "mismatched input '<EOF>'".into() }),
        _ => Err(Failure::new("SYNTAX_ERROR", "Only one sql statement is allowed")),
    }
}

/// The parser's error in Trino's words, with its place.
fn syntax(error: ParserError, places: &Places) -> Failure {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text,
        ParserError::RecursionLimitExceeded => "statement is too large (stack overflow during analysis)".to_owned(),
    };
    let (text, place) = split_place(&text);
    let parts = text.strip_prefix("Expected").and_then(|rest| rest.rsplit_once(", found: "));
    let Some((expected, found)) = parts else {
        return Failure { name: "SYNTAX_ERROR", place, message: text.to_owned() };
    };
    let location = place.map_or_else(|| places.end(), |(line, column)| Some(Location::new(line, column)));
    let location = location.map(|at| places.last_like(found, at).unwrap_or(at));
    let found = if found == "EOF" { "<EOF>" } else { found };
    let message = format!("mismatched input '{found}'. Expecting: {}", expected.trim_start_matches([':', ' ']));
    let failure = Failure::new("SYNTAX_ERROR", message);
    location.map_or(failure.clone(), |at| failure.at_location(at))
}

/// Takes `... at Line: 1, Column: 8` off the end of a parser's message.
fn split_place(text: &str) -> (&str, Option<(u64, u64)>) {
    let Some((message, place)) = text.rsplit_once(" at Line: ") else { return (text, None) };
    let numbers = place.split_once(", Column: ").and_then(|(l, c)| Some((l.parse().ok()?, c.parse().ok()?)));
    if numbers.is_some() { (message, numbers) } else { (text, None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_errors_name_their_place() {
        let said = |sql: &str| parse(sql).map(|(statement, _)| statement).unwrap_err().to_string();
        assert_eq!(said("SELECT FROM t"), "SYNTAX_ERROR: line 1:8: mismatched input 'FROM'. Expecting: an expression");
        assert_eq!(said("SELECT 1 +"), "SYNTAX_ERROR: line 1:11: mismatched input '<EOF>'. Expecting: an expression");
        assert!(said("SELEC 1").starts_with("SYNTAX_ERROR: line 1:1: mismatched input 'SELEC'"));
        assert!(said("SELECT 1; SELECT 2").contains("Only one sql statement"));
        assert!(said("").contains("<EOF>"));
    }

    #[test]
    fn trinos_forms_parse() {
        for sql in [
            "SELECT 1;",
            "SELECT a FROM t CROSS JOIN UNNEST(b) WITH ORDINALITY AS u (x, n)",
            "SELECT count(*) FILTER (WHERE a > 1) FROM t GROUP BY GROUPING SETS ((a), ())",
            "SELECT TRY_CAST('a' AS integer), ARRAY[1, 2][1], DATE '2020-01-01', INTERVAL '1' DAY",
            "SELECT CAST(ROW(1, 'a') AS ROW(x integer, y varchar)).x",
            "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t (a, b)",
            "SELECT row_number() OVER w FROM t WINDOW w AS (PARTITION BY a ORDER BY b)",
            "SELECT listagg(a, ',') WITHIN GROUP (ORDER BY a) FROM t",
            "SELECT extract(year FROM d), year, date FROM t OFFSET 2 LIMIT 3",
            "SELECT * FROM (VALUES 1, 2 + 3, (4)) AS t (a) UNION ALL VALUES 5 ORDER BY 1",
            "VALUES 1, 2",
            "SELECT CAST(x AS array(array(row(a integer)))) FROM t",
        ] {
            parse(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
        }
    }
}
