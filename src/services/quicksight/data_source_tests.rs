use super::*;
use crate::aws::testing::{Canned, Reply, session};
use crate::manifest::spanned::Spanned;
use crate::services::testing::{desired as all_desired, manifest, owner, wanted};

const NAME: &str = "quicksight_data_source.spotify-dev";
const OWNER: &str = "arn:aws:quicksight:us-east-1:123456789012:user/default/lead@example.com";

fn described(status: &str) -> Value {
    json!({"DataSource": {
        "DataSourceId": "spotify-dev", "Name": "spotify-dev", "Type": "ATHENA", "Status": status,
        "DataSourceParameters": {"AthenaParameters": {"WorkGroup": "spotify-dev"}},
    }})
}

fn state(status: &str) -> Reply {
    Reply::json(described(status)).only_for("GET /accounts/123456789012/data-sources/spotify-dev")
}

fn created() -> Reply {
    Reply::json(json!({"CreationStatus": "CREATION_IN_PROGRESS"})).only_for("POST ")
}

#[test]
fn it_stands_on_its_workgroup() {
    let source = wanted(NAME);
    assert_eq!(source.depends_on, [workgroup::address("spotify-dev")]);
    let list = crate::resource::listed::list([OWNER]);
    assert_eq!(source.fields["permissions"], json!({ OWNER: "owner", "pipectl:keys": list }));
}

#[test]
fn one_that_exists_is_used_and_not_described() {
    let mut manifest = manifest();
    let section = &mut manifest.quicksight.as_mut().unwrap().data_source;
    section.existing = Some(Spanned::unplaced("shared".into()));
    let all = all_desired(&manifest).unwrap();
    let source = all.iter().find(|r| r.address.kind == Kind::QuicksightDataSource).unwrap();
    assert_eq!((source.address.name.as_str(), source.existing, source.fields.len()), ("shared", true, 0));
    let set = all.iter().find(|r| r.address.kind == Kind::QuicksightDataSet).unwrap();
    assert_eq!(set.fields["data_source"], json!("arn:aws:quicksight:us-east-1:123456789012:datasource/shared"));
}

#[tokio::test]
async fn what_is_sent_reads_as_wanted_and_is_waited_for() {
    let replies = vec![created(), state("CREATION_IN_PROGRESS"), state("CREATION_SUCCESSFUL")];
    let server = Canned::start(replies).await;
    let mut want = wanted(NAME);
    want.fields.insert("role_arn".into(), json!("arn:aws:iam::123456789012:role/qs"));
    DataSource.create(&session(&server), &want).await.unwrap();
    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    let sent = asked.iter().find(|a| a.method == "POST").unwrap().json();
    assert_eq!(sent["Type"], "ATHENA");

    let source = json!({"DataSource": {"Name": sent["Name"], "Status": "CREATION_SUCCESSFUL",
                                       "DataSourceParameters": sent["DataSourceParameters"]}});
    let server = Canned::start(vec![
        Reply::json(source),
        Reply::json(json!({"Tags": sent["Tags"]})).only_for("/tags"),
        Reply::json(json!({"Permissions": sent["Permissions"]})).only_for("/permissions"),
    ])
    .await;
    let live = DataSource.read(&session(&server), &owner(), &want).await.unwrap().unwrap();
    assert_eq!((live.ownership, live.resource.fields), (Ownership::Ours, want.fields));
}

#[tokio::test]
async fn an_update_always_carries_the_parameters() {
    let mut live = described("CREATION_SUCCESSFUL");
    live["DataSource"]["DataSourceParameters"]["AthenaParameters"]["ConsumerAccountRoleArn"] = json!("arn:theirs");
    live["DataSource"]["SslProperties"] = json!({"DisableSsl": true});
    let server = Canned::start(vec![
        Reply::json(live).only_for("GET "),
        Reply::json(json!({"UpdateStatus": "UPDATE_IN_PROGRESS"})).only_for("PUT "),
        state("UPDATE_IN_PROGRESS"),
        state("UPDATE_SUCCESSFUL"),
    ])
    .await;
    let want = wanted(NAME);
    DataSource.update(&session(&server), &want, &want, &["name".into()]).await.unwrap();
    let asked = server.asked();
    let sent = asked.iter().find(|a| a.method == "PUT").unwrap().json();
    let athena = &sent["DataSourceParameters"]["AthenaParameters"];
    assert_eq!(athena["WorkGroup"], "spotify-dev");
    assert_eq!(
        (&athena["ConsumerAccountRoleArn"], &sent["SslProperties"]["DisableSsl"]),
        (&json!("arn:theirs"), &json!(true))
    );
    assert_eq!(asked.len(), 4);
}

#[tokio::test]
async fn tags_and_permissions_do_not_touch_the_connection() {
    let theirs = json!({"Permissions": [{"Principal": "arn:theirs", "Actions": ["quicksight:DescribeDataSource"]}]});
    let replies = vec![
        Reply::json(json!({})).only_for("/tags"),
        Reply::json(theirs).only_for("GET /accounts/123456789012/data-sources/spotify-dev/permissions"),
        Reply::json(json!({})).only_for("POST /accounts/123456789012/data-sources/spotify-dev/permissions"),
    ];
    let server = Canned::start(replies).await;
    let want = wanted(NAME);
    let changed = [format!("permissions[\"{OWNER}\"]"), "tags.team".to_owned()];
    DataSource.update(&session(&server), &want, &want, &changed).await.unwrap();
    let asked = server.asked();
    let sent = asked.last().unwrap().json();
    assert_eq!(sent["GrantPermissions"][0]["Principal"], OWNER);
    assert_eq!(sent["GrantPermissions"][0]["Actions"].as_array().unwrap().len(), 6);
    assert!(
        sent.get("RevokePermissions").is_none() && sent["GrantPermissions"].as_array().unwrap().len() == 1,
        "{sent}"
    );
    assert!(!asked.iter().any(|a| a.method == "PUT"));
}

/// "Failed to assume your role" and "Insufficient permission to access the manifest file" pass within two minutes;
/// a namesake that is being deleted passes, too.
#[tokio::test]
async fn a_role_that_is_not_ready_and_a_namesake_that_goes_are_waited_for() {
    let role = "Failed to assume your role. Verify the trust relationships of the role in the IAM console";
    let replies = vec![
        Reply::json_error(401, "AccessDeniedException", role).only_for("POST "),
        Reply::json_error(401, "AccessDeniedException", "Insufficient permission to access the manifest file")
            .only_for("POST "),
        Reply::json_error(409, "ConflictException", "An update or create is in progress").only_for("POST "),
        created(),
        state("CREATION_SUCCESSFUL"),
    ];
    let server = Canned::start(replies).await;
    DataSource.create(&session(&server), &wanted(NAME)).await.unwrap();
    assert_eq!(server.asked().iter().filter(|a| a.method == "POST").count(), 4);
}

#[tokio::test]
async fn no_s3_for_the_service_role_is_explained() {
    for (kind, text) in [
        (
            "ACCESS_DENIED",
            "The QuickSight service role required to access your AWS resources has not been created yet.",
        ),
        ("GENERIC_SQL_FAILURE", "Unable to verify/create output bucket spotify"),
    ] {
        let mut failed = described("CREATION_FAILED");
        failed["DataSource"]["ErrorInfo"] = json!({"Type": kind, "Message": text});
        let replies = vec![created(), Reply::json(failed)];
        let server = Canned::start(replies).await;
        let error = DataSource.create(&session(&server), &wanted(NAME)).await.unwrap_err();
        assert_eq!((error.code(), error.aws_code()), ("quicksight-access", Some(kind)));
        assert!(error.message().contains(text.trim_end_matches('.')), "{error}");
        assert!(error.help().unwrap().contains("Security & permissions") && error.help().unwrap().contains("role_arn"));
    }
}

#[tokio::test]
async fn one_that_could_not_connect_is_to_be_written_again() {
    let server = Canned::start(vec![
        Reply::json(described("CREATION_FAILED")),
        Reply::json(json!({"Tags": []})).only_for("/tags"),
        Reply::json(json!({"Permissions": []})).only_for("/permissions"),
    ])
    .await;
    let live = DataSource.read(&session(&server), &owner(), &wanted(NAME)).await.unwrap().unwrap();
    assert_eq!(live.resource.fields["workgroup"], Value::Null);
    assert!(matches!(live.ownership, Ownership::Strangers(_)));
}

#[tokio::test]
async fn an_account_without_quicksight_is_told_by_the_first_read() {
    for (status, code, text) in [
        (403, "UnsupportedUserEditionException", "Account 123456789012 is not subscribed for QuickSight"),
        (
            404,
            "ResourceNotFoundException",
            "Account 123456789012 is not signed up with QuickSight with namespace default",
        ),
    ] {
        let server = Canned::start(vec![Reply::json_error(status, code, text)]).await;
        let error = DataSource.read(&session(&server), &owner(), &wanted(NAME)).await.unwrap_err();
        assert_eq!(error.code(), "quicksight-not-subscribed");
        assert!(error.help().unwrap().contains("sign up"), "{:?}", error.help());
    }
}

#[tokio::test]
async fn a_principal_that_aws_refuses_is_explained() {
    let text = "Principal arn:aws:quicksight:us-east-1:123456789012:user/default/lead@example.com is not found";
    let replies = vec![Reply::json_error(400, "InvalidParameterValueException", text).only_for("POST ")];
    let server = Canned::start(replies).await;
    let error = DataSource.create(&session(&server), &wanted(NAME)).await.unwrap_err();
    assert_eq!(error.code(), "quicksight-principal");
    assert!(error.help().unwrap().contains("user/default/NAME"), "{:?}", error.help());
}

#[tokio::test]
async fn a_strangers_namesake_is_told() {
    let replies = vec![
        Reply::json_error(409, "ResourceExistsException", "spotify-dev already exists").only_for("POST "),
        state("CREATION_SUCCESSFUL"),
        Reply::json(json!({"Tags": []})).only_for("/tags"),
        Reply::json(json!({"Permissions": []})).only_for("/permissions"),
    ];
    let server = Canned::start(replies).await;
    let error = DataSource.create(&session(&server), &wanted(NAME)).await.unwrap_err();
    assert_eq!(error.code(), "stranger");
}

#[tokio::test]
async fn deleting_what_is_gone_succeeds() {
    let missing = Reply::json_error(404, "ResourceNotFoundException", "DataSource spotify-dev is not found");
    let server = Canned::start(vec![missing]).await;
    assert_eq!(DataSource.delete(&session(&server), &wanted(NAME), false).await.unwrap(), Deleted::Gone);
}
