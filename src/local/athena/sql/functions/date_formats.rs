//! `date_format` and `date_parse` with MySQL's patterns, `format_datetime` with Joda's.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};
use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::datatypes::TimestampMillisecondType;

use super::super::failure::{Failure, Outcome};
use super::super::kernel::{Call, at};
use super::super::text;
use super::Param::{Moment, Text, Timestamp};
use super::{Entry, Overload};

pub(super) const ENTRIES: &[Entry] = &[
    ("date_format", &[Overload { params: &[Moment, Text], returns: Text, run: |c| formatted(c, mysql) }]),
    ("format_datetime", &[Overload { params: &[Moment, Text], returns: Text, run: |c| formatted(c, joda) }]),
    ("date_parse", &[Overload { params: &[Text, Text], returns: Timestamp, run: date_parse }]),
];

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("INVALID_FUNCTION_ARGUMENT", message)
}

fn formatted(c: &Call<'_>, format: fn(NaiveDateTime, &str) -> Outcome<String>) -> Outcome<ArrayRef> {
    let (times, patterns) = (c.args[0].as_primitive::<TimestampMillisecondType>(), c.args[1].as_string::<i32>());
    c.texts(|i| match at(times, i).zip(at(patterns, i)) {
        None => Ok(None),
        Some((ms, pattern)) => format(text::time_of(ms), pattern).map(Some),
    })
}

fn twelve(hour: u32) -> u32 {
    if hour.is_multiple_of(12) { 12 } else { hour % 12 }
}

fn half(hour: u32) -> &'static str {
    if hour < 12 { "AM" } else { "PM" }
}

fn mysql(t: NaiveDateTime, pattern: &str) -> Outcome<String> {
    checked(pattern)?;
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        out.push_str(&match chars.next() {
            Some('a') => t.format("%a").to_string(),
            Some('b') => t.format("%b").to_string(),
            Some('c') => t.month().to_string(),
            Some('d') => format!("{:02}", t.day()),
            Some('e') => t.day().to_string(),
            Some('f') => format!("{:06}", t.nanosecond() / 1000),
            Some('H') => format!("{:02}", t.hour()),
            Some('h' | 'I') => format!("{:02}", twelve(t.hour())),
            Some('i') => format!("{:02}", t.minute()),
            Some('j') => format!("{:03}", t.ordinal()),
            Some('k') => t.hour().to_string(),
            Some('l') => twelve(t.hour()).to_string(),
            Some('M') => t.format("%B").to_string(),
            Some('m') => format!("{:02}", t.month()),
            Some('p') => half(t.hour()).to_owned(),
            Some('r') => format!("{:02}:{:02}:{:02} {}", twelve(t.hour()), t.minute(), t.second(), half(t.hour())),
            Some('S' | 's') => format!("{:02}", t.second()),
            Some('T') => t.format("%H:%M:%S").to_string(),
            Some('v') => format!("{:02}", t.iso_week().week()),
            Some('W') => t.format("%A").to_string(),
            Some('x') => format!("{:04}", t.iso_week().year()),
            Some('Y') => format!("{:04}", t.year()),
            Some('y') => format!("{:02}", t.year().rem_euclid(100)),
            Some(other @ ('D' | 'U' | 'u' | 'V' | 'w' | 'X')) => {
                return Err(invalid(format!("%{other} not supported in date format string")));
            }
            Some(other) => other.to_string(),
            None => return Err(invalid(format!("Invalid date format string: {pattern}"))),
        });
    }
    Ok(out)
}

/// Refuses a pattern of MySQL that Trino has no formatter for.
fn checked(pattern: &str) -> Outcome<()> {
    if pattern.is_empty() {
        return Err(invalid("Both printing and parsing not supported"));
    }
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '%'
            && let Some(letter @ ('D' | 'U' | 'u' | 'V' | 'w' | 'X')) = chars.next()
        {
            return Err(invalid(format!("%{letter} not supported in date format string")));
        }
    }
    Ok(())
}

fn joda(t: NaiveDateTime, pattern: &str) -> Outcome<String> {
    if pattern.is_empty() {
        return Err(invalid("Invalid pattern specification"));
    }
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if c == '\'' {
            let (quoted, tail) = quoted(rest);
            out.push_str(&quoted);
            rest = tail;
            continue;
        }
        let count = rest.chars().take_while(|other| *other == c).count();
        rest = &rest[c.len_utf8() * count..];
        let number = |n: u32| format!("{n:0count$}");
        out.push_str(&match c {
            'y' | 'Y' | 'x' => {
                let year = if c == 'x' { t.iso_week().year() } else { t.year() };
                if count == 2 { format!("{:02}", year.rem_euclid(100)) } else { format!("{year:0count$}") }
            }
            'M' if count >= 4 => t.format("%B").to_string(),
            'M' if count == 3 => t.format("%b").to_string(),
            'M' => number(t.month()),
            'd' => number(t.day()),
            'D' => number(t.ordinal()),
            'w' => number(t.iso_week().week()),
            'e' => number(t.weekday().number_from_monday()),
            'E' if count >= 4 => t.format("%A").to_string(),
            'E' => t.format("%a").to_string(),
            'a' => half(t.hour()).to_owned(),
            'H' => number(t.hour()),
            'k' => number(if t.hour() == 0 { 24 } else { t.hour() }),
            'K' => number(t.hour() % 12),
            'h' => number(twelve(t.hour())),
            'm' => number(t.minute()),
            's' => number(t.second()),
            'S' => format!("{:09}", t.nanosecond()).chars().chain(std::iter::repeat('0')).take(count).collect(),
            letter if letter.is_ascii_alphabetic() => {
                return Err(Failure::athena_only(format!("the letter {letter} in format_datetime")));
            }
            other => other.to_string().repeat(count),
        });
    }
    Ok(out)
}

/// Takes `'quoted'` or `''` off the front; inside, too, `''` is a quote.
fn quoted(rest: &str) -> (String, &str) {
    if let Some(tail) = rest.strip_prefix("''") {
        return ("'".into(), tail);
    }
    let (mut text, mut inside) = (String::new(), &rest[1..]);
    while let Some(end) = inside.find('\'') {
        text.push_str(&inside[..end]);
        match inside[end + 1..].strip_prefix('\'') {
            Some(tail) => {
                text.push('\'');
                inside = tail;
            }
            None => return (text, &inside[end + 1..]),
        }
    }
    (text + inside, "")
}

fn date_parse(c: &Call<'_>) -> Outcome<ArrayRef> {
    let (texts, patterns) = (c.args[0].as_string::<i32>(), c.args[1].as_string::<i32>());
    c.primitives::<TimestampMillisecondType>(|i| match at(texts, i).zip(at(patterns, i)) {
        None => Ok(None),
        Some((value, pattern)) => {
            checked(pattern)?;
            if ["%x", "%v"].iter().any(|week| pattern.contains(week)) {
                return Err(Failure::athena_only("date_parse with weeks"));
            }
            let parsed = parse(value, pattern).ok_or_else(|| invalid(format!("Invalid format: \"{value}\"")))?;
            Ok(Some(parsed.and_utc().timestamp_millis()))
        }
    })
}

/// Reads a text by a MySQL pattern; what the pattern leaves out is that of 1970-01-01 00:00:00.
fn parse(value: &str, pattern: &str) -> Option<NaiveDateTime> {
    let (mut year, mut month, mut day, mut ordinal) = (1970, 1, 1, None);
    let (mut hour, mut minute, mut second, mut nanos, mut afternoon) = (0, 0, 0, 0, None);
    let mut rest = value;
    let mut chars =
        pattern.replace("%T", "%H:%i:%s").replace("%r", "%h:%i:%s %p").chars().collect::<Vec<_>>().into_iter();
    while let Some(c) = chars.next() {
        if c != '%' {
            rest = rest.strip_prefix(c)?;
            continue;
        }
        match chars.next()? {
            'Y' => {
                // A year of more digits, or with a sign, where no other number follows at once.
                let alone = !chars.as_slice().starts_with(&['%']);
                let negative = alone && rest.starts_with('-');
                rest = if negative { &rest[1..] } else { rest };
                let number = digits(&mut rest, if alone { 9 } else { 4 })? as i32;
                year = if negative { -number } else { number };
            }
            'y' => {
                let two = digits(&mut rest, 2)? as i32;
                year = if two < 70 { 2000 + two } else { 1900 + two };
            }
            'm' | 'c' => month = digits(&mut rest, 2)?,
            'd' | 'e' => day = digits(&mut rest, 2)?,
            'j' => ordinal = Some(digits(&mut rest, 3)?),
            'H' | 'k' => hour = digits(&mut rest, 2)?,
            'h' | 'I' | 'l' => hour = digits(&mut rest, 2).filter(|hour| (1..=12).contains(hour))? % 12,
            'i' => minute = digits(&mut rest, 2)?,
            's' | 'S' => second = digits(&mut rest, 2)?,
            'f' => {
                let length = rest.bytes().take_while(u8::is_ascii_digit).count().min(9);
                nanos = format!("{:0<9}", rest.get(..length).filter(|f| !f.is_empty())?).parse().ok()?;
                rest = &rest[length..];
            }
            'p' => {
                afternoon = Some(match rest.get(..2)?.to_ascii_uppercase().as_str() {
                    "AM" => false,
                    "PM" => true,
                    _ => return None,
                });
                rest = &rest[2..];
            }
            'b' | 'M' => month = name(&mut rest, &MONTHS)?,
            'a' | 'W' => drop(name(&mut rest, &DAYS)?),
            literal => rest = rest.strip_prefix(literal)?,
        }
    }
    if let Some(afternoon) = afternoon {
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    let date = match ordinal {
        Some(ordinal) => NaiveDate::from_yo_opt(year, ordinal)?,
        None => NaiveDate::from_ymd_opt(year, month, day)?,
    };
    rest.is_empty().then(|| date.and_hms_nano_opt(hour, minute, second, nanos))?
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Takes a month's or day's name, whole or three letters of it, off the front: its place from 1.
fn name(rest: &mut &str, names: &[&str]) -> Option<u32> {
    let lower = rest.to_ascii_lowercase();
    let (place, length) = names.iter().enumerate().find_map(|(i, name)| {
        let length = if lower.starts_with(name) { name.len() } else { 3 };
        (lower.starts_with(&name[..3])).then_some((i, length))
    })?;
    *rest = rest.get(length..)?;
    Some(place as u32 + 1)
}

/// Takes up to so many digits off the front.
fn digits(rest: &mut &str, most: usize) -> Option<u32> {
    let length = rest.bytes().take_while(u8::is_ascii_digit).count().min(most);
    let number = rest.get(..length).filter(|d| !d.is_empty())?.parse().ok()?;
    *rest = &rest[length..];
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> NaiveDateTime {
        text::time_of(text::parse_timestamp(text).unwrap())
    }

    #[test]
    fn patterns_write_and_read() {
        let t = time("2023-06-09 15:04:05.123");
        assert_eq!(mysql(t, "%Y-%m-%d %H:%i:%s %W %p %%").unwrap(), "2023-06-09 15:04:05 Friday PM %");
        assert_eq!(joda(t, "yyyy/MM/dd 'at' h:mm a, EEE, SSS").unwrap(), "2023/06/09 at 3:04 PM, Fri, 123");
        assert_eq!(parse("09/Jun/2023 03:04 pm", "%d/%b/%Y %h:%i %p"), Some(time("2023-06-09 15:04:00")));
        assert_eq!(parse("2023-06-09 15:04:05.123", "%Y-%m-%d %H:%i:%s.%f"), Some(t));
        assert_eq!(parse("2023-06-09x", "%Y-%m-%d"), None);
        assert_eq!(parse("2023-02-30", "%Y-%m-%d"), None);
    }
}
