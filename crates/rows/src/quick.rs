//! Texts as they are mostly written, to values. `None` means that the text is written in another way, not that it is wrong:
//! the caller asks the conversion table then. What these do read, they read exactly as that table does.

/// `-12`, of at most 18 digits.
#[inline]
pub fn integer(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0i64;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

/// The powers of ten that a double holds exactly.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// `-12.5`, of at most 15 digits: both the digits and the power of ten are exact then, and one division rounds once.
#[inline]
pub fn double(text: &[u8]) -> Option<f64> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if rest.len() > 16 || !rest.first()?.is_ascii_digit() {
        return None;
    }
    let (mut value, mut point, mut digits) = (0u64, None, 0);
    for (at, byte) in rest.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + u64::from(digit);
            digits += 1;
        } else if *byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    if digits > 15 {
        return None;
    }
    let fraction = point.map_or(0, |at| rest.len() - at - 1);
    let value = value as f64 / TENS[fraction];
    Some(if negative { -value } else { value })
}

/// `true` and `false`, and what stands for them.
#[inline]
pub fn boolean(text: &[u8]) -> Option<bool> {
    match text {
        b"true" | b"1" | b"True" | b"t" | b"yes" | b"y" => Some(true),
        b"false" | b"0" | b"False" | b"f" | b"no" | b"n" => Some(false),
        _ => None,
    }
}

#[inline]
fn number(digits: &[u8]) -> Option<u32> {
    let mut value = 0;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u32::from(digit);
    }
    Some(value)
}

/// Days since 1970-01-01, proleptic Gregorian.
fn days(year: u32, month: u32, day: u32) -> Option<i32> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if day == 0 || day > length || year == 0 {
        return None;
    }
    // Years that begin in March: the leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    Some((era * 146_097 + of_era) as i32 - 719_468)
}

/// `yyyy-MM-dd`.
#[inline]
fn day(text: &[u8; 10]) -> Option<i32> {
    if text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    days(number(&text[..4])?, number(&text[5..7])?, number(&text[8..])?)
}

/// Seconds of ` HH:mm:ss` or `THH:mm:ss`, without a zone or with one that is UTC.
#[inline]
fn seconds(text: &[u8]) -> Option<u32> {
    let (time, zone) = text.split_first_chunk::<9>()?;
    if !matches!(zone, b"" | b" UTC" | b"Z" | b" Z" | b"UTC") || !matches!(time[0], b' ' | b'T') {
        return None;
    }
    if time[3] != b':' || time[6] != b':' {
        return None;
    }
    let (hour, minute, second) = (number(&time[1..3])?, number(&time[4..6])?, number(&time[7..])?);
    (hour < 24 && minute < 60 && second < 60).then_some((hour * 60 + minute) * 60 + second)
}

/// `yyyy-MM-dd`, also with a time of day, which is not looked at beyond being one.
#[inline]
pub fn date(text: &[u8]) -> Option<i32> {
    let (date, time) = text.split_first_chunk::<10>()?;
    if !time.is_empty() {
        seconds(time)?;
    }
    day(date)
}

/// Microseconds since 1970-01-01 00:00:00 UTC of `yyyy-MM-dd` with or without a time of day in UTC.
#[inline]
pub fn timestamp(text: &[u8]) -> Option<i64> {
    let (date, time) = text.split_first_chunk::<10>()?;
    let seconds = if time.is_empty() { 0 } else { seconds(time)? };
    Some((i64::from(day(date)?) * 86_400 + i64::from(seconds)) * 1_000_000)
}

/// Gives `item` each element of `['a', "b"]` as it is written: all of them quoted, without a backslash. False, maybe after
/// some elements, when the text is written in another way.
#[inline]
pub fn texts<'a>(text: &'a str, mut item: impl FnMut(&'a str)) -> bool {
    let Some(mut rest) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) else { return false };
    if rest.is_empty() {
        return true;
    }
    loop {
        let quote = match rest.as_bytes().first() {
            Some(quote @ (b'\'' | b'"')) => *quote,
            _ => return false,
        };
        let inside = &rest[1..];
        let Some(end) = inside.bytes().position(|b| b == quote || b == b'\\') else { return false };
        if inside.as_bytes()[end] == b'\\' {
            return false;
        }
        item(&inside[..end]);
        rest = &inside[end + 1..];
        if rest.is_empty() {
            return true;
        }
        let Some(after) = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(',')) else { return false };
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(integer(b"-250"), Some(-250));
        assert_eq!(integer(b"999999999999999999"), Some(999_999_999_999_999_999));
        for other in ["", "-", "+1", "1.0", " 1", "1e3", "1000000000000000000"] {
            assert_eq!(integer(other.as_bytes()), None, "{other}");
        }
        for text in ["0.1", "-12.5", "5.", "123456789012345", "0.00000000000001", "-0", "1.005"] {
            assert_eq!(double(text.as_bytes()).map(f64::to_bits), text.parse().ok().map(f64::to_bits), "{text}");
        }
        for other in ["", "-", ".5", "1e3", "NaN", "1.2.3", "1234567890.123456", "+1"] {
            assert_eq!(double(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn dates() {
        assert_eq!(date(b"1970-01-01"), Some(0));
        assert_eq!(date(b"2000-02-29 23:59:59 UTC"), Some(11_016));
        assert_eq!(date(b"0001-01-01"), Some(-719_162));
        assert_eq!(date(b"9999-12-31T00:00:00Z"), Some(2_932_896));
        for other in [
            "2015",
            "1900-02-29",
            "2000-13-01",
            "2000-00-10",
            "2000-01-32",
            "0000-01-01",
            "2000-01-01 24:00:00",
            "2000-01-01 ",
        ] {
            assert_eq!(date(other.as_bytes()), None, "{other}");
        }
        assert_eq!(timestamp(b"1970-01-02 00:00:01"), Some(86_401_000_000));
        assert_eq!(timestamp(b"1969-12-31 23:59:59Z"), Some(-1_000_000));
        assert_eq!(timestamp(b"1970-01-02 00:00:01.5"), None);
    }

    #[test]
    fn lists() {
        let read = |text| {
            let mut items = Vec::new();
            texts(text, |item| items.push(item)).then_some(items)
        };
        assert_eq!(read("[]"), Some(vec![]));
        assert_eq!(read("['a', \"b's\",'c']"), Some(vec!["a", "b's", "c"]));
        for other in ["['a\\'b']", "[a]", "['a' 'b']", "['a'", "['a', ]", "[ 'a']", "", "[1]"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
