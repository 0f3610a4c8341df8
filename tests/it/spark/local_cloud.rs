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
    let rows =
        tables.iter().map(|(name, table)| json!([name, table["rows"], table["cast_losses"]])).collect::<Vec<_>>();
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

    // A promise that the data breaks: the script's own words, and the old table stays.
    spark.edit("pipeline.yaml", "      - unique: [id]\n", "      - unique: [id]\n      - row_count: { max: 3 }\n");
    let failed = up(&spark, &["--local", "up", "--spark"]);
    assert_eq!(failed.code(), 1);
    assert!(failed.stderr().contains("check row_count failed"), "{}", failed.stderr());
    assert!(failed.stderr().contains("error[job-failed]"), "{}", failed.stderr());
    assert!(answer(&spark, "top_artists").lines().count() > 1);
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
