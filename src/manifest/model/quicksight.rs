//! `quicksight`: what is shown, as it is written; `dashboard` types it against the tables and queries.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::error::SourceText;
use crate::manifest::spanned::Spanned;

/// The whole section.
#[derive(Clone, Debug)]
pub struct Quicksight {
    /// Who sees the assets.
    pub principals: Principals,
    /// The Athena connection.
    pub data_source: DataSource,
    /// The region that QuickSight keeps its users in; the pipeline's own by default.
    pub identity_region: Option<Spanned<String>>,
    /// Data sets by name, in the manifest's order.
    pub datasets: IndexMap<Spanned<String>, Dataset>,
    /// Dashboards by name, in the manifest's order.
    pub dashboards: IndexMap<Spanned<String>, Dashboard>,
}

/// Users and groups: `user/default/lead@example.com`, `group/default/analysts`.
#[derive(Clone, Debug, Default)]
pub struct Principals {
    /// May change and share.
    pub owners: Vec<Spanned<String>>,
    /// May look.
    pub viewers: Vec<Spanned<String>>,
}

/// The Athena connection of QuickSight.
#[derive(Clone, Debug, Default)]
pub struct DataSource {
    /// The id of a data source that is used, not owned.
    pub existing: Option<Spanned<String>>,
    /// A role that QuickSight takes on for it, in place of the account's QuickSight service role.
    pub role_arn: Option<Spanned<String>>,
}

/// A data set over a table or a named query.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// What its rows come from.
    pub from: DatasetFrom,
    /// Where its rows lie.
    pub import_mode: ImportMode,
    /// When SPICE reads it anew by itself, or that it does not; `None`: after the pipeline's own schedule.
    pub refresh: Option<Spanned<Option<Refresh>>>,
    /// Types of columns that cannot be known from the query, or that are meant otherwise.
    pub columns: IndexMap<Spanned<String>, Spanned<String>>,
    /// Further columns by expression, in the portable dialect.
    pub calculated_fields: IndexMap<Spanned<String>, Spanned<String>>,
}

/// What a data set's rows come from.
#[derive(Clone, Debug)]
pub enum DatasetFrom {
    /// A table of this pipeline.
    Table(Spanned<String>),
    /// A name of `athena.queries`.
    Query(Spanned<String>),
}

/// Where a data set's rows lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportMode {
    /// In QuickSight's memory.
    #[default]
    Spice,
    /// In Athena; every view is a query.
    DirectQuery,
}

/// A refresh by itself, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refresh {
    /// Every hour.
    Hourly,
    /// Every day at hour, minute.
    Daily(u8, u8),
    /// Every week on a day, at hour, minute.
    Weekly(Weekday, u8, u8),
}

/// Days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "they are the days of the week")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A dashboard.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// Shown on top; the name by default.
    pub title: Option<String>,
    /// What it answers.
    pub description: Option<String>,
    /// Its colours.
    pub theme: Theme,
    /// Values that a viewer chooses.
    pub parameters: IndexMap<Spanned<String>, Parameter>,
    /// What stands on it.
    pub body: Body,
}

/// What stands on a dashboard.
#[derive(Clone, Debug)]
pub enum Body {
    /// Sheets of visuals, in order.
    Sheets(Vec<Sheet>),
    /// A definition in QuickSight's own words, from a JSON file; its data sets are named by ours.
    Definition(Definition),
}

/// A QuickSight definition as a file.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The file, relative to the manifest.
    pub file: Spanned<String>,
    /// Its text.
    pub text: Arc<SourceText>,
    /// The parsed text: a JSON object.
    pub json: serde_json::Value,
}

/// QuickSight's own themes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Light.
    #[default]
    Classic,
    /// Dark.
    Midnight,
    /// Light, blue and green.
    Seaside,
    /// Light, warm.
    Rainier,
}

/// A value that a viewer chooses, used in `where` as `:name`.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Shown beside the control; the name by default.
    pub title: Option<String>,
    /// Its type: string, int, double or date.
    pub data_type: Spanned<String>,
    /// What it can be, as written; at least one.
    pub values: Vec<Spanned<String>>,
    /// What it is at first; the first value by default.
    pub default: Option<Spanned<String>>,
}

/// A sheet: a page of visuals.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Shown as its tab.
    pub title: Spanned<String>,
    /// Shown under the title.
    pub description: Option<String>,
    /// Controls that narrow the sheet's visuals.
    pub filters: Vec<Spanned<Filter>>,
    /// In reading order.
    pub visuals: Vec<Spanned<Visual>>,
}

/// A control that narrows the visuals of its sheet that stand on its data set to one value of a column, or to all.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The data set.
    pub dataset: Spanned<String>,
    /// The column.
    pub column: Spanned<String>,
    /// Shown beside the control; the column by default.
    pub title: Option<String>,
}

/// A visual. Which of its fields a kind takes, and needs, is up to its reader.
#[derive(Clone, Debug)]
pub struct Visual {
    /// What it is drawn as.
    pub kind: VisualKind,
    /// The data set.
    pub dataset: Spanned<String>,
    /// Its title.
    pub title: Option<String>,
    /// Under the title.
    pub subtitle: Option<String>,
    /// Rows that count, in the portable dialect, over the data set's columns.
    pub filter: Option<Spanned<String>>,
    /// Groups by role: category, color, rows, columns, by, group. A table's columns stand here as well.
    pub groups: IndexMap<&'static str, Vec<Group>>,
    /// Measures by role: value, compare, x, y, size, shade, target.
    pub values: IndexMap<&'static str, Vec<Value>>,
    /// Order of the groups by the first value; by category when absent.
    pub sort: Option<Direction>,
    /// The most groups that are shown.
    pub limit: Option<Spanned<u32>>,
    /// Lines across a chart.
    pub reference_lines: Vec<ReferenceLine>,
    /// Bars lie.
    pub horizontal: bool,
    /// The number of a histogram's bins.
    pub bins: Option<Spanned<u32>>,
    /// The ends of a gauge.
    pub range: Option<(f64, f64)>,
    /// `#rrggbb`: the colour of a single series.
    pub paint: Option<Spanned<String>>,
    /// Twelfths of the page's width; by kind when absent.
    pub width: Option<Spanned<u32>>,
}

/// What a visual is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "they are the names of charts")]
pub enum VisualKind {
    Kpi,
    Bar,
    StackedBar,
    Line,
    Area,
    Pie,
    Donut,
    Heatmap,
    Scatter,
    Histogram,
    Table,
    PivotTable,
    Gauge,
    Treemap,
}

/// A column to group by, or to show.
#[derive(Clone, Debug)]
pub struct Group {
    /// The column.
    pub by: Spanned<String>,
    /// The column that is shown in its place; groups are still by `by`.
    pub label: Option<Spanned<String>>,
    /// How dates are rounded.
    pub granularity: Option<Spanned<Granularity>>,
    /// Shown on axes and in headers; from the column's name by default.
    pub title: Option<String>,
}

/// An aggregate to show.
#[derive(Clone, Debug)]
pub struct Value {
    /// As written: `count(*)`, `avg(track_popularity)`.
    pub text: Spanned<String>,
    /// Shown on axes and in legends; from the text by default.
    pub title: Option<String>,
}

/// How dates are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "they are the units of the calendar")]
pub enum Granularity {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
}

/// Up or down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Least first.
    Asc,
    /// Greatest first.
    Desc,
}

/// A line across a chart at a value.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ReferenceLine {
    /// Where.
    pub value: f64,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}
