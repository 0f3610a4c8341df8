//! What roles, users and groups have in common: a name, a path, policies; roles and users also tags and a boundary.

use std::collections::BTreeMap;

use rand::Rng;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::input::{Input, invalid};
use super::role::partition;
use super::{paging, policies, tags};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::Store;

/// A role, user or group.
pub trait Entity: Serialize + DeserializeOwned {
    /// Where they are kept.
    const COLLECTION: &'static str;
    /// As ARNs and messages name one: `role`.
    const WORD: &'static str;
    /// The member of inputs and outputs that holds its name: `RoleName`.
    const MEMBER: &'static str;
    /// The list of a listing: `Roles`.
    const LIST: &'static str;
    /// The longest name.
    const LONGEST: usize;
    /// The most characters of all inline policies, white space not counted.
    /// (IAM guide, "IAM and AWS STS quotas".)
    const MAX_INLINE: usize;

    /// Its name, in the case it was made with.
    fn name(&self) -> &str;
    /// Its path, `/` or `/a/b/`.
    fn path(&self) -> &str;
    /// Inline policies: name and text.
    fn inline(&mut self) -> &mut BTreeMap<String, String>;
    /// ARNs of attached policies.
    fn attached(&mut self) -> &mut Vec<String>;
    /// As a list shows it.
    fn summary(&self, store: &Store) -> Value;
}

/// One that acts: it has tags and may have a boundary.
pub trait Principal: Entity {
    /// Tags.
    fn tags(&mut self) -> &mut BTreeMap<String, String>;
    /// The ARN of the permissions boundary.
    fn boundary(&mut self) -> &mut Option<String>;
}

/// A summary with what Get and Create calls show beyond it: boundary and tags, where there are some.
pub fn with_marks(mut shown: Value, boundary: Option<&str>, tags: &BTreeMap<String, String>) -> Value {
    if let Some(arn) = boundary {
        shown["PermissionsBoundary"] = json!({ "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn });
    }
    if !tags.is_empty() {
        shown["Tags"] = tags::to_json(tags).into_iter().map(|(_, tag)| tag).collect();
    }
    shown
}

/// There is no such thing.
pub fn no_such_entity(message: impl Into<String>) -> ServiceError {
    ServiceError::new(404, "NoSuchEntity", message)
}

/// Names that differ in case only are the same.
pub fn document_name(name: &str) -> String {
    name.to_lowercase()
}

/// The one that the input names.
pub fn find<E: Entity>(store: &Store, input: &Input) -> Result<E, ServiceError> {
    let name = input.name(E::MEMBER, E::LONGEST)?;
    let found: Option<E> = store.get(E::COLLECTION, &document_name(name))?;
    found.ok_or_else(|| no_such_entity(format!("The {} with name {name} cannot be found.", E::WORD)))
}

/// Refuses a name that is taken.
pub fn check_free<E: Entity>(store: &Store, name: &str) -> Result<(), ServiceError> {
    if store.get::<E>(E::COLLECTION, &document_name(name))?.is_none() {
        return Ok(());
    }
    let word = E::WORD;
    let word = word[..1].to_uppercase() + &word[1..];
    Err(ServiceError::new(409, "EntityAlreadyExists", format!("{word} with name {name} already exists.")))
}

/// Writes one back.
pub fn save<E: Entity>(store: &Store, entity: &E) -> Result<(), ServiceError> {
    Ok(store.put(E::COLLECTION, &document_name(entity.name()), entity)?)
}

/// Its ARN.
pub fn arn<E: Entity>(entity: &E, store: &Store) -> String {
    let partition = partition(store.region());
    format!("arn:{partition}:iam::{}:{}{}{}", store.account(), E::WORD, entity.path(), entity.name())
}

/// A unique id: `AROA..`, `AIDA..`, `AGPA..`.
pub fn new_id(prefix: &str) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut rng = rand::rng();
    let random: String = (0..17).map(|_| letters[rng.random_range(0..letters.len())] as char).collect();
    format!("{prefix}{random}")
}

/// `ListRoles` and its like, below a path prefix.
pub fn list<E: Entity>(store: &Store, input: &Input) -> ServiceResult {
    let prefix = input.text("PathPrefix").unwrap_or("/");
    if !prefix.starts_with('/') {
        return Err(invalid("The specified value for pathPrefix is invalid. It must begin with /."));
    }
    let all = store.list::<E>(E::COLLECTION)?.into_iter().filter(|(_, entity)| entity.path().starts_with(prefix));
    paging::page(E::LIST, all.map(|(name, entity)| (name, entity.summary(store))).collect(), input)
}

/// Deletes one, which has to be free of policies.
pub fn delete<E: Entity>(store: &Store, mut entity: E) -> ServiceResult {
    if !entity.attached().is_empty() {
        return Err(conflict("Cannot delete entity, must detach all policies first."));
    }
    if !entity.inline().is_empty() {
        return Err(conflict("Cannot delete entity, must delete policies first."));
    }
    store.delete(E::COLLECTION, &document_name(entity.name()))?;
    Ok(Value::Null)
}

/// What a deletion waits for.
pub fn conflict(message: &str) -> ServiceError {
    ServiceError::new(409, "DeleteConflict", message)
}

/// `PutRolePermissionsBoundary`, `PutUserPermissionsBoundary`.
pub fn put_boundary<E: Principal>(store: &Store, input: &Input) -> ServiceResult {
    let mut entity = find::<E>(store, input)?;
    let arn = input.required("PermissionsBoundary")?;
    policies::check_arn(arn, store)?;
    *entity.boundary() = Some(arn.to_owned());
    save(store, &entity)?;
    Ok(Value::Null)
}

/// `DeleteRolePermissionsBoundary`, `DeleteUserPermissionsBoundary`.
pub fn delete_boundary<E: Principal>(store: &Store, input: &Input) -> ServiceResult {
    let mut entity = find::<E>(store, input)?;
    if entity.boundary().take().is_none() {
        let message = format!("The {} with name {} does not have a permissions boundary.", E::WORD, entity.name());
        return Err(no_such_entity(message));
    }
    save(store, &entity)?;
    Ok(Value::Null)
}

/// The boundary that a new one is made with.
pub fn new_boundary(store: &Store, input: &Input) -> Result<Option<String>, ServiceError> {
    let boundary = input.text("PermissionsBoundary").map(str::to_owned);
    if let Some(arn) = &boundary {
        policies::check_arn(arn, store)?;
    }
    Ok(boundary)
}
