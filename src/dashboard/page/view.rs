//! What the page's script reads: the dashboard and its results as JSON.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::encode;
use super::head::Header;
use crate::dashboard::model::{Chart, Dashboard, Dimension, Filter, Measure, Order, Sheet, Visual};
use crate::dashboard::sql::choices::{MOST_ROWS, most_values, parameter_texts};
use crate::dashboard::sql::shape::over_nothing;
use crate::dashboard::sql::{ResultColumn, Shape, aggregate};

/// A dashboard with its results.
#[derive(Debug)]
pub struct Page<'p> {
    /// The dashboard.
    pub dashboard: &'p Dashboard,
    /// By the visual's id: the query's result, or in words why there is none.
    pub visuals: HashMap<String, Result<VisualResult, String>>,
    /// What the head says.
    pub header: Header,
}

/// A query's result.
#[derive(Clone, Debug)]
pub struct VisualResult {
    /// The query's columns, as [`crate::dashboard::sql::VisualQuery`] has them.
    pub columns: Vec<ResultColumn>,
    /// The rows, without Athena's header row; NULL is `None`.
    pub rows: Vec<Vec<Option<String>>>,
}

/// The embedded data.
pub fn data(page: &Page<'_>) -> Value {
    let dashboard = page.dashboard;
    let parameter = |p: &crate::dashboard::model::Parameter| {
        json!({
            "name": p.name, "title": p.title, "type": p.data_type, "values": parameter_texts(p), "default": p.default,
        })
    };
    json!({
        "parameters": dashboard.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "sheets": dashboard.sheets.iter().map(|sheet| self::sheet(page, sheet)).collect::<Vec<_>>(),
    })
}

fn sheet(page: &Page<'_>, sheet: &Sheet) -> Value {
    let filter = |f: &Filter| {
        let beside = sheet.filters.iter().filter(|other| other.dataset == f.dataset).count();
        json!({
            "id": f.id, "dataset": f.dataset, "column": f.column, "type": f.data_type, "title": f.title,
            "most": most_values(beside),
        })
    };
    json!({
        "id": sheet.id,
        "title": sheet.title,
        "description": sheet.description,
        "filters": sheet.filters.iter().map(filter).collect::<Vec<_>>(),
        "visuals": sheet.visuals.iter().map(|v| visual(v, page.visuals.get(&v.id))).collect::<Vec<_>>(),
    })
}

fn visual(visual: &Visual, result: Option<&Result<VisualResult, String>>) -> Value {
    let shape = Shape::of(&visual.chart);
    let mut json = json!({
        "id": visual.id, "title": visual.title, "subtitle": visual.subtitle, "width": visual.width,
        "dataset": visual.dataset, "lines": [], "columns": [],
        "dimensions": shape.dimensions.iter().map(|(part, d)| dimension(part, d)).collect::<Vec<_>>(),
        "measures": shape.measures.iter().map(|(part, m)| measure(part, m)).collect::<Vec<_>>(),
    });
    for (name, value) in chart(&visual.chart) {
        json[name] = value;
    }
    match result {
        None => json["error"] = "Its query was not run.".into(),
        Some(Err(error)) => json["error"] = error.as_str().into(),
        Some(Ok(result)) if result.rows.len() > MOST_ROWS => json["error"] = too_many_rows().into(),
        Some(Ok(result)) => {
            json["columns"] = json!(result.columns);
            json["rows"] = result.rows.len().into();
            let column = |(i, column): (usize, &ResultColumn)| {
                encode::column(result.rows.iter().map(|row| row.get(i).and_then(Option::as_deref)), &column.data_type)
            };
            json["data"] = result.columns.iter().enumerate().map(column).collect();
        }
    }
    json
}

fn too_many_rows() -> String {
    format!(
        "Its query has more than {MOST_ROWS} rows over all values of the filters and parameters. Give the visual a limit, or \
         put it on a sheet with fewer filters."
    )
}

fn dimension(part: &str, dimension: &Dimension) -> Value {
    json!({
        "part": part, "title": dimension.title, "column": dimension.column, "labelled": dimension.label.is_some(),
        "granularity": dimension.granularity, "type": aggregate::group(dimension, "").1,
    })
}

fn measure(part: &str, measure: &Measure) -> Value {
    json!({
        "part": part, "title": measure.title, "text": measure.text, "type": measure.data_type,
        "aggregate": measure.aggregate, "over_nothing": over_nothing(measure.aggregate),
    })
}

/// What a chart has besides dimensions and measures.
fn chart(chart: &Chart) -> Vec<(&'static str, Value)> {
    let sort = |order: &Order| ("sort", json!(order.by_value));
    let kind = |kind: &str| ("kind", Value::from(kind));
    match chart {
        Chart::Kpi { .. } => vec![kind("kpi")],
        Chart::Bar(c) | Chart::StackedBar(c) | Chart::Line(c) | Chart::Area(c) => {
            let name = match chart {
                Chart::Bar(_) => "bar",
                Chart::StackedBar(_) => "stacked_bar",
                Chart::Line(_) => "line",
                _ => "area",
            };
            let paint = ("paint", json!(c.paint));
            vec![
                kind(name),
                sort(&c.order),
                ("lines", json!(c.reference_lines)),
                ("horizontal", c.horizontal.into()),
                paint,
            ]
        }
        Chart::Pie(slices) => vec![kind("pie"), sort(&slices.order)],
        Chart::Donut(slices) => vec![kind("donut"), sort(&slices.order)],
        Chart::Heatmap { order, .. } => vec![kind("heatmap"), sort(order)],
        Chart::Scatter { order, .. } => vec![kind("scatter"), sort(order)],
        Chart::Histogram { column, data_type, bins } => {
            vec![kind("histogram"), ("column", json!(column)), ("column_type", json!(data_type)), ("bins", json!(bins))]
        }
        Chart::Table { order, .. } => vec![kind("table"), sort(order)],
        Chart::PivotTable { .. } => vec![kind("pivot_table")],
        Chart::Gauge { range, .. } => vec![kind("gauge"), ("range", json!([range.0, range.1]))],
        Chart::Treemap { order, .. } => vec![kind("treemap"), sort(order)],
    }
}
