//! What QuickSight fills in where nothing was said.
//!
//! The API reference names few defaults; the rest is read from definitions that the console and the API give back
//! (`DescribeDashboardDefinition` output in public repositories). A rule costs little where it is wrong: it can only hide
//! a change between "not said" and that very value.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

/// By the end of a member's path (`*`: any one member; `A|B`: either): its default, as text.
///
/// Sources: API_PivotTableOptions, API_VisualCustomizationFieldsConfiguration, API_SmallMultiplesAxisProperties,
/// API_*ValueWhenUnsetConfiguration and the like say theirs; `Visibility`, `OtherCategories`, `Overlap`, `WeekStart` and
/// the canvas are as given back.
const DEFAULTS: &[(&str, &str)] = &[
    // The definition.
    ("Options.WeekStart", "SUNDAY"),
    ("Options.Timezone", "UTC"),
    ("Options.QBusinessInsightsStatus", "DISABLED"),
    ("DefaultNewSheetConfiguration.SheetContentType", "INTERACTIVE"),
    ("Sheets.ContentType", "INTERACTIVE"),
    ("TooltipSheets.ContentType", "INTERACTIVE"),
    // Titles, labels, legends.
    ("Title.Visibility", "VISIBLE"),
    ("Subtitle.Visibility", "VISIBLE"),
    ("Legend.Visibility", "VISIBLE"),
    ("Legend.Position", "AUTO"),
    ("TitleOptions.Visibility", "VISIBLE"),
    ("TitleOptions.FontConfiguration.FontSize.Relative", "MEDIUM"),
    ("LabelOptions.Visibility", "VISIBLE"),
    ("CategoryLabelOptions|ValueLabelOptions|ColorLabelOptions.Visibility", "VISIBLE"),
    ("XAxisLabelOptions|YAxisLabelOptions|PrimaryYAxisLabelOptions|SecondaryYAxisLabelOptions.Visibility", "VISIBLE"),
    ("RowLabelOptions|ColumnLabelOptions|GroupLabelOptions|SizeLabelOptions.Visibility", "VISIBLE"),
    ("SortIconVisibility", "VISIBLE"),
    ("CategoryAxisDisplayOptions|CategoryAxisLabelOptions.Visibility", "VISIBLE"),
    // Axes.
    ("AxisLineVisibility", "VISIBLE"),
    ("GridLineVisibility", "VISIBLE"),
    ("AxisOffset", "0px"),
    ("TickLabelOptions.RotationAngle", "0"),
    ("ScrollbarOptions.Visibility", "HIDDEN"),
    ("VisibleRange.PercentRange.From", "0"),
    ("VisibleRange.PercentRange.To", "100"),
    ("MissingDataConfigurations.TreatmentOption", "INTERPOLATE"),
    ("AxisProperties|XAxis|YAxis.Scale", "SHARED"),
    ("XAxis|YAxis.Placement", "OUTSIDE"),
    // Charts.
    ("OtherCategories", "INCLUDE"),
    ("BarChartVisual.ChartConfiguration.Orientation", "VERTICAL"),
    ("BarChartVisual.ChartConfiguration.BarsArrangement", "CLUSTERED"),
    ("ComboChartVisual.ChartConfiguration.BarsArrangement", "CLUSTERED"),
    ("LineChartVisual.ChartConfiguration.Type", "LINE"),
    ("LineStyleSettings.LineVisibility", "VISIBLE"),
    ("LineStyleSettings.LineInterpolation", "LINEAR"),
    ("LineStyleSettings.LineStyle", "SOLID"),
    ("LineStyleSettings.LineWidth", "2px"),
    ("MarkerStyleSettings.MarkerVisibility", "HIDDEN"),
    ("DefaultSeriesSettings.AxisBinding", "PRIMARY_YAXIS"),
    ("DonutCenterOptions.LabelVisibility", "VISIBLE"),
    ("KPIOptions|GaugeChartOptions.PrimaryValueDisplayType", "ACTUAL"),
    ("KPIOptions|GaugeChartOptions.Comparison.ComparisonMethod", "PERCENT_DIFFERENCE"),
    ("KPIOptions.ProgressBar.Visibility", "HIDDEN"),
    ("KPIOptions.TrendArrows.Visibility", "VISIBLE"),
    ("KPIOptions.SecondaryValue.Visibility", "VISIBLE"),
    ("KPIOptions.VisualLayoutOptions.StandardLayout.Type", "CLASSIC"),
    ("DataConfiguration.AxisBinding", "PRIMARY_YAXIS"),
    ("ReferenceLines.Status", "ENABLED"),
    ("StyleConfiguration.Pattern", "SOLID"),
    ("Actions|CustomActions.Status", "ENABLED"),
    ("AvailabilityStatus", "ENABLED"),
    ("VisualCustomizationFieldsConfiguration.Status", "ENABLED"),
    ("CustomizationFieldsConfiguration.Status", "ENABLED"),
    // Labels of data: shown by charts whose figures cannot be read off an axis.
    ("DataLabels.Overlap", "DISABLE_OVERLAP"),
    ("DataLabels.CategoryLabelVisibility", "VISIBLE"),
    ("DataLabels.MeasureLabelVisibility", "VISIBLE"),
    ("DataLabels.TotalsVisibility", "HIDDEN"),
    (
        "PieChartVisual|TreeMapVisual|HeatMapVisual|GaugeChartVisual|FunnelChartVisual.ChartConfiguration.DataLabels.Visibility",
        "VISIBLE",
    ),
    (
        "BarChartVisual|LineChartVisual|ComboChartVisual|ScatterPlotVisual|HistogramVisual|WaterfallVisual|SankeyDiagramVisual.ChartConfiguration.DataLabels.Visibility",
        "HIDDEN",
    ),
    // Tooltips.
    ("TooltipVisibility", "VISIBLE"),
    ("Tooltip|TooltipOptions.SelectedTooltipType", "DETAILED"),
    ("FieldBasedTooltip.AggregationVisibility", "HIDDEN"),
    ("FieldBasedTooltip.TooltipTitleType", "PRIMARY_VALUE"),
    ("FieldTooltipItem|ColumnTooltipItem.Visibility", "VISIBLE"),
    ("FieldTooltipItem|ColumnTooltipItem.TooltipTarget", "BOTH"),
    // Tables.
    ("SelectedFieldOptions.Visibility", "VISIBLE"),
    ("TableOptions.Orientation", "VERTICAL"),
    ("TableOptions.MetricPlacement", "COLUMN"),
    ("TableOptions.SingleMetricVisibility", "VISIBLE"),
    ("TableOptions.ColumnNamesVisibility", "VISIBLE"),
    ("TableOptions.ToggleButtonsVisibility", "VISIBLE"),
    ("TableOptions.CollapsedRowDimensionsVisibility", "VISIBLE"),
    ("TableOptions.RowsLayout", "TABULAR"),
    ("RowsLabelOptions.Visibility", "VISIBLE"),
    ("RowAlternateColorOptions.Status", "DISABLED"),
    ("HeaderStyle|CellStyle|ColumnHeaderStyle|RowHeaderStyle|RowFieldNamesStyle.Visibility", "VISIBLE"),
    ("TotalOptions|RowTotalOptions|ColumnTotalOptions.TotalsVisibility", "HIDDEN"),
    ("RowSubtotalOptions|ColumnSubtotalOptions.TotalsVisibility", "HIDDEN"),
    ("RowSubtotalOptions|ColumnSubtotalOptions.FieldLevel", "ALL"),
    ("PaginatedReportOptions.VerticalOverflowVisibility", "VISIBLE"),
    ("PaginatedReportOptions.OverflowColumnHeaderVisibility", "VISIBLE"),
    // Filters, parameters, controls.
    ("FilterGroups.Status", "ENABLED"),
    ("IncludeMinimum", "false"),
    ("IncludeMaximum", "false"),
    ("FilterListConfiguration.NullOption", "ALL_VALUES"),
    ("ValueWhenUnset.ValueWhenUnsetOption", "RECOMMENDED"),
    ("SelectAllOptions.Visibility", "VISIBLE"),
    ("SearchOptions.Visibility", "VISIBLE"),
    ("PlaceholderOptions.Visibility", "VISIBLE"),
    ("InfoIconLabelOptions.Visibility", "HIDDEN"),
    ("HelperTextVisibility", "VISIBLE"),
    ("DateIconVisibility", "VISIBLE"),
    ("CommitMode", "AUTO"),
    // The grid.
    ("Elements.LoadingAnimation.Visibility", "VISIBLE"),
    ("Elements.BorderStyle|SelectedBorderStyle|BackgroundStyle.Visibility", "VISIBLE"),
    ("FreeFormLayout.Elements.Visibility", "VISIBLE"),
];

/// Whether QuickSight would fill in `value` at `path` by itself. `value` is in normal form.
pub fn is_default(path: &[String], value: &Value) -> bool {
    let text = match value {
        Value::String(text) => Cow::Borrowed(text.as_str()),
        Value::Bool(_) | Value::Number(_) => Cow::Owned(value.to_string()),
        Value::Object(members) => return is_default_canvas(path, members),
        _ => return false,
    };
    let Some(last) = path.last() else { return false };
    let rules = BY_LAST.get(last.as_str()).into_iter().flatten();
    rules.into_iter().any(|(rule, default)| *default == text && ends_with(path, rule))
}

/// [`DEFAULTS`] by the last member of their paths: definitions have thousands of members.
static BY_LAST: LazyLock<HashMap<&str, Vec<&(&str, &str)>>> = LazyLock::new(|| {
    let mut rules: HashMap<&str, Vec<_>> = HashMap::new();
    for rule in DEFAULTS {
        let last = rule.0.rsplit('.').next().unwrap_or(rule.0);
        last.split('|').for_each(|either| rules.entry(either).or_default().push(rule));
    }
    rules
});

/// Whether `path` ends as `rule` says. Asked thousands of times a definition: the last member tells most rules apart.
pub fn ends_with(path: &[String], rule: &str) -> bool {
    let mut names = path.iter().rev();
    rule.rsplit('.').all(|step| names.next().is_some_and(|name| is_step(step, name)))
}

fn is_step(step: &str, name: &str) -> bool {
    step == name || step == "*" || (step.contains('|') && step.split('|').any(|either| either == name))
}

/// The console's canvas: 1,600 pixels, fixed.
fn is_default_canvas(path: &[String], members: &Map<String, Value>) -> bool {
    let is = |name: &str, text: &str| members.get(name).and_then(Value::as_str) == Some(text);
    if ends_with(path, "GridLayout|Grid.CanvasSizeOptions.ScreenCanvasSizeOptions") {
        return members.len() == 2 && is("ResizeOption", "FIXED") && is("OptimizedViewPortWidth", "1600px");
    }
    ends_with(path, "FreeFormLayout|FreeForm.CanvasSizeOptions.ScreenCanvasSizeOptions")
        && members.len() == 1
        && is("OptimizedViewPortWidth", "1600px")
}

/// A visual whose tooltip shows each of its fields, and nothing else, has the tooltip that QuickSight makes.
/// `visual` is in normal form.
pub fn default_tooltip(visual: &mut Map<String, Value>) {
    if !visual.contains_key("VisualId") {
        return;
    }
    let Some(configuration) = visual.get_mut("ChartConfiguration").and_then(Value::as_object_mut) else { return };
    let mut fields = Vec::new();
    field_ids(configuration.get("FieldWells").unwrap_or(&Value::Null), &mut fields);
    fields.sort();
    fields.dedup();
    for name in ["Tooltip", "TooltipOptions"] {
        let Some(tooltip) = configuration.get_mut(name).and_then(Value::as_object_mut) else { continue };
        let shown = tooltip.get("FieldBasedTooltip").and_then(|t| t.get("TooltipFields")).and_then(Value::as_array);
        let told = shown.is_some_and(|shown| shows(shown, &fields));
        let by_field = tooltip.get_mut("FieldBasedTooltip").and_then(Value::as_object_mut);
        if let (true, Some(by_field)) = (told, by_field) {
            by_field.remove("TooltipFields");
            if by_field.is_empty() {
                tooltip.remove("FieldBasedTooltip");
            }
        }
        if tooltip.is_empty() {
            configuration.remove(name);
        }
    }
    if configuration.is_empty() {
        visual.remove("ChartConfiguration");
    }
}

fn shows(shown: &[Value], fields: &[String]) -> bool {
    let mut ids = Vec::new();
    for item in shown {
        let field = item.as_object().filter(|i| i.len() == 1).and_then(|i| i.get("FieldTooltipItem"));
        match field.and_then(Value::as_object).filter(|f| f.len() == 1).and_then(|f| f.get("FieldId")) {
            Some(Value::String(id)) => ids.push(id.clone()),
            _ => return false,
        }
    }
    ids.sort();
    ids == fields
}

fn field_ids(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(id) if name == "FieldId" => into.push(id.clone()),
                    member => field_ids(member, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| field_ids(item, into)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_apart_by_their_end() {
        let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
        for (at, rule, fits) in [
            ("a.b.c", "c", true),
            ("a.b.c", "b.c", true),
            ("a.b.c", "a.b.c", true),
            ("a.b.c", "x.a.b.c", false),
            ("a.b.c", "a.c", false),
            ("a.b.c", "*.c", true),
            ("c", "*.c", false),
            ("a.b.c", "x|b.c|d", true),
            ("a.b.c", "x|y.c", false),
            ("a.bc", "c", false),
        ] {
            assert_eq!(ends_with(&path(at), rule), fits, "{at} {rule}");
        }
        assert!(!ends_with(&[], "c"));
    }

    /// The index must know each rule by each of its ends.
    #[test]
    fn every_rule_is_found_by_its_path() {
        for (rule, default) in DEFAULTS {
            let steps: Vec<Vec<&str>> = rule.split('.').map(|step| step.split('|').collect()).collect();
            let before = steps[..steps.len() - 1].iter().map(|step| step[0].to_owned());
            for last in &steps[steps.len() - 1] {
                assert_ne!(*last, "*", "a rule has to name what it is about");
                let path: Vec<String> = before.clone().chain([(*last).to_owned()]).collect();
                assert!(is_default(&path, &Value::from(*default)), "{rule}");
                assert!(!is_default(&path, &Value::from("something else")), "{rule}");
            }
        }
    }
}
