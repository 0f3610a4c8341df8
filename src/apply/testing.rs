//! A cloud in memory, stricter than AWS: nothing is made before what it stands on, nothing deleted under what stands on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::lock::LeaseStore;
use super::provider::Provider;
use crate::error::{Error, Kind, Result};
use crate::resource::kinds::specs;
use crate::resource::{Address, Live, Ownership, Resource, Shape, Snapshot};
use crate::services::Deleted;
use crate::services::leftovers::Leftover;
use crate::services::s3::lease::{Stored, Written};

#[derive(Default)]
struct State {
    resources: BTreeMap<Address, Live>,
    /// Older states that reading still shows, newest last, and how many reads of a resource each one lasts.
    shown: BTreeMap<Address, (Option<Live>, usize)>,
    calls: Vec<String>,
    refuse: BTreeSet<(String, Address)>,
    lose: BTreeSet<(String, Address)>,
    keep: BTreeSet<Address>,
    lag: usize,
}

/// The cloud.
#[derive(Default)]
pub struct Fake {
    state: Mutex<State>,
    inside: AtomicUsize,
    most: AtomicUsize,
    /// How often each call yields before it acts.
    pub slowness: usize,
}

impl Fake {
    /// One that holds these, ours.
    pub fn holding(resources: &[Resource]) -> Self {
        Self::showing(&crate::plan::testing::snapshot(resources))
    }

    /// One that shows this.
    pub fn showing(snapshot: &Snapshot) -> Self {
        let state = State { resources: snapshot.resources.clone(), ..State::default() };
        Self { state: Mutex::new(state), slowness: 3, ..Self::default() }
    }

    /// Every such call (`create`, `update`, `delete`, `read`) is refused.
    pub fn fail(&self, call: &str, address: &Address) {
        self.lock().refuse.insert((call.to_owned(), address.clone()));
    }

    /// The next such call is carried out, but its answer is lost.
    pub fn lose_answer(&self, call: &str, address: &Address) {
        self.lock().lose.insert((call.to_owned(), address.clone()));
    }

    /// Nothing is refused any more.
    pub fn heal(&self) {
        self.lock().refuse.clear();
    }

    /// It holds data.
    pub fn fill(&self, address: &Address) {
        self.lock().keep.insert(address.clone());
    }

    /// After a change, this many reads of the resource show what was before.
    pub fn lag(&self, reads: usize) {
        self.lock().lag = reads;
    }

    /// Changes something behind the back.
    pub fn meddle(&self, change: impl FnOnce(&mut BTreeMap<Address, Live>)) {
        change(&mut self.lock().resources);
    }

    /// What is there.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { resources: self.lock().resources.clone(), ..Snapshot::default() }
    }

    /// What was called: `create glue_job.demo`.
    pub fn calls(&self) -> Vec<String> {
        self.lock().calls.clone()
    }

    /// What was called but reads.
    pub fn changes(&self) -> Vec<String> {
        self.calls().into_iter().filter(|c| !c.starts_with("read ")).collect()
    }

    /// The most calls at once.
    pub fn most_at_once(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn call<T>(
        &self,
        call: &str,
        address: &Address,
        act: impl FnOnce(&mut State) -> Result<T> + Send,
    ) -> Result<T> {
        let inside = self.inside.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(inside, Ordering::SeqCst);
        for _ in 0..self.slowness {
            tokio::task::yield_now().await;
        }
        self.inside.fetch_sub(1, Ordering::SeqCst);
        let mut state = self.lock();
        state.calls.push(format!("{call} {address}"));
        let key = (call.to_owned(), address.clone());
        if state.refuse.contains(&key) {
            return Err(Error::new(Kind::Aws, "refused", format!("{call} {address} was refused")));
        }
        let before = state.resources.get(address).cloned();
        let result = act(&mut state)?;
        if call != "read" && state.lag > 0 {
            let lag = state.lag;
            state.shown.insert(address.clone(), (before, lag));
        }
        if state.lose.remove(&key) {
            return Err(Error::new(Kind::Aws, "lost", format!("the answer to {call} {address} was lost")));
        }
        Ok(result)
    }
}

#[async_trait]
impl Provider for Fake {
    async fn leftovers(&self, desired: &[Resource]) -> Result<Vec<Leftover>> {
        let state = self.lock();
        let unwanted = state.resources.values().filter(|live| {
            live.ownership == Ownership::Ours && !desired.iter().any(|want| want.address == live.resource.address)
        });
        Ok(unwanted
            .map(|live| {
                let full = state.keep.contains(&live.resource.address);
                Leftover { live: live.clone(), data: full.then(|| "staging/a.csv".to_owned()) }
            })
            .collect())
    }

    fn is_found_by_list(&self, want: &Resource) -> bool {
        want.address.kind == crate::resource::Kind::AthenaNamedQuery
    }

    async fn read(&self, want: &Resource) -> Result<Option<Live>> {
        self.call("read", &want.address, |state| {
            if let Some((old, left)) = state.shown.get_mut(&want.address)
                && *left > 0
            {
                *left -= 1;
                return Ok(old.clone());
            }
            Ok(state.resources.get(&want.address).cloned())
        })
        .await
    }

    async fn create(&self, want: &Resource) -> Result<()> {
        self.call("create", &want.address, |state| {
            if let Some(below) = want.depends_on.iter().find(|d| !state.resources.contains_key(d)) {
                return Err(Error::bug(format!("`{}` is made before `{below}`", want.address)));
            }
            let live = Live { resource: want.clone(), ownership: Ownership::Ours };
            state.resources.insert(want.address.clone(), live);
            Ok(())
        })
        .await
    }

    async fn update(&self, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        assert_eq!(live.address, want.address);
        self.call("update", &want.address, |state| {
            let there = state.resources.get_mut(&want.address).ok_or_else(|| Error::bug("updated before made"))?;
            there.ownership = Ownership::Ours;
            for name in changed {
                let spec = specs(want.address.kind).iter().find(|s| s.name == *name).expect("a field of the kind");
                let value = want.fields.get(name).cloned().unwrap_or_else(|| spec.default_value());
                let old = there.resource.fields.entry(name.clone()).or_insert_with(|| Value::Object(Map::new()));
                match (spec.shape, old.as_object_mut(), value) {
                    (Shape::Map, Some(old), Value::Object(new)) => old.extend(new),
                    (_, _, value) => *old = value,
                }
            }
            Ok(())
        })
        .await
    }

    async fn delete(&self, live: &Resource, delete_data: bool) -> Result<Deleted> {
        self.call("delete", &live.address, |state| {
            if state.keep.contains(&live.address) && !delete_data {
                return Ok(Deleted::KeptData("3 objects".to_owned()));
            }
            let above = state.resources.values().find(|l| l.resource.depends_on.contains(&live.address));
            if let Some(above) = above {
                return Err(Error::bug(format!("`{}` is deleted under `{}`", live.address, above.resource.address)));
            }
            state.resources.remove(&live.address);
            Ok(Deleted::Gone)
        })
        .await
    }
}

/// A lease in a variable.
#[derive(Default)]
pub struct FakeStore {
    /// Text and count of writes.
    pub object: Mutex<Option<Stored>>,
    /// Count of writes.
    pub writes: AtomicUsize,
    /// The bucket does not exist for so many writes.
    pub no_bucket: AtomicUsize,
    /// The answers to so many writes are lost after they were made; the client then tries again and is refused.
    pub lose: AtomicUsize,
    /// Nothing answers.
    pub down: std::sync::atomic::AtomicBool,
}

impl FakeStore {
    fn answer(&self) -> Result<()> {
        match self.down.load(Ordering::SeqCst) {
            true => Err(Error::new(Kind::Aws, "aws-unreachable", "no answer")),
            false => Ok(()),
        }
    }

    fn write(&self, body: &str, holds: impl Fn(Option<&Stored>) -> bool) -> Result<Written> {
        self.answer()?;
        let took = |counter: &AtomicUsize| {
            counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok()
        };
        if took(&self.no_bucket) {
            return Ok(Written::NoBucket);
        }
        let mut object = self.object.lock().unwrap();
        if !holds(object.as_ref()) {
            return Ok(Written::Refused);
        }
        let etag = format!("{}", self.writes.fetch_add(1, Ordering::SeqCst));
        *object = Some(Stored { body: body.to_owned(), etag: etag.clone() });
        Ok(if took(&self.lose) { Written::Refused } else { Written::Done(etag) })
    }
}

#[async_trait]
impl LeaseStore for FakeStore {
    async fn read(&self) -> Result<Option<Stored>> {
        self.answer()?;
        Ok(self.object.lock().unwrap().clone())
    }

    async fn create(&self, body: &str) -> Result<Written> {
        self.write(body, |object| object.is_none())
    }

    async fn replace(&self, body: &str, etag: &str) -> Result<Written> {
        self.write(body, |object| object.is_some_and(|o| o.etag == etag))
    }

    async fn delete(&self, etag: &str) -> Result<()> {
        self.answer()?;
        let mut object = self.object.lock().unwrap();
        if object.as_ref().is_some_and(|o| o.etag == etag) {
            *object = None;
        }
        Ok(())
    }
}
