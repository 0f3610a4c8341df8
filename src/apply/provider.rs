//! What reading and applying need of the world: the handlers of `services`, or in tests a map in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use tokio::task::JoinSet;

use crate::aws::Session;
use crate::error::{Error, Result};
use crate::resource::{Kind, Live, Resource};
use crate::services::leftovers::{self, Leftover, Search};
use crate::services::{Deleted, Handler};

/// How many resources are looked at at once: as many as most pipelines have, so that a plan takes a few round trips. Where a
/// service limits the rate, the session slows down by itself.
pub const READS: usize = 64;

/// Where resources are read and changed. All changes are idempotent, as [`Handler`]'s are.
#[async_trait]
pub trait Provider: Sync {
    /// Reads the live counterpart of `want`; `None` when there is none.
    async fn read(&self, want: &Resource) -> Result<Option<Live>>;

    /// Reads the live counterparts of `wants`, in their order, `parallelism` of a kind at a time.
    async fn read_all(&self, wants: &[Resource], parallelism: usize) -> Result<Vec<Option<Live>>> {
        let reads: Vec<_> = wants.iter().map(|want| self.read(want)).collect();
        stream::iter(reads).buffered(parallelism.max(1)).try_collect().await
    }

    /// Whether only a list of all finds it, by the name that the manifest gives it.
    fn is_found_by_list(&self, want: &Resource) -> bool {
        let _ = want;
        false
    }

    /// What is ours and none of `desired`, sorted by address.
    async fn leftovers(&self, desired: &[Resource]) -> Result<Vec<Leftover>>;

    /// Creates it.
    async fn create(&self, want: &Resource) -> Result<()>;

    /// Makes the fields in `changed` equal to `want`'s.
    async fn update(&self, live: &Resource, want: &Resource, changed: &[String]) -> Result<()>;

    /// Deletes it; a bucket that holds data only with `delete_data`.
    async fn delete(&self, live: &Resource, delete_data: bool) -> Result<Deleted>;
}

/// AWS, through one handler a kind.
#[derive(Clone, Copy)]
pub struct Aws<'a> {
    /// The session.
    pub session: &'a Session,
    /// Our marks, and where what carries them is looked for.
    pub search: &'a Search,
    /// Each kind's handler: `services::handler`.
    pub handler: fn(Kind) -> &'static dyn Handler,
}

impl Aws<'_> {
    fn of(&self, resource: &Resource) -> &'static dyn Handler {
        (self.handler)(resource.address.kind)
    }
}

#[async_trait]
impl Provider for Aws<'_> {
    async fn read(&self, want: &Resource) -> Result<Option<Live>> {
        self.of(want).read(self.session, &self.search.owner, want).await
    }

    async fn read_all(&self, wants: &[Resource], parallelism: usize) -> Result<Vec<Option<Live>>> {
        let mut kinds: BTreeMap<Kind, (Vec<usize>, Vec<Resource>)> = BTreeMap::new();
        for (place, want) in wants.iter().enumerate() {
            let (places, wants) = kinds.entry(want.address.kind).or_default();
            places.push(place);
            wants.push(want.clone());
        }
        // A task a kind: building dozens of requests on one core delays the last by as much as a call takes.
        let mut reads = JoinSet::new();
        for (kind, (places, wants)) in kinds {
            let (handler, session, owner) = ((self.handler)(kind), self.session.clone(), self.search.owner.clone());
            reads.spawn(async move {
                let wants: Vec<&Resource> = wants.iter().collect();
                let read = handler.read_all(&session, &owner, &wants, parallelism).await?;
                Ok::<_, Error>(places.into_iter().zip(read).collect::<Vec<_>>())
            });
        }
        let mut found = vec![None; wants.len()];
        while let Some(read) = reads.join_next().await {
            let read = read.map_err(|e| Error::bug(format!("reading broke off: {e}")))??;
            for (place, live) in read {
                found[place] = live;
            }
        }
        Ok(found)
    }

    fn is_found_by_list(&self, want: &Resource) -> bool {
        self.of(want).is_found_by_list()
    }

    async fn leftovers(&self, desired: &[Resource]) -> Result<Vec<Leftover>> {
        leftovers::find(self.session, self.search, desired, self.handler, READS).await
    }

    async fn create(&self, want: &Resource) -> Result<()> {
        self.of(want).create(self.session, want).await
    }

    async fn update(&self, live: &Resource, want: &Resource, changed: &[String]) -> Result<()> {
        self.of(want).update(self.session, live, want, changed).await
    }

    async fn delete(&self, live: &Resource, delete_data: bool) -> Result<Deleted> {
        self.of(live).delete(self.session, live, delete_data).await
    }
}
