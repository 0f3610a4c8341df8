//! The operations of IAM, and where each one lives.

use async_trait::async_trait;
use serde_json::Value;

use super::input::Input;
use super::{policies, role, tags};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::query::QueryService;
use crate::local::store::Store;

/// IAM on a store.
pub struct Iam {
    store: Store,
}

impl Iam {
    /// IAM on `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl QueryService for Iam {
    fn scope(&self) -> &'static str {
        "iam"
    }

    fn namespace(&self) -> &'static str {
        "https://iam.amazonaws.com/doc/2010-05-08/"
    }

    async fn call(&self, operation: &str, input: Value) -> ServiceResult {
        let input = Input::new(input);
        let store = &self.store;
        // One call at a time: every write depends on what was read.
        let _lock = store.lock().await?;
        match operation {
            "CreateRole" => role::create(store, &input),
            "GetRole" => role::get(store, &input),
            "ListRoles" => role::list(store, &input),
            "UpdateRole" => role::update(store, &input),
            "UpdateAssumeRolePolicy" => role::update_trust(store, &input),
            "DeleteRole" => role::delete(store, &input),
            "PutRolePermissionsBoundary" => role::put_boundary(store, &input),
            "DeleteRolePermissionsBoundary" => role::delete_boundary(store, &input),
            "ListInstanceProfilesForRole" => role::instance_profiles(store, &input),
            "PutRolePolicy" => policies::put(store, &input),
            "GetRolePolicy" => policies::get(store, &input),
            "ListRolePolicies" => policies::list(store, &input),
            "DeleteRolePolicy" => policies::delete(store, &input),
            "AttachRolePolicy" => policies::attach(store, &input),
            "DetachRolePolicy" => policies::detach(store, &input),
            "ListAttachedRolePolicies" => policies::list_attached(store, &input),
            "TagRole" => tags::tag(store, &input),
            "UntagRole" => tags::untag(store, &input),
            "ListRoleTags" => tags::list(store, &input),
            _ => Err(ServiceError::bad_request(
                "InvalidAction",
                format!("Could not find operation {operation} for version 2010-05-08"),
            )),
        }
    }
}
