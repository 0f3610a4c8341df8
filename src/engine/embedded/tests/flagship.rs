//! The repository's own pipeline over its own sample, counted a second time by plain code.

use std::collections::{HashMap, HashSet};

use super::*;
use crate::flow::compile::compile;
use crate::flow::headers::LocalHeaders;
use crate::manifest::{LoadOptions, load};

const FILES: [(&str, &str); 4] = [
    ("tracks", "spotify_tracks_data_2023.csv"),
    ("albums", "spotify-albums_data_2023.csv"),
    ("artists", "spotify_artist_data_2023.csv"),
    ("features", "spotify_features_data_2023.csv"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn records(file: &str) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(root().join("data").join(file)).unwrap();
    reader.deserialize().map(|record| record.unwrap()).collect()
}

/// The ids of the tracks that `hits` must hold, each as often as the joins give it.
fn expected_hits() -> HashMap<String, u64> {
    let times = |file: &str, column: &str, weight: &dyn Fn(&HashMap<String, String>) -> u64| {
        let mut times: HashMap<String, u64> = HashMap::new();
        for record in records(file).iter().filter(|record| !record[column].is_empty()) {
            *times.entry(record[column].clone()).or_default() += weight(record);
        }
        times
    };
    let of = |times: &HashMap<String, u64>, key: &String| times.get(key).copied().unwrap_or(0);
    let (artists, features) = (times(FILES[2].1, "id", &|_| 1), times(FILES[3].1, "id", &|_| 1));
    let albums = times(FILES[1].1, "track_id", &|record| of(&artists, &record["artist_id"]));
    let popular = |record: &HashMap<String, String>| u64::from(!record["track_popularity"].is_empty());
    let mut hits = times(FILES[0].1, "id", &popular);
    hits.iter_mut().for_each(|(id, times)| *times *= of(&albums, id) * of(&features, id));
    hits.retain(|_, times| *times > 0);
    hits
}

#[test]
fn the_flagship_runs_over_its_sample() {
    let manifest = load(&root().join("pipeline.yaml"), &LoadOptions::default()).unwrap();
    let flow = compile(&manifest, &LocalHeaders).unwrap();
    let bench = Bench::new(&[]);
    for (source, file) in FILES {
        bench.stage(&format!("{source}/{file}"), &std::fs::read_to_string(root().join("data").join(file)).unwrap());
    }
    let metrics = bench.run(&flow, "r").unwrap();
    let expected = expected_hits();
    assert!(expected.len() > 1_000);
    assert_eq!(metrics.tables["hits"].rows, expected.len() as u64);
    let schema = &flow.tables["hits"].schema;
    let id = schema.names().position(|name| name == "id").unwrap();
    let rows = bench.published("hits");
    let ids: HashSet<&str> = rows.iter().map(|row| row.split('|').nth(id).unwrap()).collect();
    assert_eq!(ids, expected.keys().map(String::as_str).collect());
    let joined: u64 = expected.values().sum();
    let duplicates = Duplicates { by: names(&["id"]), dropped: joined - expected.len() as u64, of: joined };
    assert!(duplicates.dropped > 10, "{duplicates:?}");
    assert_eq!(metrics.tables["hits"].duplicates, [duplicates]);
    assert_eq!(schema.columns.last().unwrap().name, "release_year");
    assert!(bench.files().iter().any(|file| file.starts_with("hits/release_year=__HIVE_DEFAULT_PARTITION__/")));
    let lost = metrics.tables["hits"].cast_losses["release_date"];
    assert!(lost.lost > 0 && lost.lost * 20 < lost.of, "{lost:?}");
    assert!(metrics.tables["artists"].rows > 100);
}
