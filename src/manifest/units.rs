//! Durations (`90d 2h 60m 45s`) and sizes (`10GB 500MB`): one number, one unit.

use std::time::Duration;

/// Units of durations, in seconds.
const DURATIONS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];
/// Units of sizes, in bytes; as AWS counts, in powers of 1024.
const SIZES: [(&str, u64); 4] = [("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("KB", 1 << 10)];

/// Reads `90d`, `2h`, `60m` or `45s`.
pub fn duration(text: &str) -> Option<Duration> {
    amount(text, &DURATIONS).map(Duration::from_secs)
}

/// Reads `90d` into days.
pub fn days(text: &str) -> Option<u32> {
    amount(text, &[("d", 1)]).and_then(|days| days.try_into().ok())
}

/// Reads `10GB`, `500MB`, `1TB` or `64KB` into bytes; powers of 1024, as in Athena's settings.
pub fn size(text: &str) -> Option<u64> {
    amount(text, &SIZES)
}

fn amount(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (number, factor) =
        units.iter().find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number, *factor)))?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_one_unit() {
        assert_eq!(duration("60m"), Some(Duration::from_secs(3600)));
        assert_eq!(duration("90d"), Some(Duration::from_secs(90 * 86_400)));
        assert_eq!((days("90d"), days("0d"), days("24h"), days("99999999999d")), (Some(90), Some(0), None, None));
        assert_eq!(size("10GB"), Some(10 * 1024 * 1024 * 1024));
        assert_eq!(size("500MB"), Some(500 * 1024 * 1024));
    }

    #[test]
    fn nothing_else() {
        for text in ["", "m", "60", "60 m", "-1m", "1.5h", "1h30m", "60M", "99999999999999999999d", "+5s"] {
            assert_eq!(duration(text), None, "{text}");
        }
        for text in ["", "10", "GB", "10gb", "1.5GB", "99999999999TB"] {
            assert_eq!(size(text), None, "{text}");
        }
    }
}
