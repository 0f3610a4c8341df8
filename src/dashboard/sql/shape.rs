//! A chart as what a query sees of it: dimensions and measures, in order.

use crate::dashboard::model::{Aggregate, Chart, Dimension, Measure};

/// The dimensions and measures of a chart, each with the part it plays.
#[derive(Clone, Debug, Default)]
pub struct Shape<'c> {
    /// What the rows are grouped by.
    pub dimensions: Vec<(&'static str, &'c Dimension)>,
    /// What is computed of each group.
    pub measures: Vec<(&'static str, &'c Measure)>,
}

impl<'c> Shape<'c> {
    /// The shape of a chart; a histogram has none, its only group is the bin.
    pub fn of(chart: &'c Chart) -> Self {
        let mut shape = Self::default();
        match chart {
            Chart::Kpi { value, compare } => {
                shape.measure("value", value);
                shape.optional("compare", compare.as_ref());
            }
            Chart::Bar(cartesian) | Chart::StackedBar(cartesian) | Chart::Line(cartesian) | Chart::Area(cartesian) => {
                shape.dimension("category", &cartesian.category);
                cartesian.color.iter().for_each(|color| shape.dimension("color", color));
                cartesian.values.iter().for_each(|value| shape.measure("value", value));
            }
            Chart::Pie(slices) | Chart::Donut(slices) => {
                shape.dimension("category", &slices.category);
                shape.measure("value", &slices.value);
            }
            Chart::Heatmap { rows, columns, value, .. } => {
                shape.dimension("rows", rows);
                shape.dimension("columns", columns);
                shape.measure("value", value);
            }
            Chart::Scatter { x, y, by, color, size, .. } => {
                shape.dimension("by", by);
                color.iter().for_each(|color| shape.dimension("color", color));
                shape.measure("x", x);
                shape.measure("y", y);
                shape.optional("size", size.as_ref());
            }
            Chart::Histogram { .. } => {}
            Chart::Table { groups, values, .. } => {
                groups.iter().for_each(|group| shape.dimension("group", group));
                values.iter().for_each(|value| shape.measure("value", value));
            }
            Chart::PivotTable { rows, columns, values } => {
                rows.iter().for_each(|row| shape.dimension("rows", row));
                columns.iter().for_each(|column| shape.dimension("columns", column));
                values.iter().for_each(|value| shape.measure("value", value));
            }
            Chart::Gauge { value, target, .. } => {
                shape.measure("value", value);
                shape.optional("target", target.as_ref());
            }
            Chart::Treemap { groups, size, color, .. } => {
                groups.iter().for_each(|group| shape.dimension("group", group));
                shape.measure("size", size);
                shape.optional("color", color.as_ref());
            }
        }
        shape
    }

    fn dimension(&mut self, part: &'static str, dimension: &'c Dimension) {
        self.dimensions.push((part, dimension));
    }

    fn measure(&mut self, part: &'static str, measure: &'c Measure) {
        self.measures.push((part, measure));
    }

    fn optional(&mut self, part: &'static str, measure: Option<&'c Measure>) {
        self.measures.extend(measure.map(|measure| (part, measure)));
    }
}

/// What an aggregate is over no rows: 0 for counts, else NULL.
pub fn over_nothing(aggregate: Aggregate) -> Option<&'static str> {
    matches!(aggregate, Aggregate::Count | Aggregate::CountDistinct).then_some("0")
}
