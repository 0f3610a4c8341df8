//! The policies of roles, users and groups: inline ones by name, managed ones by ARN.

use serde_json::{Value, json};

use super::entity::{Entity, find, no_such_entity, save};
use super::input::{Input, invalid};
use super::role::partition;
use super::{document, paging};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::Store;

/// The most managed policies of one of them.
const MAX_ATTACHED: usize = 10;

/// `PutRolePolicy`, `PutUserPolicy`, `PutGroupPolicy`; so with the others.
pub fn put<E: Entity>(store: &Store, input: &Input) -> ServiceResult {
    let mut entity = find::<E>(store, input)?;
    let name = input.name("PolicyName", 128)?;
    let text = input.required("PolicyDocument")?;
    document::check_permissions(text)?;
    entity.inline().insert(name.to_owned(), text.to_owned());
    let size: usize = entity.inline().values().map(|text| text.chars().filter(|c| !c.is_whitespace()).count()).sum();
    if size > E::MAX_INLINE {
        let message =
            format!("Maximum policy size of {} bytes exceeded for {} {}", E::MAX_INLINE, E::WORD, entity.name());
        return Err(ServiceError::new(409, "LimitExceeded", message));
    }
    save(store, &entity)?;
    Ok(Value::Null)
}

/// `GetRolePolicy`.
pub fn get<E: Entity>(store: &Store, input: &Input) -> ServiceResult {
    let mut entity = find::<E>(store, input)?;
    let name = input.name("PolicyName", 128)?;
    let text = document::encode(entity.inline().get(name).ok_or_else(|| no_such_policy::<E>(name))?);
    Ok(json!({ (E::MEMBER): entity.name(), "PolicyName": name, "PolicyDocument": text }))
}

/// `ListRolePolicies`.
pub fn list<E: Entity>(store: &Store, input: &Input) -> ServiceResult {
    let mut entity = find::<E>(store, input)?;
    let names = entity.inline().keys().map(|name| (name.clone(), Value::from(name.clone())));
    paging::page("PolicyNames", names.collect(), input)
}

/// `DeleteRolePolicy`.
pub fn delete<E: Entity>(store: &Store, input: &Input) -> ServiceResult {
    let mut entity = find::<E>(store, input)?;
    let name = input.name("PolicyName", 128)?;
    entity.inline().remove(name).ok_or_else(|| no_such_policy::<E>(name))?;
    save(store, &entity)?;
    Ok(Value::Null)
}

fn no_such_policy<E: Entity>(name: &str) -> ServiceError {
    no_such_entity(format!("The {} policy with name {name} cannot be found.", E::WORD))
}

/// The ARN of a policy: AWS's own or one of this account. Which ones there are is not known here.
pub fn check_arn(arn: &str, store: &Store) -> Result<(), ServiceError> {
    let prefix = format!("arn:{}:iam::", partition(store.region()));
    let rest = arn.strip_prefix(&prefix).and_then(|rest| rest.split_once(":policy/"));
    match rest {
        Some((owner, name)) if !name.is_empty() && (owner == "aws" || owner == store.account()) => Ok(()),
        Some(_) => Err(no_such_entity(format!("Policy {arn} does not exist or is not attachable."))),
        None => Err(invalid(format!("ARN {arn} is not valid."))),
    }
}

/// `AttachRolePolicy`; twice is no error.
pub fn attach<E: Entity>(store: &Store, input: &Input) -> ServiceResult {
    let mut entity = find::<E>(store, input)?;
    let arn = input.required("PolicyArn")?;
    check_arn(arn, store)?;
    if !entity.attached().iter().any(|attached| attached == arn) {
        if entity.attached().len() == MAX_ATTACHED {
            let of = E::MEMBER.trim_end_matches("Name");
            let message = format!("Cannot exceed quota for PoliciesPer{of}: {MAX_ATTACHED}");
            return Err(ServiceError::new(409, "LimitExceeded", message));
        }
        entity.attached().push(arn.to_owned());
        save(store, &entity)?;
    }
    Ok(Value::Null)
}

/// `DetachRolePolicy`.
pub fn detach<E: Entity>(store: &Store, input: &Input) -> ServiceResult {
    let mut entity = find::<E>(store, input)?;
    let arn = input.required("PolicyArn")?;
    let at = entity.attached().iter().position(|attached| attached == arn);
    let at = at.ok_or_else(|| no_such_entity(format!("Policy {arn} was not found.")))?;
    entity.attached().remove(at);
    save(store, &entity)?;
    Ok(Value::Null)
}

/// `ListAttachedRolePolicies`, below a path prefix.
pub fn list_attached<E: Entity>(store: &Store, input: &Input) -> ServiceResult {
    let mut entity = find::<E>(store, input)?;
    let prefix = input.text("PathPrefix").unwrap_or("/");
    entity.attached().sort();
    let policies = entity.attached().drain(..).filter_map(|arn| {
        let path = arn.split_once(":policy")?.1.to_owned();
        let name = path.rsplit('/').next()?.to_owned();
        path.starts_with(prefix).then(|| (arn.clone(), json!({ "PolicyName": name, "PolicyArn": arn })))
    });
    paging::page("AttachedPolicies", policies.collect(), input)
}
