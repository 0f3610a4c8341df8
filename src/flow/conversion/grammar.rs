//! The texts that convert, as regular expressions.
//!
//! Every constant is valid, and means the same, in Rust's `regex` and in Java's: `[0-9]` instead of `\d` (which is
//! Unicode in Rust), both cases spelled out instead of `(?i)` (which folds `ſ` to `s` in Rust), `\A` and `\z` instead of
//! `^` and `$` (Java's `$` stands before a last line end, too), no look-around, no possessive quantifiers.
//!
//! All but [`TRIM`] and the list's parts match a whole text that was trimmed before. A match is necessary, not
//! sufficient: ranges (a bigint's, a calendar's, a decimal's) are checked after it.

/// White space at either end, to be replaced by nothing before anything else is read: space, tab, line feed, vertical
/// tab, form feed, carriage return.
pub const TRIM: &str = r"\A[ \t\n\x0b\x0c\r]+|[ \t\n\x0b\x0c\r]+\z";

/// int and bigint: whole numbers, also with a point and zeros (`250`, `+7`, `250.0`, `250.`). Group 1 is the number.
pub const INTEGER: &str = r"\A([+-]?[0-9]+)(?:\.0*)?\z";

/// float and double: no hexadecimal, no type suffix, no `NaN`, no `Infinity`.
pub const DOUBLE: &str = r"\A[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\z";

/// decimal(p,s): the same without an exponent.
pub const DECIMAL: &str = r"\A[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\z";

/// boolean: true.
pub const BOOLEAN_TRUE: &str = r"\A(?:[tT]|[tT][rR][uU][eE]|[yY]|[yY][eE][sS]|1)\z";

/// boolean: false.
pub const BOOLEAN_FALSE: &str = r"\A(?:[fF]|[fF][aA][lL][sS][eE]|[nN]|[nN][oO]|0)\z";

// Pieces of the calendar. Literals, so that `concat!` can join them.
macro_rules! year {
    () => {
        "(000[1-9]|00[1-9][0-9]|0[1-9][0-9][0-9]|[1-9][0-9][0-9][0-9])"
    };
}
macro_rules! month {
    () => {
        "(0[1-9]|1[0-2])"
    };
}
macro_rules! day {
    () => {
        "(0[1-9]|[12][0-9]|3[01])"
    };
}
macro_rules! time {
    () => {
        r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,9}))?)?"
    };
}
macro_rules! zone {
    () => {
        "(?: ?(?:(UTC|Z)|([+-])(0[0-9]|1[0-4]):([0-5][0-9])))?"
    };
}

/// date: `yyyy-MM-dd`, also followed by a time of day and a zone, which are not looked at: the date is the date as
/// written. Groups 1 to 3 are year (0001 to 9999), month and day; a day that the month does not have is NULL.
pub const DATE: &str = concat!(r"\A", year!(), "-", month!(), "-", day!(), "(?:[ T]", time!(), zone!(), r")?\z");

/// timestamp: the same texts as [`DATE`]. Groups: 1 to 3 year, month, day; 4 to 6 hour, minute, second (absent: 0);
/// 7 the fraction (cut off after six digits); 8 `UTC` or `Z`; 9 to 11 the zone's sign, hours (to 14) and minutes.
/// No zone is UTC; a date alone is its midnight. An instant outside the years 0001 to 9999 of UTC is NULL.
pub const TIMESTAMP: &str = DATE;

/// A further pattern for dates, asked for with `format:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateFormat {
    /// As written in the manifest.
    pub pattern: &'static str,
    /// The texts it accepts.
    pub regex: &'static str,
    /// The replacement that turns such a text into `yyyy-MM-dd` (to be checked against the calendar).
    pub iso: &'static str,
}

/// The patterns there are.
pub const DATE_FORMATS: [DateFormat; 6] = [
    DateFormat { pattern: "yyyy", regex: concat!(r"\A", year!(), r"\z"), iso: "$1-01-01" },
    DateFormat { pattern: "yyyy-MM", regex: concat!(r"\A", year!(), "-", month!(), r"\z"), iso: "$1-$2-01" },
    DateFormat { pattern: "yyyyMMdd", regex: concat!(r"\A", year!(), month!(), day!(), r"\z"), iso: "$1-$2-$3" },
    DateFormat {
        pattern: "dd.MM.yyyy",
        regex: concat!(r"\A", day!(), r"\.", month!(), r"\.", year!(), r"\z"),
        iso: "$3-$2-$1",
    },
    DateFormat {
        pattern: "MM/dd/yyyy",
        regex: concat!(r"\A", month!(), "/", day!(), "/", year!(), r"\z"),
        iso: "$3-$1-$2",
    },
    DateFormat {
        pattern: "dd/MM/yyyy",
        regex: concat!(r"\A", day!(), "/", month!(), "/", year!(), r"\z"),
        iso: "$3-$2-$1",
    },
];

/// The pattern of that name.
pub fn date_format(pattern: &str) -> Option<&'static DateFormat> {
    DATE_FORMATS.iter().find(|format| format.pattern == pattern)
}

macro_rules! escape {
    () => {
        r#"\\(?:[\\'"/bfnrt]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})"#
    };
}
macro_rules! list_item {
    () => {
        concat!(
            r#""(?:[^"\\]|"#,
            escape!(),
            r#")*"|'(?:[^'\\]|"#,
            escape!(),
            r")*'|[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|None|null|True|true|False|false"
        )
    };
}
macro_rules! space {
    () => {
        r"[ \t\n\x0b\x0c\r]*"
    };
}

/// One element of a list: a text in double or single quotes, a number, or one of the words `None`, `null`, `True`,
/// `true`, `False`, `false`. Matched again and again over a text that [`LIST`] accepts, it finds the elements in order.
pub const LIST_ITEM: &str = list_item!();

/// `array<T>`: a JSON array or a Python list of such elements, a comma after the last one allowed. Lists and maps inside
/// are not.
///
/// Java's engine needs stack for every element and every character between quotes here: a long list is better read by a
/// loop over [`LIST_ITEM`].
pub const LIST: &str = concat!(
    r"\A\[",
    space!(),
    "(?:(?:",
    list_item!(),
    ")",
    space!(),
    "(?:,",
    space!(),
    "(?:",
    list_item!(),
    ")",
    space!(),
    ")*(?:,",
    space!(),
    r")?)?\]\z"
);

/// An escape between quotes: backslash and one of `\ ' " / b f n r t`, `xHH` or `uHHHH` (a code unit of UTF-16; two of
/// them make a character beyond U+FFFF; half of such a pair alone makes the list malformed).
pub const ESCAPE: &str = escape!();
