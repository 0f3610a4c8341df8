//! Exclusions of a crawler's targets: globs of paths below the target.
//! <https://docs.aws.amazon.com/glue/latest/dg/define-crawler-choose-data-sources.html>
//!
//! `*` and `?` stay within a folder, `**` does not; `[a-z]`, `[!a]` and `{a,b}` are known; `\` takes a character as it is.

use regex::{Regex, RegexSet};

use super::super::support::invalid;
use crate::local::error::ServiceError;

/// Some globs.
pub struct Globs(RegexSet);

impl Globs {
    /// Reads globs; a whole path must match.
    pub fn new(globs: &[String]) -> Result<Self, ServiceError> {
        let bad = |glob: &str| invalid(format!("Invalid exclusion {glob}"));
        let patterns = globs.iter().map(|glob| {
            let pattern = pattern(glob).ok_or_else(|| bad(glob))?;
            Regex::new(&pattern).map(|_| pattern).map_err(|_| bad(glob))
        });
        let set = RegexSet::new(patterns.collect::<Result<Vec<_>, _>>()?).map_err(|e| invalid(e.to_string()))?;
        Ok(Self(set))
    }

    /// Whether one of them matches the path, whose folders end in `/`.
    pub fn match_any(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

/// A glob as a regular expression; `None` for brackets or braces without an end.
fn pattern(glob: &str) -> Option<String> {
    let mut out = String::from("(?s)^");
    let mut braces = 0;
    let mut chars = glob.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => out.push_str(".*"),
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '{' => {
                braces += 1;
                out.push_str("(?:");
            }
            '}' if braces > 0 => {
                braces -= 1;
                out.push(')');
            }
            ',' if braces > 0 => out.push('|'),
            '[' => {
                out.push('[');
                if chars.next_if_eq(&'!').is_some() {
                    out.push_str("^/");
                }
                loop {
                    match chars.next()? {
                        ']' => break,
                        '-' => out.push('-'),
                        c => out.push_str(&regex::escape(&c.to_string())),
                    }
                }
                out.push(']');
            }
            '\\' => out.push_str(&regex::escape(&chars.next()?.to_string())),
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    out.push('$');
    (braces == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(glob: &str, path: &str) -> bool {
        Globs::new(&[glob.to_owned()]).unwrap().match_any(path)
    }

    #[test]
    fn a_star_stays_in_its_folder_and_two_do_not() {
        for (glob, path, expected) in [
            ("*.csv", "a.csv", true),
            ("*.csv", "x/a.csv", false),
            ("**.csv", "x/y/a.csv", true),
            ("x/**", "x/y/a.csv", true),
            ("x/*", "x/y/a.csv", false),
            ("x/*/a.csv", "x/y/a.csv", true),
            ("?.csv", "/.csv", false),
            ("*.{csv,json}", "a.json", true),
            ("year=[12]*/**", "year=2000/a", true),
            ("[!a]b", "ab", false),
            ("[!a]b", "/b", false),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("a+b", "a+b", true),
        ] {
            assert_eq!(matches(glob, path), expected, "{glob} {path}");
        }
        for bad in ["[a", "{a", "a\\", "[]"] {
            assert!(Globs::new(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
