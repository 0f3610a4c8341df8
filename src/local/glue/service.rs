//! The operations of Glue by name.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use super::{crawl, crawlers, databases, jobs, partitions, runs, tables, tags, triggers, workflow_runs, workflows};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::owners::Owner;
use crate::local::service::JsonService;
use crate::local::shapes::Shapes;
use crate::local::store::Store;

/// Glue over one store.
pub struct Glue {
    store: Store,
    shapes: Shapes,
    owner: Arc<Owner>,
}

impl Glue {
    /// Glue over this store; `owner` stands for the process that serves it.
    pub fn new(store: Store, owner: Arc<Owner>) -> Self {
        Self { store, shapes: Shapes::parse(include_str!("shapes.json")), owner }
    }
}

#[async_trait]
impl JsonService for Glue {
    fn target(&self) -> &'static str {
        "AWSGlue"
    }

    async fn call(&self, operation: &str, input: Value) -> ServiceResult {
        self.shapes.check(operation, &input, "ValidationException")?;
        let (store, input) = (&self.store, &input);
        match operation {
            "CreateDatabase" => databases::create(store, input).await,
            "GetDatabase" => databases::get(store, input).await,
            "GetDatabases" => databases::list(store, input).await,
            "UpdateDatabase" => databases::update(store, input).await,
            "DeleteDatabase" => databases::delete(store, input).await,
            "CreateTable" => tables::create(store, input).await,
            "GetTable" => tables::get(store, input).await,
            "GetTables" => tables::list(store, input).await,
            "UpdateTable" => tables::update(store, input).await,
            "DeleteTable" => tables::delete(store, input).await,
            "BatchDeleteTable" => tables::batch_delete(store, input).await,
            "CreatePartition" => partitions::create(store, input).await,
            "BatchCreatePartition" => partitions::batch_create(store, input).await,
            "GetPartition" => partitions::get(store, input).await,
            "BatchGetPartition" => partitions::batch_get(store, input).await,
            "GetPartitions" => partitions::list(store, input).await,
            "UpdatePartition" => partitions::update(store, input).await,
            "DeletePartition" => partitions::delete(store, input).await,
            "BatchDeletePartition" => partitions::batch_delete(store, input).await,
            "CreateJob" => jobs::create(store, input).await,
            "GetJob" => jobs::get(store, input).await,
            "GetJobs" => jobs::list(store, input).await,
            "ListJobs" => jobs::list_names(store, input).await,
            "BatchGetJobs" => jobs::batch_get(store, input).await,
            "UpdateJob" => jobs::update(store, input).await,
            "DeleteJob" => jobs::delete(store, input).await,
            "StartJobRun" => runs::start(store, &self.owner, input).await,
            "GetJobRun" => runs::get(store, input).await,
            "GetJobRuns" => runs::list(store, input).await,
            "BatchStopJobRun" => runs::batch_stop(store, input).await,
            "CreateCrawler" => crawlers::create(store, input).await,
            "GetCrawler" => crawlers::get(store, input).await,
            "GetCrawlers" => crawlers::list(store, input).await,
            "ListCrawlers" => crawlers::list_names(store, input).await,
            "BatchGetCrawlers" => crawlers::batch_get(store, input).await,
            "UpdateCrawler" => crawlers::update(store, input).await,
            "DeleteCrawler" => crawlers::delete(store, input).await,
            "UpdateCrawlerSchedule" => crawlers::update_schedule(store, input).await,
            "StartCrawlerSchedule" => crawlers::switch_schedule(store, input, true).await,
            "StopCrawlerSchedule" => crawlers::switch_schedule(store, input, false).await,
            "StartCrawler" => crawl::start(store, &self.owner, input).await,
            "StopCrawler" => crawl::stop(store, input).await,
            "GetCrawlerMetrics" => crawl::metrics(store, input).await,
            "CreateWorkflow" => workflows::create(store, input).await,
            "GetWorkflow" => workflows::get(store, input).await,
            "BatchGetWorkflows" => workflows::batch_get(store, input).await,
            "ListWorkflows" => workflows::list_names(store, input).await,
            "UpdateWorkflow" => workflows::update(store, input).await,
            "DeleteWorkflow" => workflows::delete(store, input).await,
            "StartWorkflowRun" => workflow_runs::start(store, &self.owner, input).await,
            "GetWorkflowRun" => workflow_runs::get(store, input).await,
            "GetWorkflowRuns" => workflow_runs::list(store, input).await,
            "StopWorkflowRun" => workflow_runs::stop(store, input).await,
            "CreateTrigger" => triggers::create(store, input).await,
            "GetTrigger" => triggers::get(store, input).await,
            "GetTriggers" => triggers::list(store, input).await,
            "BatchGetTriggers" => triggers::batch_get(store, input).await,
            "ListTriggers" => triggers::list_names(store, input).await,
            "UpdateTrigger" => triggers::update(store, input).await,
            "DeleteTrigger" => triggers::delete(store, input).await,
            "StartTrigger" => triggers::start(store, &self.owner, input).await,
            "StopTrigger" => triggers::stop(store, input).await,
            "TagResource" => tags::tag(store, input).await,
            "UntagResource" => tags::untag(store, input).await,
            "GetTags" => tags::get(store, input).await,
            _ => Err(ServiceError::unknown_operation("Glue", operation)),
        }
    }
}
