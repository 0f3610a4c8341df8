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

/// Nobody at the operator's path.
fn no_operators() -> [Reply; 2] {
    [("ListGroups", "Groups"), ("ListUsers", "Users")].map(|(operation, list)| {
        let result = format!("<{operation}Result><{list}/><IsTruncated>false</IsTruncated></{operation}Result>");
        Reply::new(200, format!("<{operation}Response>{result}</{operation}Response>")).only_for(operation)
    })
}

fn marked_as(arns: &[&str]) -> Reply {
    let list: Vec<_> = arns.iter().map(|arn| json!({ "ResourceARN": arn })).collect();
    Reply::json(json!({ "ResourceTagMappingList": list, "PaginationToken": "" })).only_for("GetResources")
}

/// The role's path is that of all regions: what runs in another one is not ours to delete.
#[tokio::test]
async fn roles_of_other_regions_are_let_be() {
    let [groups, users] = no_operators();
    let roles = roles_of(&["spotify-dev-glue-eu-west-1", "spotify-dev-glue-us-east-1"]);
    let server = Canned::start(vec![marked_as(&[]), roles, groups, users]).await;
    let role: Vec<_> =
        desired(&manifest()).unwrap().into_iter().filter(|want| want.address.kind == Kind::IamRole).collect();
    assert_eq!(find(&session(&server), &search(), &role, handler, 4).await.unwrap(), []);
    let mut asked = server.operations();
    asked.sort();
    assert_eq!(asked, ["GetResources", "ListGroups", "ListRoles", "ListUsers"], "nothing needed a second look");
}

/// The tagging API lags: a job that it still lists may be gone, or somebody else's by now.
#[tokio::test]
async fn hits_are_confirmed_by_their_own_service() {
    let job = |name: &str| format!("arn:aws:glue:us-east-1:123456789012:job/{name}");
    let [groups, users] = no_operators();
    let server = Canned::start(vec![
        marked_as(&[&job("gone"), &job("theirs")]),
        roles_of(&[]),
        groups,
        users,
        Reply::json_error(400, "EntityNotFoundException", "Entity not found"),
        Reply::json(json!({ "Job": { "Name": "theirs", "Role": "r" } })),
        Reply::json(json!({ "Tags": { "pipectl:pipeline": "spotify", "pipectl:environment": "prod" } })),
    ])
    .await;
    assert_eq!(find(&session(&server), &search(), &[], handler, 1).await.unwrap(), []);
}

/// Below the path of a pipeline without an id lie those of its namesakes with one.
#[tokio::test]
async fn operators_of_namesakes_are_let_be() {
    let user = |name: &str, path: &str| {
        format!(
            "<member><Path>{path}</Path><UserName>{name}</UserName><UserId>AIDA</UserId><Arn>a</Arn>\
             <CreateDate>2026-01-01T00:00:00Z</CreateDate></member>"
        )
    };
    let ours = "/pipectl/spotify/dev/us-east-1/";
    let users = [user("old", ours), user("theirs", &format!("{ours}6f1c/"))].concat();
    let users = Reply::new(
        200,
        format!(
            "<ListUsersResponse><ListUsersResult><Users>{users}</Users><IsTruncated>false</IsTruncated>\
             </ListUsersResult></ListUsersResponse>"
        ),
    );
    let server = Canned::start(vec![users.only_for("ListUsers")]).await;
    let found = super::users(&session(&server), &search()).await.unwrap();
    assert_eq!(found.iter().map(|r| r.address.to_string()).collect::<Vec<_>>(), ["iam_user.old"]);
    let asked = &server.asked()[0].body;
    assert!(asked.contains("PathPrefix=%2Fpipectl%2Fspotify%2Fdev%2Fus-east-1%2F"), "{asked}");
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
