//! What a run cost, by what its record tells; and what past runs tell of the next.

use super::event::Stage;
use super::record::{RunRecord, RunStatus};
use crate::cost::bill::{JobUse, billed_hours};
use crate::cost::declared::{Reads, SpiceSet};
use crate::cost::{Billing, Declared, RunCost, Usage};

/// How a job run ended, as Glue tells it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Executed {
    /// DPU-hours, where Glue says.
    pub hours: Option<f64>,
    /// How long it executed, in seconds; 0 when it was not seen to end.
    pub seconds: u64,
    /// In the flexible execution class.
    pub flex: bool,
    /// It succeeded.
    pub succeeded: bool,
}

/// Notes what the job cost as soon as it has ended: who goes on with the run later does not ask Glue again.
pub fn job_ended(record: &mut RunRecord, billing: Option<&Billing>, executed: Executed) {
    let Some(Billing { declared, rates }) = billing else { return };
    // What never executed is not billed.
    if executed.seconds == 0 && !executed.succeeded {
        return;
    }
    let seconds = executed.seconds as f64;
    let hours = executed.hours.unwrap_or(declared.dpus() * seconds / 3600.0);
    let job = JobUse {
        item: declared.job_item(executed.flex),
        hours: billed_hours(hours, seconds, declared.dpus()),
        measured: executed.hours.is_some(),
    };
    record.cost = Some(RunCost::of(&Usage { job: Some(job), ..Usage::default() }, rates));
}

/// Notes what the whole run cost, once it has ended.
pub fn run_ended(record: &mut RunRecord, billing: Option<&Billing>) {
    let Some(Billing { declared, rates }) = billing else { return };
    let job = record.cost.as_ref().and_then(job_of);
    let usage = Usage { job, ..usage(record, declared) };
    record.cost = Some(RunCost::of(&usage, rates));
}

/// What a run that is over used. A job that nobody was billed for counts as if the declared machines had run for its time.
pub fn usage(record: &RunRecord, declared: &Declared) -> Usage {
    let seconds = |stage: Stage| {
        let done = record.stages.iter().filter(|s| s.name == stage && s.status == RunStatus::Succeeded);
        done.map(|s| s.seconds).next_back()
    };
    let imagined = |seconds: f64| JobUse {
        item: declared.job_item(false),
        hours: billed_hours(declared.dpus() * seconds / 3600.0, seconds, declared.dpus()),
        measured: false,
    };
    let measured = |hours: f64, seconds: f64| JobUse {
        item: declared.job_item(false),
        hours: billed_hours(hours, seconds, declared.dpus()),
        measured: true,
    };
    let job_seconds = seconds(Stage::Job);
    let job = job_seconds.map(|seconds| {
        let noted = record.cost.as_ref().and_then(job_of);
        // Records of old have hours and no cost.
        noted.or(record.dpu_hours.map(|hours| measured(hours, seconds))).unwrap_or_else(|| imagined(seconds))
    });
    let read = declared.datasets.iter().filter(|set| record.datasets.get(&set.name).is_some_and(|set| set.refreshed));
    Usage {
        job,
        crawl_seconds: seconds(Stage::Crawl),
        queries: seconds(Stage::Queries).map(|_| record.queries.values().map(|query| query.bytes_scanned).collect()),
        refreshes: seconds(Stage::Refresh).map(|_| read.map(|set| behind(record, set).unwrap_or(1).max(1)).collect()),
        files: job_seconds.map(|_| record.tables.values().map(|table| table.files).sum()),
    }
}

/// Bytes that a data set reads, as far as the run knows: its table's, or what its query scanned.
pub fn behind(record: &RunRecord, set: &SpiceSet) -> Option<u64> {
    match &set.reads {
        Reads::Table(table) => record.tables.get(table).map(|table| table.bytes),
        Reads::Query(query) => record.queries.get(query).map(|query| query.bytes_scanned),
    }
}

fn job_of(cost: &RunCost) -> Option<JobUse> {
    cost.job().map(|part| JobUse { item: part.item, hours: part.quantity, measured: part.measured })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::{Item, Rates};
    use crate::run::record::{DatasetRecord, QueryRecord, StageRecord, TableRecord};

    fn billing() -> Billing {
        let set = |name: &str, reads| SpiceSet { name: name.into(), reads, refresh: None };
        let declared = Declared {
            worker_type: "G.1X".into(),
            workers: 2,
            datasets: vec![set("hits", Reads::Table("hits".into())), set("genres", Reads::Query("genres".into()))],
            ..Declared::default()
        };
        Billing { declared, rates: Rates::of("us-east-1") }
    }

    fn record() -> RunRecord {
        let mut record = RunRecord::begin("R".into(), "2026-01-01T00:00:00Z".into());
        for name in Stage::ALL {
            record.stages.push(StageRecord { name, status: RunStatus::Succeeded, seconds: 90.0 });
        }
        record.tables.insert("hits".into(), TableRecord { files: 64, bytes: 30 << 20, ..TableRecord::default() });
        let query = QueryRecord { rows: 1, bytes_scanned: 20 << 20, location: String::new() };
        record.queries.insert("genres".into(), query);
        for (name, refreshed) in [("hits", true), ("genres", false)] {
            record.datasets.insert(name.into(), DatasetRecord { rows: 1, refreshed });
        }
        record
    }

    #[test]
    fn a_run_costs_what_its_record_tells() {
        let mut record = record();
        let executed = Executed { hours: Some(0.1), seconds: 180, flex: false, succeeded: true };
        job_ended(&mut record, Some(&billing()), executed);
        assert_eq!(record.cost.as_ref().map(|cost| cost.usd), Some(0.044));
        run_ended(&mut record, Some(&billing()));
        let cost = record.cost.clone().unwrap();
        let told: Vec<_> = cost.parts.iter().map(|part| (part.item, part.usd)).collect();
        assert_eq!(
            told,
            [
                (Item::GlueJob, 0.044),
                (Item::Crawler, 0.146667),
                (Item::AthenaQueries, 0.000095),
                (Item::SpiceRefreshes, 0.000143),
                (Item::S3Writes, 0.00064),
                (Item::S3Reads, 0.000077),
            ]
        );
        // The next outlook takes the job's hours as they were billed.
        let job = usage(&record, &billing().declared).job.unwrap();
        assert_eq!((job.hours, job.measured), (0.1, true));
    }

    #[test]
    fn nothing_costs_where_nothing_is_billed() {
        let mut record = record();
        job_ended(&mut record, None, Executed { seconds: 9, succeeded: true, ..Executed::default() });
        run_ended(&mut record, None);
        assert_eq!(record.cost, None);
        // What it would cost is imagined from the time it took.
        let job = usage(&record, &billing().declared).job.unwrap();
        assert_eq!((job.hours, job.measured), (2.0 * 90.0 / 3600.0, false));
    }

    #[test]
    fn a_job_that_never_executed_costs_nothing_and_one_that_failed_does() {
        let mut record = RunRecord::begin("R".into(), "2026-01-01T00:00:00Z".into());
        job_ended(&mut record, Some(&billing()), Executed::default());
        assert_eq!(record.cost, None);
        job_ended(&mut record, Some(&billing()), Executed { hours: Some(0.02), seconds: 36, ..Executed::default() });
        // Two DPUs for a minute.
        assert_eq!(record.cost.as_ref().map(|cost| cost.usd), Some(0.014667));
        run_ended(&mut record, Some(&billing()));
        assert_eq!(record.cost.map(|cost| cost.usd), Some(0.014667));
        // It says nothing of what a run that succeeds needs.
        record.cost = None;
        assert_eq!(usage(&record, &billing().declared), Usage::default());
    }

    #[test]
    fn records_of_old_have_hours_alone() {
        let old = r#"{"run_id": "R", "status": "succeeded", "started": "2026-01-01T00:00:00Z",
            "stages": [{"name": "job", "status": "succeeded", "seconds": 100.0}], "dpu_hours": 0.19, "tables": {},
            "checks": [], "queries": {}, "dashboards": {}}"#;
        let record: RunRecord = serde_json::from_str(old).unwrap();
        let job = usage(&record, &billing().declared).job.unwrap();
        assert_eq!((record.cost, job.hours, job.measured), (None, 0.19, true));
    }
}
