//! Where a position inside an expression stands in the manifest.
//!
//! An expression is a YAML scalar: plain, quoted or a block. The parser knows a line and a column inside the value; the
//! manifest knows where the scalar starts. Whether the two add up (quotes, escapes, interpolation, folding) is not
//! guessed but read: the value's line must stand in the manifest's text, else the whole scalar is the place.

use crate::error::Place;
use crate::manifest::spanned::Spanned;

/// The place of `width` characters at `line` and `column` (both from 1, in characters) of the scalar's value.
pub fn place_in(scalar: &Spanned<String>, line: u64, column: u64, width: u64) -> Option<Place> {
    let whole = scalar.place.clone()?;
    if line == 0 || column == 0 {
        return Some(whole);
    }
    let written = scalar.value.lines().nth(line as usize - 1).unwrap_or("");
    let found = if line == 1 { first_line(&whole, written) } else { None };
    Some(match found.or_else(|| block_line(&whole, written, line as u32)) {
        Some((at, start)) => Place {
            line: at,
            column: start + column as u32 - 1,
            width: (width as u32).max(1),
            source: whole.source.clone(),
        },
        None => whole,
    })
}

/// The line and column where `written` starts, when it stands right at the scalar's place or behind its quote.
fn first_line(whole: &Place, written: &str) -> Option<(u32, u32)> {
    let skipped = whole.column as usize - 1;
    let rest: String = whole.source.line(whole.line).chars().skip(skipped).collect();
    let unquoted = rest.strip_prefix(['"', '\'']);
    if rest.starts_with(written) {
        Some((whole.line, whole.column))
    } else if unquoted.is_some_and(|rest| rest.starts_with(written)) {
        Some((whole.line, whole.column + 1))
    } else {
        None
    }
}

/// The line and column where `written`, line `line` of a block scalar, starts: blocks begin on the scalar's own line or,
/// behind a `|`, on the next.
fn block_line(whole: &Place, written: &str, line: u32) -> Option<(u32, u32)> {
    if written.trim().is_empty() {
        return None;
    }
    [whole.line + line, whole.line + line - 1].into_iter().find_map(|at| {
        let text = whole.source.line(at);
        let start = text.find(written)?;
        text[..start].trim().is_empty().then(|| (at, text[..start].chars().count() as u32 + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::SourceText;

    fn at(text: &str, line: u32, column: u32, value: &str, inside: (u64, u64)) -> (u32, u32, u32) {
        let source = SourceText::new("p.yaml", text);
        let scalar = Spanned::new(value.to_string(), Place { source, line, column, width: 9 });
        let place = place_in(&scalar, inside.0, inside.1, 2).unwrap();
        (place.line, place.column, place.width)
    }

    #[test]
    fn plain_and_quoted_scalars() {
        assert_eq!(at("filter: é > 10", 1, 9, "é > 10", (1, 5)), (1, 13, 2));
        assert_eq!(at("filter: \"a > 10\"", 1, 9, "a > 10", (1, 5)), (1, 14, 2));
        assert_eq!(at("filter: 'a > 10'", 1, 10, "a > 10", (1, 5)), (1, 14, 2));
    }

    #[test]
    fn blocks() {
        assert_eq!(at("filter: |\n  a > 1\n  and b\n", 1, 9, "a > 1\nand b\n", (1, 5)), (2, 7, 2));
        assert_eq!(at("filter: |\n  a > 1\n  and b\n", 1, 9, "a > 1\nand b\n", (2, 5)), (3, 7, 2));
        assert_eq!(at("filter: |\n  a > 1\n  and b\n", 2, 3, "a > 1\nand b\n", (2, 5)), (3, 7, 2));
    }

    #[test]
    fn what_does_not_stand_there_as_it_is_gets_the_whole_scalar() {
        assert_eq!(at("filter: \"a = '\\u0041'\"", 1, 9, "a = 'A'", (1, 5)), (1, 9, 9));
        assert_eq!(at("filter: >\n  a > 1\n  and b\n", 1, 9, "a > 1 and b\n", (1, 9)), (1, 9, 9));
    }
}
