//! A small pipeline as tests of this floor see it: two sources (one read in place), two tables, two queries.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;

use super::Context;
use crate::error::SourceText;
use crate::flow::document::{Compression, Flow, Input, Location, Operation, Output, OutputFormat, SourceFormat, Step};
use crate::flow::document::{Source, Table};
use crate::flow::types::{Column, DataType, Schema};
use crate::manifest::model::{
    Athena, CatalogMode, Crawler, Database, DeletedObjects, Environment, Iam, Job, Manifest, Place3, Query, Recrawl,
    SchemaChange, Storage, Workgroup,
};
use crate::manifest::spanned::Spanned;
use crate::resource::{Owner, Resource};

/// The account of every test.
pub const ACCOUNT: &str = "123456789012";

fn s<T>(value: T) -> Spanned<T> {
    Spanned::unplaced(value)
}

fn place(prefix: &str) -> Place3 {
    let uri = format!("s3://{ACCOUNT}-spotify-dev/{prefix}");
    Place3 { uri: s(uri), existing: false, versioning: false }
}

/// The manifest: defaults wherever there are some.
pub fn manifest() -> Manifest {
    let sql = "select artist_name, avg(track_popularity) from hits group by 1\n";
    let query = Query {
        file: s(PathBuf::from("sql/top_artists.sql")),
        description: Some("Which artists lead?".into()),
        sql: SourceText::new("sql/top_artists.sql", sql),
    };
    let count =
        Query { description: None, sql: SourceText::new("sql/n.sql", "select count(*) from hits"), ..query.clone() };
    Manifest {
        path: "pipeline.yaml".into(),
        folder: ".".into(),
        name: s("spotify".into()),
        id: None,
        description: Some("What makes a track popular".into()),
        region: s("us-east-1".into()),
        environment: Environment { name: "dev".into(), declared: true, count: 2, account: None, profile: None },
        tags: IndexMap::from([(s("team".to_owned()), s("analytics".to_owned()))]),
        storage: Storage {
            staging: place("staging/"),
            warehouse: place("warehouse/"),
            results: place("athena-results/"),
        },
        iam: Iam::default(),
        sources: IndexMap::new(),
        tables: IndexMap::new(),
        job: Job {
            glue_version: s("5.0".into()),
            worker_type: s("G.1X".into()),
            workers: s(2),
            timeout: s(Duration::from_secs(3600)),
            max_retries: s(0),
            max_concurrent_runs: s(1),
            arguments: IndexMap::from([(s("--conf".to_owned()), s("spark.x=1".to_owned()))]),
        },
        crawler: Crawler {
            database: Database { name: s("spotify_dev".into()), existing: false },
            table_prefix: s(String::new()),
            tables: CatalogMode::Declared,
            recrawl: Recrawl::Everything,
            schema_change: SchemaChange::Update,
            deleted: DeletedObjects::Log,
            schedule: None,
        },
        athena: Athena {
            workgroup: Workgroup { name: None, existing: false },
            bytes_scanned_cutoff: Some(s(10_000_000_000)),
            queries: IndexMap::from([(s("top_artists".to_owned()), query), (s("count".to_owned()), count)]),
        },
        quicksight: None,
        protect: false,
    }
}

fn column(name: &str, data_type: DataType, description: Option<&str>) -> Column {
    Column { name: name.into(), data_type, description: description.map(str::to_owned) }
}

fn table(columns: Vec<Column>, partition_by: &[&str]) -> Table {
    let schema = Schema { columns };
    Table {
        description: Some("One row a track".into()),
        steps: vec![Step { operation: Operation::Read(Input::Source("tracks".into())), schema: schema.clone() }],
        schema,
        output: Output {
            format: OutputFormat::Parquet(Compression::Snappy),
            partition_by: partition_by.iter().map(|&c| c.to_owned()).collect(),
            files: 1,
        },
        checks: Vec::new(),
    }
}

fn source(location: Location) -> Source {
    Source {
        description: None,
        location,
        format: SourceFormat::Csv { multiline: false },
        columns: Vec::new(),
        schema: Schema::default(),
    }
}

/// The flow of [`manifest`].
pub fn flow() -> Flow {
    let hits = vec![
        column("id", DataType::String, Some("Spotify's id")),
        column("genres", DataType::Array(Box::new(DataType::String)), None),
        column("release_year", DataType::Int, None),
    ];
    let artists = vec![column("id", DataType::String, None)];
    Flow {
        format_version: 1,
        pipeline: "spotify".into(),
        sources: IndexMap::from([
            ("tracks".to_owned(), source(Location::Staged)),
            ("archive".to_owned(), source(Location::InPlace("s3://archive/2023/".into()))),
        ]),
        tables: IndexMap::from([
            ("hits".to_owned(), table(hits, &["release_year"])),
            ("artists".to_owned(), table(artists, &[])),
        ]),
    }
}

/// The marks of [`manifest`].
pub fn owner() -> Owner {
    Owner { pipeline: "spotify".into(), environment: "dev".into(), id: None }
}

/// The desired resources of a manifest with [`flow`].
pub fn desired(manifest: &Manifest) -> crate::error::Result<Vec<Resource>> {
    let (flow, owner) = (Arc::new(flow()), owner());
    super::desired(&Context {
        manifest,
        flow: &flow,
        dashboards: &crate::dashboard::model::Dashboards::default(),
        script: "print('hello')\n",
        account: ACCOUNT,
        region: "us-east-1",
        partition: "aws",
        owner: &owner,
    })
}

/// One of the desired resources of [`manifest`].
pub fn wanted(address: &str) -> Resource {
    desired(&manifest()).unwrap().into_iter().find(|r| r.address.to_string() == address).expect("a known address")
}
