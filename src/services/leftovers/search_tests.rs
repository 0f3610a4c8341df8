use serde_json::json;

use super::*;
use crate::aws::testing::{Canned, Reply, session};
use crate::services::handler;
use crate::services::testing::{desired, manifest, owner};

fn search() -> Search {
    Search { owner: owner(), base: "spotify-dev".into(), warehouse: None }
}

fn roles_of(names: &[&str]) -> Reply {
    let member = |name: &&str| {
        format!(
            "<member><RoleName>{name}</RoleName><Path>/pipectl/spotify/</Path><RoleId>r</RoleId>\
             <Arn>arn:aws:iam::123456789012:role/pipectl/spotify/{name}</Arn>\
             <CreateDate>2026-01-01T00:00:00Z</CreateDate></member>"
        )
    };
    let members: String = names.iter().map(member).collect();
    Reply::new(
        200,
        format!(
            "<ListRolesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListRolesResult>\
             <Roles>{members}</Roles><IsTruncated>false</IsTruncated></ListRolesResult></ListRolesResponse>"
        ),
    )
    .only_for("ListRoles")
}

fn marked_as(arns: &[&str]) -> Reply {
    let list: Vec<_> = arns.iter().map(|arn| json!({ "ResourceARN": arn })).collect();
    Reply::json(json!({ "ResourceTagMappingList": list, "PaginationToken": "" })).only_for("GetResources")
}

/// The role's path is that of all regions: what runs in another one is not ours to delete.
#[tokio::test]
async fn roles_of_other_regions_are_let_be() {
    let server =
        Canned::start(vec![marked_as(&[]), roles_of(&["spotify-dev-glue-eu-west-1", "spotify-dev-glue-us-east-1"])])
            .await;
    let role: Vec<_> =
        desired(&manifest()).unwrap().into_iter().filter(|want| want.address.kind == Kind::IamRole).collect();
    assert_eq!(find(&session(&server), &search(), &role, handler, 4).await.unwrap(), []);
    let mut asked = server.operations();
    asked.sort();
    assert_eq!(asked, ["GetResources", "ListRoles"], "nothing needed a second look");
}

/// The tagging API lags: a job that it still lists may be gone, or somebody else's by now.
#[tokio::test]
async fn hits_are_confirmed_by_their_own_service() {
    let job = |name: &str| format!("arn:aws:glue:us-east-1:123456789012:job/{name}");
    let server = Canned::start(vec![
        marked_as(&[&job("gone"), &job("theirs")]),
        roles_of(&[]),
        Reply::json_error(400, "EntityNotFoundException", "Entity not found"),
        Reply::json(json!({ "Job": { "Name": "theirs", "Role": "r" } })),
        Reply::json(json!({ "Tags": { "pipectl:pipeline": "spotify", "pipectl:environment": "prod" } })),
    ])
    .await;
    assert_eq!(find(&session(&server), &search(), &[], handler, 1).await.unwrap(), []);
}

#[test]
fn what_shares_a_wanted_name_is_called_by_its_whole_identity() {
    let wants = desired(&manifest()).unwrap();
    let query = |workgroup: &str| {
        arns::named(Kind::AthenaNamedQuery, "count", &[("name", "count"), ("workgroup", workgroup), ("marker", "m")])
    };
    assert!(is_wanted(&arns::named(Kind::AthenaNamedQuery, "count", &[("workgroup", "spotify-dev")]), &wants));
    assert!(!is_wanted(&query("old"), &wants));
    assert_eq!(with_own_name(query("old"), &wants).address.to_string(), "athena_named_query.count/old");
}
