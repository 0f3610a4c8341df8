//! What reading and applying need of the world: the handlers of `services`, or in tests a map in memory.

use async_trait::async_trait;

use crate::aws::Session;
use crate::error::Result;
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
