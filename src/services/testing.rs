//! A small pipeline as tests of this floor see it: two sources (one read in place), two tables, two queries, two data sets, one
//! dashboard.

use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;

use super::Context;
use crate::dashboard::model::{
    Aggregate, Calculated, Chart, Dashboard, Dashboards, Dataset, From, ImportMode, Measure, Refresh, Sheet, Theme,
    Visual,
};
use crate::error::SourceText;
use crate::flow::document::{Compression, Flow, Input, Location, Operation, Output, OutputFormat, SourceFormat, Step};
use crate::flow::document::{Source, Table};
use crate::flow::expr::{BinaryOp, Expr, Literal, Node};
use crate::flow::types::{Column, DataType, Schema};
use crate::manifest::model::quicksight as written;
use crate::manifest::model::{
    Athena, CatalogMode, Crawler, Database, DeletedObjects, Environment, Iam, Job, Lifecycles, Manifest, Place3, Query,
    Recrawl, SchemaChange, Storage, Workgroup,
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
    Place3 { uri: s(uri), existing: false, versioning: false, kms_key: None }
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
            lifecycle: Lifecycles::default(),
        },
        iam: Iam::default(),
        sources: IndexMap::new(),
        tables: IndexMap::new(),
        job: Job {
            script: None,
            glue_version: s("5.0".into()),
            worker_type: s("G.1X".into()),
            workers: s(2),
            timeout: s(Duration::from_secs(3600)),
            max_retries: s(0),
            max_concurrent_runs: s(1),
            arguments: IndexMap::from([(s("--conf".to_owned()), s("spark.x=1".to_owned()))]),
            connections: Vec::new(),
            security_configuration: None,
        },
        schedule: None,
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
        quicksight: Some(quicksight()),
        protect: false,
    }
}

fn quicksight() -> written::Quicksight {
    let set = |from: written::DatasetFrom, import_mode: ImportMode| written::Dataset {
        from,
        import_mode,
        refresh: None,
        columns: IndexMap::new(),
        calculated_fields: IndexMap::new(),
    };
    let hits = set(written::DatasetFrom::Table(s("hits".into())), ImportMode::Spice);
    let top = set(written::DatasetFrom::Query(s("top_artists".into())), ImportMode::DirectQuery);
    let overview = written::Dashboard {
        title: None,
        description: None,
        theme: Theme::Classic,
        parameters: IndexMap::new(),
        body: written::Body::Sheets(Vec::new()),
    };
    written::Quicksight {
        principals: written::Principals {
            owners: vec![s("user/default/lead@example.com".into())],
            viewers: vec![s("group/default/analysts".into())],
        },
        data_source: written::DataSource::default(),
        identity_region: None,
        datasets: IndexMap::from([(s("hits".to_owned()), hits), (s("top".to_owned()), top)]),
        dashboards: IndexMap::from([(s("overview".to_owned()), overview)]),
    }
}

/// The data sets and dashboards of [`manifest`], typed.
pub fn dashboards() -> Dashboards {
    let column = |name: &str, data_type: DataType, description: Option<&str>| crate::dashboard::model::Column {
        name: name.into(),
        data_type,
        description: description.map(str::to_owned),
    };
    let int = |node: Node| Box::new(Expr { node, data_type: DataType::Int });
    let year = int(Node::Column("release_year".into()));
    let decade = *int(Node::Binary(BinaryOp::Divide, year, int(Node::Literal(Literal::Integer(10)))));
    let hits = Dataset {
        name: "hits".into(),
        from: From::Table("hits".into()),
        import_mode: ImportMode::Spice,
        refresh: Some(Refresh::Daily(5, 0)),
        columns: vec![
            column("id", DataType::String, Some("Spotify's id")),
            column("release_year", DataType::Int, None),
        ],
        calculated: vec![Calculated { name: "decade".into(), expression: decade }],
    };
    let top = Dataset {
        name: "top".into(),
        from: From::Query("select artist_name, avg(track_popularity) as popularity from hits group by 1".into()),
        import_mode: ImportMode::DirectQuery,
        refresh: None,
        columns: vec![column("artist_name", DataType::String, None), column("popularity", DataType::Double, None)],
        calculated: Vec::new(),
    };
    let overview = Dashboard {
        name: "overview".into(),
        title: "Spotify".into(),
        description: Some("What is popular?".into()),
        theme: Theme::Midnight,
        parameters: Vec::new(),
        sheets: vec![Sheet {
            id: "popularity".into(),
            title: "Popularity".into(),
            description: None,
            filters: Vec::new(),
            visuals: vec![tracks()],
        }],
        raw: None,
    };
    Dashboards { datasets: vec![hits, top], dashboards: vec![overview] }
}

fn tracks() -> Visual {
    let value = Measure {
        aggregate: Aggregate::Count,
        column: None,
        data_type: DataType::Bigint,
        text: "count(*)".into(),
        title: "Tracks".into(),
    };
    Visual {
        id: "tracks".into(),
        dataset: "hits".into(),
        title: "Tracks".into(),
        subtitle: None,
        filter: None,
        chart: Chart::Kpi { value, compare: None },
        width: 3,
    }
}

fn column(name: &str, data_type: DataType, description: Option<&str>) -> Column {
    Column { name: name.into(), data_type, description: description.map(str::to_owned) }
}

fn table(columns: Vec<Column>, partition_by: &[&str]) -> Table {
    let schema = Schema { columns };
    Table {
        description: Some("One row a track".into()),
        parts: Default::default(),
        steps: vec![Step {
            operation: Operation::Read(Input::Source("tracks".into())),
            schema: schema.clone(),
            continues: false,
        }],
        schema,
        output: Output {
            format: OutputFormat::Parquet(Compression::Snappy),
            partition_by: partition_by.iter().map(|&c| c.to_owned()).collect(),
            files: 1,
            write: Default::default(),
        },
        checks: Vec::new(),
    }
}

fn source(location: Location) -> Source {
    Source {
        description: None,
        location,
        format: SourceFormat::Csv { multiline: false },
        malformed: Default::default(),
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

/// Calls `f` with the context of a manifest, [`flow`] and [`dashboards`].
pub fn in_context<T>(manifest: &Manifest, f: impl FnOnce(&Context<'_>) -> T) -> T {
    in_context_with(manifest, &dashboards(), f)
}

fn in_context_with<T>(manifest: &Manifest, dashboards: &Dashboards, f: impl FnOnce(&Context<'_>) -> T) -> T {
    let (flow, owner) = (flow(), owner());
    f(&Context {
        manifest,
        flow: &flow,
        dashboards,
        script: "print('hello')\n",
        account: ACCOUNT,
        region: "us-east-1",
        partition: "aws",
        owner: &owner,
    })
}

/// The desired resources of a manifest with [`flow`] and [`dashboards`].
pub fn desired(manifest: &Manifest) -> crate::error::Result<Vec<Resource>> {
    in_context(manifest, super::desired)
}

/// The same with other dashboards.
pub fn desired_with(manifest: &Manifest, dashboards: &Dashboards) -> crate::error::Result<Vec<Resource>> {
    in_context_with(manifest, dashboards, super::desired)
}

/// One of the desired resources of [`manifest`].
pub fn wanted(address: &str) -> Resource {
    desired(&manifest()).unwrap().into_iter().find(|r| r.address.to_string() == address).expect("a known address")
}
