//! Every kind of visual, with and without filters and parameters.

use super::fold::{Condition, expected};
use super::plays::{COLUMNS, Cell, Row, rows, shelf, value};
use super::{Shelf, run};
use crate::dashboard::model::{
    Aggregate, Cartesian, Chart, Column, Dashboard, Dashboards, Dataset, Dimension, Direction, Filter, From,
    Granularity, ImportMode, Measure, Order, Parameter, Sheet, Slices, Theme, Visual,
};
use crate::dashboard::sql::visual_query;
use crate::flow::expr::{BinaryOp, Expr, Literal, Node};
use crate::flow::types::DataType;

fn type_of(column: &str) -> DataType {
    COLUMNS.iter().find(|(name, _)| *name == column).unwrap().1.parse().unwrap()
}

fn dimension(column: &str) -> Dimension {
    let granularity = (type_of(column) == DataType::Date).then_some(Granularity::Year);
    Dimension { column: column.into(), data_type: type_of(column), label: None, granularity, title: column.into() }
}

fn artist() -> Dimension {
    Dimension { label: Some("artist".into()), ..dimension("artist_id") }
}

fn measure(aggregate: Aggregate, column: &str) -> Measure {
    let of = (column != "*").then(|| type_of(column));
    let data_type = match aggregate {
        Aggregate::Count | Aggregate::CountDistinct => DataType::Bigint,
        Aggregate::Sum if of != Some(DataType::Double) => DataType::Bigint,
        Aggregate::Min | Aggregate::Max => of.unwrap(),
        _ => DataType::Double,
    };
    let column = (column != "*").then(|| column.to_string());
    Measure { aggregate, column, data_type, text: String::new(), title: String::new() }
}

fn count() -> Measure {
    measure(Aggregate::Count, "*")
}

fn order(by_value: Option<Direction>, limit: Option<u32>) -> Order {
    Order { by_value, limit }
}

const TOP: Option<Direction> = Some(Direction::Desc);

fn cartesian(category: Dimension, values: Vec<Measure>, color: Option<Dimension>, order: Order) -> Cartesian {
    Cartesian { category, values, color, order, reference_lines: Vec::new(), horizontal: false, paint: None }
}

/// All kinds, by name.
fn charts() -> Vec<(&'static str, Chart)> {
    use Aggregate::{Avg, CountDistinct, Max, Median, Min, Percentile, Stddev, Sum};
    let energy = |aggregate| measure(aggregate, "energy");
    let popularity = |aggregate| measure(aggregate, "popularity");
    vec![
        ("kpi", Chart::Kpi { value: count(), compare: Some(measure(CountDistinct, "artist_id")) }),
        ("gauge", Chart::Gauge { value: popularity(Avg), target: Some(popularity(Max)), range: (0.0, 100.0) }),
        ("bar", Chart::Bar(cartesian(artist(), vec![popularity(Avg), count()], None, order(TOP, Some(3))))),
        (
            "bar-least",
            Chart::Bar(cartesian(
                dimension("genre"),
                vec![popularity(Min)],
                None,
                order(Some(Direction::Asc), Some(4)),
            )),
        ),
        (
            "bar-colored",
            Chart::Bar(cartesian(artist(), vec![popularity(Avg)], Some(dimension("explicit")), order(TOP, Some(3)))),
        ),
        (
            "stacked",
            Chart::StackedBar(cartesian(dimension("year"), vec![count()], Some(artist()), order(None, Some(4)))),
        ),
        ("line", Chart::Line(cartesian(dimension("day"), vec![count(), energy(Stddev)], None, order(None, None)))),
        (
            "area",
            Chart::Area(cartesian(
                Dimension { granularity: Some(Granularity::Quarter), ..dimension("day") },
                vec![measure(Sum, "listeners")],
                Some(dimension("genre")),
                order(TOP, Some(5)),
            )),
        ),
        ("pie", Chart::Pie(Slices { category: dimension("genre"), value: count(), order: order(TOP, Some(3)) })),
        (
            "donut",
            Chart::Donut(Slices { category: dimension("explicit"), value: energy(Sum), order: order(None, None) }),
        ),
        (
            "heatmap",
            Chart::Heatmap {
                rows: dimension("genre"),
                columns: dimension("year"),
                value: popularity(Avg),
                order: order(TOP, Some(4)),
            },
        ),
        (
            "heatmap-all",
            Chart::Heatmap {
                rows: artist(),
                columns: dimension("day"),
                value: energy(Median),
                order: order(None, Some(1)),
            },
        ),
        (
            "scatter",
            Chart::Scatter {
                x: energy(Avg),
                y: popularity(Avg),
                by: artist(),
                color: Some(dimension("genre")),
                size: Some(count()),
                order: order(TOP, Some(10)),
            },
        ),
        ("histogram", Chart::Histogram { column: "energy".into(), data_type: DataType::Double, bins: 7 }),
        ("histogram-int", Chart::Histogram { column: "popularity".into(), data_type: DataType::Int, bins: 4 }),
        (
            "table",
            Chart::Table {
                groups: vec![artist(), dimension("genre")],
                values: vec![measure(Max, "day"), popularity(Percentile(90)), measure(Aggregate::Count, "energy")],
                order: order(TOP, Some(12)),
            },
        ),
        ("table-total", Chart::Table { groups: vec![], values: vec![count(), energy(Max)], order: order(None, None) }),
        (
            "pivot",
            Chart::PivotTable {
                rows: vec![dimension("genre"), dimension("explicit")],
                columns: vec![dimension("year")],
                values: vec![count(), energy(Avg)],
            },
        ),
        (
            "treemap",
            Chart::Treemap {
                groups: vec![dimension("genre"), artist()],
                size: measure(Sum, "listeners"),
                color: Some(popularity(Avg)),
                order: order(TOP, Some(9)),
            },
        ),
    ]
}

fn literal(value: Literal, data_type: DataType) -> Expr {
    Expr { node: Node::Literal(value), data_type }
}

fn column(name: &str, data_type: DataType) -> Expr {
    Expr { node: Node::Column(name.into()), data_type }
}

fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    Expr { node: Node::Binary(op, Box::new(left), Box::new(right)), data_type: DataType::Boolean }
}

fn filter(column: &str) -> Filter {
    let data_type = type_of(column);
    Filter {
        id: format!("by-{column}"),
        dataset: "plays".into(),
        column: column.into(),
        data_type,
        title: column.into(),
    }
}

struct Page {
    dashboards: Dashboards,
    parameters: Vec<&'static str>,
    condition: Condition,
}

/// A dashboard of all charts under these filters, parameters and condition.
fn page(filters: &[&str], parameters: Vec<Parameter>, filter_expr: Option<Expr>, condition: Condition) -> Page {
    let columns = COLUMNS.iter().map(|(name, kind)| Column {
        name: (*name).into(),
        data_type: kind.parse().unwrap(),
        description: None,
    });
    let dataset = Dataset {
        name: "plays".into(),
        from: From::Table("plays".into()),
        import_mode: ImportMode::Spice,
        refresh: None,
        columns: columns.collect(),
        calculated: Vec::new(),
    };
    let visuals = charts().into_iter().map(|(id, chart)| Visual {
        id: id.into(),
        dataset: "plays".into(),
        title: id.into(),
        subtitle: None,
        filter: filter_expr.clone(),
        chart,
        width: 6,
    });
    let sheet = Sheet {
        id: "sheet".into(),
        title: "Sheet".into(),
        description: None,
        filters: filters.iter().map(|column| filter(column)).collect(),
        visuals: visuals.collect(),
    };
    let names = parameters.iter().map(|p| &*Box::leak(p.name.clone().into_boxed_str())).collect();
    let dashboard = Dashboard {
        name: "board".into(),
        title: "Board".into(),
        description: None,
        theme: Theme::Classic,
        parameters,
        sheets: vec![sheet],
        raw: None,
    };
    Page {
        dashboards: Dashboards { datasets: vec![dataset], dashboards: vec![dashboard] },
        parameters: names,
        condition,
    }
}

/// A result's text as a cell of that type.
fn cell(text: Option<String>, data_type: &DataType) -> Cell {
    let Some(text) = text else { return Cell::Null };
    match data_type {
        DataType::Boolean => Cell::Bool(text == "true"),
        DataType::Int | DataType::Bigint => Cell::Int(text.parse().unwrap()),
        DataType::Double => Cell::Double(text.parse().unwrap()),
        _ => Cell::Text(text),
    }
}

fn near(a: &Cell, b: &Cell) -> bool {
    match (a, b) {
        (Cell::Double(a), Cell::Double(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
        (a, b) => a == b,
    }
}

fn held(rows: &[Row], shelf: &Shelf, page: &Page) -> usize {
    let dashboard = &page.dashboards.dashboards[0];
    let sheet = &dashboard.sheets[0];
    let mut cells = 0;
    for visual in &sheet.visuals {
        let query = visual_query(&page.dashboards, dashboard, sheet, visual).unwrap();
        let output = run(&query.sql, shelf).unwrap_or_else(|f| panic!("{}: {f}\n{}", visual.id, query.sql));
        let names: Vec<&str> = output.columns.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, query.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), "{}", visual.id);
        let mut found = Vec::new();
        for batch in &output.batches {
            for row in 0..batch.num_rows() {
                let texts = batch.columns().iter().map(|c| super::render::result_text(c, row));
                found.push(texts.zip(&query.columns).map(|(t, c)| cell(t, &c.data_type)).collect::<Vec<_>>());
            }
        }
        let expected = expected(rows, dashboard, sheet, visual, &page.parameters, page.condition);
        assert_eq!(found.len(), expected.len(), "{}: rows\n{}\n{found:?}\n{expected:?}", visual.id, query.sql);
        for (found, expected) in found.iter().zip(&expected) {
            let same = found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| near(a, b));
            assert!(same, "{}: found {found:?}, expected {expected:?}\n{}", visual.id, query.sql);
        }
        cells += found.len();
    }
    cells
}

#[test]
fn every_kind_answers_what_a_fold_over_the_rows_answers() {
    let root = tempfile::tempdir().unwrap();
    let rows = rows(400);
    let shelf = shelf(root.path(), &rows);
    assert!(held(&rows, &shelf, &page(&[], Vec::new(), None, |_, _| true)) > 100);
}

#[test]
fn filters_are_answered_for_every_value_and_for_all() {
    let root = tempfile::tempdir().unwrap();
    let rows = rows(300);
    let shelf = shelf(root.path(), &rows);
    assert!(held(&rows, &shelf, &page(&["genre", "explicit"], Vec::new(), None, |_, _| true)) > 1000);
}

#[test]
fn parameters_are_answered_for_every_value() {
    let root = tempfile::tempdir().unwrap();
    let rows = rows(300);
    let shelf = shelf(root.path(), &rows);
    let since = Parameter {
        name: "since".into(),
        title: "Since".into(),
        data_type: DataType::Int,
        values: [2003, 1999, 2050].map(|year| literal(Literal::Integer(year), DataType::Int)).to_vec(),
        default: 1,
    };
    let unused = Parameter { name: "unused".into(), ..since.clone() };
    let condition = binary(BinaryOp::GreaterOrEqual, column("year", DataType::Int), column(":since", DataType::Int));
    let holds: Condition = |row, p| *value(row, "year") >= Cell::Int([2003, 1999, 2050][p[0]]);
    let mut page = page(&["year"], vec![since, unused], Some(condition), holds);
    page.parameters = vec!["since"];
    assert!(held(&rows, &shelf, &page) > 500);
}

#[test]
fn no_rows_are_no_groups_and_one_total() {
    let root = tempfile::tempdir().unwrap();
    let rows = rows(50);
    let shelf = shelf(root.path(), &rows);
    let never =
        binary(BinaryOp::Greater, column("year", DataType::Int), literal(Literal::Integer(3000), DataType::Int));
    // Kpi, gauge and the table without groups.
    assert_eq!(held(&rows, &shelf, &page(&[], Vec::new(), Some(never), |_, _| false)), 3);
}

#[test]
fn too_many_combinations_are_refused() {
    let page = page(&["genre", "explicit", "year", "artist_id", "day", "popularity"], Vec::new(), None, |_, _| true);
    let dashboard = &page.dashboards.dashboards[0];
    let sheet = &dashboard.sheets[0];
    let error = visual_query(&page.dashboards, dashboard, sheet, &sheet.visuals[0]).unwrap_err();
    assert_eq!(error.code(), "too-many-combinations");
}

#[test]
fn a_query_is_a_source_too_and_calculated_columns_count() {
    let root = tempfile::tempdir().unwrap();
    let rows = rows(100);
    let shelf = shelf(root.path(), &rows);
    let mut page = page(&[], Vec::new(), None, |_, _| true);
    page.dashboards.datasets[0].from =
        From::Query("WITH facts AS (SELECT * FROM plays)\nSELECT * FROM facts -- all of them".into());
    held(&rows, &shelf, &page);
}
