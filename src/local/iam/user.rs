//! Users: create, get, update, delete; the groups they are in. Their keys and passwords: [`super::credentials`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::credentials::AccessKey;
use super::entity::{self, Entity, Principal, conflict, find, save};
use super::group::Group;
use super::input::Input;
use super::{paging, tags};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::{Store, iso8601, now};

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct User {
    /// Its name, in the case it was made with.
    pub name: String,
    /// Its path, `/` or `/a/b/`.
    pub path: String,
    /// `AIDA..`.
    pub id: String,
    /// When it was made, seconds since 1970.
    pub created: f64,
    /// The ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Inline policies: name and text.
    pub inline: BTreeMap<String, String>,
    /// ARNs of attached policies.
    pub attached: Vec<String>,
    /// The names of the groups it is in.
    pub groups: Vec<String>,
    /// Access keys.
    pub keys: Vec<AccessKey>,
    /// When it was given a password, seconds since 1970.
    pub password: Option<f64>,
}

impl Entity for User {
    const COLLECTION: &'static str = "iam/users";
    const WORD: &'static str = "user";
    const MEMBER: &'static str = "UserName";
    const LIST: &'static str = "Users";
    const LONGEST: usize = 64;
    const MAX_INLINE: usize = 2048;

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
    fn summary(&self, store: &Store) -> Value {
        json!({
            "Path": self.path,
            "UserName": self.name,
            "UserId": self.id,
            "Arn": entity::arn(self, store),
            "CreateDate": iso8601(self.created),
        })
    }
}

impl Principal for User {
    fn tags(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.tags
    }
    fn boundary(&mut self) -> &mut Option<String> {
        &mut self.boundary
    }
}

fn whole(user: &User, store: &Store) -> Value {
    entity::with_marks(user.summary(store), user.boundary.as_deref(), &user.tags)
}

/// `CreateUser`.
pub fn create(store: &Store, input: &Input) -> ServiceResult {
    let name = input.name("UserName", User::LONGEST)?;
    let path = input.path("Path")?;
    let boundary = entity::new_boundary(store, input)?;
    entity::check_free::<User>(store, name)?;
    let user = User {
        name: name.to_owned(),
        path: path.to_owned(),
        id: entity::new_id("AIDA"),
        created: now(),
        boundary,
        tags: tags::merge(BTreeMap::new(), input)?,
        inline: BTreeMap::new(),
        attached: Vec::new(),
        groups: Vec::new(),
        keys: Vec::new(),
        password: None,
    };
    save(store, &user)?;
    Ok(json!({ "User": whole(&user, store) }))
}

/// `GetUser`.
pub fn get(store: &Store, input: &Input) -> ServiceResult {
    Ok(json!({ "User": whole(&find::<User>(store, input)?, store) }))
}

/// `UpdateUser`: another path, another name.
pub fn update(store: &Store, input: &Input) -> ServiceResult {
    let mut user = find::<User>(store, input)?;
    if input.text("NewPath").is_some() {
        user.path = input.path("NewPath")?.to_owned();
    }
    if input.text("NewUserName").is_some() {
        let name = input.name("NewUserName", User::LONGEST)?;
        if !name.eq_ignore_ascii_case(&user.name) {
            entity::check_free::<User>(store, name)?;
        }
        store.delete(User::COLLECTION, &entity::document_name(&user.name))?;
        user.name = name.to_owned();
    }
    save(store, &user)?;
    Ok(Value::Null)
}

/// `DeleteUser`: only one that is in no group and has neither policies nor credentials.
pub fn delete(store: &Store, input: &Input) -> ServiceResult {
    let user = find::<User>(store, input)?;
    if !user.groups.is_empty() {
        return Err(conflict("Cannot delete entity, must remove referenced objects first."));
    }
    if !user.keys.is_empty() {
        return Err(conflict("Cannot delete entity, must delete access keys first."));
    }
    if user.password.is_some() {
        return Err(conflict("Cannot delete entity, must delete login profile first."));
    }
    entity::delete(store, user)
}

/// `AddUserToGroup`; twice is no error.
pub fn add_to_group(store: &Store, input: &Input) -> ServiceResult {
    let (mut user, group) = both(store, input)?;
    if !user.groups.contains(&group.name) {
        user.groups.push(group.name);
        user.groups.sort();
        save(store, &user)?;
    }
    Ok(Value::Null)
}

/// `RemoveUserFromGroup`.
pub fn remove_from_group(store: &Store, input: &Input) -> ServiceResult {
    let (mut user, group) = both(store, input)?;
    user.groups.retain(|name| *name != group.name);
    save(store, &user)?;
    Ok(Value::Null)
}

fn both(store: &Store, input: &Input) -> Result<(User, Group), ServiceError> {
    let group = find::<Group>(store, input)?;
    Ok((find::<User>(store, input)?, group))
}

/// `ListGroupsForUser`.
pub fn groups(store: &Store, input: &Input) -> ServiceResult {
    let mut groups = Vec::new();
    for name in find::<User>(store, input)?.groups {
        let group: Option<Group> = store.get(Group::COLLECTION, &entity::document_name(&name))?;
        groups.extend(group.map(|group| (name, group.summary(store))));
    }
    paging::page("Groups", groups, input)
}

/// The members of a group, by name.
pub fn members(store: &Store, group: &str) -> Result<Vec<User>, ServiceError> {
    let all = store.list::<User>(User::COLLECTION)?.into_iter().map(|(_, user)| user);
    Ok(all.filter(|user| user.groups.iter().any(|name| name == group)).collect())
}
