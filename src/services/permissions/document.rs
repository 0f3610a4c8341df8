//! The policy document: actions with the same resources and conditions share a statement.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::scope::Scope;
use crate::error::Result;
use crate::resource::{Kind, Resource};
use crate::services::{Context, athena, desired, glue, handler, iam, leftovers, logs, quicksight, s3, tagging};

/// The longest policy that IAM takes as a managed one, in characters without white space.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
pub const LONGEST: usize = 6144;

/// What Athena does on behalf of whoever starts a query: it reads tables and warehouse and writes the result, with the
/// caller's rights. No call of ours shows these.
/// <https://docs.aws.amazon.com/athena/latest/ug/managed-policies.html>
const BEHIND_QUERIES: &[&str] = &[
    "glue:GetDatabase",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
    "s3:AbortMultipartUpload",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
];

type Actions = BTreeSet<&'static str>;

/// The policy for whoever runs every command on this pipeline.
///
/// Errors: those of [`desired`].
pub fn policy(cx: &Context<'_>) -> Result<Value> {
    let wanted = desired(cx)?;
    let scope = Scope::of(cx)?;
    let mut statements = Vec::new();
    let mut grouped: BTreeMap<(&str, Vec<String>), Actions> = BTreeMap::new();
    for action in actions(&wanted).into_iter().filter(|action| !is_conditional(cx, action)) {
        // What IAM knows no resources for stands together.
        let resources = scope.resources(action);
        let service = if resources == ["*"] { "" } else { action.split(':').next().unwrap_or_default() };
        grouped.entry((service, resources)).or_default().insert(action);
    }
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for ((service, resources), actions) in &grouped {
        let number = numbers.entry(service).or_default();
        *number += 1;
        statements.push(json!({
            "Sid": format!("{}{number}", title(service)),
            "Effect": "Allow",
            "Action": actions,
            "Resource": resources,
        }));
    }
    statements.extend(conditional(cx, &wanted, &scope));
    Ok(json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// Every action of every call: of the kinds that are wanted, of the search for what is wanted no more, of a run, and of what
/// Athena does for it.
fn actions(wanted: &[Resource]) -> Actions {
    let mut all = Actions::new();
    for resource in wanted {
        let needed = handler(resource.address.kind).actions().iter().copied();
        // What is used and not owned is looked at and never written.
        all.extend(needed.filter(|action| !resource.existing || is_reading(action)));
    }
    let rest = [
        tagging::ACTIONS,
        leftovers::ACTIONS,
        s3::actions::ACTIONS,
        glue::actions::ACTIONS,
        athena::actions::ACTIONS,
        logs::ACTIONS,
        BEHIND_QUERIES,
    ];
    all.extend(rest.into_iter().flatten());
    if wanted.iter().any(|resource| resource.address.kind == Kind::QuicksightDataSet) {
        all.extend(quicksight::actions::ACTIONS);
    }
    all
}

fn is_reading(action: &str) -> bool {
    let name = action.split(':').nth(1).unwrap_or_default();
    ["Get", "List", "Describe", "BatchGet"].iter().any(|verb| name.starts_with(verb))
}

/// Actions that could raise rights: allowed only under a condition.
fn is_conditional(cx: &Context<'_>, action: &str) -> bool {
    let bounded = cx.manifest.iam.permissions_boundary.is_some();
    action == "iam:PassRole"
        || (bounded && [BOUNDED, BOUNDED_USERS, UNBINDING].iter().any(|list| list.contains(&action)))
}

/// Under a declared boundary, roles are made and given rights only with it.
const BOUNDED: &[&str] = &["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"];
/// So is the operator's user. (What the group it is in may do, its boundary bounds.)
const BOUNDED_USERS: &[&str] = &["iam:CreateUser", "iam:PutUserPermissionsBoundary"];
/// Then nobody but an administrator takes it off.
const UNBINDING: &[&str] = &["iam:DeleteRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"];

fn conditional(cx: &Context<'_>, wanted: &[Resource], scope: &Scope) -> Vec<Value> {
    let mut statements = vec![json!({
        "Sid": "PassRoleToGlue",
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": scope.resources("iam:PassRole"),
        "Condition": { "StringEquals": { "iam:PassedToService": "glue.amazonaws.com" } },
    })];
    let lent = wanted.iter().filter(|resource| resource.address.kind == Kind::QuicksightDataSource);
    for role in lent.filter_map(|source| source.fields.get("role_arn").and_then(Value::as_str)) {
        statements.push(json!({
            "Sid": "PassRoleToQuickSight",
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": [role],
            "Condition": { "StringEquals": { "iam:PassedToService": "quicksight.amazonaws.com" } },
        }));
    }
    for (kind, sid, actions) in
        [(Kind::IamRole, "RolesWithinTheBoundary", BOUNDED), (Kind::IamUser, "UsersWithinTheBoundary", BOUNDED_USERS)]
    {
        let makes = wanted.iter().any(|resource| resource.address.kind == kind && !resource.existing);
        if let Some(boundary) = cx.manifest.iam.permissions_boundary.as_ref().filter(|_| makes) {
            statements.push(json!({
                "Sid": sid,
                "Effect": "Allow",
                "Action": actions,
                "Resource": scope.resources(actions[0]),
                "Condition": { "StringEquals": { "iam:PermissionsBoundary": boundary.value } },
            }));
        }
    }
    // Scripts and files are written under the keys of their buckets.
    let storage = &cx.manifest.storage;
    let places = [&storage.staging, &storage.warehouse, &storage.results];
    statements.extend(iam::keys::statements(cx, &[], &places));
    statements
}

fn title(service: &str) -> String {
    match service {
        "" => "Anywhere".to_owned(),
        "quicksight" => "QuickSight".to_owned(),
        "iam" => "Iam".to_owned(),
        other => other[..1].to_uppercase() + &other[1..],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::model::Operator;
    use crate::manifest::spanned::Spanned;
    use crate::services::testing::{in_context, manifest};

    fn statement<'p>(policy: &'p Value, action: &str) -> &'p Value {
        let statements = policy["Statement"].as_array().unwrap();
        let has = |s: &&Value| s["Action"].as_array().unwrap().iter().any(|a| a == action);
        statements.iter().find(has).unwrap_or_else(|| panic!("{action} is not granted"))
    }

    #[test]
    fn the_sample_pipeline() {
        let policy = in_context(&manifest(), policy).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&policy).unwrap());
    }

    #[test]
    fn a_boundary_binds_whoever_makes_roles() {
        let mut manifest = manifest();
        let boundary = "arn:aws:iam::123456789012:policy/limits";
        manifest.iam.permissions_boundary = Some(Spanned::unplaced(boundary.into()));
        let policy = in_context(&manifest, policy).unwrap();
        for action in BOUNDED {
            let condition = &statement(&policy, action)["Condition"]["StringEquals"];
            assert_eq!(condition["iam:PermissionsBoundary"], boundary, "{action}");
        }
        assert!(UNBINDING.iter().all(|action| !policy.to_string().contains(action)));
    }

    #[test]
    fn an_operator_is_made_by_its_own_names() {
        let mut manifest = manifest();
        let text = in_context(&manifest, policy).unwrap().to_string();
        assert!(!text.contains("iam:CreateUser") && !text.contains("iam:PutGroupPolicy"));
        manifest.iam.operator = Some(Operator::User(Spanned::unplaced("runner".into())));
        let policy_of = |manifest: &crate::manifest::model::Manifest| in_context(manifest, policy).unwrap();
        let at = |kind: &str| {
            ["pipectl/spotify/dev/us-east-1/runner", "runner"]
                .map(|name| format!("arn:aws:iam::123456789012:{kind}/{name}"))
        };
        let made = policy_of(&manifest);
        for (action, kind) in [("CreateUser", "user"), ("AddUserToGroup", "group"), ("ListAccessKeys", "user")] {
            assert_eq!(statement(&made, &format!("iam:{action}"))["Resource"], json!(at(kind)), "{action}");
        }
        manifest.iam.permissions_boundary = Some(Spanned::unplaced("arn:aws:iam::123456789012:policy/limits".into()));
        let bounded = policy_of(&manifest);
        assert!(
            statement(&bounded, "iam:CreateUser")["Condition"]["StringEquals"]["iam:PermissionsBoundary"].is_string()
        );
        assert!(!bounded.to_string().contains("iam:DeleteUserPermissionsBoundary"));
    }

    #[test]
    fn keys_of_the_places_may_be_used() {
        let mut manifest = manifest();
        let key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd";
        manifest.storage.results.kms_key = Some(Spanned::unplaced(key.into()));
        let policy = in_context(&manifest, policy).unwrap();
        assert_eq!(statement(&policy, "kms:GenerateDataKey")["Resource"], json!([key]));
    }

    #[test]
    fn what_is_used_and_not_owned_is_only_read() {
        let mut manifest = manifest();
        for place in [&mut manifest.storage.staging, &mut manifest.storage.warehouse, &mut manifest.storage.results] {
            place.existing = true;
        }
        manifest.iam.job_role = Some(Spanned::unplaced("theirs".into()));
        manifest.athena.workgroup.existing = true;
        let policy = in_context(&manifest, policy).unwrap();
        let text = policy.to_string();
        for action in ["s3:CreateBucket", "s3:PutBucketTagging", "iam:CreateRole", "athena:UpdateWorkGroup"] {
            assert!(!text.contains(action), "{action}");
        }
        let objects = &statement(&policy, "s3:PutObject")["Resource"];
        assert!(
            objects.as_array().unwrap().iter().all(|o| o != "arn:aws:s3:::123456789012-spotify-dev/*"),
            "{objects}"
        );
        assert_eq!(statement(&policy, "iam:PassRole")["Resource"], json!(["arn:aws:iam::123456789012:role/theirs"]));
    }
}
