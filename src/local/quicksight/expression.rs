//! Expressions of calculated fields: which columns they read, and of what type they are.
//! <https://docs.aws.amazon.com/quicksight/latest/user/functions-by-category.html>
//!
//! Nothing is computed here. An expression that this reader does not follow is of no known type; the columns in its
//! braces are found all the same.

use std::collections::BTreeMap;

/// QuickSight's types of columns: `STRING`, `INTEGER`, `DECIMAL`, `DATETIME`; `None` where it is not known.
pub type Kind = Option<&'static str>;

/// The columns that an expression may name.
pub type Scope = BTreeMap<String, Kind>;

const STRING: Kind = Some("STRING");
const INTEGER: Kind = Some("INTEGER");
const DECIMAL: Kind = Some("DECIMAL");
const DATETIME: Kind = Some("DATETIME");

/// What an expression is of; the error is the first column in braces that is not in scope.
pub fn kind(text: &str, scope: &Scope) -> Result<Kind, String> {
    let tokens = tokens(text);
    for token in &tokens {
        match token {
            Token::Braced(name) if !scope.contains_key(name) => return Err(name.clone()),
            _ => {}
        }
    }
    let mut reader = Reader { tokens: &tokens, at: 0, scope };
    let kind = reader.expression(0);
    Ok(if reader.at == tokens.len() { kind.flatten() } else { None })
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Braced(String),
    Word(String),
    Text,
    Number(bool),
    Sign(char),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let until = |end: char| rest[c.len_utf8()..].find(end).map_or(rest.len(), |at| c.len_utf8() + at);
        let run = |keep: fn(char) -> bool| rest.find(|c| !keep(c)).unwrap_or(rest.len());
        let length = match c {
            _ if c.is_whitespace() => c.len_utf8(),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            '$' if rest.starts_with("${") => {
                tokens.push(Token::Text);
                (until('}') + 1).min(rest.len())
            }
            '{' => {
                let end = until('}');
                tokens.push(Token::Braced(rest[1..end].to_owned()));
                (end + 1).min(rest.len())
            }
            '\'' | '"' => {
                tokens.push(Token::Text);
                quoted(rest, c)
            }
            _ if c.is_ascii_digit() => {
                let end = run(|c| c.is_ascii_digit() || c == '.');
                tokens.push(Token::Number(rest[..end].contains('.')));
                end
            }
            _ if c.is_alphabetic() || c == '_' => {
                let end = run(|c| c.is_alphanumeric() || c == '_');
                tokens.push(Token::Word(rest[..end].to_owned()));
                end
            }
            _ => {
                tokens.push(Token::Sign(c));
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of the text in quotes at the start; a doubled quote stands for itself.
fn quoted(text: &str, quote: char) -> usize {
    let mut end = 1;
    loop {
        end = text[end..].find(quote).map_or(text.len(), |at| end + at + 1);
        if !text[end..].starts_with(quote) {
            return end;
        }
        end += 1;
    }
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    scope: &'t Scope,
}

/// `None` where the text is no expression, `Some(None)` where it is one of no known type.
type Read = Option<Kind>;

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn sign(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(&Token::Sign(wanted));
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(w)) if w.eq_ignore_ascii_case(wanted));
        self.at += usize::from(found);
        found
    }

    /// Level 0 is `OR`, 1 `AND`, 2 comparisons, 3 sums, 4 products.
    fn expression(&mut self, level: u8) -> Read {
        if level > 4 {
            return self.unary();
        }
        if level == 2 && self.word("not") {
            return self.expression(2);
        }
        let mut left = self.expression(level + 1)?;
        loop {
            left = match level {
                0 if self.word("or") => self.expression(1).map(|_| INTEGER)?,
                1 if self.word("and") => self.expression(2).map(|_| INTEGER)?,
                2 if self.comparison() => self.expression(3).map(|_| INTEGER)?,
                3 if self.sign('+') || self.sign('-') => number(left, self.expression(4)?),
                4 if self.sign('*') || self.sign('%') || self.sign('^') => number(left, self.unary()?),
                4 if self.sign('/') => self.unary().map(|_| DECIMAL)?,
                _ => return Some(left),
            };
        }
    }

    fn comparison(&mut self) -> bool {
        let before = self.at;
        while self.sign('<') || self.sign('>') || self.sign('=') || self.sign('!') {}
        self.at > before
    }

    fn unary(&mut self) -> Read {
        if self.sign('-') || self.sign('+') {
            return self.unary();
        }
        let token = self.peek()?.clone();
        self.at += 1;
        match token {
            Token::Braced(name) => self.scope.get(&name).copied(),
            Token::Text => Some(STRING),
            Token::Number(is_decimal) => Some(if is_decimal { DECIMAL } else { INTEGER }),
            Token::Sign('(') => {
                let inner = self.expression(0)?;
                self.sign(')').then_some(inner)
            }
            Token::Word(name) if self.sign('(') => self.call(&name.to_lowercase()),
            Token::Word(name) if name.eq_ignore_ascii_case("null") => Some(None),
            Token::Word(name) => self.scope.get(&name).copied(),
            Token::Sign(_) => None,
        }
    }

    /// A function's arguments and its type; lists in brackets are passed over.
    fn call(&mut self, name: &str) -> Read {
        let mut arguments = Vec::new();
        while !self.sign(')') {
            if self.sign('[') {
                while !self.sign(']') {
                    self.peek()?;
                    self.at += 1;
                }
            } else if ["pre_filter", "pre_agg", "post_agg_filter"].iter().any(|w| self.word(w)) {
            } else {
                arguments.push(self.expression(0)?);
            }
            if !self.sign(',') && self.peek() != Some(&Token::Sign(')')) {
                return None;
            }
        }
        Some(of_function(name, &arguments))
    }
}

/// The type of a sum or product.
fn number(left: Kind, right: Kind) -> Kind {
    match (left, right) {
        (INTEGER, INTEGER) => INTEGER,
        (None, _) | (_, None) => None,
        _ => DECIMAL,
    }
}

fn of_function(name: &str, arguments: &[Kind]) -> Kind {
    let first = || arguments.first().copied().flatten();
    match name {
        "concat" | "left" | "right" | "ltrim" | "rtrim" | "trim" | "replace" | "split" | "substring" | "tolower"
        | "toupper" | "tostring" | "formatdate" | "parsejson" => STRING,
        "adddatetime" | "epochdate" | "now" | "parsedate" | "truncdate" | "addworkdays" => DATETIME,
        "count" | "distinct_count" | "countif" | "distinct_countif" | "countover" | "distinctcountover"
        | "datediff" | "extract" | "strlen" | "locate" | "decimaltoint" | "parseint" | "isnull" | "isnotnull"
        | "isworkday" | "networkdays" | "rank" | "denserank" | "contains" | "startswith" | "endswith" | "in"
        | "notin" | "between" => INTEGER,
        "avg" | "stdev" | "stdevp" | "var" | "varp" | "median" | "percentile" | "percentilecont" | "percentiledisc"
        | "round" | "sqrt" | "ln" | "log" | "exp" | "inttodecimal" | "parsedecimal" | "avgif" | "avgover"
        | "percentoftotal" => DECIMAL,
        "ceil" | "floor" | "abs" | "mod" | "sum" | "min" | "max" | "sumif" | "minif" | "maxif" | "sumover"
        | "minover" | "maxover" | "runningsum" | "coalesce" | "nullif" | "lag" | "lead" => first(),
        "ifelse" => results(arguments, 1),
        "switch" => results(arguments, 2),
        _ => None,
    }
}

/// The type of a choice's results: every other argument from `first` on, and the last.
fn results(arguments: &[Kind], first: usize) -> Kind {
    let last = arguments.last().copied().flatten();
    arguments.iter().skip(first).step_by(2).copied().flatten().next().or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let columns = [("duration_sec", DECIMAL), ("plays", INTEGER), ("title", STRING), ("release date", DATETIME)];
        columns.map(|(name, kind)| (name.to_owned(), kind)).into()
    }

    #[test]
    fn types_follow_from_columns_operators_and_functions() {
        for (text, expected) in [
            ("{duration_sec} / 60", DECIMAL),
            ("plays * 2 + 1", INTEGER),
            ("(plays - 1) * duration_sec", DECIMAL),
            ("ifelse({plays} > 3 AND {title} = 'a, b', \"x\", NULL)", STRING),
            ("ifelse(isNull({title}), NULL, {plays} < 1, '', substring({title}, 1, {plays}))", STRING),
            ("switch({plays}, 1, 'it''s {one}', 'more')", STRING),
            ("truncDate(\"YYYY\", {release date})", DATETIME),
            ("sumOver(sum({plays}), [{title}, {plays} DESC], PRE_AGG)", INTEGER),
            ("coalesce({plays}, 0) /* why */", INTEGER),
            ("somethingNew({plays})", None),
            ("{plays} ?? 2", None),
        ] {
            assert_eq!(kind(text, &scope()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn columns_that_are_not_there_are_told() {
        assert_eq!(kind("strlen({name}) + {plays}", &scope()), Err("name".into()));
        assert_eq!(kind("concat('{name}', {title})", &scope()), Ok(STRING), "a brace in a text names nothing");
    }
}
