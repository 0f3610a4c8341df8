//! What a run and a month cost: a line for each thing that is paid for, with what its figure stands on.

use chrono::{DateTime, Utc};
use indexmap::IndexMap;

use super::bill::{self, Usage};
use super::declared::{Declared, People};
use super::item::Item;
use super::often::{self, DAYS, Often};
use super::prices::{Price, Rates};
use crate::manifest::model::quicksight::Refresh;

/// SPICE that each author brings, in GB. (Amazon QuickSight pricing.)
const SPICE_AN_AUTHOR: f64 = 10.0;
const GB: f64 = (1u64 << 30) as f64;

/// What past runs tell, newest first.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What each run used.
    pub usages: Vec<Usage>,
    /// Bytes behind each data set, as far as the newest runs know.
    pub sets: IndexMap<String, u64>,
    /// They ran on this machine, where nothing is billed.
    pub here: bool,
}

/// What lies in a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stored {
    /// Which place, or the archive.
    pub item: Item,
    /// How many objects.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Some are of a class that the table has no price of: they count at that of S3 Standard.
    pub other_classes: bool,
}

/// One thing that is paid for.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What.
    pub item: Item,
    /// Its price.
    pub price: Price,
    /// Units a run; `None`: no run needs it.
    pub run: Option<f64>,
    /// Units a month; `None`: none of it happens by itself.
    pub month: Option<f64>,
    /// What the figures stand on.
    pub basis: String,
    /// A figure or the price is estimated.
    pub estimated: bool,
}

impl Line {
    /// US dollars a run.
    pub fn run_usd(&self) -> Option<f64> {
        self.run.map(|units| units * self.price.usd)
    }

    /// US dollars a month.
    pub fn month_usd(&self) -> Option<f64> {
        self.month.map(|units| units * self.price.usd)
    }
}

/// What a run and a month cost.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// The prices that it was made with.
    pub rates: Rates,
    /// How often it runs.
    pub often: Often,
    /// What is paid for.
    pub lines: Vec<Line>,
}

impl Outlook {
    /// Puts together what is declared, what past runs used, what lies in S3 and (when it is known) what SPICE holds, in bytes.
    pub fn of(
        declared: &Declared,
        rates: Rates,
        (seen, stored, spice): (&Seen, &[Stored], Option<u64>),
        (often, now): (Often, DateTime<Utc>),
    ) -> Self {
        let mut out = Self { rates, often, lines: Vec::new() };
        out.job(declared, seen);
        out.crawler(declared, seen, now);
        out.queries(declared, seen);
        out.refreshes(declared, seen);
        out.requests(seen);
        out.storage(stored);
        out.quicksight(declared, spice);
        out
    }

    /// US dollars a run.
    pub fn run_usd(&self) -> f64 {
        self.lines.iter().filter_map(Line::run_usd).fold(0.0, |sum, usd| sum + usd)
    }

    /// US dollars a month.
    pub fn month_usd(&self) -> f64 {
        self.lines.iter().filter_map(Line::month_usd).fold(0.0, |sum, usd| sum + usd)
    }

    /// Whether a figure of a run is estimated.
    pub fn run_is_estimated(&self) -> bool {
        self.lines.iter().any(|line| line.run.is_some() && line.estimated)
    }

    /// Whether a figure of a month is estimated: of runs that nobody appointed, every one is.
    pub fn month_is_estimated(&self) -> bool {
        self.often.estimated || self.lines.iter().any(|line| line.month.is_some() && line.estimated)
    }

    fn push(&mut self, item: Item, (run, month): (Option<f64>, Option<f64>), (basis, estimated): (String, bool)) {
        let price = self.rates.price(item);
        let estimated = estimated || price.estimated;
        self.lines.push(Line { item, price, run, month, basis, estimated });
    }

    fn job(&mut self, declared: &Declared, seen: &Seen) {
        let jobs: Vec<_> = seen.usages.iter().filter_map(|usage| usage.job).collect();
        let newest = jobs.iter().find(|job| job.measured).or(jobs.first());
        let (item, hours, basis) = match newest {
            None => {
                let hours = declared.dpus() * declared.timeout_minutes as f64 / 60.0;
                let most = format!("declared: {} for {} min at most", declared.cluster(), declared.timeout_minutes);
                (declared.job_item(false), hours, (most, true))
            }
            Some(newest) => {
                let alike = jobs.iter().filter(|job| (job.item, job.measured) == (newest.item, newest.measured));
                let hours: Vec<f64> = alike.map(|job| job.hours).collect();
                let basis = match newest.measured {
                    true => (format!("measured: {}", last(hours.len())), false),
                    false => {
                        let (cluster, runs) = (declared.cluster(), last(hours.len()));
                        let place = if seen.here { " on this machine" } else { "" };
                        (format!("estimated: {cluster} for the time{place}, 1 min at least; {runs}"), true)
                    }
                };
                (newest.item, mean(&hours), basis)
            }
        };
        self.push(item, (Some(hours), Some(hours * self.often.count)), basis);
    }

    fn crawler(&mut self, declared: &Declared, seen: &Seen, now: DateTime<Utc>) {
        let seconds = seen.usages.iter().filter_map(|usage| usage.crawl_seconds);
        let hours: Vec<f64> = seconds.map(bill::crawl_hours).collect();
        let known = if hours.is_empty() { "no run to go by".to_owned() } else { last(hours.len()) };
        let hours = if hours.is_empty() { bill::crawl_hours(0.0) } else { mean(&hours) };
        let alone = declared.crawler_schedule.as_deref().and_then(|schedule| often::scheduled(schedule, now));
        let by_itself = alone.map(|count| format!("; and {count} times a month by itself")).unwrap_or_default();
        let basis = format!("estimated: {} DPUs, 10 min at least; {known}{by_itself}", bill::CRAWLER_DPUS);
        let times = self.often.count + alone.unwrap_or_default();
        self.push(Item::Crawler, (Some(hours), Some(hours * times)), (basis, true));
    }

    fn queries(&mut self, declared: &Declared, seen: &Seen) {
        let runs: Vec<f64> =
            seen.usages.iter().filter_map(|usage| usage.queries.as_deref()).map(bill::scanned_tb).collect();
        if runs.is_empty() && declared.queries == 0 {
            return;
        }
        let scheduled = declared.schedule.is_some();
        let by_hand = if scheduled { "; no schedule runs them" } else { "" };
        let (tb, basis, estimated) = match (runs.is_empty(), seen.here) {
            (true, _) => {
                let queries = plural(declared.queries, "query", "queries");
                let basis = format!("declared: {queries}, 10 MB each at least{by_hand}");
                (bill::scanned_tb(&vec![1; declared.queries]), basis, true)
            }
            (false, true) => {
                (mean(&runs), format!("estimated: as scanned on this machine; {}{by_hand}", last(runs.len())), true)
            }
            (false, false) => (mean(&runs), format!("measured: {}{by_hand}", last(runs.len())), false),
        };
        let month = (!scheduled).then_some(tb * self.often.count);
        self.push(Item::AthenaQueries, (Some(tb), month), (basis, estimated));
    }

    fn refreshes(&mut self, declared: &Declared, seen: &Seen) {
        if declared.datasets.is_empty() {
            return;
        }
        // A set whose size nobody knows counts the least that Athena charges.
        let tb = |name: &str| bill::scanned_tb(&[seen.sets.get(name).copied().unwrap_or(1).max(1)]);
        let runs: Vec<f64> =
            seen.usages.iter().filter_map(|usage| usage.refreshes.as_deref()).map(bill::scanned_tb).collect();
        let all: f64 = declared.datasets.iter().map(|set| tb(&set.name)).sum();
        let run = if runs.is_empty() { all } else { mean(&runs) };
        let times = |refresh: Refresh| match refresh {
            Refresh::Hourly => 24.0 * DAYS,
            Refresh::Daily(..) => DAYS,
            Refresh::Weekly(..) => DAYS / 7.0,
        };
        let own = declared.datasets.iter().filter_map(|set| Some(times(set.refresh?) * tb(&set.name)));
        let by_runs = if declared.schedule.is_some() { 0.0 } else { run * self.often.count };
        let month = by_runs + own.fold(0.0, |sum, tb| sum + tb);
        let scheduled = declared.datasets.iter().filter(|set| set.refresh.is_some()).count();
        let sets = plural(declared.datasets.len(), "data set", "data sets");
        let own = match scheduled {
            0 => String::new(),
            n => format!("; {n} with a schedule of {} own", if n == 1 { "its" } else { "their" }),
        };
        let basis = format!("estimated: {sets} read whole, 10 MB each at least{own}");
        self.push(Item::SpiceRefreshes, (Some(run), Some(month)), (basis, true));
    }

    fn requests(&mut self, seen: &Seen) {
        let parts = seen.usages.iter().map(|usage| bill::parts(usage, &self.rates)).collect::<Vec<_>>();
        for item in [Item::S3Writes, Item::S3Reads] {
            let units: Vec<f64> = parts.iter().flatten().filter(|p| p.item == item).map(|p| p.quantity).collect();
            if units.is_empty() {
                continue;
            }
            let how = if item == Item::S3Writes { "2 a file written" } else { "1 a file, audit, query and refresh" };
            let basis = format!("estimated: {how}; {}", last(units.len()));
            let units = mean(&units);
            self.push(item, (Some(units), Some(units * self.often.count)), (basis, true));
        }
    }

    fn storage(&mut self, stored: &[Stored]) {
        for place in stored.iter().filter(|place| place.objects > 0) {
            let objects = plural(place.objects as usize, "object", "objects");
            let other = if place.other_classes { ", other classes counted as S3 Standard" } else { "" };
            let basis = (format!("measured: {objects} as of now{other}"), place.other_classes);
            self.push(place.item, (None, Some(place.bytes as f64 / GB)), basis);
        }
    }

    fn quicksight(&mut self, declared: &Declared, spice: Option<u64>) {
        let Some((authors, readers)) = declared.people else { return };
        let count = authors.count().max(1) as f64;
        let basis = if authors.count() == 0 {
            ("assumed: an account has one at least; `quicksight.principals` names no owner".to_owned(), true)
        } else {
            told(authors, "owner")
        };
        self.push(Item::Authors, (None, Some(count)), basis);
        if readers.count() > 0 {
            self.push(Item::Readers, (None, Some(readers.count() as f64)), told(readers, "viewer"));
        }
        if declared.datasets.is_empty() {
            return;
        }
        let used = spice.map(|bytes| bytes as f64 / GB);
        let beyond = used.map_or(0.0, |used| (used - SPICE_AN_AUTHOR * count).max(0.0));
        let basis = match used {
            Some(used) => format!("measured: {used:.2} GB held; {SPICE_AN_AUTHOR} GB come with each author"),
            None => format!("estimated: within the {SPICE_AN_AUTHOR} GB that come with each author"),
        };
        self.push(Item::Spice, (None, Some(beyond)), (basis, used.is_none()));
    }
}

/// `declared: 2 owners`.
fn told(people: People, noun: &str) -> (String, bool) {
    let nouns = format!("{noun}s");
    let all = plural(people.count(), noun, &nouns);
    let all = format!("{all} in `quicksight.principals`");
    match people.groups {
        0 => (format!("declared: {all}"), false),
        _ => (format!("estimated: {all}; a group counts as one person"), true),
    }
}

/// `the last run`, `mean of the last 5 runs`.
fn last(runs: usize) -> String {
    if runs == 1 { "the last run".to_owned() } else { format!("mean of the last {runs} runs") }
}

fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
#[path = "outlook_tests.rs"]
mod tests;
