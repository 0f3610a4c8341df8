//! Roles: create, get, update.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::{self, Entity, Principal, find, save};
use super::input::{Input, invalid};
use super::{document, paging, tags};
pub use crate::aws::session::partition;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::{Store, iso8601, now};

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

impl Entity for Role {
    const COLLECTION: &'static str = "iam/roles";
    const WORD: &'static str = "role";
    const MEMBER: &'static str = "RoleName";
    const LIST: &'static str = "Roles";
    const LONGEST: usize = 64;
    const MAX_INLINE: usize = 10_240;

    fn name(&self) -> &str {
        &self.name
    }
    fn path(&self) -> &str {
        &self.path
    }
    fn inline(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.inline
    }
    fn attached(&mut self) -> &mut Vec<String> {
        &mut self.attached
    }
    /// `GetRole` and `CreateRole` show more.
    fn summary(&self, store: &Store) -> Value {
        json!({
            "Path": self.path,
            "RoleName": self.name,
            "RoleId": self.id,
            "Arn": entity::arn(self, store),
            "CreateDate": iso8601(self.created),
            "AssumeRolePolicyDocument": document::encode(&self.trust),
            "Description": self.description,
            "MaxSessionDuration": self.max_session,
        })
    }
}

impl Principal for Role {
    fn tags(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.tags
    }
    fn boundary(&mut self) -> &mut Option<String> {
        &mut self.boundary
    }
}

fn whole(role: &Role, store: &Store) -> Value {
    entity::with_marks(role.summary(store), role.boundary.as_deref(), &role.tags)
}

/// Whether the role of an ARN is there and its trust policy names the service (`quicksight.amazonaws.com`).
pub fn trusts(store: &Store, arn: &str, service: &str) -> Result<bool, ServiceError> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let role: Option<Role> = store.get(Role::COLLECTION, &entity::document_name(name))?;
    Ok(role.is_some_and(|role| entity::arn(&role, store) == arn && role.trust.contains(service)))
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
    let name = input.name("RoleName", Role::LONGEST)?;
    let path = input.path("Path")?;
    let trust = input.required("AssumeRolePolicyDocument")?;
    let max_session = input.number("MaxSessionDuration", 3600, 43_200)?.unwrap_or(3600);
    document::check_trust(trust)?;
    let boundary = entity::new_boundary(store, input)?;
    entity::check_free::<Role>(store, name)?;
    let role = Role {
        name: name.to_owned(),
        path: path.to_owned(),
        id: entity::new_id("AROA"),
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
    Ok(json!({ "Role": whole(&role, store) }))
}

/// `GetRole`.
pub fn get(store: &Store, input: &Input) -> ServiceResult {
    let mut role = whole(&find::<Role>(store, input)?, store);
    // Nobody ever assumes it here.
    role["RoleLastUsed"] = json!({});
    Ok(json!({ "Role": role }))
}

/// `UpdateRole`: what is left out goes back to its default, as AWS does it.
pub fn update(store: &Store, input: &Input) -> ServiceResult {
    let mut role = find::<Role>(store, input)?;
    role.description = description(input)?;
    role.max_session = input.number("MaxSessionDuration", 3600, 43_200)?.unwrap_or(3600);
    save(store, &role)?;
    Ok(json!({}))
}

/// `UpdateAssumeRolePolicy`.
pub fn update_trust(store: &Store, input: &Input) -> ServiceResult {
    let mut role = find::<Role>(store, input)?;
    let trust = input.required("PolicyDocument")?;
    document::check_trust(trust)?;
    role.trust = trust.to_owned();
    save(store, &role)?;
    Ok(Value::Null)
}

/// `ListInstanceProfilesForRole`: there are none here.
pub fn instance_profiles(store: &Store, input: &Input) -> ServiceResult {
    find::<Role>(store, input)?;
    paging::page("InstanceProfiles", Vec::new(), input)
}
