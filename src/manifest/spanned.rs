//! A value that remembers where it was written.

use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use crate::error::Place;

/// A value and the place in the manifest it came from; compares, hashes, orders and debug-prints by the value alone.
///
/// `place` is `None` only for values that nobody wrote (defaults).
#[derive(Clone)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written. For a quoted or block scalar this is its content, without quotes or indicator.
    pub place: Option<Place>,
    /// It holds the value of a variable that is marked `sensitive`: never shown.
    pub sensitive: bool,
}

impl<T> Spanned<T> {
    /// A value with the place it was written at.
    pub fn new(value: T, place: impl Into<Option<Place>>) -> Self {
        Self { value, place: place.into(), sensitive: false }
    }

    /// A value that nobody wrote.
    pub fn unplaced(value: T) -> Self {
        Self { value, place: None, sensitive: false }
    }

    /// The same place and sensitivity around another value.
    pub fn with<U>(&self, value: U) -> Spanned<U> {
        Spanned { value, place: self.place.clone(), sensitive: self.sensitive }
    }
}

impl Spanned<String> {
    /// Where the characters from `offset` (in characters, from 0) of this text stand in the file, `width` wide.
    ///
    /// Exact while the file holds the text as it is, which is checked against the file: a plain or quoted scalar on
    /// one line, a literal block. From the first escape, folded line or `${}` on it is the whole scalar's place.
    pub fn inside(&self, offset: usize, width: usize) -> Option<Place> {
        let whole = self.place.as_ref()?;
        // A block's place is its first line that is not empty.
        let lead = self.value.chars().take_while(|c| *c == '\n').count();
        let before: String = self.value.chars().take(offset).skip(lead).collect();
        let rows: Vec<&str> = before.split('\n').collect();
        let (row, last) = rows.iter().enumerate().next_back()?;
        let written = |row: usize| whole.source.line(whole.line + row as u32).chars().skip(whole.column as usize - 1);
        let same = rows.iter().enumerate().all(|(at, line)| {
            let mut written = written(at);
            line.chars().all(|c| written.next() == Some(c)) && (at == row || written.next().is_none())
        });
        if !same {
            return Some(whole.clone());
        }
        let column = last.chars().count() as u32;
        let left = written(row).count() as u32;
        let width = (width as u32).clamp(1, left.saturating_sub(column).max(1));
        Some(Place { line: whole.line + row as u32, column: whole.column + column, width, ..whole.clone() })
    }
}

impl<T: fmt::Debug> fmt::Debug for Spanned<T> {
    /// Never shows a sensitive value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sensitive { f.write_str("(sensitive)") } else { self.value.fmt(f) }
    }
}

impl<T: Default> Default for Spanned<T> {
    fn default() -> Self {
        Self::unplaced(T::default())
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

impl<T: Hash> Hash for Spanned<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<T: PartialOrd> PartialOrd for Spanned<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<T: Ord> Ord for Spanned<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

impl Borrow<str> for Spanned<String> {
    fn borrow(&self) -> &str {
        &self.value
    }
}

impl From<String> for Spanned<String> {
    fn from(value: String) -> Self {
        Self::unplaced(value)
    }
}
