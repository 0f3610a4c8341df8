//! Trino's forms that the parser does not know, brought into forms that it does: a bare `VALUES 1, 2` and types such as
//! `array(integer)`. Every token keeps its place, so that errors still point into the query's text.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Whitespace};

/// Rewrites a query's tokens.
pub fn adapted(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    bare_values(tables(group_by_all(side_trims(array_types(hex_numbers(tokens))))))
}

/// The place of a token that the tokenizer knows of other dialects and Trino does not.
pub fn foreign(tokens: &[TokenWithSpan]) -> Option<&TokenWithSpan> {
    tokens.iter().find(|t| t.token == Token::DoubleEq)
}

/// Whether something is cast to an interval: the parser has no such type.
pub fn casts_to_interval(tokens: &[TokenWithSpan]) -> bool {
    (0..tokens.len())
        .any(|at| ["year", "day"].iter().any(|unit| words_at(tokens, at, &["as", "interval", unit, "to"]).is_some()))
}

/// `0x1F` is a number to Trino, `x'1F'` bytes; the tokenizer takes both for bytes, the first without quotes.
fn hex_numbers(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    for token in &mut tokens {
        let Token::HexStringLiteral(digits) = &token.token else { continue };
        let width = token.span.end.column.saturating_sub(token.span.start.column);
        if width == digits.len() as u64 + 2
            && let Ok(number) = i64::from_str_radix(digits, 16)
        {
            token.token = Token::Number(number.to_string(), false);
        }
    }
    tokens
}

/// The places of words that stand one behind the other, the first at `at`.
fn words_at(tokens: &[TokenWithSpan], at: usize, words: &[&str]) -> Option<Vec<usize>> {
    let mut places = Vec::new();
    let mut place = at;
    for (i, word) in words.iter().enumerate() {
        place = if i == 0 { at } else { next(tokens, place + 1)? };
        let fits =
            if *word == "(" { tokens[place].token == Token::LParen } else { is_word(&tokens[place].token, word) };
        if !fits {
            return None;
        }
        places.push(place);
    }
    Some(places)
}

/// `trim(TRAILING FROM x)` -> `rtrim(x)`.
fn side_trims(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    for (side, name) in [("both", "trim"), ("leading", "ltrim"), ("trailing", "rtrim")] {
        let mut at = 0;
        while at < tokens.len() {
            if let Some(places) = words_at(&tokens, at, &["trim", "(", side, "from"]) {
                if let Token::Word(word) = &mut tokens[places[0]].token {
                    name.clone_into(&mut word.value);
                    if name != "trim" {
                        word.keyword = Keyword::NoKeyword;
                    }
                }
                tokens.remove(places[3]);
                tokens.remove(places[2]);
            }
            at += 1;
        }
    }
    tokens
}

/// `GROUP BY ALL a` -> `GROUP BY a`: it is what is meant anyway.
fn group_by_all(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut at = 0;
    while at < tokens.len() {
        if let Some(places) = words_at(&tokens, at, &["group", "by", "all"]) {
            let behind = next(&tokens, places[2] + 1).map(|i| &tokens[i].token);
            if !matches!(behind, None | Some(Token::EOF | Token::RParen | Token::SemiColon)) {
                tokens.remove(places[2]);
            }
        }
        at += 1;
    }
    tokens
}

/// `TABLE t` where a query begins -> `SELECT * FROM t`.
fn tables(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    for token in tokens {
        out.push(token);
        if !out.last().is_some_and(|t| is_word(&t.token, "table")) || !follows_query_start(&out) {
            continue;
        }
        let Some(word) = out.pop() else { continue };
        let as_word = |text: &str| TokenWithSpan { token: Token::make_word(text, None), span: word.span };
        out.push(as_word("SELECT"));
        out.push(TokenWithSpan { token: Token::Mul, span: word.span });
        out.push(as_word("FROM"));
    }
    out
}

fn is_space(token: &Token) -> bool {
    matches!(token, Token::Whitespace(_))
}

fn is_word(token: &Token, text: &str) -> bool {
    matches!(token, Token::Word(word) if word.quote_style.is_none() && word.value.eq_ignore_ascii_case(text))
}

/// The place of the next token that is no space or comment.
fn next(tokens: &[TokenWithSpan], from: usize) -> Option<usize> {
    (from..tokens.len()).find(|i| !is_space(&tokens[*i].token))
}

/// `array(integer)` -> `array<integer>`: in Trino parentheses behind the word are always a type's.
fn array_types(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    for at in 0..tokens.len() {
        if !is_word(&tokens[at].token, "array") {
            continue;
        }
        let Some(open) = next(&tokens, at + 1).filter(|i| tokens[*i].token == Token::LParen) else { continue };
        let Some(close) = closing(&tokens, open) else { continue };
        tokens[open].token = Token::Lt;
        tokens[close].token = Token::Gt;
    }
    tokens
}

/// The place of the parenthesis that closes the one at `open`.
fn closing(tokens: &[TokenWithSpan], open: usize) -> Option<usize> {
    let mut depth = 0;
    (open..tokens.len()).find(|i| {
        match tokens[*i].token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// `VALUES 1, 2` -> `VALUES (1), (2)`; rows in parentheses stay.
fn bare_values(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        out.push(tokens[at].clone());
        at += 1;
        if !is_word(&tokens[at - 1].token, "values") || !follows_query_start(&out) {
            continue;
        }
        while let Some(start) = next(&tokens, at) {
            out.extend_from_slice(&tokens[at..start]);
            let end = item_end(&tokens, start);
            let bare = !is_row(&tokens, start, end);
            let around = |token: Token, at: usize| TokenWithSpan { token, span: tokens[at.min(tokens.len() - 1)].span };
            out.extend(bare.then(|| around(Token::LParen, start)));
            out.extend_from_slice(&tokens[start..end]);
            out.extend(bare.then(|| around(Token::RParen, end)));
            at = end;
            if tokens.get(at).is_some_and(|t| t.token == Token::Comma) {
                out.push(tokens[at].clone());
                at += 1;
            } else {
                break;
            }
        }
    }
    out
}

/// Whether the word VALUES that `out` ends with begins a query: behind `(`, at the start, or behind a word such as UNION.
fn follows_query_start(out: &[TokenWithSpan]) -> bool {
    let before = out[..out.len() - 1].iter().rev().find(|t| !is_space(&t.token));
    match before.map(|t| &t.token) {
        None | Some(Token::LParen | Token::RParen) => true,
        Some(Token::Word(word)) => matches!(
            word.keyword,
            Keyword::UNION | Keyword::ALL | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::DISTINCT
        ),
        _ => false,
    }
}

/// Where the item that begins at `start` ends: before a comma, a closing parenthesis or a clause's word.
fn item_end(tokens: &[TokenWithSpan], start: usize) -> usize {
    let mut depth = 0;
    let end = (start..tokens.len()).find(|i| {
        let ends = depth == 0
            && match &tokens[*i].token {
                Token::Comma | Token::RParen | Token::SemiColon | Token::EOF => true,
                Token::Word(word) if word.quote_style.is_none() => matches!(
                    word.keyword,
                    Keyword::ORDER
                        | Keyword::LIMIT
                        | Keyword::OFFSET
                        | Keyword::FETCH
                        | Keyword::UNION
                        | Keyword::EXCEPT
                        | Keyword::INTERSECT
                ),
                _ => false,
            };
        match tokens[*i].token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth -= 1,
            _ => {}
        }
        ends
    });
    // Spaces before the end belong behind the item.
    let mut end = end.unwrap_or(tokens.len());
    while end > start
        && matches!(tokens[end - 1].token, Token::Whitespace(Whitespace::Space | Whitespace::Newline | Whitespace::Tab))
    {
        end -= 1;
    }
    end
}

/// Whether the item is one pair of parentheses: a row already.
fn is_row(tokens: &[TokenWithSpan], start: usize, end: usize) -> bool {
    tokens[start].token == Token::LParen && closing(tokens, start).is_some_and(|close| close + 1 == end)
}
