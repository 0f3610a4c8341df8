//! The real CSV files (where they are at hand) and the shipped sample: every reader of the result counts the same.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use pipectl::flow::verdict::thousands;
use serde_json::{Value, json};

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

/// The rows of one of the real files.
fn records(file: &std::path::Path) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(file).expect("a file");
    reader.deserialize().map(|record| record.expect("a record")).collect()
}

/// A track id that stands on two albums comes out of the join twice. Which row goes is said, and how many, counted here
/// over the files.
#[test]
fn what_the_join_of_the_real_files_multiplies_is_told() {
    let Some(data) = real_data() else {
        return;
    };
    let of = |file: &str, column: &str| {
        let mut times: HashMap<String, u64> = HashMap::new();
        for record in records(&data.join(file)) {
            *times.entry(record[column].clone()).or_default() += 1;
        }
        times
    };
    let (artists, tracks) = (of("artists.csv", "id"), of("track.csv", "track_id"));
    let times = |map: &HashMap<String, u64>, key: &String| map.get(key).copied().unwrap_or(0);
    let (mut joined, mut ids) = (0, HashSet::new());
    for album in records(&data.join("albums.csv")) {
        let rows = times(&artists, &album["artist_id"]) * times(&tracks, &album["track_id"]);
        joined += rows;
        if rows > 0 {
            ids.insert(album["track_id"].clone());
        }
    }
    let dropped = joined - ids.len() as u64;
    assert!(dropped > 0, "no track id stands on two albums");

    let project = Project::real(&data);
    let year = "      - derived_column: { release_year: year(release_date) }\n";
    let once = "      - drop_duplicates: { by: [track_id], order_by: [album_popularity desc] }\n";
    project.edit("pipeline.yaml", year, &format!("{year}{once}"));
    let hits = project.run(&["--local", "up", "--output", "json"]).ok().json()["tables"]["hits"].clone();
    assert_eq!(hits["rows"], ids.len(), "{hits}");
    assert_eq!(hits["duplicates"], json!([{ "by": ["track_id"], "dropped": dropped, "of": joined }]));
    let told = project.run(&["--local", "run", "--only", "job"]).ok();
    let line = format!("hits: dropped {dropped} of {} rows as duplicates by track_id", thousands(joined));
    assert!(told.stdout().contains(&line), "{line} in {}", told.stdout());
}

#[test]
fn the_sample_yields_the_same_counts_everywhere() {
    counted(&Project::flagship(), "spotify_dev", "spotify-dev", 5000);
}
