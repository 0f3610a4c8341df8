use super::*;
use crate::aws::testing::{Canned, Reply, session};
use crate::manifest::spanned::Spanned;
use crate::services::testing::{desired, manifest, owner, wanted};

const NAME: &str = "iam_role.spotify-dev-glue-us-east-1";

fn role_xml(path: &str, trust: &str, tags: &str) -> Reply {
    Reply::new(
        200,
        format!(
            "<GetRoleResponse><GetRoleResult><Role><Path>{path}</Path><RoleName>spotify-dev-glue-us-east-1</RoleName>\
             <RoleId>AROA</RoleId><Arn>arn:aws:iam::123456789012:role{path}spotify-dev-glue-us-east-1</Arn>\
             <CreateDate>2024-01-01T00:00:00Z</CreateDate><Description>d</Description>\
             <AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument>{tags}</Role></GetRoleResult></GetRoleResponse>"
        ),
    )
}

fn ours_xml(trust: &str) -> Reply {
    let tag = |k: &str, v: &str| format!("<member><Key>{k}</Key><Value>{v}</Value></member>");
    let tags = tag("pipectl:pipeline", "spotify") + &tag("pipectl:environment", "dev");
    role_xml("/pipectl/spotify/", trust, &format!("<Tags>{tags}</Tags>"))
}

fn policy_xml(document: &str) -> Reply {
    Reply::new(
        200,
        format!(
            "<GetRolePolicyResponse><GetRolePolicyResult><RoleName>r</RoleName><PolicyName>pipectl</PolicyName>\
             <PolicyDocument>{document}</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>"
        ),
    )
}

fn empty(operation: &str) -> Reply {
    Reply::new(200, format!("<{operation}Response><{operation}Result/></{operation}Response>"))
}

fn list(operation: &str, inside: &str) -> Reply {
    let result = format!("<{operation}Result><IsTruncated>false</IsTruncated>{inside}</{operation}Result>");
    Reply::new(200, format!("<{operation}Response>{result}</{operation}Response>"))
}

#[test]
fn names_carry_the_region_and_fit() {
    let role = wanted(NAME);
    assert_eq!(role.identity["path"], "/pipectl/spotify/");
    let mut long = manifest();
    long.name.value = "a".repeat(31);
    long.environment.name = "production-of-everything".into();
    let error = desired(&long).unwrap_err();
    assert_eq!(error.code(), "name-too-long");
}

#[test]
fn a_role_of_ones_own_is_used_and_not_owned() {
    for (given, arn) in [
        ("my-role", "arn:aws:iam::123456789012:role/my-role"),
        ("arn:aws:iam::123456789012:role/service-role/my-role", "arn:aws:iam::123456789012:role/service-role/my-role"),
    ] {
        let mut manifest = manifest();
        manifest.iam.job_role = Some(Spanned::unplaced(given.to_owned()));
        let all = desired(&manifest).unwrap();
        let role = all.iter().find(|r| r.address.kind == Kind::IamRole).unwrap();
        assert!(role.existing && role.fields.is_empty());
        assert_eq!(role.address.to_string(), "iam_role.my-role");
        let job = all.iter().find(|r| r.address.kind == Kind::GlueJob).unwrap();
        assert_eq!(job.fields["role"], json!(arn));
    }
}

#[tokio::test]
async fn documents_come_back_url_encoded() {
    let trust = "%7B%22Version%22%3A%222012-10-17%22%7D";
    let server = Canned::start(vec![ours_xml(trust), policy_xml("%7B%22Statement%22%3A%5B%5D%7D")]).await;
    let live = Role.read(&session(&server), &owner(), &wanted(NAME)).await.unwrap().unwrap();
    assert_eq!(live.resource.fields["trust_policy"], json!({"Version": "2012-10-17"}));
    assert_eq!(live.resource.fields["inline_policy"], json!({"Statement": []}));
    assert_eq!(live.ownership, Ownership::Ours);
}

#[tokio::test]
async fn a_namesake_at_another_path_is_a_strangers() {
    let none = Reply::query_error(404, "NoSuchEntity", "not found");
    let server = Canned::start(vec![role_xml("/", "%7B%7D", ""), none]).await;
    let live = Role.read(&session(&server), &owner(), &wanted(NAME)).await.unwrap().unwrap();
    assert_eq!(live.ownership, Ownership::Strangers("its path is `/`, not `/pipectl/spotify/`".into()));
    assert_eq!(live.resource.fields["inline_policy"], Value::Null);
}

#[tokio::test]
async fn an_unknown_principal_is_waited_for() {
    let not_yet = Reply::query_error(400, "MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"x\"");
    let server = Canned::start(vec![not_yet, empty("CreateRole"), empty("PutRolePolicy")]).await;
    Role.create(&session(&server), &wanted(NAME)).await.unwrap();
    assert_eq!(server.operations(), ["CreateRole", "CreateRole", "PutRolePolicy"]);
    let body = &server.asked()[0].body;
    assert!(body.contains("Path=%2Fpipectl%2Fspotify%2F") && body.contains("pipectl%3Apipeline"), "{body}");
}

#[tokio::test]
async fn a_lost_answer_to_create_is_settled() {
    let server = Canned::start(vec![
        Reply::query_error(409, "EntityAlreadyExists", "Role with name x already exists"),
        ours_xml("%7B%7D"),
        Reply::query_error(404, "NoSuchEntity", "no policy"),
        empty("TagRole"),
        empty("PutRolePolicy"),
        Reply::query_error(404, "NoSuchEntity", "no boundary"),
        empty("UpdateRole"),
        empty("UpdateAssumeRolePolicy"),
    ])
    .await;
    Role.create(&session(&server), &wanted(NAME)).await.unwrap();
    assert_eq!(server.operations().last().unwrap(), "UpdateAssumeRolePolicy");
}

#[tokio::test]
async fn policies_of_others_stop_the_deletion() {
    let attached = "<AttachedPolicies><member><PolicyName>x</PolicyName>\
        <PolicyArn>arn:aws:iam::aws:policy/AmazonS3FullAccess</PolicyArn></member></AttachedPolicies>";
    let server = Canned::start(vec![
        list("ListRolePolicies", "<PolicyNames><member>pipectl</member></PolicyNames>"),
        list("ListAttachedRolePolicies", attached),
    ])
    .await;
    let error = Role.delete(&session(&server), &wanted(NAME), false).await.unwrap_err();
    assert_eq!(error.code(), "foreign-policies");
    assert!(error.message().contains("AmazonS3FullAccess"));
    assert_eq!(server.asked().len(), 2, "nothing was deleted");
}

#[tokio::test]
async fn a_delete_conflict_passes() {
    let server = Canned::start(vec![
        list("ListRolePolicies", "<PolicyNames><member>pipectl</member></PolicyNames>"),
        list("ListAttachedRolePolicies", "<AttachedPolicies/>"),
        empty("DeleteRolePolicy"),
        Reply::query_error(409, "DeleteConflict", "Cannot delete entity, must delete policies first."),
        empty("DeleteRole"),
    ])
    .await;
    assert_eq!(Role.delete(&session(&server), &wanted(NAME), false).await.unwrap(), Deleted::Gone);
    let gone = Canned::start(vec![Reply::query_error(404, "NoSuchEntity", "not found")]).await;
    assert_eq!(Role.delete(&session(&gone), &wanted(NAME), false).await.unwrap(), Deleted::Gone);
}
