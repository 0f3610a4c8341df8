//! What a visual's query must answer, by a plain fold over the rows: per combination of choices, groups, aggregates, ranks.

use std::collections::{BTreeMap, BTreeSet};

use super::plays::{Cell, Row, value};
use crate::dashboard::model::{
    Aggregate, Chart, Dashboard, Dimension, Direction, Granularity, Measure, Order, Sheet, Visual,
};
use crate::dashboard::sql::Shape;

/// Whether a row meets the visual's condition under the parameters' values (by index).
pub type Condition = fn(&Row, &[usize]) -> bool;

/// The result's rows, in order. `parameters` are those that the condition names.
pub fn expected(
    rows: &[Row],
    dashboard: &Dashboard,
    sheet: &Sheet,
    visual: &Visual,
    parameters: &[&str],
    condition: Condition,
) -> Vec<Vec<Cell>> {
    let mut combinations: Vec<(Vec<usize>, Vec<Option<Cell>>)> = vec![(Vec::new(), Vec::new())];
    for parameter in dashboard.parameters.iter().filter(|p| parameters.contains(&p.name.as_str())) {
        combinations = combinations
            .iter()
            .flat_map(|(p, f)| (0..parameter.values.len()).map(move |i| ([p.clone(), vec![i]].concat(), f.clone())))
            .collect();
    }
    let filters: Vec<_> = sheet.filters.iter().filter(|f| f.dataset == visual.dataset).collect();
    for filter in &filters {
        let values: BTreeSet<&Cell> =
            rows.iter().map(|r| value(r, &filter.column)).filter(|v| **v != Cell::Null).collect();
        let choices: Vec<Option<Cell>> =
            std::iter::once(None).chain(values.into_iter().map(|v| Some(v.clone()))).collect();
        combinations = combinations
            .iter()
            .flat_map(|(p, f)| choices.iter().map(move |c| (p.clone(), [f.clone(), vec![c.clone()]].concat())))
            .collect();
    }
    let mut found = Vec::new();
    for (p, f) in combinations {
        let chosen = |row: &&Row| {
            f.iter().zip(&filters).all(|(c, filter)| c.as_ref().is_none_or(|c| value(row, &filter.column) == c))
        };
        let subset: Vec<&Row> = rows.iter().filter(chosen).filter(|row| condition(row, &p)).collect();
        if subset.is_empty() && !(p.is_empty() && f.is_empty()) {
            continue;
        }
        let front: Vec<Cell> =
            p.iter().map(|i| Cell::Int(*i as i64)).chain(f.into_iter().map(|c| c.unwrap_or(Cell::Null))).collect();
        let cells = match &visual.chart {
            Chart::Histogram { column, bins, .. } => histogram(&subset, column, *bins),
            chart => grouped(&subset, chart),
        };
        found.extend(cells.into_iter().map(|row| [front.clone(), row].concat()));
    }
    found
}

fn group(row: &Row, dimension: &Dimension) -> Cell {
    match (value(row, &dimension.column), dimension.granularity) {
        (Cell::Text(day), Some(Granularity::Year)) => Cell::Text(format!("{}-01-01", &day[..4])),
        (Cell::Text(day), Some(Granularity::Month)) => Cell::Text(format!("{}-01", &day[..7])),
        (Cell::Text(day), Some(Granularity::Quarter)) => {
            let month: u32 = day[5..7].parse().unwrap();
            Cell::Text(format!("{}-{:02}-01", &day[..4], (month - 1) / 3 * 3 + 1))
        }
        (cell, _) => cell.clone(),
    }
}

pub fn aggregate(rows: &[&Row], measure: &Measure) -> Cell {
    let Some(column) = &measure.column else { return Cell::Int(rows.len() as i64) };
    let values: Vec<&Cell> = rows.iter().map(|r| value(r, column)).filter(|v| **v != Cell::Null).collect();
    let mut numbers: Vec<f64> = values.iter().filter_map(|v| v.number()).collect();
    let double = |of: Option<f64>| of.map_or(Cell::Null, Cell::Double);
    let mean = (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64);
    let mut percentile = |share: f64| {
        numbers.sort_by(f64::total_cmp);
        double(
            numbers
                .get(((share * numbers.len() as f64).floor() as usize).min(numbers.len().saturating_sub(1)))
                .copied(),
        )
    };
    match measure.aggregate {
        Aggregate::Count => Cell::Int(values.len() as i64),
        Aggregate::CountDistinct => Cell::Int(values.into_iter().collect::<BTreeSet<_>>().len() as i64),
        Aggregate::Sum if values.iter().any(|v| matches!(v, Cell::Int(_))) => {
            Cell::Int(numbers.iter().sum::<f64>() as i64)
        }
        Aggregate::Sum => double(mean.map(|_| numbers.iter().sum())),
        Aggregate::Avg => double(mean),
        Aggregate::Min => values.into_iter().min().cloned().unwrap_or(Cell::Null),
        Aggregate::Max => values.into_iter().max().cloned().unwrap_or(Cell::Null),
        Aggregate::Median => percentile(0.5),
        Aggregate::Percentile(p) => percentile(f64::from(p) / 100.0),
        Aggregate::Stddev => double(
            mean.filter(|_| numbers.len() > 1)
                .map(|m| (numbers.iter().map(|n| (n - m) * (n - m)).sum::<f64>() / (numbers.len() - 1) as f64).sqrt()),
        ),
    }
}

fn grouped(rows: &[&Row], chart: &Chart) -> Vec<Vec<Cell>> {
    let shape = Shape::of(chart);
    let dimensions: Vec<&Dimension> = shape.dimensions.iter().map(|(_, d)| *d).collect();
    let measures: Vec<&Measure> = shape.measures.iter().map(|(_, m)| *m).collect();
    if dimensions.is_empty() {
        return vec![measures.iter().map(|m| aggregate(rows, m)).collect()];
    }
    let mut groups: BTreeMap<Vec<Cell>, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(dimensions.iter().map(|d| group(row, d)).collect()).or_default().push(row);
    }
    // What is ranked, by what.
    let first = |rows: &[&Row]| aggregate(rows, measures[0]);
    let (ranked, order, by): (usize, Order, BTreeMap<Vec<Cell>, Cell>) = match chart {
        Chart::Bar(c) | Chart::StackedBar(c) | Chart::Line(c) | Chart::Area(c) => {
            let mut whole: BTreeMap<Vec<Cell>, Vec<&Row>> = BTreeMap::new();
            rows.iter().for_each(|row| whole.entry(vec![group(row, &c.category)]).or_default().push(row));
            (1, c.order, whole.into_iter().map(|(key, rows)| (key, first(&rows))).collect())
        }
        Chart::Heatmap { order, .. } => {
            let mut sums: BTreeMap<Vec<Cell>, Cell> = BTreeMap::new();
            for (key, rows) in &groups {
                let sum = sums.entry(key[..1].to_vec()).or_insert(Cell::Null);
                *sum = match (sum.number(), first(rows).number()) {
                    (Some(a), Some(b)) => Cell::Double(a + b),
                    (None, Some(b)) => Cell::Double(b),
                    _ => sum.clone(),
                };
            }
            let limit = order.limit.filter(|_| order.by_value.is_some());
            (1, Order { limit, ..*order }, sums)
        }
        Chart::Pie(s) | Chart::Donut(s) => {
            (1, s.order, groups.iter().map(|(k, rows)| (k.clone(), first(rows))).collect())
        }
        Chart::Scatter { order, .. } | Chart::Table { order, .. } | Chart::Treemap { order, .. } => {
            (dimensions.len(), *order, groups.iter().map(|(k, rows)| (k.clone(), first(rows))).collect())
        }
        _ => (
            dimensions.len(),
            Order { by_value: None, limit: None },
            groups.keys().map(|k| (k.clone(), Cell::Null)).collect(),
        ),
    };
    let mut ranks: Vec<(Vec<Cell>, Cell)> = by.into_iter().collect();
    if let Some(direction) = order.by_value {
        // Stable: ties stay by group. NULL is the greatest cell and stays last in both directions.
        ranks.sort_by(|(_, a), (_, b)| match direction {
            Direction::Asc => a.cmp(b),
            Direction::Desc if *a == Cell::Null || *b == Cell::Null => a.cmp(b),
            Direction::Desc => b.cmp(a),
        });
    }
    let shown = order.limit.map_or(ranks.len(), |limit| limit as usize).min(ranks.len());
    let mut found = Vec::new();
    for (key, _) in &ranks[..shown] {
        for (group, own) in groups.iter().filter(|(g, _)| g[..ranked] == key[..]) {
            let mut line = Vec::new();
            for (i, dimension) in dimensions.iter().enumerate() {
                line.push(group[i].clone());
                if let Some(label) = &dimension.label {
                    let alike = rows.iter().filter(|r| self::group(r, dimension) == group[i]);
                    line.push(
                        alike
                            .map(|r| value(r, label))
                            .filter(|v| **v != Cell::Null)
                            .max()
                            .cloned()
                            .unwrap_or(Cell::Null),
                    );
                }
            }
            line.extend(measures.iter().map(|m| aggregate(own, m)));
            found.push(line);
        }
    }
    found
}

fn histogram(rows: &[&Row], column: &str, bins: u32) -> Vec<Vec<Cell>> {
    let numbers: Vec<f64> = rows.iter().filter_map(|r| value(r, column).number()).collect();
    let (low, high) = numbers.iter().fold((f64::MAX, f64::MIN), |(l, h), n| (l.min(*n), h.max(*n)));
    let width = (high - low) / f64::from(bins);
    let mut counts: BTreeMap<u32, i64> = BTreeMap::new();
    for number in numbers {
        let bin = if high > low { ((number - low) / (high - low) * f64::from(bins)).floor() as u32 } else { 0 };
        *counts.entry(bin.min(bins - 1)).or_default() += 1;
    }
    let line = |(bin, count): (u32, i64)| {
        let (from, to) = (low + width * f64::from(bin), low + width * f64::from(bin + 1));
        vec![Cell::Int(i64::from(bin)), Cell::Double(from), Cell::Double(to), Cell::Int(count)]
    };
    counts.into_iter().map(line).collect()
}
