//! What each kind of visual is made of.

use super::dashboards::dataset;
use super::datasets::{Sets, schema};
use super::roles::{column, dimension, is_call, measure};
use super::{Faults, words};
use crate::dashboard::model::{
    Cartesian, Chart, Column, Dataset, Dimension, Direction, Measure, Order, Parameter, Slices, Visual,
    VisualKind as Kind,
};
use crate::error::Error;
use crate::flow::expr::Expr;
use crate::flow::types::DataType;
use crate::flow::typing::{Scope, predicate};
use crate::manifest::model::quicksight::{self as written, Group, Value};
use crate::manifest::spanned::Spanned;

/// A histogram's bins when nothing is said.
const BINS: u32 = 20;

/// A visual; its id is not distinct yet. Without `parameters`, which failed, `where` is passed over.
pub fn compile(
    visual: &Spanned<written::Visual>,
    sets: &Sets,
    parameters: Option<&[Parameter]>,
) -> Result<Visual, Faults> {
    let set = dataset(&visual.dataset, sets)?;
    let mut parts = Parts { visual, set, faults: Faults::new() };
    let filter = parts.filter(parameters);
    let chart = parts.chart();
    if !parts.faults.is_empty() {
        return Err(parts.faults);
    }
    let chart = chart.ok_or_else(|| vec![Error::bug("a visual is missing without an error")])?;
    let title = visual.title.clone().unwrap_or_else(|| title(&chart));
    Ok(Visual {
        id: words::slug(&title),
        dataset: set.name.clone(),
        title,
        subtitle: visual.subtitle.clone(),
        filter,
        width: visual.width.as_ref().map_or_else(|| width(&chart), |width| width.value as u8),
        chart,
    })
}

struct Parts<'a> {
    visual: &'a written::Visual,
    set: &'a Dataset,
    faults: Faults,
}

impl Parts<'_> {
    fn kept<T>(&mut self, found: Result<T, Error>) -> Option<T> {
        found.map_err(|error| self.faults.push(error)).ok()
    }

    /// `where`, over all columns of the data set and the dashboard's parameters.
    fn filter(&mut self, parameters: Option<&[Parameter]>) -> Option<Expr> {
        let (text, parameters) = self.visual.filter.as_ref().zip(parameters)?;
        let column = |name: String, data_type: DataType| Column { name, data_type, description: None };
        let mut columns = self.set.columns.clone();
        columns.extend(self.set.calculated.iter().map(|c| column(c.name.clone(), c.expression.data_type.clone())));
        columns.extend(parameters.iter().map(|p| column(format!(":{}", p.name), p.data_type.clone())));
        self.kept(predicate(text, &Scope::new(&schema(&columns)), "`where`"))
    }

    fn groups(&mut self, role: &str) -> Vec<Dimension> {
        let written: &[Group] = self.visual.groups.get(role).map_or(&[], Vec::as_slice);
        written.iter().filter_map(|group| self.kept(dimension(group, self.set))).collect()
    }

    fn group(&mut self, role: &str) -> Option<Dimension> {
        self.groups(role).into_iter().next()
    }

    fn values(&mut self, role: &str) -> Vec<Measure> {
        let written: &[Value] = self.visual.values.get(role).map_or(&[], Vec::as_slice);
        written.iter().filter_map(|value| self.kept(measure(value, self.set))).collect()
    }

    /// A value that is drawn, and so a number.
    fn numbers(&mut self, role: &str) -> Vec<Measure> {
        let measures = self.values(role);
        let written: &[Value] = self.visual.values.get(role).map_or(&[], Vec::as_slice);
        for (measure, value) in measures.iter().zip(written) {
            if !measure.data_type.is_number() {
                let message = format!("`{}` is {}, which is not drawn", measure.text, measure.data_type);
                let error = Error::manifest("type-mismatch", message).at(value.text.place.clone());
                self.faults.push(error.with_expected("a number").with_help("a `kpi` or a `table` shows a date"));
            }
        }
        measures
    }

    fn number(&mut self, role: &str) -> Option<Measure> {
        self.numbers(role).into_iter().next()
    }

    fn order(&self) -> Order {
        Order { by_value: self.visual.sort, limit: self.visual.limit.as_ref().map(|limit| limit.value) }
    }

    /// Slices and boxes stand by size unless said otherwise.
    fn by_size(&self) -> Order {
        Order { by_value: self.visual.sort.or(Some(Direction::Desc)), ..self.order() }
    }

    // Every role is read before any is given up, so that all faults come out.
    fn chart(&mut self) -> Option<Chart> {
        match self.visual.kind {
            Kind::Kpi => {
                let (value, compare) = (self.values("value").into_iter().next(), self.number("compare"));
                Some(Chart::Kpi { value: value?, compare })
            }
            Kind::Bar => self.cartesian().map(Chart::Bar),
            Kind::StackedBar => self.cartesian().map(Chart::StackedBar),
            Kind::Line => self.cartesian().map(Chart::Line),
            Kind::Area => self.cartesian().map(Chart::Area),
            Kind::Pie => self.slices().map(Chart::Pie),
            Kind::Donut => self.slices().map(Chart::Donut),
            Kind::Heatmap => {
                let (rows, columns, value) = (self.group("rows"), self.group("columns"), self.number("value"));
                Some(Chart::Heatmap { rows: rows?, columns: columns?, value: value?, order: self.order() })
            }
            Kind::Scatter => {
                let (x, y, size) = (self.number("x"), self.number("y"), self.number("size"));
                let (by, color) = (self.group("by"), self.group("color"));
                Some(Chart::Scatter { x: x?, y: y?, by: by?, color, size, order: self.order() })
            }
            Kind::Histogram => self.histogram(),
            Kind::Table => self.table(),
            Kind::PivotTable => {
                let (rows, columns, values) = (self.groups("rows"), self.groups("columns"), self.values("values"));
                Some(Chart::PivotTable { rows, columns, values })
            }
            Kind::Gauge => {
                let (value, target) = (self.number("value"), self.number("target"));
                Some(Chart::Gauge { value: value?, target, range: self.visual.range? })
            }
            Kind::Treemap => {
                let (groups, size, color) = (self.groups("group"), self.number("size"), self.number("shade"));
                Some(Chart::Treemap { groups, size: size?, color, order: self.by_size() })
            }
        }
    }

    fn cartesian(&mut self) -> Option<Cartesian> {
        let (category, color, values) = (self.group("category"), self.group("color"), self.numbers("values"));
        Some(Cartesian {
            category: category?,
            values,
            color,
            order: self.order(),
            reference_lines: self.visual.reference_lines.clone(),
            horizontal: self.visual.horizontal,
            paint: self.visual.paint.as_ref().map(|paint| paint.value.to_lowercase()),
        })
    }

    fn slices(&mut self) -> Option<Slices> {
        let (category, value) = (self.group("category"), self.number("value"));
        Some(Slices { category: category?, value: value?, order: self.by_size() })
    }

    fn histogram(&mut self) -> Option<Chart> {
        let group = self.visual.groups.get("value")?.first()?;
        let found = column(&group.by, self.set).and_then(|(name, data_type)| match data_type.is_number() {
            true => Ok((name, data_type.clone())),
            false => Err(Error::manifest("type-mismatch", format!("`{name}` is {data_type}; bins are of numbers"))
                .at(group.by.place.clone())
                .with_expected("a number column")),
        });
        let (column, data_type) = self.kept(found)?;
        let bins = self.visual.bins.as_ref().map_or(BINS, |bins| bins.value);
        Some(Chart::Histogram { column, data_type, bins })
    }

    /// Columns, then measures: a table groups by what stands in front.
    fn table(&mut self) -> Option<Chart> {
        let (mut groups, mut values) = (Vec::new(), Vec::new());
        for cell in self.visual.groups.get("columns")? {
            if is_call(&cell.by) {
                let value = Value { text: cell.by.clone(), title: cell.title.clone() };
                values.extend(self.kept(measure(&value, self.set)));
            } else if values.is_empty() {
                groups.extend(self.kept(dimension(cell, self.set)));
            } else {
                let message = format!("column `{}` stands behind an aggregate", cell.by.value);
                let error = Error::manifest("not-applicable", message).at(cell.by.place.clone());
                self.faults.push(error.with_help("the columns that a table groups by stand in front"));
            }
        }
        Some(Chart::Table { groups, values, order: self.order() })
    }
}

fn width(chart: &Chart) -> u8 {
    match chart {
        Chart::Kpi { .. } | Chart::Gauge { .. } => 3,
        Chart::Pie(_) | Chart::Donut(_) => 4,
        Chart::Table { .. } | Chart::PivotTable { .. } => 12,
        _ => 6,
    }
}

/// What a visual shows, in words: its measures and what they are by.
fn title(chart: &Chart) -> String {
    let by = |value: &str, group: &Dimension| format!("{value} by {}", lower_first(&group.title));
    let first = |values: &[Measure]| values.first().map_or_else(|| "Rows".to_string(), |value| value.title.clone());
    match chart {
        Chart::Kpi { value, .. } | Chart::Gauge { value, .. } => value.title.clone(),
        Chart::Bar(c) | Chart::StackedBar(c) | Chart::Line(c) | Chart::Area(c) => by(&first(&c.values), &c.category),
        Chart::Pie(s) | Chart::Donut(s) => by(&s.value.title, &s.category),
        Chart::Heatmap { rows, columns, value, .. } => {
            format!("{} and {}", by(&value.title, rows), lower_first(&columns.title))
        }
        Chart::Scatter { x, y, .. } => format!("{} against {}", y.title, lower_first(&x.title)),
        Chart::Histogram { column, .. } => format!("Distribution of {}", lower_first(&words::title(column))),
        Chart::Table { groups, values, .. } => match (groups.first(), values.is_empty()) {
            (Some(group), false) => by(&first(values), group),
            (Some(group), true) => group.title.clone(),
            (None, _) => first(values),
        },
        Chart::PivotTable { rows, values, .. } => match rows.first() {
            Some(group) => by(&first(values), group),
            None => first(values),
        },
        Chart::Treemap { groups, size, .. } => match groups.first() {
            Some(group) => by(&size.title, group),
            None => size.title.clone(),
        },
    }
}

fn lower_first(title: &str) -> String {
    let mut chars = title.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
