//! Visuals: which keys each kind takes stands in one table.

use indexmap::IndexMap;

use crate::error::Error;
use crate::manifest::model::quicksight::{
    Direction, Granularity, Group, ReferenceLine, Value, Visual, VisualKind as Kind,
};
use crate::manifest::read::{
    Fields, OneKey, Reader, boolean, choice, either, integer, list, number, one_key, pair, record, text_of, variant,
};
use crate::manifest::rules;
use crate::manifest::spanned::Spanned;

const DIRECTIONS: &[(&str, Direction)] = &[("asc", Direction::Asc), ("desc", Direction::Desc)];
const GRANULARITIES: &[(&str, Granularity)] = &[
    ("year", Granularity::Year),
    ("quarter", Granularity::Quarter),
    ("month", Granularity::Month),
    ("week", Granularity::Week),
    ("day", Granularity::Day),
    ("hour", Granularity::Hour),
];

/// Whether a role has to be filled, and by how many.
#[derive(Clone, Copy, PartialEq)]
enum Takes {
    One,
    Maybe,
    Some,
}

/// A role: its key, what it is for, how many it takes.
type Role = (&'static str, &'static str, Takes);

/// What a kind of visual takes, beside what all take.
struct Spec {
    kind: Kind,
    key: &'static str,
    doc: &'static str,
    groups: &'static [Role],
    values: &'static [Role],
    options: &'static [&'static str],
}

const CATEGORY: Role = ("category", "What stands along the axis: a column, or { by, label, granularity }.", Takes::One);
const COLOR: Role = ("color", "One series for each value of this column.", Takes::Maybe);
const SLICE: Role = ("category", "One slice for each value of this column.", Takes::One);
const SLICE_SIZE: Role = ("value", "The slice's size.", Takes::One);
/// `value`, or `values` in its place; the reader knows.
const VALUES: Role = ("values", "One series each: count(*) or agg(column).", Takes::Some);
const CARTESIAN: &[&str] = &["granularity", "sort", "limit", "reference_lines", "paint"];

const KINDS: &[Spec] = &[
    Spec {
        kind: Kind::Kpi,
        key: "kpi",
        doc: "One number.",
        groups: &[],
        values: &[
            ("value", "The number: count(*) or agg(column).", Takes::One),
            ("compare", "Another to hold it against.", Takes::Maybe),
        ],
        options: &[],
    },
    Spec {
        kind: Kind::Bar,
        key: "bar",
        doc: "Bars, one a group.",
        groups: &[CATEGORY, COLOR],
        values: &[VALUES],
        options: &["granularity", "sort", "limit", "reference_lines", "paint", "horizontal"],
    },
    Spec {
        kind: Kind::StackedBar,
        key: "stacked_bar",
        doc: "Bars on each other.",
        groups: &[CATEGORY, COLOR],
        values: &[VALUES],
        options: &["granularity", "sort", "limit", "reference_lines", "paint", "horizontal"],
    },
    Spec {
        kind: Kind::Line,
        key: "line",
        doc: "Lines through the groups.",
        groups: &[CATEGORY, COLOR],
        values: &[VALUES],
        options: CARTESIAN,
    },
    Spec {
        kind: Kind::Area,
        key: "area",
        doc: "Filled lines.",
        groups: &[CATEGORY, COLOR],
        values: &[VALUES],
        options: CARTESIAN,
    },
    Spec {
        kind: Kind::Pie,
        key: "pie",
        doc: "Slices of a circle.",
        groups: &[SLICE],
        values: &[SLICE_SIZE],
        options: &["granularity", "sort", "limit"],
    },
    Spec {
        kind: Kind::Donut,
        key: "donut",
        doc: "Slices of a ring.",
        groups: &[SLICE],
        values: &[SLICE_SIZE],
        options: &["granularity", "sort", "limit"],
    },
    Spec {
        kind: Kind::Heatmap,
        key: "heatmap",
        doc: "A grid of colours.",
        groups: &[("rows", "What goes down.", Takes::One), ("columns", "What goes across.", Takes::One)],
        values: &[("value", "The colour.", Takes::One)],
        options: &["sort", "limit"],
    },
    Spec {
        kind: Kind::Scatter,
        key: "scatter",
        doc: "Points.",
        groups: &[("by", "One point for each value of this column.", Takes::One), COLOR],
        values: &[
            ("x", "How far across.", Takes::One),
            ("y", "How far up.", Takes::One),
            ("size", "How large.", Takes::Maybe),
        ],
        options: &["sort", "limit"],
    },
    Spec {
        kind: Kind::Histogram,
        key: "histogram",
        doc: "How many rows have which value.",
        groups: &[("value", "The number column.", Takes::One)],
        values: &[],
        options: &["bins"],
    },
    Spec {
        kind: Kind::Table,
        key: "table",
        doc: "Rows of cells.",
        groups: &[("columns", "Columns to group by, and count(*) or agg(column).", Takes::Some)],
        values: &[],
        options: &["sort", "limit"],
    },
    Spec {
        kind: Kind::PivotTable,
        key: "pivot_table",
        doc: "Cells by rows and columns.",
        groups: &[("rows", "What goes down.", Takes::Some), ("columns", "What goes across.", Takes::Some)],
        values: &[VALUES],
        options: &[],
    },
    Spec {
        kind: Kind::Gauge,
        key: "gauge",
        doc: "A dial.",
        groups: &[],
        values: &[("value", "Where it points.", Takes::One), ("target", "A mark on it.", Takes::Maybe)],
        options: &["range"],
    },
    Spec {
        kind: Kind::Treemap,
        key: "treemap",
        doc: "Boxes by size.",
        groups: &[("group", "One box for each value; several are nested.", Takes::Some)],
        values: &[("size", "The box's area.", Takes::One), ("shade", "The box's colour.", Takes::Maybe)],
        options: &["sort", "limit"],
    },
];

/// One visual: a map whose one key is its kind.
pub fn visual() -> impl Reader<Out = Spanned<Visual>> {
    kinds().named("visual")
}

/// What stands under names in the schema, because it stands in many places.
pub fn definitions() -> [(&'static str, serde_json::Value); 3] {
    [("visual", kinds().schema()), ("group", any_group().schema()), ("measure", any_value().schema())]
}

fn kinds() -> OneKey<Visual> {
    one_key("a visual", KINDS.iter().map(|spec| variant(spec.key, spec.doc, body(spec))).collect())
}

fn body(spec: &'static Spec) -> impl Reader<Out = Visual> {
    record("this visual", move |m| {
        let dataset = m.required("dataset", "The data set that it shows.", text_of(&rules::ASSET).spanned());
        let title = m.optional("title", "Its title; from its measures by default.", text_of(&rules::TITLE));
        let subtitle = m.optional("subtitle", "Under the title.", text_of(&rules::TITLE));
        let filter = m.optional(
            "where",
            "Rows that count: a condition in the portable dialect over the data set's columns.",
            text_of(&rules::NOT_EMPTY).spanned(),
        );
        let width =
            m.optional("width", "Twelfths of the page's width; by kind when absent.", integer(1..=12).spanned());
        let groups = roles(m, spec.groups, group);
        let values = roles(m, spec.values, value);
        let options = options(m, spec.options);
        if spec.groups.iter().any(|(key, ..)| *key == "color") && m.given("color") {
            one_series(m, values.as_ref());
        }
        let (groups, values, options) = (groups?, values?, options?);
        Some(Visual {
            kind: spec.kind,
            dataset: dataset?,
            title: title?,
            subtitle: subtitle?,
            filter: filter?,
            groups: with_granularity(groups, options.granularity),
            values,
            sort: options.sort,
            limit: options.limit,
            reference_lines: options.reference_lines,
            horizontal: options.horizontal,
            bins: options.bins,
            range: options.range,
            paint: options.paint,
            width: width?,
        })
    })
}

/// A list of roles, each filled as often as it may be; empty where it was left out.
fn roles<R: Reader + 'static>(
    m: &mut Fields<'_>,
    roles: &'static [Role],
    reader: fn() -> R,
) -> Option<IndexMap<&'static str, Vec<R::Out>>> {
    let mut read = IndexMap::new();
    let mut whole = true;
    for (key, doc, takes) in roles {
        let filled = match takes {
            Takes::One => m.required(key, doc, reader()).map(|one| vec![one]),
            Takes::Maybe => m.optional(key, doc, reader()).map(|one| one.into_iter().collect()),
            Takes::Some if *key == "values" => {
                let several = m.optional("values", doc, list(reader()).not_empty());
                let one = m.optional("value", "A single series: count(*) or agg(column).", reader());
                m.exactly_one(&["value", "values"]);
                several.zip(one).and_then(|(several, one)| several.or(one.map(|one| vec![one])))
            }
            Takes::Some => m.required(key, doc, OneOrMore(reader)),
        };
        match filled {
            Some(filled) => drop(read.insert(*key, filled)),
            None => whole = false,
        }
    }
    whole.then_some(read)
}

/// A list, or what stands for a list of one.
struct OneOrMore<R>(fn() -> R);

impl<R: Reader> Reader for OneOrMore<R> {
    type Out = Vec<R::Out>;

    fn schema(&self) -> serde_json::Value {
        serde_json::json!({ "anyOf": [list(self.0()).not_empty().schema(), self.0().schema()] })
    }

    fn read(&self, node: &crate::manifest::node::Node, cx: &mut crate::manifest::cx::Cx) -> Option<Self::Out> {
        match node.value {
            crate::manifest::node::Value::List(_) => list(self.0()).not_empty().read(node, cx),
            _ => self.0().read(node, cx).map(|one| vec![one]),
        }
    }
}

fn group() -> impl Reader<Out = Group> {
    any_group().named("group")
}

fn any_group() -> impl Reader<Out = Group> {
    let name = || text_of(&rules::NOT_EMPTY).spanned();
    let short = name().map(|by| Group { by, label: None, granularity: None, title: None });
    let long = record("a group", move |m| {
        let by = m.required("by", "The column whose values make the groups.", name());
        let label = m.optional("label", "The column that is shown in its place.", name());
        let granularity = m.optional("granularity", "How dates are rounded.", choice(GRANULARITIES).spanned());
        let title = m.optional("title", "Shown on axes and in headers.", text_of(&rules::TITLE));
        Some(Group { by: by?, label: label?, granularity: granularity?, title: title? })
    });
    either(short, long)
}

fn value() -> impl Reader<Out = Value> {
    any_value().named("measure")
}

fn any_value() -> impl Reader<Out = Value> {
    let text = || text_of(&rules::NOT_EMPTY).spanned();
    let short = text().map(|text| Value { text, title: None });
    let long = record("a value", move |m| {
        let text = m.required("value", "count(*) or agg(column).", text());
        let title = m.optional("title", "Shown on axes and in legends.", text_of(&rules::TITLE));
        Some(Value { text: text?, title: title? })
    });
    either(short, long)
}

#[derive(Default)]
struct Options {
    granularity: Option<Spanned<Granularity>>,
    sort: Option<Direction>,
    limit: Option<Spanned<u32>>,
    reference_lines: Vec<ReferenceLine>,
    horizontal: bool,
    bins: Option<Spanned<u32>>,
    range: Option<(f64, f64)>,
    paint: Option<Spanned<String>>,
}

fn options(m: &mut Fields<'_>, takes: &'static [&'static str]) -> Option<Options> {
    let mut read = Options::default();
    let mut whole = true;
    for option in takes {
        let good = match *option {
            "granularity" => m
                .optional("granularity", "How the category's dates are rounded.", choice(GRANULARITIES).spanned())
                .map(|granularity| read.granularity = granularity)
                .is_some(),
            "sort" => m
                .optional("sort", "By the first value, up or down; by group when absent.", choice(DIRECTIONS))
                .map(|sort| read.sort = sort)
                .is_some(),
            "limit" => m
                .optional("limit", "The most groups that are shown.", integer(1..=10_000).spanned())
                .map(|limit| read.limit = limit)
                .is_some(),
            "reference_lines" => m
                .listed("reference_lines", "Lines across, at a value.", list(reference_line()))
                .map(|lines| read.reference_lines = lines)
                .is_some(),
            "paint" => m
                .optional("paint", "The colour of a single series, `#rrggbb`.", text_of(&rules::COLOUR).spanned())
                .map(|paint| read.paint = paint)
                .is_some(),
            "horizontal" => m
                .or("horizontal", "True: bars lie, and long names have room.", boolean(), "false")
                .map(|horizontal| read.horizontal = horizontal)
                .is_some(),
            "bins" => m
                .optional("bins", "How many bins; 20 by default.", integer(2..=500).spanned())
                .map(|bins| read.bins = bins)
                .is_some(),
            _ => range(m).map(|range| read.range = Some(range)).is_some(),
        };
        whole &= good;
    }
    whole.then_some(read)
}

fn range(m: &mut Fields<'_>) -> Option<(f64, f64)> {
    let range =
        m.required("range", "Its ends: [least, greatest].", pair(any_number(), "a list of two, `[least, greatest]`"))?;
    if range.0 < range.1 {
        return Some(range);
    }
    m.fault(
        Error::manifest("out-of-range", format!("{} is not below {}", range.0, range.1))
            .at(m.place("range"))
            .with_expected("[least, greatest]"),
    );
    None
}

fn reference_line() -> impl Reader<Out = ReferenceLine> {
    record("a reference line", |m| {
        let value = m.required("value", "Where.", any_number());
        let label = m.optional("label", "Its name.", text_of(&rules::TITLE));
        Some(ReferenceLine { value: value?, label: label? })
    })
}

fn any_number() -> impl Reader<Out = f64> {
    number(-1e15..=1e15)
}

/// `granularity` beside `category` is the category's.
fn with_granularity(
    mut groups: IndexMap<&'static str, Vec<Group>>,
    granularity: Option<Spanned<Granularity>>,
) -> IndexMap<&'static str, Vec<Group>> {
    if let Some(granularity) = granularity {
        for group in groups.get_mut("category").into_iter().flatten() {
            group.granularity.get_or_insert_with(|| granularity.clone());
        }
    }
    groups
}

fn one_series(m: &mut Fields<'_>, values: Option<&IndexMap<&'static str, Vec<Value>>>) {
    let Some(several) = values.and_then(|values| values.get("values")).filter(|values| values.len() > 1) else {
        return;
    };
    m.fault(
        Error::manifest("one-of", "`color` makes a series of each of its values, which takes a single measure")
            .at(several[1].text.place.clone())
            .with_help("remove `color`, or all values but one"),
    );
}
