//! Values as text and back, by Trino's rules for literals and casts.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// `true`, `t`, `1` and their opposites, in any case.
pub fn parse_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" => Some(true),
        "false" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// `[+-]?\d+`, nothing around it.
pub fn parse_integer(text: &str) -> Option<i128> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// As Java's `Double.parseDouble`: trimmed, with a type suffix, `NaN` and `Infinity`.
pub fn parse_double(text: &str) -> Option<f64> {
    let text = text.trim_matches(|c: char| c <= ' ');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned {
        "NaN" => return Some(f64::NAN),
        "Infinity" => return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        _ => {}
    }
    // Rust reads `inf` and `nan` too; Java does not.
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    text.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(text).parse().ok()
}

/// An exact number: its unscaled value and scale. An exponent is taken in.
pub fn parse_decimal(text: &str) -> Option<(i128, i8)> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction = if whole.len() + fraction.len() > 38 { fraction.trim_end_matches('0') } else { fraction };
    let value: i128 = format!("0{whole}{fraction}").parse().ok()?;
    let scale = i32::try_from(fraction.len()).ok()? - exponent;
    let (value, scale) = match scale {
        s if s < 0 => (value.checked_mul(10_i128.checked_pow(s.unsigned_abs())?)?, 0),
        s => (value, s),
    };
    Some((sign * value, i8::try_from(scale).ok()?))
}

/// An unscaled value as `-12.30`.
pub fn decimal(value: i128, scale: i8) -> String {
    let scale = scale.max(0) as usize;
    let digits = format!("{:0width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if value < 0 { "-" } else { "" };
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// `yyyy-MM-dd`, months and days of one or two digits, spaces around: days since 1970.
pub fn parse_date(text: &str) -> Option<i32> {
    let text = text.trim();
    let mut parts = text.strip_prefix('-').unwrap_or(text).splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let number = |part: &str, most: usize| {
        (!part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse().ok())?
    };
    let year: i32 = number(year, 6)? as i32;
    let year = if text.starts_with('-') { -year } else { year };
    let date = NaiveDate::from_ymd_opt(year, number(month, 2)?, number(day, 2)?)?;
    Some(days(date))
}

/// Days since 1970.
pub fn days(date: NaiveDate) -> i32 {
    date.signed_duration_since(NaiveDate::default()).num_days() as i32
}

/// The date of days since 1970; out of chrono's range is 1970.
pub fn date_of(days: i32) -> NaiveDate {
    NaiveDate::default().checked_add_signed(chrono::Duration::days(i64::from(days))).unwrap_or_default()
}

/// The time of milliseconds since 1970; out of chrono's range is 1970.
pub fn time_of(milliseconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default().naive_utc()
}

/// `yyyy-MM-dd[ HH:mm[:ss[.fff]]]` with an optional zone, which does not move it: milliseconds since 1970, rounded half
/// up.
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.split_once(' ') {
        Some((date, rest)) => clock_of(date, rest).map(|(clock, _)| clock),
        None => Some(i64::from(parse_date(text)?) * 86_400_000),
    }
}

/// A date of ISO 8601 (`yyyy[-MM[-dd]]`, `yyyy-DDD`, `yyyy-Www[-d]`), then `T` with hours, minutes, seconds and a zone as far as
/// they are given: its milliseconds since 1970 in UTC, and the zone.
pub fn parse_iso_timestamp(text: &str) -> Option<(i64, Option<&str>)> {
    let day = |date: NaiveDate| i64::from(days(date)) * 86_400_000;
    let Some((date, rest)) = text.split_once('T') else { return Some((day(parse_iso_date(text)?), None)) };
    let split = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ',')).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(split);
    let hours_alone = clock.len() == 2;
    let clock = if hours_alone { format!("{clock}:00") } else { clock.replace(',', ".") };
    let zone = (!zone.is_empty()).then_some(zone);
    let moved = zone.map_or(Some(0), parse_offset)?;
    Some((day(parse_iso_date(date)?) + parse_time(&clock)? - moved, zone))
}

/// A date of ISO 8601: `yyyy[-MM[-dd]]`, `yyyy-DDD`, `yyyy-Www[-d]`.
pub fn parse_iso_date(text: &str) -> Option<NaiveDate> {
    let (sign, unsigned) = match text.strip_prefix(['-', '+']) {
        Some(rest) if text.starts_with('-') => (-1, rest),
        Some(rest) => (1, rest),
        None => (1, text),
    };
    let number = |part: &str, most: usize| -> Option<u32> {
        let digits = !part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse().ok())?
    };
    let mut parts = unsigned.split('-');
    let year = sign * number(parts.next()?, 6)? as i32;
    let (second, third) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    match (second, third) {
        (None, _) => NaiveDate::from_ymd_opt(year, 1, 1),
        (Some(week), day) if week.starts_with('W') => {
            let day = day.map_or(Some(1), |day| number(day, 1))?;
            let day = chrono::Weekday::try_from(u8::try_from(day.checked_sub(1)?).ok()?).ok()?;
            NaiveDate::from_isoywd_opt(year, number(&week[1..], 2)?, day)
        }
        (Some(ordinal), None) if ordinal.len() == 3 => NaiveDate::from_yo_opt(year, number(ordinal, 3)?),
        (Some(month), day) => {
            let day = day.map_or(Some(1), |day| number(day, 2))?;
            NaiveDate::from_ymd_opt(year, number(month, 2)?, day)
        }
    }
}

/// Whether the text is a time of the clock with a zone's name behind it.
pub fn in_other_zone(text: &str) -> bool {
    let Some((clock, zone)) = text.trim().rsplit_once(' ') else { return false };
    let named = zone.split_once('/').is_some_and(|(area, city)| {
        ["Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Etc", "Europe", "Indian", "Pacific"]
            .contains(&area)
            && !city.is_empty()
    });
    named && parse_timestamp(clock).is_some()
}

/// Digits of other scripts as ASCII's, which Java's readers of exact numbers take, too.
pub fn ascii_digits(text: &str) -> std::borrow::Cow<'_, str> {
    const ZEROS: [u32; 13] =
        [0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xe50, 0xed0, 0xff10];
    if text.is_ascii() {
        return text.into();
    }
    let digit = |c: char| {
        let found = ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&u32::from(c)));
        found.and_then(|zero| char::from_digit(u32::from(c) - zero, 10)).unwrap_or(c)
    };
    text.chars().map(digit).collect::<String>().into()
}

/// The zone that a timestamp's text ends in.
pub fn offset(text: &str) -> Option<&str> {
    let (date, rest) = text.trim().split_once(' ')?;
    clock_of(date, rest)?.1
}

/// The time of the clock in milliseconds since 1970, and the zone behind it.
fn clock_of<'t>(date: &str, rest: &'t str) -> Option<(i64, Option<&'t str>)> {
    let rest = rest.trim();
    let split = rest.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(rest.len());
    let zone = rest[split..].trim();
    if !zone.is_empty() {
        parse_offset(zone)?;
    }
    let clock = i64::from(parse_date(date)?) * 86_400_000 + parse_time(&rest[..split])?;
    Some((clock, (!zone.is_empty()).then_some(zone)))
}

fn parse_offset(text: &str) -> Option<i64> {
    if matches!(text, "UTC" | "Z" | "Etc/UTC") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text.strip_prefix(['+', '-'])?.split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?) * 60_000)
}

/// `HH:mm[:ss[.fffffffff]]`: milliseconds of the day.
fn parse_time(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.split(':').map(|p| p.parse::<u32>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        Some(second) => second?,
        None => 0,
    };
    if parts.next().is_some() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let clock = NaiveTime::from_hms_opt(hour, minute, second)?;
    let since_midnight = clock.signed_duration_since(NaiveTime::MIN).num_milliseconds();
    let digits: i64 = format!("{fraction:0<4}")[..4].parse().ok()?;
    Some(since_midnight + (digits + 5) / 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_java_reads_them() {
        assert_eq!(parse_integer("-42"), Some(-42));
        for text in ["", " 1", "1.0", "1e3", "0x1F", "+"] {
            assert_eq!(parse_integer(text), None, "{text:?}");
        }
        assert_eq!(parse_double(" 1.5f "), Some(1.5));
        assert_eq!(parse_double("1e3"), Some(1000.0));
        assert_eq!(parse_double("-Infinity"), Some(f64::NEG_INFINITY));
        assert_eq!(parse_double("inf"), None);
        assert_eq!(parse_decimal("-1.50"), Some((-150, 2)));
        assert_eq!(parse_decimal("1.5e1"), Some((15, 0)));
        assert_eq!(parse_decimal("1e2"), Some((100, 0)));
        assert_eq!(parse_decimal("."), None);
        assert_eq!(decimal(-5, 2), "-0.05");
    }

    #[test]
    fn dates_and_times_read_strictly() {
        assert_eq!(parse_date("1970-01-02"), Some(1));
        assert_eq!(parse_date(" 1969-12-31 "), Some(-1));
        for text in ["2015", "20150609", "2015-06-09 00:00:00 UTC", "2015-13-01", "2015-06-09x"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        assert_eq!(parse_timestamp("1970-01-01 00:00:01.5"), Some(1500));
        assert_eq!(parse_timestamp("1970-01-01T01:00:00"), None);
        assert_eq!(parse_timestamp("1970-01-01 01:00:00+01:00"), Some(3_600_000));
        assert_eq!(parse_iso_timestamp("1970-01-01T01:00:00+01:00"), Some((0, Some("+01:00"))));
        assert_eq!(offset("1970-01-01 00:00:00 UTC"), Some("UTC"));
        assert_eq!(parse_timestamp("1970-01-01 00:00:00 UTC"), Some(0));
        assert_eq!(parse_timestamp("1970-01-01 25:00"), None);
    }
}
