//! Whole definitions.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::dashboard::definition::{definition, normalise};
use crate::dashboard::model::{Aggregate, Chart, Dashboards, Direction, Order};
use crate::dashboard::testing;
use crate::error::Error;

/// With made-up ARNs.
pub fn written(dashboards: &Dashboards) -> Value {
    definition(dashboards, &dashboards.dashboards[0], &arn).unwrap()
}

pub fn arn(name: &str) -> String {
    format!("arn:aws:quicksight:us-east-1:123456789012:dataset/{name}")
}

/// Every kind with only the visual at `index`.
fn only(chart: Chart) -> Dashboards {
    let mut dashboards = testing::every_kind();
    let dashboard = &mut dashboards.dashboards[0];
    dashboard.parameters.clear();
    let sheet = &mut dashboard.sheets[0];
    sheet.filters.clear();
    sheet.visuals.truncate(1);
    sheet.visuals[0].filter = None;
    sheet.visuals[0].chart = chart;
    dashboards
}

fn chart(name: &str) -> Chart {
    testing::every_chart().into_iter().find(|(n, _)| *n == name).unwrap().1
}

#[test]
fn a_small_dashboard() {
    let mut dashboards = only(chart("bar"));
    let sheet = &mut dashboards.dashboards[0].sheets[0];
    sheet.visuals[0].filter = testing::every_kind().dashboards[0].sheets[0].visuals[0].filter.clone();
    sheet.filters = testing::every_kind().dashboards[0].sheets[0].filters[..2].to_vec();
    dashboards.dashboards[0].parameters = testing::every_kind().dashboards[0].parameters[..1].to_vec();
    insta::assert_json_snapshot!(written(&dashboards));
}

#[test]
fn groups_are_ids_and_are_shown_by_label() {
    let definition = written(&only(chart("pie")));
    assert!(definition.get("CalculatedFields").is_some_and(|f| f.as_array().unwrap().len() == 1), "count(*) alone");
    let definition = written(&only(chart("bar")));
    let fields = definition["CalculatedFields"].as_array().unwrap();
    let said: Vec<_> =
        fields.iter().map(|f| (f["Name"].as_str().unwrap(), f["Expression"].as_str().unwrap())).collect();
    assert_eq!(
        said,
        [
            ("name or nothing", "coalesce({name}, '')"),
            (
                "id shown as name",
                "ifelse(isNotNull({id}) AND (isNull({name}) OR distinctCountOver({name or nothing}, [{id}], PRE_AGG) > 1), \
                 {id}, isNotNull({id}) AND distinctCountOver({id}, [{name}], PRE_AGG) > 1, \
                 concat({name}, ' (', {id}, ')'), isNotNull({id}), {name}, NULL)"
            ),
        ]
    );
    let category = &definition["Sheets"][0]["Visuals"][0]["BarChartVisual"]["ChartConfiguration"]["FieldWells"]["BarChartAggregatedFieldWells"]
        ["Category"][0]["CategoricalDimensionField"]["Column"];
    assert_eq!(category["ColumnName"], "id shown as name");
}

#[test]
fn visuals_flow_over_the_grid() {
    let mut dashboards = testing::every_kind();
    let visuals = &mut dashboards.dashboards[0].sheets[0].visuals;
    visuals.truncate(4);
    for (visual, width) in visuals.iter_mut().zip([3, 6, 4, 12]) {
        visual.width = width;
    }
    let definition = written(&dashboards);
    let elements = &definition["Sheets"][0]["Layouts"][0]["Configuration"]["GridLayout"]["Elements"];
    let places: Vec<_> = elements
        .as_array()
        .unwrap()
        .iter()
        .map(|e| ["ColumnIndex", "ColumnSpan", "RowIndex", "RowSpan"].map(|n| e[n].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [[0, 9, 0, 5], [9, 18, 0, 5], [0, 12, 5, 5], [0, 36, 10, 12]]);
}

#[test]
fn the_first_rows_of_a_table_are_a_filter() {
    let definition = written(&only(chart("table")));
    let fields = definition["CalculatedFields"].as_array().unwrap();
    let place = fields.iter().find(|f| f["Name"].as_str().unwrap().starts_with("place in")).unwrap();
    assert_eq!(place["Expression"], "rank([count({rows}) DESC, {id shown as name} ASC, {release_date} ASC])");
    let filter = &definition["FilterGroups"][0]["Filters"][0]["NumericRangeFilter"];
    assert_eq!((&filter["RangeMaximum"], &filter["IncludeMaximum"]), (&json!({ "StaticValue": 10.0 }), &json!(true)));
}

#[test]
fn what_quicksight_lacks_is_refused_together() {
    let mut dashboards = testing::every_kind();
    let sheet = &mut dashboards.dashboards[0].sheets[0];
    let Chart::Treemap { groups, .. } = &mut sheet.visuals.last_mut().unwrap().chart else { panic!() };
    groups.push(groups[0].clone());
    sheet.visuals[0].chart =
        Chart::Kpi { value: testing::measured(Aggregate::Max, Some("name"), "Last"), compare: None };
    let error = definition(&dashboards, &dashboards.dashboards[0], &arn).unwrap_err();
    let all: Vec<_> = error.all().map(|e| (e.code(), e.message().to_owned(), e.notes().join(";"))).collect();
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all.iter().all(|(code, _, note)| *code == "not-in-quicksight" && note.contains("in the visual")));
    assert!(all[0].1.contains("`max(name)`") && all[1].1.contains("2 nested groups"), "{all:?}");
    assert!(error.all().all(|e| e.help().is_some()));
}

#[test]
fn two_parameters_of_one_name_are_refused() {
    let mut dashboards = testing::every_kind();
    let mut twin = dashboards.dashboards[0].parameters[0].clone();
    twin.name = "leastYear".into();
    dashboards.dashboards[0].parameters.push(twin);
    let error = definition(&dashboards, &dashboards.dashboards[0], &arn).unwrap_err();
    assert!(error.message().contains("`least_year` and `leastYear`"), "{error}");
}

#[test]
fn a_raw_definition_is_kept_whole() {
    let mut dashboards = testing::every_kind();
    let raw = json!({
        "DataSetIdentifierDeclarations": [{ "Identifier": "set_0" }],
        "Sheets": [{ "SheetId": "a", "Unheard": { "of": [1, null] } }],
        "ParameterDeclarations": [{ "DateTimeParameterDeclaration": {
            "Name": "d", "DefaultValues": { "StaticValues": ["2015-06-09T00:00:00Z"] }
        } }],
    });
    dashboards.dashboards[0].raw = Some(raw.clone());
    let mut expected = raw;
    expected["DataSetIdentifierDeclarations"][0]["DataSetArn"] = json!(arn("set_0"));
    expected["ParameterDeclarations"][0]["DateTimeParameterDeclaration"]["DefaultValues"]["StaticValues"] =
        json!([1_433_808_000]);
    assert_eq!(written(&dashboards), expected);
    dashboards.dashboards[0].raw = Some(json!({ "DataSetIdentifierDeclarations": [{ "Identifier": "set_9" }] }));
    let error = definition(&dashboards, &dashboards.dashboards[0], &arn).unwrap_err();
    assert_eq!((error.code(), error.help()), ("unknown-dataset", Some("did you mean `set_0`?")));
}

#[test]
fn names_do_not_meet_columns() {
    let mut dashboards = only(chart("kpi"));
    dashboards.datasets[0].columns[0].name = "rows".into();
    let definition = written(&dashboards);
    assert_eq!(definition["CalculatedFields"][0]["Name"], "rows *");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_dashboards_can_be_written(dashboards in testing::dashboards()) {
        let first = written(&dashboards);
        prop_assert_eq!(&first, &written(&dashboards));
        let normal = normalise(&first);
        prop_assert_eq!(&normalise(&normal), &normal);
    }
}

#[test]
fn an_order_is_said_to_quicksight() {
    let Chart::Pie(mut slices) = chart("pie") else { panic!() };
    let sort = |slices| {
        let definition = written(&only(Chart::Pie(slices)));
        definition["Sheets"][0]["Visuals"][0]["PieChartVisual"]["ChartConfiguration"]["SortConfiguration"].clone()
    };
    slices.order = Order { by_value: Some(Direction::Asc), limit: Some(3) };
    assert_eq!(
        sort(slices.clone()),
        json!({
            "CategorySort": [{ "FieldSort": { "FieldId": "visual-0-0_value_0", "Direction": "ASC" } }],
            "CategoryItemsLimit": { "ItemsLimit": 3, "OtherCategories": "EXCLUDE" },
        })
    );
    slices.order = Order { by_value: None, limit: None };
    assert_eq!(
        sort(slices),
        json!({ "CategorySort": [{ "FieldSort": { "FieldId": "visual-0-0_category_0", "Direction": "ASC" } }] })
    );
}

#[test]
fn too_much_is_refused() {
    let mut dashboards = testing::every_kind();
    let sheets = &mut dashboards.dashboards[0].sheets;
    sheets[0].title = "x".repeat(1025);
    sheets[0].visuals[0].title = "&".repeat(300);
    *sheets = vec![sheets[0].clone(); 21];
    let error = definition(&dashboards, &dashboards.dashboards[0], &arn).unwrap_err();
    let messages: std::collections::BTreeSet<_> = error.all().map(Error::message).collect();
    assert_eq!(
        Vec::from_iter(messages),
        [
            "QuickSight cannot express a dashboard of 21 sheets (`board`)",
            "QuickSight cannot express a title of 300 characters",
            "QuickSight cannot express a title or description of 1025 characters on a sheet",
        ]
    );
}
