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

/// The ids of the tracks that `hits` must hold.
fn expected_hits() -> HashSet<String> {
    let set = |file: &str, column: &str| records(file).iter().map(|r| r[column].clone()).collect::<HashSet<_>>();
    let (artists, features) = (set(FILES[2].1, "id"), set(FILES[3].1, "id"));
    let albums = records(FILES[1].1);
    let on_an_album: HashSet<&String> =
        albums.iter().filter(|r| artists.contains(&r["artist_id"])).map(|r| &r["track_id"]).collect();
    let tracks = records(FILES[0].1).into_iter().filter(|r| !r["track_popularity"].is_empty());
    let ids = tracks.map(|r| r["id"].clone());
    ids.filter(|id| !id.is_empty() && on_an_album.contains(id) && features.contains(id)).collect()
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
    let ids: HashSet<String> = rows.iter().map(|row| row.split('|').nth(id).unwrap().to_string()).collect();
    assert_eq!(ids, expected);
    assert_eq!(schema.columns.last().unwrap().name, "release_year");
    assert!(bench.files().iter().any(|file| file.starts_with("hits/release_year=__HIVE_DEFAULT_PARTITION__/")));
    let lost = metrics.tables["hits"].cast_losses["release_date"];
    assert!(lost.lost > 0 && lost.lost * 20 < lost.of, "{lost:?}");
    assert!(metrics.tables["artists"].rows > 100);
}
