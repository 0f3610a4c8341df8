//! The hand-written Python that generated functions call: `python/*.py`, in blocks of one definition each. A script
//! carries the blocks it uses, those that these use, and nothing else.

use std::collections::BTreeSet;

use super::writer::WIDTH;
use crate::flow::conversion::grammar;

/// The files in the order in which a script has them.
const FILES: [&str; 6] = [
    include_str!("python/conversions.py"),
    include_str!("python/expressions.py"),
    include_str!("python/reading.py"),
    include_str!("python/writing.py"),
    include_str!("python/run.py"),
    include_str!("python/job.py"),
];

/// Names of the standard library and of pyspark, and the imports that bring them; `{}` takes all names of one import.
const IMPORTS: [(&str, &[&str]); 14] = [
    ("import argparse", &["argparse"]),
    ("import csv", &["csv"]),
    ("import functools", &["functools"]),
    ("import json", &["json"]),
    ("import re", &["re"]),
    ("import time", &["time"]),
    ("import uuid", &["uuid"]),
    ("from concurrent.futures import {}", &["ThreadPoolExecutor"]),
    ("from operator import {}", &["add", "mul", "sub"]),
    ("from typing import {}", &["NamedTuple"]),
    ("from pyspark.sql import {}", &["Column", "DataFrame", "SparkSession", "Window"]),
    ("from pyspark.sql import functions as F", &["F"]),
    ("from pyspark.sql.functions import {}", &["col", "lit"]),
    ("from pyspark.sql.types import {}", &["StringType", "StructField", "StructType"]),
];

/// Regular expressions that stand in the library as names.
const PATTERNS: [(&str, &str); 7] = [
    ("BOOLEAN_TRUE", grammar::BOOLEAN_TRUE),
    ("BOOLEAN_FALSE", grammar::BOOLEAN_FALSE),
    ("INTEGER", grammar::INTEGER),
    ("DOUBLE", grammar::DOUBLE),
    ("DECIMAL", grammar::DECIMAL),
    ("DATE", grammar::DATE),
    ("ESCAPE", grammar::ESCAPE),
];

/// One definition.
struct Block {
    name: String,
    text: String,
    uses: BTreeSet<String>,
}

impl Block {
    fn new(name: String, text: String) -> Self {
        Self { uses: identifiers(&text), name, text }
    }
}

/// What a script needs besides its own functions.
pub struct Library {
    /// The import lines, with an empty line between the standard library and pyspark.
    pub imports: String,
    /// The definitions, each followed by two empty lines, `main` and its call last.
    pub definitions: String,
}

/// The library for a script whose own functions are `code`.
pub fn library(code: &str) -> Library {
    let sections: Vec<(&str, Vec<Block>)> = FILES.iter().map(|file| section(file)).collect();
    let mut words = identifiers(code);
    words.insert("main".to_string());
    loop {
        let before = words.len();
        for block in sections.iter().flat_map(|(_, blocks)| blocks) {
            if words.contains(&block.name) {
                words.extend(block.uses.iter().cloned());
            }
        }
        if words.len() == before {
            break;
        }
    }
    let mut definitions = String::new();
    for (comment, blocks) in &sections {
        let used: Vec<&Block> = blocks.iter().filter(|block| words.contains(&block.name)).collect();
        if !used.is_empty() {
            definitions.push_str(&format!("{comment}\n\n\n"));
        }
        for block in used {
            definitions.push_str(&format!("{}\n\n\n", block.text));
        }
    }
    Library { imports: imports(&words), definitions: definitions.trim_end().to_string() }
}

fn imports(words: &BTreeSet<String>) -> String {
    let mut lines = Vec::new();
    for (line, names) in IMPORTS {
        let used: Vec<&str> = names.iter().filter(|name| words.contains(**name)).copied().collect();
        if used.is_empty() {
            continue;
        }
        if line.contains("pyspark") && !lines.iter().any(|line: &String| line.contains("pyspark")) {
            lines.push(String::new());
        }
        lines.push(line.replace("{}", &used.join(", ")));
    }
    lines.join("\n")
}

/// A file's leading comment and its blocks; the patterns go with the conversions, before what is made of them.
fn section(file: &'static str) -> (&'static str, Vec<Block>) {
    let mut chunks = file.trim_end().split("\n\n\n").map(str::trim);
    let comment = chunks.next().unwrap_or("");
    let mut blocks = Vec::new();
    if comment.contains("docs/conversions.md") {
        let block = |name: &str, text: String| Block::new(name.to_string(), text);
        blocks.extend(PATTERNS.iter().map(|(name, regex)| block(name, pattern(name, regex))));
        blocks.push(block("DATE_FORMATS", date_formats()));
    }
    for chunk in chunks {
        blocks.push(Block::new(defined(chunk), chunk.to_string()));
    }
    (comment, blocks)
}

/// The name that a block defines; the call of `main` goes with `main`.
fn defined(chunk: &str) -> String {
    let line = chunk.lines().find(|line| !line.starts_with('#') && !line.starts_with('@')).unwrap_or("");
    let rest = line.strip_prefix("def ").or(line.strip_prefix("class ")).unwrap_or(line);
    if rest.starts_with("if __name__") {
        return "main".to_string();
    }
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// `NAME = r"..."`, over several lines when it is long.
fn pattern(name: &str, regex: &str) -> String {
    let line = format!("{name} = {}", raw(regex));
    if line.chars().count() <= WIDTH { line } else { format!("{name} = (\n{})", pieces(regex, 4, "\n")) }
}

/// `DATE_FORMATS`: by format the texts it accepts, and the replacement that makes yyyy-MM-dd of them.
fn date_formats() -> String {
    let format = |format: &grammar::DateFormat| {
        let (regex, iso) = (pieces(format.regex, 8, ""), format.iso);
        format!("    \"{}\": (\n{regex},\n        \"{iso}\",\n    ),\n", format.pattern)
    };
    format!("DATE_FORMATS = {{\n{}}}", grammar::DATE_FORMATS.iter().map(format).collect::<String>())
}

/// A regular expression as raw strings that Python joins, one a line; `end` stands behind the last.
fn pieces(regex: &str, indent: usize, end: &str) -> String {
    let mut pieces = vec![String::new()];
    for group in groups(regex) {
        let last = pieces.last_mut().expect("never empty");
        if !last.is_empty() && last.len() + group.len() > WIDTH - 20 {
            pieces.push(group);
        } else {
            last.push_str(&group);
        }
    }
    let lines: Vec<String> = pieces.iter().map(|piece| format!("{}{}", " ".repeat(indent), raw(piece))).collect();
    lines.join("\n") + end
}

/// A regular expression as a raw string; none of ours begins or ends with a double quote.
fn raw(pattern: &str) -> String {
    if pattern.contains('"') { format!("r\"\"\"{pattern}\"\"\"") } else { format!("r\"{pattern}\"") }
}

/// A regular expression cut before each opening bracket that is not escaped.
fn groups(regex: &str) -> Vec<String> {
    let mut groups = vec![String::new()];
    let mut escaped = false;
    for c in regex.chars() {
        if c == '(' && !escaped {
            groups.push(String::new());
        }
        escaped = c == '\\' && !escaped;
        groups.last_mut().expect("never empty").push(c);
    }
    groups
}

/// The identifiers in Python text, those in comments and plain strings left out (an f-string holds code),
/// and members' names (`re.sub`).
fn identifiers(text: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut word = String::new();
    let mut rest = text;
    let mut is_member = false;
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_alphanumeric() || c == '_' {
            word.push(c);
            rest = &rest[1..];
            continue;
        }
        let skipped = match c {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => string_length(rest, c),
            _ => c.len_utf8(),
        };
        if matches!(word.as_str(), "f" | "rf") && matches!(c, '"' | '\'') {
            words.extend(identifiers(&replaced(&rest[..skipped])));
        }
        let word = std::mem::take(&mut word);
        if !is_member {
            words.insert(word);
        }
        is_member = c == '.';
        rest = &rest[skipped..];
    }
    words
}

/// The parts of an f-string between braces.
fn replaced(string: &str) -> String {
    let mut depth = 0usize;
    let mut code = String::new();
    for c in string.chars() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                code.push(' ');
            }
            _ if depth > 0 => code.push(c),
            _ => {}
        }
    }
    code
}

/// How long the string at the start of `rest` is, quotes included.
fn string_length(rest: &str, quote: char) -> usize {
    let triple = quote.to_string().repeat(3);
    let end = if rest.starts_with(&triple) { triple } else { quote.to_string() };
    let mut at = end.len();
    while at < rest.len() {
        if rest[at..].starts_with(&end) {
            return at + end.len();
        }
        let c = rest[at..].chars().next().unwrap_or(quote);
        at += c.len_utf8();
        if c == '\\' {
            at += rest[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_too_long() {
        for line in FILES.iter().flat_map(|file| file.lines()) {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn identifiers_are_those_of_the_code() {
        let words =
            identifiers("a = rf\"{ESCAPE}|no{{{b}}}\"  # comment\n(\"no\", r'\\'no', \"\"\"no \"no\"\"\", col)\n");
        for name in ["a", "ESCAPE", "b", "col"] {
            assert!(words.contains(name), "{name} in {words:?}");
        }
        assert!(!words.contains("no") && !words.contains("comment"), "{words:?}");
    }

    #[test]
    fn a_script_carries_what_it_uses() {
        let library = library("rows.withColumns({\"x\": text_to_date(col(\"x\"))})");
        assert!(library.definitions.contains("def trimmed("));
        assert!(library.definitions.contains("DATE = (\n    r\"\\A(000[1-9]|"));
        assert!(!library.definitions.contains("def text_to_list("));
        assert!(!library.definitions.contains("def whole("));
        assert!(!library.imports.contains("operator"), "{}", library.imports);
        assert!(library.definitions.ends_with("if __name__ == \"__main__\":\n    main()"));
    }
}
