//! Typed dashboards: every column is known to be there, every expression has a type. What `sql`, `definition` and `page`
//! are written from.

use serde::{Deserialize, Serialize};

use crate::flow::expr::Expr;
use crate::flow::types::DataType;
pub use crate::manifest::model::quicksight::{
    Direction, Granularity, ImportMode, ReferenceLine, Refresh, Theme, VisualKind,
};

/// All data sets and dashboards of a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dashboards {
    /// In the manifest's order.
    pub datasets: Vec<Dataset>,
    /// In the manifest's order.
    pub dashboards: Vec<Dashboard>,
}

impl Dashboards {
    /// The data set of that name.
    pub fn dataset(&self, name: &str) -> Option<&Dataset> {
        self.datasets.iter().find(|d| d.name == name)
    }
}

/// A data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    /// Its name in the manifest; in definitions its identifier.
    pub name: String,
    /// What its rows come from.
    pub from: From,
    /// Where its rows lie.
    pub import_mode: ImportMode,
    /// When SPICE reads it anew by itself.
    pub refresh: Option<Refresh>,
    /// The columns that Athena gives, in order.
    pub columns: Vec<Column>,
    /// Further columns, each an expression over `columns`, in order.
    pub calculated: Vec<Calculated>,
}

impl Dataset {
    /// The type of a column, given or calculated.
    pub fn data_type(&self, name: &str) -> Option<&DataType> {
        let given = self.columns.iter().find(|c| c.name == name).map(|c| &c.data_type);
        given.or_else(|| self.calculated.iter().find(|c| c.name == name).map(|c| &c.expression.data_type))
    }
}

/// What a data set's rows come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// A table of the catalog, prefix included.
    Table(String),
    /// The SQL of a named query, without a semicolon at its end.
    Query(String),
}

/// A column that Athena gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type; scalar.
    pub data_type: DataType,
    /// What it holds.
    pub description: Option<String>,
}

/// A calculated column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calculated {
    /// Its name, distinct from all columns.
    pub name: String,
    /// Over the given columns.
    pub expression: Expr,
}

/// A dashboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    /// Its name in the manifest.
    pub name: String,
    /// Shown on top.
    pub title: String,
    /// What it answers.
    pub description: Option<String>,
    /// Its colours.
    pub theme: Theme,
    /// Values that a viewer chooses.
    pub parameters: Vec<Parameter>,
    /// Sheets in order; empty when `raw` is there.
    pub sheets: Vec<Sheet>,
    /// A definition in QuickSight's own words; its `DataSetIdentifierDeclarations` name our data sets by `Identifier`
    /// and carry no ARN.
    pub raw: Option<serde_json::Value>,
}

/// A value that a viewer chooses. In expressions it stands as the column `:name`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Shown beside the control.
    pub title: String,
    /// string, int, double or date.
    pub data_type: DataType,
    /// What it can be: literals of that type, distinct, at least one.
    pub values: Vec<Expr>,
    /// What it is at first: one of `values`, by index.
    pub default: usize,
}

/// A page of visuals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// Distinct within the dashboard, `[a-z0-9-]+`; stays the same when visuals change.
    pub id: String,
    /// Shown as its tab.
    pub title: String,
    /// Shown under the title.
    pub description: Option<String>,
    /// Controls, in order.
    pub filters: Vec<Filter>,
    /// In reading order.
    pub visuals: Vec<Visual>,
}

/// A control that narrows the visuals of its sheet that stand on its data set to one value of a column, or to all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    /// Distinct within the dashboard, `[a-z0-9-]+`.
    pub id: String,
    /// The data set.
    pub dataset: String,
    /// The column; string, boolean, int, bigint or date.
    pub column: String,
    /// Its type.
    pub data_type: DataType,
    /// Shown beside the control.
    pub title: String,
}

/// A visual.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Visual {
    /// Distinct within the dashboard, `[a-z0-9-]+`.
    pub id: String,
    /// The data set.
    pub dataset: String,
    /// Shown above it; never empty.
    pub title: String,
    /// Under the title.
    pub subtitle: Option<String>,
    /// Boolean: rows for which it is true count. Over the data set's columns, calculated ones included, and the
    /// dashboard's parameters (`:name`).
    pub filter: Option<Expr>,
    /// What is drawn.
    pub chart: Chart,
    /// Twelfths of the page's width, 1 to 12.
    pub width: u8,
}

/// What is drawn. Groups come out in the order that `order` says, ties by group, NULL last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "there are few of them, and a box would stand in every match")]
pub enum Chart {
    /// One number.
    Kpi {
        /// The number.
        value: Measure,
        /// Another to hold it against.
        compare: Option<Measure>,
    },
    /// Bars.
    Bar(Cartesian),
    /// Bars on each other.
    StackedBar(Cartesian),
    /// Lines.
    Line(Cartesian),
    /// Filled lines, stacked when there are several.
    Area(Cartesian),
    /// Slices of a circle.
    Pie(Slices),
    /// Slices of a ring.
    Donut(Slices),
    /// A grid of colours.
    Heatmap {
        /// Down.
        rows: Dimension,
        /// Across.
        columns: Dimension,
        /// The colour.
        value: Measure,
        /// By value: the most rows that are shown, those with the greatest sum over all columns; else all.
        order: Order,
    },
    /// Points.
    Scatter {
        /// Across.
        x: Measure,
        /// Up.
        y: Measure,
        /// One point each.
        by: Dimension,
        /// One colour each.
        color: Option<Dimension>,
        /// The point's area.
        size: Option<Measure>,
        /// Which points, when there are too many: by `x` when sorted.
        order: Order,
    },
    /// Counts of rows by bins of equal width between least and greatest.
    Histogram {
        /// A number column.
        column: String,
        /// Its type.
        data_type: DataType,
        /// How many bins.
        bins: u32,
    },
    /// Rows of cells.
    Table {
        /// What rows are grouped by, in front; empty: one row in all.
        groups: Vec<Dimension>,
        /// Further cells.
        values: Vec<Measure>,
        /// By the first value, or by group.
        order: Order,
    },
    /// Cells by rows and columns.
    PivotTable {
        /// Down.
        rows: Vec<Dimension>,
        /// Across.
        columns: Vec<Dimension>,
        /// In the cells.
        values: Vec<Measure>,
    },
    /// A dial.
    Gauge {
        /// Where it points.
        value: Measure,
        /// A mark on it.
        target: Option<Measure>,
        /// Its ends.
        range: (f64, f64),
    },
    /// Boxes by size.
    Treemap {
        /// One box each; nested.
        groups: Vec<Dimension>,
        /// The area.
        size: Measure,
        /// The colour.
        color: Option<Measure>,
        /// Which boxes.
        order: Order,
    },
}

/// Bars, lines and areas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cartesian {
    /// Along the axis.
    pub category: Dimension,
    /// One series each; exactly one when `color` is there.
    pub values: Vec<Measure>,
    /// One series for each of its values.
    pub color: Option<Dimension>,
    /// Which categories, in which order: by the first value (with `color`: by its aggregate over all colours).
    pub order: Order,
    /// Lines across.
    pub reference_lines: Vec<ReferenceLine>,
    /// Bars lie.
    pub horizontal: bool,
    /// `#rrggbb` for a single series.
    pub paint: Option<String>,
}

/// Pies and donuts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slices {
    /// One slice each.
    pub category: Dimension,
    /// Its size.
    pub value: Measure,
    /// Which slices, in which order.
    pub order: Order,
}

/// Which groups are shown, in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// By the first value; `None`: by group, ascending.
    pub by_value: Option<Direction>,
    /// At most so many; the rest is left out, there is no "other".
    pub limit: Option<u32>,
}

/// A column to group by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dimension {
    /// The column whose values make the groups.
    pub column: String,
    /// Its type.
    pub data_type: DataType,
    /// The string column shown in its place: of each group the greatest.
    pub label: Option<String>,
    /// How dates and timestamps are rounded; always there for these, never for others.
    pub granularity: Option<Granularity>,
    /// Shown on axes and in headers.
    pub title: String,
}

/// An aggregate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What is done.
    pub aggregate: Aggregate,
    /// Over what; `None` only for `count(*)`.
    pub column: Option<String>,
    /// The type of the result.
    pub data_type: DataType,
    /// As written: `avg(track_popularity)`.
    pub text: String,
    /// Shown on axes and in legends: "Average track popularity".
    pub title: String,
}

/// Aggregates. All but `Count` over no column skip NULLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregate {
    /// `count(*)` without a column, else the values that are not NULL.
    Count,
    /// Distinct values.
    CountDistinct,
    /// bigint for ints, else double.
    Sum,
    /// double.
    Avg,
    /// The column's type.
    Min,
    /// The column's type.
    Max,
    /// double: the 50th percentile.
    Median,
    /// double: of the sample.
    Stddev,
    /// double: 1 to 99.
    Percentile(u8),
}
