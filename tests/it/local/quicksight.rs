//! QuickSight's refusals that depend on the account, through the AWS SDK, and its lines in the request log.

use aws_sdk_quicksight::types::{
    CustomSql, DataSetImportMode, DataSourceType, InputColumn, InputColumnDataType, PhysicalTable, ResourcePermission,
};
use pipectl::local::quicksight::Account;

use super::cloud::{TestCloud, code, config};

const ACCOUNT: &str = "123456789012";

fn client(cloud: &TestCloud) -> aws_sdk_quicksight::Client {
    aws_sdk_quicksight::Client::new(&cloud.config())
}

fn put(cloud: &TestCloud, account: &Account) {
    account.put(cloud.cloud.store()).unwrap();
}

async fn data_source(quicksight: &aws_sdk_quicksight::Client, principal: Option<&str>) -> Result<(), String> {
    let permission = |principal: &str| {
        let permission = ResourcePermission::builder().principal(principal).actions("quicksight:PassDataSource");
        permission.build().unwrap()
    };
    let create = quicksight.create_data_source().aws_account_id(ACCOUNT).data_source_id("lake").name("Lake");
    let create = create.r#type(DataSourceType::Athena).set_permissions(principal.map(|p| vec![permission(p)]));
    let made = create.send().await;
    if made.is_ok() { Ok(()) } else { Err(code(made)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_subscription_every_call_is_refused() {
    let cloud = TestCloud::start().await;
    let quicksight = client(&cloud);
    let described = quicksight.describe_account_subscription().aws_account_id(ACCOUNT).send().await.unwrap();
    assert_eq!(described.account_info().unwrap().account_subscription_status(), Some("ACCOUNT_CREATED"));
    put(&cloud, &Account { subscribed: false, ..Account::default() });
    let described = quicksight.describe_account_subscription().aws_account_id(ACCOUNT).send().await;
    assert_eq!(code(described), "ResourceNotFoundException");
    assert_eq!(data_source(&quicksight, None).await, Err("UnsupportedUserEditionException".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_asked_for_in_the_identity_region() {
    let cloud = TestCloud::start().await;
    put(&cloud, &Account { identity_region: Some("eu-west-1".into()), ..Account::default() });
    let users = |quicksight: aws_sdk_quicksight::Client| async move {
        quicksight.list_users().aws_account_id(ACCOUNT).namespace("default").send().await
    };
    let error = users(client(&cloud)).await.unwrap_err().into_service_error();
    assert!(error.is_access_denied_exception());
    assert!(error.to_string().contains("your identity region is eu-west-1"), "{error}");
    let home = users(aws_sdk_quicksight::Client::new(&config(&cloud.cloud, "eu-west-1"))).await.unwrap();
    let arn = "arn:aws:quicksight:eu-west-1:123456789012:user/default/admin/local";
    assert_eq!(home.user_list()[0].arn(), Some(arn));
    assert_eq!(data_source(&client(&cloud), Some(arn)).await, Ok(()), "assets live in the working region");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strict_account_knows_only_registered_principals() {
    let cloud = TestCloud::start().await;
    put(&cloud, &Account { strict_principals: true, ..Account::default() });
    let quicksight = client(&cloud);
    let ann = "arn:aws:quicksight:us-east-1:123456789012:user/default/ann";
    assert_eq!(data_source(&quicksight, Some(ann)).await, Err("InvalidParameterValueException".into()));
    let described =
        quicksight.describe_user().aws_account_id(ACCOUNT).namespace("default").user_name("ann").send().await;
    assert_eq!(code(described), "ResourceNotFoundException");
    let register = quicksight.register_user().aws_account_id(ACCOUNT).namespace("default").user_name("ann");
    let register = register.identity_type("QUICKSIGHT".into()).user_role("READER".into()).email("ann@example.com");
    register.send().await.unwrap();
    assert_eq!(data_source(&quicksight, Some(ann)).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_spice_fails_what_is_loaded_and_refuses_what_follows() {
    let cloud = TestCloud::start().await;
    let quicksight = client(&cloud);
    data_source(&quicksight, None).await.unwrap();
    let column = InputColumn::builder().name("n").r#type(InputColumnDataType::Integer).build().unwrap();
    let sql = "SELECT n FROM UNNEST(sequence(1, 1000)) AS t (n)";
    let source = "arn:aws:quicksight:us-east-1:123456789012:datasource/lake";
    let table = CustomSql::builder().data_source_arn(source).name("t").sql_query(sql).columns(column).build().unwrap();
    let create = |id: &str| {
        let create = quicksight.create_data_set().aws_account_id(ACCOUNT).data_set_id(id).name(id);
        create.physical_table_map("t", PhysicalTable::CustomSql(table.clone())).import_mode(DataSetImportMode::Spice)
    };
    let ended = |id: &'static str, ingestion: String| {
        let quicksight = &quicksight;
        async move {
            for _ in 0..400 {
                let describe = quicksight.describe_ingestion().aws_account_id(ACCOUNT).data_set_id(id);
                let found = describe.ingestion_id(&ingestion).send().await.unwrap().ingestion.unwrap();
                if !matches!(found.ingestion_status().as_str(), "INITIALIZED" | "QUEUED" | "RUNNING") {
                    return found;
                }
                tokio::time::sleep(std::time::Duration::from_millis(25)).await;
            }
            panic!("the ingestion did not end");
        }
    };
    let made = create("one").send().await.unwrap();
    let first = ended("one", made.ingestion_id.unwrap()).await;
    assert_eq!(first.row_info().unwrap().rows_ingested(), Some(1000), "{first:?}");
    let bytes = first.ingestion_size_in_bytes().unwrap() as u64;

    put(&cloud, &Account { spice_capacity: bytes + 10, ..Account::default() });
    let made = create("two").send().await.unwrap();
    let second = ended("two", made.ingestion_id.unwrap()).await;
    assert_eq!(second.error_info().unwrap().r#type().unwrap().as_str(), "ACCOUNT_CAPACITY_LIMIT_EXCEEDED");
    put(&cloud, &Account { spice_capacity: bytes, ..Account::default() });
    assert_eq!(code(create("three").send().await), "LimitExceededException");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_log_has_the_operations_with_all_their_members() {
    let cloud = TestCloud::start().await;
    let quicksight = client(&cloud);
    quicksight.list_data_sets().aws_account_id(ACCOUNT).max_results(7).send().await.unwrap();
    data_source(&quicksight, None).await.unwrap();
    let described = quicksight.describe_dashboard().aws_account_id(ACCOUNT).dashboard_id("d").version_number(2);
    assert_eq!(code(described.send().await), "ResourceNotFoundException");
    let log = cloud.log();
    let lines: Vec<_> =
        log.iter().map(|l| (l["service"].as_str().unwrap(), l["operation"].as_str().unwrap())).collect();
    let expected = ["ListDataSets", "CreateDataSource", "DescribeDashboard"].map(|name| ("quicksight", name));
    assert_eq!(lines, expected);
    assert_eq!(log[0]["input"], serde_json::json!({ "AwsAccountId": ACCOUNT, "MaxResults": 7 }));
    assert_eq!(log[1]["input"]["DataSourceId"], "lake");
    assert_eq!(log[2]["input"]["VersionNumber"], 2);
    assert_eq!((log[1]["status"].as_u64(), log[2]["status"].as_u64()), (Some(202), Some(404)));
}
