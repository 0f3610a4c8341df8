//! The account's subscription to QuickSight, and what else of the account decides how calls are answered.
//!
//! The local cloud starts with an Enterprise subscription. Tests put another [`Account`] into the store to see how a
//! caller takes AWS's refusals.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::support::not_found;
use crate::local::error::{ServiceError, ServiceResult};
use crate::local::store::Store;

const COLLECTION: &str = "quicksight";
const NAME: &str = "account";

/// The account's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Account {
    /// Without a subscription nearly every call is refused.
    pub subscribed: bool,
    /// `ENTERPRISE` or `STANDARD`.
    pub edition: String,
    /// The only region that users, groups and the subscription can be asked for in; `None` lets any.
    pub identity_region: Option<String>,
    /// Principals must have been registered. Otherwise a user or group of the namespace `default` is registered when it
    /// is first seen, so that a manifest's principals work on a laptop.
    pub strict_principals: bool,
    /// What all data sets together may hold in SPICE, in bytes.
    pub spice_capacity: u64,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            subscribed: true,
            edition: "ENTERPRISE".into(),
            identity_region: None,
            strict_principals: false,
            spice_capacity: 10 << 30,
        }
    }
}

impl Account {
    /// The account's settings.
    pub fn of(store: &Store) -> Result<Account, ServiceError> {
        Ok(store.get(COLLECTION, NAME)?.unwrap_or_default())
    }

    /// Changes the account's settings.
    pub fn put(&self, store: &Store) -> Result<(), ServiceError> {
        Ok(store.put(COLLECTION, NAME, self)?)
    }

    /// How often a data set may be refreshed by hand in 24 hours.
    /// <https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CreateIngestion.html>
    pub fn manual_refreshes(&self) -> usize {
        if self.edition == "STANDARD" { 8 } else { 32 }
    }
}

/// `DescribeAccountSubscription`.
pub async fn subscription(store: &Store, _: &Value) -> ServiceResult {
    let account = Account::of(store)?;
    if !account.subscribed {
        return Err(not_found(format!("Account {} is not signed up with QuickSight", store.account())));
    }
    Ok(json!({ "AccountInfo": {
        "AccountName": "local",
        "Edition": account.edition,
        "NotificationEmail": "local@example.com",
        "AuthenticationType": "IAM_AND_QUICKSIGHT",
        "AccountSubscriptionStatus": "ACCOUNT_CREATED"
    }}))
}

/// `DescribeAccountSettings`.
pub async fn settings(store: &Store, _: &Value) -> ServiceResult {
    let account = Account::of(store)?;
    Ok(json!({ "AccountSettings": {
        "AccountName": "local",
        "Edition": account.edition,
        "DefaultNamespace": "default",
        "NotificationEmail": "local@example.com",
        "PublicSharingEnabled": false,
        "TerminationProtectionEnabled": true
    }}))
}
