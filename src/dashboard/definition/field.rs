//! Columns in visuals: dimensions, measures, and the calculated fields these need.

use indexmap::IndexMap;
use serde_json::{Value, json};

use super::expression::column;
use super::{names, not_in_quicksight};
use crate::dashboard::model::{Aggregate, Dashboards, Dataset, Dimension, Granularity, Measure, Visual};
use crate::error::{Error, Result};
use crate::flow::types::DataType;

/// A column in a visual's field wells.
pub struct Field {
    /// Its id within the visual.
    pub id: String,
    /// The `DimensionField` or `MeasureField`.
    pub json: Value,
    /// The `ColumnIdentifier` it stands on.
    pub column: Value,
    /// As it is written in expressions: `{name}`, or an aggregate of it.
    pub expression: String,
    /// Shown on axes and in headers.
    pub title: String,
    /// A `ColumnSort` that puts groups in the order of their ids, where the shown text is something else.
    by_id: Option<Value>,
}

impl Field {
    /// The `FieldSortOptions` by this field.
    pub fn sort(&self, direction: &str) -> Value {
        match &self.by_id {
            Some(sort) => json!({ "ColumnSort": sort }),
            None => json!({ "FieldSort": { "FieldId": self.id, "Direction": direction } }),
        }
    }

    /// The `PivotFieldSortOptions` of this field, ascending.
    pub fn pivot_sort(&self) -> Value {
        let by = match &self.by_id {
            Some(sort) => json!({ "Column": sort }),
            None => json!({ "Field": { "FieldId": self.id, "Direction": "ASC" } }),
        };
        json!({ "FieldId": self.id, "SortBy": by })
    }

    /// The `AxisLabelOptions` that gives this field its title.
    pub fn label(&self) -> Value {
        json!({ "CustomLabel": self.title, "ApplyTo": { "FieldId": self.id, "Column": self.column } })
    }
}

/// The `ChartAxisLabelOptions` for fields.
pub fn labels<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Value {
    json!({ "AxisLabelOptions": fields.into_iter().map(Field::label).collect::<Vec<_>>() })
}

/// The fields' JSON, in order.
pub fn wells<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Value {
    fields.into_iter().map(|field| field.json.clone()).collect()
}

/// What visuals need beside themselves: filled while they are written.
pub struct Book<'a> {
    dashboards: &'a Dashboards,
    /// By data set and name: the expression.
    calculated: IndexMap<(String, String), String>,
    /// `FilterGroups`, in the order of their making.
    pub filter_groups: Vec<Value>,
}

impl<'a> Book<'a> {
    /// An empty one.
    pub fn new(dashboards: &'a Dashboards) -> Self {
        Self { dashboards, calculated: IndexMap::new(), filter_groups: Vec::new() }
    }

    /// The data set of that name; the model promises that it is there.
    pub fn dataset(&self, name: &str) -> Result<&'a Dataset> {
        self.dashboards.dataset(name).ok_or_else(|| Error::bug(format!("a visual over the unknown data set `{name}`")))
    }

    /// A calculated field of the definition, made once; returns its name, which is no column of the data set.
    pub fn calculate(&mut self, dataset: &Dataset, parts: &[&str], expression: String) -> Result<String> {
        const LONGEST: usize = 32_000;
        if expression.chars().count() > LONGEST {
            return Err(not_in_quicksight(
                format!("an expression of more than {LONGEST} characters (`{}`)", parts.join(" ")),
                "move a part of it into a calculated column of the table",
            ));
        }
        let mut name = names::field_name(parts);
        while dataset.data_type(&name).is_some() {
            name = names::field_name(&[&name, "*"]);
        }
        self.calculated.insert((dataset.name.clone(), name.clone()), expression);
        Ok(name)
    }

    /// `CalculatedFields`, in the order of their making.
    pub fn calculated_fields(&self) -> Vec<Value> {
        self.calculated
            .iter()
            .map(|((dataset, name), expression)| {
                json!({ "DataSetIdentifier": dataset, "Name": name, "Expression": expression })
            })
            .collect()
    }

    /// A column as text, for groups and filters of things that QuickSight does not list: booleans, and for a filter's
    /// choices also numbers and dates.
    pub fn text_of(&mut self, dataset: &Dataset, name: &str, data_type: &DataType) -> Result<String> {
        if *data_type == DataType::String {
            return Ok(name.to_owned());
        }
        let expression = as_text(&column(name)?, data_type);
        self.calculate(dataset, &[name, "as text"], expression)
    }

    /// A group. Drawn by id and shown by label: the groups are the ids, whatever the labels.
    pub fn dimension(&mut self, visual: &Visual, role: &str, index: usize, group: &Dimension) -> Result<Field> {
        let dataset = self.dataset(&visual.dataset)?;
        let id = names::id(&[&visual.id, role, &index.to_string()]);
        let (name, kind) = match (&group.label, &group.data_type) {
            (Some(label), _) => (self.labelled(dataset, group, label)?, "CategoricalDimensionField"),
            (None, DataType::String) => (group.column.clone(), "CategoricalDimensionField"),
            (None, DataType::Boolean) => {
                (self.text_of(dataset, &group.column, &group.data_type)?, "CategoricalDimensionField")
            }
            (None, DataType::Date | DataType::Timestamp) => (group.column.clone(), "DateDimensionField"),
            (None, _) => (group.column.clone(), "NumericalDimensionField"),
        };
        let identifier = identifier(&dataset.name, &name);
        let mut field = json!({ "FieldId": id, "Column": identifier });
        if kind == "DateDimensionField" {
            field["DateGranularity"] = json!(granularity(group.granularity.unwrap_or(Granularity::Day)));
        }
        if kind == "NumericalDimensionField" {
            field["FormatConfiguration"] = plain_digits();
        }
        Ok(Field {
            id,
            json: json!({ kind: field }),
            column: identifier,
            expression: column(&name)?,
            title: group.title.clone(),
            by_id: by_id(dataset, group),
        })
    }

    /// The field that shows `label` for the groups of `group`: the label alone where no other id has it, with the id
    /// where one has, the id alone where the id has no label or several (a row's own label would split the group).
    ///
    /// `distinctCountOver(field, [partition], PRE_AGG)` counts over the rows that the visual's filters let through, NULL
    /// not (docs.aws.amazon.com/quicksight/latest/user/distinctCountOver-function.html).
    fn labelled(&mut self, dataset: &Dataset, group: &Dimension, label: &str) -> Result<String> {
        let (id, shown) = (column(&group.column)?, column(label)?);
        let text = as_text(&id, &group.data_type);
        let or_nothing = self.calculate(dataset, &[label, "or nothing"], format!("coalesce({shown}, '')"))?;
        let labels = format!("distinctCountOver({{{or_nothing}}}, [{id}], PRE_AGG)");
        let ids = format!("distinctCountOver({id}, [{shown}], PRE_AGG)");
        let expression = format!(
            "ifelse(isNotNull({id}) AND (isNull({shown}) OR {labels} > 1), {text}, \
             isNotNull({id}) AND {ids} > 1, concat({shown}, ' (', {text}, ')'), isNotNull({id}), {shown}, NULL)"
        );
        self.calculate(dataset, &[&group.column, "shown as", label], expression)
    }

    /// An aggregate.
    pub fn measure(&mut self, visual: &Visual, role: &str, index: usize, measure: &Measure) -> Result<Field> {
        let dataset = self.dataset(&visual.dataset)?;
        let id = names::id(&[&visual.id, role, &index.to_string()]);
        let (name, data_type) = match &measure.column {
            Some(name) => {
                let known = dataset.data_type(name);
                let unknown = || Error::bug(format!("an aggregate over the unknown column `{name}`"));
                (name.clone(), known.ok_or_else(unknown)?.clone())
            }
            None => (self.rows(dataset)?, DataType::Int),
        };
        let identifier = identifier(&dataset.name, &name);
        let (kind, function, spoken) = aggregation(measure, &data_type)?;
        let operand = column(&name)?;
        let expression = match measure.aggregate {
            Aggregate::Percentile(p) => format!("percentile({operand}, {p})"),
            _ => format!("{spoken}({operand})"),
        };
        let field = json!({ "FieldId": id, "Column": identifier, "AggregationFunction": function });
        Ok(Field {
            id,
            json: json!({ kind: field }),
            column: identifier,
            expression,
            title: measure.title.clone(),
            by_id: None,
        })
    }

    /// A number column as it is, for a histogram.
    pub fn number(&mut self, visual: &Visual, name: &str) -> Result<Field> {
        let id = names::id(&[&visual.id, "value", "0"]);
        let identifier = identifier(&visual.dataset, name);
        Ok(Field {
            json: json!({ "NumericalMeasureField": { "FieldId": id, "Column": identifier } }),
            id,
            column: identifier,
            expression: column(name)?,
            title: name.to_owned(),
            by_id: None,
        })
    }

    /// `count(*)`: a field that is 1 in every row, to be counted. It names a column, because a field without one is
    /// not of the data set.
    fn rows(&mut self, dataset: &Dataset) -> Result<String> {
        let first = dataset.columns.first().map(|c| c.name.as_str());
        let operand = column(first.ok_or_else(|| Error::bug(format!("`{}` has no columns", dataset.name)))?)?;
        self.calculate(dataset, &["rows"], format!("ifelse(isNull({operand}), 1, 1)"))
    }
}

/// A `ColumnIdentifier`.
pub fn identifier(dataset: &str, column: &str) -> Value {
    json!({ "DataSetIdentifier": dataset, "ColumnName": column })
}

/// The text of an expression of that type.
fn as_text(operand: &str, data_type: &DataType) -> String {
    match data_type {
        DataType::String => operand.to_owned(),
        DataType::Boolean => format!("ifelse({operand} = 1, 'true', {operand} = 0, 'false', NULL)"),
        DataType::Date => format!("formatDate({operand}, 'yyyy-MM-dd')"),
        DataType::Timestamp => format!("formatDate({operand}, 'yyyy-MM-dd HH:mm:ss')"),
        _ => format!("toString({operand})"),
    }
}

/// A `TimeGranularity`.
fn granularity(granularity: Granularity) -> &'static str {
    match granularity {
        Granularity::Year => "YEAR",
        Granularity::Quarter => "QUARTER",
        Granularity::Month => "MONTH",
        Granularity::Week => "WEEK",
        Granularity::Day => "DAY",
        Granularity::Hour => "HOUR",
    }
}

/// A number that is a name, not an amount: 2015, not 2,015.
fn plain_digits() -> Value {
    let separators = json!({ "ThousandsSeparator": { "Visibility": "HIDDEN" } });
    json!({ "FormatConfiguration": { "NumberDisplayFormatConfiguration": { "SeparatorConfiguration": separators } } })
}

fn by_id(dataset: &Dataset, group: &Dimension) -> Option<Value> {
    group.label.as_ref()?;
    let least = match group.data_type {
        DataType::String | DataType::Boolean => return None,
        DataType::Date | DataType::Timestamp => json!({ "DateAggregationFunction": "MIN" }),
        _ => json!({ "NumericalAggregationFunction": { "SimpleNumericalAggregation": "MIN" } }),
    };
    let sort_by = identifier(&dataset.name, &group.column);
    Some(json!({ "SortBy": sort_by, "Direction": "ASC", "AggregationFunction": least }))
}

/// The kind of the measure field, its `AggregationFunction`, and the function's name in expressions.
fn aggregation(measure: &Measure, data_type: &DataType) -> Result<(&'static str, Value, &'static str)> {
    use DataType::{Boolean, Date, String, Timestamp};
    let (simple, spoken) = match measure.aggregate {
        Aggregate::Count => ("COUNT", "count"),
        Aggregate::CountDistinct => ("DISTINCT_COUNT", "distinct_count"),
        Aggregate::Sum => ("SUM", "sum"),
        Aggregate::Avg => ("AVERAGE", "avg"),
        Aggregate::Min => ("MIN", "min"),
        Aggregate::Max => ("MAX", "max"),
        Aggregate::Median => ("MEDIAN", "median"),
        Aggregate::Stddev => ("STDEV", "stdev"),
        Aggregate::Percentile(_) => ("PERCENTILE", "percentile"),
    };
    let counts = matches!(measure.aggregate, Aggregate::Count | Aggregate::CountDistinct);
    let ends = matches!(measure.aggregate, Aggregate::Min | Aggregate::Max);
    match data_type {
        String if counts => Ok(("CategoricalMeasureField", json!(simple), spoken)),
        Date | Timestamp if counts || ends => Ok(("DateMeasureField", json!(simple), spoken)),
        String | Date | Timestamp => Err(no_such_aggregate(measure, data_type)),
        Boolean if !counts => Err(no_such_aggregate(measure, data_type)),
        _ => {
            let function = match measure.aggregate {
                Aggregate::Percentile(p) => json!({ "PercentileAggregation": { "PercentileValue": f64::from(p) } }),
                _ => json!({ "SimpleNumericalAggregation": simple }),
            };
            Ok(("NumericalMeasureField", function, spoken))
        }
    }
}

fn no_such_aggregate(measure: &Measure, data_type: &DataType) -> Error {
    let known =
        if *data_type == DataType::String { "count and count_distinct" } else { "count, count_distinct, min and max" };
    not_in_quicksight(
        format!("`{}`: of a {data_type} column it has no such aggregate", measure.text),
        format!("use one of {known}, or aggregate in a query and show its result"),
    )
}
