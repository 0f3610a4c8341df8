//! A user's access keys, password and devices: kept so that who deletes a user meets them. Nobody signs in with them here.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::entity::{Entity, find, new_id, no_such_entity, save};
use super::input::Input;
use super::paging;
use super::user::User;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::{Store, iso8601, now};

/// The most access keys of a user.
const MOST_KEYS: usize = 2;

/// An access key, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessKey {
    /// `AKIA..`.
    pub id: String,
    /// When it was made, seconds since 1970.
    pub created: f64,
}

fn shown(user: &User, key: &AccessKey) -> Value {
    json!({
        "UserName": user.name, "AccessKeyId": key.id, "Status": "Active", "CreateDate": iso8601(key.created)
    })
}

/// `CreateAccessKey`.
pub fn create_key(store: &Store, input: &Input) -> ServiceResult {
    let mut user = find::<User>(store, input)?;
    if user.keys.len() == MOST_KEYS {
        let message = format!("Cannot exceed quota for AccessKeysPerUser: {MOST_KEYS}");
        return Err(ServiceError::new(409, "LimitExceeded", message));
    }
    let key = AccessKey { id: new_id("AKIA"), created: now() };
    let mut answer = shown(&user, &key);
    let secret: [u8; 30] = rand::rng().random();
    answer["SecretAccessKey"] = STANDARD.encode(secret).into();
    user.keys.push(key);
    save(store, &user)?;
    Ok(json!({ "AccessKey": answer }))
}

/// `ListAccessKeys`.
pub fn list_keys(store: &Store, input: &Input) -> ServiceResult {
    let user = find::<User>(store, input)?;
    let mut keys: Vec<_> = user.keys.iter().map(|key| (key.id.clone(), shown(&user, key))).collect();
    keys.sort_by(|a, b| a.0.cmp(&b.0));
    paging::page("AccessKeyMetadata", keys, input)
}

/// `DeleteAccessKey`.
pub fn delete_key(store: &Store, input: &Input) -> ServiceResult {
    let mut user = find::<User>(store, input)?;
    let id = input.required("AccessKeyId")?;
    let at = user.keys.iter().position(|key| key.id == id);
    let at = at.ok_or_else(|| no_such_entity(format!("The Access Key with id {id} cannot be found.")))?;
    user.keys.remove(at);
    save(store, &user)?;
    Ok(Value::Null)
}

fn profile(user: &User) -> ServiceResult {
    let created = user
        .password
        .ok_or_else(|| no_such_entity(format!("Login Profile for {} {} cannot be found.", User::WORD, user.name)))?;
    Ok(json!({ "LoginProfile": {
        "UserName": user.name, "CreateDate": iso8601(created), "PasswordResetRequired": false
    }}))
}

/// `CreateLoginProfile`: the password itself is not kept.
pub fn create_profile(store: &Store, input: &Input) -> ServiceResult {
    let mut user = find::<User>(store, input)?;
    if user.password.is_some() {
        let message = format!("Login Profile for user {} already exists.", user.name);
        return Err(ServiceError::new(409, "EntityAlreadyExists", message));
    }
    user.password = Some(now());
    save(store, &user)?;
    profile(&user)
}

/// `GetLoginProfile`.
pub fn get_profile(store: &Store, input: &Input) -> ServiceResult {
    profile(&find::<User>(store, input)?)
}

/// `DeleteLoginProfile`.
pub fn delete_profile(store: &Store, input: &Input) -> ServiceResult {
    let mut user = find::<User>(store, input)?;
    profile(&user)?;
    user.password = None;
    save(store, &user)?;
    Ok(Value::Null)
}

/// `ListMFADevices`: there are none here.
pub fn devices(store: &Store, input: &Input) -> ServiceResult {
    find::<User>(store, input)?;
    paging::page("MFADevices", Vec::new(), input)
}
