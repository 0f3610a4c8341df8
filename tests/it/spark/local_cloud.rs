//! `--local --spark`: the script that was uploaded runs on Spark inside the local cloud, and everything else follows from what
//! it wrote.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::project::{Project, Ran, python};

fn up(project: &Project, arguments: &[&str]) -> Ran {
    let bin = Path::new(&python()).parent().expect("a folder").to_owned();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("a PATH"));
    let ran = project.run_with(arguments, &[("PATH", &path), ("PYSPARK_PYTHON", &python())]);
    assert!(ran.code() <= 1, "{}", ran.stderr());
    ran
}

/// What a run tells that does not depend on how files were cut.
fn told(record: &Value) -> Value {
    let tables = record["tables"].as_object().expect("tables");
    let told =
        |(name, table): (&String, &Value)| json!([name, table["rows"], table["cast_losses"], table["duplicates"]]);
    let rows = tables.iter().map(told).collect::<Vec<_>>();
    let queries = record["queries"].as_object().expect("queries");
    let answers = queries.iter().map(|(name, query)| json!([name, query["rows"]])).collect::<Vec<_>>();
    json!({"tables": rows, "checks": record["checks"], "queries": answers, "datasets": record["datasets"]})
}

#[test]
fn a_whole_run_on_spark_is_one_on_the_embedded_engine() {
    let (spark, embedded) = (Project::flagship(), Project::flagship());
    let ran = up(&spark, &["--local", "up", "--spark", "--output", "json"]);
    let on_spark = ran.ok().json();
    let local = embedded.run(&["--local", "up", "--output", "json"]).ok().json();
    assert_eq!(told(&on_spark), told(&local));
    let answer = |project: &Project, name: &str| {
        project.run(&["--local", "query", name, "--format", "csv"]).ok().stdout().to_owned()
    };
    for query in on_spark["queries"].as_object().expect("queries").keys() {
        let (ours, theirs) = (answer(&spark, query), answer(&embedded, query));
        assert!(ours.lines().count() > 1 && ours == theirs, "{query}:\n{ours}\n{theirs}");
    }
    // Spark wrote it: the embedded engine names itself in its files, and nothing but tables' files are objects.
    let served = spark.serve();
    let files = served.python("objects.py", &["123456789012-spotify-dev", "warehouse/"]);
    let files = files.as_array().expect("keys").iter().map(|key| key.as_str().expect("a key")).collect::<Vec<_>>();
    let of_tables = files.iter().filter(|key| !key.contains("/_pipectl/") && !key.ends_with('/')).collect::<Vec<_>>();
    assert!(of_tables.iter().all(|key| key.ends_with(".parquet") && key.contains("part-")), "{of_tables:?}");
    assert!(!files.iter().any(|key| key.ends_with(".crc")), "{files:?}");
    assert_eq!(spark.run(&["--local", "plan", "--detailed-exitcode"]).code(), 0);

    // Some tables alone.
    let some = up(&spark, &["--local", "run", "--spark", "--only", "job", "--select", "hits", "--output", "json"]);
    let some = some.ok().json();
    let ran = some["tables"].as_object().expect("tables").keys().collect::<Vec<_>>();
    assert!(ran == ["hits"] && some["tables"]["hits"]["rows"] == on_spark["tables"]["hits"]["rows"], "{some}");
    assert!(answer(&spark, "top_artists").lines().count() > 1);

    // A promise that the data breaks: the script's own words, and the old table stays.
    spark.edit("pipeline.yaml", "      - unique: [id]\n", "      - unique: [id]\n      - row_count: { max: 3 }\n");
    let failed = up(&spark, &["--local", "up", "--spark"]);
    assert_eq!(failed.code(), 1);
    assert!(failed.stderr().contains("check row_count failed"), "{}", failed.stderr());
    assert!(failed.stderr().contains("error[job-failed]"), "{}", failed.stderr());
    assert!(answer(&spark, "top_artists").lines().count() > 1);
    // What it printed can be read: its own words apart from Spark's.
    let log = |channel| spark.run(&["--local", "logs", "--channel", channel]).ok().stdout().to_owned();
    assert!(log("output").contains("check row_count failed"), "{}", log("output"));
    assert!(log("error").contains("SparkContext") && !log("error").contains("row_count failed"), "{}", log("error"));
}

/// A script as Glue Studio writes them, with an ending by hand.
const HAND_WRITTEN: &str = r#"
import sys

from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.job import Job
from awsglue.transforms import ApplyMapping, DropFields, Join
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "pipectl_staging", "pipectl_warehouse"])
glueContext = GlueContext(SparkContext.getOrCreate())
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)


def source(name):
    return glueContext.create_dynamic_frame.from_options(
        connection_type="s3",
        connection_options={"paths": [args["pipectl_staging"] + name + "/"]},
        format="csv",
        format_options={"withHeader": True, "quoteChar": '"'},
    )


artists = ApplyMapping.apply(
    frame=source("artists"),
    mappings=[("id", "string", "id", "string"), ("name", "string", "name", "string"), ("followers", "string", "followers", "long")],
)
albums = DropFields.apply(frame=source("albums"), paths=["name"])
both = Join.apply(frame1=artists, frame2=albums, keys1=["id"], keys2=["artist_id"])
rows = both.toDF().select("id", "name", "followers").dropDuplicates(["id"])
rows.write.mode("overwrite").parquet(args["pipectl_warehouse"] + "artists/")
for table in ("hits",):
    spark.createDataFrame([("x", "y")], "id string, title string").write.mode("overwrite").parquet("s3://123456789012-spotify-dev/warehouse/" + table)
glueContext.write_dynamic_frame.from_options(
    frame=DynamicFrame.fromDF(rows.limit(3), glueContext, "sample"),
    connection_type="s3",
    connection_options={"path": args["pipectl_warehouse"] + "sample/"},
    format="csv",
)
job.commit()
"#;

#[test]
fn a_hand_written_script_runs_on_spark() {
    let project = Project::flagship();
    std::fs::create_dir_all(project.path("glue-scripts")).expect("a folder");
    std::fs::write(project.path("glue-scripts/mine.py"), HAND_WRITTEN).expect("a file");
    project.edit("pipeline.yaml", "job:\n", "job:\n  script: glue-scripts/mine.py\n");
    let plan = project.run(&["--local", "plan", "--output", "json"]).ok().json();
    let addresses = plan["changes"].as_array().expect("changes").iter().map(|change| change["address"].to_string());
    assert!(!addresses.clone().any(|address| address.contains("s3_object.flow")));
    assert!(addresses.clone().any(|address| address.contains("s3_object.script")));
    assert_eq!(project.run(&["script"]).ok().stdout(), HAND_WRITTEN);
    // The embedded engine has no flow to run, and says what to do.
    project.run(&["--local", "apply", "--auto-approve"]).ok();
    let refused = project.run(&["--local", "run"]);
    assert!(refused.code() == 1 && refused.stderr().contains("--spark"), "{}", refused.stderr());
    let ran = up(&project, &["--local", "run", "--spark", "--only", "job", "--output", "json"]);
    assert_eq!(ran.code(), 0, "{}", ran.stderr());
    project.run(&["--local", "run", "--only", "crawl"]).ok();
    let sql = "SELECT count(*) AS n, count(followers) AS f, count(DISTINCT id) AS d FROM artists";
    let counted = project.run(&["--local", "query", "--sql", sql, "--format", "csv"]).ok().stdout().to_owned();
    let numbers =
        counted.lines().nth(1).expect("a row").split(',').map(|n| n.trim_matches('"').to_owned()).collect::<Vec<_>>();
    assert!(numbers[0] == numbers[2] && numbers[0] != "0" && numbers[1] != "0", "{counted}");
    let served = project.serve();
    let sample = served.python("objects.py", &["123456789012-spotify-dev", "warehouse/sample/"]);
    assert!(sample.to_string().contains(".csv"), "{sample}");
}

#[test]
fn without_spark_or_without_the_local_cloud_it_is_refused() {
    let project = Project::flagship();
    let nowhere = [("PATH", "/nonexistent"), ("SPARK_HOME", "/nonexistent")];
    let ran = project.run_with(&["--local", "up", "--spark"], &nowhere);
    assert_eq!(ran.code(), 64);
    assert!(
        ran.stderr().contains("error[no-spark]") && ran.stderr().contains("pip install pyspark"),
        "{}",
        ran.stderr()
    );
    let ran = project.run(&["run", "--spark"]);
    assert_eq!(ran.code(), 64);
    assert!(ran.stderr().contains("error[spark-without-local]"), "{}", ran.stderr());
    assert!(!project.path(".pipectl").exists(), "something was made");
}
