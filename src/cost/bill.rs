//! What a run used, and what that cost: Glue by the second with its minimums, Athena by the megabyte with its own.
//!
//! Sources: AWS Glue pricing (Glue 2.0 and later: a minute at least a job run; ten minutes at least a crawl), Amazon Athena
//! pricing (rounded up to the megabyte, 10 MB at least a query; what scans nothing is free).

use serde::{Deserialize, Serialize};

use super::item::{Item, Unit};
use super::prices::{Rates, taken};

/// The least that a job run is billed for, in seconds.
pub const LEAST_JOB: f64 = 60.0;
/// The least that a crawl is billed for, in seconds.
pub const LEAST_CRAWL: f64 = 600.0;
/// The DPUs of a crawl: Glue does not tell them; its pricing examples take two.
pub const CRAWLER_DPUS: f64 = 2.0;
/// The least that a query is billed for, in megabytes of 2^20 bytes.
pub const LEAST_SCAN: u64 = 10;

const MB: u64 = 1 << 20;
const MB_A_TB: f64 = (1 << 20) as f64;

/// What a run used; `None`: it did not get there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// The job.
    pub job: Option<JobUse>,
    /// How long the crawl took, in seconds.
    pub crawl_seconds: Option<f64>,
    /// What each named query scanned, in bytes.
    pub queries: Option<Vec<u64>>,
    /// What each data set that SPICE read has, in bytes.
    pub refreshes: Option<Vec<u64>>,
    /// The files that were written.
    pub files: Option<u64>,
}

/// What a job run is billed for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JobUse {
    /// Which price.
    pub item: Item,
    /// Billed DPU-hours: the minimum is in them.
    pub hours: f64,
    /// Glue told them; otherwise they are seconds times the declared DPUs.
    pub measured: bool,
}

/// DPU-hours that are billed for a job run of `seconds` that used `hours`; `declared` are the job's DPUs.
///
/// Of a run that is shorter than the minimum its DPUs count for the minimum.
pub fn billed_hours(hours: f64, seconds: f64, declared: f64) -> f64 {
    if seconds >= LEAST_JOB {
        return hours;
    }
    let dpus = if seconds > 0.0 && hours > 0.0 { hours * 3600.0 / seconds } else { declared };
    dpus * LEAST_JOB / 3600.0
}

/// DPU-hours that are billed for a crawl of `seconds`.
pub fn crawl_hours(seconds: f64) -> f64 {
    CRAWLER_DPUS * seconds.max(LEAST_CRAWL) / 3600.0
}

/// Terabytes that are billed for queries that scanned these bytes.
pub fn scanned_tb(queries: &[u64]) -> f64 {
    let megabytes = |bytes: &u64| if *bytes == 0 { 0 } else { bytes.div_ceil(MB).max(LEAST_SCAN) };
    queries.iter().map(megabytes).sum::<u64>() as f64 / MB_A_TB
}

/// One thing that was paid for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// What.
    pub item: Item,
    /// How many units, minimums included.
    pub quantity: f64,
    /// The unit.
    pub unit: Unit,
    /// US dollars a unit.
    pub unit_price: f64,
    /// US dollars, to six decimals.
    pub usd: f64,
    /// The quantity or the price is estimated.
    pub estimated: bool,
    /// The quantity was measured, whatever is known of the price.
    #[serde(default)]
    pub measured: bool,
}

impl Part {
    /// `quantity` units of `item` at its price.
    pub fn new(item: Item, quantity: f64, estimated: bool, rates: &Rates) -> Self {
        let price = rates.price(item);
        Self {
            item,
            quantity: decimals(quantity, 9),
            unit: item.unit(),
            unit_price: price.usd,
            usd: decimals(quantity * price.usd, 6),
            estimated: estimated || price.estimated,
            measured: !estimated,
        }
    }
}

/// What a run cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunCost {
    /// US dollars, to six decimals.
    pub usd: f64,
    /// Some part is estimated.
    pub estimated: bool,
    /// The day of the price table.
    pub prices_of: String,
    /// The region whose prices they are.
    pub priced_as: String,
    /// What it is made of.
    pub parts: Vec<Part>,
}

impl RunCost {
    /// The cost of what was used.
    pub fn of(usage: &Usage, rates: &Rates) -> Self {
        let parts = parts(usage, rates);
        Self {
            usd: decimals(parts.iter().map(|part| part.usd).fold(0.0, |sum, usd| sum + usd), 6),
            estimated: parts.iter().any(|part| part.estimated),
            prices_of: taken().to_owned(),
            priced_as: rates.priced_as().to_owned(),
            parts,
        }
    }

    /// What the job was billed for.
    pub fn job(&self) -> Option<&Part> {
        self.parts.iter().find(|part| part.item.is_job())
    }
}

/// What was used, priced; nothing that costs nothing.
pub fn parts(usage: &Usage, rates: &Rates) -> Vec<Part> {
    let (writes, reads) = requests(usage);
    let used = [
        usage.job.map(|job| (job.item, job.hours, !job.measured)),
        // Neither its DPUs nor when exactly it ended is told.
        usage.crawl_seconds.map(|seconds| (Item::Crawler, crawl_hours(seconds), true)),
        usage.queries.as_deref().map(|bytes| (Item::AthenaQueries, scanned_tb(bytes), false)),
        usage.refreshes.as_deref().map(|bytes| (Item::SpiceRefreshes, scanned_tb(bytes), true)),
        writes.map(|requests| (Item::S3Writes, requests, true)),
        reads.map(|requests| (Item::S3Reads, requests, true)),
    ];
    let paid = used.into_iter().flatten().filter(|(_, quantity, _)| *quantity > 0.0);
    paid.map(|(item, quantity, estimated)| Part::new(item, quantity, estimated, rates)).collect()
}

/// Thousands of requests that write and that read: a file is written hidden and copied to its place; the audit, each query and
/// each refresh read it.
fn requests(usage: &Usage) -> (Option<f64>, Option<f64>) {
    let files = usage.files.map(|files| files as f64 / 1000.0);
    let readers = [&usage.queries, &usage.refreshes].into_iter().flatten().map(Vec::len).sum::<usize>() + 1;
    (files.map(|files| files * 2.0), files.map(|files| files * readers as f64))
}

/// A number to so many decimals.
pub fn decimals(value: f64, places: i32) -> f64 {
    let scale = 10f64.powi(places);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_billed_for_a_minute_at_least() {
        let (two_minutes, ten_seconds) = (2.0 * 120.0 / 3600.0, 2.0 * 10.0 / 3600.0);
        assert_eq!(billed_hours(two_minutes, 120.0, 2.0), two_minutes);
        assert_eq!(decimals(billed_hours(ten_seconds, 10.0, 10.0), 9), decimals(2.0 / 60.0, 9));
        // Too short for Glue to have counted a second.
        assert_eq!(billed_hours(0.0, 0.0, 10.0), 10.0 / 60.0);
        // With auto scaling fewer DPUs than declared may have been used.
        assert_eq!(billed_hours(0.2, 3600.0, 10.0), 0.2);
    }

    #[test]
    fn a_crawl_is_billed_for_ten_minutes_at_least() {
        assert_eq!(crawl_hours(75.0), 2.0 / 6.0);
        assert_eq!(crawl_hours(0.0), 2.0 / 6.0);
        assert_eq!(crawl_hours(1800.0), 1.0);
    }

    #[test]
    fn a_query_is_billed_for_ten_megabytes_at_least() {
        let megabytes = |queries: &[u64]| scanned_tb(queries) * MB_A_TB;
        assert_eq!(megabytes(&[1]), 10.0);
        assert_eq!(megabytes(&[10 * MB]), 10.0);
        assert_eq!(megabytes(&[10 * MB + 1]), 11.0);
        assert_eq!(megabytes(&[5 * MB, 5 * MB, 0]), 20.0);
        assert_eq!(megabytes(&[]), 0.0);
        assert_eq!(scanned_tb(&[1 << 40]), 1.0);
    }

    #[test]
    fn a_runs_cost_is_the_sum_of_its_parts() {
        let usage = Usage {
            job: Some(JobUse { item: Item::GlueJob, hours: 0.19, measured: true }),
            crawl_seconds: Some(75.0),
            queries: Some(vec![1 << 40, 2048]),
            refreshes: Some(vec![]),
            files: Some(500),
        };
        let cost = RunCost::of(&usage, &Rates::of("us-east-1"));
        let parts: Vec<_> = cost.parts.iter().map(|p| (p.item, p.usd, p.estimated)).collect();
        assert_eq!(
            parts,
            [
                (Item::GlueJob, 0.0836, false),
                (Item::Crawler, 0.146667, true),
                (Item::AthenaQueries, 5.000048, false),
                (Item::S3Writes, 0.005, true),
                (Item::S3Reads, 0.0006, true),
            ]
        );
        assert_eq!((cost.usd, cost.estimated), (5.235915, true));
        assert_eq!(cost.job().map(|part| part.quantity), Some(0.19));
        let read = serde_json::from_str::<RunCost>(&serde_json::to_string(&cost).unwrap()).unwrap();
        assert_eq!(read, cost);
    }

    #[test]
    fn what_did_not_happen_costs_nothing() {
        let cost = RunCost::of(&Usage::default(), &Rates::of("us-east-1"));
        assert_eq!((cost.usd.to_string().as_str(), cost.estimated, cost.parts.len()), ("0", false, 0));
    }

    #[test]
    fn the_price_of_an_unknown_region_makes_a_measured_part_an_estimate() {
        let usage = Usage { queries: Some(vec![1]), ..Usage::default() };
        let cost = RunCost::of(&usage, &Rates::of("eu-south-9"));
        assert_eq!((cost.estimated, cost.priced_as.as_str()), (true, "us-east-1"));
    }
}
