//! What is drawn, but for bars and lines.

use serde_json::{Map, Value, json};

use super::field::{Book, Field, labels, wells};
use super::{cartesian, filter, not_in_quicksight};
use crate::dashboard::model::{Chart, Dimension, Direction, Measure, Order, Sheet, Slices, Visual};
use crate::error::Result;

/// The `ItemsLimitConfiguration` of the first `limit` groups, with no "other".
pub fn items_limit(limit: u32) -> Value {
    json!({ "ItemsLimit": limit, "OtherCategories": "EXCLUDE" })
}

/// The `FieldSortOptions` of groups: by the first value, else by group.
pub fn order_of(order: &Order, value: Option<&Field>, group: &Field) -> Value {
    match (order.by_value, value) {
        (Some(direction), Some(value)) => value.sort(word(direction)),
        _ => group.sort("ASC"),
    }
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Asc => "ASC",
        Direction::Desc => "DESC",
    }
}

/// The member of `Visual` that draws `visual`, and its `ChartConfiguration`.
pub fn configuration(book: &mut Book<'_>, sheet: &Sheet, visual: &Visual) -> Result<(&'static str, Value)> {
    Ok(match &visual.chart {
        Chart::Kpi { value, compare } => ("KPIVisual", kpi(book, visual, value, compare.as_ref())?),
        Chart::Bar(chart) => ("BarChartVisual", cartesian::bars(book, visual, chart, false)?),
        Chart::StackedBar(chart) => ("BarChartVisual", cartesian::bars(book, visual, chart, true)?),
        Chart::Line(chart) => ("LineChartVisual", cartesian::lines(book, visual, chart, false)?),
        Chart::Area(chart) => ("LineChartVisual", cartesian::lines(book, visual, chart, true)?),
        Chart::Pie(slices) => ("PieChartVisual", pie(book, visual, slices, "WHOLE")?),
        Chart::Donut(slices) => ("PieChartVisual", pie(book, visual, slices, "MEDIUM")?),
        Chart::Heatmap { rows, columns, value, order } => {
            ("HeatMapVisual", heatmap(book, visual, rows, columns, value, order)?)
        }
        Chart::Scatter { .. } => ("ScatterPlotVisual", scatter(book, sheet, visual)?),
        Chart::Histogram { column, bins, .. } => ("HistogramVisual", histogram(book, visual, column, *bins)?),
        Chart::Table { groups, values, order } => ("TableVisual", table(book, sheet, visual, groups, values, order)?),
        Chart::PivotTable { rows, columns, values } => {
            ("PivotTableVisual", pivot(book, visual, rows, columns, values)?)
        }
        Chart::Gauge { value, target, range } => {
            ("GaugeChartVisual", gauge(book, visual, value, target.as_ref(), *range)?)
        }
        Chart::Treemap { groups, size, color, order } => {
            ("TreeMapVisual", treemap(book, visual, groups, size, color.as_ref(), order)?)
        }
    })
}

fn measures(book: &mut Book<'_>, visual: &Visual, role: &str, measures: &[Measure]) -> Result<Vec<Field>> {
    measures.iter().enumerate().map(|(index, m)| book.measure(visual, role, index, m)).collect()
}

fn dimensions(book: &mut Book<'_>, visual: &Visual, role: &str, groups: &[Dimension]) -> Result<Vec<Field>> {
    groups.iter().enumerate().map(|(index, group)| book.dimension(visual, role, index, group)).collect()
}

fn kpi(book: &mut Book<'_>, visual: &Visual, value: &Measure, compare: Option<&Measure>) -> Result<Value> {
    let value = book.measure(visual, "value", 0, value)?;
    let mut field_wells = json!({ "Values": wells([&value]) });
    if let Some(compare) = compare {
        field_wells["TargetValues"] = wells([&book.measure(visual, "compare", 0, compare)?]);
    }
    Ok(json!({ "FieldWells": field_wells, "KPIOptions": { "PrimaryValueDisplayType": "ACTUAL" } }))
}

fn pie(book: &mut Book<'_>, visual: &Visual, slices: &Slices, thickness: &str) -> Result<Value> {
    let category = book.dimension(visual, "category", 0, &slices.category)?;
    let value = book.measure(visual, "value", 0, &slices.value)?;
    let mut sort = json!({ "CategorySort": [order_of(&slices.order, Some(&value), &category)] });
    if let Some(limit) = slices.order.limit {
        sort["CategoryItemsLimit"] = items_limit(limit);
    }
    Ok(json!({
        "FieldWells": { "PieChartAggregatedFieldWells": {
            "Category": wells([&category]),
            "Values": wells([&value]),
        } },
        "SortConfiguration": sort,
        "DonutOptions": { "ArcOptions": { "ArcThickness": thickness } },
        "CategoryLabelOptions": labels([&category]),
        "ValueLabelOptions": labels([&value]),
    }))
}

fn heatmap(
    book: &mut Book<'_>,
    visual: &Visual,
    rows: &Dimension,
    columns: &Dimension,
    value: &Measure,
    order: &Order,
) -> Result<Value> {
    let rows = book.dimension(visual, "row", 0, rows)?;
    let columns = book.dimension(visual, "column", 0, columns)?;
    let value = book.measure(visual, "value", 0, value)?;
    let mut sort = json!({
        "HeatMapRowSort": [order_of(order, Some(&value), &rows)],
        "HeatMapColumnSort": [columns.sort("ASC")],
    });
    if let Some(limit) = order.limit {
        sort["HeatMapRowItemsLimitConfiguration"] = items_limit(limit);
    }
    Ok(json!({
        "FieldWells": { "HeatMapAggregatedFieldWells": {
            "Rows": wells([&rows]),
            "Columns": wells([&columns]),
            "Values": wells([&value]),
        } },
        "SortConfiguration": sort,
        "RowLabelOptions": labels([&rows]),
        "ColumnLabelOptions": labels([&columns]),
    }))
}

fn scatter(book: &mut Book<'_>, sheet: &Sheet, visual: &Visual) -> Result<Value> {
    let Chart::Scatter { x, y, by, color, size, order } = &visual.chart else {
        return Err(crate::error::Error::bug("not a scatter plot"));
    };
    let (x, y) = (book.measure(visual, "x", 0, x)?, book.measure(visual, "y", 0, y)?);
    let by = book.dimension(visual, "by", 0, by)?;
    let mut field_wells = json!({ "XAxis": wells([&x]), "YAxis": wells([&y]) });
    match color {
        // With a colour the points come from the label.
        Some(color) => {
            field_wells["Category"] = wells([&book.dimension(visual, "color", 0, color)?]);
            field_wells["Label"] = wells([&by]);
        }
        None => field_wells["Category"] = wells([&by]),
    }
    if let Some(size) = size {
        field_wells["Size"] = wells([&book.measure(visual, "size", 0, size)?]);
    }
    let mut configuration = json!({
        "FieldWells": { "ScatterPlotCategoricallyAggregatedFieldWells": field_wells },
        "XAxisLabelOptions": labels([&x]),
        "YAxisLabelOptions": labels([&y]),
    });
    // A scatter plot has a limit and no order: which points stay is said by a filter.
    match (order.by_value, order.limit) {
        (Some(direction), Some(limit)) => {
            let sort = [format!("{} {}", x.expression, word(direction)), format!("{} ASC", by.expression)];
            filter::first(book, sheet, visual, &sort, limit)?;
        }
        (None, Some(limit)) => {
            configuration["SortConfiguration"] = json!({ "ScatterPlotLimitConfiguration": items_limit(limit) });
        }
        _ => {}
    }
    Ok(configuration)
}

fn histogram(book: &mut Book<'_>, visual: &Visual, column: &str, bins: u32) -> Result<Value> {
    let value = book.number(visual, column)?;
    Ok(json!({
        "FieldWells": { "HistogramAggregatedFieldWells": { "Values": wells([&value]) } },
        "BinOptions": { "SelectedBinType": "BIN_COUNT", "BinCount": { "Value": bins } },
        "XAxisLabelOptions": labels([&value]),
    }))
}

fn table(
    book: &mut Book<'_>,
    sheet: &Sheet,
    visual: &Visual,
    groups: &[Dimension],
    values: &[Measure],
    order: &Order,
) -> Result<Value> {
    let groups = dimensions(book, visual, "group", groups)?;
    let values = measures(book, visual, "value", values)?;
    let by_value = order.by_value.zip(values.first());
    let sort: Vec<_> = by_value
        .map(|(direction, value)| value.sort(word(direction)))
        .into_iter()
        .chain(groups.iter().map(|group| group.sort("ASC")))
        .collect();
    // A table has no limit of its own.
    if let (Some(limit), false) = (order.limit, groups.is_empty()) {
        let places: Vec<_> = by_value
            .map(|(direction, value)| format!("{} {}", value.expression, word(direction)))
            .into_iter()
            .chain(groups.iter().map(|group| format!("{} ASC", group.expression)))
            .collect();
        filter::first(book, sheet, visual, &places, limit)?;
    }
    let mut field_wells = Map::new();
    if !groups.is_empty() {
        field_wells.insert("GroupBy".into(), wells(&groups));
    }
    if !values.is_empty() {
        field_wells.insert("Values".into(), wells(&values));
    }
    let mut configuration = json!({
        "FieldWells": { "TableAggregatedFieldWells": field_wells },
        "FieldOptions": { "SelectedFieldOptions": headers(groups.iter().chain(&values)) },
    });
    if !sort.is_empty() {
        configuration["SortConfiguration"] = json!({ "RowSort": sort });
    }
    Ok(configuration)
}

/// The `SelectedFieldOptions` that give columns their titles.
fn headers<'a>(fields: impl Iterator<Item = &'a Field>) -> Value {
    fields.map(|field| json!({ "FieldId": field.id, "CustomLabel": field.title })).collect()
}

fn pivot(
    book: &mut Book<'_>,
    visual: &Visual,
    rows: &[Dimension],
    columns: &[Dimension],
    values: &[Measure],
) -> Result<Value> {
    let rows = dimensions(book, visual, "row", rows)?;
    let columns = dimensions(book, visual, "column", columns)?;
    let values = measures(book, visual, "value", values)?;
    let mut field_wells = Map::new();
    for (name, fields) in [("Rows", &rows), ("Columns", &columns), ("Values", &values)] {
        if !fields.is_empty() {
            field_wells.insert(name.into(), wells(fields));
        }
    }
    let sort: Vec<_> = rows.iter().chain(&columns).map(Field::pivot_sort).collect();
    let mut configuration = json!({
        "FieldWells": { "PivotTableAggregatedFieldWells": field_wells },
        "FieldOptions": { "SelectedFieldOptions": headers(rows.iter().chain(&columns).chain(&values)) },
    });
    if !sort.is_empty() {
        configuration["SortConfiguration"] = json!({ "FieldSortOptions": sort });
    }
    Ok(configuration)
}

fn gauge(
    book: &mut Book<'_>,
    visual: &Visual,
    value: &Measure,
    target: Option<&Measure>,
    range: (f64, f64),
) -> Result<Value> {
    let value = book.measure(visual, "value", 0, value)?;
    let mut field_wells = json!({ "Values": wells([&value]) });
    if let Some(target) = target {
        field_wells["TargetValues"] = wells([&book.measure(visual, "target", 0, target)?]);
    }
    Ok(json!({
        "FieldWells": field_wells,
        "GaugeChartOptions": {
            "PrimaryValueDisplayType": "ACTUAL",
            "ArcAxis": { "Range": { "Min": range.0, "Max": range.1 } },
        },
    }))
}

fn treemap(
    book: &mut Book<'_>,
    visual: &Visual,
    groups: &[Dimension],
    size: &Measure,
    color: Option<&Measure>,
    order: &Order,
) -> Result<Value> {
    let [group] = groups else {
        return Err(not_in_quicksight(
            format!("a treemap of {} nested groups", groups.len()),
            "give it one group, or draw a pivot table; drilling down can be set up in a definition of QuickSight's own",
        ));
    };
    let group = book.dimension(visual, "group", 0, group)?;
    let size = book.measure(visual, "size", 0, size)?;
    let mut field_wells = json!({ "Groups": wells([&group]), "Sizes": wells([&size]) });
    let mut sort = json!({ "TreeMapSort": [order_of(order, Some(&size), &group)] });
    if let Some(limit) = order.limit {
        sort["TreeMapGroupItemsLimitConfiguration"] = items_limit(limit);
    }
    let color = color.map(|color| book.measure(visual, "color", 0, color)).transpose()?;
    if let Some(color) = &color {
        field_wells["Colors"] = wells([color]);
    }
    let mut configuration = json!({
        "FieldWells": { "TreeMapAggregatedFieldWells": field_wells },
        "SortConfiguration": sort,
        "GroupLabelOptions": labels([&group]),
        "SizeLabelOptions": labels([&size]),
    });
    if let Some(color) = &color {
        configuration["ColorLabelOptions"] = labels([color]);
    }
    Ok(configuration)
}
