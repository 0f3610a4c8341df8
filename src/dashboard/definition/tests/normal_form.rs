//! The normal form: what QuickSight does to a definition is no change, what a person does is one.

use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value, json};

use super::whole::written;
use crate::dashboard::definition::normalise;
use crate::dashboard::model::{Aggregate, Chart, Dashboards, Direction, ReferenceLine, Sheet};
use crate::dashboard::testing;

/// Lists that come back in any order; named here anew, so that the code's own list is held to something.
const SHUFFLED: [&str; 13] = [
    "DataSetIdentifierDeclarations",
    "CalculatedFields",
    "ParameterDeclarations",
    "FilterGroups",
    "Filters",
    "SheetVisualScopingConfigurations",
    "VisualIds",
    "ParameterControls",
    "FilterControls",
    "Visuals",
    "AxisLabelOptions",
    "SelectedFieldOptions",
    "ColumnConfigurations",
];

/// What QuickSight gives back for `definition`, when `rng` decides what it fills in and how it orders.
fn given_back(definition: &Value, rng: &mut impl Rng) -> Value {
    let mut value = definition.clone();
    fill(&mut value, "", rng);
    let members = value.as_object_mut().unwrap();
    for name in ["CalculatedFields", "ParameterDeclarations", "FilterGroups", "ColumnConfigurations", "StaticFiles"] {
        missing(members, name, json!([]), rng);
    }
    let canvas = json!({ "ResizeOption": "FIXED", "OptimizedViewPortWidth": "1600px" });
    let grid = json!({ "CanvasSizeOptions": { "ScreenCanvasSizeOptions": canvas } });
    let sheet = json!({ "InteractiveLayoutConfiguration": { "Grid": grid }, "SheetContentType": "INTERACTIVE" });
    missing(members, "AnalysisDefaults", json!({ "DefaultNewSheetConfiguration": sheet }), rng);
    value
}

/// Puts `value` under `name` if nothing is there, at times.
fn missing(members: &mut Map<String, Value>, name: &str, value: Value, rng: &mut impl Rng) {
    if !members.contains_key(name) && rng.random_bool(0.7) {
        members.insert(name.into(), value);
    }
}

fn fill(value: &mut Value, name: &str, rng: &mut impl Rng) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(|item| fill(item, name, rng));
            if SHUFFLED.contains(&name) {
                items.shuffle(rng);
            }
        }
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                fill(member, &name.clone(), rng);
            }
            filled_object(members, name, rng);
        }
        Value::Number(number) if rng.random_bool(0.5) => {
            if let Some(i) = number.as_i64().filter(|i| i.abs() < 1 << 50) {
                *value = json!(i as f64);
            }
        }
        Value::String(text) if text.starts_with("<visual-title>") && rng.random_bool(0.5) => {
            *text =
                text.replace("<visual-title>", "<visual-title>\n  ").replace("</visual-title>", "\n</visual-title>");
        }
        Value::String(text) if text.contains("&amp;") => *text = text.replace('"', "&quot;").replace('\'', "&apos;"),
        _ => {}
    }
}

/// As the console's and the API's definitions have it.
fn filled_object(members: &mut Map<String, Value>, name: &str, rng: &mut impl Rng) {
    let visible = || json!({ "Visibility": "VISIBLE" });
    if members.contains_key("VisualId") {
        missing(members, "Subtitle", visible(), rng);
        missing(members, "Actions", json!([]), rng);
        missing(members, "ColumnHierarchies", json!([]), rng);
        missing(members, "ConditionalFormatting", Value::Null, rng);
        default_tooltip(members, name, rng);
    }
    match name {
        "ChartConfiguration" => {
            missing(members, "Legend", json!({ "Visibility": "VISIBLE", "Title": {} }), rng);
            missing(members, "VisualPalette", json!({ "ColorMap": [] }), rng);
            let menu = json!({ "AvailabilityStatus": "ENABLED" });
            missing(members, "Interactions", json!({ "VisualMenuOption": menu, "ContextMenuOption": menu }), rng);
        }
        "SortConfiguration" => {
            missing(members, "SmallMultiplesLimitConfiguration", json!({ "OtherCategories": "INCLUDE" }), rng);
            missing(members, "ColorItemsLimit", json!({ "OtherCategories": "INCLUDE" }), rng);
        }
        "CategoryLabelOptions" | "ValueLabelOptions" | "XAxisLabelOptions" => {
            missing(members, "Visibility", json!("VISIBLE"), rng);
            missing(members, "SortIconVisibility", json!("VISIBLE"), rng);
        }
        "BarChartAggregatedFieldWells" | "LineChartAggregatedFieldWells" => {
            missing(members, "Colors", json!([]), rng);
            missing(members, "SmallMultiples", json!([]), rng);
        }
        "FieldOptions" => missing(members, "Order", json!([]), rng),
        "SelectedFieldOptions" => missing(members, "Visibility", json!("VISIBLE"), rng),
        "Dropdown" => {
            missing(members, "CommitMode", json!("AUTO"), rng);
            missing(members, "ControlTitleFormatText", Value::Null, rng);
        }
        "DisplayOptions" => {
            missing(members, "SelectAllOptions", visible(), rng);
            missing(members, "InfoIconLabelOptions", json!({ "Visibility": "HIDDEN" }), rng);
        }
        "TitleOptions" => missing(members, "FontConfiguration", json!({ "FontSize": { "Relative": "MEDIUM" } }), rng),
        "StringParameterDeclaration" | "IntegerParameterDeclaration" => {
            missing(members, "MappedDataSetParameters", json!([]), rng);
            missing(members, "ValueWhenUnset", json!({ "ValueWhenUnsetOption": "RECOMMENDED" }), rng);
        }
        "NumericRangeFilter" => missing(members, "IncludeMinimum", json!(false), rng),
        "Options" => missing(members, "Timezone", json!("UTC"), rng),
        _ => {}
    }
}

fn default_tooltip(visual: &mut Map<String, Value>, name: &str, rng: &mut impl Rng) {
    let Some(configuration) = visual.get_mut("ChartConfiguration").and_then(Value::as_object_mut) else { return };
    let mut ids = Vec::new();
    collect(&configuration["FieldWells"], &mut ids);
    ids.shuffle(rng);
    let fields: Vec<_> =
        ids.iter().map(|id| json!({ "FieldTooltipItem": { "FieldId": id, "Visibility": "VISIBLE" } })).collect();
    let member = if name == "GaugeChartVisual" { "TooltipOptions" } else { "Tooltip" };
    let by_field =
        json!({ "AggregationVisibility": "HIDDEN", "TooltipTitleType": "PRIMARY_VALUE", "TooltipFields": fields });
    let tooltip =
        json!({ "TooltipVisibility": "VISIBLE", "SelectedTooltipType": "DETAILED", "FieldBasedTooltip": by_field });
    missing(configuration, member, tooltip, rng);
    let shown = if name == "PieChartVisual" { "VISIBLE" } else { "HIDDEN" };
    if ["PieChartVisual", "BarChartVisual", "LineChartVisual"].contains(&name) {
        missing(configuration, "DataLabels", json!({ "Visibility": shown, "Overlap": "DISABLE_OVERLAP" }), rng);
    }
}

fn collect(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, member)| match member {
            Value::String(id) if name == "FieldId" => into.push(id.clone()),
            member => collect(member, into),
        }),
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        _ => {}
    }
}

/// A change that a person can make, by number; false when this dashboard has nothing of the kind.
fn changed(dashboards: &mut Dashboards, which: usize) -> bool {
    let dashboard = &mut dashboards.dashboards[0];
    let more = |text: &mut String| {
        text.push('x');
        true
    };
    let sheet: &mut Sheet = dashboard.sheets.last_mut().unwrap();
    match which {
        0 => return more(&mut sheet.title),
        1 => {
            sheet.description = match &sheet.description {
                Some(_) => None,
                None => Some("new".into()),
            };
            return true;
        }
        2 => return sheet.filters.last_mut().is_some_and(|filter| more(&mut filter.title)),
        3 => return sheet.filters.pop().is_some(),
        4 => {
            return dashboard.parameters.last_mut().is_some_and(|parameter| {
                let others = parameter.values.len() > 1;
                parameter.default = (parameter.default + 1) % parameter.values.len();
                others
            });
        }
        5 => return dashboard.parameters.pop().is_some(),
        _ => {}
    }
    let visual = sheet.visuals.last_mut().unwrap();
    match which {
        6 => return more(&mut visual.title),
        7 => {
            visual.subtitle = match &visual.subtitle {
                Some(_) => None,
                None => Some("new".into()),
            };
            return true;
        }
        8 => {
            visual.filter = match &visual.filter {
                Some(_) => None,
                None => Some(testing::every_kind().dashboards[0].sheets[0].visuals[0].filter.clone().unwrap()),
            };
            return true;
        }
        9 => {
            visual.width = if visual.width == 12 { 1 } else { visual.width + 1 };
            return true;
        }
        10 => {
            visual.dataset = if visual.dataset == "set_0" { "set_1" } else { "set_0" }.into();
            return true;
        }
        _ => {}
    }
    match &mut visual.chart {
        Chart::Bar(c) | Chart::StackedBar(c) | Chart::Line(c) | Chart::Area(c) => match which {
            11 => c.paint = if c.paint.is_some() { None } else { Some("#1db954".into()) },
            12 => c.order.limit = Some(c.order.limit.map_or(5, |limit| limit + 1)),
            13 => c.order.by_value = if c.order.by_value.is_some() { None } else { Some(Direction::Desc) },
            14 => return more(&mut c.category.title),
            15 => c.values[0] = testing::measured(Aggregate::Sum, Some("price"), "Another"),
            16 => c.reference_lines.push(ReferenceLine { value: 0.5, label: None }),
            _ => return false,
        },
        Chart::Histogram { bins, .. } => match which {
            11 => *bins += 1,
            _ => return false,
        },
        Chart::Gauge { range, .. } => match which {
            11 => range.1 += 1.0,
            _ => return false,
        },
        Chart::Table { values, .. } if values.len() > 1 && which == 11 => values.rotate_left(1),
        _ => return false,
    }
    true
}

const CHANGES: usize = 17;

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn what_quicksight_gives_back_is_no_change(dashboards in testing::dashboards(), seed: u64) {
        let sent = written(&dashboards);
        let back = given_back(&sent, &mut rand::rngs::StdRng::seed_from_u64(seed));
        let normal = normalise(&back);
        prop_assert_eq!(&normalise(&sent), &normal);
        prop_assert_eq!(normalise(&normal), normal);
    }

    #[test]
    fn what_a_person_changes_is_a_change(
        dashboards in testing::dashboards(),
        which in 0..CHANGES,
        seed: u64,
    ) {
        let mut other = dashboards.clone();
        if changed(&mut other, which) && other != dashboards {
            let back = given_back(&written(&dashboards), &mut rand::rngs::StdRng::seed_from_u64(seed));
            prop_assert_ne!(normalise(&back), normalise(&written(&other)), "change {}", which);
        }
    }

    #[test]
    fn any_json_has_one_normal_form(value in json_value()) {
        let normal = normalise(&value);
        prop_assert_eq!(&normalise(&normal), &normal);
    }
}

/// Any JSON made of names that rules speak of.
fn json_value() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "Sheets",
        "Visuals",
        "BarChartVisual",
        "VisualId",
        "SheetId",
        "Layouts",
        "ChartConfiguration",
        "FieldWells",
        "FieldId",
        "Tooltip",
        "FieldBasedTooltip",
        "TooltipFields",
        "FieldTooltipItem",
        "Visibility",
        "Title",
        "FormatText",
        "PlainText",
        "RichText",
        "DataLabels",
        "Legend",
        "FilterGroups",
        "Filters",
        "Status",
        "Options",
        "GridLayout",
        "CanvasSizeOptions",
        "ScreenCanvasSizeOptions",
        "ResizeOption",
        "OptimizedViewPortWidth",
        "Elements",
        "ColumnIndex",
        "RowIndex",
        "AllSheets",
        "TimeEqualityFilter",
        "Value",
        "SelectAllOptions",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        (-3i64..3).prop_map(|i| json!(i)),
        (-3f64..3.0).prop_map(|f| json!(f)),
        prop::sample::select(vec![
            "VISIBLE",
            "HIDDEN",
            "ENABLED",
            "FIXED",
            "1600px",
            "",
            " a ",
            "#abcdef",
            "2015-06-09",
            "<visual-title>\n  A &amp; B\n</visual-title>",
            "<visual-title><b>A</b></visual-title>",
            "<visual-title>&lt;visual-title&gt;A&lt;/visual-title&gt;</visual-title>",
        ])
        .prop_map(|t| json!(t)),
    ];
    leaf.prop_recursive(7, 120, 5, move |inner| {
        prop_oneof![
            2 => prop::collection::vec((name.clone(), inner.clone()), 0..6)
                .prop_map(|members| members.into_iter().map(|(n, v)| (n.to_owned(), v)).collect::<Map<_, _>>().into()),
            1 => prop::collection::vec(inner, 0..4).prop_map(Value::Array),
        ]
    })
}

#[test]
fn each_change_occurs() {
    // A change that no dashboard knows would never be tested.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = [false; CHANGES];
    for _ in 0..100 {
        let dashboards = testing::dashboards().new_tree(&mut runner).unwrap().current();
        for (which, seen) in seen.iter_mut().enumerate() {
            let mut other = dashboards.clone();
            *seen |= changed(&mut other, which) && other != dashboards;
        }
    }
    assert_eq!(seen, [true; CHANGES]);
}

#[test]
fn a_definition_of_the_console_is_left_as_it_means() {
    // Shortened from what DescribeDashboardDefinition gives for a dashboard made by hand.
    let raw = json!({
        "DataSetIdentifierDeclarations": [{ "Identifier": "b", "DataSetArn": "B" }, { "Identifier": "a", "DataSetArn": "A" }],
        "Sheets": [{
            "SheetId": "s", "Name": "Transactions", "ContentType": "INTERACTIVE",
            "Visuals": [{ "LineChartVisual": {
                "VisualId": "v",
                "Title": { "Visibility": "VISIBLE", "FormatText": { "RichText": "<visual-title>\n  <b>EKS</b> &amp; more\n</visual-title>" } },
                "Subtitle": { "Visibility": "VISIBLE" },
                "ChartConfiguration": {
                    "FieldWells": { "LineChartAggregatedFieldWells": {
                        "Category": [{ "CategoricalDimensionField": { "FieldId": "f", "Column": { "DataSetIdentifier": "a", "ColumnName": "product" } } }],
                        "Values": [], "Colors": []
                    } },
                    "SortConfiguration": {
                        "CategoryItemsLimitConfiguration": { "OtherCategories": "INCLUDE" },
                        "ColorItemsLimitConfiguration": { "ItemsLimit": 25, "OtherCategories": "INCLUDE" }
                    },
                    "Type": "STACKED_AREA",
                    "DataLabels": { "Visibility": "HIDDEN", "Overlap": "DISABLE_OVERLAP" },
                    "Tooltip": { "TooltipVisibility": "VISIBLE", "SelectedTooltipType": "DETAILED", "FieldBasedTooltip": {
                        "AggregationVisibility": "HIDDEN", "TooltipTitleType": "PRIMARY_VALUE",
                        "TooltipFields": [{ "FieldTooltipItem": { "FieldId": "f", "Visibility": "VISIBLE" } }]
                    } }
                },
                "Actions": [], "ColumnHierarchies": []
            } }],
            "Layouts": [{ "Configuration": { "GridLayout": {
                "Elements": [{ "ElementId": "v", "ElementType": "VISUAL", "ColumnSpan": 18, "RowSpan": 12 }],
                "CanvasSizeOptions": { "ScreenCanvasSizeOptions": { "ResizeOption": "FIXED", "OptimizedViewPortWidth": "1600px" } }
            } } }]
        }],
        "FilterGroups": [{
            "FilterGroupId": "g", "CrossDataset": "ALL_DATASETS", "Status": "DISABLED",
            "ScopeConfiguration": { "AllSheets": {} },
            "Filters": [{ "TimeEqualityFilter": { "FilterId": "t", "Value": "2015-06-09T00:00:00+00:00" } }]
        }],
        "Options": { "WeekStart": "SUNDAY" }
    });
    insta::assert_json_snapshot!(normalise(&raw));
}

#[test]
fn what_is_seen_keeps_its_order() {
    let reversed = |path: &[&str]| {
        let definition = written(&testing::every_kind());
        let mut value = definition.clone();
        let mut place = &mut value;
        for step in path {
            place = match step.parse::<usize>() {
                Ok(index) => &mut place[index],
                Err(_) => &mut place[*step],
            };
        }
        place.as_array_mut().unwrap().reverse();
        assert_ne!(definition, value, "{path:?} has an order");
        normalise(&value) != normalise(&definition)
    };
    let table = ["Sheets", "0", "Visuals", "20", "TableVisual", "ChartConfiguration"];
    let of_table = |more: &[&'static str]| [&table[..], more].concat();
    assert!(reversed(&of_table(&["FieldWells", "TableAggregatedFieldWells", "GroupBy"])));
    assert!(reversed(&of_table(&["FieldWells", "TableAggregatedFieldWells", "Values"])));
    assert!(reversed(&of_table(&["SortConfiguration", "RowSort"])));
    assert!(!reversed(&of_table(&["FieldOptions", "SelectedFieldOptions"])));
    let control = ["Sheets", "0", "ParameterControls", "0", "Dropdown", "SelectableValues", "Values"];
    assert!(reversed(&control));
    assert!(reversed(&["Sheets", "0", "SheetControlLayouts", "0", "Configuration", "GridLayout", "Elements"]));
    assert!(!reversed(&["Sheets", "0", "ParameterControls"]));
    assert!(!reversed(&["FilterGroups"]));
}
