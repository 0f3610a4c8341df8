//! Groups: create, get with their members, update, delete. A group has neither tags nor a boundary.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::{self, Entity, conflict, find, save};
use super::input::Input;
use super::{paging, user};
use crate::local::error::ServiceResult;
use crate::local::store::{Store, iso8601, now};

/// A group.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    /// Its name, in the case it was made with.
    pub name: String,
    /// Its path, `/` or `/a/b/`.
    pub path: String,
    /// `AGPA..`.
    pub id: String,
    /// When it was made, seconds since 1970.
    pub created: f64,
    /// Inline policies: name and text.
    pub inline: BTreeMap<String, String>,
    /// ARNs of attached policies.
    pub attached: Vec<String>,
}

impl Entity for Group {
    const COLLECTION: &'static str = "iam/groups";
    const WORD: &'static str = "group";
    const MEMBER: &'static str = "GroupName";
    const LIST: &'static str = "Groups";
    const LONGEST: usize = 128;
    const MAX_INLINE: usize = 5120;

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
            "GroupName": self.name,
            "GroupId": self.id,
            "Arn": entity::arn(self, store),
            "CreateDate": iso8601(self.created),
        })
    }
}

/// `CreateGroup`.
pub fn create(store: &Store, input: &Input) -> ServiceResult {
    let name = input.name("GroupName", Group::LONGEST)?;
    let path = input.path("Path")?;
    entity::check_free::<Group>(store, name)?;
    let group = Group {
        name: name.to_owned(),
        path: path.to_owned(),
        id: entity::new_id("AGPA"),
        created: now(),
        inline: BTreeMap::new(),
        attached: Vec::new(),
    };
    save(store, &group)?;
    Ok(json!({ "Group": group.summary(store) }))
}

/// `GetGroup`: the group and a page of its members.
pub fn get(store: &Store, input: &Input) -> ServiceResult {
    let group = find::<Group>(store, input)?;
    let members = user::members(store, &group.name)?;
    let members = members.into_iter().map(|user| (user.name.clone(), user.summary(store))).collect();
    let mut page = paging::page("Users", members, input)?;
    page["Group"] = group.summary(store);
    Ok(page)
}

/// `UpdateGroup`: another path, another name.
pub fn update(store: &Store, input: &Input) -> ServiceResult {
    let mut group = find::<Group>(store, input)?;
    if input.text("NewPath").is_some() {
        group.path = input.path("NewPath")?.to_owned();
    }
    if input.text("NewGroupName").is_some() {
        let name = input.name("NewGroupName", Group::LONGEST)?;
        if !name.eq_ignore_ascii_case(&group.name) {
            entity::check_free::<Group>(store, name)?;
        }
        for mut member in user::members(store, &group.name)? {
            member.groups.retain(|of| *of != group.name);
            member.groups.push(name.to_owned());
            save(store, &member)?;
        }
        store.delete(Group::COLLECTION, &entity::document_name(&group.name))?;
        group.name = name.to_owned();
    }
    save(store, &group)?;
    Ok(Value::Null)
}

/// `DeleteGroup`: only one without members and policies.
pub fn delete(store: &Store, input: &Input) -> ServiceResult {
    let group = find::<Group>(store, input)?;
    if !user::members(store, &group.name)?.is_empty() {
        return Err(conflict("Cannot delete entity, must remove users from group first."));
    }
    entity::delete(store, group)
}
