//! What the manifest says of what a run and a month cost.

use std::collections::BTreeSet;

use crate::manifest::model::Manifest;
use crate::manifest::model::quicksight::{DatasetFrom, ImportMode, Quicksight, Refresh};
use crate::manifest::spanned::Spanned;

use super::item::Item;
use super::prices::Rates;

/// What is needed to price a run.
#[derive(Clone, Debug)]
pub struct Billing {
    /// What is declared.
    pub declared: Declared,
    /// The prices.
    pub rates: Rates,
}

/// What the manifest declares.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Declared {
    /// `G.1X`.
    pub worker_type: String,
    /// How many machines.
    pub workers: u32,
    /// The longest that a job run takes, in minutes.
    pub timeout_minutes: u64,
    /// When job and crawler run by themselves: `cron(...)`.
    pub schedule: Option<String>,
    /// When the crawler alone does: `cron(...)`.
    pub crawler_schedule: Option<String>,
    /// How many named queries there are.
    pub queries: usize,
    /// The data sets in SPICE.
    pub datasets: Vec<SpiceSet>,
    /// Who makes dashboards, and who looks at them; `None`: there is no QuickSight in it.
    pub people: Option<(People, People)>,
}

/// A data set in SPICE.
#[derive(Clone, Debug, PartialEq)]
pub struct SpiceSet {
    /// Its name.
    pub name: String,
    /// What it reads.
    pub reads: Reads,
    /// When SPICE reads it by itself.
    pub refresh: Option<Refresh>,
}

/// What a data set reads.
#[derive(Clone, Debug, PartialEq)]
pub enum Reads {
    /// A table, by its name in the manifest.
    Table(String),
    /// A named query.
    Query(String),
}

/// Principals of QuickSight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Users.
    pub users: usize,
    /// Groups: how many are in them the manifest does not say.
    pub groups: usize,
}

impl People {
    /// How many that are, a group taken for one.
    pub fn count(self) -> usize {
        self.users + self.groups
    }
}

impl Declared {
    /// What `manifest` declares. `refresh` tells when SPICE reads a data set by itself, where the manifest leaves it open, too.
    pub fn of(manifest: &Manifest, refresh: impl Fn(&str) -> Option<Refresh>) -> Self {
        let text = |value: &Option<Spanned<String>>| value.as_ref().map(|value| value.value.clone());
        Self {
            worker_type: manifest.job.worker_type.value.clone(),
            workers: manifest.job.workers.value,
            timeout_minutes: manifest.job.timeout.value.as_secs() / 60,
            schedule: text(&manifest.schedule),
            crawler_schedule: text(&manifest.crawler.schedule),
            queries: manifest.athena.queries.len(),
            datasets: manifest.quicksight.as_ref().map(|all| spice_sets(all, refresh)).unwrap_or_default(),
            people: manifest.quicksight.as_ref().map(people),
        }
    }

    /// The DPUs of the job: a worker `G.2X` has two, `R.2X` two memory-optimised ones.
    pub fn dpus(&self) -> f64 {
        let digits: String = self.worker_type.chars().skip_while(|c| *c != '.').filter(char::is_ascii_digit).collect();
        digits.parse::<f64>().unwrap_or(1.0) * f64::from(self.workers)
    }

    /// What a run of the job is billed as; `flex`: in the flexible execution class.
    pub fn job_item(&self, flex: bool) -> Item {
        match (self.worker_type.starts_with('R'), flex) {
            (true, _) => Item::GlueJobMemory,
            (false, true) => Item::GlueJobFlex,
            (false, false) => Item::GlueJob,
        }
    }

    /// `2 workers G.1X`.
    pub fn cluster(&self) -> String {
        format!("{} workers {}", self.workers, self.worker_type)
    }
}

fn spice_sets(quicksight: &Quicksight, refresh: impl Fn(&str) -> Option<Refresh>) -> Vec<SpiceSet> {
    let sets = quicksight.datasets.iter().filter(|(_, set)| set.import_mode == ImportMode::Spice);
    let plain = sets.map(|(name, set)| SpiceSet {
        name: name.value.clone(),
        reads: match &set.from {
            DatasetFrom::Table(table) => Reads::Table(table.value.clone()),
            DatasetFrom::Query(query) => Reads::Query(query.value.clone()),
        },
        refresh: refresh(name),
    });
    plain.collect()
}

/// Owners make, viewers look; who is both makes.
fn people(quicksight: &Quicksight) -> (People, People) {
    let names = |all: &[Spanned<String>]| all.iter().map(|name| name.value.clone()).collect::<BTreeSet<_>>();
    let owners = names(&quicksight.principals.owners);
    let viewers: BTreeSet<_> = names(&quicksight.principals.viewers).difference(&owners).cloned().collect();
    let count = |all: &BTreeSet<String>| {
        let groups = all.iter().filter(|name| name.starts_with("group/")).count();
        People { users: all.len() - groups, groups }
    };
    (count(&owners), count(&viewers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_are_dpus_by_their_type() {
        let declared =
            |worker_type: &str| Declared { worker_type: worker_type.into(), workers: 3, ..Declared::default() };
        for (worker_type, dpus) in [("G.1X", 3.0), ("G.2X", 6.0), ("G.8X", 24.0), ("G.16X", 48.0), ("R.4X", 12.0)] {
            assert_eq!(declared(worker_type).dpus(), dpus, "{worker_type}");
        }
        assert_eq!(declared("R.1X").job_item(true), Item::GlueJobMemory);
        assert_eq!(declared("G.1X").job_item(true), Item::GlueJobFlex);
        assert_eq!(declared("G.1X").job_item(false), Item::GlueJob);
        assert_eq!(declared("G.1X").cluster(), "3 workers G.1X");
    }
}
