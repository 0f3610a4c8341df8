//! Faults on purpose: what AWS does on a bad day, drawn from a seed, so that a bad day can be had again.

use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;

use super::endings::{self, Endings};
use crate::error::{Error, Result, nearest};

/// What is to go wrong, and how often. Shares are probabilities, 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultPlan {
    /// Added to every call.
    pub latency: Duration,
    /// Calls that are answered "Rate exceeded".
    pub throttle: f64,
    /// Calls that fail on the service's side (5xx), undone.
    pub error: f64,
    /// Calls whose connection closes before anything is done.
    pub drop: f64,
    /// Calls that are done, and whose connection closes before the answer.
    pub lose_response: f64,
    /// For so long after a write, reads of that service may answer as before it. S3 does not: it is strongly consistent.
    pub visible_after: Duration,
    /// The most items that a page of a list holds, whatever the caller asks for.
    pub page_size: Option<u64>,
    /// The process dies, as by kill -9, when it is called again after so many calls.
    pub stop_after: Option<u64>,
    /// How what is run for a pipeline ends.
    pub endings: Endings,
    /// What is drawn depends on this alone, and on the order of the calls.
    pub seed: u64,
}

const NAMES: [&str; 9] =
    ["latency", "throttle", "error", "drop", "lose-response", "visible-after", "page-size", "stop-after", "seed"];

impl FromStr for FaultPlan {
    type Err = Error;

    /// `latency=100ms,throttle=0.3,error=0.05,drop=0.02,lose-response=0.02,visible-after=5s,page-size=1,stop-after=17,seed=42,
    /// fail-job=TIMEOUT,fail-crawl=FAILED,fail-query=CANCELLED,fail-ingestion=FAILED`.
    fn from_str(text: &str) -> Result<Self> {
        let mut plan = FaultPlan::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| bad(part, "it has no value", "name=value"))?;
            match name {
                "latency" => plan.latency = duration(part, value)?,
                "visible-after" => plan.visible_after = duration(part, value)?,
                "throttle" => plan.throttle = share(part, value)?,
                "error" => plan.error = share(part, value)?,
                "drop" => plan.drop = share(part, value)?,
                "lose-response" => plan.lose_response = share(part, value)?,
                "page-size" => plan.page_size = Some(number(part, value)?.max(1)),
                "stop-after" => plan.stop_after = Some(number(part, value)?),
                "seed" => plan.seed = number(part, value)?,
                name if endings::NAMES.contains(&name) => {
                    let set = plan.endings.set(name, value);
                    set.map_err(|states| bad(part, "nothing of the kind ends so", &format!("one of {states}")))?;
                }
                other => {
                    let known = [&NAMES[..], &endings::NAMES].concat();
                    let error = bad(part, "nobody knows this fault", &format!("one of {}", known.join(", ")));
                    return Err(match nearest(other, known) {
                        Some(near) => error.with_help(format!("did you mean `{near}`?")),
                        None => error,
                    });
                }
            }
        }
        Ok(plan)
    }
}

fn bad(part: &str, why: &str, expected: &str) -> Error {
    Error::usage("bad-fault", format!("fault `{part}`: {why}")).with_expected(expected)
}

fn duration(part: &str, value: &str) -> Result<Duration> {
    let (digits, unit) = value.split_at(value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len()));
    match (digits.parse(), unit) {
        (Ok(n), "ms") => Ok(Duration::from_millis(n)),
        (Ok(n), "s") => Ok(Duration::from_secs(n)),
        _ => Err(bad(part, "it is not a duration", "a number with `ms` or `s`, such as 100ms")),
    }
}

fn share(part: &str, value: &str) -> Result<f64> {
    let share = value.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| bad(part, "it is not a share", "a number from 0 to 1"))
}

fn number(part: &str, value: &str) -> Result<u64> {
    value.parse().map_err(|_| bad(part, "it is not a whole number", "a whole number"))
}

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is served.
    Served,
    /// It is answered "Rate exceeded".
    Throttled,
    /// It fails on the service's side.
    Failed,
    /// The connection closes; nothing was done.
    Dropped,
    /// It is done; the connection closes before the answer.
    Lost,
}

/// Draws each call's fate.
pub struct Faults {
    plan: FaultPlan,
    random: Mutex<StdRng>,
    calls: AtomicU64,
    done: AtomicU64,
}

/// A call that is being served; done when this is dropped.
pub struct Serving<'a>(&'a AtomicU64);

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// The longest that a process waits with its end for calls before it.
const LONGEST_CALL: Duration = Duration::from_secs(5);

impl Faults {
    /// Faults by a plan.
    pub fn new(plan: FaultPlan) -> Self {
        let random = Mutex::new(StdRng::seed_from_u64(plan.seed));
        Self { random, calls: AtomicU64::new(0), done: AtomicU64::new(0), plan }
    }

    /// How long reads may lag behind.
    pub fn visible_after(&self) -> Duration {
        self.plan.visible_after
    }

    /// Shortens the page that a reading call asks for.
    pub fn cut_page(&self, operation: &str, input: &mut Value) {
        // Athena gives no page of fewer than 75 tags.
        let reads = ["Get", "List", "Describe", "Search"].iter().any(|verb| operation.starts_with(verb))
            && operation != "ListTagsForResource";
        let (Some(most), Some(members)) = (self.plan.page_size, input.as_object_mut()) else { return };
        for name in ["MaxResults", "MaxItems", "ResourcesPerPage"].into_iter().filter(|_| reads) {
            let asked = members.get(name).and_then(|n| n.as_u64().or_else(|| n.as_str()?.parse().ok()));
            members.insert(name.to_owned(), asked.map_or(most, |asked| asked.min(most)).into());
        }
    }

    /// To be held as long as a call is served.
    pub fn serving(&self) -> Serving<'_> {
        Serving(&self.done)
    }

    /// Takes the time that a call takes, and says what becomes of it. Ends the process when its time has come.
    pub async fn next(&self) -> Fate {
        let before = self.calls.fetch_add(1, Ordering::SeqCst);
        if let Some(most) = self.plan.stop_after.filter(|most| before >= *most) {
            self.ended(most).await;
            // No destructor runs: locks and leases stay as they are.
            std::process::exit(137);
        }
        if !self.plan.latency.is_zero() {
            tokio::time::sleep(self.plan.latency).await;
        }
        self.draw()
    }

    /// Waits for the first calls: AWS ends those that it has begun, whatever becomes of who made them.
    async fn ended(&self, calls: u64) {
        let began = Instant::now();
        while self.done.load(Ordering::SeqCst) < calls && began.elapsed() < LONGEST_CALL {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn draw(&self) -> Fate {
        let mut random = self.random.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut drawn: f64 = random.random();
        let fates = [
            (self.plan.throttle, Fate::Throttled),
            (self.plan.error, Fate::Failed),
            (self.plan.drop, Fate::Dropped),
            (self.plan.lose_response, Fate::Lost),
        ];
        for (share, fate) in fates {
            if drawn < share {
                return fate;
            }
            drawn -= share;
        }
        Fate::Served
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stop_waits_for_the_calls_before_it() {
        let faults = Faults::new(FaultPlan::default());
        let (first, second) = (faults.serving(), faults.serving());
        drop(first);
        let early = tokio::time::timeout(Duration::from_millis(50), faults.ended(2)).await;
        assert!(early.is_err(), "a call is still being served");
        drop(second);
        assert!(tokio::time::timeout(Duration::from_secs(2), faults.ended(2)).await.is_ok());
    }

    #[test]
    fn a_list_is_read() {
        let plan: FaultPlan =
            "latency=100ms, throttle=0.3,error=0.05,drop=0.02,lose-response=0.02,visible-after=5s,page-size=3,stop-after=17,seed=42,fail-query=CANCELLED"
                .parse()
                .unwrap();
        let expected = FaultPlan {
            latency: Duration::from_millis(100),
            throttle: 0.3,
            error: 0.05,
            drop: 0.02,
            lose_response: 0.02,
            visible_after: Duration::from_secs(5),
            page_size: Some(3),
            stop_after: Some(17),
            endings: Endings { query: Some("CANCELLED"), ..Endings::default() },
            seed: 42,
        };
        assert_eq!(plan, expected);
        assert_eq!("".parse::<FaultPlan>().unwrap(), FaultPlan::default());
    }

    #[test]
    fn what_is_amiss_is_told() {
        let refused = |text: &str| text.parse::<FaultPlan>().unwrap_err();
        for text in [
            "throttle",
            "throttle=2",
            "throttle=x",
            "latency=5",
            "latency=5h",
            "stop-after=-1",
            "NaN=1",
            "fail-job=DONE",
        ] {
            assert_eq!(refused(text).code(), "bad-fault", "{text}");
        }
        assert_eq!(refused("throtle=0.1").help(), Some("did you mean `throttle`?"));
    }

    #[test]
    fn one_seed_draws_one_day_and_shares_are_kept() {
        let plan = FaultPlan { throttle: 0.3, lose_response: 0.1, seed: 7, ..FaultPlan::default() };
        let day = |plan: &FaultPlan| {
            let faults = Faults::new(plan.clone());
            (0..2000).map(|_| faults.draw()).collect::<Vec<_>>()
        };
        let first = day(&plan);
        assert_eq!(first, day(&plan));
        assert_ne!(first, day(&FaultPlan { seed: 8, ..plan.clone() }));
        let share = |fate: Fate| first.iter().filter(|f| **f == fate).count() as f64 / 2000.0;
        assert!((share(Fate::Throttled) - 0.3).abs() < 0.04 && (share(Fate::Lost) - 0.1).abs() < 0.03);
        assert_eq!(share(Fate::Failed), 0.0);
    }
}
