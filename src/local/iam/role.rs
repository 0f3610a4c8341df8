//! Roles: create, get, list, update, delete, permissions boundary.

use std::collections::BTreeMap;

use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::input::{Input, invalid};
use super::{document, paging, policies, tags};
pub use crate::aws::session::partition;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::{Store, iso8601, now};

const ROLES: &str = "iam/roles";

/// A role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Role {
    /// Its name, in the case it was made with.
    pub name: String,
    /// Its path, `/` or `/a/b/`.
    pub path: String,
    /// `AROA..`.
    pub id: String,
    /// When it was made, seconds since 1970.
    pub created: f64,
    /// Its description.
    pub description: Option<String>,
    /// The longest session, in seconds.
    pub max_session: i64,
    /// The trust policy's text.
    pub trust: String,
    /// The ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Inline policies: name and text.
    pub inline: BTreeMap<String, String>,
    /// ARNs of attached policies.
    pub attached: Vec<String>,
}

impl Role {
    fn arn(&self, store: &Store) -> String {
        format!("arn:{}:iam::{}:role{}{}", partition(store.region()), store.account(), self.path, self.name)
    }

    /// The role as a list shows it; `GetRole` and `CreateRole` show more.
    fn summary(&self, store: &Store) -> Value {
        json!({
            "Path": self.path,
            "RoleName": self.name,
            "RoleId": self.id,
            "Arn": self.arn(store),
            "CreateDate": iso8601(self.created),
            "AssumeRolePolicyDocument": document::encode(&self.trust),
            "Description": self.description,
            "MaxSessionDuration": self.max_session,
        })
    }

    fn whole(&self, store: &Store) -> Value {
        let mut role = self.summary(store);
        if let Some(arn) = &self.boundary {
            role["PermissionsBoundary"] = json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn });
        }
        if !self.tags.is_empty() {
            role["Tags"] = tags::to_json(&self.tags).into_iter().map(|(_, tag)| tag).collect();
        }
        role
    }
}

/// There is no such thing.
pub fn no_such_entity(message: impl Into<String>) -> ServiceError {
    ServiceError::new(404, "NoSuchEntity", message)
}

/// Role names that differ in case only are the same.
fn document_name(name: &str) -> String {
    name.to_lowercase()
}

/// The role that `RoleName` names.
pub fn find(store: &Store, input: &Input) -> Result<Role, ServiceError> {
    let name = input.name("RoleName", 64)?;
    let role: Option<Role> = store.get(ROLES, &document_name(name))?;
    role.ok_or_else(|| no_such_entity(format!("The role with name {name} cannot be found.")))
}

/// Whether the role of an ARN is there and its trust policy names the service (`quicksight.amazonaws.com`).
pub fn trusts(store: &Store, arn: &str, service: &str) -> Result<bool, ServiceError> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let role: Option<Role> = store.get(ROLES, &document_name(name))?;
    Ok(role.is_some_and(|role| role.arn(store) == arn && role.trust.contains(service)))
}

/// Writes a role back.
pub fn save(store: &Store, role: &Role) -> Result<(), ServiceError> {
    Ok(store.put(ROLES, &document_name(&role.name), role)?)
}

fn new_id() -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut rng = rand::rng();
    let random: String = (0..17).map(|_| letters[rng.random_range(0..letters.len())] as char).collect();
    format!("AROA{random}")
}

fn description(input: &Input) -> Result<Option<String>, ServiceError> {
    let description = input.text("Description").filter(|text| !text.is_empty());
    if description.is_some_and(|text| text.chars().count() > 1000) {
        let message = "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have \
                       length less than or equal to 1000";
        return Err(invalid(message));
    }
    Ok(description.map(str::to_owned))
}

/// `CreateRole`.
pub fn create(store: &Store, input: &Input) -> ServiceResult {
    let name = input.name("RoleName", 64)?;
    let path = input.path("Path")?;
    let trust = input.required("AssumeRolePolicyDocument")?;
    let max_session = input.number("MaxSessionDuration", 3600, 43_200)?.unwrap_or(3600);
    document::check_trust(trust)?;
    let boundary = input.text("PermissionsBoundary").map(str::to_owned);
    if let Some(arn) = &boundary {
        policies::check_arn(arn, store)?;
    }
    if store.get::<Role>(ROLES, &document_name(name))?.is_some() {
        return Err(ServiceError::new(409, "EntityAlreadyExists", format!("Role with name {name} already exists.")));
    }
    let role = Role {
        name: name.to_owned(),
        path: path.to_owned(),
        id: new_id(),
        created: now(),
        description: description(input)?,
        max_session,
        trust: trust.to_owned(),
        boundary,
        tags: tags::merge(BTreeMap::new(), input)?,
        inline: BTreeMap::new(),
        attached: Vec::new(),
    };
    save(store, &role)?;
    Ok(json!({ "Role": role.whole(store) }))
}

/// `GetRole`.
pub fn get(store: &Store, input: &Input) -> ServiceResult {
    let mut role = find(store, input)?.whole(store);
    // Nobody ever assumes it here.
    role["RoleLastUsed"] = json!({});
    Ok(json!({ "Role": role }))
}

/// `ListRoles`, below a path prefix.
pub fn list(store: &Store, input: &Input) -> ServiceResult {
    let prefix = input.text("PathPrefix").unwrap_or("/");
    if !prefix.starts_with('/') {
        return Err(invalid("The specified value for pathPrefix is invalid. It must begin with /."));
    }
    let roles = store.list::<Role>(ROLES)?.into_iter().filter(|(_, role)| role.path.starts_with(prefix));
    paging::page("Roles", roles.map(|(name, role)| (name, role.summary(store))).collect(), input)
}

/// `UpdateRole`: what is left out goes back to its default, as AWS does it.
pub fn update(store: &Store, input: &Input) -> ServiceResult {
    let mut role = find(store, input)?;
    role.description = description(input)?;
    role.max_session = input.number("MaxSessionDuration", 3600, 43_200)?.unwrap_or(3600);
    save(store, &role)?;
    Ok(json!({}))
}

/// `UpdateAssumeRolePolicy`.
pub fn update_trust(store: &Store, input: &Input) -> ServiceResult {
    let mut role = find(store, input)?;
    let trust = input.required("PolicyDocument")?;
    document::check_trust(trust)?;
    role.trust = trust.to_owned();
    save(store, &role)?;
    Ok(Value::Null)
}

/// `DeleteRole`: only without policies.
pub fn delete(store: &Store, input: &Input) -> ServiceResult {
    let role = find(store, input)?;
    let conflict = |message: &str| Err(ServiceError::new(409, "DeleteConflict", message));
    if !role.attached.is_empty() {
        return conflict("Cannot delete entity, must detach all policies first.");
    }
    if !role.inline.is_empty() {
        return conflict("Cannot delete entity, must delete policies first.");
    }
    store.delete(ROLES, &document_name(&role.name))?;
    Ok(Value::Null)
}

/// `PutRolePermissionsBoundary`.
pub fn put_boundary(store: &Store, input: &Input) -> ServiceResult {
    let mut role = find(store, input)?;
    let arn = input.required("PermissionsBoundary")?;
    policies::check_arn(arn, store)?;
    role.boundary = Some(arn.to_owned());
    save(store, &role)?;
    Ok(Value::Null)
}

/// `DeleteRolePermissionsBoundary`.
pub fn delete_boundary(store: &Store, input: &Input) -> ServiceResult {
    let mut role = find(store, input)?;
    if role.boundary.take().is_none() {
        return Err(no_such_entity(format!("The role with name {} does not have a permissions boundary.", role.name)));
    }
    save(store, &role)?;
    Ok(Value::Null)
}

/// `ListInstanceProfilesForRole`: there are none here.
pub fn instance_profiles(store: &Store, input: &Input) -> ServiceResult {
    find(store, input)?;
    paging::page("InstanceProfiles", Vec::new(), input)
}
