//! Which groups are shown, in which order: positions within each combination, computed by window functions.

use crate::dashboard::model::{Chart, Direction, Order};

/// How a chart's groups are ordered and cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranking {
    /// How many of the dimensions, from the front, make what is ranked.
    pub ranked: usize,
    /// What a rank is by.
    pub by: By,
    /// The most ranks that are shown.
    pub limit: Option<u32>,
}

/// What a rank is by. Ties, and all of it where there is no value, by group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The groups.
    Group,
    /// The first measure of each group.
    Value(Direction),
    /// The first measure over all colours of the category.
    WholeCategory(Direction),
    /// The sum of the first measure over all columns of the row.
    SumOfCells(Direction),
}

impl Ranking {
    /// How that chart ranks its `dimensions`.
    pub fn of(chart: &Chart, dimensions: usize) -> Self {
        let plain = |order: &Order| Self {
            ranked: dimensions,
            by: order.by_value.map_or(By::Group, By::Value),
            limit: order.limit,
        };
        match chart {
            Chart::Bar(cartesian) | Chart::StackedBar(cartesian) | Chart::Line(cartesian) | Chart::Area(cartesian) => {
                match cartesian.color {
                    None => plain(&cartesian.order),
                    Some(_) => Self {
                        ranked: 1,
                        by: cartesian.order.by_value.map_or(By::Group, By::WholeCategory),
                        limit: cartesian.order.limit,
                    },
                }
            }
            Chart::Pie(slices) | Chart::Donut(slices) => plain(&slices.order),
            Chart::Heatmap { order, .. } => match order.by_value {
                Some(direction) => Self { ranked: 1, by: By::SumOfCells(direction), limit: order.limit },
                None => Self { ranked: 1, by: By::Group, limit: None },
            },
            Chart::Scatter { order, .. } | Chart::Table { order, .. } | Chart::Treemap { order, .. } => plain(order),
            Chart::Kpi { .. } | Chart::Gauge { .. } | Chart::PivotTable { .. } | Chart::Histogram { .. } => {
                Self { ranked: dimensions, by: By::Group, limit: None }
            }
        }
    }

    /// The expression of a group's position over the columns `total` or `v0` and `g0`, ..., within `combination`.
    pub fn position(&self, combination: &[String]) -> String {
        let mut keys = Vec::new();
        let (value, direction) = match self.by {
            By::Group => ("", None),
            By::Value(direction) => ("v0", Some(direction)),
            By::WholeCategory(direction) | By::SumOfCells(direction) => ("total", Some(direction)),
        };
        match direction {
            None => {}
            Some(Direction::Asc) => keys.push(format!("{value} ASC NULLS LAST")),
            Some(Direction::Desc) => keys.push(format!("{value} DESC NULLS LAST")),
        }
        keys.extend((0..self.ranked).map(|i| format!("g{i} ASC NULLS LAST")));
        // Cells of one category or row share its position.
        format!("dense_rank() OVER ({}ORDER BY {})", partition(combination), keys.join(", "))
    }
}

/// `PARTITION BY ... `, or nothing.
pub fn partition(columns: &[String]) -> String {
    if columns.is_empty() { String::new() } else { format!("PARTITION BY {} ", columns.join(", ")) }
}
