//! The local cloud's Athena through the AWS SDK, boto3, awswrangler and the AWS CLI: files through S3, tables through Glue,
//! queries over them.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_athena::types::{
    QueryExecution, QueryExecutionContext, QueryExecutionState, ResultConfiguration, WorkGroupConfiguration,
    WorkGroupConfigurationUpdates,
};
use aws_sdk_glue::types::{DatabaseInput, PartitionInput, SerDeInfo, StorageDescriptor, TableInput};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::parquet::arrow::ArrowWriter;

use crate::local::cloud::{TestCloud, code};

/// A Parquet file's bytes.
fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// `lake.hits`: ids 1 to 3 in partition 1999 and 4 in 2000; partition 2001 has a file but is not registered.
async fn hits(cloud: &TestCloud) {
    let s3 = cloud.s3();
    for bucket in ["lake", "results"] {
        s3.create_bucket().bucket(bucket).send().await.unwrap();
    }
    let part = |ids: &[i64]| {
        let n = ids.len();
        let decimals = Decimal128Array::from(vec![150; n]).with_precision_and_scale(10, 2).unwrap();
        let titles: Vec<_> = ids.iter().map(|id| (*id != 2).then(|| format!("title \"{id}\", ü"))).collect();
        let lists = ids.iter().map(|id| (*id != 3).then(|| vec![Some(1), None, Some(*id as i32)]));
        parquet(vec![
            ("id", Arc::new(Int64Array::from(ids.to_vec())) as ArrayRef),
            ("title", Arc::new(StringArray::from(titles))),
            ("score", Arc::new(Float64Array::from(ids.iter().map(|id| *id as f64 / 4.0).collect::<Vec<_>>()))),
            ("price", Arc::new(decimals)),
            ("released", Arc::new(Date32Array::from(ids.iter().map(|id| 10_000 + *id as i32).collect::<Vec<_>>()))),
            ("explicit", Arc::new(BooleanArray::from(ids.iter().map(|id| id % 2 == 0).collect::<Vec<_>>()))),
            ("xs", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists))),
        ])
    };
    for (year, ids) in [(1999, &[1, 2, 3][..]), (2000, &[4]), (2001, &[5])] {
        let key = format!("warehouse/hits/year={year}/part-0.parquet");
        s3.put_object().bucket("lake").key(key).body(part(ids).into()).send().await.unwrap();
    }
    let glue = aws_sdk_glue::Client::new(&cloud.config());
    let database = DatabaseInput::builder().name("lake").build().unwrap();
    glue.create_database().database_input(database).send().await.unwrap();
    let column = |name: &str, kind: &str| {
        aws_sdk_glue::types::Column::builder().name(name).r#type(kind).comment("c").build().unwrap()
    };
    let descriptor = |location: &str| {
        let serde = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";
        let columns = [
            ("id", "bigint"),
            ("title", "string"),
            ("score", "double"),
            ("price", "decimal(10,2)"),
            ("released", "date"),
            ("explicit", "boolean"),
            ("xs", "array<int>"),
        ];
        StorageDescriptor::builder()
            .set_columns(Some(columns.iter().map(|(name, kind)| column(name, kind)).collect()))
            .location(location)
            .serde_info(SerDeInfo::builder().serialization_library(serde).build())
            .build()
    };
    let table = TableInput::builder()
        .name("hits")
        .table_type("EXTERNAL_TABLE")
        .storage_descriptor(descriptor("s3://lake/warehouse/hits/"))
        .partition_keys(column("year", "int"))
        .build()
        .unwrap();
    glue.create_table().database_name("lake").table_input(table).send().await.unwrap();
    for year in ["1999", "2000"] {
        let location = format!("s3://lake/warehouse/hits/year={year}/");
        let partition = PartitionInput::builder().values(year).storage_descriptor(descriptor(&location)).build();
        let create = glue.create_partition().database_name("lake").table_name("hits");
        create.partition_input(partition).send().await.unwrap();
    }
}

fn client(cloud: &TestCloud) -> aws_sdk_athena::Client {
    aws_sdk_athena::Client::new(&cloud.config())
}

fn start(
    athena: &aws_sdk_athena::Client,
    sql: &str,
) -> aws_sdk_athena::operation::start_query_execution::builders::StartQueryExecutionFluentBuilder {
    athena
        .start_query_execution()
        .query_string(sql)
        .query_execution_context(QueryExecutionContext::builder().database("lake").build())
        .result_configuration(ResultConfiguration::builder().output_location("s3://results/out/").build())
}

async fn ended(athena: &aws_sdk_athena::Client, id: &str) -> QueryExecution {
    for _ in 0..1200 {
        let execution =
            athena.get_query_execution().query_execution_id(id).send().await.unwrap().query_execution.unwrap();
        match execution.status().unwrap().state() {
            Some(QueryExecutionState::Queued | QueryExecutionState::Running) => {
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
            _ => return execution,
        }
    }
    panic!("the query did not end");
}

async fn run(athena: &aws_sdk_athena::Client, sql: &str) -> QueryExecution {
    let id = start(athena, sql).send().await.unwrap().query_execution_id.unwrap();
    ended(athena, &id).await
}

fn reason(execution: &QueryExecution) -> String {
    let status = execution.status().unwrap();
    format!("{} {}", status.state().unwrap().as_str(), status.state_change_reason().unwrap_or_default())
}

/// All rows of a result, its pages put together.
async fn rows(athena: &aws_sdk_athena::Client, id: &str, page: i32) -> Vec<Vec<Option<String>>> {
    let mut pages = athena.get_query_results().query_execution_id(id).into_paginator().page_size(page).send();
    let mut rows = Vec::new();
    while let Some(page) = pages.next().await {
        let set = page.unwrap().result_set.unwrap();
        let row = |row: &aws_sdk_athena::types::Row| row.data().iter().map(|d| d.var_char_value.clone()).collect();
        rows.extend(set.rows().iter().map(row).collect::<Vec<_>>());
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_answers_and_leaves_its_result() {
    let cloud = TestCloud::start().await;
    hits(&cloud).await;
    let athena = client(&cloud);
    let done = run(&athena, "SELECT id, title, score, price, released, explicit, xs, year FROM hits ORDER BY id").await;
    assert_eq!(reason(&done), "SUCCEEDED ");
    let id = done.query_execution_id().unwrap();
    let location = done.result_configuration().unwrap().output_location().unwrap();
    assert_eq!(location, format!("s3://results/out/{id}.csv"));
    assert!(done.statistics().unwrap().data_scanned_in_bytes().unwrap() > 0);
    let some = |text: &str| Some(text.to_owned());
    let found = rows(&athena, id, 2).await;
    assert_eq!(found.len(), 5, "a header and four rows: the partition 2001 is not registered");
    assert_eq!(found[0][..3], [some("id"), some("title"), some("score")]);
    assert_eq!(
        found[1],
        ["1", "title \"1\", ü", "0.25", "1.50", "1997-05-20", "false", "[1, null, 1]", "1999"].map(some)
    );
    assert_eq!(found[2][1], None);
    let first = athena.get_query_results().query_execution_id(id).max_results(1).send().await.unwrap();
    let set = first.result_set.unwrap();
    let kinds: Vec<_> =
        set.result_set_metadata().unwrap().column_info().iter().map(|c| c.r#type().to_owned()).collect();
    assert_eq!(kinds, ["bigint", "varchar", "double", "decimal", "date", "boolean", "array", "integer"]);
    let object = cloud.s3().get_object().bucket("results").key(format!("out/{id}.csv")).send().await.unwrap();
    let csv = String::from_utf8(object.body.collect().await.unwrap().to_vec()).unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines[0], "\"id\",\"title\",\"score\",\"price\",\"released\",\"explicit\",\"xs\",\"year\"");
    assert_eq!(
        lines[1],
        "\"1\",\"title \"\"1\"\", ü\",\"0.25\",\"1.50\",\"1997-05-20\",\"false\",\"[1, null, 1]\",\"1999\""
    );
    assert!(lines[2].starts_with("\"2\",,\"0.5\""), "{}", lines[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_fail_in_athenas_words() {
    let cloud = TestCloud::start().await;
    hits(&cloud).await;
    let athena = client(&cloud);
    for (sql, expected) in [
        ("SELECT nope FROM hits", "FAILED COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
        (
            "SELECT * FROM misses",
            "FAILED TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.lake.misses' does not exist",
        ),
        ("SELECT id / 0 FROM hits", "FAILED DIVISION_BY_ZERO: Division by zero"),
        ("SELECT transform(xs, x -> x) FROM hits", "FAILED NOT_SUPPORTED: line 1:"),
    ] {
        let failed = run(&athena, sql).await;
        assert!(reason(&failed).starts_with(expected), "{sql}: {}", reason(&failed));
        let error = failed.status().unwrap().athena_error().unwrap();
        assert_eq!(error.error_category(), Some(2));
        let unfinished =
            athena.get_query_results().query_execution_id(failed.query_execution_id().unwrap()).send().await;
        assert_eq!(code(unfinished), "InvalidRequestException");
    }
    let refused = start(&athena, "SELEC 1").send().await.unwrap_err().into_service_error().to_string();
    assert!(refused.contains("InvalidRequestException"), "{refused}");
    let homeless = athena.start_query_execution().query_string("SELECT 1").send().await.unwrap_err();
    let message = homeless.into_service_error().meta().message().unwrap_or_default().to_owned();
    assert!(message.starts_with("No output location provided."), "{message}");
    let elsewhere = ResultConfiguration::builder().output_location("s3://nowhere/").build();
    let nowhere = start(&athena, "SELECT 1").result_configuration(elsewhere).send().await.unwrap_err();
    let message = nowhere.into_service_error().meta().message().unwrap_or_default().to_owned();
    assert_eq!(message, "Unable to verify/create output bucket nowhere");
    let token = "t".repeat(32);
    let one = start(&athena, "SELECT 1").client_request_token(&token).send().await.unwrap();
    let two = start(&athena, "SELECT 1").client_request_token(&token).send().await.unwrap();
    assert_eq!(one.query_execution_id, two.query_execution_id);
    assert_eq!(code(start(&athena, "SELECT 2").client_request_token(&token).send().await), "InvalidRequestException");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workgroup_rules_its_queries() {
    let cloud = TestCloud::start().await;
    hits(&cloud).await;
    let athena = client(&cloud);
    let missing = athena.get_work_group().work_group("team").send().await.unwrap_err().into_service_error();
    assert_eq!(missing.meta().code(), Some("InvalidRequestException"));
    assert_eq!(missing.meta().message(), Some("WorkGroup team is not found."));
    let results = ResultConfiguration::builder().output_location("s3://results/team").build();
    let configuration = WorkGroupConfiguration::builder()
        .result_configuration(results)
        .enforce_work_group_configuration(true)
        .bytes_scanned_cutoff_per_query(10_000_000)
        .build();
    athena.create_work_group().name("team").configuration(configuration).send().await.unwrap();
    let id = start(&athena, "SELECT count(*) FROM hits").work_group("team").send().await.unwrap().query_execution_id;
    let done = ended(&athena, &id.unwrap()).await;
    let location = done.result_configuration().unwrap().output_location().unwrap();
    assert!(location.starts_with("s3://results/team/"), "the workgroup's location holds: {location}");
    assert_eq!(rows(&athena, done.query_execution_id().unwrap(), 10).await[1], [Some("4".to_owned())]);

    let updates = WorkGroupConfigurationUpdates::builder().remove_bytes_scanned_cutoff_per_query(true).build();
    athena.update_work_group().work_group("team").configuration_updates(updates).send().await.unwrap();
    let group = athena.get_work_group().work_group("team").send().await.unwrap().work_group.unwrap();
    let configuration = group.configuration().unwrap();
    assert_eq!(configuration.bytes_scanned_cutoff_per_query(), None);
    assert_eq!(configuration.result_configuration().unwrap().output_location(), Some("s3://results/team"));

    let query = athena.create_named_query().name("q").database("lake").query_string("SELECT 1").work_group("team");
    let id = query.send().await.unwrap().named_query_id.unwrap();
    let update = athena.update_named_query().named_query_id(&id).name("q2").query_string("SELECT 2");
    update.send().await.unwrap();
    let query = athena.get_named_query().named_query_id(&id).send().await.unwrap().named_query.unwrap();
    assert_eq!((query.name(), query.query_string(), query.work_group()), ("q2", "SELECT 2", Some("team")));
    assert_eq!(code(athena.delete_work_group().work_group("team").send().await), "InvalidRequestException");
    athena.delete_work_group().work_group("team").recursive_delete_option(true).send().await.unwrap();
    assert_eq!(code(athena.get_named_query().named_query_id(&id).send().await), "InvalidRequestException");
    let groups = athena.list_work_groups().send().await.unwrap();
    assert_eq!(groups.work_groups()[0].name(), Some("primary"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_reads_too_much_is_cancelled() {
    let cloud = TestCloud::start().await;
    hits(&cloud).await;
    // The API's smallest cutoff is ten megabytes: a file just above that, of numbers that do not compress.
    let numbers: Vec<i64> = (0..1_500_000_i64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64)).collect();
    let big = parquet(vec![("id", Arc::new(Int64Array::from(numbers)) as ArrayRef)]);
    assert!(big.len() > 10_000_000);
    let put = cloud.s3().put_object().bucket("lake").key("warehouse/hits/year=2000/big.parquet");
    put.body(big.into()).send().await.unwrap();
    let athena = client(&cloud);
    let results = ResultConfiguration::builder().output_location("s3://results/").build();
    let configuration = WorkGroupConfiguration::builder()
        .result_configuration(results)
        .bytes_scanned_cutoff_per_query(10_000_000)
        .build();
    athena.create_work_group().name("thrifty").configuration(configuration).send().await.unwrap();
    let start = |sql: &str| start(&athena, sql).work_group("thrifty").send();
    let id = start("SELECT max(id) FROM hits").await.unwrap().query_execution_id.unwrap();
    assert_eq!(reason(&ended(&athena, &id).await), "CANCELLED Bytes scanned limit was exceeded");
    let id = start("SELECT max(id) FROM hits WHERE year = 1999").await.unwrap().query_execution_id.unwrap();
    assert_eq!(reason(&ended(&athena, &id).await), "SUCCEEDED ");
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_awswrangler_and_the_cli_query_it() {
    let cloud = TestCloud::start().await;
    hits(&cloud).await;
    cloud.python("local_athena.py").await;
}
