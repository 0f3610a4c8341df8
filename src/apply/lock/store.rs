//! Where the lease lies: an object of S3, or in tests a variable.

use async_trait::async_trait;

use crate::error::Result;
pub use crate::services::s3::lease::{LeaseObject, Stored, Written};

/// One object with conditional writes.
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// Reads it; `None` when there is none.
    async fn read(&self) -> Result<Option<Stored>>;
    /// Writes it if there is none.
    async fn create(&self, body: &str) -> Result<Written>;
    /// Writes it if it is still the one with `etag`.
    async fn replace(&self, body: &str, etag: &str) -> Result<Written>;
    /// Deletes it if it is still the one with `etag`.
    async fn delete(&self, etag: &str) -> Result<()>;
}

#[async_trait]
impl LeaseStore for LeaseObject {
    async fn read(&self) -> Result<Option<Stored>> {
        LeaseObject::read(self).await
    }

    async fn create(&self, body: &str) -> Result<Written> {
        LeaseObject::create(self, body).await
    }

    async fn replace(&self, body: &str, etag: &str) -> Result<Written> {
        LeaseObject::replace(self, body, etag).await
    }

    async fn delete(&self, etag: &str) -> Result<()> {
        LeaseObject::delete(self, etag).await
    }
}
