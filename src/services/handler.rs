//! What `plan` and `apply` need of each kind of resource.

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};

use crate::aws::Session;
use crate::error::Result;
use crate::resource::{Kind, Live, Owner, Resource};

/// One kind's dealings with AWS. All methods are idempotent: creating what is already there as wanted, or deleting what is
/// gone, succeeds.
#[async_trait]
pub trait Handler: Send + Sync {
    /// The kind.
    fn kind(&self) -> Kind;

    /// Reads the live counterpart of `want`; `None` when there is none. Fields come back in the vocabulary of
    /// `resource::kinds` so that equal things compare equal, foreign entries included.
    async fn read(&self, aws: &Session, owner: &Owner, want: &Resource) -> Result<Option<Live>>;

    /// Reads the counterparts of several, in their order, `parallelism` at a time. Kinds that are found in lists override it
    /// and list once.
    async fn read_all(
        &self,
        aws: &Session,
        owner: &Owner,
        wants: &[&Resource],
        parallelism: usize,
    ) -> Result<Vec<Option<Live>>> {
        let reads: Vec<_> = wants.iter().map(|want| self.read(aws, owner, want)).collect();
        stream::iter(reads).buffered(parallelism.max(1)).try_collect().await
    }

    /// Whether only a list of all finds it, by the name that the manifest gives it: then `read_all` before several creations is
    /// the look that no twin is made, and `create` looks no more.
    fn is_found_by_list(&self) -> bool {
        false
    }

    /// Creates it.
    async fn create(&self, aws: &Session, want: &Resource) -> Result<()>;

    /// Makes the managed fields in `changed` equal to `want`'s: reads the live definition, changes those, writes it
    /// back, so that what the manifest cannot express survives.
    async fn update(&self, aws: &Session, live: &Resource, want: &Resource, changed: &[String]) -> Result<()>;

    /// Deletes it. `delete_data` allows a bucket's objects to go with it; without it a bucket that is not empty is
    /// kept and that is success told by [`Deleted::KeptData`].
    async fn delete(&self, aws: &Session, live: &Resource, delete_data: bool) -> Result<Deleted>;

    /// The IAM actions that the calls above need, sorted: `glue:CreateJob`.
    fn actions(&self) -> &'static [&'static str];
}

/// How a deletion ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone.
    Gone,
    /// It stays because it holds data and `delete_data` was not given; what it holds in words.
    KeptData(String),
}
