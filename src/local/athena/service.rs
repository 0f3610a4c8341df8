//! The operations of Athena by name.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::{executions, metadata, named_queries, results, tags, workgroups};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::owners::Owner;
use crate::local::service::JsonService;
use crate::local::shapes::Shapes;
use crate::local::store::Store;

/// Athena over one store.
pub struct Athena {
    store: Store,
    shapes: Shapes,
    owner: Arc<Owner>,
}

impl Athena {
    /// Athena over this store; `owner` stands for the process that serves it.
    pub fn new(store: Store, owner: Arc<Owner>) -> Self {
        Self { store, shapes: Shapes::parse(include_str!("shapes.json")), owner }
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
            "StartQueryExecution" => executions::start(store, &self.owner, input).await,
            "GetQueryExecution" => executions::get(store, input).await,
            "BatchGetQueryExecution" => executions::batch_get(store, input).await,
            "ListQueryExecutions" => executions::list(store, input).await,
            "StopQueryExecution" => executions::stop(store, input).await,
            "GetQueryRuntimeStatistics" => executions::runtime_statistics(store, input).await,
            "GetQueryResults" => results::get(store, input).await,
            "ListDataCatalogs" => metadata::list_catalogs(store, input).await,
            "GetDataCatalog" => metadata::get_catalog(store, input).await,
            "ListDatabases" => metadata::list_databases(store, input).await,
            "GetDatabase" => metadata::get_database(store, input).await,
            "ListTableMetadata" => metadata::list_tables(store, input).await,
            "GetTableMetadata" => metadata::get_table(store, input).await,
            "ListEngineVersions" => metadata::engine_versions(store, input).await,
            "TagResource" => tags::tag(store, input).await,
            "UntagResource" => tags::untag(store, input).await,
            "ListTagsForResource" => tags::list(store, input).await,
            _ => Err(ServiceError::unknown_operation("Athena", operation)),
        }
    }
}
