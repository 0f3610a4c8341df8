//! The flagship's tracks with album, artist and sound, joined from its CSV files, as the table `lake.tracks`.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_glue::types::{Column, DatabaseInput, SerDeInfo, StorageDescriptor, TableInput};
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
};
use datafusion::parquet::arrow::ArrowWriter;

use crate::local::cloud::TestCloud;

/// The columns, with their catalog types.
pub const COLUMNS: [(&str, &str); 13] = [
    ("id", "string"),
    ("track", "string"),
    ("popularity", "int"),
    ("explicit", "boolean"),
    ("artist_id", "string"),
    ("artist", "string"),
    ("genre", "string"),
    ("album_type", "string"),
    ("released", "date"),
    ("danceability", "double"),
    ("energy", "double"),
    ("followers", "bigint"),
    ("duration_ms", "bigint"),
];

type Record = HashMap<String, String>;

fn records(file: &str) -> Vec<Record> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file);
    let mut reader = csv::Reader::from_path(path).expect("a CSV file");
    reader.deserialize().map(|record| record.expect("a record")).collect()
}

/// Writes the tracks, each `times` over, to S3 and the catalog; how many rows there are.
pub async fn load(cloud: &TestCloud, times: usize) -> usize {
    let by = |file: &str, key: &str| -> HashMap<String, Record> {
        records(file).into_iter().map(|r| (r[key].clone(), r)).collect()
    };
    let albums = by("spotify-albums_data_2023.csv", "track_id");
    let artists = by("spotify_artist_data_2023.csv", "id");
    let sounds = by("spotify_features_data_2023.csv", "id");
    let joined: Vec<Vec<Option<String>>> = records("spotify_tracks_data_2023.csv")
        .into_iter()
        .filter_map(|track| {
            let (album, sound) = (albums.get(&track["id"])?, sounds.get(&track["id"])?);
            let artist = artists.get(&album["artist_id"]);
            let of = |record: Option<&Record>, name: &str| record.map(|r| r[name].clone()).filter(|v| !v.is_empty());
            let day = album["release_date"].get(..10).map(str::to_owned);
            Some(vec![
                of(Some(&track), "id"),
                of(Some(album), "track_name"),
                of(Some(&track), "track_popularity"),
                of(Some(&track), "explicit").map(|e| e.to_lowercase()),
                of(Some(album), "artist_id"),
                of(artist, "name"),
                of(artist, "genre_0"),
                of(Some(album), "album_type"),
                day,
                of(Some(sound), "danceability"),
                of(Some(sound), "energy"),
                of(artist, "followers"),
                of(Some(album), "duration_ms"),
            ])
        })
        .collect();
    let s3 = cloud.s3();
    for bucket in ["lake", "results"] {
        s3.create_bucket().bucket(bucket).send().await.unwrap();
    }
    let bytes = parquet(&joined);
    for part in 0..times {
        let put = s3.put_object().bucket("lake").key(format!("tracks/part-{part}.parquet"));
        put.body(bytes.clone().into()).send().await.unwrap();
    }
    register(cloud).await;
    joined.len() * times
}

fn parquet(rows: &[Vec<Option<String>>]) -> Vec<u8> {
    fn parsed<'r, T: std::str::FromStr + 'r>(
        rows: &'r [Vec<Option<String>>],
        c: usize,
    ) -> impl Iterator<Item = Option<T>> + 'r {
        rows.iter().map(move |row| row[c].as_ref().and_then(|text| text.parse().ok()))
    }
    let day = |row: &Vec<Option<String>>| {
        let date = chrono::NaiveDate::parse_from_str(row[8].as_deref()?, "%Y-%m-%d").ok()?;
        Some(date.signed_duration_since(chrono::NaiveDate::default()).num_days() as i32)
    };
    let column = |(c, (name, kind)): (usize, &(&'static str, &str))| -> (&'static str, ArrayRef) {
        let array: ArrayRef = match *kind {
            "int" => Arc::new(Int32Array::from_iter(parsed::<i32>(rows, c))),
            "bigint" => Arc::new(Int64Array::from_iter(parsed::<i64>(rows, c))),
            "double" => Arc::new(Float64Array::from_iter(parsed::<f64>(rows, c))),
            "boolean" => Arc::new(BooleanArray::from_iter(parsed::<bool>(rows, c))),
            "date" => Arc::new(Date32Array::from_iter(rows.iter().map(day))),
            _ => Arc::new(StringArray::from_iter(rows.iter().map(|row| row[c].clone()))),
        };
        (name, array)
    };
    let batch = RecordBatch::try_from_iter(COLUMNS.iter().enumerate().map(column)).expect("a batch");
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("rows");
    writer.into_inner().expect("a file")
}

async fn register(cloud: &TestCloud) {
    let glue = aws_sdk_glue::Client::new(&cloud.config());
    let database = DatabaseInput::builder().name("lake").build().unwrap();
    glue.create_database().database_input(database).send().await.unwrap();
    let serde = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe";
    let columns = COLUMNS.iter().map(|(name, kind)| Column::builder().name(*name).r#type(*kind).build().unwrap());
    let descriptor = StorageDescriptor::builder()
        .set_columns(Some(columns.collect()))
        .location("s3://lake/tracks/")
        .serde_info(SerDeInfo::builder().serialization_library(serde).build())
        .build();
    let table = TableInput::builder().name("tracks").table_type("EXTERNAL_TABLE").storage_descriptor(descriptor);
    let create = glue.create_table().database_name("lake").table_input(table.build().unwrap());
    create.send().await.unwrap();
}
