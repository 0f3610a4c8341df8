//! Each line of an outlook, with and without runs to go by.

use super::*;
use crate::cost::bill::JobUse;
use crate::cost::declared::{Reads, SpiceSet};

fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-22T00:00:00Z").unwrap().to_utc()
}

fn declared() -> Declared {
    Declared {
        worker_type: "G.1X".into(),
        workers: 2,
        timeout_minutes: 60,
        queries: 3,
        datasets: vec![SpiceSet {
            name: "hits".into(),
            reads: Reads::Table("hits".into()),
            refresh: Some(Refresh::Daily(5, 0)),
        }],
        people: Some((People::default(), People::default())),
        ..Declared::default()
    }
}

fn outlook(declared: &Declared, seen: &Seen, stored: &[Stored], spice: Option<u64>) -> Outlook {
    let often = often::runs(declared.schedule.as_deref(), &[], now());
    Outlook::of(declared, Rates::of("us-east-1"), (seen, stored, spice), (often, now()))
}

fn line(outlook: &Outlook, item: Item) -> &Line {
    outlook.lines.iter().find(|line| line.item == item).unwrap_or_else(|| panic!("no line {item:?}"))
}

fn usage(hours: f64, measured: bool) -> Usage {
    Usage {
        job: Some(JobUse { item: Item::GlueJob, hours, measured }),
        crawl_seconds: Some(75.0),
        queries: Some(vec![1, 1, 1 << 30]),
        refreshes: Some(vec![1 << 20]),
        files: Some(64),
    }
}

#[test]
fn without_a_run_the_declared_most_counts() {
    let out = outlook(&declared(), &Seen::default(), &[], None);
    let job = line(&out, Item::GlueJob);
    assert_eq!((job.run, job.estimated), (Some(2.0), true));
    assert_eq!(job.basis, "declared: 2 workers G.1X for 60 min at most");
    assert_eq!(bill::decimals(job.month_usd().unwrap(), 4), 26.7696);
    assert_eq!(line(&out, Item::AthenaQueries).basis, "declared: 3 queries, 10 MB each at least");
    assert_eq!(line(&out, Item::Crawler).run, Some(2.0 / 6.0));
    assert!(out.lines.iter().all(|line| !matches!(line.item, Item::S3Writes | Item::S3Reads)), "{out:?}");
    assert!(out.run_is_estimated() && out.month_is_estimated());
}

#[test]
fn what_was_measured_goes_before_what_is_declared() {
    let seen = Seen { usages: vec![usage(0.2, true), usage(0.1, true), usage(9.0, false)], ..Seen::default() };
    let out = outlook(&declared(), &seen, &[], None);
    let job = line(&out, Item::GlueJob);
    assert_eq!((bill::decimals(job.run.unwrap(), 9), job.estimated), (0.15, false));
    assert_eq!(job.basis, "measured: mean of the last 2 runs");
    let queries = line(&out, Item::AthenaQueries);
    assert_eq!((queries.run, queries.estimated), (Some(1044.0 / 1_048_576.0), false));
    assert_eq!(line(&out, Item::S3Writes).run, Some(0.128));
    // Audit, three queries, one refresh.
    assert_eq!(line(&out, Item::S3Reads).run, Some(0.32));
}

#[test]
fn another_class_of_the_newest_run_is_not_mixed_with_older_ones() {
    let flex = JobUse { item: Item::GlueJobFlex, hours: 0.4, measured: true };
    let seen =
        Seen { usages: vec![Usage { job: Some(flex), ..Usage::default() }, usage(0.1, true)], ..Seen::default() };
    let out = outlook(&declared(), &seen, &[], None);
    assert_eq!(line(&out, Item::GlueJobFlex).basis, "measured: the last run");
    assert_eq!(line(&out, Item::GlueJobFlex).run_usd(), Some(0.4 * 0.29));
}

#[test]
fn runs_on_this_machine_are_estimates() {
    let seen = Seen { usages: vec![usage(2.0 / 60.0, false)], here: true, ..Seen::default() };
    let out = outlook(&declared(), &seen, &[], None);
    let job = line(&out, Item::GlueJob);
    assert_eq!(job.basis, "estimated: 2 workers G.1X for the time on this machine, 1 min at least; the last run");
    assert!(job.estimated && line(&out, Item::AthenaQueries).estimated);
}

#[test]
fn a_schedule_runs_job_and_crawler_and_asks_nothing_of_athena() {
    let scheduled = Declared { schedule: Some("cron(0 3 * * ? *)".into()), ..declared() };
    let out = outlook(&scheduled, &Seen::default(), &[], None);
    assert_eq!(line(&out, Item::GlueJob).month, Some(2.0 * 30.42));
    assert_eq!(line(&out, Item::AthenaQueries).month, None);
    // The data set's own schedule stays: 10 MB a day.
    let refreshes = line(&out, Item::SpiceRefreshes);
    assert_eq!(bill::decimals(refreshes.month.unwrap(), 12), bill::decimals(DAYS * 10.0 / 1_048_576.0, 12));
    assert!(!out.often.estimated);
    let crawled = Declared { crawler_schedule: Some("cron(0 * * * ? *)".into()), ..declared() };
    let crawler = line(&outlook(&crawled, &Seen::default(), &[], None), Item::Crawler).clone();
    assert_eq!(crawler.month, Some(2.0 / 6.0 * (30.42 + 730.0)));
    assert!(crawler.basis.ends_with("; and 730 times a month by itself"), "{}", crawler.basis);
}

#[test]
fn storage_is_what_lies_there() {
    let of = |item, objects, other_classes| Stored { item, objects, bytes: objects << 30, other_classes };
    let stored = [
        of(Item::StagingStorage, 1, false),
        of(Item::WarehouseStorage, 100, true),
        of(Item::ResultsStorage, 0, false),
        of(Item::ArchiveStorage, 10, false),
    ];
    let out = outlook(&declared(), &Seen::default(), &stored, None);
    let (staging, warehouse) = (line(&out, Item::StagingStorage), line(&out, Item::WarehouseStorage));
    assert_eq!((staging.run, staging.month_usd(), staging.estimated), (None, Some(0.023), false));
    assert_eq!(staging.basis, "measured: 1 object as of now");
    assert!(warehouse.estimated && warehouse.basis.ends_with("other classes counted as S3 Standard"));
    assert_eq!(line(&out, Item::ArchiveStorage).month_usd(), Some(0.04));
    assert!(out.lines.iter().all(|line| line.item != Item::ResultsStorage), "nothing lies there");
}

#[test]
fn people_and_what_they_bring() {
    let people = |owners, viewers| Declared { people: Some((owners, viewers)), ..declared() };
    let none = outlook(&declared(), &Seen::default(), &[], None);
    assert_eq!((line(&none, Item::Authors).month_usd(), line(&none, Item::Authors).estimated), (Some(24.0), true));
    assert_eq!(line(&none, Item::Spice).month, Some(0.0));
    let some = people(People { users: 2, groups: 0 }, People { users: 0, groups: 1 });
    let out = outlook(&some, &Seen::default(), &[], Some(25 << 30));
    assert_eq!(line(&out, Item::Authors).basis, "declared: 2 owners in `quicksight.principals`");
    let readers = line(&out, Item::Readers);
    assert_eq!((readers.month_usd(), readers.estimated), (Some(3.0), true));
    assert_eq!(readers.basis, "estimated: 1 viewer in `quicksight.principals`; a group counts as one person");
    let spice = line(&out, Item::Spice);
    assert_eq!(
        (spice.month, spice.basis.as_str()),
        (Some(5.0), "measured: 25.00 GB held; 10 GB come with each author")
    );
    let without = Declared { people: None, datasets: Vec::new(), ..declared() };
    let out = outlook(&without, &Seen::default(), &[], None);
    assert!(out.lines.iter().all(|line| !matches!(line.item, Item::Authors | Item::Spice | Item::SpiceRefreshes)));
}

#[test]
fn totals_are_the_sums_of_the_lines() {
    let seen = Seen { usages: vec![usage(0.2, true)], sets: IndexMap::from([("hits".into(), 1)]), here: false };
    let out = outlook(&declared(), &seen, &[], None);
    let run: f64 = out.lines.iter().filter_map(Line::run_usd).sum();
    assert!(run > 0.2 && (out.run_usd() - run).abs() < 1e-12);
    assert!(out.month_usd() > 24.0 + 30.0 * run, "{}", out.month_usd());
}
