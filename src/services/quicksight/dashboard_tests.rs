use super::*;
use crate::aws::testing::{Canned, Reply, session};
use crate::resource::Ownership;
use crate::services::testing::{owner, wanted};

const NAME: &str = "quicksight_dashboard.spotify-dev-overview";
const PATH: &str = "/accounts/123456789012/dashboards/spotify-dev-overview";

fn version(number: i64, status: &str) -> Reply {
    let version = json!({"VersionNumber": number, "Status": status});
    Reply::json(json!({"Dashboard": {"Name": "Spotify", "Version": version}})).only_for(&format!("GET {PATH}"))
}

fn defined_as(definition: &Value) -> Reply {
    Reply::json(json!({"Definition": definition})).only_for(&format!("GET {PATH}/definition"))
}

/// As QuickSight would keep a body it took.
async fn read(body: &Value, status: &str, want: &Resource) -> Live {
    let version = json!({"Status": status, "Description": body["VersionDescription"], "ThemeArn": body["ThemeArn"]});
    let server = Canned::start(vec![
        defined_as(&body["Definition"]),
        Reply::json(json!({"Dashboard": {"Name": body["Name"], "Version": version}})).only_for(&format!("GET {PATH}")),
        Reply::json(json!({"Tags": body["Tags"]})).only_for("/tags"),
        Reply::json(json!({"Permissions": body["Permissions"]})).only_for("/permissions"),
    ])
    .await;
    Dashboard.read(&session(&server), &owner(), want).await.unwrap().unwrap()
}

#[test]
fn it_stands_on_the_data_sets_it_shows() {
    let want = wanted(NAME);
    assert_eq!(want.depends_on, [data_set::address("spotify-dev-hits")]);
    assert_eq!(want.fields["theme"], json!("arn:aws:quicksight::aws:theme/MIDNIGHT"));
    let declared = &want.fields["definition"]["DataSetIdentifierDeclarations"][0];
    assert_eq!(declared["DataSetArn"], json!("arn:aws:quicksight:us-east-1:123456789012:dataset/spotify-dev-hits"));
}

#[tokio::test]
async fn what_is_sent_reads_as_wanted_and_is_waited_for() {
    let want = wanted(NAME);
    let server = Canned::start(vec![
        Reply::json(json!({"CreationStatus": "CREATION_IN_PROGRESS"})),
        version(1, "CREATION_IN_PROGRESS"),
        version(1, "CREATION_SUCCESSFUL"),
    ])
    .await;
    Dashboard.create(&session(&server), &want).await.unwrap();
    assert_eq!(server.operations(), [format!("POST {PATH}"), format!("GET {PATH}"), format!("GET {PATH}")]);
    let body = server.asked().remove(0).json();
    let live = read(&body, "CREATION_SUCCESSFUL", &want).await;
    assert_eq!((live.ownership, live.resource.fields), (Ownership::Ours, want.fields));
}

#[tokio::test]
async fn an_update_waits_for_its_version_and_publishes_it() {
    let arn = "arn:aws:quicksight:us-east-1:123456789012:dashboard/spotify-dev-overview/version/7";
    let theirs = json!({"Definition": {"DataSetIdentifierDeclarations": [], "FromTheFuture": 1},
                        "DashboardPublishOptions": {"ExportToCSVOption": {"AvailabilityStatus": "DISABLED"}}});
    let server = Canned::start(vec![
        Reply::json(theirs.clone()),
        Reply::json(json!({"VersionArn": arn})),
        version(7, "CREATION_IN_PROGRESS"),
        version(7, "CREATION_SUCCESSFUL"),
        Reply::json(json!({})),
    ])
    .await;
    let want = wanted(NAME);
    Dashboard.update(&session(&server), &want, &want, &["name".into(), "theme".into()]).await.unwrap();
    let asked = server.asked();
    let looked = format!("GET {PATH}?version-number=7");
    let definition = format!("GET {PATH}/definition");
    assert_eq!(
        server.operations(),
        [definition, format!("PUT {PATH}"), looked.clone(), looked, format!("PUT {PATH}/versions/7")]
    );
    let sent = asked[1].json();
    assert_eq!(sent["Definition"], theirs["Definition"], "what did not change goes back as it came");
    assert_eq!(sent["DashboardPublishOptions"], theirs["DashboardPublishOptions"]);
    assert_eq!((&sent["Name"], &sent["VersionDescription"]), (&json!("Spotify"), &json!("What is popular?")));
}

#[tokio::test]
async fn a_changed_definition_is_sent_whole() {
    let arn = "arn:aws:quicksight:us-east-1:123456789012:dashboard/spotify-dev-overview/version/2";
    let server = Canned::start(vec![
        defined_as(&json!({"DataSetIdentifierDeclarations": []})),
        Reply::json(json!({"VersionArn": arn})),
        version(2, "CREATION_SUCCESSFUL"),
        Reply::json(json!({})),
    ])
    .await;
    let want = wanted(NAME);
    Dashboard.update(&session(&server), &want, &want, &["definition.Sheets".into()]).await.unwrap();
    assert_eq!(server.asked()[1].json()["Definition"], want.fields["definition"]);
}

#[tokio::test]
async fn what_quicksight_could_not_make_is_told_and_to_be_written_again() {
    let errors = json!([{"Type": "COLUMN_TYPE_MISMATCH", "Message": "Column `x` is no number."},
                        {"Type": "DATA_SET_NOT_FOUND", "Message": "no set"}]);
    let failed = json!({"Dashboard": {"Version": {"Status": "CREATION_FAILED", "Errors": errors}}});
    let server = Canned::start(vec![Reply::json(json!({})), Reply::json(failed)]).await;
    let want = wanted(NAME);
    let error = Dashboard.create(&session(&server), &want).await.unwrap_err();
    assert_eq!((error.code(), error.aws_code()), ("quicksight-dashboard", Some("COLUMN_TYPE_MISMATCH")));
    assert!(error.message().ends_with("COLUMN_TYPE_MISMATCH: Column `x` is no number"), "{error}");
    assert_eq!(error.notes(), ["DATA_SET_NOT_FOUND: no set"]);

    let body = json!({"Name": "Spotify", "Definition": want.fields["definition"]});
    let live = read(&body, "CREATION_FAILED", &want).await;
    assert_eq!(live.resource.fields["definition"], Value::Null);
}

#[tokio::test]
async fn permissions_and_tags_make_no_version() {
    let server = Canned::start(vec![
        Reply::json(json!({})).only_for("/tags"),
        Reply::json(json!({"Permissions": []})).only_for("GET "),
        Reply::json(json!({})).only_for("PUT "),
    ])
    .await;
    let want = wanted(NAME);
    Dashboard.update(&session(&server), &want, &want, &["permissions.a".into(), "tags.team".into()]).await.unwrap();
    let sent = server.asked()[2].json();
    assert_eq!(sent["GrantPermissions"].as_array().unwrap().len(), 2);
    assert_eq!(server.operations()[2], format!("PUT {PATH}/permissions"));
}

#[tokio::test]
async fn deleted_and_made_again_quickly_is_waited_for() {
    let conflict = || Reply::json_error(409, "ConflictException", "dashboard is being deleted").only_for("POST ");
    let made = Reply::json(json!({})).only_for("POST ");
    let server = Canned::start(vec![conflict(), conflict(), made, version(1, "CREATION_SUCCESSFUL")]).await;
    Dashboard.create(&session(&server), &wanted(NAME)).await.unwrap();
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn standard_edition_is_told() {
    let text = "This operation is not supported in Standard edition";
    let server = Canned::start(vec![Reply::json_error(403, "UnsupportedUserEditionException", text)]).await;
    let error = Dashboard.create(&session(&server), &wanted(NAME)).await.unwrap_err();
    assert_eq!(error.code(), "quicksight-edition");
}

#[tokio::test]
async fn deleting_what_is_gone_succeeds() {
    let missing = Reply::json_error(404, "ResourceNotFoundException", "Dashboard is not found");
    let server = Canned::start(vec![missing]).await;
    assert_eq!(Dashboard.delete(&session(&server), &wanted(NAME), false).await.unwrap(), Deleted::Gone);
}
