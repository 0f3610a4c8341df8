//! Filters: a visual's own rows, a sheet's controls, and the most rows of a table.

use serde_json::{Value, json};

use super::condition::holds;
use super::field::{Book, identifier};
use super::names;
use crate::dashboard::model::{Filter, Sheet, Visual};
use crate::error::Result;
use crate::flow::expr::Expr;

/// The rows of `visual` for which `filter` is true: a field that is 1 there, and a filter for it on that visual alone.
pub fn of_visual(book: &mut Book<'_>, sheet: &Sheet, visual: &Visual, filter: &Expr) -> Result<()> {
    let dataset = book.dataset(&visual.dataset)?;
    let expression = format!("ifelse({}, 1, 0)", holds(filter, true)?);
    let name = book.calculate(dataset, &["rows of", &visual.id], expression)?;
    let filter = json!({ "NumericEqualityFilter": {
        "FilterId": names::id(&["rows", &visual.id]),
        "Column": identifier(&dataset.name, &name),
        "Value": 1.0,
        "MatchOperator": "EQUALS",
        "NullOption": "NON_NULLS_ONLY",
    } });
    book.filter_groups.push(group(names::id(&["rows", &visual.id]), filter, scope(sheet, Some(vec![&visual.id]))));
    Ok(())
}

/// The first `limit` rows of `visual` in the order of `sort` (fields with their direction; ties are cut by the last).
///
/// `rank` takes aggregates and dimensions of the visual and counts after aggregation
/// (docs.aws.amazon.com/quicksight/latest/user/rank-function.html).
pub fn first(book: &mut Book<'_>, sheet: &Sheet, visual: &Visual, sort: &[String], limit: u32) -> Result<()> {
    let dataset = book.dataset(&visual.dataset)?;
    let name = book.calculate(dataset, &["place in", &visual.id], format!("rank([{}])", sort.join(", ")))?;
    let filter = json!({ "NumericRangeFilter": {
        "FilterId": names::id(&["first", &visual.id]),
        "Column": identifier(&dataset.name, &name),
        "RangeMaximum": { "StaticValue": f64::from(limit) },
        "IncludeMaximum": true,
        "NullOption": "NON_NULLS_ONLY",
    } });
    book.filter_groups.push(group(names::id(&["first", &visual.id]), filter, scope(sheet, Some(vec![&visual.id]))));
    Ok(())
}

/// A control of the sheet: one value of a column or all, for the visuals on its data set. Returns the `FilterControl`
/// with its id. A column that is no text is chosen by its text, because a list of choices is of texts.
pub fn of_sheet(book: &mut Book<'_>, sheet: &Sheet, filter: &Filter) -> Result<(String, Value)> {
    let dataset = book.dataset(&filter.dataset)?;
    let name = book.text_of(dataset, &filter.column, &filter.data_type)?;
    let filter_id = names::id(&["filter", &filter.id]);
    let category = json!({ "CategoryFilter": {
        "FilterId": filter_id,
        "Column": identifier(&dataset.name, &name),
        "Configuration": { "FilterListConfiguration": {
            "MatchOperator": "CONTAINS",
            "SelectAllOptions": "FILTER_ALL_VALUES",
        } },
    } });
    let visuals: Vec<_> = sheet.visuals.iter().filter(|v| v.dataset == filter.dataset).map(|v| v.id.as_str()).collect();
    let scope = scope(sheet, (!visuals.is_empty()).then_some(visuals));
    book.filter_groups.push(group(filter_id.clone(), category, scope));
    let control_id = names::id(&["control", &filter.id]);
    let control = json!({ "Dropdown": {
        "FilterControlId": control_id,
        "Title": filter.title,
        "SourceFilterId": filter_id,
        "Type": "SINGLE_SELECT",
        "DisplayOptions": {
            "SelectAllOptions": { "Visibility": "VISIBLE" },
            "TitleOptions": { "Visibility": "VISIBLE" },
        },
    } });
    Ok((control_id, control))
}

fn group(id: String, filter: Value, scope: Value) -> Value {
    json!({
        "FilterGroupId": id,
        "Filters": [filter],
        "ScopeConfiguration": { "SelectedSheets": { "SheetVisualScopingConfigurations": [scope] } },
        "Status": "ENABLED",
        "CrossDataset": "SINGLE_DATASET",
    })
}

/// Some visuals of a sheet; all (that stand on the data set) when there are none to name.
fn scope(sheet: &Sheet, visuals: Option<Vec<&str>>) -> Value {
    let sheet = names::id(&[&sheet.id]);
    match visuals {
        None => json!({ "SheetId": sheet, "Scope": "ALL_VISUALS" }),
        Some(visuals) => {
            let ids: Vec<_> = visuals.into_iter().map(|visual| names::id(&[visual])).collect();
            json!({ "SheetId": sheet, "Scope": "SELECTED_VISUALS", "VisualIds": ids })
        }
    }
}
