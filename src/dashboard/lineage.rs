//! What queries, data sets and visuals are made of: the rest of the way from a source's column to a picture.

use std::collections::BTreeSet;

use super::model::{Chart, Dashboards, Dataset, Dimension, Measure, Sheet, Visual};
use crate::flow::document::Flow;
use crate::flow::lineage::{Lineage, Node};
use crate::flow::queries;
use crate::manifest::model::Manifest;
use crate::manifest::model::quicksight::DatasetFrom;

/// The whole pipeline's.
pub fn lineage(manifest: &Manifest, flow: &Flow, dashboards: &Dashboards) -> Lineage {
    let mut all = Lineage::of(flow);
    for (name, query) in &manifest.athena.queries {
        let read = queries::read(manifest, flow, query);
        let rows = read.iter().map(|(table, _)| Node::Rows(table.clone())).collect::<BTreeSet<_>>();
        let columns = read.into_iter().map(|(table, column)| Node::Table(table, column));
        all.add(Node::Query(name.value.clone()), columns.chain(rows));
    }
    for set in &dashboards.datasets {
        dataset(&mut all, manifest, flow, set);
    }
    for dashboard in &dashboards.dashboards {
        for sheet in &dashboard.sheets {
            for visual in &sheet.visuals {
                let node = Node::Visual(dashboard.title.clone(), sheet.title.clone(), visual.title.clone());
                let column = |name: String| Node::Dataset(visual.dataset.clone(), name);
                all.add(node, columns(sheet, visual).into_iter().map(column));
            }
        }
    }
    all
}

fn dataset(all: &mut Lineage, manifest: &Manifest, flow: &Flow, set: &Dataset) {
    let Some(written) = manifest.quicksight.as_ref().and_then(|section| section.datasets.get(set.name.as_str())) else {
        return;
    };
    let query = match &written.from {
        DatasetFrom::Table(_) => None,
        DatasetFrom::Query(name) => manifest.athena.queries.get_key_value(name.as_str()),
    };
    let outputs = query.and_then(|(_, query)| queries::outputs(manifest, flow, query)).unwrap_or_default();
    for column in &set.columns {
        let made_of: BTreeSet<Node> = match (&written.from, query) {
            (DatasetFrom::Table(table), _) => {
                BTreeSet::from([Node::Table(table.value.clone(), column.name.clone()), Node::Rows(table.value.clone())])
            }
            (_, Some((name, _))) => {
                let known = outputs.iter().find(|output| output.name == column.name);
                let origins = known.into_iter().flat_map(|output| output.origins.clone());
                let columns = origins.map(|(table, column)| Node::Table(table, column));
                columns.chain([Node::Query(name.value.clone())]).collect()
            }
            (_, None) => BTreeSet::new(),
        };
        all.add(Node::Dataset(set.name.clone(), column.name.clone()), made_of);
    }
    for calculated in &set.calculated {
        let read = calculated.expression.columns();
        let made_of = read.into_iter().map(|name| Node::Dataset(set.name.clone(), name.to_owned()));
        all.add(Node::Dataset(set.name.clone(), calculated.name.clone()), made_of);
    }
}

/// The columns of its data set that a visual reads, those of its sheet's controls included.
fn columns(sheet: &Sheet, visual: &Visual) -> BTreeSet<String> {
    let controls = sheet.filters.iter().filter(|filter| filter.dataset == visual.dataset);
    let mut found: BTreeSet<String> = controls.map(|filter| filter.column.clone()).collect();
    let filter = visual.filter.iter().flat_map(|filter| filter.columns());
    found.extend(filter.filter(|name| !name.starts_with(':')).map(str::to_owned));
    let (dimensions, measures) = parts(&visual.chart);
    for dimension in dimensions {
        found.insert(dimension.column.clone());
        found.extend(dimension.label.clone());
    }
    found.extend(measures.into_iter().filter_map(|measure| measure.column.clone()));
    if let Chart::Histogram { column, .. } = &visual.chart {
        found.insert(column.clone());
    }
    found
}

fn parts(chart: &Chart) -> (Vec<&Dimension>, Vec<&Measure>) {
    match chart {
        Chart::Kpi { value, compare } => (vec![], [value].into_iter().chain(compare).collect()),
        Chart::Bar(c) | Chart::StackedBar(c) | Chart::Line(c) | Chart::Area(c) => {
            ([&c.category].into_iter().chain(&c.color).collect(), c.values.iter().collect())
        }
        Chart::Pie(slices) | Chart::Donut(slices) => (vec![&slices.category], vec![&slices.value]),
        Chart::Heatmap { rows, columns, value, .. } => (vec![rows, columns], vec![value]),
        Chart::Scatter { x, y, by, color, size, .. } => {
            ([by].into_iter().chain(color).collect(), [x, y].into_iter().chain(size).collect())
        }
        Chart::Histogram { .. } => (vec![], vec![]),
        Chart::Table { groups, values, .. } => (groups.iter().collect(), values.iter().collect()),
        Chart::PivotTable { rows, columns, values } => (rows.iter().chain(columns).collect(), values.iter().collect()),
        Chart::Gauge { value, target, .. } => (vec![], [value].into_iter().chain(target).collect()),
        Chart::Treemap { groups, size, color, .. } => {
            (groups.iter().collect(), [size].into_iter().chain(color).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::compile::compile;
    use crate::flow::headers::LocalHeaders;
    use crate::manifest::{LoadOptions, load};

    #[test]
    fn the_flagship_is_followed_from_files_to_pictures() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("pipeline.yaml");
        let manifest = load(&path, &LoadOptions::default()).unwrap();
        let flow = crate::flow::compile::compile(&manifest, &LocalHeaders).unwrap();
        let dashboards = compile(&manifest, &flow).unwrap();
        let all = lineage(&manifest, &flow, &dashboards);
        let mut reached = BTreeSet::new();
        let mut open = vec![Node::Source("albums".into(), "release_date".into())];
        while let Some(node) = open.pop() {
            for user in all.used_by(&node) {
                if reached.insert(user.clone()) {
                    open.push(user.clone());
                }
            }
        }
        let count = |kind: &str| reached.iter().filter(|node| node.kind() == kind).count();
        assert!(reached.contains(&Node::Table("hits".into(), "release_year".into())), "{reached:?}");
        assert!(count("query") > 0 && count("dataset") > 1 && count("visual") > 0, "{reached:?}");
        // Every visual stands on columns, and every column of a table on something or on nothing at all.
        for node in all.nodes() {
            if let Node::Visual(..) = node {
                let counts_rows = all.made_of(node).count() == 0;
                assert!(!counts_rows || node.to_string().contains("Tracks"), "{node}");
            }
        }
    }
}
