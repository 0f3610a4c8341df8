//! The operations of IAM, and where each one lives.

use async_trait::async_trait;
use serde_json::Value;

use super::group::{self, Group};
use super::input::Input;
use super::role::{self, Role};
use super::user::{self, User};
use super::{credentials, entity, policies, tags};
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
            "ListRoles" => entity::list::<Role>(store, &input),
            "UpdateRole" => role::update(store, &input),
            "UpdateAssumeRolePolicy" => role::update_trust(store, &input),
            "DeleteRole" => entity::delete::<Role>(store, entity::find(store, &input)?),
            "PutRolePermissionsBoundary" => entity::put_boundary::<Role>(store, &input),
            "DeleteRolePermissionsBoundary" => entity::delete_boundary::<Role>(store, &input),
            "ListInstanceProfilesForRole" => role::instance_profiles(store, &input),
            "TagRole" => tags::tag::<Role>(store, &input),
            "UntagRole" => tags::untag::<Role>(store, &input),
            "ListRoleTags" => tags::list::<Role>(store, &input),

            "CreateUser" => user::create(store, &input),
            "GetUser" => user::get(store, &input),
            "ListUsers" => entity::list::<User>(store, &input),
            "UpdateUser" => user::update(store, &input),
            "DeleteUser" => user::delete(store, &input),
            "PutUserPermissionsBoundary" => entity::put_boundary::<User>(store, &input),
            "DeleteUserPermissionsBoundary" => entity::delete_boundary::<User>(store, &input),
            "TagUser" => tags::tag::<User>(store, &input),
            "UntagUser" => tags::untag::<User>(store, &input),
            "ListUserTags" => tags::list::<User>(store, &input),
            "AddUserToGroup" => user::add_to_group(store, &input),
            "RemoveUserFromGroup" => user::remove_from_group(store, &input),
            "ListGroupsForUser" => user::groups(store, &input),
            "CreateAccessKey" => credentials::create_key(store, &input),
            "ListAccessKeys" => credentials::list_keys(store, &input),
            "DeleteAccessKey" => credentials::delete_key(store, &input),
            "CreateLoginProfile" => credentials::create_profile(store, &input),
            "GetLoginProfile" => credentials::get_profile(store, &input),
            "DeleteLoginProfile" => credentials::delete_profile(store, &input),
            "ListMFADevices" => credentials::devices(store, &input),

            "CreateGroup" => group::create(store, &input),
            "GetGroup" => group::get(store, &input),
            "ListGroups" => entity::list::<Group>(store, &input),
            "UpdateGroup" => group::update(store, &input),
            "DeleteGroup" => group::delete(store, &input),

            _ => of_any(store, operation, &input),
        }
    }
}

/// The calls about policies, which roles, users and groups all have.
fn of_any(store: &Store, operation: &str, input: &Input) -> ServiceResult {
    match operation {
        "PutRolePolicy" => policies::put::<Role>(store, input),
        "GetRolePolicy" => policies::get::<Role>(store, input),
        "ListRolePolicies" => policies::list::<Role>(store, input),
        "DeleteRolePolicy" => policies::delete::<Role>(store, input),
        "AttachRolePolicy" => policies::attach::<Role>(store, input),
        "DetachRolePolicy" => policies::detach::<Role>(store, input),
        "ListAttachedRolePolicies" => policies::list_attached::<Role>(store, input),
        "PutUserPolicy" => policies::put::<User>(store, input),
        "GetUserPolicy" => policies::get::<User>(store, input),
        "ListUserPolicies" => policies::list::<User>(store, input),
        "DeleteUserPolicy" => policies::delete::<User>(store, input),
        "AttachUserPolicy" => policies::attach::<User>(store, input),
        "DetachUserPolicy" => policies::detach::<User>(store, input),
        "ListAttachedUserPolicies" => policies::list_attached::<User>(store, input),
        "PutGroupPolicy" => policies::put::<Group>(store, input),
        "GetGroupPolicy" => policies::get::<Group>(store, input),
        "ListGroupPolicies" => policies::list::<Group>(store, input),
        "DeleteGroupPolicy" => policies::delete::<Group>(store, input),
        "AttachGroupPolicy" => policies::attach::<Group>(store, input),
        "DetachGroupPolicy" => policies::detach::<Group>(store, input),
        "ListAttachedGroupPolicies" => policies::list_attached::<Group>(store, input),
        _ => Err(ServiceError::bad_request(
            "InvalidAction",
            format!("Could not find operation {operation} for version 2010-05-08"),
        )),
    }
}
