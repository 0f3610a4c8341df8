//! Numbers as people read them.

/// `1,234 rows`, `1 row`.
pub fn count(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(n), if n == 1 { "" } else { "s" })
}

/// `24,393`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `512 B`, `2.0 KiB`, `3.4 MiB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if n < 1024 {
        return format!("{n} B");
    }
    let mut value = n as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1023.95 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// `$0.04`, `$1,234.50`; what is less than a cent and not nothing is `<$0.01`.
pub fn dollars(usd: f64) -> String {
    if usd > 0.0 && usd < 0.01 {
        return "<$0.01".to_owned();
    }
    let cents = (usd * 100.0).round() as u64;
    format!("${}.{:02}", thousands(cents / 100), cents % 100)
}

/// A unit's price with all its decimals, two at least: `$5.00`, `$0.0004`.
pub fn price(usd: f64) -> String {
    let text = format!("{usd:.6}");
    let least = text.find('.').map_or(text.len(), |dot| dot + 3);
    let kept = text.trim_end_matches('0').len().max(least);
    format!("${}", &text[..kept])
}

/// `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`.
pub fn seconds(s: f64) -> String {
    match s {
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 60.0 => format!("{s:.0} s"),
        s if s < 3600.0 => format!("{} min {:02} s", s as u64 / 60, s as u64 % 60),
        s => format!("{} h {:02} min", s as u64 / 3600, s as u64 % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1, "row"), "1 row");
        assert_eq!(count(1_234_567, "row"), "1,234,567 rows");
        assert_eq!(thousands(999), "999");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1_572_864), "1.5 MiB");
        assert_eq!(bytes(1_048_575), "1.0 MiB");
        assert_eq!([0.0, 0.0099, 0.01, 0.046, 1234.5].map(dollars), ["$0.00", "<$0.01", "$0.01", "$0.05", "$1,234.50"]);
        assert_eq!([24.0, 0.44, 0.0004, 0.0245].map(price), ["$24.00", "$0.44", "$0.0004", "$0.0245"]);
        assert_eq!(seconds(0.42), "0.4 s");
        assert_eq!(seconds(185.0), "3 min 05 s");
        assert_eq!(seconds(7800.0), "2 h 10 min");
    }
}
