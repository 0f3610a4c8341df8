//! The operations of QuickSight by name, and who may call them at all.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::support::{denied, not_found, text};
use super::{Account, account, dashboards, data_sets, data_sources, identities, ingestions, schedules, tags};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::owners::Owner;
use crate::local::rest::Routes;
use crate::local::service::RestService;
use crate::local::shapes::Shapes;
use crate::local::store::Store;

/// QuickSight over one store.
pub struct QuickSight {
    store: Store,
    shapes: Shapes,
    routes: Routes,
    owner: Arc<Owner>,
}

impl QuickSight {
    /// QuickSight over this store; `owner` stands for the process that serves it.
    pub fn new(store: Store, owner: Arc<Owner>) -> Self {
        let model = include_str!("shapes.json");
        Self { store, shapes: Shapes::parse(model), routes: Routes::parse(model), owner }
    }

    /// Refuses callers of another account, without a subscription, or in the wrong region.
    fn admit(&self, operation: &str, input: &Value, region: &str) -> Result<(), ServiceError> {
        let given = text(input, "AwsAccountId");
        let own = self.store.account();
        if !given.is_empty() && given != own {
            return Err(denied(format!("Account {own} is not authorized to act for account {given}")));
        }
        let account = Account::of(&self.store)?;
        let of_identities = matches!(
            operation,
            "DescribeAccountSubscription"
                | "DescribeAccountSettings"
                | "RegisterUser"
                | "DescribeUser"
                | "ListUsers"
                | "CreateGroup"
                | "DescribeGroup"
                | "ListGroups"
        );
        match &account.identity_region {
            Some(home) if of_identities && home != region => Err(denied(format!(
                "Operation is being called from endpoint {region}, but your identity region is {home}. Please use the \
                 {home} endpoint."
            ))),
            _ if account.subscribed => Ok(()),
            _ if of_identities => Err(not_found(format!("Account {own} is not signed up with QuickSight"))),
            _ => {
                let message = format!("Account {own} is not subscribed to QuickSight");
                Err(ServiceError::new(403, "UnsupportedUserEditionException", message))
            }
        }
    }
}

#[async_trait]
impl RestService for QuickSight {
    fn scope(&self) -> &'static str {
        "quicksight"
    }

    fn operation(&self, method: &str, path: &str, query: &str) -> Option<(String, Map<String, Value>)> {
        self.routes.find(&self.shapes, method, path, query)
    }

    async fn call(&self, operation: &str, input: Value, region: &str) -> ServiceResult {
        self.shapes.check(operation, &input, "ValidationException")?;
        self.admit(operation, &input, region)?;
        let (store, owner, input) = (&self.store, &self.owner, &input);
        match operation {
            "DescribeAccountSubscription" => account::subscription(store, input).await,
            "DescribeAccountSettings" => account::settings(store, input).await,
            "RegisterUser" => identities::register_user(store, input).await,
            "DescribeUser" => identities::describe_user(store, input).await,
            "ListUsers" => identities::list_users(store, input).await,
            "CreateGroup" => identities::create_group(store, input).await,
            "DescribeGroup" => identities::describe_group(store, input).await,
            "ListGroups" => identities::list_groups(store, input).await,
            "CreateDataSource" => data_sources::create(store, input).await,
            "DescribeDataSource" => data_sources::describe(store, input).await,
            "UpdateDataSource" => data_sources::update(store, input).await,
            "DeleteDataSource" => data_sources::delete(store, input).await,
            "ListDataSources" => data_sources::list(store, input).await,
            "DescribeDataSourcePermissions" => data_sources::describe_permissions(store, input).await,
            "UpdateDataSourcePermissions" => data_sources::update_permissions(store, input).await,
            "CreateDataSet" => data_sets::create(store, owner, input).await,
            "DescribeDataSet" => data_sets::describe(store, input).await,
            "UpdateDataSet" => data_sets::update(store, owner, input).await,
            "DeleteDataSet" => data_sets::delete(store, input).await,
            "ListDataSets" => data_sets::list(store, input).await,
            "DescribeDataSetPermissions" => data_sets::describe_permissions(store, input).await,
            "UpdateDataSetPermissions" => data_sets::update_permissions(store, input).await,
            "CreateRefreshSchedule" => schedules::create(store, input).await,
            "DescribeRefreshSchedule" => schedules::describe(store, input).await,
            "UpdateRefreshSchedule" => schedules::update(store, input).await,
            "DeleteRefreshSchedule" => schedules::delete(store, input).await,
            "ListRefreshSchedules" => schedules::list(store, input).await,
            "CreateIngestion" => ingestions::create(store, owner, input).await,
            "DescribeIngestion" => ingestions::describe(store, input).await,
            "ListIngestions" => ingestions::list(store, input).await,
            "CancelIngestion" => ingestions::cancel(store, input).await,
            "CreateDashboard" => dashboards::create(store, input).await,
            "DescribeDashboard" => dashboards::describe(store, input).await,
            "UpdateDashboard" => dashboards::update(store, input).await,
            "DeleteDashboard" => dashboards::delete(store, input).await,
            "ListDashboards" => dashboards::list(store, input).await,
            "ListDashboardVersions" => dashboards::list_versions(store, input).await,
            "UpdateDashboardPublishedVersion" => dashboards::publish(store, input).await,
            "DescribeDashboardDefinition" => dashboards::describe_definition(store, input).await,
            "DescribeDashboardPermissions" => dashboards::describe_permissions(store, input).await,
            "UpdateDashboardPermissions" => dashboards::update_permissions(store, input).await,
            "TagResource" => tags::tag(store, input).await,
            "UntagResource" => tags::untag(store, input).await,
            "ListTagsForResource" => tags::list(store, input).await,
            _ => Err(ServiceError::unknown_operation("QuickSight", operation)),
        }
    }
}
