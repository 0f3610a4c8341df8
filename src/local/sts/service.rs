//! `GetCallerIdentity`: the one caller there is, the user `local`.

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::local::error::{ServiceError, ServiceResult};
use crate::local::iam::role::partition;
use crate::local::query::QueryService;
use crate::local::store::Store;

/// STS on a store.
pub struct Sts {
    store: Store,
}

impl Sts {
    /// STS for the account of `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl QueryService for Sts {
    fn scope(&self) -> &'static str {
        "sts"
    }

    fn namespace(&self) -> &'static str {
        "https://sts.amazonaws.com/doc/2011-06-15/"
    }

    async fn call(&self, operation: &str, _input: Value) -> ServiceResult {
        match operation {
            "GetCallerIdentity" => {
                let (account, partition) = (self.store.account(), partition(self.store.region()));
                Ok(json!({
                    "Arn": format!("arn:{partition}:iam::{account}:user/local"),
                    "UserId": "AIDALOCALLOCALLOCALL",
                    "Account": account,
                }))
            }
            _ => Err(ServiceError::bad_request(
                "InvalidAction",
                format!("Could not find operation {operation} for version 2011-06-15"),
            )),
        }
    }
}
