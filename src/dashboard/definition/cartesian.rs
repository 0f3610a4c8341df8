//! Bars, lines and areas.

use serde_json::{Map, Value, json};

use super::chart::{items_limit, order_of};
use super::field::{Book, Field, labels, wells};
use crate::dashboard::model::{Cartesian, ReferenceLine, Visual};
use crate::error::Result;

/// The axes, their fields and their order.
struct Parts {
    category: Field,
    values: Vec<Field>,
    colors: Vec<Field>,
}

fn parts(book: &mut Book<'_>, visual: &Visual, chart: &Cartesian) -> Result<Parts> {
    let category = book.dimension(visual, "category", 0, &chart.category)?;
    let mut values = Vec::new();
    for (index, value) in chart.values.iter().enumerate() {
        values.push(book.measure(visual, "value", index, value)?);
    }
    let colors = chart.color.iter().map(|color| book.dimension(visual, "color", 0, color)).collect::<Result<_>>()?;
    Ok(Parts { category, values, colors })
}

impl Parts {
    fn wells(&self) -> Value {
        let mut wells_json = json!({ "Category": wells([&self.category]), "Values": wells(&self.values) });
        if !self.colors.is_empty() {
            wells_json["Colors"] = wells(&self.colors);
        }
        wells_json
    }
}

/// A `BarChartVisual`'s configuration.
pub fn bars(book: &mut Book<'_>, visual: &Visual, chart: &Cartesian, stacked: bool) -> Result<Value> {
    let parts = parts(book, visual, chart)?;
    let mut sort = Map::new();
    sort.insert("CategorySort".into(), json!([order_of(&chart.order, parts.values.first(), &parts.category)]));
    if let Some(limit) = chart.order.limit {
        sort.insert("CategoryItemsLimit".into(), items_limit(limit));
    }
    let mut configuration = json!({
        "FieldWells": { "BarChartAggregatedFieldWells": parts.wells() },
        "SortConfiguration": sort,
        "Orientation": if chart.horizontal { "HORIZONTAL" } else { "VERTICAL" },
        "BarsArrangement": if stacked { "STACKED" } else { "CLUSTERED" },
        "CategoryLabelOptions": labels([&parts.category]),
        "ValueLabelOptions": labels(&parts.values),
    });
    if !parts.colors.is_empty() {
        configuration["ColorLabelOptions"] = labels(&parts.colors);
    }
    finish(&mut configuration, chart);
    Ok(configuration)
}

/// A `LineChartVisual`'s configuration; `area` fills the lines, and stacks them when there are several.
pub fn lines(book: &mut Book<'_>, visual: &Visual, chart: &Cartesian, area: bool) -> Result<Value> {
    let parts = parts(book, visual, chart)?;
    let several = !parts.colors.is_empty() || parts.values.len() > 1;
    let mut sort = Map::new();
    sort.insert("CategorySort".into(), json!([order_of(&chart.order, parts.values.first(), &parts.category)]));
    if let Some(limit) = chart.order.limit {
        sort.insert("CategoryItemsLimitConfiguration".into(), items_limit(limit));
    }
    let kind = match (area, several) {
        (false, _) => "LINE",
        (true, false) => "AREA",
        (true, true) => "STACKED_AREA",
    };
    let mut configuration = json!({
        "FieldWells": { "LineChartAggregatedFieldWells": parts.wells() },
        "SortConfiguration": sort,
        "Type": kind,
        "XAxisLabelOptions": labels([&parts.category]),
        "PrimaryYAxisLabelOptions": labels(&parts.values),
    });
    finish(&mut configuration, chart);
    Ok(configuration)
}

fn finish(configuration: &mut Value, chart: &Cartesian) {
    if let Some(paint) = &chart.paint {
        // QuickSight takes capital digits only.
        configuration["VisualPalette"] = json!({ "ChartColor": paint.to_uppercase() });
    }
    if !chart.reference_lines.is_empty() {
        configuration["ReferenceLines"] = chart.reference_lines.iter().map(reference_line).collect();
    }
}

fn reference_line(line: &ReferenceLine) -> Value {
    let mut json = json!({
        "Status": "ENABLED",
        "DataConfiguration": { "StaticConfiguration": { "Value": line.value }, "AxisBinding": "PRIMARY_YAXIS" },
    });
    if let Some(label) = line.label.as_ref().filter(|label| !label.trim().is_empty()) {
        json["LabelConfiguration"] = json!({ "CustomLabelConfiguration": { "CustomLabel": label } });
    }
    json
}
