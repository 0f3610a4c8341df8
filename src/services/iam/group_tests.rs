use super::*;
use crate::aws::testing::{Canned, Reply, session};
use crate::resource::Ownership;
use crate::services::testing::owner;

const PATH: &str = "/pipectl/spotify/dev/us-east-1/";

fn want() -> Resource {
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": []});
    Resource { fields: Fields::from([("inline_policy".into(), policy)]), ..named("runners", PATH, &owner()) }
}

/// The group with members, each at a path.
fn group_xml(path: &str, members: &[(&str, &str)]) -> Reply {
    let member = |(name, path): &(&str, &str)| {
        format!(
            "<member><Path>{path}</Path><UserName>{name}</UserName><UserId>AIDA</UserId><Arn>a</Arn>\
             <CreateDate>2024-01-01T00:00:00Z</CreateDate></member>"
        )
    };
    let members: String = members.iter().map(member).collect();
    let group = format!(
        "<Group><Path>{path}</Path><GroupName>runners</GroupName><GroupId>AGPA</GroupId><Arn>a</Arn>\
         <CreateDate>2024-01-01T00:00:00Z</CreateDate></Group>"
    );
    let result = format!("{group}<Users>{members}</Users><IsTruncated>false</IsTruncated>");
    Reply::new(200, format!("<GetGroupResponse><GetGroupResult>{result}</GetGroupResult></GetGroupResponse>"))
}

fn policy_xml() -> Reply {
    let document = "%7B%22Statement%22%3A%5B%5D%2C%22Version%22%3A%222012-10-17%22%7D";
    let result = format!(
        "<GroupName>runners</GroupName><PolicyName>pipectl</PolicyName><PolicyDocument>{document}</PolicyDocument>"
    );
    let result = format!("<GetGroupPolicyResult>{result}</GetGroupPolicyResult>");
    Reply::new(200, format!("<GetGroupPolicyResponse>{result}</GetGroupPolicyResponse>"))
}

fn list(operation: &str, inside: &str) -> Reply {
    let result = format!("<{operation}Result><IsTruncated>false</IsTruncated>{inside}</{operation}Result>");
    Reply::new(200, format!("<{operation}Response>{result}</{operation}Response>"))
}

fn empty(operation: &str) -> Reply {
    Reply::new(200, format!("<{operation}Response><{operation}Result/></{operation}Response>"))
}

/// Groups take no tags: the path says whose they are, region included.
#[tokio::test]
async fn the_path_is_the_mark() {
    for (path, is_ours) in [(PATH, true), ("/", false), ("/pipectl/spotify/dev/eu-west-1/", false)] {
        let server = Canned::start(vec![group_xml(path, &[]), policy_xml()]).await;
        let live = Group.read(&session(&server), &owner(), &want()).await.unwrap().unwrap();
        assert_eq!(live.ownership == Ownership::Ours, is_ours, "{path}");
        assert_eq!(crate::plan::diff::diff(Kind::IamGroup, &live.resource.fields, &want().fields), []);
    }
}

#[tokio::test]
async fn a_namesake_is_not_written() {
    let server = Canned::start(vec![
        Reply::query_error(409, "EntityAlreadyExists", "Group with name runners already exists."),
        group_xml("/", &[]),
        policy_xml(),
    ])
    .await;
    let error = Group.create(&session(&server), &want()).await.unwrap_err();
    assert_eq!(error.code(), "stranger");
}

#[tokio::test]
async fn a_lost_answer_to_create_is_settled() {
    let server = Canned::start(vec![
        Reply::query_error(409, "EntityAlreadyExists", "Group with name runners already exists."),
        group_xml(PATH, &[]),
        Reply::query_error(404, "NoSuchEntity", "no policy"),
        empty("PutGroupPolicy"),
    ])
    .await;
    Group.create(&session(&server), &want()).await.unwrap();
    assert_eq!(server.operations().last().unwrap(), "PutGroupPolicy");
}

#[tokio::test]
async fn members_of_others_stop_the_deletion_and_our_user_does_not() {
    let server = Canned::start(vec![
        group_xml(PATH, &[("runner", PATH), ("ada", "/people/")]),
        list("ListGroupPolicies", "<PolicyNames><member>pipectl</member><member>theirs</member></PolicyNames>"),
        list("ListAttachedGroupPolicies", "<AttachedPolicies/>"),
    ])
    .await;
    let error = Group.delete(&session(&server), &want(), false).await.unwrap_err();
    assert_eq!(error.message(), "group `runners` has what somebody else put there: `ada`, `theirs`");
    let server = Canned::start(vec![
        group_xml(PATH, &[("runner", PATH)]),
        list("ListGroupPolicies", "<PolicyNames><member>pipectl</member></PolicyNames>"),
        list("ListAttachedGroupPolicies", "<AttachedPolicies/>"),
        empty("DeleteGroupPolicy"),
        Reply::query_error(409, "DeleteConflict", "Cannot delete entity, must remove users from group first."),
        empty("DeleteGroup"),
    ])
    .await;
    assert_eq!(Group.delete(&session(&server), &want(), false).await.unwrap(), Deleted::Gone);
}
