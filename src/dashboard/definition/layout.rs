//! Where things stand on a sheet: QuickSight's grid of 36 columns.

use serde_json::{Value, json};

use super::names;
use crate::dashboard::model::{Chart, Visual};

/// Columns of the grid for a twelfth of the page.
const TWELFTH: u32 = 3;
const COLUMNS: u32 = 36;

/// The `Layouts` of a sheet: its visuals flow from left to right, a row is as high as its highest.
pub fn of_sheet(visuals: &[Visual]) -> Value {
    let mut elements = Vec::new();
    let (mut row, mut column, mut height) = (0, 0, 0);
    for visual in visuals {
        let width = u32::from(visual.width).clamp(1, 12) * TWELFTH;
        if column + width > COLUMNS {
            (row, column, height) = (row + height, 0, 0);
        }
        let rows = rows(&visual.chart);
        elements.push(json!({
            "ElementId": names::id(&[&visual.id]),
            "ElementType": "VISUAL",
            "ColumnIndex": column,
            "ColumnSpan": width,
            "RowIndex": row,
            "RowSpan": rows,
        }));
        column += width;
        height = height.max(rows);
    }
    let canvas = json!({ "ResizeOption": "FIXED", "OptimizedViewPortWidth": "1600px" });
    json!([{ "Configuration": { "GridLayout": {
        "Elements": elements,
        "CanvasSizeOptions": { "ScreenCanvasSizeOptions": canvas },
    } } }])
}

/// The `SheetControlLayouts`: the controls on top, in order, as (id, kind).
pub fn of_controls(controls: &[(String, &str)]) -> Value {
    let elements: Vec<_> = controls
        .iter()
        .map(|(id, kind)| json!({ "ElementId": id, "ElementType": kind, "ColumnSpan": 2, "RowSpan": 1 }))
        .collect();
    json!([{ "Configuration": { "GridLayout": { "Elements": elements } } }])
}

fn rows(chart: &Chart) -> u32 {
    match chart {
        Chart::Kpi { .. } => 5,
        Chart::Gauge { .. } => 9,
        Chart::Table { .. } | Chart::PivotTable { .. } => 14,
        _ => 12,
    }
}
