//! A role's policies: inline ones by name, managed ones by ARN.

use serde_json::{Value, json};

use super::input::{Input, invalid};
use super::role::{find, no_such_entity, partition, save};
use super::{document, paging};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::Store;

/// The most characters of all inline policies of a role, white space not counted.
const MAX_INLINE: usize = 10_240;
/// The most managed policies of a role.
const MAX_ATTACHED: usize = 10;

/// `PutRolePolicy`.
pub fn put(store: &Store, input: &Input) -> ServiceResult {
    let mut role = find(store, input)?;
    let name = input.name("PolicyName", 128)?;
    let text = input.required("PolicyDocument")?;
    document::check_permissions(text)?;
    role.inline.insert(name.to_owned(), text.to_owned());
    let size: usize = role.inline.values().map(|text| text.chars().filter(|c| !c.is_whitespace()).count()).sum();
    if size > MAX_INLINE {
        let message = format!("Maximum policy size of {MAX_INLINE} bytes exceeded for role {}", role.name);
        return Err(ServiceError::new(409, "LimitExceeded", message));
    }
    save(store, &role)?;
    Ok(Value::Null)
}

/// `GetRolePolicy`.
pub fn get(store: &Store, input: &Input) -> ServiceResult {
    let role = find(store, input)?;
    let name = input.name("PolicyName", 128)?;
    let text = role.inline.get(name).ok_or_else(|| no_such_policy(name))?;
    Ok(json!({ "RoleName": role.name, "PolicyName": name, "PolicyDocument": document::encode(text) }))
}

/// `ListRolePolicies`.
pub fn list(store: &Store, input: &Input) -> ServiceResult {
    let role = find(store, input)?;
    let names = role.inline.into_keys().map(|name| (name.clone(), Value::from(name)));
    paging::page("PolicyNames", names.collect(), input)
}

/// `DeleteRolePolicy`.
pub fn delete(store: &Store, input: &Input) -> ServiceResult {
    let mut role = find(store, input)?;
    let name = input.name("PolicyName", 128)?;
    role.inline.remove(name).ok_or_else(|| no_such_policy(name))?;
    save(store, &role)?;
    Ok(Value::Null)
}

fn no_such_policy(name: &str) -> ServiceError {
    no_such_entity(format!("The role policy with name {name} cannot be found."))
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
pub fn attach(store: &Store, input: &Input) -> ServiceResult {
    let mut role = find(store, input)?;
    let arn = input.required("PolicyArn")?;
    check_arn(arn, store)?;
    if !role.attached.iter().any(|attached| attached == arn) {
        if role.attached.len() == MAX_ATTACHED {
            let message = format!("Cannot exceed quota for PoliciesPerRole: {MAX_ATTACHED}");
            return Err(ServiceError::new(409, "LimitExceeded", message));
        }
        role.attached.push(arn.to_owned());
        save(store, &role)?;
    }
    Ok(Value::Null)
}

/// `DetachRolePolicy`.
pub fn detach(store: &Store, input: &Input) -> ServiceResult {
    let mut role = find(store, input)?;
    let arn = input.required("PolicyArn")?;
    let at = role.attached.iter().position(|attached| attached == arn);
    let at = at.ok_or_else(|| no_such_entity(format!("Policy {arn} was not found.")))?;
    role.attached.remove(at);
    save(store, &role)?;
    Ok(Value::Null)
}

/// `ListAttachedRolePolicies`, below a path prefix.
pub fn list_attached(store: &Store, input: &Input) -> ServiceResult {
    let mut role = find(store, input)?;
    let prefix = input.text("PathPrefix").unwrap_or("/");
    role.attached.sort();
    let policies = role.attached.into_iter().filter_map(|arn| {
        let path = arn.split_once(":policy")?.1.to_owned();
        let name = path.rsplit('/').next()?.to_owned();
        path.starts_with(prefix).then(|| (arn.clone(), json!({ "PolicyName": name, "PolicyArn": arn })))
    });
    paging::page("AttachedPolicies", policies.collect(), input)
}
