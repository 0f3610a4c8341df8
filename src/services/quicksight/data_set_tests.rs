use super::*;
use crate::aws::testing::{Canned, Reply, session};
use crate::dashboard::model::Dashboards;
use crate::resource::Ownership;
use crate::services::testing::{dashboards, desired_with, manifest, owner, wanted};

const HITS: &str = "quicksight_data_set.spotify-dev-hits";
const TOP: &str = "quicksight_data_set.spotify-dev-top";

fn changed_set(change: impl FnOnce(&mut Dashboards)) -> Resource {
    let mut dashboards = dashboards();
    change(&mut dashboards);
    let all = desired_with(&manifest(), &dashboards).unwrap();
    all.into_iter().find(|r| r.address.to_string() == HITS).unwrap()
}

/// What QuickSight would keep of a body it took.
async fn sent(want: &Resource) -> Value {
    let server = Canned::start(vec![Reply::json(json!({"Status": 201}))]).await;
    DataSet.create(&session(&server), want).await.unwrap();
    server.asked().remove(0).json()
}

async fn read(body: &Value, want: &Resource) -> Live {
    let server = Canned::start(vec![
        Reply::json(json!({"DataSet": body})),
        Reply::json(json!({"Tags": body["Tags"]})).only_for("/tags"),
        Reply::json(json!({"Permissions": body["Permissions"]})).only_for("/permissions"),
    ])
    .await;
    DataSet.read(&session(&server), &owner(), want).await.unwrap().unwrap()
}

/// The body of the update that changes `names` of a live data set.
async fn updated(live: &Value, want: &Resource, names: &[&str]) -> Value {
    let server = Canned::start(vec![Reply::json(json!({"DataSet": live})), Reply::json(json!({"Status": 200}))]).await;
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    DataSet.update(&session(&server), want, want, &names).await.unwrap();
    assert_eq!(server.asked()[1].method, "PUT");
    server.asked().remove(1).json()
}

#[tokio::test]
async fn what_is_sent_reads_as_wanted() {
    let described = changed_set(|dashboards| {
        let set = &mut dashboards.datasets[0];
        set.columns[1].data_type = DataType::Double;
        set.calculated.clear();
    });
    for want in [wanted(HITS), wanted(TOP), described] {
        let body = sent(&want).await;
        let live = read(&body, &want).await;
        assert_eq!((live.ownership, live.resource.fields), (Ownership::Ours, want.fields), "{body:#}");
    }
}

#[tokio::test]
async fn a_table_and_a_query_in_quicksights_form() {
    let hits = sent(&wanted(HITS)).await;
    let table = &hits["PhysicalTableMap"]["rows"]["RelationalTable"];
    assert_eq!(
        (&table["Catalog"], &table["Schema"], &table["Name"]),
        (&json!("AwsDataCatalog"), &json!("spotify_dev"), &json!("hits"))
    );
    assert_eq!(table["DataSourceArn"], json!("arn:aws:quicksight:us-east-1:123456789012:datasource/spotify-dev"));
    assert_eq!(
        table["InputColumns"],
        json!([{"Name": "id", "Type": "STRING"}, {"Name": "release_year", "Type": "INTEGER"}])
    );
    let steps = hits["LogicalTableMap"]["columns"]["DataTransforms"].as_array().unwrap();
    assert_eq!(steps[0]["CreateColumnsOperation"]["Columns"][0]["ColumnName"], "decade");
    assert_eq!(steps[1]["TagColumnOperation"]["Tags"][0]["ColumnDescription"]["Text"], "Spotify's id");
    assert_eq!((&hits["DataSetId"], &hits["ImportMode"]), (&json!("spotify-dev-hits"), &json!("SPICE")));

    let top = sent(&wanted(TOP)).await;
    let query = &top["PhysicalTableMap"]["rows"]["CustomSql"];
    assert_eq!(
        query["SqlQuery"],
        "select artist_name, avg(track_popularity) as popularity from \"spotify_dev\".hits group by 1"
    );
    assert_eq!(query["Columns"][1], json!({"Name": "popularity", "Type": "DECIMAL"}));
    assert!(top["LogicalTableMap"]["columns"].get("DataTransforms").is_none(), "an empty list is refused");
}

#[test]
fn doubles_keep_their_places_in_spice_and_another_type_is_a_cast() {
    let columns = |change: fn(&mut Dataset)| {
        let set = changed_set(|dashboards| change(&mut dashboards.datasets[0]));
        set.fields["columns"][1].clone()
    };
    let double = columns(|set| set.columns[1].data_type = DataType::Double);
    assert_eq!(double, json!({"name": "release_year", "type": "INTEGER", "cast": "DECIMAL"}));
    let unknown = columns(|set| {
        set.columns[1].name = "new".into();
        set.columns[1].data_type = DataType::Double;
    });
    assert_eq!(unknown, json!({"name": "new", "type": "DECIMAL", "sub_type": "FLOAT"}));
    let direct = columns(|set| {
        set.import_mode = ImportMode::DirectQuery;
        set.columns[1].name = "new".into();
        set.columns[1].data_type = DataType::Double;
    });
    assert_eq!(direct, json!({"name": "new", "type": "DECIMAL"}));
}

#[test]
fn they_stand_on_their_source_and_what_rows_come_from() {
    let on = |name: &str| wanted(name).depends_on.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(on(HITS), ["quicksight_data_source.spotify-dev", "glue_table.hits"]);
    assert_eq!(
        on(TOP),
        [
            "quicksight_data_source.spotify-dev",
            "athena_workgroup.spotify-dev",
            "glue_table.hits",
            "glue_table.artists",
            "athena_named_query.top_artists"
        ]
    );
}

/// UpdateDataSet overwrites: folders of fields, row and column security, filters, geographic roles, parameters, what a newer
/// API adds.
#[tokio::test]
async fn what_is_not_ours_survives_an_update() {
    let want = wanted(HITS);
    let mut live = sent(&want).await;
    let foreign = json!({
        "FieldFolders": {"Artist": {"columns": ["id"]}},
        "ColumnGroups": [{"GeoSpatialColumnGroup": {"Name": "g", "Columns": ["id"], "CountryCode": "US"}}],
        "RowLevelPermissionDataSet": {"Arn": "arn:rls", "PermissionPolicy": "GRANT_ACCESS", "Status": "ENABLED"},
        "ColumnLevelPermissionRules": [{"Principals": ["arn:x"], "ColumnNames": ["id"]}],
        "DataSetUsageConfiguration": {"DisableUseAsDirectQuerySource": true, "DisableUseAsImportedSource": false},
        "DatasetParameters": [{"StringDatasetParameter": {"Id": "p", "Name": "p", "ValueType": "SINGLE_VALUED"}}],
        "PerformanceConfiguration": {"UniqueKeys": [{"ColumnNames": ["id"]}]},
    });
    for (member, value) in foreign.as_object().unwrap() {
        live[member] = value.clone();
    }
    live["OutputColumns"] = json!([{"Name": "id"}]);
    live["Arn"] = json!("arn:set");
    live["PhysicalTableMap"]["rows"]["RelationalTable"]["InputColumns"][0]["FromTheFuture"] = json!(1);
    let filter = json!({"FilterOperation": {"ConditionExpression": "{release_year} > 2000"}});
    let role = json!({"TagColumnOperation": {"ColumnName": "id", "Tags": [{"ColumnGeographicRole": "CITY"}, {"ColumnDescription": {"Text": "old"}}]}});
    let shown = json!({"ProjectOperation": {"ProjectedColumns": ["id", "decade", "theirs"]}});
    let calculated = live["LogicalTableMap"]["columns"]["DataTransforms"][0].clone();
    live["LogicalTableMap"]["columns"]["DataTransforms"] = json!([calculated, filter, role, shown]);
    live["LogicalTableMap"]["joined"] = json!({"Alias": "j", "Source": {"DataSetArn": "arn:other"}});

    let want = changed_set(|dashboards| {
        let column = dashboards.datasets[0].columns[1].clone();
        dashboards.datasets[0].columns.push(crate::dashboard::model::Column { name: "new".into(), ..column });
        dashboards.datasets[0].calculated[0].name = "tens".into();
    });
    let body = updated(&live, &want, &["columns[new]", "calculated_fields.tens", "calculated_fields.decade"]).await;
    for (member, value) in foreign.as_object().unwrap() {
        assert_eq!(body[member], *value, "{member}");
    }
    assert!(body.get("OutputColumns").is_none() && body.get("Arn").is_none() && body.get("Tags").is_none(), "{body:#}");
    assert_eq!(body["PhysicalTableMap"]["rows"]["RelationalTable"]["InputColumns"][0]["FromTheFuture"], json!(1));
    assert_eq!(body["LogicalTableMap"]["joined"]["Alias"], "j");
    let steps = body["LogicalTableMap"]["columns"]["DataTransforms"].as_array().unwrap();
    assert_eq!(steps[0]["CreateColumnsOperation"]["Columns"][0]["ColumnName"], "tens");
    assert_eq!(steps[1], filter);
    let tags = json!([{"ColumnGeographicRole": "CITY"}, {"ColumnDescription": {"Text": "Spotify's id"}}]);
    assert_eq!(steps[2]["TagColumnOperation"]["Tags"], tags);
    assert_eq!(steps[3]["ProjectOperation"]["ProjectedColumns"], json!(["id", "theirs", "new", "tens"]));
    assert_eq!(steps.len(), 4);
}

#[tokio::test]
async fn only_what_changed_is_changed() {
    let want = wanted(HITS);
    let mut live = sent(&want).await;
    live["PhysicalTableMap"]["rows"]["RelationalTable"]["Name"] = json!("edited");
    let body = updated(&live, &want, &["name"]).await;
    assert_eq!((&body["Name"], &body["PhysicalTableMap"]), (&json!("spotify-dev-hits"), &live["PhysicalTableMap"]));
    assert_eq!(body["LogicalTableMap"], live["LogicalTableMap"]);
}

/// A data set that was prepared in the newer way keeps that until what it says has to change.
#[tokio::test]
async fn newer_preparation_stays_until_it_contradicts() {
    let want = wanted(HITS);
    let mut live = sent(&want).await;
    live.as_object_mut().unwrap().remove("LogicalTableMap");
    live["DataPrepConfiguration"] = json!({"SourceTableMap": {}, "TransformStepMap": {}, "DestinationTableMap": {}});
    let renamed = updated(&live, &want, &["name"]).await;
    assert!(renamed["DataPrepConfiguration"].is_object() && renamed.get("LogicalTableMap").is_none());
    let rewritten = updated(&live, &want, &["calculated_fields"]).await;
    assert!(rewritten.get("DataPrepConfiguration").is_none() && rewritten["LogicalTableMap"]["columns"].is_object());
}

#[tokio::test]
async fn a_table_becomes_a_query_in_place() {
    let live = sent(&wanted(HITS)).await;
    let want = changed_set(|dashboards| dashboards.datasets[0].from = From::Query("select * from hits".into()));
    let body = updated(&live, &want, &["table", "sql"]).await;
    assert_eq!(body["PhysicalTableMap"]["rows"].as_object().unwrap().keys().collect::<Vec<_>>(), ["CustomSql"]);
    assert_eq!(data_set_input::fields_of(&body)["sql"], want.fields["sql"]);
}

#[tokio::test]
async fn console_made_ids_of_tables_are_kept() {
    let want = wanted(HITS);
    let mut live = sent(&want).await;
    let physical = live["PhysicalTableMap"]["rows"].take();
    live["PhysicalTableMap"] = json!({"2496f8bb": physical});
    let mut logical = live["LogicalTableMap"]["columns"].take();
    logical["Source"]["PhysicalTableId"] = json!("2496f8bb");
    live["LogicalTableMap"] = json!({"76cbf0de": logical});
    let mut expected = want.fields.clone();
    expected.remove("tags");
    expected.remove("permissions");
    assert_eq!(data_set_input::fields_of(&live), expected);
    let body = updated(&live, &want, &["columns"]).await;
    assert_eq!(
        (&body["PhysicalTableMap"], &body["LogicalTableMap"]),
        (&live["PhysicalTableMap"], &live["LogicalTableMap"])
    );
}

/// "aws quicksight update-data-set-permissions does not accept a namespace as a principal" (aws/aws-cli#6067).
#[tokio::test]
async fn a_namespace_is_refused_with_a_remedy() {
    let text = "Principal arn:aws:quicksight:us-east-1:123456789012:namespace/default is not supported";
    let server = Canned::start(vec![Reply::json_error(400, "InvalidParameterValueException", text)]).await;
    let error = DataSet.create(&session(&server), &wanted(HITS)).await.unwrap_err();
    assert_eq!(error.code(), "quicksight-namespace");
    assert!(error.help().unwrap().contains("group/default/analysts"), "{:?}", error.help());
}

#[tokio::test]
async fn a_full_spice_is_explained() {
    let full = Reply::json_error(409, "LimitExceededException", "SPICE capacity limit exceeded");
    let error = DataSet.create(&session(&Canned::start(vec![full]).await), &wanted(HITS)).await.unwrap_err();
    assert_eq!(error.code(), "quicksight-capacity");
    assert!(error.help().unwrap().contains("direct_query"), "{:?}", error.help());
}

#[tokio::test]
async fn a_namesake_that_is_being_deleted_is_waited_for() {
    let conflict = Reply::json_error(409, "ConflictException", "data set is being deleted");
    let server = Canned::start(vec![conflict, Reply::json(json!({"Status": 201}))]).await;
    DataSet.create(&session(&server), &wanted(HITS)).await.unwrap();
    assert_eq!(server.asked()[0].body, server.asked()[1].body);
}

#[tokio::test]
async fn permissions_alone_do_not_touch_the_data() {
    let live = json!({"Permissions": [{"Principal": "arn:theirs", "Actions": ["quicksight:DescribeDataSet"]}]});
    let server = Canned::start(vec![Reply::json(live), Reply::json(json!({}))]).await;
    let want = wanted(HITS);
    DataSet.update(&session(&server), &want, &want, &["permissions.x".into()]).await.unwrap();
    let sent = server.asked()[1].json();
    assert_eq!(sent["GrantPermissions"].as_array().unwrap().len(), 2);
    assert!(sent.get("RevokePermissions").is_none());
}

#[tokio::test]
async fn deleting_what_is_gone_succeeds() {
    let missing = Reply::json_error(404, "ResourceNotFoundException", "DataSet is not found");
    let server = Canned::start(vec![missing]).await;
    assert_eq!(DataSet.delete(&session(&server), &wanted(HITS), false).await.unwrap(), Deleted::Gone);
}
