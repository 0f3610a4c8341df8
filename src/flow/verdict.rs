//! When a run fails, and in which words: what both engines must say alike, so that one `metrics.json` equals the other.
//!
//! The order of a run:
//!
//! 1. Every source that a step reads is read and its conversions are measured, in the flow's order. When any lost too
//!    much, the run fails with all of these.
//! 2. Each table in the flow's order: its `change_schema` steps are measured (over all rows that reach the step), in the
//!    order of the steps; when any lost too much, the run fails with all of these. Then the table is written, what its
//!    `drop_duplicates` steps dropped (of all rows that reach the step) is told, and its checks are counted over the rows as
//!    written; when any of severity error failed, the run fails with all of these.
//! 3. Only when every table is written and audited, all are published.
//!
//! `metrics.json` holds what was measured up to the failure: every source that was read, every table that was begun (with
//! zero rows, files and bytes, and neither duplicates nor checks, when it was not written). Several failures are joined with
//! `; `.

use std::fmt::Display;

use super::document::Rule;
use super::metrics::CastLoss;

/// Whether `loss` is more than `max_loss` (a share from 0 to 1 of the non-null values) allows. No values, no loss.
pub fn exceeds(loss: CastLoss, max_loss: f64) -> bool {
    loss.lost as f64 > max_loss * loss.of as f64
}

/// Why a conversion failed the run. `place` is `change_schema`, or `source NAME` for a source's `columns`.
///
/// `change_schema id -> int lost 24,393 of 24,393 values (100 %), more than max_cast_loss 0.05`
pub fn loss_text(place: &str, column: &str, to: &impl Display, loss: CastLoss, max_loss: f64) -> String {
    let percent = format!("{:.2}", 100.0 * loss.lost as f64 / loss.of as f64);
    let percent = percent.trim_end_matches('0').trim_end_matches('.');
    format!(
        "{place} {column} -> {to} lost {} of {} values ({percent} %), more than max_cast_loss {max_loss}",
        thousands(loss.lost),
        thousands(loss.of),
    )
}

/// Why a check failed the run.
///
/// `check unique(id) failed on 3 rows of table hits`, `check row_count failed: table hits has 0 rows`
pub fn check_text(check: &str, rule: &Rule, table: &str, failing_rows: u64) -> String {
    let rows = if failing_rows == 1 { "row" } else { "rows" };
    let count = thousands(failing_rows);
    match rule {
        Rule::RowCount { .. } => format!("check {check} failed: table {table} has {count} {rows}"),
        _ => format!("check {check} failed on {count} {rows} of table {table}"),
    }
}

/// `24393` as `24,393`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        let all = CastLoss { lost: 24_393, of: 24_393 };
        assert_eq!(
            loss_text("change_schema", "id", &"int", all, 0.05),
            "change_schema id -> int lost 24,393 of 24,393 values (100 %), more than max_cast_loss 0.05"
        );
        let third = CastLoss { lost: 1, of: 3 };
        assert_eq!(
            loss_text("source albums", "n", &"date", third, 0.0),
            "source albums n -> date lost 1 of 3 values (33.33 %), more than max_cast_loss 0"
        );
        let unique = Rule::Unique(vec!["id".into()]);
        assert_eq!(check_text("unique(id)", &unique, "hits", 1), "check unique(id) failed on 1 row of table hits");
        let count = Rule::RowCount { min: Some(1), max: None };
        assert_eq!(check_text("row_count", &count, "hits", 0), "check row_count failed: table hits has 0 rows");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(999), "999");
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        assert!(!exceeds(CastLoss { lost: 5, of: 100 }, 0.05));
        assert!(exceeds(CastLoss { lost: 6, of: 100 }, 0.05));
        assert!(!exceeds(CastLoss { lost: 0, of: 0 }, 0.0));
        assert!(exceeds(CastLoss { lost: 1, of: 100 }, 0.0));
    }
}
