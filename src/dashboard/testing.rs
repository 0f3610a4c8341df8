//! Arbitrary valid dashboards, and one with every kind of chart: for tests of what is made of them.
//!
//! Also part of the integration tests, which include this file by its path.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use crate::dashboard::model::*;
use crate::flow::expr::{BinaryOp, Expr, Function, Literal, Node};
use crate::flow::types::DataType;

/// The columns of each data set, by type.
pub const COLUMNS: [(&str, DataType); 10] = [
    ("id", DataType::String),
    ("name", DataType::String),
    ("genre", DataType::String),
    ("explicit", DataType::Boolean),
    ("year", DataType::Int),
    ("followers", DataType::Bigint),
    ("popularity", DataType::Double),
    ("price", DataType::Decimal(10, 2)),
    ("release_date", DataType::Date),
    ("played_at", DataType::Timestamp),
];

fn expr(node: Node, data_type: DataType) -> Expr {
    Expr { node, data_type }
}

fn column(name: &str) -> Expr {
    let data_type = COLUMNS.iter().find(|(n, _)| *n == name).map_or(DataType::String, |(_, t)| t.clone());
    expr(Node::Column(name.into()), data_type)
}

fn literal(literal: Literal, data_type: DataType) -> Expr {
    expr(Node::Literal(literal), data_type)
}

fn columns_of(fits: impl Fn(&DataType) -> bool) -> Vec<&'static str> {
    const NAMES: [&str; 10] =
        ["id", "name", "genre", "explicit", "year", "followers", "popularity", "price", "release_date", "played_at"];
    NAMES.into_iter().filter(|name| fits(&column(name).data_type)).collect()
}

/// A title that is not blank, with what markup has to escape.
pub fn title() -> impl Strategy<Value = String> {
    "[A-Za-z0-9][A-Za-z0-9 <>&'\"éß]{0,20}[A-Za-z0-9]"
}

/// A condition over the columns.
pub fn condition() -> BoxedStrategy<Expr> {
    let whole = (-5i64..2030).prop_map(|i| literal(Literal::Integer(i), DataType::Int));
    let text = "[a-z' ]{0,6}".prop_map(|t| literal(Literal::String(t), DataType::String));
    let operator = prop_oneof![
        Just(BinaryOp::Equal),
        Just(BinaryOp::NotEqual),
        Just(BinaryOp::Less),
        Just(BinaryOp::LessOrEqual),
        Just(BinaryOp::Greater),
        Just(BinaryOp::GreaterOrEqual),
    ];
    let compare = |op, left, right| expr(Node::Binary(op, Box::new(left), Box::new(right)), DataType::Boolean);
    let leaf = prop_oneof![
        (operator.clone(), whole.clone()).prop_map(move |(op, value)| compare(op, column("year"), value)),
        (operator.clone(), text.clone()).prop_map(move |(op, value)| compare(op, column("genre"), value)),
        (operator, 1970i32..2030).prop_map(move |(op, year)| {
            compare(op, column("release_date"), literal(Literal::Date(format!("{year}-06-09")), DataType::Date))
        }),
        vec(text, 1..4).prop_map(|list| expr(Node::In(Box::new(column("id")), list), DataType::Boolean)),
        "%?[a-z]{1,4}%?".prop_map(|p| expr(Node::Like(Box::new(column("name")), p), DataType::Boolean)),
        prop::sample::select(columns_of(|_| true))
            .prop_map(|name| expr(Node::IsNull(Box::new(column(name))), DataType::Boolean)),
        Just(column("explicit")),
        any::<bool>().prop_map(|b| literal(Literal::Boolean(b), DataType::Boolean)),
        whole.prop_map(move |divisor| {
            let quotient = Node::Binary(BinaryOp::Divide, Box::new(column("year")), Box::new(divisor.clone()));
            compare(BinaryOp::Greater, expr(quotient, DataType::Int), divisor)
        }),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|e| expr(Node::Not(Box::new(e)), DataType::Boolean)),
            (prop_oneof![Just(BinaryOp::And), Just(BinaryOp::Or)], inner.clone(), inner)
                .prop_map(|(op, a, b)| expr(Node::Binary(op, Box::new(a), Box::new(b)), DataType::Boolean)),
        ]
    })
    .boxed()
}

fn calculated() -> impl Strategy<Value = Vec<Calculated>> {
    let value = prop_oneof![
        condition(),
        condition().prop_map(|c| {
            let branch = (c, literal(Literal::String("it's".into()), DataType::String));
            expr(Node::Case(vec![branch], Box::new(column("genre"))), DataType::String)
        }),
        Just(expr(Node::Call(Function::Year, vec![column("release_date")]), DataType::Int)),
        Just(expr(
            Node::Binary(BinaryOp::Concat, Box::new(column("name")), Box::new(column("genre"))),
            DataType::String
        )),
    ];
    vec(value, 0..3).prop_map(|values| {
        values
            .into_iter()
            .enumerate()
            .map(|(i, expression)| Calculated { name: format!("made_{i}"), expression })
            .collect()
    })
}

fn measure() -> impl Strategy<Value = Measure> {
    let number = prop::sample::select(columns_of(DataType::is_number));
    let over_number = prop_oneof![
        Just(Aggregate::Sum),
        Just(Aggregate::Avg),
        Just(Aggregate::Min),
        Just(Aggregate::Max),
        Just(Aggregate::Median),
        Just(Aggregate::Stddev),
        (1u8..100).prop_map(Aggregate::Percentile),
    ];
    let counts = prop_oneof![Just(Aggregate::Count), Just(Aggregate::CountDistinct)];
    let instant = prop::sample::select(columns_of(|t| matches!(t, DataType::Date | DataType::Timestamp)));
    prop_oneof![
        Just((Aggregate::Count, None)),
        (over_number, number).prop_map(|(a, c)| (a, Some(c))),
        (counts, prop::sample::select(columns_of(|_| true))).prop_map(|(a, c)| (a, Some(c))),
        (prop_oneof![Just(Aggregate::Min), Just(Aggregate::Max)], instant).prop_map(|(a, c)| (a, Some(c))),
    ]
    .prop_flat_map(|(aggregate, name)| title().prop_map(move |title| measured(aggregate, name, &title)))
}

/// An aggregate of a column of [`COLUMNS`].
pub fn measured(aggregate: Aggregate, name: Option<&str>, title: &str) -> Measure {
    let own = name.map_or(DataType::Bigint, |name| column(name).data_type);
    let data_type = match aggregate {
        Aggregate::Count | Aggregate::CountDistinct => DataType::Bigint,
        Aggregate::Min | Aggregate::Max => own,
        Aggregate::Sum if matches!(own, DataType::Int | DataType::Bigint) => DataType::Bigint,
        _ => DataType::Double,
    };
    let text = format!("{aggregate:?}({})", name.unwrap_or("*")).to_lowercase();
    Measure { aggregate, column: name.map(Into::into), data_type, text, title: title.into() }
}

/// A group by a column of [`COLUMNS`].
pub fn grouped(name: &str, label: Option<&str>, granularity: Option<Granularity>, title: &str) -> Dimension {
    let data_type = column(name).data_type;
    let granularity = match data_type {
        DataType::Date | DataType::Timestamp => Some(granularity.unwrap_or(Granularity::Month)),
        _ => None,
    };
    Dimension { column: name.into(), data_type, label: label.map(Into::into), granularity, title: title.into() }
}

fn dimension() -> impl Strategy<Value = Dimension> {
    let granularity = prop::sample::select(vec![
        Granularity::Year,
        Granularity::Quarter,
        Granularity::Month,
        Granularity::Week,
        Granularity::Day,
        Granularity::Hour,
    ]);
    (prop::sample::select(columns_of(|_| true)), any::<bool>(), granularity, title())
        .prop_map(|(name, label, granularity, title)| grouped(name, label.then_some("name"), Some(granularity), &title))
}

fn order() -> impl Strategy<Value = Order> {
    (of(prop_oneof![Just(Direction::Asc), Just(Direction::Desc)]), of(1u32..500))
        .prop_map(|(by_value, limit)| Order { by_value, limit })
}

fn cartesian() -> impl Strategy<Value = Cartesian> {
    let line = (-1e6..1e6f64, of(title())).prop_map(|(value, label)| ReferenceLine { value, label });
    let paint = of("#[0-9a-f]{6}");
    (dimension(), vec(measure(), 1..4), of(dimension()), order(), vec(line, 0..3), any::<bool>(), paint).prop_map(
        |(category, mut values, color, order, reference_lines, horizontal, paint)| {
            if color.is_some() {
                values.truncate(1);
            }
            let paint = paint.filter(|_| color.is_none() && values.len() == 1);
            Cartesian { category, values, color, order, reference_lines, horizontal, paint }
        },
    )
}

fn slices() -> impl Strategy<Value = Slices> {
    (dimension(), measure(), order()).prop_map(|(category, value, order)| Slices { category, value, order })
}

/// Any chart.
pub fn chart() -> BoxedStrategy<Chart> {
    let number = prop::sample::select(columns_of(DataType::is_number));
    prop_oneof![
        (measure(), of(measure())).prop_map(|(value, compare)| Chart::Kpi { value, compare }),
        cartesian().prop_map(Chart::Bar),
        cartesian().prop_map(Chart::StackedBar),
        cartesian().prop_map(Chart::Line),
        cartesian().prop_map(Chart::Area),
        slices().prop_map(Chart::Pie),
        slices().prop_map(Chart::Donut),
        (dimension(), dimension(), measure(), order()).prop_map(|(rows, columns, value, order)| Chart::Heatmap {
            rows,
            columns,
            value,
            order
        }),
        (measure(), measure(), dimension(), of(dimension()), of(measure()), order())
            .prop_map(|(x, y, by, color, size, order)| Chart::Scatter { x, y, by, color, size, order }),
        (number, 1u32..100).prop_map(|(name, bins)| Chart::Histogram {
            column: name.into(),
            data_type: column(name).data_type,
            bins
        }),
        (vec(dimension(), 0..3), vec(measure(), 1..4), order()).prop_map(|(groups, values, order)| Chart::Table {
            groups,
            values,
            order
        }),
        (vec(dimension(), 1..3), vec(dimension(), 0..3), vec(measure(), 1..3))
            .prop_map(|(rows, columns, values)| Chart::PivotTable { rows, columns, values }),
        (measure(), of(measure()), -100f64..0.0, 1f64..100.0).prop_map(|(value, target, least, most)| Chart::Gauge {
            value,
            target,
            range: (least, most)
        }),
        (dimension(), measure(), of(measure()), order()).prop_map(|(group, size, color, order)| Chart::Treemap {
            groups: vec![group],
            size,
            color,
            order
        }),
    ]
    .boxed()
}

fn visual() -> impl Strategy<Value = Visual> {
    (0usize..3, title(), of(title()), of(condition()), chart(), 1u8..=12).prop_map(
        |(dataset, title, subtitle, filter, chart, width)| Visual {
            id: String::new(),
            dataset: format!("set_{dataset}"),
            title,
            subtitle,
            filter,
            chart,
            width,
        },
    )
}

fn filter() -> impl Strategy<Value = Filter> {
    let names = columns_of(|t| !matches!(t, DataType::Double | DataType::Decimal(..) | DataType::Timestamp));
    (0usize..3, prop::sample::select(names), title()).prop_map(|(dataset, name, title)| Filter {
        id: String::new(),
        dataset: format!("set_{dataset}"),
        column: name.into(),
        data_type: column(name).data_type,
        title,
    })
}

fn sheet() -> impl Strategy<Value = Sheet> {
    (title(), of(title()), vec(filter(), 0..3), vec(visual(), 1..5)).prop_map(
        |(title, description, filters, visuals)| Sheet { id: String::new(), title, description, filters, visuals },
    )
}

fn parameter() -> impl Strategy<Value = Parameter> {
    let values = prop_oneof![
        prop::collection::btree_set("[a-z']{1,5}", 1..4)
            .prop_map(|v| { v.into_iter().map(|t| literal(Literal::String(t), DataType::String)).collect::<Vec<_>>() }),
        prop::collection::btree_set(-9i64..9, 1..4)
            .prop_map(|v| v.into_iter().map(|i| literal(Literal::Integer(i), DataType::Int)).collect()),
        prop::collection::btree_set(-9i64..9, 1..4).prop_map(|v| {
            v.into_iter().map(|i| literal(Literal::Double(i as f64 / 4.0), DataType::Double)).collect()
        }),
        prop::collection::btree_set(1990i32..2030, 1..4).prop_map(|v| {
            v.into_iter().map(|y| literal(Literal::Date(format!("{y}-01-31")), DataType::Date)).collect()
        }),
    ];
    (title(), values, any::<prop::sample::Index>()).prop_map(|(title, values, default)| Parameter {
        name: String::new(),
        title,
        data_type: values[0].data_type.clone(),
        default: default.index(values.len()),
        values,
    })
}

fn dataset(index: usize, calculated: Vec<Calculated>) -> Dataset {
    let columns = COLUMNS.iter().map(|(name, data_type)| Column {
        name: (*name).into(),
        data_type: data_type.clone(),
        description: None,
    });
    Dataset {
        name: format!("set_{index}"),
        from: From::Table(format!("table_{index}")),
        import_mode: if index == 1 { ImportMode::DirectQuery } else { ImportMode::Spice },
        refresh: None,
        columns: columns.collect(),
        calculated,
    }
}

/// Arbitrary valid data sets with one dashboard over them.
pub fn dashboards() -> BoxedStrategy<Dashboards> {
    (vec(calculated(), 3), title(), vec(parameter(), 0..3), vec(sheet(), 1..4))
        .prop_map(|(calculated, title, mut parameters, mut sheets)| {
            for (index, parameter) in parameters.iter_mut().enumerate() {
                parameter.name = format!("choice_{index}");
            }
            number_ids(&mut sheets);
            let datasets = calculated.into_iter().enumerate().map(|(i, c)| dataset(i, c)).collect();
            Dashboards { datasets, dashboards: vec![board(title, parameters, sheets)] }
        })
        .boxed()
}

fn board(title: String, parameters: Vec<Parameter>, sheets: Vec<Sheet>) -> Dashboard {
    Dashboard { name: "board".into(), title, description: None, theme: Theme::Classic, parameters, sheets, raw: None }
}

fn number_ids(sheets: &mut [Sheet]) {
    for (s, sheet) in sheets.iter_mut().enumerate() {
        sheet.id = format!("sheet-{s}");
        for (f, filter) in sheet.filters.iter_mut().enumerate() {
            filter.id = format!("filter-{s}-{f}");
        }
        for (v, visual) in sheet.visuals.iter_mut().enumerate() {
            visual.id = format!("visual-{s}-{v}");
        }
    }
}

/// Every kind of chart, plain and with all it can have, by name.
pub fn every_chart() -> Vec<(&'static str, Chart)> {
    let plain = Order { by_value: None, limit: None };
    let top = Order { by_value: Some(Direction::Desc), limit: Some(10) };
    let count = || measured(Aggregate::Count, None, "Tracks");
    let average = || measured(Aggregate::Avg, Some("popularity"), "Average popularity");
    let last = || measured(Aggregate::Max, Some("release_date"), "Latest release");
    let artist = || grouped("id", Some("name"), None, "Artist");
    let genre = || grouped("genre", None, None, "Genre");
    let year = || grouped("year", None, None, "Year");
    let month = || grouped("release_date", None, Some(Granularity::Month), "Released");
    let flag = || grouped("explicit", None, None, "Explicit");
    let bars = |category, values: Vec<Measure>, color, order, full: bool| Cartesian {
        category,
        values,
        color,
        order,
        reference_lines: if full {
            vec![ReferenceLine { value: 50.0, label: Some("Goal".into()) }, ReferenceLine { value: -0.5, label: None }]
        } else {
            vec![]
        },
        horizontal: full,
        paint: full.then(|| "#1db954".into()),
    };
    let one = || bars(artist(), vec![average()], None, top, true);
    let several = || bars(month(), vec![count(), average()], None, plain, false);
    let colored = || bars(year(), vec![count()], Some(flag()), plain, false);
    let slices = |order| Slices { category: genre(), value: count(), order };
    let scatter = |color, size, order| Chart::Scatter { x: average(), y: count(), by: artist(), color, size, order };
    vec![
        ("kpi", Chart::Kpi { value: count(), compare: None }),
        ("kpi compared", Chart::Kpi { value: average(), compare: Some(count()) }),
        ("kpi of a date", Chart::Kpi { value: last(), compare: None }),
        ("bar", Chart::Bar(one())),
        ("bar of several", Chart::Bar(several())),
        ("bar coloured", Chart::Bar(colored())),
        ("stacked bar", Chart::StackedBar(colored())),
        ("line", Chart::Line(one())),
        ("line of several", Chart::Line(several())),
        ("line coloured", Chart::Line(colored())),
        ("area", Chart::Area(one())),
        ("area stacked", Chart::Area(several())),
        ("pie", Chart::Pie(slices(top))),
        ("donut", Chart::Donut(slices(plain))),
        ("heatmap", Chart::Heatmap { rows: genre(), columns: year(), value: average(), order: top }),
        ("heatmap plain", Chart::Heatmap { rows: month(), columns: flag(), value: count(), order: plain }),
        ("scatter", scatter(None, None, plain)),
        ("scatter full", scatter(Some(genre()), Some(count()), top)),
        ("scatter limited", scatter(None, None, Order { by_value: None, limit: Some(500) })),
        ("histogram", Chart::Histogram { column: "popularity".into(), data_type: DataType::Double, bins: 20 }),
        ("table", Chart::Table { groups: vec![artist(), month()], values: vec![count(), average()], order: top }),
        ("table of one row", Chart::Table { groups: vec![], values: vec![count()], order: plain }),
        (
            "pivot table",
            Chart::PivotTable {
                rows: vec![genre(), artist()],
                columns: vec![year()],
                values: vec![count(), average()],
            },
        ),
        ("gauge", Chart::Gauge { value: average(), target: Some(count()), range: (0.0, 100.0) }),
        ("treemap", Chart::Treemap { groups: vec![genre()], size: count(), color: Some(average()), order: top }),
    ]
}

/// A dashboard with [`every_chart`] on one sheet, each with a filter every other time, controls and parameters of every
/// type.
pub fn every_kind() -> Dashboards {
    let with_parameter = |name: &str| {
        let parameter = expr(Node::Column(format!(":{name}")), DataType::Int);
        expr(Node::Binary(BinaryOp::GreaterOrEqual, Box::new(column("year")), Box::new(parameter)), DataType::Boolean)
    };
    let visuals = every_chart().into_iter().enumerate().map(|(index, (name, chart))| Visual {
        id: String::new(),
        dataset: "set_0".into(),
        title: format!("A <{name}> & \"more\""),
        subtitle: (index % 3 == 0).then(|| format!("What a {name} shows")),
        filter: (index % 2 == 0).then(|| with_parameter("least_year")),
        chart,
        width: [3, 4, 6, 12][index % 4],
    });
    let filters = ["genre", "explicit", "year", "followers", "release_date"].map(|name| Filter {
        id: String::new(),
        dataset: "set_0".into(),
        column: name.into(),
        data_type: column(name).data_type,
        title: format!("By {name}"),
    });
    let parameter = |name: &str, values: Vec<Expr>| Parameter {
        name: name.into(),
        title: format!("The {name}"),
        data_type: values[0].data_type.clone(),
        values,
        default: 0,
    };
    let parameters = vec![
        parameter("least_year", [1990, 2000].map(|y| literal(Literal::Integer(y), DataType::Int)).into()),
        parameter("word", ["it's", "pop"].map(|t| literal(Literal::String(t.into()), DataType::String)).into()),
        parameter("share", [0.25, 1.0].map(|f| literal(Literal::Double(f), DataType::Double)).into()),
        parameter(
            "since",
            ["1969-12-31", "2015-06-09"].map(|d| literal(Literal::Date(d.into()), DataType::Date)).into(),
        ),
    ];
    let mut sheets = vec![Sheet {
        id: String::new(),
        title: "Everything".into(),
        description: Some("Each kind once".into()),
        filters: filters.into(),
        visuals: visuals.collect(),
    }];
    number_ids(&mut sheets);
    Dashboards { datasets: vec![dataset(0, vec![])], dashboards: vec![board("Every kind".into(), parameters, sheets)] }
}
