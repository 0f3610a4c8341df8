use super::*;
use crate::aws::testing::{Canned, Reply, session};
use crate::manifest::spanned::Spanned;
use crate::services::testing::{desired, manifest, owner};

const PATH: &str = "/pipectl/spotify/dev/us-east-1/";

fn operators(operator: Operator) -> Vec<Resource> {
    let mut manifest = manifest();
    manifest.iam.operator = Some(operator);
    manifest.iam.permissions_boundary = Some(Spanned::unplaced("arn:aws:iam::123456789012:policy/edge".into()));
    let all = desired(&manifest).unwrap();
    all.into_iter().filter(|r| matches!(r.address.kind, Kind::IamUser | Kind::IamGroup)).collect()
}

fn want() -> Resource {
    operators(Operator::User(Spanned::unplaced("runner".into()))).pop().unwrap()
}

fn user_xml(path: &str, tags: &[(&str, &str)]) -> Reply {
    let tags: String = tags.iter().map(|(k, v)| format!("<member><Key>{k}</Key><Value>{v}</Value></member>")).collect();
    Reply::new(
        200,
        format!(
            "<GetUserResponse><GetUserResult><User><Path>{path}</Path><UserName>runner</UserName><UserId>AIDA</UserId>\
             <Arn>arn:aws:iam::123456789012:user{path}runner</Arn><CreateDate>2024-01-01T00:00:00Z</CreateDate>\
             <Tags>{tags}</Tags></User></GetUserResult></GetUserResponse>"
        ),
    )
}

fn list(operation: &str, inside: &str) -> Reply {
    let result = format!("<{operation}Result><IsTruncated>false</IsTruncated>{inside}</{operation}Result>");
    Reply::new(200, format!("<{operation}Response>{result}</{operation}Response>"))
}

fn groups(names: &[&str]) -> Reply {
    let member = |name: &&str| {
        format!(
            "<member><Path>/</Path><GroupName>{name}</GroupName><GroupId>AGPA</GroupId><Arn>a</Arn>\
             <CreateDate>2024-01-01T00:00:00Z</CreateDate></member>"
        )
    };
    list("ListGroupsForUser", &format!("<Groups>{}</Groups>", names.iter().map(member).collect::<String>()))
}

fn empty(operation: &str) -> Reply {
    Reply::new(200, format!("<{operation}Response><{operation}Result/></{operation}Response>"))
}

#[test]
fn a_user_has_its_rights_from_a_group_of_its_name() {
    let both = operators(Operator::User(Spanned::unplaced("runner".into())));
    let shown: Vec<_> = both.iter().map(|r| (r.address.to_string(), r.identity["path"].as_str())).collect();
    assert_eq!(shown, [("iam_group.runner".to_owned(), PATH), ("iam_user.runner".to_owned(), PATH)]);
    assert_eq!(both[1].depends_on, [both[0].address.clone()]);
    assert_eq!(both[1].fields["groups"], json!({"runner": "member"}));
    assert_eq!(both[1].fields["permissions_boundary"], json!("arn:aws:iam::123456789012:policy/edge"));
    let group = operators(Operator::Group(Spanned::unplaced("runners".into())));
    assert_eq!(group.iter().map(|r| r.address.to_string()).collect::<Vec<_>>(), ["iam_group.runners"]);
}

#[tokio::test]
async fn ours_stands_at_our_path_with_our_tags() {
    let ours = [("pipectl:pipeline", "spotify"), ("pipectl:environment", "dev")];
    let other = [("pipectl:pipeline", "spotify"), ("pipectl:environment", "prod")];
    for (path, tags, is_ours) in [(PATH, ours, true), ("/", ours, false), (PATH, other, false)] {
        let server = Canned::start(vec![user_xml(path, &tags), groups(&["runner", "staff"])]).await;
        let live = User.read(&session(&server), &owner(), &want()).await.unwrap().unwrap();
        assert_eq!(live.ownership == Ownership::Ours, is_ours, "{path}: {:?}", live.ownership);
        assert_eq!(live.resource.fields["groups"], json!({"runner": "member", "staff": "member"}));
        assert_eq!(live.resource.identity["path"], path);
    }
}

#[tokio::test]
async fn one_that_is_taken_over_moves_to_our_path() {
    let server = Canned::start(vec![empty("UpdateUser"), empty("TagUser")]).await;
    let mut live = want();
    live.identity.insert("path".into(), "/people/".into());
    User.update(&session(&server), &live, &want(), &["tags".into()]).await.unwrap();
    assert_eq!(server.operations(), ["UpdateUser", "TagUser"]);
    assert!(server.asked()[0].body.contains("NewPath=%2Fpipectl%2Fspotify%2Fdev%2Fus-east-1%2F"));
}

/// Access keys, passwords and devices are never ours: whoever gave them has to take them.
#[tokio::test]
async fn what_others_gave_it_stops_the_deletion() {
    let key = "<AccessKeyMetadata><member><AccessKeyId>AKIA1</AccessKeyId></member></AccessKeyMetadata>";
    let device = "<MFADevices><member><UserName>runner</UserName><SerialNumber>arn:mfa</SerialNumber>\
        <EnableDate>2024-01-01T00:00:00Z</EnableDate></member></MFADevices>";
    let profile =
        "<LoginProfile><UserName>runner</UserName><CreateDate>2024-01-01T00:00:00Z</CreateDate></LoginProfile>";
    let attached =
        "<AttachedPolicies><member><PolicyName>x</PolicyName><PolicyArn>arn:x</PolicyArn></member></AttachedPolicies>";
    let server = Canned::start(vec![
        groups(&["runner", "staff"]),
        list("ListAccessKeys", key),
        list("GetLoginProfile", profile),
        list("ListMFADevices", device),
        list("ListUserPolicies", "<PolicyNames><member>theirs</member></PolicyNames>"),
        list("ListAttachedUserPolicies", attached),
    ])
    .await;
    let error = User.delete(&session(&server), &want(), true).await.unwrap_err();
    assert_eq!(error.code(), "foreign-policies");
    assert_eq!(
        error.message(),
        "user `runner` has what somebody else put there: `membership in staff`, `access key AKIA1`, `a password`, \
         `MFA device arn:mfa`, `theirs`, `arn:x`"
    );
    assert_eq!(server.asked().len(), 6, "nothing was deleted");
}

#[tokio::test]
async fn it_leaves_our_group_and_goes() {
    let server = Canned::start(vec![
        groups(&["runner"]),
        list("ListAccessKeys", "<AccessKeyMetadata/>"),
        Reply::query_error(404, "NoSuchEntity", "Login Profile for User runner cannot be found."),
        list("ListMFADevices", "<MFADevices/>"),
        list("ListUserPolicies", "<PolicyNames/>"),
        list("ListAttachedUserPolicies", "<AttachedPolicies/>"),
        empty("RemoveUserFromGroup"),
        Reply::query_error(409, "DeleteConflict", "Cannot delete entity, must remove referenced objects first."),
        empty("DeleteUser"),
    ])
    .await;
    assert_eq!(User.delete(&session(&server), &want(), false).await.unwrap(), Deleted::Gone);
    let gone = Canned::start(vec![Reply::query_error(404, "NoSuchEntity", "not found")]).await;
    assert_eq!(User.delete(&session(&gone), &want(), false).await.unwrap(), Deleted::Gone);
}
