use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Found, answered, check, check_ids};
use crate::dashboard::definition::{column_type, definition as written, expression, normalise};
use crate::dashboard::model::{Dashboards, Dataset};
use crate::dashboard::testing::{dashboards, every_kind};
use crate::local::quicksight::testing;
use crate::local::store::Store;

fn arn(id: &str) -> String {
    format!("arn:aws:quicksight:us-east-1:123456789012:dataset/{id}")
}

/// A data set `hits` with columns id, plays, released and minutes.
fn hits(store: &Store) {
    let columns = json!([
        { "Name": "id", "Type": "STRING" },
        { "Name": "plays", "Type": "INTEGER" },
        { "Name": "released", "Type": "DATETIME" },
    ]);
    let table =
        json!({ "t": { "RelationalTable": { "DataSourceArn": "a", "Name": "hits", "InputColumns": columns } } });
    let create = json!({ "CreateColumnsOperation": { "Columns": [
        { "ColumnName": "minutes", "ColumnId": "m", "Expression": "{plays} / 60" }
    ] } });
    let logical = json!({ "l": { "Alias": "hits", "Source": { "PhysicalTableId": "t" }, "DataTransforms": [create] } });
    let set = json!({ "DataSetId": "hits", "PhysicalTableMap": table, "LogicalTableMap": logical });
    store.put("quicksight/data-sets", "hits", &set).unwrap();
}

fn column(name: &str) -> Value {
    json!({ "DataSetIdentifier": "hits", "ColumnName": name })
}

fn definition() -> Value {
    let dimension = json!({ "DateDimensionField": { "FieldId": "c", "Column": column("released") } });
    let measure = json!({ "NumericalMeasureField": { "FieldId": "v", "Column": column("minutes") } });
    let chart = json!({
        "FieldWells": { "BarChartAggregatedFieldWells": { "Category": [dimension], "Values": [measure] } },
        "SortConfiguration": { "CategorySort": [{ "FieldSort": { "FieldId": "v", "Direction": "DESC" } }] }
    });
    let title = json!({ "FormatText": { "RichText": "<visual-title><b>Plays</b></visual-title>" } });
    json!({
        "DataSetIdentifierDeclarations": [
            { "Identifier": "hits", "DataSetArn": arn("hits") },
            { "Identifier": "again", "DataSetArn": arn("hits") },
        ],
        "CalculatedFields": [
            { "DataSetIdentifier": "hits", "Name": "more", "Expression": "{most} + 1" },
            { "DataSetIdentifier": "hits", "Name": "most", "Expression": "max({plays})" },
        ],
        "ParameterDeclarations": [{ "StringParameterDeclaration": { "Name": "kind", "ParameterValueType": "SINGLE_VALUED" } }],
        "Sheets": [{
            "SheetId": "s1",
            "Name": "First",
            "Visuals": [{ "BarChartVisual": { "VisualId": "v1", "Title": title, "ChartConfiguration": chart } }]
        }],
        "FilterGroups": [{
            "FilterGroupId": "g1",
            "CrossDataset": "SINGLE_DATASET",
            "ScopeConfiguration": { "SelectedSheets": { "SheetVisualScopingConfigurations": [
                { "SheetId": "s1", "Scope": "SELECTED_VISUALS", "VisualIds": ["v1"] }
            ] } },
            "Filters": [{ "CategoryFilter": { "FilterId": "f1", "Column": column("id"), "Configuration": {
                "CustomFilterConfiguration": { "MatchOperator": "EQUALS", "ParameterName": "kind", "NullOption": "ALL_VALUES" }
            } } }]
        }]
    })
}

fn found(change: impl Fn(&mut Value)) -> Vec<(String, String)> {
    let (_folder, store) = testing::store();
    hits(&store);
    let mut definition = definition();
    change(&mut definition);
    check_ids(&definition).unwrap();
    let Found { errors, .. } = check(&store, &definition).unwrap();
    let shown = |e: &Value| {
        (e["Type"].as_str().unwrap().to_owned(), e["ViolatedEntities"][0]["Path"].as_str().unwrap().to_owned())
    };
    errors.iter().map(shown).collect()
}

fn one(kind: &str, path: &str) -> Vec<(String, String)> {
    vec![(kind.to_owned(), path.to_owned())]
}

#[test]
fn a_sound_definition_has_no_errors() {
    assert_eq!(found(|_| {}), []);
}

#[test]
fn what_is_missing_or_of_another_type_is_found_where_it_stands() {
    const FIELDS: &str =
        "/Sheets/0/Visuals/0/BarChartVisual/ChartConfiguration/FieldWells/BarChartAggregatedFieldWells";
    let visual = "sheet/s1/visual/v1";
    let set = |path: String, value: Value| move |d: &mut Value| *d.pointer_mut(&path).unwrap() = value.clone();
    assert_eq!(
        found(set(format!("{FIELDS}/Values/0/NumericalMeasureField/Column/ColumnName"), "nope".into())),
        one("COLUMN_REPLACEMENT_MISSING", visual)
    );
    assert_eq!(
        found(set(format!("{FIELDS}/Values/0/NumericalMeasureField/Column"), column("id"))),
        one("COLUMN_TYPE_MISMATCH", visual)
    );
    assert_eq!(
        found(set(format!("{FIELDS}/Category/0/DateDimensionField/Column"), column("plays"))),
        one("COLUMN_TYPE_MISMATCH", visual)
    );
    assert_eq!(
        found(set(format!("{FIELDS}/Category/0/DateDimensionField/Column/DataSetIdentifier"), "other".into())),
        one("DATA_SET_NOT_FOUND", visual)
    );
    assert_eq!(
        found(set("/DataSetIdentifierDeclarations/1/DataSetArn".into(), arn("gone").into())),
        one("DATA_SET_NOT_FOUND", "data-set/again")
    );
    assert_eq!(
        found(set("/CalculatedFields/1/Expression".into(), "max({nope})".into())),
        [
            one("COLUMN_REPLACEMENT_MISSING", "calculated-field/more"),
            one("COLUMN_REPLACEMENT_MISSING", "calculated-field/most")
        ]
        .concat()
    );
    assert_eq!(
        found(set("/ParameterDeclarations/0/StringParameterDeclaration/Name".into(), "other".into())),
        one("PARAMETER_NOT_FOUND", "filter-group/g1/filter/f1")
    );
    assert_eq!(
        found(set("/FilterGroups/0/Filters/0/CategoryFilter/Column".into(), column("nope"))),
        one("COLUMN_REPLACEMENT_MISSING", "filter-group/g1/filter/f1")
    );
}

#[test]
fn ids_are_unique_and_lead_somewhere() {
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut definition = definition();
        change(&mut definition);
        check_ids(&definition).unwrap_err().message
    };
    let twice = |path: &str| {
        refused(&|d| {
            let list = d.pointer_mut(path).unwrap().as_array_mut().unwrap();
            list.push(list[0].clone());
        })
    };
    assert_eq!(twice("/Sheets"), "Duplicate sheet s1 in the definition");
    assert_eq!(twice("/Sheets/0/Visuals"), "Duplicate visual v1 in the definition");
    assert_eq!(twice("/FilterGroups"), "Duplicate filter group g1 in the definition");
    assert_eq!(twice("/FilterGroups/0/Filters"), "Duplicate filter f1 in the definition");
    assert_eq!(twice("/CalculatedFields"), "Duplicate calculated field more in the definition");
    const CHART: &str = "/Sheets/0/Visuals/0/BarChartVisual/ChartConfiguration";
    assert_eq!(
        refused(&|d| d.pointer_mut(CHART).unwrap()["SortConfiguration"]["CategorySort"][0]["FieldSort"]["FieldId"] =
            "x".into()),
        "Visual v1 is sorted by the field x, which it does not have"
    );
    assert!(
        refused(&|d| d["Sheets"][0]["FilterControls"] =
            json!([{ "Dropdown": { "FilterControlId": "k", "Title": "K", "SourceFilterId": "f9" } }]))
        .contains("the filter f9")
    );
    assert!(
        refused(&|d| d["Sheets"][0]["Layouts"] = json!([{ "Configuration": { "GridLayout": { "Elements": [
            { "ElementId": "v9", "ElementType": "VISUAL", "ColumnSpan": 1, "RowSpan": 1 }
        ] } } }]))
        .contains("the element v9")
    );
}

#[test]
fn the_answer_is_filled_in_and_in_another_order() {
    let sent = definition();
    let answer = answered(&sent);
    let chart = &answer["Sheets"][0]["Visuals"][0]["BarChartVisual"]["ChartConfiguration"];
    assert_eq!(chart["SortConfiguration"]["CategoryItemsLimit"], json!({ "OtherCategories": "INCLUDE" }));
    assert_eq!(
        chart["SortConfiguration"]["CategorySort"],
        json!([{ "FieldSort": { "FieldId": "v", "Direction": "DESC" } }])
    );
    let wells = &chart["FieldWells"]["BarChartAggregatedFieldWells"];
    assert_eq!(wells["Colors"], json!([]));
    assert_eq!(chart["Tooltip"]["FieldBasedTooltip"]["TooltipFields"].as_array().unwrap().len(), 2);
    let title = &answer["Sheets"][0]["Visuals"][0]["BarChartVisual"]["Title"];
    assert_eq!(title["Visibility"], "VISIBLE");
    assert_eq!(title["FormatText"]["RichText"], "<visual-title>\n  <b>\n    Plays\n  </b>\n</visual-title>");
    assert_eq!(answer["DataSetIdentifierDeclarations"][0]["Identifier"], "again");
    assert_eq!(answer["Options"]["WeekStart"], "SUNDAY");
    assert_eq!(answer["Sheets"][0]["Layouts"][0]["Configuration"]["GridLayout"]["Elements"][0]["ElementId"], "v1");
    assert_eq!(answer["FilterGroups"][0]["Status"], "ENABLED");
    assert_eq!(
        answer["ParameterDeclarations"][0]["StringParameterDeclaration"]["DefaultValues"],
        json!({ "StaticValues": [] })
    );
}

#[test]
fn what_was_sent_is_kept() {
    let mut sent = definition();
    sent["Options"] = json!({ "WeekStart": "MONDAY" });
    sent["Sheets"][0]["Layouts"] = json!([{ "Configuration": { "GridLayout": {
        "Elements": [], "CanvasSizeOptions": { "ScreenCanvasSizeOptions": { "ResizeOption": "RESPONSIVE" } }
    } } }]);
    let answer = answered(&sent);
    assert_eq!(answer["Options"], sent["Options"]);
    assert_eq!(answer["Sheets"][0]["Layouts"], sent["Sheets"][0]["Layouts"]);
    let (_folder, store) = testing::store();
    hits(&store);
    check_ids(&answer).unwrap();
    assert_eq!(check(&store, &answer).unwrap().errors, [] as [Value; 0], "an answer can be sent back");
}

/// The data set that pipectl would make of one of its own.
fn made(store: &Store, set: &Dataset) {
    let columns = set.columns.iter().map(|c| json!({ "Name": c.name, "Type": column_type(&c.data_type) }));
    let columns: Vec<_> = columns.collect();
    let table = json!({ "t": { "RelationalTable": { "DataSourceArn": "a", "Name": "t", "InputColumns": columns } } });
    let created = set
        .calculated
        .iter()
        .map(|c| json!({ "ColumnName": c.name, "ColumnId": c.name, "Expression": expression(&c.expression).unwrap() }));
    let created: Vec<_> = created.collect();
    let transforms = match created.is_empty() {
        true => json!([]),
        false => json!([{ "CreateColumnsOperation": { "Columns": created } }]),
    };
    let logical = json!({ "l": { "Alias": "l", "Source": { "PhysicalTableId": "t" }, "DataTransforms": transforms } });
    let document = json!({ "DataSetId": set.name, "PhysicalTableMap": table, "LogicalTableMap": logical });
    store.put("quicksight/data-sets", &set.name, &document).unwrap();
}

/// What pipectl writes is sound here, and what comes back means the same to it.
fn goes_round(dashboards: &Dashboards) {
    // Some charts QuickSight cannot draw.
    let Ok(sent) = written(dashboards, &dashboards.dashboards[0], &arn) else { return };
    let (_folder, store) = testing::store();
    dashboards.datasets.iter().for_each(|set| made(&store, set));
    check_ids(&sent).unwrap();
    assert_eq!(check(&store, &sent).unwrap().errors, [] as [Value; 0]);
    let answer = answered(&sent);
    assert_ne!(answer, sent);
    assert_eq!(normalise(&answer), normalise(&sent));
    assert_eq!(normalise(&answered(&answer)), normalise(&sent));
}

#[test]
fn every_kind_of_chart_goes_round() {
    goes_round(&every_kind());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_dashboard_goes_round(dashboards in dashboards()) {
        // Calculated fields may be ones that QuickSight cannot say.
        let sayable = dashboards.datasets.iter().flat_map(|set| &set.calculated).all(|c| expression(&c.expression).is_ok());
        prop_assume!(sayable);
        goes_round(&dashboards);
    }
}
