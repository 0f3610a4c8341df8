//! Users and groups. The user `admin/local` is always there.
//!
//! Who may be named in permissions: registered users and groups. So that a manifest's principals work on a laptop without
//! ceremony, one of the namespace `default` is registered when it is first seen, in a permission or a describe, unless
//! the account is strict ([`super::Account::strict_principals`]). Other namespaces know only who was registered.

use serde_json::{Value, json};

use super::account::Account;
use super::support::{arn_in, exists, given, invalid, not_found, page, text};
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::Store;

const ADMIN: &str = "admin/local";

/// Users or groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person.
    User,
    /// Several.
    Group,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::User => "user",
            Kind::Group => "group",
        }
    }

    fn collection(self, namespace: &str) -> String {
        format!("quicksight/{}s/{namespace}", self.word())
    }
}

/// Whether users' and groups' ARNs may be of that region: the identity region; any, as long as nothing says which.
pub fn is_home(store: &Store, region: &str) -> Result<bool, ServiceError> {
    let account = Account::of(store)?;
    Ok(match account.identity_region {
        Some(home) => home == region,
        None => !account.strict_principals || region == store.home(),
    })
}

/// The region of users' and groups' ARNs.
fn region(store: &Store) -> Result<String, ServiceError> {
    Ok(Account::of(store)?.identity_region.unwrap_or_else(|| store.home().to_owned()))
}

fn identity_arn(store: &Store, kind: Kind, namespace: &str, name: &str) -> Result<String, ServiceError> {
    Ok(arn_in(store, &region(store)?, kind.word(), &format!("{namespace}/{name}")))
}

/// A user's or group's document, or `None`; registered on first sight where that is the rule. The caller holds the lock.
pub fn find(store: &Store, kind: Kind, namespace: &str, name: &str) -> Result<Option<Value>, ServiceError> {
    if let Some(found) = store.get(&kind.collection(namespace), name)? {
        return Ok(Some(found));
    }
    let is_admin = kind == Kind::User && name == ADMIN;
    let on_sight = !Account::of(store)?.strict_principals && !name.is_empty();
    if namespace != "default" || !(is_admin || on_sight) {
        return Ok(None);
    }
    let made = match kind {
        Kind::User => user(store, namespace, name, &json!({ "UserRole": if is_admin { "ADMIN" } else { "AUTHOR" } }))?,
        Kind::Group => group(store, namespace, name, "")?,
    };
    store.put(&kind.collection(namespace), name, &made)?;
    Ok(Some(made))
}

fn user(store: &Store, namespace: &str, name: &str, input: &Value) -> ServiceResult {
    let email = if name.contains('@') { name } else { "" };
    let is_iam = text(input, "IdentityType") == "IAM";
    Ok(json!({
        "Arn": identity_arn(store, Kind::User, namespace, name)?,
        "UserName": name,
        "Email": given(input, "Email").and_then(Value::as_str).unwrap_or(email),
        "Role": input["UserRole"],
        "IdentityType": if is_iam { "IAM" } else { "QUICKSIGHT" },
        "Active": true,
        "PrincipalId": format!("{}/{}", if is_iam { "federated/iam" } else { "user" }, uuid::Uuid::new_v4())
    }))
}

fn group(store: &Store, namespace: &str, name: &str, description: &str) -> ServiceResult {
    Ok(json!({
        "Arn": identity_arn(store, Kind::Group, namespace, name)?,
        "GroupName": name,
        "Description": description,
        "PrincipalId": format!("group/{}", uuid::Uuid::new_v4())
    }))
}

/// `RegisterUser`. A namespace is there as soon as somebody is in it.
pub async fn register_user(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let namespace = text(input, "Namespace");
    let name = match (text(input, "IdentityType"), text(input, "UserName")) {
        ("IAM", _) => {
            let arn = text(input, "IamArn");
            let (_, name) = arn.split_once('/').ok_or_else(|| invalid("IamArn is required for identity type IAM"))?;
            match text(input, "SessionName") {
                "" => name.to_owned(),
                session => format!("{name}/{session}"),
            }
        }
        ("QUICKSIGHT", "") => return Err(invalid("UserName is required for identity type QUICKSIGHT")),
        (_, name) => name.to_owned(),
    };
    let collection = Kind::User.collection(namespace);
    if store.get::<Value>(&collection, &name)?.is_some() || (namespace == "default" && name == ADMIN) {
        return Err(exists(format!("User {name} already exists in namespace {namespace}")));
    }
    let made = user(store, namespace, &name, input)?;
    store.put(&collection, &name, &made)?;
    let invitation = format!("https://{}.quicksight.aws.amazon.com/sn/auth/signup", store.region());
    Ok(json!({ "User": made, "UserInvitationUrl": invitation, "Status": 201 }))
}

/// `CreateGroup`.
pub async fn create_group(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let (namespace, name) = (text(input, "Namespace"), text(input, "GroupName"));
    let collection = Kind::Group.collection(namespace);
    if store.get::<Value>(&collection, name)?.is_some() {
        return Err(exists(format!("Group {name} already exists in namespace {namespace}")));
    }
    let made = group(store, namespace, name, text(input, "Description"))?;
    store.put(&collection, name, &made)?;
    Ok(json!({ "Group": made, "Status": 201 }))
}

/// `DescribeUser`.
pub async fn describe_user(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let (namespace, name) = (text(input, "Namespace"), text(input, "UserName"));
    let found = find(store, Kind::User, namespace, name)?;
    Ok(json!({ "User": found.ok_or_else(|| not_found(format!("User {name} not found in namespace {namespace}")))? }))
}

/// `DescribeGroup`.
pub async fn describe_group(store: &Store, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let (namespace, name) = (text(input, "Namespace"), text(input, "GroupName"));
    let found = find(store, Kind::Group, namespace, name)?;
    Ok(json!({ "Group": found.ok_or_else(|| not_found(format!("Group {name} not found in namespace {namespace}")))? }))
}

/// `ListUsers`.
pub async fn list_users(store: &Store, input: &Value) -> ServiceResult {
    list(store, Kind::User, "UserList", input).await
}

/// `ListGroups`.
pub async fn list_groups(store: &Store, input: &Value) -> ServiceResult {
    list(store, Kind::Group, "GroupList", input).await
}

async fn list(store: &Store, kind: Kind, member: &str, input: &Value) -> ServiceResult {
    let _lock = store.lock().await?;
    let namespace = text(input, "Namespace");
    if namespace == "default" {
        find(store, Kind::User, namespace, ADMIN)?;
    }
    let all = |kind: Kind| store.list::<Value>(&kind.collection(namespace));
    if all(Kind::User)?.is_empty() && all(Kind::Group)?.is_empty() {
        return Err(not_found(format!("Namespace {namespace} not found in account {}", store.account())));
    }
    page(member, all(kind)?.into_iter().map(|(_, found)| found).collect(), input)
}
