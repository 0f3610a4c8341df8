//! The query of a visual, put together.
//!
//! `source` -> `computed` (calculated columns) -> `facts` (the visual's condition; a row for each combination of choices)
//! -> `cells` (groups and aggregates) -> `totals` -> `ranked` (order and limit) -> the result.

use std::collections::BTreeSet;

use super::aggregate::{aggregate, group};
use super::choices::{Choices, MOST_ROWS};
use super::expression::{self, Names};
use super::histogram;
use super::ranking::{By, Ranking, partition};
use super::result::{ResultColumn, Role, VisualQuery};
use super::shape::Shape;
use super::source;
use crate::dashboard::model::{Chart, Dashboard, Dashboards, Dataset, Sheet, Visual};
use crate::error::{Error, Result};
use crate::flow::types::DataType;

/// The query of a visual on a sheet of a dashboard.
///
/// An error where the visual answers to more combinations of choices than a page carries, or where an expression has no
/// exact counterpart in Athena's SQL.
pub fn visual_query(
    dashboards: &Dashboards,
    dashboard: &Dashboard,
    sheet: &Sheet,
    visual: &Visual,
) -> Result<VisualQuery> {
    let dataset = dashboards.dataset(&visual.dataset);
    let dataset = dataset.ok_or_else(|| Error::bug(format!("there is no data set `{}`", visual.dataset)))?;
    let read = visual.filter.as_ref().map(|e| e.columns()).unwrap_or_default();
    let choices = Choices::of(dashboard, sheet, visual, &read)?;
    let mut columns = choices.columns();
    let combination: Vec<String> = columns.iter().map(|c| c.name.clone()).collect();

    let shape = Shape::of(&visual.chart);
    let mut tables = source::rows(dataset, &needed(visual, &shape, &choices, &read))?;
    tables.extend(choices.tables());
    tables.push(facts(visual, &shape, &choices, &combination)?);
    let query = match &visual.chart {
        Chart::Histogram { bins, .. } => {
            let (further, query) = histogram::query(*bins, &combination);
            tables.extend(further);
            columns.extend(histogram::columns());
            query
        }
        chart => {
            let grouped = Grouped::of(chart, &shape, dataset, &combination);
            tables.extend(grouped.tables());
            columns.extend(grouped.columns());
            grouped.query()
        }
    };
    // One row too many tells that there are too many.
    let sql = format!("WITH {}\n{query}\nLIMIT {}", tables.join(",\n"), MOST_ROWS + 1);
    Ok(VisualQuery { sql, columns })
}

/// The data set's columns that the query reads.
fn needed<'v>(
    visual: &'v Visual,
    shape: &Shape<'v>,
    choices: &Choices<'v>,
    read: &BTreeSet<&'v str>,
) -> BTreeSet<&'v str> {
    let mut needed: BTreeSet<&str> = read.iter().copied().filter(|name| !name.starts_with(':')).collect();
    for (_, dimension) in &shape.dimensions {
        needed.insert(&dimension.column);
        needed.extend(dimension.label.as_deref());
    }
    needed.extend(shape.measures.iter().filter_map(|(_, measure)| measure.column.as_deref()));
    needed.extend(choices.filters.iter().map(|filter| filter.column.as_str()));
    if let Chart::Histogram { column, .. } = &visual.chart {
        needed.insert(column);
    }
    needed
}

/// The rows that count, in columns `p`, `f` (the combination), `g` and `l` (groups and labels), `x` (what is aggregated).
fn facts(visual: &Visual, shape: &Shape<'_>, choices: &Choices<'_>, combination: &[String]) -> Result<String> {
    let parameters = choices.names();
    let names = Names { relation: "computed", parameters: &parameters };
    let mut columns = combination.to_vec();
    for (i, (_, dimension)) in shape.dimensions.iter().enumerate() {
        columns.push(format!("{} AS g{i}", group(dimension, &names.column(&dimension.column)).0));
        columns.extend(dimension.label.iter().map(|label| format!("{} AS l{i}", names.column(label))));
    }
    for (i, (_, measure)) in shape.measures.iter().enumerate() {
        columns.extend(measure.column.iter().map(|column| format!("{} AS x{i}", names.column(column))));
    }
    if let Chart::Histogram { column, .. } = &visual.chart {
        columns.push(format!("CAST({} AS double) AS x0", names.column(column)));
    }
    if columns.is_empty() {
        columns.push("1 AS present".to_string());
    }
    let condition = match &visual.filter {
        None => String::new(),
        Some(filter) => format!("\n  WHERE {}", expression::sql(filter, &names)?),
    };
    let from = choices.from()?.replace('\n', "\n  ");
    Ok(format!("facts AS (\n  SELECT {}\n  {from}{condition}\n)", columns.join(",\n    ")))
}

/// Groups and aggregates over `facts`.
struct Grouped<'v> {
    shape: &'v Shape<'v>,
    dataset: &'v Dataset,
    ranking: Ranking,
    combination: &'v [String],
}

impl<'v> Grouped<'v> {
    fn of(chart: &Chart, shape: &'v Shape<'v>, dataset: &'v Dataset, combination: &'v [String]) -> Self {
        Self { shape, dataset, ranking: Ranking::of(chart, shape.dimensions.len()), combination }
    }

    fn groups(&self) -> Vec<String> {
        (0..self.shape.dimensions.len()).map(|i| format!("g{i}")).collect()
    }

    /// The dimensions that have labels, by index.
    fn labelled(&self) -> impl Iterator<Item = usize> {
        let dimensions = self.shape.dimensions.iter().enumerate();
        dimensions.filter(|(_, (_, dimension))| dimension.label.is_some()).map(|(i, _)| i)
    }

    /// Whether each category is aggregated over all colours too.
    fn whole_categories(&self) -> bool {
        matches!(self.ranking.by, By::WholeCategory(_))
    }

    fn aggregates(&self) -> Vec<String> {
        let of = |(i, (_, measure)): (usize, &(&str, &crate::dashboard::model::Measure))| {
            let input = measure.column.as_ref().and_then(|column| self.dataset.data_type(column));
            format!("{} AS v{i}", aggregate(measure, &format!("x{i}"), input))
        };
        self.shape.measures.iter().enumerate().map(of).collect()
    }

    fn tables(&self) -> Vec<String> {
        if self.shape.dimensions.is_empty() {
            return Vec::new();
        }
        let labels: Vec<usize> = self.labelled().collect();
        let values: Vec<String> = (0..self.shape.measures.len()).map(|i| format!("v{i}")).collect();
        let mut keys = self.combination.to_vec();
        let mut from = "FROM facts".to_string();
        let mut max_labels: Vec<String> = labels.iter().map(|i| format!("max(l{i}) AS l{i}")).collect();
        if self.whole_categories() {
            // Every row twice: once under its colour, once under its category alone (`detail` = 0).
            keys.push("detail".into());
            keys.push("g0".into());
            keys.push("IF(detail = 1, g1) AS g1".into());
            from.push_str("\n  CROSS JOIN UNNEST(ARRAY[0, 1]) AS levels (detail)");
            max_labels = labels.iter().map(|i| format!("max(l{i}) AS l{i}")).collect();
        } else {
            keys.extend(self.groups());
        }
        let places = (1..=keys.len()).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
        let select = [keys.clone(), max_labels, self.aggregates()].concat().join(",\n    ");
        let mut tables = vec![format!("cells AS (\n  SELECT {select}\n  {from}\n  GROUP BY {places}\n)")];

        let own = [self.combination.to_vec(), self.groups()].concat();
        let mut ranked_from = "FROM cells";
        let total = match self.ranking.by {
            By::WholeCategory(_) => Some("max(IF(detail = 0, v0))"),
            By::SumOfCells(_) => Some("sum(v0)"),
            By::Group | By::Value(_) => None,
        };
        if let Some(total) = total {
            let mut kept = own.clone();
            kept.extend(labels.iter().map(|i| format!("l{i}")));
            kept.extend(values.clone());
            kept.extend(self.whole_categories().then(|| "detail".to_string()));
            let over = partition(&[self.combination, &["g0".to_string()]].concat());
            kept.push(format!("{total} OVER ({}) AS total", over.trim_end()));
            tables.push(format!("totals AS (\n  SELECT {}\n  FROM cells\n)", kept.join(",\n    ")));
            ranked_from = "FROM totals";
        }
        let mut kept = own;
        for i in labels {
            let over = partition(&[self.combination, &[format!("g{i}")]].concat());
            kept.push(format!("max(l{i}) OVER ({}) AS l{i}", over.trim_end()));
        }
        kept.extend(values);
        kept.push(format!("{} AS place", self.ranking.position(self.combination)));
        let only = if self.whole_categories() { "\n  WHERE detail = 1" } else { "" };
        tables.push(format!("ranked AS (\n  SELECT {}\n  {ranked_from}{only}\n)", kept.join(",\n    ")));
        tables
    }

    fn columns(&self) -> Vec<ResultColumn> {
        let mut columns = Vec::new();
        for (i, (_, dimension)) in self.shape.dimensions.iter().enumerate() {
            let data_type = group(dimension, "").1;
            columns.push(ResultColumn { name: format!("g{i}"), role: Role::Group(i), data_type });
            if dimension.label.is_some() {
                let role = Role::Label(i);
                columns.push(ResultColumn { name: format!("l{i}"), role, data_type: DataType::String });
            }
        }
        for (i, (_, measure)) in self.shape.measures.iter().enumerate() {
            let data_type = measure.data_type.clone();
            columns.push(ResultColumn { name: format!("v{i}"), role: Role::Value(i), data_type });
        }
        columns
    }

    fn query(&self) -> String {
        let first = |c: &String| format!("{c} ASC NULLS FIRST");
        let mut order: Vec<String> = self.combination.iter().map(first).collect();
        if self.shape.dimensions.is_empty() {
            let select = [self.combination.to_vec(), self.aggregates()].concat().join(",\n  ");
            let places = (1..=self.combination.len()).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
            return match self.combination.is_empty() {
                true => format!("SELECT {select}\nFROM facts"),
                false => format!("SELECT {select}\nFROM facts\nGROUP BY {places}\nORDER BY {}", order.join(", ")),
            };
        }
        let mut names = self.combination.to_vec();
        names.extend(self.columns().into_iter().map(|c| c.name));
        order.push("place".into());
        order.extend(self.groups().into_iter().skip(self.ranking.ranked).map(|g| format!("{g} ASC NULLS LAST")));
        let limit = self.ranking.limit.map(|limit| format!("\nWHERE place <= {limit}")).unwrap_or_default();
        format!("SELECT {}\nFROM ranked{limit}\nORDER BY {}", names.join(", "), order.join(", "))
    }
}
