//! The dashboards: one of all kinds of visuals, with filters and a parameter; one of a hundred visuals.

use pipectl::dashboard::model::{
    Aggregate, Calculated, Cartesian, Chart, Column, Dashboard, Dashboards, Dataset, Dimension, Direction, Filter,
    From, Granularity, ImportMode, Measure, Order, Parameter, ReferenceLine, Sheet, Slices, Theme, Visual,
};
use pipectl::flow::expr::{BinaryOp, Expr, Function, Literal, Node};
use pipectl::flow::types::DataType;

use super::tracks::COLUMNS;

fn type_of(column: &str) -> DataType {
    match column {
        "minutes" => DataType::Double,
        _ => COLUMNS.iter().find(|(name, _)| *name == column).expect("a column").1.parse().expect("a type"),
    }
}

fn dimension(column: &str, title: &str) -> Dimension {
    let granularity = (type_of(column) == DataType::Date).then_some(Granularity::Year);
    Dimension { column: column.into(), data_type: type_of(column), label: None, granularity, title: title.into() }
}

fn artist() -> Dimension {
    Dimension { label: Some("artist".into()), ..dimension("artist_id", "Artist") }
}

fn measure(aggregate: Aggregate, column: &str, title: &str) -> Measure {
    let data_type = match aggregate {
        Aggregate::Count | Aggregate::CountDistinct => DataType::Bigint,
        Aggregate::Sum if type_of(column) != DataType::Double => DataType::Bigint,
        Aggregate::Min | Aggregate::Max => type_of(column),
        _ => DataType::Double,
    };
    let column = (column != "*").then(|| column.to_string());
    Measure { aggregate, column, data_type, text: title.into(), title: title.into() }
}

fn count() -> Measure {
    measure(Aggregate::Count, "*", "Tracks")
}

fn popularity() -> Measure {
    measure(Aggregate::Avg, "popularity", "Average popularity")
}

const BY_GROUP: Order = Order { by_value: None, limit: None };

fn top(limit: u32) -> Order {
    Order { by_value: Some(Direction::Desc), limit: Some(limit) }
}

fn cartesian(category: Dimension, values: Vec<Measure>, color: Option<Dimension>, order: Order) -> Cartesian {
    Cartesian { category, values, color, order, reference_lines: Vec::new(), horizontal: false, paint: None }
}

fn visual(id: &str, title: &str, width: u8, chart: Chart) -> Visual {
    Visual { id: id.into(), dataset: "tracks".into(), title: title.into(), subtitle: None, filter: None, chart, width }
}

fn overview() -> Vec<Visual> {
    let year = || dimension("released", "Release year");
    let artists = Cartesian {
        reference_lines: vec![ReferenceLine { value: 70.0, label: Some("Hit".into()) }],
        horizontal: true,
        ..cartesian(artist(), vec![popularity()], None, top(10))
    };
    let energy = |aggregate, title| measure(aggregate, "energy", title);
    vec![
        visual("tracks", "Tracks", 3, Chart::Kpi { value: count(), compare: None }),
        visual(
            "artists",
            "Artists",
            3,
            Chart::Kpi { value: measure(Aggregate::CountDistinct, "artist_id", "Distinct artists"), compare: None },
        ),
        visual(
            "popularity",
            "Average popularity",
            3,
            Chart::Kpi {
                value: popularity(),
                compare: Some(measure(Aggregate::Median, "popularity", "Median popularity")),
            },
        ),
        visual(
            "newest",
            "Newest release",
            3,
            Chart::Kpi { value: measure(Aggregate::Max, "released", "Released"), compare: None },
        ),
        Visual {
            subtitle: Some("Average popularity of their tracks".into()),
            ..visual("top-artists", "Most popular artists", 6, Chart::Bar(artists))
        },
        visual("by-year", "Tracks by release year", 6, Chart::Line(cartesian(year(), vec![count()], None, BY_GROUP))),
        visual(
            "types-by-year",
            "Album types through the years",
            8,
            Chart::StackedBar(cartesian(year(), vec![count()], Some(dimension("album_type", "Album type")), BY_GROUP)),
        ),
        visual(
            "types",
            "Album types",
            4,
            Chart::Donut(Slices { category: dimension("album_type", "Album type"), value: count(), order: top(10) }),
        ),
        visual(
            "heat",
            "Popularity by genre and year",
            8,
            Chart::Heatmap { rows: dimension("genre", "Genre"), columns: year(), value: popularity(), order: top(12) },
        ),
        visual(
            "energy",
            "Average energy",
            4,
            Chart::Gauge {
                value: energy(Aggregate::Avg, "Energy"),
                target: Some(energy(Aggregate::Percentile(75), "Upper quarter")),
                range: (0.0, 1.0),
            },
        ),
        visual(
            "sound",
            "Danceability against energy",
            12,
            Chart::Scatter {
                x: measure(Aggregate::Avg, "danceability", "Average danceability"),
                y: energy(Aggregate::Avg, "Average energy"),
                by: artist(),
                color: Some(dimension("explicit", "Explicit")),
                size: Some(count()),
                order: top(150),
            },
        ),
    ]
}

fn details() -> Vec<Visual> {
    let genre = || dimension("genre", "Genre");
    let half = Cartesian {
        reference_lines: vec![ReferenceLine { value: 30.0, label: None }],
        paint: Some("#7b4fd0".into()),
        ..cartesian(genre(), vec![popularity()], None, top(15))
    };
    let popular = binary(
        BinaryOp::GreaterOrEqual,
        column("popularity", DataType::Int),
        column(":least", DataType::Int),
        DataType::Boolean,
    );
    let followers = |aggregate, title| measure(aggregate, "followers", title);
    vec![
        visual("genres", "Popularity by genre", 6, Chart::Bar(half)),
        visual(
            "sound-by-type",
            "Danceability and energy by album type",
            6,
            Chart::Bar(cartesian(
                dimension("album_type", "Album type"),
                vec![
                    measure(Aggregate::Avg, "danceability", "Danceability"),
                    measure(Aggregate::Avg, "energy", "Energy"),
                ],
                None,
                BY_GROUP,
            )),
        ),
        Visual {
            filter: Some(popular),
            ..visual(
                "minutes",
                "Minutes of popular music",
                12,
                Chart::Area(cartesian(
                    dimension("released", "Release year"),
                    vec![measure(Aggregate::Sum, "minutes", "Minutes")],
                    Some(dimension("explicit", "Explicit")),
                    BY_GROUP,
                )),
            )
        },
        visual(
            "explicit",
            "Explicit lyrics",
            4,
            Chart::Pie(Slices { category: dimension("explicit", "Explicit"), value: count(), order: BY_GROUP }),
        ),
        visual(
            "danceability",
            "Danceability",
            4,
            Chart::Histogram { column: "danceability".into(), data_type: DataType::Double, bins: 20 },
        ),
        visual(
            "length",
            "Length in minutes",
            4,
            Chart::Histogram { column: "minutes".into(), data_type: DataType::Double, bins: 12 },
        ),
        visual(
            "artist-table",
            "Artists",
            6,
            Chart::Table {
                groups: vec![artist(), genre()],
                values: vec![count(), popularity(), followers(Aggregate::Max, "Followers")],
                order: top(60),
            },
        ),
        visual(
            "pivot",
            "Popularity by genre and album type",
            6,
            Chart::PivotTable {
                rows: vec![genre()],
                columns: vec![dimension("album_type", "Album type")],
                values: vec![popularity()],
            },
        ),
        visual(
            "reach",
            "Followers by genre and artist",
            6,
            Chart::Treemap {
                groups: vec![genre(), artist()],
                size: followers(Aggregate::Sum, "Followers"),
                color: None,
                order: top(40),
            },
        ),
        visual(
            "genre-map",
            "Genres by tracks and popularity",
            6,
            Chart::Treemap { groups: vec![genre()], size: count(), color: Some(popularity()), order: top(30) },
        ),
        Visual {
            filter: Some(Expr {
                node: Node::Like(Box::new(column("track", DataType::String)), "no track is called \\%this_".into()),
                data_type: DataType::Boolean,
            }),
            ..visual(
                "nothing",
                "Tracks that are not there",
                6,
                Chart::Bar(cartesian(genre(), vec![count()], None, BY_GROUP)),
            )
        },
        Visual {
            dataset: "broken".into(),
            ..visual("broken", "A table that is not there", 6, Chart::Kpi { value: count(), compare: None })
        },
    ]
}

fn column(name: &str, data_type: DataType) -> Expr {
    Expr { node: Node::Column(name.into()), data_type }
}

fn binary(op: BinaryOp, left: Expr, right: Expr, data_type: DataType) -> Expr {
    Expr { node: Node::Binary(op, Box::new(left), Box::new(right)), data_type }
}

fn integer(value: i64) -> Expr {
    Expr { node: Node::Literal(Literal::Integer(value)), data_type: DataType::Int }
}

fn dataset(name: &str, from: From) -> Dataset {
    let columns = COLUMNS.iter().map(|(name, kind)| Column {
        name: (*name).into(),
        data_type: kind.parse().expect("a type"),
        description: None,
    });
    // duration_ms / 60000.0, rounded.
    let milliseconds =
        Expr { node: Node::Widen(Box::new(column("duration_ms", DataType::Bigint))), data_type: DataType::Double };
    let minute = Expr { node: Node::Literal(Literal::Double(60_000.0)), data_type: DataType::Double };
    let minutes = binary(BinaryOp::Divide, milliseconds, minute, DataType::Double);
    let rounded = Expr { node: Node::Call(Function::Round, vec![minutes, integer(2)]), data_type: DataType::Double };
    Dataset {
        name: name.into(),
        from,
        import_mode: ImportMode::Spice,
        refresh: None,
        columns: columns.collect(),
        calculated: vec![Calculated { name: "minutes".into(), expression: rounded }],
    }
}

fn filter(id: &str, column: &str, title: &str) -> Filter {
    let data_type = type_of(column);
    Filter { id: id.into(), dataset: "tracks".into(), column: column.into(), data_type, title: title.into() }
}

fn sheet(id: &str, title: &str, prefix: &str, visuals: Vec<Visual>) -> Sheet {
    let filters = vec![
        filter(&format!("{prefix}genre"), "genre", "Genre"),
        filter(&format!("{prefix}explicit"), "explicit", "Explicit lyrics"),
    ];
    Sheet { id: id.into(), title: title.into(), description: None, filters, visuals }
}

fn dashboards(theme: Theme, title: &str, parameters: Vec<Parameter>, sheets: Vec<Sheet>) -> Dashboards {
    let dashboard = Dashboard {
        name: "board".into(),
        title: title.into(),
        description: Some(
            "What makes a track popular: five thousand tracks, their artists, and how they sound.".into(),
        ),
        theme,
        parameters,
        sheets,
        raw: None,
    };
    Dashboards {
        datasets: vec![
            dataset("tracks", From::Table("tracks".into())),
            dataset("broken", From::Query("SELECT * FROM nowhere -- for the message".into())),
        ],
        dashboards: vec![dashboard],
    }
}

/// All fourteen kinds on two sheets.
pub fn all_kinds(theme: Theme) -> Dashboards {
    let least = Parameter {
        name: "least".into(),
        title: "Popularity at least".into(),
        data_type: DataType::Int,
        values: [0, 50, 101].map(integer).to_vec(),
        default: 1,
    };
    let sheets =
        vec![sheet("overview", "Overview", "", overview()), sheet("details", "Details", "details-", details())];
    dashboards(theme, "Spotify 2023", vec![least], sheets)
}

/// A hundred visuals on one sheet.
pub fn hundred() -> Dashboards {
    let kinds: Vec<Visual> =
        overview().into_iter().chain(details()).filter(|v| v.dataset == "tracks" && v.filter.is_none()).collect();
    let visuals = (0..100).map(|i| {
        let kind = &kinds[i % kinds.len()];
        Visual { id: format!("{}-{i}", kind.id), ..kind.clone() }
    });
    dashboards(Theme::Classic, "A hundred visuals", Vec::new(), vec![sheet("all", "All", "", visuals.collect())])
}
