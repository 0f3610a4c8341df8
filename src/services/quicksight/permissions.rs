//! Who may do what with an asset. QuickSight knows actions; the manifest knows owners and viewers.
//!
//! - Owners own the data source, the data sets and the dashboards.
//! - Viewers see dashboards and data sets. They get nothing on the data source, which would let them query whatever Athena
//!   reads through it.
//! - A namespace (everybody in it) is taken by dashboards alone: AWS refuses one for data sources and data sets
//!   (aws/aws-cli#6067).
//!
//! The lists of actions are those the console gives (Amazon QuickSight developer guide, "Update...Permissions";
//! hashicorp/terraform-provider-aws#33907 for the data set owner's eighteen).

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_quicksight::types::ResourcePermission;
use serde_json::{Value, json};

use super::names::principal_arn;
use crate::error::{Error, Result};
use crate::resource::{Fields, listed};
use crate::services::{Context, fields};

/// The actions behind the roles on one kind of asset.
pub(super) struct Roles {
    /// What an owner is given.
    owner: &'static [&'static str],
    /// What a viewer is given.
    viewer: &'static [&'static str],
    /// What makes an owner: QuickSight has given fewer actions in former years, and may give more in later ones.
    owns: &'static [&'static str],
    /// What makes a viewer, at least.
    views: &'static [&'static str],
}

const SOURCE_OWNER: &[&str] = &[
    "quicksight:DeleteDataSource",
    "quicksight:DescribeDataSource",
    "quicksight:DescribeDataSourcePermissions",
    "quicksight:PassDataSource",
    "quicksight:UpdateDataSource",
    "quicksight:UpdateDataSourcePermissions",
];
const SOURCE_VIEWER: &[&str] =
    &["quicksight:DescribeDataSource", "quicksight:DescribeDataSourcePermissions", "quicksight:PassDataSource"];

/// Roles on a data source.
pub(super) const DATA_SOURCE: Roles =
    Roles { owner: SOURCE_OWNER, viewer: SOURCE_VIEWER, owns: SOURCE_OWNER, views: SOURCE_VIEWER };

/// Roles on a data set.
pub(super) const DATA_SET: Roles = Roles {
    owner: &[
        "quicksight:CancelIngestion",
        "quicksight:CreateIngestion",
        "quicksight:CreateRefreshSchedule",
        "quicksight:DeleteDataSet",
        "quicksight:DeleteDataSetRefreshProperties",
        "quicksight:DeleteRefreshSchedule",
        "quicksight:DescribeDataSet",
        "quicksight:DescribeDataSetPermissions",
        "quicksight:DescribeDataSetRefreshProperties",
        "quicksight:DescribeIngestion",
        "quicksight:DescribeRefreshSchedule",
        "quicksight:ListIngestions",
        "quicksight:ListRefreshSchedules",
        "quicksight:PassDataSet",
        "quicksight:PutDataSetRefreshProperties",
        "quicksight:UpdateDataSet",
        "quicksight:UpdateDataSetPermissions",
        "quicksight:UpdateRefreshSchedule",
    ],
    viewer: &[
        "quicksight:DescribeDataSet",
        "quicksight:DescribeDataSetPermissions",
        "quicksight:DescribeIngestion",
        "quicksight:DescribeRefreshSchedule",
        "quicksight:ListIngestions",
        "quicksight:ListRefreshSchedules",
        "quicksight:PassDataSet",
    ],
    owns: &[
        "quicksight:CancelIngestion",
        "quicksight:CreateIngestion",
        "quicksight:DeleteDataSet",
        "quicksight:DescribeDataSet",
        "quicksight:DescribeDataSetPermissions",
        "quicksight:DescribeIngestion",
        "quicksight:ListIngestions",
        "quicksight:PassDataSet",
        "quicksight:UpdateDataSet",
        "quicksight:UpdateDataSetPermissions",
    ],
    views: &[
        "quicksight:DescribeDataSet",
        "quicksight:DescribeDataSetPermissions",
        "quicksight:DescribeIngestion",
        "quicksight:ListIngestions",
        "quicksight:PassDataSet",
    ],
};

const DASHBOARD_OWNER: &[&str] = &[
    "quicksight:DeleteDashboard",
    "quicksight:DescribeDashboard",
    "quicksight:DescribeDashboardPermissions",
    "quicksight:ListDashboardVersions",
    "quicksight:QueryDashboard",
    "quicksight:UpdateDashboard",
    "quicksight:UpdateDashboardPermissions",
    "quicksight:UpdateDashboardPublishedVersion",
];
const DASHBOARD_VIEWER: &[&str] =
    &["quicksight:DescribeDashboard", "quicksight:ListDashboardVersions", "quicksight:QueryDashboard"];

/// Roles on a dashboard.
pub(super) const DASHBOARD: Roles =
    Roles { owner: DASHBOARD_OWNER, viewer: DASHBOARD_VIEWER, owns: DASHBOARD_OWNER, views: DASHBOARD_VIEWER };

const OWNER: &str = "owner";
const VIEWER: &str = "viewer";

/// Which of the manifest's principals an asset is given to.
#[derive(Clone, Copy, Debug)]
pub(super) enum To {
    /// Owners that are users or groups.
    Owners,
    /// Owners and viewers that are users or groups.
    People,
    /// Owners and viewers, namespaces too.
    Everybody,
}

/// The `permissions` field: ARN -> role. Who owns and views, owns.
pub(super) fn wanted(cx: &Context<'_>, to: To) -> Value {
    let Some(quicksight) = &cx.manifest.quicksight else { return json!({}) };
    let principals = &quicksight.principals;
    let viewers = if matches!(to, To::Owners) { &[][..] } else { &principals.viewers };
    let takes = |arn: &str| matches!(to, To::Everybody) || !arn.contains(":namespace/");
    let mut roles: BTreeMap<String, &str> = BTreeMap::new();
    for (names, role) in [(viewers, VIEWER), (&principals.owners, OWNER)] {
        let arns = names.iter().map(|name| principal_arn(cx, &name.value));
        roles.extend(arns.filter(|arn| takes(arn)).map(|arn| (arn, role)));
    }
    let list = listed::list(roles.keys().map(String::as_str));
    let mut field: BTreeMap<String, Value> = roles.into_iter().map(|(arn, role)| (arn, json!(role))).collect();
    field.extend(list.map(|list| (listed::TAGS.to_owned(), json!(list.get(..LONGEST_LIST).unwrap_or(&list)))));
    json!(field)
}

/// The tag that lists whom we gave permissions to: one who left the manifest loses them, one whom somebody else added does
/// not. In the `permissions` field it stands where lists stand in other maps.
pub(super) const PRINCIPALS: &str = "pipectl:principals";
/// What a tag holds, in whole names. Beyond 51 principals some are taken for somebody else's.
const LONGEST_LIST: usize = 255;

/// The list in a `permissions` field.
pub(super) fn list(fields: &Fields) -> Option<&str> {
    fields.get("permissions")?.get(listed::TAGS)?.as_str()
}

type Granted = BTreeMap<String, BTreeSet<String>>;

impl Roles {
    /// The `permissions` field of what is live; its tags tell who is there by us.
    pub(super) fn field(&self, live: &[ResourcePermission], tags: &BTreeMap<String, String>) -> Value {
        let mut roles: BTreeMap<String, Value> =
            granted(live).into_iter().map(|(principal, actions)| (principal, self.role(&actions))).collect();
        roles.extend(tags.get(PRINCIPALS).map(|list| (listed::TAGS.to_owned(), json!(list))));
        json!(roles)
    }

    fn role(&self, actions: &BTreeSet<String>) -> Value {
        let all = |names: &[&str]| names.iter().all(|name| actions.contains(*name));
        if all(self.owns) {
            json!(OWNER)
        } else if all(self.views) && actions.iter().all(|action| self.viewer.contains(&action.as_str())) {
            json!(VIEWER)
        } else {
            json!(actions)
        }
    }

    fn actions(&self, role: &Value) -> BTreeSet<String> {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        match role.as_str() {
            Some(OWNER) => names(self.owner),
            Some(VIEWER) => names(self.viewer),
            _ => role.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect(),
        }
    }

    fn wanted(&self, want: &Fields) -> Granted {
        let roles = want.get("permissions").and_then(Value::as_object).into_iter().flatten();
        let roles = roles.filter(|(principal, _)| *principal != listed::TAGS);
        roles.map(|(principal, role)| (principal.clone(), self.actions(role))).collect()
    }

    /// The permissions of a new asset; `None` for none, since an empty list is refused.
    pub(super) fn sdk(&self, want: &Fields) -> Result<Option<Vec<ResourcePermission>>> {
        built(self.wanted(want))
    }

    /// The same for a request's body.
    pub(super) fn document(&self, want: &Fields) -> Option<Value> {
        let all: Vec<Value> = self
            .wanted(want)
            .into_iter()
            .map(|(principal, actions)| json!({"Principal": principal, "Actions": actions}))
            .collect();
        (!all.is_empty()).then(|| Value::Array(all))
    }

    /// What makes the wanted principals' actions out of the live ones. Those who are there by us (as `known`, the live
    /// fields, says) and are no longer wanted lose theirs; others keep them.
    pub(super) fn change(&self, live: &[ResourcePermission], known: &Fields, want: &Fields) -> Result<Change> {
        let (live, mut change) = (granted(live), (Granted::new(), Granted::new()));
        for principal in fields::gone(known, want, "permissions") {
            change.1.extend(live.get_key_value(&principal).map(|(k, v)| (k.clone(), v.clone())));
        }
        for (principal, wanted) in self.wanted(want) {
            let has = live.get(&principal).cloned().unwrap_or_default();
            // An owner of a former or later year is one.
            if self.role(&has) == self.role(&wanted) {
                continue;
            }
            change.0.insert(principal.clone(), wanted.difference(&has).cloned().collect());
            change.1.insert(principal, has.difference(&wanted).cloned().collect());
        }
        Ok(Change { grant: built(change.0)?, revoke: built(change.1)? })
    }
}

/// What to give and what to take.
#[derive(Debug)]
pub(super) struct Change {
    /// Actions that are missing.
    pub(super) grant: Option<Vec<ResourcePermission>>,
    /// Actions that are too many.
    pub(super) revoke: Option<Vec<ResourcePermission>>,
}

impl Change {
    /// Nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        self.grant.is_none() && self.revoke.is_none()
    }
}

fn granted(live: &[ResourcePermission]) -> Granted {
    live.iter().map(|one| (one.principal().to_owned(), one.actions().iter().cloned().collect())).collect()
}

fn built(all: Granted) -> Result<Option<Vec<ResourcePermission>>> {
    let one = |(principal, actions): (String, BTreeSet<String>)| {
        let actions = actions.into_iter().collect();
        ResourcePermission::builder().principal(principal).set_actions(Some(actions)).build()
    };
    let all: Vec<_> = all
        .into_iter()
        .filter(|(_, actions)| !actions.is_empty())
        .map(one)
        .collect::<std::result::Result<_, _>>()
        .map_err(|e| Error::bug(format!("a permission cannot be built: {e}")))?;
    Ok((!all.is_empty()).then_some(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::spanned::Spanned;
    use crate::services::testing::{in_context, manifest};

    fn permission(principal: &str, actions: &[&str]) -> ResourcePermission {
        let actions = actions.iter().map(|&a| a.to_owned()).collect();
        ResourcePermission::builder().principal(principal).set_actions(Some(actions)).build().unwrap()
    }

    fn want(roles: Value) -> Fields {
        Fields::from([("permissions".to_owned(), roles)])
    }

    #[test]
    fn roles_round_trip_on_every_asset() {
        for roles in [DATA_SOURCE, DATA_SET, DASHBOARD] {
            let wanted = json!({"a": "owner", "b": "viewer"});
            let sent = roles.sdk(&want(wanted.clone())).unwrap().unwrap();
            assert_eq!(roles.field(&sent, &BTreeMap::new()), wanted);
            assert!(roles.change(&sent, &Fields::new(), &want(wanted)).unwrap().is_empty());
            assert!(roles.owner.is_sorted() && roles.viewer.is_sorted());
            assert!(
                roles.owns.iter().all(|a| roles.owner.contains(a))
                    && roles.viewer.iter().all(|a| roles.owner.contains(a))
            );
        }
    }

    #[test]
    fn what_is_neither_shows_its_actions_and_older_owners_are_owners() {
        let live = [
            permission("a", &["quicksight:PassDataSet", "quicksight:DescribeDataSet"]),
            permission("b", DATA_SET.owns),
        ];
        let expected = json!({"a": ["quicksight:DescribeDataSet", "quicksight:PassDataSet"], "b": "owner"});
        assert_eq!(DATA_SET.field(&live, &BTreeMap::new()), expected);
    }

    #[test]
    fn an_owner_becomes_a_viewer_and_a_stranger_keeps_what_he_has() {
        let live = [permission("a", DASHBOARD.owner), permission("theirs", DASHBOARD.viewer)];
        let to = want(json!({"a": "viewer", "new": "viewer"}));
        let change = DASHBOARD.change(&live, &Fields::new(), &to).unwrap();
        let grant = change.grant.unwrap();
        assert_eq!(
            (grant.len(), grant[0].principal(), grant[0].actions()),
            (1, "new", &DASHBOARD_VIEWER.map_owned()[..])
        );
        let revoke = change.revoke.unwrap();
        assert_eq!((revoke.len(), revoke[0].principal(), revoke[0].actions().len()), (1, "a", 5));
    }

    #[test]
    fn who_left_the_manifest_loses_what_we_gave() {
        let live = [
            permission("a", DASHBOARD.owner),
            permission("left", DASHBOARD.viewer),
            permission("theirs", DASHBOARD.viewer),
        ];
        let tags = BTreeMap::from([(PRINCIPALS.to_owned(), listed::list(["a", "left"]).unwrap())]);
        let known = want(DASHBOARD.field(&live, &tags));
        let to = want(json!({"a": "owner", (listed::TAGS): listed::list(["a"])}));
        let change = DASHBOARD.change(&live, &known, &to).unwrap();
        let revoke = change.revoke.unwrap();
        assert_eq!((revoke.len(), revoke[0].principal(), change.grant), (1, "left", None));
        assert_eq!(revoke[0].actions(), &DASHBOARD_VIEWER.map_owned()[..]);
    }

    trait MapOwned {
        fn map_owned(&self) -> Vec<String>;
    }

    impl MapOwned for [&str] {
        fn map_owned(&self) -> Vec<String> {
            self.iter().map(|&text| text.to_owned()).collect()
        }
    }

    #[test]
    fn namespaces_are_for_dashboards_and_viewers_not_for_the_source() {
        let mut manifest = manifest();
        let principals = &mut manifest.quicksight.as_mut().unwrap().principals;
        principals.viewers.push(Spanned::unplaced("namespace/default".into()));
        let names = |to: To| -> Vec<String> {
            let field = in_context(&manifest, |cx| wanted(cx, to));
            let all = field.as_object().unwrap().iter();
            let all = all.filter(|(arn, _)| *arn != listed::TAGS);
            all.map(|(arn, role)| format!("{} {}", arn.rsplit_once(':').unwrap().1, role.as_str().unwrap())).collect()
        };
        assert_eq!(names(To::Owners), ["user/default/lead@example.com owner"]);
        assert_eq!(names(To::People), ["group/default/analysts viewer", "user/default/lead@example.com owner"]);
        assert_eq!(names(To::Everybody).len(), 3);
        assert!(names(To::Everybody).contains(&"namespace/default viewer".to_owned()));
    }

    #[test]
    fn nobody_is_no_list() {
        assert!(DATA_SET.sdk(&want(json!({}))).unwrap().is_none() && DATA_SET.document(&Fields::new()).is_none());
    }
}
