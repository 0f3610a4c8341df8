//! The view of a run's result.

use std::fmt::Write;

use chrono::{DateTime, Utc};

use super::answer;
use super::style::Style;
use super::words;
use crate::flow::metrics::Duplicates;
use crate::run::record::{CheckStatus, RunRecord};
use crate::run::{QueryResult, RunStatus, leave};

/// The most rows of an answer that a run shows.
const SHOWN: usize = 12;

/// Tables, losses, checks and answers, and how the run ended; with a line end.
pub fn summary(record: &RunRecord, answers: &[(String, QueryResult)], style: Style) -> String {
    let mut out = String::new();
    for (name, result) in answers {
        let _ = writeln!(out, "\n{}  {}", style.bold(name), style.dim(&answer::footer(result)));
        let more = result.rows.len().saturating_sub(SHOWN);
        out.push_str(&answer::table(result, SHOWN, style));
        if more > 0 {
            let rows = words::count(more as u64, "more row");
            let _ = writeln!(out, "{}", style.dim(&format!(" {rows}: pipectl query {name}")));
        }
    }
    if !record.tables.is_empty() {
        let _ = writeln!(out, "\n{}", style.bold("Tables"));
    }
    let widest = record.tables.keys().map(|n| n.chars().count()).max().unwrap_or(0);
    for (name, table) in &record.tables {
        let files = words::count(table.files, "file");
        let _ = writeln!(
            out,
            "  {name:<widest$}  {} in {files}, {}",
            words::count(table.rows, "row"),
            words::bytes(table.bytes)
        );
    }
    losses(&mut out, record, style);
    checks(&mut out, record, style);
    if !record.dashboards.is_empty() {
        let _ = writeln!(out, "\n{}", style.bold("Dashboards"));
    }
    for place in record.dashboards.values() {
        let _ = writeln!(out, "  {place}");
    }
    let end = match record.status {
        RunStatus::Succeeded => style.green("succeeded"),
        RunStatus::Failed => style.red("failed"),
        RunStatus::Running => {
            let (goes_on, next) = leave::told(record);
            let _ = writeln!(out, "\nRun {} is {}: {goes_on}", record.run_id, style.yellow("unfinished"));
            let _ = writeln!(out, "  {next}");
            return out;
        }
    };
    let hours = record.dpu_hours.map(|hours| format!(", {hours:.2} DPU-hours")).unwrap_or_default();
    let scanned: u64 = record.queries.values().map(|query| query.bytes_scanned).sum();
    let scanned = if scanned == 0 { String::new() } else { format!(", {} scanned", words::bytes(scanned)) };
    let cost = record.cost.as_ref().map(|cost| match words::dollars(cost.usd) {
        little if little.starts_with('<') => format!(", less than {}", &little[1..]),
        dollars => format!(", about {dollars}"),
    });
    let (seconds, cost) = (words::seconds(seconds(record)), cost.unwrap_or_default());
    let _ = writeln!(out, "\nRun {} {end} in {seconds}{hours}{scanned}{cost}", record.run_id);
    out
}

/// One line: id, how it ended, how long, how many rows; with a line end.
pub fn line(record: &RunRecord, style: Style) -> String {
    let status = match record.status {
        RunStatus::Succeeded => style.green("succeeded "),
        RunStatus::Failed => style.red("failed    "),
        RunStatus::Running => style.yellow("unfinished"),
    };
    let rows: u64 = record.tables.values().map(|t| t.rows).sum();
    let error = record.error.as_deref().map(|e| format!("  {e}")).unwrap_or_default();
    format!(
        "{}  {status}  {:>9}  {}{error}\n",
        record.run_id,
        words::seconds(seconds(record)),
        words::count(rows, "row")
    )
}

/// How long ago that was, in brackets: ` (3 h 05 min ago)`; nothing when `since` is no time.
pub fn age(since: &str, now: DateTime<Utc>) -> String {
    let Ok(since) = DateTime::parse_from_rfc3339(since) else { return String::new() };
    let seconds = (now - since.to_utc()).num_seconds().max(0) as u64;
    match seconds / 86_400 {
        0 => format!(" ({} ago)", words::seconds(seconds as f64)),
        days => format!(" ({} ago)", words::count(days, "day")),
    }
}

fn seconds(record: &RunRecord) -> f64 {
    // An empty sum of floats is -0.0, and would be shown as such.
    record.stages.iter().map(|s| s.seconds).fold(0.0, |sum, seconds| sum + seconds)
}

fn losses(out: &mut String, record: &RunRecord, style: Style) {
    for (name, rows) in &record.malformed {
        let rows = words::count(*rows, "malformed row");
        let _ = writeln!(out, "  {} source {name}: {rows}, treated as `malformed` says", style.yellow("!"));
    }
    let sources = record.sources.iter().map(|(name, losses)| (format!("source {name}"), losses));
    let tables = record.tables.iter().map(|(name, table)| (name.clone(), &table.cast_losses));
    for (name, losses) in sources.chain(tables) {
        for (column, lost) in losses {
            let values = words::count(*lost, "value");
            let _ = writeln!(out, "  {} {name}: {column} lost {values} in conversion, now NULL", style.yellow("!"));
        }
    }
    for (name, table) in &record.tables {
        for Duplicates { by, dropped, of } in &table.duplicates {
            let (dropped, rows, by) = (words::thousands(*dropped), words::count(*of, "row"), by.join(", "));
            let _ = writeln!(out, "  {} {name}: dropped {dropped} of {rows} as duplicates by {by}", style.yellow("!"));
        }
    }
}

fn checks(out: &mut String, record: &RunRecord, style: Style) {
    if record.checks.is_empty() {
        return;
    }
    let passed = record.checks.iter().filter(|c| c.status == CheckStatus::Passed).count();
    let _ = writeln!(out, "{}  {passed} of {} passed", style.bold("Checks"), record.checks.len());
    for check in record.checks.iter().filter(|c| c.status != CheckStatus::Passed) {
        let mark = if check.status == CheckStatus::Failed { style.red("✗") } else { style.yellow("!") };
        let rows = words::count(check.failing_rows, "row");
        let _ = writeln!(out, "  {mark} {}: {} does not hold for {rows}", check.table, check.check);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::bill::JobUse;
    use crate::cost::{Item, Rates, RunCost, Usage};
    use crate::run::Stage;
    use crate::run::record::{CheckRecord, QueryRecord, StageRecord, TableRecord};

    #[test]
    fn ages_are_told_in_the_largest_fitting_unit() {
        let now = DateTime::parse_from_rfc3339("2026-01-03T00:00:00Z").unwrap().to_utc();
        assert_eq!(age("2026-01-02T23:59:18Z", now), " (42 s ago)");
        assert_eq!(age("2026-01-02T20:55:00Z", now), " (3 h 05 min ago)");
        assert_eq!(age("2026-01-01T23:00:00Z", now), " (1 day ago)");
        assert_eq!(age("2026-01-03T00:00:09Z", now), " (0.0 s ago)");
        assert_eq!(age("yesterday", now), "");
    }

    #[test]
    fn what_is_paid_for_is_told_at_the_end() {
        let mut record = RunRecord::begin("R".into(), "2026-01-01T00:00:00Z".into());
        record.status = RunStatus::Succeeded;
        record.dpu_hours = Some(0.194);
        let query = QueryRecord { rows: 1, bytes_scanned: 2048, location: String::new() };
        record.queries = [("a".to_owned(), query.clone()), ("b".to_owned(), query)].into_iter().collect();
        let told = summary(&record, &[], Style::PLAIN);
        assert_eq!(told, "\nRun R succeeded in 0.0 s, 0.19 DPU-hours, 4.0 KiB scanned\n");
        for (hours, end) in [(0.19, ", about $0.08\n"), (0.001, ", less than $0.01\n"), (0.0, ", about $0.00\n")] {
            let job = JobUse { item: Item::GlueJob, hours, measured: true };
            let usage = Usage { job: Some(job), ..Usage::default() };
            record.cost = Some(RunCost::of(&usage, &Rates::of("us-east-1")));
            let told = summary(&record, &[], Style::PLAIN);
            assert!(told.ends_with(&format!("4.0 KiB scanned{end}")), "{told}");
        }
    }

    #[test]
    fn a_run_is_told_in_few_lines() {
        let mut record = RunRecord::begin("20260101T000000Z-ab12".into(), "2026-01-01T00:00:00Z".into());
        let mut table = TableRecord { rows: 5000, files: 64, bytes: 812_345, ..Default::default() };
        table.cast_losses.insert("release_date".into(), 202);
        table.duplicates.push(Duplicates { by: vec!["id".into()], dropped: 12, of: 5012 });
        record.tables.insert("hits".into(), table);
        for (check, status, failing_rows) in
            [("unique(id)", CheckStatus::Passed, 0), ("not_null(artist_name)", CheckStatus::Warned, 2)]
        {
            record.checks.push(CheckRecord { table: "hits".into(), check: check.into(), status, failing_rows });
        }
        record.stages.push(StageRecord { name: Stage::Job, status: RunStatus::Succeeded, seconds: 1.25 });
        record.status = RunStatus::Succeeded;
        let mut nothing_ran = RunRecord::begin("20260101T000000Z-ab13".into(), "2026-01-01T00:00:00Z".into());
        assert!(summary(&nothing_ran, &[], Style::PLAIN).contains("is unfinished: nothing of it goes on by itself"));
        nothing_ran.status = RunStatus::Succeeded;
        assert!(summary(&nothing_ran, &[], Style::PLAIN).ends_with(" in 0.0 s\n"));
        insta::assert_snapshot!(summary(&record, &[], Style::PLAIN), @r"

        Tables
          hits  5,000 rows in 64 files, 793.3 KiB
          ! hits: release_date lost 202 values in conversion, now NULL
          ! hits: dropped 12 of 5,012 rows as duplicates by id
        Checks  1 of 2 passed
          ! hits: not_null(artist_name) does not hold for 2 rows

        Run 20260101T000000Z-ab12 succeeded in 1.2 s
        ");
    }
}
