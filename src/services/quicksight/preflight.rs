//! What can be known before anything is written: that the account has QuickSight, that its users are where the manifest
//! thinks they are, and that everybody who is to be given something is there.
//!
//! One call for the account and one for each principal, all at once; asked only when a plan makes something in QuickSight or
//! gives it to others, so that a plan that changes nothing costs none of them.

use std::collections::BTreeSet;

use aws_sdk_quicksight::config::{Builder, Region};
use futures::future::try_join_all;

use super::missing::present;
use crate::aws::{Call, Session};
use crate::error::{Error, Kind, Result};
use crate::plan::diff::names;
use crate::plan::{Action, Plan};
use crate::resource::{Kind as ResourceKind, Resource};

/// The IAM actions that the check needs. It is left out where they are not allowed.
pub const ACTIONS: [&str; 3] =
    ["quicksight:DescribeAccountSubscription", "quicksight:DescribeGroup", "quicksight:DescribeUser"];

/// Checks for a plan. Errors: `quicksight-not-subscribed`, `quicksight-identity-region`, `quicksight-principal`.
pub async fn check(aws: &Session, plan: &Plan) -> Result<()> {
    let touched = plan.changes.iter().filter(|change| match change.action {
        Action::Create | Action::Replace | Action::Adopt => IN_QUICKSIGHT.contains(&change.kind),
        Action::Update => names(change.kind, &change.fields).contains(&"permissions"),
        Action::Delete | Action::None => false,
    });
    let wants: Vec<&Resource> = touched.filter_map(|change| change.desired.as_ref()).collect();
    if wants.is_empty() { Ok(()) } else { before(aws, &wants).await }
}

/// What is asked about before it is made: schedules belong to data sets.
const IN_QUICKSIGHT: [ResourceKind; 3] =
    [ResourceKind::QuicksightDataSource, ResourceKind::QuicksightDataSet, ResourceKind::QuicksightDashboard];

async fn before(aws: &Session, wants: &[&Resource]) -> Result<()> {
    let principals = wants.iter().filter_map(|want| want.fields.get("permissions")?.as_object());
    let arns: BTreeSet<&str> = principals.flatten().map(|(arn, _)| arn.as_str()).collect();
    let people: Vec<Principal<'_>> = arns.into_iter().filter_map(Principal::parse).collect();
    let Some(first) = people.first() else {
        // With nobody to give anything to, it does not matter where people are kept.
        return match subscribed(aws, &aws.region).await {
            Err(error) if error.code() == "quicksight-identity-region" => Ok(()),
            other => other,
        };
    };
    let asked = try_join_all(people.iter().map(|principal| known(aws, principal)));
    tokio::try_join!(subscribed(aws, first.region), asked).map(drop)
}

/// A user or a group.
#[derive(Debug, PartialEq)]
struct Principal<'a> {
    region: &'a str,
    is_group: bool,
    namespace: &'a str,
    name: &'a str,
}

impl<'a> Principal<'a> {
    /// From `arn:aws:quicksight:us-east-1:123456789012:user/default/role/name`; `None` for what is neither.
    fn parse(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':').skip(3);
        let (region, _, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let mut words = resource.splitn(3, '/');
        let is_group = match words.next()? {
            "user" => false,
            "group" => true,
            _ => return None,
        };
        Some(Self { region, is_group, namespace: words.next()?, name: words.next()? })
    }
}

/// Calls about people go to the identity region.
fn to(region: &str) -> Builder {
    Builder::new().region(Region::new(region.to_owned()))
}

async fn subscribed(aws: &Session, region: &str) -> Result<()> {
    let call = aws.quicksight.describe_account_subscription().aws_account_id(&aws.account);
    let got = call.customize().config_override(to(region)).send().await.call("quicksight:DescribeAccountSubscription");
    let Some(info) = told(got, || not_subscribed("it was never signed up"))? else { return Ok(()) };
    match info.account_info.and_then(|info| info.account_subscription_status) {
        Some(status) if status.starts_with("UNSUBSCRIBE") => {
            Err(not_subscribed(&format!("its subscription is {status}")))
        }
        _ => Ok(()),
    }
}

async fn known(aws: &Session, who: &Principal<'_>) -> Result<()> {
    let client = &aws.quicksight;
    let unknown = || unknown_principal(who);
    if who.is_group {
        let call = client.describe_group().aws_account_id(&aws.account).namespace(who.namespace).group_name(who.name);
        let got = call.customize().config_override(to(who.region)).send().await.call("quicksight:DescribeGroup");
        told(got, unknown).map(drop)
    } else {
        let call = client.describe_user().aws_account_id(&aws.account).namespace(who.namespace).user_name(who.name);
        let got = call.customize().config_override(to(who.region)).send().await.call("quicksight:DescribeUser");
        told(got, unknown).map(drop)
    }
}

/// What the answer tells: that it is not there, or that the account or the region is the wrong one, is an error. Anything
/// else that goes wrong with a question that need not have been asked is not; writing will tell.
fn told<T>(answer: Result<T>, absent: impl Fn() -> Error) -> Result<Option<T>> {
    match present(answer) {
        Ok(Some(answer)) => Ok(Some(answer)),
        Ok(None) => Err(absent()),
        Err(error) if DECISIVE.contains(&error.code()) => Err(error),
        Err(_) => Ok(None),
    }
}

const DECISIVE: &[&str] = &["quicksight-not-subscribed", "quicksight-identity-region", "quicksight-edition"];

fn not_subscribed(why: &str) -> Error {
    Error::new(Kind::Aws, "quicksight-not-subscribed", format!("this account has no QuickSight: {why}")).with_help(
        "sign up once in its console (Enterprise edition, https://quicksight.aws.amazon.com/), or take `quicksight` out \
         of the manifest",
    )
}

fn unknown_principal(who: &Principal<'_>) -> Error {
    let (kind, list) = if who.is_group { ("group", "list-groups") } else { ("user", "list-users") };
    let Principal { region, namespace, name, .. } = who;
    Error::new(
        Kind::Aws,
        "quicksight-principal",
        format!("QuickSight knows no {kind} `{name}` in namespace `{namespace}`, region {region}"),
    )
    .with_expected(format!("`{kind}/NAMESPACE/NAME` in `quicksight.principals`, as QuickSight writes it"))
    .with_help(format!(
        "`aws quicksight {list} --aws-account-id ACCOUNT --namespace {namespace} --region {region}` lists those that are \
         there; add the {kind} in QuickSight's console under Manage QuickSight, or correct the manifest"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::testing::{Canned, Reply, session};
    use crate::plan::{Change, FieldChange, Summary};
    use crate::services::testing::wanted;
    use serde_json::json;

    const SOURCE: &str = "quicksight_data_source.spotify-dev";
    const SET: &str = "quicksight_data_set.spotify-dev-hits";

    fn signed_up() -> Reply {
        Reply::json(json!({"AccountInfo": {"AccountSubscriptionStatus": "ACCOUNT_CREATED"}})).only_for("GET /account/")
    }

    async fn refused(replies: Vec<Reply>) -> Error {
        let server = Canned::start(replies).await;
        before(&session(&server), &[&wanted(SET)]).await.unwrap_err()
    }

    #[test]
    fn names_may_hold_slashes() {
        let arn = "arn:aws:quicksight:eu-west-1:123456789012:user/default/Admin/lead@example.com";
        let expected =
            Principal { region: "eu-west-1", is_group: false, namespace: "default", name: "Admin/lead@example.com" };
        assert_eq!(Principal::parse(arn), Some(expected));
        assert_eq!(Principal::parse("arn:aws:quicksight:eu-west-1:123456789012:namespace/default"), None);
    }

    #[tokio::test]
    async fn one_call_for_the_account_and_one_for_each_principal() {
        let replies = vec![
            signed_up(),
            Reply::json(json!({"Group": {"GroupName": "analysts"}})).only_for("/groups/"),
            Reply::json(json!({"User": {"UserName": "lead@example.com"}})).only_for("/users/"),
        ];
        let server = Canned::start(replies).await;
        before(&session(&server), &[&wanted(SET), &wanted(SOURCE)]).await.unwrap();
        let mut asked = server.operations();
        asked.sort_unstable();
        let namespace = "/accounts/123456789012/namespaces/default";
        assert_eq!(
            asked,
            [
                "GET /account/123456789012".to_owned(),
                format!("GET {namespace}/groups/analysts"),
                format!("GET {namespace}/users/lead%40example.com"),
            ]
        );
    }

    #[tokio::test]
    async fn a_plan_that_gives_nothing_to_anybody_costs_nothing() {
        let change = |action: Action, fields: &[&str]| Change {
            address: wanted(SET).address,
            kind: ResourceKind::QuicksightDataSet,
            action,
            reason: String::new(),
            destroys_data: false,
            fields: fields
                .iter()
                .map(|path| FieldChange { path: (*path).into(), before: json!(1), after: json!(2) })
                .collect(),
            desired: Some(wanted(SET)),
            live: None,
        };
        let of = |change: Change| Plan {
            format_version: 1,
            pipeline: String::new(),
            environment: String::new(),
            account: String::new(),
            region: String::new(),
            fingerprint: String::new(),
            summary: Summary::of(&[]),
            changes: vec![change],
        };
        let server = Canned::start(vec![]).await;
        for quiet in [change(Action::None, &[]), change(Action::Update, &["name"]), change(Action::Delete, &[])] {
            check(&session(&server), &of(quiet)).await.unwrap();
        }
        assert_eq!(server.asked().len(), 0);
        for telling in [change(Action::Create, &[]), change(Action::Update, &["permissions.x"])] {
            let server = Canned::start(vec![signed_up(), Reply::json(json!({})), Reply::json(json!({}))]).await;
            check(&session(&server), &of(telling)).await.unwrap();
            assert_eq!(server.asked().len(), 3);
        }
    }

    #[tokio::test]
    async fn people_are_asked_for_in_the_identity_region() {
        let server = Canned::start(vec![signed_up(), Reply::json(json!({"User": {}}))]).await;
        let mut want = wanted(SOURCE);
        let arn = "arn:aws:quicksight:eu-west-1:123456789012:user/default/x";
        want.fields.insert("permissions".into(), json!({ arn: "owner" }));
        before(&session(&server), &[&want]).await.unwrap();
        for asked in server.asked() {
            assert!(asked.header("authorization").unwrap().contains("/eu-west-1/quicksight/"), "{}", asked.path);
        }
    }

    #[tokio::test]
    async fn somebody_unknown_is_named() {
        let missing = Reply::json_error(404, "ResourceNotFoundException", "User lead@example.com was not found");
        let group = Reply::json(json!({"Group": {}})).only_for("/groups/");
        let error = refused(vec![signed_up(), missing.only_for("/users/"), group]).await;
        assert_eq!(error.code(), "quicksight-principal");
        assert!(error.message().contains("`lead@example.com`"), "{error}");
        assert!(error.help().unwrap().contains("list-users"), "{:?}", error.help());
    }

    #[tokio::test]
    async fn another_identity_region_is_named_with_the_line_to_write() {
        let text = "Operation is being called from endpoint us-east-1, but your identity region is eu-west-1. Please use \
                    the eu-west-1 endpoint.";
        let other = || Reply::json_error(401, "AccessDeniedException", text);
        let error = refused(vec![other(), other(), other()]).await;
        assert_eq!(error.code(), "quicksight-identity-region");
        assert!(error.help().unwrap().contains("quicksight: { identity_region: eu-west-1 }"), "{:?}", error.help());
    }

    #[tokio::test]
    async fn with_nobody_to_give_to_the_identity_region_does_not_matter() {
        let text = "Operation is being called from endpoint us-east-1, but your identity region is eu-west-1.";
        let server = Canned::start(vec![Reply::json_error(401, "AccessDeniedException", text)]).await;
        let mut want = wanted(SOURCE);
        want.fields.insert("permissions".into(), json!({}));
        before(&session(&server), &[&want]).await.unwrap();
        assert_eq!(server.asked().len(), 1);
    }

    #[tokio::test]
    async fn an_account_without_quicksight_is_told_in_all_its_wordings() {
        let here = |reply: Reply| vec![reply.only_for("GET /account/"), Reply::json(json!({})), Reply::json(json!({}))];
        for reply in [
            Reply::json_error(404, "ResourceNotFoundException", "Account 123456789012 is not found"),
            Reply::json_error(403, "UnsupportedUserEditionException", "Account 1 is not subscribed for QuickSight"),
            Reply::json(json!({"AccountInfo": {"AccountSubscriptionStatus": "UNSUBSCRIBED"}})),
        ] {
            assert_eq!(refused(here(reply)).await.code(), "quicksight-not-subscribed");
        }
    }

    #[tokio::test]
    async fn who_may_not_ask_is_not_stopped() {
        let text = "User: x is not authorized to perform: quicksight:DescribeUser";
        let denied = || Reply::json_error(403, "AccessDeniedException", text);
        let server = Canned::start(vec![denied(), denied(), denied()]).await;
        before(&session(&server), &[&wanted(SET), &wanted(SOURCE)]).await.unwrap();
    }
}
