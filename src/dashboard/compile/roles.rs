//! Groups and measures of a visual.

use super::words;
use crate::dashboard::model::{Aggregate, Dataset, Dimension, Granularity, Measure};
use crate::error::{Error, nearest};
use crate::flow::types::DataType;
use crate::flow::typing::unknown_column;
use crate::manifest::model::quicksight::{Group, Value};
use crate::manifest::spanned::Spanned;

/// The aggregates by name; `percentile_N` stands beside them.
const AGGREGATES: [(&str, Aggregate); 8] = [
    ("count", Aggregate::Count),
    ("count_distinct", Aggregate::CountDistinct),
    ("sum", Aggregate::Sum),
    ("avg", Aggregate::Avg),
    ("min", Aggregate::Min),
    ("max", Aggregate::Max),
    ("median", Aggregate::Median),
    ("stddev", Aggregate::Stddev),
];

/// The type of a data set's column, given or calculated. Errors: `unknown-column`.
pub fn column<'a>(name: &Spanned<String>, set: &'a Dataset) -> Result<(String, &'a DataType), Error> {
    let lower = name.to_lowercase();
    let there = set.columns.iter().map(|c| c.name.as_str()).chain(set.calculated.iter().map(|c| c.name.as_str()));
    match set.data_type(&lower) {
        Some(data_type) => Ok((lower, data_type)),
        None => Err(unknown_column(&lower, there).with_note(format!("data set `{}`", set.name)).at(name.place.clone())),
    }
}

/// A group. Errors: `unknown-column`, `type-mismatch`, `not-applicable`.
pub fn dimension(group: &Group, set: &Dataset) -> Result<Dimension, Error> {
    let (name, data_type) = column(&group.by, set)?;
    let instant = matches!(data_type, DataType::Date | DataType::Timestamp);
    let granularity = match &group.granularity {
        Some(granularity) if !instant => {
            let message = format!("`{name}` is {data_type}, which has no granularity");
            return Err(Error::manifest("not-applicable", message)
                .at(granularity.place.clone())
                .with_help("remove `granularity`, or group by a date"));
        }
        Some(granularity) if granularity.value == Granularity::Hour && *data_type == DataType::Date => {
            return Err(Error::manifest("not-applicable", format!("`{name}` is a date, which has no hours"))
                .at(granularity.place.clone())
                .with_expected("year, quarter, month, week or day"));
        }
        Some(granularity) => Some(granularity.value),
        None => instant.then_some(Granularity::Day),
    };
    let label = match &group.label {
        None => None,
        Some(label) => match column(label, set)? {
            (name, DataType::String) => Some(name),
            (name, other) => {
                let message = format!("`{name}` is {other}; a label is text");
                return Err(Error::manifest("type-mismatch", message).at(label.place.clone()));
            }
        },
    };
    let title = group.title.clone().unwrap_or_else(|| words::title(label.as_deref().unwrap_or(&name)));
    Ok(Dimension { column: name, data_type: data_type.clone(), label, granularity, title })
}

/// Whether a text is a call, as measures are.
pub fn is_call(text: &str) -> bool {
    text.trim_end().ends_with(')') && text.contains('(')
}

/// A measure. Errors: `syntax`, `unknown-aggregate`, `unknown-column`, `type-mismatch`.
pub fn measure(value: &Value, set: &Dataset) -> Result<Measure, Error> {
    let text = &value.text;
    let whole = |error: Error| error.at(text.place.clone());
    let call = text.trim().strip_suffix(')').and_then(|call| call.split_once('('));
    let Some((function, argument)) = call else {
        let error = Error::manifest("syntax", format!("`{}` is not an aggregate", text.value));
        return Err(whole(error).with_expected("count(*) or agg(column), e.g. avg(popularity)"));
    };
    let aggregate = aggregate(function.trim()).map_err(whole)?;
    let argument = argument.trim();
    if argument == "*" {
        if aggregate != Aggregate::Count {
            let message = format!("`{}` wants a column", function.trim());
            return Err(whole(Error::manifest("syntax", message)).with_help("`*` stands in count(*) alone"));
        }
        return Ok(finished(value, aggregate, None, DataType::Bigint));
    }
    let offset = text.find(argument).map_or(0, |at| text[..at].chars().count());
    let place = text.inside(offset, argument.chars().count());
    let named = Spanned::new(argument.to_string(), place);
    let (name, data_type) = column(&named, set).map_err(|error| {
        let plain = argument.chars().all(|c| c.is_alphanumeric() || c == '_');
        if plain { error } else { error.with_help("a calculated field gives an expression a name") }
    })?;
    let result = result(aggregate, data_type).ok_or_else(|| {
        let message = format!("`{}` of `{name}`, which is {data_type}, has no meaning", function.trim());
        Error::manifest("type-mismatch", message).at(named.place.clone()).with_expected(match aggregate {
            Aggregate::Min | Aggregate::Max => "a number, date or timestamp column",
            _ => "a number column",
        })
    })?;
    Ok(finished(value, aggregate, Some(name), result))
}

fn finished(value: &Value, aggregate: Aggregate, column: Option<String>, data_type: DataType) -> Measure {
    let title = value.title.clone().unwrap_or_else(|| words::measure(aggregate, column.as_deref()));
    Measure { aggregate, column, data_type, text: value.text.trim().to_string(), title }
}

fn aggregate(name: &str) -> Result<Aggregate, Error> {
    let lower = name.to_lowercase();
    if let Some((_, aggregate)) = AGGREGATES.iter().find(|(known, _)| *known == lower) {
        return Ok(*aggregate);
    }
    if let Some(rank) = lower.strip_prefix("percentile_") {
        return match rank.parse::<u8>() {
            Ok(rank @ 1..=99) => Ok(Aggregate::Percentile(rank)),
            _ => Err(Error::manifest("unknown-aggregate", format!("`{name}` is not a percentile"))
                .with_expected("percentile_1 to percentile_99")),
        };
    }
    let names = AGGREGATES.iter().map(|(name, _)| *name);
    let list: Vec<&str> = names.clone().collect();
    let error = Error::manifest("unknown-aggregate", format!("`{name}` is not an aggregate"))
        .with_expected(format!("one of {}, percentile_N", list.join(", ")));
    let meant = if matches!(lower.as_str(), "mean" | "average") { Some("avg") } else { nearest(&lower, names) };
    Err(match meant {
        Some(near) => error.with_help(format!("did you mean `{near}`?")),
        None => error,
    })
}

/// The type of an aggregate over a column; `None` when it has no meaning.
fn result(aggregate: Aggregate, column: &DataType) -> Option<DataType> {
    use DataType::{Bigint, Date, Double, Int, Timestamp};
    match aggregate {
        Aggregate::Count | Aggregate::CountDistinct => Some(Bigint),
        Aggregate::Min | Aggregate::Max => {
            (column.is_number() || matches!(column, Date | Timestamp)).then(|| column.clone())
        }
        Aggregate::Sum if matches!(column, Int | Bigint) => Some(Bigint),
        _ => column.is_number().then_some(Double),
    }
}
