//! Tables of CSV and JSON lines, from the sources to Athena.

use super::support::bench::put;
use super::support::project::Project;

const MANIFEST: &str = r#"name: texts
region: us-east-1
storage:
  staging: "s3://texts-bucket/staging/"
  warehouse: "s3://texts-bucket/warehouse/"
  results: "s3://texts-bucket/results/"
sources:
  plays:
    path: data/plays/
    format: json
    malformed: drop
    columns: { id: int, title: string, at: timestamp, price: "decimal(10,2)", tags: "array<string>", by: "struct<name:string>", part: string }
tables:
  as_csv:
    steps: [{ source: plays }, { drop_fields: [tags, by] }]
    format: csv
    compression: gzip
    partition_by: [part]
  as_json:
    steps: [{ source: plays }]
    format: json
    write: append
    partition_by: [part]
job: {}
crawler: { database: texts, schema_change: log }
athena: { queries: {} }
"#;

#[test]
fn tables_of_text_are_queried() {
    let project = Project::empty();
    put(&project.path("pipeline.yaml"), MANIFEST.as_bytes());
    let lines = concat!(
        r#"{"id":1,"title":"a, \"b\" \\","at":"2015-06-09T07:08:09.5Z","price":1.5,"tags":["x",null],"by":{"name":"é"},"part":"p"}"#,
        "\nno JSON\n",
        r#"{"id":2,"part":"q"}"#,
        "\n"
    );
    put(&project.path("data/plays/a.jsonl"), lines.as_bytes());
    let ran = project.run(&["up", "--local"]).ok();
    let shown = ran.stdout() + &ran.stderr();
    assert!(shown.contains("1 malformed row"), "{shown}");
    let query = |sql: &str| {
        let ran = project.run(&["query", "--local", "--sql", sql, "--format", "csv"]).ok();
        ran.stdout().lines().skip(1).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        query("select id, title, at, price, part from as_csv order by id"),
        "1,\"a, \"\"b\"\" \\\",2015-06-09 07:08:09.5,1.50,p\n2,,,,q"
    );
    assert_eq!(query("select cast(id as integer) + 1 from as_csv where part = 'p'"), "2");
    let typed = "select id + 1, title, year(at), price * 2, tags[1], by.name from as_json where part = 'p'";
    assert_eq!(query(typed), "2,\"a, \"\"b\"\" \\\",2015,3.00,x,é");
    assert_eq!(query("select count(*), count(title) from as_json"), "2,1");
    project.run(&["run", "--local", "--from", "job"]).ok();
    assert_eq!(query("select count(*), count(title) from as_json"), "4,2");
    assert_eq!(query("select count(*) from as_csv"), "2");
    let plan = project.run(&["plan", "--local", "--detailed-exitcode"]);
    assert_eq!(plan.code(), 0, "{}", plan.stdout());
}
