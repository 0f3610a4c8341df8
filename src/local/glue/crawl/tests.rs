//! Crawls over real files.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use datafusion::parquet::arrow::ArrowWriter;
use serde_json::{Value, json};

use super::super::Glue;
use crate::local::owners::Owner;
use crate::local::{JsonService, Options, Store};

struct Cloud {
    glue: Glue,
    store: Store,
    _root: tempfile::TempDir,
}

fn cloud() -> Cloud {
    let root = tempfile::tempdir().unwrap();
    let store = Store::open(&Options::new(root.path())).unwrap();
    Cloud { glue: Glue::new(store.clone(), Owner::register(&store).unwrap()), store, _root: root }
}

impl Cloud {
    async fn call(&self, operation: &str, input: Value) -> Value {
        self.glue.call(operation, input.clone()).await.unwrap_or_else(|e| panic!("{operation} {input}: {e}"))
    }

    async fn refused(&self, operation: &str, input: Value) -> String {
        let error = self.glue.call(operation, input.clone()).await.expect_err(operation);
        format!("{}: {}", error.code, error.message)
    }

    fn path(&self, key: &str) -> std::path::PathBuf {
        self.store.objects_dir("lake").join(key)
    }

    /// Starts the crawler and waits for its end: `LastCrawl`.
    async fn crawl(&self) -> Value {
        self.call("StartCrawler", json!({"Name": "c"})).await;
        for _ in 0..400 {
            let crawler = self.call("GetCrawler", json!({"Name": "c"})).await;
            if crawler["Crawler"]["State"] == "READY" {
                return crawler["Crawler"]["LastCrawl"].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("the crawl did not end");
    }

    async fn partitions(&self, table: &str) -> Vec<String> {
        let found = self.call("GetPartitions", json!({"DatabaseName": "db", "TableName": table})).await;
        let shown = |p: &Value| format!("{} {}", p["Values"], p["StorageDescriptor"]["Location"].as_str().unwrap());
        found["Partitions"].as_array().unwrap().iter().map(shown).collect()
    }
}

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn ids(list: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(list.to_vec()))
}

#[tokio::test]
async fn an_s3_target_becomes_a_table() {
    let cloud = cloud();
    let titles: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
    write(&cloud.path("warehouse/My-Hits/year=1999/p.parquet"), vec![("Id", ids(&[1])), ("title", titles)]);
    let narrow: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
    write(&cloud.path("warehouse/My-Hits/year=2000/p.parquet"), vec![("id", narrow.clone()), ("more", narrow)]);
    write(&cloud.path("warehouse/My-Hits/_pipectl/year=1/p.parquet"), vec![("hidden", ids(&[1]))]);
    std::fs::write(cloud.path("warehouse/My-Hits/_SUCCESS"), "").unwrap();
    std::fs::write(cloud.path("warehouse/My-Hits/year=2000/empty"), "").unwrap();
    std::fs::create_dir_all(cloud.path("warehouse/My-Hits/year=2001")).unwrap();
    std::fs::write(cloud.path("warehouse/My-Hits/year=2001/notes.txt"), "excluded").unwrap();
    cloud.call("CreateDatabase", json!({"DatabaseInput": {"Name": "db"}})).await;
    let targets = json!({"S3Targets": [{"Path": "s3://lake/warehouse/My-Hits", "Exclusions": ["**.txt"]}]});
    cloud
        .call(
            "CreateCrawler",
            json!({
                "Name": "c", "Role": "r", "DatabaseName": "db", "TablePrefix": "raw_", "Targets": targets
            }),
        )
        .await;
    let last = cloud.crawl().await;
    assert_eq!(last["Status"], "SUCCEEDED", "{last}");
    let table = cloud.call("GetTable", json!({"DatabaseName": "db", "Name": "raw_my_hits"})).await["Table"].clone();
    let columns = json!([
        {"Name": "id", "Type": "bigint"}, {"Name": "title", "Type": "string"}, {"Name": "more", "Type": "int"}
    ]);
    assert_eq!(table["StorageDescriptor"]["Columns"], columns);
    assert_eq!(table["PartitionKeys"], json!([{"Name": "year", "Type": "string"}]));
    for (parameter, value) in [
        ("classification", "parquet"),
        ("UPDATED_BY_CRAWLER", "c"),
        ("typeOfData", "file"),
        ("objectCount", "2"),
        ("recordCount", "3"),
    ] {
        assert_eq!(table["Parameters"][parameter], value, "{parameter}");
    }
    let expected =
        ["[\"1999\"] s3://lake/warehouse/My-Hits/year=1999/", "[\"2000\"] s3://lake/warehouse/My-Hits/year=2000/"];
    assert_eq!(cloud.partitions("raw_my_hits").await, expected);
    let metrics = cloud.call("GetCrawlerMetrics", json!({})).await;
    assert_eq!(metrics["CrawlerMetricsList"][0]["TablesCreated"], 1);
    // The same files again change nothing.
    cloud.crawl().await;
    let again = cloud.call("GetTable", json!({"DatabaseName": "db", "Name": "raw_my_hits"})).await["Table"].clone();
    assert_eq!(again["VersionId"], "0");
}

#[tokio::test]
async fn a_catalog_target_gets_new_partitions_and_columns() {
    let cloud = cloud();
    write(&cloud.path("w/hits/year=1999/p.parquet"), vec![("id", ids(&[1]))]);
    write(&cloud.path("w/hits/year=__HIVE_DEFAULT_PARTITION__/p.parquet"), vec![("id", ids(&[2])), ("new", ids(&[3]))]);
    write(&cloud.path("w/hits/year=20%3A00/p.parquet"), vec![("id", ids(&[2]))]);
    cloud.call("CreateDatabase", json!({"DatabaseInput": {"Name": "db"}})).await;
    let descriptor =
        json!({"Columns": [{"Name": "id", "Type": "bigint"}], "Location": "s3://lake/w/hits/", "SerdeInfo": {}});
    cloud
        .call(
            "CreateTable",
            json!({"DatabaseName": "db", "TableInput": {
                "Name": "hits", "StorageDescriptor": descriptor, "PartitionKeys": [{"Name": "year", "Type": "string"}]
            }}),
        )
        .await;
    let configuration = json!({"Version": 1.0, "CrawlerOutput": {
        "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}, "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}
    }});
    let mut crawler = json!({
        "Name": "c", "Role": "r", "Targets": {"CatalogTargets": [{"DatabaseName": "db", "Tables": ["hits", "nope"]}]},
        "Configuration": configuration.to_string()
    });
    assert!(cloud.refused("CreateCrawler", crawler.clone()).await.contains("can have only LOG DeleteBehavior"));
    crawler["SchemaChangePolicy"] = json!({"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"});
    assert_eq!(
        cloud.refused("CreateCrawler", crawler.clone()).await,
        "EntityNotFoundException: Table nope not found in database db."
    );
    crawler["Targets"]["CatalogTargets"][0]["Tables"] = json!(["hits"]);
    cloud.call("CreateCrawler", crawler).await;
    assert_eq!(cloud.crawl().await["Status"], "SUCCEEDED");
    let table = cloud.call("GetTable", json!({"DatabaseName": "db", "Name": "hits"})).await["Table"].clone();
    assert_eq!(
        table["StorageDescriptor"]["Columns"],
        json!([{"Name": "id", "Type": "bigint"}, {"Name": "new", "Type": "bigint"}])
    );
    assert_eq!(table["VersionId"], "1");
    let expected = [
        "[\"1999\"] s3://lake/w/hits/year=1999/",
        "[\"20:00\"] s3://lake/w/hits/year=20%3A00/",
        "[\"__HIVE_DEFAULT_PARTITION__\"] s3://lake/w/hits/year=__HIVE_DEFAULT_PARTITION__/",
    ];
    assert_eq!(cloud.partitions("hits").await, expected);
    // A folder that went stays registered: the policy only logs.
    std::fs::remove_dir_all(cloud.path("w/hits/year=1999")).unwrap();
    write(&cloud.path("w/hits/year=2001/p.parquet"), vec![("id", ids(&[1]))]);
    cloud.crawl().await;
    assert_eq!(cloud.partitions("hits").await.len(), 4);
}

#[tokio::test]
async fn a_crawl_that_cannot_says_why() {
    let cloud = cloud();
    std::fs::create_dir_all(cloud.path("x")).unwrap();
    cloud.call("CreateCrawler", json!({
        "Name": "c", "Role": "r", "DatabaseName": "nowhere", "Targets": {"S3Targets": [{"Path": "s3://lake/x/"}]}
    })).await;
    let last = cloud.crawl().await;
    assert_eq!((&last["Status"], &last["ErrorMessage"]), (&json!("FAILED"), &json!("Database nowhere not found.")));
    assert!(cloud.refused("StopCrawler", json!({"Name": "c"})).await.starts_with("CrawlerNotRunningException"));
    assert!(
        cloud.refused("StartCrawler", json!({"Name": "d"})).await.starts_with("EntityNotFoundException: Crawler entry")
    );
    let only_new = json!({"Name": "c", "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}});
    assert!(cloud.refused("UpdateCrawler", only_new).await.contains("can have only LOG DeleteBehavior value and LOG"));
}

#[tokio::test]
async fn only_what_a_crawler_made_goes_with_its_files() {
    let cloud = cloud();
    std::fs::create_dir_all(cloud.path("x")).unwrap();
    cloud.call("CreateDatabase", json!({"DatabaseInput": {"Name": "db"}})).await;
    let descriptor = json!({"Columns": [], "Location": "s3://lake/own/", "SerdeInfo": {}});
    let own = json!({"Name": "own", "StorageDescriptor": descriptor});
    cloud.call("CreateTable", json!({"DatabaseName": "db", "TableInput": own})).await;
    write(&cloud.path("made/p.parquet"), vec![("id", ids(&[1]))]);
    let targets = json!({"S3Targets": [{"Path": "s3://lake/own/"}, {"Path": "s3://lake/made/"}]});
    let policy = json!({"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DELETE_FROM_DATABASE"});
    let crawler = json!({
        "Name": "c", "Role": "r", "DatabaseName": "db", "Targets": targets, "SchemaChangePolicy": policy
    });
    cloud.call("CreateCrawler", crawler).await;
    cloud.crawl().await;
    let names = || async {
        let tables = cloud.call("GetTables", json!({"DatabaseName": "db"})).await;
        let names = tables["TableList"].as_array().unwrap().iter().map(|t| t["Name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["made", "own"]);
    // A second version keeps its maker.
    write(&cloud.path("made/q.parquet"), vec![("more", ids(&[1]))]);
    cloud.crawl().await;
    std::fs::remove_dir_all(cloud.path("made")).unwrap();
    assert_eq!(cloud.crawl().await["Status"], "SUCCEEDED");
    assert_eq!(names().await, ["own"]);
}

#[tokio::test]
async fn a_crawler_of_new_folders_does_not_look_where_it_was() {
    let cloud = cloud();
    write(&cloud.path("hits/year=1999/p.parquet"), vec![("id", ids(&[1]))]);
    cloud.call("CreateDatabase", json!({"DatabaseInput": {"Name": "db"}})).await;
    let targets = json!({"S3Targets": [{"Path": "s3://lake/hits/"}]});
    let crawler = json!({
        "Name": "c", "Role": "r", "DatabaseName": "db", "Targets": targets,
        "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}
    });
    cloud.call("CreateCrawler", crawler.clone()).await;
    cloud.crawl().await;
    let partition = json!({"DatabaseName": "db", "TableName": "hits", "PartitionValues": ["1999"]});
    cloud.call("DeletePartition", partition).await;
    write(&cloud.path("hits/year=2000/p.parquet"), vec![("id", ids(&[1]))]);
    assert_eq!(cloud.crawl().await["Status"], "SUCCEEDED");
    assert_eq!(cloud.partitions("hits").await, ["[\"2000\"] s3://lake/hits/year=2000/"]);
    // A crawler of the same name that is made anew has been nowhere.
    cloud.call("DeleteCrawler", json!({"Name": "c"})).await;
    cloud.call("CreateCrawler", crawler).await;
    cloud.crawl().await;
    assert_eq!(cloud.partitions("hits").await.len(), 2);
}

#[tokio::test]
async fn a_corrupt_file_is_passed_over() {
    let cloud = cloud();
    write(&cloud.path("hits/p.parquet"), vec![("id", ids(&[1]))]);
    std::fs::write(cloud.path("hits/q.parquet"), "PAR1 and nothing that follows from it").unwrap();
    cloud.call("CreateDatabase", json!({"DatabaseInput": {"Name": "db"}})).await;
    let targets = json!({"S3Targets": [{"Path": "s3://lake/hits/"}]});
    let crawler = json!({"Name": "c", "Role": "r", "DatabaseName": "db", "Targets": targets});
    cloud.call("CreateCrawler", crawler).await;
    let last = cloud.crawl().await;
    assert_eq!(last["Status"], "SUCCEEDED", "{last}");
    let table = cloud.call("GetTable", json!({"DatabaseName": "db", "Name": "hits"})).await["Table"].clone();
    assert_eq!(table["StorageDescriptor"]["Columns"], json!([{"Name": "id", "Type": "bigint"}]));
    assert_eq!(table["Parameters"]["objectCount"], "1");
}
