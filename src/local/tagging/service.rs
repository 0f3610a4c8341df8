//! The operations of the tagging API by name.

use async_trait::async_trait;
use serde_json::Value;

use super::resources;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::service::JsonService;
use crate::local::shapes::Shapes;
use crate::local::store::Store;

/// The tagging API over one store.
pub struct Tagging {
    store: Store,
    shapes: Shapes,
}

impl Tagging {
    /// The tagging API over this store.
    pub fn new(store: Store) -> Self {
        Self { store, shapes: Shapes::parse(include_str!("shapes.json")) }
    }
}

#[async_trait]
impl JsonService for Tagging {
    fn target(&self) -> &'static str {
        "ResourceGroupsTaggingAPI_20170126"
    }

    async fn call(&self, operation: &str, input: Value) -> ServiceResult {
        self.shapes.check(operation, &input, "InvalidParameterException")?;
        match operation {
            "GetResources" => resources::get(&self.store, &input),
            "GetTagKeys" => resources::keys(&self.store, &input),
            "GetTagValues" => resources::values(&self.store, &input),
            _ => Err(ServiceError::unknown_operation("Resource Groups Tagging API", operation)),
        }
    }
}
