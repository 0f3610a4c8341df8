//! Who may do what with an asset: principals and actions. The local cloud keeps and checks them; it does not enforce them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::identities::{self, Kind};
use super::support::{given, invalid, text, texts};
use crate::local::error::ServiceError;
use crate::local::iam::role::partition;
use crate::local::store::Store;

/// What permissions are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asset {
    /// A data source.
    DataSource,
    /// A data set.
    DataSet,
    /// A dashboard.
    Dashboard,
}

/// The actions by principal.
pub type Granted = BTreeMap<String, BTreeSet<String>>;

/// The permissions that a Create call carries.
pub fn new(store: &Store, asset: Asset, input: &Value) -> Result<Granted, ServiceError> {
    let mut granted = Granted::new();
    grant(store, asset, &mut granted, given(input, "Permissions"))?;
    Ok(granted)
}

/// An asset's permissions after a call's `GrantPermissions` and `RevokePermissions`.
pub fn updated(store: &Store, asset: Asset, document: &Value, input: &Value) -> Result<Granted, ServiceError> {
    let mut granted = of(document);
    grant(store, asset, &mut granted, given(input, "GrantPermissions"))?;
    for entry in entries(given(input, "RevokePermissions")) {
        check_actions(asset, entry)?;
        let principal = text(entry, "Principal");
        if let Some(actions) = granted.get_mut(principal) {
            let revoked = texts(entry, "Actions");
            actions.retain(|action| !revoked.contains(action));
        }
    }
    granted.retain(|_, actions| !actions.is_empty());
    Ok(granted)
}

/// An asset's permissions.
pub fn of(document: &Value) -> Granted {
    serde_json::from_value(document["_permissions"].clone()).unwrap_or_default()
}

/// As the API lists them. The order says nothing and is not the caller's, as on AWS.
pub fn listed(granted: &Granted) -> Value {
    let entry = |(principal, actions): (&String, &BTreeSet<String>)| json!({ "Principal": principal, "Actions": actions.iter().rev().collect::<Vec<_>>() });
    granted.iter().rev().map(entry).collect()
}

fn entries(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}

fn grant(store: &Store, asset: Asset, granted: &mut Granted, list: Option<&Value>) -> Result<(), ServiceError> {
    for entry in entries(list) {
        check_actions(asset, entry)?;
        let principal = text(entry, "Principal");
        if !is_principal(store, asset, principal)? {
            return Err(invalid("One or more principals in resource permissions list are not valid QuickSight users"));
        }
        granted.entry(principal.to_owned()).or_default().extend(texts(entry, "Actions"));
    }
    Ok(())
}

fn check_actions(asset: Asset, entry: &Value) -> Result<(), ServiceError> {
    let known = actions(asset);
    let is_known = |action: &str| action.strip_prefix("quicksight:").is_some_and(|a| known.contains(&a));
    match texts(entry, "Actions").iter().find(|action| !is_known(action)) {
        None => Ok(()),
        Some(action) => {
            let supported: Vec<_> = known.iter().map(|a| format!("quicksight:{a}")).collect();
            let supported = supported.join(", ");
            Err(invalid(format!(
                "Invalid action {action} in the resource permissions list. Supported actions are [{supported}]"
            )))
        }
    }
}

/// Whether a principal is there. Whole namespaces may be named for dashboards only (aws/aws-cli#6067).
fn is_principal(store: &Store, asset: Asset, principal: &str) -> Result<bool, ServiceError> {
    let fields: Vec<&str> = principal.splitn(6, ':').collect();
    let ["arn", cloud, "quicksight", region, account, resource] = fields[..] else { return Ok(false) };
    if cloud != partition(region) || account != store.account() || !identities::is_home(store, region)? {
        return Ok(false);
    }
    let mut parts = resource.splitn(3, '/');
    let (kind, namespace, name) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    Ok(match (kind, namespace, name) {
        ("user", Some(namespace), Some(name)) => identities::find(store, Kind::User, namespace, name)?.is_some(),
        ("group", Some(namespace), Some(name)) => identities::find(store, Kind::Group, namespace, name)?.is_some(),
        ("namespace", Some("default"), None) => asset == Asset::Dashboard,
        _ => false,
    })
}

/// <https://docs.aws.amazon.com/quicksight/latest/APIReference/API_ResourcePermission.html> names them by asset.
fn actions(asset: Asset) -> &'static [&'static str] {
    match asset {
        Asset::DataSource => &[
            "DescribeDataSource",
            "DescribeDataSourcePermissions",
            "PassDataSource",
            "UpdateDataSource",
            "DeleteDataSource",
            "UpdateDataSourcePermissions",
        ],
        Asset::DataSet => &[
            "DescribeDataSet",
            "DescribeDataSetPermissions",
            "PassDataSet",
            "DescribeIngestion",
            "ListIngestions",
            "UpdateDataSet",
            "DeleteDataSet",
            "CreateIngestion",
            "CancelIngestion",
            "UpdateDataSetPermissions",
            "CreateRefreshSchedule",
            "DescribeRefreshSchedule",
            "UpdateRefreshSchedule",
            "DeleteRefreshSchedule",
            "ListRefreshSchedules",
            "PutDataSetRefreshProperties",
            "DescribeDataSetRefreshProperties",
            "DeleteDataSetRefreshProperties",
        ],
        Asset::Dashboard => &[
            "DescribeDashboard",
            "ListDashboardVersions",
            "QueryDashboard",
            "UpdateDashboard",
            "DeleteDashboard",
            "DescribeDashboardPermissions",
            "UpdateDashboardPermissions",
            "UpdateDashboardPublishedVersion",
            "UpdateDashboardLinks",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;
    use crate::local::quicksight::Account;

    const LEAD: &str = "arn:aws:quicksight:us-east-1:123456789012:user/default/lead@example.com";

    fn entry(principal: &str, actions: &[&str]) -> Value {
        json!([{ "Principal": principal, "Actions": actions }])
    }

    #[test]
    fn grants_add_and_revokes_take_away() {
        let (_folder, store) = testing::store();
        let input = json!({ "Permissions": entry(LEAD, &["quicksight:DescribeDataSet", "quicksight:PassDataSet"]) });
        let granted = new(&store, Asset::DataSet, &input).unwrap();
        let document = json!({ "_permissions": granted });
        let change = json!({
            "GrantPermissions": entry(LEAD, &["quicksight:UpdateDataSet"]),
            "RevokePermissions": entry(LEAD, &["quicksight:PassDataSet"]),
        });
        let after = updated(&store, Asset::DataSet, &document, &change).unwrap();
        assert_eq!(listed(&after), entry(LEAD, &["quicksight:UpdateDataSet", "quicksight:DescribeDataSet"]));
        let gone =
            json!({ "RevokePermissions": entry(LEAD, &["quicksight:DescribeDataSet", "quicksight:PassDataSet"]) });
        assert!(updated(&store, Asset::DataSet, &document, &gone).unwrap().is_empty());
    }

    #[test]
    fn strangers_and_unknown_actions_are_refused() {
        let (_folder, store) = testing::store();
        let given = |asset, principal: &str, action: &str| {
            let input = json!({ "Permissions": entry(principal, &[action]) });
            new(&store, asset, &input).map(drop).map_err(|e| e.message)
        };
        let describe = "quicksight:DescribeDashboard";
        let namespace = "arn:aws:quicksight:us-east-1:123456789012:namespace/default";
        assert_eq!(given(Asset::Dashboard, namespace, describe), Ok(()));
        assert_eq!(given(Asset::Dashboard, &LEAD.replace("us-east-1", "eu-west-1"), describe), Ok(()));
        assert!(given(Asset::DataSet, namespace, "quicksight:DescribeDataSet").is_err());
        assert!(given(Asset::Dashboard, LEAD, "quicksight:DescribeDataSet").unwrap_err().contains("Invalid action"));
        for stranger in [
            "arn:aws:quicksight:us-east-1:999999999999:user/default/lead@example.com",
            "arn:aws:quicksight:us-east-1:123456789012:user/other/lead@example.com",
            "arn:aws:iam::123456789012:user/lead",
            "lead@example.com",
        ] {
            assert!(given(Asset::Dashboard, stranger, describe).unwrap_err().contains("not valid"), "{stranger}");
        }
        Account { strict_principals: true, ..Account::default() }.put(&store).unwrap();
        let stranger = LEAD.replace("lead", "nobody");
        assert!(given(Asset::Dashboard, &stranger, describe).is_err());
        assert!(given(Asset::Dashboard, &LEAD.replace("us-east-1", "eu-west-1"), describe).is_err());
        let admin = LEAD.replace("lead@example.com", "admin/local");
        assert_eq!(given(Asset::Dashboard, &admin, describe), Ok(()));
    }
}
