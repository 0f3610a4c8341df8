//! The view of a job run's log.

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::style::Style;
use crate::run::logs::{Channel, Line};

/// A line for each line that was said, with a line end: the time in UTC, `!` before what went to the error channel, the text.
pub fn render(lines: &[Line], style: Style) -> String {
    let mut out = String::new();
    for Line { channel, event } in lines {
        let time = time(event.millis).map(|time| time.format("%H:%M:%S%.3f").to_string()).unwrap_or_default();
        let mark = match channel {
            Channel::Output => " ".to_owned(),
            Channel::Error => style.yellow("!"),
        };
        // One event may have several lines.
        for text in event.message.trim_end().split('\n') {
            let line = format!("{} {mark} {}", style.dim(&time), printable(text.trim_end()));
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    out
}

/// One event as JSON: `{"time", "channel", "message"}`.
pub fn document(line: &Line) -> Value {
    let time = time(line.event.millis).map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true));
    json!({"time": time, "channel": line.channel.as_str(), "message": line.event.message})
}

fn time(millis: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis)
}

/// What a program prints must not drive the terminal of who reads it later.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::logs::LogEvent;

    #[test]
    fn events_are_told_line_by_line() {
        let line =
            |channel, millis, message: &str| Line { channel, event: LogEvent { millis, message: message.into() } };
        let lines = [
            line(Channel::Output, 1_763_780_400_000, "table hits: writing\n"),
            line(Channel::Error, 1_763_780_400_250, "Traceback:\n  File \"s.py\"\nValueError: \u{1b}[31mred\n"),
            line(Channel::Output, 1_763_780_401_000, ""),
        ];
        insta::assert_snapshot!(render(&lines, Style::PLAIN), @r#"
        03:00:00.000   table hits: writing
        03:00:00.250 ! Traceback:
        03:00:00.250 !   File "s.py"
        03:00:00.250 ! ValueError: �[31mred
        03:00:01.000
        "#);
        assert_eq!(
            document(&lines[0]),
            json!({"time": "2025-11-22T03:00:00.000Z", "channel": "output", "message": "table hits: writing\n"})
        );
    }
}
