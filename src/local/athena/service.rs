//! The operations of Athena by name.

use async_trait::async_trait;
use serde_json::Value;

use super::{named_queries, tags, workgroups};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::service::JsonService;
use crate::local::shapes::Shapes;
use crate::local::store::Store;

/// Athena over one store.
pub struct Athena {
    store: Store,
    shapes: Shapes,
}

impl Athena {
    /// Athena over this store.
    pub fn new(store: Store) -> Self {
        Self { store, shapes: Shapes::parse(include_str!("shapes.json")) }
    }
}

#[async_trait]
impl JsonService for Athena {
    fn target(&self) -> &'static str {
        "AmazonAthena"
    }

    async fn call(&self, operation: &str, input: Value) -> ServiceResult {
        self.shapes.check(operation, &input, "InvalidRequestException")?;
        let (store, input) = (&self.store, &input);
        match operation {
            "CreateWorkGroup" => workgroups::create(store, input).await,
            "GetWorkGroup" => workgroups::get(store, input).await,
            "ListWorkGroups" => workgroups::list(store, input).await,
            "UpdateWorkGroup" => workgroups::update(store, input).await,
            "DeleteWorkGroup" => workgroups::delete(store, input).await,
            "CreateNamedQuery" => named_queries::create(store, input).await,
            "GetNamedQuery" => named_queries::get(store, input).await,
            "BatchGetNamedQuery" => named_queries::batch_get(store, input).await,
            "ListNamedQueries" => named_queries::list(store, input).await,
            "UpdateNamedQuery" => named_queries::update(store, input).await,
            "DeleteNamedQuery" => named_queries::delete(store, input).await,
            "TagResource" => tags::tag(store, input).await,
            "UntagResource" => tags::untag(store, input).await,
            "ListTagsForResource" => tags::list(store, input).await,
            _ => Err(ServiceError::unknown_operation("Athena", operation)),
        }
    }
}
