//! The real CSV files (where they are at hand) and the shipped sample: every reader of the result counts the same.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::project::{Project, repository};

/// The folder of the real files; not part of the repository.
fn real_data() -> Option<PathBuf> {
    let named = std::env::var_os("PIPECTL_REAL_DATA").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| repository().join("../shared/data"));
    folder.join("albums.csv").exists().then_some(folder)
}

fn numbers(rows: &Value) -> u64 {
    rows.as_array()
        .expect("rows")
        .iter()
        .map(|r| r[1].as_str().expect("text").parse::<f64>().expect("a number") as u64)
        .sum()
}

/// Runs the pipeline and asks for rows by year through pipectl, boto3 and awswrangler.
fn counted(project: &Project, database: &str, workgroup: &str, expected: u64) {
    let result = project.run(&["--local", "up", "--output", "json"]).ok().json();
    assert_eq!(result["tables"]["hits"]["rows"], expected, "{result}");
    let cloud = project.serve();
    let sql = "SELECT release_year, count(*) AS n FROM hits GROUP BY release_year ORDER BY release_year";
    let own = cloud.run(project, &["query", "--sql", sql, "--output", "json"]).ok().json();
    let own: Vec<_> =
        own.as_array().expect("rows").iter().map(|r| (r["release_year"].as_i64(), r["n"].as_u64())).collect();
    assert_eq!(own.iter().map(|(_, n)| n.expect("a count")).sum::<u64>(), expected);
    let others = cloud.python("counts.py", &[database, workgroup, sql]);
    assert_eq!(others["types"], serde_json::json!(["integer", "bigint"]));
    for client in ["boto3", "awswrangler"] {
        assert_eq!(numbers(&others[client]), expected, "{client}");
        let years: Vec<_> = others[client]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r[0].as_str().map(|y| y.parse::<f64>().unwrap() as i64))
            .collect();
        assert_eq!(years, own.iter().map(|(y, _)| *y).collect::<Vec<_>>(), "{client}");
    }
}

#[test]
fn the_real_files_yield_24_393_typed_rows_by_year() {
    let Some(data) = real_data() else {
        // Not shipped: the sample below is always tested.
        return;
    };
    let project = Project::real(&data);
    counted(&project, "real", "real", 24_393);
    let schema = project.run(&["validate", "--output", "json"]).ok().json();
    let types: Vec<_> = schema["tables"]["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| format!("{} {}", c["name"].as_str().unwrap(), c["type"].as_str().unwrap()))
        .collect();
    for typed in
        ["duration_ms bigint", "duration_sec double", "release_date date", "track_popularity int", "release_year int"]
    {
        assert!(types.iter().any(|t| t == typed), "{typed} in {types:?}");
    }
}

#[test]
fn the_sample_yields_the_same_counts_everywhere() {
    counted(&Project::flagship(), "spotify_dev", "spotify-dev", 5000);
}
